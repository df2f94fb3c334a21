/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NX-API: commands to an NX-OS switch and their answers, over HTTPS. Blocks, at most until the session's deadline.
 * A switch that is busy is asked again for a while.
 */
#pragma once

#include "base/http.h"
#include "zoning/driver.h"

struct nxos_link {
	const struct zone_session *session; /* borrowed */
	struct np_http *http;
	const char *path; /* where NX-API answers */
	bool single;	  /* this switch takes no joined commands */
	bool joined;	  /* out: it has taken some */
	int64_t limit_ms; /* of one call, below the session's deadline; 0: none */
};

int nxos_link_init(
	struct nxos_link *ret_link, const struct zone_session *session, struct np_err *err);
void nxos_link_done(struct nxos_link *link);

/* Of a "show" command; *ret_body is a new reference, an empty object when there is nothing of that kind. */
int nxos_link_show(
	struct nxos_link *link, const char *command, json_t **ret_body, struct np_err *err);

/* The same as the text that people see; the caller's. -NP_UNSUPPORTED: the switch does not give it. */
int nxos_link_text(
	struct nxos_link *link, const char *command, char **ret_text, struct np_err *err);

/*
 * Commands of configuration, an array of texts, in order, until one is refused: then that one is named. They go in one
 * request; when the switch refuses that, one by one. -NP_TIMEOUT, -NP_PEER: nobody knows how far it came.
 */
int nxos_link_configure(struct nxos_link *link, const json_t *commands, struct np_err *err);
