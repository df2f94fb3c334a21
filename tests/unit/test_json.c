/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

struct sample {
	char text[16], name[NP_NAME_MAX], uuid[NP_UUID_TEXT], mode[8];
	uint64_t wwpn;
	int64_t count;
	bool on;
	json_t *wwns, *names, *any;
};

static const char *const modes[] = { "ro", "rw", NULL };

static const struct np_field rows[] = {
	{ "name", NP_TYPE_NAME, .flags = NP_FIELD_REQUIRED | NP_FIELD_FIXED,
		NP_IN(struct sample, name) },
	{ "text", NP_TYPE_TEXT, .flags = NP_FIELD_NULLABLE, .max = 10, NP_IN(struct sample, text) },
	{ "uuid", NP_TYPE_UUID, NP_IN(struct sample, uuid) },
	{ "wwpn", NP_TYPE_WWN, NP_IN(struct sample, wwpn) },
	{ "count", NP_TYPE_INT, .min = 0, .max = 9, NP_IN(struct sample, count) },
	{ "on", NP_TYPE_BOOL, NP_IN(struct sample, on) },
	{ "mode", NP_TYPE_ENUM, .words = modes, NP_IN(struct sample, mode) },
	{ "wwns", NP_TYPE_WWNS, .max = 3, NP_IN(struct sample, wwns) },
	{ "names", NP_TYPE_NAMES, NP_IN(struct sample, names) },
	{ "any", NP_TYPE_JSON, NP_IN(struct sample, any) },
	{ "state", NP_TYPE_TEXT, .flags = NP_FIELD_READONLY },
	{ 0 },
};

static void sample_done(struct sample *sample)
{
	json_decref(sample->wwns);
	json_decref(sample->names);
	json_decref(sample->any);
}

static json_t *parse(const char *text)
{
	json_t *json = NULL;

	assert_int_equal(np_json_parse(text, strlen(text), &json, NULL), 0);
	return json;
}

static void test_json_parse_refuses_what_is_no_json(void **state)
{
	static const char *const wrong[] = { "", "{", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{'a':1}",
		"[1] x", "nul", "\"\xff\"", "{\"a\":1e999}", "[99999999999999999999]" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		json_t *json = NULL;
		struct np_err err;
		assert_int_equal(np_json_parse(wrong[i], strlen(wrong[i]), &json, &err), -NP_INVAL);
		assert_non_null(strstr(err.msg, "JSON line 1"));
	}
	(void)state;
}

static void test_json_parse_refuses_deep_nesting(void **state)
{
	char text[2 * NP_JSON_DEPTH_MAX + 3] = { 0 };
	json_t *json = NULL;

	memset(text, '[', NP_JSON_DEPTH_MAX);
	memset(text + NP_JSON_DEPTH_MAX, ']', NP_JSON_DEPTH_MAX);
	assert_int_equal(np_json_parse(text, strlen(text), &json, NULL), 0);
	json_decref(json);
	memset(text, '[', NP_JSON_DEPTH_MAX + 1);
	memset(text + NP_JSON_DEPTH_MAX + 1, ']', NP_JSON_DEPTH_MAX + 1);

	assert_int_equal(np_json_parse(text, strlen(text), &json, NULL), -NP_INVAL);
	(void)state;
}

static void test_json_parse_does_not_count_brackets_in_text(void **state)
{
	np_auto(np_json_decref) json_t *json =
		parse("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[\"]");

	assert_int_equal(json_array_size(json), 1);
	(void)state;
}

static void test_json_check_makes_values_canonical(void **state)
{
	np_auto(np_json_decref) json_t *body =
		parse("{\"name\":\"db01\",\"wwpn\":\"21:00:AA:BB:CC:DD:00:01\","
		      "\"uuid\":\"6B8B4567-327B-23C6-643C-986966334873\",\"text\":null,"
		      "\"wwns\":[\"0x2100AABBCCDD0002\"],\"count\":9,\"on\":true,\"mode\":\"rw\"}");
	np_auto(np_json_decref) json_t *want =
		parse("{\"name\":\"db01\",\"wwpn\":\"2100aabbccdd0001\","
		      "\"uuid\":\"6b8b4567-327b-23c6-643c-986966334873\",\"text\":null,"
		      "\"wwns\":[\"2100aabbccdd0002\"],\"count\":9,\"on\":true,\"mode\":\"rw\"}");
	np_auto(np_json_decref) json_t *clean = NULL;

	assert_int_equal(np_json_check(body, rows, NP_CHECK_CREATE, &clean, NULL), 0);

	assert_true(json_equal(clean, want));
	(void)state;
}

