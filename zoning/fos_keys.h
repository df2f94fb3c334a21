/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of REST sessions that may be open on a switch: one a line, in a file for nobody else. A key stays there until
 * the switch has ended its session, for what is forgotten here keeps its transaction, and all others out, for minutes.
 */
#pragma once

#include <stddef.h>

#define FOS_KEYS_MAX 8 /* a switch has three sessions by default; the oldest key gives way */
#define FOS_KEY_MAX 600

struct fos_keys {
	char text[FOS_KEYS_MAX][FOS_KEY_MAX];
	size_t count;
};

/* None when there is no file, or @path is "". */
void fos_keys_read(const char *path, struct fos_keys *ret_keys);
void fos_keys_wipe(struct fos_keys *keys);

/* Best effort: without the file a session is ended by this process, or by its age. */
void fos_keys_add(const char *path, const char *key);
void fos_keys_drop(const char *path, const char *key);
