/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libmicrohttpd 0.9 hides: it cuts a request's head in place, ends each part with NUL and tells no
 * lengths, so that a NUL that the client sent, a bare LF, a folded header or a header without a name
 * leave no trace in the parts. They do in the distances between them: in a well-formed head each part
 * lies exactly one blank, one ':' with blanks, or one CRLF behind the one before.
 *
 * Addresses are compared, never read through. Versions from 1.0 on refuse all of these themselves.
 */
#pragma once

#include "api/guard.h"

/*
 * @target_at and @target_len: where the target lay when it was whole; @size: bytes from the method to the
 * end of the empty line.
 */
bool api_layout_is_whole(
	const struct api_head *head, const char *target_at, size_t target_len, size_t size);
