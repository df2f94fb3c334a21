/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/conf.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include <ini.h>

#include "base/file.h"

#define NAME_LEN_MAX 64 /* of a section or key that is looked up */
#define HELP_WIDTH 78
#define NUMBER_TEXT 32
#define VALUE_MAX (NP_CONF_LINE_MAX - 8) /* of "key = value", newline and NUL left out */

static const struct {
	const char *unit;
	int64_t ms;
} units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "min", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ "", 1000 },
};

static const struct {
	const char *word;
	bool value;
} bool_words[] = {
	{ "yes", true },
	{ "no", false },
	{ "true", true },
	{ "false", false },
	{ "on", true },
	{ "off", false },
	{ "1", true },
	{ "0", false },
};

/* Setting a value */

struct slot {
	const struct np_option *row;
	void *at;
	char name[2 * NAME_LEN_MAX]; /* "section.key", for errors */
};

static int set_text(const struct slot *slot, const char *value, struct np_err *err)
{
	if (strlen(value) >= slot->row->size)
		return np_fail_field(err, slot->name, "is over %zu bytes", slot->row->size - 1);
	(void)snprintf(slot->at, slot->row->size, "%s", value);
	return 0;
}

/* Empty: no such path. */
static int set_path(const struct slot *slot, const char *value, struct np_err *err)
{
	if (value[0] && value[0] != '/')
		return np_fail_field(err, slot->name, "'%.100s' is not an absolute path", value);
	return set_text(slot, value, err);
}

/* In the largest unit that needs no fraction. */
static const char *duration_text(int64_t ms, char text[static NUMBER_TEXT])
{
	size_t i = 0;

	while (ms % units[i].ms != 0)
		i++;
	(void)snprintf(
		text, NUMBER_TEXT, "%" PRId64 "%s", ms / units[i].ms, ms ? units[i].unit : "");
	return text;
}

static const char *number_text(
	const struct np_option *row, int64_t number, char text[static NUMBER_TEXT])
{
	if (row->type == NP_OPTION_DURATION)
		return duration_text(number, text);
	(void)snprintf(text, NUMBER_TEXT, "%" PRId64, number);
	return text;
}

static int set_within(
	const struct slot *slot, int64_t number, const char *value, struct np_err *err)
{
	const struct np_option *row = slot->row;
	char min[NUMBER_TEXT], max[NUMBER_TEXT];

	if (row->max > row->min && (number < row->min || number > row->max))
		return np_fail_field(err, slot->name, "'%.40s' is not within %s and %s", value,
			number_text(row, row->min, min), number_text(row, row->max, max));
	assert(row->size == sizeof number);
	memcpy(slot->at, &number, sizeof number);
	return 0;
}

/* Digits at the start of @text; NULL when there are none or too many. */
static const char *parse_digits(const char *text, int64_t *ret_number)
{
	int64_t number = 0;

	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *text - '0', &number))
			return NULL;
	}
	*ret_number = number;
	return text;
}

static int set_int(const struct slot *slot, const char *value, struct np_err *err)
{
	bool negative = value[0] == '-';
	int64_t number;
	const char *end = parse_digits(value + negative, &number);

	if (!end || *end)
		return np_fail_field(err, slot->name, "'%.40s' is not a whole number", value);
	return set_within(slot, negative ? -number : number, value, err);
}

static int set_duration(const struct slot *slot, const char *value, struct np_err *err)
{
	int64_t number;
	const char *unit = parse_digits(value, &number);

	while (unit && isblank((unsigned char)*unit))
		unit++;
	for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++) {
		if (strcmp(unit, units[i].unit) == 0 &&
			!__builtin_mul_overflow(number, units[i].ms, &number))
			return set_within(slot, number, value, err);
	}
	return np_fail_field(err, slot->name,
		"'%.40s' is not a duration: a number with ms, s, min, h or d", value);
}

static int set_bool(const struct slot *slot, const char *value, struct np_err *err)
{
	assert(slot->row->size == sizeof(bool));
	for (size_t i = 0; i < sizeof bool_words / sizeof *bool_words; i++) {
		if (strcasecmp(value, bool_words[i].word) == 0) {
			memcpy(slot->at, &bool_words[i].value, sizeof(bool));
			return 0;
		}
	}
	return np_fail_field(err, slot->name, "'%.40s' is neither yes nor no", value);
}

static int set_word(const struct slot *slot, const char *value, struct np_err *err)
{
	char list[200] = "";

	for (const char *const *word = slot->row->words; *word; word++) {
		size_t len = strlen(list);
		if (strcmp(*word, value) == 0)
			return set_text(slot, value, err);
		(void)snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", *word);
	}
	return np_fail_field(err, slot->name, "'%.40s' is not one of %s", value, list);
}

static int (*const setters[])(const struct slot *slot, const char *value, struct np_err *err) = {
	[NP_OPTION_TEXT] = set_text,
	[NP_OPTION_PATH] = set_path,
	[NP_OPTION_INT] = set_int,
	[NP_OPTION_BOOL] = set_bool,
	[NP_OPTION_DURATION] = set_duration,
	[NP_OPTION_WORD] = set_word,
};

