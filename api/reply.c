/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/reply.h"

#include <string.h>

static const unsigned result_statuses[] = {
	[SVC_OK] = 200,
	[SVC_CREATED] = 201,
	[SVC_ACCEPTED] = 202,
	[SVC_NO_CONTENT] = 204,
};

/* What a state of an operation means to who waited for it. */
static const struct end_row {
	const char *state;
	enum np_code code; /* NP_OK: not an error */
	unsigned status;
	const char *detail;
} end_rows[] = {
	{ "DONE", NP_OK, 200, NULL },
	{ "FAILED", NP_FAILED, 0, "the operation failed" },
	{ "STUCK", NP_STUCK, 0, "the operation is stuck" },
	{ "TIMEOUT", NP_TIMEOUT, 0,
		"the operation is past its deadline; its work may still finish" },
	{ NULL, NP_OK, 202, NULL },
};

/* Foreign text may be no UTF-8; then its bytes are not shown. */
static json_t *safe_text(const char *text)
{
	json_t *json = json_string(text);
	char plain[sizeof(((struct np_err *)0)->msg)];

	if (json)
		return json;
	(void)snprintf(plain, sizeof plain, "%s", text);
	for (char *at = plain; *at; at++) {
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	}
	return json_string(plain);
}

/* The only texts that use cases answer are figures in the format of Prometheus. */
static void set_body(struct api_reply *reply, const json_t *body, const char *type)
{
	bool text = json_is_string(body);

	reply->type = text ? "text/plain; version=0.0.4; charset=utf-8" : type;
	reply->body = text ? strdup(json_string_value(body)) : json_dumps(body, JSON_COMPACT);
	reply->size = reply->body ? strlen(reply->body) : 0;
}

static void restart(struct api_reply *reply, unsigned status)
{
	api_reply_done(reply);
	reply->status = status;
}

void api_reply_done(struct api_reply *reply)
{
	free(reply->body);
	*reply = (struct api_reply){ 0 };
}

void api_reply_error(struct api_reply *reply, unsigned status, const struct np_err *err,
	const char *instance, const json_t *operation)
{
	const struct np_code_row *row = np_code_row((int)err->code);
	np_auto(np_json_decref) json_t *body = json_object();

	restart(reply, status ? status : (unsigned)row->http);
	(void)json_object_set_new(body, "type", json_sprintf(API_PROBLEM_TYPE "%s", row->name));
	(void)json_object_set_new(body, "title", json_string(row->title));
	(void)json_object_set_new(body, "status", json_integer((json_int_t)reply->status));
	(void)json_object_set_new(body, "detail", safe_text(err->msg));
	if (instance && *instance)
		(void)json_object_set_new(body, "instance", safe_text(instance));
	(void)json_object_set_new(body, "code", json_string(row->name));
	if (err->field[0])
		(void)json_object_set_new(body, "field", safe_text(err->field));
	(void)json_object_set_new(body, "hint", safe_text(err->hint[0] ? err->hint : row->hint));
	if (operation)
		(void)json_object_set_new(body, "operation", json_deep_copy(operation));
	set_body(reply, body, "application/problem+json");
}

void api_reply_result(struct api_reply *reply, const struct svc_result *result)
{
	restart(reply, result_statuses[result->status]);
	(void)snprintf(reply->location, sizeof reply->location, "%s", result->location);
	if (result->etag[0])
		(void)snprintf(reply->etag, sizeof reply->etag, "\"%s\"", result->etag);
	if (result->operation && !reply->location[0])
		(void)snprintf(reply->location, sizeof reply->location, "/v1/operations/%lld",
			(long long)result->operation);
	if (result->body && result->status != SVC_NO_CONTENT)
		set_body(reply, result->body, "application/json");
}

void api_reply_body(struct api_reply *reply, const json_t *body)
{
	set_body(reply, body, "application/json");
}

void api_reply_json(struct api_reply *reply, const json_t *body)
{
	restart(reply, 200);
	set_body(reply, body, "application/json");
}

static const struct end_row *find_end(const json_t *operation)
{
	const char *state = np_json_text(operation, "state");
	const struct end_row *row = end_rows;

	while (row->state && strcmp(row->state, state) != 0)
		row++;
	return row;
}

void api_reply_operation(
	struct api_reply *reply, const json_t *operation, bool any_end, const char *instance)
{
	const struct end_row *row = find_end(operation);
	const json_t *why = json_object_get(operation, "error");
	struct np_err err;

	if (row->code != NP_OK && !any_end) {
		(void)np_fail(&err, row->code, "%s", row->detail);
		if (json_is_object(why))
			(void)np_err_from_json(&err, why);
		api_reply_error(reply, 0, &err, instance, operation);
		return;
	}
	api_reply_json(reply, operation);
	if (row->status != 202)
		return;
	reply->status = 202;
	(void)snprintf(reply->location, sizeof reply->location, "/v1/operations/%lld",
		(long long)np_json_int(operation, "id"));
}
