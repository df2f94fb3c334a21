/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the walker promises, one by one; test_zone_apply_faults.c has every fault at every call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_clock.h"
#include "tests/fake/zone_world.h"
#include "zoning/plan.h"

static const struct fake_flavour token_only = { "tells a token", .tells_token = true,
	.has_checksum = true, .shows_pending = true, .chunk_max = 3 };
static const struct fake_flavour slow = { "activation goes on", .tells_owner = true,
	.shows_pending = true, .waits = true, .chunk_max = 3 };
static const struct fake_flavour basic = { "at once", .at_once = true, .waits = true,
	.chunk_max = 3 };
static const struct fake_flavour mixing = { "a session mixes views", .tells_token = true,
	.has_checksum = true, .per_session = true, .chunk_max = 3 };
static const struct fake_flavour big = { "big chunks", .tells_token = true, .has_checksum = true,
	.chunk_max = 5000 };

/* The first change of an object; NULL: the plan has none. */
static const json_t *find_change(const json_t *plan, const char *object, bool before, bool after)
{
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change)
		if (strcmp(np_json_text(change, "object"), object) == 0 &&
			!json_object_get(change, "before") == !before &&
			!json_object_get(change, "after") == !after)
			return change;
	return NULL;
}

/* A fabric whose plan has such a change of a zone. */
static void init_with(
	struct world *world, const struct fake_flavour *flavour, bool before, bool after)
{
	for (uint64_t seed = 0;; seed++) {
		world_init(world, flavour, seed);
		if (find_change(world->plan, "zone", before, after))
			return;
		world_done(world);
	}
}

/* The first half of the plan, as somebody would type it from the printed commands. */
static json_t *half_of(const json_t *plan)
{
	const json_t *changes = json_object_get(plan, "changes");
	json_t *half = json_array();

	for (size_t i = 0; i < (json_array_size(changes) + 1) / 2; i++)
		json_array_append(half, json_array_get(changes, i));
	return half;
}

static void test_zone_apply_writes_nothing_when_all_is_as_wanted(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	assert_int_equal(world_apply(&world, world.plan, 0), 0);
	assert_false(world.outcome.already);
	fake_switch_calm(&world.sw);

	assert_int_equal(world_apply(&world, world.plan, 0), 0);

	assert_true(world.outcome.already);
	assert_non_null(world.outcome.snapshot);
	assert_int_equal(world.sw.calls[FAKE_STAGE] + world.sw.calls[FAKE_COMMIT], 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_is_stale_when_the_zones_changed_since_the_plan(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	fake_switch_meddle(&world.sw, "f_new");

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_STALE);
	assert_int_equal(world.sw.writes, 0);
	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), 0);

	assert_int_equal(world_place(&world), WORLD_AFTER);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_leaves_a_zone_of_ours_that_somebody_changed(void **state)
{
	struct world world;

	init_with(&world, &world_telling, true, true);
	const char *zone = np_json_text(find_change(world.plan, "zone", true, true), "name");
	fake_switch_meddle(&world.sw, zone);

	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), -NP_CONFLICT);

	assert_non_null(strstr(world.err.msg, zone));
	assert_int_equal(world.sw.writes, 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_says_who_holds_the_lock(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	fake_switch_lock(&world.sw, NULL);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_BUSY);

	assert_string_equal(world.err.msg,
		"fabric 'A': user 'ada' at 192.0.2.77 with 'webtools' has a zone transaction open; the "
		"lock has 212 s left");
	assert_int_equal(world.sw.writes, 0);
	world_done(&world);
	(void)state;
}

/* As Fabric OS does, with one user for the npivd of each host: what is pending is not shown, and all else looks like ours. */
static void test_zone_apply_waits_for_an_npivd_of_another_host(void **state)
{
	static const struct fake_flavour veiled = { "shows its own alone", .tells_owner = true,
		.tells_token = true, .has_checksum = true, .per_session = true, .chunk_max = 3 };
	struct world world;

	world_init(&world, &veiled, 1);
	world.sw.twin = true;
	fake_switch_lock(&world.sw, NULL);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_BUSY);

	assert_int_equal(world.sw.owner, FAKE_OTHER);
	assert_int_equal(world.sw.calls[FAKE_DISCARD], 0);
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

