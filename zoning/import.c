/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/import.h"

#include <ctype.h>
#include <string.h>

#include "base/digest.h"
#include "zoning/script.h"

#define TAB_WIDTH 8
#define TEXT_MAX 128 /* of what people read: users, addresses, symbolic names */

bool zone_lines_next(struct zone_lines *lines)
{
	char *at = lines->next;
	size_t len;

	if (!at || !*at)
		return false;
	len = strcspn(at, "\n");
	lines->next = at + len + (at[len] == '\n');
	at[len] = '\0';
	lines->number++;
	lines->indent = 0;
	for (; *at == ' ' || *at == '\t'; at++)
		lines->indent += *at == '\t' ? TAB_WIDTH - lines->indent % TAB_WIDTH : 1;
	lines->text = at;
	for (len = strlen(at); len > 0 && isspace((unsigned char)at[len - 1]); len--)
		at[len - 1] = '\0';
	return true;
}

char *zone_word(char **rest, const char *separators)
{
	char *word = *rest + strspn(*rest, separators);

	if (!*word)
		return NULL;
	*rest = word + strcspn(word, separators);
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

json_t *zone_import_object(json_t *parent, const char *key)
{
	if (!json_is_object(json_object_get(parent, key)))
		(void)json_object_set_new(parent, key, json_object());
	return json_object_get(parent, key);
}

json_t *zone_import_list(json_t *parent, const char *key)
{
	if (!json_is_array(json_object_get(parent, key)))
		(void)json_object_set_new(parent, key, json_array());
	return json_object_get(parent, key);
}

/* Not the vendor's rules: lint tells of a name that breaks those. */
int zone_import_check(const char *name, struct np_err *err)
{
	size_t len = strlen(name);

	if (len == 0 || len >= ZONE_NAME_MAX)
		return np_fail(err, NP_INVAL,
			"'%.40s...' is no name: it has %zu characters, not 1 to %d", name, len,
			ZONE_NAME_MAX - 1);
	for (size_t i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~' || strchr("\"'`;,:[]{}()<>", name[i]))
			return np_fail(err, NP_INVAL, "'%s' is no name: character 0x%02x", name,
				(unsigned)(unsigned char)name[i]);
	}
	return 0;
}

int zone_import_name(json_t *list, const char *name, struct np_err *err)
{
	int rc = zone_import_check(name, err);

	if (rc == 0 && json_array_append_new(list, json_string(name)) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

int zone_import_member(json_t *list, const char *member, struct np_err *err)
{
	char text[ZONE_MEMBER_MAX];
	int rc = zone_member_parse(member, text, err);

	if (rc == 0 && zone_member_kind(text) == ZONE_MEMBER_ALIAS)
		rc = zone_import_check(text + 1, err);
	if (rc == 0 && json_array_append_new(list, json_string(text)) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

int64_t zone_import_number(const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 0);
	return errno || end == text || number < 0 ? -1 : number;
}

void zone_import_default_zone(
	json_t *snapshot, const char *value, const char *open, const char *shut)
{
	if (strcmp(value, open) == 0)
		np_json_set_text(snapshot, "default_zone", "all-access");
	else if (strcmp(value, shut) == 0)
		np_json_set_text(snapshot, "default_zone", "no-access");
}

void zone_import_text(json_t *object, const char *key, const char *text)
{
	char clean[TEXT_MAX];
	size_t len = 0;

	for (; *text && len + 1 < sizeof clean; text++)
		clean[len++] = *text >= ' ' && *text <= '~' ? *text : '?';
	clean[len] = '\0';
	(void)json_object_set_new(object, key, json_string(clean));
}

static const struct format {
	const char *name, *vendor;
	int (*parse)(char *text, json_t *snapshot, struct np_err *err);
	const char *const *starts; /* what a line begins with that only this format has */
} formats[] = {
	{ "cfgshow", "fos", zone_import_cfgshow,
		(const char *const[]){ "Defined configuration:", "Effective configuration:", "cfg:",
			"zone:", "alias:", "Type Pid", "Default Zone Access Mode",
			"There is no outstanding zoning transaction", "Current transaction token",
			"Zone DB max size", NULL } },
	{ "zoneset", "nxos", zone_import_nxos,
		(const char *const[]){ "zoneset name ", "zone name ", "fcalias name ",
			"device-alias name ", "device-alias database", "VSAN: ", "VSAN ",
			"Fabric Distribution ", "Zoneset not present", "Zone not present", NULL } },
	{ "fos-json", "fos", zone_import_fos_text, (const char *const[]){ NULL } },
};

static const struct format *format_named(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

static const struct format *format_of_line(const char *line)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		for (const char *const *start = formats[i].starts; *start; start++) {
			if (strncmp(line, *start, strlen(*start)) == 0)
				return &formats[i];
		}
	}
	return NULL;
}

/* nsshow puts its table into braces too: JSON has a quote or another bracket next. */
static bool is_json(const char *text)
{
	text += strspn(text, " \t\r\n");
	if (*text != '{' && *text != '[')
		return false;
	text++;
	text += strspn(text, " \t\r\n");
	return *text && strchr("\"[{}]", *text);
}

static const struct format *format_recognised(const char *text)
{
	const struct format *format = is_json(text) ? format_named("fos-json") : NULL;

	while (!format && *text) {
		text += strspn(text, " \t\r\n");
		format = format_of_line(text);
		text += strcspn(text, "\n");
	}
	return format;
}

/* A copy that can be taken apart: line ends as '\n', other control characters as blanks. NULL when out of memory. */
static char *clean_copy(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	for (size_t i = 0; copy && i < len; i++)
		copy[i] = iscntrl((unsigned char)text[i]) && text[i] != '\n' && text[i] != '\t'
				  ? ' '
				  : text[i];
	if (copy)
		copy[len] = '\0';
	return copy;
}

/* The switch's own checksum is in none of the texts for people. */
static int add_checksum(json_t *snapshot, struct np_err *err)
{
	char digest[NP_DIGEST_TEXT];
	int rc;

	if (*np_json_text(snapshot, "checksum"))
		return 0;
	np_auto(np_json_decref) json_t *both =
		json_pack("{s:O, s:O}", "defined", json_object_get(snapshot, "defined"),
			"effective", json_object_get(snapshot, "effective"));
	if (!both)
		return np_fail_nomem(err);
	rc = np_digest_json(both, digest, err);
	if (rc == 0)
		np_json_set_text(snapshot, "checksum", digest);
	return rc;
}

/* What is wrong may be quoted from the text: nothing in it reaches a terminal. */
static void clean_message(struct np_err *err)
{
	for (char *at = err ? err->msg : NULL; at && *at; at++) {
		if (iscntrl((unsigned char)*at))
			*at = '?';
	}
}

static int parse(const struct format *format, char *text, json_t *snapshot, struct np_err *err)
{
	int rc = format->parse(text, snapshot, err);

	if (rc < 0)
		return rc;
	if (json_object_size(snapshot) == 0)
		return np_fail(err, NP_INVAL,
			"the text has no zones, aliases or other state of a switch in it");
	np_json_set_text(snapshot, "vendor", format->vendor);
	rc = zone_snapshot_normalise(snapshot, err);
	return rc < 0 ? rc : add_checksum(snapshot, err);
}

int zone_import(
	const char *format, const char *text, size_t len, json_t **ret_snapshot, struct np_err *err)
{
	bool recognise = strcmp(format, "auto") == 0;
	const struct format *row = recognise ? NULL : format_named(format);
	int rc;

	if (!row && !recognise)
		return np_fail_field(err, "format",
			"'%.32s' is none of auto, cfgshow, zoneset, fos-json", format);
	if (len > ZONE_IMPORT_MAX)
		return np_fail(
			err, NP_TOOBIG, "the text has %zu bytes, over %u", len, ZONE_IMPORT_MAX);
	if (memchr(text, '\0', len))
		return np_fail(err, NP_INVAL, "the text has a NUL in it: this is no text");
	np_auto(np_free) char *copy = clean_copy(text, len);
	np_auto(np_json_decref) json_t *snapshot = json_object();
	if (!copy || !snapshot)
		return np_fail_nomem(err);
	if (recognise)
		row = format_recognised(copy);
	if (!row)
		return np_hint(err,
			np_fail(err, NP_INVAL, "this is no text of a switch that is known here"),
			"give the output of cfgshow, show zoneset or show zone, or a reply of FOS REST");
	rc = parse(row, copy, snapshot, err);
	if (rc < 0) {
		clean_message(err);
		return rc;
	}
	*ret_snapshot = np_take(snapshot);
	return 0;
}
