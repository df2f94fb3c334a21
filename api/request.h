/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request from its head to its reply, without the server: guards, route, parameters, body, use
 * case, durable commit, waiting. The server hands over what it read, in this order:
 *
 * - api_request_head once. A reply that is there afterwards and closes goes out at once, the body unread;
 *   one that does not close takes the place of api_request_run.
 * - api_request_data for each piece of the body.
 * - api_request_run once, after the body. Then on_ready is called, within the call or later.
 *
 * All on the thread of the loop. A request is freed by the server alone, at any time.
 */
#pragma once

#include <stdbool.h>

#include "api/guard.h"
#include "api/reply.h"

#define API_WAIT_MAX_S 30
#define API_WAITS_MAX 256 /* requests held by ?wait=; one more is answered without waiting */
#define API_BODIES_MAX ((size_t)32 << 20) /* bytes of all bodies that are being read */
#define API_DRAIN_MAX ((size_t)64 << 10)  /* bytes read past a refusal */
#define API_IDEMPOTENCY_KEY_MAX 128

struct api_request;

/* What all requests of a server share. */
struct api_budget {
	unsigned waits;
	size_t body_bytes;
};

struct api_request_spec {
	struct svc *svc;
	struct api_budget *budget;
	const char *principal; /* must outlive the request */
	void (*on_ready)(void *data);
	void *data;
};

int api_request_new(
	struct api_request **ret_request, const struct api_request_spec *spec, struct np_err *err);
struct api_request *api_request_free(struct api_request *request);

void api_request_head(
	struct api_request *request, const struct api_head *head, const char *raw_target);

/* False: the client goes on sending after a refusal; answer and close at once. */
bool api_request_data(struct api_request *request, const void *data, size_t size);

void api_request_run(struct api_request *request);

/* Ends whatever the request waits for and answers with @err. Calls on_ready if that was still due.
 */
void api_request_abort(struct api_request *request, const struct np_err *err);

/* Its status is 0 until there is one. */
struct api_reply *api_request_reply(struct api_request *request);
