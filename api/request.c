/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/request.h"

#include <string.h>
#include <time.h>

#include "api/fingerprint.h"
#include "api/routes.h"
#include "base/log.h"

#define BODY_FIRST 4096
#define HTTP_BAD_REQUEST 400
#define HTTP_METHOD_NOT_ALLOWED 405
#define HTTP_URI_TOO_LONG 414
#define HTTP_HEADERS_TOO_LARGE 431

struct api_request {
	struct api_request_spec spec;
	struct api_target target;
	struct api_match match;
	struct api_reply reply;
	char method[16];
	char if_match[64];
	char idempotency_key[API_IDEMPOTENCY_KEY_MAX + 1];
	char fingerprint[API_FINGERPRINT_TEXT];
	bool dry_run;
	int64_t deadline_ms; /* of ?wait=; 0: none */
	char *text;	     /* the body as it came */
	size_t text_size, text_room, drained;
	json_t *body;
	int64_t operation;			    /* that the reply will wait for; 0: none */
	int64_t shows;				    /* the operation that is the body; 0: none */
	int64_t events_after;			    /* that the reply will wait for; -1: none */
	void (*go_on)(struct api_request *request); /* when the wait is over */
	bool run, waiting, ready;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void refuse(struct api_request *request, unsigned status, const struct np_err *err)
{
	api_reply_error(&request->reply, status, err, request->target.path, NULL);
}

/* The request cannot be trusted to end where it says: answer, and read nothing more from there. */
static void refuse_and_close(struct api_request *request, unsigned status, const struct np_err *err)
{
	refuse(request, status, err);
	request->reply.close = true;
}

static bool has_flag(const struct api_request *request, enum api_route_flags flag)
{
	return request->match.route->flags & (unsigned)flag;
}

/* Query. */

static int take_dry_run(struct api_request *request, const char *value, struct np_err *err)
{
	if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
		request->dry_run = true;
	else if (strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
		return np_fail_field(err, "dry_run", "must be 1 or 0, not '%s'", value);
	return 0;
}

static int take_wait(struct api_request *request, const char *value, struct np_err *err)
{
	size_t digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 2 || value[digits] || strtol(value, NULL, 10) > API_WAIT_MAX_S)
		return np_fail_field(
			err, "wait", "must be 0 to %d seconds, not '%s'", API_WAIT_MAX_S, value);
	request->deadline_ms = now_ms() + strtol(value, NULL, 10) * 1000;
	return 0;
}

static bool may_wait(const struct api_route *route)
{
	return api_route_is_mutation(route) ||
	       route->flags & (API_ROUTE_EVENTS | API_ROUTE_OPERATION);
}

/* Parameters that are the API's own; the service sees the rest. */
static const struct parameter {
	const char *name;
	bool (*fits)(const struct api_route *route);
	int (*take)(struct api_request *request, const char *value, struct np_err *err);
} parameters[] = {
	{ "dry_run", api_route_is_mutation, take_dry_run },
	{ "wait", may_wait, take_wait },
};

static int take_parameters(struct api_request *request, struct np_err *err)
{
	json_t *query = request->target.query;

	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		const char *value = json_string_value(json_object_get(query, parameters[i].name));
		if (!value || !parameters[i].fits(request->match.route))
			continue;
		int rc = parameters[i].take(request, value, err);
		if (rc < 0)
			return rc;
		(void)json_object_del(query, parameters[i].name);
	}
	void *rest = json_object_iter(query);
	if (rest && !has_flag(request, API_ROUTE_LIST))
		return np_fail_field(err, json_object_iter_key(rest), "no such parameter of '%s'",
			request->match.route->path);
	return 0;
}

/* Headers. */

static int take_if_match(
	struct api_request *request, const struct api_header *header, struct np_err *err)
{
	size_t len = header->value_len;

	if (len == 1 && header->value[0] == '*')
		return 0;
	if (len < 3 || len - 2 >= sizeof request->if_match || header->value[0] != '"' ||
		header->value[len - 1] != '"' || memchr(header->value + 1, '"', len - 2))
		return np_fail_field(err, "If-Match", "must be one ETag in double quotes, or *");
	memcpy(request->if_match, header->value + 1, len - 2);
	return 0;
}

static int take_idempotency_key(
	struct api_request *request, const struct api_header *header, struct np_err *err)
{
	if (header->value_len == 0 || header->value_len > API_IDEMPOTENCY_KEY_MAX)
		return np_fail_field(err, "Idempotency-Key", "must have 1 to %d characters",
			API_IDEMPOTENCY_KEY_MAX);
	for (size_t i = 0; i < header->value_len; i++) {
		if (header->value[i] <= 0x20 || header->value[i] > 0x7e)
			return np_fail_field(
				err, "Idempotency-Key", "must have visible ASCII characters only");
	}
	if (strcmp(request->match.route->method, "POST") == 0)
		memcpy(request->idempotency_key, header->value, header->value_len);
	return 0;
}