static void test_zone_apply_says_who_took_the_lock_while_it_worked(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	world_fault(&world, FAKE_STAGE, 1, FAKE_LOCK);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_BUSY);

	assert_non_null(strstr(world.err.msg, "user 'ada' at 192.0.2.77"));
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

static void test_zone_apply_needs_no_lock_when_all_is_as_wanted(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	assert_int_equal(world_apply(&world, world.plan, 0), 0);
	fake_switch_lock(&world.sw, NULL);

	assert_int_equal(world_apply(&world, world.plan, 0), 0);

	assert_true(world.outcome.already);
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

/* Whatever an administrator has in work, and were it what we want ourselves. */
static void test_zone_apply_never_drops_the_work_of_another(void **state)
{
	static const struct fake_flavour *const all[] = { &world_telling, &token_only,
		&world_silent, &slow };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct world world;
			world_init(&world, all[i], seed);
			json_t *half = half_of(world.plan);
			bool alike = all[i]->tells_owner && seed % 2;
			unsigned flags = seed % 3 ? ZONE_APPLY_RESUME : 0;
			fake_switch_lock(&world.sw, alike ? half : NULL);
			assert_int_equal(world_apply(&world, world.plan, flags), -NP_BUSY);
			assert_int_equal(world_apply(&world, world.inverse, ZONE_APPLY_RESUME), 0);
			assert_true(world.outcome.already);
			assert_null(world_harm(&world));
			assert_int_equal(world.sw.calls[FAKE_DISCARD], 0);
			json_decref(half);
			world_done(&world);
		}
	(void)state;
}

static void test_zone_apply_drops_nothing_of_an_unknown_owner_unless_it_resumes(void **state)
{
	static const struct fake_flavour *const all[] = { &token_only, &world_silent };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct world world;
		world_init(&world, all[i], 1);
		json_t *half = half_of(world.plan);
		fake_switch_lock(&world.sw, half);
		assert_int_equal(world_apply(&world, world.plan, 0), -NP_BUSY);
		assert_non_null(strstr(world.err.msg, "the switch does not say who"));
		assert_null(world_harm(&world));
		json_decref(half);
		world_done(&world);
	}
	(void)state;
}

/* kill -9 after the second stage: what an earlier lane left open. */
static void leave_open(struct world *world, const json_t *plan)
{
	world_fault(world, FAKE_STAGE, 2, FAKE_CUT_DONE);
	(void)world_apply(world, plan, ZONE_APPLY_RESUME);
	assert_int_equal(world->sw.owner, FAKE_US);
	fake_switch_calm(&world->sw);
}

static void test_zone_apply_goes_on_when_the_open_transaction_is_its_own(void **state)
{
	struct world world;

	for (unsigned flags = 0; flags <= ZONE_APPLY_RESUME; flags++) {
		world_init(&world, &world_telling, 1);
		leave_open(&world, world.plan);
		assert_int_equal(world_apply(&world, world.plan, flags), 0);
		assert_int_equal(world_place(&world), WORLD_AFTER);
		assert_int_equal(world.sw.owner, FAKE_NOBODY);
		world_done(&world);
	}
	(void)state;
}

static void test_zone_apply_drops_its_own_transaction_until_it_is_gone(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	leave_open(&world, world.plan);
	world_fault(&world, FAKE_DISCARD, 1, FAKE_LIE);

	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), 0);

	assert_int_equal(world.sw.calls[FAKE_DISCARD], 2);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_gives_way_when_another_is_faster_after_its_own_was_dropped(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	leave_open(&world, world.plan);
	world_fault(&world, FAKE_READ, 7, FAKE_LOCK);

	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), -NP_BUSY);

	assert_non_null(strstr(world.err.msg, "user 'ada'"));
	assert_int_equal(world.sw.calls[FAKE_STAGE], 0);
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

