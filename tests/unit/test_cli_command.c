/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

static void test_noun_is_found_by_name_plural_and_synonym(void **state)
{
	static const struct {
		const char *word, *noun;
	} rows[] = {
		{ "guest", "guest" },
		{ "guests", "guest" },
		{ "vm", "guest" },
		{ "aliases", "alias" },
		{ "fcalias", "alias" },
		{ "igroup", "mask" },
		{ "cfg", "zoneset" },
		{ "operations", "op" },
		{ "lease", "wwn" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct cli_noun *noun = cli_find_noun(rows[i].word);

		assert_non_null(noun);
		assert_string_equal(noun->view.noun, rows[i].noun);
	}
	assert_null(cli_find_noun("gues"));
	assert_null(cli_find_noun(""));
	assert_null(cli_find_noun("guestss"));
}

static void test_no_word_names_two_nouns(void **state)
{
	(void)state;
	for (size_t i = 0; cli_nouns[i]; i++) {
		char words[256];
		char *rest = words, *word;

		(void)snprintf(words, sizeof words, "%s %s", cli_nouns[i]->view.noun,
			cli_nouns[i]->synonyms);
		while ((word = strsep(&rest, " "))) {
			if (*word)
				assert_ptr_equal(cli_find_noun(word), cli_nouns[i]);
		}
	}
}

static void test_own_verb_stands_for_the_shared_one(void **state)
{
	const struct cli_noun *guest = cli_find_noun("guest"), *op = cli_find_noun("op");

	(void)state;
	assert_int_equal(cli_find_command(guest, "create")->record_verb, 0);
	assert_int_equal(cli_find_command(guest, "add")->record_verb, 0);
	assert_int_equal(cli_find_command(op, "list")->record_verb, 0);
	assert_int_equal(cli_find_command(guest, "delete")->record_verb, CLI_VERB_DELETE);
	assert_null(cli_find_command(op, "delete"));
}

static void test_every_command_has_help_and_an_example_that_parses(void **state)
{
	const struct cli_command *command;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; cli_nouns[i]; i++) {
		for (size_t j = 0; (command = cli_command_at(cli_nouns[i], j)); j++, n++) {
			char example[CLI_EXAMPLE_MAX];
			char *argv[32] = { NULL }, *rest = example;
			int argc = 0;
			struct np_err err = { 0 };
			struct cli cli;

			assert_non_null(command->help);
			(void)cli_example(cli_nouns[i], command, example);
			/* Quotes and redirections are the shell's. */
			if (strpbrk(example, "'>"))
				continue;
			while (rest && argc < 31)
				argv[argc++] = strsep(&rest, " ");
			int rc = cli_parse(&cli, argc, argv, &err);
			if (rc < 0)
				fail_msg("%s %s: %s", cli_nouns[i]->view.noun, command->verb,
					err.msg);
			assert_ptr_equal(cli.command, command);
			cli_done(&cli);
		}
	}
	assert_true(n > 80);
}

static void test_no_option_stands_twice_in_a_command(void **state)
{
	const struct cli_command *command;

	(void)state;
	for (size_t i = 0; cli_nouns[i]; i++) {
		for (size_t j = 0; (command = cli_command_at(cli_nouns[i], j)); j++) {
			const struct cli_option *options[CLI_OPTIONS_MAX];
			size_t n = cli_command_options(cli_nouns[i], command, options);

			for (const struct cli_option *row = cli_global_options; row->name; row++)
				options[n++] = row;
			for (size_t a = 0; a < n; a++) {
				for (size_t b = 0; b < a; b++) {
					assert_string_not_equal(options[a]->name, options[b]->name);
					assert_true(!options[a]->letter ||
						    options[a]->letter != options[b]->letter);
				}
			}
		}
	}
}

