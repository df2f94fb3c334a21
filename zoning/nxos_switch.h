/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One VSAN of an NX-OS switch: what it says of itself, and its zones. Everything is asked anew; what is kept is what the
 * last look told. Blocks.
 */
#pragma once

#include "zoning/nxos_link.h"
#include "zoning/nxos_status.h"

struct nxos_switch {
	struct nxos_link link;
	int64_t vsan;
	const char *user;	     /* that we are; borrowed from the session */
	struct nxos_status status;   /* of the last look */
	struct nxos_aliases aliases; /* of the last look */
	json_t *about;		     /* {"release", "switch"} */
	json_t *fcaliases;	     /* of the last reading: {NAME: [MEMBER...]} */
	json_t *raw; /* {COMMAND: answer as text}: filled when it is there; borrowed */
};

/* Asks the switch for the first time: an address, a secret or a VSAN that is wrong shows here. */
int nxos_switch_init(
	struct nxos_switch *ret_nxos, const struct zone_session *session, struct np_err *err);
void nxos_switch_done(struct nxos_switch *nxos);

/* "WHAT vsan N" of a "show" command, and of one of configuration; a command as it is. */
int nxos_switch_show(
	struct nxos_switch *nxos, const char *what, json_t **ret_body, struct np_err *err);
int nxos_switch_configure(struct nxos_switch *nxos, const char *what, struct np_err *err);
int nxos_switch_command(struct nxos_switch *nxos, const char *command, struct np_err *err);

/* Status of zones and device-aliases. */
int nxos_switch_look(struct nxos_switch *nxos, struct np_err *err);

/* Can the open zone session be ours, as far as the switch tells? One at another switch is not. */
bool nxos_switch_may_be_ours(const struct nxos_switch *nxos);
bool nxos_switch_aliases_are_ours(const struct nxos_switch *nxos);

/* -NP_BUSY, with who has the session or the lock. */
int nxos_switch_busy(const struct nxos_switch *nxos, struct np_err *err);
int nxos_switch_aliases_busy(const struct nxos_switch *nxos, struct np_err *err);

/*
 * Databases and the effective configuration, not yet in canonical form; new references. @our_aliases: device-aliases with
 * the changes of our open session.
 */
int nxos_switch_read_defined(
	struct nxos_switch *nxos, bool our_aliases, json_t **ret_db, struct np_err *err);
/* With the changes of our open sessions. -NP_BUSY: the zone session is another's. */
int nxos_switch_read_pending(struct nxos_switch *nxos, json_t **ret_db, struct np_err *err);
int nxos_switch_read_effective(
	struct nxos_switch *nxos, json_t **ret_effective, struct np_err *err);
