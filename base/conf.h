/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INI configuration driven by option rows: FILE, then FILE.d/ *.conf in name order, the later value
 * wins. Errors say file:line and the option. Prints itself back in a form that parses to the same
 * values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NP_CONF_LINE_MAX 1024	    /* bytes of one line */
#define NP_CONF_FILE_MAX (1u << 20) /* bytes of one file */

enum np_option_type {
	NP_OPTION_TEXT,	    /* char[size] */
	NP_OPTION_PATH,	    /* char[size], absolute or empty */
	NP_OPTION_INT,	    /* int64_t within min..max */
	NP_OPTION_BOOL,	    /* bool: yes/no/true/false/on/off/1/0 */
	NP_OPTION_DURATION, /* int64_t milliseconds: "250ms", "30s", "5min", "2h"; 30 is 30 s */
	NP_OPTION_WORD,	    /* char[size], one of words */
};

/* Tables of rows end with a row without a section. */
struct np_option {
	const char *section, *key;
	enum np_option_type type;
	size_t offset, size;
	int64_t min, max;
	const char *const *words;
	const char *preset; /* the default, in the same text as in a file */
	const char *help;
};

#define NP_OPTION_AT(type, member)                                                                 \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* Sets every default. The presets are ours: a bad one is an assertion. */
void np_conf_defaults(const struct np_option *rows, void *config);

/*
 * Reads @path and its drop-ins over what @config holds. A missing @path is an error only if
 * @required. After an error @config is half-changed: a reload reads into a copy.
 */
int np_conf_read(const struct np_option *rows, void *config, const char *path, bool required,
	struct np_err *err);

/* The same from the text of one file; @where names it in errors. */
int np_conf_parse(const struct np_option *rows, void *config, const char *text, const char *where,
	struct np_err *err);

/* Sets one option from text; @where ("file:12", "--socket") goes into the error. */
int np_conf_set(const struct np_option *rows, void *config, const char *section, const char *key,
	const char *value, const char *where, struct np_err *err);

/* The whole configuration as a file with comments; the caller's. NULL when out of memory. */
char *np_conf_print(const struct np_option *rows, const void *config);
