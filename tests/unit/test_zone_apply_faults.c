/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever goes wrong at whatever call: the fabric ends as planned or as before, nobody else's work is touched, and
 * the error tells the truth. NP_SEEDS in the environment sets how many fabrics are drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_clock.h"
#include "tests/fake/zone_world.h"
#include "zoning/plan.h"

#define SEEDS 1
#define MENDABLE_MS 5000 /* the way back takes ten to twenty calls of 100 ms */

static const struct fake_flavour flavours[] = {
	{ "fos 9", .tells_owner = true, .tells_token = true, .has_checksum = true,
		.per_session = true, .chunk_max = 3 },
	{ "fos 8", .tells_token = true, .has_checksum = true, .per_session = true,
		.chunk_max = 200 },
	{ "told", .tells_owner = true, .tells_token = true, .has_checksum = true, .chunk_max = 3 },
	{ "nxos enhanced", .tells_owner = true, .waits = true, .shows_pending = true,
		.chunk_max = 2 },
	{ "nxos basic", .at_once = true, .waits = true, .chunk_max = 2 },
	{ "silent", .chunk_max = 4 },
};

static const char *const kind_names[] = {
	[FAKE_NO_FAULT] = "none",
	[FAKE_REFUSE] = "refuse",
	[FAKE_LOSE_REPLY] = "lose reply",
	[FAKE_HANG] = "hang",
	[FAKE_HANG_DONE] = "hang, done",
	[FAKE_LIE] = "lie",
	[FAKE_HALF] = "half",
	[FAKE_HALF_LOST] = "half, lost",
	[FAKE_HALF_MEMBERS] = "half members",
	[FAKE_LATE] = "late",
	[FAKE_INACTIVE] = "inactive",
	[FAKE_SLOW] = "slow",
	[FAKE_MEDDLE] = "meddle",
	[FAKE_MEDDLE_OURS] = "meddle with ours",
	[FAKE_LOCK] = "lock",
	[FAKE_CUT] = "cut",
	[FAKE_CUT_DONE] = "cut, done",
	[FAKE_CUT_HALF] = "cut, half",
};

static uint64_t seeds(void)
{
	const char *text = getenv("NP_SEEDS");

	return text ? strtoull(text, NULL, 10) : SEEDS;
}

/* What one run was, for the message of a failure. */
struct run {
	const struct fake_flavour *flavour;
	uint64_t seed;
	struct fake_fault faults[FAKE_FAULTS_MAX];
	const char *step;
};

static void blame(const struct run *run, const struct world *world, int rc, const char *what)
{
	for (size_t i = 0; i < FAKE_FAULTS_MAX && run->faults[i].kind; i++)
		print_error("  fault: %s at call %d, number %u%s, code %d\n",
			kind_names[run->faults[i].kind], run->faults[i].call, run->faults[i].nth,
			run->faults[i].forever ? " and later" : "", run->faults[i].code);
	fail_msg("%s, seed %llu, %s: %s (rc %d: %s)", run->flavour->name,
		(unsigned long long)run->seed, run->step, what, rc, world->err.msg);
}

static bool admits(const char *msg)
{
	static const char *const words[] = { "cannot be seen", "a part of the changes is there",
		"may still go on", "may be ours", "could not be dropped" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(msg, words[i]))
			return true;
	return false;
}

/* What holds after each call, whatever went wrong. */
static void check_truth(const struct run *run, const struct world *world, int rc)
{
	enum world_place place = world_place(world);
	const char *harm = world_harm(world);

	if (harm)
		blame(run, world, rc, harm);
	if (rc == 0 && place != WORLD_AFTER)
		blame(run, world, rc, "success, but the switch is not as planned");
	if (rc < 0 && place != WORLD_BEFORE && !admits(world->err.msg))
		blame(run, world, rc, "failure without a word of what is left");
	if (rc == -NP_STALE && place != WORLD_BEFORE)
		blame(run, world, rc, "stale, so another plan would be made, and not as before");
	if (world->sw.owner == FAKE_US && !admits(world->err.msg))
		blame(run, world, rc, "our transaction is open");
	if (rc < 0 && !*world->err.msg)
		blame(run, world, rc, "an error without words");
	if (world->late_ms > 0)
		blame(run, world, rc, "it ended after its deadline");
}

