/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The API's socket: passed by systemd, or made here. */
#pragma once

#include "base/err.h"

/*
 * A listening Unix socket: the one that systemd passed under the name "api" (or the only one), else @path,
 * mode 0660, of @group when that exists and may be given. A socket that another daemon serves is -NP_BUSY.
 */
int daemon_listen(const char *path, const char *group, int *ret_fd, struct np_err *err);
