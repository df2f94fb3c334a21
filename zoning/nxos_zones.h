/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zones of one VSAN and the device-aliases of an NX-OS switch as values of docs/ZONING.md. Pure; foreign text. */
#pragma once

#include "zoning/model.h"

struct nxos_zones {
	int64_t vsan;	   /* rows of another one are left out */
	bool smart;	   /* device types of members count */
	bool typed;	   /* out: there were some */
	json_t *db;	   /* a database or an effective configuration; filled */
	json_t *fcaliases; /* {NAME: [MEMBER...]}, aliases of the zone server; filled */
};

/* "show zone [pending] vsan N", "show zone active vsan N": into db.zones. */
int nxos_zones_read(const json_t *body, struct nxos_zones *zones, struct np_err *err);

/* "show zoneset [pending] vsan N": into db.zonesets. */
int nxos_zones_read_zonesets(const json_t *body, struct nxos_zones *zones, struct np_err *err);

/*
 * "show zoneset active vsan N": into db.zoneset and db.zones. 1: a zone came without members, as some releases do;
 * "show zone active vsan N" has them.
 */
int nxos_zones_read_active(const json_t *body, struct nxos_zones *zones, struct np_err *err);

/* "show device-alias database [pending]": into db.aliases. */
int nxos_zones_read_aliases(const json_t *body, json_t *db, struct np_err *err);
