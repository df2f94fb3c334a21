/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a request must be before anything of ours looks at its meaning. libmicrohttpd 0.9.75 lets
 * through what another HTTP parser would read as a different request (two lengths, two hosts, NUL);
 * each of these is refused with 400 and the connection is closed. Pure functions.
 *
 * The target has its own rules: api/target.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define API_HEADERS_MAX 64

struct api_header {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

struct api_head {
	const char *method;
	const char *version; /* "HTTP/1.1" */
	const struct api_header *headers;
	size_t headers_count;
};

struct api_framing {
	bool has_body;
	bool chunked;
	uint64_t length; /* without chunked */
};

/* -NP_TOOBIG: too many headers, -NP_INVAL: anything else; *ret_framing is set on success only. */
int api_guard(const struct api_head *head, struct api_framing *ret_framing, struct np_err *err);

/* The value of a header (any case of its name), or NULL. */
const struct api_header *api_guard_header(const struct api_head *head, const char *name);
