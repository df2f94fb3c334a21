/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blast radius of a plan, and drift. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/judge.h"
#include "zoning/list.h"
#include "zoning/plan.h"

#define GUEST "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define A "1000020000010000"
#define DISK "50060e8000000001"

static json_t *value(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	json_t *json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	free(copy);
	return json;
}

#define ZONE "{'kind':'regular','members':['" A "','" DISK "']}"

static json_t *snapshot(void)
{
	return value(
		"{'vendor':'fos','defined':{'aliases':{'db01':['" A
		"'],'array':['50060e8000000007'],'other':['10000000c9000001']},'zones':{'npivd_a':" ZONE
		",'theirs':{'kind':'regular','members':['10000000c9000001','" DISK "']}},"
		"'zonesets':{'prod':['npivd_a','theirs']}},'effective':{'zoneset':'prod','zones':{'npivd_a':" ZONE
		",'theirs':{'kind':'regular','members':['10000000c9000001','" DISK "']}}},"
		"'default_zone':'no-access','checksum':'x','logins':[{'wwpn':'" A
		"','role':'initiator'},{'wwpn':'" DISK
		"','role':'target'},{'wwpn':'10000000c9000001','role':'initiator'}]}");
}

static json_t *desired(const char *zones, const char *absent)
{
	char text[1024];

	(void)snprintf(text, sizeof text,
		"{'zoneset':'','aliases':{},'zones':{%s},'owners':{'npivd_a':'" GUEST
		"'},'absent':{'zones':[%s],'aliases':[]},"
		"'made':{'zones':['npivd_a'],'aliases':[],'zonesets':[]}}",
		zones, absent);
	return value(text);
}

static json_t *defined(json_t *now, const char *part)
{
	return json_object_get(json_object_get(now, "defined"), part);
}

static void test_impact_names_the_guest_that_loses_its_last_path(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired("", "'npivd_a'");
	np_auto(np_json_decref) json_t *owners = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;

	(void)state;
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);

	np_auto(np_json_decref) json_t *expected =
		value("{'appear':[],'disappear':[['" A "','" DISK "']],'lose_last_path':['" GUEST
		      "'],'others':[],'rscn_ports':2,'opens':false}");
	assert_true(json_equal(impact, expected));
}

static void test_impact_of_nothing_is_nothing(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired("'npivd_a':" ZONE, "");
	np_auto(np_json_decref) json_t *owners = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;

	(void)state;
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);
	assert_int_equal(json_array_size(json_object_get(impact, "disappear")), 0);
	assert_int_equal(np_json_int(impact, "rscn_ports"), 0);
}

#define B "1000020000010001"
#define TAPE "50060e8000000002"
#define THEIRS "10000000c9000001"

/* The impact of taking npivd_a away, where there are also these zones in force. */
static json_t *impact_of_removal(const char *zones, const char *names, const char *logins)
{
	np_auto(np_json_decref) json_t *more = value(zones);
	np_auto(np_json_decref) json_t *list = value(names);
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired("", "'npivd_a'");
	np_auto(np_json_decref) json_t *owners = value("{'" A "':'" GUEST "','" B "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *plan = NULL;
	json_t *impact = NULL;

	(void)json_object_update(json_object_get(json_object_get(now, "defined"), "zones"), more);
	(void)json_object_update(json_object_get(json_object_get(now, "effective"), "zones"), more);
	(void)json_array_extend(
		json_object_get(
			json_object_get(json_object_get(now, "defined"), "zonesets"), "prod"),
		list);
	if (logins)
		(void)json_object_set_new(now, "logins", value(logins));
	assert_int_equal(zone_snapshot_normalise(now, NULL), 0);
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);
	return impact;
}

static size_t count(const json_t *impact, const char *list)
{
	return json_array_size(json_object_get(impact, list));
}

static void test_impact_sees_no_loss_where_another_zone_connects_the_same_ports(void **state)
{
	np_auto(np_json_decref) json_t *impact = impact_of_removal(
		"{'x':{'kind':'peer','members':['" A "'],'principals':['" DISK "']}}", "['x']",
		NULL);

	(void)state;
	assert_int_equal(count(impact, "disappear"), 0);
	assert_int_equal(count(impact, "lose_last_path"), 0);
	assert_int_equal(np_json_int(impact, "rscn_ports"), 0);
}

/* With any of its ports and to any target: its other WWPN is zoned elsewhere. */
static void test_impact_knows_a_path_that_the_guest_keeps_elsewhere(void **state)
{
	np_auto(np_json_decref) json_t *impact = impact_of_removal(
		"{'x':{'kind':'regular','members':['" B "','" TAPE "']}}", "['x']", NULL);

	(void)state;
	assert_int_equal(count(impact, "disappear"), 1);
	assert_int_equal(count(impact, "lose_last_path"), 0);
}

static void test_impact_does_not_count_initiators_of_one_zone_as_paths(void **state)
{
	np_auto(np_json_decref) json_t *impact = impact_of_removal(
		"{'x':{'kind':'regular','members':['" B "','" THEIRS "']}}", "['x']", NULL);

	(void)state;
	assert_int_equal(count(impact, "disappear"), 1);
	assert_int_equal(count(impact, "lose_last_path"), 1);
}

