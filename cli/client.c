/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

#include <string.h>
#include <time.h>

struct cli_client {
	struct np_http *http;
	int64_t timeout_ms;
	int64_t operation;
	void (*trace)(void *data, const char *line);
	void *data;
};

int64_t cli_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct cli_client *cli_client_free(struct cli_client *client)
{
	if (client) {
		np_http_free(client->http);
		free(client);
	}
	return NULL;
}

int cli_client_new(
	struct cli_client **ret_client, const struct cli_client_spec *spec, struct np_err *err)
{
	np_auto(cli_client_freep) struct cli_client *client = calloc(1, sizeof *client);

	if (!client)
		return np_fail_nomem(err);
	client->timeout_ms = spec->timeout_ms;
	client->trace = spec->trace;
	client->data = spec->data;
	int rc = np_http_new(&client->http, spec->server, err);
	if (rc < 0)
		return rc;
	*ret_client = np_take(client);
	return 0;
}

int64_t cli_client_operation(const struct cli_client *client)
{
	return client->operation;
}

static void trace_request(const struct cli_client *client, const struct cli_request *request)
{
	np_auto(np_free) char *body = NULL;
	np_auto(np_free) char *line = NULL;

	if (!client->trace)
		return;
	body = request->body ? json_dumps(request->body, JSON_COMPACT) : NULL;
	if (asprintf(&line, "> %s %s%s%s", request->method, request->path, body ? " " : "",
		    body ? body : "") < 0) {
		line = NULL;
		return;
	}
	client->trace(client->data, line);
}

static void trace_reply(
	const struct cli_client *client, const struct np_http_reply *reply, int64_t ms)
{
	char line[512];

	if (!client->trace)
		return;
	(void)snprintf(line, sizeof line, "< %ld in %lld ms%s%s%s%s", reply->status, (long long)ms,
		reply->etag[0] ? " etag " : "", reply->etag, reply->location[0] ? " location " : "",
		reply->location);
	client->trace(client->data, line);
}

int cli_client_call(struct cli_client *client, const struct cli_request *request,
	struct np_http_reply *ret_reply, struct np_err *err)
{
	struct np_http_reply reply = { 0 };
	char if_match[96];
	const char *headers[2] = { NULL, NULL };
	struct np_http_request http = {
		.method = request->method,
		.path = request->path,
		.body = request->body,
		.headers = headers,
		.timeout_ms = request->timeout_ms ? request->timeout_ms : client->timeout_ms,
	};

	client->operation = 0;
	if (request->if_match) {
		bool quoted = request->if_match[0] == '"';

		(void)snprintf(if_match, sizeof if_match,
			quoted ? "If-Match: %s" : "If-Match: \"%s\"", request->if_match);
		headers[0] = if_match;
	}
	trace_request(client, request);
	int64_t began = cli_now_ms();
	int rc = np_http_call(client->http, &http, &reply, err);
	if (rc == -NP_TIMEOUT)
		return np_hint(err,
			np_fail(err, NP_TIMEOUT, "npivd gave no answer in %lld s",
				(long long)(http.timeout_ms + 500) / 1000),
			"systemctl status npivd; what it began may still finish: npivctl op list");
	if (rc < 0)
		return rc;
	trace_reply(client, &reply, cli_now_ms() - began);
	rc = np_http_check(&reply, err);
	if (rc < 0) {
		client->operation = np_json_int(reply.body, "operation");
		np_http_reply_done(&reply);
		return rc;
	}
	*ret_reply = reply;
	return 0;
}

/* A GET whose answer must be a JSON object. */
static int get_object(struct cli_client *client, const char *path, int64_t timeout_ms,
	json_t **ret_object, struct np_err *err)
{
	struct np_http_reply reply = { 0 };
	int rc = cli_client_call(client,
		&(struct cli_request){ .method = "GET", .path = path, .timeout_ms = timeout_ms },
		&reply, err);

	if (rc < 0)
		return rc;
	if (json_is_object(reply.body))
		*ret_object = json_incref(reply.body);
	else
		rc = np_fail(err, NP_PEER, "GET %s: the answer is not a JSON object", path);
	np_http_reply_done(&reply);
	return rc;
}

int cli_client_get(
	struct cli_client *client, const char *path, json_t **ret_object, struct np_err *err)
{
	return get_object(client, path, 0, ret_object, err);
}

static int put_escaped(FILE *out, const char *text, struct np_err *err)
{
	np_auto(np_free) char *escaped = np_http_escape(text);

	if (!escaped)
		return np_fail_nomem(err);
	(void)fputs(escaped, out);
	return 0;
}

int cli_url(
	char **ret_url, const char *path, const char *key, const json_t *query, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&url, &size);
	char mark = '?';
	const char *name;
	json_t *value;
	int rc = 0;

	if (!out)
		return np_fail_nomem(err);
	(void)fputs(path, out);
	if (key) {
		(void)fputc('/', out);
		rc = put_escaped(out, key, err);
	}
	json_object_foreach ((json_t *)(uintptr_t)query, name, value) {
		if (rc == 0) {
			(void)fprintf(out, "%c%s=", mark, name);
			rc = put_escaped(out, json_string_value(value), err);
		}
		mark = '&';
	}
	if (fclose(out) != 0)
		return np_fail_nomem(err);
	if (rc == 0)
		*ret_url = np_take(url);
	return rc;
}

