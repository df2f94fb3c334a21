/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/zonedb.h"

#include <string.h>

#include "base/digest.h"
#include "base/wwn.h"
#include "lab/model.h"

#define SPACE_BYTES (4 << 20)
#define LOCK_MS 300000 /* fabric-lock-timeout, five minutes */
/* What an object and a member take besides their text. */
#define OBJECT_BYTES 8
#define MEMBER_BYTES 4

enum role { ROLE_PRINCIPAL = 1, ROLE_MEMBER = 2 };

static json_t *database_new(void)
{
	return json_pack("{s:{}, s:{}, s:{}}", "aliases", "zones", "zonesets");
}

static json_t *nothing_effective(void)
{
	return json_pack("{s:{}}", "zones");
}

/* Sums up anew whatever is committed. */
static int sum_up(struct sim_zonedb *db, struct np_err *err)
{
	char digest[NP_DIGEST_TEXT];
	np_auto(np_json_decref) json_t *all = json_pack("{s:O, s:O, s:b}", "defined", db->defined,
		"effective", db->effective, "open", db->default_open);

	if (!all)
		return np_fail_nomem(err);
	int rc = np_digest_json(all, digest, err);
	if (rc == 0)
		(void)snprintf(db->checksum, sizeof(db->checksum), "%.32s", digest);
	return rc;
}

int sim_zonedb_init(struct sim_zonedb *db, struct np_err *err)
{
	*db = (struct sim_zonedb){ .defined = database_new(),
		.effective = nothing_effective(),
		.max_bytes = SPACE_BYTES };
	return db->defined && db->effective ? sum_up(db, err) : np_fail_nomem(err);
}

void sim_zonedb_done(struct sim_zonedb *db)
{
	json_decref(db->defined);
	json_decref(db->pending);
	json_decref(db->effective);
	json_decref(db->own);
	free(db->index);
	*db = (struct sim_zonedb){ 0 };
}

static void set_owner(struct sim_zonedb *db, const struct sim_zone_client *client)
{
	(void)snprintf(db->user, sizeof(db->user), "%s", client->user);
	(void)snprintf(db->address, sizeof(db->address), "%s", client->address);
	(void)snprintf(db->application, sizeof(db->application), "%s", client->application);
	(void)snprintf(db->interface, sizeof(db->interface), "%s", client->interface);
	db->session = client->session;
}

bool sim_zonedb_owns(const struct sim_zonedb *db, const struct sim_zone_client *client)
{
	return db->pending && strcmp(db->user, client->user) == 0 &&
	       strcmp(db->address, client->address) == 0 &&
	       strcmp(db->application, client->application) == 0 &&
	       strcmp(db->interface, client->interface) == 0 && db->session == client->session;
}

void sim_zonedb_expire(const struct sim *sim, struct sim_zonedb *db)
{
	if (db->pending && db->lock_until <= sim->now)
		sim_zonedb_abort(db);
}

int sim_zonedb_lock(struct sim *sim, struct sim_zonedb *db, const struct sim_zone_client *client,
	int64_t ms, struct np_err *err)
{
	sim_zonedb_expire(sim, db);
	if (db->pending && !sim_zonedb_owns(db, client))
		return np_fail(err, NP_BUSY, "zone transaction %u of '%s' from %s is open",
			db->token, db->user, db->address);
	if (!db->pending) {
		db->pending = json_deep_copy(db->defined);
		if (!db->pending)
			return np_fail_nomem(err);
		db->token = ++db->last_token;
		set_owner(db, client);
	}
	db->lock_until = sim->now + ms;
	return 0;
}

int sim_zonedb_begin(struct sim *sim, struct sim_zonedb *db, const struct sim_zone_client *client,
	struct np_err *err)
{
	return sim_zonedb_lock(sim, db, client, LOCK_MS, err);
}

json_t *sim_zonedb_edited(const struct sim_zonedb *db)
{
	return db->pending ? db->pending : db->defined;
}

void sim_zonedb_abort(struct sim_zonedb *db)
{
	static const struct sim_zone_client nobody = { "", "", "", "", 0 };

	json_decref(db->pending);
	db->pending = NULL;
	db->token = 0;
	db->lock_until = 0;
	set_owner(db, &nobody);
}