static void test_json_check_names_the_field_that_is_wrong(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{ "{\"name\":\"a\",\"colour\":1}", "colour" },
		{ "{\"text\":\"x\"}", "name" },
		{ "{\"name\":\"\"}", "name" },
		{ "{\"name\":\"-x\"}", "name" },
		{ "{\"name\":\"a/b\"}", "name" },
		{ "{\"name\":null}", "name" },
		{ "{\"name\":7}", "name" },
		{ "{\"name\":\"a\",\"text\":\"a\\nb\"}", "text" },
		{ "{\"name\":\"a\",\"text\":\"12345678901\"}", "text" },
		{ "{\"name\":\"a\",\"uuid\":\"6b8b4567\"}", "uuid" },
		{ "{\"name\":\"a\",\"wwpn\":2377900603251621888}", "wwpn" },
		{ "{\"name\":\"a\",\"wwpn\":\"2100\"}", "wwpn" },
		{ "{\"name\":\"a\",\"count\":10}", "count" },
		{ "{\"name\":\"a\",\"count\":-1}", "count" },
		{ "{\"name\":\"a\",\"count\":1.0}", "count" },
		{ "{\"name\":\"a\",\"count\":null}", "count" },
		{ "{\"name\":\"a\",\"on\":1}", "on" },
		{ "{\"name\":\"a\",\"mode\":\"rx\"}", "mode" },
		{ "{\"name\":\"a\",\"mode\":7}", "mode" },
		{ "{\"name\":\"a\",\"wwns\":\"2100aabbccdd0001\"}", "wwns" },
		{ "{\"name\":\"a\",\"wwns\":[7]}", "wwns" },
		{ "{\"name\":\"a\",\"wwns\":[\"2100aabbccdd0001\",\"0x2100aabbccdd0001\"]}",
			"wwns" },
		{ "{\"name\":\"a\",\"names\":[\"x\",\"x\"]}", "names" },
		{ "{\"name\":\"a\",\"state\":\"x\"}", "state" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		np_auto(np_json_decref) json_t *body = parse(cases[i].body);
		json_t *clean = NULL;
		struct np_err err = { 0 };
		assert_int_equal(
			np_json_check(body, rows, NP_CHECK_CREATE, &clean, &err), -NP_INVAL);
		assert_string_equal(err.field, cases[i].field);
		assert_null(clean);
	}
	(void)state;
}

static void test_json_check_refuses_a_list_that_is_too_long(void **state)
{
	np_auto(np_json_decref) json_t *body =
		parse("{\"name\":\"a\",\"wwns\":[\"2100aabbccdd0001\",\"2100aabbccdd0002\","
		      "\"2100aabbccdd0003\",\"2100aabbccdd0004\"]}");
	json_t *clean = NULL;
	struct np_err err;

	assert_int_equal(np_json_check(body, rows, NP_CHECK_CREATE, &clean, &err), -NP_INVAL);

	assert_string_equal(err.msg, "wwns: has over 3 entries");
	(void)state;
}

static void test_json_check_refuses_a_body_that_is_no_object(void **state)
{
	np_auto(np_json_decref) json_t *body = parse("[]");
	json_t *clean = NULL;

	assert_int_equal(np_json_check(body, rows, NP_CHECK_CREATE, &clean, NULL), -NP_INVAL);
	(void)state;
}

static void test_json_check_update_needs_nothing_and_refuses_fixed_fields(void **state)
{
	np_auto(np_json_decref) json_t *empty = parse("{}");
	np_auto(np_json_decref) json_t *named = parse("{\"name\":\"b\"}");
	np_auto(np_json_decref) json_t *clean = NULL;
	json_t *none = NULL;
	struct np_err err;

	assert_int_equal(np_json_check(empty, rows, NP_CHECK_UPDATE, &clean, NULL), 0);
	assert_int_equal(np_json_check(named, rows, NP_CHECK_UPDATE, &none, &err), -NP_INVAL);

	assert_string_equal(err.msg, "name: cannot be changed");
	(void)state;
}

static void test_json_struct_and_back(void **state)
{
	np_auto(sample_done) struct sample sample = { 0 };
	np_auto(np_json_decref) json_t *json = parse(
		"{\"name\":\"db01\",\"text\":\"x\",\"wwpn\":\"c050760000000001\",\"count\":-3,\"on\":true,"
		"\"uuid\":\"6b8b4567-327b-23c6-643c-986966334873\",\"mode\":\"ro\","
		"\"wwns\":[\"2100aabbccdd0001\"],\"names\":[],\"any\":{\"deep\":[1]}}");

	assert_int_equal(np_json_to_struct(json, rows, &sample, NULL), 0);
	np_auto(np_json_decref) json_t *back = np_json_from_struct(rows, &sample);

	assert_true(json_equal(back, json));
	assert_true(sample.wwpn == UINT64_C(0xc050760000000001));
	(void)state;
}

