/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/place.h"

#include <sys/stat.h>

/* Written by libvirt's daemons when they start; systemd's unit for them does not touch them on reload. */
static const char *const libvirt_pids[] = { "/run/libvirtd.pid", "/run/virtqemud.pid" };

int cli_place(const struct cli *cli, const char *path, char ret_path[static NP_PATH_MAX],
	struct np_err *err)
{
	const char *root = cli_option(cli, "root");

	if (!np_path(ret_path, "%s%s", root ? root : "", path))
		return np_fail(err, NP_USAGE, "--root: the path is too long");
	return 0;
}

/* Was the link made after a libvirt daemon started? Then it is unknown to it until the next reload. */
static int is_known(
	const struct cli *cli, const struct stat *link, bool *ret_known, struct np_err *err)
{
	char path[NP_PATH_MAX];
	struct stat pid;

	*ret_known = true;
	for (size_t i = 0; i < sizeof libvirt_pids / sizeof *libvirt_pids; i++) {
		int rc = cli_place(cli, libvirt_pids[i], path, err);

		if (rc < 0)
			return rc;
		if (stat(path, &pid) == 0 && pid.st_mtime < link->st_mtime)
			*ret_known = false;
	}
	return 0;
}

int cli_hook_look(const struct cli *cli, struct cli_hook_state *ret_state, struct np_err *err)
{
	struct cli_hook_state state = { 0 };
	struct stat link;
	int rc = cli_place(cli, CLI_HOOK_LINK, state.link, err);

	if (rc < 0)
		return rc;
	state.installed = lstat(state.link, &link) == 0;
	state.executable = state.installed && access(state.link, X_OK) == 0;
	if (state.installed)
		rc = is_known(cli, &link, &state.known, err);
	if (rc == 0)
		*ret_state = state;
	return rc;
}
