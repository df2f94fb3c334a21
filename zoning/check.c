/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/check.h"

#include <ctype.h>
#include <string.h>

#include "zoning/change.h"
#include "zoning/list.h"
#include "zoning/plan.h"

/* The switch's own overhead that an estimate does not know; a full database is a bad day for everybody. */
#define SPACE_SPARE_PERCENT 1

static void lower_case(const char *name, char ret_lower[static ZONE_NAME_MAX])
{
	size_t i;

	for (i = 0; i < ZONE_NAME_MAX - 1 && name[i]; i++)
		ret_lower[i] = (char)tolower((unsigned char)name[i]);
	ret_lower[i] = '\0';
}

/* {NAME IN LOWER CASE: NAME} */
static json_t *lower_names(const json_t *objects)
{
	json_t *names = json_object();
	const char *name;
	json_t *value;

	zone_each (objects, name, value) {
		char lower[ZONE_NAME_MAX];

		lower_case(name, lower);
		(void)json_object_set_new(names, lower, json_string(name));
	}
	return names;
}

/* New objects of one kind against all of that kind, and against each other. */
static int check_kind(
	const struct zone_check *check, const char *object, const char *part, struct np_err *err)
{
	np_auto(np_json_decref) json_t *names =
		lower_names(json_object_get(json_object_get(check->snapshot, "defined"), part));
	const json_t *change;
	size_t i;

	json_array_foreach (check->changes, i, change) {
		const char *name = np_json_text(change, "name");
		char lower[ZONE_NAME_MAX];

		if (strcmp(np_json_text(change, "object"), object) != 0 ||
			json_object_get(change, "before"))
			continue;
		lower_case(name, lower);
		const char *taken = np_json_text(names, lower);
		/* The very name is no other's: the plan says it was free, and what is there now is its own. */
		if (*taken && strcmp(name, taken) != 0)
			return np_fail(err, NP_EXISTS,
				"%s '%.64s' cannot be made: there is '%.64s', and people take names that "
				"differ in case alone for one",
				object, name, taken);
		(void)json_object_set_new(names, lower, json_string(name));
	}
	return 0;
}

static int check_names(const struct zone_check *check, struct np_err *err)
{
	static const struct {
		const char *object, *part;
	} kinds[] = { { "alias", "aliases" }, { "zone", "zones" }, { "zoneset", "zonesets" } };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof kinds / sizeof *kinds; i++)
		rc = check_kind(check, kinds[i].object, kinds[i].part, err);
	return rc;
}

static size_t count_members(const json_t *db)
{
	const char *name;
	json_t *zone;
	size_t n = 0;

	zone_each (json_object_get(db, "zones"), name, zone)
		n += json_array_size(json_object_get(zone, "members")) +
		     json_array_size(json_object_get(zone, "principals"));
	return n;
}

static int check_count(
	size_t before, size_t after, size_t max, const char *what, struct np_err *err)
{
	if (!max || after <= max || after <= before)
		return 0;
	return np_fail(
		err, NP_CAPACITY, "%zu %s, over the %zu that the switch takes", after, what, max);
}

static int check_bytes(
	const struct zone_check *check, const struct zone_rules *rules, struct np_err *err)
{
	const json_t *space = json_object_get(check->snapshot, "space");
	int64_t before = zone_db_bytes(json_object_get(check->snapshot, "defined"));
	int64_t grow = zone_db_bytes(check->defined) - before;
	int64_t max = np_json_int(space, "max"), used = np_json_int(space, "used");

	if (max <= 0)
		max = rules ? rules->space_max : 0;
	if (used <= 0)
		used = before;
	if (max <= 0 || grow <= 0 || used + grow <= max - max * SPACE_SPARE_PERCENT / 100)
		return 0;
	int rc = np_fail(err, NP_CAPACITY,
		"the zone database has %lld of %lld bytes in use, and the change needs about %lld more",
		(long long)used, (long long)max, (long long)grow);
	return np_hint(err, rc, "remove zones that nobody uses: npivctl zone lint shows them");
}

static int check_room(const struct zone_check *check, struct np_err *err)
{
	const struct zone_rules *rules = zone_rules_of(np_json_text(check->snapshot, "vendor"));
	const json_t *now = json_object_get(check->snapshot, "defined");
	int rc = check_bytes(check, rules, err);

	if (rc < 0 || !rules)
		return rc;
	rc = check_count(json_object_size(json_object_get(now, "zones")),
		json_object_size(json_object_get(check->defined, "zones")), rules->zones_max,
		"zones", err);
	if (rc < 0 || !rules->members_max)
		return rc;
	return check_count(count_members(now), count_members(check->defined), rules->members_max,
		"members of zones", err);
}

