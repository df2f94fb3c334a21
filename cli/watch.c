/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/watch.h"

#define HOLD_S 20 /* the API holds a request for at most 30 s */
#define EVENTS "/v1/events"

/* One page after @watch->after, held for at most @hold_s seconds; the watch moves on. */
static int get_page(struct cli *cli, struct cli_watch *watch, const json_t *query, int64_t hold_s,
	json_t **ret_page, struct np_err *err)
{
	np_auto(np_json_decref) json_t *params =
		query ? json_copy((json_t *)(uintptr_t)query) : json_object();
	np_auto(np_json_decref) json_t *page = NULL;
	np_auto(np_free) char *url = NULL;
	struct np_http_reply reply = { 0 };
	char text[32];

	(void)snprintf(text, sizeof text, "%lld", (long long)watch->after);
	np_json_set_text(params, "after", text);
	(void)snprintf(text, sizeof text, "%d", CLI_PAGE);
	np_json_set_text(params, "limit", text);
	(void)snprintf(text, sizeof text, "%lld", (long long)hold_s);
	if (hold_s > 0)
		np_json_set_text(params, "wait", text);
	int rc = cli_url(&url, EVENTS, NULL, params, err);
	if (rc < 0)
		return rc;
	struct cli_request request = {
		.method = "GET", .path = url, .timeout_ms = hold_s * 1000 + CLI_HELD_MS
	};
	rc = cli_client_call(cli->client, &request, &reply, err);
	if (rc < 0)
		return rc;
	page = json_incref(reply.body);
	np_http_reply_done(&reply);
	json_t *items = json_object_get(page, "items");
	if (!json_is_array(items))
		return np_fail(err, NP_PEER, "GET %s: the answer has no items", EVENTS);
	if (json_array_size(items) > 0)
		watch->after = np_json_int(json_array_get(items, json_array_size(items) - 1), "id");
	*ret_page = np_take(page);
	return 0;
}

int cli_watch_begin(struct cli *cli, struct cli_watch *watch, int64_t limit_s, struct np_err *err)
{
	size_t n;

	*watch = (struct cli_watch){ .deadline_ms =
					     limit_s > 0 ? cli_now_ms() + limit_s * 1000 : 0 };
	do {
		np_auto(np_json_decref) json_t *page = NULL;
		int rc = get_page(cli, watch, NULL, 0, &page, err);

		if (rc < 0)
			return rc;
		n = json_array_size(json_object_get(page, "items"));
	} while (n > 0);
	return 0;
}

bool cli_watch_is_over(const struct cli_watch *watch)
{
	return watch->deadline_ms > 0 && cli_now_ms() >= watch->deadline_ms;
}

int cli_watch_next(struct cli *cli, struct cli_watch *watch, const json_t *query, json_t **ret_page,
	struct np_err *err)
{
	int64_t left_s =
		watch->deadline_ms > 0 ? (watch->deadline_ms - cli_now_ms() + 999) / 1000 : HOLD_S;

	if (left_s < 1)
		left_s = 1;
	return get_page(cli, watch, query, left_s < HOLD_S ? left_s : HOLD_S, ret_page, err);
}
