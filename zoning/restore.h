/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stored snapshot as what is desired now. Pure. */
#pragma once

#include "zoning/model.h"

struct zone_restore {
	const json_t *to;   /* the snapshot of then */
	const json_t *now;  /* the snapshot of now */
	const json_t *made; /* {"zones", "aliases", "zonesets": [...]}: all that npivd has made */
	bool all;	    /* what others made, too */
};

/*
 * *ret_desired makes zone_plan find the fewest changes from now to then. Zones count as far as they were in the zoneset that
 * was in force: those of "made" that were there are wanted as they were, those that were not there at all are wanted no
 * more. They go into the zoneset that is in force now, or into that of then when none is.
 */
int zone_restore_desired(
	const struct zone_restore *restore, json_t **ret_desired, struct np_err *err);
