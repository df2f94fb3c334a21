/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/wwn.h"
#include "db/internal.h"

int db_fail(struct db *db, struct np_err *err, const char *what)
{
	static const struct {
		int sqlite;
		enum np_code code;
	} rows[] = {
		{ SQLITE_CONSTRAINT, NP_EXISTS },
		{ SQLITE_FULL, NP_CAPACITY },
		{ SQLITE_NOMEM, NP_NOMEM },
		{ SQLITE_BUSY, NP_BUSY },
		{ SQLITE_LOCKED, NP_BUSY },
		{ SQLITE_READONLY, NP_DENIED },
		{ SQLITE_PERM, NP_DENIED },
	};
	int code = sqlite3_errcode(db->sqlite) & 0xff;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].sqlite == code)
			return np_fail(err, rows[i].code, "database: %s: %s", what,
				sqlite3_errmsg(db->sqlite));
	}
	return np_fail(
		err, NP_IO, "database %s: %s: %s", db->path, what, sqlite3_errmsg(db->sqlite));
}

void db_forget_statements(struct db *db)
{
	for (unsigned i = 0; i < db->n_statements; i++) {
		(void)sqlite3_finalize(db->statements[i].stmt);
		free(db->statements[i].sql);
	}
	db->n_statements = db->next_victim = 0;
}

/* Preparing costs ten times a cached use; a full cache gives up its entries in turn. */
int db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret_stmt, struct np_err *err)
{
	np_auto(np_free) char *copy = NULL;
	sqlite3_stmt *stmt;
	unsigned slot;

	for (unsigned i = 0; i < db->n_statements; i++) {
		if (strcmp(db->statements[i].sql, sql) == 0) {
			*ret_stmt = db->statements[i].stmt;
			return 0;
		}
	}
	copy = strdup(sql);
	if (!copy)
		return np_fail_nomem(err);
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
		SQLITE_OK)
		return db_fail(db, err, sql);
	if (db->n_statements < DB_STATEMENTS_MAX)
		slot = db->n_statements++;
	else {
		slot = db->next_victim++ % DB_STATEMENTS_MAX;
		(void)sqlite3_finalize(db->statements[slot].stmt);
		free(db->statements[slot].sql);
	}
	db->statements[slot].sql = np_take(copy);
	*ret_stmt = db->statements[slot].stmt = stmt;
	return 0;
}

static int bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	return text ? sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT)
		    : sqlite3_bind_null(stmt, i);
}

static int bind_json_text(sqlite3_stmt *stmt, int i, const json_t *json)
{
	np_auto(np_free) char *text =
		json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

	return bind_text(stmt, i, text);
}

int db_bind_value(sqlite3_stmt *stmt, int i, const json_t *json)
{
	if (json_is_string(json))
		return bind_text(stmt, i, json_string_value(json));
	if (json_is_integer(json))
		return sqlite3_bind_int64(stmt, i, json_integer_value(json));
	if (json_is_boolean(json))
		return sqlite3_bind_int(stmt, i, json_is_true(json));
	return json && !json_is_null(json) ? bind_json_text(stmt, i, json)
					   : sqlite3_bind_null(stmt, i);
}

