/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTP and HTTPS in front of the simulated switches (with api/server.c the only includer of libmicrohttpd): a listener
 * on loopback for each, a thread for each connection. A request takes the lab's lock for each of its steps and
 * waits without it.
 */
#pragma once

#include "lab/lab.h"

#define SIM_HTTP_CONNECTIONS_MAX 64 /* of one switch */

struct sim_http;

/* Makes lab->sim listen for each switch that is added from now on. */
int sim_http_new(struct sim_http **ret_http, struct sim_lab *lab, struct np_err *err);
/* Begins to answer: the ports are open before, the threads must be of the process that stays. */
int sim_http_start(struct sim_http *http, struct np_err *err);
/* A command has changed something that a request may wait for. */
void sim_http_wake(struct sim_http *http);
/* Ends all connections; those that hang are closed. Without the lab's lock, before the model goes. */
struct sim_http *sim_http_free(struct sim_http *http);
