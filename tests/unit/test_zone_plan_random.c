/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What holds for every plan, on random fabrics with aliases, several zonesets, stale activations and zones of others
 * that hold the same ports. NP_SEEDS in the environment sets how many are drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/change.h"
#include "zoning/plan.h"

#define SEEDS 4000
#define ZONES 6
#define ALIASES 4

static const char *const zonesets[] = { "prod", "test", "npivd_set" };

/* One fabric, what is wanted there, and what came of it. */
struct world {
	uint64_t seed, random;
	json_t *before, *desired, *made; /* made: the member of desired */
	json_t *plan, *after;
};

static unsigned pick(struct world *world, unsigned n)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (unsigned)(world->random % n);
}

static void blame(const struct world *world, const char *what)
{
	np_auto(np_free) char *plan = zone_text(world->plan);
	np_auto(np_free) char *desired = zone_text(world->desired);
	np_auto(np_free) char *before = zone_text(world->before);

	fail_msg("seed %llu: %s\nplan %s\ndesired %s\nbefore %s", (unsigned long long)world->seed,
		what, plan ? plan : "none", desired, before);
}

static json_t *part(const json_t *snapshot, const char *part)
{
	return json_object_get(json_object_get(snapshot, "defined"), part);
}

static json_t *in_force(const json_t *snapshot)
{
	return json_object_get(json_object_get(snapshot, "effective"), "zones");
}

static bool is_made(const struct world *world, const char *kind, const char *name)
{
	return zone_list_has(json_object_get(world->made, kind), name);
}

static void random_member(struct world *world, bool aliases, char member[static 32])
{
	if (aliases && pick(world, 4) == 0)
		(void)snprintf(member, 32, "@%s%u", pick(world, 2) ? "alias" : "npivd_alias",
			pick(world, ALIASES));
	else
		(void)snprintf(member, 32, "100002000001000%u", pick(world, 4));
}

static json_t *random_zone(struct world *world, bool aliases)
{
	json_t *zone = zone_new(pick(world, 3) ? "regular" : "peer");
	char member[32];

	for (unsigned i = 0; i < 1 + pick(world, 3); i++) {
		random_member(world, aliases, member);
		(void)zone_add(zone, "members", member, NULL);
	}
	if (json_object_get(zone, "principals"))
		(void)zone_add(zone, "principals",
			pick(world, 2) ? "50060e8000000001" : "50060e8000000002", NULL);
	return zone;
}

static json_t *random_alias(struct world *world)
{
	json_t *alias = json_array();
	char member[32];

	for (unsigned i = 0; i < 1 + pick(world, 2); i++) {
		random_member(world, false, member);
		(void)zone_list_add(alias, member, NULL);
	}
	return alias;
}

/* Half of what bears our prefix is recorded as made by us, and nothing else. */
static void put(struct world *world, json_t *db, const char *kind, const char *name, json_t *value)
{
	(void)json_object_set_new(json_object_get(db, kind), name, value);
	if (strncmp(name, "npivd_", 6) == 0 && pick(world, 4))
		(void)zone_list_add(json_object_get(world->made, kind), name, NULL);
}

static json_t *random_db(struct world *world)
{
	json_t *db = zone_db_new(), *zone;
	const char *zone_name;
	char name[32];

	for (unsigned i = 0; i < ALIASES; i++) {
		(void)snprintf(
			name, sizeof name, "%s%u", pick(world, 2) ? "alias" : "npivd_alias", i);
		put(world, db, "aliases", name, random_alias(world));
	}
	for (unsigned i = 0; i < ZONES; i++) {
		(void)snprintf(name, sizeof name, "%s%u", pick(world, 2) ? "theirs" : "npivd_", i);
		put(world, db, "zones", name, random_zone(world, true));
	}
	for (size_t s = 0; s < sizeof zonesets / sizeof *zonesets; s++) {
		json_t *list = json_array();
		zone_each (json_object_get(db, "zones"), zone_name, zone) {
			if (pick(world, 3))
				(void)zone_list_add(list, zone_name, NULL);
		}
		if (json_array_size(list) > 0 && pick(world, 4))
			put(world, db, "zonesets", zonesets[s], json_incref(list));
		json_decref(list);
	}
	return db;
}

/* What is in force; sometimes it was activated before the last changes. */
static json_t *random_effective(struct world *world, json_t *db)
{
	const char *zoneset = zonesets[pick(world, 3)];
	json_t *effective, *zones;
	char name[32];

	if (!json_object_get(json_object_get(db, "zonesets"), zoneset) || pick(world, 6) == 0)
		return zone_effective_of(db, "", "fos", NULL);
	effective = zone_effective_of(db, zoneset, "fos", NULL);
	zones = json_object_get(effective, "zones");
	(void)snprintf(name, sizeof name, "%s%u", pick(world, 4) ? "npivd_" : "theirs",
		pick(world, ZONES));
	if (pick(world, 3) == 0)
		(void)json_object_set_new(zones, name, random_zone(world, false));
	else if (pick(world, 3) == 0)
		(void)json_object_del(zones, name);
	return effective;
}

