/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of db/ share: the connection and its statement cache. */
#pragma once

#include <sqlite3.h>

#include "db/db.h"

#define DB_STATEMENTS_MAX 256

struct db {
	sqlite3 *sqlite;
	char *path;
	int lock_fd; /* PATH.lock, flock */
	struct {
		char *sql;
		sqlite3_stmt *stmt;
	} statements[DB_STATEMENTS_MAX];
	unsigned n_statements, next_victim;
	unsigned depth; /* open scopes */
	bool in_transaction;
	void (*begun)(void *data);
	void *begun_data;
};

/* The last SQLite error as an np_err: disk full, I/O, constraint, damaged file. */
int db_fail(struct db *db, struct np_err *err, const char *what);

/* Brings @db to the newest schema version; db/schema.c. */
int db_migrate(struct db *db, struct np_err *err);

/* Applies the connection's pragmas. */
int db_configure(struct db *db, struct np_err *err);

/* Finalises every cached statement. */
void db_forget_statements(struct db *db);

/* The cached statement of an SQL text, owned by the cache; the second one opens a transaction
 * first. */
int db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret_stmt, struct np_err *err);
int db_prepare_write(struct db *db, const char *sql, sqlite3_stmt **ret_stmt, struct np_err *err);

/* Binds a JSON value as SQL would have it: bool as 0/1, lists and objects as JSON text. */
int db_bind_value(sqlite3_stmt *stmt, int i, const json_t *json);

/* Steps a bound statement, at most @limit rows into @rows, and resets it. */
int db_collect(struct db *db, sqlite3_stmt *stmt, json_t *rows, size_t limit, struct np_err *err);
