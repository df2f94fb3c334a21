/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/restore.h"

#include "zoning/list.h"

static const json_t *part_of(const json_t *snapshot, const char *part)
{
	return json_object_get(json_object_get(snapshot, "defined"), part);
}

static int add_names(json_t *set, const json_t *objects)
{
	const char *name;
	json_t *value;

	zone_each (objects, name, value)
		if (zone_set_add(set, name, NULL) < 0)
			return -1;
	return 0;
}

/* Whose fate is asked for: what npivd made, or everything of then and of now. */
static json_t *names_in_question(const struct zone_restore *restore, const char *part)
{
	np_auto(np_json_decref) json_t *set = zone_set_of(json_object_get(restore->made, part));

	if (!set)
		return NULL;
	if (restore->all && (add_names(set, part_of(restore->to, part)) < 0 ||
				    add_names(set, part_of(restore->now, part)) < 0))
		return NULL;
	return np_take(set);
}

/* The zones that were in force then, as a set. */
static json_t *zones_in_force(const json_t *to)
{
	const char *zoneset = np_json_text(json_object_get(to, "effective"), "zoneset");

	return zone_set_of(json_object_get(part_of(to, "zonesets"), zoneset));
}

/*
 * Sorts the names of one part: those of then into @desired as they were, those that were not there into its "absent", and
 * all of them into its "made".
 */
static int sort_part(
	const struct zone_restore *restore, const char *part, const json_t *wanted, json_t *desired)
{
	np_auto(np_json_decref) json_t *names = names_in_question(restore, part);
	json_t *present = json_object_get(desired, part);
	json_t *absent = json_object_get(json_object_get(desired, "absent"), part);
	json_t *made = json_object_get(json_object_get(desired, "made"), part);
	const json_t *then = part_of(restore->to, part);
	const char *name;
	json_t *value;
	int rc = names ? 0 : -1;

	zone_each (names, name, value) {
		json_t *object = json_object_get(then, name);
		if (object && wanted && !zone_set_has(wanted, name))
			continue;
		rc |= object ? json_object_set(present, name, object)
			     : json_array_append_new(absent, json_string(name));
		rc |= json_array_append_new(made, json_string(name));
	}
	return rc;
}

int zone_restore_desired(
	const struct zone_restore *restore, json_t **ret_desired, struct np_err *err)
{
	const char *now = np_json_text(json_object_get(restore->now, "effective"), "zoneset");
	const char *then = np_json_text(json_object_get(restore->to, "effective"), "zoneset");
	np_auto(np_json_decref) json_t *in_force = zones_in_force(restore->to);
	np_auto(np_json_decref) json_t *desired =
		json_pack("{s:s, s:{}, s:{}, s:{}, s:{s:[], s:[]}, s:{s:[], s:[]}}", "zoneset",
			*now ? "" : then, "aliases", "zones", "owners", "absent", "zones",
			"aliases", "made", "zones", "aliases");

	if (!in_force || !desired || sort_part(restore, "zones", in_force, desired) < 0 ||
		sort_part(restore, "aliases", NULL, desired) < 0)
		return np_fail_nomem(err);
	if (json_object_get(restore->made, "zonesets"))
		(void)json_object_set(json_object_get(desired, "made"), "zonesets",
			json_object_get(restore->made, "zonesets"));
	*ret_desired = np_take(desired);
	return 0;
}
