/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/inventory.h"

#include <assert.h>
#include <string.h>

struct fc_inventory {
	fc_change_fn *on_change;
	void *data;
	struct fc_hba *hbas; /* in WWPN order */
	size_t n;
};

static const char *const change_names[] = {
	[FC_CHANGE_HBA_NEW] = "hba-new",
	[FC_CHANGE_HBA_CHANGED] = "hba-changed",
	[FC_CHANGE_HBA_GONE] = "hba-gone",
	[FC_CHANGE_VPORT_NEW] = "vport-new",
	[FC_CHANGE_VPORT_CHANGED] = "vport-changed",
	[FC_CHANGE_VPORT_GONE] = "vport-gone",
	[FC_CHANGE_RPORT_NEW] = "rport-new",
	[FC_CHANGE_RPORT_CHANGED] = "rport-changed",
	[FC_CHANGE_RPORT_GONE] = "rport-gone",
	[FC_CHANGE_LUN_NEW] = "lun-new",
	[FC_CHANGE_LUN_CHANGED] = "lun-changed",
	[FC_CHANGE_LUN_GONE] = "lun-gone",
};

const char *fc_change_name(enum fc_change_kind kind)
{
	return change_names[kind];
}

int fc_inventory_new(struct fc_inventory **ret_inventory, fc_change_fn *on_change, void *data,
	struct np_err *err)
{
	struct fc_inventory *inventory = calloc(1, sizeof *inventory);

	if (!inventory)
		return np_fail_nomem(err);
	inventory->on_change = on_change;
	inventory->data = data;
	*ret_inventory = inventory;
	return 0;
}

