/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/change.h"
#include "cli/nouns.h"
#include "cli/watch.h"

static int vport_adopt(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_free) char *vport = NULL;
	np_auto(np_free) char *url = NULL;
	const char *wwpn = cli_name(cli, 0);
	int rc = cli_body(cli, &body, err);

	if (rc == 0 && !json_object_get(body, "guest"))
		rc = np_hint(err, np_fail(err, NP_USAGE, "vport adopt: whose is it?"),
			"give --guest NAME");
	if (rc == 0)
		rc = cli_object_url(cli, wwpn, &vport, err);
	if (rc < 0)
		return rc;
	if (asprintf(&url, "%s/adoption", vport) < 0)
		return np_fail_nomem(err);
	struct cli_change change = {
		.method = "PUT",
		.url = url,
		.body = body,
		.noun = "vport",
		.name = wwpn,
		.done = "adopted",
	};
	return cli_change(cli, &change, err);
}

/* Waits until the vport is up: looks at it again whenever npivd has news. */
static int vport_wait(struct cli *cli, struct np_err *err)
{
	const char *wwpn = cli_name(cli, 0);
	struct cli_watch watch = { 0 };
	int64_t limit_s = 0;
	int rc = cli_option_int(cli, "wait", 60, &limit_s, err);

	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc == 0)
		rc = cli_watch_begin(cli, &watch, limit_s, err);
	while (rc == 0) {
		np_auto(np_json_decref) json_t *vport = NULL;
		np_auto(np_json_decref) json_t *news = NULL;

		rc = cli_get(cli, wwpn, &vport, err);
		if (rc == -NP_NOTFOUND)
			rc = 0;
		else if (rc == 0 && np_json_bool(vport, "up"))
			return cli_print_object(&cli->style, &cli->noun->view, vport, err);
		if (rc == 0 && cli_watch_is_over(&watch))
			return np_hint(err,
				np_fail(err, NP_TIMEOUT, "vport/%s is not up after %lld s: %s",
					wwpn, (long long)limit_s,
					vport ? np_json_text(vport, "state") : "there is none"),
				"npivctl vport show %s", wwpn);
		if (rc == 0)
			rc = cli_watch_next(cli, &watch, NULL, &news, err);
	}
	return rc;
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "WWPN", "wwpn" }, { "GUEST", "guest" }, { "FABRIC", "fabric" }, { "STATE", "state", CLI_STATE }, { "UP", "up" },
	{ "PORT_ID", "port_id" }, { "HBA", "hba" }, { "OWNER", "owner" }, { "EXPECTED", "expected", CLI_WIDE_ONLY },
	{ "KERNEL", "kernel_name", CLI_WIDE_ONLY }, { "KERNEL_HOST", "kernel_host", CLI_WIDE_ONLY },
	{ "WWNN", "wwnn", CLI_WIDE_ONLY }, { "PORT_STATE", "port_state", CLI_STATE | CLI_WIDE_ONLY },
	{ "LAST_STATE", "last_state", CLI_WIDE_ONLY }, { "VHBA", "vhba", CLI_WIDE_ONLY },
	{ "PRESENT", "present", CLI_WIDE_ONLY }, { "SYMBOLIC_NAME", "symbolic_name", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_column rport_columns[] = {
	{ "WWPN", "wwpn" }, { "PORT_ID", "port_id" }, { "STATE", "state", CLI_STATE }, { "ROLES", "roles", CLI_TRUNC },
	{ "KERNEL", "kernel_name" }, { 0 },
};
static const struct cli_column lun_columns[] = {
	{ "WWID", "wwid" }, { "SIZE", "size_bytes", CLI_RIGHT | CLI_SIZE }, { "LUN", "lun", CLI_RIGHT },
	{ "TARGET", "target" }, { "HCTL", "hctl" }, { "DEV", "dev" }, { "STATE", "state", CLI_STATE }, { 0 },
};
static const struct cli_section sections[] = {
	{ "Remote ports", "rports", rport_columns }, { "LUNs", "luns", lun_columns }, { 0 },
};
static const struct cli_option adopt_options[] = {
	{ "guest", 0, CLI_TEXT, "GUEST", "whose it becomes", "guest", 0, "@guest" },
	{ "fabric", 0, CLI_TEXT, "FABRIC", "the fabric that it is on, where its HBA does not tell", "fabric", 0, "@fabric" },
	{ "pool", 0, CLI_TEXT, "POOL", "where the pair's other WWPN comes from", "pool", 0, "@pool" },
	{ "pair", 0, CLI_TEXT, "WWPN", "the pair's other WWPN", "pair_wwpn" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "adopt", "take", "WWPN", 1, 1, "take a vport made by hand or by libvirt into the records",
	  "10:00:02:00:00:00:00:01 --guest db01", vport_adopt, adopt_options },
	{ "wait", "", "WWPN", 1, 1, "wait until it is up: active, online and logged in (--wait=SEC, 60)",
	  "10:00:02:00:00:00:00:01 --wait=30", vport_wait },
	{ 0 },
};
const struct cli_noun cli_noun_vport = {
	.view = { "vport", "wwpn", .columns = columns, .sections = sections },
	.synonyms = "virtual-port npiv-port npiv", .help = "NPIV ports, ours and foreign ones",
	.path = "/v1/vports", .verbs = CLI_VERB_READ, .commands = commands,
	.sample = { "10:00:02:00:00:00:00:01" },
};
/* clang-format on */
