/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, made from the rows. */
#pragma once

#include "cli/command.h"

/* All nouns, or one noun's verbs, or one command. @noun and @command may be NULL. */
void cli_help(FILE *out, const struct cli_noun *noun, const struct cli_command *command);

/* What there is about a word: a noun, a topic, or all commands whose help names it. False: nothing. */
bool cli_help_about(FILE *out, const char *word);