/* One fault alone is never more than we can mend in the same call. */
static void check_mended(const struct run *run, const struct world *world, int rc)
{
	if (rc < 0 && world_place(world) != WORLD_BEFORE)
		blame(run, world, rc, "failure, and not as before");
	/* An empty one of an owner that the switch does not tell may be anybody's. */
	bool anonymous = !world->sw.flavour.tells_owner &&
			 json_equal(world->sw.pending, world->sw.defined) && admits(world->err.msg);
	if (world->sw.owner == FAKE_US && !anonymous)
		blame(run, world, rc, "our transaction is open");
	if (world->sw.left_to_logout > 0 && !strstr(world->err.msg, "may be ours"))
		blame(run, world, rc, "our transaction was open until the logout");
}

/* The other administrator goes home, the wire is whole: now it must go. */
static void check_goes_on(struct run *run, struct world *world)
{
	int rc;

	fake_switch_unlock(&world->sw);
	fake_switch_calm(&world->sw);
	run->step = "resume";
	rc = world_apply(world, world->plan, ZONE_APPLY_RESUME);
	if (rc < 0 || world_place(world) != WORLD_AFTER)
		blame(run, world, rc, "it does not reach the plan");
	check_truth(run, world, rc);
}

static void check_goes_back(struct run *run, struct world *world)
{
	int rc;

	fake_switch_unlock(&world->sw);
	fake_switch_calm(&world->sw);
	run->step = "inverse";
	rc = world_apply(world, world->inverse, ZONE_APPLY_RESUME);
	if (rc < 0 || world_place(world) != WORLD_BEFORE)
		blame(run, world, rc, "it does not get back");
	if (world_harm(world) || world->sw.owner == FAKE_US)
		blame(run, world, rc, "something is left");
}

static bool is_fit(
	const struct fake_flavour *flavour, enum fake_call call, enum fake_fault_kind kind)
{
	bool at_commit = kind == FAKE_LATE || kind == FAKE_INACTIVE || kind == FAKE_SLOW;
	bool halves = kind == FAKE_HALF || kind == FAKE_HALF_LOST || kind == FAKE_HALF_MEMBERS ||
		      kind == FAKE_CUT_HALF;

	if (at_commit)
		return call == FAKE_COMMIT && (flavour->waits || kind != FAKE_SLOW) &&
		       (!flavour->at_once || kind != FAKE_LATE);
	if (halves)
		return call == FAKE_STAGE || (call == FAKE_COMMIT && kind != FAKE_HALF_MEMBERS);
	/* Between the last look and the drop nothing but a token can tell one transaction from the next. */
	if (kind == FAKE_LOCK && call == FAKE_DISCARD)
		return flavour->tells_token;
	/* Where there are no transactions, two that write at once are two that write at once. */
	if (kind == FAKE_LOCK || kind == FAKE_MEDDLE_OURS)
		return !flavour->at_once;
	return true;
}

static void set_faults(struct world *world, const struct run *run)
{
	memcpy(world->sw.faults, run->faults, sizeof world->sw.faults);
}

/* One fault at one call, in a fabric of its own; then forth and back, or back at once. */
static void try_fault(struct run *run, bool back_at_once)
{
	struct world world;
	int rc;

	world_init(&world, run->flavour, run->seed);
	set_faults(&world, run);
	run->step = "apply";
	rc = world_apply(&world, world.plan, 0);
	if (!world.sw.cut && run->faults[0].kind != FAKE_MEDDLE_OURS) {
		check_truth(run, &world, rc);
		check_mended(run, &world, rc);
	}
	if (run->faults[0].kind != FAKE_MEDDLE_OURS) {
		if (!back_at_once)
			check_goes_on(run, &world);
		check_goes_back(run, &world);
	}
	if (world_harm(&world))
		blame(run, &world, rc, world_harm(&world));
	world_done(&world);
}

/* How often each call comes when all goes well; two more for the way back. */
static void count_calls(
	const struct fake_flavour *flavour, uint64_t seed, unsigned ret_calls[static FAKE_CALL_MAX])
{
	struct world world;

	world_init(&world, flavour, seed);
	assert_int_equal(world_apply(&world, world.plan, 0), 0);
	assert_int_equal(world_place(&world), WORLD_AFTER);
	for (size_t call = 0; call < FAKE_CALL_MAX; call++)
		ret_calls[call] = world.sw.calls[call] + (call == FAKE_OPEN ? 0 : 2);
	world_done(&world);
}

static void try_each_call(struct run *run, enum fake_fault_kind kind)
{
	static const int codes[] = { -NP_PEER, -NP_TIMEOUT, -NP_BUSY, -NP_STALE };
	unsigned calls[FAKE_CALL_MAX];

	count_calls(run->flavour, run->seed, calls);
	for (enum fake_call call = FAKE_OPEN; call < FAKE_CALL_MAX; call++)
		for (unsigned nth = 1; is_fit(run->flavour, call, kind) && nth <= calls[call];
			nth++) {
			run->faults[0] = (struct fake_fault){ call, nth, false, kind,
				codes[(run->seed + nth) % (sizeof codes / sizeof *codes)] };
			try_fault(run, (run->seed + nth) % 2);
		}
}