static void test_zone_apply_goes_on_when_the_way_back_was_left_open(void **state)
{
	struct world world;

	world_init(&world, &token_only, 1);
	assert_int_equal(world_apply(&world, world.plan, 0), 0);
	fake_switch_calm(&world.sw);
	leave_open(&world, world.inverse);

	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), 0);

	assert_true(world.outcome.already);
	assert_int_equal(world.sw.owner, FAKE_NOBODY);
	assert_int_equal(world_place(&world), WORLD_AFTER);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_waits_for_the_end_of_another_plan_of_ours(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	leave_open(&world, world.plan);
	np_auto(np_json_decref) json_t *other = json_deep_copy(world.plan);
	json_array_remove(json_object_get(other, "changes"), 0);

	assert_int_equal(world_apply(&world, other, ZONE_APPLY_RESUME), -NP_BUSY);

	assert_non_null(strstr(world.err.msg, "user 'zoner'"));
	assert_int_equal(world.sw.owner, FAKE_US);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_refuses_when_the_database_is_full(void **state)
{
	struct world world;

	init_with(&world, &world_telling, false, true);
	world.sw.space_max = 200;

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_CAPACITY);

	assert_non_null(strstr(world.err.msg, "of 200 bytes in use"));
	assert_int_equal(world.sw.writes, 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_begins_no_zoning_when_the_default_zone_is_open(void **state)
{
	struct world world;
	uint64_t seed = 0;

	for (world_init(&world, &world_telling, seed);
		!find_change(world.plan, "activation", false, true);
		world_init(&world, &world_telling, ++seed))
		world_done(&world);
	world.sw.default_zone = "all-access";

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_CONFLICT);

	assert_non_null(strstr(world.err.msg, "default zone is all-access"));
	assert_int_equal(world.sw.writes, 0);
	world_done(&world);
	(void)state;
}

/* 2000 objects in one call, half of them kept, and success reported. */
static void test_zone_apply_commits_nothing_when_the_switch_kept_half_and_said_yes(void **state)
{
	struct world world;

	world_init(&world, &big, 3);
	world_fault(&world, FAKE_STAGE, 1, FAKE_HALF);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_PEER);

	assert_non_null(strstr(world.err.msg, "did not make them all"));
	assert_int_equal(world.sw.calls[FAKE_COMMIT], 0);
	assert_int_equal(world_place(&world), WORLD_BEFORE);
	assert_int_equal(world.sw.owner, FAKE_NOBODY);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_is_no_success_when_the_switch_says_yes_and_does_nothing(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	world_fault(&world, FAKE_COMMIT, 1, FAKE_LIE);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_PEER);

	assert_non_null(strstr(world.err.msg, "the switch said yes, but"));
	assert_int_equal(world_place(&world), WORLD_BEFORE);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_is_success_when_the_reply_of_the_commit_is_lost(void **state)
{
	static const enum fake_fault_kind kinds[] = { FAKE_LOSE_REPLY, FAKE_HANG_DONE, FAKE_LATE };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct world world;
		world_init(&world, &world_telling, 1);
		world_fault(&world, FAKE_COMMIT, 1, kinds[i]);
		assert_int_equal(world_apply(&world, world.plan, 0), 0);
		assert_int_equal(world_place(&world), WORLD_AFTER);
		world_done(&world);
	}
	(void)state;
}

static void test_zone_apply_takes_back_what_was_defined_when_the_activation_fails(void **state)
{
	struct world world;

	world_init(&world, &slow, 1);
	world_fault(&world, FAKE_COMMIT, 1, FAKE_INACTIVE);

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_CONFLICT);

	assert_string_equal(world.err.msg,
		"fabric 'A': the activation failed; what was made has been taken back");
	assert_int_equal(world_place(&world), WORLD_BEFORE);
	assert_non_null(world.outcome.snapshot);
	world_done(&world);
	(void)state;
}