static void random_desired(struct world *world)
{
	json_t *zones = json_object_get(world->desired, "zones");
	json_t *aliases = json_object_get(world->desired, "aliases");
	json_t *absent = json_object_get(world->desired, "absent");
	char name[32];

	for (unsigned i = 0; i < ZONES; i++) {
		(void)snprintf(name, sizeof name, "npivd_%u", i);
		if (pick(world, 5) < 2)
			(void)json_object_set_new(zones, name, random_zone(world, false));
		else if (pick(world, 2))
			(void)json_array_append_new(
				json_object_get(absent, "zones"), json_string(name));
	}
	for (unsigned i = 0; i < ALIASES; i++) {
		(void)snprintf(name, sizeof name, "npivd_alias%u", i);
		if (pick(world, 5) == 0)
			(void)json_object_set_new(aliases, name, random_alias(world));
		else if (pick(world, 2))
			(void)json_array_append_new(
				json_object_get(absent, "aliases"), json_string(name));
	}
	/* Whoever would remove what is not ours is not to be believed. */
	(void)json_array_append_new(json_object_get(absent, "zones"), json_string("theirs1"));
}

static void world_init(struct world *world, uint64_t seed)
{
	static const char *const policies[] = { "no-access", "no-access", "all-access", "" };
	static const char *const wanted[] = { "", "prod", "npivd_new" };

	*world = (struct world){ .seed = seed, .random = seed * 0x9e3779b97f4a7c15u + 1 };
	world->made = json_pack("{s:[], s:[], s:[]}", "zones", "aliases", "zonesets");
	world->desired = json_pack("{s:s, s:{}, s:{}, s:{}, s:{s:[], s:[]}, s:o}", "zoneset",
		wanted[pick(world, 3)], "aliases", "zones", "owners", "absent", "zones", "aliases",
		"made", world->made);
	json_t *db = random_db(world);
	world->before = json_pack("{s:s, s:o, s:o, s:s, s:s}", "vendor", "fos", "defined", db,
		"effective", random_effective(world, db), "default_zone", policies[pick(world, 4)],
		"checksum", "abc");
	random_desired(world);
	assert_int_equal(zone_snapshot_normalise(world->before, NULL), 0);
}

static void world_done(struct world *world)
{
	json_decref(world->before);
	json_decref(world->desired);
	json_decref(world->plan);
	json_decref(world->after);
}

static json_t *applied(const struct world *world, const json_t *plan, const json_t *snapshot)
{
	json_t *after = json_copy((json_t *)(uintptr_t)snapshot), *db = NULL, *effective = NULL;

	if (zone_plan_predict(plan, snapshot, &db, &effective, NULL) < 0)
		blame(world, "it cannot be carried out");
	(void)json_object_set_new(after, "defined", db);
	(void)json_object_set_new(after, "effective", effective);
	return after;
}

/* Zonesets without the zones that are ours. */
static json_t *of_others(const struct world *world, const json_t *list)
{
	json_t *others = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach (list, i, name) {
		if (strncmp(zone_text_of(name), "npivd_", 6) != 0 ||
			(json_object_get(part(world->before, "zones"), zone_text_of(name)) &&
				!is_made(world, "zones", zone_text_of(name))))
			(void)json_array_append(others, (json_t *)(uintptr_t)name);
	}
	return others;
}

static void check_foreign(const struct world *world)
{
	static const char *const kinds[] = { "aliases", "zones" };
	const char *name;
	json_t *value;

	for (size_t k = 0; k < 2; k++) {
		zone_each (part(world->before, kinds[k]), name, value) {
			if (!is_made(world, kinds[k], name) &&
				!json_equal(
					value, json_object_get(part(world->after, kinds[k]), name)))
				blame(world, "an object of others changed");
		}
	}
	zone_each (part(world->before, "zonesets"), name, value) {
		const json_t *now = json_object_get(part(world->after, "zonesets"), name);
		np_auto(np_json_decref) json_t *then = of_others(world, value);
		np_auto(np_json_decref) json_t *still = of_others(world, now);
		if (!json_equal(then, still) || (!now && !is_made(world, "zonesets", name)))
			blame(world, "a zoneset of others changed");
	}
}

