/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/nouns.h"

static int help(struct cli *cli, struct np_err *err)
{
	FILE *out = cli->style.out;

	if (cli->n_args == 0) {
		cli_help(out, NULL, NULL);
		return 0;
	}
	if (cli->n_args == 1)
		return cli_help_about(out, cli->args[0]) ? 0 : cli_unknown_noun(cli->args[0], err);
	const struct cli_noun *noun = cli_find_noun(cli->args[0]);
	if (!noun)
		return cli_unknown_noun(cli->args[0], err);
	const struct cli_command *command = cli_find_command(noun, cli->args[1]);
	if (!command)
		return cli_unknown_verb(noun, cli->args[1], err);
	cli_help(out, noun, command);
	return 0;
}

static int completion(struct cli *cli, struct np_err *err)
{
	if (strcmp(cli->args[0], "candidates") == 0) {
		cli_candidates(cli, cli->args + 1, cli->n_args - 1);
		return 0;
	}
	if (cli->n_args != 1)
		return np_fail(err, NP_USAGE, "completion takes one shell");
	return cli_completion_script(cli->style.out, cli->args[0], err);
}

/* clang-format off */
static const struct cli_command help_commands[] = {
	{ "", "", "[NOUN [VERB] | TOPIC | WORD]", 0, 2, "help for a noun, a command or a topic, or all commands about a word", "guest start", help,
	  .words = "exit-codes filters names output" },
	{ 0 },
};
const struct cli_noun cli_noun_help = {
	.view = { "help", "" }, .synonyms = "usage", .help = "help, and search in it", .commands = help_commands,
};

static const struct cli_command completion_commands[] = {
	{ "", "", "SHELL", 1, CLI_ARGS_ANY, "the completion script of a shell", "bash > /etc/bash_completion.d/npivctl", completion, .words = "bash zsh fish" },
	{ 0 },
};
const struct cli_noun cli_noun_completion = {
	.view = { "completion", "" }, .synonyms = "", .help = "shell completion", .commands = completion_commands,
};
/* clang-format on */
