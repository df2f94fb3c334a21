/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/completion.h"

#include <string.h>

/* What is known of a command line that is being typed. */
struct typed {
	struct cli *cli;
	const struct cli_noun *noun;
	const struct cli_command *command;
	const struct cli_option *options[CLI_OPTIONS_MAX];
	size_t n_options;
	const char *current;
};

static void offer(
	const struct typed *typed, const char *before, const char *word, const char *after)
{
	size_t len = strlen(before);
	const char *current = typed->current;

	if (strncmp(current, before, strlen(current) < len ? strlen(current) : len) != 0)
		return;
	current += strlen(current) < len ? strlen(current) : len;
	if (strncmp(word, current, strlen(current)) == 0)
		(void)fprintf(typed->cli->style.out, "%s%s%s\n", before, word, after);
}

/* The names of a noun's objects, if npivd answers soon. */
static void offer_names(const struct typed *typed, const char *before, const char *noun_name)
{
	const struct cli_noun *noun = cli_find_noun(noun_name);
	np_auto(np_json_decref) json_t *list = NULL;
	size_t i;
	json_t *item;

	if (!noun || !noun->path || cli_connect(typed->cli, NULL) < 0)
		return;
	if (cli_client_list(typed->cli->client, noun->path, NULL, &list, NULL) < 0)
		return;
	json_array_foreach (json_object_get(list, "items"), i, item) {
		np_auto(np_free) char *key = cli_value(item, noun->view.key);
		np_auto(np_free) char *name = NULL;

		if (key && asprintf(&name, "%s%s%s",
				   noun->view.in_fabric ? np_json_text(item, "fabric") : "",
				   noun->view.in_fabric ? ":" : "", key) >= 0)
			offer(typed, before, name, "");
	}
}

/* The words of a row: literal ones, and "@guest" for names. */
static void offer_words(const struct typed *typed, const char *before, const char *words)
{
	while (words && *words) {
		char word[NP_NAME_MAX];
		size_t len = strcspn(words, " ");

		(void)snprintf(word, sizeof word, "%.*s", (int)len, words);
		if (word[0] == '@')
			offer_names(typed, before, word + 1);
		else
			offer(typed, before, word, "");
		words += len + strspn(words + len, " ");
	}
}

static bool takes_value(const struct cli_option *option)
{
	return option->kind != CLI_FLAG && option->kind != CLI_OPTIONAL;
}

/* "--output=js", "--output", "-o": the row, NULL for an unknown one. */
static const struct cli_option *find_option(const struct typed *typed, const char *word)
{
	for (size_t i = 0; i < typed->n_options; i++) {
		const struct cli_option *option = typed->options[i];

		if (word[0] == '-' && word[1] == '-' &&
			strlen(option->name) == strcspn(word + 2, "=") &&
			strncmp(option->name, word + 2, strlen(option->name)) == 0)
			return option;
		if (word[0] == '-' && word[1] != '\0' && word[1] == option->letter &&
			word[2] == '\0')
			return option;
	}
	return NULL;
}

static void find_options(struct typed *typed)
{
	typed->n_options =
		typed->command ? cli_command_options(typed->noun, typed->command, typed->options)
			       : 0;
	for (const struct cli_option *row = cli_global_options;
		row->name && typed->n_options < CLI_OPTIONS_MAX; row++)
		typed->options[typed->n_options++] = row;
}

/* A word that is no option: the noun, the verb, then arguments. */
static void take_word(struct typed *typed, const char *word)
{
	if (!typed->noun) {
		typed->noun = cli_find_noun(word);
		typed->command = typed->noun ? cli_find_command(typed->noun, "") : NULL;
	} else if (!typed->command) {
		typed->command = cli_find_command(typed->noun, word);
	}
	find_options(typed);
}

