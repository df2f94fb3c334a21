/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fabrics: the record, and what their switches are seen to have. */
#include <string.h>

#include "cli/ask.h"
#include "cli/list.h"
#include "cli/live.h"
#include "cli/nouns.h"

static int fabric_refresh(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *result = NULL;
	np_auto(np_free) char *url = NULL;
	int rc = cli_fabric_url(cli, cli_name(cli, 0), "snapshots", &url, err);

	if (rc == 0)
		rc = cli_ask(cli, url, NULL, &result, err);
	if (rc == 0)
		cli_tell(cli, "fabric/%s read", cli_name(cli, 0));
	return rc;
}

/* clang-format off */
static const struct cli_column login_columns[] = {
	{ "WWPN", "wwpn" }, { "ROLE", "role" }, { "PORT_ID", "port_id" }, { "GUEST", "guest" }, { "PORT", "port" },
	{ "PHYSICAL", "physical_wwpn" }, { "WWNN", "wwnn", CLI_WIDE_ONLY }, { "NAME", "symbolic_name", CLI_TRUNC }, { 0 },
};
static const struct cli_column history_columns[] = {
	{ "ID", "id", CLI_RIGHT }, { "TAKEN", "taken" }, { "REASON", "reason" }, { "OPERATION", "operation", CLI_RIGHT },
	{ "SUM", "sum", CLI_WIDE_ONLY }, { 0 },
};
static const struct cli_column lock_columns[] = {
	{ "FABRIC", "fabric" }, { "DRIVER", "driver" }, { "SEEN", "seen" }, { "RELEASE", "release" }, { "SWITCH", "switch" },
	{ "ZONESET", "zoneset" }, { "DEFAULT_ZONE", "default_zone" }, { "MODE", "mode" }, { "SMART", "smart" },
	{ "SPACE_USED", "space.used", CLI_SIZE }, { "SPACE_MAX", "space.max", CLI_SIZE },
	{ "LOCKED", "transaction.open" }, { "LOCK_USER", "transaction.user" }, { "LOCK_ADDRESS", "transaction.address" },
	{ "LOCK_APPLICATION", "transaction.application" }, { "LOCK_REMAINING_S", "transaction.remaining_s" },
	{ "CHANGING", "changing" }, { "LANE", "state", CLI_STATE }, { "JOB", "job" }, { "TROUBLE", "trouble" }, { 0 },
};
/* clang-format on */

static const struct cli_view login_view = { "login", "wwpn", .columns = login_columns };
static const struct cli_view history_view = { "snapshot", "id", .columns = history_columns };
static const struct cli_view lock_view = { "fabric", "fabric", .columns = lock_columns };

static int list_part(
	struct cli *cli, const char *what, const struct cli_view *view, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_fabric_url(cli, cli_name(cli, 0), what, &url, err);

	return rc < 0 ? rc : cli_list(cli, url, NULL, view, err);
}

static int fabric_logins(struct cli *cli, struct np_err *err)
{
	return list_part(cli, "logins", &login_view, err);
}

static int fabric_history(struct cli *cli, struct np_err *err)
{
	return list_part(cli, "snapshots", &history_view, err);
}

static int get_part(struct cli *cli, const char *what, json_t **ret_object, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_fabric_url(cli, cli_name(cli, 0), what, &url, err);

	if (rc == 0)
		rc = cli_connect(cli, err);
	return rc < 0 ? rc : cli_client_get(cli->client, url, ret_object, err);
}

/* As the switch said it; what was made of it is in the JSON. */
static int fabric_snapshot(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *object = NULL;
	char what[64], *end;
	json_t *text;
	const char *name;
	long long id = strtoll(cli_name(cli, 1), &end, 10);

	if (id < 1 || *end)
		return np_hint(err,
			np_fail(err, NP_USAGE, "'%s' is no number of a snapshot", cli_name(cli, 1)),
			"npivctl fabric history %s", cli_name(cli, 0));
	(void)snprintf(what, sizeof what, "snapshots/%lld", id);
	int rc = get_part(cli, what, &object, err);
	if (rc < 0 || cli->style.format == CLI_JSON)
		return rc < 0 ? rc : cli_print_json(&cli->style, object, err);
	json_object_foreach (json_object_get(object, "raw"), name, text)
		(void)fprintf(cli->style.out, "# %s\n%s\n", name, json_string_value(text));
	return 0;
}

