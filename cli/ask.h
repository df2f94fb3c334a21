/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions that npivd has to take to a switch: an operation, whose result is the answer. */
#pragma once

#include "cli/cli.h"

/* POSTs, waits for the operation's end and gives its result (a new reference; NULL when it has none). */
int cli_ask(struct cli *cli, const char *url, const json_t *body, json_t **ret_result,
	struct np_err *err);

/* The text of a file, "-": standard input, as {"text", "format"} of a request. */
int cli_text_body(const struct cli *cli, const char *path, json_t *body, struct np_err *err);
