/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/change.h"

#include <string.h>

#define RANKS 10

/* clang-format off */
const struct zone_object zone_objects[] = {
	{ "alias",      "aliases",  0, 7 },
	{ "zone",       "zones",    1, 6 },
	{ "zoneset",    "zonesets", 2, 8 },
	{ "member",     NULL,       3, 4 },
	{ "activation", NULL,       5, 5 },
	{ 0 },
};
/* clang-format on */

const struct zone_object *zone_object_of(const json_t *change)
{
	const char *name = np_json_text(change, "object");

	for (const struct zone_object *object = zone_objects; object->name; object++) {
		if (strcmp(object->name, name) == 0)
			return object;
	}
	return NULL;
}

json_t *zone_change_new(
	const char *object, const char *name, const char *zoneset, json_t *before, json_t *after)
{
	return json_pack("{s:s, s:s, s:s*, s:O*, s:O*}", "object", object, "name", name, "zoneset",
		zoneset, "before", before, "after", after);
}

static json_t *part_of(const json_t *db, const char *part)
{
	return json_object_get(db, part);
}

const json_t *zone_change_now(const json_t *change, const json_t *db, const json_t *effective)
{
	const struct zone_object *object = zone_object_of(change);
	const char *name = np_json_text(change, "name");
	const json_t *value;

	if (!object)
		return NULL;
	if (strcmp(object->name, "activation") == 0)
		return json_object_get(effective, "zoneset");
	if (strcmp(object->name, "member") == 0)
		return zone_list_has(json_object_get(part_of(db, "zonesets"),
					     np_json_text(change, "zoneset")),
			       name)
			       ? json_true()
			       : NULL;
	value = json_object_get(part_of(db, object->part), name);
	return value && strcmp(object->name, "zoneset") == 0 ? json_true() : value;
}

bool zone_value_is_same(const json_t *one, const json_t *other)
{
	return one && other ? json_equal(one, other) : one == other;
}

static bool is_within(const json_t *list, const json_t *one, const json_t *other)
{
	size_t i;
	const json_t *member;

	json_array_foreach (list, i, member) {
		if (!zone_list_has(one, zone_text_of(member)) &&
			!zone_list_has(other, zone_text_of(member)))
			return false;
	}
	return true;
}

bool zone_change_is_between(const json_t *change, const json_t *value)
{
	static const char *const lists[] = { "members", "principals" };
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	const char *kind = np_json_text(value, "kind");

	if (json_is_array(value))
		return is_within(value, before, after);
	if (!json_is_object(value) || (strcmp(kind, np_json_text(before, "kind")) != 0 &&
					      strcmp(kind, np_json_text(after, "kind")) != 0))
		return false;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (!is_within(json_object_get(value, lists[i]), json_object_get(before, lists[i]),
			    json_object_get(after, lists[i])))
			return false;
	}
	return true;
}

static int make_member(const json_t *change, json_t *db, struct np_err *err)
{
	json_t *list = json_object_get(part_of(db, "zonesets"), np_json_text(change, "zoneset"));

	if (!json_object_get(change, "after")) {
		zone_list_remove(list, np_json_text(change, "name"));
		return 0;
	}
	if (!list)
		return np_fail(err, NP_CONFLICT, "zoneset '%s' is not there",
			np_json_text(change, "zoneset"));
	return zone_list_add(list, np_json_text(change, "name"), err);
}

int zone_change_make(const json_t *change, json_t *db, struct np_err *err)
{
	const struct zone_object *object = zone_object_of(change);
	const char *name = np_json_text(change, "name");
	json_t *after = json_object_get(change, "after");

	if (!object)
		return np_fail(err, NP_INVAL, "a change is of '%s', which is no object of zoning",
			np_json_text(change, "object"));
	if (strcmp(object->name, "activation") == 0)
		return 0;
	if (strcmp(object->name, "member") == 0)
		return make_member(change, db, err);
	json_t *part = part_of(db, object->part);
	if (!after)
		(void)json_object_del(part, name);
	else if (strcmp(object->name, "zoneset") != 0)
		return json_object_set(part, name, after) < 0 ? np_fail_nomem(err) : 0;
	else if (!json_object_get(part, name))
		return json_object_set_new(part, name, json_array()) < 0 ? np_fail_nomem(err) : 0;
	return 0;
}

json_t *zone_db_edit(const json_t *db)
{
	json_t *zonesets = json_object(), *list;
	const char *name;

	zone_each (part_of(db, "zonesets"), name, list)
		(void)json_object_set_new(zonesets, name, json_copy(list));
	return json_pack("{s:o, s:o, s:o}", "aliases", json_copy(part_of(db, "aliases")), "zones",
		json_copy(part_of(db, "zones")), "zonesets", zonesets);
}

static int rank_of(const json_t *change)
{
	const struct zone_object *object = zone_object_of(change);

	if (!object)
		return 0;
	return json_object_get(change, "after") ? object->made : object->removed;
}

int zone_changes_order(json_t **changes, struct np_err *err)
{
	json_t *ordered = json_array();
	size_t i;
	json_t *change;

	for (int rank = 0; rank < RANKS; rank++) {
		json_array_foreach (*changes, i, change) {
			if (rank_of(change) == rank && json_array_append(ordered, change) < 0) {
				json_decref(ordered);
				return np_fail_nomem(err);
			}
		}
	}
	json_decref(*changes);
	*changes = ordered;
	return 0;
}

bool zone_is_automatic(const char *vendor, const char *name)
{
	const struct zone_rules *rules = zone_rules_of(vendor);

	return rules && rules->automatic &&
	       strncmp(name, rules->automatic, strlen(rules->automatic)) == 0;
}

json_t *zone_effective_of(
	const json_t *db, const char *zoneset, const char *vendor, const json_t *before)
{
	json_t *zones = json_object(), *zone;
	const json_t *aliases = part_of(db, "aliases"), *name_value;
	const char *name;
	size_t i;

	zone_each (json_object_get(before, "zones"), name, zone) {
		if (*zoneset && zone_is_automatic(vendor, name))
			(void)json_object_set(zones, name, zone);
	}
	json_array_foreach (json_object_get(part_of(db, "zonesets"), zoneset), i, name_value) {
		zone = json_object_get(part_of(db, "zones"), zone_text_of(name_value));
		if (zone)
			(void)json_object_set_new(
				zones, zone_text_of(name_value), zone_resolve(zone, aliases));
	}
	return *zoneset ? json_pack("{s:s, s:o}", "zoneset", zoneset, "zones", zones)
			: json_pack("{s:o}", "zones", zones);
}
