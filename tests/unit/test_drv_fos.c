/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver for Fabric OS on a scripted switch: sessions, and what is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/fake/fake_clock.h"
#include "tests/fake/fake_fos.h"

#define LOGIN "POST /rest/login"
#define LOGOUT "POST /rest/logout"
#define GET_EFFECTIVE "GET " FAKE_FOS_EFFECTIVE
#define PATCH_EFFECTIVE "PATCH " FAKE_FOS_EFFECTIVE
#define IDLE FAKE_FOS_STATE("0", "0")
#define FREE_LOCK                                                                                  \
	{                                                                                          \
		"GET " FAKE_FOS_LOCK, 200,                                                         \
			FAKE_FOS_RESPONSE("fabric-lock", "{'lock-principal-domain-id':0}")         \
	}

static void test_drv_fos_logs_in_asks_for_modules_and_logs_out(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_serve(f, script);
	assert_int_equal(fake_rest_open(f), 0);
	fake_rest_close(f);

	assert_string_equal(fake_rest_heard(f),
		LOGIN "\nGET " FAKE_FOS_VERSIONS
		      "\nGET /rest/running/brocade-fibrechannel-switch/fibrechannel-switch\n" LOGOUT
		      "\n");
}

static void test_drv_fos_speaks_json_says_who_it_is_and_uses_the_session(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);

	assert_non_null(strstr(fake_rest_headers(f), "Authorization: " FAKE_FOS_KEY "\r\n"));
	assert_non_null(strstr(fake_rest_headers(f), "Accept: application/yang-data+json\r\n"));
	assert_non_null(
		strstr(fake_rest_headers(f), "Content-Type: application/yang-data+json\r\n"));
	assert_non_null(strstr(fake_rest_headers(f), "User-Agent: npivd/" NP_VERSION "\r\n"));
}

static void test_drv_fos_gives_user_and_secret_at_the_login_alone(void **state)
{
	static const struct fake_fos_line script[] = { { LOGIN, 401, "" }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_serve(f, script);
	assert_int_equal(fake_rest_open(f), -NP_DENIED);

	/* npivd:s3cret */
	assert_non_null(strstr(fake_rest_headers(f), "Authorization: Basic bnBpdmQ6czNjcmV0\r\n"));
}

/* Cinder writes the session's key into its log. */
static void test_drv_fos_tells_neither_secret_nor_key(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ GET_EFFECTIVE, 500, FAKE_FOS_ERROR("internal") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_null(fake_rest_read(f, ZONE_PART_STATUS));

	assert_int_equal(f->err.code, NP_PEER);
	assert_null(strstr(f->err.msg, "s3cret"));
	assert_null(strstr(f->err.msg, "Custom_Basic"));
	assert_null(strstr(f->err.msg, "Authorization"));
}

static void test_drv_fos_logs_out_when_the_modules_cannot_be_read(void **state)
{
	static const struct fake_fos_line script[] = {
		{ "GET " FAKE_FOS_VERSIONS, 500, FAKE_FOS_ERROR("internal") }, { 0 }
	};
	struct fake_rest *f = *state;

	fake_fos_serve(f, script);
	assert_int_equal(fake_rest_open(f), -NP_PEER);

	assert_int_equal(fake_fos_count(f, LOGOUT), 1);
}

static void test_drv_fos_says_what_to_do_about_too_many_sessions(void **state)
{
	static const struct fake_fos_line script[] = {
		{ LOGIN, 403, FAKE_FOS_ERROR("Max limit for REST sessions reached") }, { 0 }
	};
	struct fake_rest *f = *state;

	fake_fos_serve(f, script);
	assert_int_equal(fake_rest_open(f), -NP_BUSY);

	assert_non_null(strstr(f->err.msg, "Max limit for REST sessions reached"));
	assert_non_null(strstr(f->err.hint, "apploginhistory"));
	assert_int_equal(fake_fos_count(f, LOGOUT), 0);
}

static void keep_at(struct fake_rest *f)
{
	assert_true(snprintf(f->session.keep_path, sizeof f->session.keep_path, "%.200s/key",
			    f->dir) > 0);
}

static void write_key(const struct fake_rest *f, const char *key)
{
	np_auto(np_fclose) FILE *file = fopen(f->session.keep_path, "we");

	assert_non_null(file);
	assert_true(fputs(key, file) >= 0);
}

static void test_drv_fos_keeps_the_key_of_its_session_for_a_later_lane(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { 0 } };
	struct fake_rest *f = *state;
	np_auto(np_free) char *text = NULL;
	struct stat stat;

	keep_at(f);
	fake_fos_begin(f, script);
	assert_int_equal(np_file_read(AT_FDCWD, f->session.keep_path, 1000, &text, NULL), 0);
	assert_int_equal(lstat(f->session.keep_path, &stat), 0);
	fake_rest_close(f);

	assert_string_equal(text, "Authorization: " FAKE_FOS_KEY "\n");
	assert_int_equal(stat.st_mode & 07777, 0600);
	assert_int_equal(access(f->session.keep_path, F_OK), -1);
}

