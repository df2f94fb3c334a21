/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nouns that are records: columns, fields, names. The verbs are the shared ones, and live: what the switches have. */
#include "cli/live.h"
#include "cli/nouns.h"

/* clang-format off */
#define COMMENT { "comment", 0, CLI_TEXT, "TEXT", "a note", "comment", CLI_ON_BOTH }
#define FABRIC { "fabric", 0, CLI_TEXT, "FABRIC", "in this fabric (or name it FABRIC:NAME)", "fabric", CLI_ON_CREATE, "@fabric" }
#define FABRIC_OF_KEY { "fabric", 0, CLI_TEXT, "FABRIC", "the fabric of the name", NULL, CLI_ON_SET, "@fabric" }

static const struct cli_column target_columns[] = {
	{ "WWPN", "wwpn" }, { "NAME", "name" }, { "ARRAY", "array" }, { "FABRIC", "fabric" }, { "KIND", "kind" },
	{ "RECORDED", "recorded" }, { "OBSERVED", "observed" }, { "HBAS", "hbas", CLI_WIDE_ONLY },
	{ "COMMENT", "comment", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_option target_fields[] = {
	{ "name", 0, CLI_TEXT, "NAME", "what people call it", "name", CLI_ON_BOTH },
	{ "array", 0, CLI_TEXT, "NAME", "the array that it belongs to", "array", CLI_ON_BOTH },
	{ "fabric", 0, CLI_TEXT, "FABRIC", "the fabric that it is on", "fabric", CLI_ON_BOTH, "@fabric" },
	{ "kind", 0, CLI_TEXT, "disk|tape", "disk or tape: they are never in one zone", "kind", CLI_ON_BOTH, "disk tape" },
	COMMENT, { 0 },
};
const struct cli_noun cli_noun_target = {
	.view = { "target", "wwpn", .columns = target_columns }, .synonyms = "array-port storage-port",
	.help = "ports of arrays and tape drives",
	.path = "/v1/targets", .verbs = CLI_VERB_ALL, .fields = target_fields, .key_on_create = true,
	.sample = { "50:00:09:73:00:00:00:01", "50:00:09:73:00:00:00:01 --name vmax-fa1d --fabric A",
		"50:00:09:73:00:00:00:01 --array vmax" },
};

static const struct cli_column lun_columns[] = {
	{ "WWID", "wwid" }, { "NAME", "name" }, { "SIZE", "size_bytes", CLI_RIGHT | CLI_SIZE }, { "VENDOR", "vendor" },
	{ "MODEL", "model" }, { "ARRAY", "array" }, { "GUESTS", "guests" }, { "RECORDED", "recorded", CLI_WIDE_ONLY },
	{ "OBSERVED", "observed", CLI_WIDE_ONLY }, { "COMMENT", "comment", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_option lun_fields[] = {
	{ "name", 0, CLI_TEXT, "NAME", "what people call it", "name", CLI_ON_BOTH },
	{ "array", 0, CLI_TEXT, "NAME", "the array that it is on: guests that may see it are zoned to its ports", "array", CLI_ON_BOTH },
	COMMENT, { 0 },
};
const struct cli_noun cli_noun_lun = {
	.view = { "lun", "wwid", .columns = lun_columns }, .synonyms = "disk volume",
	.help = "logical units, by WWID",
	.path = "/v1/luns", .verbs = CLI_VERB_ALL, .fields = lun_fields, .key_on_create = true,
	.sample = { "naa.600140500000000000000000000000a1", "naa.600140500000000000000000000000a1 --name db01-data",
		"naa.600140500000000000000000000000a1 --comment 'moves in May'" },
};

static const char access_words[] = "rw ro";
static const struct cli_column mask_columns[] = {
	{ "ID", "id", CLI_RIGHT }, { "GUEST", "guest" }, { "WWID", "wwid" }, { "LUN", "lun", CLI_RIGHT },
	{ "ACCESS", "access" }, { 0 },
};
static const struct cli_option mask_fields[] = {
	{ "guest", 0, CLI_TEXT, "GUEST", "who may see it", "guest", CLI_ON_CREATE, "@guest" },
	{ "wwid", 0, CLI_TEXT, "WWID", "the logical unit", "wwid", CLI_ON_CREATE, "@lun" },
	{ "lun", 0, CLI_INT, "N", "its LUN number there", "lun", CLI_ON_BOTH },
	{ "access", 0, CLI_TEXT, "rw|ro", "read and write, or read only", "access", CLI_ON_BOTH, access_words },
	{ 0 },
};
const struct cli_noun cli_noun_mask = {
	.view = { "mask", "id", .columns = mask_columns },
	.synonyms = "lun-mask lun-map export host-group igroup hostgroup masking-view",
	.help = "which guest may see which LUN",
	.path = "/v1/masks", .verbs = CLI_VERB_ALL, .fields = mask_fields,
	.sample = { "7", "--guest db01 --wwid naa.600140500000000000000000000000a1 --lun 0", "7 --access ro" },
};

static const struct cli_column alias_columns[] = {
	{ "FABRIC", "fabric" }, { "NAME", "name" }, { "WWN", "wwn" }, { "COMMENT", "comment", CLI_TRUNC }, { 0 },
};
static const struct cli_option alias_fields[] = {
	FABRIC, FABRIC_OF_KEY, { "wwn", 0, CLI_TEXT, "WWN", "the port that it names", "wwn", CLI_ON_BOTH }, COMMENT, { 0 },
};
static const struct cli_column live_alias_columns[] = {
	{ "NAME", "name" }, { "OURS", "ours" }, { "MEMBERS", "members", CLI_TRUNC }, { 0 },
};
static const struct cli_view live_alias_view = { "alias", "name", .columns = live_alias_columns };
static int alias_live(struct cli *cli, struct np_err *err)
{
	return cli_live(cli, "aliases", &live_alias_view, err);
}
static const struct cli_option live_options[] = { CLI_LIVE_FABRIC, { 0 } };
static const struct cli_command alias_commands[] = {
	{ "live", "", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "list what the switches have", "--fabric A", alias_live, live_options, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_alias = {
	.view = { "alias", "name", .in_fabric = true, .columns = alias_columns },
	.synonyms = "aliases fcalias device-alias wwpn-alias", .help = "names of ports, as the switches use them",
	.path = "/v1/aliases", .verbs = CLI_VERB_ALL, .fields = alias_fields, .commands = alias_commands, .key_on_create = true,
	.sample = { "A:db01-a", "A:db01-a --wwn 10:00:02:00:00:00:00:01", "A:db01-a --comment 'vHBA a'" },
};

static const struct cli_column zoneset_columns[] = {
	{ "FABRIC", "fabric" }, { "NAME", "name" }, { "ACTIVE", "active" }, { "ZONES", "zones", CLI_TRUNC },
	{ "COMMENT", "comment", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_option zoneset_fields[] = {
	FABRIC, FABRIC_OF_KEY, { "zones", 0, CLI_LIST, "NAME,...", "the zones in it", "zones", CLI_ON_BOTH },
	{ "active", 0, CLI_BOOL, "yes|no", "the one that is to be in effect", "active", CLI_ON_BOTH, "yes no" }, COMMENT,
	{ 0 },
};
static const struct cli_column live_zoneset_columns[] = {
	{ "NAME", "name" }, { "EFFECTIVE", "effective" }, { "ZONES", "zones", CLI_TRUNC }, { 0 },
};
static const struct cli_view live_zoneset_view = { "zoneset", "name", .columns = live_zoneset_columns };
static int zoneset_live(struct cli *cli, struct np_err *err)
{
	return cli_live(cli, "zonesets", &live_zoneset_view, err);
}
static const struct cli_command zoneset_commands[] = {
	{ "live", "", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "list what the switches have", "--fabric A", zoneset_live, live_options, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_zoneset = {
	.view = { "zoneset", "name", .in_fabric = true, .columns = zoneset_columns }, .synonyms = "cfg zonecfg",
	.help = "sets of zones; one of a fabric is in effect (Brocade: cfg)",
	.path = "/v1/zonesets", .verbs = CLI_VERB_ALL, .fields = zoneset_fields, .commands = zoneset_commands, .key_on_create = true,
	.sample = { "A:prod", "A:prod --zones db01,db02 --active yes", "A:prod --zones db01" },
};

static const struct cli_column profile_columns[] = {
	{ "NAME", "name" }, { "FABRICS", "fabrics" }, { "POOL", "pool" }, { "PRIORITY", "priority", CLI_RIGHT },
	{ "LUN_CHECK", "lun_check" }, { "TIMEOUT", "timeout", CLI_RIGHT | CLI_WIDE_ONLY },
	{ "COMMENT", "comment", CLI_TRUNC }, { 0 },
};
static const struct cli_option profile_fields[] = {
	{ "fabrics", 0, CLI_LIST, "FABRIC,...", "one vHBA on each", "fabrics", CLI_ON_BOTH, "@fabric" },
	{ "pool", 0, CLI_TEXT, "POOL", "where the WWPNs come from", "pool", CLI_ON_BOTH, "@pool" },
	{ "priority", 0, CLI_INT, "0-100", "higher starts first", "priority", CLI_ON_BOTH },
	{ "lun-check", 0, CLI_TEXT, "HOW", "exact, at-least or none", "lun_check", CLI_ON_BOTH, "exact at-least none" },
	{ "deadline", 0, CLI_INT, "SEC", "how long a start may take", "timeout", CLI_ON_BOTH }, COMMENT, { 0 },
};
const struct cli_noun cli_noun_profile = {
	.view = { "profile", "name", .columns = profile_columns }, .synonyms = "template flavor",
	.help = "templates of guests",
	.path = "/v1/profiles", .verbs = CLI_VERB_ALL, .fields = profile_fields, .key_on_create = true,
	.sample = { "oracle", "oracle --fabrics A,B --priority 80", "oracle --lun-check at-least" },
};
/* clang-format on */