/* Appends the items of one page to @list; *ret_next is borrowed from @page, NULL at the end. */
static int add_page(json_t *list, const json_t *page, const char *path, const char **ret_next,
	struct np_err *err)
{
	json_t *items = json_object_get(list, "items"), *more = json_object_get(page, "items");

	if (!json_is_array(more))
		return np_fail(err, NP_PEER, "GET %s: the answer has no items", path);
	if (json_array_size(items) + json_array_size(more) > CLI_LIST_MAX)
		return np_hint(err,
			np_fail(err, NP_TOOBIG, "GET %s: more than %d items", path, CLI_LIST_MAX),
			"narrow the list with FIELD=VALUE");
	if (json_array_extend(items, more) < 0)
		return np_fail_nomem(err);
	/* Where the events of the future will be is no page of a list. */
	*ret_next =
		json_array_size(more) > 0 ? json_string_value(json_object_get(page, "next")) : NULL;
	return 0;
}

int cli_client_list(struct cli_client *client, const char *path, const json_t *query,
	json_t **ret_list, struct np_err *err)
{
	np_auto(np_json_decref) json_t *list = json_pack("{s:[]}", "items");
	np_auto(np_json_decref) json_t *params =
		query ? json_copy((json_t *)(uintptr_t)query) : json_object();
	bool one_page = json_object_get(params, "limit");
	char limit[16];

	if (!list || !params)
		return np_fail_nomem(err);
	(void)snprintf(limit, sizeof limit, "%d", CLI_PAGE);
	if (!one_page)
		np_json_set_text(params, "limit", limit);
	for (;;) {
		np_auto(np_free) char *url = NULL;
		np_auto(np_json_decref) json_t *page = NULL;
		const char *next = NULL;
		int rc = cli_url(&url, path, NULL, params, err);

		if (rc == 0)
			rc = cli_client_get(client, url, &page, err);
		if (rc == 0)
			rc = add_page(list, page, path, &next, err);
		if (rc < 0)
			return rc;
		if (next && one_page)
			np_json_set_text(list, "next", next);
		if (!next || one_page)
			break;
		/* A page that leads to itself would never end. */
		if (strcmp(next, np_json_text(params, "after")) == 0)
			return np_fail(
				err, NP_PEER, "GET %s: page '%s' leads to itself", path, next);
		np_json_set_text(params, "after", next);
	}
	*ret_list = np_take(list);
	return 0;
}

bool cli_operation_is_over(const json_t *operation)
{
	static const char *const over[] = { "DONE", "FAILED", "STUCK", "TIMEOUT" };
	const char *state = np_json_text(operation, "state");

	for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
		if (strcmp(state, over[i]) == 0)
			return true;
	}
	return false;
}

int cli_operation_result(const json_t *operation, struct np_err *err)
{
	const char *state = np_json_text(operation, "state");
	const json_t *error = json_object_get(operation, "error");
	long long id = np_json_int(operation, "id");
	enum np_code code = NP_FAILED;

	if (strcmp(state, "DONE") == 0)
		return 0;
	if (strcmp(state, "STUCK") == 0)
		code = NP_STUCK;
	else if (strcmp(state, "FAILED") != 0)
		code = NP_TIMEOUT;
	if (json_is_object(error)) {
		(void)np_err_from_json(err, error);
		if (err)
			err->code = code;
		return -(int)code;
	}
	if (code == NP_TIMEOUT)
		return np_hint(err,
			np_fail(err, NP_TIMEOUT, "operation %lld is still at work (%s)", id, state),
			"npivctl op wait %lld", id);
	return np_fail(err, code, "operation %lld is %s", id, state);
}

static int still_running(const struct cli_follow *follow, struct np_err *err)
{
	return np_hint(err,
		np_fail(err, NP_TIMEOUT, "operation %lld still runs", (long long)follow->id),
		"npivctl op wait %lld", (long long)follow->id);
}

int cli_client_follow(struct cli_client *client, const struct cli_follow *follow,
	json_t **ret_operation, struct np_err *err)
{
	for (;;) {
		np_auto(np_json_decref) json_t *operation = NULL;
		char path[96];
		int64_t began = cli_now_ms(), held_ms = (int64_t)follow->slice_s * 1000;
		int64_t left = follow->deadline_ms ? follow->deadline_ms - began : INT64_MAX;

		if (left <= 0)
			return still_running(follow, err);
		int64_t wait_s = left < held_ms ? (left + 999) / 1000 : follow->slice_s;
		int64_t timeout_ms = wait_s * 1000 + CLI_HELD_MS;
		(void)snprintf(path, sizeof path, "/v1/operations/%lld?wait=%lld",
			(long long)follow->id, (long long)wait_s);
		int rc = get_object(
			client, path, timeout_ms < left ? timeout_ms : left, &operation, err);
		if (rc == -NP_TIMEOUT && timeout_ms >= left)
			return still_running(follow, err);
		if (rc < 0)
			return rc;
		bool stop = follow->step && !follow->step(follow->data, operation);
		if (cli_operation_is_over(operation)) {
			*ret_operation = np_take(operation);
			return 0;
		}
		if (stop)
			return still_running(follow, err);
	}
}
