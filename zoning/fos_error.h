/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What FOS REST says when something is wrong, in JSON or (whatever was asked for) in XML. Foreign text. Pure. */
#pragma once

#include "base/http.h"

enum fos_meaning {
	FOS_MEANS_DONE,	   /* "No Change in Configuration": it is so already */
	FOS_MEANS_EMPTY,   /* of a GET: 404, "No entries found" */
	FOS_MEANS_EXPIRED, /* of a GET: the session is gone */
	FOS_MEANS_AGAIN,   /* throttled, or the fabric is busy: later */
	FOS_MEANS_ERROR,
};

#define FOS_MESSAGE_MAX 256

/* The first message of an error reply; "" when there is none. */
void fos_error_message(const struct np_http_reply *reply, char ret_text[static FOS_MESSAGE_MAX]);
void fos_error_message_xml(const char *text, size_t len, char ret_text[static FOS_MESSAGE_MAX]);

/*
 * What a reply with status >= 400 means; @reads: to a GET. An error (also one that AGAIN or EXPIRED becomes when nothing
 * helps) is in @err then. A change that a switch refuses (4xx) is never -NP_PEER: it has not happened.
 */
enum fos_meaning fos_error_meaning(
	const struct np_http_reply *reply, bool reads, struct np_err *err);
