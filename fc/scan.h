/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the kernel's FC tree into values. Tolerant: an attribute that is not there yet (uevents
 * come before the attributes) or not any more is empty, a vport without names is left out.
 *
 * fc_scan_hosts reads directories and links only, so the core may call it. All others ask the
 * driver, which may ask the firmware: they block and belong into lanes.
 */
#pragma once

#include "fc/host.h"

/* Names of the physical FC hosts ("host1"), not those of vports. No hosts is no failure. */
int fc_scan_hosts(const struct fc_sysfs *sysfs, struct fc_entries *ret_hosts, struct np_err *err);

/* Everything about one HBA. */
int fc_scan_hba(struct fc_host *host, struct fc_hba *ret_hba, struct np_err *err);

/*
 * A look: of the HBA only what changes and matters to its vports (names, driver, port_state,
 * port_id, fabric_name, counters), and only the named vports. One that does not exist is missing.
 */
int fc_scan_look(struct fc_host *host, const struct fc_named *named, struct fc_hba *ret_hba,
	struct np_err *err);

/* One vport with its remote ports and LUNs; false when it is gone. */
bool fc_scan_vport(const struct fc_host *host, struct fc_known *known, struct fc_vport *ret_vport);

/* The vport itself without remote ports and LUNs: state, port_state, port_id, ... */
bool fc_scan_vport_state(
	const struct fc_host *host, struct fc_known *known, struct fc_vport *ret_vport);

/* Directory of a LUN's SCSI device below host->fd. */
bool fc_scan_lun_path(
	const struct fc_vport *vport, const struct fc_lun *lun, char path[static NP_PATH_MAX]);

/* What sits on a LUN, as "sdb: dm-3 md0"; "" for nothing. Returns how many. */
unsigned fc_scan_holders(
	const struct fc_host *host, const char *lun_path, const char *dev, char *text, size_t size);
