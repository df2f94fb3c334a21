/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel's FC tree in a temporary directory: real directories, links and files in the kernel's
 * layout, and a write function that does what the kernel would do (or fails as told). Everything
 * asserts.
 */
#pragma once

#include "fc/sysfs.h"

struct fake_fc {
	struct fc_sysfs sysfs; /* rooted in the tree; its writes come here */
	char root[64];
	unsigned next_vport; /* number of the next vport */
	unsigned next_host;  /* number of the next vport's host */
	/* What the next vport_create or vport_delete answers; 0 and 0: the real thing. */
	int fault_sys;
	ssize_t fault_count;
	bool swallow;	 /* takes the write and does nothing */
	bool steal;	 /* fails, but the vport is there: somebody else made it */
	unsigned writes; /* all that came */
	char last_path[256], last_text[128];
	size_t last_len;
};

struct fake_vport {
	const char *hba;       /* "host1" */
	unsigned number, host; /* vport-1:0-NUMBER, hostHOST */
	uint64_t wwpn, wwnn;
};

void fake_fc_init(struct fake_fc *fake);
void fake_fc_done(struct fake_fc *fake);

/* A file below the root, with its directories. */
void fake_fc_set(struct fake_fc *fake, const char *text, const char *fmt, ...) np_printf(3, 4);
void fake_fc_link(struct fake_fc *fake, const char *target, const char *fmt, ...) np_printf(3, 4);
void fake_fc_remove(struct fake_fc *fake, const char *fmt, ...) np_printf(2, 3);
bool fake_fc_exists(struct fake_fc *fake, const char *fmt, ...) np_printf(2, 3);

/* devices/pci0000:3a/0000:3b:00.0/NAME with fc_host, scsi_host and the class links. */
void fake_fc_add_hba(struct fake_fc *fake, const char *name, uint64_t wwpn, const char *driver);
void fake_fc_remove_hba(struct fake_fc *fake, const char *name);
void fake_fc_add_vport(struct fake_fc *fake, const struct fake_vport *vport);

/* Path below the root of an HBA, of a vport's own host. */
const char *fake_fc_hba_path(const char *hba, char path[static NP_PATH_MAX]);
const char *fake_fc_vport_host_path(const struct fake_vport *vport, char path[static NP_PATH_MAX]);

/* A target port at @host_path, and a LUN of it: HCTL is HOST:0:TARGET:LUN. */
void fake_fc_add_rport(
	struct fake_fc *fake, const char *host_path, unsigned host, unsigned target, uint64_t wwpn);
void fake_fc_add_lun(struct fake_fc *fake, const char *host_path, unsigned host, unsigned target,
	unsigned lun, const char *dev);
