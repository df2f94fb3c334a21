/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes two requests the same one, for Idempotency-Key. */
#pragma once

#include "base/digest.h"

#define API_FINGERPRINT_TEXT NP_DIGEST_TEXT

/* Of method, path, query and body; the order of members does not matter. @body may be NULL. */
int api_fingerprint(const char *method, const char *path, const json_t *query, const json_t *body,
	char ret_text[static API_FINGERPRINT_TEXT], struct np_err *err);
