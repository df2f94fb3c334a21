/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each NAME.json of a folder, {"context": N, "plan": PLAN}, is written in every format for switches and tickets; the text,
 * or the error, must be NAME.FORMAT. "golden_zone_script FOLDER --update" writes these anew: read the difference before
 * you commit it.
 */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "tests/golden/golden.h"
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

/* 0 when @input makes in @format what BASE.FORMAT says. */
static int check_format(const json_t *input, const char *base, const char *format, bool update)
{
	np_auto(np_free) char *made = outcome(input, format);
	char path[NP_PATH_MAX];

	if (!made || !np_path(path, "%s.%s", base, format))
		return 1;
	return golden_compare(path, made, update);
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
	return golden_main(argc, argv, ".json", check);
}
