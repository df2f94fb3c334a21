/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the driver for NX-OS changes, on a scripted switch. */
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
#define AFTER "Activation completed at 10:00:09 UTC Jul  3 2026"

#define MAKE_Z1                                                                                    \
	"{'object':'zone','name':'z1','after':{'kind':'regular','members':['" A "','" T "']}}"
#define ADD_Z1 "{'object':'member','name':'z1','zoneset':'zs','after':true}"
#define PLAN                                                                                       \
	"{'fabric':'a','vendor':'nxos','zoneset':'zs','activate':true,'changes':[" MAKE_Z1         \
	"," ADD_Z1 "]}"
#define ENHANCED_HEAD                                                                              \
	{ "show version", FAKE_VERSION }, { "show device-alias status", FAKE_UNLOCKED },           \
	{                                                                                          \
		"show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE)                \
	}
#define SOMEBODY_IS_FASTER                                                                         \
	{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },                   \
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [admin]", BEFORE) },    \
	{                                                                                          \
		"zone name z1 vsan 10", FAKE_BAD("Zone database is locked by another user")        \
	}
#define Z1 FAKE_ZONE("z1", "[" FAKE_PWWN(A_COLON) "," FAKE_PWWN(T_COLON) "]")

static void test_drv_nxos_enhanced_stages_in_a_session_and_commits_it(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD,
		{ "show zone status vsan 10",
			FAKE_STATUS("enhanced", "none", BEFORE) }, /* stage looks */
		{ "show zone status vsan 10",
			FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) }, /* it is proved */
		{ "show zone status vsan 10",
			FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) }, /* commit looks */
		{ "show zone status vsan 10",
			FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) }, /* it goes on */
		{ "show zone status vsan 10",
			FAKE_STATUS("enhanced", "none", "Activation in progress") },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", AFTER) },
		{ "show zone pending vsan 10", FAKE_ZONES(Z1) },
		{ "show zoneset pending vsan 10", FAKE_ZONESET("{'name':'z1'}") },
		{ "zone name z1 vsan 10",
			FAKE_NOTICE(
				"Enhanced zone session has been created. Please commit the changes when done.") },
		{ "zoneset activate name zs vsan 10",
			FAKE_NOTICE("Zoneset activation initiated. check zone status") },
		{ "zone commit vsan 10",
			FAKE_BAD("Commit operation initiated. Check zone status") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "," ADD_Z1 "]"), 0);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), 0);
	assert_int_equal(zone_driver_nxos.settled(&f->session, &f->err), 1);
	assert_int_equal(zone_driver_nxos.settled(&f->session, &f->err), 1);
	assert_int_equal(zone_driver_nxos.settled(&f->session, &f->err), 0);

	assert_string_equal(f->session.remark, "");
	fake_nxos_assert_configured(f,
		"zone name z1 vsan 10\nmember pwwn " A_COLON "\nmember pwwn " T_COLON "\nexit\n"
		"zoneset name zs vsan 10\nmember z1\nexit\n"
		"terminal dont-ask\nzoneset activate name zs vsan 10\nzone commit vsan 10\nno terminal dont-ask\n"
		"copy running-config startup-config\n");
}

static void test_drv_nxos_basic_activates_and_commits_nothing(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", AFTER) },
		{ "show zone vsan 10", FAKE_ZONES(Z1) },
		{ "show zoneset vsan 10", FAKE_ZONESET("{'name':'z1'}") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "," ADD_Z1 "]"), 0);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), 0);
	assert_int_equal(fake_nxos_settle(f), 0);

	fake_nxos_assert_configured(f,
		"zone name z1 vsan 10\nmember pwwn " A_COLON "\nmember pwwn " T_COLON "\nexit\n"
		"zoneset name zs vsan 10\nmember z1\nexit\n"
		"terminal dont-ask\nzoneset activate name zs vsan 10\nno terminal dont-ask\n"
		"copy running-config startup-config\n");
}

