/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan against what is there: how far it is, what is left, how it ends, and the way back. */
#include <string.h>

#include "zoning/change.h"
#include "zoning/plan.h"

static const char *zoneset_after(const json_t *plan, const json_t *snapshot)
{
	size_t i;
	const json_t *change;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		if (strcmp(np_json_text(change, "object"), "activation") == 0)
			return np_json_text(change, "after");
	}
	return np_json_text(json_object_get(snapshot, "effective"), "zoneset");
}

int zone_plan_predict(const json_t *plan, const json_t *snapshot, json_t **ret_defined,
	json_t **ret_effective, struct np_err *err)
{
	json_t *before = json_object_get(snapshot, "effective");
	np_auto(np_json_decref) json_t *db = zone_db_edit(json_object_get(snapshot, "defined"));
	size_t i;
	const json_t *change;
	int rc = db ? 0 : np_fail_nomem(err);

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		if (rc == 0)
			rc = zone_change_make(change, db, err);
	}
	if (rc < 0)
		return rc;
	*ret_effective = np_json_bool(plan, "activate")
				 ? zone_effective_of(db, zoneset_after(plan, snapshot),
					   np_json_text(snapshot, "vendor"), before)
				 : json_incref(before);
	*ret_defined = np_take(db);
	return 0;
}

json_t *zone_plan_zones(const json_t *plan)
{
	json_t *touched = zone_set_of(json_object_get(plan, "stale"));
	size_t i;
	const json_t *change;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		const char *object = np_json_text(change, "object");
		if (strcmp(object, "zone") == 0 || strcmp(object, "member") == 0)
			(void)json_object_set_new(
				touched, np_json_text(change, "name"), json_true());
	}
	return touched;
}

/* Is what the plan puts in force in force? */
static bool is_in_force(const json_t *plan, const json_t *snapshot)
{
	const json_t *aliases = json_object_get(json_object_get(snapshot, "defined"), "aliases");
	const json_t *effective = json_object_get(snapshot, "effective");
	np_auto(np_json_decref) json_t *touched = zone_plan_zones(plan);
	np_auto(np_json_decref) json_t *db = NULL;
	np_auto(np_json_decref) json_t *wanted = NULL;
	const json_t *found = json_object_get(effective, "zones");
	const char *name;
	json_t *zone;

	if (!np_json_bool(plan, "activate"))
		return true;
	if (zone_plan_predict(plan, snapshot, &db, &wanted, NULL) < 0 ||
		strcmp(np_json_text(wanted, "zoneset"), np_json_text(effective, "zoneset")) != 0)
		return false;
	const json_t *zones = json_object_get(wanted, "zones");
	zone_each (touched, name, zone) {
		const json_t *want = json_object_get(zones, name),
			     *have = json_object_get(found, name);
		if (!want != !have || (want && !zone_is_same(want, NULL, have, aliases)))
			return false;
	}
	return true;
}

static int say_otherwise(
	const json_t *plan, const json_t *change, const json_t *now, struct np_err *err)
{
	np_auto(np_free) char *text = now ? zone_text(now) : NULL;

	return np_hint(err,
		np_fail(err, NP_CONFLICT,
			"fabric %s: %s '%s' is neither as it was nor as it is to be%s%.200s: somebody else has changed it",
			np_json_text(plan, "fabric"), np_json_text(change, "object"),
			np_json_text(change, "name"), text ? ", but " : ", but gone",
			text ? text : ""),
		"npivctl zone drift --fabric %s", np_json_text(plan, "fabric"));
}

/* A plan puts zones in force in the zoneset that it was made for; in another they are not. */
static bool is_of_its_zoneset(const json_t *plan, const json_t *effective)
{
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change)
		if (strcmp(np_json_text(change, "object"), "activation") == 0)
			return true;
	return !np_json_bool(plan, "activate") ||
	       strcmp(np_json_text(plan, "zoneset"), np_json_text(effective, "zoneset")) == 0;
}

enum zone_progress zone_plan_progress(
	const json_t *plan, const json_t *snapshot, struct np_err *err)
{
	const json_t *db = json_object_get(snapshot, "defined");
	const json_t *effective = json_object_get(snapshot, "effective");
	size_t before = 0, after = 0, half = 0, i;
	const json_t *change;

	if (!is_of_its_zoneset(plan, effective)) {
		(void)np_hint(err,
			np_fail(err, NP_CONFLICT,
				"fabric %s: zoneset '%s' is in force, not '%s', which the plan was made for",
				np_json_text(plan, "fabric"), np_json_text(effective, "zoneset"),
				np_json_text(plan, "zoneset")),
			"npivctl plan create makes one for what is in force now");
		return ZONE_OTHERWISE;
	}
	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		const json_t *now = zone_change_now(change, db, effective);
		if (zone_value_is_same(now, json_object_get(change, "after")))
			after++;
		else if (zone_value_is_same(now, json_object_get(change, "before")))
			before++;
		else if (now && zone_change_is_between(change, now))
			half++;
		else {
			(void)say_otherwise(plan, change, now, err);
			return ZONE_OTHERWISE;
		}
	}
	if (half || (before && after))
		return ZONE_PARTLY;
	if (before)
		return ZONE_AS_BEFORE;
	if (is_in_force(plan, snapshot))
		return ZONE_AS_AFTER;
	return after ? ZONE_PARTLY : ZONE_AS_BEFORE;
}

json_t *zone_plan_rest(const json_t *plan, const json_t *snapshot)
{
	json_t *rest = json_array(), *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		if (!zone_value_is_same(
			    zone_change_now(change, json_object_get(snapshot, "defined"),
				    json_object_get(snapshot, "effective")),
			    json_object_get(change, "after")))
			(void)json_array_append(rest, change);
	}
	return rest;
}

static json_t *turned(const json_t *change)
{
	json_t *inverse = json_copy((json_t *)(uintptr_t)change);
	json_t *before = json_object_get(change, "before");
	json_t *after = json_object_get(change, "after");

	(void)json_object_del(inverse, "before");
	(void)json_object_del(inverse, "after");
	if (after)
		(void)json_object_set(inverse, "before", after);
	if (before)
		(void)json_object_set(inverse, "after", before);
	return inverse;
}

json_t *zone_plan_inverse(const json_t *plan)
{
	json_t *inverse = json_copy((json_t *)(uintptr_t)plan), *changes = json_array();
	size_t i;
	const json_t *change;

	json_array_foreach (json_object_get(plan, "changes"), i, change)
		(void)json_array_append_new(changes, turned(change));
	if (zone_changes_order(&changes, NULL) < 0 ||
		json_object_set_new(inverse, "changes", changes) < 0) {
		json_decref(inverse);
		return NULL;
	}
	return inverse;
}

bool zone_plan_covers(const json_t *plan, const json_t *committed, const json_t *pending)
{
	np_auto(np_json_decref) json_t *reached = zone_db_edit(committed);
	size_t i;
	const json_t *change;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		const struct zone_object *object = zone_object_of(change);
		const json_t *now = zone_change_now(change, pending, NULL);
		if (!object || strcmp(object->name, "activation") == 0 ||
			zone_value_is_same(now, zone_change_now(change, reached, NULL)))
			continue;
		if (zone_value_is_same(now, json_object_get(change, "after"))) {
			if (zone_change_make(change, reached, NULL) < 0)
				return false;
		} else if (now && object->part && zone_change_is_between(change, now))
			(void)json_object_set(json_object_get(reached, object->part),
				np_json_text(change, "name"), (json_t *)(uintptr_t)now);
	}
	return json_equal(reached, pending);
}