static void try_kind(enum fake_fault_kind kind)
{
	for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
		for (uint64_t seed = 0; seed < seeds(); seed++)
			try_each_call(&(struct run){ .flavour = &flavours[i], .seed = seed }, kind);
}

static void test_zone_apply_ends_as_planned_or_as_before_when_one_call_goes_wrong(void **state)
{
	for (enum fake_fault_kind kind = FAKE_REFUSE; kind < FAKE_MEDDLE; kind++)
		try_kind(kind);
	(void)state;
}

static void test_zone_apply_harms_nobody_when_others_work_at_the_same_time(void **state)
{
	try_kind(FAKE_MEDDLE);
	try_kind(FAKE_MEDDLE_OURS);
	try_kind(FAKE_LOCK);
	(void)state;
}

static void test_zone_apply_is_finished_or_taken_back_after_a_crash_at_any_call(void **state)
{
	try_kind(FAKE_CUT);
	try_kind(FAKE_CUT_DONE);
	try_kind(FAKE_CUT_HALF);
	(void)state;
}

/* Several faults at once, some of them lasting. */
static void draw_faults(struct world *world, struct run *run)
{
	size_t n = 2 + world_draw(world, FAKE_FAULTS_MAX - 1);

	for (size_t i = 0; i < n;) {
		struct fake_fault fault = {
			.call = (enum fake_call)world_draw(world, FAKE_CALL_MAX),
			.nth = 1 + (unsigned)world_draw(world, 12),
			.forever = world_draw(world, 4) == 0,
			.kind = (enum fake_fault_kind)(
				FAKE_REFUSE + world_draw(world, FAKE_CUT - FAKE_REFUSE)),
			.code = world_draw(world, 2) ? -NP_PEER : -NP_TIMEOUT,
		};
		/* One who says that an activation has ended while it goes on may undo anything later. */
		bool lies_on = fault.kind == FAKE_LIE && fault.call == FAKE_SETTLED;
		if (fault.kind != FAKE_MEDDLE_OURS && !lies_on &&
			is_fit(run->flavour, fault.call, fault.kind))
			run->faults[i++] = fault;
	}
}

static void try_many_faults(struct run *run)
{
	struct world world;
	int rc;

	world_init(&world, run->flavour, run->seed);
	draw_faults(&world, run);
	set_faults(&world, run);
	run->step = "apply";
	rc = world_apply(&world, world.plan, 0);
	check_truth(run, &world, rc);
	if (run->seed % 2)
		check_goes_on(run, &world);
	check_goes_back(run, &world);
	world_done(&world);
}

static void test_zone_apply_tells_the_truth_when_much_goes_wrong(void **state)
{
	for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
		for (uint64_t seed = 0; seed < seeds() * 50; seed++)
			try_many_faults(&(struct run){ .flavour = &flavours[i], .seed = seed });
	(void)state;
}

/* Calls take a tenth of a second; the deadline is set into the middle of each of them. */
static void try_deadline(struct run *run, int64_t timeout_ms)
{
	struct world world;
	int rc;

	world_init(&world, run->flavour, run->seed);
	world.sw.call_ms = 100;
	world.timeout_ms = timeout_ms;
	run->step = "apply";
	rc = world_apply(&world, world.plan, 0);
	check_truth(run, &world, rc);
	if (timeout_ms > MENDABLE_MS)
		check_mended(run, &world, rc);
	world.timeout_ms = 120000;
	if (timeout_ms % 100)
		check_goes_on(run, &world);
	check_goes_back(run, &world);
	world_done(&world);
}

static void test_zone_apply_keeps_time_for_the_way_back_when_the_deadline_passes(void **state)
{
	for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
		for (uint64_t seed = 0; seed < seeds(); seed++)
			for (int64_t ms = 1; ms < 15000; ms += 149)
				try_deadline(
					&(struct run){ .flavour = &flavours[i], .seed = seed }, ms);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_zone_apply_ends_as_planned_or_as_before_when_one_call_goes_wrong),
		cmocka_unit_test(test_zone_apply_harms_nobody_when_others_work_at_the_same_time),
		cmocka_unit_test(
			test_zone_apply_is_finished_or_taken_back_after_a_crash_at_any_call),
		cmocka_unit_test(test_zone_apply_tells_the_truth_when_much_goes_wrong),
		cmocka_unit_test(
			test_zone_apply_keeps_time_for_the_way_back_when_the_deadline_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