/* ansible #68144: new members were defined and never came into force, since no zoneset had changed. */
static void test_drv_nxos_activates_again_when_only_members_changed(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD,
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone pending vsan 10", FAKE_ZONES(Z1) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(
		fake_rest_stage(f,
			"[{'object':'zone','name':'z1','before':{'kind':'regular','members':['" T
			"']},"
			"'after':{'kind':'regular','members':['" A "','" T "']}}]"),
		0);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), 0);

	assert_true(fake_nxos_has_heard(f, "+zoneset activate name zs vsan 10"));
	assert_true(fake_nxos_has_heard(f, "+zone commit vsan 10"));
}

/* ansible #68146: aliases were never removed. They go when no zone needs them any more. */
static void test_drv_nxos_removes_aliases_after_the_zones_are_through(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", AFTER) },
		{ "show zone pending vsan 10", FAKE_BAD("Zone not present") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(
		fake_rest_stage(f,
			"[{'object':'zone','name':'z1','before':{'kind':'regular','members':['@h1']}},"
			"{'object':'alias','name':'h1','before':['" A "']}]"),
		0);
	assert_int_equal(
		fake_nxos_commit(f,
			"{'activate':false,'changes':[{'object':'alias','name':'h1','before':['" A
			"']}]}",
			false, "zs"),
		0);
	assert_int_equal(fake_nxos_settle(f), 0);

	fake_nxos_assert_configured(f,
		"no zone name z1 vsan 10\ndevice-alias database\nno device-alias name h1\nexit\n"
		"terminal dont-ask\nzone commit vsan 10\nno terminal dont-ask\n"
		"terminal dont-ask\ndevice-alias commit\nno terminal dont-ask\n"
		"copy running-config startup-config\n");
}

static void test_drv_nxos_makes_aliases_before_the_zones(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias database pending",
			FAKE_GOOD("{'TABLE_device_alias_database':{'ROW_device_alias_database':"
				  "{'dev_alias_name':'h1','pwwn':'" A_COLON "'}}}") },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(
		fake_rest_stage(f, "[{'object':'alias','name':'h1','after':['" A "']}]"), 0);
	assert_int_equal(fake_nxos_commit(f,
				 "{'changes':[{'object':'alias','name':'h1','after':['" A "']}]}",
				 false, "zs"),
		0);
	assert_int_equal(fake_nxos_settle(f), 0);

	fake_nxos_assert_configured(f,
		"device-alias database\ndevice-alias name h1 pwwn " A_COLON "\nexit\n"
		"terminal dont-ask\ndevice-alias commit\nno terminal dont-ask\n"
		"copy running-config startup-config\n");
}

/* Cinder: a session of somebody's is there, and the call returns success without a zone. */
static void test_drv_nxos_is_busy_when_somebody_has_the_session(void **state)
{
	static const char *const sessions[] = { FAKE_STATUS("enhanced", "cli [admin]", BEFORE),
		FAKE_STATUS("enhanced", "cli [npivd]", BEFORE),
		FAKE_STATUS("enhanced", "remote [dom: 23][ip: 192.0.2.1]", BEFORE),
		FAKE_STATUS("enhanced", "active", BEFORE) };

	for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
		struct fake_line script[] = { { "show version", FAKE_VERSION },
			{ "show device-alias status", FAKE_UNLOCKED },
			{ "show zone status vsan 10", sessions[i] }, { 0 } };
		struct fake_rest *f;

		(void)fake_nxos_new((void **)&f);
		fake_nxos_begin(f, script);
		assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), -NP_BUSY);
		assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), -NP_BUSY);
		fake_nxos_assert_configured(f, "");
		(void)fake_rest_free((void **)&f);
	}
	(void)state;
}

static void test_drv_nxos_says_whose_session_it_is(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [admin]", BEFORE) },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	json_t *status = fake_nxos_read(f, ZONE_PART_STATUS);
	fake_rest_assert_member(status, "transaction",
		"{'open':true,'user':'admin','address':'','application':'','interface':'cli'}");
	json_decref(status);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), -NP_BUSY);
	assert_string_equal(f->err.msg, "user 'admin' has a zone session open in VSAN 10 (cli)");
	np_auto(np_json_decref) json_t *snapshot = json_object();
	assert_int_equal(
		zone_driver_nxos.read(&f->session, ZONE_PART_PENDING, snapshot, NULL), -NP_BUSY);
}