static void offer_options(const struct typed *typed)
{
	const char *equals = strchr(typed->current, '=');
	const struct cli_option *option = equals ? find_option(typed, typed->current) : NULL;
	char before[NP_NAME_MAX];

	if (equals) {
		(void)snprintf(before, sizeof before, "%.*s", (int)(equals + 1 - typed->current),
			typed->current);
		offer_words(typed, before, option ? option->words : NULL);
		return;
	}
	for (size_t i = 0; i < typed->n_options; i++)
		offer(typed, "--", typed->options[i]->name,
			takes_value(typed->options[i]) ? "=" : "");
}

static void offer_next_word(const struct typed *typed)
{
	const struct cli_command *command;
	char names[NP_NAME_MAX];

	for (size_t i = 0; !typed->noun && cli_nouns[i]; i++)
		offer(typed, "", cli_nouns[i]->view.noun, "");
	for (size_t i = 0;
		typed->noun && !typed->command && (command = cli_command_at(typed->noun, i)); i++)
		offer(typed, "", command->verb, "");
	if (!typed->noun || !typed->command)
		return;
	(void)snprintf(names, sizeof names, "@%s", typed->noun->view.noun);
	offer_words(typed, "", typed->command->words ? typed->command->words : names);
}

void cli_candidates(struct cli *cli, char *const *words, size_t n)
{
	struct typed typed = { .cli = cli, .current = n > 0 ? words[n - 1] : "" };
	const struct cli_option *open = NULL; /* an option whose value is the next word */

	find_options(&typed);
	for (size_t i = 0; i + 1 < n; i++) {
		const struct cli_option *option =
			words[i][0] == '-' ? find_option(&typed, words[i]) : NULL;

		if (open)
			open = NULL;
		else if (option)
			open = takes_value(option) && !strchr(words[i], '=') ? option : NULL;
		else if (words[i][0] != '-')
			take_word(&typed, words[i]);
	}
	if (open)
		offer_words(&typed, "", open->words);
	else if (typed.current[0] == '-')
		offer_options(&typed);
	else
		offer_next_word(&typed);
}

/* clang-format off */
static const struct {
	const char *name, *script;
} shells[] = {
	{ "bash",
	  "_npivctl() {\n"
	  "\tlocal line=${COMP_LINE:0:COMP_POINT} current\n"
	  "\tlocal -a words\n"
	  "\tread -r -a words <<<\"$line\"\n"
	  "\tcase $line in *[[:blank:]]) words+=('') ;; esac\n"
	  "\tcurrent=${words[${#words[@]}-1]}\n"
	  "\tmapfile -t COMPREPLY < <(\"${words[0]}\" completion candidates -- \"${words[@]:1}\" 2>/dev/null)\n"
	  "\t# bash replaces only what follows the last colon or equals sign\n"
	  "\tcase $current in *[:=]*) COMPREPLY=(\"${COMPREPLY[@]#\"${current%\"${current##*[:=]}\"}\"}\") ;; esac\n"
	  "\tcase ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac\n"
	  "}\n"
	  "complete -F _npivctl npivctl\n" },
	{ "zsh",
	  "#compdef npivctl\n"
	  "_npivctl() {\n"
	  "\tlocal -a found\n"
	  "\tfound=(${(f)\"$(\"${words[1]}\" completion candidates -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
	  "\tcompadd -S '' -- ${(M)found:#*=}\n"
	  "\tcompadd -- ${found:#*=}\n"
	  "}\n"
	  "compdef _npivctl npivctl\n" },
	{ "fish",
	  "function __npivctl_candidates\n"
	  "\tset -l words (commandline -opc)\n"
	  "\t$words[1] completion candidates -- $words[2..-1] (commandline -ct) 2>/dev/null\n"
	  "end\n"
	  "complete -c npivctl -f -a '(__npivctl_candidates)'\n" },
};
/* clang-format on */

int cli_completion_script(FILE *out, const char *shell, struct np_err *err)
{
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		if (strcmp(shells[i].name, shell) == 0) {
			(void)fprintf(out, "# %s completion of npivctl, by npivctl completion %s\n",
				shell, shell);
			(void)fputs(shells[i].script, out);
			return 0;
		}
	}
	return np_fail(err, NP_USAGE, "no completion for '%s': bash, zsh or fish", shell);
}
