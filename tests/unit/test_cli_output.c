/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/output.h"

static const struct cli_column columns[] = {
	{ "NAME", "name", 0 },
	{ "SIZE", "size", CLI_RIGHT | CLI_SIZE },
	{ "FABRICS", "vhbas[].fabric", 0 },
	{ "NOTE", "note", CLI_WIDE_ONLY },
	{ NULL, NULL, 0 },
};
static const struct cli_view view = { .noun = "guest", .key = "name", .columns = columns };

static json_t *sample(void)
{
	json_t *json = json_pack("{s:[{s:s, s:I, s:[{s:s},{s:s},{}], s:s}, {s:s}]}", "items",
		"name", "db01", "size", (json_int_t)1536, "vhbas", "fabric", "A", "fabric", "B",
		"note", "a,\"b\"", "name", "x");

	assert_non_null(json);
	return json;
}

/* What the function prints for the sample. */
static char *print(struct cli_style style)
{
	np_auto(np_json_decref) json_t *list = sample();
	char *text = NULL;
	size_t size;

	style.out = open_memstream(&text, &size);
	assert_int_equal(cli_print_list(&style, &view, list, NULL), 0);
	assert_int_equal(fclose(style.out), 0);
	return text;
}

static void test_table_has_a_word_for_every_cell(void **state)
{
	np_auto(np_free) char *text =
		print((struct cli_style){ .format = CLI_TABLE, .headings = true });

	(void)state;
	assert_string_equal(text, "NAME   SIZE FABRICS\n"
				  "db01 1.5KiB A,B\n"
				  "x         - -\n");
}

static void test_csv_is_quoted_and_raw(void **state)
{
	np_auto(np_free) char *text =
		print((struct cli_style){ .format = CLI_CSV, .headings = true });

	(void)state;
	assert_string_equal(text, "NAME,SIZE,FABRICS,NOTE\r\n"
				  "db01,1536,\"A,B\",\"a,\"\"b\"\"\"\r\n"
				  "x,,,\r\n");
}

static void test_names_are_prefixed_by_the_noun(void **state)
{
	np_auto(np_free) char *text = print((struct cli_style){ .format = CLI_NAME });

	(void)state;
	assert_string_equal(text, "guest/db01\nguest/x\n");
}

static void test_columns_can_be_chosen(void **state)
{
	np_auto(np_free) char *text =
		print((struct cli_style){ .format = CLI_TABLE, .columns = "note,NAME" });

	(void)state;
	assert_string_equal(text, "a,\"b\" db01\n-     x\n");
}

static void test_value_follows_its_path(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "s", "text" },
		{ "i", "-7" },
		{ "t", "yes" },
		{ "f", "no" },
		{ "n", "" },
		{ "none", "" },
		{ "o.s", "deep" },
		{ "o.none.s", "" },
		{ "a", "1,2" },
		{ "a[#]", "2" },
		{ "l[].s", "x,y" },
		{ "l[#]", "3" },
		{ "s.s", "" },
		{ "a[]", "1,2" },
		{ "o", "{\"s\":\"deep\"}" },
		{ "l[].o.s", "z" },
	};
	np_auto(np_json_decref) json_t *json =
		json_pack("{s:s, s:i, s:b, s:b, s:n, s:{s:s}, s:[i,i], s:[{s:s},{s:s},{s:{s:s}}]}",
			"s", "text", "i", -7, "t", 1, "f", 0, "n", "o", "s", "deep", "a", 1, 2, "l",
			"s", "x", "s", "y", "o", "s", "z");

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_free) char *text = cli_value(json, rows[i].path);

		assert_string_equal(text, rows[i].text);
	}
}

static void test_bytes_are_readable(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} rows[] = { { 0, "0B" }, { 1023, "1023B" }, { 1024, "1KiB" }, { 1536, "1.5KiB" },
		{ 16777216, "16MiB" }, { INT64_MAX, "8EiB" } };
	char text[CLI_BYTES_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(cli_bytes(rows[i].bytes, text), rows[i].text);
}

static void test_redact_hides_every_form_of_the_same_name_alike(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "1000020000000001", "wwn-1" },
		{ "0x1000020000000001", "wwn-1" },
		{ "10:00:02:00:00:00:00:01.", "wwn-1." },
		{ "(10:00:02:00:00:00:00:02)", "(wwn-2)" },
		{ "naa.600140500000000000000000000000A1,", "naa.wwn-3," },
		{ "NAA.600140500000000000000000000000a1", "NAA.wwn-3" },
		{ "6695eb01-f6a4-8304-79aa-97f2502e193f", "6695eb01-f6a4-8304-79aa-97f2502e193f" },
		{ "2026-11-22T21:38:20.123Z 0000:3b:00.0",
			"2026-11-22T21:38:20.123Z 0000:3b:00.0" },
		{ "host5 aa:bb:cc:dd:ee:ff", "host5 aa:bb:cc:dd:ee:ff" },
		{ "/v1/vports/1000020000000002?x", "/v1/vports/wwn-2?x" },
		{ "", "" },
	};
	struct cli_redact *redact = cli_redact_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_free) char *text = cli_redact_text(redact, rows[i].from);

		assert_string_equal(text, rows[i].to);
	}
	cli_redact_free(redact);
}

static void test_redact_leaves_the_shape_of_json(void **state)
{
	struct cli_redact *redact = cli_redact_new();
	np_auto(np_json_decref) json_t *json = json_pack("{s:[s,i,n], s:{s:s}}", "a",
		"1000020000000001", 3, "b", "c", "x 10:00:02:00:00:00:00:01");
	np_auto(np_json_decref) json_t *expected =
		json_pack("{s:[s,i,n], s:{s:s}}", "a", "wwn-1", 3, "b", "c", "x wwn-1");
	np_auto(np_json_decref) json_t *hidden = cli_redact_json(redact, json);

	(void)state;
	assert_true(json_equal(hidden, expected));
	cli_redact_free(redact);
}

static void test_unknown_format_and_column_are_usage_errors(void **state)
{
	struct cli_style style = { .format = CLI_TABLE, .columns = "name,height", .out = stdout };
	np_auto(np_json_decref) json_t *list = sample();
	struct np_err err = { 0 };
	enum cli_format format;

	(void)state;
	assert_int_equal(cli_format_parse("xml", &format, &err), -NP_USAGE);
	assert_int_equal(cli_print_list(&style, &view, list, &err), -NP_USAGE);
	assert_string_equal(err.hint, "columns: NAME,SIZE,FABRICS,NOTE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_has_a_word_for_every_cell),
		cmocka_unit_test(test_csv_is_quoted_and_raw),
		cmocka_unit_test(test_names_are_prefixed_by_the_noun),
		cmocka_unit_test(test_columns_can_be_chosen),
		cmocka_unit_test(test_value_follows_its_path),
		cmocka_unit_test(test_bytes_are_readable),
		cmocka_unit_test(test_redact_hides_every_form_of_the_same_name_alike),
		cmocka_unit_test(test_redact_leaves_the_shape_of_json),
		cmocka_unit_test(test_unknown_format_and_column_are_usage_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
