/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zones: the records, and what the switches have of them. */
#include <string.h>

#include "cli/ask.h"
#include "cli/change.h"
#include "cli/live.h"
#include "cli/nouns.h"

/* clang-format off */
static const struct cli_column live_columns[] = {
	{ "NAME", "name" }, { "KIND", "kind" }, { "EFFECTIVE", "effective" }, { "OURS", "ours" }, { "GUEST", "guest" },
	{ "PRINCIPALS", "principals" }, { "MEMBERS", "members", CLI_TRUNC }, { 0 },
};
static const struct cli_column finding_columns[] = {
	{ "SEVERITY", "severity", CLI_STATE }, { "RULE", "rule" }, { "NAME", "name" }, { "GUEST", "guest" },
	{ "TEXT", "text" }, { 0 },
};
static const struct cli_column drift_columns[] = {
	{ "SEVERITY", "severity", CLI_STATE }, { "FINDING", "key" }, { "IGNORED", "ignored" }, { "GUEST", "guest" },
	{ "TEXT", "text" }, { 0 },
};
static const struct cli_column import_columns[] = {
	{ "ZONE", "zone" }, { "GUEST", "guest" }, { "EXACT", "exact" }, { "OURS", "ours" }, { "WWPNS", "wwpns", CLI_TRUNC }, { 0 },
};
/* clang-format on */

static const struct cli_view live_view = { "zone", "name", .columns = live_columns };
static const struct cli_view finding_view = { "finding", "name", .columns = finding_columns };
static const struct cli_view drift_view = { "finding", "key", .columns = drift_columns };
static const struct cli_view import_view = { "zone", "zone", .columns = import_columns };

static int zone_live(struct cli *cli, struct np_err *err)
{
	return cli_live(cli, "zones", &live_view, err);
}

static int zone_drift(struct cli *cli, struct np_err *err)
{
	return cli_live(cli, "drift", &drift_view, err);
}

/* Has npivd look at a text that a switch printed, or, without a file, at the switch. */
static int ask_about(
	struct cli *cli, const char *what, json_t *body, json_t **ret_result, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_fabric_url(cli, NULL, what, &url, err);

	if (rc == 0 && cli->n_args == 1)
		rc = cli_text_body(cli, cli->args[0], body, err);
	return rc < 0 ? rc : cli_ask(cli, url, body, ret_result, err);
}

static size_t count_errors(const json_t *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(findings); i++)
		n += strcmp(np_json_text(json_array_get(findings, i), "severity"), "error") == 0;
	return n;
}

/* A fabric that breaks a rule is an exit code, for scripts that guard changes. */
static int zone_lint(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_object();
	np_auto(np_json_decref) json_t *result = NULL;
	np_auto(np_json_decref) json_t *list = NULL;
	int rc = ask_about(cli, "lint", body, &result, err);

	if (rc < 0)
		return rc;
	json_t *findings = json_object_get(result, "findings");
	list = json_pack("{s:O}", "items", findings);
	rc = cli_print_list(&cli->style, &finding_view, list, err);
	if (rc < 0)
		return rc;
	size_t errors = count_errors(findings);
	cli_say(cli, "%zu findings, %zu of them errors", json_array_size(findings), errors);
	return errors > 0 ? np_fail(err, NP_CONFLICT, "%zu errors in the zones of fabric %s",
				    errors, cli_option(cli, "fabric"))
			  : 0;
}

static int zone_import(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_pack("{s:b}", "adopt", cli_has(cli, "adopt"));
	np_auto(np_json_decref) json_t *result = NULL;
	np_auto(np_json_decref) json_t *list = NULL;
	int rc = ask_about(cli, "import", body, &result, err);

	if (rc < 0)
		return rc;
	list = json_pack("{s:O}", "items", json_object_get(result, "zones"));
	if (json_array_size(json_object_get(result, "zones")) == 0)
		cli_say(cli, "no zones of guests");
	return cli_print_list(&cli->style, &import_view, list, err);
}

static int act(
	struct cli *cli, const char *what, const char *done, const char *doing, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_pack("{s:s}", "do", what);
	np_auto(np_free) char *list = NULL, *url = NULL;
	int rc = cli_fabric_url(cli, NULL, "drift", &list, err);

	np_json_set_text(body, "note", cli_option(cli, "note") ? cli_option(cli, "note") : "");
	if (rc == 0)
		rc = cli_url(&url, list, cli->args[0], NULL, err);
	if (rc < 0)
		return rc;
	struct cli_change change = { .method = "PUT",
		.url = url,
		.body = body,
		.noun = "finding",
		.name = cli->args[0],
		.done = done,
		.doing = doing };
	return cli_change(cli, &change, err);
}

static int zone_adopt(struct cli *cli, struct np_err *err)
{
	return act(cli, "adopt", "adopted: the records follow the switch", NULL, err);
}

static int zone_revert(struct cli *cli, struct np_err *err)
{
	return act(cli, "revert", "reverted", "being reverted", err);
}

static int zone_ignore(struct cli *cli, struct np_err *err)
{
	return act(cli, "ignore", "ignored", NULL, err);
}

static int zone_watch(struct cli *cli, struct np_err *err)
{
	return act(cli, "watch", "watched again", NULL, err);
}