static int fabric_lock(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *object = NULL;
	int rc = get_part(cli, "lock", &object, err);

	return rc < 0 ? rc : cli_print_object(&cli->style, &lock_view, object, err);
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "NAME", "name" }, { "DRIVER", "driver" }, { "URL", "url" }, { "DESCRIPTION", "description", CLI_TRUNC }, { "WWNS", "wwns" },
	{ "ZONESET", "zoneset", CLI_WIDE_ONLY }, { "CONTEXT", "context", CLI_WIDE_ONLY | CLI_RIGHT },
	{ "POLICY", "zone_policy", CLI_WIDE_ONLY }, { "TEMPLATE", "zone_template", CLI_WIDE_ONLY },
	{ "AT_STOP", "zones_at_stop", CLI_WIDE_ONLY }, { "REFUSE", "refuse", CLI_WIDE_ONLY },
	{ "WATCH", "watch", CLI_WIDE_ONLY | CLI_RIGHT }, { "CREDENTIAL", "credential", CLI_WIDE_ONLY },
	{ "CA_FILE", "ca_file", CLI_WIDE_ONLY }, { "FINGERPRINT", "fingerprint", CLI_WIDE_ONLY },
	{ "LOGINS_PORT", "logins_per_port", CLI_RIGHT | CLI_WIDE_ONLY },
	{ "LOGINS_SWITCH", "logins_per_switch", CLI_RIGHT | CLI_WIDE_ONLY },
	{ 0 },
};
static const struct cli_option fields[] = {
	{ "description", 0, CLI_TEXT, "TEXT", "what it is", "description", CLI_ON_BOTH },
	{ "wwns", 0, CLI_LIST, "WWN,...", "fabric names as the switches tell them: HBAs are recognised by these", "wwns", CLI_ON_BOTH },
	{ "driver", 0, CLI_TEXT, "DRIVER", "who changes its zones: fos, nxos, manual, witness, or none", "driver", CLI_ON_BOTH, "none fos nxos manual witness" },
	{ "url", 0, CLI_TEXT, "URL", "https://SWITCH[:PORT]", "url", CLI_ON_BOTH },
	{ "credential", 0, CLI_TEXT, "NAME", "file with user and secret, in npivd's credentials folder", "credential", CLI_ON_BOTH },
	{ "ca-file", 0, CLI_TEXT, "FILE", "authority of the switch's certificate", "ca_file", CLI_ON_BOTH },
	{ "fingerprint", 0, CLI_TEXT, "sha256//...", "the switch's public key, instead of an authority", "fingerprint", CLI_ON_BOTH },
	{ "context", 0, CLI_INT, "N", "virtual fabric (fos) or VSAN (nxos)", "context", CLI_ON_BOTH },
	{ "zoneset", 0, CLI_TEXT, "NAME", "where our zones go; '': the one in force", "zoneset", CLI_ON_BOTH },
	{ "zone-policy", 0, CLI_TEXT, "POLICY", "how guests are zoned", "zone_policy", CLI_ON_BOTH, "single-initiator-single-target single-initiator peer" },
	{ "zone-template", 0, CLI_TEXT, "TEXT", "names of our zones, of {guest} {vhba} {set} {target}", "zone_template", CLI_ON_BOTH },
	{ "zones-at-stop", 0, CLI_TEXT, "keep|remove", "what happens to a stopped guest's zones", "zones_at_stop", CLI_ON_BOTH, "keep remove" },
	{ "refuse", 0, CLI_TEXT, "WHAT", "plans that take from others their last path (lost-path), or any (any-loss)", "refuse", CLI_ON_BOTH, "nothing lost-path any-loss" },
	{ "watch", 0, CLI_INT, "SEC", "how often to look for drift, 0: never", "watch", CLI_ON_BOTH },
	{ "logins-per-port", 0, CLI_INT, "N", "most logins on one switch port, 0: as configured", "logins_per_port", CLI_ON_BOTH },
	{ "logins-per-switch", 0, CLI_INT, "N", "most logins on one switch, 0: as configured", "logins_per_switch", CLI_ON_BOTH },
	{ 0 },
};
static const struct cli_command commands[] = {
	{ "refresh", "read", "FABRIC", 1, 1, "read its switches now", "A", fabric_refresh },
	{ "lock", "state", "FABRIC", 1, 1, "who changes its zones, and how full its database is", "A", fabric_lock },
	{ "logins", "nameserver", "FABRIC", 1, 1, "who is logged in, as its switches know", "A", fabric_logins },
	{ "history", "snapshots", "FABRIC", 1, 1, "what its switches had, change by change", "A", fabric_history },
	{ "snapshot", "", "FABRIC SNAPSHOT", 2, 2, "what the switches said then, word for word; the zones with -o json", "A 12", fabric_snapshot },
	{ 0 },
};
const struct cli_noun cli_noun_fabric = {
	.view = { "fabric", "name", .columns = columns }, .synonyms = "san vsan", .help = "SAN fabrics and their switches",
	.path = "/v1/fabrics", .verbs = CLI_VERB_ALL, .fields = fields, .commands = commands, .key_on_create = true,
	.sample = { "A", "A --wwns 10:00:88:94:71:00:00:01", "A --driver fos --url https://switch-a --credential switch-a" },
};
/* clang-format on */
