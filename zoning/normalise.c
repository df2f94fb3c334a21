/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign values in canonical form: what drivers and parsers made of a switch's answer is believed only behind this. */
#include <string.h>

#include "base/wwn.h"
#include "zoning/list.h"
#include "zoning/model.h"

/* What is left of the limits. */
struct budget {
	size_t objects, members;
};

static const struct budget whole = { ZONE_OBJECTS_MAX, ZONE_MEMBERS_MAX };

static int spend(size_t *left, size_t amount, const char *what, struct np_err *err)
{
	if (amount > *left)
		return np_fail(err, NP_PEER, "there are too many %s for any fabric", what);
	*left -= amount;
	return 0;
}

/* The member @key of @object; an empty one of @fresh's type is put there when there is none. */
static int part(
	json_t *object, const char *key, json_t *fresh, json_t **ret_value, struct np_err *err)
{
	json_t *value = json_object_get(object, key);

	if (!value) {
		value = fresh;
		if (json_object_set_new(object, key, fresh) < 0)
			return np_fail_nomem(err);
	} else {
		bool fits = json_typeof(value) == json_typeof(fresh);
		json_decref(fresh);
		if (!fits)
			return np_fail(err, NP_PEER, "'%.40s' has the wrong type", key);
	}
	*ret_value = value;
	return 0;
}

typedef bool sound_fn(const char *text);

/* A list of texts that @is_sound likes. */
static int normalise_list(
	json_t *list, sound_fn *is_sound, struct budget *budget, struct np_err *err)
{
	size_t i;
	const json_t *item;

	if (!json_is_array(list))
		return np_fail(err, NP_PEER, "there is no list");
	int rc = spend(&budget->members, json_array_size(list), "members", err);
	if (rc < 0)
		return rc;
	json_array_foreach (list, i, item) {
		const char *text = zone_text_of(item);
		if (strlen(text) != json_string_length(item) || !is_sound(text))
			return np_fail(err, NP_PEER, "'%.80s' is not what may be in it", text);
	}
	return zone_list_sort(list, err);
}

static int normalise_members(
	json_t *zone, const char *key, struct budget *budget, struct np_err *err)
{
	json_t *list;
	int rc = part(zone, key, json_array(), &list, err);

	return rc < 0 ? rc : normalise_list(list, zone_member_is_canonical, budget, err);
}

static int normalise_zone(json_t *zone, struct budget *budget, struct np_err *err)
{
	static const char *const kinds[] = { "regular", "peer", "target-peer" };
	const char *kind = zone_text_of(json_object_get(zone, "kind"));
	size_t known = 0;

	while (known < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[known], kind) != 0)
		known++;
	if (known == sizeof(kinds) / sizeof(*kinds))
		return np_fail(err, NP_PEER, "kind '%.20s' is not known", kind);
	if (known == 0 && json_array_size(json_object_get(zone, "principals")) == 0)
		(void)json_object_del(zone, "principals");
	if (known == 0 && json_object_get(zone, "principals"))
		return np_fail(err, NP_PEER, "a regular zone has no principals");
	int rc = normalise_members(zone, "members", budget, err);
	if (rc == 0 && known > 0)
		rc = normalise_members(zone, "principals", budget, err);
	if (rc == 0 && json_object_size(zone) != (known > 0 ? 3 : 2))
		rc = np_fail(err, NP_PEER, "it has more than kind, members and principals");
	return rc;
}

static int normalise_alias(json_t *alias, struct budget *budget, struct np_err *err)
{
	return normalise_list(alias, zone_member_is_canonical, budget, err);
}

static int normalise_zoneset(json_t *zoneset, struct budget *budget, struct np_err *err)
{
	return normalise_list(zoneset, zone_name_is_sound, budget, err);
}

typedef int object_fn(json_t *object, struct budget *budget, struct np_err *err);

/* The objects of one kind in @parent. */
static int normalise_objects(json_t *parent, const char *key, object_fn *normalise_object,
	struct budget *budget, struct np_err *err)
{
	json_t *objects, *object;
	const char *name;
	int rc = part(parent, key, json_object(), &objects, err);

	if (rc == 0)
		rc = spend(&budget->objects, json_object_size(objects), key, err);
	if (rc < 0)
		return rc;
	json_object_foreach (objects, name, object) {
		rc = zone_name_is_sound(name) ? normalise_object(object, budget, err)
					      : np_fail(err, NP_PEER, "no switch has such a name");
		if (rc < 0)
			return np_wrap(err, rc, "%s: '%.64s'", key, name);
	}
	return 0;
}

