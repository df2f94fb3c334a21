/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the driver for NX-OS reads, from a scripted switch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_nxos.h"

#define A "2100aabbccdd0001"
#define B "2100aabbccdd0002"
#define T "500601604b21aa01"
#define A_COLON "21:00:aa:bb:cc:dd:00:01"
#define B_COLON "21:00:aa:bb:cc:dd:00:02"
#define T_COLON "50:06:01:60:4b:21:aa:01"
#define BEFORE "Activation completed at 10:00:00 UTC Jul  3 2026"

#define Z1 FAKE_ZONE("z1", "[" FAKE_PWWN(A_COLON) "," FAKE_PWWN(T_COLON) "]")
#define Z0 FAKE_ZONE("z0", "[" FAKE_PWWN(B_COLON) "," FAKE_PWWN(T_COLON) "]")

static void test_drv_nxos_open_tells_what_is_wrong(void **state)
{
	static const struct fake_line refused[] = { { "show version", FAKE_HTTP_401 }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_serve(f, refused);
	assert_int_equal(zone_driver_nxos.open(&f->session, &f->err), -NP_DENIED);
	assert_non_null(strstr(f->err.msg, "'san-a'"));
	assert_null(strstr(f->err.msg, "s3cret"));
	assert_null(f->session.state);

	f->endpoint.context = 0;
	assert_int_equal(zone_driver_nxos.open(&f->session, &f->err), -NP_INVAL);
	assert_string_equal(f->err.field, "context");
}

static void test_drv_nxos_open_refuses_a_vsan_that_is_not_there(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10", FAKE_BAD("VSAN 10 is not configured") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_serve(f, script);
	assert_int_equal(zone_driver_nxos.open(&f->session, &f->err), -NP_NOTFOUND);
	assert_null(f->session.state);
}

static void test_drv_nxos_reads_a_snapshot(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zoneset vsan 10", FAKE_ZONESET("[{'name':'z0'},{'name':'z1'}]") },
		{ "show zone vsan 10", FAKE_ZONES("[" Z0 "," Z1 "]") },
		{ "show zoneset active vsan 10", FAKE_ZONESET("{'name':'z0'}") },
		{ "show zone active vsan 10",
			FAKE_GOOD("{'TABLE_zone_active':{'ROW_zone_active':" Z0 "}}") },
		{ "show device-alias database",
			FAKE_GOOD("{'TABLE_device_alias_database':{'ROW_device_alias_database':"
				  "{'dev_alias_name':'h1','pwwn':'" A_COLON "'}}}") },
		{ "show fcns database detail vsan 10",
			FAKE_GOOD(
				"{'TABLE_fcns_vsan':{'ROW_fcns_vsan':{'vsan_id':10,"
				"'TABLE_fcns_database':{'ROW_fcns_database':{'fcid':'0x0a0001','pwwn':'" A_COLON
				"'}}}}}") },
		{ "show flogi database vsan 10",
			FAKE_GOOD("{'TABLE_flogi_entry':{'ROW_flogi_entry':"
				  "{'interface':'fc1/1','port_name':'" A_COLON "'}}}") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	json_t *status = fake_nxos_read(f, ZONE_PART_STATUS);
	assert_string_equal(np_json_text(status, "vendor"), "nxos");
	assert_string_equal(np_json_text(status, "release"), "8.4(2c)");
	assert_string_equal(np_json_text(status, "switch"), "mds1");
	assert_string_equal(np_json_text(status, "mode"), "enhanced");
	assert_string_equal(np_json_text(status, "default_zone"), "no-access");
	assert_null(json_object_get(status, "checksum"));
	fake_rest_assert_member(status, "space", "{'max':2097152,'used':532}");
	fake_rest_assert_member(status, "transaction", "{'open':false}");
	fake_rest_assert_member(status, "effective", "{'zoneset':'zs'}");
	json_decref(status);

	json_t *database = fake_nxos_read(f, ZONE_PART_DATABASE);
	fake_rest_assert_member(database, "defined",
		"{'aliases':{'h1':['" A "']},'zonesets':{'zs':['z0','z1']},'zones':{"
		"'z0':{'kind':'regular','members':['" B "','" T
		"']},'z1':{'kind':'regular','members':['" A "','" T "']}}}");
	fake_rest_assert_member(database, "effective",
		"{'zoneset':'zs','zones':{'z0':{'kind':'regular','members':['" B "','" T "']}}}");
	assert_non_null(strstr(
		np_json_text(json_object_get(database, "raw"), "show zone vsan 10"), T_COLON));
	json_decref(database);

	json_t *logins = fake_nxos_read(f, ZONE_PART_LOGINS);
	fake_rest_assert_member(
		logins, "logins", "[{'wwpn':'" A "','port_id':'0a0001','role':'','port':'fc1/1'}]");
	json_decref(logins);
	fake_nxos_assert_configured(f, "");
}

/* 8.4(2a) says it as a result, 8.4(2b) as an error. */
static void test_drv_nxos_reads_an_empty_vsan(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10",
			FAKE_GOOD(
				"{'TABLE_zone_status':{'ROW_zone_status':{'vsan':10,'mode':'basic','session':'none','status':''}}}") },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zoneset vsan 10", FAKE_BAD("Zoneset not present") },
		{ "show zone vsan 10", FAKE_BAD("Zone not present") },
		{ "show zoneset active vsan 10", FAKE_NOTICE("Zoneset not present") },
		{ "show device-alias database", FAKE_GOOD("''") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	json_t *status = fake_nxos_read(f, ZONE_PART_STATUS);
	fake_rest_assert_member(status, "effective", "{}");
	assert_string_equal(np_json_text(status, "default_zone"), "all-access");
	json_decref(status);
	json_t *database = fake_nxos_read(f, ZONE_PART_DATABASE);
	fake_rest_assert_member(database, "defined", "{'aliases':{},'zones':{},'zonesets':{}}");
	fake_rest_assert_member(database, "effective", "{'zones':{}}");
	json_decref(database);
}

static void test_drv_nxos_does_not_take_an_unknown_text_for_no_zones(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone vsan 10", FAKE_NOTICE("The switch is starting, come back later") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	np_auto(np_json_decref) json_t *snapshot = json_object();
	assert_int_equal(zone_driver_nxos.read(&f->session, ZONE_PART_DATABASE, snapshot, &f->err),
		-NP_PEER);
}

static void test_drv_nxos_does_not_take_a_list_for_an_answer(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone vsan 10", FAKE_GOOD("['Zone not present']") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	np_auto(np_json_decref) json_t *snapshot = json_object();
	assert_int_equal(zone_driver_nxos.read(&f->session, ZONE_PART_DATABASE, snapshot, &f->err),
		-NP_PEER);
	assert_non_null(strstr(f->err.msg, "'show zone vsan 10'"));
}

/* Structured answers of this release have no device types: the text has. */
static void test_drv_nxos_reads_device_types_from_the_text_where_they_are_missing(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10",
			FAKE_STATUS_SMART("enhanced", "none", BEFORE, "enabled") },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone vsan 10", FAKE_ZONES("[" Z0 "," Z1 "]") },
		{ "show zone vsan 10", FAKE_NOTICE("zone name z0 vsan 10\\n  pwwn " B_COLON
						   "\\n  pwwn " T_COLON "\\n\\n"
						   "zone name z1 vsan 10\\n  pwwn " A_COLON
						   " init\\n  pwwn " T_COLON " target\\n") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	json_t *database = fake_nxos_read(f, ZONE_PART_DATABASE);
	fake_rest_assert_member(json_object_get(database, "defined"), "zones",
		"{'z0':{'kind':'regular','members':['" B "','" T "']},"
		"'z1':{'kind':'peer','members':['" A "'],'principals':['" T "']}}");
	json_decref(database);
}

static void test_drv_nxos_reads_the_text_of_what_has_no_structured_answer(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone pending vsan 10", FAKE_UNSTRUCTURED },
		{ "show zone pending vsan 10",
			FAKE_NOTICE("zone name z1 vsan 10\\n  pwwn " A_COLON "\\n") },
		{ "show zoneset pending vsan 10", FAKE_UNSTRUCTURED },
		{ "show zoneset pending vsan 10",
			FAKE_NOTICE(
				"zoneset name zs vsan 10\\n  zone name z1 vsan 10\\n    pwwn " A_COLON
				"\\n") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	json_t *snapshot = fake_nxos_read(f, ZONE_PART_PENDING);
	fake_rest_assert_member(snapshot, "pending",
		"{'aliases':{},'zones':{'z1':{'kind':'regular','members':['" A
		"']}},'zonesets':{'zs':['z1']}}");
	json_decref(snapshot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_nxos_new, fake_rest_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_drv_nxos_open_tells_what_is_wrong),
		TEST(test_drv_nxos_open_refuses_a_vsan_that_is_not_there),
		TEST(test_drv_nxos_reads_a_snapshot),
		TEST(test_drv_nxos_reads_an_empty_vsan),
		TEST(test_drv_nxos_does_not_take_an_unknown_text_for_no_zones),
		TEST(test_drv_nxos_does_not_take_a_list_for_an_answer),
		TEST(test_drv_nxos_reads_device_types_from_the_text_where_they_are_missing),
		TEST(test_drv_nxos_reads_the_text_of_what_has_no_structured_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
