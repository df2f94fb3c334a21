/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/help.h"

#include <string.h>

#define OPTION_WIDTH 30

static void put_option(FILE *out, const struct cli_option *option)
{
	char left[96];
	const char *value = option->arg ? option->arg : "";
	const char *join = option->kind == CLI_FLAG	  ? ""
			   : option->kind == CLI_OPTIONAL ? "[="
							  : "=";

	(void)snprintf(left, sizeof left, "  %c%c%s --%s%s%s%s", option->letter ? '-' : ' ',
		option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
		join, value, option->kind == CLI_OPTIONAL ? "]" : "");
	if (strlen(left) >= OPTION_WIDTH)
		(void)fprintf(out, "%s\n%*s", left, OPTION_WIDTH, "");
	else
		(void)fprintf(out, "%-*s", OPTION_WIDTH, left);
	(void)fprintf(out, "%s\n", option->help);
}

static void put_global_options(FILE *out)
{
	(void)fputs("\nOptions of every command\n", out);
	for (const struct cli_option *row = cli_global_options; row->name; row++)
		put_option(out, row);
}

static void help_all(FILE *out)
{
	(void)fputs(
		"npivctl gives virtual machines their own Fibre Channel ports, through npivd on this host.\n\n"
		"  npivctl                                            what is there, and what to do next\n"
		"  npivctl guest create db01 --vhba fabric=A --vhba fabric=B\n"
		"  npivctl guest start db01 --wait\n\n"
		"Usage: npivctl [OPTIONS] NOUN VERB [NAME...] [OPTIONS]\n\nNouns\n",
		out);
	for (size_t i = 0; cli_nouns[i]; i++)
		(void)fprintf(out, "  %-12s  %s\n", cli_nouns[i]->view.noun, cli_nouns[i]->help);
	put_global_options(out);
	(void)fputs(
		"\nMore: npivctl help NOUN, npivctl help NOUN VERB, npivctl help exit-codes|filters|names|output\n",
		out);
}

static void help_noun(FILE *out, const struct cli_noun *noun)
{
	const struct cli_command *command;
	char example[CLI_EXAMPLE_MAX];

	(void)fprintf(out, "npivctl %s: %s\n", noun->view.noun, noun->help);
	if (noun->synonyms[0])
		(void)fprintf(out, "Also called: %s\n", noun->synonyms);
	(void)fputs("\nVerbs\n", out);
	for (size_t i = 0; (command = cli_command_at(noun, i)); i++)
		(void)fprintf(
			out, "  %-10s %-18s %s\n", command->verb, command->args, command->help);
	(void)fputs("\nExamples\n", out);
	for (size_t i = 0; (command = cli_command_at(noun, i)); i++)
		(void)fprintf(out, "  %s\n", cli_example(noun, command, example));
	(void)fprintf(out, "\nMore: npivctl help %s VERB\n", noun->view.noun);
}

static void help_columns(FILE *out, const struct cli_column *columns)
{
	(void)fputs("\nColumns:", out);
	for (; columns->header; columns++)
		(void)fprintf(out, " %s", columns->header);
	(void)fputc('\n', out);
}

static void help_command(FILE *out, const struct cli_noun *noun, const struct cli_command *command)
{
	const struct cli_option *options[CLI_OPTIONS_MAX];
	size_t n = cli_command_options(noun, command, options);
	char example[CLI_EXAMPLE_MAX];

	(void)fprintf(out, "Usage: npivctl %s%s%s %s\n\n%s: %s\n", noun->view.noun,
		command->verb[0] ? " " : "", command->verb, command->args, noun->help,
		command->help);
	(void)fprintf(out, "\nExample\n  %s\n", cli_example(noun, command, example));
	if (n > 0)
		(void)fputs("\nOptions\n", out);
	for (size_t i = 0; i < n; i++)
		put_option(out, options[i]);
	if (command->record_verb & CLI_VERB_READ)
		help_columns(out, noun->view.columns);
	put_global_options(out);
}

