/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error type of the project.
 *
 * A function that can fail returns 0 or a negative code (-NP_INVAL, ...) and takes `struct np_err
 * *err` as its last parameter; NULL is allowed where nobody reads the words. The error is a value
 * on the caller's stack and owns nothing. It is born where the failure is seen, with the object and
 * the attribute in the text; each layer may prefix it once (np_wrap); the owner of the operation or
 * of the request logs or answers it once.
 *
 * np_codes[] maps a code to its name, HTTP status, exit status and default hint: the REST API,
 * npivctl and the man page read the same row.
 */
#pragma once

#include <errno.h>

#include "base/cleanup.h"

enum np_code {
	NP_OK,
	NP_FAILED, /* an operation failed and was rolled back */
	NP_INVAL,  /* the request is wrong; `field` names what */
	NP_NOTFOUND,
	NP_EXISTS,   /* the name or WWN is taken */
	NP_CONFLICT, /* the object is in another state than the request needs */
	NP_STALE,    /* If-Match: the record was changed meanwhile */
	NP_BUSY,     /* something else is at work there; try again */
	NP_DENIED,
	NP_UNSUPPORTED, /* the driver, switch or array cannot do it */
	NP_CAPACITY,	/* no HBA with room, pool exhausted, limit reached */
	NP_TIMEOUT,	/* a deadline passed; the work may still finish */
	NP_STUCK,	/* a person is needed */
	NP_LINK,	/* the port or its fabric is not there: link down, no login */
	NP_IO,		/* the kernel or the disk refused */
	NP_PEER,	/* a switch, an array or the daemon answered nonsense or nothing */
	NP_NOMEM,
	NP_TOOBIG,	/* body, header or list over its limit */
	NP_USAGE,	/* command line only */
	NP_UNREACHABLE, /* npivd does not answer (client side only) */
	NP_CODE_MAX
};

struct np_err {
	enum np_code code;
	int sys;	/* errno, or 0 */
	char field[48]; /* the offending field or option, or "" */
	char hint[160]; /* the next thing to do, or "" for the code's own hint */
	char msg[1024];
};

struct np_code_row {
	const char *name; /* kebab-case, used in JSON */
	int http;
	int exit;
	const char *title;
	const char *hint;
};

extern const struct np_code_row np_codes[NP_CODE_MAX];

/* Fills @err and returns -@code. No trailing dot or newline in the text, 'quotes' round foreign
 * text. */
int np_fail(struct np_err *err, enum np_code code, const char *fmt, ...) np_printf(3, 4);

/* The same for a field of a request: names it in err->field and at the start of the text. */
int np_fail_field(struct np_err *err, const char *field, const char *fmt, ...) np_printf(3, 4);

/* Maps @sys (an errno) to a code once and appends its words; returns the negative code. */
int np_fail_sys(struct np_err *err, int sys, const char *fmt, ...) np_printf(3, 4);

/* rc < 0: puts "TEXT: " in front of the message; returns rc as it is. */
int np_wrap(struct np_err *err, int rc, const char *fmt, ...) np_printf(3, 4);

/* Adds what to do next, e.g. the npivctl command; returns rc as it is. */
int np_hint(struct np_err *err, int rc, const char *fmt, ...) np_printf(3, 4);

/* Out of memory, from anywhere. */
int np_fail_nomem(struct np_err *err);

/* The row of a code or of a negative return value; never NULL. */
const struct np_code_row *np_code_row(int code);

/* The code with this JSON name, or NP_FAILED for one that this version does not know. */
enum np_code np_code_from_name(const char *name);

/* {"code","detail","hint","field"}; a new reference, NULL when out of memory. */
json_t *np_err_to_json(const struct np_err *err);

/* Reads such an object (unknown members are ignored) and returns the negative code. */
int np_err_from_json(struct np_err *err, const json_t *json);