/* Changes that a session shows as defined, though they are pending. */
static void test_zone_apply_drops_its_transaction_where_a_session_mixes_views(void **state)
{
	struct world world;

	world_init(&world, &mixing, 1);
	world_fault(&world, FAKE_STAGE, 2, FAKE_HALF);

	assert_true(world_apply(&world, world.plan, 0) < 0);

	assert_int_equal(world.sw.calls[FAKE_DISCARD], 1);
	assert_int_equal(world.sw.left_to_logout, 0);
	assert_int_equal(world_place(&world), WORLD_BEFORE);
	world_done(&world);
	(void)state;
}

/* Its own was thrown out between two readings, the first of which showed it as defined. */
static void test_zone_apply_drops_no_transaction_that_followed_its_own_where_a_session_mixes_views(
	void **state)
{
	struct world world;

	world_init(&world, &mixing, 1);
	world_fault(&world, FAKE_STAGE, 1, FAKE_HANG_DONE);
	world.sw.faults[1] = (struct fake_fault){ FAKE_READ, 8, false, FAKE_LOCK, 0 };

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_TIMEOUT);

	assert_int_equal(world.sw.owner, FAKE_OTHER);
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

/* One that a session shows as defined is pending all the same, be it complete. */
static void test_zone_apply_is_no_success_without_a_commit_where_a_session_mixes_views(void **state)
{
	static const struct fake_flavour at_one_go = { "mixes views, big chunks",
		.tells_token = true, .has_checksum = true, .per_session = true, .chunk_max = 5000 };
	unsigned reads = 0;
	int rc = -1;

	for (unsigned nth = 1; nth == 1 || reads >= nth - 1; nth++) {
		struct world world;
		world_init(&world, &at_one_go, 1);
		json_object_set_new(world.plan, "activate", json_false());
		world_fault(&world, FAKE_READ, nth, FAKE_REFUSE);
		rc = world_apply(&world, world.plan, 0);
		assert_int_equal(rc == 0, world.sw.calls[FAKE_COMMIT] == 1);
		reads = world.sw.calls[FAKE_READ];
		world_done(&world);
	}
	assert_int_equal(rc, 0);
	(void)state;
}

/* Who hears "busy" tries again as if nothing had been; what could not be read may be our own lock. */
static void test_zone_apply_is_not_busy_when_its_own_transaction_may_be_open(void **state)
{
	unsigned reads = 0, left_open = 0;

	for (unsigned nth = 1; nth == 1 || reads >= nth - 1; nth++) {
		struct world world;
		world_init(&world, &world_telling, 1);
		world_fault(&world, FAKE_COMMIT, 1, FAKE_REFUSE);
		world.sw.faults[0].code = -NP_BUSY;
		world.sw.faults[1] =
			(struct fake_fault){ FAKE_READ, nth, false, FAKE_REFUSE, -NP_PEER };
		int rc = world_apply(&world, world.plan, 0);
		if (world.sw.owner == FAKE_US) {
			assert_int_not_equal(rc, -NP_BUSY);
			left_open++;
		}
		reads = world.sw.calls[FAKE_READ];
		world_done(&world);
	}
	assert_true(left_open > 0);
	(void)state;
}

