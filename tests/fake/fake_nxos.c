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

#define HEARD_MAX (64u << 10)
#define REQUEST_MAX (64u << 10)
#define LINES_MAX 64
#define HEARD_LINE_MAX 400

struct fake_heard {
	size_t len;
	char text[HEARD_MAX];
};

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

static void hear(struct script *script, const char *mark, const char *command)
{
	struct fake_heard *heard = script->heard;

	/* What is asked over and over is no news. */
	if (heard->len + HEARD_LINE_MAX >= HEARD_MAX)
		return;
	heard->len += (size_t)snprintf(
		heard->text + heard->len, HEARD_MAX - heard->len, "%s%.300s\n", mark, command);
}

json_t *fake_json(const char *text)
{
	char *copy = strdup(text);
	json_t *value = NULL;

	for (char *c = copy; c && *c; c++)
		if (*c == '\'')
			*c = '"';
	if (copy)
		(void)np_json_parse(copy, strlen(copy), &value, NULL);
	free(copy);
	return value;
}

static void send_text(int fd, const char *text)
{
	for (size_t len = strlen(text); len > 0;) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			_exit(1);
		text += n;
		len -= (size_t)n;
	}
}

static void reply(int fd, const char *status, const char *body)
{
	char head[200];

	(void)snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		status, strlen(body));
	send_text(fd, head);
	send_text(fd, body);
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
		json_pack("[o]", fake_json(FAKE_BAD("% Invalid command")));
	hear(script, mark, "(joined)");
	reply_outputs(fd, outputs);
	return true;
}

/* The outputs of all commands of one request. */
static void answer(struct script *script, int fd, const char *request)
{
	np_auto(np_json_decref) json_t *json = fake_json(request);
	np_auto(np_json_decref) json_t *outputs = json_array();
	const json_t *ins_api = json_object_get(json, "ins_api");
	const char *mark = strcmp(np_json_text(ins_api, "type"), "cli_conf") == 0 ? "+" : "";
	np_auto(np_free) char *input = strdup(np_json_text(ins_api, "input"));

	if (!input || refuses_joined(script, fd, mark, input))
		return;
	for (char *command = input, *next; command; command = next) {
		char *end = strstr(command, " ;");
		next = end ? end + 2 : NULL;
		if (end)
			*end = '\0';
		hear(script, mark, command);
		const char *output = output_of(script, command);
		if (misbehave(fd, output))
			return;
		(void)json_array_append_new(outputs, fake_json(output));
	}
	reply_outputs(fd, outputs);
}

/* The body of the next request; NULL at the end of the connection. */
static const char *read_request(int fd, char *text, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		if (n <= 0)
			return NULL;
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		const char *length = strcasestr(text, "content-length:");
		if (end && length &&
			len >= (size_t)(end + 4 - text) + strtoul(length + 15, NULL, 10))
			return end + 4;
	}
}

void fake_nxos_serve(struct fake_nxos *fake, const struct fake_line *lines)
{
	static char text[REQUEST_MAX];
	struct script script = { .lines = lines, .heard = fake->heard };

	fake->server = fork();
	assert_true(fake->server >= 0);
	if (fake->server > 0)
		return;
	for (int fd; (fd = accept(fake->listener, NULL, NULL)) >= 0; (void)close(fd))
		for (const char *body; (body = read_request(fd, text, sizeof text));)
			answer(&script, fd, body);
	_exit(0);
}

