/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a switch: one state of it, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_clock.h"
#include "tests/fake/zone_world.h"

static int read_world(struct world *world, json_t **ret_snapshot, struct np_err *err)
{
	struct zone_session session = { .driver = &world->sw.driver,
		.endpoint = &world->endpoint,
		.credential = &world->credential,
		.deadline_ms = fake_clock_ms + world->timeout_ms };

	assert_int_equal(world->sw.driver.open(&session, err), 0);
	int rc = zone_read(&session, ret_snapshot, err);
	world->sw.driver.close(&session);
	return rc;
}

static void test_zone_read_reads_again_when_somebody_commits_in_the_middle(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = NULL;
	struct np_err err = { 0 };
	struct world world;

	world_init(&world, &world_telling, 1);
	world_fault(&world, FAKE_READ, 3, FAKE_MEDDLE);

	assert_int_equal(read_world(&world, &snapshot, &err), 0);

	assert_int_equal(world.sw.calls[FAKE_READ], 8);
	assert_non_null(json_object_get(
		json_object_get(json_object_get(snapshot, "defined"), "zones"), "f_meddled"));
	world_done(&world);
	(void)state;
}

static void test_zone_read_gives_up_when_somebody_commits_all_the_time(void **state)
{
	json_t *snapshot = NULL;
	struct np_err err = { 0 };
	struct world world;

	world_init(&world, &world_telling, 1);
	world_fault(&world, FAKE_READ, 1, FAKE_MEDDLE);
	world.sw.faults[0].forever = true;

	assert_int_equal(read_world(&world, &snapshot, &err), -NP_BUSY);

	assert_null(snapshot);
	world_done(&world);
	(void)state;
}

static void test_zone_read_makes_a_checksum_when_the_switch_has_none(void **state)
{
	np_auto(np_json_decref) json_t *one = NULL, *other = NULL;
	struct np_err err = { 0 };
	struct world world;

	world_init(&world, &world_silent, 1);
	assert_int_equal(read_world(&world, &one, &err), 0);
	fake_switch_meddle(&world.sw, "f_new");
	assert_int_equal(read_world(&world, &other, &err), 0);

	assert_int_equal(strlen(np_json_text(one, "checksum")), 64);
	assert_string_not_equal(np_json_text(one, "checksum"), np_json_text(other, "checksum"));
	world_done(&world);
	(void)state;
}

/* An empty answer is not an empty fabric: every zone of ours would seem to be missing. */
static void test_zone_read_fails_when_a_part_is_not_told(void **state)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		json_t *snapshot = NULL;
		struct np_err err = { 0 };
		struct world world;
		world_init(&world, &world_silent, 1);
		world_fault(&world, FAKE_READ, nth, FAKE_LIE);
		assert_int_equal(read_world(&world, &snapshot, &err), -NP_PEER);
		world_done(&world);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_read_reads_again_when_somebody_commits_in_the_middle),
		cmocka_unit_test(test_zone_read_gives_up_when_somebody_commits_all_the_time),
		cmocka_unit_test(test_zone_read_makes_a_checksum_when_the_switch_has_none),
		cmocka_unit_test(test_zone_read_fails_when_a_part_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