static int bind_one(sqlite3_stmt *stmt, int i, char type, va_list *ap)
{
	char text[NP_WWN_TEXT];
	uint64_t wwn;

	switch (type) {
	case 't':
		return bind_text(stmt, i, va_arg(*ap, const char *));
	case 'i':
		return sqlite3_bind_int64(stmt, i, va_arg(*ap, int64_t));
	case 'w':
		wwn = va_arg(*ap, uint64_t);
		return bind_text(stmt, i, wwn ? np_wwn_text(wwn, text) : NULL);
	case 'j':
		return bind_json_text(stmt, i, va_arg(*ap, const json_t *));
	case 'v':
		return db_bind_value(stmt, i, va_arg(*ap, const json_t *));
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_all(
	struct db *db, sqlite3_stmt *stmt, const char *types, va_list *ap, struct np_err *err)
{
	(void)sqlite3_reset(stmt);
	for (int i = 1; types && *types; i++, types++) {
		if (bind_one(stmt, i, *types, ap) != SQLITE_OK)
			return db_fail(db, err, "bind");
	}
	return 0;
}

static int ensure_transaction(struct db *db, struct np_err *err)
{
	/* SQLite gives a transaction up by itself when the disk is full or broken: what follows would stand alone. */
	if (db->in_transaction && sqlite3_get_autocommit(db->sqlite))
		return np_hint(err,
			np_fail(err, NP_IO, "database %s: the transaction was given up", db->path),
			"is the disk full? df, and journalctl -k");
	if (db->in_transaction)
		return 0;
	if (sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "begin");
	db->in_transaction = true;
	if (db->begun)
		db->begun(db->begun_data);
	return 0;
}

int db_prepare_write(struct db *db, const char *sql, sqlite3_stmt **ret_stmt, struct np_err *err)
{
	int rc = ensure_transaction(db, err);

	if (rc == 0)
		rc = db_prepare(db, sql, ret_stmt, err);
	return rc;
}

int db_exec(struct db *db, struct np_err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int rc = db_prepare_write(db, sql, &stmt, err);

	if (rc < 0)
		return rc;
	va_start(ap, types);
	rc = bind_all(db, stmt, types, &ap, err);
	va_end(ap);
	if (rc < 0)
		return rc;
	if (sqlite3_step(stmt) != SQLITE_DONE)
		rc = db_fail(db, err, sql);
	(void)sqlite3_reset(stmt);
	return rc;
}

static json_t *row_to_json(sqlite3_stmt *stmt)
{
	json_t *row = json_object();

	for (int i = 0; row && i < sqlite3_column_count(stmt); i++) {
		const char *name = sqlite3_column_name(stmt, i);

		if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER)
			(void)json_object_set_new(
				row, name, json_integer(sqlite3_column_int64(stmt, i)));
		else if (sqlite3_column_type(stmt, i) == SQLITE_TEXT)
			(void)json_object_set_new(
				row, name, json_string((const char *)sqlite3_column_text(stmt, i)));
	}
	return row;
}

int db_collect(struct db *db, sqlite3_stmt *stmt, json_t *rows, size_t limit, struct np_err *err)
{
	int rc = 0;

	while (rc == 0 && json_array_size(rows) < limit) {
		int step = sqlite3_step(stmt);
		if (step == SQLITE_DONE)
			break;
		if (step != SQLITE_ROW)
			rc = db_fail(db, err, sqlite3_sql(stmt));
		else if (json_array_append_new(rows, row_to_json(stmt)) < 0)
			rc = np_fail_nomem(err);
	}
	(void)sqlite3_reset(stmt);
	return rc;
}

static int query(struct db *db, json_t *rows, struct np_err *err, const char *sql,
	const char *types, va_list *ap, size_t limit)
{
	sqlite3_stmt *stmt;
	int rc = db_prepare(db, sql, &stmt, err);

	if (rc == 0)
		rc = bind_all(db, stmt, types, ap, err);
	return rc == 0 ? db_collect(db, stmt, rows, limit, err) : rc;
}

int db_list(struct db *db, json_t **ret_rows, struct np_err *err, const char *sql,
	const char *types, ...)
{
	np_auto(np_json_decref) json_t *rows = json_array();
	va_list ap;

	va_start(ap, types);
	int rc = rows ? query(db, rows, err, sql, types, &ap, SIZE_MAX) : np_fail_nomem(err);
	va_end(ap);
	if (rc == 0)
		*ret_rows = np_take(rows);
	return rc;
}

int db_get(struct db *db, json_t **ret_row, struct np_err *err, const char *sql, const char *types,
	...)
{
	np_auto(np_json_decref) json_t *rows = json_array();
	va_list ap;

	va_start(ap, types);
	int rc = rows ? query(db, rows, err, sql, types, &ap, 1) : np_fail_nomem(err);
	va_end(ap);
	if (rc == 0)
		*ret_row = json_incref(json_array_get(rows, 0));
	return rc;
}

int db_number(struct db *db, int64_t *ret_number, struct np_err *err, const char *sql,
	const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int rc = db_prepare(db, sql, &stmt, err);

	if (rc < 0)
		return rc;
	va_start(ap, types);
	rc = bind_all(db, stmt, types, &ap, err);
	va_end(ap);
	if (rc < 0)
		return rc;
	int step = sqlite3_step(stmt);
	if (step == SQLITE_ROW || step == SQLITE_DONE)
		*ret_number = step == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	else
		rc = db_fail(db, err, sql);
	(void)sqlite3_reset(stmt);
	return rc;
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->sqlite);
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

void db_on_begin(struct db *db, void (*begun)(void *data), void *data)
{
	db->begun = begun;
	db->begun_data = data;
}

bool db_is_dirty(const struct db *db)
{
	return db->in_transaction;
}

bool db_in_scope(const struct db *db)
{
	return db->depth > 0;
}

int db_commit(struct db *db, struct np_err *err)
{
	int rc = 0;

	if (!db->in_transaction)
		return 0;
	db->in_transaction = false;
	db->depth = 0;
	if (sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		rc = db_fail(db, err, "commit");
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}

int db_scope_begin(struct db *db, struct np_err *err)
{
	char sql[48];
	int rc = ensure_transaction(db, err);

	if (rc < 0)
		return rc;
	(void)snprintf(sql, sizeof sql, "SAVEPOINT scope%u", db->depth);
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "savepoint");
	db->depth++;
	return 0;
}

int db_scope_end(struct db *db, bool keep, struct np_err *err)
{
	char sql[80];

	if (db->depth == 0)
		return np_fail(err, NP_IO, "database: the transaction was rolled back");
	db->depth--;
	(void)snprintf(sql, sizeof sql,
		keep ? "RELEASE scope%u" : "ROLLBACK TO scope%u; RELEASE scope%u", db->depth,
		db->depth);
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "end of savepoint");
	return 0;
}

