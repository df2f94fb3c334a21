/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client against a scripted server: a child process that takes one connection on a Unix socket. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/http.h"

#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

struct fixture {
	char dir[NP_PATH_MAX], socket[NP_PATH_MAX];
	int listener;
	int heard[2]; /* what the server read */
	pid_t server;
	char request[8192];
	struct np_http *http;
	struct np_http_reply reply;
	struct np_err err;
};

static void listen_at(struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", f->socket);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->listener >= 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(f->listener, 4), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/np-http-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_true(np_path(f->socket, "%s/s", f->dir));
	listen_at(f);
	assert_int_equal(pipe2(f->heard, O_CLOEXEC), 0);
	assert_int_equal(np_http_new(&f->http, f->socket, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->server > 0) {
		(void)kill(f->server, SIGKILL);
		(void)waitpid(f->server, NULL, 0);
	}
	np_http_reply_done(&f->reply);
	np_http_free(f->http);
	np_close(&f->listener);
	(void)close(f->heard[0]);
	(void)close(f->heard[1]);
	(void)unlink(f->socket);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static size_t body_length(const char *head)
{
	const char *length = strcasestr(head, "content-length:");

	return length ? strtoul(length + strlen("content-length:"), NULL, 10) : 0;
}

/* One whole request into @text; its length. */
static size_t read_request(int fd, char *text, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - 1 - len);
		if (n <= 0)
			return len;
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		if (end && len >= (size_t)(end + 4 - text) + body_length(text))
			return len;
	}
}