static int64_t list_bytes(const json_t *list)
{
	int64_t bytes = 0;
	size_t i;
	json_t *text;

	json_array_foreach (list, i, text)
		bytes += (int64_t)json_string_length(text) + MEMBER_BYTES;
	return bytes;
}

int64_t sim_zonedb_bytes(const json_t *database)
{
	int64_t bytes = 0;
	const char *kind, *name;
	json_t *objects, *value;

	json_object_foreach ((json_t *)(uintptr_t)database, kind, objects) {
		json_object_foreach (objects, name, value) {
			bytes += (int64_t)strlen(name) + OBJECT_BYTES + list_bytes(value) +
				 list_bytes(json_object_get(value, "members")) +
				 list_bytes(json_object_get(value, "principals"));
		}
	}
	return bytes;
}

void sim_zonedb_checksum(const struct sim_zonedb *db, char ret_text[static 33])
{
	memcpy(ret_text, db->checksum, sizeof(db->checksum));
}

/* The list with what its aliases stand for; an alias that is not there stays. */
static json_t *resolve_list(const json_t *list, const json_t *aliases)
{
	json_t *resolved = json_array(), *text;
	size_t i;

	json_array_foreach (list, i, text) {
		const char *member = json_string_value(text);
		const json_t *alias =
			member[0] == '@' ? json_object_get(aliases, member + 1) : NULL;
		if (alias)
			(void)json_array_extend(resolved, (json_t *)(uintptr_t)alias);
		else
			(void)json_array_append(resolved, text);
	}
	return resolved;
}

static json_t *resolve(const json_t *zone, const json_t *aliases)
{
	static const char *const lists[] = { "members", "principals" };
	json_t *resolved = json_copy((json_t *)(uintptr_t)zone);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const json_t *list = json_object_get(zone, lists[i]);
		if (list)
			(void)json_object_set_new(resolved, lists[i], resolve_list(list, aliases));
	}
	return resolved;
}

static int make_effective(
	const json_t *database, const char *name, json_t **ret_effective, struct np_err *err)
{
	const json_t *zoneset = json_object_get(json_object_get(database, "zonesets"), name);
	np_auto(np_json_decref) json_t *zones = json_object();
	json_t *text;
	size_t i;

	if (!zoneset)
		return np_fail(err, NP_NOTFOUND, "there is no zoneset '%.64s'", name);
	json_array_foreach (zoneset, i, text) {
		const char *member = json_string_value(text);
		const json_t *zone = json_object_get(json_object_get(database, "zones"), member);
		if (!zone)
			return np_fail(err, NP_CONFLICT,
				"zone '%.64s' of zoneset '%.64s' does not exist", member, name);
		(void)json_object_set_new(
			zones, member, resolve(zone, json_object_get(database, "aliases")));
	}
	*ret_effective = json_pack("{s:s, s:O}", "zoneset", name, "zones", zones);
	return *ret_effective ? 0 : np_fail_nomem(err);
}

static size_t count_members(const json_t *zones)
{
	size_t count = 0;
	const char *name;
	json_t *zone;

	json_object_foreach ((json_t *)(uintptr_t)zones, name, zone)
		count += json_array_size(json_object_get(zone, "members")) +
			 json_array_size(json_object_get(zone, "principals"));
	return count;
}

struct indexing {
	struct sim_zone_entry *entries;
	size_t count;
	uint32_t zone;
};

static void index_list(struct indexing *indexing, const json_t *list, unsigned roles)
{
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		uint64_t wwn;
		if (np_wwn_parse(json_string_value(text), &wwn, NULL) < 0)
			continue; /* no name of a port: shown, not enforced */
		indexing->entries[indexing->count++] =
			(struct sim_zone_entry){ .wwn = wwn, .zone = indexing->zone, roles };
	}
}

static int compare_entries(const void *one, const void *other)
{
	const struct sim_zone_entry *a = one, *b = other;

	if (a->wwn != b->wwn)
		return a->wwn < b->wwn ? -1 : 1;
	return (a->zone > b->zone) - (a->zone < b->zone);
}

