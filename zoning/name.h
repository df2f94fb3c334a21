/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the compiler needs of names besides zone_name_make(). */
#pragma once

#include "zoning/compile.h"

#define ZONE_NAME_WHOLE 1024 /* of a name before it is cut, with NUL */

/* The template filled in, however long. */
int zone_name_whole(const struct zone_rules *rules, const char *template,
	const struct zone_name_parts *values, char ret_whole[static ZONE_NAME_WHOLE],
	struct np_err *err);

/* Cut, and with a hash of the whole: for names that are too long, or differ from another in case alone. */
int zone_name_distinct(const struct zone_rules *rules, const char *whole,
	char ret_name[static ZONE_NAME_MAX], struct np_err *err);
