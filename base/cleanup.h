/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scope-bound cleanup: the only place in the project that names the cleanup attribute.
 *
 *   np_auto(np_free) char *text = NULL;      freed when the scope ends
 *   np_auto(np_close) int fd = -1;           closed when the scope ends
 *   return np_take(text);                    handed over: the variable becomes NULL
 *
 * A cleaner gets a pointer to the variable and must accept its empty value.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#define np_auto(cleaner) __attribute__((cleanup(cleaner)))
#define np_unused __attribute__((unused))
#define np_printf(fmt, args) __attribute__((format(printf, fmt, args)))

#define np_take(ptr)                                                                               \
	__extension__({                                                                            \
		__typeof__(ptr) *np_slot_ = &(ptr);                                                \
		__typeof__(ptr) np_value_ = *np_slot_;                                             \
		*np_slot_ = NULL;                                                                  \
		np_value_;                                                                         \
	})

static inline int np_take_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

static inline void np_free(void *slot)
{
	free(*(void **)slot);
}

static inline void np_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static inline void np_fclose(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static inline void np_json_decref(json_t **json)
{
	json_decref(*json);
}
