/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans as a change ticket: comma separated values (RFC 4180) that no spreadsheet takes for a formula. */
#include <string.h>

#include "zoning/script_write.h"

static const char *const columns[] = { "fabric", "vendor", "virtual fabric or VSAN", "step",
	"action", "object", "name", "zoneset", "before", "after" };

#define COLUMNS (sizeof columns / sizeof *columns)

/* Always quoted. A text that a spreadsheet would calculate begins with an apostrophe instead. */
static void put_cell(FILE *out, const char *text)
{
	(void)fputc('"', out);
	if (*text && strchr("=+-@\t\r\n", *text))
		(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void put_row(FILE *out, const char *const cells[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		put_cell(out, cells[i]);
		(void)fputs(i + 1 < COLUMNS ? "," : "\r\n", out);
	}
}

static void put_members(FILE *out, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *value = json_string_value(member);
		char text[ZONE_MEMBER_MAX];

		if (*value == '@')
			(void)fprintf(out, "%salias %s", i ? "; " : "", value + 1);
		else
			(void)fprintf(out, "%s%s", i ? "; " : "", zone_script_member(value, text));
	}
}

/* A value of the plan for people; the caller's, NULL when out of memory. */
static char *value_text(const json_t *value)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (json_is_string(value))
		(void)fputs(json_string_value(value), out);
	put_members(out, value);
	if (json_object_get(value, "principals")) {
		(void)fputs("targets: ", out);
		put_members(out, json_object_get(value, "principals"));
		(void)fputs(" initiators: ", out);
	}
	put_members(out, json_object_get(value, "members"));
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* What is done with the object, by (is there a before, is there an after). */
static const char *action_of(const json_t *change)
{
	static const struct {
		const char *object, *made, *gone;
	} verbs[] = {
		{ "member", "add to zoneset", "take out of zoneset" },
		{ "activation", "activate", "deactivate" },
	};
	const char *object = np_json_text(change, "object");
	bool before = json_object_get(change, "before"), after = json_object_get(change, "after");

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].object, object) == 0)
			return after ? verbs[i].made : verbs[i].gone;
	}
	if (before && after)
		return "change";
	return after ? "create" : "delete";
}

struct ticket {
	const struct zone_writer *writer;
	char context[24];
	unsigned step;
};

static void put_step(struct ticket *ticket, const char *const rest[static 6])
{
	char step[16];

	(void)snprintf(step, sizeof step, "%u", ++ticket->step);
	put_row(ticket->writer->out,
		(const char *const[COLUMNS]){ np_json_text(ticket->writer->plan, "fabric"),
			np_json_text(ticket->writer->plan, "vendor"), ticket->context, step,
			rest[0], rest[1], rest[2], rest[3], rest[4], rest[5] });
}

static int write_change(struct ticket *ticket, const json_t *change, struct np_err *err)
{
	np_auto(np_free) char *before = value_text(json_object_get(change, "before"));
	np_auto(np_free) char *after = value_text(json_object_get(change, "after"));

	if (!before || !after)
		return np_fail_nomem(err);
	put_step(ticket, (const char *const[6]){ action_of(change), np_json_text(change, "object"),
				 np_json_text(change, "name"), np_json_text(change, "zoneset"),
				 before, after });
	return 0;
}

int zone_script_csv(const struct zone_writer *writer, struct np_err *err)
{
	struct ticket ticket = { .writer = writer };
	const char *active = zone_script_activated(writer->plan);
	const json_t *change;
	size_t i;

	if (writer->context > 0)
		(void)snprintf(
			ticket.context, sizeof ticket.context, "%lld", (long long)writer->context);
	put_row(writer->out, columns);
	json_array_foreach (json_object_get(writer->plan, "changes"), i, change) {
		int rc = write_change(&ticket, change, err);

		if (rc < 0)
			return rc;
	}
	if (active && np_json_bool(writer->plan, "activate"))
		put_step(&ticket,
			(const char *const[6]){ "put in force", "zoneset", active, "", "", "" });
	return 0;
}
