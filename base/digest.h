/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 (sole includer of GnuTLS). */
#pragma once

#include "base/err.h"

#define NP_DIGEST_TEXT 65 /* SHA-256 in hex and NUL */

int np_digest(
	const char *data, size_t len, char ret_text[static NP_DIGEST_TEXT], struct np_err *err);

/* Of a JSON value, whatever the order of its members. */
int np_digest_json(const json_t *value, char ret_text[static NP_DIGEST_TEXT], struct np_err *err);
