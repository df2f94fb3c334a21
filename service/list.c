/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers: lists with filters and pages, single objects with Location and ETag. */
#include <string.h>

#include "base/wwn.h"
#include "service/core.h"

static void value_text(const json_t *value, char *text, size_t size)
{
	text[0] = '\0';
	if (json_is_string(value))
		(void)snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		(void)snprintf(text, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		(void)snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
}

/* Equal as text, or as WWNs written in two ways. */
static bool matches(const json_t *value, const char *wanted)
{
	char text[256], canonical[NP_WWN_TEXT];
	uint64_t wwn;

	value_text(value, text, sizeof text);
	if (strcmp(text, wanted) == 0)
		return true;
	return np_wwn_parse(wanted, &wwn, NULL) == 0 &&
	       strcmp(text, np_wwn_text(wwn, canonical)) == 0;
}

static bool is_page_word(const char *name)
{
	static const char *const words[] = { "limit", "after", "wait", "dry_run" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i], name) == 0)
			return true;
	}
	return false;
}

static bool passes(const json_t *row, const json_t *query)
{
	for (void *it = json_object_iter((json_t *)(uintptr_t)query); it;
		it = json_object_iter_next((json_t *)(uintptr_t)query, it)) {
		const char *name = json_object_iter_key(it);

		if (!is_page_word(name) && !matches(json_object_get(row, name),
						   json_string_value(json_object_iter_value(it))))
			return false;
	}
	return true;
}

static int check_filters(const json_t *rows, const json_t *query, struct np_err *err)
{
	if (json_array_size(rows) == 0)
		return 0;
	for (void *it = json_object_iter((json_t *)(uintptr_t)query); it;
		it = json_object_iter_next((json_t *)(uintptr_t)query, it)) {
		const char *name = json_object_iter_key(it);
		bool known = is_page_word(name);

		for (size_t i = 0; !known && i < json_array_size(rows); i++)
			known = json_object_get(json_array_get(rows, i), name) != NULL;
		if (!known)
			return np_fail_field(err, name, "is no field of this list");
	}
	return 0;
}

int svc_query_number(const json_t *query, const char *name, int64_t preset, int64_t min,
	int64_t max, int64_t *ret_number, struct np_err *err)
{
	const char *text = np_json_text(query, name);
	char *end;

	*ret_number = preset;
	if (!*text)
		return 0;
	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	if (errno || *end || *ret_number < min || *ret_number > max)
		return np_fail_field(err, name, "must be a number within %lld and %lld",
			(long long)min, (long long)max);
	return 0;
}

int svc_answer_list(const struct svc_call *call, json_t *rows, const char *key,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *owned = rows;
	np_auto(np_json_decref) json_t *items = json_array();
	const char *after = np_json_text(call->query, "after");
	bool begun = !*after, more = false;
	char text[256] = "";
	int64_t limit = 0;
	int rc = svc_query_number(
		call->query, "limit", SVC_LIST_DEFAULT, 1, SVC_LIST_MAX, &limit, err);

	if (rc == 0)
		rc = check_filters(rows, call->query, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_array_size(rows) && !more; i++) {
		json_t *row = json_array_get(rows, i);

		if (!begun) {
			value_text(json_object_get(row, key), text, sizeof text);
			begun = strcmp(text, after) == 0;
			continue;
		}
		if (!passes(row, call->query))
			continue;
		if (json_array_size(items) == (size_t)limit)
			more = true;
		else
			(void)json_array_append(items, row);
	}
	if (!begun)
		return np_fail_field(
			err, "after", "'%.64s' is not there any more: begin anew", after);
	json_t *body = json_pack("{s:O}", "items", items);
	if (more) {
		value_text(json_object_get(json_array_get(items, (size_t)limit - 1), key), text,
			sizeof text);
		(void)json_object_set_new(body, "next", json_string(text));
	}
	*ret_result = (struct svc_result){ .body = body };
	return body ? 0 : np_fail_nomem(err);
}

int svc_answer(json_t *body, enum svc_status status, const char *noun, const char *key,
	struct svc_result *ret_result, struct np_err *err)
{
	struct svc_result result = { .status = status, .body = body };

	if (!body)
		return np_fail_nomem(err);
	if (status == SVC_CREATED && noun)
		(void)snprintf(result.location, sizeof result.location, "/v1/%s/%s", noun, key);
	if (json_object_get(body, "generation"))
		(void)snprintf(result.etag, sizeof result.etag, "%lld",
			(long long)np_json_int(body, "generation"));
	*ret_result = result;
	return 0;
}

int svc_check_match(const struct svc_call *call, const json_t *row, struct np_err *err)
{
	char etag[32];

	(void)snprintf(etag, sizeof etag, "%lld", (long long)np_json_int(row, "generation"));
	if (call->if_match && strcmp(call->if_match, "*") != 0 && strcmp(call->if_match, etag) != 0)
		return np_fail(err, NP_STALE,
			"the record was changed meanwhile: it has generation %s, not %.32s", etag,
			call->if_match);
	return 0;
}

int svc_wwn_key(const char *key, char text[static 17], struct np_err *err)
{
	uint64_t wwn = 0;
	int rc = np_wwn_parse(key, &wwn, err);

	if (rc == 0)
		(void)np_wwn_text(wwn, text);
	return rc;
}
