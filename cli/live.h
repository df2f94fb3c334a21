/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the switches of a fabric have, as npivd saw it last. */
#pragma once

#include "cli/cli.h"

/* An array's row of the options of such commands. */
#define CLI_LIVE_FABRIC                                                                            \
	{                                                                                          \
		"fabric", 0, CLI_TEXT, "FABRIC", "the fabric", .words = "@fabric"                  \
	}

/* /v1/fabrics/FABRIC/WHAT; the caller's. @fabric NULL: that of --fabric, which must be there. */
int cli_fabric_url(const struct cli *cli, const char *fabric, const char *what, char **ret_url,
	struct np_err *err);

/* Prints what the fabric of --fabric has of @what; FIELD=VALUE arguments and --view narrow it. */
int cli_live(struct cli *cli, const char *what, const struct cli_view *view, struct np_err *err);
