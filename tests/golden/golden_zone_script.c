/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each NAME.json of a folder, {"context": N, "plan": PLAN}, is written in every format for switches and tickets; the text,
 * or the error, must be NAME.FORMAT. "golden_zone_script FOLDER --update" writes these anew: read the difference before
 * you commit it.
 */
#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "zoning/script.h"

#define INPUT_MAX 65536

static const char *const formats[] = { "fos", "nxos", "csv" };

#define FORMATS (sizeof formats / sizeof *formats)

/* The script, or "error: ..."; the caller's. */
static char *outcome(const json_t *input, const char *format)
{
	struct np_err err = { 0 };
	char *text = NULL;
	int rc = zone_script(
		json_object_get(input, "plan"), format, np_json_int(input, "context"), &text, &err);

	if (rc < 0 && asprintf(&text, "error: %s\n", err.msg) < 0)
		return NULL;
	return text;
}

/* 0 when @input makes in @format what DIR/NAME.FORMAT says. */
static int check_format(const json_t *input, const char *base, const char *format, bool update)
{
	np_auto(np_free) char *made = outcome(input, format);
	np_auto(np_free) char *wanted = NULL;
	char path[NP_PATH_MAX];
	struct np_err err = { 0 };

	if (!made || !np_path(path, "%s.%s", base, format))
		return 1;
	if (update)
		return np_file_replace(path, made, 0644, &err) < 0;
	if (np_file_read(AT_FDCWD, path, INPUT_MAX, &wanted, &err) == 0 &&
		strcmp(made, wanted) == 0)
		return 0;
	(void)fprintf(
		stderr, "--- %s wanted\n%s--- made\n%s", path, wanted ? wanted : err.msg, made);
	return 1;
}

static int check(const char *dir, const char *name, bool update)
{
	np_auto(np_free) char *text = NULL;
	np_auto(np_json_decref) json_t *input = NULL;
	char in[NP_PATH_MAX], base[NP_PATH_MAX];
	struct np_err err = { 0 };
	int failed = 0;

	if (!np_path(in, "%s/%s", dir, name) ||
		!np_path(base, "%s/%.*s", dir, (int)(strlen(name) - strlen(".json")), name) ||
		np_file_read(AT_FDCWD, in, INPUT_MAX, &text, &err) < 0 ||
		np_json_parse(text, strlen(text), &input, &err) < 0) {
		(void)fprintf(stderr, "%s: %s\n", name, err.msg);
		return 1;
	}
	for (size_t i = 0; i < FORMATS; i++)
		failed |= check_format(input, base, formats[i], update);
	return failed;
}

int main(int argc, char **argv)
{
	bool update = argc == 3 && strcmp(argv[2], "--update") == 0;
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	unsigned plans = 0;
	int failed = 0;

	if (!dir) {
		(void)fprintf(stderr, "usage: %s FOLDER [--update]\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		failed |= check(argv[1], entry->d_name, update);
		plans++;
	}
	(void)closedir(dir);
	(void)printf("%u plans\n", plans);
	return failed || plans == 0;
}
