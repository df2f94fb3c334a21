/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/server.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/list.h"
#include "lab/command.h"

#define BACKLOG 16

struct sim_server {
	int fd;
	char *path;
	sd_event *event;
	sd_event_source *source;
	sim_server_fn *run;
	void *data;
	struct np_list clients;
	unsigned n_clients;
};

struct client {
	struct np_list in_server;
	struct sim_server *server;
	int fd;
	sd_event_source *source;
	char line[SIM_COMMAND_MAX];
	size_t len;
	char *out; /* what is left to send starts at sent */
	size_t out_len, sent;
};

static struct client *client_free(struct client *client)
{
	np_list_remove(&client->in_server);
	client->server->n_clients--;
	(void)sd_event_source_disable_unref(client->source);
	(void)close(client->fd);
	free(client->out);
	free(client);
	return NULL;
}

/* Sends what it can; false: the peer is gone. */
static bool client_flush(struct client *client)
{
	while (client->sent < client->out_len) {
		ssize_t sent = send(client->fd, client->out + client->sent,
			client->out_len - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN)
			return false;
		if (sent < 0)
			break;
		client->sent += (size_t)sent;
	}
	if (client->sent == client->out_len) {
		free(client->out);
		client->out = NULL;
		client->out_len = client->sent = 0;
	}
	(void)sd_event_source_set_io_events(client->source, client->out ? EPOLLOUT : EPOLLIN);
	return true;
}

static void client_say(struct client *client, char *answer)
{
	size_t len = answer ? strlen(answer) : 0;
	char *grown = answer ? realloc(answer, len + 2) : NULL;

	if (!grown) {
		free(answer);
		return;
	}
	grown[len] = '\n';
	grown[len + 1] = '\0';
	client->out = grown;
	client->out_len = len + 1;
	client->sent = 0;
}

/* Runs the first whole line; the rest waits until its answer is sent. False: the peer is to go. */
static bool client_step(struct client *client)
{
	while (!client->out) {
		char *end = memchr(client->line, '\n', client->len);
		if (!end)
			return client->len < sizeof(client->line);
		size_t used = (size_t)(end - client->line) + 1;
		*end = '\0';
		client_say(client, client->server->run(client->server->data, client->line));
		client->len -= used;
		memmove(client->line, client->line + used, client->len);
		if (!client_flush(client))
			return false;
	}
	return true;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct client *client = data;

	(void)source;
	if (events & EPOLLOUT) {
		if (!client_flush(client) || !client_step(client))
			client_free(client);
		return 0;
	}
	ssize_t got = recv(
		fd, client->line + client->len, sizeof(client->line) - client->len, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return 0;
	client->len += got > 0 ? (size_t)got : 0;
	if (got <= 0 || !client_step(client))
		client_free(client);
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct sim_server *server = data;
	/* cppcheck-suppress nullPointer ; accept4(2): NULL when the address is not wanted */
	np_auto(np_close) int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (peer < 0 || server->n_clients == SIM_CLIENTS_MAX)
		return 0;
	struct client *client = calloc(1, sizeof(*client));
	if (!client)
		return 0;
	client->server = server;
	client->fd = np_take_fd(&peer);
	np_list_append(&server->clients, &client->in_server);
	server->n_clients++;
	if (sd_event_add_io(
		    server->event, &client->source, client->fd, EPOLLIN, on_client, client) < 0)
		client_free(client);
	return 0;
}

static int fill_address(struct sockaddr_un *address, const char *path, struct np_err *err)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return np_fail(err, NP_INVAL, "control socket '%.120s': the path is over %zu bytes",
			path, sizeof(address->sun_path) - 1);
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return 0;
}

/* A socket that nobody listens on any more is in the way. */
static void remove_dead(const struct sockaddr_un *address)
{
	np_auto(np_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		errno == ECONNREFUSED)
		(void)unlink(address->sun_path);
}

static int listen_at(const char *path, int *ret_fd, struct np_err *err)
{
	np_auto(np_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	int rc = fill_address(&address, path, err);
	if (rc < 0)
		return rc;
	remove_dead(&address);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return np_fail_sys(err, errno, "control socket '%s'", path);
	*ret_fd = np_take_fd(&fd);
	return 0;
}

int sim_server_new(struct sim_server **ret_server, const char *path, struct np_err *err)
{
	struct sim_server *server = calloc(1, sizeof(*server));

	if (!server)
		return np_fail_nomem(err);
	np_list_init(&server->clients);
	server->fd = -1;
	int rc = listen_at(path, &server->fd, err);
	if (rc < 0) {
		free(server);
		return rc;
	}
	server->path = realpath(path, NULL); /* the background process is elsewhere */
	*ret_server = server;
	return 0;
}

int sim_server_attach(struct sim_server *server, sd_event *event, sim_server_fn *run, void *data,
	struct np_err *err)
{
	server->event = event;
	server->run = run;
	server->data = data;
	int rc = sd_event_add_io(event, &server->source, server->fd, EPOLLIN, on_connect, server);
	return rc < 0 ? np_fail_sys(err, -rc, "control socket") : 0;
}

struct sim_server *sim_server_free(struct sim_server *server)
{
	if (!server)
		return NULL;
	np_list_foreach_safe (client, &server->clients, struct client, in_server)
		client_free(client);
	(void)sd_event_source_disable_unref(server->source);
	if (server->path)
		(void)unlink(server->path);
	free(server->path);
	(void)close(server->fd);
	free(server);
	return NULL;
}

static int send_line(FILE *stream, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		(void)fprintf(stream, "%s%s", i ? " " : "", words[i]);
	(void)fputc('\n', stream);
	return fflush(stream);
}

int sim_client(const char *path, const char *const *words)
{
	np_auto(np_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	np_auto(np_free) char *line = NULL;
	struct sockaddr_un address;
	struct np_err err;
	size_t room = 0;

	if (fill_address(&address, path, &err) < 0) {
		(void)fprintf(stderr, "sansim: %s\n", err.msg);
		return np_codes[NP_USAGE].exit;
	}
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)fprintf(stderr, "sansim: control socket '%s': %s\n", path, strerror(errno));
		return np_codes[NP_UNREACHABLE].exit;
	}
	np_auto(np_fclose) FILE *stream = fdopen(dup(fd), "r+");
	if (!stream || send_line(stream, words) != 0 || getline(&line, &room, stream) < 0) {
		(void)fprintf(stderr, "sansim: control socket '%s' was closed\n", path);
		return np_codes[NP_UNREACHABLE].exit;
	}
	(void)fputs(line, stdout);
	return strncmp(line, "error:", 6) == 0 ? np_codes[NP_FAILED].exit : 0;
}
