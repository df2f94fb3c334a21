/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of a fabric's lane, on a fake switch and on what a job brings along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/file.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/quoted.h"
#include "tests/fake/zone_world.h"
#include "zoning/lane.h"

#define TIMEOUT_MS 60000
#define SECRET "not to be seen"

static const struct fake_flavour flavour = { "tells all", .tells_owner = true, .tells_token = true,
	.has_checksum = true, .chunk_max = 3 };

struct lane {
	struct world world;
	char dir[64], secret[NP_PATH_MAX];
	const struct zone_driver *drivers[3];
	struct zone_lane_spec spec;
	json_t *answer;
	struct np_err err;
};

static int set_up(void **state)
{
	struct lane *lane = calloc(1, sizeof *lane);

	world_init(&lane->world, &flavour, 1);
	(void)snprintf(lane->dir, sizeof lane->dir, "/tmp/npivd-lane-XXXXXX");
	assert_non_null(mkdtemp(lane->dir));
	assert_true(np_path(lane->secret, "%s/switch-a", lane->dir));
	assert_int_equal(np_file_replace(lane->secret, "zoner\n" SECRET "\n", 0600, NULL), 0);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	lane->drivers[0] = &lane->world.sw.driver;
	lane->drivers[1] = &zone_driver_manual;
	lane->spec = (struct zone_lane_spec){
		.fabric = "A", .credentials_dir = lane->dir, .drivers = lane->drivers, .fd = -1
	};
	*state = lane;
	return 0;
}

static int tear_down(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(lane->world.sw.sessions, 0);
	json_decref(lane->answer);
	world_done(&lane->world);
	(void)unlink(lane->secret);
	assert_int_equal(rmdir(lane->dir), 0);
	free(lane);
	return 0;
}

/* Takes @job; fills in where the switch is. */
static int ask_driver(struct lane *lane, const char *driver, json_t *job)
{
	json_decref(lane->answer);
	lane->answer = NULL;
	json_object_set_new(job, "endpoint",
		json_pack("{s:s, s:s, s:s, s:s}", "fabric", "A", "driver", driver, "credential",
			"switch-a", "zoneset", "cfg"));
	if (!json_object_get(job, "timeout_ms"))
		json_object_set_new(job, "timeout_ms", json_integer(TIMEOUT_MS));
	int rc = zone_lane_handle(&lane->spec, job, &lane->answer, &lane->err);
	json_decref(job);
	return rc;
}

static int ask(struct lane *lane, json_t *job)
{
	return ask_driver(lane, "fake", job);
}

static json_t *job_with(const char *name, const char *key, const json_t *value)
{
	return json_pack("{s:s, s:O}", "job", name, key, value);
}

static void test_zone_lane_read_answers_the_snapshot_and_its_sum(void **state)
{
	struct lane *lane = *state;
	char sum[NP_DIGEST_TEXT];

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), 0);

	const json_t *snapshot = json_object_get(lane->answer, "snapshot");
	assert_int_equal(np_digest_json(snapshot, sum, NULL), 0);
	assert_string_equal(np_json_text(lane->answer, "sum"), sum);
	assert_null(json_object_get(snapshot, "raw"));
	assert_string_equal(
		np_json_text(json_object_get(lane->answer, "raw"), "database"), "as it came");
}

static void test_zone_lane_leaves_the_snapshot_out_when_the_core_has_it(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), 0);
	np_auto(np_json_decref) json_t *sum = json_incref(json_object_get(lane->answer, "sum"));
	assert_int_equal(ask(lane, job_with("read", "have", sum)), 0);

	assert_null(json_object_get(lane->answer, "snapshot"));
	assert_null(json_object_get(lane->answer, "raw"));
	assert_true(json_equal(json_object_get(lane->answer, "sum"), sum));
}

