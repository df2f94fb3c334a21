/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shell completion. The shells' scripts only ask `npivctl completion candidates -- WORD...`; the answer comes from
 * the command rows, and names of objects from npivd.
 */
#pragma once

#include "cli/cli.h"

/* The script of "bash", "zsh" or "fish". */
int cli_completion_script(FILE *out, const char *shell, struct np_err *err);

/* What may stand for the last of the words that follow npivctl, one a line. */
void cli_candidates(struct cli *cli, char *const *words, size_t n);