static int zone_restore(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *result = NULL;
	np_auto(np_json_decref) json_t *body = NULL;
	const char *fabric = cli_option(cli, "fabric");
	int64_t to = 0;
	int rc = cli_option_int(cli, "to", 0, &to, err);

	if (rc == 0 && (!fabric || to == 0))
		rc = np_hint(err,
			np_fail(err, NP_USAGE, "zone restore needs --fabric and --to SNAPSHOT"),
			"npivctl fabric history FABRIC");
	if (rc < 0)
		return rc;
	body = json_pack("{s:[s], s:I}", "fabrics", fabric, "restore", (json_int_t)to);
	rc = cli_ask(cli, "/v1/plans", body, &result, err);
	if (rc == 0)
		cli_tell(cli, "plan/%lld made",
			(long long)json_integer_value(
				json_array_get(json_object_get(result, "plans"), 0)));
	if (rc == 0)
		cli_say(cli, "  npivctl plan show and npivctl plan apply carry it out");
	return rc;
}

/* clang-format off */
#define FORMAT { "format", 0, CLI_TEXT, "FORMAT", "whose text it is: auto, cfgshow, zoneset, fos-json", .words = "auto cfgshow zoneset fos-json" }
#define NOTE { "note", 0, CLI_TEXT, "TEXT", "why" }

static const struct cli_option live_options[] = {
	CLI_LIVE_FABRIC, { "view", 0, CLI_TEXT, "VIEW", "desired, defined (the default) or effective", .words = "desired defined effective" }, { 0 },
};
static const struct cli_option drift_options[] = { CLI_LIVE_FABRIC, { 0 } };
static const struct cli_option act_options[] = { CLI_LIVE_FABRIC, NOTE, { 0 } };
static const struct cli_option lint_options[] = { CLI_LIVE_FABRIC, FORMAT, { 0 } };
static const struct cli_option import_options[] = {
	CLI_LIVE_FABRIC, FORMAT, { "adopt", 0, CLI_FLAG, NULL, "zones that are just as ours would be become ours" }, { 0 },
};
static const struct cli_option restore_options[] = {
	CLI_LIVE_FABRIC, { "to", 0, CLI_INT, "SNAPSHOT", "number of the snapshot" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "live", "", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "list what the switches have", "--fabric A --view effective", zone_live, live_options, .words = "" },
	{ "drift", "diff", "", 0, 0, "list what is not as recorded", "--fabric A", zone_drift, drift_options },
	{ "adopt", "", "FINDING", 1, 1, "let the records follow the switch", "ours-altered:npivd_db01_A --fabric A", zone_adopt, act_options, .words = "" },
	{ "revert", "", "FINDING", 1, 1, "let the switch follow the records", "ours-altered:npivd_db01_A --fabric A", zone_revert, act_options, .words = "" },
	{ "ignore", "", "FINDING", 1, 1, "do not tell of it any more", "foreign-zone:backup --fabric A --note 'tape job'", zone_ignore, act_options, .words = "" },
	{ "watch", "unignore", "FINDING", 1, 1, "tell of it again", "foreign-zone:backup --fabric A", zone_watch, act_options, .words = "" },
	{ "lint", "check", "[FILE]", 0, 1, "check a fabric, or a switch's text, against the rules of the field", "--fabric A", zone_lint, lint_options, .words = "" },
	{ "import", "", "[FILE]", 0, 1, "find guests' zones in a fabric, or in a switch's text", "cfgshow.txt --fabric A", zone_import, import_options, .words = "" },
	{ "restore", "rollback", "", 0, 0, "plan the way back to a snapshot", "--fabric A --to 12", zone_restore, restore_options },
	{ 0 },
};

#define COMMENT { "comment", 0, CLI_TEXT, "TEXT", "a note", "comment", CLI_ON_BOTH }
static const struct cli_column columns[] = {
	{ "FABRIC", "fabric" }, { "NAME", "name" }, { "KIND", "kind" }, { "MEMBERS", "members", CLI_TRUNC },
	{ "COMMENT", "comment", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_option fields[] = {
	{ "fabric", 0, CLI_TEXT, "FABRIC", "in this fabric (or name it FABRIC:NAME)", "fabric", CLI_ON_CREATE, "@fabric" },
	{ "fabric", 0, CLI_TEXT, "FABRIC", "the fabric of the name", NULL, CLI_ON_SET, "@fabric" },
	{ "kind", 0, CLI_TEXT, "KIND", "single-initiator or peer", "kind", CLI_ON_BOTH, "single-initiator peer" },
	{ "members", 0, CLI_LIST, "WWN,...", "WWPNs, the initiator or the principal first", "members", CLI_ON_BOTH }, COMMENT, { 0 },
};
const struct cli_noun cli_noun_zone = {
	.view = { "zone", "name", .in_fabric = true, .columns = columns }, .synonyms = "",
	.help = "which ports may talk to each other",
	.path = "/v1/zones", .verbs = CLI_VERB_ALL, .fields = fields, .commands = commands, .key_on_create = true,
	.sample = { "A:db01", "A:db01 --kind single-initiator --members 10:00:02:00:00:00:00:01,50:00:09:73:00:00:00:01", "A:db01 --comment 'moves in May'" },
};
/* clang-format on */
