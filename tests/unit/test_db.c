/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/wwn.h"
#include "db/backup.h"
#include "db/internal.h"
#include "db/marks.h"
#include "db/table.h"

struct fixture {
	char dir[64], path[128];
	struct db *db;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct np_err err = { 0 };

	(void)snprintf(f->dir, sizeof f->dir, "/tmp/npivd-db-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof f->path, "%s/npivd.db", f->dir);
	assert_int_equal(db_open(&f->db, f->path, &err), 0);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st np_unused, int type np_unused,
	struct FTW *ftw np_unused)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->db = db_free(f->db);
	(void)nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static void add_fabric(struct fixture *f, const char *name)
{
	np_auto(np_json_decref) json_t *row =
		json_pack("{s:s, s:[s]}", "name", name, "wwns", "100000fab0000001");
	struct np_err err = { 0 };

	assert_int_equal(db_insert(f->db, &db_fabrics, row, &err), 0);
}

static int64_t count_fabrics(struct fixture *f)
{
	int64_t n = -1;

	assert_int_equal(db_number(f->db, &n, NULL, "SELECT count(*) FROM fabrics", ""), 0);
	return n;
}

static void reopen(struct fixture *f)
{
	struct np_err err = { 0 };

	f->db = db_free(f->db);
	assert_int_equal(db_open(&f->db, f->path, &err), 0);
}

static void test_db_keeps_what_was_committed(void **state)
{
	struct fixture *f = *state;

	add_fabric(f, "A");
	assert_true(db_is_dirty(f->db));
	assert_int_equal(db_commit(f->db, NULL), 0);
	add_fabric(f, "B");
	reopen(f);

	assert_int_equal(count_fabrics(f), 1);
}

static void test_db_scope_takes_back_only_its_own_writes(void **state)
{
	struct fixture *f = *state;

	add_fabric(f, "A");
	assert_int_equal(db_scope_begin(f->db, NULL), 0);
	add_fabric(f, "B");
	assert_int_equal(db_scope_begin(f->db, NULL), 0);
	add_fabric(f, "C");
	assert_int_equal(db_scope_end(f->db, true, NULL), 0);
	assert_int_equal(db_scope_end(f->db, false, NULL), 0);

	assert_int_equal(count_fabrics(f), 1);
}

/* As it does by itself when the disk is full: the rest of a change must not stand alone. */
static void test_db_takes_no_more_writes_of_a_transaction_that_sqlite_gave_up(void **state)
{
	struct fixture *f = *state;
	struct np_err err = { 0 };

	add_fabric(f, "A");
	assert_int_equal(sqlite3_exec(f->db->sqlite, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);

	assert_int_equal(db_exec(f->db, &err, "DELETE FROM fabrics", ""), -NP_IO);
	assert_int_equal(db_scope_begin(f->db, NULL), -NP_IO);
	assert_int_equal(db_commit(f->db, NULL), -NP_IO);

	assert_int_equal(count_fabrics(f), 0);
	add_fabric(f, "B");
	assert_int_equal(db_commit(f->db, NULL), 0);
}

static void test_db_gives_lists_and_bools_back_as_such(void **state)
{
	struct fixture *f = *state;
	np_auto(np_json_decref) json_t *zoneset = json_pack("{s:s, s:s, s:[s,s], s:b}", "fabric",
		"A", "name", "main", "zones", "z1", "z2", "active", 1);
	np_auto(np_json_decref) json_t *row = NULL;
	struct np_err err = { 0 };

	add_fabric(f, "A");
	assert_int_equal(db_insert(f->db, &db_zonesets, zoneset, &err), 0);
	assert_int_equal(db_find(f->db, &db_zonesets, "A:main", &row, &err), 0);

	assert_true(json_is_true(json_object_get(row, "active")));
	assert_int_equal(json_array_size(json_object_get(row, "zones")), 2);
	assert_string_equal(np_json_text(row, "key"), "A:main");
}

static void test_db_counts_the_generation_of_a_record(void **state)
{
	struct fixture *f = *state;
	np_auto(np_json_decref) json_t *change = json_pack("{s:s}", "description", "left");
	np_auto(np_json_decref) json_t *row = NULL;

	add_fabric(f, "A");
	assert_int_equal(db_update(f->db, &db_fabrics, "A", change, NULL), 0);
	assert_int_equal(db_find(f->db, &db_fabrics, "A", &row, NULL), 0);

	assert_int_equal(np_json_int(row, "generation"), 2);
	assert_string_equal(np_json_text(row, "description"), "left");
}

static void test_db_names_what_it_does_not_find(void **state)
{
	struct fixture *f = *state;
	np_auto(np_json_decref) json_t *row = NULL;
	struct np_err err = { 0 };

	assert_int_equal(db_find(f->db, &db_zones, "A:none", &row, &err), -NP_NOTFOUND);
	assert_string_equal(err.msg, "zone 'A:none' not found");
	assert_int_equal(db_delete(f->db, &db_zones, "A:none", &err), -NP_NOTFOUND);
}

static void test_db_refuses_a_wwn_that_is_not_sixteen_hex_digits(void **state)
{
	static const char *const bad[] = { "2100AABBCCDD0001", "0x2100aabbccdd0001",
		"2100aabbccdd001", "" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_true(
			db_exec(f->db, NULL,
				"INSERT INTO wwns (wwn, kind, state, created) VALUES (?, 'wwpn', 'given', 'now')",
				"t", bad[i]) < 0);
}

static void test_db_refuses_a_second_daemon(void **state)
{
	struct fixture *f = *state;
	struct np_err err = { 0 };
	struct db *second = NULL;

	assert_int_equal(db_open(&second, f->path, &err), -NP_BUSY);
	assert_null(second);
}

static void test_db_lets_nobody_else_read_while_it_is_open(void **state)
{
	struct fixture *f = *state;
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	int rc = sqlite3_exec(other, "SELECT count(*) FROM guests", NULL, NULL, NULL);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);

	assert_int_equal(rc, SQLITE_BUSY);
}

static void test_db_refuses_a_newer_file_untouched(void **state)
{
	struct fixture *f = *state;
	struct np_err err = { 0 };

	assert_int_equal(db_exec(f->db, NULL, "PRAGMA user_version = 99", ""), 0);
	assert_int_equal(db_commit(f->db, NULL), 0);
	f->db = db_free(f->db);

	assert_int_equal(db_open(&f->db, f->path, &err), -NP_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "version 99"));
}

static void test_db_backup_holds_the_committed_state(void **state)
{
	struct fixture *f = *state;
	struct np_err err = { 0 };
	char copy[160];

	(void)snprintf(copy, sizeof copy, "%s/copy.db", f->dir);
	add_fabric(f, "A");
	assert_int_equal(db_commit(f->db, NULL), 0);
	assert_int_equal(db_backup(f->db, copy, &err), 0);
	add_fabric(f, "B");
	assert_int_equal(db_commit(f->db, NULL), 0);
	assert_int_equal(count_fabrics(f), 2);

	assert_int_equal(db_restore(f->db, copy, &err), 0);

	assert_int_equal(count_fabrics(f), 1);
}

static void test_db_restore_refuses_a_damaged_file_and_keeps_the_record(void **state)
{
	struct fixture *f = *state;
	struct np_err err = { 0 };
	char copy[160];

	(void)snprintf(copy, sizeof copy, "%s/copy.db", f->dir);
	assert_int_equal(
		np_file_replace(
			copy, "this is no database at all, but long enough to look at", 0600, &err),
		0);
	add_fabric(f, "A");
	assert_int_equal(db_commit(f->db, NULL), 0);

	assert_true(db_restore(f->db, copy, &err) < 0);

	assert_int_equal(count_fabrics(f), 1);
}

static void test_db_check_finds_nothing_in_a_sound_record(void **state)
{
	struct fixture *f = *state;
	np_auto(np_json_decref) json_t *findings = json_array();

	add_fabric(f, "A");
	assert_int_equal(db_check(f->db, findings, NULL), 0);

	assert_int_equal(json_array_size(findings), 0);
}

static void test_marks_only_rise_and_survive(void **state)
{
	struct fixture *f = *state;
	struct db_marks *marks = NULL;
	struct np_err err = { 0 };
	char path[160];

	(void)snprintf(path, sizeof path, "%s/marks", f->dir);
	assert_int_equal(db_marks_open(&marks, path, &err), 0);
	assert_int_equal(db_marks_raise(marks, "default", 0x1000020000000010, &err), 0);
	assert_int_equal(db_marks_raise(marks, "default", 0x1000020000000005, &err), 0);
	marks = db_marks_free(marks);
	assert_int_equal(db_marks_open(&marks, path, &err), 0);

	assert_true(db_marks_get(marks, "default") == 0x1000020000000010);
	assert_true(db_marks_get(marks, "other") == 0);
	marks = db_marks_free(marks);
}

static void test_marks_refuse_a_file_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	struct db_marks *marks = NULL;
	struct np_err err = { 0 };
	char path[160];

