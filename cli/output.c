/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output.h"

#include <ctype.h>
#include <string.h>

#include <libsmartcols.h>

#define COLUMNS_MAX 40

/* clang-format off */
static const struct {
	const char *word, *color;
} state_colors[] = {
	{ "ready",        "green"  }, { "Active",  "green"  }, { "Online", "green"  }, { "DONE",    "green"  },
	{ "starting",     "yellow" }, { "RUNNING", "yellow" }, { "PENDING", "yellow" }, { "stopping", "yellow" },
	{ "degraded",     "yellow" }, { "Initializing", "yellow" }, { "Linkdown", "red" }, { "UNDOING", "yellow" },
	{ "failed",       "red"    }, { "FAILED",  "red"    }, { "STUCK",  "red"    }, { "TIMEOUT", "red"    },
	{ "Failed",       "red"    }, { "Offline", "red"    }, { "error",  "red"    }, { "warning", "yellow" },
	{ "fail",         "red"    }, { "warn",    "yellow" }, { "ok",     "green"  }, { "stuck",   "red"    },
};

static const struct {
	const char *name;
	enum cli_format format;
} formats[] = {
	{ "table", CLI_TABLE },
	{ "wide",  CLI_WIDE  },
	{ "json",  CLI_JSON  },
	{ "csv",   CLI_CSV   },
	{ "name",  CLI_NAME  },
};
/* clang-format on */

const char *cli_state_color(const char *state)
{
	for (size_t i = 0; i < sizeof state_colors / sizeof *state_colors; i++) {
		if (strcmp(state_colors[i].word, state) == 0)
			return state_colors[i].color;
	}
	return NULL;
}

int cli_format_parse(const char *name, enum cli_format *ret_format, struct np_err *err)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (strcmp(formats[i].name, name) == 0) {
			*ret_format = formats[i].format;
			return 0;
		}
	}
	return np_fail(err, NP_USAGE, "-o: '%s' is not table, wide, json, csv or name", name);
}

/* The columns to print, in order. */
struct selection {
	const struct cli_column *columns[COLUMNS_MAX];
	size_t n;
};

static const struct cli_column *find_column(
	const struct cli_column *columns, const char *name, size_t len)
{
	for (; columns->header; columns++) {
		if (strlen(columns->header) == len && strncasecmp(columns->header, name, len) == 0)
			return columns;
		if (strlen(columns->path) == len && strncasecmp(columns->path, name, len) == 0)
			return columns;
	}
	return NULL;
}

static int unknown_column(
	const struct cli_column *columns, const char *name, size_t len, struct np_err *err)
{
	char known[sizeof err->hint] = "";
	size_t used = 0;

	for (; columns->header && used < sizeof known; columns++)
		used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
			used ? "," : "columns: ", columns->header);
	return np_hint(err,
		np_fail(err, NP_USAGE, "--columns: there is no column '%.*s'", (int)len, name),
		"%s", known);
}

static int select_columns(struct selection *selection, const struct cli_style *style,
	const struct cli_column *columns, bool all, struct np_err *err)
{
	const char *name = style->columns;

	for (; !name && columns->header && selection->n < COLUMNS_MAX; columns++) {
		if (all || style->format != CLI_TABLE || !(columns->flags & CLI_WIDE_ONLY))
			selection->columns[selection->n++] = columns;
	}
	while (name && *name && selection->n < COLUMNS_MAX) {
		size_t len = strcspn(name, ",");
		const struct cli_column *column = find_column(columns, name, len);

		if (!column)
			return unknown_column(columns, name, len, err);
		selection->columns[selection->n++] = column;
		name += len + (name[len] == ',');
	}
	return 0;
}

/* The text of a cell; never empty in a table, so that a line has as many words as columns. */
static char *cell(
	const struct cli_style *style, const json_t *object, const struct cli_column *column)
{
	char *text = cli_value(object, column->path);
	char bytes[CLI_BYTES_TEXT];

	if (!text || style->format == CLI_CSV)
		return text;
	/* What a switch or a driver put into its name must not drive the terminal. */
	for (char *at = text; *at; at++) {
		if (iscntrl((unsigned char)*at))
			*at = '?';
	}
	if (text[0] != '\0' && (column->flags & CLI_SIZE)) {
		(void)cli_bytes(strtoll(text, NULL, 10), bytes);
		free(text);
		return strdup(bytes);
	}
	if (text[0] == '\0') {
		free(text);
		return strdup("-");
	}
	return text;
}

static void put_csv(FILE *out, const char *text, bool first)
{
	bool quote = strpbrk(text, ",\"\r\n");

	if (!first)
		(void)fputc(',', out);
	if (quote)
		(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	if (quote)
		(void)fputc('"', out);
}

static int print_csv(const struct cli_style *style, const struct selection *selection,
	const json_t *items, struct np_err *err)
{
	size_t row;
	json_t *item;

	for (size_t i = 0; style->headings && i < selection->n; i++)
		put_csv(style->out, selection->columns[i]->header, i == 0);
	if (style->headings)
		(void)fputs("\r\n", style->out);
	json_array_foreach (items, row, item) {
		for (size_t i = 0; i < selection->n; i++) {
			np_auto(np_free) char *text = cell(style, item, selection->columns[i]);

			if (!text)
				return np_fail_nomem(err);
			put_csv(style->out, text, i == 0);
		}
		(void)fputs("\r\n", style->out);
	}
	return 0;
}

static void unref_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

static int fill_line(const struct cli_style *style, struct libscols_table *table,
	const struct selection *selection, const json_t *item, struct np_err *err)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	for (size_t i = 0; line && i < selection->n; i++) {
		char *text = cell(style, item, selection->columns[i]);

		/* The line owns the text from here on. */
		if (!text || scols_line_refer_data(line, i, text) != 0) {
			free(text);
			return np_fail_nomem(err);
		}
		if (selection->columns[i]->flags & CLI_STATE)
			(void)scols_cell_set_color(
				scols_line_get_cell(line, i), cli_state_color(text));
	}
	return line ? 0 : np_fail_nomem(err);
}

