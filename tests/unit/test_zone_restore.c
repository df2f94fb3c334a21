/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from now to a stored snapshot, as far as the plan that comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"
#include "zoning/plan.h"
#include "zoning/restore.h"

#define ZONE_1 "{'kind': 'regular', 'members': ['2100000000000001', '5000000000000001']}"
#define ZONE_2 "{'kind': 'regular', 'members': ['2100000000000002', '5000000000000001']}"
#define ZONE_3 "{'kind': 'regular', 'members': ['2100000000000003', '5000000000000001']}"

static json_t *fabric(const char *zones, const char *members, const char *aliases)
{
	char text[2000];

	(void)snprintf(text, sizeof text,
		"{'vendor': 'fos', 'checksum': 'x', 'default_zone': 'no-access',"
		" 'defined': {'aliases': {%s}, 'zones': {%s}, 'zonesets': {'s': [%s]}},"
		" 'effective': {'zoneset': 's', 'zones': {%s}}}",
		aliases, zones, members, zones);
	return quoted(text);
}

/* "+zone a ~zone b -member c ...", in the plan's order. */
static const char *plan_text(const json_t *to, const json_t *now, const char *made, bool all)
{
	static char text[1000];
	np_auto(np_json_decref) json_t *made_value = quoted(made), *desired = NULL, *plan = NULL;
	struct zone_restore restore = { to, now, made_value, all };
	const json_t *change;
	size_t i, len = 0;

	assert_int_equal(zone_restore_desired(&restore, &desired, NULL), 0);
	assert_int_equal(zone_plan("A", desired, now, &plan, NULL), 0);
	text[0] = '\0';
	json_array_foreach (json_object_get(plan, "changes"), i, change)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%c%s %s", len ? " " : "",
			!json_object_get(change, "before") ? '+'
			: json_object_get(change, "after") ? '~'
							   : '-',
			np_json_text(change, "object"), np_json_text(change, "name"));
	return text;
}

static void test_zone_restore_needs_nothing_when_all_is_as_then(void **state)
{
	np_auto(np_json_decref) json_t *then = fabric("'a': " ZONE_1, "'a'", "");

	assert_string_equal(plan_text(then, then, "{'zones': ['a'], 'aliases': []}", false), "");
	(void)state;
}

static void test_zone_restore_brings_back_removes_and_alters_what_is_ours(void **state)
{
	np_auto(np_json_decref) json_t *then =
		fabric("'a': " ZONE_1 ", 'b': " ZONE_2, "'a', 'b'", "'x': ['2100000000000001']");
	np_auto(np_json_decref) json_t *now =
		fabric("'b': " ZONE_3 ", 'c': " ZONE_3, "'b', 'c'", "'y': ['2100000000000002']");

	assert_string_equal(
		plan_text(then, now, "{'zones': ['a', 'b', 'c'], 'aliases': ['x', 'y']}", false),
		"+alias x +zone a ~zone b +member a -member c -zone c -alias y");
	(void)state;
}

static void test_zone_restore_looks_at_nothing_that_npivd_has_not_made(void **state)
{
	np_auto(np_json_decref) json_t *then =
		fabric("'a': " ZONE_1 ", 'b': " ZONE_2, "'a', 'b'", "'x': ['2100000000000001']");
	np_auto(np_json_decref) json_t *now = fabric("'c': " ZONE_3, "'c'", "");

	assert_string_equal(plan_text(then, now, "{'zones': ['a'], 'aliases': []}", false),
		"+zone a +member a");
	(void)state;
}

static void test_zone_restore_looks_at_everything_when_told_so(void **state)
{
	np_auto(np_json_decref) json_t *then =
		fabric("'a': " ZONE_1 ", 'b': " ZONE_2, "'a', 'b'", "");
	np_auto(np_json_decref) json_t *now =
		fabric("'b': " ZONE_3 ", 'c': " ZONE_3, "'b', 'c'", "");

	assert_string_equal(plan_text(then, now, "{'zones': [], 'aliases': []}", true),
		"+zone a ~zone b +member a -member c -zone c");
	(void)state;
}

static void test_zone_restore_leaves_zones_that_were_in_no_zoneset(void **state)
{
	np_auto(np_json_decref) json_t *then = fabric("'a': " ZONE_1 ", 'b': " ZONE_2, "'a'", "");
	np_auto(np_json_decref) json_t *now =
		fabric("'a': " ZONE_1 ", 'b': " ZONE_3, "'a', 'b'", "");

	assert_string_equal(
		plan_text(then, now, "{'zones': ['a', 'b'], 'aliases': []}", false), "");
	(void)state;
}

static void test_zone_restore_uses_the_zoneset_that_is_in_force_now(void **state)
{
	np_auto(np_json_decref) json_t *then = fabric("'a': " ZONE_1, "'a'", "");
	np_auto(np_json_decref) json_t *now = fabric("'b': " ZONE_2, "'b'", "");
	np_auto(np_json_decref) json_t *made = quoted("{'zones': ['a']}"), *desired = NULL;
	struct zone_restore restore = { then, now, made, false };

	assert_int_equal(zone_restore_desired(&restore, &desired, NULL), 0);
	assert_string_equal(np_json_text(desired, "zoneset"), "");
	json_object_set_new(now, "effective", quoted("{'zones': {}}"));
	json_decref(desired);
	assert_int_equal(zone_restore_desired(&restore, &desired, NULL), 0);
	assert_string_equal(np_json_text(desired, "zoneset"), "s");
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_restore_needs_nothing_when_all_is_as_then),
		cmocka_unit_test(test_zone_restore_brings_back_removes_and_alters_what_is_ours),
		cmocka_unit_test(test_zone_restore_looks_at_nothing_that_npivd_has_not_made),
		cmocka_unit_test(test_zone_restore_looks_at_everything_when_told_so),
		cmocka_unit_test(test_zone_restore_leaves_zones_that_were_in_no_zoneset),
		cmocka_unit_test(test_zone_restore_uses_the_zoneset_that_is_in_force_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
