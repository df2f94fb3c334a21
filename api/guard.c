/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/guard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define METHOD_MAX 16
#define LENGTH_DIGITS_MAX 18

/* Headers that mean something else when they come twice. */
static const char *const single_headers[] = {
	"Authorization",
	"Content-Encoding",
	"Content-Length",
	"Content-Type",
	"Expect",
	"Host",
	"Idempotency-Key",
	"If-Match",
	"Transfer-Encoding",
};

/* Methods whose body nobody expects, and which a second parser would take for the next request. */
static const char *const bodyless_methods[] = { "GET", "HEAD", "DELETE", "OPTIONS", "TRACE",
	"CONNECT" };

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!text[i] ||
			!(isalnum((unsigned char)text[i]) || strchr("!#$%&'*+-.^_`|~", text[i])))
			return false;
	}
	return len > 0;
}

static int check_method(const char *method, struct np_err *err)
{
	size_t len = strlen(method);

	if (len > METHOD_MAX || !is_token(method, len))
		return np_fail(err, NP_INVAL, "request method: not a token of at most %d bytes",
			METHOD_MAX);
	return 0;
}

static int check_version(const char *version, struct np_err *err)
{
	if (strcmp(version, "HTTP/1.1") == 0 || strcmp(version, "HTTP/1.0") == 0)
		return 0;
	return np_fail(err, NP_INVAL, "request: neither HTTP/1.1 nor HTTP/1.0");
}

static bool is_header(const struct api_header *header, const char *name)
{
	return header->name_len == strlen(name) &&
	       strncasecmp(header->name, name, header->name_len) == 0;
}

static int check_header(const struct api_header *header, struct np_err *err)
{
	if (!is_token(header->name, header->name_len))
		return np_fail(err, NP_INVAL, "header: a name that is not a token");
	for (size_t i = 0; i < header->value_len; i++) {
		unsigned char byte = (unsigned char)header->value[i];
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return np_fail(err, NP_INVAL, "header '%.*s': control byte 0x%02x",
				(int)header->name_len, header->name, byte);
	}
	return 0;
}

static int check_headers(const struct api_head *head, struct np_err *err)
{
	if (head->headers_count > API_HEADERS_MAX)
		return np_fail(err, NP_TOOBIG, "request: over %d headers", API_HEADERS_MAX);
	for (size_t i = 0; i < head->headers_count; i++) {
		int rc = check_header(&head->headers[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_single(const struct api_head *head, const char *name, struct np_err *err)
{
	size_t count = 0;

	for (size_t i = 0; i < head->headers_count; i++)
		count += is_header(&head->headers[i], name);
	return count <= 1 ? 0 : np_fail(err, NP_INVAL, "header '%s': given %zu times", name, count);
}

static int check_repetition(const struct api_head *head, struct np_err *err)
{
	for (size_t i = 0; i < sizeof single_headers / sizeof *single_headers; i++) {
		int rc = check_single(head, single_headers[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A host name, address or nothing, with an optional port: what a name lookup would take. */
static int check_host(const struct api_head *head, struct np_err *err)
{
	const struct api_header *host = api_guard_header(head, "Host");

	if (!host)
		return strcmp(head->version, "HTTP/1.1")
			       ? 0
			       : np_fail(err, NP_INVAL, "header 'Host': missing");
	for (size_t i = 0; i < host->value_len; i++) {
		char byte = host->value[i];
		if (!isalnum((unsigned char)byte) && !strchr("-._~%:[]", byte))
			return np_fail(err, NP_INVAL,
				"header 'Host': byte 0x%02x does not belong there",
				(unsigned char)byte);
	}
	return 0;
}

static int parse_length(const struct api_header *header, uint64_t *ret_length, struct np_err *err)
{
	uint64_t length = 0;

	if (header->value_len == 0 || header->value_len > LENGTH_DIGITS_MAX)
		return np_fail(err, NP_INVAL,
			"header 'Content-Length': not a number of 1 to %d digits",
			LENGTH_DIGITS_MAX);
	for (size_t i = 0; i < header->value_len; i++) {
		if (header->value[i] < '0' || header->value[i] > '9')
			return np_fail(err, NP_INVAL, "header 'Content-Length': not a number");
		length = length * 10 + (uint64_t)(header->value[i] - '0');
	}
	*ret_length = length;
	return 0;
}

static int check_chunked(
	const struct api_head *head, const struct api_header *encoding, struct np_err *err)
{
	if (encoding->value_len != strlen("chunked") ||
		strncasecmp(encoding->value, "chunked", encoding->value_len) != 0)
		return np_fail(
			err, NP_INVAL, "header 'Transfer-Encoding': only 'chunked' is understood");
	if (strcmp(head->version, "HTTP/1.1") != 0)
		return np_fail(
			err, NP_INVAL, "header 'Transfer-Encoding': not with %s", head->version);
	return 0;
}

static int read_framing(
	const struct api_head *head, struct api_framing *framing, struct np_err *err)
{
	const struct api_header *encoding = api_guard_header(head, "Transfer-Encoding");
	const struct api_header *length = api_guard_header(head, "Content-Length");

	if (encoding && length)
		return np_fail(
			err, NP_INVAL, "headers 'Transfer-Encoding' and 'Content-Length' together");
	framing->chunked = encoding;
	int rc = encoding ? check_chunked(head, encoding, err) : 0;
	if (rc == 0 && length)
		rc = parse_length(length, &framing->length, err);
	framing->has_body = framing->chunked || framing->length > 0;
	return rc;
}

static int check_body_belongs(
	const struct api_head *head, const struct api_framing *framing, struct np_err *err)
{
	for (size_t i = 0; i < sizeof bodyless_methods / sizeof *bodyless_methods; i++) {
		if (framing->has_body && strcasecmp(head->method, bodyless_methods[i]) == 0)
			return np_fail(
				err, NP_INVAL, "a %s request takes no body", bodyless_methods[i]);
	}
	return 0;
}

const struct api_header *api_guard_header(const struct api_head *head, const char *name)
{
	for (size_t i = 0; i < head->headers_count; i++) {
		if (is_header(&head->headers[i], name))
			return &head->headers[i];
	}
	return NULL;
}

int api_guard(const struct api_head *head, struct api_framing *ret_framing, struct np_err *err)
{
	struct api_framing framing = { 0 };
	int rc = check_method(head->method, err);

	if (rc == 0)
		rc = check_version(head->version, err);
	if (rc == 0)
		rc = check_headers(head, err);
	if (rc == 0)
		rc = check_repetition(head, err);
	if (rc == 0)
		rc = check_host(head, err);
	if (rc == 0)
		rc = read_framing(head, &framing, err);
	if (rc == 0)
		rc = check_body_belongs(head, &framing, err);
	if (rc == 0)
		*ret_framing = framing;
	return rc;
}
