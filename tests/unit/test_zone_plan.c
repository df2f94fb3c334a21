/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of zones: minimal, ordered, reversible, and never about what npivd has not made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/change.h"
#include "zoning/plan.h"

#define FOREIGN "{'kind':'regular','members':['10000000c9000001','500104f000000001']}"
#define OURS "{'kind':'regular','members':['1000020000010000','50060e8000000001']}"
#define OTHER "{'kind':'regular','members':['1000020000010000','50060e8000000002']}"

/* JSON with single quotes. */
static json_t *value(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	json_error_t why;
	json_t *json = json_loads(copy, 0, &why);
	if (!json)
		print_error("%s: %s\n", copy, why.text);
	assert_non_null(json);
	free(copy);
	return json;
}

static json_t *snapshot_of(const char *zones, const char *names, const char *default_zone)
{
	char text[4096];

	(void)snprintf(text, sizeof text,
		"{'vendor':'fos','defined':{'aliases':{},'zones':{%s},'zonesets':{'prod':[%s]}},"
		"'effective':{'zoneset':'prod','zones':{%s}},'default_zone':'%s','checksum':'abc'}",
		zones, names, zones, default_zone);
	return value(text);
}

static json_t *desired_of(const char *zones, const char *absent, const char *made)
{
	char text[4096];

	(void)snprintf(text, sizeof text,
		"{'zoneset':'','aliases':{},'zones':{%s},'owners':{},'absent':{'zones':[%s],'aliases':[]},"
		"'made':{'zones':[%s],'aliases':[],'zonesets':[]}}",
		zones, absent, made);
	return value(text);
}

/* Objects of the changes in order: "zone+ member+ ..." */
static const char *shape(const json_t *plan)
{
	static char text[512];
	size_t i;
	const json_t *change;

	text[0] = '\0';
	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		bool before = json_object_get(change, "before"),
		     after = json_object_get(change, "after");
		size_t len = strlen(text);
		(void)snprintf(text + len, sizeof text - len, "%s%s%s", i ? " " : "",
			np_json_text(change, "object"),
			!before ? "+"
			: after ? "~"
				: "-");
	}
	return text;
}

static json_t *plan_of(json_t *desired, json_t *snapshot)
{
	json_t *plan = NULL;
	struct np_err err = { 0 };

	if (zone_plan("A", desired, snapshot, &plan, &err) < 0)
		print_error("%s\n", err.msg);
	assert_non_null(plan);
	return plan;
}

static void apply_plan(const json_t *plan, json_t *snapshot)
{
	json_t *db = NULL, *effective = NULL;

	assert_int_equal(zone_plan_predict(plan, snapshot, &db, &effective, NULL), 0);
	(void)json_object_set_new(snapshot, "defined", db);
	(void)json_object_set_new(snapshot, "effective", effective);
}

static void test_plan_makes_a_zone_and_puts_it_in_force(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'theirs':" FOREIGN, "'theirs'", "all-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone+ member+");
	assert_true(np_json_bool(plan, "activate"));
	assert_string_equal(np_json_text(plan, "base"), "abc");
	assert_int_equal(zone_plan_progress(plan, snapshot, NULL), ZONE_AS_BEFORE);
	apply_plan(plan, snapshot);
	assert_int_equal(zone_plan_progress(plan, snapshot, NULL), ZONE_AS_AFTER);
	np_auto(np_json_decref) json_t *again = plan_of(desired, snapshot);
	assert_string_equal(shape(again), "");
	assert_false(np_json_bool(again, "activate"));
}

static void test_plan_never_alters_a_zone_that_others_made(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" FOREIGN, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");
	json_t *plan = NULL;
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(zone_plan("A", desired, snapshot, &plan, &err), -NP_EXISTS);
	assert_non_null(strstr(err.msg, "'npivd_a'"));
}

static void test_plan_never_removes_a_zone_that_others_made(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'theirs':" FOREIGN, "'theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'theirs'", "");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
}