/* Answers one request with @reply, @repeats times its last @tail bytes, and closes. */
static void serve_endless(struct fixture *f, const char *reply, size_t tail, size_t repeats)
{
	f->server = fork();
	assert_true(f->server >= 0);
	if (f->server > 0)
		return;
	int fd = accept(f->listener, NULL, NULL);
	size_t len = read_request(fd, f->request, sizeof f->request);
	(void)!write(f->heard[1], f->request, len);
	(void)send(fd, reply, strlen(reply), MSG_NOSIGNAL);
	for (size_t i = 0; i < repeats; i++) {
		if (send(fd, reply + strlen(reply) - tail, tail, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static void serve(struct fixture *f, const char *reply)
{
	serve_endless(f, reply, 0, 0);
}

/* Keeps connections, answers reads, and hangs up on changes; tells the first letter of each. */
static void serve_and_hang_up(struct fixture *f)
{
	static const char reply[] = OK_JSON "Content-Length: 2\r\n\r\n{}";

	f->server = fork();
	assert_true(f->server >= 0);
	if (f->server > 0)
		return;
	for (int fd; (fd = accept(f->listener, NULL, NULL)) >= 0; (void)close(fd)) {
		if (fork() > 0)
			continue;
		while (read_request(fd, f->request, sizeof f->request) > 0) {
			(void)!write(f->heard[1], f->request, 1);
			if (f->request[0] != 'G')
				break;
			(void)send(fd, reply, strlen(reply), MSG_NOSIGNAL);
		}
		_exit(0);
	}
	_exit(0);
}

static int call(struct fixture *f, const struct np_http_request *request)
{
	return np_http_call(f->http, request, &f->reply, &f->err);
}

static int get(struct fixture *f)
{
	return call(f, &(struct np_http_request){
			       .method = "GET", .path = "/v1/guests", .timeout_ms = 10000 });
}

static const char *heard(struct fixture *f)
{
	ssize_t n = read(f->heard[0], f->request, sizeof f->request - 1);

	f->request[n > 0 ? n : 0] = '\0';
	return f->request;
}

static void test_http_get_reads_status_headers_and_body(void **state)
{
	struct fixture *f = *state;

	serve(f, OK_JSON
		"Location:  /v1/operations/7 \r\neTaG: \"abc\"\r\nContent-Length: 8\r\n\r\n{\"a\":1}\n");
	assert_int_equal(get(f), 0);

	assert_int_equal(f->reply.status, 200);
	assert_int_equal(np_json_int(f->reply.body, "a"), 1);
	assert_string_equal(f->reply.location, "/v1/operations/7");
	assert_string_equal(f->reply.etag, "\"abc\"");
	assert_int_equal(strncmp(heard(f), "GET /v1/guests HTTP/1.1\r\n", 25), 0);
	assert_int_equal(np_http_check(&f->reply, NULL), 0);
}

static void test_http_sends_body_and_headers(void **state)
{
	static const char *const headers[] = { "Idempotency-Key: k1", NULL };
	struct fixture *f = *state;
	np_auto(np_json_decref) json_t *body = json_pack("{s:s}", "name", "db01");
	const struct np_http_request request = {
		.method = "PUT", .path = "/v1/guests/x?wait=3", .body = body, .headers = headers
	};

	serve(f, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_int_equal(call(f, &request), 0);

	assert_int_equal(f->reply.status, 204);
	assert_null(f->reply.body);
	const char *text = heard(f);
	assert_int_equal(strncmp(text, "PUT /v1/guests/x?wait=3 HTTP/1.1\r\n", 34), 0);
	assert_non_null(strstr(text, "\r\nIdempotency-Key: k1\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Length: 15\r\n"));
	assert_non_null(strstr(text, "\r\n\r\n{\"name\":\"db01\"}"));
	assert_null(strstr(text, "Expect:"));
}

static void test_http_post_without_a_body_says_so(void **state)
{
	struct fixture *f = *state;

	serve(f, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(
		call(f, &(struct np_http_request){ .method = "POST", .path = "/v1/x" }), 0);

	const char *text = heard(f);
	assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
	assert_null(strstr(text, "Content-Type:"));
}

static void test_http_delete_has_no_body(void **state)
{
	struct fixture *f = *state;

	serve(f, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_int_equal(
		call(f, &(struct np_http_request){ .method = "DELETE", .path = "/v1/x" }), 0);

	const char *text = heard(f);
	assert_int_equal(strncmp(text, "DELETE /v1/x HTTP/1.1\r\n", 23), 0);
	assert_null(strstr(text, "Content-Length:"));
}

static void test_http_problem_becomes_the_error(void **state)
{
	struct fixture *f = *state;
	struct np_err err;

	serve(f,
		"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\n\r\n"
		"{\"type\":\"about:blank\",\"title\":\"No room\",\"status\":409,\"code\":\"capacity\","
		"\"detail\":\"pool p1 is used up\",\"hint\":\"make another\",\"field\":\"pool\"}");
	assert_int_equal(get(f), 0);

	assert_int_equal(np_http_check(&f->reply, &err), -NP_CAPACITY);
	assert_string_equal(err.msg, "pool p1 is used up");
	assert_string_equal(err.hint, "make another");
	assert_string_equal(err.field, "pool");
}

static void test_http_error_status_without_a_problem_has_a_code(void **state)
{
	static const struct {
		long status;
		int rc;
	} rows[] = { { 200, 0 }, { 302, 0 }, { 401, -NP_DENIED }, { 404, -NP_NOTFOUND },
		{ 413, -NP_TOOBIG }, { 418, -NP_PEER }, { 500, -NP_PEER }, { 502, -NP_PEER } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct np_http_reply reply = { .status = rows[i].status };
		assert_int_equal(np_http_check(&reply, NULL), rows[i].rc);
	}
	(void)state;
}

static void test_http_body_that_is_not_json_is_none(void **state)
{
	struct fixture *f = *state;

	serve(f, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>");
	assert_int_equal(get(f), 0);

	assert_int_equal(f->reply.status, 502);
	assert_null(f->reply.body);
}

static void test_http_broken_json_is_a_peer_error(void **state)
{
	struct fixture *f = *state;

	serve(f, OK_JSON "\r\n{\"a\":");
	assert_int_equal(get(f), -NP_PEER);

	assert_non_null(strstr(f->err.msg, "the reply (HTTP 200): JSON line 1"));
}

static void test_http_connection_closed_early_is_a_peer_error(void **state)
{
	static const char *const replies[] = { "", "HTTP/1.1 200",
		OK_JSON "Content-Length: 9\r\n\r\n{}", "220 smtp\r\n\r\n" };
	struct fixture *f;

	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		setup((void **)&f);
		serve(f, replies[i]);
		assert_int_equal(get(f), -NP_PEER);
		assert_non_null(strstr(f->err.msg, f->socket));
		teardown((void **)&f);
	}
	(void)state;
}

static void test_http_reply_that_is_too_big_is_a_peer_error(void **state)
{
	struct fixture *f = *state;
	np_auto(np_free) char *reply = calloc(1, (1u << 20) + 200);

	(void)snprintf(reply, (1u << 20) + 199, OK_JSON "\r\n%0*d", 1 << 20, 0);
	serve_endless(f, reply, 1u << 20, 70);
	assert_int_equal(get(f), -NP_PEER);

	assert_non_null(strstr(f->err.msg, "the reply is over 67108864 bytes"));
}

static void test_http_no_answer_is_a_timeout(void **state)
{
	struct fixture *f = *state;
	const struct np_http_request request = {
		.method = "GET", .path = "/v1/x", .timeout_ms = 50
	};

	assert_int_equal(call(f, &request), -NP_TIMEOUT);

	assert_non_null(strstr(f->err.msg, f->socket));
}

static void test_http_nobody_listening_is_unreachable(void **state)
{
	struct fixture *f = *state;

	np_close(&f->listener);
	f->listener = -1;
	assert_int_equal(get(f), -NP_UNREACHABLE);

	assert_non_null(strstr(f->err.msg, f->socket));
	assert_non_null(strstr(f->err.msg, "Connection refused"));
	assert_non_null(strstr(f->err.hint, "is npivd running?"));
}

static void test_http_no_socket_is_unreachable(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlink(f->socket), 0);
	assert_int_equal(get(f), -NP_UNREACHABLE);

	assert_non_null(strstr(f->err.msg, "No such file or directory"));
}

static void test_http_keeps_working_after_a_failure(void **state)
{
	struct fixture *f = *state;
	const struct np_http_request bad = { .method = "GET", .path = "no slash" };

	assert_int_equal(call(f, &bad), -NP_INVAL);
	serve(f, OK_JSON "Content-Length: 2\r\n\r\n{}");
	assert_int_equal(get(f), 0);

	assert_non_null(f->reply.body);
}

/* It may have been carried out: who sends it again changes things twice. */
static void test_http_change_is_sent_once_even_when_a_kept_connection_dies(void **state)
{
	struct fixture *f = *state;
	const struct np_http_request change = {
		.method = "POST", .path = "/v1/guests", .timeout_ms = 10000
	};

	serve_and_hang_up(f);
	assert_int_equal(get(f), 0);
	np_http_reply_done(&f->reply);
	assert_int_equal(call(f, &change), -NP_PEER);
	assert_int_equal(get(f), 0);

	assert_string_equal(heard(f), "GPG");
}

static void test_http_new_takes_the_forms_of_a_server(void **state)
{
	static const struct {
		const char *server;
		int rc;
	} rows[] = {
		{ "unix:/run/npivd/api.sock", 0 },
		{ "/run/npivd/api.sock", 0 },
		{ "http://127.0.0.1:8080/", 0 },
		{ "https://san.example/", 0 },
		{ "", -NP_INVAL },
		{ "unix:api.sock", -NP_INVAL },
		{ "api.sock", -NP_INVAL },
		{ "ftp://san.example", -NP_INVAL },
		{ "file:///etc/passwd", -NP_INVAL },
		{ "/01234567890123456789012345678901234567890123456789012345678901234567890123456789"
		  "01234567890123456789012345678901234567890123456789",
			-NP_INVAL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_http_freep) struct np_http *http = NULL;
		assert_int_equal(np_http_new(&http, rows[i].server, NULL), rows[i].rc);
	}
	(void)state;
}

static void test_http_escape_encodes_all_but_the_unreserved(void **state)
{
	np_auto(np_free) char *text = np_http_escape("a b/c?d=e&f%\xc3\xa9~_-.");
	np_auto(np_free) char *empty = np_http_escape("");

	assert_string_equal(text, "a%20b%2Fc%3Fd%3De%26f%25%C3%A9~_-.");
	assert_string_equal(empty, "");
	(void)state;
}

#define http_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		http_test(test_http_get_reads_status_headers_and_body),
		http_test(test_http_sends_body_and_headers),
		http_test(test_http_post_without_a_body_says_so),
		http_test(test_http_delete_has_no_body),
		http_test(test_http_problem_becomes_the_error),
		cmocka_unit_test(test_http_error_status_without_a_problem_has_a_code),
		http_test(test_http_body_that_is_not_json_is_none),
		http_test(test_http_broken_json_is_a_peer_error),
		cmocka_unit_test(test_http_connection_closed_early_is_a_peer_error),
		http_test(test_http_reply_that_is_too_big_is_a_peer_error),
		http_test(test_http_no_answer_is_a_timeout),
		http_test(test_http_nobody_listening_is_unreachable),
		http_test(test_http_no_socket_is_unreachable),
		http_test(test_http_keeps_working_after_a_failure),
		http_test(test_http_change_is_sent_once_even_when_a_kept_connection_dies),
		cmocka_unit_test(test_http_new_takes_the_forms_of_a_server),
		cmocka_unit_test(test_http_escape_encodes_all_but_the_unreserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
