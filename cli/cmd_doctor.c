/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that must be right on this host before a guest can have ports; each failed line says the fix. */
#include <dirent.h>
#include <glob.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cli/nouns.h"
#include "cli/place.h"

#define FC_HOSTS "/sys/class/fc_host"
#define ATTRIBUTE_MAX ((size_t)4096)

enum level { LEVEL_OK, LEVEL_WARN, LEVEL_FAIL };

static const char *const level_names[] = { "ok", "warn", "fail" };

struct doctor {
	struct cli *cli;
	json_t *findings; /* owned: check, level, text, fix */
	unsigned failed;
	bool reachable; /* npivd answered */
};

static np_printf(5, 6) void report(struct doctor *doctor, const char *check, enum level level,
	const char *fix, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	doctor->failed += level == LEVEL_FAIL;
	json_t *finding = json_pack(
		"{s:s, s:s, s:s}", "check", check, "level", level_names[level], "text", text);
	if (finding && level != LEVEL_OK)
		np_json_set_text(finding, "fix", fix);
	(void)json_array_append_new(doctor->findings, finding);
}

/* The path of the Unix socket, NULL when npivd is reached another way. */
static const char *socket_path(const struct cli *cli)
{
	const char *server = cli_option(cli, "server");

	if (!server)
		return CLI_SERVER;
	if (strncmp(server, "unix:", 5) == 0)
		return server + 5;
	return server[0] == '/' ? server : NULL;
}

static void check_socket(struct doctor *doctor, const char *check)
{
	const char *path = socket_path(doctor->cli);
	struct stat st;

	if (!path)
		return;
	if (stat(path, &st) < 0 && errno != EACCES)
		report(doctor, check, LEVEL_FAIL, "systemctl enable --now npivd",
			"there is no socket %s", path);
	else if (access(path, R_OK | W_OK) < 0)
		report(doctor, check, LEVEL_FAIL, "usermod -aG npivd USER, then log in again",
			"this user may not use %s", path);
	else
		report(doctor, check, LEVEL_OK, "", "%s is there and this user may use it", path);
}

static void check_daemon(struct doctor *doctor, const char *check)
{
	np_auto(np_json_decref) json_t *health = NULL;
	struct np_err err = { 0 };
	int rc = cli_connect(doctor->cli, &err);

	if (rc == 0)
		rc = cli_client_get(doctor->cli->client, "/v1/health/ready", &health, &err);
	doctor->reachable = rc != -NP_UNREACHABLE && rc != -NP_TIMEOUT;
	if (rc < 0)
		report(doctor, check, LEVEL_FAIL,
			"systemctl restart npivd; journalctl -u npivd says why", "%s", err.msg);
	else
		report(doctor, check, LEVEL_OK, "", "npivd answers and is ready");
}

/* An attribute of a fc_host as a number; -1: not there. */
static long read_number(const char *dir, const char *host, const char *name)
{
	np_auto(np_free) char *text = NULL;
	char path[NP_PATH_MAX];

	if (!np_path(path, "%s/%s/%s", dir, host, name) ||
		np_file_read(AT_FDCWD, path, ATTRIBUTE_MAX, &text, NULL) < 0)
		return -1;
	return strtol(text, NULL, 0);
}

static void check_host(struct doctor *doctor, const char *check, const char *dir, const char *host)
{
	long most = read_number(dir, host, "max_npiv_vports");
	char path[NP_PATH_MAX];
	bool creates = np_path(path, "%s/%s/vport_create", dir, host) && access(path, F_OK) == 0;

	if (creates && most > 0)
		report(doctor, check, LEVEL_OK, "", "%s can hold %ld NPIV ports", host, most);
	else
		report(doctor, check, LEVEL_WARN,
			"turn NPIV on in the driver (lpfc: lpfc_enable_npiv=1; qla2xxx: "
			"firmware setting) and on the switch port",
			"%s offers no NPIV", host);
}

