/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_link.h"

#include <poll.h>
#include <string.h>

#include "zoning/list.h"
#include "zoning/nxos_command.h"
#include "zoning/nxos_reply.h"

#define TYPE_CONFIG "cli_conf" /* the type of requests that may change something */
#define AGAIN_MAX 6	       /* tries of one request that the switch is not ready for */
#define AGAIN_MS 5000	       /* between them, at most */

static const char *const paths[] = { "/ins", "/ins-api" };

/* A secret goes over a wire in TLS only; plain HTTP is for an emulator on this machine. */
static int check_url(const char *url, struct np_err *err)
{
	static const char *const safe[] = { "https://",
		"unix:", "http://127.0.0.1:", "http://[::1]:" };

	for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
		if (strncasecmp(url, safe[i], strlen(safe[i])) == 0)
			return 0;
	return np_fail_field(err, "url", "'%.200s' is not https://HOST[:PORT]", url);
}

int nxos_link_init(
	struct nxos_link *ret_link, const struct zone_session *session, struct np_err *err)
{
	const struct zone_endpoint *endpoint = session->endpoint;
	const struct zone_credential *credential = session->credential;
	struct nxos_link link = { .session = session, .path = paths[0] };
	const struct np_http_spec spec = {
		.server = endpoint->url,
		.ca_file = endpoint->ca_file,
		.fingerprint = endpoint->fingerprint,
		.user = credential ? credential->user : "",
		.secret = credential ? credential->secret : "",
		.media_type = "application/json",
		.accept = "application/json",
		.cookies = true, /* nxapi_auth spares the switch a login for each request */
	};
	int rc = check_url(endpoint->url, err);

	if (rc == 0)
		rc = np_http_new_spec(&link.http, &spec, err);
	if (rc == 0)
		*ret_link = link;
	return rc;
}

void nxos_link_done(struct nxos_link *link)
{
	link->http = np_http_free(link->http);
}

static int64_t time_left(const struct nxos_link *link)
{
	int64_t left = zone_session_left(link->session);

	return link->limit_ms > 0 && link->limit_ms < left ? link->limit_ms : left;
}

/* The switch gives no sign when it is ready. A part of the time that is left, so that there is some after it. */
static void pause_for(struct nxos_link *link)
{
	int64_t pause = time_left(link) / 10;

	(void)poll(NULL, 0, (int)(pause < AGAIN_MS ? pause : AGAIN_MS));
}

/* The type has to come before the input: some releases read them in this order. */
static json_t *make_request(const char *type, const char *input)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "ins_api", "version", "1.0", "type",
		type, "chunk", "0", "sid", "1", "input", input, "output_format", "json");
}

static int fail_status(const struct nxos_link *link, long status, struct np_err *err)
{
	const char *url = link->session->endpoint->url;

	if (status == 401 || status == 403)
		return np_fail(err, NP_DENIED,
			"%s: the switch refuses the secret '%.60s' (HTTP %ld)", url,
			link->session->endpoint->credential, status);
	if (status == 404)
		return np_hint(err,
			np_fail(err, NP_NOTFOUND, "%s: NX-API does not answer there", url),
			"feature nxapi, on the switch");
	if (status == 503 || status == 429)
		return np_fail(err, NP_BUSY, "%s: the switch is busy (HTTP %ld)", url, status);
	if (status == 413 || status == 400)
		return np_fail(err, NP_TOOBIG,
			"%s: the switch does not take the request (HTTP %ld)", url, status);
	return np_fail(err, NP_PEER, "%s: the switch answered HTTP %ld", url, status);
}

/* One request, one reply; what is not NX-API's is an error. */
static int post(struct nxos_link *link, const char *type, const json_t *body, json_t **ret_outputs,
	struct np_err *err)
{
	struct np_http_reply reply = { 0 };
	struct np_http_request request = {
		.method = "POST",
		.path = link->path,
		.body = body,
		.timeout_ms = time_left(link),
		.basic = true,
		.reads = strcmp(type, TYPE_CONFIG) != 0,
	};
	int rc = np_http_call(link->http, &request, &reply, err);

	if (rc < 0)
		return rc;
	/* Releases differ in whether an error inside makes one outside. */
	if (json_object_get(reply.body, "ins_api"))
		rc = nxos_reply_outputs(reply.body, ret_outputs, err);
	else if (reply.status >= 300)
		rc = fail_status(link, reply.status, err);
	else
		rc = np_fail(err, NP_PEER, "%s: the switch's reply is not one of NX-API",
			link->session->endpoint->url);
	np_http_reply_done(&reply);
	return rc;
}

/* Finds where NX-API is, and asks a busy switch again. */
static int call(struct nxos_link *link, const char *type, const char *input, json_t **ret_outputs,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = make_request(type, input);
	int rc = body ? -NP_BUSY : np_fail(err, NP_NOMEM, "out of memory, or no text: a command");

	for (int i = 0; rc == -NP_BUSY && i < AGAIN_MAX; i++) {
		if (i > 0)
			pause_for(link);
		rc = post(link, type, body, ret_outputs, err);
		if (rc == -NP_NOTFOUND && link->path == paths[0]) {
			link->path = paths[1];
			rc = post(link, type, body, ret_outputs, err);
			if (rc == -NP_NOTFOUND)
				link->path = paths[0];
		}
	}
	return rc;
}

/* One command, asked again while the switch is not ready for it. The answer's body lives in *ret_outputs. */
static int ask(struct nxos_link *link, const char *type, const char *command, json_t **ret_outputs,
	struct nxos_answer *ret_answer, struct np_err *err)
{
	struct nxos_answer answer = { .verdict = NXOS_AGAIN };
	np_auto(np_json_decref) json_t *outputs = NULL;

