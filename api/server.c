/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/server.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "api/layout.h"
#include "api/peer.h"
#include "api/request.h"
#include "base/list.h"

#define MS ((uint64_t)1000)
#define NEVER UINT64_MAX

struct api_server {
	sd_event *event;
	struct svc *svc;
	struct api_server_spec spec;
	struct MHD_Daemon *http;
	sd_event_source *io, *timer, *again, *deadlines, *next;
	struct np_list connections;
	struct np_list exchanges;
	struct np_list due; /* exchanges whose request has come and not been run */
	struct api_budget budget;
	uint64_t next_deadline;
	bool stopping;
};

struct api_connection {
	struct np_list node;
	int fd; /* libmicrohttpd's */
	uint64_t deadline;
	char principal[API_PRINCIPAL_MAX];
};

/* One request and its reply on a connection. */
struct api_exchange {
	struct np_list node;
	struct np_list due;
	struct api_server *server;
	struct api_connection *connection;
	struct MHD_Connection *http;
	struct api_request *request;
	sd_event_source *hangup; /* while suspended */
	const char *target_at;	 /* where the target lay in the read buffer; never read through */
	char *target;
	bool begun, run, ready, suspended, replied;
};

/* Deadlines. */

static uint64_t now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000 * MS + (uint64_t)at.tv_nsec / 1000;
}

