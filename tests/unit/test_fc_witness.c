/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fc/lane.h"
#include "tests/fake/fake_fc.h"
#include "tests/fake/fake_inband.h"
#include "zoning/model.h"

#define HBA_WWPN UINT64_C(0x2100001b32000001)
#define VPORT_WWPN UINT64_C(0x1000020000000011)
#define VPORT_WWNN UINT64_C(0x1000020000000010)

static const struct fake_vport guest = { "host1", 0, 2, VPORT_WWPN, VPORT_WWNN };

static const struct fake_login logins[] = {
	{ 0x010100, HBA_WWPN, 0x2000001b32000001, 2, "adapter" },
	{ 0x010200, 0x50060e8012345600, 0x50060e8012345601, 1, "array" },
};

struct world {
	struct fake_fc fake;
	struct fake_inband fabric;
	struct fc_lane lane;
	char dir[NP_PATH_MAX];
	struct np_err err;
	json_t *answer;
};

static void add_device(struct world *world, const char *host_path, const char *name)
{
	fake_fc_set(&world->fake, "", "bsg/fc_%s", name);
	fake_fc_set(&world->fake, "0:0\n", "%s/bsg/fc_%s/dev", host_path, name);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	struct fc_lane_spec spec = { .host = "host1", .lock_dir = "", .fd = -1 };
	char path[NP_PATH_MAX];

	fake_fc_init(&world->fake);
	fake_inband_init(&world->fabric);
	world->fabric.logins = logins;
	world->fabric.n_logins = 2;
	fake_fc_add_hba(&world->fake, "host1", HBA_WWPN, "fcoe\n");
	fake_fc_add_vport(&world->fake, &guest);
	add_device(world, fake_fc_hba_path("host1", path), "host1");
	add_device(world, fake_fc_vport_host_path(&guest, path), "host2");
	assert_true(np_path(world->dir, "%s/bsg", world->fake.root));
	world->fabric.door.dir = world->dir;
	spec.sysfs_root = world->fake.root;
	assert_int_equal(fc_lane_init(&world->lane, &spec, NULL), 0);
	world->lane.bsg = world->fabric.door;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	json_decref(world->answer);
	fc_lane_done(&world->lane);
	fake_fc_done(&world->fake);
	free(world);
	return 0;
}

static int ask(struct world *world, const char *wwpn)
{
	np_auto(np_json_decref) json_t *job =
		json_pack("{s:s, s:s}", "job", "witness", "hba", "2100001b32000001");

	np_json_set_text(job, "wwpn", wwpn);
	json_decref(world->answer);
	world->answer = NULL;
	return fc_lane_handle(&world->lane, job, &world->answer, &world->err);
}

static void succeed(struct world *world)
{
	int rc = ask(world, "");

	if (rc < 0)
		fail_msg("%d: %s", rc, world->err.msg);
}

static bool can(const struct world *world, const char *what)
{
	return np_json_bool(json_object_get(world->answer, "can"), what);
}

static const char *reason(const struct world *world, const char *what)
{
	return np_json_text(json_object_get(world->answer, "reasons"), what);
}

static const json_t *part(const struct world *world, const char *what)
{
	return json_object_get(json_object_get(world->answer, "snapshot"), what);
}

