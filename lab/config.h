/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the SAN looks like at the start: a JSON file, or two fabrics with one target each, HBAs in turns on
 * them, and eight LUNs that are masked to nobody. lab/README.md describes the file.
 */
#pragma once

#include "lab/model.h"

#define SIM_CONFIG_MAX (4u << 20) /* bytes of the file */

struct sim_setup {
	int hbas;	    /* where the file names none */
	int targets;	    /* per fabric, likewise */
	int luns;	    /* likewise */
	const char *driver; /* of HBAs that name none; NULL: lpfc */
	bool default_mask;
	const char *const *
		switches; /* FABRIC=KIND:PORT[:RELEASE][,NAME=VALUE...], ended by NULL; NULL: none */
};

/* Builds it into an empty @sim; @text (the file) may be NULL. Everybody is logged in afterwards. */
int sim_config_apply(
	struct sim *sim, const struct sim_setup *setup, const char *text, struct np_err *err);