static void test_drv_fos_ends_the_session_that_an_earlier_lane_left(void **state)
{
	static const struct fake_fos_line script[] = { { LOGIN, 401, "" }, { 0 } };
	struct fake_rest *f = *state;

	keep_at(f);
	write_key(f, "Authorization: Custom_Basic left");
	fake_fos_serve(f, script);
	(void)fake_rest_open(f);

	assert_string_equal(fake_rest_heard(f), LOGOUT "\n" LOGIN "\n");
	assert_int_equal(access(f->session.keep_path, F_OK), -1);
}

static void test_drv_fos_keeps_the_key_of_a_session_that_could_not_be_ended(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { LOGOUT, FAKE_FOS_HANG_UP, "" },
		{ 0 } };
	struct fake_rest *f = *state;

	keep_at(f);
	fake_fos_begin(f, script);
	fake_rest_close(f);

	assert_int_equal(access(f->session.keep_path, F_OK), 0);
}

static void test_drv_fos_logs_in_again_when_a_session_has_ended_before_a_read(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, FREE_LOCK,
		{ GET_EFFECTIVE, 401, FAKE_FOS_ERROR("Invalid or expired session") },
		{ GET_EFFECTIVE, 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	assert_string_equal(fake_rest_heard(f),
		GET_EFFECTIVE "\n" LOGIN "\n" GET_EFFECTIVE "\nGET " FAKE_FOS_LOCK "\n");
	/* With the key of the new one. */
	assert_non_null(strstr(fake_rest_headers(f), "Authorization: " FAKE_FOS_KEY "1\r\n"));
}

static void test_drv_fos_gives_up_when_every_session_ends_at_once(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ GET_EFFECTIVE, 401, FAKE_FOS_ERROR("Invalid or expired session") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_null(fake_rest_read(f, ZONE_PART_STATUS));

	assert_int_equal(f->err.code, NP_PEER);
	assert_int_equal(fake_fos_count(f, LOGIN), 1);
}

/* What was staged went with the session: a new one would put half of it in force. */
static void test_drv_fos_repeats_no_change_in_a_new_session(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ PATCH_EFFECTIVE, 401, FAKE_FOS_ERROR("Invalid or expired session") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_int_equal(fake_fos_commit(f, true, "S"), -NP_CONFLICT);

	assert_int_equal(fake_fos_count(f, LOGIN), 0);
	assert_int_equal(fake_fos_count(f, PATCH_EFFECTIVE), 1);
}

/* brocade.fos tries once more after four seconds, whatever the switch has to do. */
static void test_drv_fos_waits_longer_each_time_when_the_switch_throttles(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, FREE_LOCK,
		{ GET_EFFECTIVE, 503, "" }, { GET_EFFECTIVE, 503, "" }, { GET_EFFECTIVE, 503, "" },
		{ GET_EFFECTIVE, 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;
	int64_t began_ms;

	fake_fos_begin(f, script);
	began_ms = fake_clock_ms;
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	assert_int_equal(fake_fos_count(f, GET_EFFECTIVE), 4);
	/* 0.5 s, 1 s, 2 s, each with up to half of it more. */
	assert_in_range(fake_clock_ms - began_ms, 3500, 5250);
}

static void test_drv_fos_repeats_a_change_when_the_fabric_is_busy(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ PATCH_EFFECTIVE, 400, FAKE_FOS_ERROR("The Fabric is busy, try again later") },
		{ PATCH_EFFECTIVE, 204, "" }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_int_equal(fake_fos_commit(f, true, "S"), 0);

	assert_int_equal(fake_fos_count(f, PATCH_EFFECTIVE), 2);
}

static void test_drv_fos_gives_up_before_the_deadline_when_the_switch_stays_busy(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { GET_EFFECTIVE, 503, "" },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_null(fake_rest_read(f, ZONE_PART_STATUS));

	assert_int_equal(f->err.code, NP_BUSY);
	assert_true(fake_clock_ms < f->session.deadline_ms);
}

static void test_drv_fos_takes_a_chassis_that_is_not_ready_for_no_throttle(void **state)
{
	static const struct fake_fos_line script[] = {
		{ LOGIN, 503,
			"<errors><error><error-message>Chassis is not ready for management"
			"</error-message></error></errors>" },
		{ 0 }
	};
	struct fake_rest *f = *state;

	fake_fos_serve(f, script);
	assert_int_equal(fake_rest_open(f), -NP_UNREACHABLE);

	assert_int_equal(fake_fos_count(f, LOGIN), 1);
	assert_non_null(strstr(f->err.msg, "not ready for management"));
}

static void test_drv_fos_ends_a_call_that_hangs_at_the_deadline(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ PATCH_EFFECTIVE, FAKE_FOS_HANG, "" }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	f->session.deadline_ms = fake_clock_ms + 100;
	assert_int_equal(fake_fos_commit(f, true, "S"), -NP_TIMEOUT);
}

