/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/target.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* RFC 3986: unreserved, sub-delims, ':' and '@'; '%' begins an escape. */
static bool is_path_byte(char byte)
{
	return isalnum((unsigned char)byte) || strchr("-._~!$&'()*+,;=:@%", byte);
}

static bool is_query_byte(char byte)
{
	return is_path_byte(byte) || byte == '/' || byte == '?';
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One byte of @raw, escaped or not: *ret_used bytes of it are gone. */
static int decode_byte(
	const char *raw, size_t len, char *ret_byte, size_t *ret_used, struct np_err *err)
{
	*ret_used = 1;
	*ret_byte = raw[0];
	if (raw[0] != '%')
		return 0;
	int high = len > 2 ? hex_digit(raw[1]) : -1;
	int low = len > 2 ? hex_digit(raw[2]) : -1;
	if (high < 0 || low < 0)
		return np_fail(err, NP_INVAL, "request target: '%%' without two hex digits");
	*ret_byte = (char)(high << 4 | low);
	*ret_used = 3;
	if ((unsigned char)*ret_byte < 0x20 || *ret_byte == 0x7f)
		return np_fail(err, NP_INVAL, "request target: escaped control byte %.3s", raw);
	return 0;
}

/* Decodes @len bytes to *@out, adds a NUL and moves *@out behind it. */
static int decode(const char *raw, size_t len, char **out, struct np_err *err)
{
	char *to = *out;

	for (size_t i = 0, used; i < len; i += used) {
		int rc = decode_byte(raw + i, len - i, to, &used, err);
		if (rc < 0)
			return rc;
		to++;
	}
	*to++ = '\0';
	*out = to;
	return 0;
}

static int check_bytes(const char *raw, size_t len, bool (*is_good)(char), struct np_err *err)
{
	for (size_t i = 0; i < len; i++) {
		if (!raw[i] || !is_good(raw[i]))
			return np_fail(err, NP_INVAL,
				"request target: byte 0x%02x does not belong there",
				(unsigned char)raw[i]);
	}
	return 0;
}

static int check_utf8(const char *text, struct np_err *err)
{
	np_auto(np_json_decref) json_t *probe = json_string(text);

	return probe ? 0 : np_fail(err, NP_INVAL, "request target: not UTF-8");
}

static int check_segment(const char *text, struct np_err *err)
{
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return np_fail(err, NP_INVAL, "request target: '%s' as a segment", text);
	if (strchr(text, '/'))
		return np_fail(err, NP_INVAL, "request target: escaped '/' in a segment");
	if (strlen(text) > API_SEGMENT_MAX)
		return np_fail(err, NP_TOOBIG, "request target: a segment is over %d bytes",
			API_SEGMENT_MAX);
	return check_utf8(text, err);
}

static int add_segment(
	struct api_target *target, const char *raw, size_t len, char **out, struct np_err *err)
{
	const char *text = *out;
	int rc = check_bytes(raw, len, is_path_byte, err);

	if (rc == 0)
		rc = decode(raw, len, out, err);
	if (rc == 0)
		rc = check_segment(text, err);
	if (rc < 0)
		return rc;
	if (target->segments_count < API_SEGMENTS_MAX)
		target->segments[target->segments_count] = text;
	target->segments_count++;
	return 0;
}

/* "/a/b": only the last segment may be empty (and then matches nothing). */
static int split_path(
	struct api_target *target, const char *raw, size_t len, char **out, struct np_err *err)
{
	if (len == 0 || raw[0] != '/')
		return np_fail(err, NP_INVAL, "request target: does not begin with '/'");
	(void)snprintf(target->path, sizeof target->path, "%.*s", (int)len, raw);
	for (size_t i = 1, n; i <= len; i += n + 1) {
		for (n = 0; i + n < len && raw[i + n] != '/';)
			n++;
		if (n == 0 && i < len)
			return np_fail(err, NP_INVAL, "request target: '//'");
		int rc = add_segment(target, raw + i, n, out, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int decode_form(const char *raw, size_t len, char **out, struct np_err *err)
{
	char *text = *out;
	int rc = check_bytes(raw, len, is_query_byte, err);

	if (rc < 0)
		return rc;
	char form[API_TARGET_MAX + 1];
	for (size_t i = 0; i < len; i++)
		form[i] = raw[i] == '+' ? ' ' : raw[i];
	rc = decode(form, len, out, err);
	return rc < 0 ? rc : check_utf8(text, err);
}

static int add_parameter(json_t *query, const char *raw, size_t len, char **out, struct np_err *err)
{
	const char *equals = memchr(raw, '=', len);
	size_t name_len = equals ? (size_t)(equals - raw) : len;
	const char *name = *out;
	int rc = decode_form(raw, name_len, out, err);

	if (rc < 0)
		return rc;
	const char *value = *out;
	rc = decode_form(equals ? equals + 1 : "", equals ? len - name_len - 1 : 0, out, err);
	if (rc < 0)
		return rc;
	if (!*name)
		return np_fail(err, NP_INVAL, "query: a parameter without a name");
	if (json_object_get(query, name))
		return np_fail_field(err, name, "given twice in the query");
	if (json_object_size(query) == API_QUERY_MAX)
		return np_fail(err, NP_TOOBIG, "query: over %d parameters", API_QUERY_MAX);
	return json_object_set_new(query, name, json_string(value)) == 0 ? 0 : np_fail_nomem(err);
}

static int split_query(json_t *query, const char *raw, char **out, struct np_err *err)
{
	while (*raw) {
		size_t len = strcspn(raw, "&");
		int rc = add_parameter(query, raw, len, out, err);
		if (rc < 0)
			return rc;
		raw += len + (raw[len] == '&');
	}
	return 0;
}

int api_target_parse(struct api_target *ret_target, const char *raw, struct np_err *err)
{
	size_t path_len = strcspn(raw, "?");
	char *out = ret_target->text;

	if (strlen(raw) > API_TARGET_MAX)
		return np_fail(err, NP_TOOBIG, "request target: over %d bytes", API_TARGET_MAX);
	np_auto(np_json_decref) json_t *query = json_object();
	if (!query)
		return np_fail_nomem(err);
	ret_target->segments_count = 0;
	int rc = split_path(ret_target, raw, path_len, &out, err);
	if (rc == 0 && raw[path_len])
		rc = split_query(query, raw + path_len + 1, &out, err);
	if (rc < 0)
		return rc;
	ret_target->query = np_take(query);
	return 0;
}

void api_target_done(struct api_target *target)
{
	json_decref(target->query);
	target->query = NULL;
}
