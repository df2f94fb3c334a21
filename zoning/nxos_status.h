/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an NX-OS switch says of the zones of one VSAN, of its device-aliases and of itself. Pure; foreign text. */
#pragma once

#include "zoning/model.h"
#include "zoning/nxos_reply.h"

/* "show zone status vsan N" */
struct nxos_status {
	bool enhanced, smart;
	bool opens;		       /* the default zone is not known to deny */
	bool locked;		       /* somebody has a session */
	char interface[16];	       /* of it: "cli", "snmp", "remote", ... */
	char user[64], address[64];    /* of its owner, as far as told */
	char zoneset[ZONE_NAME_MAX];   /* in force; "": none */
	int64_t space_max, space_used; /* 0: not told */
	char text[NXOS_TEXT_MAX];      /* how the last activation or commit went */
};
int nxos_status_read(
	const json_t *body, int64_t vsan, struct nxos_status *ret_status, struct np_err *err);

/* Of .text: 0: it went well; 1: it goes on; negative: it failed, with the switch's words. */
int nxos_status_progress(const char *text, struct np_err *err);

/* "show device-alias status" */
struct nxos_aliases {
	bool distributed; /* changes are pending until they are committed */
	bool locked;
	char user[64]; /* who has the lock */
};
int nxos_status_read_aliases(
	const json_t *body, struct nxos_aliases *ret_aliases, struct np_err *err);

/* "show version": into "release" and "switch". */
int nxos_status_read_version(const json_t *body, json_t *snapshot, struct np_err *err);
