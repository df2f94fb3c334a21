/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * High-water marks: for each pool the first WWN that has never been given. They live in a file of
 * their own (DATABASE.marks), are synced before a WWN leaves, and only rise: an old backup of the
 * database that is put back cannot make a WWN be given twice.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct db_marks;

/* Reads @path; a missing file is an empty set, an unreadable one is an error (never a fresh start).
 */
int db_marks_open(struct db_marks **ret_marks, const char *path, struct np_err *err);
struct db_marks *db_marks_free(struct db_marks *marks);

/* The mark of @pool, 0 when it has none. */
uint64_t db_marks_get(const struct db_marks *marks, const char *pool);

/* Raises the mark of @pool to @next and makes that durable. A lower value changes nothing. */
int db_marks_raise(struct db_marks *marks, const char *pool, uint64_t next, struct np_err *err);

/* All marks as {"pool": "wwn"}; borrowed. */
const json_t *db_marks_all(const struct db_marks *marks);
