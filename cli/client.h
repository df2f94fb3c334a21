/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of npivd's REST API: get, list with paging, mutate, follow an operation. Blocking. It
 * knows nothing of command lines, so that npivctl and npivd-hook share it.
 *
 * A reply with an error status is an error here: its problem+json becomes the struct np_err, and
 * the operation that it names is kept for cli_client_operation().
 */
#pragma once

#include "base/http.h"

#define CLI_LIST_MAX 100000 /* items that one list may hold in memory */
#define CLI_PAGE 1000	    /* items of one page: the API's maximum */
#define CLI_HELD_MS 5000    /* what a held request may take above its ?wait= */

struct cli_client;

struct cli_client_spec {
	const char *server; /* as np_http_new takes it */
	int64_t timeout_ms; /* of one request */
	void (*trace)(
		void *data, const char *line); /* each request and reply; NULL: nobody looks */
	void *data;
};

struct cli_request {
	const char *method, *path;
	const json_t *body;   /* NULL: none */
	const char *if_match; /* NULL: none */
	int64_t timeout_ms;   /* 0: the client's */
};

int cli_client_new(
	struct cli_client **ret_client, const struct cli_client_spec *spec, struct np_err *err);
struct cli_client *cli_client_free(struct cli_client *client);
static inline void cli_client_freep(struct cli_client **client)
{
	*client = cli_client_free(*client);
}

/* One request; a status of 400 and above is an error. The caller frees the reply on success only.
 */
int cli_client_call(struct cli_client *client, const struct cli_request *request,
	struct np_http_reply *ret_reply, struct np_err *err);

/* GET of one object; a new reference. */
int cli_client_get(
	struct cli_client *client, const char *path, json_t **ret_object, struct np_err *err);

/*
 * GET of a list, all its pages: {"items": [...]}. @query is an object of texts or NULL; with a
 * "limit" in it only that one page is read (its "next" stays in). -NP_TOOBIG above CLI_LIST_MAX.
 */
int cli_client_list(struct cli_client *client, const char *path, const json_t *query,
	json_t **ret_list, struct np_err *err);

/* The operation that the last failed call named, or 0. */
int64_t cli_client_operation(const struct cli_client *client);

struct cli_follow {
	int64_t id;
	int64_t deadline_ms; /* on cli_now_ms(); 0: none */
	int slice_s;	     /* how long one request is held, 1-30 */
	/* Each answer; false: stop following. NULL: nobody looks. */
	bool (*step)(void *data, const json_t *operation);
	void *data;
};

/*
 * Asks for the operation until it is over. 0: *ret_operation is its last state. -NP_TIMEOUT when
 * the deadline passed or @step said stop; the operation goes on.
 */
int cli_client_follow(struct cli_client *client, const struct cli_follow *follow,
	json_t **ret_operation, struct np_err *err);

/* Nothing more will happen by itself: DONE, FAILED, STUCK, and TIMEOUT (past its deadline). */
bool cli_operation_is_over(const json_t *operation);

/* DONE is 0; else -NP_FAILED, -NP_STUCK or -NP_TIMEOUT with the operation's own words. */
int cli_operation_result(const json_t *operation, struct np_err *err);

/* PATH[/KEY][?QUERY], escaped; @key and @query (an object of texts) may be NULL. The caller's. */
int cli_url(
	char **ret_url, const char *path, const char *key, const json_t *query, struct np_err *err);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t cli_now_ms(void);