struct fc_inventory *fc_inventory_free(struct fc_inventory *inventory)
{
	if (!inventory)
		return NULL;
	for (size_t i = 0; i < inventory->n; i++)
		fc_hba_done(&inventory->hbas[i]);
	free(inventory->hbas);
	free(inventory);
	return NULL;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_vports(const void *a, const void *b)
{
	return order(((const struct fc_vport *)a)->wwpn, ((const struct fc_vport *)b)->wwpn);
}

/* A port that came back may be there twice for a while, so the kernel's name counts too. */
static int compare_rports(const void *a, const void *b)
{
	const struct fc_rport *x = a, *y = b;
	int by_wwpn = order(x->wwpn, y->wwpn);

	return by_wwpn ? by_wwpn : strcmp(x->kernel_name, y->kernel_name);
}

static int compare_luns(const void *a, const void *b)
{
	const struct fc_lun *x = a, *y = b;
	int by_target = order(x->target, y->target);
	int by_lun = (x->lun > y->lun) - (x->lun < y->lun);

	if (by_target)
		return by_target;
	return by_lun ? by_lun : strcmp(x->hctl, y->hctl);
}

static void sort_vport(struct fc_vport *vport)
{
	if (vport->n_rports)
		qsort(vport->rports, vport->n_rports, sizeof *vport->rports, compare_rports);
	if (vport->n_luns)
		qsort(vport->luns, vport->n_luns, sizeof *vport->luns, compare_luns);
}

static void sort_hba(struct fc_hba *hba)
{
	if (hba->n_rports)
		qsort(hba->rports, hba->n_rports, sizeof *hba->rports, compare_rports);
	if (hba->n_vports)
		qsort(hba->vports, hba->n_vports, sizeof *hba->vports, compare_vports);
	for (size_t i = 0; i < hba->n_vports; i++)
		sort_vport(&hba->vports[i]);
}

/*
 * One kind of thing for the diff: its order, which kinds of changes it makes, which members are
 * compared, how it names itself in a change, and what hangs below it.
 */
struct diff {
	const struct fc_inventory *inventory;
	uint64_t hba, vport;
};

struct kind {
	size_t size;
	int (*compare)(const void *a, const void *b);
	enum fc_change_kind appeared, changed, gone;
	const struct np_field *fields;
	const char *const *watched; /* JSON names of the members whose change is told */
	void (*name)(const void *item, struct fc_change *change);
	void (*below)(const struct diff *diff, const void *before, const void *after);
};

static void tell(const struct diff *diff, const struct kind *kind, enum fc_change_kind what,
	const void *item)
{
	struct fc_change change = { .kind = what, .hba = diff->hba, .vport = diff->vport };

	kind->name(item, &change);
	diff->inventory->on_change(diff->inventory->data, &change);
}

static void print_member(const struct np_field *row, const void *item, char *text, size_t size)
{
	const void *slot = (const char *)item + row->offset;
	char wwn[NP_WWN_TEXT];

	if (row->type == NP_TYPE_TEXT)
		(void)snprintf(text, size, "%s", (const char *)slot);
	else if (row->type == NP_TYPE_WWN)
		(void)snprintf(text, size, "%s", np_wwn_text(*(const uint64_t *)slot, wwn));
	else if (row->type == NP_TYPE_BOOL)
		(void)snprintf(text, size, "%s", *(const bool *)slot ? "true" : "false");
	else
		(void)snprintf(text, size, "%lld", (long long)*(const int64_t *)slot);
}

static bool is_watched(const struct kind *kind, const char *name)
{
	for (const char *const *watched = kind->watched; *watched; watched++) {
		if (strcmp(*watched, name) == 0)
			return true;
	}
	return false;
}

static bool is_same(const struct np_field *row, const void *before, const void *after)
{
	const char *a = (const char *)before + row->offset, *b = (const char *)after + row->offset;

	return row->type == NP_TYPE_TEXT ? strcmp(a, b) == 0 : memcmp(a, b, row->size) == 0;
}

static void compare_items(
	const struct diff *diff, const struct kind *kind, const void *before, const void *after)
{
	for (const struct np_field *row = kind->fields; row->name; row++) {
		struct fc_change change = {
			.kind = kind->changed, .hba = diff->hba, .vport = diff->vport
		};

		if (is_same(row, before, after) || !is_watched(kind, row->name))
			continue;
		print_member(row, before, change.before, sizeof change.before);
		print_member(row, after, change.after, sizeof change.after);
		change.what = row->name;
		kind->name(after, &change);
		diff->inventory->on_change(diff->inventory->data, &change);
	}
}

/* A new thing is told before what is on it, a gone one after. NULL: it is not there. */
static void diff_item(
	const struct diff *diff, const struct kind *kind, const void *before, const void *after)
{
	assert(before || after);
	if (!before)
		tell(diff, kind, kind->appeared, after);
	if (before && after)
		compare_items(diff, kind, before, after);
	if (kind->below)
		kind->below(diff, before, after);
	if (!after)
		tell(diff, kind, kind->gone, before);
}

/* Merges two sorted lists. */
static void diff_lists(const struct diff *diff, const struct kind *kind, const void *before,
	size_t n_before, const void *after, size_t n_after)
{
	const char *old = before, *new = after;
	size_t i = 0, j = 0;

	if (before == after)
		return; /* carried over as it is */
	while (i < n_before || j < n_after) {
		const void *a = i < n_before ? old + i * kind->size : NULL;
		const void *b = j < n_after ? new + j * kind->size : NULL;
		int by = !a ? 1 : !b ? -1 : kind->compare(a, b);

		diff_item(diff, kind, by <= 0 ? a : NULL, by >= 0 ? b : NULL);
		i += by <= 0;
		j += by >= 0;
	}
}

static void name_rport(const void *item, struct fc_change *change)
{
	const struct fc_rport *rport = item;

	change->rport = rport->wwpn;
	(void)snprintf(change->kernel_name, sizeof change->kernel_name, "%s", rport->kernel_name);
}

static void name_lun(const void *item, struct fc_change *change)
{
	const struct fc_lun *lun = item;

	change->rport = lun->target;
	change->lun = lun->lun;
	(void)snprintf(change->kernel_name, sizeof change->kernel_name, "%s", lun->hctl);
	(void)snprintf(change->wwid, sizeof change->wwid, "%s", lun->wwid);
}

static void name_vport(const void *item, struct fc_change *change)
{
	const struct fc_vport *vport = item;

	change->vport = vport->wwpn;
	(void)snprintf(change->kernel_name, sizeof change->kernel_name, "%s", vport->kernel_name);
}

static void name_hba(const void *item, struct fc_change *change)
{
	const struct fc_hba *hba = item;

	(void)snprintf(change->kernel_name, sizeof change->kernel_name, "%s", hba->kernel_name);
}

static const struct kind rport_kind = {
	.size = sizeof(struct fc_rport),
	.compare = compare_rports,
	.appeared = FC_CHANGE_RPORT_NEW,
	.changed = FC_CHANGE_RPORT_CHANGED,
	.gone = FC_CHANGE_RPORT_GONE,
	.fields = fc_rport_fields,
	.watched = (const char *const[]){ "port_id", "roles", "state", NULL },
	.name = name_rport,
};

static const struct kind lun_kind = {
	.size = sizeof(struct fc_lun),
	.compare = compare_luns,
	.appeared = FC_CHANGE_LUN_NEW,
	.changed = FC_CHANGE_LUN_CHANGED,
	.gone = FC_CHANGE_LUN_GONE,
	.fields = fc_lun_fields,
	.watched = (const char *const[]){ "wwid", "dev", "size_bytes", "state", NULL },
	.name = name_lun,
};

static void below_vport(const struct diff *parent, const void *before, const void *after)
{
	static const struct fc_vport none;
	const struct fc_vport *a = before ? before : &none, *b = after ? after : &none;
	struct diff diff = *parent;

	diff.vport = after ? b->wwpn : a->wwpn;
	diff_lists(&diff, &rport_kind, a->rports, a->n_rports, b->rports, b->n_rports);
	diff_lists(&diff, &lun_kind, a->luns, a->n_luns, b->luns, b->n_luns);
}

static const struct kind vport_kind = {
	.size = sizeof(struct fc_vport),
	.compare = compare_vports,
	.appeared = FC_CHANGE_VPORT_NEW,
	.changed = FC_CHANGE_VPORT_CHANGED,
	.gone = FC_CHANGE_VPORT_GONE,
	.fields = fc_vport_fields,
	.watched = (const char *const[]){ "kernel_name", "kernel_host", "wwnn", "state",
		"port_state", "port_id", "fabric_name", "symbolic_name", NULL },
	.name = name_vport,
	.below = below_vport,
};

static void below_hba(const struct diff *diff, const void *before, const void *after)
{
	static const struct fc_hba none;
	const struct fc_hba *a = before ? before : &none, *b = after ? after : &none;

	diff_lists(diff, &rport_kind, a->rports, a->n_rports, b->rports, b->n_rports);
	diff_lists(diff, &vport_kind, a->vports, a->n_vports, b->vports, b->n_vports);
}

static const struct kind hba_kind = {
	.size = sizeof(struct fc_hba),
	.appeared = FC_CHANGE_HBA_NEW,
	.changed = FC_CHANGE_HBA_CHANGED,
	.gone = FC_CHANGE_HBA_GONE,
	.fields = fc_hba_fields,
	.watched = (const char *const[]){ "kernel_name", "wwnn", "port_state", "port_id", "speed",
		"fabric_name", "driver_version", "firmware", "vports_max", "npiv", NULL },
	.name = name_hba,
	.below = below_hba,
};

static void diff_hba(const struct fc_inventory *inventory, const struct fc_hba *before,
	const struct fc_hba *after)
{
	const struct fc_hba *hba = after ? after : before;

	assert(hba);
	struct diff diff = { .inventory = inventory, .hba = hba->wwpn };

	if (inventory->on_change)
		diff_item(&diff, &hba_kind, before, after);
}

/* Index of the HBA, or where it belongs. */
static size_t place_of(const struct fc_inventory *inventory, uint64_t wwpn)
{
	size_t i = 0;

	while (i < inventory->n && inventory->hbas[i].wwpn < wwpn)
		i++;
	return i;
}

static struct fc_hba *find_hba(const struct fc_inventory *inventory, uint64_t wwpn)
{
	size_t i = place_of(inventory, wwpn);

