/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"
#include "zoning/verify.h"

#define FABRIC                                                                                     \
	"{'default_zone': '%s',"                                                                   \
	" 'defined': {'aliases': {'array': ['5000000000000003']}, 'zones': {}, 'zonesets': {}},"   \
	" 'effective': {'zoneset': 's', 'zones': {"                                                \
	"  'plain': {'kind': 'regular', 'members': ['2100000000000001', '5000000000000001']},"     \
	"  'peer': {'kind': 'peer', 'principals': ['5000000000000002'],"                           \
	"           'members': ['2100000000000001', '2100000000000002']},"                         \
	"  'aliased': {'kind': 'regular', 'members': ['2100000000000001', '@array']}}},"           \
	" 'logins': [{'wwpn': '2100000000000001'}, {'wwpn': '5000000000000001'}]}"

static json_t *ask(const char *default_zone, const char *pairs, const char *wwpns)
{
	char text[2000];
	json_t *missing = NULL;

	(void)snprintf(text, sizeof text, FABRIC, default_zone);
	np_auto(np_json_decref) json_t *snapshot = quoted(text);
	np_auto(np_json_decref) json_t *pair_list = pairs ? quoted(pairs) : NULL;
	np_auto(np_json_decref) json_t *wwpn_list = wwpns ? quoted(wwpns) : NULL;
	assert_int_equal(zone_verify(snapshot, pair_list, wwpn_list, &missing, NULL), 0);
	return missing;
}

static void test_zone_verify_asks_the_zones_in_force_for_each_pair(void **state)
{
	static const struct {
		const char *pair;
		bool allowed;
	} rows[] = {
		{ "['2100000000000001', '5000000000000001']", true },
		{ "['5000000000000001', '2100000000000001']", true },
		{ "['2100000000000001', '5000000000000002']", true },
		{ "['2100000000000002', '5000000000000002']", true },
		{ "['2100000000000001', '5000000000000003']", true },
		/* Members of a peer zone do not see each other. */
		{ "['2100000000000001', '2100000000000002']", false },
		{ "['2100000000000002', '5000000000000001']", false },
		{ "['2100000000000009', '5000000000000001']", false },
		{ "['2100000000000008', '2100000000000009']", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char pairs[100];
		(void)snprintf(pairs, sizeof pairs, "[%s]", rows[i].pair);
		np_auto(np_json_decref) json_t *missing = ask("no-access", pairs, NULL);
		np_auto(np_json_decref) json_t *pair = quoted(pairs);
		np_auto(np_json_decref) json_t *none = json_array();
		assert_true(json_equal(
			json_object_get(missing, "missing_pairs"), rows[i].allowed ? none : pair));
	}
	(void)state;
}

static void test_zone_verify_lets_ports_without_a_zone_talk_where_the_default_zone_does(
	void **state)
{
	np_auto(np_json_decref) json_t *missing = ask("all-access",
		"[['2100000000000008', '5000000000000009'], ['2100000000000008', '5000000000000001']]",
		NULL);
	np_auto(np_json_decref) json_t *wanted =
		quoted("[['2100000000000008', '5000000000000001']]");

	assert_true(json_equal(json_object_get(missing, "missing_pairs"), wanted));
	(void)state;
}

static void test_zone_verify_tells_who_is_not_logged_in(void **state)
{
	np_auto(np_json_decref) json_t *missing =
		ask("no-access", NULL, "['2100000000000001', '2100000000000002']");
	np_auto(np_json_decref) json_t *wanted = quoted("['2100000000000002']");

	assert_true(json_equal(json_object_get(missing, "missing_logins"), wanted));
	assert_int_equal(json_array_size(json_object_get(missing, "missing_pairs")), 0);
	(void)state;
}

static void test_zone_verify_refuses_questions_of_another_form(void **state)
{
	static const struct {
		const char *pairs, *wwpns, *field;
	} rows[] = {
		{ "[['2100000000000001']]", "[]", "pairs" },
		{ "['2100000000000001']", "[]", "pairs" },
		{ "{}", "[]", "pairs" },
		{ "[]", "[1]", "wwpns" },
		{ "[]", "{'a': 1}", "wwpns" },
	};
	np_auto(np_json_decref) json_t *snapshot = quoted("{'effective': {'zones': {}}}");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *pairs = quoted(rows[i].pairs);
		np_auto(np_json_decref) json_t *wwpns = quoted(rows[i].wwpns);
		json_t *missing = NULL;
		struct np_err err;
		assert_int_equal(zone_verify(snapshot, pairs, wwpns, &missing, &err), -NP_INVAL);
		assert_string_equal(err.field, rows[i].field);
		assert_null(missing);
	}
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_verify_asks_the_zones_in_force_for_each_pair),
		cmocka_unit_test(
			test_zone_verify_lets_ports_without_a_zone_talk_where_the_default_zone_does),
		cmocka_unit_test(test_zone_verify_tells_who_is_not_logged_in),
		cmocka_unit_test(test_zone_verify_refuses_questions_of_another_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
