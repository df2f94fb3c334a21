/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables that clients see, as rows of fields: the same rows check request bodies, name the
 * columns and shape the replies. Values go in and out as JSON objects in the API's form (bool,
 * lists).
 */
#pragma once

#include "base/json.h"
#include "db/db.h"

struct db_table {
	const char *noun;   /* "zones": SQL table and path segment */
	const char *single; /* "zone": for messages */
	const char *key;    /* column that identifies a row in a path */
	const char *order;  /* ORDER BY, stable and unique */
	const struct np_field *fields;
};

extern const struct db_table db_fabrics, db_hbas, db_pools, db_profiles, db_guests, db_vhbas,
	db_wwns, db_targets, db_luns, db_masks, db_aliases, db_zones, db_zonesets, db_events,
	db_operations, db_steps, db_made, db_plans, db_snapshots;

/* Inserts the members of @values that are columns. The row id is db_last_id(). */
int db_insert(
	struct db *db, const struct db_table *table, const json_t *values, struct np_err *err);

/* Sets the given members and adds one to the row's generation. -NP_NOTFOUND when there is no such
 * row. */
int db_update(struct db *db, const struct db_table *table, const char *key, const json_t *values,
	struct np_err *err);

int db_delete(struct db *db, const struct db_table *table, const char *key, struct np_err *err);

/* One row in the API's form; -NP_NOTFOUND "zone 'x' not found". */
int db_find(struct db *db, const struct db_table *table, const char *key, json_t **ret_row,
	struct np_err *err);

/* All rows whose columns equal the members of @filter (may be NULL), in the table's order. */
int db_select(struct db *db, const struct db_table *table, const json_t *filter, json_t **ret_rows,
	struct np_err *err);

/* A row as SQL gave it into the API's form, in place: numbers to bools, texts to lists. */
void db_decode(const struct db_table *table, json_t *row);
