/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Online backup, restore with a check, and the check itself. */
#pragma once

#include "db/db.h"

/* Copies the committed state into @path (made anew, 0600, synced). Needs no open transaction of
 * ours. */
int db_backup(struct db *db, const char *path, struct np_err *err);

/*
 * Replaces the whole content by that of @path, in one transaction, after checking that file:
 * integrity, foreign keys, a schema version that this npivd knows (older ones are migrated).
 */
int db_restore(struct db *db, const char *path, struct np_err *err);

/* Appends one text per finding (integrity_check, foreign_key_check) to @findings. */
int db_check(struct db *db, json_t *findings, struct np_err *err);
