/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The head of a request, as it comes: guards and target. What they let through has no ambiguity left. */
#include <assert.h>
#include <string.h>

#include "api/guard.h"
#include "api/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts @text at the first @what and returns the rest; NULL when it is not there. */
static char *cut(char *text, const char *what)
{
	char *at = strstr(text, what);

	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(what);
}

static size_t read_headers(char *text, struct api_header *headers, size_t max)
{
	size_t count = 0;

	while (text && *text && count < max) {
		char *rest = cut(text, "\r\n");
		char *value = cut(text, ": ");
		headers[count++] = (struct api_header){ text, strlen(text), value ? value : "",
			value ? strlen(value) : 0 };
		text = rest;
	}
	return count;
}

static size_t count_of(const struct api_head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->headers_count; i++)
		count += strcasecmp(head->headers[i].name, name) == 0;
	return count;
}

static void check_guard(const struct api_head *head)
{
	struct api_framing framing;
	struct np_err err;

	if (api_guard(head, &framing, &err) < 0) {
		assert(err.msg[0]);
		return;
	}
	assert(count_of(head, "Host") <= 1);
	assert(count_of(head, "Content-Length") + count_of(head, "Transfer-Encoding") <= 1);
	assert(!framing.has_body || strcmp(head->method, "GET") != 0);
}

static void check_target(const char *raw)
{
	static struct api_target target;
	struct np_err err;

	if (api_target_parse(&target, raw, &err) < 0) {
		assert(err.msg[0]);
		return;
	}
	assert(raw[0] == '/');
	for (size_t i = 0; i < target.segments_count && i < API_SEGMENTS_MAX; i++) {
		assert(!strchr(target.segments[i], '/'));
		assert(strcmp(target.segments[i], "..") != 0);
	}
	api_target_done(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct api_header headers[API_HEADERS_MAX + 1];
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	char *rest = cut(text, "\r\n");
	char *target = cut(text, " ");
	char *version = target ? cut(target, " ") : NULL;
	const struct api_head head = { text, version ? version : "", headers,
		read_headers(rest, headers, API_HEADERS_MAX + 1) };
	check_guard(&head);
	check_target(target ? target : "");
	free(text);
	return 0;
}
