/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes back to the client, made from what the service said: results become 200, 201, 202 or
 * 204 with Location and ETag, errors become application/problem+json (RFC 9457). A reply is a value
 * that owns its body; making one never fails (without memory for the body it goes out empty).
 */
#pragma once

#include <stdbool.h>

#include "service/service.h"

#define API_PROBLEM_TYPE "https://npivd.org/problems/" /* and the code's name */

struct api_reply {
	unsigned status;  /* 0: there is none yet */
	const char *type; /* of the body */
	char *body;	  /* owned; NULL: none */
	size_t size;
	char location[256]; /* "" in each of the three: no such header */
	char etag[72];	    /* with its quotes */
	char allow[64];
	bool close; /* the connection ends with this reply */
};

void api_reply_done(struct api_reply *reply);

/* Each of the following, but for api_reply_body, replaces what @reply held. */

/* @status 0: the one of the error's code. @instance is the raw path; @operation may be NULL. */
void api_reply_error(struct api_reply *reply, unsigned status, const struct np_err *err,
	const char *instance, const json_t *operation);

void api_reply_result(struct api_reply *reply, const struct svc_result *result);

/* The body alone; status and the rest stay. */
void api_reply_body(struct api_reply *reply, const json_t *body);

/* A body with status 200. */
void api_reply_json(struct api_reply *reply, const json_t *body);

/*
 * An operation at the end of a wait: 200 when it is DONE (or ended anyhow, with @any_end), 202 and
 * its location while it goes on, else the status of its error, with the operation inside.
 */
void api_reply_operation(
	struct api_reply *reply, const json_t *operation, bool any_end, const char *instance);
