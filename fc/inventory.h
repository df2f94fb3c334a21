/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the core knows of this machine's HBAs, by WWPN: values from the lanes, in memory. No I/O;
 * belongs to the loop's thread. Every difference between the old and the new value is told through
 * one callback, after the model holds the new one; the callback may look but not update. Borrowed
 * pointers live until the next update.
 *
 * HBAs are kept in WWPN order, vports in WWPN order, LUNs by target and number.
 */
#pragma once

#include "fc/value.h"

enum fc_change_kind {
	FC_CHANGE_HBA_NEW,
	FC_CHANGE_HBA_CHANGED, /* what, before, after */
	FC_CHANGE_HBA_GONE,
	FC_CHANGE_VPORT_NEW,
	FC_CHANGE_VPORT_CHANGED,
	FC_CHANGE_VPORT_GONE,
	FC_CHANGE_RPORT_NEW,
	FC_CHANGE_RPORT_CHANGED,
	FC_CHANGE_RPORT_GONE,
	FC_CHANGE_LUN_NEW,
	FC_CHANGE_LUN_CHANGED,
	FC_CHANGE_LUN_GONE,
};

struct fc_change {
	enum fc_change_kind kind;
	uint64_t hba;
	uint64_t vport;	      /* 0: the change is on the HBA itself */
	uint64_t rport;	      /* of RPORT changes; of LUN changes the target */
	char kernel_name[48]; /* of what changed; a LUN's hctl */
	char wwid[128];	      /* of a LUN */
	int64_t lun;	      /* LUN number */
	const char *what;     /* the attribute's JSON name, static; NULL unless CHANGED */
	char before[128], after[128];
};

/* "vport-new" and so on. */
const char *fc_change_name(enum fc_change_kind kind);

struct fc_inventory;
typedef void fc_change_fn(void *data, const struct fc_change *change);

int fc_inventory_new(struct fc_inventory **ret_inventory, fc_change_fn *on_change, void *data,
	struct np_err *err);
struct fc_inventory *fc_inventory_free(struct fc_inventory *inventory);
static inline void fc_inventory_freep(struct fc_inventory **inventory)
{
	*inventory = fc_inventory_free(*inventory);
}

/*
 * A full scan: replaces the HBA. @hba is taken and emptied, also on failure. An HBA that had the
 * same kernel name is gone. -NP_INVAL without a WWPN.
 */
int fc_inventory_update(struct fc_inventory *inventory, struct fc_hba *hba, struct np_err *err);

/*
 * A look: @look has the HBA's changing members, and of the vports @named those that exist; the
 * others of @named are gone, vports not named stay as they are. @look is taken. -NP_NOTFOUND when
 * the HBA is not known.
 */
int fc_inventory_update_vports(struct fc_inventory *inventory, struct fc_hba *look,
	const struct fc_named *named, struct np_err *err);

/* Notes one vport, as a creation answered it. @vport is taken. */
int fc_inventory_update_vport(
	struct fc_inventory *inventory, uint64_t hba, struct fc_vport *vport, struct np_err *err);

/* Notes that the vport is not on that HBA any more, as a deletion answered it. */
void fc_inventory_forget_vport(struct fc_inventory *inventory, uint64_t hba, uint64_t wwpn);

/* The host is gone with all that was on it. */
void fc_inventory_gone(struct fc_inventory *inventory, const char *kernel_name);

/* The HBAs in WWPN order: the one after @prev, the first for NULL; NULL at the end. */
const struct fc_hba *fc_inventory_next(
	const struct fc_inventory *inventory, const struct fc_hba *prev);
size_t fc_inventory_count(const struct fc_inventory *inventory);

const struct fc_hba *fc_inventory_hba(const struct fc_inventory *inventory, uint64_t wwpn);

/* The HBA with this host, or with a vport that has it as its own host. */
const struct fc_hba *fc_inventory_by_host(
	const struct fc_inventory *inventory, const char *kernel_name);

/* The vport on that HBA. */
const struct fc_vport *fc_inventory_vport_on(const struct fc_hba *hba, uint64_t wwpn);

/*
 * The first vport with this WWPN after *iterator (start with NULL), and the HBA that it is on: the
 * kernel lets the same WWPN exist on several HBAs.
 */
const struct fc_vport *fc_inventory_vport(
	const struct fc_inventory *inventory, uint64_t wwpn, const struct fc_hba **iterator);

enum fc_port_kind { FC_PORT_NONE, FC_PORT_HBA, FC_PORT_VPORT, FC_PORT_RPORT };

struct fc_port {
	enum fc_port_kind kind;
	const struct fc_hba *hba;
	const struct fc_vport
		*vport; /* the vport, or the one that sees the rport; NULL: the HBA does */
	const struct fc_rport *rport;
};

/* Calls @fn for every port whose WWPN or WWNN is @wwn; returns how many. @fn NULL: just count. */
typedef void fc_port_fn(void *data, const struct fc_port *port);
size_t fc_inventory_ports(
	const struct fc_inventory *inventory, uint64_t wwn, fc_port_fn *fn, void *data);
