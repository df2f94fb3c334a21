/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one function that starts lanes; used by lane.c alone. */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/*
 * Starts @argv with one end of a socketpair as NP_LANE_FD and the world as lane.h promises it. Gives
 * the other end and a pidfd, both the caller's. The caller reaps it with waitid(P_PIDFD).
 */
int np_lane_start(
	char *const *argv, pid_t *ret_pid, int *ret_pidfd, int *ret_socket, struct np_err *err);