int db_configure(struct db *db, struct np_err *err)
{
	/* Nobody else opens it (take_lock): no lock is taken and given back for each statement. */
	static const char pragmas[] =
		"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA wal_autocheckpoint=1000; PRAGMA trusted_schema=OFF;";

	(void)sqlite3_extended_result_codes(db->sqlite, 1);
	if (sqlite3_exec(db->sqlite, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "open");
	return 0;
}

/* Two daemons on one record would each give out WWNs: the second one is refused. */
static int take_lock(struct db *db, struct np_err *err)
{
	char path[NP_PATH_MAX];

	if (!np_path(path, "%s.lock", db->path))
		return np_fail(err, NP_INVAL, "path too long: %.100s", db->path);
	int rc = np_file_lock(path, false, &db->lock_fd, err);
	return rc == -NP_BUSY
		       ? np_fail(err, NP_BUSY, "database %s is in use by another npivd", db->path)
		       : rc;
}

int db_open(struct db **ret_db, const char *path, struct np_err *err)
{
	struct db *db = calloc(1, sizeof *db);
	int rc;

	if (!db || !(db->path = strdup(path))) {
		(void)db_free(db);
		return np_fail_nomem(err);
	}
	db->lock_fd = -1;
	rc = take_lock(db, err);
	if (rc == 0 && sqlite3_open_v2(path, &db->sqlite,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			       NULL) != SQLITE_OK)
		rc = db_fail(db, err, "open");
	if (rc == 0)
		rc = db_configure(db, err);
	if (rc == 0)
		rc = db_migrate(db, err);
	if (rc < 0) {
		(void)db_free(db);
		return rc;
	}
	*ret_db = db;
	return 0;
}

struct db *db_free(struct db *db)
{
	if (!db)
		return NULL;
	db_forget_statements(db);
	if (db->in_transaction)
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	(void)sqlite3_close(db->sqlite);
	np_close(&db->lock_fd);
	free(db->path);
	free(db);
	return NULL;
}

int64_t db_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *db_time_text(int64_t epoch_ms, char text[static DB_TIME_TEXT])
{
	int64_t at = epoch_ms ? epoch_ms : db_now_ms();
	time_t seconds = (time_t)(at / 1000);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	size_t len = strftime(text, DB_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + len, DB_TIME_TEXT - len, ".%03dZ", (int)(at % 1000));
	return text;
}
