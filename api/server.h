/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The HTTP server on the loop (sole includer of microhttpd.h). libmicrohttpd runs without a thread:
 * its epoll descriptor is a source of the loop. A request that waits is suspended; nothing here
 * blocks, except api_server_free, for at most API_STOP_MS.
 *
 * libmicrohttpd's own time-out starts anew with each byte, so each phase of a request has a
 * deadline of ours, and a connection that misses it is shut down.
 *
 * What libmicrohttpd refuses before it calls us is answered with its own HTML page: a request line or
 * header over API_CONNECTION_MEMORY (414, 431), a missing Host (400), a bad Content-Length (400 or 413,
 * with its header block twice); or with nothing, and closed: a request line that is none.
 */
#pragma once

#include "service/service.h"

#define API_CONNECTION_MEMORY ((size_t)16 << 10) /* of request line and headers */
#define API_CONNECTIONS_MAX 512u
#define API_IDLE_MS 60000   /* from one request to the request line of the next */
#define API_HEADER_MS 10000 /* from the request line to the end of the headers */
#define API_BODY_MS 30000   /* from there to the end of the body */
#define API_REPLY_MS 30000  /* until the client has taken the reply */
#define API_STOP_MS 1000    /* for the replies that are due when the server ends */

struct api_server;

struct api_server_spec {
	int listen_fd;		  /* a listening Unix socket; taken over on success */
	unsigned connections_max; /* 0 in this and each of the following: the constant above */
	int64_t idle_ms, header_ms, body_ms, reply_ms;
};

/* @event and @svc outlive the server. */
int api_server_new(struct api_server **ret_server, sd_event *event, struct svc *svc,
	const struct api_server_spec *spec, struct np_err *err);

/* Takes no new connections, answers what waits with 503, ends. */
struct api_server *api_server_free(struct api_server *server);
static inline void api_server_freep(struct api_server **server)
{
	*server = api_server_free(*server);
}