static int take_headers(
	struct api_request *request, const struct api_head *head, struct np_err *err)
{
	const struct api_header *match = api_guard_header(head, "If-Match");
	const struct api_header *key = api_guard_header(head, "Idempotency-Key");
	int rc = match ? take_if_match(request, match, err) : 0;

	if (rc == 0 && key)
		rc = take_idempotency_key(request, key, err);
	return rc;
}

/* Head. */

static bool check_head(struct api_request *request, const struct api_head *head,
	const char *raw_target, struct api_framing *framing)
{
	struct np_err err;
	int rc = api_guard(head, framing, &err);

	if (rc < 0) {
		refuse_and_close(request,
			rc == -NP_TOOBIG ? HTTP_HEADERS_TOO_LARGE : HTTP_BAD_REQUEST, &err);
		return false;
	}
	rc = api_target_parse(&request->target, raw_target, &err);
	if (rc < 0) {
		request->target.path[0] = '\0';
		refuse_and_close(
			request, rc == -NP_TOOBIG ? HTTP_URI_TOO_LONG : HTTP_BAD_REQUEST, &err);
		return false;
	}
	(void)snprintf(request->method, sizeof request->method, "%s", head->method);
	return true;
}

static bool find_route(struct api_request *request)
{
	struct np_err err;
	char allow[API_ALLOW_MAX];
	int rc = api_route_find(&request->target, request->method, &request->match, allow, &err);

	if (rc == 0)
		return true;
	refuse(request, rc == -NP_UNSUPPORTED ? HTTP_METHOD_NOT_ALLOWED : 0, &err);
	(void)snprintf(request->reply.allow, sizeof request->reply.allow, "%s", allow);
	return false;
}

static void check_body_size(struct api_request *request, const struct api_framing *framing)
{
	size_t max = request->match.route->body_max;
	struct np_err err;

	if (framing->has_body && max == 0) {
		(void)np_fail(&err, NP_INVAL, "%s '%s' takes no body", request->method,
			request->target.path);
		refuse_and_close(request, HTTP_BAD_REQUEST, &err);
	} else if (framing->length > max) {
		(void)np_fail(&err, NP_TOOBIG, "body: over %zu bytes", max);
		refuse_and_close(request, 0, &err);
	}
}

static void take_head(
	struct api_request *request, const struct api_head *head, const struct api_framing *framing)
{
	struct np_err err;

	if (!find_route(request))
		return;
	if (take_parameters(request, &err) < 0 || take_headers(request, head, &err) < 0)
		refuse(request, 0, &err);
	else
		check_body_size(request, framing);
}

void api_request_head(
	struct api_request *request, const struct api_head *head, const char *raw_target)
{
	struct api_framing framing;

	if (!check_head(request, head, raw_target, &framing))
		return;
	take_head(request, head, &framing);
	if (request->reply.status && framing.has_body)
		request->reply.close = true;
}

/* Body. */

static int make_room(struct api_request *request, size_t size, struct np_err *err)
{
	size_t need = request->text_size + size;
	size_t room = request->text_room ? request->text_room : BODY_FIRST;

	if (need > request->match.route->body_max)
		return np_fail(
			err, NP_TOOBIG, "body: over %zu bytes", request->match.route->body_max);
	while (room < need)
		room *= 2;
	size_t more = room - request->text_room;
	if (more == 0)
		return 0;
	if (request->spec.budget->body_bytes + more > API_BODIES_MAX)
		return np_fail(err, NP_BUSY, "body: too many bytes are being received at once");
	char *text = realloc(request->text, room);
	if (!text)
		return np_fail_nomem(err);
	request->text = text;
	request->text_room = room;
	request->spec.budget->body_bytes += more;
	return 0;
}

static void drop_text(struct api_request *request)
{
	request->spec.budget->body_bytes -= request->text_room;
	free(request->text);
	request->text = NULL;
	request->text_size = request->text_room = 0;
}

bool api_request_data(struct api_request *request, const void *data, size_t size)
{
	struct np_err err;

	if (!request->reply.status && make_room(request, size, &err) < 0) {
		refuse_and_close(request, 0, &err);
		drop_text(request);
	}
	if (request->reply.status || !request->text) {
		request->drained += size;
		return request->drained <= API_DRAIN_MAX;
	}
	memcpy(request->text + request->text_size, data, size);
	request->text_size += size;
	return true;
}

