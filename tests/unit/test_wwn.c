/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/wwn.h"

#define SAMPLE UINT64_C(0x2100aabbccdd0001)

static void test_wwn_parse_takes_every_usual_form(void **state)
{
	static const char *const forms[] = {
		"2100aabbccdd0001",
		"2100AABBCCDD0001",
		"0x2100aabbccdd0001",
		"0X2100aabbccdd0001",
		"21:00:aa:bb:cc:dd:00:01",
		"21:00:AA:bb:CC:dd:00:01",
		"naa.2100aabbccdd0001",
		"NAA.2100aabbccdd0001",
		"  2100aabbccdd0001\n",
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		uint64_t wwn = 0;
		assert_int_equal(np_wwn_parse(forms[i], &wwn, NULL), 0);
		assert_true(wwn == SAMPLE);
	}
	(void)state;
}

static void test_wwn_parse_refuses_everything_else(void **state)
{
	static const char *const wrong[] = {
		"",
		"0x",
		"naa.",
		"2100aabbccdd000",
		"2100aabbccdd00011",
		"2100aabbccdd000g",
		"2100aabbccdd0001 2",
		"2100aabb ccdd0001",
		"21:00:aa:bb:cc:dd:00",
		"21:00:aa:bb:cc:dd:00:01:",
		":21:00:aa:bb:cc:dd:00:01",
		"21::00:aa:bb:cc:dd:00:01",
		"21:00aabbccdd0001",
		"2100:aabb:ccdd:0001",
		"21:00:aa:bb:cc:dd:00:1",
		"2:100:aa:bb:cc:dd:00:01",
		"21-00-aa-bb-cc-dd-00-01",
		"0x0x2100aabbccdd0001",
		"-2100aabbccdd0001",
		"eui.2100aabbccdd0001",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct np_err err = { 0 };
		uint64_t wwn = 7;
		assert_int_equal(np_wwn_parse(wrong[i], &wwn, &err), -NP_INVAL);
		assert_true(wwn == 7);
		assert_non_null(strstr(err.msg, "not a WWN"));
	}
	(void)state;
}

static void test_wwn_parse_refuses_fifteen_digits_with_their_number(void **state)
{
	struct np_err err;
	uint64_t wwn;

	assert_int_equal(np_wwn_parse("2100aabbccdd000", &wwn, &err), -NP_INVAL);

	assert_string_equal(
		err.msg, "'2100aabbccdd000' is not a WWN: it has 15 hex digits, not 16");
	(void)state;
}

static void test_wwn_parse_kernel_reads_what_sysfs_prints(void **state)
{
	static const struct {
		const char *text;
		uint64_t wwn;
	} rows[] = {
		{ "0x2100aabbccdd0001\n", SAMPLE },
		{ "0x2100aabbccdd0001", SAMPLE },
		{ "0x0\n", 0 },
		{ "0xabc\n", 0xabc },
		{ "", 0 },
		{ "\n", 0 },
		{ "0xffffffffffffffff\n", UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t wwn = 7;
		assert_true(np_wwn_parse_kernel(rows[i].text, &wwn));
		assert_true(wwn == rows[i].wwn);
	}
	(void)state;
}

static void test_wwn_parse_kernel_refuses_words(void **state)
{
	uint64_t wwn = 7;

	assert_false(np_wwn_parse_kernel("<unknown>\n", &wwn));
	assert_false(np_wwn_parse_kernel("0x12345678123456789\n", &wwn));

	assert_true(wwn == 7);
	(void)state;
}

static void test_wwn_prints_both_forms_and_parses_them_back(void **state)
{
	static const uint64_t wwns[] = { SAMPLE, 0, 1, UINT64_MAX, UINT64_C(0xc050760000000001) };
	char text[NP_WWN_TEXT], colon[NP_WWN_COLON];

	for (size_t i = 0; i < sizeof wwns / sizeof *wwns; i++) {
		uint64_t back;
		assert_int_equal(np_wwn_parse(np_wwn_text(wwns[i], text), &back, NULL), 0);
		assert_true(back == wwns[i]);
		assert_int_equal(np_wwn_parse(np_wwn_colon(wwns[i], colon), &back, NULL), 0);
		assert_true(back == wwns[i]);
	}
	assert_string_equal(np_wwn_text(SAMPLE, text), "2100aabbccdd0001");
	assert_string_equal(np_wwn_colon(SAMPLE, colon), "21:00:aa:bb:cc:dd:00:01");
	(void)state;
}

static void test_wwn_from_digits_reads_what_was_printed(void **state np_unused)
{
	char text[NP_WWN_TEXT];

	assert_int_equal(np_wwn_from_digits(np_wwn_text(UINT64_C(0xc0ffee0123456789), text)),
		UINT64_C(0xc0ffee0123456789));
	assert_int_equal(np_wwn_from_digits("100000109badf00d more"), UINT64_C(0x100000109badf00d));
}

static void test_wwn_check_judges_the_name_format(void **state)
{
	static const struct {
		uint64_t wwn;
		int rc;
	} rows[] = {
		{ 0, -NP_INVAL },
		{ UINT64_MAX, -NP_INVAL },
		{ UINT64_C(0x0000000000000001), -NP_INVAL },
		{ UINT64_C(0x1000aabbccdd0001), 0 },
		{ UINT64_C(0x1001aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0x1800aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0x2fffaabbccdd0001), 0 },
		{ UINT64_C(0x3000aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0x4000aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0x5000aabbccdd0001), 0 },
		{ UINT64_C(0x6000aabbccdd0001), 0 },
		{ UINT64_C(0x7000aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0xb000aabbccdd0001), -NP_INVAL },
		{ UINT64_C(0xc000aabbccdd0001), 0 },
		{ UINT64_C(0xfffffffffffffffe), 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(np_wwn_check(rows[i].wwn, NULL), rows[i].rc);
	(void)state;
}

static void test_wwn_is_local_asks_for_the_bit_of_the_mac(void **state)
{
	assert_true(np_wwn_is_local(UINT64_C(0x1000020000000001)));
	assert_true(np_wwn_is_local(UINT64_C(0x2001020000000001)));
	assert_false(np_wwn_is_local(UINT64_C(0x1000000000000001)));
	assert_false(np_wwn_is_local(UINT64_C(0x5000020000000001)));
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wwn_parse_takes_every_usual_form),
		cmocka_unit_test(test_wwn_parse_refuses_everything_else),
		cmocka_unit_test(test_wwn_parse_refuses_fifteen_digits_with_their_number),
		cmocka_unit_test(test_wwn_parse_kernel_reads_what_sysfs_prints),
		cmocka_unit_test(test_wwn_parse_kernel_refuses_words),
		cmocka_unit_test(test_wwn_prints_both_forms_and_parses_them_back),
		cmocka_unit_test(test_wwn_from_digits_reads_what_was_printed),
		cmocka_unit_test(test_wwn_check_judges_the_name_format),
		cmocka_unit_test(test_wwn_is_local_asks_for_the_bit_of_the_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
