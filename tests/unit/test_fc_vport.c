/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fc/lane.h"
#include "fc/vport.h"
#include "tests/fake/fake_fc.h"

#define HBA_WWPN UINT64_C(0x2100001b32000001)
#define VPORT_WWPN UINT64_C(0x1000020000000011)
#define VPORT_WWNN UINT64_C(0x1000020000000010)
#define TARGET_WWPN UINT64_C(0x500a098000000001)

static const struct fake_vport guest = { "host1", 0, 2, VPORT_WWPN, VPORT_WWNN };
static const struct fc_vport_spec spec = {
	.hba = HBA_WWPN, .wwpn = VPORT_WWPN, .wwnn = VPORT_WWNN
};

struct world {
	struct fake_fc fake;
	struct fc_host host;
	char hba[NP_PATH_MAX];
	struct np_err err;
	bool existed;
	struct fc_vport vport;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	fake_fc_init(&world->fake);
	fake_fc_add_hba(&world->fake, "host1", HBA_WWPN, "fcoe\n");
	fake_fc_hba_path("host1", world->hba);
	assert_int_equal(fc_host_open(&world->host, &world->fake.sysfs, "host1", NULL), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	fc_vport_done(&world->vport);
	fc_host_done(&world->host);
	fake_fc_done(&world->fake);
	free(world);
	return 0;
}

static int create(struct world *world, const struct fc_vport_spec *with)
{
	fc_vport_done(&world->vport);
	return fc_vport_create(&world->host, with, &world->existed, &world->vport, &world->err);
}

static int delete (struct world *world, const struct fc_vport_spec *with)
{
	return fc_vport_delete(&world->host, with, &world->existed, &world->err);
}

static void reopen_with_driver(struct world *world, const char *driver)
{
	fake_fc_set(&world->fake, driver, "%s/scsi_host/host1/proc_name", world->hba);
	fc_host_done(&world->host);
	assert_int_equal(fc_host_open(&world->host, &world->fake.sysfs, "host1", NULL), 0);
}

static void test_create_writes_both_names_once_and_reads_the_vport_back(void **state)
{
	struct world *world = *state;

	assert_int_equal(create(world, &spec), 0);

	assert_false(world->existed);
	assert_int_equal(world->fake.writes, 1);
	assert_string_equal(world->fake.last_path, "fc_host/host1/vport_create");
	assert_string_equal(world->fake.last_text, "1000020000000011:1000020000000010");
	assert_string_equal(world->vport.kernel_host, "host50");
	assert_true(fc_vport_is_up(&world->vport));
}

static void test_create_of_what_is_there_writes_nothing(void **state)
{
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);

	assert_int_equal(create(world, &spec), 0);
	assert_true(world->existed);
	assert_int_equal(world->fake.writes, 0);
	assert_string_equal(world->vport.kernel_name, "vport-1:0-0");
}

static void test_create_of_a_fresh_one_is_one_write_and_no_look(void **state)
{
	struct fc_vport_spec fresh = spec;
	struct world *world = *state;

	fresh.fresh = true;
	fresh.symbolic_name = "db01 a";

	assert_int_equal(create(world, &fresh), 0);
	assert_false(world->existed);
	assert_int_equal(world->fake.writes, 1);
	assert_true(world->vport.wwpn == 0);
}

static void test_create_of_a_fresh_one_sees_what_others_made_meanwhile(void **state)
{
	struct fc_vport_spec fresh = spec, first = spec;
	struct world *world = *state;

	fresh.fresh = first.fresh = true;
	first.wwpn += 7;
	assert_int_equal(create(world, &first), 0);
	fake_fc_add_vport(&world->fake, &guest);

	assert_int_equal(create(world, &fresh), 0);
	assert_true(world->existed);
	assert_int_equal(world->fake.writes, 1);
}

