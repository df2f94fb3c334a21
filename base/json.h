/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Field rows: one table describes the members of a JSON object, and everything is made from it: the
 * check of a request body (errors name the field), reading into a struct and back, SQL columns, and
 * the API's description. WWNs are accepted in any usual form and come out as 16 lower-case hex
 * digits. (Debian 12 packages no JSON Schema validator for C.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NP_JSON_DEPTH_MAX 32
#define NP_NAME_MAX 64	/* of a name, with NUL */
#define NP_UUID_TEXT 37 /* 8-4-4-4-12 and NUL */

enum np_field_type {
	NP_TYPE_TEXT,  /* UTF-8 without control characters; struct: char[size] */
	NP_TYPE_NAME,  /* a letter or digit, then letters, digits, '.', '_', '-'; struct: char[size]
			*/
	NP_TYPE_UUID,  /* struct: char[size], lower case */
	NP_TYPE_WWN,   /* struct: uint64_t */
	NP_TYPE_INT,   /* struct: int64_t */
	NP_TYPE_BOOL,  /* struct: bool */
	NP_TYPE_ENUM,  /* one of .words; struct: char[size] */
	NP_TYPE_WWNS,  /* array of WWNs without repetition; struct: json_t *, owned */
	NP_TYPE_NAMES, /* array of names without repetition; struct: json_t *, owned */
	NP_TYPE_JSON,  /* anything; struct: json_t *, owned */
};

enum np_field_flags {
	NP_FIELD_REQUIRED = 1 << 0, /* must be there at creation */
	NP_FIELD_FIXED = 1 << 1,    /* given at creation, never changed */
	NP_FIELD_READONLY = 1 << 2, /* only in replies; in a request it is an error */
	NP_FIELD_NULLABLE = 1 << 3, /* JSON null empties it */
};

struct np_field {
	const char *name;
	enum np_field_type type;
	unsigned flags;
	int64_t min,
		max; /* INT: bounds when max > min; others: longest text or list when max > 0 */
	const char *const *words; /* ENUM: NULL-terminated */
	const char *help;
	size_t offset, size; /* where it lives in the struct; size 0: in no struct */
};

/* Fills .offset and .size of a row. */
#define NP_IN(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

enum np_check_mode { NP_CHECK_CREATE, NP_CHECK_UPDATE };

/* Parses text: duplicate keys and nesting over NP_JSON_DEPTH_MAX are errors. *ret is the caller's.
 */
int np_json_parse(const char *text, size_t len, json_t **ret, struct np_err *err);

/*
 * Checks a request body against @rows (ended by a row without a name): unknown, missing, read-only
 * and (in UPDATE mode) fixed fields, types, lengths and bounds. *ret_clean is a new object that
 * holds what was given in canonical form.
 */
int np_json_check(const json_t *body, const struct np_field *rows, enum np_check_mode mode,
	json_t **ret_clean, struct np_err *err);

/*
 * Reads an object of ours (checked, or from a lane) into a struct. Members that are absent leave
 * the struct as it is, unknown ones are ignored. Text that does not fit is cut; a wrong type is
 * -NP_PEER.
 */
int np_json_to_struct(
	const json_t *json, const struct np_field *rows, void *ret_struct, struct np_err *err);

/* The reverse: empty text, WWN 0 and NULL lists are left out. A new reference, NULL when out of
 * memory. */
json_t *np_json_from_struct(const struct np_field *rows, const void *from);

/* Shorthands that never fail: "" / 0 / false when the member is absent or of another type. */
const char *np_json_text(const json_t *json, const char *key);
int64_t np_json_int(const json_t *json, const char *key);
bool np_json_bool(const json_t *json, const char *key);
uint64_t np_json_wwn(const json_t *json, const char *key);

/* Sets a WWN as text; 0 is left out. */
void np_json_set_wwn(json_t *json, const char *key, uint64_t wwn);
void np_json_set_text(json_t *json, const char *key, const char *text);

/* Is it a name as NP_TYPE_NAME has it? */
bool np_name_is_valid(const char *text);
