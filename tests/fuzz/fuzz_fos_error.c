/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a Brocade switch says when something is wrong: XML, or JSON where it begins with a brace. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zoning/fos_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct np_http_reply reply = { .status = 400 + (long)(size % 100), .text = text };
	char message[FOS_MESSAGE_MAX];
	struct np_err err = { 0 };

	if (!text)
		return 0;
	if (size && data[0] == '{')
		(void)np_json_parse(text, strlen(text), &reply.body, NULL);
	fos_error_message_xml((const char *)data, size, message);
	fos_error_message(&reply, message);
	for (const char *p = message; *p; p++) {
		if (*p < ' ' || *p > '~')
			abort();
	}
	(void)fos_error_meaning(&reply, size % 2, &err);
	np_http_reply_done(&reply);
	return 0;
}
