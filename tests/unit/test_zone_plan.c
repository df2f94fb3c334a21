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

static int refusal_of(json_t *desired, json_t *snapshot, struct np_err *err)
{
	json_t *plan = NULL;
	int rc = zone_plan("A", desired, snapshot, &plan, err);

	json_decref(plan);
	return rc;
}

static json_t *defined(json_t *snapshot, const char *part)
{
	return json_object_get(json_object_get(snapshot, "defined"), part);
}

static json_t *in_force(json_t *snapshot)
{
	return json_object_get(json_object_get(snapshot, "effective"), "zones");
}

/* The usual way to lose a Cisco fabric: the zoneset in force came from another switch. */
static void test_plan_refuses_to_activate_what_would_take_a_zone_from_others(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'a':" FOREIGN ",'b':" OTHER, "'a','b'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");
	struct np_err err = { 0 };

	(void)state;
	zone_list_remove(json_object_get(defined(snapshot, "zonesets"), "prod"), "b");
	assert_int_equal(refusal_of(desired, snapshot, &err), -NP_CONFLICT);
	assert_non_null(strstr(err.msg, "zone 'b' is in force but no longer defined"));
}

static void test_plan_refuses_a_zoneset_that_is_in_force_and_not_defined(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = snapshot_of("'a':" FOREIGN, "'a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");
	struct np_err err = { 0 };

	(void)state;
	(void)json_object_clear(defined(snapshot, "zonesets"));
	assert_int_equal(refusal_of(desired, snapshot, &err), -NP_CONFLICT);
	assert_non_null(strstr(err.msg, "zoneset 'prod' is in force but not defined"));
}

