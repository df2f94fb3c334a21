/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated tree, and the texts that sansim reads, without a mount. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/config.h"
#include "lab/tree.h"
#include "tests/fake/trial_san.h"

#define WWPN 0x2100aabbccdd0001ull
#define WWNN 0x2000aabbccdd0001ull
#define LUN_1 "naa.60014050000000000000000000000001"

static const struct sim_vport_spec guest = { .wwpn = WWPN, .wwnn = WWNN };

static int set_up(void **state)
{
	return trial_san_new(state, &(struct sim_setup){ .hbas = 4, .targets = 1, .luns = 4 });
}

static void test_vport_names_are_read_as_the_transport_class_does(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "2100aabbccdd0001:2000aabbccdd0001", true },
		{ "2100AABBCCDD0001:2000aabbccdd0001\n", true },
		{ "2100aabbccdd0001:2000aabbccdd0001\n\n", false },
		{ "0x2100aabbccdd0001:2000aabbccdd0001", false },
		{ "2100aabbccdd0001", false },
		{ "2100aabbccdd0001;2000aabbccdd0001", false },
		{ "2100aabbccdd000g:2000aabbccdd0001", false },
		{ " 2100aabbccdd0001:2000aabbccdd000", false },
		{ "", false },
	};
	uint64_t wwpn, wwnn;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(sim_vport_parse(rows[i].text, strlen(rows[i].text), &wwpn, &wwnn),
			rows[i].good);
}

static void test_scan_is_read_as_the_scsi_layer_does(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "- - -", true },
		{ "- - -\n", true },
		{ "0 0 3", true },
		{ "0 1 0x10", true },
		{ "1 0 0", false },
		{ "0 0 65536", false },
		{ "0 0", false },
		{ "0 0 0 0", false },
		{ "a b c", false },
		{ "0 0 0x00000000000000001", false },
		{ "", false },
	};
	struct sim_scan scan;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			sim_scan_parse(rows[i].text, strlen(rows[i].text), &scan), rows[i].good);
}

static struct sim_place walk(const struct sim *sim, const char *path)
{
	struct sim_place place = { sim_object_find(sim, 0), SIM_TOP };
	char copy[SIM_TREE_PATH_MAX], *rest = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
		assert_true(sim_tree_lookup(sim, &place, name, &place));
	return place;
}

static void test_tree_links_point_where_the_kernels_do(void **state)
{
	static const struct {
		const char *path, *target;
	} rows[] = {
		{ "class/fc_host/host4",
			"../../devices/pci0000:00/0000:3b:00.0/host0/vport-0:0-0/host4/fc_host/host4" },
		{ "class/fc_vports/vport-0:0-0",
			"../../devices/pci0000:00/0000:3b:00.0/host0/vport-0:0-0/fc_vports/vport-0:0-0" },
		{ "block/sda",
			"../devices/pci0000:00/0000:3b:00.0/host0/vport-0:0-0/host4/rport-4:0-0/target4:0:0/"
			"4:0:0:1/block/sda" },
		{ "devices/pci0000:00/0000:3b:00.0/host0/vport-0:0-0/fc_vports/vport-0:0-0/device",
			"../../../vport-0:0-0" },
		{ "devices/pci0000:00/0000:3b:00.0/host0/fc_host/host0/subsystem",
			"../../../../../../class/fc_host" },
	};
	struct sim *sim = trial_san(state);
	char target[SIM_TREE_PATH_MAX];

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 1"), 0);
	(void)trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_place place = walk(sim, rows[i].path);
		sim_tree_link(sim, &place, target);
		assert_string_equal(target, rows[i].target);
	}
}

static void test_tree_numbers_of_a_dead_device_find_nothing(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_place place =
		walk(sim, "devices/pci0000:00/0000:3b:00.0/host0/fc_host/host0/vport_create");
	uint64_t ino = sim_place_ino(&place);

	assert_int_equal(trial_san_command(sim, "remove h0"), 0);
	trial_san_forget(sim);
	assert_int_equal(trial_san_command(sim, "return h0"), 0);

	assert_string_equal(sim->hbas[0]->port->host.name, "host0");
	assert_false(sim_place_find(sim, ino, &place));
}