	(void)snprintf(path, sizeof path, "%s/marks", f->dir);
	assert_int_equal(np_file_replace(path, "{\"default\": \"10000200", 0600, &err), 0);

	assert_true(db_marks_open(&marks, path, &err) < 0);
	assert_non_null(strstr(err.msg, "high-water marks"));
}

static void test_time_is_written_as_utc_that_sorts(void **state np_unused)
{
	char text[DB_TIME_TEXT];

	assert_string_equal(db_time_text(1764020300123, text), "2025-11-24T21:38:20.123Z");
}

#define WITH_DB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(test_db_keeps_what_was_committed),
		WITH_DB(test_db_scope_takes_back_only_its_own_writes),
		WITH_DB(test_db_takes_no_more_writes_of_a_transaction_that_sqlite_gave_up),
		WITH_DB(test_db_gives_lists_and_bools_back_as_such),
		WITH_DB(test_db_counts_the_generation_of_a_record),
		WITH_DB(test_db_names_what_it_does_not_find),
		WITH_DB(test_db_refuses_a_wwn_that_is_not_sixteen_hex_digits),
		WITH_DB(test_db_refuses_a_second_daemon),
		WITH_DB(test_db_lets_nobody_else_read_while_it_is_open),
		WITH_DB(test_db_refuses_a_newer_file_untouched),
		WITH_DB(test_db_backup_holds_the_committed_state),
		WITH_DB(test_db_restore_refuses_a_damaged_file_and_keeps_the_record),
		WITH_DB(test_db_check_finds_nothing_in_a_sound_record),
		WITH_DB(test_marks_only_rise_and_survive),
		WITH_DB(test_marks_refuse_a_file_that_cannot_be_read),
		cmocka_unit_test(test_time_is_written_as_utc_that_sorts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