int fake_nxos_new(void **state)
{
	struct fake_nxos *fake = calloc(1, sizeof *fake);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_non_null(fake);
	(void)snprintf(fake->dir, sizeof fake->dir, "/tmp/np-nxos-XXXXXX");
	assert_non_null(mkdtemp(fake->dir));
	assert_true(np_path(fake->socket, "%s/s", fake->dir));
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", fake->socket);
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fake->listener, 4), 0);
	fake->heard = mmap(NULL, sizeof *fake->heard, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fake->heard != MAP_FAILED);
	fake->endpoint =
		(struct zone_endpoint){ .fabric = "a", .credential = "san-a", .context = 10 };
	(void)snprintf(fake->endpoint.url, sizeof fake->endpoint.url, "unix:%.200s", fake->socket);
	fake->credential = (struct zone_credential){ .user = "npivd", .secret = "s3cret" };
	fake->session = (struct zone_session){
		.driver = &zone_driver_nxos,
		.endpoint = &fake->endpoint,
		.credential = &fake->credential,
		.deadline_ms = zone_clock_ms() + 20000,
	};
	*state = fake;
	return 0;
}

int fake_nxos_free(void **state)
{
	struct fake_nxos *fake = *state;

	zone_driver_nxos.close(&fake->session);
	if (fake->server > 0) {
		(void)kill(fake->server, SIGKILL);
		(void)waitpid(fake->server, NULL, 0);
	}
	np_close(&fake->listener);
	(void)munmap(fake->heard, sizeof *fake->heard);
	(void)unlink(fake->socket);
	(void)rmdir(fake->dir);
	free(fake);
	return 0;
}

void fake_nxos_begin(struct fake_nxos *fake, const struct fake_line *lines)
{
	fake_nxos_serve(fake, lines);
	if (zone_driver_nxos.open(&fake->session, &fake->err) < 0)
		fail_msg("%s", fake->err.msg);
	fake->heard->len = 0;
	fake->heard->text[0] = '\0';
}

const char *fake_nxos_heard(const struct fake_nxos *fake)
{
	return fake->heard->text;
}

bool fake_nxos_has_heard(const struct fake_nxos *fake, const char *line)
{
	char wanted[300];

	(void)snprintf(wanted, sizeof wanted, "%s\n", line);
	const char *at = strstr(fake->heard->text, wanted);
	return at && (at == fake->heard->text || at[-1] == '\n');
}

void fake_nxos_assert_configured(const struct fake_nxos *fake, const char *wanted)
{
	np_auto(np_free) char *copy = strdup(fake->heard->text);
	char found[8192] = "", *rest = copy;
	size_t len = 0;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line == '+')
			len += (size_t)snprintf(found + len, sizeof found - len, "%s\n", line + 1);
	assert_string_equal(found, wanted);
}

json_t *fake_nxos_read(struct fake_nxos *fake, enum zone_part part)
{
	json_t *snapshot = json_object();

	if (zone_driver_nxos.read(&fake->session, part, snapshot, &fake->err) < 0)
		fail_msg("%s", fake->err.msg);
	return snapshot;
}

void fake_assert_member(const json_t *object, const char *key, const char *wanted)
{
	np_auto(np_json_decref) json_t *expected = fake_json(wanted);
	np_auto(np_free) char *text = zone_text(json_object_get(object, key));
	np_auto(np_free) char *expected_text = zone_text(expected);

	assert_string_equal(text, expected_text);
}

int fake_nxos_stage(struct fake_nxos *fake, const char *changes_text)
{
	np_auto(np_json_decref) json_t *changes = fake_json(changes_text);

	assert_non_null(changes);
	return zone_driver_nxos.stage(&fake->session, changes, &fake->err);
}

int fake_nxos_commit(
	struct fake_nxos *fake, const char *plan_text, bool activate, const char *zoneset)
{
	np_auto(np_json_decref) json_t *plan = fake_json(plan_text);
	const struct zone_commit commit = {
		.zoneset = zoneset, .activate = activate, .plan = plan
	};

	assert_non_null(plan);
	return zone_driver_nxos.commit(&fake->session, &commit, &fake->err);
}

int fake_nxos_settle(struct fake_nxos *fake)
{
	int rc;

	do
		rc = zone_driver_nxos.settled(&fake->session, &fake->err);
	while (rc > 0);
	return rc;
}
