/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/tree.h"

#include <stdarg.h>
#include <string.h>

#include "lab/rows.h"

#define ROW_BITS 10

const struct sim_table *const sim_tables[SIM_KINDS] = {
	[SIM_ROOT] = &sim_root_table,
	[SIM_SLOT] = &sim_slot_table,
	[SIM_HOST] = &sim_host_table,
	[SIM_VPORT] = &sim_vport_table,
	[SIM_RPORT] = &sim_rport_table,
	[SIM_STARGET] = &sim_starget_table,
	[SIM_SDEV] = &sim_sdev_table,
	[SIM_DISK] = &sim_disk_table,
	[SIM_HOLDER] = &sim_holder_table,
};

void sim_say(struct sim_text *out, const char *fmt, ...)
{
	size_t room = sizeof(out->data) - out->len;
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(out->data + out->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		out->len += (size_t)len < room ? (size_t)len : room - 1;
}

static const struct sim_row *row_of(enum sim_kind kind, unsigned row)
{
	return &sim_tables[kind]->rows[row];
}

const struct sim_row *sim_place_row(const struct sim_place *place)
{
	return row_of(place->object->kind, place->row);
}

uint64_t sim_place_ino(const struct sim_place *place)
{
	return place->object->id << ROW_BITS | place->row;
}

static bool is_there(const struct sim_row *row, const struct sim_object *object)
{
	return !row->when || row->when(object);
}

bool sim_place_find(const struct sim *sim, uint64_t ino, struct sim_place *ret_place)
{
	unsigned row = ino & ((1u << ROW_BITS) - 1);
	struct sim_object *object = sim_object_find(sim, ino >> ROW_BITS);

	if (!object || row == 0 || row >= sim_tables[object->kind]->count)
		return false;
	*ret_place = (struct sim_place){ object, row };
	return true;
}

mode_t sim_place_mode(const struct sim_place *place)
{
	const struct sim_row *row = sim_place_row(place);

	if (row->type == SIM_DIR)
		return S_IFDIR | 0755;
	return row->type == SIM_LINK ? S_IFLNK | 0777 : S_IFREG | row->mode;
}

const char *sim_place_name(const struct sim_place *place)
{
	const struct sim_row *row = sim_place_row(place);

	return row->name ? row->name : place->object->name;
}

/* The row of a parent's directory in which devices of @kind appear. */
static unsigned home_row(enum sim_kind parent, enum sim_kind kind)
{
	for (unsigned row = SIM_TOP; row < sim_tables[parent]->count; row++) {
		if (row_of(parent, row)->holds & 1u << kind)
			return row;
	}
	return 0;
}

struct search {
	const char *name;
	struct sim_place found;
};

/* Walks all entries of a directory; a visitor that answers non-zero ends it. */
typedef int visit_fn(void *data, const struct sim_place *place);

static int visit_rows(const struct sim_place *dir, visit_fn *visit, void *data)
{
	const struct sim_table *table = sim_tables[dir->object->kind];
	int rc = 0;

	for (unsigned row = SIM_TOP; row < table->count && rc == 0; row++) {
		const struct sim_place place = { dir->object, row };
		if (table->rows[row].in == dir->row && is_there(&table->rows[row], dir->object))
			rc = visit(data, &place);
	}
	return rc;
}

static int visit_children(const struct sim_place *dir, visit_fn *visit, void *data)
{
	unsigned holds = sim_place_row(dir)->holds;

	if (!holds)
		return 0;
	np_list_foreach (child, &dir->object->children, struct sim_object, sibling) {
		const struct sim_place place = { child, SIM_TOP };
		int rc = holds & 1u << child->kind ? visit(data, &place) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int visit_peers(
	const struct sim *sim, enum sim_kind kind, unsigned row, visit_fn *visit, void *data)
{
	np_list_foreach (object, &sim->kinds[kind], struct sim_object, peer) {
		const struct sim_place place = { object, row };
		int rc = is_there(row_of(kind, row), object) ? visit(data, &place) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int visit_class(
	const struct sim *sim, const struct sim_place *dir, visit_fn *visit, void *data)
{
	int rc = 0;

	if (dir->object->kind != SIM_ROOT)
		return 0;
	for (unsigned kind = 0; kind < SIM_KINDS; kind++) {
		for (unsigned row = SIM_TOP; row < sim_tables[kind]->count && rc == 0; row++) {
			if (row_of((enum sim_kind)kind, row)->class_row == dir->row)
				rc = visit_peers(sim, (enum sim_kind)kind, row, visit, data);
		}
	}
	return rc;
}

static int visit_all(
	const struct sim *sim, const struct sim_place *dir, visit_fn *visit, void *data)
{
	int rc = visit_rows(dir, visit, data);

	if (rc == 0)
		rc = visit_children(dir, visit, data);
	return rc == 0 ? visit_class(sim, dir, visit, data) : rc;
}

static int compare(void *data, const struct sim_place *place)
{
	struct search *search = data;

	if (strcmp(sim_place_name(place), search->name) != 0)
		return 0;
	search->found = *place;
	return 1;
}

bool sim_tree_lookup(const struct sim *sim, const struct sim_place *dir, const char *name,
	struct sim_place *ret_place)
{
	struct search search = { .name = name };

	if (sim_place_row(dir)->type != SIM_DIR || !visit_all(sim, dir, compare, &search))
		return false;
	*ret_place = search.found;
	return true;
}

struct listing {
	sim_entry_fn *entry;
	void *data;
};

static int list_one(void *data, const struct sim_place *place)
{
	const struct listing *listing = data;

	return listing->entry(
		listing->data, sim_place_name(place), sim_place_ino(place), sim_place_mode(place));
}

int sim_tree_list(
	const struct sim *sim, const struct sim_place *dir, sim_entry_fn *entry, void *data)
{
	struct listing listing = { entry, data };

	return visit_all(sim, dir, list_one, &listing);
}

static struct sim_place parent_of(const struct sim *sim, const struct sim_place *place)
{
	const struct sim_row *row = sim_place_row(place);
	struct sim_object *object = place->object;

	if (row->class_row)
		return (struct sim_place){ sim_object_find(sim, 0), row->class_row };
	if (place->row == SIM_TOP)
		return (struct sim_place){ object->parent,
			home_row(object->parent->kind, object->kind) };
	return (struct sim_place){ object, row->in };
}

static bool is_root(const struct sim_place *place)
{
	return place->object->kind == SIM_ROOT && place->row == SIM_TOP;
}

void sim_tree_path(
	const struct sim *sim, const struct sim_place *place, char path[static SIM_TREE_PATH_MAX])
{
	struct sim_place at = *place;
	size_t start = SIM_TREE_PATH_MAX - 1;

	path[start] = '\0';
	for (; !is_root(&at); at = parent_of(sim, &at)) {
		const char *name = sim_place_name(&at);
		size_t len = strlen(name), slash = path[start] != '\0';
		if (len + slash > start)
			break;
		if (slash)
			path[--start] = '/';
		start -= len;
		memcpy(path + start, name, len);
	}
	memmove(path, path + start, SIM_TREE_PATH_MAX - start);
}

static struct sim_place target_of(const struct sim *sim, const struct sim_place *place)
{
	const struct sim_row *row = sim_place_row(place);
	struct sim_object *object = place->object;

	if (row->to == SIM_TO_ROOT)
		object = sim_object_find(sim, 0);
	else if (row->to == SIM_TO_PARENT)
		object = object->parent;
	return (struct sim_place){ object, row->link_row };
}

/* Up to the nearest directory above the target itself, then down: the kernel never points to '..' alone. */
void sim_tree_link(
	const struct sim *sim, const struct sim_place *place, char path[static SIM_TREE_PATH_MAX])
{
	char from[SIM_TREE_PATH_MAX], to[SIM_TREE_PATH_MAX];
	struct sim_place dir = parent_of(sim, place), target = target_of(sim, place);
	size_t common = 0, len = 0;

	sim_tree_path(sim, &dir, from);
	sim_tree_path(sim, &target, to);
	for (size_t i = 0; to[i]; i++) {
		if (to[i] == '/' && (from[i] == '/' || from[i] == '\0'))
			common = i + 1;
		if (from[i] != to[i])
			break;
	}
	for (size_t i = common, end = strlen(from); i < end; i += strcspn(from + i, "/") + 1)
		len += (size_t)snprintf(path + len, SIM_TREE_PATH_MAX - len, "../");
	(void)snprintf(path + len, SIM_TREE_PATH_MAX - len, "%s", to + common);
}

int sim_tree_show(const struct sim *sim, const struct sim_place *place, struct sim_text *out)
{
	const struct sim_row *row = sim_place_row(place);

	out->len = 0;
	if (row->text)
		sim_say(out, "%s", row->text);
	return row->show ? row->show(sim, place->object, out) : 0;
}

void sim_tree_forget(const struct sim_gone *gone,
	void (*entry)(void *data, uint64_t dir, const char *name), void *data)
{
	const struct sim_table *table = sim_tables[gone->kind];

	entry(data, gone->parent_id << ROW_BITS | home_row(gone->parent_kind, gone->kind),
		gone->name);
	for (unsigned row = SIM_TOP; row < table->count; row++) {
		if (table->rows[row].class_row)
			entry(data, table->rows[row].class_row, gone->name);
	}
}
