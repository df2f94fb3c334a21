/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"
#include "zoning/check.h"

#define ZONE "{'kind': 'regular', 'members': ['2100aabbccdd0001', '5000aabbccdd0001']}"
#define NONE "{'aliases': {}, 'zones': {}, 'zonesets': {}}"
#define ONE "{'aliases': {}, 'zones': {'z': " ZONE "}, 'zonesets': {'s': ['z']}}"
#define TWO                                                                                        \
	"{'aliases': {}, 'zones': {'y': " ZONE ", 'z': " ZONE "}, 'zonesets': {'s': ['y', 'z']}}"
#define FORCE_NONE "{'zones': {}}"
#define FORCE_ONE "{'zoneset': 's', 'zones': {'z': " ZONE "}}"
#define FORCE_EMPTY "{'zoneset': 's', 'zones': {}}"

struct row {
	const char *changes;
	const char *snapshot; /* members beside "defined" and "effective" */
	const char *defined, *effective;
	const char *new_defined, *new_effective;
};

static int check(const struct row *row, struct np_err *err)
{
	np_auto(np_json_decref) json_t *changes = quoted(row->changes);
	np_auto(np_json_decref) json_t *snapshot = quoted(row->snapshot);
	np_auto(np_json_decref) json_t *defined = quoted(row->new_defined);
	np_auto(np_json_decref) json_t *effective = quoted(row->new_effective);
	np_auto(np_json_decref) json_t *plan = json_pack("{s:O}", "changes", changes);
	struct zone_check all = { plan, changes, snapshot, defined, effective };

	json_object_set_new(snapshot, "defined", quoted(row->defined));
	json_object_set_new(snapshot, "effective", quoted(row->effective));
	return zone_check(&all, err);
}

