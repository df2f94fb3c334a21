/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record: one SQLite file, one read-write connection, used by npivd's loop only. WAL with
 * synchronous=FULL (NORMAL loses acknowledged commits at power loss), STRICT tables, foreign keys
 * on.
 *
 * Writes gather in one open transaction until db_commit; the service commits once per turn of the
 * loop and answers nobody before that. A scope is a savepoint inside it: what a failed request
 * wrote goes away, what others wrote stays.
 *
 * Rows travel as JSON objects: TEXT as text, INTEGER as number, NULL left out. Argument types of
 * the statements: 't' const char * (NULL = NULL), 'i' int64_t, 'w' uint64_t as 16 hex digits (0 =
 * NULL), 'j' const json_t * as JSON text (NULL = NULL), 'v' const json_t * as its plain SQL value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct db;

/*
 * Opens or makes @path and migrates it (a copy PATH.before-N is kept first). A file of a newer
 * version is refused untouched (-NP_UNSUPPORTED), a damaged one with -NP_IO.
 */
int db_open(struct db **ret_db, const char *path, struct np_err *err);

/* Rolls back what was not committed, checkpoints and closes. */
struct db *db_free(struct db *db);

/* Called when the first write opens a transaction, so that its owner can plan the commit. */
void db_on_begin(struct db *db, void (*begun)(void *data), void *data);

/* Is there anything to commit? */
bool db_is_dirty(const struct db *db);

/* Makes everything durable. On failure the transaction is rolled back: nothing of it happened. */
int db_commit(struct db *db, struct np_err *err);

/* Is a scope open? A commit ends all of them. */
bool db_in_scope(const struct db *db);

/* Scopes nest. db_scope_end with keep=false undoes all since its begin. */
int db_scope_begin(struct db *db, struct np_err *err);
int db_scope_end(struct db *db, bool keep, struct np_err *err);

/* A statement without rows; SQL texts are literals (they are cached by content). */
int db_exec(struct db *db, struct np_err *err, const char *sql, const char *types, ...);

/* Rows affected by, and row id made by, the last db_exec. */
int64_t db_changes(const struct db *db);
int64_t db_last_id(const struct db *db);

/* All rows as an array of objects; the caller's. */
int db_list(struct db *db, json_t **ret_rows, struct np_err *err, const char *sql,
	const char *types, ...);

/* The first row, or *ret_row = NULL when there is none. */
int db_get(struct db *db, json_t **ret_row, struct np_err *err, const char *sql, const char *types,
	...);

/* The first column of the first row as a number; 0 without a row. */
int db_number(struct db *db, int64_t *ret_number, struct np_err *err, const char *sql,
	const char *types, ...);

/* "2026-11-22T21:38:20.123Z" of a time in ms since the epoch, of now for 0. Returns @text. */
#define DB_TIME_TEXT 25
const char *db_time_text(int64_t epoch_ms, char text[static DB_TIME_TEXT]);
int64_t db_now_ms(void);