	for (int i = 0; answer.verdict == NXOS_AGAIN && i < AGAIN_MAX; i++) {
		if (i > 0)
			pause_for(link);
		json_decref(outputs);
		outputs = NULL;
		int rc = call(link, type, command, &outputs, err);
		if (rc < 0)
			return rc;
		nxos_reply_judge(json_array_get(outputs, 0), &answer);
	}
	*ret_answer = answer;
	*ret_outputs = np_take(outputs);
	return 0;
}

int nxos_link_show(
	struct nxos_link *link, const char *command, json_t **ret_body, struct np_err *err)
{
	np_auto(np_json_decref) json_t *outputs = NULL;
	struct nxos_answer answer;
	int rc = ask(link, "cli_show", command, &outputs, &answer, err);

	if (rc < 0)
		return rc;
	if (answer.verdict == NXOS_REFUSED || answer.verdict == NXOS_AGAIN)
		return nxos_reply_fail(&answer, command, err);
	if (answer.verdict == NXOS_DONE && json_array_size(answer.body) > 0)
		return np_fail(err, NP_PEER,
			"the switch answered '%.60s' with a list where an object belongs", command);
	if (answer.verdict == NXOS_DONE && !json_is_object(answer.body) && *answer.text)
		return np_fail(err, NP_PEER, "the switch answered '%.60s' with the text '%.120s'",
			command, answer.text);
	bool empty = answer.verdict == NXOS_EMPTY || !json_is_object(answer.body);
	*ret_body = empty ? json_object() : json_incref((json_t *)(uintptr_t)answer.body);
	return *ret_body ? 0 : np_fail_nomem(err);
}

int nxos_link_text(struct nxos_link *link, const char *command, char **ret_text, struct np_err *err)
{
	np_auto(np_json_decref) json_t *outputs = NULL;
	int rc = call(link, "cli_show_ascii", command, &outputs, err);

	if (rc < 0)
		return rc;
	const json_t *output = json_array_get(outputs, 0);
	const char *text = json_string_value(json_object_get(output, "body"));
	if (strcmp(np_json_text(output, "code"), "200") != 0 || !text)
		return np_fail(err, NP_UNSUPPORTED, "the switch does not give the text of '%.60s'",
			command);
	*ret_text = strdup(text);
	return *ret_text ? 0 : np_fail_nomem(err);
}

/* What is not there needs no removing; to anything else it must be there. 1: the same again in a while. */
static int judge_command(const json_t *output, const char *command, struct np_err *err)
{
	struct nxos_answer answer;

	nxos_reply_judge(output, &answer);
	if (answer.verdict == NXOS_EMPTY && strncmp(command, "no ", 3) != 0) {
		answer.verdict = NXOS_REFUSED;
		answer.code = NP_NOTFOUND;
	}
	if (answer.verdict != NXOS_REFUSED && answer.verdict != NXOS_AGAIN)
		return 0;
	int rc = nxos_reply_fail(&answer, command, err);
	return answer.verdict == NXOS_AGAIN ? 1 : rc;
}

/* Of a joined request; a switch may stop at the first refusal, or give one output for all. */
static int judge_joined(
	const json_t *commands, const json_t *outputs, const char *input, struct np_err *err)
{
	const json_t *output;
	int rc = 0;
	size_t i;

	json_array_foreach (outputs, i, output) {
		const char *command = json_string_value(json_array_get(commands, i));
		rc = judge_command(
			output, json_array_size(outputs) > 1 && command ? command : input, err);
		if (rc != 0)
			break;
	}
	return rc;
}

enum taken { TAKEN, NOT_TAKEN }; /* NOT_TAKEN: the request as a whole is nonsense to the switch */

static int configure_joined(
	struct nxos_link *link, const json_t *commands, enum taken *ret_taken, struct np_err *err)
{
	np_auto(np_free) char *input = nxos_command_join(commands);
	int rc = 1;

	*ret_taken = TAKEN;
	if (!input)
		return np_fail_nomem(err);
	for (int i = 0; rc > 0 && i < AGAIN_MAX; i++) {
		np_auto(np_json_decref) json_t *outputs = NULL;

		if (i > 0)
			pause_for(link);
		rc = call(link, TYPE_CONFIG, input, &outputs, err);
		if (rc == 0)
			rc = judge_joined(commands, outputs, input, err);
		if (rc == -NP_TOOBIG || (rc == -NP_CONFLICT && json_array_size(outputs) == 1))
			*ret_taken = NOT_TAKEN;
	}
	return rc > 0 ? -NP_BUSY : rc;
}

static int configure_one(struct nxos_link *link, const char *command, struct np_err *err)
{
	np_auto(np_json_decref) json_t *outputs = NULL;
	struct nxos_answer answer;
	int rc = ask(link, TYPE_CONFIG, command, &outputs, &answer, err);

	if (rc == 0)
		rc = judge_command(json_array_get(outputs, 0), command, err);
	return rc > 0 ? -NP_BUSY : rc;
}

int nxos_link_configure(struct nxos_link *link, const json_t *commands, struct np_err *err)
{
	enum taken taken = NOT_TAKEN;
	const json_t *command;
	size_t i;
	int rc = 0;

	if (!link->single && json_array_size(commands) > 1) {
		rc = configure_joined(link, commands, &taken, err);
		link->joined = link->joined || rc == 0;
		link->single = taken == NOT_TAKEN;
	}
	if (taken == TAKEN)
		return rc;
	json_array_foreach (commands, i, command) {
		rc = configure_one(link, zone_text_of(command), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