	return i < inventory->n && inventory->hbas[i].wwpn == wwpn ? &inventory->hbas[i] : NULL;
}

static void remove_at(struct fc_inventory *inventory, size_t i)
{
	struct fc_hba gone = inventory->hbas[i];

	memmove(&inventory->hbas[i], &inventory->hbas[i + 1], (inventory->n - i - 1) * sizeof gone);
	inventory->n--;
	diff_hba(inventory, &gone, NULL);
	fc_hba_done(&gone);
}

static int insert(struct fc_inventory *inventory, struct fc_hba *hba, struct np_err *err)
{
	size_t i = place_of(inventory, hba->wwpn);
	struct fc_hba *hbas = reallocarray(inventory->hbas, inventory->n + 1, sizeof *hbas);

	if (!hbas) {
		fc_hba_done(hba);
		return np_fail_nomem(err);
	}
	inventory->hbas = hbas;
	memmove(&hbas[i + 1], &hbas[i], (inventory->n - i) * sizeof *hbas);
	hbas[i] = *hba;
	inventory->n++;
	*hba = (struct fc_hba){ 0 };
	diff_hba(inventory, NULL, &hbas[i]);
	return 0;
}

int fc_inventory_update(struct fc_inventory *inventory, struct fc_hba *hba, struct np_err *err)
{
	struct fc_hba *slot, before;

	if (hba->wwpn == 0) {
		int rc = np_fail(err, NP_INVAL, "HBA '%s' has no WWPN", hba->kernel_name);
		fc_hba_done(hba);
		return rc;
	}
	for (size_t i = inventory->n; i-- > 0;) {
		const struct fc_hba *other = &inventory->hbas[i];
		if (other->wwpn != hba->wwpn && strcmp(other->kernel_name, hba->kernel_name) == 0)
			remove_at(inventory, i);
	}
	sort_hba(hba);
	slot = find_hba(inventory, hba->wwpn);
	if (!slot)
		return insert(inventory, hba, err);
	before = *slot;
	*slot = *hba;
	*hba = (struct fc_hba){ 0 };
	diff_hba(inventory, &before, slot);
	fc_hba_done(&before);
	return 0;
}

/* Index of the vport, or where it belongs. */
static size_t vport_place(const struct fc_hba *hba, uint64_t wwpn)
{
	size_t low = 0, high = hba->n_vports;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hba->vports[middle].wwpn < wwpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct fc_hba *hba, size_t i, uint64_t wwpn)
{
	return i < hba->n_vports && hba->vports[i].wwpn == wwpn;
}

static void diff_vport(const struct fc_inventory *inventory, const struct fc_hba *hba,
	const struct fc_vport *before, const struct fc_vport *after)
{
	struct diff diff = { .inventory = inventory, .hba = hba->wwpn };

	if (inventory->on_change)
		diff_item(&diff, &vport_kind, before, after);
}

/* Takes @vport, which has a place of its own at @i: nothing else is moved or compared. */
static int insert_vport(struct fc_inventory *inventory, struct fc_hba *hba, size_t i,
	struct fc_vport *vport, struct np_err *err)
{
	struct fc_vport *vports = reallocarray(hba->vports, hba->n_vports + 1, sizeof *vports);