static void test_distance_counts_typing_mistakes(void **state)
{
	static const struct {
		const char *one, *other;
		unsigned distance;
	} rows[] = {
		{ "", "", 0 },
		{ "guest", "guest", 0 },
		{ "guest", "geust", 1 },
		{ "guest", "gest", 1 },
		{ "guest", "guesst", 1 },
		{ "guest", "gueat", 1 },
		{ "abc", "xyz", 3 },
		{ "", "abc", 3 },
		{ "zone", "zoneset", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(cli_distance(rows[i].one, rows[i].other), rows[i].distance);
		assert_int_equal(cli_distance(rows[i].other, rows[i].one), rows[i].distance);
	}
}

static void test_unknown_noun_hints_only_at_near_words(void **state)
{
	struct np_err err = { 0 };

	(void)state;
	assert_int_equal(cli_unknown_noun("fabrik", &err), -NP_USAGE);
	assert_string_equal(err.hint, "did you mean 'fabric'?");
	assert_int_equal(cli_unknown_noun("kubernetes", &err), -NP_USAGE);
	assert_string_equal(err.hint, "npivctl help lists the commands");
	assert_int_equal(cli_unknown_noun("x", &err), -NP_USAGE);
	assert_string_equal(err.hint, "npivctl help lists the commands");
}

/* A command line without quotes. */
static int parse(struct cli *cli, const char *line, struct np_err *err)
{
	np_auto(np_free) char *copy = strdup(line);
	char *argv[16] = { NULL }, *rest = copy;
	int argc = 0;

	while (rest && argc < 15)
		argv[argc++] = strsep(&rest, " ");
	return cli_parse(cli, argc, argv, err);
}

static void test_wait_takes_no_word_for_its_value(void **state)
{
	struct cli cli;

	(void)state;
	assert_int_equal(parse(&cli, "npivctl -w guest start db01", NULL), 0);
	assert_string_equal(cli_option(&cli, "wait"), "");
	assert_int_equal(cli.n_args, 1);
	assert_string_equal(cli.args[0], "db01");
	cli_done(&cli);
	assert_int_equal(parse(&cli, "npivctl guest start --wait=7 db01", NULL), 0);
	assert_string_equal(cli_option(&cli, "wait"), "7");
	cli_done(&cli);
	assert_int_equal(parse(&cli, "npivctl guest start -- -w", NULL), 0);
	assert_string_equal(cli.args[0], "-w");
	assert_false(cli_has(&cli, "wait"));
	cli_done(&cli);
}

static void test_body_is_made_of_the_options(void **state)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_json_decref) json_t *expected = json_pack("{s:s, s:[s,s], s:b, s:s}", "fabric",
		"A", "zones", "x", "y", "active", 0, "comment", "");
	struct cli cli;

	(void)state;
	assert_int_equal(
		parse(&cli,
			"npivctl zoneset create s --fabric A --zones x,y --active=no --comment=",
			NULL),
		0);
	assert_int_equal(cli_body(&cli, &body, NULL), 0);
	assert_true(json_equal(body, expected));
	cli_done(&cli);
}

static void test_body_refuses_values_of_the_wrong_kind(void **state)
{
	static const struct {
		const char *line, *msg;
	} rows[] = {
		{ "npivctl zoneset set s --active=maybe", "--active: 'maybe' is not yes or no" },
		{ "npivctl zoneset set s --comment=\xff", "--comment: the text is not UTF-8" },
		{ "npivctl profile set s --priority=high",
			"--priority: 'high' is not a whole number" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body = NULL;
		struct np_err err = { 0 };
		struct cli cli;

		assert_int_equal(parse(&cli, rows[i].line, NULL), 0);
		assert_int_equal(cli_body(&cli, &body, &err), -NP_USAGE);
		assert_string_equal(err.msg, rows[i].msg);
		cli_done(&cli);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noun_is_found_by_name_plural_and_synonym),
		cmocka_unit_test(test_no_word_names_two_nouns),
		cmocka_unit_test(test_own_verb_stands_for_the_shared_one),
		cmocka_unit_test(test_every_command_has_help_and_an_example_that_parses),
		cmocka_unit_test(test_no_option_stands_twice_in_a_command),
		cmocka_unit_test(test_distance_counts_typing_mistakes),
		cmocka_unit_test(test_unknown_noun_hints_only_at_near_words),
		cmocka_unit_test(test_wait_takes_no_word_for_its_value),
		cmocka_unit_test(test_body_is_made_of_the_options),
		cmocka_unit_test(test_body_refuses_values_of_the_wrong_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