/* mdssdk clears the lock of the whole fabric on any text that it does not know. */
static void test_drv_nxos_never_ends_the_session_of_another(void **state)
{
	static const char *const sessions[] = { FAKE_STATUS("enhanced", "cli [admin]", BEFORE),
		FAKE_STATUS("enhanced", "remote [dom: 23][ip: 192.0.2.1]", BEFORE) };

	for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
		struct fake_line script[] = { { "show version", FAKE_VERSION },
			{ "show device-alias status", FAKE_LOCKED("admin") },
			{ "show zone status vsan 10", sessions[i] }, { 0 } };
		struct fake_rest *f;

		(void)fake_nxos_new((void **)&f);
		fake_nxos_begin(f, script);
		assert_int_equal(zone_driver_nxos.discard(&f->session, &f->err), -NP_BUSY);
		fake_nxos_assert_configured(f, "");
		(void)fake_rest_free((void **)&f);
	}
	(void)state;
}

/* Cinder leaves the session open when it fails, which locks out everybody. */
static void test_drv_nxos_discard_ends_our_sessions_and_sees_that_they_are_gone(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(zone_driver_nxos.discard(&f->session, &f->err), 0);
	fake_nxos_assert_configured(f, "no zone commit vsan 10\ndevice-alias abort\n");
	assert_int_equal(zone_driver_nxos.discard(&f->session, &f->err), 0);
	fake_nxos_assert_configured(f, "no zone commit vsan 10\ndevice-alias abort\n");
}

static void test_drv_nxos_discard_fails_when_the_session_stays(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(zone_driver_nxos.discard(&f->session, &f->err), -NP_PEER);
}

/* Somebody begins between our look and our first change: the switch refuses us, and his session stays. */
static void test_drv_nxos_is_busy_when_somebody_was_faster(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD, SOMEBODY_IS_FASTER, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), -NP_BUSY);
	assert_non_null(strstr(f->err.msg, "'admin'"));
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), -NP_BUSY);
	assert_false(fake_nxos_has_heard(f, "+zone commit vsan 10"));
	assert_false(fake_nxos_has_heard(f, "+no zone commit vsan 10"));
}

static void test_drv_nxos_stops_when_its_session_was_ended_by_somebody(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD,
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone pending vsan 10", FAKE_ZONES(Z1) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), 0);
	assert_int_equal(fake_rest_stage(f, "[" ADD_Z1 "]"), -NP_CONFLICT);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), -NP_CONFLICT);
	assert_false(fake_nxos_has_heard(f, "+zone commit vsan 10"));
}

/* Aliases are locked in all VSANs, and his session of zones would hide from us that the lock is ours. */
static void test_drv_nxos_gives_its_lock_on_aliases_back_when_somebody_has_the_zones(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD,
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_LOCKED("npivd") },
		{ "show device-alias status", FAKE_UNLOCKED }, SOMEBODY_IS_FASTER, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f,
				 "[{'object':'alias','name':'h1','after':['" A "']}," MAKE_Z1 "]"),
		-NP_BUSY);
	assert_non_null(strstr(f->err.msg, "'admin'"));
	assert_true(fake_nxos_has_heard(f, "+device-alias abort"));
	assert_false(fake_nxos_has_heard(f, "+no zone commit vsan 10"));
}

static void test_drv_nxos_leaves_aliases_alone_that_another_is_changing(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_LOCKED("admin") },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone vsan 10", FAKE_ZONES(Z1) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(
		fake_rest_stage(f, "[{'object':'alias','name':'h1','after':['" A "']}]"), -NP_BUSY);
	assert_non_null(strstr(f->err.msg, "'admin'"));
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), 0);
	json_t *status = fake_nxos_read(f, ZONE_PART_STATUS);
	fake_rest_assert_member(status, "transaction", "{'open':false}");
	json_decref(status);
}