/* Finding the row, and the nearest name when there is none */

static const struct np_option *find_row(
	const struct np_option *rows, const char *section, const char *key)
{
	for (; rows->section; rows++) {
		if (strcmp(rows->section, section) == 0 && (!key || strcmp(rows->key, key) == 0))
			return rows;
	}
	return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edits (insert, delete, replace a character) from @a to @b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_LEN_MAX + 1];
	size_t len = strnlen(b, NAME_LEN_MAX);

	for (unsigned j = 0; j <= len; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] && i <= NAME_LEN_MAX; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = least(replaced, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[len];
}

/* The row whose section (@key NULL) or key in @section is near; NULL when all are far. */
static const struct np_option *nearest_row(
	const struct np_option *rows, const char *section, const char *key)
{
	const struct np_option *best = NULL;
	const char *wanted = key ? key : section;
	unsigned best_distance = 2 + (unsigned)strnlen(wanted, NAME_LEN_MAX) / 4;

	for (; rows->section; rows++) {
		if (key && strcmp(rows->section, section) != 0)
			continue;
		unsigned d = distance(wanted, key ? rows->key : rows->section);
		if (d < best_distance) {
			best_distance = d;
			best = rows;
		}
	}
	return best;
}

static int check_section(const struct np_option *rows, const char *section, struct np_err *err)
{
	const struct np_option *near;

	if (find_row(rows, section, NULL))
		return 0;
	if (!section[0])
		return np_fail(err, NP_INVAL, "an option before the first [section]");
	near = nearest_row(rows, section, NULL);
	return np_fail_field(err, section, "there is no such section%s%s%s",
		near ? "; did you mean [" : "", near ? near->section : "", near ? "]?" : "");
}

static int fail_key(const struct np_option *rows, const char *section, const char *key,
	const char *name, struct np_err *err)
{
	const struct np_option *near = nearest_row(rows, section, key);

	for (const struct np_option *row = rows; row->section; row++) {
		if (strcmp(row->key, key) == 0)
			return np_fail_field(
				err, name, "this option belongs in section [%s]", row->section);
	}
	return np_fail_field(err, name, "there is no such option%s%s%s",
		near ? "; did you mean '" : "", near ? near->key : "", near ? "'?" : "");
}

/* What a file cannot give back as it was: the parser trims blanks and ends a value at the line's end. */
static bool is_printable(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return false;
	}
	return len == 0 || (value[0] != ' ' && value[len - 1] != ' ');
}

static int set_option(const struct np_option *rows, void *config, const char *section,
	const char *key, const char *value, struct np_err *err)
{
	struct slot slot = { 0 };
	int rc = check_section(rows, section, err);

	if (rc < 0)
		return rc;
	(void)snprintf(slot.name, sizeof slot.name, "%.60s.%.60s", section, key);
	slot.row = find_row(rows, section, key);
	if (!slot.row)
		return fail_key(rows, section, key, slot.name, err);
	if (!is_printable(value))
		return np_fail_field(
			err, slot.name, "the value has control characters or blanks at an end");
	if (strlen(key) + strlen(value) > VALUE_MAX)
		return np_fail_field(err, slot.name, "the value is too long for one line");
	slot.at = (char *)config + slot.row->offset;
	return setters[slot.row->type](&slot, value, err);
}

int np_conf_set(const struct np_option *rows, void *config, const char *section, const char *key,
	const char *value, const char *where, struct np_err *err)
{
	int rc = set_option(rows, config, section, key, value, err);

	return where ? np_wrap(err, rc, "%s", where) : rc;
}

void np_conf_defaults(const struct np_option *rows, void *config)
{
	for (const struct np_option *row = rows; row->section; row++) {
		struct np_err err = { 0 };
		int rc = set_option(rows, config, row->section, row->key, row->preset, &err);
		if (rc < 0)
			(void)fprintf(stderr, "preset of %s\n", err.msg);
		assert(rc == 0);
	}
}

/* Reading a file */

struct reading {
	const struct np_option *rows;
	void *config;
	const char *next; /* of the text */
	unsigned line;
	int rc;
	struct np_err *err;
};

/* A section without options never reaches the handler, so its name is checked here. */
static int check_section_line(const struct reading *reading, const char *line)
{
	char section[NAME_LEN_MAX];
	const char *end;

	while (isspace((unsigned char)*line))
		line++;
	end = line[0] == '[' ? strchr(line, ']') : NULL;
	if (!end)
		return 0;
	(void)snprintf(section, sizeof section, "%.*s", (int)(end - line - 1), line + 1);
	return check_section(reading->rows, section, reading->err);
}

