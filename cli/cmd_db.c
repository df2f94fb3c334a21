/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/change.h"
#include "cli/list.h"
#include "cli/nouns.h"

#define SYSTEM "/v1/system"

static int db_backup(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_object();
	struct cli_change change = {
		.method = "POST",
		.url = SYSTEM "/backups",
		.body = body,
		.noun = "backup",
		.done = "made",
	};

	if (cli->n_args > 0)
		np_json_set_text(body, "name", cli->args[0]);
	return cli_change(cli, &change, err);
}

static int db_restore(struct cli *cli, struct np_err *err)
{
	const char *name = cli->args[0];
	np_auto(np_json_decref) json_t *body = json_pack("{s:s}", "name", name);
	struct cli_change change = {
		.method = "POST",
		.url = SYSTEM "/restore",
		.body = body,
		.noun = "backup",
		.name = name,
		.done = "restored",
		.ask = true,
	};

	return cli_change(cli, &change, err);
}

static int db_check(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *answer = NULL;
	size_t i;
	json_t *finding;
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_client_get(cli->client, SYSTEM "/check", &answer, err);
	if (rc == 0 && cli->style.format == CLI_JSON)
		rc = cli_print_json(&cli->style, answer, err);
	if (rc < 0)
		return rc;
	json_array_foreach (json_object_get(answer, "findings"), i, finding) {
		np_auto(np_free) char *text = cli_value(finding, "");

		cli_tell(cli, "fail  %s", text ? text : "");
	}
	if (!np_json_bool(answer, "ok"))
		return np_hint(err,
			np_fail(err, NP_IO, "the database has %zu findings",
				json_array_size(json_object_get(answer, "findings"))),
			"npivctl db list shows the backups, npivctl db restore NAME goes back to one");
	cli_tell(cli, "ok    the database is sound");
	return 0;
}

/* clang-format off */
static const struct cli_column info_columns[] = {
	{ "PATH", "path" }, { "SIZE", "size_bytes", CLI_SIZE }, { "SCHEMA", "schema" }, { "MARKS", "marks" }, { 0 },
};
/* clang-format on */

static int db_info(struct cli *cli, struct np_err *err)
{
	static const struct cli_view view = {
		.noun = "db", .key = "path", .columns = info_columns
	};
	np_auto(np_json_decref) json_t *system = NULL;
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_client_get(cli->client, SYSTEM, &system, err);
	return rc < 0 ? rc
		      : cli_print_object(
				&cli->style, &view, json_object_get(system, "database"), err);
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "NAME", "name" }, { "SIZE", "size_bytes", CLI_RIGHT | CLI_SIZE }, { "CREATED", "created" }, { "PATH", "path" }, { 0 },
};
/* clang-format on */

static int db_list(struct cli *cli, struct np_err *err)
{
	static const struct cli_view view = { .noun = "backup", .key = "name", .columns = columns };
	np_auto(np_json_decref) json_t *query = NULL;
	int rc = cli_filters(cli, &query, err);

	return rc < 0 ? rc : cli_list(cli, SYSTEM "/backups", query, &view, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "filter", 'l', CLI_TEXT, "FIELD=VALUE", "only backups like this" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "info", "show", "", 0, 0, "where it is and how big", "", db_info, .words = "" },
	{ "check", "verify", "", 0, 0, "is it sound?", "", db_check, .words = "" },
	{ "backup", "save", "[NAME]", 0, 1, "copy it while npivd works", "before-upgrade", db_backup, .words = "" },
	{ "list", "backups ls", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "the backups", "", db_list, list_options, .words = "" },
	{ "restore", "", "NAME", 1, 1, "go back to a backup; the present state is kept as one", "before-upgrade --yes", db_restore },
	{ 0 },
};
const struct cli_noun cli_noun_db = {
	.view = { "db", "name", .columns = columns }, .synonyms = "database", .help = "npivd's database: check, backup, restore",
	.commands = commands, .sample = { "" },
};
/* clang-format on */
