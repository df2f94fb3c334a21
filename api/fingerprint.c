/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/fingerprint.h"

#include <string.h>

#include <gnutls/crypto.h>

#define DIGEST_SIZE 32

int api_fingerprint(const char *method, const char *path, const json_t *query, const json_t *body,
	char ret_text[static API_FINGERPRINT_TEXT], struct np_err *err)
{
	json_t *no_body = body ? NULL : json_null();
	np_auto(np_json_decref) json_t *all =
		json_pack("[s, s, O, O]", method, path, query, body ? body : no_body);
	np_auto(np_free) char *text = all ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	unsigned char digest[DIGEST_SIZE];

	if (!text)
		return np_fail_nomem(err);
	int rc = gnutls_hash_fast(GNUTLS_DIG_SHA256, text, strlen(text), digest);
	if (rc < 0)
		return np_fail(
			err, NP_FAILED, "fingerprint of the request: %s", gnutls_strerror(rc));
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