/* One that outlived its npivd ends its job: two would change the switch at once. */
static void test_zone_lane_does_nothing_beside_the_lane_of_an_earlier_npivd(void **state)
{
	struct lane *lane = *state;
	struct world *world = &lane->world;
	char path[NP_PATH_MAX];
	int lock = -1;

	lane->spec.lock_dir = lane->dir;
	assert_true(np_path(path, "%s/san-A.lock", lane->dir));
	assert_int_equal(np_file_lock(path, false, &lock, NULL), 0);
	assert_int_equal(ask(lane, job_with("apply", "plan", world->plan)), 0);
	assert_true(np_json_bool(lane->answer, "held"));
	assert_int_equal(world->sw.calls[FAKE_OPEN], 0);
	assert_int_equal(ask(lane, quoted("{'job': 'lock'}")), 0);
	assert_true(np_json_bool(lane->answer, "held"));
	np_close(&lock);

	assert_int_equal(ask(lane, quoted("{'job': 'lock'}")), 0);
	assert_false(np_json_bool(lane->answer, "held"));
	assert_int_equal(ask(lane, job_with("apply", "plan", world->plan)), 0);

	assert_int_equal(np_file_lock(path, false, &lock, NULL), 0);
	np_close(&lock);
	(void)unlink(path);
}

static void test_zone_lane_plans_and_applies_and_takes_back(void **state)
{
	struct lane *lane = *state;
	struct world *world = &lane->world;

	json_t *job = job_with("plan", "desired", world->desired);
	json_object_set_new(job, "owners", json_object());
	assert_int_equal(ask(lane, job), 0);
	assert_true(json_equal(json_object_get(lane->answer, "plan"), world->plan));
	assert_non_null(json_object_get(lane->answer, "impact"));
	assert_non_null(strstr(np_json_text(lane->answer, "diff"), "npivd_z"));
	assert_int_equal(world->sw.writes, 0);

	assert_int_equal(ask(lane, job_with("apply", "plan", world->plan)), 0);
	assert_false(np_json_bool(lane->answer, "already"));
	assert_non_null(json_object_get(lane->answer, "snapshot"));
	assert_int_equal(world_place(world), WORLD_AFTER);

	assert_int_equal(ask(lane, job_with("apply", "plan", world->plan)), 0);
	assert_true(np_json_bool(lane->answer, "already"));

	job = job_with("apply", "plan", world->plan);
	json_object_set_new(job, "inverse", json_true());
	assert_int_equal(ask(lane, job), 0);
	assert_int_equal(world_place(world), WORLD_BEFORE);
}

static void test_zone_lane_applies_a_plan_that_is_stale_only_when_it_resumes(void **state)
{
	struct lane *lane = *state;

	fake_switch_meddle(&lane->world.sw, "f_new");
	assert_int_equal(ask(lane, job_with("apply", "plan", lane->world.plan)), -NP_STALE);
	json_t *job = job_with("apply", "plan", lane->world.plan);
	json_object_set_new(job, "resume", json_true());
	assert_int_equal(ask(lane, job), 0);

	assert_int_equal(world_place(&lane->world), WORLD_AFTER);
}

static void test_zone_lane_verifies_pairs_and_logins(void **state)
{
	struct lane *lane = *state;
	json_t *job =
		quoted("{'job': 'verify', 'pairs': [['2100000000000099', '5000000000000099']],"
		       " 'wwpns': ['2100000000000099']}");

	assert_int_equal(ask(lane, job), 0);

	assert_int_equal(json_array_size(json_object_get(lane->answer, "missing_pairs")), 1);
	assert_int_equal(json_array_size(json_object_get(lane->answer, "missing_logins")), 1);
	assert_null(json_object_get(lane->answer, "snapshot"));
}

static void test_zone_lane_finds_drift_and_lint(void **state)
{
	struct lane *lane = *state;

	json_t *job = job_with("drift", "desired", lane->world.desired);
	json_object_set_new(job, "wwpns", json_object());
	assert_int_equal(ask(lane, job), 0);
	assert_true(json_array_size(json_object_get(lane->answer, "findings")) > 0);
	assert_non_null(json_object_get(lane->answer, "sum"));

	assert_int_equal(ask(lane, quoted("{'job': 'lint'}")), 0);
	assert_true(json_is_array(json_object_get(lane->answer, "findings")));
}

