/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/reply.h"

static json_t *body_of(const struct api_reply *reply)
{
	json_t *body = json_loadb(reply->body, reply->size, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(body);
	return body;
}

static void test_error_becomes_a_problem_that_names_the_field(void **state)
{
	struct api_reply reply = { 0 };
	struct np_err err;
	(void)state;
	(void)np_fail_field(&err, "wwpns", "'xyz' is no WWN");

	api_reply_error(&reply, 0, &err, "/v1/guests", NULL);

	json_t *body = body_of(&reply);
	assert_int_equal(reply.status, 422);
	assert_string_equal(reply.type, "application/problem+json");
	assert_string_equal(np_json_text(body, "type"), "https://npivd.org/problems/invalid");
	assert_string_equal(np_json_text(body, "detail"), "wwpns: 'xyz' is no WWN");
	assert_string_equal(np_json_text(body, "field"), "wwpns");
	assert_string_equal(np_json_text(body, "instance"), "/v1/guests");
	assert_string_equal(np_json_text(body, "code"), "invalid");
	assert_int_equal(np_json_int(body, "status"), 422);
	assert_true(*np_json_text(body, "title") && *np_json_text(body, "hint"));
	json_decref(body);
	api_reply_done(&reply);
}

static void test_every_code_has_its_status(void **state)
{
	struct api_reply reply = { 0 };
	struct np_err err;
	(void)state;

	for (int code = NP_FAILED; code < NP_CODE_MAX; code++) {
		(void)np_fail(&err, (enum np_code)code, "text");
		api_reply_error(&reply, 0, &err, "/", NULL);
		assert_in_range(reply.status, 400, 599);
		assert_int_equal(reply.status, np_codes[code].http);
	}
	api_reply_done(&reply);
}

static void test_error_with_foreign_bytes_is_still_json(void **state)
{
	struct api_reply reply = { 0 };
	struct np_err err;
	(void)state;
	(void)np_fail(&err, NP_PEER, "switch says '\xff\xfe\"\n'");

	api_reply_error(&reply, 0, &err, NULL, NULL);

	json_t *body = body_of(&reply);
	assert_string_equal(np_json_text(body, "detail"), "switch says '?\?\"\n'");
	json_decref(body);
	api_reply_done(&reply);
}

static void test_result_becomes_status_location_and_etag(void **state)
{
	struct svc_result result = { .status = SVC_CREATED,
		.body = json_pack("{s:s}", "name", "a"),
		.location = "/v1/pools/a",
		.etag = "3" };
	struct api_reply reply = { 0 };
	(void)state;

	api_reply_result(&reply, &result);

	assert_int_equal(reply.status, 201);
	assert_string_equal(reply.location, "/v1/pools/a");
	assert_string_equal(reply.etag, "\"3\"");
	assert_string_equal(reply.body, "{\"name\":\"a\"}");
	json_decref(result.body);
	api_reply_done(&reply);
}

static void test_accepted_result_points_to_its_operation(void **state)
{
	struct svc_result result = {
		.status = SVC_ACCEPTED, .body = json_object(), .operation = 12
	};
	struct api_reply reply = { 0 };
	(void)state;

	api_reply_result(&reply, &result);

	assert_int_equal(reply.status, 202);
	assert_string_equal(reply.location, "/v1/operations/12");
	json_decref(result.body);
	api_reply_done(&reply);
}

static void test_no_content_has_no_body(void **state)
{
	const struct svc_result result = { .status = SVC_NO_CONTENT };
	struct api_reply reply = { 0 };
	(void)state;

	api_reply_result(&reply, &result);

	assert_int_equal(reply.status, 204);
	assert_null(reply.body);
	api_reply_done(&reply);
}

static void test_operation_is_answered_by_how_it_ended(void **state)
{
	static const struct {
		const char *state, *error;
		bool any_end;
		unsigned status;
	} rows[] = {
		{ "DONE", NULL, false, 200 },
		{ "FAILED", "link", false, 503 },
		{ "FAILED", "capacity", false, 409 },
		{ "FAILED", NULL, false, 500 },
		{ "FAILED", "link", true, 200 },
		{ "STUCK", NULL, false, 500 },
		{ "TIMEOUT", NULL, false, 504 },
		{ "RUNNING", NULL, false, 202 },
		{ "PENDING", NULL, true, 202 },
		{ "UNDOING", "link", false, 202 },
	};
	struct api_reply reply = { 0 };
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *operation = json_pack("{s:i, s:s}", "id", 5, "state", rows[i].state);
		if (rows[i].error)
			(void)json_object_set_new(operation, "error",
				json_pack("{s:s, s:s}", "code", rows[i].error, "detail",
					"host1: so it was"));
		api_reply_operation(&reply, operation, rows[i].any_end, "/v1/guests/a/state");
		assert_int_equal(reply.status, rows[i].status);
		json_decref(operation);
	}
	api_reply_done(&reply);
}

static void test_failed_operation_is_inside_its_problem(void **state)
{
	json_t *operation = json_pack("{s:i, s:s, s:{s:s, s:s}}", "id", 5, "state", "FAILED",
		"error", "code", "link", "detail", "host1: link down");
	struct api_reply reply = { 0 };
	(void)state;

	api_reply_operation(&reply, operation, false, "/v1/guests/a/state");

	json_t *body = body_of(&reply);
	assert_string_equal(np_json_text(body, "code"), "link");
	assert_string_equal(np_json_text(body, "detail"), "host1: link down");
	assert_int_equal(np_json_int(json_object_get(body, "operation"), "id"), 5);
	json_decref(body);
	json_decref(operation);
	api_reply_done(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_becomes_a_problem_that_names_the_field),
		cmocka_unit_test(test_every_code_has_its_status),
		cmocka_unit_test(test_error_with_foreign_bytes_is_still_json),
		cmocka_unit_test(test_result_becomes_status_location_and_etag),
		cmocka_unit_test(test_accepted_result_points_to_its_operation),
		cmocka_unit_test(test_no_content_has_no_body),
		cmocka_unit_test(test_operation_is_answered_by_how_it_ended),
		cmocka_unit_test(test_failed_operation_is_inside_its_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
