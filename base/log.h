/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structured log: to the journal when stderr is connected to it, else to stderr as
 * `<level> text key=value`. Library layers log at debug level only; an error is logged once, by the
 * owner of the operation or of the request.
 */
#pragma once

#include <syslog.h>

#include "base/cleanup.h"

/* A field of a log line, e.g. { "NPIV_GUEST", "db01" }; an array of them ends with { 0 }. */
struct np_log_field {
	const char *key;
	const char *value;
};

/* Lines above @level (LOG_ERR ... LOG_DEBUG) are dropped. The program's @name tags them. */
void np_log_init(const char *name, int level);
void np_log_set_level(int level);
int np_log_level(void);

/* LOG_* for "error", "warning", "notice", "info", "debug"; -1 for anything else. */
int np_log_level_from_name(const char *name);

void np_log(int level, const char *fmt, ...) np_printf(2, 3);

/* The same with fields; a NULL value leaves its field out. */
void np_log_fields(int level, const struct np_log_field *fields, const char *fmt, ...)
	np_printf(3, 4);
