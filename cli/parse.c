/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line, read by popt in three steps: up to the noun, up to the verb, and the rest. */
#include <string.h>

#include <popt.h>

#include "cli/cli.h"

/* An option row for popt; val is its place in the table, from 1. */
static struct poptOption popt_row(const struct cli_option *option, size_t i)
{
	unsigned info = option->kind == CLI_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING;

	return (struct poptOption){
		.longName = option->name,
		.shortName = option->letter,
		.argInfo = info | (option->kind == CLI_OPTIONAL ? POPT_ARGFLAG_OPTIONAL : 0),
		.val = (int)i + 1,
		.descrip = option->help,
		.argDescrip = option->arg,
	};
}

struct table {
	const struct cli_option *options[CLI_OPTIONS_MAX];
	struct poptOption rows[CLI_OPTIONS_MAX + 1];
	size_t n;
};

static void fill_table(struct table *table, const struct cli *cli)
{
	if (cli->command)
		table->n = cli_command_options(cli->noun, cli->command, table->options);
	for (const struct cli_option *row = cli_global_options;
		row->name && table->n < CLI_OPTIONS_MAX; row++)
		table->options[table->n++] = row;
	for (size_t i = 0; i < table->n; i++)
		table->rows[i] = popt_row(table->options[i], i);
	table->rows[table->n] = (struct poptOption)POPT_TABLEEND;
}

static int add_given(
	struct cli *cli, const struct cli_option *option, char *value, struct np_err *err)
{
	struct cli_given *more = reallocarray(cli->given, cli->n_given + 1, sizeof *more);

	if (more)
		cli->given = more;
	if (!value)
		value = strdup("");
	if (!more || !value) {
		free(value);
		return np_fail_nomem(err);
	}
	cli->given[cli->n_given++] = (struct cli_given){ option, value };
	return 0;
}

static void free_args(struct cli *cli)
{
	for (size_t i = 0; i < cli->n_args; i++)
		free(cli->args[i]);
	free(cli->args);
	cli->args = NULL;
	cli->n_args = 0;
}

/* Replaces the arguments by copies of @args. */
static int set_args(struct cli *cli, const char **args, struct np_err *err)
{
	size_t n = 0;

	while (args && args[n])
		n++;
	char **copy = calloc(n + 1, sizeof *copy);
	if (!copy)
		return np_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		copy[i] = strdup(args[i]);
	free_args(cli);
	cli->args = copy;
	cli->n_args = n;
	return 0;
}

static void free_popt(poptContext *popt)
{
	(void)poptFreeContext(*popt);
}

/* popt takes the word after --wait for its value; only --wait=SEC and -wSEC have one here. */
static const char **without_bare_wait(int argc, char **argv)
{
	const char **args = calloc((size_t)argc + 1, sizeof *args);
	bool options = true;

	for (int i = 0; args && i < argc; i++) {
		options = options && strcmp(argv[i], "--") != 0;
		bool bare =
			options && (strcmp(argv[i], "-w") == 0 || strcmp(argv[i], "--wait") == 0);
		args[i] = bare ? "--wait=" : argv[i];
	}
	return args;
}

/* Reads options from argv[1] on: up to the first word, or all. What is left becomes the arguments.
 */
static int read_options(struct cli *cli, int argc, char **argv, bool to_word, struct np_err *err)
{
	struct table table = { 0 };
	np_auto(np_free) const char **args = without_bare_wait(argc, argv);
	np_auto(free_popt) poptContext popt = NULL;
	int found;

	fill_table(&table, cli);
	popt = args ? poptGetContext("npivctl", argc, args, table.rows,
			      to_word ? POPT_CONTEXT_POSIXMEHARDER : 0)
		    : NULL;
	if (!popt)
		return np_fail_nomem(err);
	while ((found = poptGetNextOpt(popt)) > 0) {
		int rc = add_given(cli, table.options[found - 1], poptGetOptArg(popt), err);

		if (rc < 0)
			return rc;
	}
	if (found < -1)
		return np_hint(err,
			np_fail(err, NP_USAGE, "%s: %s", poptBadOption(popt, 0),
				poptStrerror(found)),
			"npivctl help%s%s%s%s", cli->noun ? " " : "",
			cli->noun ? cli->noun->view.noun : "",
			cli->command && cli->command->verb[0] ? " " : "",
			cli->command ? cli->command->verb : "");
	return set_args(cli, poptGetArgs(popt), err);
}

