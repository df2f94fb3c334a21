/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "db/backup.h"

#include <string.h>

#include "base/file.h"
#include "db/internal.h"

#define PAGES_PER_STEP 256

static int sync_file(const char *path, struct np_err *err)
{
	np_auto(np_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return np_fail_sys(err, errno, "sync %s", path);
	return 0;
}

static int copy_pages(sqlite3 *to, sqlite3 *from, struct np_err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int step;

	if (!backup)
		return np_fail(err, NP_IO, "backup: %s", sqlite3_errmsg(to));
	do
		step = sqlite3_backup_step(backup, PAGES_PER_STEP);
	while (step == SQLITE_OK);
	(void)sqlite3_backup_finish(backup);
	if (step != SQLITE_DONE)
		return np_fail(err, step == SQLITE_FULL ? NP_CAPACITY : NP_IO, "backup: %s",
			sqlite3_errstr(step));
	return 0;
}

int db_backup(struct db *db, const char *path, struct np_err *err)
{
	np_auto(np_close) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	sqlite3 *to = NULL;
	int rc;

	if (fd < 0)
		return np_fail_sys(err, errno, "create backup %s", path);
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = np_fail(err, NP_IO, "open backup %s: %s", path, sqlite3_errmsg(to));
	else
		rc = copy_pages(to, db->sqlite, err);
	/* A backup is one file: no WAL beside it that could get lost. */
	if (rc == 0 &&
		sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
		rc = np_fail(err, NP_IO, "close backup %s: %s", path, sqlite3_errmsg(to));
	(void)sqlite3_close(to);
	if (rc == 0)
		rc = sync_file(path, err);
	if (rc < 0)
		(void)unlink(path);
	return rc;
}

int db_check(struct db *db, json_t *findings, struct np_err *err)
{
	np_auto(np_json_decref) json_t *integrity = NULL;
	np_auto(np_json_decref) json_t *keys = NULL;
	int rc = db_list(db, &integrity, err,
		"SELECT integrity_check AS text FROM pragma_integrity_check", "");

	if (rc == 0)
		rc = db_list(db, &keys, err,
			"SELECT 'row ' || rowid || ' of ' || \"table\" || ' names a ' || parent || ' that is not there' "
			"AS text FROM pragma_foreign_key_check",
			"");
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_array_size(integrity) + json_array_size(keys); i++) {
		const json_t *row = i < json_array_size(integrity)
					    ? json_array_get(integrity, i)
					    : json_array_get(keys, i - json_array_size(integrity));
		const char *text = json_string_value(json_object_get(row, "text"));
		if (text && strcmp(text, "ok") != 0)
			(void)json_array_append_new(findings, json_string(text));
	}
	return 0;
}

static int check_source(struct db *source, struct np_err *err)
{
	np_auto(np_json_decref) json_t *findings = json_array();
	int64_t version = 0, guests = 0;
	int rc = db_number(source, &version, err, "PRAGMA user_version", "");

	if (rc == 0 && version == 0)
		rc = np_fail(err, NP_INVAL, "%s is not a database of npivd", source->path);
	if (rc == 0)
		rc = db_check(source, findings, err);
	if (rc == 0 && json_array_size(findings) > 0)
		rc = np_fail(err, NP_INVAL, "backup %s is damaged: %s", source->path,
			json_string_value(json_array_get(findings, 0)));
	if (rc == 0)
		rc = db_number(source, &guests, err, "SELECT count(*) FROM guests", "");
	db_forget_statements(source);
	return rc;
}

int db_restore(struct db *db, const char *path, struct np_err *err)
{
	struct db source = { .path = (char *)(uintptr_t)path, .lock_fd = -1 };
	int rc;

	if (db->in_transaction)
		return np_fail(err, NP_BUSY, "restore: the database is being written");
	db_forget_statements(db);
	if (access(path, R_OK) < 0)
		rc = np_fail_sys(err, errno, "backup %s", path);
	else if (sqlite3_open_v2(path, &source.sqlite, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		rc = np_fail(err, NP_IO, "open backup %s: %s", path, sqlite3_errmsg(source.sqlite));
	else
		rc = check_source(&source, err);
	if (rc == 0)
		rc = copy_pages(db->sqlite, source.sqlite, err);
	(void)sqlite3_close(source.sqlite);
	if (rc == 0)
		rc = db_configure(db, err);
	return rc == 0 ? db_migrate(db, err) : rc;
}
