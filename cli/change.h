/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One change, asked of npivd: dry run, question, version check, the operation that it starts, and the line that says
 * what was done. All commands that change something go through here.
 */
#pragma once

#include "cli/cli.h"

struct cli_change {
	const char *method;
	const char *url;    /* without a query */
	const json_t *body; /* NULL: none */
	const char *noun;   /* "guest" */
	const char *name;   /* "db01"; NULL: its key in the answer */
	const char *done;   /* "started" */
	const char *doing;  /* "starting"; NULL: it never takes long */
	const char *same;   /* said when it was so before; NULL: `done` */
	bool ask;	    /* a person confirms by typing the name */
};

int cli_change(struct cli *cli, const struct cli_change *change, struct np_err *err);

/* Waits for the operation as --wait says and tells its end in the same words. */
int cli_finish(
	struct cli *cli, const struct cli_change *change, int64_t operation, struct np_err *err);
