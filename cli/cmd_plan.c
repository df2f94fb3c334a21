/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of changes on switches: made, looked at, carried out. */
#include <string.h>

#include "cli/ask.h"
#include "cli/change.h"
#include "cli/nouns.h"

#define PLANS "/v1/plans"

static int plan_get(struct cli *cli, const char *id, json_t **ret_plan, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_url(&url, PLANS, id, NULL, err);

	if (rc == 0)
		rc = cli_connect(cli, err);
	return rc < 0 ? rc : cli_client_get(cli->client, url, ret_plan, err);
}

static void print_pairs(const struct cli *cli, const json_t *impact, const char *member, char sign)
{
	const json_t *pairs = json_object_get(impact, member);

	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);
		(void)fprintf(cli->style.out, "  %c %s -> %s\n", sign,
			json_string_value(json_array_get(pair, 0)),
			json_string_value(json_array_get(pair, 1)));
	}
}

static void print_impact(const struct cli *cli, const json_t *impact)
{
	const json_t *guests = json_object_get(impact, "lose_last_path");

	(void)fprintf(cli->style.out, "paths, initiator -> target:\n");
	print_pairs(cli, impact, "appear", '+');
	print_pairs(cli, impact, "disappear", '-');
	for (size_t i = 0; i < json_array_size(guests); i++)
		(void)fprintf(cli->style.out, "guest %s loses its last path\n",
			json_string_value(json_array_get(guests, i)));
	const json_t *others = json_object_get(impact, "others");
	for (size_t i = 0; i < json_array_size(others); i++)
		(void)fprintf(cli->style.out,
			"zone %s of others comes into force as it is defined\n",
			json_string_value(json_array_get(others, i)));
	(void)fprintf(cli->style.out, "ports that get a state change notice: %lld\n",
		(long long)np_json_int(impact, "rscn_ports"));
	if (np_json_bool(impact, "opens"))
		(void)fprintf(cli->style.out, "ports without a zone would see everything\n");
}

static int show_one(struct cli *cli, const char *id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *plan = NULL;
	int rc = plan_get(cli, id, &plan, err);

	if (rc == 0)
		rc = cli_print_object(&cli->style, &cli->noun->view, plan, err);
	if (rc < 0 || cli->style.format == CLI_JSON || cli->style.format == CLI_CSV ||
		cli->style.format == CLI_NAME)
		return rc;
	(void)fprintf(cli->style.out, "\n%s\n", np_json_text(plan, "diff"));
	print_impact(cli, json_object_get(plan, "impact"));
	return 0;
}

static int plan_show(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, show_one, err);
}

static int plan_create(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_json_decref) json_t *result = NULL;
	int rc = cli_body(cli, &body, err);

	if (rc == 0)
		rc = cli_ask(cli, PLANS, body, &result, err);
	if (rc < 0)
		return rc;
	const json_t *plans = json_object_get(result, "plans");
	for (size_t i = 0; i < json_array_size(plans); i++) {
		char id[24];
		(void)snprintf(id, sizeof id, "%lld",
			(long long)json_integer_value(json_array_get(plans, i)));
		rc = show_one(cli, id, err);
		if (rc < 0)
			return rc;
		(void)fflush(cli->style.out);
		cli_say(cli, "  npivctl plan apply %s", id);
	}
	return 0;
}

static int plan_apply(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *also = json_array();
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_free) char *plan = NULL, *url = NULL;
	int rc = cli_url(&plan, PLANS, cli_name(cli, 0), NULL, err);

	for (size_t i = 1; i < cli->n_args; i++)
		(void)json_array_append_new(
			also, json_integer(strtoll(cli_name(cli, i), NULL, 10)));
	body = json_pack("{s:O, s:b}", "also", also, "force", cli_has(cli, "force"));
	if (rc < 0)
		return rc;
	if (asprintf(&url, "%s/apply", plan) < 0)
		return np_fail_nomem(err);
	struct cli_change change = { .method = "POST",
		.url = url,
		.body = body,
		.noun = "plan",
		.name = cli_name(cli, 0),
		.done = "applied",
		.doing = "being applied" };
	return cli_change(cli, &change, err);
}

