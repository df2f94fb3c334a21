/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What differs between HBA drivers, as rows: what they can do, how many vports, and what their
 * answers to vport_create and vport_delete mean (the errnos are not errnos for most of them: lpfc's
 * EINTR is "out of resources"). Pure; sources of the facts: the kernel's drivers, per row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct fc_outcome {
	int sys; /* errno, or FC_SHORT_COUNT */
	enum np_code code;
	const char *cause; /* follows "host1: " */
	const char *hint;
};

#define FC_SHORT_COUNT -1 /* write(2) took a part: the driver answered a positive error */

/* What the driver passes on from /dev/bsg/fc_hostN (FC_BSG_HST_CT). */
enum fc_in_band {
	FC_IN_BAND_NAMES = 1 << 0, /* to the name server, FFFFFC */
	FC_IN_BAND_ZONES = 1 << 1, /* to the zone server, FFFFFA */
};

struct fc_quirk {
	const char *driver; /* proc_name of the scsi_host; NULL ends the table and is the unknown
			       driver */
	bool can_create;    /* the driver has vport_create */
	bool observe_only;  /* its ports are made elsewhere (machine partition, I/O server) */
	bool symbolic_name; /* fc_vports/X/symbolic_name is writable */
	int64_t vports_max; /* when the kernel shows no max_npiv_vports */
	int64_t qualified;  /* how many of them are known to work; 0: as many as the kernel says */
	unsigned in_band;   /* enum fc_in_band */
	const struct fc_outcome *create; /* ended by sys 0; NULL: the generic rows only */
	const struct fc_outcome *delete;
};

/* What the HBA looked like when a write was refused. */
struct fc_create_state {
	const char *host;	/* "host1" */
	const char *port_state; /* "" when not known */
	uint64_t hba, wwpn;
	int64_t vports_in_use, vports_max;
};

/* The row of a driver; the last one, with driver NULL, for one that is not known. */
const struct fc_quirk *fc_hba_quirk(const char *driver);

/* Is this port_state one in which a fabric login can be tried? */
bool fc_hba_is_online(const char *port_state);

/* How many vports may be made: the kernel's maximum, cut to what is qualified for the driver. */
int64_t fc_hba_vport_limit(const char *driver, int64_t vports_max);

/*
 * May a vport be made now? The drivers answer the same errno for different causes, so causes that
 * can be seen are told here, before the write. 0 or a negative code and what to do.
 */
int fc_hba_check_create(
	const char *driver, const struct fc_create_state *state, struct np_err *err);

/* A refused vport_create or vport_delete (@sys an errno or FC_SHORT_COUNT) in words; returns -code.
 */
int fc_hba_explain_create(
	const char *driver, int sys, const struct fc_create_state *state, struct np_err *err);
int fc_hba_explain_delete(
	const char *driver, int sys, const struct fc_create_state *state, struct np_err *err);
