/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From guests to zones, and the names of these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/wwn.h"
#include "zoning/compile.h"
#include "zoning/list.h"

#define ID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define A "1000020000010000"
#define B "1000020000010001"
#define DISK "50060e8000000001"
#define DISK2 "50060e8000000002"
#define TAPE "500104f000000001"

static json_t *guest(const char *name, const char *id, unsigned number)
{
	char a[NP_WWN_TEXT], b[NP_WWN_TEXT];

	(void)np_wwn_text(0x1000020000010000u + 2u * number, a);
	(void)np_wwn_text(0x1000020000010001u + 2u * number, b);
	return json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}], s:[{s:s, s:s, s:s}]}", "id", id, "name",
		name, "vhbas", "name", "A", "wwpn_a", a, "wwpn_b", b, "targets", "wwpn", DISK,
		"name", "vsp1", "kind", "disk");
}

static void add_target(json_t *one, const char *wwpn, const char *name, const char *kind)
{
	(void)json_array_append_new(json_object_get(one, "targets"),
		json_pack("{s:s, s:s, s:s}", "wwpn", wwpn, "name", name, "kind", kind));
}

static json_t *compile(const char *policy, const char *template, json_t *guests)
{
	np_auto(np_json_decref) json_t *request = json_pack("{s:s, s:s, s:s, s:o}", "vendor", "fos",
		"policy", policy, "template", template, "guests", guests);
	json_t *zones = NULL;
	struct np_err err = { 0 };

	if (zone_compile(request, &zones, &err) < 0)
		print_error("%s\n", err.msg);
	return zones;
}

static const json_t *zone_named(const json_t *compiled, const char *name)
{
	const json_t *zone = json_object_get(json_object_get(compiled, "zones"), name);

	if (!zone) {
		char *text = json_dumps(compiled, JSON_INDENT(1));
		print_error("no %s in %s\n", name, text);
		free(text);
	}
	assert_non_null(zone);
	return zone;
}

static bool has(const json_t *zone, const char *list, const char *member)
{
	return zone_list_has(json_object_get(zone, list), member);
}

static void test_each_wwpn_has_a_zone_of_its_own_with_single_initiators(void **state)
{
	json_t *one = guest("db01", ID, 0);

	(void)state;
	add_target(one, DISK2, "vsp2", "disk");
	np_auto(np_json_decref) json_t *zones =
		compile("single-initiator", "", json_pack("[o]", one));

	assert_int_equal(json_object_size(json_object_get(zones, "zones")), 2);
	const json_t *a = zone_named(zones, "npivd_db01_Aa"),
		     *b = zone_named(zones, "npivd_db01_Ab");
	assert_true(has(a, "members", A) && has(a, "members", DISK) && has(a, "members", DISK2));
	assert_false(has(a, "members", B));
	assert_true(has(b, "members", B) && !has(b, "members", A));
	assert_string_equal(np_json_text(json_object_get(zones, "owners"), "npivd_db01_Aa"), ID);
}

static void test_each_pair_has_a_zone_with_single_targets(void **state)
{
	json_t *one = guest("db01", ID, 0);

	(void)state;
	add_target(one, DISK2, "vsp2", "disk");
	np_auto(np_json_decref) json_t *zones =
		compile("single-initiator-single-target", "", json_pack("[o]", one));

	assert_int_equal(json_object_size(json_object_get(zones, "zones")), 4);
	assert_int_equal(json_array_size(json_object_get(
				 zone_named(zones, "npivd_db01_Aa_vsp2"), "members")),
		2);
}

static void test_targets_of_one_name_are_told_apart_by_their_wwpns(void **state)
{
	json_t *one = guest("db01", ID, 0);

	(void)state;
	add_target(one, DISK2, "vsp1", "disk");
	np_auto(np_json_decref) json_t *zones =
		compile("single-initiator-single-target", "", json_pack("[o]", one));

	(void)zone_named(zones, "npivd_db01_Aa_" DISK2);
}

static void test_initiators_of_a_peer_zone_never_see_each_other(void **state)
{
	(void)state;
	np_auto(np_json_decref) json_t *zones =
		compile("peer", "", json_pack("[o]", guest("db01", ID, 0)));
	const json_t *zone = zone_named(zones, "npivd_db01_A");

	assert_true(has(zone, "principals", DISK) && has(zone, "members", A) &&
		    has(zone, "members", B));
	assert_false(zone_connects(zone, A, B));
	assert_true(zone_connects(zone, A, DISK));
}

