/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run of npivctl: the command that was asked for, its arguments and options, how to print, and
 * the connection, made when the first request needs it.
 */
#pragma once

#include "cli/client.h"
#include "cli/command.h"

#define CLI_SERVER "/run/npivd/api.sock"

struct cli_given {
	const struct cli_option *option;
	char *value; /* owned; "" for a flag */
};

struct cli {
	const struct cli_noun *noun;	   /* NULL: none was given */
	const struct cli_command *command; /* NULL: none was given */
	char **args;			   /* what is left: names, filters; owned */
	size_t n_args;
	struct cli_given *given;
	size_t n_given;
	struct cli_style style;
	struct cli_client *client; /* cli_connect */
};

/* Reads the command line. -NP_USAGE with a hint for what is wrong in it. */
int cli_parse(struct cli *cli, int argc, char **argv, struct np_err *err);
void cli_done(struct cli *cli);

/* The last value of an option; NULL: not given. */
const char *cli_option(const struct cli *cli, const char *name);
bool cli_has(const struct cli *cli, const char *name);

/* A whole number of seconds or objects; @preset when the option is not given. */
int cli_option_int(const struct cli *cli, const char *name, int64_t preset, int64_t *ret_value,
	struct np_err *err);

/* The request body that the options describe; a new object. */
int cli_body(const struct cli *cli, json_t **ret_body, struct np_err *err);

/* The server, connected at the first call. */
int cli_connect(struct cli *cli, struct np_err *err);

/* An argument as the name of an object: "db01" of "guest/db01" too. */
const char *cli_name(const struct cli *cli, size_t i);

/* The URL of an object of the noun. With fabric-wide names, "A:name" or --fabric A and "name". The
 * caller's. */
int cli_object_url(const struct cli *cli, const char *name, char **ret_url, struct np_err *err);

/* GET of that object. */
int cli_get(struct cli *cli, const char *name, json_t **ret_object, struct np_err *err);

/* Runs @each for every argument; one that fails does not keep the others from being done. */
int cli_each(struct cli *cli, int (*each)(struct cli *cli, const char *name, struct np_err *err),
	struct np_err *err);

/* Words for people, not for -q: to standard error, redacted. */
void cli_say(const struct cli *cli, const char *fmt, ...) np_printf(2, 3);

/* The line that a change leaves: to standard output, except with -o json. */
void cli_tell(const struct cli *cli, const char *fmt, ...) np_printf(2, 3);

/* "npivctl: what happened", the hint, the operation. */
void cli_report(const struct cli *cli, const struct np_err *err);
