/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of npivctl as rows: npivctl NOUN VERB [NAME...] [--options]. Parsing, help,
 * did-you-mean and shell completion are made from the rows. A noun is one row of cli_nouns[]; the
 * verbs that all records share (list, show, create, set, delete) stand once, in cmd_record.c, and
 * every noun says which of them it has.
 */
#pragma once

#include "cli/output.h"

#define CLI_OPTIONS_MAX 64 /* of one command, the global ones included */

struct cli;
typedef int cli_fn(struct cli *cli, struct np_err *err);

enum cli_kind {
	CLI_FLAG,     /* no value */
	CLI_OPTIONAL, /* --name or --name=VALUE */
	CLI_TEXT,
	CLI_INT,
	CLI_BOOL, /* yes or no */
	CLI_LIST, /* with commas */
};

enum cli_when { CLI_ON_CREATE = 1 << 0, CLI_ON_SET = 1 << 1, CLI_ON_BOTH = 3 };

/* Arrays end with a row without a name. */
struct cli_option {
	const char *name;
	char letter;
	enum cli_kind kind;
	const char *arg; /* how help calls the value */
	const char *help;
	const char *member; /* the JSON member that it sets; NULL: the command reads it */
	unsigned when;	    /* of a noun's fields: enum cli_when */
	const char *words;  /* what completion offers, blanks between; "@guest": names of a noun */
};

enum cli_verbs {
	CLI_VERB_LIST = 1 << 0,
	CLI_VERB_SHOW = 1 << 1,
	CLI_VERB_CREATE = 1 << 2,
	CLI_VERB_SET = 1 << 3,
	CLI_VERB_DELETE = 1 << 4,
	CLI_VERB_READ = CLI_VERB_LIST | CLI_VERB_SHOW,
	CLI_VERB_ALL = 31,
};

/* Arrays end with a row without a verb; "" is the only command of its noun (npivctl status). */
struct cli_command {
	const char *verb, *synonyms; /* synonyms: words with blanks between, or "" */
	const char *args;	     /* as help shows them */
	unsigned min_args, max_args;
	const char *help;
	const char *example; /* what follows NOUN VERB; NULL: from the noun's sample */
	cli_fn *run;
	const struct cli_option *options;
	unsigned record_verb; /* enum cli_verbs: a shared one */
	const char *words;    /* completion of the arguments, as cli_option.words; NULL: the noun's
				 names */
};

#define CLI_ARGS_ANY 1000u

struct cli_noun {
	struct cli_view view; /* view.noun is its name */
	const char *synonyms;
	const char *help;
	const char *path;		    /* "/v1/guests"; NULL: not in the API */
	unsigned verbs;			    /* enum cli_verbs: the shared ones that it has */
	const struct cli_option *fields;    /* of create and set; NULL: none */
	const struct cli_command *commands; /* its own, before the shared ones; NULL: none */
	struct {
		const char *key, *create, *set; /* of the examples */
	} sample;
	bool key_on_create; /* create takes the name as argument */
};

/* Ends with NULL. */
extern const struct cli_noun *const cli_nouns[];
extern const struct cli_command cli_record_commands[];
extern const struct cli_option cli_global_options[];

/* By name, plural or synonym; NULL: none. */
const struct cli_noun *cli_find_noun(const char *word);
const struct cli_command *cli_find_command(const struct cli_noun *noun, const char *word);

/* The @i-th command of a noun, its own first; NULL after the last. */
const struct cli_command *cli_command_at(const struct cli_noun *noun, size_t i);

/* The options of a command, without the global ones; returns how many. */
size_t cli_command_options(const struct cli_noun *noun, const struct cli_command *command,
	const struct cli_option *ret_options[static CLI_OPTIONS_MAX]);

/* "unknown noun 'geust'", with what was probably meant as the hint. Returns -NP_USAGE. */
int cli_unknown_noun(const char *word, struct np_err *err);
int cli_unknown_verb(const struct cli_noun *noun, const char *word, struct np_err *err);

/* Changes (insert, delete, replace, swap neighbours) that make one word of the other. */
unsigned cli_distance(const char *one, const char *other);

/* Is @word one of the blank-separated @words? */
bool cli_is_word_of(const char *words, const char *word);

/* "npivctl guest start db01"; returns @text. */
#define CLI_EXAMPLE_MAX 256
const char *cli_example(const struct cli_noun *noun, const struct cli_command *command,
	char text[static CLI_EXAMPLE_MAX]);
