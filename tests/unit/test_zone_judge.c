/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blast radius of a plan, and drift. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/judge.h"
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
		"{'vendor':'fos','defined':{'aliases':{},'zones':{'npivd_a':" ZONE
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
		      "'],'rscn_ports':2,'opens':false}");
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

/* Finds @rule in what drifted after @change was made to the snapshot (NULL: nothing). */
static bool drifts(json_t *now, const char *rule)
{
	np_auto(np_json_decref) json_t *want = desired("'npivd_a':" ZONE, "");
	np_auto(np_json_decref) json_t *wwpns = value("{'" A "':'" GUEST "'}");
	np_auto(np_json_decref) json_t *before = snapshot();
	np_auto(np_json_decref) json_t *findings = NULL;
	size_t i;
	const json_t *finding;

	(void)json_object_set_new(json_object_get(json_object_get(before, "defined"), "aliases"),
		"host", value("['10000000c9000001']"));
	assert_int_equal(zone_drift(want, now, before, wwpns, &findings, NULL), 0);
	if (!rule)
		return json_array_size(findings) > 0;
	json_array_foreach (findings, i, finding) {
		if (strcmp(np_json_text(finding, "rule"), rule) == 0)
			return true;
	}
	return false;
}

static json_t *defined(json_t *now, const char *part)
{
	return json_object_get(json_object_get(now, "defined"), part);
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

static void test_drift_finds_an_alias_that_moved(void **state)
{
	np_auto(np_json_decref) json_t *now = snapshot();

	(void)state;
	(void)json_object_set_new(defined(now, "aliases"), "host", value("['10000000c9000002']"));
	assert_true(drifts(now, "alias-moved"));
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
		cmocka_unit_test(test_drift_is_silent_when_all_is_as_recorded),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_is_gone),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_was_altered),
		cmocka_unit_test(test_drift_finds_a_zone_of_ours_that_is_not_in_force),
		cmocka_unit_test(test_drift_finds_an_alias_that_moved),
		cmocka_unit_test(test_drift_finds_a_foreign_zone_with_a_port_of_a_guest),
		cmocka_unit_test(test_drift_finds_what_others_defined_and_did_not_activate),
		cmocka_unit_test(test_drift_finds_an_open_default_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
