/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open physical HBA: a descriptor of its device directory and what cannot change while that
 * directory lives (its WWPN, driver, which vport has which names). The kernel gives host1 to
 * another HBA at once when the first is gone, but a descriptor never moves: what is done through it
 * is done to the verified HBA, or fails.
 *
 * The vports' names are remembered: of 255 vports only a new one is read. Blocking, for lanes.
 */
#pragma once

#include "fc/sysfs.h"
#include "fc/value.h"

struct fc_known {
	char name[FC_NAME_MAX]; /* "vport-1:0-0"; "host2" with kernels older than the vport class */
	char host[FC_NAME_MAX]; /* its Scsi_Host: "host2", "" while not seen */
	ino_t ino;
	uint64_t wwpn, wwnn;
};

struct fc_host {
	const struct fc_sysfs *sysfs; /* borrowed */
	char name[32];
	int fd;
	uint64_t wwpn;
	char driver[32];
	const char *files; /* where vport_create is: "fc_host", "scsi_host"; NULL: nowhere */
	struct fc_known *vports;
	size_t n_vports;
	unsigned long directories; /* in its own, when ->vports was listed; 0: not known */
};

/* -NP_NOTFOUND: no such host, or it is a vport's. -NP_BUSY: it has no port name yet. */
int fc_host_open(struct fc_host *ret_host, const struct fc_sysfs *sysfs, const char *name,
	struct np_err *err);
void fc_host_done(struct fc_host *host);

/* Is the directory still that of a living HBA with the WWPN of the time it was opened? */
bool fc_host_is_alive(const struct fc_host *host);

/* Brings ->vports up to date with the directory. */
int fc_host_list_vports(struct fc_host *host, struct np_err *err);

/* Has no vport come or gone since the list? False also where that cannot be told. */
bool fc_host_is_unchanged(const struct fc_host *host);

/* Reads every vport anew at the next list: when what is remembered is in doubt. */
void fc_host_forget(struct fc_host *host);

/* The vport with this WWPN, verified now, or NULL. After fc_host_list_vports. */
struct fc_known *fc_host_find_vport(struct fc_host *host, uint64_t wwpn);

/* Does this class link ("../../devices/...") belong to a vport's host? */
bool fc_host_link_is_vport(const char *link);

/* Path of the vport's own host directory below ->fd; false while it has none. */
bool fc_host_vport_path(
	const struct fc_host *host, struct fc_known *vport, char path[static NP_PATH_MAX]);
