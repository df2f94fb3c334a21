/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fc/scan.h"
#include "tests/fake/fake_fc.h"

#define HBA_WWPN UINT64_C(0x2100001b32000001)
#define VPORT_WWPN UINT64_C(0x1000020000000011)
#define VPORT_WWNN UINT64_C(0x1000020000000010)
#define TARGET_WWPN UINT64_C(0x500a098000000001)

static const struct fake_vport guest = { "host1", 0, 2, VPORT_WWPN, VPORT_WWNN };

static int set_up(void **state)
{
	struct fake_fc *fake = calloc(1, sizeof *fake);
	char path[NP_PATH_MAX];

	fake_fc_init(fake);
	fake_fc_add_hba(fake, "host1", HBA_WWPN, "lpfc\n");
	fake_fc_add_vport(fake, &guest);
	fake_fc_vport_host_path(&guest, path);
	fake_fc_add_rport(fake, path, 2, 0, TARGET_WWPN);
	fake_fc_add_lun(fake, path, 2, 0, 0, "sdb");
	fake_fc_add_lun(fake, path, 2, 0, 1, NULL);
	*state = fake;
	return 0;
}

static int tear_down(void **state)
{
	fake_fc_done(*state);
	free(*state);
	return 0;
}

static struct fc_host open_host(struct fake_fc *fake)
{
	struct fc_host host;

	assert_int_equal(fc_host_open(&host, &fake->sysfs, "host1", NULL), 0);
	return host;
}

static struct fc_hba scan(struct fake_fc *fake)
{
	struct fc_host host = open_host(fake);
	struct fc_hba hba;

	assert_int_equal(fc_scan_hba(&host, &hba, NULL), 0);
	fc_host_done(&host);
	return hba;
}

static void test_scan_hosts_leaves_out_the_hosts_of_vports(void **state)
{
	struct fake_fc *fake = *state;
	struct fc_entries hosts;

	assert_int_equal(fc_scan_hosts(&fake->sysfs, &hosts, NULL), 0);

	assert_int_equal(hosts.n, 1);
	assert_string_equal(hosts.items[0].name, "host1");
	fc_entries_done(&hosts);
}

static void test_scan_hosts_finds_none_when_there_is_no_fibre_channel(void **state)
{
	struct fake_fc *fake = *state;
	struct fc_entries hosts;

	fake_fc_remove(fake, "class");

	assert_int_equal(fc_scan_hosts(&fake->sysfs, &hosts, NULL), 0);
	assert_int_equal(hosts.n, 0);
	fc_entries_done(&hosts);
}