static void test_zone_apply_says_that_its_transaction_is_open_when_it_cannot_be_dropped(
	void **state)
{
	struct world world;

	world_init(&world, &mixing, 1);
	world_fault(&world, FAKE_COMMIT, 1, FAKE_LIE);
	world.sw.faults[1] = (struct fake_fault){ FAKE_DISCARD, 1, true, FAKE_REFUSE, -NP_BUSY };

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_PEER);

	assert_string_equal(world.err.msg,
		"fabric 'A': the switch said yes, but the changes are still pending; our own zone "
		"transaction could not be dropped: the switch fell silent");
	assert_int_equal(world.sw.calls[FAKE_DISCARD], 3);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_leaves_as_it_was_what_it_found_half_made_when_it_fails(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	np_auto(np_json_decref) json_t *half = half_of(world.plan);
	const json_t *change;
	size_t i;
	json_array_foreach (half, i, change)
		assert_int_equal(fake_switch_edit(world.sw.defined, change, NULL), 0);
	np_auto(np_json_decref) json_t *found = json_deep_copy(world.sw.defined);
	world_fault(&world, FAKE_STAGE, 1, FAKE_REFUSE);

	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), -NP_TIMEOUT);

	assert_non_null(strstr(world.err.msg, "; a part of the changes is there"));
	assert_true(json_equal(world.sw.defined, found));
	assert_int_equal(world.sw.calls[FAKE_COMMIT], 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_looks_ever_more_rarely_while_an_activation_goes_on(void **state)
{
	struct world world;
	int64_t begin_ms = fake_clock_ms;

	world_init(&world, &slow, 1);
	world_fault(&world, FAKE_COMMIT, 1, FAKE_SLOW);
	world.timeout_ms = 600000;

	assert_int_equal(world_apply(&world, world.plan, 0), 0);

	assert_int_equal(world.sw.calls[FAKE_SETTLED], 20);
	assert_in_range(fake_clock_ms - begin_ms, 60000, 100000);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_leaves_an_activation_alone_that_does_not_end(void **state)
{
	struct world world;

	world_init(&world, &slow, 1);
	world_fault(&world, FAKE_COMMIT, 1, FAKE_SLOW);
	world.timeout_ms = 20000;

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_TIMEOUT);

	assert_non_null(strstr(world.err.msg, "the activation may still go on"));
	assert_int_equal(world.sw.calls[FAKE_COMMIT], 1);
	world.timeout_ms = 600000;
	assert_int_equal(world_apply(&world, world.plan, ZONE_APPLY_RESUME), 0);
	assert_int_equal(world_place(&world), WORLD_AFTER);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_begins_no_commit_when_there_is_no_time_to_see_its_end(void **state)
{
	struct world world;

	world_init(&world, &big, 1);
	world.timeout_ms = 20000;
	world.sw.call_ms = 1800;

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_TIMEOUT);

	assert_non_null(strstr(world.err.msg, "no time is left to bring the changes into force"));
	assert_int_equal(world.sw.calls[FAKE_COMMIT], 0);
	world_done(&world);
	(void)state;
}

/* There is no transaction to drop: what the switch may still do is waited for, and taken back. */
static void test_zone_apply_takes_back_changes_that_come_late_where_they_are_made_at_once(
	void **state)
{
	struct world world;

	world_init(&world, &basic, 1);
	world_fault(&world, FAKE_STAGE, 1, FAKE_LATE);
	world.timeout_ms = 120000;

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_TIMEOUT);

	assert_non_null(strstr(world.err.msg, "; what was made has been taken back"));
	assert_int_equal(world_place(&world), WORLD_BEFORE);
	assert_null(world_harm(&world));
	world_done(&world);
	(void)state;
}