static int parse_body(struct api_request *request, struct np_err *err)
{
	const struct api_route *route = request->match.route;

	if (route->body_max == 0)
		return 0;
	if (request->text_size == 0 && route->flags & API_ROUTE_BODY_OPTIONAL) {
		request->body = json_object();
		return request->body ? 0 : np_fail_nomem(err);
	}
	if (request->text_size == 0)
		return np_fail(err, NP_INVAL, "body: %s '%s' needs a JSON object", route->method,
			route->path);
	int rc = np_json_parse(request->text, request->text_size, &request->body, err);
	if (rc < 0)
		return np_wrap(err, rc, "body");
	if (!json_is_object(request->body))
		return np_fail(err, NP_INVAL, "body: not a JSON object");
	return 0;
}

/* Use case, commit, waiting: each ends in the next one's callback, the last one in finish. */

static void finish(struct api_request *request)
{
	request->ready = true;
	request->spec.on_ready(request->spec.data);
}

static void fail(struct api_request *request, const struct np_err *err)
{
	static const struct np_log_field none = { 0 };
	const struct np_code_row *row = np_code_row((int)err->code);
	const struct np_log_field fields[] = {
		{ "NPIV_PRINCIPAL", request->spec.principal },
		{ "NPIV_CODE", row->name },
		none,
	};

	np_log_fields(row->http >= 500 ? LOG_WARNING : LOG_DEBUG, fields, "%s %s: %s",
		request->method, request->target.path, err->msg);
	refuse(request, 0, err);
	request->operation = 0;
	request->events_after = -1;
}

static void note_waiting(struct api_request *request, bool waiting)
{
	if (request->waiting != waiting)
		request->spec.budget->waits += waiting ? 1u : -1u;
	request->waiting = waiting;
}

static void on_operation(void *data, const json_t *operation)
{
	struct api_request *request = data;

	note_waiting(request, false);
	request->operation = request->shows = 0;
	if (strcmp(request->match.route->method, "GET") == 0)
		api_reply_json(&request->reply, operation);
	else
		api_reply_operation(&request->reply, operation,
			has_flag(request, API_ROUTE_OPERATION), request->target.path);
	request->go_on(request);
}

static void on_event(void *data)
{
	struct api_request *request = data;

	note_waiting(request, false);
	request->go_on(request);
}

/* 0: a wait has begun and its callback goes on; else the reply that is there is the answer. */
static int begin_wait(struct api_request *request, struct np_err *err)
{
	int64_t left = request->deadline_ms - now_ms();
	bool wanted = request->operation > 0 || request->events_after >= 0;

	if (!wanted || left <= 0 || request->spec.budget->waits >= API_WAITS_MAX)
		return -NP_BUSY;
	note_waiting(request, true);
	int rc = request->operation > 0 ? svc_operation_wait(request->spec.svc, request->operation,
						  left, on_operation, request, err)
					: svc_event_wait(request->spec.svc, request->events_after,
						  left, on_event, request, err);
	if (rc < 0)
		note_waiting(request, false);
	return rc;
}

static void show_operation(struct api_request *request)
{
	char key[24];
	struct svc_call call = { .keys = { key }, .reads = true };
	struct svc_result result = { 0 };
	struct np_err err;

	(void)snprintf(key, sizeof key, "%lld", (long long)request->shows);
	if (svc_run(request->spec.svc, svc_operation_get, &call, &result, &err) < 0)
		fail(request, &err);
	else
		api_reply_body(&request->reply, result.body);
	svc_result_done(&result);
}

static void on_flushed(void *data, int rc, const struct np_err *err)
{
	struct api_request *request = data;

	if (rc < 0)
		fail(request, err);
	else if (begin_wait(request, NULL) == 0)
		return;
	else if (request->shows)
		show_operation(request);
	finish(request);
}

/* Whatever the reply says, it may rest on what other requests of this turn wrote: nothing goes out
 * before. */
static void commit(struct api_request *request)
{
	struct np_err err;

	if (svc_flush(request->spec.svc, on_flushed, request, &err) == 0)
		return;
	fail(request, &err);
	finish(request);
}

static struct svc_call make_call(const struct api_request *request)
{
	struct svc_call call = {
		.principal = request->spec.principal,
		.query = request->target.query,
		.body = request->body,
		.if_match = request->if_match[0] ? request->if_match : NULL,
		.idempotency_key = request->idempotency_key[0] ? request->idempotency_key : NULL,
		.fingerprint = request->fingerprint[0] ? request->fingerprint : NULL,
		.dry_run = request->dry_run,
		.reads = !api_route_is_mutation(request->match.route),
	};