static void test_create_refuses_a_wwpn_that_has_another_wwnn(void **state)
{
	struct fc_vport_spec other = spec;
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);
	other.wwnn++;

	assert_int_equal(create(world, &other), -NP_EXISTS);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_refuses_names_that_the_kernel_would_take(void **state)
{
	static const struct fc_vport_spec rows[] = {
		{ .wwpn = 0, .wwnn = VPORT_WWNN },
		{ .wwpn = VPORT_WWPN, .wwnn = 0 },
		{ .wwpn = UINT64_MAX, .wwnn = VPORT_WWNN },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(create(world, &rows[i]), -NP_INVAL);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_refuses_another_hba_under_the_same_host_name(void **state)
{
	struct fc_vport_spec other = spec;
	struct world *world = *state;

	other.hba++;

	assert_int_equal(create(world, &other), -NP_NOTFOUND);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_refuses_when_the_hba_is_gone(void **state)
{
	struct world *world = *state;

	fake_fc_remove_hba(&world->fake, "host1");
	fake_fc_add_hba(&world->fake, "host1", HBA_WWPN, "fcoe\n");

	assert_int_equal(create(world, &spec), -NP_NOTFOUND);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_refuses_without_link_or_room(void **state)
{
	struct world *world = *state;

	fake_fc_set(&world->fake, "Linkdown\n", "%s/fc_host/host1/port_state", world->hba);
	assert_int_equal(create(world, &spec), -NP_LINK);
	fake_fc_set(&world->fake, "Online\n", "%s/fc_host/host1/port_state", world->hba);
	fake_fc_set(&world->fake, "255\n", "%s/fc_host/host1/npiv_vports_inuse", world->hba);
	assert_int_equal(create(world, &spec), -NP_CAPACITY);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_tells_the_driver_s_answers_apart(void **state)
{
	static const struct {
		const char *driver;
		int sys;
		ssize_t count;
		enum np_code code;
	} rows[] = {
		{ "fcoe\n", EINVAL, 0, NP_EXISTS },
		{ "lpfc\n", EINTR, 0, NP_CAPACITY },
		{ "lpfc\n", EPERM, 0, NP_IO },
		{ "lpfc\n", ENOENT, 0, NP_CONFLICT },
		{ "qla2xxx\n", 0, 9, NP_IO },
		{ "qla2xxx\n", EOPNOTSUPP, 0, NP_LINK },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		reopen_with_driver(world, rows[i].driver);
		world->fake.fault_sys = rows[i].sys;
		world->fake.fault_count = rows[i].count;
		world->fake.writes = 0;
		assert_int_equal(create(world, &spec), -(int)rows[i].code);
		assert_int_equal(world->fake.writes, 1);
	}
}

static void test_create_says_so_when_no_vport_comes_up(void **state)
{
	struct world *world = *state;

	world->fake.swallow = true;

	assert_int_equal(create(world, &spec), -NP_IO);
	assert_int_equal(world->fake.writes, 1);
	assert_non_null(strstr(world->err.msg, "no such vport came up"));
}

static void test_create_takes_what_somebody_else_made_at_the_same_moment(void **state)
{
	struct world *world = *state;

	world->fake.fault_sys = EINVAL;
	world->fake.steal = true;

	assert_int_equal(create(world, &spec), 0);
	assert_true(world->existed);
	assert_int_equal(world->fake.writes, 1);
}

static void test_create_uses_the_old_place_of_vport_create(void **state)
{
	struct world *world = *state;

	fake_fc_remove(&world->fake, "%s/fc_host/host1/vport_create", world->hba);
	fake_fc_set(&world->fake, "", "%s/scsi_host/host1/vport_create", world->hba);
	reopen_with_driver(world, "lpfc\n");
	world->fake.fault_sys = EPERM;

	assert_int_equal(create(world, &spec), -NP_IO);
	assert_string_equal(world->fake.last_path, "scsi_host/host1/vport_create");
}

static void test_create_says_unsupported_without_vport_create(void **state)
{
	struct world *world = *state;

	fake_fc_remove(&world->fake, "%s/fc_host/host1/vport_create", world->hba);
	reopen_with_driver(world, "new-driver\n");
	assert_int_equal(create(world, &spec), -NP_UNSUPPORTED);
	reopen_with_driver(world, "zfcp\n");
	assert_int_equal(create(world, &spec), -NP_UNSUPPORTED);
	assert_int_equal(world->fake.writes, 0);
}

static void test_create_pads_the_symbolic_name(void **state)
{
	struct fc_vport_spec named = spec;
	struct world *world = *state;

	named.symbolic_name = "db01 a";
	assert_int_equal(create(world, &named), 0);

	assert_int_equal(world->fake.last_len, FC_SYMBOLIC_MAX);
	assert_string_equal(world->vport.symbolic_name, "db01 a");
	world->fake.writes = 0;
	assert_int_equal(create(world, &named), 0);
	assert_int_equal(world->fake.writes, 0);
}

static void test_name_is_written_once(void **state)
{
	struct fc_vport_spec named = spec;
	struct world *world = *state;

	named.symbolic_name = "db01 a";
	assert_int_equal(fc_vport_name(&world->host, &named, NULL), -NP_NOTFOUND);
	fake_fc_add_vport(&world->fake, &guest);

	assert_int_equal(fc_vport_name(&world->host, &named, NULL), 0);
	assert_int_equal(fc_vport_name(&world->host, &named, NULL), 0);
	assert_int_equal(world->fake.writes, 1);
	assert_int_equal(world->fake.last_len, FC_SYMBOLIC_MAX);
}

static void test_create_leaves_a_read_only_symbolic_name_alone(void **state)
{
	struct fc_vport_spec named = spec;
	struct world *world = *state;

	reopen_with_driver(world, "qla2xxx\n");
	named.symbolic_name = "db01 a";

	assert_int_equal(create(world, &named), 0);
	assert_int_equal(world->fake.writes, 1);
}

static void test_delete_goes_through_the_parent_and_is_repeatable(void **state)
{
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);

	assert_int_equal(delete (world, &spec), 0);
	assert_true(world->existed);
	assert_string_equal(world->fake.last_path, "fc_host/host1/vport_delete");
	assert_false(fake_fc_exists(&world->fake, "%s/vport-1:0-0", world->hba));
	assert_int_equal(delete (world, &spec), 0);
	assert_false(world->existed);
	assert_int_equal(world->fake.writes, 1);
}

static void test_delete_says_still_discovering_for_eagain(void **state)
{
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);
	world->fake.fault_sys = EAGAIN;

	assert_int_equal(delete (world, &spec), -NP_BUSY);
	assert_non_null(strstr(world->err.msg, "still discovering"));
}

static void test_delete_says_so_when_the_vport_stays(void **state)
{
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);
	world->fake.swallow = true;

	assert_int_equal(delete (world, &spec), -NP_IO);
}

static void test_delete_refuses_another_wwnn(void **state)
{
	struct fc_vport_spec other = spec;
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);
	other.wwnn++;

	assert_int_equal(delete (world, &other), -NP_CONFLICT);
	assert_int_equal(world->fake.writes, 0);
}

static void add_held_lun(struct world *world)
{
	char path[NP_PATH_MAX];

	fake_fc_add_vport(&world->fake, &guest);
	fake_fc_vport_host_path(&guest, path);
	fake_fc_add_rport(&world->fake, path, 2, 0, TARGET_WWPN);
	fake_fc_add_lun(&world->fake, path, 2, 0, 0, "sdb");
	fake_fc_set(&world->fake, "", "%s/rport-2:0-0/target2:0:0/2:0:0:0/block/sdb/holders/dm-3",
		path);
}

static void test_delete_refuses_while_a_lun_is_held_and_names_the_holder(void **state)
{
	struct fc_vport_spec forced = spec;
	struct world *world = *state;

	add_held_lun(world);

	assert_int_equal(delete (world, &spec), -NP_BUSY);
	assert_non_null(strstr(world->err.msg, "sdb: dm-3"));
	assert_int_equal(world->fake.writes, 0);
	forced.force = true;
	assert_int_equal(delete (world, &forced), 0);
}

static void test_remove_lun_refuses_a_held_one_and_is_repeatable(void **state)
{
	struct fc_vport_spec forced = spec;
	struct world *world = *state;
	bool existed = false;

	add_held_lun(world);
	assert_int_equal(
		fc_vport_remove_lun(&world->host, &spec, "2:0:0:0", &existed, NULL), -NP_BUSY);

	forced.force = true;
	assert_int_equal(fc_vport_remove_lun(&world->host, &forced, "2:0:0:0", &existed, NULL), 0);
	assert_true(existed);
	assert_string_equal(
		world->fake.last_path, "vport-1:0-0/host2/rport-2:0-0/target2:0:0/2:0:0:0/delete");
	assert_int_equal(fc_vport_remove_lun(&world->host, &spec, "2:0:0:9", &existed, NULL), 0);
	assert_false(existed);
}

static void test_rescan_scans_the_vport_s_own_host(void **state)
{
	struct world *world = *state;

	fake_fc_add_vport(&world->fake, &guest);

	assert_int_equal(fc_vport_rescan(&world->host, VPORT_WWPN, NULL), 0);
	assert_string_equal(world->fake.last_path, "vport-1:0-0/host2/scsi_host/host2/scan");
	assert_string_equal(world->fake.last_text, "- - -");
	assert_int_equal(fc_vport_rescan(&world->host, VPORT_WWPN + 1, NULL), -NP_NOTFOUND);
}

struct lane_world {
	struct world world;
	struct fc_lane lane;
};

static int lane_set_up(void **state)
{
	struct world *world;
	struct lane_world *both = calloc(1, sizeof *both);
	struct fc_lane_spec with = { .host = "host1", .lock_dir = "", .fd = -1 };

	(void)set_up(state);
	world = *state;
	with.sysfs_root = with.lock_dir = world->fake.root;
	assert_int_equal(fc_lane_init(&both->lane, &with, NULL), 0);
	both->world = *world;
	both->lane.sysfs = world->fake.sysfs;
	both->lane.sysfs.data = &both->world.fake;
	both->world.host = (struct fc_host){ .fd = -1 };
	fc_host_done(&world->host);
	free(world);
	*state = both;
	return 0;
}

static int lane_tear_down(void **state)
{
	struct lane_world *both = *state;

	fc_lane_done(&both->lane);
	fake_fc_done(&both->world.fake);
	free(both);
	return 0;
}

static json_t *ask(struct lane_world *both, json_t *job, int want)
{
	json_t *answer = NULL;
	int rc = fc_lane_handle(&both->lane, job, &answer, &both->world.err);

	json_decref(job);
	if (rc != want)
		fail_msg("%d: %s", rc, both->world.err.msg);
	return answer;
}

static void test_lane_creates_looks_scans_and_deletes(void **state)
{
	struct lane_world *both = *state;
	json_t *answer;

	answer = ask(both,
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "job", "create", "hba", "2100001b32000001",
			"wwpn", "1000020000000011", "wwnn", "1000020000000010", "symbolic_name",
			"db01"),
		0);
	assert_false(np_json_bool(answer, "existed"));
	assert_string_equal(np_json_text(json_object_get(answer, "vport"), "state"), "Active");
	json_decref(answer);
	answer = ask(both,
		json_pack("{s:s, s:[s, s]}", "job", "look", "wwpns", "1000020000000011",
			"1000020000000099"),
		0);
	assert_int_equal(json_array_size(json_object_get(answer, "vports")), 1);
	assert_string_equal(np_json_text(json_object_get(answer, "hba"), "port_state"), "Online");
	json_decref(answer);
	answer = ask(both, json_pack("{s:s}", "job", "scan"), 0);
	assert_string_equal(np_json_text(answer, "wwpn"), "2100001b32000001");
	assert_int_equal(json_array_size(json_object_get(answer, "vports")), 1);
	json_decref(answer);
	answer = ask(both,
		json_pack("{s:s, s:s, s:s}", "job", "delete", "hba", "2100001b32000001", "wwpn",
			"1000020000000011"),
		0);
	assert_true(np_json_bool(answer, "existed"));
	json_decref(answer);
}

