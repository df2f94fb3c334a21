/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/list.h"
#include "zoning/model.h"

static json_t *value_of(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void test_zone_rules_has_a_row_for_each_driver(void **state)
{
	static const char *const vendors[] = { "fos", "nxos", "manual", "witness", "fcgs" };

	for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++)
		assert_string_equal(zone_rules_of(vendors[i])->vendor, vendors[i]);
	assert_null(zone_rules_of("mcdata"));
	assert_null(zone_rules_of(""));
	(void)state;
}

static void test_zone_name_check_takes_what_both_vendors_take(void **state)
{
	static const char *const good[] = { "a", "npivd_db01_fc0a_array-1", "Z^x$2E",
		"z234567890123456789012345678901234567890123456789012345678901234" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(zone_name_check(zone_rules_of("fos"), good[i], NULL), 0);
		assert_int_equal(zone_name_check(zone_rules_of("nxos"), good[i], NULL), 0);
	}
	(void)state;
}

static void test_zone_name_check_says_what_is_wrong(void **state)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{ "", "0 characters" },
		{ "z2345678901234567890123456789012345678901234567890123456789012345",
			"65 characters" },
		{ "1z", "begins with '1'" },
		{ "_z", "begins with '_'" },
		{ "z.x", "holds '.'" },
		{ "z x", "holds ' '" },
		{ "z\xc3\xa4", "holds" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err = { 0 };
		assert_int_equal(
			zone_name_check(zone_rules_of("fos"), rows[i].name, &err), -NP_INVAL);
		assert_non_null(strstr(err.msg, rows[i].why));
	}
	(void)state;
}