/* The words after the first, whose options are still to be read. */
static int read_rest(struct cli *cli, bool to_word, struct np_err *err)
{
	char **words = cli->args;
	int n = (int)cli->n_args;

	cli->args = NULL;
	cli->n_args = 0;
	int rc = read_options(cli, n, words, to_word, err);
	for (int i = 0; i < n; i++)
		free(words[i]);
	free(words);
	return rc;
}

static int read_noun(struct cli *cli, struct np_err *err)
{
	const char *word = cli->n_args > 0	  ? cli->args[0]
			   : cli_has(cli, "help") ? "help"
						  : "status";

	cli->noun = cli_find_noun(word);
	if (!cli->noun)
		return cli_unknown_noun(word, err);
	cli->command = cli_find_command(cli->noun, "");
	if (cli->command || cli->n_args == 0)
		return 0;
	return read_rest(cli, true, err);
}

static int read_verb(struct cli *cli, struct np_err *err)
{
	if (cli->command || cli->n_args == 0)
		return 0;
	cli->command = cli_find_command(cli->noun, cli->args[0]);
	return cli->command ? 0 : cli_unknown_verb(cli->noun, cli->args[0], err);
}

static int check_args(const struct cli *cli, struct np_err *err)
{
	const struct cli_command *command = cli->command;
	const char *what = cli->n_args < command->min_args ? "too few" : "too many";

	if (cli->n_args >= command->min_args && cli->n_args <= command->max_args)
		return 0;
	return np_hint(err, np_fail(err, NP_USAGE, "%s arguments", what),
		"usage: npivctl %s %s%s%s", cli->noun->view.noun, command->verb,
		command->verb[0] ? " " : "", command->args);
}

static bool wants_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && strcmp(when, "always") == 0)
		return true;
	if ((when && strcmp(when, "never") == 0) || (no_color && *no_color))
		return false;
	return term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO) == 1;
}

static int read_style(struct cli *cli, struct np_err *err)
{
	const char *format = cli_option(cli, "output"), *color = cli_option(cli, "color");

	cli->style.headings = !cli_has(cli, "no-headings");
	cli->style.columns = cli_option(cli, "columns");
	cli->style.color = wants_color(color);
	if (color && !cli_is_word_of("auto always never", color))
		return np_fail(err, NP_USAGE, "--color: '%s' is not auto, always or never", color);
	if (cli_has(cli, "redact"))
		cli->style.redact = cli_redact_new();
	return format ? cli_format_parse(format, &cli->style.format, err) : 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, struct np_err *err)
{
	*cli = (struct cli){ .style = { .headings = true, .out = stdout } };
	int rc = read_options(cli, argc, argv, true, err);

	if (rc == 0)
		rc = read_noun(cli, err);
	if (rc == 0)
		rc = read_verb(cli, err);
	if (rc == 0 && cli->command && cli->n_args > 0)
		rc = read_rest(cli, false, err);
	if (rc == 0)
		rc = read_style(cli, err);
	if (rc == 0 && cli->command && !cli_has(cli, "help"))
		rc = check_args(cli, err);
	return rc;
}

void cli_done(struct cli *cli)
{
	cli->client = cli_client_free(cli->client);
	cli->style.redact = cli_redact_free(cli->style.redact);
	free_args(cli);
	for (size_t i = 0; i < cli->n_given; i++)
		free(cli->given[i].value);
	free(cli->given);
	cli->given = NULL;
	cli->n_given = 0;
}
