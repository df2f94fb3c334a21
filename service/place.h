/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Placement: which HBA carries a vHBA. Pure: candidates in, one of them or the reason against each out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct svc_candidate {
	uint64_t wwpn;
	char name[32];	 /* "host1" */
	char fabric[64]; /* label, "" when unknown */
	char card[16];	 /* PCI slot without function; "" when it is on none */
	bool can_create; /* NPIV and a driver that makes vports */
	bool online;
	bool drain;
	bool blocked;	       /* its lane is held */
	int64_t in_use, limit; /* vports there and promised; what may be there */
	int64_t promised;      /* bound to it, but not there yet */
	int64_t logins;	       /* that it has in its switch, with its own */
	int64_t switch_logins; /* that its switch may have of this host; 0: any number */
	const char *limit_why; /* who sets the limit: "the driver", "setting vport_limit", ... */
	unsigned same_hba, same_card; /* vHBAs of this guest that are there already */
};

/*
 * Chooses for @fabric: fewest vHBAs of the guest on the same HBA, then on the same card, then the least
 * used by share of its limit, then the lowest WWPN. @fixed (not 0) admits only that HBA. -NP_CAPACITY
 * names the reason against each candidate.
 */
int svc_place(const struct svc_candidate *candidates, size_t n, const char *fabric, uint64_t fixed,
	const struct svc_candidate **ret_best, struct np_err *err);
