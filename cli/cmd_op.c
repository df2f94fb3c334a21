/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/change.h"
#include "cli/list.h"
#include "cli/nouns.h"
#include "cli/wait.h"

#define OPERATIONS "/v1/operations"

/* Those that need a person come first; else the order is the server's. */
static int op_list(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = NULL;
	np_auto(np_json_decref) json_t *list = NULL;
	np_auto(np_json_decref) json_t *sorted = json_array();
	size_t i;
	json_t *op;
	int rc = cli_filters(cli, &query, err);

	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc == 0)
		rc = cli_client_list(cli->client, OPERATIONS, query, &list, err);
	if (rc < 0)
		return rc;
	for (int stuck = 1; stuck >= 0; stuck--) {
		json_array_foreach (json_object_get(list, "items"), i, op) {
			if ((strcmp(np_json_text(op, "state"), "STUCK") == 0) == stuck)
				(void)json_array_append(sorted, op);
		}
	}
	(void)json_object_set(list, "items", sorted);
	rc = cli_print_list(&cli->style, &cli->noun->view, list, err);
	if (rc == 0 && json_array_size(sorted) == 0)
		cli_say(cli, "no operations");
	return rc;
}

static int parse_id(const struct cli *cli, int64_t *ret_id, struct np_err *err)
{
	const char *text = cli_name(cli, 0);
	char *end;

	errno = 0;
	long long id = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || id < 1)
		return np_hint(err,
			np_fail(err, NP_USAGE, "'%s' is not the number of an operation", text),
			"npivctl op list");
	*ret_id = id;
	return 0;
}

static int op_wait(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *last = NULL;
	int64_t id = 0, limit_s = 0;
	int rc = parse_id(cli, &id, err);

	if (rc == 0)
		rc = cli_option_int(cli, "wait", 0, &limit_s, err);
	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc == 0)
		rc = cli_wait(cli, id, limit_s, &last, err);
	if (rc == 0 && cli->style.format == CLI_JSON)
		rc = cli_print_json(&cli->style, last, err);
	if (rc == 0)
		rc = cli_operation_result(last, err);
	if (rc == 0)
		cli_tell(cli, "op/%lld %s of %s done", (long long)id, np_json_text(last, "kind"),
			np_json_text(last, "object"));
	return rc;
}

static int ask(struct cli *cli, const char *method, const char *suffix, const char *done,
	const char *doing, struct np_err *err)
{
	char url[96];
	int64_t id = 0;
	int rc = parse_id(cli, &id, err);

	if (rc < 0)
		return rc;
	(void)snprintf(url, sizeof url, OPERATIONS "/%lld%s", (long long)id, suffix);
	struct cli_change change = {
		.method = method,
		.url = url,
		.noun = "op",
		.name = cli_name(cli, 0),
		.done = done,
		.doing = doing,
	};
	return cli_change(cli, &change, err);
}

/* A cancelled operation ends FAILED: that is what was asked for, so its end is not waited for here. */
static int op_cancel(struct cli *cli, struct np_err *err)
{
	int rc = ask(cli, "DELETE", "", "cancelled", NULL, err);

	if (rc == 0)
		cli_say(cli, "  what it did is being undone: npivctl op wait %s", cli_name(cli, 0));
	return rc;
}

static int op_retry(struct cli *cli, struct np_err *err)
{
	return ask(cli, "POST", "/retry", "retried", "going on", err);
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "ID", "id", CLI_RIGHT }, { "KIND", "kind" }, { "STATE", "state", CLI_STATE }, { "GUEST", "guest" },
	{ "DONE", "progress.done", CLI_RIGHT }, { "OF", "progress.total", CLI_RIGHT }, { "STEP", "progress.step" },
	{ "CREATED", "created" }, { "OBJECT", "object", CLI_WIDE_ONLY }, { "PRINCIPAL", "principal", CLI_WIDE_ONLY },
	{ "STARTED", "started", CLI_WIDE_ONLY }, { "DEADLINE", "deadline", CLI_WIDE_ONLY }, { "ENDED", "ended", CLI_WIDE_ONLY },
	{ "TEXT", "progress.text", CLI_WIDE_ONLY | CLI_TRUNC }, { "ERROR", "error.detail", CLI_WIDE_ONLY | CLI_TRUNC },
	{ "HINT", "error.hint", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_column step_columns[] = {
	{ "STEP", "name" }, { "OBJECT", "object" }, { "LANE", "lane" }, { "STATE", "state", CLI_STATE },
	{ "STARTED", "started", CLI_WIDE_ONLY }, { "ENDED", "ended", CLI_WIDE_ONLY }, { "ERROR", "error.detail", CLI_TRUNC },
	{ 0 },
};
static const struct cli_section sections[] = { { "Steps", "steps", step_columns }, { 0 } };
static const struct cli_option list_options[] = {
	{ "filter", 'l', CLI_TEXT, "FIELD=VALUE", "only operations like this (the same as the argument)" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "list", "ls", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "list them, those that need a person first", "state=STUCK", op_list, list_options, .words = "" },
	{ "wait", "follow", "ID", 1, 1, "wait until it is over (--wait=SEC: at most so long)", "812", op_wait },
	{ "cancel", "stop abort", "ID", 1, 1, "end it and undo what it did", "812", op_cancel },
	{ "retry", "resume", "ID", 1, 1, "let a stuck one go on after the cause is mended", "812 --wait", op_retry },
	{ 0 },
};
const struct cli_noun cli_noun_op = {
	.view = { "op", "id", .columns = columns, .sections = sections }, .synonyms = "operation operations job task",
	.help = "changes at work and done: the journal",
	.path = OPERATIONS, .verbs = CLI_VERB_READ, .commands = commands, .sample = { "812" },
};
/* clang-format on */