	if (!vports) {
		fc_vport_done(vport);
		return np_fail_nomem(err);
	}
	hba->vports = vports;
	memmove(&vports[i + 1], &vports[i], (hba->n_vports - i) * sizeof *vports);
	vports[i] = *vport;
	hba->n_vports++;
	*vport = (struct fc_vport){ 0 };
	diff_vport(inventory, hba, NULL, &vports[i]);
	return 0;
}

/* A look at the state alone says nothing of what the vport sees: that stays. */
static void take_vport_state(const struct fc_inventory *inventory, const struct fc_hba *hba,
	struct fc_vport *slot, const struct fc_vport *state)
{
	struct diff diff = { .inventory = inventory, .hba = hba->wwpn, .vport = slot->wwpn };
	struct fc_vport before = *slot;

	*slot = *state;
	slot->rports = before.rports;
	slot->n_rports = before.n_rports;
	slot->luns = before.luns;
	slot->n_luns = before.n_luns;
	if (inventory->on_change)
		compare_items(&diff, &vport_kind, &before, slot);
}

/* Takes @vport. @brief: its lists were not read. */
static int put_vport(struct fc_inventory *inventory, struct fc_hba *hba, struct fc_vport *vport,
	bool brief, struct np_err *err)
{
	size_t i = vport_place(hba, vport->wwpn);

	sort_vport(vport);
	if (!is_at(hba, i, vport->wwpn))
		return insert_vport(inventory, hba, i, vport, err);
	struct fc_vport *slot = &hba->vports[i], before = *slot;
	if (brief && strcmp(slot->kernel_name, vport->kernel_name) == 0) {
		take_vport_state(inventory, hba, slot, vport);
		return 0;
	}
	*slot = *vport;
	*vport = (struct fc_vport){ 0 };
	diff_vport(inventory, hba, &before, slot);
	fc_vport_done(&before);
	return 0;
}

static bool drop_vport(struct fc_inventory *inventory, struct fc_hba *hba, uint64_t wwpn)
{
	size_t i = vport_place(hba, wwpn);

	if (!is_at(hba, i, wwpn))
		return false;
	struct fc_vport gone = hba->vports[i];
	hba->n_vports--;
	memmove(&hba->vports[i], &hba->vports[i + 1], (hba->n_vports - i) * sizeof gone);
	diff_vport(inventory, hba, &gone, NULL);
	fc_vport_done(&gone);
	return true;
}

static void take_state(
	const struct fc_inventory *inventory, struct fc_hba *hba, const struct fc_hba *look)
{
	struct diff diff = { .inventory = inventory, .hba = hba->wwpn };
	struct fc_hba before = *hba;

	memcpy(hba->port_state, look->port_state, sizeof hba->port_state);
	memcpy(hba->port_id, look->port_id, sizeof hba->port_id);
	hba->fabric_name = look->fabric_name;
	hba->vports_max = look->vports_max;
	hba->vports_in_use = look->vports_in_use;
	hba->npiv = look->npiv;
	if (inventory->on_change)
		compare_items(&diff, &hba_kind, &before, hba);
}

static bool is_named(const uint64_t *wwpns, size_t n, uint64_t wwpn)
{
	for (size_t i = 0; i < n; i++) {
		if (wwpns[i] == wwpn)
			return true;
	}
	return false;
}

/* Is it in the look, which has few? */
static bool is_seen(const struct fc_hba *look, uint64_t wwpn)
{
	for (size_t i = 0; i < look->n_vports; i++) {
		if (look->vports[i].wwpn == wwpn)
			return true;
	}
	return false;
}

static int take_look(struct fc_inventory *inventory, struct fc_hba *slot, struct fc_hba *look,
	const struct fc_named *named, struct np_err *err)
{
	int rc = 0;

	take_state(inventory, slot, look);
	for (size_t i = 0; i < named->n; i++) {
		if (!is_seen(look, named->wwpns[i]))
			(void)drop_vport(inventory, slot, named->wwpns[i]);
	}
	for (size_t i = 0; rc == 0 && i < look->n_vports; i++) {
		if (is_named(named->wwpns, named->n, look->vports[i].wwpn))
			rc = put_vport(inventory, slot, &look->vports[i], named->brief, err);
	}
	return rc;
}

int fc_inventory_update_vports(struct fc_inventory *inventory, struct fc_hba *look,
	const struct fc_named *named, struct np_err *err)
{
	struct fc_hba *slot = find_hba(inventory, look->wwpn);
	char text[NP_WWN_TEXT];
	int rc;

	if (slot)
		rc = take_look(inventory, slot, look, named, err);
	else
		rc = np_fail(
			err, NP_NOTFOUND, "HBA %s is not known", np_wwn_text(look->wwpn, text));
	fc_hba_done(look);
	return rc;
}

int fc_inventory_update_vport(
	struct fc_inventory *inventory, uint64_t hba, struct fc_vport *vport, struct np_err *err)
{
	struct fc_hba *slot = find_hba(inventory, hba);
	char text[NP_WWN_TEXT];