/* What others have defined, but not put in force, is not put in force by our way back. */
static void test_zone_apply_activates_nothing_when_it_takes_back_what_was_never_in_force(
	void **state)
{
	struct world world;

	world_init(&world, &basic, 1);
	world_fault(&world, FAKE_STAGE, 1, FAKE_HALF);

	assert_true(world_apply(&world, world.plan, 0) < 0);

	assert_int_equal(world_place(&world), WORLD_BEFORE);
	assert_int_equal(world.sw.activations, 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_remarks_what_others_changed_meanwhile(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	assert_int_equal(world_apply(&world, world.plan, 0), 0);
	assert_string_equal(world.outcome.remark, "");
	unsigned reads = world.sw.calls[FAKE_READ];
	world_done(&world);
	world_init(&world, &world_telling, 1);
	world_fault(&world, FAKE_READ, reads - 3, FAKE_MEDDLE);

	assert_int_equal(world_apply(&world, world.plan, 0), 0);

	assert_non_null(strstr(world.outcome.remark, "f_meddled"));
	world_done(&world);
	(void)state;
}

static void test_zone_apply_refuses_the_plan_of_another_vendor(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	np_json_set_text(world.plan, "vendor", "nxos");

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_CONFLICT);

	assert_int_equal(world.sw.writes, 0);
	world_done(&world);
	(void)state;
}

static void test_zone_apply_refuses_a_driver_that_only_reads(void **state)
{
	struct world world;

	world_init(&world, &world_telling, 1);
	world.sw.driver.flags = ZONE_DRIVER_READ_ONLY;

	assert_int_equal(world_apply(&world, world.plan, 0), -NP_UNSUPPORTED);

	assert_int_equal(world.sw.calls[FAKE_READ], 0);
	world_done(&world);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_apply_writes_nothing_when_all_is_as_wanted),
		cmocka_unit_test(test_zone_apply_is_stale_when_the_zones_changed_since_the_plan),
		cmocka_unit_test(test_zone_apply_leaves_a_zone_of_ours_that_somebody_changed),
		cmocka_unit_test(test_zone_apply_says_who_holds_the_lock),
		cmocka_unit_test(test_zone_apply_waits_for_an_npivd_of_another_host),
		cmocka_unit_test(test_zone_apply_says_who_took_the_lock_while_it_worked),
		cmocka_unit_test(test_zone_apply_needs_no_lock_when_all_is_as_wanted),
		cmocka_unit_test(test_zone_apply_never_drops_the_work_of_another),
		cmocka_unit_test(
			test_zone_apply_drops_nothing_of_an_unknown_owner_unless_it_resumes),
		cmocka_unit_test(test_zone_apply_goes_on_when_the_open_transaction_is_its_own),
		cmocka_unit_test(test_zone_apply_drops_its_own_transaction_until_it_is_gone),
		cmocka_unit_test(
			test_zone_apply_gives_way_when_another_is_faster_after_its_own_was_dropped),
		cmocka_unit_test(test_zone_apply_goes_on_when_the_way_back_was_left_open),
		cmocka_unit_test(test_zone_apply_waits_for_the_end_of_another_plan_of_ours),
		cmocka_unit_test(test_zone_apply_refuses_when_the_database_is_full),
		cmocka_unit_test(test_zone_apply_begins_no_zoning_when_the_default_zone_is_open),
		cmocka_unit_test(
			test_zone_apply_commits_nothing_when_the_switch_kept_half_and_said_yes),
		cmocka_unit_test(
			test_zone_apply_is_no_success_when_the_switch_says_yes_and_does_nothing),
		cmocka_unit_test(test_zone_apply_is_success_when_the_reply_of_the_commit_is_lost),
		cmocka_unit_test(
			test_zone_apply_takes_back_what_was_defined_when_the_activation_fails),
		cmocka_unit_test(test_zone_apply_drops_its_transaction_where_a_session_mixes_views),
		cmocka_unit_test(
			test_zone_apply_drops_no_transaction_that_followed_its_own_where_a_session_mixes_views),
		cmocka_unit_test(
			test_zone_apply_is_no_success_without_a_commit_where_a_session_mixes_views),
		cmocka_unit_test(test_zone_apply_is_not_busy_when_its_own_transaction_may_be_open),
		cmocka_unit_test(
			test_zone_apply_says_that_its_transaction_is_open_when_it_cannot_be_dropped),
		cmocka_unit_test(
			test_zone_apply_leaves_as_it_was_what_it_found_half_made_when_it_fails),
		cmocka_unit_test(
			test_zone_apply_looks_ever_more_rarely_while_an_activation_goes_on),
		cmocka_unit_test(test_zone_apply_leaves_an_activation_alone_that_does_not_end),
		cmocka_unit_test(
			test_zone_apply_begins_no_commit_when_there_is_no_time_to_see_its_end),
		cmocka_unit_test(
			test_zone_apply_takes_back_changes_that_come_late_where_they_are_made_at_once),
		cmocka_unit_test(
			test_zone_apply_activates_nothing_when_it_takes_back_what_was_never_in_force),
		cmocka_unit_test(test_zone_apply_remarks_what_others_changed_meanwhile),
		cmocka_unit_test(test_zone_apply_refuses_the_plan_of_another_vendor),
		cmocka_unit_test(test_zone_apply_refuses_a_driver_that_only_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
