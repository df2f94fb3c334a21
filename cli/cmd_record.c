/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that all records share, over the noun's row. */
#include <string.h>

#include "cli/change.h"
#include "cli/list.h"

static int record_list(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = NULL;
	int rc = cli_filters(cli, &query, err);

	return rc < 0 ? rc : cli_list(cli, cli->noun->path, query, &cli->noun->view, err);
}

static int show_one(struct cli *cli, const char *name, struct np_err *err)
{
	np_auto(np_json_decref) json_t *object = NULL;
	int rc = cli_get(cli, name, &object, err);

	return rc < 0 ? rc : cli_print_object(&cli->style, &cli->noun->view, object, err);
}

static int record_show(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, show_one, err);
}

/* The name of a new object goes into its key; "A:zone1" gives the fabric too. */
static void set_key(const struct cli *cli, json_t *body, const char *name)
{
	const char *colon = cli->noun->view.in_fabric ? strchr(name, ':') : NULL;
	char fabric[NP_NAME_MAX];

	if (colon) {
		(void)snprintf(fabric, sizeof fabric, "%.*s", (int)(colon - name), name);
		np_json_set_text(body, "fabric", fabric);
		name = colon + 1;
	}
	np_json_set_text(body, cli->noun->view.key, name);
}

static int record_create(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	struct cli_change change = {
		.method = "POST",
		.url = cli->noun->path,
		.noun = cli->noun->view.noun,
		.done = "created",
		.same = "is there already, unchanged",
	};
	int rc = cli_body(cli, &body, err);

	if (rc < 0)
		return rc;
	if (cli->noun->key_on_create != (cli->n_args == 1))
		return np_hint(err,
			np_fail(err, NP_USAGE, "%s create takes %s name", change.noun,
				cli->noun->key_on_create ? "one" : "no"),
			"npivctl help %s create", change.noun);
	if (cli->noun->key_on_create) {
		change.name = cli_name(cli, 0);
		set_key(cli, body, change.name);
	}
	change.body = body;
	return cli_change(cli, &change, err);
}

static int set_one(struct cli *cli, const char *name, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_free) char *url = NULL;
	int rc = cli_body(cli, &body, err);

	if (rc == 0 && json_object_size(body) == 0)
		rc = np_hint(err, np_fail(err, NP_USAGE, "nothing to set"),
			"npivctl help %s set lists what can be set", cli->noun->view.noun);
	if (rc == 0)
		rc = cli_object_url(cli, name, &url, err);
	if (rc < 0)
		return rc;
	struct cli_change change = {
		.method = "PATCH",
		.url = url,
		.body = body,
		.noun = cli->noun->view.noun,
		.name = name,
		.done = "changed",
	};
	return cli_change(cli, &change, err);
}

static int record_set(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, set_one, err);
}

static int delete_one(struct cli *cli, const char *name, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_object_url(cli, name, &url, err);

	if (rc < 0)
		return rc;
	struct cli_change change = {
		.method = "DELETE",
		.url = url,
		.noun = cli->noun->view.noun,
		.name = name,
		.done = "deleted",
		.doing = "being deleted",
		.ask = true,
	};
	return cli_change(cli, &change, err);
}

static int record_delete(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, delete_one, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "filter", 'l', CLI_TEXT, "FIELD=VALUE", "only objects like this (the same as the argument)" },
	{ 0 },
};

static const struct cli_option fabric_option[] = {
	{ "fabric", 0, CLI_TEXT, "FABRIC", "of names that are unique in their fabric", .words = "@fabric" },
	{ 0 },
};

const struct cli_command cli_record_commands[] = {
	{ "list", "ls", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "list them", NULL, record_list, list_options, CLI_VERB_LIST, "" },
	{ "show", "get info", "NAME...", 1, CLI_ARGS_ANY, "show all of one", NULL, record_show, fabric_option, CLI_VERB_SHOW },
	{ "create", "add new", "[NAME]", 0, 1, "make a new one", NULL, record_create, NULL, CLI_VERB_CREATE, "" },
	{ "set", "modify change edit", "NAME...", 1, CLI_ARGS_ANY, "change it", NULL, record_set, NULL, CLI_VERB_SET },
	{ "delete", "rm remove del", "NAME...", 1, CLI_ARGS_ANY, "delete it", NULL, record_delete, fabric_option, CLI_VERB_DELETE },
	{ 0 },
};
/* clang-format on */
