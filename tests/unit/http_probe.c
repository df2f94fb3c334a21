/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request with a trust that the caller names: http_probe URL [ca=FILE] [pin=...] [basic]; for test_http_tls.py. */
#include <stdio.h>
#include <string.h>

#include "base/http.h"

int main(int argc, char **argv)
{
	struct np_http_spec spec = { .server = argc > 1 ? argv[1] : "",
		.user = "admin",
		.secret = "s3cr3t-of-the-switch",
		.keep = "Authorization",
		.cookies = true };
	struct np_http_request request = { .method = "GET", .path = "/x", .timeout_ms = 5000 };
	np_auto(np_http_freep) struct np_http *http = NULL;
	struct np_http_reply reply = { 0 };
	struct np_err err = { 0 };
	int rc = 0;

	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "ca=", 3) == 0)
			spec.ca_file = argv[i] + 3;
		else if (strncmp(argv[i], "pin=", 4) == 0)
			spec.fingerprint = argv[i] + 4;
		else if (strcmp(argv[i], "basic") == 0)
			request.basic = true;
	}
	rc = np_http_new_spec(&http, &spec, &err);
	for (int i = 0; rc == 0 && i < 2; i++) {
		np_http_reply_done(&reply);
		rc = np_http_call(http, &request, &reply, &err);
	}
	if (rc < 0)
		(void)printf("%s: %s\n", np_code_row(rc)->name, err.msg);
	else
		(void)printf("%ld kept=%s text=%s\n", reply.status, reply.kept,
			reply.text ? reply.text : "");
	np_http_reply_done(&reply);
	return 0;
}
