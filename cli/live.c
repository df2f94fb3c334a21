/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live.h"

#include "cli/list.h"

int cli_fabric_url(const struct cli *cli, const char *fabric, const char *what, char **ret_url,
	struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	char *whole = NULL;

	if (!fabric)
		fabric = cli_option(cli, "fabric");
	if (!fabric)
		return np_hint(err, np_fail_field(err, "--fabric", "is needed: which fabric?"),
			"npivctl fabric list");
	int rc = cli_url(&url, "/v1/fabrics", fabric, NULL, err);
	if (rc < 0)
		return rc;
	if (asprintf(&whole, "%s/%s", url, what) < 0)
		return np_fail_nomem(err);
	*ret_url = whole;
	return 0;
}

int cli_live(struct cli *cli, const char *what, const struct cli_view *view, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = NULL;
	np_auto(np_free) char *url = NULL;
	int rc = cli_filters(cli, &query, err);

	if (rc == 0 && cli_option(cli, "view"))
		np_json_set_text(query, "view", cli_option(cli, "view"));
	if (rc == 0)
		rc = cli_fabric_url(cli, NULL, what, &url, err);
	return rc < 0 ? rc : cli_list(cli, url, query, view, err);
}
