/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/config.h"

#include <string.h>
#include <unistd.h>

#define TEXT(member) NP_OPTION_AT(struct config, member)
#define HOUR INT64_C(3600000)

static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug", NULL };

/* clang-format off */
const struct np_option config_options[] = {
	{ "npivd", "database", NP_OPTION_PATH, TEXT(database), .preset = "/var/lib/npivd/npivd.db", .help = "the record; its high-water marks lie beside it" },
	{ "npivd", "socket", NP_OPTION_PATH, TEXT(socket), .preset = "/run/npivd/api.sock", .help = "where the REST API listens" },
	{ "npivd", "socket_group", NP_OPTION_TEXT, TEXT(socket_group), .preset = "npivd", .help = "group that may use it; empty: the daemon's own" },
	{ "npivd", "state_dir", NP_OPTION_PATH, TEXT(service.state_dir), .preset = "/var/lib/npivd", .help = "guest markers for the hook, backups" },
	{ "npivd", "run_dir", NP_OPTION_PATH, TEXT(service.run_dir), .preset = "/run/npivd", .help = "disks/ with the guests' stable names, lane locks" },
	{ "npivd", "credentials_dir", NP_OPTION_PATH, TEXT(service.credentials_dir), .preset = "/etc/npivd/credentials", .help = "user and secret of each switch, a file each (0600); systemd's credentials come first" },
	{ "npivd", "host", NP_OPTION_TEXT, TEXT(service.host), .preset = "", .help = "this hypervisor's name; empty: the machine's host name" },
	{ "npivd", "log_level", NP_OPTION_WORD, TEXT(log_level), .words = log_levels, .preset = "info", .help = "error, warning, notice, info or debug" },
	{ "kernel", "sysfs_root", NP_OPTION_PATH, TEXT(service.sysfs_root), .preset = "/sys", .help = "where the kernel shows its devices" },
	{ "kernel", "events", NP_OPTION_BOOL, TEXT(service.events), .preset = "yes", .help = "listen to uevents and FC transport events" },
	{ "kernel", "resync", NP_OPTION_DURATION, TEXT(service.resync), 100, 24 * HOUR, .preset = "60s", .help = "read all HBAs again at least so often" },
	{ "kernel", "hba_grace", NP_OPTION_DURATION, TEXT(service.hba_grace), 0, 24 * HOUR, .preset = "30s", .help = "how long an HBA may be away before its vports move to another" },
	{ "kernel", "lane_record", NP_OPTION_TEXT, TEXT(service.record_dir), .preset = "", .help = "folder for recordings of what the lanes are told and answer" },
	{ "timeouts", "start", NP_OPTION_DURATION, TEXT(service.start_timeout), 1000, HOUR, .preset = "60s", .help = "of a guest start" },
	{ "timeouts", "stop", NP_OPTION_DURATION, TEXT(service.stop_timeout), 1000, HOUR, .preset = "120s", .help = "of a guest stop" },
	{ "timeouts", "undo", NP_OPTION_DURATION, TEXT(service.undo_timeout), 1000, HOUR, .preset = "60s", .help = "of taking one step back, before a person is asked" },
	{ "timeouts", "job", NP_OPTION_DURATION, TEXT(service.job_timeout), 100, HOUR, .preset = "100s", .help = "of one write to the kernel, before its lane is called stuck" },
	{ "timeouts", "switch", NP_OPTION_DURATION, TEXT(service.switch_timeout), 1000, HOUR, .preset = "120s", .help = "of one conversation with a fabric's switch" },
	{ "limits", "vports_per_hba", NP_OPTION_INT, TEXT(service.vports_per_hba), 0, 65535, .preset = "0", .help = "admit at most so many; 0: as many as the driver" },
	{ "limits", "logins_per_port", NP_OPTION_INT, TEXT(service.logins_per_port), 0, 65535, .preset = "256", .help = "logins that a switch port takes, with the HBA's own; 0: no limit" },
	{ "limits", "logins_per_switch", NP_OPTION_INT, TEXT(service.logins_per_switch), 0, 1000000, .preset = "2000", .help = "logins of this host that a fabric's switch takes; 0: no limit" },
	{ "limits", "restore_parallel", NP_OPTION_INT, TEXT(service.restore_parallel), 1, 1000, .preset = "16", .help = "guests whose ports are made again at once, after a boot or a reset" },
	{ "keep", "operations", NP_OPTION_INT, TEXT(service.keep_operations), 10, 10000000, .preset = "10000", .help = "ended operations kept as the audit trail" },
	{ "keep", "events", NP_OPTION_INT, TEXT(service.keep_events), 10, 10000000, .preset = "100000", .help = "events kept" },
	{ "keep", "snapshots", NP_OPTION_INT, TEXT(service.keep_snapshots), 2, 100000, .preset = "200", .help = "snapshots of each fabric's zones kept" },
	{ 0 },
};
/* clang-format on */

int config_read(struct config *ret_config, const char *path, struct np_err *err)
{
	struct config config = { 0 };

	np_conf_defaults(config_options, &config);
	int rc =
		np_conf_read(config_options, &config, path ? path : CONFIG_FILE, path != NULL, err);
	if (rc < 0)
		return rc;
	if (!config.service.host[0])
		(void)gethostname(config.service.host, sizeof config.service.host - 1);
	*ret_config = config;
	return 0;
}
