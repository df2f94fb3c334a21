/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The API on a Unix socket before the fake service; for tests/e2e/test_http_guards.py. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "api/server.h"
#include "tests/fake/fake_service.h"

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(fd, SOMAXCONN) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static int usage(const char *name)
{
	(void)fprintf(stderr, "usage: %s SOCKET [CONNECTIONS DEADLINE-MS]\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	sd_event *event = NULL;
	struct svc *svc = NULL;
	struct api_server *server = NULL;
	struct np_err err;
	sigset_t signals;

	if (argc != 2 && argc != 4)
		return usage(argv[0]);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	if (sd_event_new(&event) < 0 || sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL) < 0 ||
		fake_service_new(&svc, event) < 0)
		return 1;
	struct api_server_spec spec = { .listen_fd = listen_at(argv[1]) };
	if (argc == 4) {
		spec.connections_max = (unsigned)strtoul(argv[2], NULL, 10);
		spec.idle_ms = spec.header_ms = spec.body_ms = spec.reply_ms =
			strtoll(argv[3], NULL, 10);
	}
	if (api_server_new(&server, event, svc, &spec, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	int rc = sd_event_loop(event);
	(void)api_server_free(server);
	unsigned left = fake_service_waits(svc);
	(void)fake_service_free(svc);
	(void)sd_event_unref(event);
	if (left)
		(void)fprintf(stderr, "%u callbacks were left\n", left);
	return rc < 0 || left;
}
