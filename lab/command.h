/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of the control socket, as rows. A command line is words with blanks between; the answer is one
 * line: "ok", JSON, or "error: why".
 */
#pragma once

#include "lab/fault.h"

#define SIM_COMMAND_MAX 4096 /* bytes of a command line */
#define SIM_WORDS_MAX 64

struct sim_answer {
	json_t *json; /* NULL: "ok"; owned */
	bool quit;
};

struct sim_args {
	char **words; /* after the command's own; as many as the row asks for at least */
	size_t count;
};

struct sim_command {
	const char *name; /* one or two words */
	const char *args;
	size_t min, max;
	int (*run)(struct sim *sim, const struct sim_args *args, struct sim_answer *answer,
		struct np_err *err);
	const char *help;
};

/* Tables ended by a row without a name. */
extern const struct sim_command sim_hba_commands[], sim_san_commands[], sim_switch_commands[],
	sim_general_commands[];

/* Runs one line; it is cut into words in place. */
int sim_command_run(struct sim *sim, char *line, struct sim_answer *answer, struct np_err *err);

/* The line that goes back, without newline; the caller's. NULL when out of memory. Drops answer->json. */
char *sim_answer_text(struct sim_answer *answer, int rc, const struct np_err *err);

/* Parsing that several commands share. */
int sim_parse_number(const char *text, uint64_t max, uint64_t *ret_number, struct np_err *err);
int sim_parse_switch(
	const char *text, const char *on, const char *off, bool *ret_on, struct np_err *err);

/* Everything, as JSON: HBAs with vports, remote ports and LUNs, fabrics, LUNs, masks, settings. */
json_t *sim_status(const struct sim *sim);