static void test_zone_check_refuses_names_that_differ_in_case_alone(void **state)
{
	static const struct {
		const char *changes;
		int rc;
	} rows[] = {
		{ "[{'object': 'zone', 'name': 'y', 'after': 1}]", 0 },
		{ "[{'object': 'zone', 'name': 'Z', 'after': 1}]", -NP_EXISTS },
		{ "[{'object': 'zone', 'name': 'Z', 'before': 1, 'after': 1}]", 0 },
		{ "[{'object': 'alias', 'name': 'Z', 'after': 1}]", 0 },
		{ "[{'object': 'zoneset', 'name': 'S', 'after': true}]", -NP_EXISTS },
		{ "[{'object': 'alias', 'name': 'a', 'after': 1}, {'object': 'alias', 'name': 'A', 'after': 1}]",
			-NP_EXISTS },
		/* What a half-made change of ours has left. */
		{ "[{'object': 'zone', 'name': 'z', 'after': 1}]", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct row row = { rows[i].changes, "{'vendor': 'fos'}", ONE, FORCE_ONE, ONE,
			FORCE_ONE };
		struct np_err err;
		assert_int_equal(check(&row, &err), rows[i].rc);
	}
	(void)state;
}

static void test_zone_check_refuses_what_has_no_room(void **state)
{
	static const struct {
		const char *snapshot, *defined, *new_defined;
		int rc;
	} rows[] = {
		{ "{'vendor': 'fos', 'space': {'max': 1000000, 'used': 1000}}", ONE, TWO, 0 },
		{ "{'vendor': 'fos', 'space': {'max': 1000000, 'used': 999999}}", ONE, TWO,
			-NP_CAPACITY },
		{ "{'vendor': 'fos', 'space': {'max': 1000000, 'used': 989990}}", ONE, TWO,
			-NP_CAPACITY },
		{ "{'vendor': 'fos', 'space': {'max': 1000000, 'used': 989000}}", ONE, TWO, 0 },
		{ "{'vendor': 'fos', 'space': {'max': 100, 'used': 0}}", ONE, TWO, -NP_CAPACITY },
		/* Taking away is the way out of a full database. */
		{ "{'vendor': 'fos', 'space': {'max': 1000, 'used': 999}}", TWO, ONE, 0 },
		{ "{'vendor': 'fos', 'space': {'max': 0, 'used': 0}}", ONE, TWO, 0 },
		{ "{'vendor': 'nobody'}", ONE, TWO, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct row row = { "[]", rows[i].snapshot, rows[i].defined, FORCE_ONE,
			rows[i].new_defined, FORCE_ONE };
		struct np_err err;
		assert_int_equal(check(&row, &err), rows[i].rc);
	}
	(void)state;
}

/* As many zones as told, two members each. */
static json_t *db_of(size_t zones)
{
	json_t *db = quoted(NONE);
	char name[32];

	for (size_t i = 0; i < zones; i++) {
		(void)snprintf(name, sizeof name, "z%zu", i);
		json_object_set_new(json_object_get(db, "zones"), name, quoted(ZONE));
	}
	return db;
}

static void test_zone_check_counts_zones_where_the_vendor_does(void **state)
{
	np_auto(np_json_decref) json_t *changes = json_array(), *effective = quoted(FORCE_ONE);
	np_auto(np_json_decref) json_t *most = db_of(8000), *more = db_of(8001);
	np_auto(np_json_decref) json_t *snapshot = json_pack(
		"{s:s, s:O, s:O}", "vendor", "nxos", "defined", most, "effective", effective);
	np_auto(np_json_decref) json_t *plan = json_pack("{s:O}", "changes", changes);
	struct zone_check check = { plan, changes, snapshot, more, effective };
	struct np_err err;

	assert_int_equal(zone_check(&check, &err), -NP_CAPACITY);
	assert_string_equal(err.msg, "8001 zones, over the 8000 that the switch takes");
	check.defined = most;
	assert_int_equal(zone_check(&check, &err), 0);
	(void)state;
}

static void test_zone_check_never_opens_a_fabric(void **state)
{
	static const struct {
		const char *policy, *effective, *new_effective;
		int rc;
	} rows[] = {
		{ "no-access", FORCE_NONE, FORCE_ONE, 0 },
		{ "no-access", FORCE_ONE, FORCE_NONE, 0 },
		{ "no-access", FORCE_ONE, FORCE_EMPTY, 0 },
		{ "all-access", FORCE_ONE, FORCE_ONE, 0 },
		{ "all-access", FORCE_NONE, FORCE_NONE, 0 },
		{ "all-access", FORCE_NONE, FORCE_ONE, -NP_CONFLICT },
		{ "all-access", FORCE_ONE, FORCE_NONE, -NP_CONFLICT },
		{ "all-access", FORCE_ONE, FORCE_EMPTY, -NP_CONFLICT },
		{ "all-access", FORCE_EMPTY, FORCE_NONE, -NP_CONFLICT },
		{ "", FORCE_ONE, FORCE_NONE, -NP_CONFLICT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char snapshot[100];
		struct np_err err;
		(void)snprintf(snapshot, sizeof snapshot, "{'vendor': 'fos', 'default_zone': '%s'}",
			rows[i].policy);
		struct row row = { "[{'object': 'zone', 'name': 'z', 'before': 1, 'after': 1}]",
			snapshot, ONE, rows[i].effective, ONE, rows[i].new_effective };
		assert_int_equal(check(&row, &err), rows[i].rc);
	}
	(void)state;
}

/* The way back and what goes on after a crash are not bound to the checksum: others may have come to use what is ours. */
static void test_zone_check_takes_nothing_from_others(void **state)
{
	static const char zone_goes[] = "[{'object': 'zone', 'name': 'ours', 'before': 1}]";
	static const char set_goes[] =
		"[{'object': 'member', 'zoneset': 's', 'name': 'ours', 'before': true},"
		" {'object': 'zoneset', 'name': 's', 'before': true}]";
	static const char alias_goes[] = "[{'object': 'alias', 'name': 'a', 'before': 1}]";
	static const struct {
		const char *changes, *defined, *effective, *new_defined, *new_effective;
		int rc;
	} rows[] = {
		{ zone_goes, "{'zones':{}}", "{'zoneset':'s','zones':{'ours':{},'theirs':{}}}",
			"{'zones':{}}", "{'zoneset':'s','zones':{'theirs':{}}}", 0 },
		{ zone_goes, "{'zones':{}}", "{'zoneset':'s','zones':{'ours':{},'theirs':{}}}",
			"{'zones':{}}", "{'zoneset':'s','zones':{}}", -NP_CONFLICT },
		{ set_goes, "{'zonesets':{'s':['ours']}}", "{}", "{}", "{}", 0 },
		{ set_goes, "{'zonesets':{'s':['ours','theirs']}}", "{}", "{}", "{}",
			-NP_CONFLICT },
		{ alias_goes, "{}", "{}", "{'zones':{'theirs':{'members':['@b']}}}", "{}", 0 },
		{ alias_goes, "{}", "{}", "{'zones':{'theirs':{'members':['@a']}}}", "{}",
			-NP_CONFLICT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err = { 0 };
		struct row row = { rows[i].changes,
			"{'vendor': 'fos', 'default_zone': 'no-access'}", rows[i].defined,
			rows[i].effective, rows[i].new_defined, rows[i].new_effective };
		assert_int_equal(check(&row, &err), rows[i].rc);
		assert_true(rows[i].rc == 0 || strstr(err.msg, "zone"));
	}
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_check_refuses_names_that_differ_in_case_alone),
		cmocka_unit_test(test_zone_check_refuses_what_has_no_room),
		cmocka_unit_test(test_zone_check_counts_zones_where_the_vendor_does),
		cmocka_unit_test(test_zone_check_never_opens_a_fabric),
		cmocka_unit_test(test_zone_check_takes_nothing_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
