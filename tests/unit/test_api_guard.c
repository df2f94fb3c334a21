/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/guard.h"
#include "api/layout.h"
#include "api/target.h"
#include "base/json.h"

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))
#define HEADERS_MAX (API_HEADERS_MAX + 1)

/* "Name: value" lines, as a client sends them. */
static size_t headers_from(const char *const *lines, struct api_header *headers)
{
	size_t count = 0;

	for (; lines[count]; count++) {
		const char *colon = strchr(lines[count], ':');
		headers[count] = (struct api_header){ lines[count], (size_t)(colon - lines[count]),
			colon + 2, strlen(colon + 2) };
	}
	return count;
}

static int guard(const char *method, const char *const *lines, struct api_framing *framing,
	struct np_err *err)
{
	struct api_header headers[HEADERS_MAX];
	const struct api_head head = { method, "HTTP/1.1", headers, headers_from(lines, headers) };

	return api_guard(&head, framing, err);
}

struct row {
	const char *method;
	const char *lines[4];
};

static void test_guard_takes_ordinary_requests(void **state)
{
	static const struct row rows[] = {
		{ "GET", { "Host: localhost" } },
		{ "GET", { "host: " } },
		{ "GET", { "Host: [::1]:8443", "Content-Length: 0" } },
		{ "HEAD", { "Host: a", "X-Note: caf\xc3\xa9 and\ttab" } },
		{ "POST", { "Host: a", "Content-Length: 12" } },
		{ "PUT", { "Host: a", "Transfer-Encoding: chunked" } },
		{ "PATCH", { "Host: a", "TRANSFER-ENCODING: Chunked" } },
		{ "OPTIONS", { "Host: a" } },
		{ "BREW", { "Host: a", "Accept: a", "Accept: b" } },
	};
	struct api_framing framing;
	(void)state;

	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(guard(rows[i].method, rows[i].lines, &framing, NULL), 0);
}

static void test_guard_refuses_what_two_parsers_read_differently(void **state)
{
	static const struct row rows[] = {
		{ "POST", { "Host: a", "Content-Length: 1", "Content-Length: 2" } },
		{ "POST", { "Host: a", "Content-Length: 1", "content-length: 1" } },
		{ "POST", { "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked" } },
		{ "POST",
			{ "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked" } },
		{ "POST", { "Host: a", "Transfer-Encoding: xchunked" } },
		{ "POST", { "Host: a", "Transfer-Encoding: gzip, chunked" } },
		{ "POST", { "Host: a", "Transfer-Encoding: chunked " } },
		{ "POST", { "Host: a", "Transfer-Encoding: identity" } },
		{ "POST", { "Host: a", "Transfer-Encoding: " } },
		{ "POST", { "Host: a", "Content-Length: +4" } },
		{ "POST", { "Host: a", "Content-Length: -1" } },
		{ "POST", { "Host: a", "Content-Length: 0x4" } },
		{ "POST", { "Host: a", "Content-Length: " } },
		{ "POST", { "Host: a", "Content-Length: 4 4" } },
		{ "POST", { "Host: a", "Content-Length: 4,4" } },
		{ "POST", { "Host: a", "Content-Length: 99999999999999999999" } },
		{ "POST", { "Content-Length: 0" } },
		{ "GET", { "Host: a", "Host: b" } },
		{ "GET", { "Host: a", "Host: a" } },
		{ "GET", { "Host: a b" } },
		{ "GET", { "Host: a/b" } },
		{ "GET", { "Host: a@b" } },
		{ "GET", { "Host: a", "Content-Length: 4" } },
		{ "GET", { "Host: a", "Transfer-Encoding: chunked" } },
		{ "HEAD", { "Host: a", "Content-Length: 4" } },
		{ "DELETE", { "Host: a", "Content-Length: 4" } },
		{ "OPTIONS", { "Host: a", "Content-Length: 4" } },
		{ "POST", { "Host: a", "Idempotency-Key: 1", "Idempotency-Key: 1" } },
		{ "POST", { "Host: a", "If-Match: \"1\"", "If-Match: \"2\"" } },
		{ "GET", { "Host: a", "X Y: 1" } },
		{ "GET", { "Host: a", "X\x01: 1" } },
		{ "GET", { "Host: a", ": 1" } },
		{ "GET", { "Host: a", "X: a\rb" } },
		{ "GET", { "Host: a", "X: \x7f" } },
		{ "GET", { "Host: a", "X: \x1b[2J" } },
		{ "G@T", { "Host: a" } },
		{ "", { "Host: a" } },
		{ "G\x80T", { "Host: a" } },
		{ "ABCDEFGHIJKLMNOPQ", { "Host: a" } },
	};
	struct api_framing framing;
	(void)state;

	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(guard(rows[i].method, rows[i].lines, &framing, NULL), -NP_INVAL);
}