static void test_zone_member_parse_makes_canonical_text(void **state)
{
	static const struct {
		const char *text, *member;
		enum zone_member_kind kind;
	} rows[] = {
		{ "21:00:AA:bb:cc:dd:00:01", "2100aabbccdd0001", ZONE_MEMBER_WWN },
		{ "2100aabbccdd0001", "2100aabbccdd0001", ZONE_MEMBER_WWN },
		{ "c0:50:76:00:00:00:00:01", "c050760000000001", ZONE_MEMBER_WWN },
		{ "3,15", "3,15", ZONE_MEMBER_PORT },
		{ "03, 7", "3,7", ZONE_MEMBER_PORT },
		{ "3,-1", "3,-1", ZONE_MEMBER_PORT },
		{ "array1_p1", "@array1_p1", ZONE_MEMBER_ALIAS },
		{ "@2100aabbccdd0001", "@2100aabbccdd0001", ZONE_MEMBER_ALIAS },
		{ "fcid:0x010203", "fcid:0x010203", ZONE_MEMBER_OTHER },
		{ "interface:fc1/1 swwn 2000000000000001", "interface:fc1/1 swwn 2000000000000001",
			ZONE_MEMBER_OTHER },
		{ "other:anything at all", "other:anything at all", ZONE_MEMBER_OTHER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char member[ZONE_MEMBER_MAX], again[ZONE_MEMBER_MAX];
		assert_int_equal(zone_member_parse(rows[i].text, member, NULL), 0);
		assert_string_equal(member, rows[i].member);
		assert_int_equal(zone_member_kind(member), rows[i].kind);
		assert_true(zone_member_is_canonical(member));
		assert_int_equal(zone_member_parse(member, again, NULL), 0);
		assert_string_equal(again, member);
	}
	(void)state;
}

static void test_zone_member_parse_refuses_everything_else(void **state)
{
	static const char *const wrong[] = { "", "@", "a b", "21:00:aa:bb:cc:dd:00", "300,1",
		"3,70000", "3,", "3,1x", "zoo:x", "fcid:", "fcid:\x01", "a,b",
		"n2345678901234567890123456789012345678901234567890123456789012345" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char member[ZONE_MEMBER_MAX];
		assert_int_equal(zone_member_parse(wrong[i], member, NULL), -NP_INVAL);
	}
	(void)state;
}

static void test_zone_add_keeps_order_and_adds_once(void **state)
{
	np_auto(np_json_decref) json_t *zone = zone_new("regular");
	np_auto(np_json_decref) json_t *want =
		value_of("{\"kind\": \"regular\", \"members\": [\"1\", \"2\", \"3\"]}");

	assert_int_equal(zone_add(zone, "members", "3", NULL), 0);
	assert_int_equal(zone_add(zone, "members", "1", NULL), 0);
	assert_int_equal(zone_add(zone, "members", "2", NULL), 0);
	assert_int_equal(zone_add(zone, "members", "3", NULL), 0);

	assert_true(json_equal(zone, want));
	(void)state;
}

static void test_zone_db_normalise_sorts_completes_and_drops(void **state)
{
	np_auto(np_json_decref) json_t *db = value_of(
		"{\"more\": 1, \"zones\": {\"z\": {\"kind\": \"regular\", \"principals\": [],"
		" \"members\": [\"@b\", \"2100aabbccdd0001\", \"@a\", \"@b\"]},"
		" \"p\": {\"kind\": \"peer\"}}}");

	assert_int_equal(zone_db_normalise(db, NULL), 0);

	np_auto(np_free) char *text = zone_text(db);
	assert_string_equal(text,
		"{\"aliases\":{},\"zones\":{\"p\":{\"kind\":\"peer\",\"members\":[],\"principals\":[]},"
		"\"z\":{\"kind\":\"regular\",\"members\":[\"2100aabbccdd0001\",\"@a\",\"@b\"]}},"
		"\"zonesets\":{}}");
	(void)state;
}

static void test_zone_db_normalise_refuses_what_no_switch_has(void **state)
{
	static const char *const wrong[] = {
		"[]",
		"{\"zones\": []}",
		"{\"zones\": {\"z\": []}}",
		"{\"zones\": {\"z\": {\"kind\": \"odd\", \"members\": []}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": [\"no alias\"]}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": [\"plain\"]}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": [7]}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": {}}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": [], \"more\": 1}}}",
		"{\"zones\": {\"z\": {\"kind\": \"regular\", \"members\": [], \"principals\": [\"@a\"]}}}",
		"{\"zones\": {\"a b\": {\"kind\": \"regular\", \"members\": []}}}",
		"{\"zones\": {\"\": {\"kind\": \"regular\", \"members\": []}}}",
		"{\"aliases\": {\"a\": [\"a\"]}}",
		"{\"zonesets\": {\"s\": [\"\"]}}",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		np_auto(np_json_decref) json_t *db = value_of(wrong[i]);
		assert_int_equal(zone_db_normalise(db, NULL), -NP_PEER);
	}
	(void)state;
}

static void test_zone_snapshot_normalise_adds_parts_and_sorts_logins(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = value_of(
		"{\"effective\": {\"zoneset\": \"\"}, \"logins\": ["
		"{\"wwpn\": \"21:00:aa:bb:cc:dd:00:02\"}, {\"wwpn\": \"2100AABBCCDD0001\"}]}");

	assert_int_equal(zone_snapshot_normalise(snapshot, NULL), 0);

	np_auto(np_free) char *text = zone_text(snapshot);
	assert_string_equal(text,
		"{\"defined\":{\"aliases\":{},\"zones\":{},\"zonesets\":{}},"
		"\"effective\":{\"zones\":{}},"
		"\"logins\":[{\"wwpn\":\"2100aabbccdd0001\"},{\"wwpn\":\"2100aabbccdd0002\"}],"
		"\"space\":{},\"transaction\":{}}");
	(void)state;
}

static void test_zone_snapshot_normalise_refuses_another_default_zone(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = value_of("{\"default_zone\": \"maybe\"}");

	assert_int_equal(zone_snapshot_normalise(snapshot, NULL), -NP_PEER);
	(void)state;
}

static void test_zone_desired_normalise_adds_all_that_may_be_absent(void **state)
{
	np_auto(np_json_decref) json_t *desired =
		value_of("{\"made\": {\"zones\": [\"b\", \"a\"]}}");

	assert_int_equal(zone_desired_normalise(desired, NULL), 0);

	np_auto(np_free) char *text = zone_text(desired);
	assert_string_equal(text,
		"{\"absent\":{\"aliases\":[],\"zones\":[]},\"aliases\":{},"
		"\"made\":{\"aliases\":[],\"zones\":[\"a\",\"b\"],\"zonesets\":[]},"
		"\"owners\":{},\"zones\":{}}");
	(void)state;
}

static void test_zone_is_same_looks_through_aliases(void **state)
{
	np_auto(np_json_decref) json_t *aliases = value_of(
		"{\"h\": [\"2100aabbccdd0001\"], \"t\": [\"5000000000000001\", \"5000000000000002\"]}");
	np_auto(np_json_decref) json_t *written =
		value_of("{\"kind\": \"regular\", \"members\": [\"@h\", \"@t\"]}");
	np_auto(np_json_decref) json_t *plain =
		value_of("{\"kind\": \"regular\", \"members\": [\"2100aabbccdd0001\","
			 " \"5000000000000001\", \"5000000000000002\"]}");

	assert_true(zone_is_same(written, aliases, plain, NULL));
	assert_false(zone_is_same(written, NULL, plain, NULL));
	(void)state;
}

/* A peer finds alias host1 in host10, because it looks for a part of the line. */
static void test_zone_is_same_takes_no_alias_for_another_that_begins_alike(void **state)
{
	np_auto(np_json_decref) json_t *aliases =
		value_of("{\"host1\": [\"2100aabbccdd0001\"], \"host10\": [\"2100aabbccdd0010\"]}");
	np_auto(np_json_decref) json_t *one =
		value_of("{\"kind\": \"regular\", \"members\": [\"@host1\"]}");
	np_auto(np_json_decref) json_t *ten =
		value_of("{\"kind\": \"regular\", \"members\": [\"@host10\"]}");

	assert_false(zone_is_same(one, aliases, ten, aliases));
	assert_false(zone_list_has(json_object_get(ten, "members"), "@host1"));
	(void)state;
}

/* A peer lower-cases members for comparing; aliases are not the same in another case. */
static void test_zone_is_same_takes_no_alias_for_one_in_other_case(void **state)
{
	np_auto(np_json_decref) json_t *aliases =
		value_of("{\"Host\": [\"2100aabbccdd0001\"], \"host\": [\"2100aabbccdd0010\"]}");
	np_auto(np_json_decref) json_t *upper =
		value_of("{\"kind\": \"regular\", \"members\": [\"@Host\"]}");
	np_auto(np_json_decref) json_t *lower =
		value_of("{\"kind\": \"regular\", \"members\": [\"@host\"]}");

	assert_false(zone_is_same(upper, aliases, lower, aliases));
	assert_false(zone_is_same(upper, NULL, lower, NULL));
	(void)state;
}

static void test_zone_connects_peers_only_with_principals(void **state)
{
	np_auto(np_json_decref) json_t *peer = value_of(
		"{\"kind\": \"peer\", \"members\": [\"1\", \"2\"], \"principals\": [\"8\", \"9\"]}");
	np_auto(np_json_decref) json_t *regular =
		value_of("{\"kind\": \"regular\", \"members\": [\"1\", \"2\", \"8\"]}");

	assert_true(zone_connects(peer, "1", "8"));
	assert_true(zone_connects(peer, "9", "2"));
	assert_false(zone_connects(peer, "1", "2"));
	assert_false(zone_connects(peer, "8", "9"));
	assert_true(zone_connects(regular, "1", "2"));
	assert_false(zone_connects(regular, "1", "1"));
	assert_false(zone_connects(regular, "1", "9"));
	(void)state;
}

static void test_zone_db_bytes_grows_with_each_member(void **state)
{
	np_auto(np_json_decref) json_t *db = zone_db_new();
	json_t *zone = zone_new("regular");

	(void)json_object_set_new(json_object_get(db, "zones"), "z", zone);
	int64_t before = zone_db_bytes(db);
	assert_int_equal(zone_add(zone, "members", "2100aabbccdd0001", NULL), 0);

	assert_true(before > 0);
	assert_true(zone_db_bytes(db) >= before + 23);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_rules_has_a_row_for_each_driver),
		cmocka_unit_test(test_zone_name_check_takes_what_both_vendors_take),
		cmocka_unit_test(test_zone_name_check_says_what_is_wrong),
		cmocka_unit_test(test_zone_member_parse_makes_canonical_text),
		cmocka_unit_test(test_zone_member_parse_refuses_everything_else),
		cmocka_unit_test(test_zone_add_keeps_order_and_adds_once),
		cmocka_unit_test(test_zone_db_normalise_sorts_completes_and_drops),
		cmocka_unit_test(test_zone_db_normalise_refuses_what_no_switch_has),
		cmocka_unit_test(test_zone_snapshot_normalise_adds_parts_and_sorts_logins),
		cmocka_unit_test(test_zone_snapshot_normalise_refuses_another_default_zone),
		cmocka_unit_test(test_zone_desired_normalise_adds_all_that_may_be_absent),
		cmocka_unit_test(test_zone_is_same_looks_through_aliases),
		cmocka_unit_test(test_zone_is_same_takes_no_alias_for_another_that_begins_alike),
		cmocka_unit_test(test_zone_is_same_takes_no_alias_for_one_in_other_case),
		cmocka_unit_test(test_zone_connects_peers_only_with_principals),
		cmocka_unit_test(test_zone_db_bytes_grows_with_each_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