static bool is_in_force(const json_t *effective)
{
	return *np_json_text(effective, "zoneset") != '\0';
}

/* The never-open rule: without a zone in force the default zone alone decides who talks to whom. */
static int check_closed(const struct zone_check *check, struct np_err *err)
{
	const json_t *now = json_object_get(check->snapshot, "effective");
	bool was = is_in_force(now), will = is_in_force(check->effective);
	bool had_zones = json_object_size(json_object_get(now, "zones")) > 0;
	bool has_zones = json_object_size(json_object_get(check->effective, "zones")) > 0;
	const char *policy = np_json_text(check->snapshot, "default_zone");

	if ((was == will && had_zones == has_zones) || strcmp(policy, "no-access") == 0)
		return 0;
	int rc = np_fail(err, NP_CONFLICT, "%s while the default zone is %s",
		!was && will ? "zoning would begin" : "the last zone would go out of force",
		*policy ? policy : "not known");
	return np_hint(err, rc, "set the default zone to no access on the switch first");
}

/* Where the plan has begun zoning its way back ends it, and what came into force with the zoneset goes as it came. */
static json_t *zones_of_plan(const json_t *plan)
{
	json_t *names = zone_plan_zones(plan);
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(plan, "brings"), i, name)
		(void)json_object_set_new(names, zone_text_of(name), json_true());
	return names;
}

static int refuse(int rc, struct np_err *err)
{
	return np_hint(err, rc,
		"npivctl zone drift shows what others have changed; then make a new plan, or npivctl op retry");
}

static int check_in_force(const struct zone_check *check, const json_t *ours, struct np_err *err)
{
	const json_t *now = json_object_get(json_object_get(check->snapshot, "effective"), "zones");
	const json_t *then = json_object_get(check->effective, "zones");
	const char *vendor = np_json_text(check->snapshot, "vendor"), *name;
	json_t *zone;

	zone_each (now, name, zone) {
		if (json_object_get(then, name) || zone_set_has(ours, name) ||
			zone_is_automatic(vendor, name))
			continue;
		return refuse(
			np_fail(err, NP_CONFLICT,
				"zone '%s' is in force and not npivd's: it would go out of force",
				name),
			err);
	}
	return 0;
}

static int check_zoneset_goes(
	const struct zone_check *check, const char *name, const json_t *ours, struct np_err *err)
{
	const json_t *sets =
		json_object_get(json_object_get(check->snapshot, "defined"), "zonesets");
	const json_t *zone;
	size_t i;

	json_array_foreach (json_object_get(sets, name), i, zone) {
		if (zone_set_has(ours, zone_text_of(zone)))
			continue;
		return refuse(
			np_fail(err, NP_CONFLICT,
				"zoneset '%s' is to go, but holds zone '%s', which is not npivd's",
				name, zone_text_of(zone)),
			err);
	}
	return 0;
}

/* A zoneset or an alias that goes: does anybody else still use it? */
static int check_removed(const struct zone_check *check, const json_t *ours, struct np_err *err)
{
	np_auto(np_json_decref) json_t *used = NULL;
	const json_t *change;
	size_t i;
	int rc = 0;

	json_array_foreach (check->changes, i, change) {
		const char *object = np_json_text(change, "object");
		const char *name = np_json_text(change, "name");
		if (rc < 0 || json_object_get(change, "after"))
			continue;
		if (strcmp(object, "zoneset") == 0)
			rc = check_zoneset_goes(check, name, ours, err);
		if (strcmp(object, "alias") != 0)
			continue;
		if (!used)
			used = zone_aliases_used(json_object_get(check->defined, "zones"));
		if (*np_json_text(used, name))
			rc = refuse(np_fail(err, NP_CONFLICT,
					    "alias '%s' is to go, but zone '%s' is written with it",
					    name, np_json_text(used, name)),
				err);
	}
	return rc;
}

static int check_others(const struct zone_check *check, struct np_err *err)
{
	np_auto(np_json_decref) json_t *ours = zones_of_plan(check->plan);
	int rc = ours ? check_in_force(check, ours, err) : np_fail_nomem(err);

	return rc == 0 ? check_removed(check, ours, err) : rc;
}

int zone_check(const struct zone_check *check, struct np_err *err)
{
	int rc = check_names(check, err);

	if (rc == 0)
		rc = check_room(check, err);
	if (rc == 0)
		rc = check_others(check, err);
	return rc < 0 ? rc : check_closed(check, err);
}