/* Equal databases are to have equal text. */
static void drop_others(json_t *object, const char *const *keys)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (object, next, key, value) {
		size_t i = 0;
		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			(void)json_object_del(object, key);
	}
}

int zone_db_normalise(json_t *db, struct np_err *err)
{
	static const char *const keys[] = { "aliases", "zones", "zonesets", NULL };

	static const struct {
		const char *key;
		object_fn *normalise;
	} parts[] = {
		{ "aliases", normalise_alias },
		{ "zones", normalise_zone },
		{ "zonesets", normalise_zoneset },
	};
	struct budget budget = whole;

	if (!json_is_object(db))
		return np_fail(err, NP_PEER, "the zone database is no object");
	drop_others(db, keys);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int rc = normalise_objects(db, parts[i].key, parts[i].normalise, &budget, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int zone_effective_normalise(json_t *effective, struct np_err *err)
{
	static const char *const keys[] = { "zoneset", "zones", NULL };
	struct budget budget = whole;
	const char *zoneset = zone_text_of(json_object_get(effective, "zoneset"));

	if (!json_is_object(effective))
		return np_fail(err, NP_PEER, "the effective configuration is no object");
	drop_others(effective, keys);
	if (zoneset[0] == '\0')
		(void)json_object_del(effective, "zoneset");
	else if (!zone_name_is_sound(zoneset))
		return np_fail(err, NP_PEER, "no switch has a zoneset '%.64s'", zoneset);
	return normalise_objects(effective, "zones", normalise_zone, &budget, err);
}

static int normalise_login(json_t *login, struct np_err *err)
{
	char text[NP_WWN_TEXT];
	uint64_t wwpn = np_json_wwn(login, "wwpn");
	uint64_t wwnn = np_json_wwn(login, "wwnn");

	if (!json_is_object(login) || wwpn == 0)
		return np_fail(err, NP_PEER, "a login has no WWPN");
	if (json_object_set_new(login, "wwpn", json_string(np_wwn_text(wwpn, text))) < 0)
		return np_fail_nomem(err);
	if (wwnn && json_object_set_new(login, "wwnn", json_string(np_wwn_text(wwnn, text))) < 0)
		return np_fail_nomem(err);
	return 0;
}

static int compare_logins(const void *one, const void *other)
{
	const json_t *first = *(json_t *const *)one, *second = *(json_t *const *)other;
	int order = strcmp(np_json_text(first, "wwpn"), np_json_text(second, "wwpn"));

	return order ? order
		     : strcmp(np_json_text(first, "port_id"), np_json_text(second, "port_id"));
}

/* By WWPN; one that is logged in twice stays twice. */
static int sort_logins(json_t *logins, struct np_err *err)
{
	size_t count = json_array_size(logins);
	np_auto(np_json_decref) json_t *held = json_copy(logins);
	np_auto(np_free) json_t **values = calloc(count + 1, sizeof(*values));

	if (!held || !values)
		return np_fail_nomem(err);
	for (size_t i = 0; i < count; i++)
		values[i] = json_array_get(held, i);
	qsort(values, count, sizeof(*values), compare_logins);
	for (size_t i = 0; i < count; i++) {
		if (json_array_set(logins, i, values[i]) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

static int normalise_logins(json_t *logins, struct np_err *err)
{
	size_t i;
	json_t *login;

	if (json_array_size(logins) > ZONE_OBJECTS_MAX)
		return np_fail(err, NP_PEER, "there are too many logins for any fabric");
	json_array_foreach (logins, i, login) {
		int rc = normalise_login(login, err);
		if (rc < 0)
			return rc;
	}
	return sort_logins(logins, err);
}

/* Members that are texts, truths and numbers, as far as they are there. */
static int check_scalars(const json_t *snapshot, struct np_err *err)
{
	static const struct {
		const char *key;
		json_type type;
	} rows[] = {
		{ "vendor", JSON_STRING },
		{ "release", JSON_STRING },
		{ "switch", JSON_STRING },
		{ "default_zone", JSON_STRING },
		{ "checksum", JSON_STRING },
		{ "mode", JSON_STRING },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const json_t *value = json_object_get(snapshot, rows[i].key);
		if (value && json_typeof(value) != rows[i].type)
			return np_fail(err, NP_PEER, "'%s' has the wrong type", rows[i].key);
	}
	return 0;
}

int zone_snapshot_normalise(json_t *snapshot, struct np_err *err)
{
	json_t *defined, *effective, *transaction, *space, *logins;
	const char *default_zone = np_json_text(snapshot, "default_zone");
	json_t *pending = json_object_get(snapshot, "pending");

	if (!json_is_object(snapshot))
		return np_fail(err, NP_PEER, "the snapshot is no object");
	int rc = check_scalars(snapshot, err);
	if (rc < 0)
		return rc;
	if (default_zone[0] && strcmp(default_zone, "no-access") != 0 &&
		strcmp(default_zone, "all-access") != 0)
		return np_fail(err, NP_PEER, "default zone '%.20s' is not known", default_zone);
	(void)((rc = part(snapshot, "defined", json_object(), &defined, err)) < 0 ||
		(rc = part(snapshot, "effective", json_object(), &effective, err)) < 0 ||
		(rc = part(snapshot, "transaction", json_object(), &transaction, err)) < 0 ||
		(rc = part(snapshot, "space", json_object(), &space, err)) < 0 ||
		(rc = part(snapshot, "logins", json_array(), &logins, err)) < 0 ||
		(rc = zone_db_normalise(defined, err)) < 0 ||
		(rc = zone_effective_normalise(effective, err)) < 0 ||
		(rc = pending ? zone_db_normalise(pending, err) : 0) < 0 ||
		(rc = normalise_logins(logins, err)) < 0);
	return rc;
}

/* {"zones": [NAME...], ...} with each of @keys. */
static int normalise_names(
	json_t *parent, const char *key, const char *const *keys, struct np_err *err)
{
	struct budget budget = whole;
	json_t *names, *list;
	int rc = part(parent, key, json_object(), &names, err);

	for (; rc == 0 && *keys; keys++) {
		rc = part(names, *keys, json_array(), &list, err);
		if (rc == 0)
			rc = normalise_list(list, zone_name_is_sound, &budget, err);
	}
	return np_wrap(err, rc, "%s", key);
}

int zone_desired_normalise(json_t *desired, struct np_err *err)
{
	static const char *const absent[] = { "aliases", "zones", NULL };
	static const char *const made[] = { "aliases", "zones", "zonesets", NULL };
	struct budget budget = whole;
	json_t *owners;
	const char *zoneset = zone_text_of(json_object_get(desired, "zoneset"));

	if (!json_is_object(desired))
		return np_fail(err, NP_PEER, "what is wanted is no object");
	if (zoneset[0] && !zone_name_is_sound(zoneset))
		return np_fail(err, NP_PEER, "no switch has a zoneset '%.64s'", zoneset);
	int rc = part(desired, "owners", json_object(), &owners, err);
	if (rc == 0)
		rc = normalise_objects(desired, "aliases", normalise_alias, &budget, err);
	if (rc == 0)
		rc = normalise_objects(desired, "zones", normalise_zone, &budget, err);
	if (rc == 0)
		rc = normalise_names(desired, "absent", absent, err);
	return rc == 0 ? normalise_names(desired, "made", made, err) : rc;
}

static bool is_canonical_list(const json_t *list)
{
	size_t i;
	const json_t *item;

	json_array_foreach (list, i, item) {
		if (!zone_member_is_canonical(zone_text_of(item)))
			return false;
	}
	return json_is_array(list) && zone_list_is_sorted(list);
}

static bool is_canonical_zone(const json_t *zone)
{
	const char *kind = np_json_text(zone, "kind");
	bool regular = strcmp(kind, "regular") == 0;

	if ((!regular && strcmp(kind, "peer") != 0) || json_object_size(zone) != (regular ? 2 : 3))
		return false;
	return is_canonical_list(json_object_get(zone, "members")) &&
	       (regular || is_canonical_list(json_object_get(zone, "principals")));
}

bool zone_zones_are_canonical(const json_t *zones)
{
	const char *name;
	json_t *zone;

	zone_each (zones, name, zone) {
		if (!zone_name_is_sound(name) || !is_canonical_zone(zone))
			return false;
	}
	return json_is_object(zones) && json_object_size(zones) <= ZONE_OBJECTS_MAX;
}
