/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small blocking HTTP client for JSON (sole includer of libcurl): npivctl and the hook use it
 * over the Unix socket, fabric and array lanes over HTTPS. Redirects are not followed, a proxy is not
 * asked. Never called from npivd's loop.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define NP_HTTP_REPLY_MAX (64u << 20)
#define NP_HTTP_TIMEOUT_MS 30000 /* of a call that names none */

struct np_http;

/* How to talk to a server; texts may be NULL or "" and are copied. */
struct np_http_spec {
	const char *server;  /* "unix:/run/npivd/api.sock", a bare path, or an http(s) URL */
	const char *ca_file; /* PEM; else the system's authorities */
	const char *
		fingerprint; /* "sha256//BASE64" of its public key: without ca_file that alone proves who it is */
	const char *user, *secret; /* of requests that are .basic */
	const char *user_agent;	   /* else npivd/VERSION */
	const char *media_type,
		*accept;  /* of bodies there and back; else JSON as npivd's API has it */
	const char *keep; /* a header of replies, e.g. "Authorization" */
	bool cookies;	  /* what it sets comes with later requests */
};

struct np_http_request {
	const char *method;	    /* "GET", ... */
	const char *path;	    /* "/v1/guests?limit=10", already encoded */
	const json_t *body;	    /* NULL: none */
	const char *const *headers; /* "Idempotency-Key: ...", NULL-terminated; NULL: none */
	int64_t timeout_ms;	    /* of the whole call */
	bool basic;		    /* with user and secret */
	bool reads;		    /* it changes nothing, although it is no GET */
};

struct np_http_reply {
	long status;
	json_t *body;	    /* NULL when the reply has none or is not JSON */
	char *text;	    /* a body that does not claim to be JSON; NULL: none */
	char location[256]; /* Location header or "" */
	char etag[64];
	char kept[512]; /* the header of np_http_spec.keep, or "" */
};

/*
 * -NP_INVAL for a server or fingerprint that is none. There is no way to talk to a server over TLS that is not
 * proved to be the right one.
 */
int np_http_new_spec(
	struct np_http **ret_http, const struct np_http_spec *spec, struct np_err *err);
int np_http_new(struct np_http **ret_http, const char *server, struct np_err *err);
struct np_http *np_http_free(struct np_http *http);
static inline void np_http_freep(struct np_http **http)
{
	*http = np_http_free(*http);
}

/*
 * One request, which reaches the server once at most unless it only reads. 0: a reply came, whatever its
 * status (>= 400: see np_http_check). Negative: no reply: -NP_UNREACHABLE (no socket, nobody listens),
 * -NP_DENIED (the socket may not be opened), -NP_TIMEOUT, -NP_PEER (closed, over NP_HTTP_REPLY_MAX, bad
 * certificate, broken JSON).
 */
int np_http_call(struct np_http *http, const struct np_http_request *request,
	struct np_http_reply *ret_reply, struct np_err *err);
void np_http_reply_done(struct np_http_reply *reply);

/* A reply with status >= 400 as an error, its problem+json read into @err; else 0. */
int np_http_check(const struct np_http_reply *reply, struct np_err *err);

/* Percent-encodes one path segment or query value; the caller's. NULL when out of memory. */
char *np_http_escape(const char *text);
