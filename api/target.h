/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The target of a request: raw text as it came, split into decoded path segments and a query
 * object. Decoding happens after splitting, so an escaped slash never makes a segment; anything
 * that two readers could understand differently ("//", dots, escaped NUL or slash) is refused.
 */
#pragma once

#include "base/err.h"

#define API_TARGET_MAX 4096 /* bytes of path and query together */
#define API_SEGMENTS_MAX 8
#define API_SEGMENT_MAX 256 /* bytes of one segment, decoded */
#define API_QUERY_MAX 32    /* parameters */

struct api_target {
	size_t segments_count;			/* of the path; may be more than segments[] holds */
	const char *segments[API_SEGMENTS_MAX]; /* into text */
	json_t *query;				/* object of texts, owned */
	char path[API_TARGET_MAX + 1];		/* raw, without the query */
	char text[API_TARGET_MAX +
		  2 * API_QUERY_MAX]; /* a parameter without '=' needs one more NUL */
};

/*
 * Fills *ret_target, which points into itself and is not to be moved; untouched on failure.
 * -NP_TOOBIG: over a limit, -NP_INVAL: malformed.
 */
int api_target_parse(struct api_target *ret_target, const char *raw, struct np_err *err);
void api_target_done(struct api_target *target);