static void test_lane_locks_the_hba_by_its_wwpn(void **state)
{
	struct lane_world *both = *state;

	json_decref(ask(both, json_pack("{s:s}", "job", "scan"), 0));

	assert_true(fake_fc_exists(&both->world.fake, "2100001b32000001.lock"));
	assert_true(both->lane.locked == HBA_WWPN);
}

static void test_lane_follows_when_the_host_is_another_hba(void **state)
{
	struct lane_world *both = *state;
	json_t *answer;

	json_decref(ask(both, json_pack("{s:s}", "job", "scan"), 0));
	fake_fc_remove_hba(&both->world.fake, "host1");
	(void)ask(both, json_pack("{s:s}", "job", "scan"), -NP_NOTFOUND);
	fake_fc_add_hba(&both->world.fake, "host1", HBA_WWPN + 1, "fcoe\n");

	answer = ask(both, json_pack("{s:s}", "job", "scan"), 0);
	assert_string_equal(np_json_text(answer, "wwpn"), "2100001b32000002");
	assert_true(both->lane.locked == HBA_WWPN + 1);
	json_decref(answer);
	(void)ask(both,
		json_pack("{s:s, s:s, s:s, s:s}", "job", "create", "hba", "2100001b32000001",
			"wwpn", "1000020000000011", "wwnn", "1000020000000010"),
		-NP_NOTFOUND);
	assert_int_equal(both->world.fake.writes, 0);
}

