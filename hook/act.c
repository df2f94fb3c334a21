/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npivd-hook-act: asks npivd for what the phase wants, and waits for it. */
#include <string.h>

#include "cli/client.h"
#include "hook/hook.h"

#define WAIT_SLICE_S 25 /* the API holds a request for at most 30 s */
#define LUNS_SLICE_S 2	/* how long to wait for news before the LUNs are counted again */

struct call {
	const struct hook_event *event;
	const struct hook_phase_row *row;
	struct cli_client *client;
	int64_t deadline_ms;
};

static int64_t left_ms(const struct call *call)
{
	int64_t left = call->deadline_ms - hook_now_ms();

	return left > 1 ? left : 1;
}

static int64_t slice_s(const struct call *call, int64_t longest_s)
{
	int64_t left = (left_ms(call) + 999) / 1000;

	return left < longest_s ? left : longest_s;
}

static json_t *state_body(const struct call *call, const char *hypervisor)
{
	const struct hook_event *event = call->event;
	bool ready = strcmp(call->row->desired, "ready") == 0;
	json_t *body =
		json_pack("{s:s, s:s}", "desired", call->row->desired, "hypervisor", hypervisor);

	if (!body)
		return NULL;
	/* The operation ends before this call does, so that its own words come back. */
	int64_t timeout_s = left_ms(call) / 1000 - 1;
	(void)json_object_set_new(body, "timeout", json_integer(timeout_s > 1 ? timeout_s : 1));
	if (event->name[0] && np_name_is_valid(event->name))
		np_json_set_text(body, "name", event->name);
	if (ready && event->profile[0])
		np_json_set_text(body, "profile", event->profile);
	if (event->reason[0])
		np_json_set_text(body, "reason", event->reason);
	if (call->row->incoming)
		(void)json_object_set_new(body, "incoming", json_true());
	if (call->row->confirm)
		(void)json_object_set_new(body, "confirm", json_true());
	return body;
}

/* Waits for the operation that the request started. */
static int finish(const struct call *call, const json_t *operation, struct np_err *err)
{
	np_auto(np_json_decref) json_t *last = NULL;
	struct cli_follow follow = {
		.id = np_json_int(operation, "id"),
		.deadline_ms = call->deadline_ms,
		.slice_s = WAIT_SLICE_S,
	};

	if (cli_operation_is_over(operation))
		return cli_operation_result(operation, err);
	int rc = cli_client_follow(call->client, &follow, &last, err);
	return rc < 0 ? rc : cli_operation_result(last, err);
}

static int put_state(const struct call *call, const char *hypervisor, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = state_body(call, hypervisor);
	struct np_http_reply reply = { 0 };
	char path[NP_PATH_MAX];

	if (!body)
		return np_fail_nomem(err);
	(void)np_path(path, "/v1/guests/%s/state?wait=%lld", call->event->guest,
		call->row->brief ? 0LL : (long long)slice_s(call, WAIT_SLICE_S));
	int rc = cli_client_call(call->client,
		&(struct cli_request){
			.method = "PUT", .path = path, .body = body, .timeout_ms = left_ms(call) },
		&reply, err);
	if (rc < 0)
		return rc;
	if (reply.status == 202 && !call->row->brief)
		rc = finish(call, reply.body, err);
	np_http_reply_done(&reply);
	return rc;
}

/* LUNs of the guest that are there, each counted once however many paths lead to it. */
static int64_t count_luns(const json_t *guest)
{
	np_auto(np_json_decref) json_t *seen = json_object();
	size_t i;
	json_t *lun;

	json_array_foreach (json_object_get(guest, "luns"), i, lun) {
		if (np_json_bool(lun, "present"))
			(void)json_object_set_new(seen, np_json_text(lun, "wwid"), json_true());
	}
	return (int64_t)json_object_size(seen);
}

/* Holds until there is news of the guest, or for a little while; *after goes on. */
static int wait_news(const struct call *call, int64_t *after, struct np_err *err)
{
	np_auto(np_json_decref) json_t *page = NULL;
	char path[NP_PATH_MAX];

	(void)np_path(path, "/v1/events?guest=%s&after=%lld&limit=%d&wait=%lld", call->event->guest,
		(long long)*after, CLI_PAGE, (long long)slice_s(call, LUNS_SLICE_S));
	int rc = cli_client_get(call->client, path, &page, err);
	if (rc < 0)
		return rc;
	json_t *items = json_object_get(page, "items");
	if (json_array_size(items) > 0)
		*after = np_json_int(json_array_get(items, json_array_size(items) - 1), "id");
	return 0;
}

/* The metadata may ask for a number of LUNs that the records know nothing of. */
static int wait_luns(const struct call *call, struct np_err *err)
{
	int64_t after = 0;
	char path[NP_PATH_MAX];

	(void)np_path(path, "/v1/guests/%s", call->event->guest);
	for (;;) {
		np_auto(np_json_decref) json_t *guest = NULL;
		int rc = cli_client_get(call->client, path, &guest, err);

		if (rc < 0)
			return rc;
		if (count_luns(guest) >= call->event->luns)
			return 0;
		if (left_ms(call) <= 1)
			return np_hint(err,
				np_fail(err, NP_TIMEOUT,
					"its metadata asks for %lld LUNs, %lld are there",
					(long long)call->event->luns, (long long)count_luns(guest)),
				"npivctl guest luns %s", call->event->name);
		rc = wait_news(call, &after, err);
		if (rc < 0)
			return rc;
	}
}

int hook_act(const struct hook_config *config, const struct hook_call *wanted, struct np_err *err)
{
	np_auto(cli_client_freep) struct cli_client *client = NULL;
	struct call call = {
		.event = wanted->event, .row = wanted->row, .deadline_ms = wanted->deadline_ms
	};
	struct cli_client_spec spec = { .server = config->socket, .timeout_ms = left_ms(&call) };
	int rc = cli_client_new(&client, &spec, err);

	call.client = client;
	if (rc == 0)
		rc = put_state(&call, wanted->hypervisor, err);
	if (rc == 0 && call.event->luns > 0 && call.row->refuse)
		rc = wait_luns(&call, err);
	if (rc == -NP_UNREACHABLE)
		(void)np_hint(err, rc, "systemctl start npivd");
	return rc;
}
