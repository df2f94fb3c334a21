/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/hba.h"

#include <string.h>

#include "base/wwn.h"

/* clang-format off */
/*
 * Answers of the FC transport itself, of the system call, and what an errno means for no driver in
 * particular.
 */
static const struct fc_outcome create_generic[] = {
	{ EINVAL, NP_CONFLICT,
		"the driver refused the names, or it has this WWPN already in a way that sysfs does not show",
		"choose other names; dmesg may tell more" },
	{ ENOTUNIQ, NP_EXISTS,
		"the driver has this WWPN already",
		"choose another WWPN, or find who uses this one" },
	{ EEXIST, NP_EXISTS,
		"the driver has this WWPN already",
		"choose another WWPN, or find who uses this one" },
	{ ENOSPC, NP_CAPACITY,
		"all its vports are in use",
		"use another HBA or remove a vport" },
	{ ENOENT, NP_UNSUPPORTED,
		"the driver has no vport_create",
		"use an HBA and driver with NPIV" },
	{ ENOSYS, NP_UNSUPPORTED,
		"the firmware has no NPIV",
		"update the HBA's firmware, or use another HBA" },
	{ EOPNOTSUPP, NP_LINK,
		"the driver sees no NPIV on the switch port",
		"switch NPIV on at the switch port and wait for the fabric login" },
	{ ENODEV, NP_NOTFOUND,
		"the HBA is being removed",
		"wait until it is back" },
	{ ENXIO, NP_NOTFOUND,
		"the HBA is being removed",
		"wait until it is back" },
	{ EACCES, NP_DENIED,
		"not allowed to write vport_create",
		"run the lane as root" },
	{ EPERM, NP_DENIED,
		"not allowed to write vport_create",
		"run the lane as root" },
	{ EROFS, NP_DENIED,
		"sysfs is mounted read-only",
		"mount /sys read-write, also in a container" },
	{ ENOMEM, NP_NOMEM,
		"the kernel is out of memory",
		"free memory on this host" },
	{ EBUSY, NP_BUSY,
		"the driver is busy with this port",
		"try again later" },
	{ EAGAIN, NP_BUSY,
		"the driver is busy with this port",
		"try again later" },
	{ EINTR, NP_IO,
		"the driver gave up in the middle",
		"look at dmesg before trying again" },
	{ ETIMEDOUT, NP_IO,
		"the firmware did not answer in time",
		"look at dmesg; the HBA may need a reset" },
	{ EIO, NP_IO,
		"the driver failed",
		"look at dmesg" },
	{ FC_SHORT_COUNT, NP_IO,
		"the driver took only a part of the write, which is its way to fail",
		"look at dmesg" },
	{ 0 },
};

static const struct fc_outcome delete_generic[] = {
	{ ENODEV, NP_NOTFOUND,
		"no vport has exactly this WWPN and WWNN, or it is being made or removed at this moment",
		"look again" },
	{ ENOENT, NP_UNSUPPORTED,
		"the driver has no vport_delete",
		"remove the vport where it was made" },
	{ EAGAIN, NP_BUSY,
		"still discovering: the driver cannot remove the vport now",
		"try again in half a minute" },
	{ EBUSY, NP_BUSY,
		"the vport is being made or removed already",
		"look again" },
	{ EACCES, NP_DENIED,
		"not allowed to write vport_delete",
		"run the lane as root" },
	{ EPERM, NP_DENIED,
		"not allowed to remove this vport",
		"run the lane as root" },
	{ EROFS, NP_DENIED,
		"sysfs is mounted read-only",
		"mount /sys read-write, also in a container" },
	{ FC_SHORT_COUNT, NP_IO,
		"the driver took only a part of the write, which is its way to fail",
		"look at dmesg" },
	{ 0 },
};

/* lpfc_vport.h: VPORT_ERROR -1, VPORT_INVAL -2, VPORT_NOMEM -3, VPORT_NORESOURCES -4 */
static const struct fc_outcome lpfc_create[] = {
	{ EPERM, NP_IO,
		"lpfc: internal error, reading the service parameters was cut off",
		"look at dmesg" },
	{ ENOENT, NP_CONFLICT,
		"lpfc: NPIV is off, or the HBA is in NVMe target mode, or it has this WWPN already unseen",
		"look at npiv_info of the scsi_host and at dmesg" },
	{ ESRCH, NP_NOMEM,
		"lpfc: out of memory",
		"free memory on this host" },
	{ EINTR, NP_CAPACITY,
		"lpfc: out of resources (no VPI, board number or SCSI host, or a mailbox command failed)",
		"compare used_vpi with max_vpi of the scsi_host; do not repeat at once" },
	{ 0 },
};

