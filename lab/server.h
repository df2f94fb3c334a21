/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control socket: a Unix stream socket, a command a line, an answer a line. On the main loop; never blocks.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/err.h"

#define SIM_CLIENTS_MAX 64

struct sim_server;

/* Runs one line (may be cut up); the answer is the server's to free. */
typedef char *sim_server_fn(void *data, char *line);

/* Binds @path; a dead socket there is replaced. */
int sim_server_new(struct sim_server **ret_server, const char *path, struct np_err *err);
int sim_server_attach(struct sim_server *server, sd_event *event, sim_server_fn *run, void *data,
	struct np_err *err);
/* Answers that are not taken yet get a short while; removes the socket. */
struct sim_server *sim_server_free(struct sim_server *server);

/* The other side: sends one line and prints the answer. The program's exit status. */
int sim_client(const char *path, const char *const *words);