static bool is_vport(const char *dir, const char *host)
{
	np_auto(np_free) char *text = NULL;
	char path[NP_PATH_MAX];

	return np_path(path, "%s/%s/port_type", dir, host) &&
	       np_file_read(AT_FDCWD, path, ATTRIBUTE_MAX, &text, NULL) == 0 &&
	       strncmp(text, "NPIV", 4) == 0;
}

static void check_hosts(struct doctor *doctor, const char *check)
{
	char dir[NP_PATH_MAX];
	unsigned n = 0;
	DIR *hosts;

	if (cli_place(doctor->cli, FC_HOSTS, dir, NULL) < 0)
		return;
	hosts = opendir(dir);
	for (struct dirent *entry; hosts && (entry = readdir(hosts));) {
		if (strncmp(entry->d_name, "host", 4) != 0 || is_vport(dir, entry->d_name))
			continue;
		n++;
		check_host(doctor, check, dir, entry->d_name);
	}
	if (hosts)
		(void)closedir(hosts);
	if (n == 0)
		report(doctor, check, LEVEL_FAIL,
			"load the HBA's driver (modprobe lpfc, modprobe qla2xxx); lspci shows "
			"the card",
			"there is no Fibre Channel port in %s", dir);
}

static void check_netlink(struct doctor *doctor, const char *check)
{
	np_auto(np_close) int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SCSITRANSPORT);

	if (fd < 0)
		report(doctor, check, LEVEL_WARN,
			"modprobe scsi_transport_fc; npivd looks on a timer meanwhile",
			"the kernel's FC events cannot be heard: %s", strerror(errno));
	else
		report(doctor, check, LEVEL_OK, "", "the kernel's FC events can be heard");
}

static void check_hook(struct doctor *doctor, const char *check)
{
	struct cli_hook_state state;

	if (cli_hook_look(doctor->cli, &state, NULL) < 0)
		return;
	if (!state.installed)
		report(doctor, check, LEVEL_FAIL, "npivctl hook install",
			"libvirt's hook is not installed");
	else if (!state.executable)
		report(doctor, check, LEVEL_FAIL, "chmod 755 " CLI_HOOK_PROGRAM, "%s cannot be run",
			state.link);
	else if (!state.known)
		report(doctor, check, LEVEL_WARN, "systemctl reload libvirtd (or virtqemud)",
			"the hook came after libvirt was started");
	else
		report(doctor, check, LEVEL_OK, "", "libvirt's hook is installed");
}

static void check_udev(struct doctor *doctor, const char *check)
{
	static const char *const dirs[] = { "/etc/udev/rules.d", "/usr/lib/udev/rules.d",
		"/lib/udev/rules.d" };
	bool found = false;

	for (size_t i = 0; !found && i < sizeof dirs / sizeof *dirs; i++) {
		char dir[NP_PATH_MAX], pattern[NP_PATH_MAX];
		glob_t names = { 0 };

		if (cli_place(doctor->cli, dirs[i], dir, NULL) < 0 ||
			!np_path(pattern, "%s/*npivd*.rules", dir))
			continue;
		found = glob(pattern, 0, NULL, &names) == 0;
		globfree(&names);
	}
	if (found)
		report(doctor, check, LEVEL_OK, "",
			"the udev rule keeps the host's hands off guests' LUNs");
	else
		report(doctor, check, LEVEL_WARN,
			"install npivd's udev rule, then udevadm control --reload",
			"no udev rule of npivd: the host's multipath and LVM may take guests' LUNs");
}

static void check_database(struct doctor *doctor, const char *check)
{
	np_auto(np_json_decref) json_t *answer = NULL;
	struct np_err err = { 0 };

	if (!doctor->reachable)
		return;
	if (cli_client_get(doctor->cli->client, "/v1/system/check", &answer, &err) < 0)
		report(doctor, check, LEVEL_FAIL, "journalctl -u npivd", "%s", err.msg);
	else if (!np_json_bool(answer, "ok"))
		report(doctor, check, LEVEL_FAIL,
			"npivctl db check says what; npivctl db restore NAME goes back",
			"the database has findings");
	else
		report(doctor, check, LEVEL_OK, "", "the database is sound");
}

