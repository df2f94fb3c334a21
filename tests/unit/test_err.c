/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void test_err_fail_returns_the_negative_code_and_fills_the_error(void **state)
{
	struct np_err err = { .sys = 7, .field = "old", .hint = "old" };

	assert_int_equal(np_fail(&err, NP_BUSY, "%s: lane closed", "host5"), -NP_BUSY);

	assert_int_equal(err.code, NP_BUSY);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.msg, "host5: lane closed");
	assert_string_equal(err.field, "");
	assert_string_equal(err.hint, "");
	(void)state;
}

static void test_err_everything_takes_null(void **state)
{
	assert_int_equal(np_fail(NULL, NP_BUSY, "x"), -NP_BUSY);
	assert_int_equal(np_fail_field(NULL, "wwpn", "x"), -NP_INVAL);
	assert_int_equal(np_fail_sys(NULL, ENOENT, "x"), -NP_NOTFOUND);
	assert_int_equal(np_wrap(NULL, -NP_IO, "x"), -NP_IO);
	assert_int_equal(np_hint(NULL, -NP_IO, "x"), -NP_IO);
	assert_int_equal(np_fail_nomem(NULL), -NP_NOMEM);
	(void)state;
}

static void test_err_fail_field_names_the_field(void **state)
{
	struct np_err err;

	assert_int_equal(np_fail_field(&err, "wwpn", "is %s", "taken"), -NP_INVAL);

	assert_string_equal(err.field, "wwpn");
	assert_string_equal(err.msg, "wwpn: is taken");
	(void)state;
}

static void test_err_fail_sys_maps_the_errno_and_appends_its_words(void **state)
{
	static const struct {
		int sys;
		enum np_code code;
	} rows[] = {
		{ ENOENT, NP_NOTFOUND },
		{ EEXIST, NP_EXISTS },
		{ EACCES, NP_DENIED },
		{ ENOSPC, NP_CAPACITY },
		{ EOPNOTSUPP, NP_UNSUPPORTED },
		{ ETIMEDOUT, NP_TIMEOUT },
		{ EIO, NP_IO },
		{ EINTR, NP_IO },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err;
		assert_int_equal(np_fail_sys(&err, rows[i].sys, "open x"), -(int)rows[i].code);
		assert_int_equal(err.sys, rows[i].sys);
		assert_non_null(strstr(err.msg, strerror(rows[i].sys)));
	}
	(void)state;
}

static void test_err_wrap_prefixes_and_keeps_the_rest(void **state)
{
	struct np_err err;
	int rc = np_fail_field(&err, "wwpn", "is taken");

	np_hint(&err, rc, "take another");
	assert_int_equal(np_wrap(&err, rc, "guest %s", "db01"), rc);

	assert_string_equal(err.msg, "guest db01: wwpn: is taken");
	assert_string_equal(err.field, "wwpn");
	assert_string_equal(err.hint, "take another");
	(void)state;
}

static void test_err_wrap_and_hint_leave_success_alone(void **state)
{
	struct np_err err = { .msg = "untouched" };

	assert_int_equal(np_wrap(&err, 0, "x"), 0);
	assert_int_equal(np_hint(&err, 3, "x"), 3);

	assert_string_equal(err.msg, "untouched");
	assert_string_equal(err.hint, "");
	(void)state;
}

static void test_err_text_that_is_too_long_is_cut(void **state)
{
	struct np_err err;
	char text[2000] = { 0 };

	memset(text, 'x', sizeof text - 1);
	int rc = np_fail_sys(&err, EIO, "%s", text);
	np_wrap(&err, rc, "%s", text);
	np_hint(&err, rc, "%s", text);
	(void)np_fail_field(&err, text, "%s", text);

	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	assert_int_equal(strlen(err.field), sizeof err.field - 1);
	(void)state;
}

static void test_err_every_code_has_a_row(void **state)
{
	for (int code = 0; code < NP_CODE_MAX; code++) {
		const struct np_code_row *row = np_code_row(-code);
		assert_non_null(row->name);
		assert_non_null(row->title);
		assert_non_null(row->hint);
		assert_true(row->http >= 200 && row->http < 600);
		assert_true(code == NP_OK ? row->exit == 0 : row->exit > 0);
		assert_int_equal(np_code_from_name(row->name), code);
	}
	assert_int_equal(np_code_from_name("from-the-future"), NP_FAILED);
	assert_int_equal(np_code_from_name(NULL), NP_FAILED);
	assert_ptr_equal(np_code_row(10000), &np_codes[NP_FAILED]);
	(void)state;
}

static void test_err_json_and_back(void **state)
{
	struct np_err err, back;
	int rc = np_hint(&err, np_fail_field(&err, "wwpn", "is taken"), "take another");
	np_auto(np_json_decref) json_t *json = np_err_to_json(&err);

	assert_int_equal(np_err_from_json(&back, json), rc);

	assert_string_equal(back.msg, err.msg);
	assert_string_equal(back.hint, err.hint);
	assert_string_equal(back.field, err.field);
	(void)state;
}

static void test_err_json_carries_the_hint_of_the_code_when_there_is_no_other(void **state)
{
	struct np_err err;

	np_fail(&err, NP_BUSY, "x");
	np_auto(np_json_decref) json_t *json = np_err_to_json(&err);

	assert_string_equal(
		json_string_value(json_object_get(json, "hint")), np_codes[NP_BUSY].hint);
	assert_null(json_object_get(json, "field"));
	(void)state;
}

static void test_err_from_json_of_nonsense_is_a_failure(void **state)
{
	static const char *const nonsense[] = { "null", "[]", "7", "{}", "{\"code\":\"ok\"}",
		"{\"code\":7,\"detail\":[],\"hint\":{},\"field\":true}" };

	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		np_auto(np_json_decref) json_t *json =
			json_loads(nonsense[i], JSON_DECODE_ANY, NULL);
		struct np_err err;
		assert_non_null(json);
		assert_int_equal(np_err_from_json(&err, json), -NP_FAILED);
		assert_string_not_equal(err.msg, "");
	}
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_fail_returns_the_negative_code_and_fills_the_error),
		cmocka_unit_test(test_err_everything_takes_null),
		cmocka_unit_test(test_err_fail_field_names_the_field),
		cmocka_unit_test(test_err_fail_sys_maps_the_errno_and_appends_its_words),
		cmocka_unit_test(test_err_wrap_prefixes_and_keeps_the_rest),
		cmocka_unit_test(test_err_wrap_and_hint_leave_success_alone),
		cmocka_unit_test(test_err_text_that_is_too_long_is_cut),
		cmocka_unit_test(test_err_every_code_has_a_row),
		cmocka_unit_test(test_err_json_and_back),
		cmocka_unit_test(test_err_json_carries_the_hint_of_the_code_when_there_is_no_other),
		cmocka_unit_test(test_err_from_json_of_nonsense_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
