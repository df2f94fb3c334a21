/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small files: read whole, write exactly once, replace atomically. Blocking; paths are relative to
 * @dirfd (AT_FDCWD for the working directory). Every descriptor is O_CLOEXEC.
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define NP_PATH_MAX 512 /* the longest path that we build */

/* Reads at most @max bytes; @ret_text is NUL-terminated and the caller's. -NP_TOOBIG if there is
 * more. */
int np_file_read(int dirfd, const char *path, size_t max, char **ret_text, struct np_err *err);

/*
 * One write(2) of the whole text, never repeated. *ret_written is what the kernel took: the caller
 * judges a short count (FC drivers answer one for a failure). Negative code on -1, with err->sys.
 */
int np_file_write_once(int dirfd, const char *path, const void *data, size_t len,
	ssize_t *ret_written, struct np_err *err);

/* Writes a temporary file, syncs it, renames it over @path and syncs the directory. */
int np_file_replace(const char *path, const char *text, mode_t mode, struct np_err *err);

/*
 * Takes the lock of a file (flock), which is made (0600) and stays: removing it would let two in. The lock is given back
 * when *ret_fd is closed, or the process ends. Waits for it, or says -NP_BUSY when somebody has it.
 */
int np_file_lock(const char *path, bool wait, int *ret_fd, struct np_err *err);

/* Makes a directory and its parents; existing ones are fine. */
int np_mkdir_p(const char *path, mode_t mode, struct np_err *err);

/* snprintf into a path buffer of NP_PATH_MAX; false if it did not fit. */
bool np_path(char path[static NP_PATH_MAX], const char *fmt, ...) np_printf(2, 3);
