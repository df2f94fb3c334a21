/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/zone_world.h"

#include <assert.h>
#include <string.h>

#include "tests/fake/fake_clock.h"
#include "zoning/plan.h"

#define LOGOUT_MS 1000

/* splitmix64 */
const struct fake_flavour world_telling = { "tells all", .tells_owner = true, .shows_pending = true,
	.tells_token = true, .has_checksum = true, .chunk_max = 3 };
const struct fake_flavour world_silent = { "tells nothing", .shows_pending = true, .chunk_max = 3 };

void world_fault(struct world *world, enum fake_call call, unsigned nth, enum fake_fault_kind kind)
{
	world->sw.faults[0] = (struct fake_fault){ call, nth, false, kind, -NP_TIMEOUT };
}

uint64_t world_draw(struct world *world, uint64_t below)
{
	uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

/* N names in ascending order. */
static json_t *some_wwpns(struct world *world, const char *prefix, size_t n)
{
	json_t *list = json_array();
	char text[40];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof text, "%s%02zx%04x", prefix, i,
			(unsigned)world_draw(world, 0x10000));
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *some_zone(struct world *world)
{
	size_t n = 2 + world_draw(world, 5);

	if (world_draw(world, 2))
		return json_pack("{s:s, s:o}", "kind", "regular", "members",
			some_wwpns(world, "2100000000", n));
	return json_pack("{s:s, s:o, s:o}", "kind", "peer", "principals",
		some_wwpns(world, "5000000000", 1 + n / 2), "members",
		some_wwpns(world, "2100000000", n));
}

static void name_of(char ret_name[static ZONE_NAME_MAX], const char *kind, size_t i)
{
	(void)snprintf(ret_name, ZONE_NAME_MAX, "%s%02zu", kind, i);
}

static void add_zones(struct world *world, json_t *db, const char *kind, size_t n, const char *set)
{
	json_t *members = json_object_get(json_object_get(db, "zonesets"), set);
	char name[ZONE_NAME_MAX];

	for (size_t i = 0; i < n; i++) {
		name_of(name, kind, i);
		json_object_set_new(json_object_get(db, "zones"), name, some_zone(world));
		json_array_append_new(members, json_string(name));
	}
}

/* Zonesets hold foreign names before ours: both lists are ascending. */
static json_t *some_database(struct world *world, size_t ours)
{
	json_t *db = json_pack(
		"{s:{}, s:{}, s:{s:[], s:[]}}", "aliases", "zones", "zonesets", "cfg", "f_old");
	char name[ZONE_NAME_MAX];

	add_zones(world, db, "f_a", 1 + world_draw(world, 4), "cfg");
	add_zones(world, db, "f_b", 1 + world_draw(world, 3), "f_old");
	add_zones(world, db, "npivd_z", ours, "cfg");
	for (size_t i = 0; i < 3; i++) {
		name_of(name, i < 2 ? "f_alias" : "npivd_alias", i);
		json_object_set_new(
			json_object_get(db, "aliases"), name, some_wwpns(world, "2200000000", 1));
	}
	return db;
}

static void want_absent(json_t *desired, const char *part, const char *name)
{
	json_array_append_new(
		json_object_get(json_object_get(desired, "absent"), part), json_string(name));
}

/* Each zone of ours is kept, altered or wanted no more; some are new. */
static json_t *some_desire(struct world *world, const json_t *db, size_t ours)
{
	json_t *desired = json_pack("{s:s, s:{}, s:{}, s:{}, s:{s:[], s:[]}, s:{s:[], s:[s]}}",
		"zoneset", "cfg", "aliases", "zones", "owners", "absent", "zones", "aliases",
		"made", "zones", "aliases", "npivd_alias02");
	json_t *made = json_object_get(json_object_get(desired, "made"), "zones");
	size_t fresh = 1 + world_draw(world, 5);
	char name[ZONE_NAME_MAX];

	for (size_t i = 0; i < ours + fresh; i++) {
		uint64_t fate = i < ours ? world_draw(world, 3) : 1;

		name_of(name, "npivd_z", i);
		if (i < ours)
			json_array_append_new(made, json_string(name));
		if (fate == 0)
			want_absent(desired, "zones", name);
		else
			json_object_set_new(json_object_get(desired, "zones"), name,
				fate == 1 ? some_zone(world)
					  : json_deep_copy(json_object_get(
						    json_object_get(db, "zones"), name)));
	}
	if (world_draw(world, 2))
		want_absent(desired, "aliases", "npivd_alias02");
	else
		json_object_set_new(json_object_get(desired, "aliases"), "npivd_alias02",
			some_wwpns(world, "2200000000", 1));
	return desired;
}

static void make_plan(struct world *world)
{
	struct zone_session session = { .driver = &world->sw.driver,
		.endpoint = &world->endpoint,
		.credential = &world->credential,
		.deadline_ms = fake_clock_ms + world->timeout_ms };
	json_t *snapshot = NULL;

	assert(world->sw.driver.open(&session, NULL) == 0);
	assert(zone_read(&session, &snapshot, NULL) == 0);
	world->sw.driver.close(&session);
	assert(zone_plan("A", world->desired, snapshot, &world->plan, NULL) == 0);
	world->inverse = zone_plan_inverse(world->plan);
	json_decref(snapshot);
	fake_switch_calm(&world->sw);
}

static void note_places(struct world *world)
{
	json_t *after = json_deep_copy(world->sw.defined), *effective;
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(world->plan, "changes"), i, change)
		assert(fake_switch_edit(after, change, NULL) == 0);
	effective = fake_switch_activate(after, np_json_text(world->plan, "zoneset"));
	if (!np_json_bool(world->plan, "activate")) {
		json_decref(effective);
		effective = json_incref(world->sw.effective);
	}
	world->before = fake_switch_part(world->sw.defined, true);
	world->before_effective = fake_switch_part(world->sw.effective, true);
	world->after = fake_switch_part(after, true);
	world->after_effective = fake_switch_part(effective, true);
	world->foreign_effective[WORLD_BEFORE] = fake_switch_part(world->sw.effective, false);
	world->foreign_effective[WORLD_AFTER] = fake_switch_part(effective, false);
	json_decref(after);
	json_decref(effective);
}