static void check_lanes(struct doctor *doctor, const char *check)
{
	np_auto(np_json_decref) json_t *list = NULL;
	size_t i, stuck = 0;
	json_t *hba;

	if (!doctor->reachable ||
		cli_client_list(doctor->cli->client, "/v1/hbas", NULL, &list, NULL) < 0)
		return;
	json_array_foreach (json_object_get(list, "items"), i, hba) {
		if (strcasecmp(np_json_text(json_object_get(hba, "lane"), "state"), "stuck") != 0)
			continue;
		stuck++;
		report(doctor, check, LEVEL_FAIL,
			"dmesg shows the driver's view; a reset of the HBA frees it",
			"%s (%s): the kernel does not come back", np_json_text(hba, "wwpn"),
			np_json_text(hba, "kernel_name"));
	}
	if (stuck == 0)
		report(doctor, check, LEVEL_OK, "", "no HBA holds up its lane");
}

static void check_operations(struct doctor *doctor, const char *check)
{
	np_auto(np_json_decref) json_t *query = json_pack("{s:s}", "state", "STUCK");
	np_auto(np_json_decref) json_t *list = NULL;

	if (!doctor->reachable ||
		cli_client_list(doctor->cli->client, "/v1/operations", query, &list, NULL) < 0)
		return;
	size_t n = json_array_size(json_object_get(list, "items"));
	if (n > 0)
		report(doctor, check, LEVEL_FAIL, "npivctl op list state=STUCK",
			"%zu operations need a person", n);
	else
		report(doctor, check, LEVEL_OK, "", "no operation needs a person");
}

/* clang-format off */
static const struct {
	const char *name;
	void (*run)(struct doctor *doctor, const char *check);
} checks[] = {
	{ "socket",     check_socket     },
	{ "npivd",      check_daemon     },
	{ "hbas",       check_hosts      },
	{ "netlink",    check_netlink    },
	{ "hook",       check_hook       },
	{ "udev",       check_udev       },
	{ "database",   check_database   },
	{ "lanes",      check_lanes      },
	{ "operations", check_operations },
};
/* clang-format on */

static void print_findings(const struct doctor *doctor, const json_t *findings)
{
	FILE *out = doctor->cli->style.out;
	size_t i;
	json_t *finding;

	json_array_foreach (findings, i, finding) {
		const char *fix = np_json_text(finding, "fix");

		(void)fprintf(out, "%-4s  %-10s  %s\n", np_json_text(finding, "level"),
			np_json_text(finding, "check"), np_json_text(finding, "text"));
		if (fix[0])
			(void)fprintf(out, "                  fix: %s\n", fix);
	}
}

static int doctor_run(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *findings = json_array();
	np_auto(np_json_decref) json_t *shown = NULL;
	struct doctor doctor = { .cli = cli, .findings = findings };
	int rc = 0;

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i].run(&doctor, checks[i].name);
	shown = cli_redact_json(cli->style.redact, findings);
	if (cli->style.format == CLI_JSON)
		rc = cli_print_json(&cli->style, findings, err);
	else
		print_findings(&doctor, shown);
	if (rc == 0 && doctor.failed > 0)
		rc = np_hint(err, np_fail(err, NP_IO, "%u checks failed", doctor.failed),
			"each line above says its fix");
	return rc;
}

/* clang-format off */
static const struct cli_option options[] = { CLI_ROOT_OPTION, { 0 } };
static const struct cli_command commands[] = {
	{ "", "", "", 0, 0, "is everything in place, and what to do where it is not", "", doctor_run, options, .words = "" }, { 0 },
};
const struct cli_noun cli_noun_doctor = {
	.view = { "doctor", "" }, .synonyms = "diagnose troubleshoot", .help = "checks of this host, each with its fix",
	.commands = commands,
};
/* clang-format on */
