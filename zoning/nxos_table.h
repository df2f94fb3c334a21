/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structured answers of an NX-OS switch: every table is "TABLE_x": {"ROW_x": ...}, the row an object when there is
 * one and a list when there are more; names of tables and fields differ from release to release. Pure; foreign text.
 */
#pragma once

#include "zoning/model.h"

#define NXOS_ROWS_MAX 500000 /* of one kind in one answer */

/* The first of these fields that @row has as a text or number (which is written to @text); "" when it has none. */
const char *nxos_table_field(const json_t *row, const char *const *names, char text[static 24]);
#define NXOS_FIELD(row, ...)                                                                       \
	nxos_table_field(row, (const char *const[]){ __VA_ARGS__, NULL }, (char[24]){ 0 })

/* A number, whatever follows it ("483 bytes"); 0 when there is none. */
int64_t nxos_table_number(const char *text);

/* Is the row of this VSAN, or of none in particular? */
bool nxos_table_is_of(const json_t *row, int64_t vsan);

/*
 * The rows of all tables in @body by one of these names, an array, a new reference. A body without any table has none;
 * one with other tables only is an answer that nobody understands, and must not pass for an empty one: -NP_PEER.
 */
int nxos_table_rows(
	const json_t *body, const char *const *names, json_t **ret_rows, struct np_err *err);
#define NXOS_ROWS(body, ret, err, ...)                                                             \
	nxos_table_rows(body, (const char *const[]){ __VA_ARGS__, NULL }, ret, err)

/* Names become keys and parts of commands; blanks and control characters are in none. -NP_PEER. */
int nxos_table_check_name(const char *name, const char *what, struct np_err *err);
