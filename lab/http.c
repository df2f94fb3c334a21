/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "base/file.h"
#include "lab/record.h"
#include "lab/switch.h"

#define BACKLOG 64
#define PEM_MAX (1u << 20)
#define TARGET_MAX 4096 /* of a request's path and query, escaped */
#define LOOPBACK "127.0.0.1"

struct sim_http {
	struct sim_lab *lab;
	pthread_cond_t wake;
	bool running, stopping;
	struct np_list fronts;
};

/* One switch's listener. */
struct front {
	struct np_list in_http;
	struct sim_http *http;
	struct sim_switch *sw;
	int fd;
	char *cert, *key;
	struct MHD_Daemon *daemon;
};

/* One request. */
struct exchange {
	char target[TARGET_MAX], *query;
	char *body;
	size_t len;
	bool too_long, too_big;
};

static void *on_target(void *data, const char *target, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)data;
	(void)connection;
	if (!exchange)
		return NULL;
	exchange->too_long = (size_t)snprintf(exchange->target, sizeof(exchange->target), "%s",
				     target) >= sizeof(exchange->target);
	char *mark = strchr(exchange->target, '?');
	if (mark)
		*mark = '\0';
	exchange->query = mark ? mark + 1 : exchange->target + strlen(exchange->target);
	(void)MHD_http_unescape(exchange->target);
	return exchange;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *context;

	(void)data;
	(void)connection;
	(void)code;
	if (exchange)
		free(exchange->body);
	free(exchange);
	*context = NULL;
}

static bool take_body(struct exchange *exchange, const char *data, size_t len)
{
	if (len > SIM_SWITCH_BODY_MAX - exchange->len) {
		exchange->too_big = true;
		return true;
	}
	char *grown = realloc(exchange->body, exchange->len + len + 1);
	if (!grown)
		return false;
	memcpy(grown + exchange->len, data, len);
	exchange->body = grown;
	exchange->len += len;
	grown[exchange->len] = '\0';
	return true;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return value ? value : "";
}

static void wait_for(
	struct sim_http *http, struct sim_switch *sw, const struct sim_switch_call *call)
{
	while (!http->stopping && !sim_switch_waited(sw, call))
		sim_lab_wait(http->lab, &http->wake, call->until);
}

static void serve(struct front *front, const struct sim_request *request, struct sim_reply *reply)
{
	struct sim_lab *lab = front->http->lab;
	struct sim_switch *sw = front->sw;
	struct sim_switch_call call;

	sim_lab_lock(lab);
	sim_switch_begin(sw, request, &call);
	sim_record_request(lab, sw, &call, request);
	wait_for(front->http, sw, &call);
	if (front->http->stopping)
		reply->close = true;
	else
		sim_switch_answer(sw, request, &call, reply);
	wait_for(front->http, sw, &call);
	sim_switch_end(sw, &call);
	sim_record_reply(lab, sw, &call, reply);
	sim_lab_unlock(lab);
}

/* The part of a body that is sent before the connection breaks. */
struct part {
	char *text;
	size_t len;
};

static ssize_t read_part(void *data, uint64_t at, char *to, size_t room)
{
	const struct part *part = data;

	if (at >= part->len)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t left = part->len - (size_t)at;
	if (left > room)
		left = room;
	memcpy(to, part->text + at, left);
	return (ssize_t)left;
}

static void free_part(void *data)
{
	struct part *part = data;

	free(part->text);
	free(part);
}

static struct MHD_Response *cut_response(struct sim_reply *reply)
{
	struct part *part = malloc(sizeof(*part));

