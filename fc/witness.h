/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the fabric itself tells one of its ports, asked in-band: the name server, which shows a port those ports that it
 * may talk to, and the fabric zone server where the driver passes that on and the switch has one. Reads only: an
 * independent look at what a switch says over its management network. Blocking, lanes only.
 *
 *   {"port": "host2", "wwpn": WWPN of the port that asked,
 *    "can": {"name_server": bool, "zone_server": bool, "zone_database": bool},
 *    "reasons": {WHAT: TEXT},       why something is not there: one of "can", or "logins", "details", "effective",
 *                                   "defined", "enforcement"
 *    "snapshot": {"vendor": "fcgs", "logins": [...], "effective": {...}, "defined": {...}, "enforcement": "hard"}}
 *
 * The snapshot's parts are those of docs/ZONING.md (lists in the switch's order: zone_snapshot_normalise sorts
 * them); a part that was not told is left out, so an absent "effective" says nothing and one without "zoneset" says
 * that no zone set is active. No "snapshot": the driver passes nothing on.
 */
#pragma once

#include "fc/bsg.h"

#define FC_WITNESS_MS 20000 /* no question after that; the last may take FC_BSG_CALL_MS */

/* @wwpn: of a vport of this HBA, or 0 (or the HBA's own) for the physical port. */
int fc_witness(struct fc_host *host, const struct fc_bsg_door *door, uint64_t wwpn,
	json_t **ret_answer, struct np_err *err);