static int print_table(const struct cli_style *style, const struct selection *selection,
	const json_t *items, struct np_err *err)
{
	np_auto(unref_table) struct libscols_table *table = scols_new_table();
	size_t row;
	json_t *item;

	if (!table)
		return np_fail_nomem(err);
	(void)scols_table_set_stream(table, style->out);
	(void)scols_table_enable_colors(table, style->color);
	(void)scols_table_enable_noheadings(table, !style->headings);
	for (size_t i = 0; i < selection->n; i++) {
		const struct cli_column *column = selection->columns[i];
		int flags = (column->flags & CLI_RIGHT ? SCOLS_FL_RIGHT : 0) |
			    (column->flags & CLI_TRUNC ? SCOLS_FL_TRUNC : 0);

		if (!scols_table_new_column(table, column->header, 0, flags))
			return np_fail_nomem(err);
	}
	json_array_foreach (items, row, item) {
		int rc = fill_line(style, table, selection, item, err);

		if (rc < 0)
			return rc;
	}
	if (json_array_size(items) > 0)
		(void)scols_print_table(table);
	return 0;
}

static int print_names(const struct cli_style *style, const struct cli_view *view,
	const json_t *items, struct np_err *err)
{
	size_t row;
	json_t *item;

	json_array_foreach (items, row, item) {
		np_auto(np_free) char *name = cli_value(item, view->key);

		if (!name)
			return np_fail_nomem(err);
		(void)fprintf(style->out, "%s/%s%s%s\n", view->noun,
			view->in_fabric ? np_json_text(item, "fabric") : "",
			view->in_fabric ? ":" : "", name);
	}
	return 0;
}

int cli_print_json(const struct cli_style *style, const json_t *json, struct np_err *err)
{
	np_auto(np_json_decref) json_t *shown = cli_redact_json(style->redact, json);

	if (!shown)
		return np_fail_nomem(err);
	(void)json_dumpf(shown, style->out, JSON_INDENT(2) | JSON_ENCODE_ANY);
	(void)fputc('\n', style->out);
	return 0;
}

static int print_items(const struct cli_style *style, const struct cli_column *columns,
	const json_t *items, struct np_err *err)
{
	struct selection selection = { 0 };
	int rc = select_columns(&selection, style, columns, false, err);

	if (rc < 0)
		return rc;
	return style->format == CLI_CSV ? print_csv(style, &selection, items, err)
					: print_table(style, &selection, items, err);
}

int cli_print_list(const struct cli_style *style, const struct cli_view *view, const json_t *list,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *shown = NULL;

	if (style->format == CLI_JSON)
		return cli_print_json(style, list, err);
	shown = cli_redact_json(style->redact, json_object_get(list, "items"));
	if (!shown)
		return np_fail_nomem(err);
	if (style->format == CLI_NAME)
		return print_names(style, view, shown, err);
	return print_items(style, view->columns, shown, err);
}

/* Name and value, one a line, the names in one column. */
static int print_fields(const struct cli_style *style, const struct cli_column *columns,
	const json_t *object, struct np_err *err)
{
	struct selection selection = { 0 };
	int rc = select_columns(&selection, style, columns, true, err);
	int width = 0;

	for (size_t i = 0; rc == 0 && i < selection.n; i++) {
		int len = (int)strlen(selection.columns[i]->header);

		width = len > width ? len : width;
	}
	for (size_t i = 0; rc == 0 && i < selection.n; i++) {
		np_auto(np_free) char *text = cell(style, object, selection.columns[i]);

		if (!text)
			return np_fail_nomem(err);
		(void)fprintf(style->out, "%-*s  %s\n", width, selection.columns[i]->header, text);
	}
	return rc;
}

static int print_sections(const struct cli_style *style, const struct cli_section *sections,
	const json_t *object, struct np_err *err)
{
	for (; sections && sections->title; sections++) {
		json_t *items = json_object_get(object, sections->path);

		if (json_array_size(items) == 0)
			continue;
		(void)fprintf(style->out, "\n%s\n", sections->title);
		int rc = print_items(style, sections->columns, items, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int cli_print_object(const struct cli_style *style, const struct cli_view *view,
	const json_t *object, struct np_err *err)
{
	np_auto(np_json_decref) json_t *shown = NULL;
	np_auto(np_json_decref) json_t *items = NULL;

	if (style->format == CLI_JSON)
		return cli_print_json(style, object, err);
	shown = cli_redact_json(style->redact, object);
	items = json_pack("[O]", shown);
	if (!items)
		return np_fail_nomem(err);
	if (style->format == CLI_NAME)
		return print_names(style, view, items, err);
	if (style->format == CLI_CSV)
		return print_items(style, view->columns, items, err);
	int rc = print_fields(style, view->columns, shown, err);
	/* Chosen columns are those of the object alone. */
	if (rc < 0 || style->columns)
		return rc;
	return print_sections(style, view->sections, shown, err);
}
