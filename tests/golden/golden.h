/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders of inputs and of the texts that must come of them: "PROGRAM FOLDER [--update]". */
#pragma once

#include <stdbool.h>

/* @made against the file @path, or into it with @update: read the difference before you commit it. 0 or 1. */
int golden_compare(const char *path, const char *made, bool update);

/* @check, 0 or 1, for each file of the folder that ends in @suffix; the program's exit code. None at all is a failure. */
int golden_main(int argc, char **argv, const char *suffix,
	int (*check)(const char *dir, const char *name, bool update));