static void test_drv_fos_finds_the_uris_of_the_release(void **state)
{
	static const struct {
		struct fake_fos_line versions;
		const char *heard;
	} rows[] = {
		{ FAKE_FOS_9, GET_EFFECTIVE "\nGET " FAKE_FOS_LOCK "\n" },
		{ FAKE_FOS_8, GET_EFFECTIVE "\n" },
		{ FAKE_FOS_OLD, "GET /rest/running/zoning/effective-configuration\n" },
		/* A list of one as its element. */
		{ { "GET " FAKE_FOS_VERSIONS, 200,
			  FAKE_FOS_RESPONSE("brocade-module-version",
				  "{'module':{'name':'brocade-zone','objects':{'object':'fabric-lock'}}}") },
			GET_EFFECTIVE "\nGET " FAKE_FOS_LOCK "\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_fos_line script[] = { rows[i].versions, FREE_LOCK,
			{ GET_EFFECTIVE, 200, IDLE },
			{ "GET /rest/running/zoning/effective-configuration", 200, IDLE }, { 0 } };
		struct fake_rest *f = *state;

		fake_fos_begin(f, script);
		np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
		assert_non_null(status);

		assert_string_equal(fake_rest_heard(f), rows[i].heard);
		assert_int_equal(fake_rest_free(state), 0);
		assert_int_equal(fake_fos_new(state), 0);
	}
}

/* brocade.fos forgets the virtual fabric at the one place where it aborts: the lock stays. */
static void test_drv_fos_names_the_virtual_fabric_everywhere(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ GET_EFFECTIVE "?vf-id=20", 200, FAKE_FOS_STATE("7", "100") },
		{ GET_EFFECTIVE "?vf-id=20", 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;

	f->endpoint.context = 20;
	fake_fos_begin(f, script);
	(void)snprintf(f->session.token, sizeof f->session.token, "7");
	json_decref(fake_rest_read(f, ZONE_PART_PENDING));
	json_decref(fake_rest_read(f, ZONE_PART_LOGINS));
	assert_int_equal(
		fake_rest_stage(f, "[{'object':'alias','name':'a','after':['2100aabbccdd0001']}]"),
		0);
	assert_int_equal(zone_driver_fos.discard(&f->session, &f->err), 0);

	assert_string_equal(fake_rest_heard(f),
		"GET " FAKE_FOS_DEFINED "?vf-id=20\nGET " FAKE_FOS_NAMES "?vf-id=20\n"
		"POST " FAKE_FOS_DEFINED
		"?vf-id=20 {'defined-configuration':{'alias':[{'alias-name':'a',"
		"'member-entry':{'alias-entry-name':['21:00:aa:bb:cc:dd:00:01']}}]}}\n" GET_EFFECTIVE
		"?vf-id=20\n" PATCH_EFFECTIVE
		"?vf-id=20 {'effective-configuration':{'cfg-action':4}}\n" GET_EFFECTIVE
		"?vf-id=20\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_fos_new, fake_rest_free)
		CASE(test_drv_fos_logs_in_asks_for_modules_and_logs_out),
		CASE(test_drv_fos_speaks_json_says_who_it_is_and_uses_the_session),
		CASE(test_drv_fos_gives_user_and_secret_at_the_login_alone),
		CASE(test_drv_fos_tells_neither_secret_nor_key),
		CASE(test_drv_fos_logs_out_when_the_modules_cannot_be_read),
		CASE(test_drv_fos_says_what_to_do_about_too_many_sessions),
		CASE(test_drv_fos_keeps_the_key_of_its_session_for_a_later_lane),
		CASE(test_drv_fos_ends_the_session_that_an_earlier_lane_left),
		CASE(test_drv_fos_keeps_the_key_of_a_session_that_could_not_be_ended),
		CASE(test_drv_fos_logs_in_again_when_a_session_has_ended_before_a_read),
		CASE(test_drv_fos_gives_up_when_every_session_ends_at_once),
		CASE(test_drv_fos_repeats_no_change_in_a_new_session),
		CASE(test_drv_fos_waits_longer_each_time_when_the_switch_throttles),
		CASE(test_drv_fos_repeats_a_change_when_the_fabric_is_busy),
		CASE(test_drv_fos_gives_up_before_the_deadline_when_the_switch_stays_busy),
		CASE(test_drv_fos_takes_a_chassis_that_is_not_ready_for_no_throttle),
		CASE(test_drv_fos_ends_a_call_that_hangs_at_the_deadline),
		CASE(test_drv_fos_finds_the_uris_of_the_release),
		CASE(test_drv_fos_names_the_virtual_fabric_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
