/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_nxos.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"

#define LINES_MAX 64

/* The server's side. */
struct script {
	const struct fake_line *lines;
	unsigned used[LINES_MAX];
	struct fake_heard *heard;
};

static const char *output_of(struct script *script, const char *command)
{
	const char *found = NULL;

	for (size_t i = 0; script->lines[i].command; i++) {
		if (strcmp(script->lines[i].command, command) != 0)
			continue;
		found = script->lines[i].output;
		if (script->used[i]++ == 0)
			break;
	}
	return found ? found : FAKE_GOOD("{}");
}

static void reply(int fd, const char *status, const char *body)
{
	char head[200];

	(void)snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		status, strlen(body));
	fake_rest_send(fd, head, strlen(head));
	fake_rest_send(fd, body, strlen(body));
}

/* False: it is an output. */
static bool misbehave(int fd, const char *output)
{
	if (strcmp(output, FAKE_HANG_UP) == 0)
		(void)shutdown(fd, SHUT_RDWR);
	else if (strcmp(output, FAKE_HTTP_503) == 0)
		reply(fd, "503 Service Unavailable", "{}");
	else if (strcmp(output, FAKE_HTTP_401) == 0)
		reply(fd, "401 Unauthorized", "{}");
	else
		return false;
	return true;
}

static void reply_outputs(int fd, json_t *outputs)
{
	json_t *output = json_array_size(outputs) == 1 ? json_array_get(outputs, 0) : outputs;
	np_auto(np_json_decref) json_t *whole =
		json_pack("{s:{s:{s:O}}}", "ins_api", "outputs", "output", output);
	np_auto(np_free) char *text = json_dumps(whole, JSON_COMPACT);

	reply(fd, "200 OK", text ? text : "");
}

static bool refuses_joined(struct script *script, int fd, const char *mark, const char *input)
{
	if (!strstr(input, " ;") || strcmp(output_of(script, FAKE_AS_ONE), FAKE_AS_ONE) != 0)
		return false;
	np_auto(np_json_decref) json_t *outputs =
		json_pack("[o]", quoted(FAKE_BAD("% Invalid command")));
	fake_rest_hear(script->heard, mark, "(joined)");
	reply_outputs(fd, outputs);
	return true;
}

/* The outputs of all commands of one request. */
static bool answer(void *data, struct fake_heard *heard, int fd, char *head np_unused, char *body)
{
	struct script *script = data;
	np_auto(np_json_decref) json_t *json = quoted(body);
	np_auto(np_json_decref) json_t *outputs = json_array();
	const json_t *ins_api = json_object_get(json, "ins_api");
	const char *mark = strcmp(np_json_text(ins_api, "type"), "cli_conf") == 0 ? "+" : "";
	np_auto(np_free) char *input = strdup(np_json_text(ins_api, "input"));

	script->heard = heard;
	if (!input || refuses_joined(script, fd, mark, input))
		return true;
	for (char *command = input, *next; command; command = next) {
		char *end = strstr(command, " ;");
		next = end ? end + 2 : NULL;
		if (end)
			*end = '\0';
		fake_rest_hear(script->heard, mark, command);
		const char *output = output_of(script, command);
		if (misbehave(fd, output))
			return true;
		(void)json_array_append_new(outputs, quoted(output));
	}
	reply_outputs(fd, outputs);
	return true;
}

int fake_nxos_new(void **state)
{
	int rc = fake_rest_new(state, &zone_driver_nxos);
	struct fake_rest *fake = *state;

	fake->endpoint.context = 10;
	return rc;
}

void fake_nxos_serve(struct fake_rest *fake, const struct fake_line *lines)
{
	struct script script = { .lines = lines };

	fake_rest_serve(fake, &script, answer);
}

void fake_nxos_begin(struct fake_rest *fake, const struct fake_line *lines)
{
	fake_nxos_serve(fake, lines);
	fake_rest_begin(fake);
}

bool fake_nxos_has_heard(const struct fake_rest *fake, const char *line)
{
	char wanted[300];

	(void)snprintf(wanted, sizeof wanted, "%s\n", line);
	const char *at = strstr(fake_rest_heard(fake), wanted);
	return at && (at == fake_rest_heard(fake) || at[-1] == '\n');
}

void fake_nxos_assert_configured(const struct fake_rest *fake, const char *wanted)
{
	np_auto(np_free) char *copy = strdup(fake_rest_heard(fake));
	char found[8192] = "", *rest = copy;
	size_t len = 0;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line == '+')
			len += (size_t)snprintf(found + len, sizeof found - len, "%s\n", line + 1);
	assert_string_equal(found, wanted);
}

json_t *fake_nxos_read(struct fake_rest *fake, enum zone_part part)
{
	json_t *snapshot = fake_rest_read(fake, part);

	if (!snapshot)
		fail_msg("%s", fake->err.msg);
	return snapshot;
}

int fake_nxos_commit(
	struct fake_rest *fake, const char *plan_text, bool activate, const char *zoneset)
{
	np_auto(np_json_decref) json_t *plan = quoted(plan_text);
	const struct zone_commit commit = {
		.zoneset = zoneset, .activate = activate, .plan = plan
	};

	assert_non_null(plan);
	return zone_driver_nxos.commit(&fake->session, &commit, &fake->err);
}

int fake_nxos_settle(struct fake_rest *fake)
{
	int rc;

	do
		rc = zone_driver_nxos.settled(&fake->session, &fake->err);
	while (rc > 0);
	return rc;
}