static void assert_part(const struct world *world, const char *what, const char *wanted)
{
	np_auto(np_free) char *text =
		json_dumps(part(world, what), JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_string_equal(text ? text : "absent", wanted);
}

static void test_witness_tells_who_is_logged_in(void **state)
{
	struct world *world = *state;

	succeed(world);

	assert_true(can(world, "name_server"));
	assert_string_equal(np_json_text(world->answer, "port"), "host1");
	assert_string_equal(np_json_text(world->answer, "wwpn"), "2100001b32000001");
	assert_part(world, "vendor", "\"fcgs\"");
	assert_part(world, "logins",
		"[{\"port_id\":\"010100\",\"role\":\"initiator\",\"symbolic_name\":\"adapter\","
		"\"wwnn\":\"2000001b32000001\",\"wwpn\":\"2100001b32000001\"},"
		"{\"port_id\":\"010200\",\"role\":\"target\",\"symbolic_name\":\"array\","
		"\"wwnn\":\"50060e8012345601\",\"wwpn\":\"50060e8012345600\"}]");
}

static void test_witness_tells_what_the_zone_server_enforces_and_stores(void **state)
{
	struct world *world = *state;

	succeed(world);

	assert_true(can(world, "zone_server"));
	assert_true(can(world, "zone_database"));
	assert_part(world, "enforcement", "\"hard\"");
	assert_string_equal(np_json_text(part(world, "effective"), "zoneset"), "fabric_a");
	assert_int_equal(json_object_size(json_object_get(part(world, "effective"), "zones")), 2);
	assert_int_equal(json_object_size(json_object_get(part(world, "defined"), "zones")), 2);
	assert_int_equal(json_object_size(json_object_get(world->answer, "reasons")), 0);
}

static void test_witness_s_snapshot_is_one_like_any_other(void **state)
{
	struct world *world = *state;

	succeed(world);

	json_t *snapshot = json_object_get(world->answer, "snapshot");
	assert_int_equal(zone_snapshot_normalise(snapshot, &world->err), 0);
	assert_non_null(zone_rules_of(np_json_text(snapshot, "vendor")));
	assert_part(world, "effective",
		"{\"zones\":{\"db01_array\":{\"kind\":\"regular\",\"members\":[\"2100aabbccdd0001\","
		"\"3,15\",\"fcid:0x010101\",\"wwnn:50060e8012345600\"]},"
		"\"tape\":{\"kind\":\"regular\",\"members\":[\"500104f000000001\"]}},"
		"\"zoneset\":\"fabric_a\"}");
}

static void test_witness_asks_through_the_vport_when_it_is_named(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "1000020000000011"), 0);

	assert_string_equal(np_json_text(world->answer, "port"), "host2");
	assert_string_equal(np_json_text(world->answer, "wwpn"), "1000020000000011");
}

static void test_witness_of_no_such_vport_or_another_hba_is_not_found(void **state)
{
	struct world *world = *state;
	np_auto(np_json_decref) json_t *job =
		json_pack("{s:s, s:s}", "job", "witness", "hba", "2100001b32000002");

	assert_int_equal(ask(world, "1000020000000099"), -NP_NOTFOUND);
	assert_int_equal(
		fc_lane_handle(&world->lane, job, &world->answer, &world->err), -NP_NOTFOUND);
	assert_int_equal(world->fabric.questions, 0);
}

static void test_witness_says_cleanly_that_there_is_no_zone_server(void **state)
{
	static const struct {
		bool refuses, by_status;
		int sys;
		int32_t result;
		uint32_t status;
		const char *says;
	} rows[] = {
		{ true, false, 0, 0, 0, "not supported" },
		{ true, true, 0, 0, 0, "not supported" },
		{ false, false, EINVAL, 0, 0, "not logged in there" }, /* libfc, nobody at FFFFFA */
		{ false, false, ETIMEDOUT, 0, 0, "does not answer" },
		{ false, false, 0, -ETIMEDOUT, 0, "does not answer" },
		{ false, false, 0, 0x70000, 0, "not delivered" },
		{ false, false, 0, 0, 3, "does not deliver it" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		world->fabric.no_zone_server = rows[i].refuses;
		world->fabric.reject_by_status = rows[i].by_status;
		world->fabric.fail_port_id = 0xfffffa;
		world->fabric.fail_sys = rows[i].sys;
		world->fabric.result = rows[i].result;
		world->fabric.status = rows[i].status;

		succeed(world);

		assert_true(can(world, "name_server"));
		assert_false(can(world, "zone_server"));
		assert_non_null(strstr(reason(world, "zone_server"), rows[i].says));
		assert_int_equal(json_array_size(part(world, "logins")), 2);
		assert_null(part(world, "effective"));
		assert_null(part(world, "defined"));
	}
}

static void test_witness_tells_no_active_zone_set_from_no_answer(void **state)
{
	struct world *world = *state;

	world->fabric.no_active = true;

	succeed(world);

	assert_true(can(world, "zone_server"));
	assert_part(world, "effective", "{\"zones\":{}}");
}

static void test_witness_reads_a_long_zone_set_zone_by_zone(void **state)
{
	struct world *world = *state;

	world->fabric.cut = true;

	succeed(world);

	assert_part(world, "defined",
		"{\"aliases\":{},\"zones\":{\"db01_array\":{\"kind\":\"regular\",\"members\":["
		"\"2100aabbccdd0001\",\"50060e8012345600\"]}},"
		"\"zonesets\":{\"fabric_a\":[\"db01_array\"]}}");
}

static void test_witness_asks_otherwise_when_gpn_ft_is_not_known(void **state)
{
	struct world *world = *state;

	world->fabric.no_gpn_ft = true;

	succeed(world);

	assert_int_equal(json_array_size(part(world, "logins")), 2);
	assert_string_equal(
		np_json_text(json_array_get(part(world, "logins"), 1), "wwpn"), "50060e8012345600");
}

static void test_witness_of_an_empty_name_server_has_no_logins(void **state)
{
	struct world *world = *state;

	world->fabric.n_logins = 0;

	succeed(world);

	assert_true(can(world, "name_server"));
	assert_int_equal(json_array_size(part(world, "logins")), 0);
}

static void test_witness_fails_when_the_fabric_or_the_driver_does(void **state)
{
	static const struct {
		int sys;
		int32_t result;
		uint32_t status;
		size_t received;
		enum np_code code;
	} rows[] = {
		{ EPERM, 0, 0, 0, NP_DENIED },
		{ ENODEV, 0, 0, 0, NP_LINK },
		{ EIO, 0, 0, 0, NP_IO },
		{ 0, -ECONNABORTED, 0, 0, NP_LINK },
		{ 0, 0x10000, 0, 0, NP_LINK },
		{ 0, 0, 2, 0, NP_LINK },
		{ 0, 0, 6, 0, NP_BUSY },
		{ 0, 0, 0, 9, NP_PEER },
		{ 0, 0, 0, FC_BSG_REPLY_MAX + 1, NP_PEER },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		world->fabric.fail_sys = rows[i].sys;
		world->fabric.result = rows[i].result;
		world->fabric.status = rows[i].status;
		world->fabric.received = rows[i].received;

		assert_int_equal(ask(world, ""), -(int)rows[i].code);
		assert_non_null(strstr(world->err.msg, "host1"));
	}
}

static void test_witness_says_which_drivers_cannot(void **state)
{
	static const char *const drivers[] = { "lpfc\n", "csiostor\n", "efct\n" };
	struct world *world = *state;
	char path[NP_PATH_MAX];

	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++) {
		fake_fc_set(&world->fake, drivers[i], "%s/scsi_host/host1/proc_name",
			fake_fc_hba_path("host1", path));
		fc_host_done(&world->lane.host);

		succeed(world);

		assert_false(can(world, "name_server"));
		assert_false(can(world, "zone_server"));
		assert_non_null(strstr(reason(world, "name_server"), "passes no CT requests on"));
		assert_null(json_object_get(world->answer, "snapshot"));
		assert_int_equal(world->fabric.questions, 0);
	}
}