static int plan_script(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *script = NULL;
	np_auto(np_free) char *plan = NULL, *path = NULL, *url = NULL;
	const char *format = cli_option(cli, "format");
	int rc = cli_url(&plan, PLANS, cli_name(cli, 0), NULL, err);

	if (rc == 0 && asprintf(&path, "%s/script", plan) < 0)
		rc = np_fail_nomem(err);
	if (rc == 0)
		rc = cli_url(&url, path, format, NULL, err);
	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc == 0)
		rc = cli_client_get(cli->client, url, &script, err);
	if (rc < 0 || cli->style.format == CLI_JSON)
		return rc < 0 ? rc : cli_print_json(&cli->style, script, err);
	(void)fputs(np_json_text(script, "text"), cli->style.out);
	return 0;
}

static int plan_confirm(struct cli *cli, struct np_err *err)
{
	np_auto(np_free) char *plan = NULL, *url = NULL;
	int rc = cli_url(&plan, PLANS, cli_name(cli, 0), NULL, err);

	if (rc < 0)
		return rc;
	if (asprintf(&url, "%s/confirm", plan) < 0)
		return np_fail_nomem(err);
	struct cli_change change = { .method = "POST",
		.url = url,
		.noun = "plan",
		.name = cli_name(cli, 0),
		.done = "noted as carried out" };
	return cli_change(cli, &change, err);
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "ID", "id", CLI_RIGHT }, { "FABRIC", "fabric" }, { "STATE", "state", CLI_STATE }, { "CHANGES", "changes", CLI_RIGHT },
	{ "OPERATION", "operation", CLI_RIGHT }, { "GUEST", "guest" }, { "CREATED", "created" },
	{ "PRINCIPAL", "principal", CLI_WIDE_ONLY }, { "ENDED", "ended", CLI_WIDE_ONLY }, { "ERROR", "error.detail", CLI_WIDE_ONLY | CLI_TRUNC },
	{ 0 },
};
static const struct cli_option fields[] = {
	{ "fabrics", 0, CLI_LIST, "FABRIC,...", "the fabrics, in the order in which they are changed", "fabrics", CLI_ON_CREATE, "@fabric" },
	{ "guest", 0, CLI_TEXT, "GUEST", "only this guest's zones", "guest", CLI_ON_CREATE, "@guest" },
	{ "only", 0, CLI_TEXT, "ZONE", "only this zone or alias", "only", CLI_ON_CREATE },
	{ 0 },
};
static const struct cli_option apply_options[] = {
	{ "force", 0, CLI_FLAG, NULL, "also what the fabric's policy refuses" }, { 0 },
};
static const struct cli_option script_options[] = {
	{ "format", 0, CLI_TEXT, "FORMAT", "fos, nxos, csv or diff; else the fabric's own", .words = "fos nxos csv diff" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "create", "new make", "", 0, 0, "plan what the records want, change nothing", "--fabrics A,B", plan_create, fields },
	{ "show", "get info", "ID...", 1, CLI_ARGS_ANY, "what it changes, and who gains and loses paths", "12", plan_show },
	{ "apply", "run", "ID...", 1, 16, "carry plans out as one change, in this order", "12 13 --wait", plan_apply, apply_options },
	{ "script", "commands", "ID", 1, 1, "what a person would type on the switch", "12 --format fos", plan_script, script_options },
	{ "confirm", "", "ID", 1, 1, "say that a person has carried it out", "12", plan_confirm },
	{ 0 },
};
const struct cli_noun cli_noun_plan = {
	.view = { "plan", "id", .columns = columns }, .synonyms = "changes", .help = "changes of zones: planned, applied, undone",
	.path = PLANS, .verbs = CLI_VERB_LIST | CLI_VERB_DELETE, .commands = commands,
	.sample = { "12", "", "" },
};

static const struct cli_command short_commands[] = {
	{ "", "", "ID...", 1, 16, "carry plans out as one change, in this order", "12 13 --wait", plan_apply, apply_options, .words = "@plan" },
	{ 0 },
};
const struct cli_noun cli_noun_apply = {
	.view = { "apply", "" }, .synonyms = "", .help = "carry plans out (the same as plan apply)", .commands = short_commands,
};
/* clang-format on */
