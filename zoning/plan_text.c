/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans and differences in words. */
#include <string.h>

#include "zoning/change.h"
#include "zoning/plan.h"

#define DIFFERENCE_MAX 256

static const struct {
	const char *part, *single;
} parts[] = {
	{ "aliases", "alias" },
	{ "zones", "zone" },
	{ "zonesets", "zoneset" },
};

/* The first member that only one of the lists has. */
static bool list_difference(
	const json_t *wanted, const json_t *found, const char **ret_member, bool *ret_missing)
{
	size_t i;
	const json_t *member;

	json_array_foreach (wanted, i, member) {
		if (!zone_list_has(found, zone_text_of(member))) {
			*ret_member = zone_text_of(member);
			*ret_missing = true;
			return true;
		}
	}
	json_array_foreach (found, i, member) {
		if (!zone_list_has(wanted, zone_text_of(member))) {
			*ret_member = zone_text_of(member);
			*ret_missing = false;
			return true;
		}
	}
	return false;
}

static void value_difference(const char *single, const char *name, const json_t *wanted,
	const json_t *found, char text[static DIFFERENCE_MAX])
{
	static const char *const lists[] = { "principals", "members" };
	const char *member = "";
	bool missing = false, told = false;

	if (json_is_array(wanted))
		told = list_difference(wanted, found, &member, &missing);
	for (size_t i = 0; i < 2 && !told; i++)
		told = list_difference(json_object_get(wanted, lists[i]),
			json_object_get(found, lists[i]), &member, &missing);
	if (told)
		(void)snprintf(text, DIFFERENCE_MAX, "%s '%s': member %s is %s", single, name,
			member, missing ? "missing" : "too many");
	else
		(void)snprintf(text, DIFFERENCE_MAX, "%s '%s' is of another kind", single, name);
}

static void part_difference(
	size_t p, const json_t *wanted, const json_t *found, char text[static DIFFERENCE_MAX])
{
	const char *name;
	json_t *value;

	zone_each (json_object_get(wanted, parts[p].part), name, value) {
		const json_t *other = json_object_get(json_object_get(found, parts[p].part), name);
		if (zone_value_is_same(value, other))
			continue;
		if (other)
			value_difference(parts[p].single, name, value, other, text);
		else
			(void)snprintf(
				text, DIFFERENCE_MAX, "%s '%s' is missing", parts[p].single, name);
		return;
	}
	zone_each (json_object_get(found, parts[p].part), name, value) {
		if (!json_object_get(json_object_get(wanted, parts[p].part), name)) {
			(void)snprintf(
				text, DIFFERENCE_MAX, "%s '%s' is too many", parts[p].single, name);
			return;
		}
	}
}

void zone_db_difference(
	const json_t *wanted, const json_t *found, char ret_text[static DIFFERENCE_MAX])
{
	ret_text[0] = '\0';
	for (size_t p = 0; p < sizeof parts / sizeof *parts && !ret_text[0]; p++)
		part_difference(p, wanted, found, ret_text);
}

static void print_list(FILE *out, const char *title, const json_t *list)
{
	size_t i;
	const json_t *member;

	if (json_array_size(list) == 0)
		return;
	(void)fprintf(out, " %s", title);
	json_array_foreach (list, i, member)
		(void)fprintf(out, "%s%s", i ? " " : "", zone_text_of(member));
}

static void print_value(FILE *out, const json_t *value)
{
	if (json_is_array(value))
		print_list(out, "", value);
	if (!json_is_object(value))
		return;
	(void)fprintf(out, " %s", np_json_text(value, "kind"));
	print_list(out, "principals ", json_object_get(value, "principals"));
	print_list(out, "members ", json_object_get(value, "members"));
}

static void print_change(FILE *out, const json_t *change)
{
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	bool member = strcmp(np_json_text(change, "object"), "member") == 0;

	(void)fprintf(out, "%c %s %s%s%s",
		!before ? '+'
		: after ? '~'
			: '-',
		member ? "zoneset" : np_json_text(change, "object"),
		member ? np_json_text(change, "zoneset") : np_json_text(change, "name"),
		member ? ": zone " : "", member ? np_json_text(change, "name") : "");
	if (after)
		print_value(out, after);
	(void)fputc('\n', out);
	if (before && after) {
		(void)fprintf(out, "    before:");
		print_value(out, before);
		(void)fputc('\n', out);
	}
}

static void print_kept(FILE *out, const json_t *plan)
{
	size_t i;
	const json_t *row;

	json_array_foreach (json_object_get(plan, "reused"), i, row)
		(void)fprintf(out, "= zone %s is there as '%s', which npivd has not made\n",
			np_json_text(row, "zone"), np_json_text(row, "by"));
	json_array_foreach (json_object_get(plan, "kept"), i, row)
		(void)fprintf(out, "! %s %s stays: %s\n", np_json_text(row, "object"),
			np_json_text(row, "name"), np_json_text(row, "reason"));
}

char *zone_plan_diff(const json_t *plan)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *out = open_memstream(&text, &len);
	const json_t *change, *changes = json_object_get(plan, "changes");

	if (!out)
		return NULL;
	json_array_foreach (changes, i, change)
		print_change(out, change);
	print_kept(out, plan);
	if (np_json_bool(plan, "activate"))
		(void)fprintf(
			out, "then zoneset %s is put in force\n", np_json_text(plan, "zoneset"));
	if (json_array_size(changes) == 0 && !np_json_bool(plan, "activate"))
		(void)fprintf(out, "nothing is to be changed\n");
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
