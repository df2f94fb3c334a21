/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the hook program where libvirt looks for it. */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/nouns.h"
#include "cli/place.h"

static int hook_link(const struct cli *cli, char path[static NP_PATH_MAX], struct np_err *err)
{
	return cli_place(cli, CLI_HOOK_LINK, path, err);
}

/* 1: our link; 0: nothing there; -NP_EXISTS: something else. */
static int look_at_link(const char *link, struct np_err *err)
{
	char target[NP_PATH_MAX];
	ssize_t len = readlink(link, target, sizeof target - 1);

	if (len < 0 && errno == ENOENT)
		return 0;
	if (len >= 0) {
		target[len] = '\0';
		if (strcmp(target, CLI_HOOK_PROGRAM) == 0)
			return 1;
	}
	return np_hint(err,
		np_fail(err, NP_EXISTS, "%s is there and is not a link to %s", link,
			CLI_HOOK_PROGRAM),
		"move it away, then npivctl hook install");
}

static int hook_install(struct cli *cli, struct np_err *err)
{
	char link[NP_PATH_MAX], dir[NP_PATH_MAX];
	int rc = hook_link(cli, link, err);

	if (rc == 0)
		rc = look_at_link(link, err);
	if (rc < 0)
		return rc;
	if (rc == 1) {
		cli_tell(cli, "hook/libvirt is installed already");
		return 0;
	}
	if (cli_has(cli, "dry-run")) {
		cli_tell(cli, "would link %s to %s", link, CLI_HOOK_PROGRAM);
		return 0;
	}
	(void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(link, '/') - link), link);
	rc = np_mkdir_p(dir, 0755, err);
	if (rc < 0)
		return rc;
	if (symlink(CLI_HOOK_PROGRAM, link) < 0)
		return np_fail_sys(err, errno, "linking %s", link);
	cli_tell(cli, "hook/libvirt installed: %s", link);
	cli_say(cli,
		"  libvirt sees a new hook when it is reloaded: systemctl reload libvirtd (or virtqemud)");
	return 0;
}

static int hook_remove(struct cli *cli, struct np_err *err)
{
	char link[NP_PATH_MAX];
	int rc = hook_link(cli, link, err);

	if (rc == 0)
		rc = look_at_link(link, err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		cli_tell(cli, "hook/libvirt is not installed");
		return 0;
	}
	if (cli_has(cli, "dry-run")) {
		cli_tell(cli, "would remove %s", link);
		return 0;
	}
	if (unlink(link) < 0)
		return np_fail_sys(err, errno, "removing %s", link);
	cli_tell(cli, "hook/libvirt removed: %s", link);
	cli_say(cli, "  guests with vHBAs start without their ports from now on");
	return 0;
}

static int hook_status(struct cli *cli, struct np_err *err)
{
	struct cli_hook_state state;
	int rc = cli_hook_look(cli, &state, err);

	if (rc < 0)
		return rc;
	if (cli->style.format == CLI_JSON) {
		np_auto(np_json_decref) json_t *json =
			json_pack("{s:s, s:s, s:b, s:b, s:b}", "link", state.link, "program",
				CLI_HOOK_PROGRAM, "installed", state.installed, "executable",
				state.executable, "libvirt_knows", state.known);
		return json ? cli_print_json(&cli->style, json, err) : np_fail_nomem(err);
	}
	if (!state.installed)
		return np_hint(err,
			np_fail(err, NP_NOTFOUND, "the hook is not installed: there is no %s",
				state.link),
			"npivctl hook install");
	if (!state.executable)
		return np_hint(err, np_fail(err, NP_DENIED, "%s is not executable", state.link),
			"chmod 755 %s", CLI_HOOK_PROGRAM);
	cli_tell(cli, "hook/libvirt installed: %s", state.link);
	if (!state.known)
		cli_say(cli,
			"  libvirt was started before it: systemctl reload libvirtd (or virtqemud)");
	return 0;
}

/* clang-format off */
static const struct cli_option options[] = { CLI_ROOT_OPTION, { 0 } };
static const struct cli_command commands[] = {
	{ "install", "add enable", "", 0, 0, "link the hook into /etc/libvirt/hooks/qemu.d", "", hook_install, options, .words = "" },
	{ "remove", "rm delete uninstall disable", "", 0, 0, "take the link away", "", hook_remove, options, .words = "" },
	{ "status", "show test check", "", 0, 0, "is it there, and does libvirt know it?", "", hook_status, options, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_hook = {
	.view = { "hook", "" }, .synonyms = "hooks libvirt", .help = "the hypervisor's hook", .commands = commands,
};
/* clang-format on */