static void test_tape_and_disk_are_never_in_one_zone(void **state)
{
	static const char *const policies[] = { "peer", "single-initiator",
		"single-initiator-single-target" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		json_t *one = guest("db01", ID, 0), *zone;
		const char *name;
		add_target(one, TAPE, "lto", "tape");
		np_auto(np_json_decref) json_t *zones =
			compile(policies[i], "", json_pack("[o]", one));
		zone_each (json_object_get(zones, "zones"), name, zone) {
			bool disk = has(zone, "members", DISK) || has(zone, "principals", DISK);
			bool tape = has(zone, "members", TAPE) || has(zone, "principals", TAPE);
			assert_true(disk != tape);
		}
	}
}

static void test_names_that_differ_in_case_alone_get_a_hash(void **state)
{
	(void)state;
	np_auto(np_json_decref) json_t *zones = compile("peer", "",
		json_pack("[o, o]", guest("db01", ID, 0),
			guest("DB01", "6695eb01-f6a4-8304-79aa-97f2502e1940", 1)));

	assert_int_equal(json_object_size(json_object_get(zones, "zones")), 2);
	(void)zone_named(zones, "npivd_db01_A");
	assert_null(json_object_get(json_object_get(zones, "zones"), "npivd_DB01_A"));
}

static void make(const char *guest_name, char name[static ZONE_NAME_MAX])
{
	const struct zone_name_parts parts = { guest_name, "A", "a", "vsp1" };

	assert_int_equal(zone_name_make(zone_rules_of("fos"), "", &parts, name, NULL), 0);
}

/* Peers cut names to 14 characters and drop what a switch does not take: two hosts get one zone. */
static void test_long_names_stay_apart_when_they_are_cut(void **state)
{
	char one[ZONE_NAME_MAX], other[ZONE_NAME_MAX];

	(void)state;
	make("customer-database-of-the-northern-region-with-a-long-name-01", one);
	make("customer-database-of-the-northern-region-with-a-long-name-02", other);
	assert_int_equal(strlen(one), 64);
	assert_string_not_equal(one, other);
	make("a.b", one);
	make("a_b", other);
	assert_string_not_equal(one, other);
}

static void test_names_can_be_read_back(void **state)
{
	static const char *const guests[] = { "db01", "db_01", "a.b/c d", "$x^",
		"\xc3\xa9t\xc3\xa9" };
	char name[ZONE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof guests / sizeof *guests; i++) {
		np_auto(np_json_decref) json_t *parts = NULL;
		make(guests[i], name);
		assert_int_equal(
			zone_name_read("npivd_{guest}_{vhba}_{set}_{target}", name, &parts, NULL),
			-NP_NOTFOUND);
		assert_int_equal(
			zone_name_make(zone_rules_of("nxos"), "npivd_{guest}_{vhba}_{set}_{target}",
				&(struct zone_name_parts){ guests[i], "A", "a", "v_1" }, name,
				NULL),
			0);
		assert_int_equal(
			zone_name_read("npivd_{guest}_{vhba}_{set}_{target}", name, &parts, NULL),
			0);
		assert_string_equal(np_json_text(parts, "guest"), guests[i]);
		assert_string_equal(np_json_text(parts, "target"), "v_1");
	}
}

static void test_template_with_an_unknown_part_is_refused(void **state)
{
	const struct zone_name_parts parts = { "g", "v", "a", "t" };
	char name[ZONE_NAME_MAX];
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(
		zone_name_make(zone_rules_of("fos"), "z_{host}", &parts, name, &err), -NP_INVAL);
	assert_int_equal(
		zone_name_make(zone_rules_of("fos"), "1_{guest}", &parts, name, &err), -NP_INVAL);
}

static void test_template_that_says_too_little_is_refused(void **state)
{
	np_auto(np_json_decref) json_t *request =
		json_pack("{s:s, s:s, s:s, s:[o]}", "vendor", "fos", "policy", "single-initiator",
			"template", "z_{guest}", "guests", guest("db01", ID, 0));
	json_t *zones = NULL;
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(zone_compile(request, &zones, &err), -NP_INVAL);
	assert_non_null(strstr(err.msg, "{set}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_wwpn_has_a_zone_of_its_own_with_single_initiators),
		cmocka_unit_test(test_each_pair_has_a_zone_with_single_targets),
		cmocka_unit_test(test_targets_of_one_name_are_told_apart_by_their_wwpns),
		cmocka_unit_test(test_initiators_of_a_peer_zone_never_see_each_other),
		cmocka_unit_test(test_tape_and_disk_are_never_in_one_zone),
		cmocka_unit_test(test_names_that_differ_in_case_alone_get_a_hash),
		cmocka_unit_test(test_long_names_stay_apart_when_they_are_cut),
		cmocka_unit_test(test_names_can_be_read_back),
		cmocka_unit_test(test_template_with_an_unknown_part_is_refused),
		cmocka_unit_test(test_template_that_says_too_little_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