static void check_nothing_empty(const struct world *world)
{
	const char *name;
	json_t *value;

	zone_each (part(world->after, "zonesets"), name, value) {
		if (json_array_size(value) == 0)
			blame(world, "a zoneset is empty");
	}
	zone_each (part(world->after, "zones"), name, value) {
		if (json_array_size(json_object_get(value, "members")) == 0)
			blame(world, "a zone is empty");
	}
	zone_each (part(world->after, "zonesets"), name, value) {
		size_t i;
		const json_t *zone;
		json_array_foreach (value, i, zone) {
			if (!json_object_get(part(world->after, "zones"), zone_text_of(zone)))
				blame(world, "a zoneset holds a zone that is gone");
		}
	}
}

static void check_never_open(const struct world *world)
{
	const char *before = np_json_text(json_object_get(world->before, "effective"), "zoneset");
	const char *after = np_json_text(json_object_get(world->after, "effective"), "zoneset");
	const char *name;
	json_t *zone;

	if (strcmp(np_json_text(world->before, "default_zone"), "no-access") != 0 &&
		strcmp(before, after) != 0)
		blame(world, "activation begins or ends with an open default zone");
	if (*before && *after && strcmp(before, after) != 0)
		blame(world, "another zoneset is in force");
	zone_each (in_force(world->before), name, zone) {
		if (*after && strncmp(name, "npivd_", 6) != 0 &&
			!json_object_get(in_force(world->after), name))
			blame(world, "a zone of others is in force no more");
	}
}

/* Whatever is wanted is there and in force, by that name or as a zone of others. */
static void check_wanted(const struct world *world)
{
	np_auto(np_json_decref) json_t *by = json_object();
	const json_t *row;
	const char *name;
	json_t *zone;
	size_t i;

	json_array_foreach (json_object_get(world->plan, "reused"), i, row)
		(void)json_object_set(by, np_json_text(row, "zone"), json_object_get(row, "by"));
	zone_each (json_object_get(world->desired, "zones"), name, zone) {
		const char *other = np_json_text(by, name);
		const json_t *found =
			json_object_get(in_force(world->after), *other ? other : name);
		if (!found || !zone_is_same(found, part(world->after, "aliases"), zone,
				      json_object_get(world->desired, "aliases")))
			blame(world, "a wanted zone is not in force");
	}
}

/* The record learns what was made; then nothing is left to do. */
static void check_again(const struct world *world)
{
	static const struct {
		const char *object, *kind;
	} rows[] = { { "alias", "aliases" }, { "zone", "zones" }, { "zoneset", "zonesets" } };
	np_auto(np_json_decref) json_t *desired = json_deep_copy(world->desired);
	np_auto(np_json_decref) json_t *again = NULL;
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(world->plan, "changes"), i, change) {
		for (size_t r = 0; r < 3; r++) {
			if (strcmp(rows[r].object, np_json_text(change, "object")) == 0)
				(void)zone_list_add(
					json_object_get(
						json_object_get(desired, "made"), rows[r].kind),
					np_json_text(change, "name"), NULL);
		}
	}
	struct np_err err = { 0 };
	if (zone_plan("A", desired, world->after, &again, &err) < 0)
		blame(world, err.msg);
	if (json_array_size(json_object_get(again, "changes")) > 0 ||
		np_json_bool(again, "activate"))
		blame(world, "a second plan has something to do");
}

static void check_way_back(const struct world *world)
{
	np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(world->plan);
	np_auto(np_json_decref) json_t *twice = zone_plan_inverse(inverse);
	np_auto(np_json_decref) json_t *back = applied(world, inverse, world->after);
	bool any = json_array_size(json_object_get(world->plan, "changes")) > 0;

	if (!json_equal(part(back, "zones"), part(world->before, "zones")) ||
		!json_equal(json_object_get(back, "defined"),
			json_object_get(world->before, "defined")))
		blame(world, "the way back does not lead back");
	if (strcmp(np_json_text(json_object_get(back, "effective"), "zoneset"),
		    np_json_text(json_object_get(world->before, "effective"), "zoneset")) != 0)
		blame(world, "the way back leaves another zoneset in force");
	if (any && zone_plan_progress(inverse, world->after, NULL) != ZONE_AS_BEFORE)
		blame(world, "the way back is not at its begin");
	if (zone_plan_progress(inverse, back, NULL) != ZONE_AS_AFTER)
		blame(world, "the way back is not at its end");
	if (json_array_size(json_object_get(twice, "changes")) !=
		json_array_size(json_object_get(world->plan, "changes")))
		blame(world, "the way back of the way back is another way");
}

