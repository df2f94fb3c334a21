/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON written with single quotes, so that it can be read in C. */
#pragma once

#include <assert.h>
#include <string.h>

#include "base/json.h"

/* A new reference; asserts. */
static inline json_t *quoted(const char *text)
{
	np_auto(np_free) char *copy = strdup(text);
	json_error_t why;

	assert(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	json_t *json = json_loads(copy, 0, &why);
	if (!json)
		(void)fprintf(stderr, "%s: %s\n", copy, why.text);
	assert(json);
	return json;
}