static void test_guard_refuses_nul_in_a_value(void **state)
{
	const struct api_header headers[] = { { "Host", 4, "a\0b", 3 } };
	const struct api_head head = { "GET", "HTTP/1.1", headers, 1 };
	struct api_framing framing;
	struct np_err err;
	(void)state;

	assert_int_equal(api_guard(&head, &framing, &err), -NP_INVAL);
	assert_string_equal(err.msg, "header 'Host': control byte 0x00");
}

static void test_guard_refuses_other_versions_and_chunks_of_http_1_0(void **state)
{
	const struct api_header headers[] = { { "Transfer-Encoding", 17, "chunked", 7 } };
	struct api_head head = { "POST", "HTTP/1.0", headers, 1 };
	struct api_framing framing;
	(void)state;

	assert_int_equal(api_guard(&head, &framing, NULL), -NP_INVAL);
	head.headers_count = 0;
	assert_int_equal(api_guard(&head, &framing, NULL), 0);
	head.version = "HTTP/1.10";
	assert_int_equal(api_guard(&head, &framing, NULL), -NP_INVAL);
}

static void test_guard_refuses_too_many_headers(void **state)
{
	struct api_header headers[HEADERS_MAX];
	const struct api_head head = { "GET", "HTTP/1.1", headers, HEADERS_MAX };
	struct api_framing framing;
	(void)state;

	for (size_t i = 0; i < HEADERS_MAX; i++)
		headers[i] = (struct api_header){ "X", 1, "y", 1 };

	assert_int_equal(api_guard(&head, &framing, NULL), -NP_TOOBIG);
}

static void test_guard_tells_how_long_the_body_is(void **state)
{
	const char *length[] = { "Host: a", "Content-Length: 1234", NULL };
	const char *chunked[] = { "Host: a", "Transfer-Encoding: chunked", NULL };
	struct api_framing framing;
	(void)state;

	assert_int_equal(guard("PUT", length, &framing, NULL), 0);
	assert_true(framing.has_body && !framing.chunked && framing.length == 1234);
	assert_int_equal(guard("PUT", chunked, &framing, NULL), 0);
	assert_true(framing.has_body && framing.chunked);
}

static void test_target_splits_before_it_decodes(void **state)
{
	struct api_target target = { 0 };
	(void)state;

	assert_int_equal(api_target_parse(&target,
				 "/v1/zones/A%3Az%c3%bcg?name=a%20b+c&x&limit=10&y=", NULL),
		0);

	assert_int_equal(target.segments_count, 3);
	assert_string_equal(target.segments[2], "A:z\xc3\xbcg");
	assert_string_equal(target.path, "/v1/zones/A%3Az%c3%bcg");
	assert_string_equal(np_json_text(target.query, "name"), "a b c");
	assert_string_equal(np_json_text(target.query, "limit"), "10");
	assert_string_equal(np_json_text(target.query, "x"), "");
	assert_int_equal(json_object_size(target.query), 4);
	api_target_done(&target);
}

static void test_target_refuses_ambiguous_text(void **state)
{
	static const char *const targets[] = {
		"",
		"*",
		"v1",
		"http://evil/v1",
		"//v1",
		"/v1//guests",
		"/v1/./guests",
		"/v1/../guests",
		"/v1/..",
		"/v1/%2e%2e/guests",
		"/v1/%2E",
		"/a%00b",
		"/a%2Fb",
		"/a%2fb",
		"/a%zzb",
		"/a%",
		"/a%4",
		"/a%4g",
		"/a%0ab",
		"/a%7f",
		"/a b",
		"/a\tb",
		"/a\x01",
		"/a\x80",
		"/a%80",
		"/a%c0%af",
		"/a%ed%a0%80",
		"/a#b",
		"/a\"b",
		"/a<b",
		"/a\\b",
		"/a^b",
		"/a`b",
		"/a{b}",
		"/a|b",
		"/a?b=%00",
		"/a?b=%zz",
		"/a?b=%0d",
		"/a?b=1&b=2",
		"/a?%62=1&b=2",
		"/a?=1",
		"/a?&",
		"/a?b=c d",
		"/a?b=\"",
		"/a?b=%ff",
		"/a?b=#",
	};
	struct api_target target = { 0 };
	(void)state;

	for (size_t i = 0; i < ROWS(targets); i++)
		assert_int_equal(api_target_parse(&target, targets[i], NULL), -NP_INVAL);
}

