/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/list.h"

#include <string.h>

static int add_filter(json_t *query, const char *text, struct np_err *err)
{
	char field[NP_NAME_MAX];
	size_t len = strcspn(text, "=");

	if (text[len] != '=' || len == 0 || len >= sizeof field)
		return np_hint(err, np_fail(err, NP_USAGE, "'%s' is not FIELD=VALUE", text),
			"the fields are those of -o json; to see one object: show %s", text);
	(void)snprintf(field, sizeof field, "%.*s", (int)len, text);
	np_json_set_text(query, field, text + len + 1);
	return 0;
}

int cli_filters(const struct cli *cli, json_t **ret_query, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = json_object();

	for (size_t i = 0; i < cli->n_args; i++) {
		int rc = add_filter(query, cli->args[i], err);

		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < cli->n_given; i++) {
		bool filter = strcmp(cli->given[i].option->name, "filter") == 0;
		int rc = filter ? add_filter(query, cli->given[i].value, err) : 0;

		if (rc < 0)
			return rc;
	}
	*ret_query = np_take(query);
	return 0;
}

int cli_list(struct cli *cli, const char *path, const json_t *query, const struct cli_view *view,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *list = NULL;
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_client_list(cli->client, path, query, &list, err);
	if (rc == 0)
		rc = cli_print_list(&cli->style, view, list, err);
	if (rc == 0 && json_array_size(json_object_get(list, "items")) == 0)
		cli_say(cli, "no %s%s%s", view->noun,
			view->noun[strlen(view->noun) - 1] == 's' ? "es" : "s",
			json_object_size(query) > 0 ? " like that" : "");
	return rc;
}