static const struct fc_outcome lpfc_delete[] = {
	{ EPERM, NP_DENIED,
		"lpfc: the vport is static, made from the HBA's flash memory",
		"remove it with the HBA's own tool" },
	{ 0 },
};

/* qla_attr.c qla24xx_vport_create, qla_mid.c qla24xx_vport_create_req_sanity_check */
static const struct fc_outcome qla_create[] = {
	{ ENOSYS, NP_UNSUPPORTED,
		"qla2xxx: the firmware has no NPIV",
		"update the HBA's firmware" },
	{ EOPNOTSUPP, NP_LINK,
		"qla2xxx: the switch port has no NPIV, or there is no fabric login yet",
		"switch NPIV on at the switch port, or wait for the login" },
	{ ENOTUNIQ, NP_EXISTS,
		"qla2xxx: the WWPN is that of the HBA or of another vport on it",
		"choose another WWPN" },
	{ FC_SHORT_COUNT, NP_IO,
		"qla2xxx: making the vport's SCSI host failed",
		"look at dmesg" },
	{ 0 },
};

/* bfad_attr.c bfad_im_vport_create */
static const struct fc_outcome bfa_create[] = {
	{ ENOTUNIQ, NP_EXISTS,
		"bfa: the WWPN is in use on this HBA",
		"choose another WWPN" },
	{ EOPNOTSUPP, NP_CAPACITY,
		"bfa: the maximum number of vports is reached",
		"use another HBA or remove a vport" },
	{ FC_SHORT_COUNT, NP_IO,
		"bfa: making the vport failed",
		"look at dmesg" },
	{ 0 },
};

/*
 * fcoe.c fcoe_vport_create; bnx2fc_fcoe.c bnx2fc_vport_create: the names are checked before, so EINVAL is
 * this.
 */
static const struct fc_outcome libfc_create[] = {
	{ EINVAL, NP_EXISTS,
		"the WWPN is that of the HBA or of another vport on it",
		"choose another WWPN" },
	{ EIO, NP_IO,
		"the FCoE driver could not make the port",
		"look at dmesg" },
	{ 0 },
};

/* qedf_main.c qedf_vport_create */
static const struct fc_outcome qedf_create[] = {
	{ EINVAL, NP_EXISTS,
		"the WWPN is that of the HBA or of another vport on it",
		"choose another WWPN" },
	{ EIO, NP_LINK,
		"qedf: the link is down",
		"check the cable and the switch port" },
	{ 0 },
};

/* csio_attr.c csio_vport_create: EPERM for everything */
static const struct fc_outcome csio_create[] = {
	{ EPERM, NP_IO,
		"csiostor: the firmware refused the vport and does not say why",
		"look at dmesg" },
	{ 0 },
};

#define BOTH (FC_IN_BAND_NAMES | FC_IN_BAND_ZONES)
/*
 * TEMPLATE for a driver:
 *	{ "proc_name of its scsi_host", can_create, observe_only, symbolic_name, vports_max, qualified, in_band,
 *		create outcomes or NULL, delete outcomes or NULL },
 * Give outcomes only for answers that mean something else than in the generic rows, with the function of
 * the driver that they were read in. in_band, likewise: lpfc_bsg_request knows no FC_BSG_HST_CT, qla2x00_process_ct
 * takes service types 0xfc and 0xfa, libfc's fc_lport_bsg_request takes FFFFFC and whatever it is logged in to;
 * csiostor and efct have no bsg.
 */
static const struct fc_quirk quirks[] = {
	{ "lpfc",     true,  false, true,  255, 255, 0,     lpfc_create,  lpfc_delete },
	/* Kernels without the cap of 127 lose vports above 128: VP_CTRL has a bitmap of 128. */
	{ "qla2xxx",  true,  false, false, 63,  127, BOTH,  qla_create,   NULL        },
	{ "bfa",      true,  false, true,  190, 255, BOTH,  bfa_create,   NULL        },
	{ "fcoe",     true,  false, true,  0,   0,   BOTH,  libfc_create, NULL        },
	{ "bnx2fc",   true,  false, false, 0,   0,   BOTH,  libfc_create, NULL        },
	{ "qedf",     true,  false, false, 64,  64,  BOTH,  qedf_create,  NULL        },
	{ "csiostor", true,  false, false, 0,   0,   0,     csio_create,  NULL        },
	{ "efct",     true,  false, false, 128, 128, 0,     NULL,         NULL        },
	{ "fnic",     false, false, false, 0,   0,   BOTH,  NULL,         NULL        },
	{ "zfcp",     false, true,  false, 0,   0,   BOTH,  NULL,         NULL        },
	{ "ibmvfc",   false, true,  false, 0,   0,   BOTH,  NULL,         NULL        },
	{ NULL,       true,  false, false, 0,   0,   BOTH,  NULL,         NULL        },
};
#undef BOTH
/* clang-format on */

