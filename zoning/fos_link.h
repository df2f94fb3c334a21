/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A REST session with a Brocade switch. One at a time: a switch has three by default, and one that is not logged out
 * stays for two hours. Its key is kept in a file until then, so that a later lane ends what an earlier one left.
 */
#pragma once

#include "base/http.h"
#include "zoning/driver.h"
#include "zoning/fos_keys.h"

#define FOS_RELEASE_MAX 16

struct fos_link {
	const struct zone_session *session; /* borrowed */
	struct np_http *http;
	char authorization[FOS_KEY_MAX]; /* header of every request after the login */
	bool old_uris;			 /* running/zoning/..., up to 8.2.1a */
	bool has_lock;			 /* fabric-lock and zone-type-string: 9.0 and later */
	bool expired;			 /* the last GET found the session ended */
	char release[FOS_RELEASE_MAX];
	unsigned seed;	/* of the jitter */
	int64_t end_ms; /* of what is begun now, 0: the session's own deadline */
};

/* Logs in, after it has logged out a session that an earlier lane left, and finds out which URIs there are. */
int fos_link_open(
	struct fos_link *ret_link, const struct zone_session *session, struct np_err *err);
void fos_link_close(struct fos_link *link);

/* GET of a container of brocade-zone ("defined-configuration"); *ret is NULL when it is empty. */
int fos_link_get(struct fos_link *link, const char *container, json_t **ret, struct np_err *err);
int fos_link_names(struct fos_link *link, json_t **ret, struct np_err *err); /* the name server */

/* A change. 0 also when the switch says that nothing is changed by it. */
int fos_link_send(struct fos_link *link, const char *method, const char *container,
	const json_t *body, struct np_err *err);
