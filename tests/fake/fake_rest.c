/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_rest.h"

#include <poll.h>
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
#define CONNECTIONS_MAX 16

struct fake_heard {
	size_t len;
	char text[HEARD_MAX];
	char headers[HEADERS_MAX];
};

void fake_rest_send(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

void fake_rest_hear(struct fake_heard *heard, const char *before, const char *text)
{
	size_t more = strlen(before) + strlen(text) + 1;

	if (heard->len + more >= HEARD_MAX)
		return;
	(void)snprintf(heard->text + heard->len, HEARD_MAX - heard->len, "%s%s\n", before, text);
	heard->len += more;
}

void fake_rest_hear_headers(struct fake_heard *heard, const char *headers)
{
	(void)snprintf(heard->headers, sizeof heard->headers, "%s", headers);
}

/* The next request's head in @text, without its empty line; its body, NULL at the end of the connection. */
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
		if (!end || len < (size_t)(end + 4 - text) + body)
			continue;
		end[2] = '\0';
		return end + 4;
	}
}

void fake_rest_serve(struct fake_rest *fake, void *script,
	bool (*answer)(void *script, struct fake_heard *heard, int fd, char *head, char *body))
{
	static char text[REQUEST_MAX];

	fake->server = fork();
	assert_true(fake->server >= 0);
	if (fake->server > 0)
		return;
	struct pollfd fds[1 + CONNECTIONS_MAX] = { { .fd = fake->listener, .events = POLLIN } };
	nfds_t n = 1;
	/* poll is the fake clock's in some tests. */
	while (ppoll(fds, n, NULL, NULL) > 0) {
		for (nfds_t i = n; i-- > 1;) {
			if (!fds[i].revents)
				continue;
			char *body = read_request(fds[i].fd, text, sizeof text);
			if (body && answer(script, fake->heard, fds[i].fd, text, body))
				continue;
			(void)close(fds[i].fd);
			fds[i] = fds[--n];
		}
		if (fds[0].revents && n <= CONNECTIONS_MAX)
			fds[n++] = (struct pollfd){ .fd = accept(fake->listener, NULL, NULL),
				.events = POLLIN };
	}
	_exit(0);
}

int fake_rest_new(void **state, const struct zone_driver *driver)
{
	struct fake_rest *fake = calloc(1, sizeof *fake);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_non_null(fake);
	(void)snprintf(fake->dir, sizeof fake->dir, "/tmp/np-%s-XXXXXX", driver->name);
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
		.driver = driver,
		.endpoint = &fake->endpoint,
		.credential = &fake->credential,
		.deadline_ms = zone_clock_ms() + 20000,
	};
	*state = fake;
	return 0;
}

int fake_rest_free(void **state)
{
	struct fake_rest *fake = *state;

	fake_rest_close(fake);
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

int fake_rest_open(struct fake_rest *fake)
{
	return fake->session.driver->open(&fake->session, &fake->err);
}

void fake_rest_begin(struct fake_rest *fake)
{
	if (fake_rest_open(fake) < 0)
		fail_msg("%s", fake->err.msg);
	fake_rest_forget(fake);
}

void fake_rest_close(struct fake_rest *fake)
{
	fake->session.driver->close(&fake->session);
}

const char *fake_rest_heard(const struct fake_rest *fake)
{
	return fake->heard->text;
}

const char *fake_rest_headers(const struct fake_rest *fake)
{
	return fake->heard->headers;
}

void fake_rest_forget(struct fake_rest *fake)
{
	fake->heard->len = 0;
	fake->heard->text[0] = '\0';
}

json_t *fake_rest_read(struct fake_rest *fake, enum zone_part part)
{
	json_t *snapshot = json_object();

	if (fake->session.driver->read(&fake->session, part, snapshot, &fake->err) == 0)
		return snapshot;
	json_decref(snapshot);
	return NULL;
}

void fake_rest_assert_member(const json_t *object, const char *key, const char *wanted)
{
	np_auto(np_json_decref) json_t *expected = quoted(wanted);
	np_auto(np_free) char *text = zone_text(json_object_get(object, key));
	np_auto(np_free) char *expected_text = zone_text(expected);

	assert_non_null(text);
	assert_string_equal(text, expected_text);
}

int fake_rest_stage(struct fake_rest *fake, const char *text)
{
	np_auto(np_json_decref) json_t *changes = quoted(text);

	return fake->session.driver->stage(&fake->session, changes, &fake->err);
}
