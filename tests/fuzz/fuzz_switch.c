/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to the simulated switches. The first line names the kind and release of the switch ("fos 9.1.0b"); then
 * requests, each a line "METHOD PATH[?QUERY]" and its body, with a line "---" between two. They come from a client
 * that is logged in. NX-API is /ins, or /ins?rpc for JSON-RPC.
 */
#include <stdint.h>
#include <string.h>

#include "lab/config.h"
#include "lab/switch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 16

static const char basic[] = "Basic YWRtaW46cGFzc3dvcmQ="; /* admin:password */

/* @ret_key: the first header of the reply, where it has one. */
static void ask(struct sim_switch *sw, const struct sim_request *request, char *ret_key)
{
	struct sim_switch_call call;
	struct sim_reply reply = { 0 };

	sim_switch_begin(sw, request, &call);
	sim_switch_answer(sw, request, &call, &reply);
	sim_switch_end(sw, &call);
	if (ret_key && reply.headers[0].name[0])
		memcpy(ret_key, reply.headers[0].value, sizeof(reply.headers[0].value));
	sim_reply_done(&reply);
	sim_advance(sw->sim, sw->sim->now + 100);
}

static struct sim_request request_of(const char *method, const char *path, const char *key)
{
	return (struct sim_request){ .method = method,
		.path = path,
		.query = "",
		.authorization = key,
		.accept = "application/yang-data+json",
		.content_type = "application/yang-data+json",
		.user_agent = "fuzz/1",
		.cookie = "",
		.address = "127.0.0.1",
		.body = "" };
}

/* "METHOD PATH?QUERY\nBODY", cut in place. */
static void ask_text(struct sim_switch *sw, char *text, const char *key)
{
	char *body = strchr(text, '\n');

	if (body)
		*body++ = '\0';
	char *path = strchr(text, ' ');
	if (!path)
		return;
	*path++ = '\0';
	char *query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	struct sim_request request = request_of(text, path, key);
	if (query)
		request.query = query;
	if (body) {
		request.body = body;
		request.len = strlen(body);
	}
	if (strncmp(path, "/ins", 4) == 0)
		request.content_type = query && strcmp(query, "rpc") == 0 ? "application/json-rpc"
									  : "application/json";
	ask(sw, &request, NULL);
}

static struct sim_switch *make_switch(struct sim *sim, char *line)
{
	const struct sim_setup setup = { .hbas = 2, .targets = 1, .luns = 1 };
	char *release = strchr(line, ' ');
	struct sim_switch *sw = NULL;

	if (release)
		*release++ = '\0';
	const struct sim_switch_spec spec = { .fabric = "A", .vendor = line, .release = release };
	if (sim_config_apply(sim, &setup, NULL, NULL) < 0 ||
		sim_switch_add(sim, &spec, &sw, NULL) < 0)
		return NULL;
	sim->fabrics[0]->enforce = true;
	return sw;
}

static void run(struct sim *sim, char *text)
{
	char key[sizeof(((struct sim_header *)0)->value)];
	char *rest = strchr(text, '\n');

	(void)snprintf(key, sizeof(key), "%s", basic);
	if (!rest)
		return;
	*rest++ = '\0';
	struct sim_switch *sw = make_switch(sim, text);
	if (!sw)
		return;
	const struct sim_request login = request_of("POST", "/rest/login", basic);
	ask(sw, &login, key);
	for (int i = 0; i < REQUESTS_MAX && rest; i++) {
		char *next = strstr(rest, "\n---\n");
		if (next) {
			*next = '\0';
			next += strlen("\n---\n");
		}
		ask_text(sw, rest, key);
		rest = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim *sim = NULL;

	if (sim_new(&sim, 0, 1, NULL) < 0)
		return 0;
	char *text = malloc(size + 1);
	if (text) {
		memcpy(text, data, size);
		text[size] = '\0';
		run(sim, text);
	}
	free(text);
	sim_free(sim);
	return 0;
}