/* SAN Platform Manager looks at the HTTP status alone. */
static void test_drv_nxos_believes_the_code_of_each_command(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "member pwwn " T_COLON, FAKE_BAD("% Illegal pwwn") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "," ADD_Z1 "]"), -NP_CONFLICT);
	assert_non_null(strstr(f->err.msg, "member pwwn " T_COLON));
	assert_non_null(strstr(f->err.msg, "% Illegal pwwn"));
}

static void test_drv_nxos_sends_single_commands_where_joined_ones_are_refused(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ FAKE_AS_ONE, FAKE_AS_ONE }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), 0);
	assert_int_equal(fake_rest_stage(f, "[" ADD_Z1 "]"), 0);
	fake_nxos_assert_configured(f, "(joined)\nzone name z1 vsan 10\nmember pwwn " A_COLON
				       "\nmember pwwn " T_COLON "\nexit\n"
				       "zoneset name zs vsan 10\nmember z1\nexit\n");
}

/* Seen on a real MDS: what follows the first command of an object is lost, and every code is "200". */
static void test_drv_nxos_sends_single_commands_where_joined_ones_are_lost(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD,
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "cli [npivd]", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("enhanced", "none", BEFORE) },
		{ "show zone pending vsan 10", FAKE_ZONES("{'name':'z1','vsan':10}") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), 0);
	fake_nxos_assert_configured(f,
		"zone name z1 vsan 10\nmember pwwn " A_COLON "\nmember pwwn " T_COLON "\nexit\n"
		"no zone commit vsan 10\n"
		"zone name z1 vsan 10\nmember pwwn " A_COLON "\nmember pwwn " T_COLON "\nexit\n");
}

static void test_drv_nxos_refuses_peer_zones_without_smart_zoning(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(
		fake_rest_stage(f,
			"[{'object':'zone','name':'z1','after':{'kind':'peer','members':['" A
			"'],'principals':['" T "']}}]"),
		-NP_CONFLICT);
	assert_non_null(strstr(f->err.hint, "zone smart-zoning enable vsan 10"));
	fake_nxos_assert_configured(f, "");
	/* Nothing of ours is open. */
	assert_int_equal(fake_rest_stage(f, "[]"), 0);
}

static void test_drv_nxos_asks_a_busy_switch_again(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_HTTP_503 },
		{ "show version", FAKE_VERSION }, { "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone vsan 10", FAKE_ZONES(Z1) },
		{ "zone name z1 vsan 10", FAKE_BAD("Fabric unstable") },
		{ "zone name z1 vsan 10", FAKE_GOOD("{}") }, { 0 } };
	struct fake_rest *f = *state;

	f->session.deadline_ms = zone_clock_ms() + 1000;
	fake_nxos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE_Z1 "]"), 0);
}

static void test_drv_nxos_activation_that_fails_is_told(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "show zone status vsan 10",
			FAKE_STATUS("basic", "none",
				"Operation failed: [Error: Zoneset is too big]: at 11:06:21 IST Jul  5 2026") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), 0);
	assert_int_equal(fake_nxos_settle(f), -NP_CONFLICT);
	assert_non_null(strstr(f->err.msg, "Zoneset is too big"));
	assert_false(fake_nxos_has_heard(f, "+copy running-config startup-config"));
}

/* The failure that the status still tells is of an earlier day; what is in force tells how ours went. */
static void test_drv_nxos_old_failures_in_the_status_do_not_count(void **state)
{
#define OLD                                                                                        \
	"Operation failed: [Error: Fabric changing Or Dest Switch Failure: Dom 21]: at 18:44:10 UTC Jun  8 2026"
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", OLD) },
		{ "show zoneset vsan 10", FAKE_ZONESET("{'name':'z1'}") },
		{ "show zone vsan 10", FAKE_ZONES(Z1) },
		{ "show zoneset active vsan 10", FAKE_ZONESET(Z1) }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), 0);
	assert_int_equal(fake_nxos_settle(f), 0);
	assert_true(fake_nxos_has_heard(f, "+copy running-config startup-config"));
}

