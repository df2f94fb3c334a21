/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What differs between the kernel's HBA drivers, as rows: names that they print, limits, the errno of each
 * refusal, and what a vport shows when it cannot log in. Adding a driver is adding a row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* vport_state; the physical port uses ACTIVE, LINKDOWN and INITIALIZING. */
enum sim_state {
	SIM_UNKNOWN,
	SIM_ACTIVE,
	SIM_DISABLED,
	SIM_LINKDOWN,
	SIM_INITIALIZING,
	SIM_NO_SUPPORT,
	SIM_NO_RESOURCES,
	SIM_LOGOUT,
	SIM_REJECTED,
	SIM_FAILED,
	SIM_STATES
};

struct sim_driver {
	const char *name; /* proc_name */
	const char *manufacturer, *model, *description, *firmware, *version;
	const char *speed, *speeds;
	uint16_t pci_vendor, pci_device;
	bool creates; /* has vport_create at all */
	unsigned vports_max;
	int duplicate;	     /* errno when the WWPN is on this HBA already */
	int no_npiv;	     /* errno when the fabric cannot do NPIV; 0: created, state says so */
	int link_down;	     /* errno when the link is down; 0: created, waits for the link */
	bool checks_naa;     /* refuses NAA 1 names with bits 59-48, with ENOENT */
	bool writable_name;  /* symbolic_name of the vport is 0644 */
	bool early_active;   /* Active before any login */
	bool gives_up;	     /* a fabric that refuses the WWPN is not asked again */
	bool directory;	     /* the name server is a remote port */
	uint32_t no_port_id; /* port_id before login */
	enum sim_state when_down; /* vport_state when the link is down */
};

/* The row of this name, or NULL. */
const struct sim_driver *sim_driver_find(const char *name);

/* The names of all rows, with blanks between, for messages. */
const char *sim_driver_names(char *text, unsigned size);

const char *sim_state_name(enum sim_state state);

/* The state with this name (blanks may be written as '-' or '_', case is ignored), or SIM_STATES. */
enum sim_state sim_state_find(const char *name);
