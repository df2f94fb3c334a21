/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What real switches print, read from a folder that is not part of this project (option 'fixtures'). Skipped where that is
 * absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "zoning/script.h"

#define FIXTURE_MAX 65536
#define SKIPPED 77

static const char *folder;

/* The snapshot that a file of the folder makes; the caller's. */
static json_t *import(const char *name)
{
	np_auto(np_free) char *text = NULL;
	char path[NP_PATH_MAX];
	struct np_err err = { 0 };
	json_t *snapshot = NULL;

	if (!np_path(path, "%s/cisco-nxos/%s", folder, name) ||
		np_file_read(AT_FDCWD, path, FIXTURE_MAX, &text, &err) < 0 ||
		zone_import("auto", text, strlen(text), &snapshot, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	return snapshot;
}

static const json_t *zones_of(const json_t *snapshot, const char *part)
{
	return json_object_get(json_object_get(snapshot, part), "zones");
}

static size_t members_of(const json_t *snapshot, const char *part, const char *zone)
{
	const json_t *value = json_object_get(zones_of(snapshot, part), zone);

	return json_array_size(json_object_get(value, "members"));
}

static const char *member(const json_t *snapshot, const char *part, const char *zone, size_t i)
{
	const json_t *value = json_object_get(zones_of(snapshot, part), zone);

	return json_string_value(json_array_get(json_object_get(value, "members"), i));
}

static void test_import_reads_the_device_aliases_of_a_real_switch(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("shdadatabse.cfg");
	const json_t *aliases = json_object_get(json_object_get(snapshot, "defined"), "aliases");

	assert_int_equal(json_object_size(aliases), 4);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(aliases, "tieHost-1"), 0)),
		"1000000089a10101");
	(void)state;
}

static void test_import_reads_who_has_locked_the_device_aliases(void **state)
{
	np_auto(np_json_decref) json_t *locked = import("shdastatuslock.cfg");
	np_auto(np_json_decref) json_t *free_one = import("shdastatus.cfg");
	const json_t *transaction = json_object_get(locked, "transaction");

	assert_true(np_json_bool(transaction, "open"));
	assert_string_equal(np_json_text(transaction, "user"), "admin");
	assert_string_equal(np_json_text(transaction, "interface"), "CLI/SNMPv3");
	assert_string_equal(np_json_text(transaction, "address"), "20:00:54:7f:ee:1b:13:f0");
	assert_true(
		json_is_false(json_object_get(json_object_get(free_one, "transaction"), "open")));
	(void)state;
}

static void test_import_reads_the_zones_of_a_real_switch(void **state)
{
	static const char *const files[] = { "shzone_0.cfg", "shzone_1.cfg" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		np_auto(np_json_decref) json_t *snapshot = import(files[i]);

		assert_int_equal(json_object_size(zones_of(snapshot, "defined")), 2);
		assert_int_equal(members_of(snapshot, "defined", "zoneA"), 2);
		assert_string_equal(member(snapshot, "defined", "zoneA", 0), "1111111111111111");
		assert_string_equal(member(snapshot, "defined", "zoneA", 1), "@test123");
		assert_int_equal(members_of(snapshot, "defined", "zoneB"), 2);
	}
	(void)state;
}

static void test_import_reads_the_zonesets_of_a_real_switch(void **state)
{
	np_auto(np_json_decref) json_t *one = import("shzoneset_0.cfg");
	np_auto(np_json_decref) json_t *other = import("shzoneset_1.cfg");
	const json_t *sets = json_object_get(json_object_get(one, "defined"), "zonesets");

	assert_int_equal(json_array_size(json_object_get(sets, "zsetname21")), 2);
	assert_int_equal(members_of(one, "defined", "zone21B"), 3);
	assert_string_equal(member(one, "defined", "zone21B", 2), "@somedummyname");
	sets = json_object_get(json_object_get(other, "defined"), "zonesets");
	assert_int_equal(json_array_size(json_object_get(sets, "zsetname1")), 2);
	assert_int_equal(json_object_size(zones_of(other, "effective")), 0);
	(void)state;
}

static void test_import_reads_the_active_zoneset_of_a_real_switch(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("shzonesetactive_0.cfg");

	assert_string_equal(
		np_json_text(json_object_get(snapshot, "effective"), "zoneset"), "zsv221");
	assert_int_equal(json_object_size(zones_of(snapshot, "effective")), 1);
	assert_int_equal(members_of(snapshot, "effective", "zv221"), 5);
	assert_string_equal(member(snapshot, "effective", "zv221", 0), "10000090fac7da42");
	assert_string_equal(member(snapshot, "effective", "zv221", 3), "2101001b32aaff4a");
	assert_int_equal(json_object_size(zones_of(snapshot, "defined")), 0);
	(void)state;
}

static void test_import_reads_the_zone_status_of_real_switches(void **state)
{
	static const struct {
		const char *file, *mode, *default_zone, *zoneset, *status;
		bool smart;
		int64_t used;
	} rows[] = {
		{ "shzonestatus_0.cfg", "basic", "no-access", "zsetname21",
			"Activation completed at 23:50:35", true, 483 },
		{ "shzonestatus_1.cfg", "enhanced", "no-access", "zsetname21",
			"Set zoning mode complete at ", false, 532 },
		{ "shzonestatus_2.cfg", "enhanced", "all-access", "zsetname1",
			"Operation failed: [Error: WARNING: Specified zoneset already active and "
			"unchanged]: at 11:06:21",
			false, 492 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		np_auto(np_json_decref) json_t *snapshot = import(rows[i].file);
		const json_t *space = json_object_get(snapshot, "space");
		const json_t *transaction = json_object_get(snapshot, "transaction");
		const json_t *effective = json_object_get(snapshot, "effective");

		assert_string_equal(np_json_text(snapshot, "mode"), rows[i].mode);
		assert_string_equal(np_json_text(snapshot, "default_zone"), rows[i].default_zone);
		assert_string_equal(np_json_text(effective, "zoneset"), rows[i].zoneset);
		assert_non_null(strstr(np_json_text(snapshot, "status"), rows[i].status));
		assert_int_equal(np_json_bool(snapshot, "smart"), rows[i].smart);
		assert_int_equal(np_json_int(space, "used"), rows[i].used);
		assert_int_equal(np_json_int(space, "max"), 2097152);
		assert_true(json_is_false(json_object_get(transaction, "open")));
	}
	(void)state;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_import_reads_the_device_aliases_of_a_real_switch),
		cmocka_unit_test(test_import_reads_who_has_locked_the_device_aliases),
		cmocka_unit_test(test_import_reads_the_zones_of_a_real_switch),
		cmocka_unit_test(test_import_reads_the_zonesets_of_a_real_switch),
		cmocka_unit_test(test_import_reads_the_active_zoneset_of_a_real_switch),
		cmocka_unit_test(test_import_reads_the_zone_status_of_real_switches),
	};
	char path[NP_PATH_MAX];

	folder = argc > 1 ? argv[1] : "";
	if (!np_path(path, "%s/cisco-nxos", folder) || access(path, R_OK) < 0) {
		(void)printf("no outputs of switches in '%s' (option 'fixtures')\n", folder);
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