void cli_help(FILE *out, const struct cli_noun *noun, const struct cli_command *command)
{
	if (command)
		help_command(out, noun, command);
	else if (noun)
		help_noun(out, noun);
	else
		help_all(out);
}

static void topic_exit_codes(FILE *out)
{
	(void)fputs("Exit codes\n", out);
	for (int exit_code = 0; exit_code <= 10; exit_code++) {
		const char *join = "";
		bool any = false;

		for (int code = 0; code < NP_CODE_MAX; code++) {
			if (np_codes[code].exit != exit_code)
				continue;
			if (!any)
				(void)fprintf(out, "  %2d  ", exit_code);
			(void)fprintf(out, "%s%s", join, np_codes[code].name);
			join = ", ";
			any = true;
		}
		if (any)
			(void)fputc('\n', out);
	}
	(void)fputs(
		"\nThe names are those of `code` in the API's errors. 3: the operation still runs, its number is "
		"printed.\n",
		out);
}

static void topic_filters(FILE *out)
{
	(void)fputs(
		"Filters\n"
		"  npivctl guest list state=ready          every text, WWN, number and yes/no field of the objects\n"
		"  npivctl vport list owner=foreign hba=21:00:f4:e9:d4:00:00:01\n"
		"  npivctl op list state=STUCK limit=10    limit=N: the first N only\n"
		"The field names are those of -o json.\n",
		out);
}

static void topic_names(FILE *out)
{
	(void)fputs(
		"Names\n"
		"  guests                   name or UUID\n"
		"  hbas vports wwns targets WWN in any form: 21:00:..., 0x2100..., naa.2100..., 2100...\n"
		"  aliases zones zonesets   FABRIC:NAME, or NAME with --fabric FABRIC\n"
		"  masks operations         number\n"
		"  luns                     WWID\n"
		"NOUN/NAME, as -o name prints it, is accepted everywhere.\n",
		out);
}

static void topic_output(FILE *out)
{
	(void)fputs(
		"Output\n"
		"  -o table   a line an object, for people; --columns chooses\n"
		"  -o wide    all columns\n"
		"  -o json    npivd's JSON as it came, on standard output; words go to standard error\n"
		"  -o csv     all columns, quoted as RFC 4180 has it; sizes in bytes\n"
		"  -o name    NOUN/NAME, for other commands\n"
		"  --redact   wwn-1, wwn-2, ... in place of WWNs and WWIDs: the same number for the same name\n"
		"Colour is used on a terminal only, unless NO_COLOR is set or TERM is dumb; --color decides.\n",
		out);
}

/* clang-format off */
static const struct {
	const char *name;
	void (*print)(FILE *out);
} topics[] = {
	{ "exit-codes", topic_exit_codes },
	{ "filters",    topic_filters    },
	{ "names",      topic_names      },
	{ "output",     topic_output     },
};
/* clang-format on */

static bool mentions(
	const struct cli_noun *noun, const struct cli_command *command, const char *word)
{
	return strcasestr(noun->synonyms, word) || strcasestr(noun->help, word) ||
	       strcasestr(command->help, word) || cli_is_word_of(command->synonyms, word);
}

static bool search(FILE *out, const char *word)
{
	const struct cli_command *command;
	bool found = false;

	for (size_t i = 0; cli_nouns[i]; i++) {
		for (size_t j = 0; (command = cli_command_at(cli_nouns[i], j)); j++) {
			if (!mentions(cli_nouns[i], command, word))
				continue;
			(void)fprintf(out, "  npivctl %s %-10s %s: %s\n", cli_nouns[i]->view.noun,
				command->verb, cli_nouns[i]->help, command->help);
			found = true;
		}
	}
	return found;
}

bool cli_help_about(FILE *out, const char *word)
{
	const struct cli_noun *noun = cli_find_noun(word);

	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
		if (strcmp(topics[i].name, word) == 0) {
			topics[i].print(out);
			return true;
		}
	}
	if (!noun)
		return search(out, word);
	const struct cli_command *only = cli_find_command(noun, "");
	cli_help(out, noun, only);
	return true;
}
