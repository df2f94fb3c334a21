/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree as a FUSE file system (sole includer of libfuse). Opened files use direct I/O, so that short
 * counts and errnos reach the writer as they are, and a request that is not answered keeps its process in
 * the kernel. Requests are answered from whichever thread finishes them: a hanging one occupies no thread.
 */
#pragma once

#include "lab/lab.h"

struct sim_fs;

/* Mounts; requests wait until sim_fs_start(). */
int sim_fs_new(
	struct sim_fs **ret_fs, struct sim_lab *lab, const char *mountpoint, struct np_err *err);

/* Goes to the background unless @foreground; before any thread. */
int sim_fs_daemonize(bool foreground, struct np_err *err);

/* Starts to serve; @ended_fd (an eventfd) becomes readable when serving ends, e.g. after an unmount. */
int sim_fs_start(struct sim_fs *fs, int ended_fd, struct np_err *err);

/* Answers the calls that are due and tells the kernel which names are gone. Main thread. */
void sim_fs_tick(struct sim_fs *fs);

/* Fails what hangs with EIO, ends the threads, unmounts. */
struct sim_fs *sim_fs_free(struct sim_fs *fs);
