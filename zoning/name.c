/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names from templates. "{part}" is filled in, "_" separates; inside a part "_" is "$_", and a byte that the vendor does not
 * take is "$" and two upper-case hex digits, so that a name can be read back. What is too long is cut and ends with "^" and
 * eight digits of a hash of the whole: cutting alone makes two names one.
 */
#include <string.h>

#include "base/digest.h"
#include "zoning/compile.h"
#include "zoning/name.h"

#define HASH_DIGITS 8
#define PARTS 4

struct part {
	const char *name;
	size_t offset;
};

static const struct part parts[PARTS] = {
	{ "guest", offsetof(struct zone_name_parts, guest) },
	{ "vhba", offsetof(struct zone_name_parts, vhba) },
	{ "set", offsetof(struct zone_name_parts, set) },
	{ "target", offsetof(struct zone_name_parts, target) },
};

static const char *value_of(const struct zone_name_parts *values, size_t i)
{
	return *(const char *const *)(const void *)((const char *)values + parts[i].offset);
}

/* The part that a template names at @text ("{guest}..."), and how long its mark is; -1: none. */
static int part_at(const char *text, size_t *ret_len)
{
	for (int i = 0; i < PARTS; i++) {
		size_t len = strlen(parts[i].name);
		if (strncmp(text + 1, parts[i].name, len) == 0 && text[len + 1] == '}') {
			*ret_len = len + 2;
			return i;
		}
	}
	return -1;
}

static void append_escaped(FILE *out, const struct zone_rules *rules, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		if (*p == '_')
			(void)fputs("$_", out);
		else if (*p != '$' && *p != '^' && strchr(rules->charset, *p))
			(void)fputc(*p, out);
		else
			(void)fprintf(out, "$%02X", *p);
	}
}

/* Separators in front of a part that is left out fall away with it. */
static int fill(FILE *out, const struct zone_rules *rules, const char *template,
	const struct zone_name_parts *values, struct np_err *err)
{
	size_t len = 0;

	for (const char *p = template; *p;) {
		size_t lead = strspn(p, "_");
		int i = p[lead] == '{' ? part_at(p + lead, &len) : -1;

		if (p[lead] == '{' && i < 0)
			return np_fail(err, NP_INVAL,
				"template '%.80s' has a part that is none of {guest} {vhba} {set} {target}",
				template);
		if (i >= 0 && !value_of(values, (size_t)i)) {
			p += lead + len;
			continue;
		}
		(void)fprintf(out, "%.*s", (int)lead, p);
		p += lead;
		if (i >= 0) {
			append_escaped(out, rules, value_of(values, (size_t)i));
			p += len;
		} else if (*p)
			(void)fputc(*p++, out);
	}
	return 0;
}

/* An escape that the cut goes through is left out as a whole. */
static size_t cut_length(const char *whole, size_t max)
{
	size_t len = 0;

	while (whole[len]) {
		size_t step = whole[len] != '$' ? 1 : whole[len + 1] == '_' ? 2 : 3;
		if (len + step > max)
			break;
		len += step;
	}
	return len;
}

int zone_name_distinct(const struct zone_rules *rules, const char *whole,
	char ret_name[static ZONE_NAME_MAX], struct np_err *err)
{
	char digest[NP_DIGEST_TEXT];
	size_t len = cut_length(whole, rules->name_max - HASH_DIGITS - 1);
	int rc = np_digest(whole, strlen(whole), digest, err);

	if (rc == 0)
		(void)snprintf(
			ret_name, ZONE_NAME_MAX, "%.*s^%.*s", (int)len, whole, HASH_DIGITS, digest);
	return rc;
}

int zone_name_whole(const struct zone_rules *rules, const char *template,
	const struct zone_name_parts *values, char ret_whole[static ZONE_NAME_WHOLE],
	struct np_err *err)
{
	FILE *out = fmemopen(ret_whole, ZONE_NAME_WHOLE, "w");
	int rc;

	if (!out)
		return np_fail_nomem(err);
	rc = fill(out, rules, *template ? template : ZONE_TEMPLATE_DEFAULT, values, err);
	if (fclose(out) != 0 && rc == 0)
		rc = np_fail(err, NP_INVAL, "template '%.80s' makes names over %d bytes", template,
			ZONE_NAME_WHOLE);
	ret_whole[ZONE_NAME_WHOLE - 1] = '\0';
	return rc;
}

int zone_name_make(const struct zone_rules *rules, const char *template,
	const struct zone_name_parts *values, char ret_name[static ZONE_NAME_MAX],
	struct np_err *err)
{
	char whole[ZONE_NAME_WHOLE], name[ZONE_NAME_MAX];
	int rc = zone_name_whole(rules, template, values, whole, err);

	if (rc == 0 && strlen(whole) > rules->name_max)
		rc = zone_name_distinct(rules, whole, name, err);
	else if (rc == 0)
		memcpy(name, whole, strlen(whole) + 1);
	if (rc == 0)
		rc = zone_name_check(rules, name, err);
	if (rc == 0)
		memcpy(ret_name, name, sizeof name);
	return rc;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One part up to the separator or the end; the length read, or -1 when an escape is none. */
static int read_part(const char *name, char value[static ZONE_NAME_MAX])
{
	size_t n = 0;
	const char *p = name;

	for (; *p && *p != '_' && n < ZONE_NAME_MAX - 1; p++) {
		if (*p == '^')
			return -1;
		if (*p != '$') {
			value[n++] = *p;
			continue;
		}
		if (p[1] == '_') {
			value[n++] = '_';
			p++;
			continue;
		}
		int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
		if (low < 0)
			return -1;
		value[n++] = (char)(high << 4 | low);
		p += 2;
	}
	value[n] = '\0';
	return (int)(p - name);
}

static int read_parts(const char *template, const char *name, json_t *values)
{
	size_t len = 0;

	while (*template) {
		int i = *template == '{' ? part_at(template, &len) : -1;
		char value[ZONE_NAME_MAX];

		if (*template == '{' && i < 0)
			return -1;
		if (i < 0) {
			if (*template ++ != *name++)
				return -1;
			continue;
		}
		int used = read_part(name, value);
		if (used <= 0)
			return -1;
		json_t *text = json_string(value);
		if (!text || json_object_set_new(values, parts[i].name, text) < 0)
			return -1;
		name += used;
		template += len;
	}
	return *name ? -1 : 0;
}

int zone_name_read(const char *template, const char *name, json_t **ret_parts, struct np_err *err)
{
	np_auto(np_json_decref) json_t *values = json_object();

	if (read_parts(*template ? template : ZONE_TEMPLATE_DEFAULT, name, values) < 0)
		return np_fail(
			err, NP_NOTFOUND, "'%.64s' is no name that the template makes", name);
	*ret_parts = np_take(values);
	return 0;
}
