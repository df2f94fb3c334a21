/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes and removes vports, through an open HBA whose WWPN is verified. Blocking (an HBA's firmware
 * may take half a minute, or for ever): lanes only, one at a time per HBA, since the kernel does
 * not serialise creators.
 *
 * Every function looks first, so that repeating it has the effect of one. A write to vport_create
 * is one write(2) and is never repeated. Success of a creation is no login: see fc_vport_is_up.
 */
#pragma once

#include "fc/host.h"

#define FC_READ_BACK_MS                                                                            \
	1000		   /* for a new vport's attributes to come, or for a removed one to go     \
			    */
#define FC_SYMBOLIC_MAX 63 /* bytes of fc_vports/X/symbolic_name */

struct fc_vport_spec {
	uint64_t hba;		   /* the HBA that is meant; 0: whichever is open */
	uint64_t wwpn, wwnn;	   /* removal: wwnn 0 is whichever it has */
	const char *symbolic_name; /* "" or NULL: none */
	bool force;		   /* removal: also when the host holds a LUN of it */
	/*
	 * Creation: the caller does not know it, and looks at it later himself: the write is all
	 * that is done where nobody else has made or removed vports meanwhile. That counts when
	 * hundreds are made: listing and reading them costs as much as half of making one.
	 */
	bool fresh;
};

/*
 * -NP_EXISTS: the WWPN is there with another WWNN. -NP_LINK, -NP_CAPACITY, -NP_UNSUPPORTED and
 * others: see fc_hba_explain_create. *ret_existed: it was there and nothing was written.
 */
int fc_vport_create(struct fc_host *host, const struct fc_vport_spec *spec, bool *ret_existed,
	struct fc_vport *ret_vport, struct np_err *err);

/* Gives the vport its symbolic name. A driver without symbolic names is no failure. */
int fc_vport_name(struct fc_host *host, const struct fc_vport_spec *spec, struct np_err *err);

/* -NP_BUSY: a LUN has holders, or the driver still discovers. Absent is success. */
int fc_vport_delete(struct fc_host *host, const struct fc_vport_spec *spec, bool *ret_existed,
	struct np_err *err);

/* Scans for LUNs. Says nothing about what was found: look. */
int fc_vport_rescan(struct fc_host *host, uint64_t wwpn, struct np_err *err);

/* Takes one LUN away from this machine, until the next scan. -NP_BUSY when it has holders. */
int fc_vport_remove_lun(struct fc_host *host, const struct fc_vport_spec *spec, const char *hctl,
	bool *ret_existed, struct np_err *err);