static void test_zone_lane_imports_and_lints_a_text_without_a_switch(void **state)
{
	static const char *const jobs[] = { "import", "lint" };
	struct lane *lane = *state;

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		json_t *job = json_pack("{s:s, s:s, s:s}", "job", jobs[i], "format", "cfgshow",
			"text",
			"Defined configuration:\n cfg:\tprod\tz1\n zone:\tz1\t21:00:00:00:00:00:00:01; "
			"50:00:00:00:00:00:00:01\n\nEffective configuration:\n cfg:\tprod\n zone:\tz1\t"
			"21:00:00:00:00:00:00:01\n\t\t50:00:00:00:00:00:00:01\n");
		assert_int_equal(ask(lane, job), 0);
		const json_t *snapshot = json_object_get(lane->answer, "snapshot");
		assert_non_null(json_object_get(
			json_object_get(json_object_get(snapshot, "defined"), "zones"), "z1"));
	}
	assert_int_equal(lane->world.sw.calls[FAKE_OPEN], 0);
}

static void test_zone_lane_restores_to_a_snapshot(void **state)
{
	struct lane *lane = *state;
	struct world *world = &lane->world;

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), 0);
	np_auto(np_json_decref) json_t *then =
		json_incref(json_object_get(lane->answer, "snapshot"));
	assert_int_equal(ask(lane, job_with("apply", "plan", world->plan)), 0);
	np_auto(np_json_decref) json_t *made =
		json_deep_copy(json_object_get(world->desired, "made"));
	const char *name;
	json_t *zone;
	json_object_foreach (json_object_get(world->desired, "zones"), name, zone)
		json_array_append_new(json_object_get(made, "zones"), json_string(name));
	json_t *job = job_with("restore", "to", then);
	json_object_set(job, "made", made);

	assert_int_equal(ask(lane, job), 0);

	np_auto(np_json_decref) json_t *plan = json_incref(json_object_get(lane->answer, "plan"));
	assert_non_null(json_object_get(lane->answer, "impact"));
	assert_int_equal(ask(lane, job_with("apply", "plan", plan)), 0);
	assert_int_equal(world_place(world), WORLD_BEFORE);
}

static void test_zone_lane_writes_a_script_without_a_switch(void **state)
{
	struct lane *lane = *state;
	json_t *job = job_with("script", "plan", lane->world.plan);

	json_object_set_new(job, "format", json_string("fos"));
	assert_int_equal(ask(lane, job), 0);

	assert_non_null(strstr(np_json_text(lane->answer, "text"), "npivd_z"));
	assert_int_equal(lane->world.sw.calls[FAKE_OPEN], 0);
}

static void test_zone_lane_plans_for_a_fabric_that_is_changed_by_hand(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), 0);
	np_auto(np_json_decref) json_t *known =
		json_incref(json_object_get(lane->answer, "snapshot"));
	json_t *job = job_with("plan", "desired", lane->world.desired);
	json_object_set(job, "snapshot", known);
	assert_int_equal(ask_driver(lane, "manual", job), 0);
	assert_true(json_equal(json_object_get(lane->answer, "plan"), lane->world.plan));

	assert_int_equal(ask_driver(lane, "manual", quoted("{'job': 'read'}")), -NP_UNSUPPORTED);
	assert_int_equal(ask_driver(lane, "manual", job_with("apply", "plan", lane->world.plan)),
		-NP_UNSUPPORTED);
	assert_non_null(strstr(lane->err.msg, "changed by hand"));
}

static void test_zone_lane_refuses_what_it_does_not_know(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(ask(lane, quoted("{'job': 'clear'}")), -NP_INVAL);
	assert_int_equal(ask_driver(lane, "unheard", quoted("{'job': 'read'}")), -NP_INVAL);
	assert_string_equal(lane->err.field, "driver");
	assert_null(lane->answer);
}

