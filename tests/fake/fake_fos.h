/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scripted Brocade switch: FOS REST. A script is a list of requests and replies; several replies to one request are
 * given one after another, the last one for ever. What no line knows succeeds with nothing, as a login or logout does.
 */
#pragma once

#include "tests/fake/fake_rest.h"

#define FAKE_FOS_KEY                                                                               \
	"Custom_Basic bnBpdmQ6eHh4OmtleQ==" /* of the first session; of the next: with its number behind */
#define FAKE_FOS_SUM "0123456789abcdef0123456789abcdef"
#define FAKE_FOS_ZONE "/rest/running/brocade-zone"
#define FAKE_FOS_DEFINED FAKE_FOS_ZONE "/defined-configuration"
#define FAKE_FOS_EFFECTIVE FAKE_FOS_ZONE "/effective-configuration"
#define FAKE_FOS_LOCK FAKE_FOS_ZONE "/fabric-lock"
#define FAKE_FOS_NAMES "/rest/running/brocade-name-server/fibrechannel-name-server"
#define FAKE_FOS_VERSIONS "/rest/running/brocade-module-version"

/* Bodies, with ' for ". */
#define FAKE_FOS_RESPONSE(name, value) "{'Response':{'" name "':" value "}}"
#define FAKE_FOS_ERROR(message) "{'errors':{'error':[{'error-message':'" message "'}]}}"
#define FAKE_FOS_MODULES(objects)                                                                  \
	FAKE_FOS_RESPONSE("brocade-module-version",                                                \
		"{'module':[{'name':'brocade-zone','uri':'/rest/running/brocade-zone','objects':"  \
		"{'object':" objects "}}]}")
#define FAKE_FOS_STATE(token, size)                                                                \
	FAKE_FOS_RESPONSE("effective-configuration",                                               \
		"{'cfg-name':'S','checksum':'" FAKE_FOS_SUM "','default-zone-access':0,"           \
		"'db-max':4194304,'db-avail':4190000,'db-committed':3000,'db-transaction':" size   \
		",'transaction-token':" token "}")

/* GET FAKE_FOS_VERSIONS of 9.x and of 8.2.1b to 8.2.3; before, it is no URI. */
#define FAKE_FOS_9                                                                                   \
	{                                                                                            \
		"GET " FAKE_FOS_VERSIONS, 200,                                                       \
			FAKE_FOS_MODULES(                                                            \
				"['defined-configuration','effective-configuration','fabric-lock']") \
	}
#define FAKE_FOS_8                                                                                 \
	{                                                                                          \
		"GET " FAKE_FOS_VERSIONS, 200,                                                     \
			FAKE_FOS_MODULES("['defined-configuration','effective-configuration']")    \
	}
#define FAKE_FOS_OLD                                                                               \
	{                                                                                          \
		"GET " FAKE_FOS_VERSIONS, 400, FAKE_FOS_ERROR("Invalid REST URI")                  \
	}

/* Not statuses: what the server does instead. */
#define FAKE_FOS_HANG_UP (-1)
#define FAKE_FOS_HANG (-2)
#define FAKE_FOS_CUT (-3) /* half of the body, then the end of the connection */

struct fake_fos_line {
	const char *request; /* "METHOD PATH", the query with it */
	int status;
	const char *body; /* JSON, or XML where it begins with '<'; "": none */
};

/* setup of cmocka; *state is a struct fake_rest. */
int fake_fos_new(void **state);

/* Starts the switch; begin opens the session, too. */
void fake_fos_serve(struct fake_rest *fake, const struct fake_fos_line *lines);
void fake_fos_begin(struct fake_rest *fake, const struct fake_fos_line *lines);

/* How many requests, one a line: "METHOD PATH BODY" with ' for ", begin with @start. */
unsigned fake_fos_count(const struct fake_rest *fake, const char *start);

int fake_fos_commit(struct fake_rest *fake, bool activate, const char *zoneset);