static void test_impact_counts_pairs_of_ports_that_were_never_seen(void **state)
{
	np_auto(np_json_decref) json_t *impact = impact_of_removal("{}", "[]", "[]");

	(void)state;
	assert_int_equal(count(impact, "disappear"), 1);
	assert_int_equal(np_json_int(impact, "rscn_ports"), 0);
}

/* All who share the zone hear of it, the other initiators, too. */
static void test_impact_counts_all_ports_of_the_zone_that_hear_of_it(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired(
		"'npivd_a':{'kind':'peer','members':['" A "'],'principals':['" DISK "']}", "");
	np_auto(np_json_decref) json_t *owners = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;
	np_auto(np_json_decref) json_t *peers = value("{'kind':'peer','members':['" A "','" B
						      "','" THEIRS "'],'principals':['" DISK "']}");

	(void)state;
	(void)json_object_set(defined(now, "zones"), "npivd_a", peers);
	(void)json_object_set(
		json_object_get(json_object_get(now, "effective"), "zones"), "npivd_a", peers);
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);

	/* THEIRS sees the disk in its own zone, too. */
	assert_int_equal(count(impact, "disappear"), 1);
	assert_int_equal(np_json_int(impact, "rscn_ports"), 3);
}

static void test_impact_names_zones_of_others_that_activating_changes(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired("", "'npivd_a'");
	np_auto(np_json_decref) json_t *owners = value("{}");
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;

	(void)state;
	(void)json_object_set_new(defined(now, "zones"), "theirs",
		value("{'kind':'regular','members':['" THEIRS "','" TAPE "']}"));
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);

	assert_string_equal(
		json_string_value(json_array_get(json_object_get(impact, "others"), 0)), "theirs");
	assert_int_equal(count(impact, "appear"), 1);
	assert_int_equal(count(impact, "disappear"), 2);
}

/* A zone of a thousand hosts that stays costs nothing; one that changes has more pairs than anybody reads. */
static void test_impact_is_not_held_up_by_a_huge_zone_of_others(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *want = desired("", "'npivd_a'");
	np_auto(np_json_decref) json_t *owners = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;
	json_t *zone = json_object_get(defined(now, "zones"), "theirs");
	struct np_err err = { 0 };
	char wwn[32];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(wwn, sizeof wwn, "20000000%08x", i);
		assert_int_equal(zone_add(zone, "members", wwn, NULL), 0);
	}
	(void)json_object_set(
		json_object_get(json_object_get(now, "effective"), "zones"), "theirs", zone);
	assert_int_equal(zone_plan("A", want, now, &plan, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, NULL), 0);
	assert_int_equal(count(impact, "disappear"), 1);

	json_t *other = json_deep_copy(zone);
	(void)json_object_set_new(
		json_object_get(json_object_get(now, "effective"), "zones"), "theirs", other);
	assert_int_equal(zone_add(other, "members", TAPE, NULL), 0);
	assert_int_equal(zone_impact(plan, now, owners, &impact, &err), -NP_TOOBIG);
}

/* Finds @rule in what drifted after @change was made to the snapshot (NULL: nothing). */
static bool drifts(json_t *now, const char *rule)
{
	np_auto(np_json_decref) json_t *want = desired("'npivd_a':" ZONE, "");
	np_auto(np_json_decref) json_t *wwpns = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *before = snapshot();
	np_auto(np_json_decref) json_t *findings = NULL;
	size_t i;
	const json_t *finding;

	assert_int_equal(zone_drift(want, now, before, wwpns, &findings, NULL), 0);
	if (!rule)
		return json_array_size(findings) > 0;
	json_array_foreach (findings, i, finding) {
		if (strcmp(np_json_text(finding, "rule"), rule) == 0)
			return true;
	}
	return false;
}

static json_t *effective(json_t *now)
{
	return json_object_get(json_object_get(now, "effective"), "zones");
}

static void test_drift_is_silent_when_all_is_as_recorded(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	assert_false(drifts(now, NULL));
}

static void test_drift_finds_a_zone_of_ours_that_is_gone(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_del(defined(now, "zones"), "npivd_a");
	assert_true(drifts(now, "ours-missing"));
}

static void test_drift_finds_a_zone_of_ours_that_was_altered(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_set_new(
		defined(now, "zones"), "npivd_a", value("{'kind':'regular','members':['" A "']}"));
	assert_true(drifts(now, "ours-altered"));
}

static void test_drift_finds_a_zone_of_ours_that_is_not_in_force(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_del(effective(now), "npivd_a");
	assert_true(drifts(now, "ours-not-effective"));
}

static void test_drift_finds_an_alias_of_a_guest_that_moved(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *gone = snapshot();

	(void)state;
	(void)json_object_set_new(defined(now, "aliases"), "db01", value("['10000000c9000002']"));
	assert_true(drifts(now, "alias-moved"));
	(void)json_object_del(defined(gone, "aliases"), "db01");
	assert_true(drifts(gone, "alias-moved"));
}