static void test_lane_refuses_unknown_jobs_and_bad_wwns(void **state)
{
	struct lane_world *both = *state;

	(void)ask(both, json_pack("{s:s}", "job", "reboot"), -NP_INVAL);
	(void)ask(both, json_pack("{s:s, s:[s]}", "job", "look", "wwpns", "zz"), -NP_INVAL);
	(void)ask(both, json_pack("{s:s, s:s}", "job", "create", "wwpn", "zz"), -NP_INVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define LANE_TEST(name) cmocka_unit_test_setup_teardown(name, lane_set_up, lane_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_writes_both_names_once_and_reads_the_vport_back),
		TEST(test_create_of_what_is_there_writes_nothing),
		TEST(test_create_of_a_fresh_one_is_one_write_and_no_look),
		TEST(test_create_of_a_fresh_one_sees_what_others_made_meanwhile),
		TEST(test_create_refuses_a_wwpn_that_has_another_wwnn),
		TEST(test_create_refuses_names_that_the_kernel_would_take),
		TEST(test_create_refuses_another_hba_under_the_same_host_name),
		TEST(test_create_refuses_when_the_hba_is_gone),
		TEST(test_create_refuses_without_link_or_room),
		TEST(test_create_tells_the_driver_s_answers_apart),
		TEST(test_create_says_so_when_no_vport_comes_up),
		TEST(test_create_takes_what_somebody_else_made_at_the_same_moment),
		TEST(test_create_uses_the_old_place_of_vport_create),
		TEST(test_create_says_unsupported_without_vport_create),
		TEST(test_create_pads_the_symbolic_name),
		TEST(test_create_leaves_a_read_only_symbolic_name_alone),
		TEST(test_name_is_written_once),
		TEST(test_delete_goes_through_the_parent_and_is_repeatable),
		TEST(test_delete_says_still_discovering_for_eagain),
		TEST(test_delete_says_so_when_the_vport_stays),
		TEST(test_delete_refuses_another_wwnn),
		TEST(test_delete_refuses_while_a_lun_is_held_and_names_the_holder),
		TEST(test_remove_lun_refuses_a_held_one_and_is_repeatable),
		TEST(test_rescan_scans_the_vport_s_own_host),
		LANE_TEST(test_lane_creates_looks_scans_and_deletes),
		LANE_TEST(test_lane_locks_the_hba_by_its_wwpn),
		LANE_TEST(test_lane_follows_when_the_host_is_another_hba),
		LANE_TEST(test_lane_refuses_unknown_jobs_and_bad_wwns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
