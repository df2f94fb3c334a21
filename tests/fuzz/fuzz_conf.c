/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration that is accepted is printed in a form that parses to the same values. */
#include <assert.h>
#include <string.h>

#include "base/conf.h"

struct config {
	char text[64], path[64], word[12];
	int64_t number, wait_ms;
	bool on;
};

static const char *const words[] = { "least-used", "fixed", NULL };

static const struct np_option rows[] = {
	{ "one", "text", NP_OPTION_TEXT, NP_OPTION_AT(struct config, text), .preset = "",
		.help = "Text." },
	{ "one", "path", NP_OPTION_PATH, NP_OPTION_AT(struct config, path), .preset = "/x",
		.help = "A path." },
	{ "one", "number", NP_OPTION_INT, NP_OPTION_AT(struct config, number), .preset = "3",
		.help = "A number." },
	{ "two", "wait", NP_OPTION_DURATION, NP_OPTION_AT(struct config, wait_ms), .preset = "30s",
		.help = "A time." },
	{ "two", "on", NP_OPTION_BOOL, NP_OPTION_AT(struct config, on), .preset = "no",
		.help = "A switch." },
	{ "two", "word", NP_OPTION_WORD, NP_OPTION_AT(struct config, word), .words = words,
		.preset = "fixed", .help = "A word." },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_free) char *text = calloc(1, size + 1);
	struct config config = { 0 }, back = { 0 };
	struct np_err err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	np_conf_defaults(rows, &config);
	if (np_conf_parse(rows, &config, text, "fuzz", &err) < 0)
		return 0;
	np_auto(np_free) char *printed = np_conf_print(rows, &config);
	assert(np_conf_parse(rows, &back, printed, "printed", &err) == 0);
	np_auto(np_free) char *again = np_conf_print(rows, &back);
	assert(strcmp(printed, again) == 0);
	return 0;
}
