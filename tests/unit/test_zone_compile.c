/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From guests to zones, and the names of these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

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
			zone_name_read("other_{guest}_{vhba}_{set}_{target}", name, &parts, NULL),
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

struct sample {
	const char *template;
	struct zone_name_parts parts;
	const char *name; /* NULL: whatever it is */
};

static void check_read(const struct sample *sample, const char *name)
{
	np_auto(np_json_decref) json_t *parts = NULL;
	const char *const values[][2] = {
		{ "guest", sample->parts.guest },
		{ "vhba", sample->parts.vhba },
		{ "set", sample->parts.set },
		{ "target", sample->parts.target },
	};

	if (zone_name_read(sample->template, name, &parts, NULL) < 0)
		fail_msg("'%s' cannot be read", name);
	for (size_t i = 0; i < 4; i++) {
		const json_t *read = json_object_get(parts, values[i][0]);
		if (!read != !values[i][1] ||
			(read && strcmp(zone_text_of(read), values[i][1]) != 0))
			fail_msg("'%s': %s is '%s'", name, values[i][0], zone_text_of(read));
	}
}

static void test_names_of_every_policy_can_be_read_back(void **state)
{
	static const struct sample samples[] = {
		{ "", { "db01", "fc0", "a", "vsp1" }, "npivd_db01_fc0a_vsp1" },
		{ "", { "db01", "fc0", "b", NULL }, "npivd_db01_fc0b" },
		{ "", { "db01", "fc0", NULL, NULL }, "npivd_db01_fc0" },
		{ "", { "db01", "fc0", NULL, "tape" }, "npivd_db01_fc0_tape" },
		{ "", { "db01", "fca", NULL, "disk" }, "npivd_db01_fc$61_disk" },
		{ "", { "db01", "fca", "a", NULL }, "npivd_db01_fcaa" },
		{ "", { "a", "b", NULL, "b" }, "npivd_$61_$62_$62" },
		{ "", { "a", "a", "a", "a" }, "npivd_a_aa_a" },
		{ "z_{guest}_{vhba}_{set}_{target}", { "g", "v", NULL, "a" }, "z_g_v_$61" },
		{ "z_{guest}_{vhba}_{set}_{target}", { "g", "v", "a", NULL }, "z_g_v_a" },
		{ "z-{guest}_{vhba}{set}", { "my-guest", "v.1", "b", NULL }, "z-my-guest_v$2E1b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		char name[ZONE_NAME_MAX];
		assert_int_equal(zone_name_make(zone_rules_of("nxos"), samples[i].template,
					 &samples[i].parts, name, NULL),
			0);
		assert_string_equal(name, samples[i].name);
		check_read(&samples[i], name);
	}
}

static unsigned pick(uint64_t *random, unsigned n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (unsigned)(*random % n);
}

static void random_value(uint64_t *random, char value[static 8])
{
	static const char letters[] = "abAB0_$^-.\xc3\xa4";
	unsigned len = 1 + pick(random, 4), i;

	for (i = 0; i < len; i++) {
		unsigned at = pick(random, 11);
		value[i] = letters[at];
		if (at == 10) /* a whole character of two bytes */
			value[++i] = letters[11];
	}
	value[i] = '\0';
}

/* No two sets of parts have one name, and each name tells its parts. */
static void test_random_names_can_be_read_back(void **state)
{
	static const char *const templates[] = { "", "z_{guest}_{vhba}_{set}_{target}",
		"z_{target}_{guest}_{vhba}{set}", "z_{guest}{set}_{vhba}" };
	uint64_t random = 4711;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char guest[8], vhba[8], target[8], name[ZONE_NAME_MAX];
		struct sample sample = { templates[pick(&random, 4)], { guest, vhba, NULL, NULL },
			NULL };
		random_value(&random, guest);
		random_value(&random, vhba);
		random_value(&random, target);
		sample.parts.set = pick(&random, 3) ? (pick(&random, 2) ? "a" : "b") : NULL;
		if (*sample.template == '\0' || strstr(sample.template, "{target}"))
			sample.parts.target = pick(&random, 3) ? target : NULL;
		assert_int_equal(zone_name_make(zone_rules_of("fos"), sample.template,
					 &sample.parts, name, NULL),
			0);
		assert_int_equal(zone_name_check(zone_rules_of("fos"), name, NULL), 0);
		if (!strchr(name, '^'))
			check_read(&sample, name);
	}
}