/* The members of what is effective, sorted: thousands of zones are asked at each change notice. */
static int make_index(const json_t *zones, struct indexing *ret_indexing, struct np_err *err)
{
	struct indexing indexing = { 0 };
	const char *name;
	json_t *zone;

	indexing.entries = calloc(count_members(zones) + 1, sizeof(*indexing.entries));
	if (!indexing.entries)
		return np_fail_nomem(err);
	json_object_foreach ((json_t *)(uintptr_t)zones, name, zone) {
		bool regular = strcmp(np_json_text(zone, "kind"), "regular") == 0;
		index_list(&indexing, json_object_get(zone, "members"),
			ROLE_MEMBER | (regular ? ROLE_PRINCIPAL : 0));
		index_list(&indexing, json_object_get(zone, "principals"), ROLE_PRINCIPAL);
		indexing.zone++;
	}
	qsort(indexing.entries, indexing.count, sizeof(*indexing.entries), compare_entries);
	*ret_indexing = indexing;
	return 0;
}

int sim_zonedb_enforce(
	struct sim *sim, struct sim_fabric *fabric, json_t *effective, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;
	struct indexing indexing = { 0 };

	int rc = make_index(json_object_get(effective, "zones"), &indexing, err);
	if (rc < 0)
		return rc;
	free(db->index);
	db->index = indexing.entries;
	db->n_index = indexing.count;
	json_incref(effective);
	json_decref(db->effective);
	db->effective = effective;
	db->changes++;
	sim_fabric_notify(sim, fabric);
	return sum_up(db, err);
}

/* Puts a new effective configuration in force, and the pending changes into the definition. */
static int put_in_force(
	struct sim *sim, struct sim_fabric *fabric, json_t *effective, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;

	if (db->pending) {
		json_decref(db->defined);
		db->defined = json_incref(db->pending);
	}
	sim_zonedb_abort(db);
	return sim_zonedb_enforce(sim, fabric, effective, err);
}

int sim_zonedb_commit(
	struct sim *sim, struct sim_fabric *fabric, const char *zoneset, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;
	const json_t *database = sim_zonedb_edited(db);
	np_auto(np_json_decref) json_t *effective = NULL;
	int64_t bytes = sim_zonedb_bytes(database);

	if (bytes > db->max_bytes)
		return np_fail(err, NP_CAPACITY, "the zone database has %lld bytes, over %lld",
			(long long)bytes, (long long)db->max_bytes);
	if (zoneset && !zoneset[0])
		zoneset = np_json_text(db->effective, "zoneset");
	if (zoneset && zoneset[0]) {
		int rc = make_effective(database, zoneset, &effective, err);
		if (rc < 0)
			return rc;
	} else {
		effective = json_incref(db->effective);
	}
	return put_in_force(sim, fabric, effective, err);
}

int sim_zonedb_disable(struct sim *sim, struct sim_fabric *fabric, struct np_err *err)
{
	np_auto(np_json_decref) json_t *effective = nothing_effective();

	return effective ? put_in_force(sim, fabric, effective, err) : np_fail_nomem(err);
}

int sim_zonedb_set_default(
	struct sim *sim, struct sim_fabric *fabric, bool open, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;

	db->default_open = open;
	db->changes++;
	sim_fabric_notify(sim, fabric);
	return sum_up(db, err);
}

static bool is_list(const json_t *list)
{
	json_t *text;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, text) {
		if (!json_is_string(text) || !json_string_length(text))
			return false;
	}
	return true;
}

static bool is_zone(const json_t *zone)
{
	const json_t *principals = json_object_get(zone, "principals");

	return np_json_text(zone, "kind")[0] && is_list(json_object_get(zone, "members")) &&
	       (!principals || is_list(principals));
}

static int check_database(const json_t *database, struct np_err *err)
{
	static const struct {
		const char *kind;
		bool (*is)(const json_t *value);
	} parts[] = { { "aliases", is_list }, { "zones", is_zone }, { "zonesets", is_list } };
	const char *name;
	json_t *value;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *objects = json_object_get(database, parts[i].kind);
		if (!json_is_object(objects))
			return np_fail_field(err, parts[i].kind, "must be an object");
		json_object_foreach (objects, name, value) {
			if (!parts[i].is(value))
				return np_fail_field(
					err, parts[i].kind, "'%.64s' is not well-formed", name);
		}
	}
	return 0;
}

