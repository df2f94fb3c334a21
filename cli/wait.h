/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for an operation before the user's eyes, on standard error: one line that follows the steps on a
 * terminal, one plain line a step elsewhere. Ctrl-C stops the waiting, never the operation.
 */
#pragma once

#include "cli/cli.h"

/* At most @limit_s seconds, 0: until it is over. 0: *ret_operation is its end, whatever that is. */
int cli_wait(struct cli *cli, int64_t operation, int64_t limit_s, json_t **ret_operation,
	struct np_err *err);