static void test_drv_nxos_lost_reply_of_a_commit_is_no_success(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "zoneset activate name zs vsan 10", FAKE_HANG_UP }, { 0 } };
	struct fake_rest *f = *state;

	f->session.deadline_ms = zone_clock_ms() + 1000;
	fake_nxos_begin(f, script);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, "zs"), -NP_PEER);
	/* No sign comes, so nothing is saved; the walker looks. */
	assert_int_equal(fake_nxos_settle(f), 0);
	assert_false(fake_nxos_has_heard(f, "+copy running-config startup-config"));
}

static void test_drv_nxos_what_cannot_be_saved_is_a_remark(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "copy running-config startup-config", FAKE_BAD("% No space left on bootflash") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_nxos_commit(f, "{'changes':[]}", false, "zs"), 0);
	assert_int_equal(fake_nxos_settle(f), 0);
	assert_non_null(strstr(f->session.remark, "not saved to the startup configuration"));
	assert_non_null(strstr(f->session.remark, "No space left"));
}

/* npivd was killed between the commit and the copy: the change is there, and is saved when it is found. */
static void test_drv_nxos_saves_what_is_found_made_after_a_crash(void **state)
{
	static const struct fake_line script[] = { { "show version", FAKE_VERSION },
		{ "show device-alias status", FAKE_UNLOCKED },
		{ "show zone status vsan 10", FAKE_STATUS("basic", "none", BEFORE) },
		{ "copy running-config startup-config", FAKE_GOOD("{}") }, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	zone_driver_nxos.save(&f->session);
	assert_string_equal(f->session.remark, "");
	assert_non_null(strstr(fake_rest_heard(f), "copy running-config startup-config"));
}

static void test_drv_nxos_activation_ends_by_the_name_that_is_in_force(void **state)
{
	static const struct fake_line script[] = { ENHANCED_HEAD, { 0 } };
	struct fake_rest *f = *state;

	fake_nxos_begin(f, script);
	assert_int_equal(fake_nxos_commit(f, PLAN, true, NULL), 0);
	fake_nxos_assert_configured(f,
		"terminal dont-ask\nno zoneset activate name zs vsan 10\nzone commit vsan 10\nno terminal dont-ask\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_nxos_new, fake_rest_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_drv_nxos_enhanced_stages_in_a_session_and_commits_it),
		TEST(test_drv_nxos_basic_activates_and_commits_nothing),
		TEST(test_drv_nxos_activates_again_when_only_members_changed),
		TEST(test_drv_nxos_removes_aliases_after_the_zones_are_through),
		TEST(test_drv_nxos_makes_aliases_before_the_zones),
		cmocka_unit_test(test_drv_nxos_is_busy_when_somebody_has_the_session),
		TEST(test_drv_nxos_says_whose_session_it_is),
		cmocka_unit_test(test_drv_nxos_never_ends_the_session_of_another),
		TEST(test_drv_nxos_discard_ends_our_sessions_and_sees_that_they_are_gone),
		TEST(test_drv_nxos_discard_fails_when_the_session_stays),
		TEST(test_drv_nxos_is_busy_when_somebody_was_faster),
		TEST(test_drv_nxos_stops_when_its_session_was_ended_by_somebody),
		TEST(test_drv_nxos_gives_its_lock_on_aliases_back_when_somebody_has_the_zones),
		TEST(test_drv_nxos_leaves_aliases_alone_that_another_is_changing),
		TEST(test_drv_nxos_believes_the_code_of_each_command),
		TEST(test_drv_nxos_sends_single_commands_where_joined_ones_are_refused),
		TEST(test_drv_nxos_sends_single_commands_where_joined_ones_are_lost),
		TEST(test_drv_nxos_refuses_peer_zones_without_smart_zoning),
		TEST(test_drv_nxos_asks_a_busy_switch_again),
		TEST(test_drv_nxos_activation_that_fails_is_told),
		TEST(test_drv_nxos_old_failures_in_the_status_do_not_count),
		TEST(test_drv_nxos_lost_reply_of_a_commit_is_no_success),
		TEST(test_drv_nxos_what_cannot_be_saved_is_a_remark),
		TEST(test_drv_nxos_saves_what_is_found_made_after_a_crash),
		TEST(test_drv_nxos_activation_ends_by_the_name_that_is_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