static void test_json_from_struct_leaves_out_what_is_empty(void **state)
{
	const struct sample sample = { .name = "a" };
	np_auto(np_json_decref) json_t *json = np_json_from_struct(rows, &sample);
	np_auto(np_json_decref) json_t *want = parse("{\"name\":\"a\",\"count\":0,\"on\":false}");

	assert_true(json_equal(json, want));
	(void)state;
}

static void test_json_to_struct_keeps_what_is_absent_and_ignores_what_is_unknown(void **state)
{
	np_auto(sample_done) struct sample sample = { .count = 5, .name = "kept" };
	np_auto(np_json_decref) json_t *json =
		parse("{\"future\":1,\"count\":null,\"text\":\"longer than the member\"}");

	assert_int_equal(np_json_to_struct(json, rows, &sample, NULL), 0);

	assert_int_equal(sample.count, 5);
	assert_string_equal(sample.name, "kept");
	assert_string_equal(sample.text, "longer than the");
	(void)state;
}

static void test_json_to_struct_refuses_a_wrong_type(void **state)
{
	static const char *const wrong[] = { "{\"name\":7}", "{\"wwpn\":\"x\"}", "{\"wwpn\":1}",
		"{\"count\":\"1\"}", "{\"on\":0}" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		np_auto(sample_done) struct sample sample = { 0 };
		np_auto(np_json_decref) json_t *json = parse(wrong[i]);
		assert_int_equal(np_json_to_struct(json, rows, &sample, NULL), -NP_PEER);
	}
	(void)state;
}

static void test_json_shorthands_never_fail(void **state)
{
	np_auto(np_json_decref) json_t *json =
		parse("{\"t\":\"x\",\"n\":7,\"b\":true,\"w\":\"21:00:aa:bb:cc:dd:00:01\"}");

	assert_string_equal(np_json_text(json, "t"), "x");
	assert_string_equal(np_json_text(json, "n"), "");
	assert_string_equal(np_json_text(NULL, "t"), "");
	assert_int_equal(np_json_int(json, "n"), 7);
	assert_int_equal(np_json_int(json, "t"), 0);
	assert_true(np_json_bool(json, "b"));
	assert_false(np_json_bool(json, "n"));
	assert_true(np_json_wwn(json, "w") == UINT64_C(0x2100aabbccdd0001));
	assert_true(np_json_wwn(json, "t") == 0);
	(void)state;
}

static void test_json_set_shorthands_leave_out_what_is_empty(void **state)
{
	np_auto(np_json_decref) json_t *json = json_object();
	np_auto(np_json_decref) json_t *want = parse("{\"w\":\"0000000000000001\",\"t\":\"x\"}");

	np_json_set_wwn(json, "w", 1);
	np_json_set_wwn(json, "w0", 0);
	np_json_set_text(json, "t", "x");
	np_json_set_text(json, "t0", "");
	np_json_set_text(json, "t1", NULL);

	assert_true(json_equal(json, want));
	(void)state;
}

static void test_json_name_has_a_longest_length(void **state)
{
	char name[NP_NAME_MAX + 1] = { 0 };

	memset(name, 'a', NP_NAME_MAX - 1);
	assert_true(np_name_is_valid(name));
	name[NP_NAME_MAX - 1] = 'a';

	assert_false(np_name_is_valid(name));
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_parse_refuses_what_is_no_json),
		cmocka_unit_test(test_json_parse_refuses_deep_nesting),
		cmocka_unit_test(test_json_parse_does_not_count_brackets_in_text),
		cmocka_unit_test(test_json_check_makes_values_canonical),
		cmocka_unit_test(test_json_check_names_the_field_that_is_wrong),
		cmocka_unit_test(test_json_check_refuses_a_list_that_is_too_long),
		cmocka_unit_test(test_json_check_refuses_a_body_that_is_no_object),
		cmocka_unit_test(test_json_check_update_needs_nothing_and_refuses_fixed_fields),
		cmocka_unit_test(test_json_struct_and_back),
		cmocka_unit_test(test_json_from_struct_leaves_out_what_is_empty),
		cmocka_unit_test(
			test_json_to_struct_keeps_what_is_absent_and_ignores_what_is_unknown),
		cmocka_unit_test(test_json_to_struct_refuses_a_wrong_type),
		cmocka_unit_test(test_json_shorthands_never_fail),
		cmocka_unit_test(test_json_set_shorthands_leave_out_what_is_empty),
		cmocka_unit_test(test_json_name_has_a_longest_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