/* The record says what it is to be, whatever the switch had at the last look. */
static void test_drift_finds_a_recorded_alias_that_is_not_so(void **state)
{
	static const struct {
		const char *aliases, *rule;
	} rows[] = {
		{ "{'db01':['" A "']}", NULL },
		{ "{'db01':['10000000c9000002']}", "alias-moved" },
		{ "{'web':['" A "']}", "ours-missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *now = snapshot();
		np_auto(np_json_decref) json_t *want = desired("'npivd_a':" ZONE, "");
		np_auto(np_json_decref) json_t *wwpns = value("{'" A "':'" GUEST "'}");
		np_auto(np_json_decref) json_t *findings = NULL;
		(void)json_object_set_new(want, "aliases", value(rows[i].aliases));
		assert_int_equal(zone_drift(want, now, NULL, wwpns, &findings, NULL), 0);
		assert_string_equal(np_json_text(json_array_get(findings, 0), "rule"),
			rows[i].rule ? rows[i].rule : "");
	}
}

static void test_drift_is_silent_about_aliases_that_no_guest_needs(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_set_new(defined(now, "aliases"), "other", value("['10000000c9000002']"));
	(void)json_object_del(defined(now, "aliases"), "array");
	assert_false(drifts(now, NULL));
}

/* A zone of others serves the guest, and its target is an alias: moving that takes the guest's disk away. */
static void test_drift_finds_a_target_that_moved_in_a_zone_with_a_guest(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *before = snapshot();
	np_auto(np_json_decref) json_t *want = desired("", "");
	np_auto(np_json_decref) json_t *wwpns = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *findings = NULL;

	(void)state;
	(void)json_object_set_new(defined(before, "zones"), "served",
		value("{'kind':'regular','members':['" A "','@array']}"));
	(void)json_object_set_new(defined(now, "aliases"), "array", value("['50060e8000000008']"));
	assert_int_equal(zone_drift(want, now, before, wwpns, &findings, NULL), 0);

	const json_t *finding = json_array_get(findings, 0);
	assert_string_equal(np_json_text(finding, "rule"), "alias-moved");
	assert_string_equal(np_json_text(finding, "name"), "array");
	assert_string_equal(np_json_text(finding, "guest"), GUEST);
}

static void test_drift_finds_a_foreign_zone_with_a_port_of_a_guest(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_set_new(effective(now), "theirs",
		value("{'kind':'regular','members':['" A "','50060e8000000009']}"));
	assert_true(drifts(now, "foreign-zone"));
}

static void test_drift_finds_what_others_defined_and_did_not_activate(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_del(effective(now), "theirs");
	assert_true(drifts(now, "effective-stale"));
}

static void test_drift_finds_what_the_next_activation_takes_from_others(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();
	np_auto(np_json_decref) json_t *undefined = snapshot();

	(void)state;
	zone_list_remove(json_object_get(defined(now, "zonesets"), "prod"), "theirs");
	assert_true(drifts(now, "effective-stale"));
	(void)json_object_clear(defined(undefined, "zonesets"));
	assert_true(drifts(undefined, "effective-stale"));
}

static void test_drift_finds_an_open_default_zone(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_set_new(now, "default_zone", json_string("all-access"));
	assert_true(drifts(now, "default-zone-open"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_impact_names_the_guest_that_loses_its_last_path),
		cmocka_unit_test(test_impact_of_nothing_is_nothing),
		cmocka_unit_test(
			test_impact_sees_no_loss_where_another_zone_connects_the_same_ports),
		cmocka_unit_test(test_impact_knows_a_path_that_the_guest_keeps_elsewhere),
		cmocka_unit_test(test_impact_does_not_count_initiators_of_one_zone_as_paths),
		cmocka_unit_test(test_impact_counts_pairs_of_ports_that_were_never_seen),
		cmocka_unit_test(test_impact_counts_all_ports_of_the_zone_that_hear_of_it),
		cmocka_unit_test(test_impact_names_zones_of_others_that_activating_changes),
		cmocka_unit_test(test_impact_is_not_held_up_by_a_huge_zone_of_others),
		cmocka_unit_test(test_drift_is_silent_when_all_is_as_recorded),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_is_gone),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_was_altered),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_is_not_in_force),
		cmocka_unit_test(test_drift_finds_an_alias_of_a_guest_that_moved),
		cmocka_unit_test(test_drift_finds_a_recorded_alias_that_is_not_so),
		cmocka_unit_test(test_drift_is_silent_about_aliases_that_no_guest_needs),
		cmocka_unit_test(test_drift_finds_a_target_that_moved_in_a_zone_with_a_guest),
		cmocka_unit_test(test_drift_finds_a_foreign_zone_with_a_port_of_a_guest),
		cmocka_unit_test(test_drift_finds_what_others_defined_and_did_not_activate),
		cmocka_unit_test(test_drift_finds_what_the_next_activation_takes_from_others),
		cmocka_unit_test(test_drift_finds_an_open_default_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