int sim_zonedb_intrude(struct sim *sim, struct sim_fabric *fabric, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;
	unsigned long long number = ++db->changes;
	char name[32];

	(void)sim;
	(void)snprintf(name, sizeof(name), "alien_%llu", number);
	json_t *zone = json_pack("{s:s, s:[o, o]}", "kind", "regular", "members",
		json_sprintf("1000a11e%08llx", number), json_sprintf("5000a11e%08llx", number));
	if (json_object_set_new(json_object_get(db->defined, "zones"), name, zone) < 0)
		return np_fail_nomem(err);
	return sum_up(db, err);
}

int sim_zonedb_load(struct sim *sim, struct sim_fabric *fabric, const json_t *database,
	const char *zoneset, struct np_err *err)
{
	struct sim_zonedb *db = &fabric->zoning;

	int rc = check_database(database, err);
	if (rc < 0)
		return rc;
	sim_zonedb_abort(db);
	db->pending = json_deep_copy(database);
	if (!db->pending)
		return np_fail_nomem(err);
	rc = sim_zonedb_commit(sim, fabric, zoneset[0] ? zoneset : NULL, err);
	if (rc == 0 && !zoneset[0])
		rc = sim_zonedb_disable(sim, fabric, err);
	sim_zonedb_abort(db);
	return rc;
}

int sim_zonedb_copy(const struct sim_zonedb *db, struct sim_zonedb *ret_copy, struct np_err *err)
{
	struct sim_zonedb copy = *db;

	copy.index = NULL;
	copy.n_index = 0;
	copy.defined = json_deep_copy(db->defined);
	copy.pending = json_deep_copy(db->pending);
	copy.effective = json_incref(db->effective);
	copy.own = json_deep_copy(db->own);
	if (!copy.defined || (db->pending && !copy.pending)) {
		sim_zonedb_done(&copy);
		return np_fail_nomem(err);
	}
	*ret_copy = copy;
	return 0;
}

void sim_zonedb_restore(struct sim *sim, struct sim_fabric *fabric, struct sim_zonedb *from)
{
	struct sim_zonedb *db = &fabric->zoning;
	struct indexing indexing = { 0 };

	if (make_index(json_object_get(from->effective, "zones"), &indexing, NULL) < 0)
		return;
	sim_zonedb_done(db);
	*db = *from;
	db->index = indexing.entries;
	db->n_index = indexing.count;
	*from = (struct sim_zonedb){ 0 };
	sim_fabric_notify(sim, fabric);
}

/* The first entry of a WWN; the end when it has none. */
static size_t index_find(const struct sim_zonedb *db, uint64_t wwn)
{
	size_t low = 0, high = db->n_index;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (db->index[middle].wwn < wwn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < db->n_index && db->index[low].wwn == wwn ? low : db->n_index;
}

static bool is_of(const struct sim_zonedb *db, size_t at, uint64_t wwn)
{
	return at < db->n_index && db->index[at].wwn == wwn;
}

static bool meet(const struct sim_zone_entry *one, const struct sim_zone_entry *other)
{
	return ((one->roles & ROLE_PRINCIPAL) && (other->roles & ROLE_MEMBER)) ||
	       ((one->roles & ROLE_MEMBER) && (other->roles & ROLE_PRINCIPAL));
}

/* May this entry's WWN talk to @other by its zone? An entry for each of its lists. */
static bool connects(
	const struct sim_zonedb *db, const struct sim_zone_entry *entry, uint64_t other)
{
	for (size_t i = index_find(db, other); is_of(db, i, other); i++) {
		if (db->index[i].zone == entry->zone && meet(entry, &db->index[i]))
			return true;
	}
	return false;
}

bool sim_zonedb_allows(const struct sim_zonedb *db, uint64_t a, uint64_t b)
{
	size_t of_a = index_find(db, a), of_b = index_find(db, b);

	for (size_t i = of_a; is_of(db, i, a); i++) {
		if (connects(db, &db->index[i], b))
			return true;
	}
	if (!db->default_open)
		return false;
	if (!np_json_text(db->effective, "zoneset")[0])
		return true;
	return db->default_beside && of_a == db->n_index && of_b == db->n_index;
}
