/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/change.h"
#include "cli/nouns.h"

static int set_drain(struct cli *cli, const char *wwpn, bool drain, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_pack("{s:b}", "drain", drain);
	np_auto(np_free) char *url = NULL;
	int rc = cli_object_url(cli, wwpn, &url, err);

	if (rc < 0)
		return rc;
	struct cli_change change = {
		.method = "PATCH",
		.url = url,
		.body = body,
		.noun = "hba",
		.name = wwpn,
		.done = drain ? "drained" : "undrained",
	};
	return cli_change(cli, &change, err);
}

static int drain_one(struct cli *cli, const char *wwpn, struct np_err *err)
{
	return set_drain(cli, wwpn, true, err);
}

static int hba_drain(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, drain_one, err);
}

static int undrain_one(struct cli *cli, const char *wwpn, struct np_err *err)
{
	return set_drain(cli, wwpn, false, err);
}

static int hba_undrain(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, undrain_one, err);
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "WWPN", "wwpn" }, { "KERNEL", "kernel_name" }, { "FABRIC", "fabric" }, { "STATE", "port_state", CLI_STATE },
	{ "SPEED", "speed" }, { "VPORTS", "vports_in_use", CLI_RIGHT }, { "MAX", "vports_max", CLI_RIGHT },
	{ "ROOM", "room", CLI_RIGHT }, { "DRAIN", "drain" }, { "LANE", "lane.state", CLI_STATE },
	{ "NPIV", "npiv", CLI_WIDE_ONLY }, { "PORT_ID", "port_id", CLI_WIDE_ONLY }, { "DRIVER", "driver", CLI_WIDE_ONLY },
	{ "MODEL", "model", CLI_WIDE_ONLY }, { "FIRMWARE", "firmware", CLI_WIDE_ONLY },
	{ "PCI", "pci_address", CLI_WIDE_ONLY }, { "FABRIC_NAME", "fabric_name", CLI_WIDE_ONLY },
	{ "WWNN", "wwnn", CLI_WIDE_ONLY }, { "PRESENT", "present", CLI_WIDE_ONLY }, { "LIMIT", "vport_limit", CLI_WIDE_ONLY },
	{ "RESERVED", "reserved", CLI_WIDE_ONLY }, { "PORT_TYPE", "port_type", CLI_WIDE_ONLY },
	{ "SPEEDS", "supported_speeds", CLI_WIDE_ONLY }, { "OBSERVE_ONLY", "observe_only", CLI_WIDE_ONLY },
	{ "DRIVER_VERSION", "driver_version", CLI_WIDE_ONLY }, { "SERIAL", "serial_number", CLI_WIDE_ONLY },
	{ "LANE_JOB", "lane.job", CLI_WIDE_ONLY }, { "LAST_SEEN", "last_seen", CLI_WIDE_ONLY },
	{ "SYMBOLIC_NAME", "symbolic_name", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_column rport_columns[] = {
	{ "WWPN", "wwpn" }, { "PORT_ID", "port_id" }, { "STATE", "state", CLI_STATE }, { "ROLES", "roles", CLI_TRUNC },
	{ "KERNEL", "kernel_name" }, { 0 },
};
static const struct cli_column vport_columns[] = {
	{ "WWPN", "wwpn" }, { "GUEST", "guest" }, { "STATE", "state", CLI_STATE }, { "PORT_ID", "port_id" },
	{ "OWNER", "owner" }, { "KERNEL", "kernel_name" }, { 0 },
};
static const struct cli_section sections[] = {
	{ "Vports", "vports", vport_columns }, { "Remote ports", "rports", rport_columns }, { 0 },
};
static const struct cli_option fields[] = {
	{ "fabric", 0, CLI_TEXT, "FABRIC", "the fabric that it is plugged into", "fabric", CLI_ON_SET, "@fabric" },
	{ "drain", 0, CLI_BOOL, "yes|no", "take no new vports", "drain", CLI_ON_SET, "yes no" },
	{ "vport-limit", 0, CLI_INT, "N", "most vports of guests, 0: what the HBA can", "vport_limit", CLI_ON_SET }, { 0 },
};
static const struct cli_command commands[] = {
	{ "drain", "", "WWPN...", 1, CLI_ARGS_ANY, "place no new vports on it", "21:00:f4:e9:d4:00:00:01", hba_drain },
	{ "undrain", "", "WWPN...", 1, CLI_ARGS_ANY, "place vports on it again", "21:00:f4:e9:d4:00:00:01", hba_undrain },
	{ 0 },
};
const struct cli_noun cli_noun_hba = {
	.view = { "hba", "wwpn", .columns = columns, .sections = sections }, .synonyms = "fc_host adapter port initiator",
	.help = "physical Fibre Channel ports",
	.path = "/v1/hbas", .verbs = CLI_VERB_READ | CLI_VERB_SET, .fields = fields, .commands = commands,
	.sample = { "21:00:f4:e9:d4:00:00:01", "", "21:00:f4:e9:d4:00:00:01 --fabric A" },
};
/* clang-format on */