static void check_progress(const struct world *world, const json_t *now, size_t made, size_t all)
{
	np_auto(np_json_decref) json_t *rest = zone_plan_rest(world->plan, now);
	enum zone_progress progress = zone_plan_progress(world->plan, now, NULL);

	if (json_array_size(rest) != all - made)
		blame(world, "the rest is not what is left");
	if ((made == 0 && progress != ZONE_AS_BEFORE) || (made > 0 && progress != ZONE_PARTLY))
		blame(world, "progress says otherwise");
}

/* After each change alone it is ours to recognise, and the rest leads to the end. */
static void check_prefixes(const struct world *world)
{
	const json_t *changes = json_object_get(world->plan, "changes");
	const json_t *committed = json_object_get(world->before, "defined");
	np_auto(np_json_decref) json_t *pending = zone_db_edit(committed);
	np_auto(np_json_decref) json_t *now = json_copy(world->before);
	size_t i, n = json_array_size(changes);
	const json_t *change;

	(void)json_object_set(now, "defined", pending);
	json_array_foreach (changes, i, change) {
		if (strcmp(np_json_text(change, "object"), "activation") != 0 && n > 0 && i == 0)
			check_progress(world, now, 0, n);
		assert_int_equal(zone_change_make(change, pending, NULL), 0);
		if (!zone_plan_covers(world->plan, committed, pending))
			blame(world, "a piece of the plan is not seen as ours");
		np_auto(np_json_decref) json_t *end = applied(world, world->plan, now);
		if (!json_equal(json_object_get(end, "defined"),
			    json_object_get(world->after, "defined")))
			blame(world, "from the middle it does not lead to the end");
	}
	(void)json_object_set_new(
		json_object_get(pending, "zones"), "somebody", zone_new("regular"));
	if (zone_plan_covers(world->plan, committed, pending))
		blame(world, "somebody's transaction is seen as ours");
}

/* Where a change of this kind belongs; -1: nowhere. */
static int rank_of(const json_t *change)
{
	static const struct {
		const char *kind;
		int rank;
	} rows[] = {
		{ "+alias", 0 },
		{ "~alias", 0 },
		{ "+zone", 1 },
		{ "~zone", 1 },
		{ "+zoneset", 2 },
		{ "+member", 3 },
		{ "-member", 4 },
		{ "+activation", 5 },
		{ "-activation", 5 },
		{ "-zone", 6 },
		{ "-alias", 7 },
		{ "-zoneset", 8 },
	};
	char kind[32];

	(void)snprintf(kind, sizeof kind, "%c%s",
		!json_object_get(change, "before") ? '+'
		: json_object_get(change, "after") ? '~'
						   : '-',
		np_json_text(change, "object"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].kind, kind) == 0)
			return rows[i].rank;
	}
	return -1;
}

static void check_order(const struct world *world)
{
	const json_t *change;
	int last = 0;
	size_t i;

	json_array_foreach (json_object_get(world->plan, "changes"), i, change) {
		int rank = rank_of(change);
		if (rank < last)
			blame(world, "the changes are in the wrong order");
		last = rank;
	}
}

static void check_plan(struct world *world)
{
	bool any = json_array_size(json_object_get(world->plan, "changes")) > 0;

	world->after = applied(world, world->plan, world->before);
	if (any && zone_plan_progress(world->plan, world->before, NULL) != ZONE_AS_BEFORE)
		blame(world, "it is not at its begin");
	if (zone_plan_progress(world->plan, world->after, NULL) != ZONE_AS_AFTER)
		blame(world, "it is not at its end");
	check_foreign(world);
	check_nothing_empty(world);
	check_never_open(world);
	check_wanted(world);
	check_order(world);
	check_prefixes(world);
	check_again(world);
	check_way_back(world);
	np_auto(np_free) char *diff = zone_plan_diff(world->plan);
	assert_non_null(diff);
}

static bool is_a_refusal(int rc)
{
	return rc == -NP_EXISTS || rc == -NP_CONFLICT;
}

static void test_every_plan_is_safe_minimal_and_reversible(void **state)
{
	const char *text = getenv("NP_SEEDS");
	uint64_t seeds = text ? strtoull(text, NULL, 10) : SEEDS;
	unsigned plans = 0, works = 0;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		np_auto(world_done) struct world world;
		struct np_err err = { 0 };

		world_init(&world, seed);
		int rc = zone_plan("A", world.desired, world.before, &world.plan, &err);
		if (rc < 0 && (!is_a_refusal(rc) || !*err.msg))
			blame(&world, err.msg);
		if (rc < 0)
			continue;
		check_plan(&world);
		plans++;
		works += json_array_size(json_object_get(world.plan, "changes")) > 0;
	}
	print_message("%u plans, %u with changes\n", plans, works);
	assert_true(plans > seeds / 20 && works > seeds / 40);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_plan_is_safe_minimal_and_reversible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