/* Told apart by a hash, but not cut: the whole is there. */
static void test_name_that_differs_in_case_alone_can_be_read_back(void **state)
{
	np_auto(np_json_decref) json_t *guests =
		json_pack("[o, o]", guest("DB01", ID, 0), guest("db01", ID, 1));
	np_auto(np_json_decref) json_t *zones =
		compile("single-initiator", "", json_incref(guests));
	const char *name;
	json_t *zone;
	unsigned hashed = 0;

	(void)state;
	zone_each (json_object_get(zones, "zones"), name, zone) {
		np_auto(np_json_decref) json_t *parts = NULL;
		hashed += strchr(name, '^') != NULL;
		assert_int_equal(zone_name_read("", name, &parts, NULL), 0);
		assert_true(strcasecmp(np_json_text(parts, "guest"), "db01") == 0);
	}
	assert_int_equal(hashed, 2);
}

/* A peer cuts host and array to 14 characters and drops what the switch does not take: names collide. */
static void test_names_that_were_cut_cannot_be_read_back_but_stay_apart(void **state)
{
	const struct zone_name_parts one = { "a-very-long-name-of-a-virtual-machine-in-room-1",
		"fc0", "a", "storage-array-of-the-accounts" };
	const struct zone_name_parts other = { "a-very-long-name-of-a-virtual-machine-in-room-1",
		"fc0", "a", "storage-array-of-the-account.s" };
	char first[ZONE_NAME_MAX], second[ZONE_NAME_MAX];
	json_t *parts = NULL;

	(void)state;
	assert_int_equal(zone_name_make(zone_rules_of("fos"), "", &one, first, NULL), 0);
	assert_int_equal(zone_name_make(zone_rules_of("fos"), "", &other, second, NULL), 0);
	assert_int_equal(strlen(first), 64);
	assert_string_not_equal(first, second);
	assert_int_equal(zone_name_read("", first, &parts, NULL), -NP_NOTFOUND);
}

static void test_template_whose_parts_touch_is_refused(void **state)
{
	static const char *const templates[] = { "z_{guest}{vhba}", "z_{guest}-{vhba}",
		"z_{set}{guest}" };
	const struct zone_name_parts parts = { "g", "v", "a", "t" };
	char name[ZONE_NAME_MAX];
	struct np_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
		assert_int_equal(
			zone_name_make(zone_rules_of("fos"), templates[i], &parts, name, &err),
			-NP_INVAL);
		assert_non_null(strstr(err.msg, "needs a '_'"));
	}
}

static void test_pair_with_one_wwpn_has_no_zone_for_the_other(void **state)
{
	json_t *one = guest("db01", ID, 0);

	(void)state;
	(void)json_object_del(json_array_get(json_object_get(one, "vhbas"), 0), "wwpn_b");
	np_auto(np_json_decref) json_t *single =
		compile("single-initiator", "", json_pack("[O]", one));
	np_auto(np_json_decref) json_t *peers = compile("peer", "", json_pack("[o]", one));

	assert_int_equal(json_object_size(json_object_get(single, "zones")), 1);
	assert_int_equal(
		json_array_size(json_object_get(zone_named(peers, "npivd_db01_A"), "members")), 1);
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

/* Before a guest meets it: two guests with two targets are tried. */
static void test_template_is_judged_by_the_policy_that_it_serves(void **state)
{
	static const struct {
		const char *policy, *template, *lacks;
	} rows[] = {
		{ "single-initiator", "", NULL },
		{ "single-initiator", "z_{guest}_{set}", NULL },
		{ "single-initiator", "z_{guest}_{vhba}", "{set}" },
		{ "single-initiator", "z_{vhba}{set}", "{guest}" },
		{ "single-initiator-single-target", "z_{guest}_{set}_{target}", NULL },
		{ "single-initiator-single-target", "z_{guest}_{set}", "{target}" },
		{ "peer", "z_{guest}", NULL },
		{ "peer", "z_{target}", "{guest}" },
		{ "peer", "z_{host}", "{host}" },
		{ "peer", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err = { 0 };
		int rc = zone_template_check("fos", rows[i].policy, rows[i].template, &err);
		assert_int_equal(rc, rows[i].lacks ? -NP_INVAL : 0);
		assert_true(!rows[i].lacks || strstr(err.msg, rows[i].lacks));
	}
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
		cmocka_unit_test(test_names_of_every_policy_can_be_read_back),
		cmocka_unit_test(test_random_names_can_be_read_back),
		cmocka_unit_test(test_name_that_differs_in_case_alone_can_be_read_back),
		cmocka_unit_test(test_names_that_were_cut_cannot_be_read_back_but_stay_apart),
		cmocka_unit_test(test_template_whose_parts_touch_is_refused),
		cmocka_unit_test(test_pair_with_one_wwpn_has_no_zone_for_the_other),
		cmocka_unit_test(test_template_with_an_unknown_part_is_refused),
		cmocka_unit_test(test_template_that_says_too_little_is_refused),
		cmocka_unit_test(test_template_is_judged_by_the_policy_that_it_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