static void arm(struct api_server *server, uint64_t at)
{
	server->next_deadline = at;
	(void)sd_event_source_set_time(server->deadlines, at);
	(void)sd_event_source_set_enabled(
		server->deadlines, at == NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* @ms 0: none. */
static void set_deadline(struct api_server *server, struct api_connection *connection, int64_t ms)
{
	connection->deadline = ms ? now() + (uint64_t)ms * MS : NEVER;
	if (connection->deadline < server->next_deadline)
		arm(server, connection->deadline);
}

static int on_deadline(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct api_server *server = data;
	uint64_t at = now(), next = NEVER;

	np_list_foreach (connection, &server->connections, struct api_connection, node) {
		if (connection->deadline <= at) {
			/* libmicrohttpd sees the end of the stream and closes. */
			(void)shutdown(connection->fd, SHUT_RDWR);
			connection->deadline = NEVER;
		}
		if (connection->deadline < next)
			next = connection->deadline;
	}
	arm(server, next);
	return 0;
}

/* The loop. */

static void run_again(struct api_server *server)
{
	(void)sd_event_source_set_enabled(server->again, SD_EVENT_ONESHOT);
}

static void turn(struct api_server *server)
{
	MHD_UNSIGNED_LONG_LONG ms;

	(void)MHD_run(server->http);
	if (MHD_get_timeout(server->http, &ms) != MHD_YES) {
		(void)sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
	} else if (ms == 0) {
		run_again(server);
	} else {
		(void)sd_event_source_set_time(server->timer, now() + ms * MS);
		(void)sd_event_source_set_enabled(server->timer, SD_EVENT_ONESHOT);
	}
}

static int on_io(
	sd_event_source *source np_unused, int fd np_unused, uint32_t events np_unused, void *data)
{
	turn(data);
	return 0;
}

static int on_timer(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	turn(data);
	return 0;
}

static int on_again(sd_event_source *source np_unused, void *data)
{
	turn(data);
	return 0;
}

/* Connections. */

static void on_connection(void *data, struct MHD_Connection *http, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct api_server *server = data;
	struct api_connection *connection = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (connection)
			np_list_remove(&connection->node);
		free(connection);
		*context = NULL;
		/* At its limit libmicrohttpd stops listening; only its next turn takes that back. */
		run_again(server);
		return;
	}
	connection = calloc(1, sizeof *connection);
	*context = connection;
	if (!connection)
		return;
	connection->fd =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	api_peer_name(connection->fd, connection->principal);
	np_list_append(&server->connections, &connection->node);
	set_deadline(server, connection, server->spec.idle_ms);
}

/* Suspending. */

static void resume(struct api_exchange *exchange)
{
	exchange->hangup = sd_event_source_disable_unref(exchange->hangup);
	exchange->suspended = false;
	MHD_resume_connection(exchange->http);
	run_again(exchange->server);
}

static void on_ready(void *data)
{
	struct api_exchange *exchange = data;

	exchange->ready = true;
	if (exchange->suspended)
		resume(exchange);
}

static void abort_suspended(struct api_exchange *exchange, const struct np_err *err)
{
	np_list_remove(&exchange->due);
	api_request_abort(exchange->request, err);
	/* One that was never run has nobody to tell. */
	if (exchange->suspended)
		on_ready(exchange);
}

/* A suspended connection does not notice that its client has gone; the request need not wait on. */
static int on_hangup(
	sd_event_source *source np_unused, int fd np_unused, uint32_t events np_unused, void *data)
{
	struct np_err err;

	(void)np_fail(&err, NP_UNREACHABLE, "the client has gone");
	abort_suspended(data, &err);
	return 0;
}

static void suspend(struct api_exchange *exchange)
{
	exchange->suspended = true;
	MHD_suspend_connection(exchange->http);
	/* Without this source the wait just goes on to its end. EPOLLHUP: both directions are
	 * closed. */
	(void)sd_event_add_io(exchange->server->event, &exchange->hangup, exchange->connection->fd,
		EPOLLHUP, on_hangup, exchange);
}

/* Exchanges. */

static struct api_exchange *free_exchange(struct api_exchange *exchange)
{
	if (!exchange)
		return NULL;
	np_list_remove(&exchange->node);
	np_list_remove(&exchange->due);
	(void)sd_event_source_disable_unref(exchange->hangup);
	(void)api_request_free(exchange->request);
	free(exchange->target);
	free(exchange);
	return NULL;
}

/* The request line is there, with the target as it came; the headers are not. NULL: out of memory.
 */
static void *on_target(void *data, const char *target, struct MHD_Connection *http)
{
	struct api_server *server = data;
	struct api_exchange *exchange = calloc(1, sizeof *exchange);
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (!exchange)
		return NULL;
	np_list_init(&exchange->node);
	np_list_init(&exchange->due);
	exchange->server = server;
	exchange->http = http;
	exchange->connection = info->socket_context;
	exchange->target_at = target;
	exchange->target = strdup(target ? target : "");
	if (!exchange->target || !exchange->connection)
		return free_exchange(exchange);
	const struct api_request_spec spec = {
		.svc = server->svc,
		.budget = &server->budget,
		.principal = exchange->connection->principal,
		.on_ready = on_ready,
		.data = exchange,
	};
	if (api_request_new(&exchange->request, &spec, NULL) < 0)
		return free_exchange(exchange);
	np_list_append(&server->exchanges, &exchange->node);
	set_deadline(server, exchange->connection, server->spec.header_ms);
	return exchange;
}

static void on_completed(void *data, struct MHD_Connection *http np_unused, void **context,
	enum MHD_RequestTerminationCode code np_unused)
{
	struct api_server *server = data;
	struct api_exchange *exchange = *context;

	if (exchange)
		set_deadline(server, exchange->connection, server->spec.idle_ms);
	*context = free_exchange(exchange);
}

/* Head of a request. */

struct header_list {
	struct api_header rows[API_HEADERS_MAX + 1]; /* one more shows that there are too many */
	size_t count;
};

static enum MHD_Result add_header(void *data, enum MHD_ValueKind kind np_unused, const char *key,
	size_t key_size, const char *value, size_t value_size)
{
	struct header_list *list = data;

	if (list->count > API_HEADERS_MAX)
		return MHD_NO;
	list->rows[list->count++] =
		(struct api_header){ key, key_size, value ? value : "", value ? value_size : 0 };
	return MHD_YES;
}

/* Later versions may lay a head out otherwise, and are strict themselves. */
static bool cuts_in_place(void)
{
	return strncmp(MHD_get_version(), "0.9.", 4) == 0;
}

static bool is_whole(const struct api_exchange *exchange, const struct api_head *head)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->http, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return !cuts_in_place() || !info || head->headers_count > API_HEADERS_MAX ||
	       api_layout_is_whole(
		       head, exchange->target_at, strlen(exchange->target), info->header_size);
}

static void begin(struct api_exchange *exchange, const char *method, const char *version)
{
	struct header_list list = { .count = 0 };
	struct np_err err;

	exchange->begun = true;
	set_deadline(exchange->server, exchange->connection, exchange->server->spec.body_ms);
	(void)MHD_get_connection_values_n(exchange->http, MHD_HEADER_KIND, add_header, &list);
	const struct api_head head = { method, version, list.rows, list.count };
	if (is_whole(exchange, &head)) {
		api_request_head(exchange->request, &head, exchange->target);
		return;
	}
	(void)np_fail(&err, NP_INVAL, "request: NUL, bare LF, folded header or surplus blank");
	api_reply_error(
		api_request_reply(exchange->request), MHD_HTTP_BAD_REQUEST, &err, NULL, NULL);
	api_request_reply(exchange->request)->close = true;
}