	memcpy(call.keys, request->match.keys, sizeof call.keys);
	return call;
}

/*
 * Events that the filters leave out would end each wait at once. Returns the id behind which to
 * wait: the newest of the next page without filters.
 */
static int64_t skip_events(struct api_request *request, int64_t after)
{
	struct svc_result result = { 0 };
	struct svc_call call = make_call(request);
	np_auto(np_json_decref) json_t *query = json_object();

	(void)json_object_set_new(query, "after", json_sprintf("%lld", (long long)after));
	(void)json_object_set_new(query, "limit", json_sprintf("%d", SVC_LIST_MAX));
	call.query = query;
	if (svc_run(request->spec.svc, svc_event_list, &call, &result, NULL) < 0)
		return after;
	const json_t *items = json_object_get(result.body, "items");
	size_t count = json_array_size(items);
	if (count)
		after = np_json_int(json_array_get(items, count - 1), "id");
	svc_result_done(&result);
	return after;
}

static void want_events(struct api_request *request, const struct svc_result *result)
{
	const char *after = np_json_text(request->target.query, "after");

	if (json_array_size(json_object_get(result->body, "items")) > 0)
		request->events_after = -1;
	else if (request->events_after < 0)
		request->events_after = strtoll(after, NULL, 10);
	else
		request->events_after = skip_events(request, request->events_after);
}

/* What the reply is to wait for, if the client asked for that. */
static void want(struct api_request *request, const struct svc_result *result)
{
	if (!request->deadline_ms)
		return;
	if (has_flag(request, API_ROUTE_EVENTS))
		want_events(request, result);
	else if (has_flag(request, API_ROUTE_OPERATION) && !request->dry_run)
		request->operation = np_json_int(result->body, "id");
	else
		request->operation = result->operation;
}

static void run_use_case(struct api_request *request)
{
	struct svc_call call = make_call(request);
	struct svc_result result = { 0 };
	struct np_err err;
	int rc = svc_run(request->spec.svc, request->match.route->fn, &call, &result, &err);

	request->go_on = has_flag(request, API_ROUTE_EVENTS) ? run_use_case : commit;
	if (rc < 0) {
		fail(request, &err);
	} else {
		api_reply_result(&request->reply, &result);
		request->shows = result.body ? 0 : result.operation;
		want(request, &result);
	}
	svc_result_done(&result);
	commit(request);
}

/* Without keys, record or commit: this must answer when nothing else can. */
static bool answer_health(struct api_request *request)
{
	struct np_err err;

	if (!has_flag(request, API_ROUTE_LIVE) && !has_flag(request, API_ROUTE_READY))
		return false;
	if (has_flag(request, API_ROUTE_READY) && svc_ready(request->spec.svc, &err) < 0) {
		refuse(request, (unsigned)np_codes[NP_BUSY].http, &err);
		return true;
	}
	np_auto(np_json_decref) json_t *body =
		json_pack("{s:b}", has_flag(request, API_ROUTE_LIVE) ? "live" : "ready", 1);
	api_reply_json(&request->reply, body);
	return true;
}

static bool prepare(struct api_request *request)
{
	struct np_err err;

	if (parse_body(request, &err) < 0) {
		refuse(request, HTTP_BAD_REQUEST, &err);
		return false;
	}
	drop_text(request);
	if (!request->idempotency_key[0])
		return true;
	if (api_fingerprint(request->method, request->target.path, request->target.query,
		    request->body, request->fingerprint, &err) == 0)
		return true;
	fail(request, &err);
	return false;
}

void api_request_run(struct api_request *request)
{
	request->run = true;
	if (answer_health(request) || !prepare(request))
		finish(request);
	else
		run_use_case(request);
}

void api_request_abort(struct api_request *request, const struct np_err *err)
{
	svc_forget(request->spec.svc, request);
	note_waiting(request, false);
	refuse_and_close(request, 0, err);
	if (request->run && !request->ready)
		finish(request);
}

struct api_reply *api_request_reply(struct api_request *request)
{
	return &request->reply;
}

int api_request_new(
	struct api_request **ret_request, const struct api_request_spec *spec, struct np_err *err)
{
	struct api_request *request = calloc(1, sizeof *request);

	if (!request)
		return np_fail_nomem(err);
	request->spec = *spec;
	request->events_after = -1;
	*ret_request = request;
	return 0;
}

struct api_request *api_request_free(struct api_request *request)
{
	if (!request)
		return NULL;
	svc_forget(request->spec.svc, request);
	note_waiting(request, false);
	drop_text(request);
	json_decref(request->body);
	api_reply_done(&request->reply);
	api_target_done(&request->target);
	free(request);
	return NULL;
}