const struct fc_quirk *fc_hba_quirk(const char *driver)
{
	const struct fc_quirk *row = quirks;

	while (row->driver && strcmp(row->driver, driver) != 0)
		row++;
	return row;
}

bool fc_hba_is_online(const char *port_state)
{
	return port_state[0] == '\0' || strcmp(port_state, "Online") == 0 ||
	       strcmp(port_state, "Unknown") == 0;
}

int64_t fc_hba_vport_limit(const char *driver, int64_t vports_max)
{
	const struct fc_quirk *quirk = fc_hba_quirk(driver);

	return quirk->qualified && quirk->qualified < vports_max ? quirk->qualified : vports_max;
}

static int refuse(struct np_err *err, enum np_code code, const char *hint,
	const struct fc_create_state *state, const char *cause)
{
	char hba[NP_WWN_TEXT], wwpn[NP_WWN_TEXT];
	int rc = np_fail(err, code, "vport %s on HBA %s (%s): %s", np_wwn_text(state->wwpn, wwpn),
		np_wwn_text(state->hba, hba), state->host, cause);

	return np_hint(err, rc, "%s", hint);
}

int fc_hba_check_create(const char *driver, const struct fc_create_state *state, struct np_err *err)
{
	const struct fc_quirk *quirk = fc_hba_quirk(driver);
	char cause[160];

	if (quirk->observe_only) {
		(void)snprintf(
			cause, sizeof cause, "%s ports are made outside this system", driver);
		return refuse(err, NP_UNSUPPORTED,
			"make the port in the machine's partition or I/O server; it is shown here then",
			state, cause);
	}
	if (!quirk->can_create) {
		(void)snprintf(cause, sizeof cause, "the driver %s cannot make vports", driver);
		return refuse(err, NP_UNSUPPORTED, "use an HBA and driver with NPIV", state, cause);
	}
	if (state->vports_max == 0)
		return refuse(err, NP_UNSUPPORTED,
			"switch NPIV on in the driver (lpfc: lpfc_enable_npiv=1) or the firmware",
			state, "the driver allows no vports");
	if (state->wwpn == state->hba)
		return refuse(err, NP_EXISTS, "choose another WWPN", state,
			"the WWPN is that of the HBA itself");
	if (!fc_hba_is_online(state->port_state)) {
		(void)snprintf(cause, sizeof cause, "the HBA's port is '%s'", state->port_state);
		return refuse(err, NP_LINK, "check the cable and the switch port", state, cause);
	}
	if (state->vports_max > 0 && state->vports_in_use >= state->vports_max) {
		(void)snprintf(cause, sizeof cause, "%lld of %lld vports are in use",
			(long long)state->vports_in_use, (long long)state->vports_max);
		return refuse(err, NP_CAPACITY, "use another HBA or remove a vport", state, cause);
	}
	return 0;
}

static const struct fc_outcome *find_outcome(const struct fc_outcome *rows, int sys)
{
	while (rows && rows->sys && rows->sys != sys)
		rows++;
	return rows && rows->sys ? rows : NULL;
}

static int explain(const struct fc_outcome *own, const struct fc_outcome *generic, int sys,
	const struct fc_create_state *state, struct np_err *err)
{
	const struct fc_outcome *row = find_outcome(own, sys);
	char cause[400];
	int rc;

	if (!row)
		row = find_outcome(generic, sys);
	if (!row)
		row = find_outcome(create_generic, EIO);
	/* The name of the errno is for the reader of dmesg; strerror would tell the wrong story. */
	(void)snprintf(cause, sizeof cause, "%s (%s)", row->cause,
		sys == FC_SHORT_COUNT  ? "short count"
		: strerrorname_np(sys) ? strerrorname_np(sys)
				       : "unknown errno");
	rc = refuse(err, row->code, row->hint, state, cause);
	if (err && sys > 0)
		err->sys = sys;
	return rc;
}

int fc_hba_explain_create(
	const char *driver, int sys, const struct fc_create_state *state, struct np_err *err)
{
	/* The HBA may have changed since it was looked at: what can be seen goes before what must
	 * be guessed. */
	int rc = sys == EACCES || sys == EROFS ? 0 : fc_hba_check_create(driver, state, err);

	if (rc < 0)
		return rc;
	return explain(fc_hba_quirk(driver)->create, create_generic, sys, state, err);
}

int fc_hba_explain_delete(
	const char *driver, int sys, const struct fc_create_state *state, struct np_err *err)
{
	return explain(fc_hba_quirk(driver)->delete, delete_generic, sys, state, err);
}
