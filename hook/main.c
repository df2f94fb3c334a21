/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * npivd-hook: called by the hypervisor when a guest starts and stops. Without options the arguments
 * are the hypervisor's, whatever they look like; options are taken only in front of a complete set
 * of them.
 */
#include <string.h>

#include <popt.h>

#include "hook/hook.h"

#ifndef HOOK_CONFIG
#error "the build names the configuration file"
#endif

static const struct hook_hypervisor *const hypervisors[] = { &hook_libvirt, NULL };

enum {
	OPTION_CONFIG = 1,
	OPTION_HYPERVISOR,
	OPTION_VERSION,
	OPTION_HELP,
	OPTION_BEGAN,
	OPTION_CONF, /* the first row of hook_options */
	OPTION_MAX = OPTION_CONF + 3,
};

/* clang-format off */
static const struct poptOption options[] = {
	{ "config", 0, POPT_ARG_STRING, NULL, OPTION_CONFIG, "configuration file (" HOOK_CONFIG ")", "FILE" },
	{ "hypervisor", 0, POPT_ARG_STRING, NULL, OPTION_HYPERVISOR, "whose arguments these are (libvirt)", "NAME" },
	/* In the order of hook_options. */
	{ "socket", 0, POPT_ARG_STRING, NULL, OPTION_CONF + 0, "where npivd listens", "PATH" },
	{ "timeout", 0, POPT_ARG_STRING, NULL, OPTION_CONF + 1, "answer within this", "TIME" },
	{ "state-dir", 0, POPT_ARG_STRING, NULL, OPTION_CONF + 2, "npivd's state", "DIR" },
	{ "version", 0, POPT_ARG_NONE, NULL, OPTION_VERSION, "print the version", NULL },
	{ "help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "print this", NULL },
	/* From npivd-hook to npivd-hook-act. */
	{ "began", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, NULL, OPTION_BEGAN, NULL, "MS" },
	POPT_TABLEEND,
};
/* clang-format on */

struct command_line {
	const struct hook_hypervisor *hypervisor;
	char *given[OPTION_MAX]; /* what an option says; owned, NULL: not given */
	const char *const *args;
	bool done; /* --help or --version: printed */
};

static void command_line_done(struct command_line *line)
{
	for (size_t i = 0; i < OPTION_MAX; i++)
		free(line->given[i]);
}

static void free_popt(poptContext *popt)
{
	(void)poptFreeContext(*popt);
}

/* One line, whatever the other side put into its words. */
static void say(const char *what, const struct np_err *err)
{
	const char *hint = err->hint[0] ? err->hint : np_code_row((int)err->code)->hint;
	char line[2048];

	(void)snprintf(line, sizeof line, "npivd-hook: %s%s%s%s", what, err->msg,
		hint[0] ? "; " : "", hint);
	for (char *at = line; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	}
	(void)fprintf(stderr, "%s\n", line);
}

static void warn(const struct np_err *err)
{
	say("warning: ", err);
}

static const struct hook_hypervisor *find_hypervisor(const char *name)
{
	for (size_t i = 0; hypervisors[i]; i++) {
		if (strcmp(hypervisors[i]->name, name) == 0)
			return hypervisors[i];
	}
	return NULL;
}

/* npivd-hook-NAME, as a link, is the hook of hypervisor NAME; any other name is libvirt's. */
static const struct hook_hypervisor *by_program_name(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;
	const char *prefix = "npivd-hook-";
	const struct hook_hypervisor *found = NULL;

	if (strncmp(base, prefix, strlen(prefix)) == 0)
		found = find_hypervisor(base + strlen(prefix));
	return found ? found : &hook_libvirt;
}

static void print_help(poptContext popt)
{
	(void)printf(
		"npivd-hook gives a guest its Fibre Channel ports when it starts and takes them away when it "
		"stops.\nThe hypervisor calls it; npivctl hook install puts it into place.\n\n");
	for (size_t i = 0; hypervisors[i]; i++)
		(void)printf("%s: npivd-hook [OPTIONS --] %s\n", hypervisors[i]->name,
			hypervisors[i]->usage);
	(void)printf("\n");
	poptPrintHelp(popt, stdout, 0);
}

static int take_option(struct command_line *line, poptContext popt, int option, struct np_err *err)
{
	free(line->given[option]);
	line->given[option] = poptGetOptArg(popt);
	if (option == OPTION_VERSION)
		(void)printf("npivd-hook %s\n", NP_VERSION);
	else if (option == OPTION_HELP)
		print_help(popt);
	line->done = option == OPTION_VERSION || option == OPTION_HELP;
	if (option != OPTION_HYPERVISOR)
		return 0;
	line->hypervisor = find_hypervisor(line->given[option]);
	return line->hypervisor ? 0
				: np_fail(err, NP_USAGE, "--hypervisor: no hook for '%s'",
					  line->given[option]);
}

static int parse_options(struct command_line *line, poptContext popt, struct np_err *err)
{
	int option = -1, n_args = 0;

	while (!line->done && (option = poptGetNextOpt(popt)) > 0) {
		int rc = take_option(line, popt, option, err);

		if (rc < 0)
			return rc;
	}
	if (line->done)
		return 0;
	if (option < -1)
		return np_fail(
			err, NP_USAGE, "%s: %s", poptBadOption(popt, 0), poptStrerror(option));
	line->args = poptGetArgs(popt);
	while (line->args && line->args[n_args])
		n_args++;
	if (n_args != line->hypervisor->n_args)
		return np_hint(err,
			np_fail(err, NP_USAGE, "%d arguments where %s gives %d", n_args,
				line->hypervisor->name, line->hypervisor->n_args),
			"npivd-hook --help");
	return 0;
}

static int read_config(
	const struct command_line *line, struct hook_config *config, struct np_err *err)
{
	const char *path = line->given[OPTION_CONFIG];

	np_conf_defaults(hook_options, config);
	int rc = np_conf_read(hook_options, config, path ? path : HOOK_CONFIG, path, err);
	for (int i = OPTION_CONF; rc == 0 && i < OPTION_MAX; i++) {
		const struct np_option *row = &hook_options[i - OPTION_CONF];

		if (line->given[i])
			rc = np_conf_set(hook_options, config, row->section, row->key,
				line->given[i], "command line", err);
	}
	return rc;
}

/* When the hypervisor called: now, or as npivd-hook says. */
static int64_t began_at(const struct command_line *line)
{
	const char *given = line->given[OPTION_BEGAN];

	return given ? strtoll(given, NULL, 10) : hook_now_ms();
}

/* A broken configuration must not take every guest of the host down: the defaults go on. */
static int run(const struct command_line *line, char *const *argv, struct np_err *err)
{
	struct hook_config config;
	struct np_err broken = { 0 };
	int64_t began_ms = began_at(line);

	if (read_config(line, &config, &broken) < 0)
		np_conf_defaults(hook_options, &config);
	struct hook_input input = {
		.args = line->args,
		.fd = STDIN_FILENO,
		.began_ms = began_ms,
		.deadline_ms = began_ms + config.timeout_ms,
		.argv = argv,
	};
	int rc = hook_run(&config, line->hypervisor, &input, warn, err);
	if (broken.code)
		warn(&broken);
	return rc;
}

int main(int argc, char **argv)
{
	np_auto(free_popt) poptContext popt = NULL;
	struct np_err err = { 0 };
	np_auto(command_line_done) struct command_line line = {
		.hypervisor = by_program_name(argc > 0 ? argv[0] : ""),
		.args = (const char *const *)argv + 1,
	};
	int rc = 0;

	if (argc != line.hypervisor->n_args + 1) {
		popt = poptGetContext("npivd-hook", argc, (const char **)(uintptr_t)argv, options,
			POPT_CONTEXT_POSIXMEHARDER);
		rc = popt ? parse_options(&line, popt, &err) : np_fail_nomem(&err);
		if (rc < 0) {
			say("", &err);
			return np_code_row(rc)->exit;
		}
	}
	if (line.done)
		return 0;
	rc = run(&line, argv, &err);
	if (rc < 0)
		say("", &err);
	return rc < 0 ? 1 : 0;
}
