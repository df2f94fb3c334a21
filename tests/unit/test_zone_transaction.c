/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"
#include "zoning/transaction.h"

static void test_zone_transaction_is_told_by_user_and_application(void **state)
{
	static const struct {
		const char *members;
		enum zone_told told;
	} rows[] = {
		{ "", ZONE_TOLD_NOTHING },
		{ ", 'address': '192.0.2.1'", ZONE_TOLD_NOTHING },
		{ ", 'user': 'zoner'", ZONE_TOLD_USER },
		{ ", 'user': 'ada'", ZONE_TOLD_OTHER },
		{ ", 'application': 'npivd'", ZONE_TOLD_OURS },
		{ ", 'application': 'npivd/0.1'", ZONE_TOLD_OURS },
		{ ", 'application': 'npivdx'", ZONE_TOLD_OTHER },
		{ ", 'application': 'webtools'", ZONE_TOLD_OTHER },
		{ ", 'user': 'zoner', 'application': 'npivd/0.1'", ZONE_TOLD_OURS },
		{ ", 'user': 'zoner', 'application': 'cli'", ZONE_TOLD_OTHER },
		{ ", 'user': 'ada', 'application': 'npivd/0.1'", ZONE_TOLD_OTHER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[200];
		(void)snprintf(
			text, sizeof text, "{'transaction': {'open': true%s}}", rows[i].members);
		np_auto(np_json_decref) json_t *snapshot = quoted(text);
		assert_int_equal(zone_transaction_told(snapshot, "zoner"), rows[i].told);
		assert_true(zone_transaction_is_open(snapshot));
	}
	(void)state;
}

static void test_zone_transaction_takes_no_user_for_ours_when_ours_is_not_known(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		quoted("{'transaction': {'open': true, 'user': 'ada'}}");

	assert_int_equal(zone_transaction_told(snapshot, ""), ZONE_TOLD_NOTHING);
	(void)state;
}

#define DB                                                                                         \
	"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': ['z']}}"

static void test_zone_transaction_is_within_a_plan_when_it_touches_its_objects_alone(void **state)
{
	static const struct {
		const char *changes, *to;
		bool within;
	} rows[] = {
		{ "[]", DB, true },
		{ "[]", "{'aliases': {}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': ['z']}}",
			false },
		{ "[{'object': 'alias', 'name': 'a'}]",
			"{'aliases': {}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': ['z']}}",
			true },
		{ "[{'object': 'zone', 'name': 'z'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['3']}}, 'zonesets': {'s': ['z']}}",
			true },
		{ "[{'object': 'alias', 'name': 'z'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['3']}}, 'zonesets': {'s': ['z']}}",
			false },
		{ "[{'object': 'member', 'name': 'z', 'zoneset': 's'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': []}}",
			true },
		{ "[{'object': 'member', 'name': 'z', 'zoneset': 't'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': []}}",
			false },
		{ "[{'object': 'zoneset', 'name': 't'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': ['z'], 't': []}}",
			true },
		{ "[{'object': 'zoneset', 'name': 't'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {'s': ['z'], 't': ['z']}}",
			false },
		{ "[{'object': 'member', 'name': 'z', 'zoneset': 's'}]",
			"{'aliases': {'a': ['1']}, 'zones': {'z': {'kind': 'regular', 'members': ['1', '2']}}, 'zonesets': {}}",
			false },
	};
	np_auto(np_json_decref) json_t *from = quoted(DB);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *changes = quoted(rows[i].changes);
		np_auto(np_json_decref) json_t *plan = json_pack("{s:O}", "changes", changes);
		np_auto(np_json_decref) json_t *to = quoted(rows[i].to);
		assert_int_equal(zone_transaction_is_within(plan, from, to), rows[i].within);
		assert_int_equal(zone_transaction_is_within(plan, to, from), rows[i].within);
	}
	(void)state;
}

static void test_zone_transaction_busy_says_as_much_as_the_switch(void **state)
{
	static const struct {
		const char *transaction, *msg;
	} rows[] = {
		{ "{'open': true}",
			"somebody (the switch does not say who) has a zone transaction open" },
		{ "{'open': true, 'user': 'ada'}", "user 'ada' has a zone transaction open" },
		{ "{'open': true, 'user': 'ada', 'address': '192.0.2.7', 'application': 'webtools', 'remaining_s': 9}",
			"user 'ada' at 192.0.2.7 with 'webtools' has a zone transaction open; the lock has 9 s left" },
		{ "{'open': true, 'application': 'snmp'}",
			"somebody (the switch does not say who) with 'snmp' has a zone transaction open" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *transaction = quoted(rows[i].transaction);
		np_auto(np_json_decref) json_t *snapshot =
			json_pack("{s:O}", "transaction", transaction);
		struct np_err err;
		assert_int_equal(zone_transaction_busy(snapshot, &err), -NP_BUSY);
		assert_string_equal(err.msg, rows[i].msg);
	}
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_transaction_is_told_by_user_and_application),
		cmocka_unit_test(
			test_zone_transaction_takes_no_user_for_ours_when_ours_is_not_known),
		cmocka_unit_test(
			test_zone_transaction_is_within_a_plan_when_it_touches_its_objects_alone),
		cmocka_unit_test(test_zone_transaction_busy_says_as_much_as_the_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