	if (slot)
		return put_vport(inventory, slot, vport, false, err);
	fc_vport_done(vport);
	return np_fail(err, NP_NOTFOUND, "HBA %s is not known", np_wwn_text(hba, text));
}

void fc_inventory_forget_vport(struct fc_inventory *inventory, uint64_t hba, uint64_t wwpn)
{
	struct fc_hba *slot = find_hba(inventory, hba);

	/* The kernel's count was read before. */
	if (slot && drop_vport(inventory, slot, wwpn) && slot->vports_in_use > 0)
		slot->vports_in_use--;
}

void fc_inventory_gone(struct fc_inventory *inventory, const char *kernel_name)
{
	for (size_t i = inventory->n; i-- > 0;) {
		if (strcmp(inventory->hbas[i].kernel_name, kernel_name) == 0)
			remove_at(inventory, i);
	}
}

const struct fc_hba *fc_inventory_next(
	const struct fc_inventory *inventory, const struct fc_hba *prev)
{
	size_t i = prev ? (size_t)(prev - inventory->hbas) + 1 : 0;

	return i < inventory->n ? &inventory->hbas[i] : NULL;
}

size_t fc_inventory_count(const struct fc_inventory *inventory)
{
	return inventory->n;
}

const struct fc_hba *fc_inventory_hba(const struct fc_inventory *inventory, uint64_t wwpn)
{
	return find_hba(inventory, wwpn);
}

static bool has_host(const struct fc_hba *hba, const char *kernel_name)
{
	if (strcmp(hba->kernel_name, kernel_name) == 0)
		return true;
	for (size_t i = 0; i < hba->n_vports; i++) {
		if (strcmp(hba->vports[i].kernel_host, kernel_name) == 0)
			return true;
	}
	return false;
}

const struct fc_hba *fc_inventory_by_host(
	const struct fc_inventory *inventory, const char *kernel_name)
{
	for (size_t i = 0; kernel_name[0] && i < inventory->n; i++) {
		if (has_host(&inventory->hbas[i], kernel_name))
			return &inventory->hbas[i];
	}
	return NULL;
}

const struct fc_vport *fc_inventory_vport_on(const struct fc_hba *hba, uint64_t wwpn)
{
	struct fc_vport key = { .wwpn = wwpn };

	return hba->n_vports ? bsearch(&key, hba->vports, hba->n_vports, sizeof key, compare_vports)
			     : NULL;
}

const struct fc_vport *fc_inventory_vport(
	const struct fc_inventory *inventory, uint64_t wwpn, const struct fc_hba **iterator)
{
	while ((*iterator = fc_inventory_next(inventory, *iterator))) {
		const struct fc_vport *vport = fc_inventory_vport_on(*iterator, wwpn);
		if (vport)
			return vport;
	}
	return NULL;
}

struct search {
	uint64_t wwn;
	fc_port_fn *fn;
	void *data;
	size_t found;
};

static void offer(struct search *search, uint64_t wwpn, uint64_t wwnn, const struct fc_port *port)
{
	if (search->wwn != wwpn && search->wwn != wwnn)
		return;
	search->found++;
	if (search->fn)
		search->fn(search->data, port);
}

static void offer_rports(struct search *search, const struct fc_hba *hba,
	const struct fc_vport *vport, const struct fc_rport *rports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fc_port port = { FC_PORT_RPORT, hba, vport, &rports[i] };
		offer(search, rports[i].wwpn, rports[i].wwnn, &port);
	}
}

static void offer_hba(struct search *search, const struct fc_hba *hba)
{
	struct fc_port port = { FC_PORT_HBA, hba, NULL, NULL };

	offer(search, hba->wwpn, hba->wwnn, &port);
	offer_rports(search, hba, NULL, hba->rports, hba->n_rports);
	for (size_t i = 0; i < hba->n_vports; i++) {
		const struct fc_vport *vport = &hba->vports[i];

		port = (struct fc_port){ FC_PORT_VPORT, hba, vport, NULL };
		offer(search, vport->wwpn, vport->wwnn, &port);
		offer_rports(search, hba, vport, vport->rports, vport->n_rports);
	}
}

size_t fc_inventory_ports(
	const struct fc_inventory *inventory, uint64_t wwn, fc_port_fn *fn, void *data)
{
	struct search search = { .wwn = wwn, .fn = fn, .data = data };

	for (size_t i = 0; wwn && i < inventory->n; i++)
		offer_hba(&search, &inventory->hbas[i]);
	return search.found;
}
