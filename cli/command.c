/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"

#include <string.h>

#define WORD_MAX 32u
#define DISTANCE_MAX 2u /* a word further away was not meant */

bool cli_is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; at && *at; at += strspn(at, " ")) {
		size_t here = strcspn(at, " ");

		if (here == len && len > 0 && strncmp(at, word, len) == 0)
			return true;
		at += here;
	}
	return false;
}

static bool names_noun(const struct cli_noun *noun, const char *word)
{
	const char *name = noun->view.noun;
	size_t len = strlen(name);

	if (strncmp(word, name, len) == 0 && (word[len] == '\0' || strcmp(word + len, "s") == 0))
		return true;
	return cli_is_word_of(noun->synonyms, word);
}

const struct cli_noun *cli_find_noun(const char *word)
{
	for (size_t i = 0; cli_nouns[i]; i++) {
		if (names_noun(cli_nouns[i], word))
			return cli_nouns[i];
	}
	return NULL;
}

static bool has_own(const struct cli_noun *noun, const char *verb)
{
	for (const struct cli_command *row = noun->commands; row && row->verb; row++) {
		if (strcmp(row->verb, verb) == 0)
			return true;
	}
	return false;
}

const struct cli_command *cli_command_at(const struct cli_noun *noun, size_t i)
{
	for (const struct cli_command *row = noun->commands; row && row->verb; row++) {
		if (i-- == 0)
			return row;
	}
	for (const struct cli_command *row = cli_record_commands; row->verb; row++) {
		if (!(noun->verbs & row->record_verb) || has_own(noun, row->verb))
			continue;
		if (i-- == 0)
			return row;
	}
	return NULL;
}

const struct cli_command *cli_find_command(const struct cli_noun *noun, const char *word)
{
	const struct cli_command *command;

	for (size_t i = 0; (command = cli_command_at(noun, i)); i++) {
		if (strcmp(command->verb, word) == 0 || cli_is_word_of(command->synonyms, word))
			return command;
	}
	return NULL;
}

size_t cli_command_options(const struct cli_noun *noun, const struct cli_command *command,
	const struct cli_option *ret_options[static CLI_OPTIONS_MAX])
{
	unsigned when = command->record_verb == CLI_VERB_CREATE ? CLI_ON_CREATE
			: command->record_verb == CLI_VERB_SET	? CLI_ON_SET
								: 0;
	size_t n = 0;

	for (const struct cli_option *row = command->options;
		row && row->name && n < CLI_OPTIONS_MAX; row++)
		ret_options[n++] = row;
	for (const struct cli_option *row = noun->fields; row && row->name && n < CLI_OPTIONS_MAX;
		row++) {
		if (row->when & when)
			ret_options[n++] = row;
	}
	return n;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Damerau-Levenshtein, restricted: a swapped pair is not changed again. */
unsigned cli_distance(const char *one, const char *other)
{
	unsigned rows[3][WORD_MAX + 1] = { 0 };
	size_t n = strlen(one), m = strlen(other);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= m; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3],
			 *earlier = rows[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			now[j] = min3(before[j] + 1, now[j - 1] + 1,
				before[j - 1] + (one[i - 1] != other[j - 1]));
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
				one[i - 2] == other[j - 1] && earlier[j - 2] + 1 < now[j])
				now[j] = earlier[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

struct guess {
	const char *wrong;
	char best[WORD_MAX + 1];
	unsigned distance;
};

static void consider(struct guess *guess, const char *words)
{
	for (const char *at = words; at && *at; at += strspn(at, " ")) {
		char word[WORD_MAX + 1];
		size_t len = strcspn(at, " ");

		(void)snprintf(word, sizeof word, "%.*s", (int)len, at);
		at += len;
		unsigned distance = cli_distance(guess->wrong, word);
		if (distance >= guess->distance || distance >= strlen(word))
			continue;
		guess->distance = distance;
		(void)snprintf(guess->best, sizeof guess->best, "%s", word);
	}
}

int cli_unknown_noun(const char *word, struct np_err *err)
{
	struct guess guess = { .wrong = word, .distance = DISTANCE_MAX + 1 };
	int rc = np_fail(err, NP_USAGE, "there is no command '%s'", word);

	for (size_t i = 0; cli_nouns[i]; i++) {
		consider(&guess, cli_nouns[i]->view.noun);
		consider(&guess, cli_nouns[i]->synonyms);
	}
	if (guess.best[0])
		return np_hint(err, rc, "did you mean '%s'?", guess.best);
	return np_hint(err, rc, "npivctl help lists the commands");
}

int cli_unknown_verb(const struct cli_noun *noun, const char *word, struct np_err *err)
{
	struct guess guess = { .wrong = word, .distance = DISTANCE_MAX + 1 };
	const struct cli_command *command;
	int rc = np_fail(err, NP_USAGE, "there is no command '%s %s'", noun->view.noun, word);

	for (size_t i = 0; (command = cli_command_at(noun, i)); i++) {
		consider(&guess, command->verb);
		consider(&guess, command->synonyms);
	}
	if (guess.best[0])
		return np_hint(err, rc, "did you mean '%s %s'?", noun->view.noun, guess.best);
	return np_hint(err, rc, "npivctl help %s lists its verbs", noun->view.noun);
}

static const char *sample_of(const struct cli_noun *noun, const struct cli_command *command)
{
	if (command->example)
		return command->example;
	if (command->record_verb == CLI_VERB_LIST)
		return "";
	if (command->record_verb == CLI_VERB_CREATE)
		return noun->sample.create;
	if (command->record_verb == CLI_VERB_SET)
		return noun->sample.set;
	return noun->sample.key;
}

const char *cli_example(const struct cli_noun *noun, const struct cli_command *command,
	char text[static CLI_EXAMPLE_MAX])
{
	const char *sample = sample_of(noun, command);

	(void)snprintf(text, CLI_EXAMPLE_MAX, "npivctl %s%s%s%s%s", noun->view.noun,
		command->verb[0] ? " " : "", command->verb, sample[0] ? " " : "", sample);
	return text;
}
