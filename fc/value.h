/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel shows of Fibre Channel, as values: made by the scan in a lane, carried as JSON,
 * held by the inventory. The JSON names are those of the REST API. Attribute meanings: the kernel's
 * scsi_transport_fc.c.
 */
#pragma once

#include "base/json.h"
#include "base/wwn.h"

struct fc_lun {
	char hctl[32];	/* "2:0:0:1" */
	char dev[32];	/* "sdb", "" while there is no block device */
	char wwid[128]; /* the kernel's wwid attribute: "naa.6001...", "t10.…" */
	int64_t lun;	/* LUN number as the kernel prints it in H:C:T:L */
	int64_t size_bytes;
	char vendor[16], model[32], rev[16];
	char state[24];	 /* running, offline, blocked, ... */
	int64_t holders; /* device-mapper, md, ... that sit on it */
	uint64_t target; /* WWPN of the remote port */
};

struct fc_rport {
	char kernel_name[32]; /* "rport-2:0-1" */
	uint64_t wwpn, wwnn;
	char port_id[16]; /* six hex digits */
	char roles[96];	  /* "FCP Target, FCP Initiator" */
	char state[24];	  /* Online, Blocked, Not Present, ... */
	int64_t scsi_target_id;
};

struct fc_vport {
	char kernel_name[32]; /* "vport-1:0-0" */
	char kernel_host[32]; /* its own Scsi_Host: "host2", "" while there is none */
	uint64_t wwpn, wwnn;
	char state[32]; /* vport_state: Active, Initializing, Linkdown, ... */
	char last_state[32];
	char port_state[24]; /* of its fc_host: Online, ... */
	char port_id[16];    /* "" while 0 or 0xffffffff */
	uint64_t fabric_name;
	char symbolic_name[80];
	struct fc_rport *rports;
	size_t n_rports;
	struct fc_lun *luns;
	size_t n_luns;
};

struct fc_hba {
	char kernel_name[32]; /* "host1"; the kernel re-uses it, the identity is the WWPN */
	uint64_t wwpn, wwnn;
	char port_state[24], port_type[64], port_id[16];
	char speed[32], supported_speeds[96];
	uint64_t fabric_name;
	char symbolic_name[128];
	char driver[32]; /* scsi_host proc_name: lpfc, qla2xxx, fcoe, ... */
	char driver_version[64], firmware[64], model[64], model_description[128];
	char manufacturer[64], serial_number[64], hardware[64];
	char pci_address[16]; /* "0000:3b:00.0", "" when it sits on no PCI function */
	int64_t vports_max, vports_in_use;
	bool npiv;	   /* vport_create is there and the maximum is above 0 */
	bool observe_only; /* the driver's ports are made elsewhere: zfcp, ibmvfc */
	struct fc_rport *rports;
	size_t n_rports;
	struct fc_vport *vports;
	size_t n_vports;
};

/* The vports that a look is about. */
struct fc_named {
	const uint64_t *wwpns;
	size_t n;
	bool brief; /* their state only, not what they see */
};

/* The longest lists that are read from JSON or from the kernel. */
#define FC_VPORTS_MAX 4096
#define FC_RPORTS_MAX 8192
#define FC_LUNS_MAX 16384

extern const struct np_field fc_lun_fields[];
extern const struct np_field fc_rport_fields[];
extern const struct np_field fc_vport_fields[];
extern const struct np_field fc_hba_fields[];

/* Up = Active, Online and a port_id: vport_create's success alone is no login. */
bool fc_vport_is_up(const struct fc_vport *vport);

/* With their lists: {"wwpn":..., "rports":[...], "vports":[{..., "rports":[], "luns":[]}]}. */
json_t *fc_hba_to_json(const struct fc_hba *hba);
int fc_hba_from_json(struct fc_hba *ret_hba, const json_t *json, struct np_err *err);
json_t *fc_vport_to_json(const struct fc_vport *vport);
int fc_vport_from_json(struct fc_vport *ret_vport, const json_t *json, struct np_err *err);
void fc_vport_done(struct fc_vport *vport);
void fc_vports_free(struct fc_vport *vports, size_t n);
void fc_hba_done(struct fc_hba *hba);
