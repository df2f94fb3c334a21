/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists as all nouns have them: FIELD=VALUE arguments narrow them, the server judges the fields. */
#pragma once

#include "cli/cli.h"

/* The FIELD=VALUE arguments and -l options as a query. A new object. */
int cli_filters(const struct cli *cli, json_t **ret_query, struct np_err *err);

/* Prints the list at @path; @view says how. "no guests" when it is empty. */
int cli_list(struct cli *cli, const char *path, const json_t *query, const struct cli_view *view,
	struct np_err *err);
