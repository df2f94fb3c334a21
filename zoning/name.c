/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names from templates. "{part}" is filled in, "_" separates; inside a part "_" is "$_", and a byte that the vendor does not
 * take is "$" and two upper-case hex digits, so that a name can be read back. What is too long is cut and ends with "^" and
 * eight digits of a hash of the whole: cutting alone makes two names one.
 *
 * {set} is one letter, "a" or "b", and often follows another part without a separator. Where it is left out, what could be
 * taken for it is escaped: vHBA "fca" without a set is "fc$61", and "fca" is vHBA "fc" with set "a".
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

#define SET 2
#define TARGET 3

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

static bool is_set(char c)
{
	return c == 'a' || c == 'b';
}

/* @guard: the last letter must not be taken for a set. */
static void append_escaped(FILE *out, const struct zone_rules *rules, const char *value, bool guard)
{
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		if (*p == '_')
			(void)fputs("$_", out);
		else if (*p != '$' && *p != '^' && strchr(rules->charset, *p) &&
			 !(guard && !p[1] && is_set((char)*p)))
			(void)fputc(*p, out);
		else
			(void)fprintf(out, "$%02X", *p);
	}
}

/* With {set} left out of a name of this template: is a value followed by @rest, or all of it, where a set could be? */
static bool could_be_set(const char *template, const char *rest, const char *value)
{
	return strncmp(rest, "{set}", 5) == 0 || (strstr(template, "{set}") && strlen(value) == 1);
}

/* Where a part ends must be seen in the name, or two guests' zones get one name. */
static int check_end(const char *template, const char *rest, struct np_err *err)
{
	if (!*rest || *rest == '_' || strncmp(rest, "{set}", 5) == 0)
		return 0;
	return np_fail(err, NP_INVAL,
		"template '%.80s' needs a '_' before '%.20s': names could not be told apart",
		template, rest);
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
		int rc = i >= 0 ? check_end(template, p + lead + len, err) : 0;
		if (rc < 0)
			return rc;
		if (i >= 0 && !value_of(values, (size_t)i)) {
			p += lead + len;
			continue;
		}
		(void)fprintf(out, "%.*s", (int)lead, p);
		p += lead;
		if (i >= 0) {
			const char *value = value_of(values, (size_t)i);
			p += len;
			append_escaped(out, rules, value,
				i != SET && !values->set && could_be_set(template, p, value));
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

/* Up to the next separator that is none of a value. */
static size_t field_length(const char *name)
{
	size_t len = 0;

	while (name[len] && name[len] != '_')
		len += name[len] == '$' && name[len + 1] == '_' ? 2 : 1;
	return len;
}

/* The value that these characters stand for; false when they are none, or too many. */
static bool decode(const char *text, size_t len, char value[static ZONE_NAME_MAX])
{
	size_t n = 0;

	if (len == 0 || len >= ZONE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high, low;
		if (text[i] == '^')
			return false;
		if (text[i] != '$') {
			value[n++] = text[i];
			continue;
		}
		if (i + 1 < len && text[i + 1] == '_') {
			value[n++] = '_';
			i++;
			continue;
		}
		high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
		low = high >= 0 ? hex_digit(text[i + 2]) : -1;
		if (low < 0 || high + low == 0)
			return false;
		value[n++] = (char)(high << 4 | low);
		i += 2;
	}
	value[n] = '\0';
	return true;
}

struct reader {
	const char *template;
	unsigned absent; /* bits of parts that are left out */
	json_t *values;
};

/* Reads one part at @name; @rest is the template behind it. The length, 0 when it is none. */
static size_t read_part(const struct reader *reader, int part, const char *name, const char *rest)
{
	bool no_set = reader->absent >> SET & 1;
	size_t len = part == SET ? 1 : field_length(name);
	char value[ZONE_NAME_MAX];

	if (part != SET && !no_set && strncmp(rest, "{set}", 5) == 0)
		len -= len > 0;
	if (!decode(name, len, value) || (part == SET && !is_set(value[0])))
		return 0;
	if (part != SET && no_set && could_be_set(reader->template, rest, value) &&
		is_set(name[len - 1]))
		return 0;
	json_t *text = json_string(value);
	return text && json_object_set_new(reader->values, parts[part].name, text) == 0 ? len : 0;
}

static bool read_parts(const struct reader *reader, const char *name)
{
	size_t len = 0;

	for (const char *p = reader->template; *p;) {
		size_t lead = strspn(p, "_");
		int i = p[lead] == '{' ? part_at(p + lead, &len) : -1;

		if (i >= 0 && reader->absent >> i & 1) {
			p += lead + len;
			continue;
		}
		if (strncmp(p, name, lead) != 0)
			return false;
		p += lead;
		name += lead;
		if (i >= 0) {
			p += len;
			size_t used = read_part(reader, i, name, p);
			if (used == 0)
				return false;
			name += used;
		} else if (*p && *p++ != *name++)
			return false;
	}
	return *name == '\0';
}

/* Takes off the hash of a name that was not cut, but told apart from another by it. */
static void strip_hash(char name[static ZONE_NAME_MAX])
{
	size_t len = strlen(name);
	char digest[NP_DIGEST_TEXT];

	if (len <= HASH_DIGITS || name[len - HASH_DIGITS - 1] != '^' ||
		np_digest(name, len - HASH_DIGITS - 1, digest, NULL) < 0 ||
		strncmp(name + len - HASH_DIGITS, digest, HASH_DIGITS) != 0)
		return;
	name[len - HASH_DIGITS - 1] = '\0';
}

int zone_name_read(const char *template, const char *name, json_t **ret_parts, struct np_err *err)
{
	/* What a policy may have no use for. */
	static const unsigned absents[] = { 0, 1 << SET, 1 << TARGET, 1 << SET | 1 << TARGET };
	char whole[ZONE_NAME_MAX];

	(void)snprintf(whole, sizeof whole, "%s", name);
	strip_hash(whole);
	for (size_t i = 0; i < sizeof absents / sizeof *absents; i++) {
		np_auto(np_json_decref) json_t *values = json_object();
		struct reader reader = { *template ? template : ZONE_TEMPLATE_DEFAULT, absents[i],
			values };
		if (!read_parts(&reader, whole))
			continue;
		*ret_parts = np_take(values);
		return 0;
	}
	return np_fail(err, NP_NOTFOUND, "'%.64s' is no name that the template makes", name);
}
