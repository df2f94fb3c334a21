/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each NAME.in of a folder is read as a configuration; what it makes, printed back, or the error must be
 * NAME.ok. "golden_conf FOLDER --update" writes the .ok files anew: read the difference before you commit it.
 */
#include <string.h>

#include "base/conf.h"
#include "base/file.h"
#include "tests/golden/golden.h"

#define INPUT_MAX 65536

struct config {
	char title[32], socket[64], placement[16];
	int64_t limit, timeout_ms;
	bool enabled;
};

static const char *const placements[] = { "least-used", "explicit", NULL };

static const struct np_option rows[] = {
	{ "daemon", "title", NP_OPTION_TEXT, NP_OPTION_AT(struct config, title), .preset = "",
		.help = "A text of at most 31 bytes." },
	{ "daemon", "socket", NP_OPTION_PATH, NP_OPTION_AT(struct config, socket),
		.preset = "/run/x.sock",
		.help = "Where clients connect. This help is longer than one line of a comment, so that it has to "
			"be broken at a blank." },
	{ "daemon", "enabled", NP_OPTION_BOOL, NP_OPTION_AT(struct config, enabled),
		.preset = "yes", .help = "A switch." },
	{ "limits", "limit", NP_OPTION_INT, NP_OPTION_AT(struct config, limit), .min = 0,
		.max = 255, .preset = "100", .help = "A number." },
	{ "limits", "timeout", NP_OPTION_DURATION, NP_OPTION_AT(struct config, timeout_ms),
		.min = 1, .max = 3600000, .preset = "1min", .help = "A time." },
	{ "limits", "placement", NP_OPTION_WORD, NP_OPTION_AT(struct config, placement),
		.words = placements, .preset = "least-used", .help = "A word." },
	{ 0 },
};

/* The printed configuration, or "error: ..."; the caller's. */
static char *outcome(const char *text, const char *name)
{
	struct config config = { 0 };
	struct np_err err = { 0 };
	char *error = NULL;

	np_conf_defaults(rows, &config);
	if (np_conf_parse(rows, &config, text, name, &err) == 0)
		return np_conf_print(rows, &config);
	if (asprintf(&error, "error: %s\nfield: %s\n", err.msg, err.field) < 0)
		return NULL;
	return error;
}

/* 0 when @name of @dir makes what its .ok says. */
static int check(const char *dir, const char *name, bool update)
{
	np_auto(np_free) char *text = NULL;
	char in[NP_PATH_MAX], ok[NP_PATH_MAX];
	struct np_err err = { 0 };

	if (!np_path(in, "%s/%s", dir, name) ||
		!np_path(ok, "%s/%.*s.ok", dir, (int)strlen(name) - 3, name) ||
		np_file_read(AT_FDCWD, in, INPUT_MAX, &text, &err) < 0) {
		(void)fprintf(stderr, "%s: %s\n", name, err.msg);
		return 1;
	}
	np_auto(np_free) char *made = outcome(text, name);
	return made ? golden_compare(ok, made, update) : 1;
}

int main(int argc, char **argv)
{
	return golden_main(argc, argv, ".in", check);
}