/* A guest that is deleted does not wait for somebody else's work. */
static void test_plan_keeps_what_cannot_go_without_taking_a_zone_from_others(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = snapshot_of(
		"'b':" FOREIGN ",'c':" OTHER ",'npivd_a':" OURS, "'b','c','npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	zone_list_remove(json_object_get(defined(snapshot, "zonesets"), "prod"), "b");
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
	assert_false(np_json_bool(plan, "activate"));
	const json_t *kept = json_array_get(json_object_get(plan, "kept"), 0);
	assert_non_null(strstr(np_json_text(kept, "reason"), "'b'"));
}

/* A Cisco switch puts these in force by itself. */
static void test_plan_leaves_zones_of_inter_vsan_routing_to_the_switch(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'a':" FOREIGN ",'IVRZ_x':" OTHER, "'a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");

	(void)state;
	(void)json_object_set_new(snapshot, "vendor", json_string("nxos"));
	(void)json_object_del(defined(snapshot, "zones"), "IVRZ_x");
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone+ member+");
	apply_plan(plan, snapshot);
	assert_non_null(json_object_get(in_force(snapshot), "IVRZ_x"));
}

static void test_plan_puts_a_zoneset_in_force_that_somebody_switched_off(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "'npivd_a'");
	struct np_err err = { 0 };

	(void)state;
	(void)json_object_set_new(desired, "zoneset", json_string("prod"));
	(void)json_object_set_new(snapshot, "effective", value("{'zones':{}}"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "activation+");
	assert_true(np_json_bool(plan, "activate"));
	(void)json_object_set_new(snapshot, "default_zone", json_string("all-access"));
	assert_int_equal(refusal_of(desired, snapshot, &err), -NP_CONFLICT);
}

static void test_plan_activates_nothing_where_nothing_is_in_force(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS ",'b':" FOREIGN, "'b','npivd_a'", "all-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	(void)json_object_set_new(desired, "zoneset", json_string("prod"));
	(void)json_object_set_new(snapshot, "effective", value("{'zones':{}}"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "member- zone-");
	assert_false(np_json_bool(plan, "activate"));
}

static void test_plan_never_removes_a_zone_that_is_wanted(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'b':" FOREIGN ",'npivd_a':" OURS, "'b','npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired =
		desired_of("'npivd_a':" OURS, "'npivd_a'", "'npivd_a'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
}

/* What is kept for one zoneset keeps another alive, which then must not be removed. */
static void test_zone_that_is_kept_stays_in_all_its_zonesets(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'b':" FOREIGN ",'npivd_a':" OURS, "'b'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("", "'npivd_a'", "'npivd_a'");

	(void)state;
	(void)json_object_set_new(defined(snapshot, "zonesets"), "a_ours", value("['npivd_a']"));
	(void)json_object_set_new(defined(snapshot, "zonesets"), "z_theirs", value("['npivd_a']"));
	(void)json_array_append_new(json_object_get(json_object_get(desired, "made"), "zonesets"),
		json_string("a_ours"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "");
	assert_int_equal(json_array_size(json_object_get(plan, "kept")), 1);
}

static void test_plan_does_not_count_on_a_zone_that_is_not_in_force(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'a':" FOREIGN ",'theirs':" OURS, "'a','theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");

	(void)state;
	(void)json_object_del(in_force(snapshot), "theirs");
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone+ member+");
}

static void test_plan_puts_no_zone_of_others_into_a_zoneset(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'a':" FOREIGN ",'npivd_a':" OURS, "'a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(refusal_of(desired, snapshot, &err), -NP_EXISTS);
}

static void test_plan_refuses_what_the_switch_would_not_take(void **state)
{
	static const struct {
		const char *vendor, *zones;
		int rc;
		const char *why;
	} rows[] = {
		{ "fos", "'npivd.a':" OURS, -NP_INVAL, "holds '.'" },
		{ "fos", "'npivd_a':{'kind':'regular','members':[]}", -NP_INVAL, "no members" },
		{ "fos", "'npivd_a':{'kind':'peer','members':['1000020000010000'],'principals':[]}",
			-NP_INVAL, "no principals" },
		{ "fos",
			"'npivd_a':{'kind':'peer','members':['1000020000010000'],'principals':['00060e8000000001']}",
			-NP_INVAL, "00060e8000000001" },
		{ "nxos",
			"'npivd_a':{'kind':'peer','members':['1000020000010000'],'principals':['50060e8000000001']}",
			-NP_CONFLICT, "smart zoning is off" },
		{ "fos", "'npivd_a':{'kind':'regular','members':['db01']}", -NP_PEER, "db01" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *snapshot =
			snapshot_of("'a':" FOREIGN, "'a'", "no-access");
		np_auto(np_json_decref) json_t *desired = desired_of(rows[i].zones, "", "");
		struct np_err err = { 0 };

		(void)json_object_set_new(snapshot, "vendor", json_string(rows[i].vendor));
		(void)json_object_set_new(snapshot, "smart", json_false());
		assert_int_equal(refusal_of(desired, snapshot, &err), rows[i].rc);
		assert_non_null(strstr(err.msg, rows[i].why));
	}
}

/* A peer takes host1 for a member where host10 is one, since it looks for a part of a line. */
static void test_plan_takes_no_name_for_another_that_begins_alike(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a1':" OURS ",'npivd_a10':" OTHER, "'npivd_a10'", "no-access");
	np_auto(np_json_decref) json_t *desired =
		desired_of("'npivd_a1':" OURS ",'npivd_a10':" OTHER, "", "'npivd_a1','npivd_a10'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "member+");
	assert_string_equal(
		np_json_text(json_array_get(json_object_get(plan, "changes"), 0), "name"),
		"npivd_a1");
}

/* Aliases are not the same in another case. */
static void test_plan_takes_no_alias_for_one_in_other_case(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'theirs':{'kind':'regular','members':['50060e8000000001','@DB01']}",
			"'theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "");

	(void)state;
	(void)json_object_set_new(
		defined(snapshot, "aliases"), "db01", value("['1000020000010000']"));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_string_equal(shape(plan), "zone+ member+");
}

static void test_zone_of_ours_in_another_kind_is_somebodys_change(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		snapshot_of("'npivd_a':" OURS, "'npivd_a'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OTHER, "", "'npivd_a'");
	np_auto(np_json_decref) json_t *changed = snapshot_of(
		"'npivd_a':{'kind':'peer','members':['1000020000010000'],'principals':[]}",
		"'npivd_a'", "no-access");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);

	assert_int_equal(zone_plan_progress(plan, changed, NULL), ZONE_OTHERWISE);
}

/* Some switches show zones of others in force in another way than they are defined; that is no news of ours. */
static void test_stale_zone_alone_decides_whether_it_is_in_force(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = snapshot_of(
		"'npivd_a':" OURS ",'theirs':" FOREIGN, "'npivd_a','theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired = desired_of("'npivd_a':" OURS, "", "'npivd_a'");

	(void)state;
	(void)json_object_set_new(in_force(snapshot), "npivd_a", value(OTHER));
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);
	assert_int_equal(json_array_size(json_object_get(plan, "stale")), 1);
	assert_int_equal(zone_plan_progress(plan, snapshot, NULL), ZONE_AS_BEFORE);

	apply_plan(plan, snapshot);
	(void)json_object_set_new(in_force(snapshot), "theirs", value(OTHER));
	assert_int_equal(zone_plan_progress(plan, snapshot, NULL), ZONE_AS_AFTER);
}

static void test_diff_says_what_happens_in_words(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = snapshot_of(
		"'npivd_a':" OTHER ",'theirs':" FOREIGN, "'npivd_a','theirs'", "no-access");
	np_auto(np_json_decref) json_t *desired =
		desired_of("'npivd_a':" OURS ",'npivd_b':" OURS, "", "'npivd_a'");

	(void)state;
	np_auto(np_json_decref) json_t *plan = plan_of(desired, snapshot);
	np_auto(np_free) char *diff = zone_plan_diff(plan);

	assert_non_null(strstr(diff, "~ zone npivd_a"));
	assert_non_null(strstr(diff, "+ zone npivd_b"));
	assert_non_null(strstr(diff, "+ zoneset prod: zone npivd_b"));
	assert_non_null(strstr(diff, "then zoneset prod is put in force"));
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
		cmocka_unit_test(test_plan_refuses_to_activate_what_would_take_a_zone_from_others),
		cmocka_unit_test(test_plan_refuses_a_zoneset_that_is_in_force_and_not_defined),
		cmocka_unit_test(test_plan_keeps_what_cannot_go_without_taking_a_zone_from_others),
		cmocka_unit_test(test_plan_leaves_zones_of_inter_vsan_routing_to_the_switch),
		cmocka_unit_test(test_plan_puts_a_zoneset_in_force_that_somebody_switched_off),
		cmocka_unit_test(test_plan_activates_nothing_where_nothing_is_in_force),
		cmocka_unit_test(test_plan_never_removes_a_zone_that_is_wanted),
		cmocka_unit_test(test_zone_that_is_kept_stays_in_all_its_zonesets),
		cmocka_unit_test(test_plan_does_not_count_on_a_zone_that_is_not_in_force),
		cmocka_unit_test(test_plan_puts_no_zone_of_others_into_a_zoneset),
		cmocka_unit_test(test_plan_refuses_what_the_switch_would_not_take),
		cmocka_unit_test(test_plan_takes_no_name_for_another_that_begins_alike),
		cmocka_unit_test(test_plan_takes_no_alias_for_one_in_other_case),
		cmocka_unit_test(test_zone_of_ours_in_another_kind_is_somebodys_change),
		cmocka_unit_test(test_stale_zone_alone_decides_whether_it_is_in_force),
		cmocka_unit_test(test_diff_says_what_happens_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
