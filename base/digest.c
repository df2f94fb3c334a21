/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/digest.h"

#include <string.h>

#include <gnutls/crypto.h>

#define DIGEST_SIZE 32

int np_digest(
	const char *data, size_t len, char ret_text[static NP_DIGEST_TEXT], struct np_err *err)
{
	unsigned char digest[DIGEST_SIZE];
	int rc = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, digest);

	if (rc < 0)
		return np_fail(err, NP_FAILED, "SHA-256: %s", gnutls_strerror(rc));
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int np_digest_json(const json_t *value, char ret_text[static NP_DIGEST_TEXT], struct np_err *err)
{
	np_auto(np_free) char *text =
		json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	return text ? np_digest(text, strlen(text), ret_text, err) : np_fail_nomem(err);
}