static void test_zone_lane_names_what_a_job_lacks(void **state)
{
	static const struct {
		const char *job, *lacks;
	} rows[] = {
		{ "plan", "desired" },
		{ "apply", "plan" },
		{ "drift", "desired" },
		{ "import", "text" },
		{ "restore", "to" },
		{ "script", "plan" },
	};
	struct lane *lane = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(ask(lane, json_pack("{s:s}", "job", rows[i].job)), -NP_INVAL);
		assert_string_equal(lane->err.field, rows[i].lacks);
	}
	assert_int_equal(lane->world.sw.calls[FAKE_OPEN], 0);
}

static void test_zone_lane_asks_no_switch_without_its_secret(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(unlink(lane->secret), 0);

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), -NP_NOTFOUND);

	assert_non_null(strstr(lane->err.msg, "there is no secret 'switch-a'"));
	assert_int_equal(lane->world.sw.calls[FAKE_OPEN], 0);
}

static void test_zone_lane_answers_no_secret(void **state)
{
	struct lane *lane = *state;

	assert_int_equal(ask(lane, quoted("{'job': 'read'}")), 0);

	np_auto(np_free) char *text = json_dumps(lane->answer, 0);
	assert_null(strstr(text, SECRET));
}

static void test_zone_lane_keeps_time_to_log_out_when_the_switch_hangs(void **state)
{
	static const char *const jobs[] = { "read", "apply" };
	struct lane *lane = *state;

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		int64_t begin_ms = fake_clock_ms;
		fake_switch_calm(&lane->world.sw);
		lane->world.sw.faults[0] = (struct fake_fault){ FAKE_READ, 1, true, FAKE_HANG, 0 };
		assert_int_equal(
			ask(lane, job_with(jobs[i], "plan", lane->world.plan)), -NP_TIMEOUT);
		assert_true(fake_clock_ms - begin_ms < TIMEOUT_MS);
		assert_in_range(lane->world.sw.logout_ms, 4000, TIMEOUT_MS);
	}
}

static void test_zone_lane_ends_the_session_when_a_job_fails(void **state)
{
	struct lane *lane = *state;

	for (unsigned nth = 1; nth <= 4; nth++) {
		fake_switch_calm(&lane->world.sw);
		lane->world.sw.faults[0] =
			(struct fake_fault){ FAKE_READ, nth, false, FAKE_REFUSE, -NP_PEER };
		assert_int_equal(ask(lane, quoted("{'job': 'read'}")), -NP_PEER);
		assert_int_equal(lane->world.sw.sessions, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_zone_lane_read_answers_the_snapshot_and_its_sum),
		TEST(test_zone_lane_leaves_the_snapshot_out_when_the_core_has_it),
		TEST(test_zone_lane_does_nothing_beside_the_lane_of_an_earlier_npivd),
		TEST(test_zone_lane_plans_and_applies_and_takes_back),
		TEST(test_zone_lane_applies_a_plan_that_is_stale_only_when_it_resumes),
		TEST(test_zone_lane_verifies_pairs_and_logins),
		TEST(test_zone_lane_finds_drift_and_lint),
		TEST(test_zone_lane_imports_and_lints_a_text_without_a_switch),
		TEST(test_zone_lane_restores_to_a_snapshot),
		TEST(test_zone_lane_writes_a_script_without_a_switch),
		TEST(test_zone_lane_plans_for_a_fabric_that_is_changed_by_hand),
		TEST(test_zone_lane_refuses_what_it_does_not_know),
		TEST(test_zone_lane_names_what_a_job_lacks),
		TEST(test_zone_lane_asks_no_switch_without_its_secret),
		TEST(test_zone_lane_answers_no_secret),
		TEST(test_zone_lane_keeps_time_to_log_out_when_the_switch_hangs),
		TEST(test_zone_lane_ends_the_session_when_a_job_fails),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