static void test_scan_knows_vport_hosts_by_their_links(void **state)
{
	static const struct {
		const char *link;
		bool vport;
	} rows[] = {
		{ "../../devices/virtual/net/hba0/ctlr_1/host1/fc_host/host1", false },
		{ "../../devices/virtual/net/host7/ctlr_1/host1/fc_host/host1", false },
		{ "../../devices/virtual/net/hba0/ctlr_1/host1/vport-1:0-0/host2/fc_host/host2",
			true },
		{ "../../devices/pci0000:00/0000:00:03.0/host8/host10/fc_host/host10", true },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(fc_host_link_is_vport(rows[i].link), rows[i].vport);
}

static void test_scan_reads_all_of_an_hba(void **state)
{
	struct fc_hba hba = scan(*state);

	assert_string_equal(hba.kernel_name, "host1");
	assert_true(hba.wwpn == HBA_WWPN);
	assert_true(hba.wwnn == (HBA_WWPN & ~UINT64_C(0xf)));
	assert_string_equal(hba.port_state, "Online");
	assert_string_equal(hba.port_id, "010100");
	assert_string_equal(hba.speed, "32 Gbit");
	assert_string_equal(hba.supported_speeds, "8 Gbit, 16 Gbit, 32 Gbit");
	assert_string_equal(hba.driver, "lpfc");
	assert_string_equal(hba.pci_address, "0000:3b:00.0");
	assert_true(hba.fabric_name == UINT64_C(0x100000fcf0000001));
	assert_int_equal(hba.vports_max, 255);
	assert_true(hba.npiv);
	assert_false(hba.observe_only);
	fc_hba_done(&hba);
}

static void test_scan_takes_model_and_firmware_where_the_driver_puts_them(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_hba_path("host1", path);
	fake_fc_set(fake, "LPe32002\n", "%s/scsi_host/host1/modelname", path);
	fake_fc_set(fake, "12.8.340.8, sli-4:2:c\n", "%s/scsi_host/host1/fwrev", path);
	fake_fc_set(fake, "FC1\n", "%s/fc_host/host1/serial_number", path);
	fake_fc_set(fake, "lpfc1\n", "%s/scsi_host/host1/serialnum", path);
	struct fc_hba hba = scan(fake);

	assert_string_equal(hba.model, "LPe32002");
	assert_string_equal(hba.firmware, "12.8.340.8, sli-4:2:c");
	assert_string_equal(hba.serial_number, "FC1");
	fc_hba_done(&hba);
}

static void test_scan_reads_vport_with_rports_and_luns(void **state)
{
	struct fc_hba hba = scan(*state);

	assert_int_equal(hba.n_vports, 1);
	assert_string_equal(hba.vports[0].kernel_name, "vport-1:0-0");
	assert_string_equal(hba.vports[0].kernel_host, "host2");
	assert_true(hba.vports[0].wwpn == VPORT_WWPN);
	assert_true(hba.vports[0].wwnn == VPORT_WWNN);
	assert_true(fc_vport_is_up(&hba.vports[0]));
	assert_int_equal(hba.vports[0].n_rports, 1);
	assert_true(hba.vports[0].rports[0].wwpn == TARGET_WWPN);
	assert_int_equal(hba.vports[0].n_luns, 2);
	fc_hba_done(&hba);
}

static const struct fc_lun *lun_of(const struct fc_hba *hba, int64_t number)
{
	for (size_t i = 0; i < hba->vports[0].n_luns; i++) {
		if (hba->vports[0].luns[i].lun == number)
			return &hba->vports[0].luns[i];
	}
	return NULL;
}

static void test_scan_reads_lun_identity_size_and_missing_disk(void **state)
{
	struct fc_hba hba = scan(*state);
	const struct fc_lun *with = lun_of(&hba, 0), *without = lun_of(&hba, 1);

	assert_non_null(with);
	assert_string_equal(with->hctl, "2:0:0:0");
	assert_string_equal(with->dev, "sdb");
	assert_int_equal(with->size_bytes, 32768 * 512);
	assert_string_equal(with->vendor, "FAKE");
	assert_string_equal(with->model, "Volume");
	assert_string_equal(with->wwid, "naa.60014050000000000000000000000000");
	assert_true(with->target == TARGET_WWPN);
	assert_non_null(without);
	assert_string_equal(without->dev, "");
	assert_int_equal(without->size_bytes, 0);
	fc_hba_done(&hba);
}

static void test_scan_counts_holders_of_disk_and_partitions(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_vport_host_path(&guest, path);
	fake_fc_set(fake, "", "%s/rport-2:0-0/target2:0:0/2:0:0:0/block/sdb/holders/dm-3", path);
	fake_fc_set(
		fake, "", "%s/rport-2:0-0/target2:0:0/2:0:0:0/block/sdb/sdb1/holders/dm-4", path);
	struct fc_hba hba = scan(fake);

	assert_int_equal(lun_of(&hba, 0)->holders, 2);
	assert_int_equal(lun_of(&hba, 1)->holders, 0);
	fc_hba_done(&hba);
}

static void test_scan_leaves_out_what_is_no_logical_unit(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_vport_host_path(&guest, path);
	fake_fc_set(fake, "12\n", "%s/rport-2:0-0/target2:0:0/2:0:0:0/type", path);
	fake_fc_set(fake, "\x20", "%s/rport-2:0-0/target2:0:0/2:0:0:1/inquiry", path);
	struct fc_hba hba = scan(fake);

	assert_int_equal(hba.vports[0].n_luns, 0);
	fc_hba_done(&hba);
}

static void test_scan_leaves_port_id_empty_before_the_login(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_vport_host_path(&guest, path);
	fake_fc_set(fake, "0xffffffff\n", "%s/fc_host/host2/port_id", path);
	struct fc_hba hba = scan(fake);

	assert_string_equal(hba.vports[0].port_id, "");
	assert_false(fc_vport_is_up(&hba.vports[0]));
	fc_hba_done(&hba);
}

static void test_scan_leaves_out_a_vport_that_is_half_made(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_set(fake, "", "%s/vport-1:0-1/power/control", fake_fc_hba_path("host1", path));
	struct fc_hba hba = scan(fake);

	assert_int_equal(hba.n_vports, 1);
	fc_hba_done(&hba);
}

static void test_scan_makes_foreign_bytes_harmless(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_set(fake, "  A\xff\x01 B \n", "%s/fc_host/host1/symbolic_name",
		fake_fc_hba_path("host1", path));
	struct fc_hba hba = scan(fake);

	assert_string_equal(hba.symbolic_name, "A?? B");
	fc_hba_done(&hba);
}

static void test_scan_marks_ports_that_are_made_elsewhere(void **state)
{
	struct fake_fc *fake = *state;
	char path[NP_PATH_MAX];

	fake_fc_set(
		fake, "zfcp\n", "%s/scsi_host/host1/proc_name", fake_fc_hba_path("host1", path));
	fake_fc_remove(fake, "%s/fc_host/host1/vport_create", path);
	fake_fc_remove(fake, "%s/fc_host/host1/max_npiv_vports", path);
	struct fc_hba hba = scan(fake);

	assert_true(hba.observe_only);
	assert_false(hba.npiv);
	assert_int_equal(hba.vports_max, 0);
	fc_hba_done(&hba);
}

static void test_look_reads_only_the_vports_asked_for(void **state)
{
	static const struct fake_vport other = { "host1", 1, 3, VPORT_WWPN + 1, VPORT_WWNN };
	const struct fc_named named = {
		(uint64_t[]){ VPORT_WWPN + 1, UINT64_C(0x1000020000009999) }, 2, false
	};
	struct fake_fc *fake = *state;
	struct fc_host host;
	struct fc_hba hba;

	fake_fc_add_vport(fake, &other);
	host = open_host(fake);
	assert_int_equal(fc_scan_look(&host, &named, &hba, NULL), 0);

	assert_int_equal(hba.n_vports, 1);
	assert_true(hba.vports[0].wwpn == VPORT_WWPN + 1);
	assert_string_equal(hba.port_state, "Online");
	fc_hba_done(&hba);
	fc_host_done(&host);
}

static void test_look_does_not_take_a_vport_for_an_older_one_of_the_same_name(void **state)
{
	static const struct fake_vport again = { "host1", 0, 3, VPORT_WWPN + 7, VPORT_WWNN };
	const struct fc_named named = { (uint64_t[]){ VPORT_WWPN }, 1, false };
	struct fake_fc *fake = *state;
	struct fc_host host = open_host(fake);
	char path[NP_PATH_MAX];
	struct fc_hba hba;

	assert_int_equal(fc_scan_look(&host, &named, &hba, NULL), 0);
	assert_int_equal(hba.n_vports, 1);
	fc_hba_done(&hba);
	fake_fc_remove(fake, "%s/vport-1:0-0", fake_fc_hba_path("host1", path));
	fake_fc_add_vport(fake, &again);
	assert_int_equal(fc_scan_look(&host, &named, &hba, NULL), 0);

	assert_int_equal(hba.n_vports, 0);
	fc_hba_done(&hba);
	fc_host_done(&host);
}

static void test_scan_says_so_when_the_hba_went_away(void **state)
{
	struct fake_fc *fake = *state;
	struct fc_host host = open_host(fake);
	struct np_err err = { 0 };
	struct fc_hba hba;

	fake_fc_remove_hba(fake, "host1");

	assert_int_equal(fc_scan_hba(&host, &hba, &err), -NP_NOTFOUND);
	assert_non_null(strstr(err.msg, "host1"));
	fc_host_done(&host);
}

static void test_scan_of_a_vport_s_own_host_is_refused(void **state)
{
	struct fake_fc *fake = *state;
	struct fc_host host;

	assert_int_equal(fc_host_open(&host, &fake->sysfs, "host2", NULL), -NP_NOTFOUND);
	assert_int_equal(fc_host_open(&host, &fake->sysfs, "host9", NULL), -NP_NOTFOUND);
	assert_int_equal(fc_host_open(&host, &fake->sysfs, "../host1", NULL), -NP_INVAL);
}

static void test_value_survives_json(void **state)
{
	struct fc_hba hba = scan(*state), back;
	json_t *json = fc_hba_to_json(&hba);

	assert_int_equal(fc_hba_from_json(&back, json, NULL), 0);

	json_t *again = fc_hba_to_json(&back);
	assert_true(json_equal(json, again));
	assert_int_equal(back.vports[0].n_luns, 2);
	json_decref(json);
	json_decref(again);
	fc_hba_done(&hba);
	fc_hba_done(&back);
}

static void test_value_refuses_lists_of_the_wrong_type(void **state)
{
	json_t *json = json_pack("{s:s, s:[{s:i}]}", "kernel_name", "host1", "vports", "luns", 1);
	struct np_err err = { 0 };
	struct fc_hba hba;

	(void)state;
	assert_int_equal(fc_hba_from_json(&hba, json, &err), -NP_PEER);
	json_decref(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_scan_hosts_leaves_out_the_hosts_of_vports),
		TEST(test_scan_hosts_finds_none_when_there_is_no_fibre_channel),
		TEST(test_scan_knows_vport_hosts_by_their_links),
		TEST(test_scan_reads_all_of_an_hba),
		TEST(test_scan_takes_model_and_firmware_where_the_driver_puts_them),
		TEST(test_scan_reads_vport_with_rports_and_luns),
		TEST(test_scan_reads_lun_identity_size_and_missing_disk),
		TEST(test_scan_counts_holders_of_disk_and_partitions),
		TEST(test_scan_leaves_out_what_is_no_logical_unit),
		TEST(test_scan_leaves_port_id_empty_before_the_login),
		TEST(test_scan_leaves_out_a_vport_that_is_half_made),
		TEST(test_scan_makes_foreign_bytes_harmless),
		TEST(test_scan_marks_ports_that_are_made_elsewhere),
		TEST(test_look_reads_only_the_vports_asked_for),
		TEST(test_look_does_not_take_a_vport_for_an_older_one_of_the_same_name),
		TEST(test_scan_says_so_when_the_hba_went_away),
		TEST(test_scan_of_a_vport_s_own_host_is_refused),
		TEST(test_value_survives_json),
		TEST(test_value_refuses_lists_of_the_wrong_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