	if (!part)
		return NULL;
	part->text = np_take(reply->body);
	part->len = reply->send;
	return MHD_create_response_from_callback(reply->len, 4096, read_part, part, free_part);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct sim_reply *reply)
{
	struct MHD_Response *response;

	if (reply->close)
		return MHD_NO;
	if (reply->send < reply->len)
		response = cut_response(reply);
	else
		response = MHD_create_response_from_buffer(
			reply->len, np_take(reply->body), MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	if (reply->type)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
	for (size_t i = 0; i < SIM_SWITCH_HEADERS_MAX && reply->headers[i].name[0]; i++)
		(void)MHD_add_response_header(
			response, reply->headers[i].name, reply->headers[i].value);
	enum MHD_Result queued = MHD_queue_response(connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result answer(struct front *front, struct MHD_Connection *connection,
	const char *method, const struct exchange *exchange)
{
	const struct sim_request request = { .method = method,
		.path = exchange->target,
		.query = exchange->query,
		.authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
		.accept = header(connection, MHD_HTTP_HEADER_ACCEPT),
		.content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
		.user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT),
		.cookie = header(connection, MHD_HTTP_HEADER_COOKIE),
		.address = LOOPBACK,
		.body = exchange->body ? exchange->body : "",
		.len = exchange->len };
	struct sim_reply reply = { 0 };

	if (exchange->too_big || exchange->too_long)
		sim_reply_set(&reply, exchange->too_big ? 413 : 414, NULL, NULL);
	else
		serve(front, &request, &reply);
	enum MHD_Result result = send_reply(connection, &reply);
	sim_reply_done(&reply);
	return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	struct exchange *exchange = *context;

	(void)url;
	(void)version;
	if (!exchange)
		return MHD_NO;
	if (*upload_size) {
		bool taken = take_body(exchange, upload, *upload_size);
		*upload_size = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	/* The first call comes before the body. */
	if (!exchange->body) {
		exchange->body = calloc(1, 1);
		return exchange->body ? MHD_YES : MHD_NO;
	}
	return answer(data, connection, method, exchange);
}

static int start_front(struct front *front, struct np_err *err)
{
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, front->cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, front->key },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
			 (front->cert ? MHD_USE_TLS : 0);

	front->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, front,
		MHD_OPTION_LISTEN_SOCKET, front->fd, MHD_OPTION_CONNECTION_LIMIT,
		SIM_HTTP_CONNECTIONS_MAX, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_ARRAY,
		front->cert ? tls : plain, MHD_OPTION_END);
	if (!front->daemon)
		return np_fail(err, NP_FAILED, "switch of %s: no HTTP server (certificate, key?)",
			front->sw->fabric->name);
	front->fd = -1; /* its own now */
	return 0;
}

static int open_port(struct front *front, struct np_err *err)
{
	np_auto(np_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)front->sw->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, len) < 0 || listen(fd, BACKLOG) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return np_fail_sys(err, errno, "switch of %s: port %u", front->sw->fabric->name,
			front->sw->port);
	front->sw->port = ntohs(address.sin_port);
	front->fd = np_take_fd(&fd);
	return 0;
}

static struct front *front_free(struct front *front)
{
	if (front->daemon)
		MHD_stop_daemon(front->daemon);
	np_list_remove(&front->in_http);
	np_close(&front->fd);
	free(front->cert);
	free(front->key);
	free(front);
	return NULL;
}

static int listen_for(
	void *data, struct sim_switch *sw, const struct sim_switch_spec *spec, struct np_err *err)
{
	struct sim_http *http = data;
	struct front *front = calloc(1, sizeof(*front));
	int rc = 0;

	if (!front)
		return np_fail_nomem(err);
	*front = (struct front){ .http = http, .sw = sw, .fd = -1 };
	np_list_append(&http->fronts, &front->in_http);
	if (spec->cert)
		rc = np_file_read(AT_FDCWD, spec->cert, PEM_MAX, &front->cert, err);
	if (rc == 0 && spec->key)
		rc = np_file_read(AT_FDCWD, spec->key, PEM_MAX, &front->key, err);
	if (rc == 0)
		rc = open_port(front, err);
	if (rc == 0 && http->running)
		rc = start_front(front, err);
	if (rc < 0)
		front_free(front);
	return rc;
}

int sim_http_new(struct sim_http **ret_http, struct sim_lab *lab, struct np_err *err)
{
	struct sim_http *http = calloc(1, sizeof(*http));
	pthread_condattr_t attr;

	if (!http)
		return np_fail_nomem(err);
	http->lab = lab;
	np_list_init(&http->fronts);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&http->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	lab->sim->listen = listen_for;
	lab->sim->listener = http;
	*ret_http = http;
	return 0;
}

int sim_http_start(struct sim_http *http, struct np_err *err)
{
	int rc = 0;

	sim_lab_lock(http->lab);
	http->running = true;
	np_list_foreach (front, &http->fronts, struct front, in_http) {
		if (rc == 0)
			rc = start_front(front, err);
	}
	sim_lab_unlock(http->lab);
	return rc;
}

void sim_http_wake(struct sim_http *http)
{
	(void)pthread_cond_broadcast(&http->wake);
}

struct sim_http *sim_http_free(struct sim_http *http)
{
	if (!http)
		return NULL;
	(void)pthread_mutex_lock(&http->lab->lock);
	http->stopping = true;
	sim_http_wake(http);
	(void)pthread_mutex_unlock(&http->lab->lock);
	np_list_foreach_safe (front, &http->fronts, struct front, in_http)
		front_free(front);
	(void)pthread_cond_destroy(&http->wake);
	free(http);
	return NULL;
}