/* Gives inih one line: it would take the rest of an overlong line for a line of its own. */
static char *read_line(char *line, int size, void *data)
{
	struct reading *reading = data;
	size_t len = strcspn(reading->next, "\n");

	if (!reading->next[0] || reading->rc < 0)
		return NULL;
	reading->line++;
	if (len + 2 > (size_t)size) {
		reading->rc =
			np_fail(reading->err, NP_INVAL, "the line is over %d bytes", size - 2);
		return NULL;
	}
	memcpy(line, reading->next, len);
	memcpy(line + len, "\n", 2);
	reading->next += len + (reading->next[len] == '\n');
	reading->rc = check_section_line(reading, line);
	return reading->rc < 0 ? NULL : line;
}

static int take_option(void *data, const char *section, const char *key, const char *value)
{
	struct reading *reading = data;

	reading->rc = set_option(reading->rows, reading->config, section, key, value, reading->err);
	return reading->rc == 0;
}

int np_conf_parse(const struct np_option *rows, void *config, const char *text, const char *where,
	struct np_err *err)
{
	struct reading reading = { .rows = rows, .config = config, .next = text, .err = err };

	/* Debian builds inih with these as variables. Values are then what stands there, ';' included. */
	ini_max_line = NP_CONF_LINE_MAX;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_stop_on_first_error = true;
	int bad_line = ini_parse_stream(read_line, &reading, take_option, &reading);
	if (reading.rc == 0 && bad_line != 0)
		reading.rc =
			np_fail(err, NP_INVAL, "this is neither '[section]' nor 'option = value'");
	return np_wrap(err, reading.rc, "%s:%u", where, reading.line);
}

static int read_file(const struct np_option *rows, void *config, const char *path, bool required,
	struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	struct np_err why = { 0 };
	int rc = np_file_read(AT_FDCWD, path, NP_CONF_FILE_MAX, &text, &why);

	if (rc == -NP_NOTFOUND && !required)
		return 0;
	if (rc < 0) {
		if (err)
			*err = why;
		return np_wrap(err, rc, "configuration");
	}
	return np_conf_parse(rows, config, text, path, err);
}

static int is_drop_in(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_drop_ins(
	const struct np_option *rows, void *config, const char *dir, struct np_err *err)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_drop_in, by_name);
	int rc = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : np_fail_sys(err, errno, "configuration: read %s", dir);
	for (int i = 0; i < n; i++) {
		char path[NP_PATH_MAX];
		if (rc == 0 && !np_path(path, "%s/%s", dir, entries[i]->d_name))
			rc = np_fail(err, NP_INVAL, "configuration: path too long: %.100s", dir);
		if (rc == 0)
			rc = read_file(rows, config, path, true, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int np_conf_read(const struct np_option *rows, void *config, const char *path, bool required,
	struct np_err *err)
{
	char dir[NP_PATH_MAX];
	int rc = read_file(rows, config, path, required, err);

	if (rc < 0)
		return rc;
	if (!np_path(dir, "%s.d", path))
		return np_fail(err, NP_INVAL, "configuration: path too long: %.100s", path);
	return read_drop_ins(rows, config, dir, err);
}

/* Printing */

/* As a file has it; @number holds the text of a number. */
static const char *value_text(
	const struct np_option *row, const void *at, char number[static NUMBER_TEXT])
{
	int64_t value = 0;

	switch (row->type) {
	case NP_OPTION_TEXT:
	case NP_OPTION_PATH:
	case NP_OPTION_WORD:
		return at;
	case NP_OPTION_BOOL:
		return *(const bool *)at ? "yes" : "no";
	case NP_OPTION_INT:
	case NP_OPTION_DURATION:
		memcpy(&value, at, sizeof value);
		return number_text(row, value, number);
	}
	return "";
}

/* As comment lines of HELP_WIDTH. */
static void print_help(FILE *file, const char *text)
{
	while (*text) {
		size_t len = strlen(text);
		if (len > HELP_WIDTH) {
			len = HELP_WIDTH;
			while (len > 1 && text[len] != ' ')
				len--;
		}
		(void)fprintf(file, "# %.*s\n", (int)len, text);
		text += len + strspn(text + len, " ");
	}
}

static void print_row(FILE *file, const struct np_option *row, const void *config)
{
	char number[NUMBER_TEXT];
	const char *value = value_text(row, (const char *)config + row->offset, number);

	print_help(file, row->help);
	if (row->type == NP_OPTION_WORD) {
		(void)fputs("# One of:", file);
		for (const char *const *word = row->words; *word; word++)
			(void)fprintf(file, " %s", *word);
		(void)fputs("\n", file);
	}
	(void)fprintf(file, "# Default: %s\n", row->preset[0] ? row->preset : "(empty)");
	(void)fprintf(file, "%s =%s%s\n", row->key, value[0] ? " " : "", value);
}

char *np_conf_print(const struct np_option *rows, const void *config)
{
	const char *section = "";
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	for (const struct np_option *row = rows; row->section; row++) {
		if (strcmp(section, row->section) != 0)
			(void)fprintf(file, "%s[%s]\n", row == rows ? "" : "\n", row->section);
		else
			(void)fputs("\n", file);
		section = row->section;
		print_row(file, row, config);
	}
	bool failed = ferror(file) != 0;
	if (fclose(file) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
