/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/text.h"

#include <ctype.h>
#include <string.h>

#define HEX_RUN_MIN 16 /* digits of a WWN */
#define COLON_PAIRS 8

struct writer {
	FILE *out;
	bool any;
};

static void put_scalar(struct writer *writer, const json_t *value)
{
	if (json_is_string(value) && json_string_length(value) == 0)
		return;
	if (writer->any)
		(void)fputc(',', writer->out);
	writer->any = true;
	if (json_is_string(value))
		(void)fputs(json_string_value(value), writer->out);
	else if (json_is_boolean(value))
		(void)fputs(json_is_true(value) ? "yes" : "no", writer->out);
	else if (json_is_integer(value))
		(void)fprintf(writer->out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		(void)fprintf(writer->out, "%g", json_real_value(value));
}

static void put_value(struct writer *writer, const json_t *value)
{
	size_t i;
	json_t *element;

	if (json_is_array(value)) {
		json_array_foreach (value, i, element)
			put_value(writer, element);
	} else if (json_is_object(value)) {
		np_auto(np_free) char *text = json_dumps(value, JSON_COMPACT);

		if (writer->any)
			(void)fputc(',', writer->out);
		writer->any = true;
		(void)fputs(text ? text : "", writer->out);
	} else if (value && !json_is_null(value)) {
		put_scalar(writer, value);
	}
}

/* One step of the path a call; its depth is the number of dots and brackets of a row of ours. */
static void walk(struct writer *writer, const json_t *at, const char *path)
{
	size_t len = strcspn(path, ".["), i;
	char member[64];
	json_t *element;

	if (!at)
		return;
	if (strncmp(path, "[#]", 3) == 0) {
		writer->any = true;
		(void)fprintf(writer->out, "%zu", json_array_size(at));
	} else if (strncmp(path, "[]", 2) == 0) {
		json_array_foreach (at, i, element)
			walk(writer, element, path + 2);
	} else if (path[0] == '.') {
		walk(writer, at, path + 1);
	} else if (len == 0) {
		put_value(writer, at);
	} else if (len < sizeof member) {
		memcpy(member, path, len);
		member[len] = '\0';
		walk(writer, json_object_get(at, member), path + len);
	}
}

char *cli_value(const json_t *object, const char *path)
{
	np_auto(np_free) char *text = NULL;
	size_t size;
	struct writer writer = { .out = open_memstream(&text, &size) };

	if (!writer.out)
		return NULL;
	walk(&writer, object, path);
	if (fclose(writer.out) != 0)
		return NULL;
	return np_take(text);
}

const char *cli_bytes(int64_t bytes, char text[static CLI_BYTES_TEXT])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(text, CLI_BYTES_TEXT, "%.*f%s",
		value < 10 && value > (double)(int)value ? 1 : 0, value, units[unit]);
	return text;
}

struct cli_redact {
	json_t *seen; /* digits -> number */
};

struct cli_redact *cli_redact_new(void)
{
	struct cli_redact *redact = calloc(1, sizeof *redact);

	if (redact)
		redact->seen = json_object();
	return redact;
}

struct cli_redact *cli_redact_free(struct cli_redact *redact)
{
	if (redact) {
		json_decref(redact->seen);
		free(redact);
	}
	return NULL;
}

/* How many bytes at @at are a WWN or a longer run of hex digits; 0: none. */
static size_t wwn_length(const char *at)
{
	size_t hex = strspn(at, "0123456789abcdefABCDEF"), len;

	if (hex >= HEX_RUN_MIN)
		return hex;
	if (hex != 2)
		return 0;
	for (len = 2; len < COLON_PAIRS * 3 - 1; len += 3) {
		if (at[len] != ':' || !isxdigit((unsigned char)at[len + 1]) ||
			!isxdigit((unsigned char)at[len + 2]))
			return 0;
	}
	return isxdigit((unsigned char)at[len]) ? 0 : len;
}

static void put_alias(struct cli_redact *redact, FILE *out, const char *at, size_t len)
{
	np_auto(np_free) char *digits = calloc(1, len + 1);
	size_t n = 0;

	if (!digits)
		return;
	for (size_t i = 0; i < len; i++) {
		if (at[i] != ':')
			digits[n++] = (char)tolower((unsigned char)at[i]);
	}
	json_t *number = json_object_get(redact->seen, digits);
	if (!number) {
		number = json_integer((json_int_t)json_object_size(redact->seen) + 1);
		(void)json_object_set_new(redact->seen, digits, number);
	}
	(void)fprintf(out, "wwn-%lld", (long long)json_integer_value(number));
}

char *cli_redact_text(struct cli_redact *redact, const char *text)
{
	np_auto(np_free) char *out_text = NULL;
	size_t size;
	FILE *out = open_memstream(&out_text, &size);
	bool inside = false; /* a run of letters and digits: a name does not begin in it */

	if (!out)
		return NULL;
	while (*text) {
		size_t len = inside ? 0 : wwn_length(text);

		if (len == 0 && !inside && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
			len = wwn_length(text + 2) ? 2 : 0;
		else if (len > 0)
			put_alias(redact, out, text, len);
		if (len > 0) {
			text += len;
			continue;
		}
		inside = isalnum((unsigned char)*text);
		(void)fputc(*text++, out);
	}
	if (fclose(out) != 0)
		return NULL;
	return np_take(out_text);
}

static json_t *redact_string(struct cli_redact *redact, const json_t *json)
{
	np_auto(np_free) char *text = cli_redact_text(redact, json_string_value(json));

	return text ? json_string(text) : NULL;
}

/* As deep as the JSON reader lets a value be. */
json_t *cli_redact_json(struct cli_redact *redact, const json_t *json)
{
	const char *key;
	json_t *value, *copy;
	size_t i;

	if (!redact)
		return json_incref((json_t *)(uintptr_t)json);
	if (json_is_string(json))
		return redact_string(redact, json);
	if (json_is_array(json)) {
		copy = json_array();
		json_array_foreach (json, i, value)
			(void)json_array_append_new(copy, cli_redact_json(redact, value));
		return copy;
	}
	if (!json_is_object(json))
		return json_incref((json_t *)(uintptr_t)json);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)json, key, value)
		(void)json_object_set_new(copy, key, cli_redact_json(redact, value));
	return copy;
}
