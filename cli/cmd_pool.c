/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of WWNs, and the WWNs themselves. */
#include "base/wwn.h"
#include "cli/change.h"
#include "cli/list.h"
#include "cli/nouns.h"

#define WWNS "/v1/wwns"

static int wwn_reserve(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	const char *wwn = cli->args[0];
	int rc = cli_body(cli, &body, err);

	if (rc < 0)
		return rc;
	np_json_set_text(body, "wwn", wwn);
	struct cli_change change = {
		.method = "POST",
		.url = WWNS,
		.body = body,
		.noun = "wwn",
		.name = wwn,
		.done = "reserved",
		.same = "is reserved already",
	};
	return cli_change(cli, &change, err);
}

static int wwn_release(struct cli *cli, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	const char *wwn = cli->args[0];
	int rc = cli_url(&url, WWNS, wwn, NULL, err);

	if (rc < 0)
		return rc;
	struct cli_change change = {
		.method = "DELETE",
		.url = url,
		.noun = "wwn",
		.name = wwn,
		.done = "released",
	};
	return cli_change(cli, &change, err);
}

static int pool_leases(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = json_object();

	np_json_set_text(query, "pool", cli_name(cli, 0));
	return cli_list(cli, WWNS, query, &cli_noun_wwn.view, err);
}

/* One row: every usual form of a WWN. */
static int describe_wwn(const char *text, json_t **ret_row, struct np_err *err)
{
	char bare[NP_WWN_TEXT], colon[NP_WWN_COLON];
	struct np_err why = { 0 };
	uint64_t wwn;
	int rc = np_wwn_parse(text, &wwn, err);

	if (rc < 0)
		return rc;
	bool usable = np_wwn_check(wwn, &why) == 0;
	json_t *row = json_pack("{s:s, s:s, s:i, s:b, s:b}", "wwn", np_wwn_text(wwn, bare), "colon",
		np_wwn_colon(wwn, colon), "naa", (int)np_wwn_naa(wwn), "local",
		np_wwn_is_local(wwn), "usable", usable);
	if (!row)
		return np_fail_nomem(err);
	if (!usable)
		np_json_set_text(row, "reason", why.msg);
	*ret_row = row;
	return 0;
}

/* clang-format off */
static const struct cli_column parse_columns[] = {
	{ "WWN", "wwn" }, { "COLON", "colon" }, { "NAA", "naa", CLI_RIGHT }, { "LOCAL", "local" }, { "USABLE", "usable" },
	{ "REASON", "reason" }, { 0 },
};
/* clang-format on */

static int wwn_parse(struct cli *cli, struct np_err *err)
{
	static const struct cli_view view = {
		.noun = "wwn", .key = "wwn", .columns = parse_columns
	};
	np_auto(np_json_decref) json_t *list = json_pack("{s:[]}", "items");

	for (size_t i = 0; i < cli->n_args; i++) {
		json_t *row = NULL;
		int rc = describe_wwn(cli->args[i], &row, err);

		if (rc < 0)
			return rc;
		(void)json_array_append_new(json_object_get(list, "items"), row);
	}
	return cli_print_list(&cli->style, &view, list, err);
}

static int wwn_find(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *wwn = NULL;
	int rc = cli_get(cli, cli_name(cli, 0), &wwn, err);

	return rc < 0 ? rc : cli_print_object(&cli->style, &cli->noun->view, wwn, err);
}

/* clang-format off */
static const struct cli_option reserve_options[] = {
	{ "note", 0, CLI_TEXT, "TEXT", "for whom or what", "note" }, { 0 },
};

static const struct cli_column pool_columns[] = {
	{ "NAME", "name" }, { "FIRST", "first" }, { "LAST", "last" }, { "GIVEN", "given", CLI_RIGHT },
	{ "TOMBS", "tombstones", CLI_RIGHT }, { "FREE", "free", CLI_RIGHT }, { "NEXT", "next", CLI_WIDE_ONLY },
	{ "NAA", "naa", CLI_WIDE_ONLY }, { "COMMENT", "comment", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_option pool_fields[] = {
	{ "first", 0, CLI_TEXT, "WWN", "first name; without a range one is made for this host", "first", CLI_ON_BOTH },
	{ "last", 0, CLI_TEXT, "WWN", "last name", "last", CLI_ON_BOTH },
	{ "comment", 0, CLI_TEXT, "TEXT", "a note", "comment", CLI_ON_BOTH }, { 0 },
};
static const struct cli_command pool_commands[] = {
	{ "leases", "wwns given", "POOL", 1, 1, "the WWNs that it gave, and to whom", "default", pool_leases },
	{ "reserve", "", "WWN", 1, 1, "never give this WWN to a guest", "10:00:02:00:00:00:00:09 --note 'tape server'", wwn_reserve, reserve_options, .words = "" },
	{ "release", "", "WWN", 1, 1, "end a reservation (a name once given stays taken)", "10:00:02:00:00:00:00:09", wwn_release, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_pool = {
	.view = { "pool", "name", .columns = pool_columns }, .synonyms = "range wwpn-pool", .help = "ranges of WWNs for guests",
	.path = "/v1/pools", .verbs = CLI_VERB_ALL, .fields = pool_fields, .commands = pool_commands, .key_on_create = true,
	.sample = { "default", "default", "default --comment 'all guests'" },
};

static const struct cli_column wwn_columns[] = {
	{ "WWN", "wwn" }, { "KIND", "kind" }, { "STATE", "state" }, { "POOL", "pool" }, { "GUEST", "guest" },
	{ "VHBA", "vhba" }, { "COLON", "colon", CLI_WIDE_ONLY }, { "NAA", "naa", CLI_WIDE_ONLY },
	{ "LOCAL", "local", CLI_WIDE_ONLY }, { "NOTE", "note", CLI_WIDE_ONLY | CLI_TRUNC },
	{ "CREATED", "created", CLI_WIDE_ONLY }, { 0 },
};
static const struct cli_column seen_columns[] = {
	{ "WHERE", "where" }, { "HBA", "hba" }, { "KERNEL", "kernel_name" }, { "PORT_ID", "port_id" }, { 0 },
};
static const struct cli_section wwn_sections[] = { { "Seen", "seen", seen_columns }, { 0 } };
static const struct cli_command wwn_commands[] = {
	{ "parse", "format", "WWN...", 1, CLI_ARGS_ANY, "any notation in, all notations out; may it be a port's?",
	  "0x2100f4e9d4000001", wwn_parse, .words = "" },
	{ "find", "where owner", "WWN", 1, 1, "who owns it and where it is seen", "10:00:02:00:00:00:00:01", wwn_find, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_wwn = {
	.view = { "wwn", "wwn", .columns = wwn_columns, .sections = wwn_sections }, .synonyms = "wwpn wwnn lease",
	.help = "world wide names: who owns them",
	.path = WWNS, .verbs = CLI_VERB_READ, .commands = wwn_commands, .sample = { "10:00:02:00:00:00:00:01" },
};
/* clang-format on */
