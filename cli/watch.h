/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npivd's events as they come: a request that the server holds until there is one, again and again. */
#pragma once

#include "cli/cli.h"

struct cli_watch {
	int64_t after;	     /* the last event seen */
	int64_t deadline_ms; /* on cli_now_ms(); 0: none */
};

/* From now on, for @limit_s seconds; 0: without end. */
int cli_watch_begin(struct cli *cli, struct cli_watch *watch, int64_t limit_s, struct np_err *err);
bool cli_watch_is_over(const struct cli_watch *watch);

/* The next events ({"items": []} when the request was held in vain); @query narrows them, or NULL. */
int cli_watch_next(struct cli *cli, struct cli_watch *watch, const json_t *query, json_t **ret_page,
	struct np_err *err);
