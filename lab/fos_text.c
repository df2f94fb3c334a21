/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replies of Fabric OS, in JSON and XML. */
#include <stdarg.h>
#include <string.h>

#include "lab/fos.h"

#define XMLNS_ERRORS "urn:ietf:params:xml:ns:yang:ietf-restconf"

/* clang-format off */
const struct fos_error
	fos_bad_login     = { 401, "access-denied", 23, "rest", "Invalid user name or password" },
	fos_bad_auth      = { 401, "access-denied", 20, "rest", "Invalid auth-type" },
	fos_no_session    = { 401, "access-denied", 8, "rest", "Invalid or expired session" },
	fos_sessions_full = { 403, "resource-denied", 14, "rest", "Max limit for REST sessions reached" },
	fos_bad_uri       = { 400, "unknown-element", 5, "rest", "Invalid REST URI" },
	fos_bad_method    = { 405, "operation-not-supported", 6, "rest", "Not supported on this resource" },
	fos_bad_type      = { 415, "invalid-value", 7, "rest", "Unsupported media type" },
	fos_bad_body      = { 400, "malformed-message", 2, "rest", NULL },
	fos_not_owner     = { 400, "operation-failed", -3, "zone",
		"There is an outstanding admin transaction, and you are not the owner" },
	fos_busy          = { 400, "operation-failed", -19, "zone", "The Fabric is busy, try again later" },
	fos_same          = { 400, "operation-failed", -9, "zone", "No Change in Configuration" },
	fos_failed        = { 400, "operation-failed", -1, "zone", NULL },
	fos_not_found     = { 404, "data-missing", 4, "rest", NULL },
	fos_checksum      = { 400, "operation-failed", -12, "zone", NULL },
	fos_full          = { 400, "operation-failed", -21, "zone", "The zone database is full" },
	fos_bad_vf        = { 400, "invalid-value", 11, "rest", NULL };
/* clang-format on */

static void write_escaped(FILE *out, const char *text)
{
	static const char special[] = "<>&\"'";
	static const char *const names[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&apos;" };

	for (; *text; text++) {
		const char *found = strchr(special, *text);
		if (found)
			(void)fputs(names[found - special], out);
		else
			(void)fputc(*text, out);
	}
}

static void write_scalar(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		write_escaped(out, json_string_value(value));
	else if (json_is_integer(value))
		(void)fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		(void)fputs(json_is_true(value) ? "true" : "false", out);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as our own values are */
static void write_element(FILE *out, const char *name, const json_t *value)
{
	const char *member;
	json_t *inner;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach (value, i, inner)
			write_element(out, name, inner);
		return;
	}
	(void)fprintf(out, "<%s%s>", name,
		strcmp(name, "errors") == 0 ? " xmlns=\"" XMLNS_ERRORS "\"" : "");
	json_object_foreach ((json_t *)(uintptr_t)value, member, inner)
		write_element(out, member, inner);
	write_scalar(out, value);
	(void)fprintf(out, "</%s>", name);
}

char *fos_xml(const char *name, const json_t *value)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	write_element(out, name, value);
	(void)fputc('\n', out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Lists of one as their element, everywhere; a new reference. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as our own values are */
static json_t *unwrap(const json_t *value)
{
	const char *member;
	json_t *inner, *copy;
	size_t i;

	if (json_array_size(value) == 1)
		return unwrap(json_array_get(value, 0));
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, inner)
			(void)json_array_append_new(copy, unwrap(inner));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, member, inner)
		(void)json_object_set_new(copy, member, unwrap(inner));
	return copy;
}

static char *write_json(const struct fos_call *call, const char *name, const json_t *value)
{
	np_auto(np_json_decref) json_t *all = json_pack("{s:o}", name,
		call->sw->single_as_object && strcmp(name, "errors") != 0
			? unwrap(value)
			: json_incref((json_t *)(uintptr_t)value));

	return all ? json_dumps(all, JSON_COMPACT) : NULL;
}

static const char *content_type(const struct fos_call *call)
{
	static const char *const types[2][2] = {
		{ "application/yang-data+xml", "application/yang-data+json" },
		{ "application/yang-data+xml;content-version=1.3.0",
			"application/yang-data+json;content-version=1.3.0" },
	};

	return types[call->fos->release->content_version][call->json];
}

static int send(struct fos_call *call, int status, const char *name, const json_t *value)
{
	char *text = call->json ? write_json(call, name, value) : fos_xml(name, value);

	if (!text)
		return -NP_NOMEM;
	sim_reply_set(call->reply, status, content_type(call), text);
	return 0;
}

int fos_say(struct fos_call *call, int status, json_t *content)
{
	np_auto(np_json_decref) json_t *held = content;

	if (held)
		return send(call, status, "Response", held);
	sim_reply_set(call->reply, status, NULL, NULL);
	return 0;
}

/* The part of the path that an error is about. */
static const char *error_path(const struct fos_call *call)
{
	const char *running = strstr(call->request->path, "/running/");
	const char *container = running ? strchr(running + strlen("/running/"), '/') : NULL;

	return container ? container : "/";
}

int fos_refuse(struct fos_call *call, const struct fos_error *error, const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt ? fmt : error->message, args);
	va_end(args);
	json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:i, s:s}}", "error-type",
		"application", "error-tag", error->tag, "error-app-tag", "Error", "error-message",
		message, "error-path", error_path(call), "error-info", "error-code", error->code,
		"error-module", error->module);
	np_auto(np_json_decref) json_t *errors =
		json_pack(call->fos->release->error_list ? "{s:[o]}" : "{s:o}", "error", row);
	return errors ? send(call, error->status, "errors", errors) : -NP_NOMEM;
}