static void test_vport_host_has_no_vport_create(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_place place;

	(void)trial_san_vport(sim, 0, &guest);
	struct sim_place dir =
		walk(sim, "devices/pci0000:00/0000:3b:00.0/host0/vport-0:0-0/host4/fc_host/host4");

	assert_false(sim_tree_lookup(sim, &dir, "vport_create", &place));
	assert_false(sim_tree_lookup(sim, &dir, "npiv_vports_inuse", &place));
	assert_true(sim_tree_lookup(sim, &dir, "port_name", &place));
}

static void test_bad_commands_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"nothing",
		"fault h9 create errno EIO",
		"fault h0 create",
		"fault h0 fly errno EIO",
		"fault h0 create errno EWHAT",
		"fault h0 delete stuck",
		"fault h0 create hang -1",
		"fault h0 create hang nan",
		"fault h0 create count 3",
		"link h0 sideways",
		"limit h0 -1",
		"lun add C naa.123456 1G",
		"lun add A x 1G",
		"lun add A naa.123456 1X",
		("mask 21 " LUN_1 " 1"),
		("mask any " LUN_1 " 65536"),
		"zone add A 1 2",
		"delay sleep 3",
		"remove",
		"return h0",
		"release h0 maybe",
		"vanish h0 2100aabbccdd0001",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(trial_san_command(trial_san(state), rows[i]) < 0);
}

static void test_config_file_builds_what_it_says(void **state)
{
	static const char text[] =
		"{\"fabrics\": [{\"name\": \"RED\", \"wwn\": \"1000000000000001\", \"targets\": [\"5000000000000001\"]}],"
		" \"hbas\": [{\"name\": \"left\", \"fabric\": \"red\", \"driver\": \"qla2xxx\", \"vports\": 5,"
		"   \"wwpn\": \"21:00:00:00:00:00:00:01\"}],"
		" \"commands\": [\"mask any " LUN_1 " 0\"]}";
	struct sim *sim = NULL;
	struct sim_hba *hba;

	(void)state;
	assert_int_equal(sim_new(&sim, 0, 1, NULL), 0);
	assert_int_equal(sim_config_apply(sim, &(struct sim_setup){ .luns = 1 }, text, NULL), 0);

	assert_int_equal(sim_hba_find(sim, "left", &hba, NULL), 0);
	assert_int_equal(hba->limit, 5);
	assert_int_equal(hba->wwpn, 0x2100000000000001);
	assert_true(sim_port_is_online(hba->port));
	assert_int_equal(trial_san_disks(sim), 1);
	sim_free(sim);
}

static void test_config_file_names_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *needle;
	} rows[] = {
		{ "{\"hba\": []}", "hba" },
		{ "{\"hbas\": [{\"driver\": \"none\"}]}", "HBA 1" },
		{ "{\"fabrics\": [{\"name\": \"A\"}, {\"name\": \"A\"}]}", "fabric 2" },
		{ "{\"commands\": [\"fly\"]}", "fly" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct np_err err = { 0 };
		struct sim *sim = NULL;
		assert_int_equal(sim_new(&sim, 0, 1, NULL), 0);
		assert_true(sim_config_apply(
				    sim, &(struct sim_setup){ .hbas = 1 }, rows[i].text, &err) < 0);
		assert_non_null(strstr(err.msg, rows[i].needle));
		sim_free(sim);
	}
}

#define IN_SAN(name) cmocka_unit_test_setup_teardown(name, set_up, trial_san_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vport_names_are_read_as_the_transport_class_does),
		cmocka_unit_test(test_scan_is_read_as_the_scsi_layer_does),
		IN_SAN(test_tree_links_point_where_the_kernels_do),
		IN_SAN(test_tree_numbers_of_a_dead_device_find_nothing),
		IN_SAN(test_vport_host_has_no_vport_create),
		IN_SAN(test_bad_commands_are_refused),
		cmocka_unit_test(test_config_file_builds_what_it_says),
		cmocka_unit_test(test_config_file_names_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
