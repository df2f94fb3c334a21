/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lane_wire.h"

#include <string.h>

#define WIRE_GROW_MIN 4096u
#define WIRE_KEEP_MAX (1u << 20) /* an empty buffer over this is given back */

/* Moves what is not handed out yet to the front and makes room for @len bytes and a NUL. */
static int make_room(struct np_wire_buf *buf, size_t len, struct np_err *err)
{
	size_t cap = buf->cap ? buf->cap : WIRE_GROW_MIN;
	char *data;

	if (buf->taken) {
		memmove(buf->data, buf->data + buf->taken, buf->len - buf->taken);
		buf->len -= buf->taken;
		buf->scanned -= buf->taken;
		buf->taken = 0;
	}
	while (cap < buf->len + len + 1)
		cap *= 2;
	if (cap == buf->cap)
		return 0;
	data = realloc(buf->data, cap);
	if (!data)
		return np_fail_nomem(err);
	buf->data = data;
	buf->cap = cap;
	return 0;
}

int np_wire_add(struct np_wire_buf *buf, const void *data, size_t len, struct np_err *err)
{
	if (len == 0)
		return 0;
	int rc = make_room(buf, len, err);
	if (rc < 0)
		return rc;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;

	const char *newline = memchr(buf->data + buf->scanned, '\n', buf->len - buf->scanned);
	size_t first = newline ? (size_t)(newline - buf->data) : buf->len;
	if (first > NP_LANE_MESSAGE_MAX)
		return np_fail(err, NP_TOOBIG, "a message of over %u bytes", NP_LANE_MESSAGE_MAX);
	return 0;
}

void np_wire_done(struct np_wire_buf *buf)
{
	free(buf->data);
	*buf = (struct np_wire_buf){ 0 };
}

char *np_wire_line(struct np_wire_buf *buf, size_t *ret_len)
{
	char *line = buf->data ? buf->data + buf->taken : NULL;
	char *newline =
		line ? memchr(buf->data + buf->scanned, '\n', buf->len - buf->scanned) : NULL;

	if (!newline) {
		buf->scanned = buf->len;
		if (buf->taken == buf->len && buf->cap > WIRE_KEEP_MAX)
			np_wire_done(buf);
		return NULL;
	}
	*newline = '\0';
	*ret_len = (size_t)(newline - line);
	buf->taken = buf->scanned = (size_t)(newline + 1 - buf->data);
	return line;
}

int np_wire_parse_answer(
	const char *line, size_t len, struct np_wire_answer *ret_answer, struct np_err *err)
{
	static const char *const members[] = {
		[NP_WIRE_HELLO] = "hello",
		[NP_WIRE_OK] = "ok",
		[NP_WIRE_ERROR] = "error",
	};
	np_auto(np_json_decref) json_t *json = NULL;

	if (np_json_parse(line, len, &json, err) < 0)
		return np_fail(err, NP_PEER, "not JSON: '%.60s'", line);
	for (enum np_wire_type type = NP_WIRE_HELLO; type <= NP_WIRE_ERROR; type++) {
		json_t *value = json_object_get(json, members[type]);
		json_t *id = json_object_get(json, "id");
		bool has_id = type != NP_WIRE_HELLO;

		if (!value || json_object_size(json) != (has_id ? 2u : 1u))
			continue;
		if ((has_id && !json_is_integer(id)) ||
			(type == NP_WIRE_ERROR && !json_is_object(value)))
			break;
		*ret_answer = (struct np_wire_answer){ type, has_id ? json_integer_value(id) : 0,
			json_incref(value) };
		return 0;
	}
	return np_fail(err, NP_PEER, "neither hello nor an answer: '%.60s'", line);
}

int np_wire_parse_job(const char *line, size_t len, struct np_wire_job *ret_job, struct np_err *err)
{
	np_auto(np_json_decref) json_t *json = NULL;
	int rc = np_json_parse(line, len, &json, err);

	if (rc < 0)
		return rc;
	const json_t *id = json_object_get(json, "id"), *until = json_object_get(json, "until");
	json_t *job = json_object_get(json, "job");
	if (!json_is_integer(id) || !json_is_integer(until) || !json_is_object(job))
		return np_fail(err, NP_PEER, "not a job: '%.60s'", line);
	*ret_job = (struct np_wire_job){ .id = json_integer_value(id),
		.until_ms = json_integer_value(until),
		.job = json_incref(job) };
	return 0;
}

void np_wire_job_done(struct np_wire_job *job)
{
	json_decref(np_take(job->job));
}

json_t *np_wire_result(int rc, json_t *value, const struct np_err *err)
{
	if (rc < 0) {
		json_decref(value);
		return json_pack("{s:o}", "error", np_err_to_json(err));
	}
	return json_pack("{s:o}", "ok", value ? value : json_object());
}
