/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where things are on this host, below --root (for tests and images of other hosts). */
#pragma once

#include "base/file.h"
#include "cli/cli.h"

#ifndef CLI_HOOK_PROGRAM
#error "the build says where the hook program is"
#endif

#define CLI_HOOK_LINK "/etc/libvirt/hooks/qemu.d/npivd"
#define CLI_ROOT_OPTION                                                                            \
	{                                                                                          \
		"root", 0, CLI_TEXT, "DIR", "look below this folder in place of /"                 \
	}

int cli_place(const struct cli *cli, const char *path, char ret_path[static NP_PATH_MAX],
	struct np_err *err);

struct cli_hook_state {
	char link[NP_PATH_MAX];
	bool installed, executable;
	bool known; /* no libvirt runs that was started before the hook came */
};

int cli_hook_look(const struct cli *cli, struct cli_hook_state *ret_state, struct np_err *err);