void world_init(struct world *world, const struct fake_flavour *flavour, uint64_t seed)
{
	*world = (struct world){
		.random = seed,
		.endpoint = { .fabric = "A", .driver = "fake" },
		.credential = { .user = "zoner", .secret = "secret" },
		.timeout_ms = 120000,
	};
	size_t ours = world_draw(world, 5);
	bool in_force = world_draw(world, 5) > 0;
	json_t *db = some_database(world, ours);

	world->desired = some_desire(world, db, ours);
	fake_switch_init(&world->sw, flavour, db, in_force ? "cfg" : NULL);
	make_plan(world);
	note_places(world);
}

void world_done(struct world *world)
{
	zone_outcome_done(&world->outcome);
	fake_switch_done(&world->sw);
	json_decref(world->desired);
	json_decref(world->plan);
	json_decref(world->inverse);
	json_decref(world->before);
	json_decref(world->before_effective);
	json_decref(world->after);
	json_decref(world->after_effective);
	json_decref(world->foreign_effective[WORLD_BEFORE]);
	json_decref(world->foreign_effective[WORLD_AFTER]);
}

int world_apply(struct world *world, const json_t *plan, unsigned flags)
{
	struct zone_session session = { .driver = &world->sw.driver,
		.endpoint = &world->endpoint,
		.credential = &world->credential,
		.deadline_ms = fake_clock_ms + world->timeout_ms };
	int64_t end_ms = session.deadline_ms;

	zone_outcome_done(&world->outcome);
	world->err = (struct np_err){ 0 };
	int rc = world->sw.driver.open(&session, &world->err);
	if (rc < 0)
		return rc;
	rc = zone_apply(&session, plan, flags, &world->outcome, &world->err);
	world->late_ms = fake_clock_ms > end_ms ? fake_clock_ms - end_ms : 0;
	assert(session.deadline_ms == end_ms);
	session.deadline_ms += LOGOUT_MS;
	world->sw.driver.close(&session);
	return rc;
}

static bool is_at(const json_t *db, bool ours, const json_t *wanted)
{
	json_t *part = fake_switch_part(db, ours);
	bool same = json_equal(part, wanted);

	json_decref(part);
	return same;
}

enum world_place world_place(const struct world *world)
{
	const struct fake_switch *sw = &world->sw;

	if (sw->next_effective && !json_equal(sw->next_effective, sw->effective))
		return WORLD_BETWEEN;
	if (is_at(sw->defined, true, world->before) &&
		is_at(sw->effective, true, world->before_effective))
		return WORLD_BEFORE;
	if (is_at(sw->defined, true, world->after) &&
		is_at(sw->effective, true, world->after_effective))
		return WORLD_AFTER;
	return WORLD_BETWEEN;
}

const char *world_harm(const struct world *world)
{
	const struct fake_switch *sw = &world->sw;

	if (!is_at(sw->defined, false, sw->foreign))
		return "zones of others were changed";
	if (!is_at(sw->effective, false, world->foreign_effective[WORLD_BEFORE]) &&
		!is_at(sw->effective, false, world->foreign_effective[WORLD_AFTER]))
		return "zones of others went out of force";
	if (sw->dropped_foreign > 0)
		return "another's transaction was dropped";
	if (sw->owner == FAKE_OTHER && !json_equal(sw->pending, sw->foreign_pending))
		return "another's transaction was changed";
	if (sw->sessions > 0)
		return "a session is open";
	return NULL;
}
