/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What commands print: tables for people, JSON, CSV and names for programs. Columns are rows: the
 * commands never know the format. -o json is the server's JSON as it came.
 */
#pragma once

#include "cli/text.h"

enum cli_format {
	CLI_TABLE,
	CLI_WIDE,
	CLI_JSON,
	CLI_CSV,
	CLI_NAME,
};

enum cli_column_flags {
	CLI_RIGHT = 1 << 0,	/* a number */
	CLI_WIDE_ONLY = 1 << 1, /* with -o wide, in show and by name */
	CLI_STATE = 1 << 2,	/* coloured by its word */
	CLI_SIZE = 1 << 3,	/* bytes, shown with a unit */
	CLI_TRUNC = 1 << 4,	/* may be cut where the terminal ends */
};

struct cli_column {
	const char *header, *path;
	unsigned flags;
};

/* A list inside an object, shown below it. */
struct cli_section {
	const char *title, *path;
	const struct cli_column *columns;
};

/* How the objects of a noun look. Arrays end with a row without a header or title. */
struct cli_view {
	const char *noun; /* "guest": for -o name and when there is none */
	const char *key;  /* path of its name */
	bool in_fabric;	  /* the name is unique in its fabric: FABRIC:NAME */
	const struct cli_column *columns;
	const struct cli_section *sections; /* NULL: none */
};

struct cli_style {
	enum cli_format format;
	bool headings, color;
	const char *columns;	   /* what --columns says; NULL: the usual ones */
	struct cli_redact *redact; /* NULL: nothing is hidden */
	FILE *out;
};

/* The format of this name; -NP_USAGE for another. */
int cli_format_parse(const char *name, enum cli_format *ret_format, struct np_err *err);

/* {"items": [...]} */
int cli_print_list(const struct cli_style *style, const struct cli_view *view, const json_t *list,
	struct np_err *err);

/* One object: a line a column, then its sections. */
int cli_print_object(const struct cli_style *style, const struct cli_view *view,
	const json_t *object, struct np_err *err);

int cli_print_json(const struct cli_style *style, const json_t *json, struct np_err *err);

/* The colour of a state's word for libsmartcols, or NULL. */
const char *cli_state_color(const char *state);