/* Replies. */

static void add_to(struct MHD_Response *response, const char *name, const char *value)
{
	if (value && *value)
		(void)MHD_add_response_header(response, name, value);
}

static enum MHD_Result send_reply(struct api_exchange *exchange)
{
	struct api_reply *reply = api_request_reply(exchange->request);
	struct MHD_Response *response =
		MHD_create_response_from_buffer(reply->size, reply->body, MHD_RESPMEM_MUST_FREE);

	if (!response)
		return MHD_NO;
	reply->body = NULL; /* libmicrohttpd's now */
	add_to(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
	add_to(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	add_to(response, "X-Content-Type-Options", "nosniff");
	add_to(response, MHD_HTTP_HEADER_LOCATION, reply->location);
	add_to(response, MHD_HTTP_HEADER_ETAG, reply->etag);
	add_to(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
	add_to(response, MHD_HTTP_HEADER_CONNECTION, reply->close ? "close" : "");
	exchange->replied = true;
	set_deadline(exchange->server, exchange->connection, exchange->server->spec.reply_ms);
	enum MHD_Result queued = MHD_queue_response(exchange->http, reply->status, response);
	MHD_destroy_response(response);
	return queued;
}

/* In the middle of a body libmicrohttpd takes no reply: say it on the socket, and let it close. */
static void send_refusal(struct api_exchange *exchange)
{
	const struct api_reply *reply = api_request_reply(exchange->request);
	np_auto(np_free) char *text = NULL;
	int len = asprintf(&text,
		"HTTP/1.1 %u Refused\r\nConnection: close\r\nCache-Control: no-store\r\n"
		"Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
		reply->status, reply->type, reply->size, reply->body ? reply->body : "");

	if (len < 0)
		text = NULL;
	else
		(void)send(
			exchange->connection->fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static enum MHD_Result refuse_stopping(struct api_exchange *exchange)
{
	struct np_err err;

	(void)np_fail(&err, NP_BUSY, "npivd is stopping");
	api_request_abort(exchange->request, &err);
	return send_reply(exchange);
}

/* One request a turn of the loop, behind all else: many that come at once keep no lane and no commit waiting. */
static int on_next(sd_event_source *source, void *data)
{
	struct api_server *server = data;

	if (np_list_empty(&server->due))
		return 0;
	struct api_exchange *exchange = np_list_entry(server->due.next, struct api_exchange, due);
	np_list_remove(&exchange->due);
	if (!np_list_empty(&server->due))
		(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	api_request_run(exchange->request);
	return 0;
}

static enum MHD_Result run(struct api_exchange *exchange)
{
	if (exchange->ready)
		return send_reply(exchange);
	exchange->run = true;
	set_deadline(exchange->server, exchange->connection, 0);
	suspend(exchange);
	np_list_append(&exchange->server->due, &exchange->due);
	(void)sd_event_source_set_enabled(exchange->server->next, SD_EVENT_ONESHOT);
	return MHD_YES;
}

/* Called for the head, for each piece of the body, at its end, and after a suspension. */
static enum MHD_Result on_request(void *data np_unused, struct MHD_Connection *http np_unused,
	const char *url np_unused, const char *method, const char *version, const char *upload,
	size_t *upload_size, void **context)
{
	struct api_exchange *exchange = *context;

	if (!exchange)
		return MHD_NO;
	if (!exchange->begun) {
		begin(exchange, method, version);
		return api_request_reply(exchange->request)->close ? send_reply(exchange) : MHD_YES;
	}
	if (*upload_size) {
		bool go_on = api_request_data(exchange->request, upload, *upload_size);
		*upload_size = 0;
		if (!go_on)
			send_refusal(exchange);
		return go_on ? MHD_YES : MHD_NO;
	}
	if (!exchange->run && api_request_reply(exchange->request)->status)
		return send_reply(exchange);
	if (!exchange->run && exchange->server->stopping)
		return refuse_stopping(exchange);
	return run(exchange);
}

/* The raw target has our own decoder (api/target.h). */
static size_t keep_escapes(void *data np_unused, struct MHD_Connection *http np_unused, char *text)
{
	return strlen(text);
}

/* Start and stop. */

static void set_defaults(struct api_server_spec *spec)
{
	if (!spec->connections_max)
		spec->connections_max = API_CONNECTIONS_MAX;
	if (!spec->idle_ms)
		spec->idle_ms = API_IDLE_MS;
	if (!spec->header_ms)
		spec->header_ms = API_HEADER_MS;
	if (!spec->body_ms)
		spec->body_ms = API_BODY_MS;
	if (!spec->reply_ms)
		spec->reply_ms = API_REPLY_MS;
}

static int start_http(struct api_server *server, struct np_err *err)
{
	server->http = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_request, server, MHD_OPTION_LISTEN_SOCKET, server->spec.listen_fd,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		API_CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, server->spec.connections_max,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_END);
	return server->http ? 0 : np_fail(err, NP_IO, "HTTP server: libmicrohttpd does not start");
}

static int add_sources(struct api_server *server, struct np_err *err)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
	int rc =
		sd_event_add_io(server->event, &server->io, info->epoll_fd, EPOLLIN, on_io, server);

	if (rc >= 0)
		rc = sd_event_add_defer(server->event, &server->again, on_again, server);
	if (rc >= 0)
		rc = sd_event_add_defer(server->event, &server->next, on_next, server);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(server->next, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_source_set_priority(server->next, SD_EVENT_PRIORITY_NORMAL + 1);
	return rc < 0 ? np_fail_sys(err, -rc, "HTTP server: event sources") : 0;
}

/* These are needed before the first connection. */
static int add_timers(struct api_server *server, struct np_err *err)
{
	int rc = sd_event_add_time(
		server->event, &server->timer, CLOCK_MONOTONIC, 0, 1, on_timer, server);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_add_time(server->event, &server->deadlines, CLOCK_MONOTONIC, 0, 0,
			on_deadline, server);
	if (rc < 0)
		return np_fail_sys(err, -rc, "HTTP server: timers");
	arm(server, NEVER);
	return 0;
}

int api_server_new(struct api_server **ret_server, sd_event *event, struct svc *svc,
	const struct api_server_spec *spec, struct np_err *err)
{
	np_auto(api_server_freep) struct api_server *server = calloc(1, sizeof *server);

	if (!server)
		return np_fail_nomem(err);
	np_list_init(&server->connections);
	np_list_init(&server->exchanges);
	np_list_init(&server->due);
	server->event = sd_event_ref(event);
	server->svc = svc;
	server->spec = *spec;
	set_defaults(&server->spec);
	int rc = add_timers(server, err);
	if (rc == 0)
		rc = start_http(server, err);
	if (rc == 0)
		rc = add_sources(server, err);
	if (rc < 0)
		return rc;
	*ret_server = np_take(server);
	return 0;
}

/* Everything that waits gets its reply now. */
static void abort_exchanges(struct api_server *server)
{
	struct np_err err;

	(void)np_fail(&err, NP_BUSY, "npivd is stopping");
	np_list_foreach_safe (exchange, &server->exchanges, struct api_exchange, node) {
		if (exchange->suspended)
			abort_suspended(exchange, &err);
	}
}

static bool replies_are_due(const struct api_server *server)
{
	np_list_foreach (exchange, &server->exchanges, struct api_exchange, node) {
		if (exchange->run || exchange->replied)
			return true;
	}
	return false;
}

static void finish_replies(struct api_server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fd = { .fd = info->epoll_fd, .events = POLLIN };
	uint64_t end = now() + API_STOP_MS * MS;
	MHD_UNSIGNED_LONG_LONG ms;

	do {
		(void)MHD_run(server->http);
		if (!replies_are_due(server))
			return;
		if (MHD_get_timeout(server->http, &ms) != MHD_YES || ms > 0)
			(void)poll(&fd, 1, (int)((end - now()) / MS) + 1);
	} while (now() < end);
}

static void stop_http(struct api_server *server)
{
	server->stopping = true;
	MHD_socket listener = MHD_quiesce_daemon(server->http);
	abort_exchanges(server);
	finish_replies(server);
	MHD_stop_daemon(server->http);
	if (listener != MHD_INVALID_SOCKET)
		(void)close(listener);
}

struct api_server *api_server_free(struct api_server *server)
{
	if (!server)
		return NULL;
	if (server->http)
		stop_http(server);
	(void)sd_event_source_disable_unref(server->next);
	(void)sd_event_source_disable_unref(server->again);
	(void)sd_event_source_disable_unref(server->io);
	(void)sd_event_source_disable_unref(server->deadlines);
	(void)sd_event_source_disable_unref(server->timer);
	(void)sd_event_unref(server->event);
	free(server);
	return NULL;
}
