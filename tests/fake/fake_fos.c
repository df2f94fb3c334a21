/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_fos.h"

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

#define HEARD_MAX (256u << 10)
#define REQUEST_MAX (256u << 10)
#define HEADERS_MAX 2048
#define LINES_MAX 64

struct fake_fos_heard {
	size_t len;
	char text[HEARD_MAX];
	char headers[HEADERS_MAX];
};

/* The server's side. */
struct script {
	const struct fake_fos_line *lines;
	unsigned used[LINES_MAX];
	unsigned logins;
	struct fake_fos_heard *heard;
};

/* A copy with @from instead of @to; the caller's. */
static char *exchanged(const char *text, char from, char to)
{
	char *copy = strdup(text);

	for (char *c = copy; c && *c; c++)
		*c = *c == from ? to : *c;
	return copy;
}

static const struct fake_fos_line *line_of(struct script *script, const char *request)
{
	static const struct fake_fos_line nothing = { "", 204, "" };
	const struct fake_fos_line *found = &nothing;

	for (size_t i = 0; script->lines[i].request; i++) {
		if (strcmp(script->lines[i].request, request) != 0)
			continue;
		found = &script->lines[i];
		if (script->used[i]++ == 0)
			break;
	}
	return found;
}

static void send_text(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void reply(struct script *script, int fd, const struct fake_fos_line *line, bool login)
{
	bool xml = line->body[0] == '<', cut = line->status == FAKE_FOS_CUT;
	int status = cut ? 200 : login && line->status == 204 ? 200 : line->status;
	np_auto(np_free) char *body = xml ? strdup(line->body) : exchanged(line->body, '\'', '"');
	char head[400], key[100] = "";

	if (login && status == 200)
		(void)snprintf(key, sizeof key,
			"Authorization: " FAKE_FOS_KEY "%.0u\r\n", /* nothing for 0 */
			script->logins++);
	(void)snprintf(head, sizeof head, "HTTP/1.1 %d Said\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
		status, key, *body ? "Content-Type: application/yang-data+" : "",
		!*body ? ""
		: xml  ? "xml"
		       : "json",
		*body ? "\r\n" : "", strlen(body));
	send_text(fd, head, status == 204 ? strlen("HTTP/1.1 204 Said\r\n") : strlen(head));
	if (status == 204)
		send_text(fd, "\r\n", 2);
	else
		send_text(fd, body, cut ? strlen(body) / 2 : strlen(body));
}

/* Answers a request ("METHOD PATH HTTP/1.1\r\n..."); false: the connection ends. */
static bool answer(struct script *script, int fd, char *text, char *body)
{
	np_auto(np_free) char *said = exchanged(body, '"', '\'');
	char *headers = strstr(text, "\r\n") + 2;
	struct fake_fos_heard *heard = script->heard;
	char request[1024];

	body[-2] = '\0';
	(void)snprintf(heard->headers, sizeof heard->headers, "%s", headers);
	headers[-2] = '\0';
	(void)snprintf(request, sizeof request, "%.*s", (int)(strrchr(text, ' ') - text), text);
	heard->len += (size_t)snprintf(heard->text + heard->len, HEARD_MAX - heard->len, "%s%s%s\n",
		request, *body ? " " : "", said);
	const struct fake_fos_line *line = line_of(script, request);
	if (line->status == FAKE_FOS_HANG)
		for (;;)
			(void)pause();
	if (line->status != FAKE_FOS_HANG_UP)
		reply(script, fd, line, strcmp(request, "POST /rest/login") == 0);
	return line->status != FAKE_FOS_HANG_UP && line->status != FAKE_FOS_CUT;
}

/* The next request in @text; its body, NULL at the end of the connection. */
static char *read_request(int fd, char *text, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		if (n <= 0)
			return NULL;
		len += (size_t)n;
		text[len] = '\0';
		char *end = strstr(text, "\r\n\r\n");
		const char *length = strcasestr(text, "content-length:");
		size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
		if (end && len >= (size_t)(end + 4 - text) + body)
			return end + 4;
	}
}

void fake_fos_serve(struct fake_fos *fake, const struct fake_fos_line *lines)
{
	static char text[REQUEST_MAX];
	struct script script = { .lines = lines, .heard = fake->heard };

	fake->server = fork();
	assert_true(fake->server >= 0);
	if (fake->server > 0)
		return;
	for (int fd; (fd = accept(fake->listener, NULL, NULL)) >= 0; (void)close(fd))
		for (char *body; (body = read_request(fd, text, sizeof text)) &&
				 answer(&script, fd, text, body);)
			;
	_exit(0);
}

