/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/fingerprint.h"

int api_fingerprint(const char *method, const char *path, const json_t *query, const json_t *body,
	char ret_text[static API_FINGERPRINT_TEXT], struct np_err *err)
{
	json_t *no_body = body ? NULL : json_null();
	np_auto(np_json_decref) json_t *all =
		json_pack("[s, s, O, O]", method, path, query, body ? body : no_body);

	return all ? np_digest_json(all, ret_text, err) : np_fail_nomem(err);
}
