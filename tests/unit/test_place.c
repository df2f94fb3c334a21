/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "service/place.h"

#define ON_A .fabric = "A", .can_create = true, .online = true, .limit = 64
#define PLACE(all, fabric, fixed)                                                                  \
	svc_place(all, sizeof(all) / sizeof *(all), fabric, fixed, &best, &err)

static void test_place_takes_the_least_used_by_share(void **state np_unused)
{
	const struct svc_candidate all[] = {
		{ ON_A, .wwpn = 1, .name = "host1", .in_use = 10 },
		{ ON_A, .wwpn = 2, .name = "host2", .in_use = 9 },
		{ .fabric = "A",
			.can_create = true,
			.online = true,
			.limit = 255,
			.wwpn = 3,
			.name = "host3",
			.in_use = 20 },
	};
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 0), 0);

	assert_int_equal(best->wwpn, 3);
}

static void test_place_avoids_hba_then_card_of_the_same_guest(void **state np_unused)
{
	const struct svc_candidate all[] = {
		{ ON_A, .wwpn = 1, .name = "host1", .same_hba = 1, .same_card = 1 },
		{ ON_A, .wwpn = 2, .name = "host2", .in_use = 1, .same_card = 1 },
		{ ON_A, .wwpn = 3, .name = "host3", .in_use = 50 },
	};
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 0), 0);

	assert_int_equal(best->wwpn, 3);
}

static void test_place_breaks_a_tie_by_wwpn(void **state np_unused)
{
	const struct svc_candidate all[] = { { ON_A, .wwpn = 9, .name = "host9" },
		{ ON_A, .wwpn = 4, .name = "host4" } };
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 0), 0);

	assert_int_equal(best->wwpn, 4);
}

static void test_place_names_the_reason_against_each_hba(void **state np_unused)
{
	const struct svc_candidate all[] = {
		{ ON_A, .wwpn = 1, .name = "host1", .in_use = 64,
			.limit_why = "its setting vport_limit" },
		{ .fabric = "A", .can_create = true, .limit = 64, .wwpn = 2, .name = "host2" },
		{ ON_A, .wwpn = 3, .name = "host3", .drain = true },
		{ ON_A, .wwpn = 4, .name = "host4", .blocked = true },
		{ .fabric = "A", .online = true, .limit = 64, .wwpn = 5, .name = "host5" },
		{ .fabric = "B",
			.can_create = true,
			.online = true,
			.limit = 64,
			.wwpn = 6,
			.name = "host6" },
		{ .can_create = true, .online = true, .limit = 64, .wwpn = 7, .name = "host7" },
	};
	static const char *const reasons[] = { "full: 64 of 64 by its setting vport_limit",
		"not online", "is being drained", "lane is stuck", "no NPIV", "on fabric B",
		"fabric is not known" };
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 0), -NP_CAPACITY);

	assert_null(best);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		assert_non_null(strstr(err.msg, reasons[i]));
}

static void test_place_takes_only_the_fixed_hba(void **state np_unused)
{
	const struct svc_candidate all[] = { { ON_A, .wwpn = 1, .name = "host1" },
		{ ON_A, .wwpn = 2, .name = "host2", .in_use = 63 } };
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 2), 0);

	assert_int_equal(best->wwpn, 2);
}

static void test_place_says_that_the_fixed_hba_is_not_there(void **state np_unused)
{
	const struct svc_candidate all[] = { { ON_A, .wwpn = 1, .name = "host1" } };
	const struct svc_candidate *best = NULL;
	struct np_err err = { 0 };

	assert_int_equal(PLACE(all, "A", 0x2100aabbccdd0001), -NP_CAPACITY);

	assert_non_null(strstr(err.msg, "21:00:aa:bb:cc:dd:00:01 is not there"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place_takes_the_least_used_by_share),
		cmocka_unit_test(test_place_avoids_hba_then_card_of_the_same_guest),
		cmocka_unit_test(test_place_breaks_a_tie_by_wwpn),
		cmocka_unit_test(test_place_names_the_reason_against_each_hba),
		cmocka_unit_test(test_place_takes_only_the_fixed_hba),
		cmocka_unit_test(test_place_says_that_the_fixed_hba_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