int fake_fos_new(void **state)
{
	struct fake_fos *fake = calloc(1, sizeof *fake);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_non_null(fake);
	(void)snprintf(fake->dir, sizeof fake->dir, "/tmp/np-fos-XXXXXX");
	assert_non_null(mkdtemp(fake->dir));
	assert_true(np_path(fake->socket, "%s/s", fake->dir));
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", fake->socket);
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fake->listener, 4), 0);
	fake->heard = mmap(NULL, sizeof *fake->heard, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fake->heard != MAP_FAILED);
	fake->endpoint = (struct zone_endpoint){ .fabric = "a", .credential = "san-a" };
	(void)snprintf(fake->endpoint.url, sizeof fake->endpoint.url, "unix:%.200s", fake->socket);
	fake->credential = (struct zone_credential){ .user = "npivd", .secret = "s3cret" };
	fake->session = (struct zone_session){
		.driver = &zone_driver_fos,
		.endpoint = &fake->endpoint,
		.credential = &fake->credential,
		.deadline_ms = zone_clock_ms() + 20000,
	};
	*state = fake;
	return 0;
}

int fake_fos_free(void **state)
{
	struct fake_fos *fake = *state;

	fake_fos_close(fake);
	if (fake->server > 0) {
		(void)kill(fake->server, SIGKILL);
		(void)waitpid(fake->server, NULL, 0);
	}
	np_close(&fake->listener);
	(void)munmap(fake->heard, sizeof *fake->heard);
	(void)unlink(fake->session.keep_path);
	(void)unlink(fake->socket);
	(void)rmdir(fake->dir);
	free(fake);
	return 0;
}

int fake_fos_open(struct fake_fos *fake)
{
	return zone_driver_fos.open(&fake->session, &fake->err);
}

void fake_fos_close(struct fake_fos *fake)
{
	zone_driver_fos.close(&fake->session);
}

void fake_fos_begin(struct fake_fos *fake, const struct fake_fos_line *lines)
{
	fake_fos_serve(fake, lines);
	if (fake_fos_open(fake) < 0)
		fail_msg("%s", fake->err.msg);
	fake_fos_forget(fake);
}

const char *fake_fos_heard(const struct fake_fos *fake)
{
	return fake->heard->text;
}

unsigned fake_fos_count(const struct fake_fos *fake, const char *start)
{
	unsigned count = 0;

	for (const char *line = fake->heard->text; *line; line += strcspn(line, "\n") + 1)
		count += strncmp(line, start, strlen(start)) == 0;
	return count;
}

const char *fake_fos_headers(const struct fake_fos *fake)
{
	return fake->heard->headers;
}

void fake_fos_forget(struct fake_fos *fake)
{
	fake->heard->len = 0;
	fake->heard->text[0] = '\0';
}

json_t *fake_fos_read(struct fake_fos *fake, enum zone_part part)
{
	json_t *snapshot = json_object();

	if (zone_driver_fos.read(&fake->session, part, snapshot, &fake->err) == 0)
		return snapshot;
	json_decref(snapshot);
	return NULL;
}

void fake_fos_assert_member(const json_t *object, const char *key, const char *wanted)
{
	np_auto(np_json_decref) json_t *expected = quoted(wanted);
	np_auto(np_free) char *text = zone_text(json_object_get(object, key));
	np_auto(np_free) char *expected_text = zone_text(expected);

	assert_non_null(text);
	assert_string_equal(text, expected_text);
}

int fake_fos_stage(struct fake_fos *fake, const char *text)
{
	np_auto(np_json_decref) json_t *changes = quoted(text);

	return zone_driver_fos.stage(&fake->session, changes, &fake->err);
}

int fake_fos_commit(struct fake_fos *fake, bool activate, const char *zoneset)
{
	np_auto(np_json_decref) json_t *plan = quoted("{'changes':[]}");
	const struct zone_commit commit = {
		.zoneset = zoneset, .activate = activate, .checksum = FAKE_FOS_SUM, .plan = plan
	};

	return zone_driver_fos.commit(&fake->session, &commit, &fake->err);
}