static void test_witness_says_so_when_the_kernel_has_no_bsg_device(void **state)
{
	struct world *world = *state;
	char path[NP_PATH_MAX];

	fake_fc_remove(&world->fake, "%s/bsg", fake_fc_hba_path("host1", path));

	succeed(world);

	assert_false(can(world, "name_server"));
	assert_non_null(strstr(reason(world, "name_server"), "no bsg device"));
}

static void test_witness_without_the_device_s_node_says_what_to_allow(void **state)
{
	struct world *world = *state;

	fake_fc_remove(&world->fake, "bsg/fc_host1");

	assert_int_equal(ask(world, ""), -NP_DENIED);
	assert_non_null(strstr(world->err.hint, "DeviceAllow"));
}

static void test_witness_refuses_a_device_that_is_another_host_s_by_now(void **state)
{
	struct world *world = *state;
	char path[NP_PATH_MAX];

	fake_fc_set(
		&world->fake, "252:7\n", "%s/bsg/fc_host1/dev", fake_fc_hba_path("host1", path));

	assert_int_equal(ask(world, ""), -NP_BUSY);
	assert_int_equal(world->fabric.questions, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_witness_tells_who_is_logged_in),
		TEST(test_witness_tells_what_the_zone_server_enforces_and_stores),
		TEST(test_witness_s_snapshot_is_one_like_any_other),
		TEST(test_witness_asks_through_the_vport_when_it_is_named),
		TEST(test_witness_of_no_such_vport_or_another_hba_is_not_found),
		TEST(test_witness_says_cleanly_that_there_is_no_zone_server),
		TEST(test_witness_tells_no_active_zone_set_from_no_answer),
		TEST(test_witness_reads_a_long_zone_set_zone_by_zone),
		TEST(test_witness_asks_otherwise_when_gpn_ft_is_not_known),
		TEST(test_witness_of_an_empty_name_server_has_no_logins),
		TEST(test_witness_fails_when_the_fabric_or_the_driver_does),
		TEST(test_witness_says_which_drivers_cannot),
		TEST(test_witness_says_so_when_the_kernel_has_no_bsg_device),
		TEST(test_witness_without_the_device_s_node_says_what_to_allow),
		TEST(test_witness_refuses_a_device_that_is_another_host_s_by_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