static void test_plan_uses_a_zone_that_is_the_same_under_another_name(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'theirs':{'kind':'regular','members':['50060e8000000001','@db01']}",
			"'theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");

	(void)state;
	(void)json_object_set_new(json_object_get(json_object_get(snapshot, "defined"), "aliases"),
		"db01", value("['1000020000010000']"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
	const json_t *row = json_array_get(json_object_get(plan, "reused"), 0);
	assert_string_equal(np_json_text(row, "by"), "theirs");
}

static void test_plan_that_renames_does_not_count_on_what_it_removes(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = snapshot_of("'old':" OURS, "'old'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'new':" OURS, "'old'", "'old'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone+ member+ member- zone-");
}

static void test_plan_keeps_the_last_zone_while_the_default_zone_is_open(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "all-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	(void)json_array_append_new(
		json_object_get(json_object_get(desired, "made"), "zonesets"), json_string("prod"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
	assert_int_equal(json_array_size(json_object_get(plan, "kept")), 1);
}

static void test_plan_ends_our_zoneset_when_the_default_zone_is_closed(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	(void)json_array_append_new(
		json_object_get(json_object_get(desired, "made"), "zonesets"), json_string("prod"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "member- activation- zone- zoneset-");
	apply_plan(plan, snapshot);
	assert_null(json_object_get(json_object_get(snapshot, "effective"), "zoneset"));
}

static void test_plan_leaves_no_zoneset_of_others_empty(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
}

static void test_plan_activates_again_when_only_members_changed(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OTHER, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "'npivd_a'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone~");
	assert_true(np_json_bool(plan, "activate"));
}

static void test_plan_activates_what_is_defined_but_not_in_force(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "'npivd_a'");

	(void)state;
	(void)json_object_clear(json_object_get(json_object_get(snapshot, "effective"), "zones"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
	assert_true(np_json_bool(plan, "activate"));
	assert_int_equal(zone_plan_progress(plan, snapshot, NULL), ZONE_AS_BEFORE);
}

static void test_first_zoneset_is_refused_while_the_default_zone_is_open(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = value(
		"{'vendor':'fos','defined':{'aliases':{},'zones':{},'zonesets':{}},'effective':{'zones':{}},"
		"'default_zone':'all-access','checksum':''}");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");
	json_t *plan = NULL;
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(zone_plan("A", desired, snapshot, &plan, &err), -NP_CONFLICT);
	(void)json_object_set_new(desired, "zoneset", json_string("prod"));
	assert_int_equal(zone_plan("A", desired, snapshot, &plan, &err), -NP_CONFLICT);
	(void)json_object_set_new(snapshot, "default_zone", json_string("no-access"));
	assert_int_equal(zone_plan("A", desired, snapshot, &plan, &err), 0);
	assert_string_equal(shape(plan), "zone+ zoneset+ member+ activation+");
	json_decref(plan);
}

static void test_object_that_somebody_changed_is_otherwise(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OTHER, "", "'npivd_a'");
	np_auto(np_json_decref) json_t *changed =
		snapshot_of("'npivd_a':" FOREIGN, "'npivd_a'", "no-access");
	struct np_err err = { 0 };

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_int_equal(zone_plan_progress(plan, changed, &err), ZONE_OTHERWISE);
	assert_non_null(strstr(err.msg, "npivd_a"));
}

static void test_difference_is_told_in_words(void **state)
{
	np_auto(np_json_decref) json_t *one = snapshot_of("'a':" OURS, "'a'", "no-access");
	np_auto(np_json_decref) json_t *other = snapshot_of("'a':" OTHER, "'a'", "no-access");
	char text[256];

	(void)state;
	zone_db_difference(
		json_object_get(one, "defined"), json_object_get(other, "defined"), text);
	assert_string_equal(text, "zone 'a': member 50060e8000000001 is missing");
	zone_db_difference(json_object_get(one, "defined"), json_object_get(one, "defined"), text);
	assert_string_equal(text, "");
}

/* Random fabrics. */

static uint64_t random_state;

static unsigned pick(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

static json_t *random_zone(void)
{
	json_t *zone = zone_new(pick(3) ? "regular" : "peer");
	char member[32];

	for (unsigned i = 0; i < 2 + pick(3); i++) {
		(void)snprintf(member, sizeof member, "10000200000100%02x", pick(40));
		assert_int_equal(zone_add(zone, "members", member, NULL), 0);
	}
	if (json_object_get(zone, "principals"))
		assert_int_equal(zone_add(zone, "principals", "50060e8000000001", NULL), 0);
	return zone;
}

static json_t *random_snapshot(json_t *made)
{
	json_t *db = zone_db_new(), *list = json_array();
	char name[32];

	for (unsigned i = 0; i < 6; i++) {
		bool ours = pick(2);
		if (pick(4) == 0)
			continue;
		(void)snprintf(name, sizeof name, "%s%u", ours ? "npivd_" : "theirs_", i);
		(void)json_object_set_new(json_object_get(db, "zones"), name, random_zone());
		if (ours)
			(void)json_array_append_new(made, json_string(name));
		if (pick(5))
			(void)json_array_append_new(list, json_string(name));
	}
	assert_int_equal(zone_list_sort(list, NULL), 0);
	bool active = json_array_size(list) > 0;
	if (active)
		(void)json_object_set(json_object_get(db, "zonesets"), "prod", list);
	json_decref(list);
	json_t *effective = zone_effective_of(db, active ? "prod" : "", "fos", NULL);
	return json_pack("{s:s, s:o, s:o, s:s, s:s}", "vendor", "fos", "defined", db, "effective",
		effective, "default_zone", "no-access", "checksum", "abc");
}

static json_t *random_desired(json_t *made)
{
	json_t *zones = json_object(), *absent = json_array();
	char name[32];

	for (unsigned i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof name, "npivd_%u", i);
		if (pick(2))
			(void)json_object_set_new(zones, name, random_zone());
		else
			(void)json_array_append_new(absent, json_string(name));
	}
	return json_pack("{s:s, s:{}, s:o, s:{}, s:{s:o, s:[]}, s:{s:O, s:[], s:[]}}", "zoneset",
		"prod", "aliases", "zones", zones, "owners", "absent", "zones", absent, "aliases",
		"made", "zones", made, "aliases", "zonesets");
}

static void check_foreign(const json_t *before, const json_t *after)
{
	const char *name;
	json_t *zone;

	zone_each (json_object_get(json_object_get(before, "defined"), "zones"), name, zone) {
		if (strncmp(name, "theirs_", 7) == 0)
			assert_true(json_equal(zone,
				json_object_get(
					json_object_get(json_object_get(after, "defined"), "zones"),
					name)));
	}
}

/* After each change alone it is ours to recognise, and the rest leads to the end. */
static void check_prefixes(const json_t *plan, const json_t *before)
{
	const json_t *committed = json_object_get(before, "defined");
	np_auto(np_json_decref) json_t *pending = zone_db_edit(committed);
	size_t i;
	const json_t *change;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		assert_int_equal(zone_change_make(change, pending, NULL), 0);
		assert_true(zone_plan_covers(plan, committed, pending));
	}
	(void)json_object_set_new(json_object_get(pending, "zones"), "somebody", random_zone());
	assert_false(zone_plan_covers(plan, committed, pending));
}

static void check_one(uint64_t seed)
{
	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	np_auto(np_json_decref) json_t *made = json_array();
	np_auto(np_json_decref) json_t *before = random_snapshot(made);
	np_auto(np_json_decref) json_t *desired = random_desired(made);
	np_auto(np_json_decref) json_t *after = json_deep_copy(before);
	np_auto(np_json_decref) json_t *plan = NULL;
	struct np_err err = { 0 };
	int rc = zone_plan("A", desired, before, &plan, &err);

	if (rc < 0)
		return;
	check_prefixes(plan, before);
	apply_plan(plan, after);
	check_foreign(before, after);
	bool empty = json_array_size(json_object_get(plan, "changes")) == 0;
	if (!empty)
		assert_int_equal(zone_plan_progress(plan, before, NULL), ZONE_AS_BEFORE);
	assert_int_equal(zone_plan_progress(plan, after, NULL), ZONE_AS_AFTER);
	np_auto(np_json_decref) json_t *rest = zone_plan_rest(plan, after);
	assert_int_equal(json_array_size(rest), 0);
	np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(plan);
	np_auto(np_json_decref) json_t *back = json_deep_copy(after);
	apply_plan(inverse, back);
	assert_true(
		json_equal(json_object_get(back, "defined"), json_object_get(before, "defined")));
	if (!empty)
		assert_int_equal(zone_plan_progress(inverse, after, NULL), ZONE_AS_BEFORE);
}

static void test_random_plans_are_safe_and_reversible(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5000; seed++)
		check_one(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_makes_a_zone_and_puts_it_in_force),
		cmocka_unit_test(test_plan_never_alters_a_zone_that_others_made),
		cmocka_unit_test(test_plan_never_removes_a_zone_that_others_made),
		cmocka_unit_test(test_plan_uses_a_zone_that_is_the_same_under_another_name),
		cmocka_unit_test(test_plan_that_renames_does_not_count_on_what_it_removes),
		cmocka_unit_test(test_plan_keeps_the_last_zone_while_the_default_zone_is_open),
		cmocka_unit_test(test_plan_ends_our_zoneset_when_the_default_zone_is_closed),
		cmocka_unit_test(test_plan_leaves_no_zoneset_of_others_empty),
		cmocka_unit_test(test_plan_activates_again_when_only_members_changed),
		cmocka_unit_test(test_plan_activates_what_is_defined_but_not_in_force),
		cmocka_unit_test(test_first_zoneset_is_refused_while_the_default_zone_is_open),
		cmocka_unit_test(test_object_that_somebody_changed_is_otherwise),
		cmocka_unit_test(test_difference_is_told_in_words),
		cmocka_unit_test(test_random_plans_are_safe_and_reversible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