static void test_target_has_limits(void **state)
{
	char text[API_TARGET_MAX + 2];
	struct api_target target = { 0 };
	(void)state;

	memset(text, 'a', sizeof text);
	text[0] = '/';
	text[sizeof text - 1] = '\0';
	assert_int_equal(api_target_parse(&target, text, NULL), -NP_TOOBIG);
	text[API_SEGMENT_MAX + 2] = '\0';
	assert_int_equal(api_target_parse(&target, text, NULL), -NP_TOOBIG);
	text[API_SEGMENT_MAX + 1] = '\0';
	assert_int_equal(api_target_parse(&target, text, NULL), 0);
	api_target_done(&target);
}

static void test_target_counts_parameters_without_values(void **state)
{
	char text[API_TARGET_MAX + 1] = "/a?";
	struct api_target target = { 0 };
	(void)state;

	for (char name = 0; name < API_QUERY_MAX; name++) {
		size_t len = strlen(text);
		(void)snprintf(
			text + len, sizeof text - len, "%c%c&", 'a' + name / 16, 'a' + name % 16);
	}
	assert_int_equal(api_target_parse(&target, text, NULL), 0);
	assert_int_equal(json_object_size(target.query), API_QUERY_MAX);
	api_target_done(&target);
	(void)snprintf(text + strlen(text), 2, "z");
	assert_int_equal(api_target_parse(&target, text, NULL), -NP_TOOBIG);
}

/* Cuts a head in place, as libmicrohttpd 0.9 does: at the first blank, colon or NUL, and at the line end. */
static bool layout_of(const char *raw, size_t size)
{
	char text[256];
	struct api_header headers[HEADERS_MAX];
	struct api_head head = { .method = text, .headers = headers };

	memcpy(text, raw, size);
	for (size_t i = 0; i < size; i++)
		text[i] = strchr("\r\n", text[i]) ? '\0' : text[i];
	char *target = strchr(text, ' ');
	*target++ = '\0';
	target += strspn(target, " ");
	char *version = memchr(target, ' ', (size_t)(text + size - target));
	*version++ = '\0';
	head.version = version;
	for (char *at = version + strlen(version); at < text + size; at++) {
		char *colon = strchr(at, ':');
		if (!colon)
			continue;
		const char *value = colon + 1 + strspn(colon + 1, " \t");
		headers[head.headers_count++] =
			(struct api_header){ at, (size_t)(colon - at), value, strlen(value) };
		at += strlen(at);
	}
	return api_layout_is_whole(&head, target, strlen(target), size);
}

#define LAYOUT(text) layout_of("" text, sizeof(text) - 1)

static void test_layout_shows_what_the_parts_hide(void **state)
{
	(void)state;

	assert_true(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_true(LAYOUT("GET /v1 HTTP/1.1\r\nHost:a\r\nX: \t b c\r\nY:\r\n\r\n"));
	assert_true(LAYOUT("GET /v1 HTTP/1.0\r\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\nHost: a\r\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\r\n\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\0b\r\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\0\r\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nHost: a\0b\r\nX: y\r\n\r\n"));
	assert_false(LAYOUT("GET /v1 HTTP/1.1\r\nX: a\r\n b\r\nHost: a\r\n\r\n"));
	assert_false(LAYOUT("GET /v1\0 HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_false(LAYOUT("GET  /v1 HTTP/1.1\r\nHost: a\r\n\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard_takes_ordinary_requests),
		cmocka_unit_test(test_guard_refuses_what_two_parsers_read_differently),
		cmocka_unit_test(test_guard_refuses_nul_in_a_value),
		cmocka_unit_test(test_guard_refuses_other_versions_and_chunks_of_http_1_0),
		cmocka_unit_test(test_guard_refuses_too_many_headers),
		cmocka_unit_test(test_guard_tells_how_long_the_body_is),
		cmocka_unit_test(test_layout_shows_what_the_parts_hide),
		cmocka_unit_test(test_target_splits_before_it_decodes),
		cmocka_unit_test(test_target_refuses_ambiguous_text),
		cmocka_unit_test(test_target_has_limits),
		cmocka_unit_test(test_target_counts_parameters_without_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
