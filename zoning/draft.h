/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan while it is made (plan.c): what is wanted is in draft_wanted.c, what is wanted no more in draft_absent.c. Pure. */
#pragma once

#include "zoning/change.h"
#include "zoning/list.h"
#include "zoning/model.h"

/* What one plan is made from, and what comes of it. */
struct zone_draft {
	const char *fabric;
	const struct zone_rules *rules; /* NULL: of no vendor that is known */
	/* Borrowed. */
	const json_t *desired, *snapshot, *db, *zones, *aliases, *effective, *in_force;
	const char *active;  /* the zoneset in force, "" when none is */
	const char *zoneset; /* where our zones go, "" when there is none */
	const json_t *list;  /* its zones; NULL when it is not defined */
	const json_t *wanted_zones, *wanted_aliases;
	/* Owned. */
	json_t *aliases_then; /* what aliases stand for when the plan is done */
	json_t *changes, *reused, *kept;
	json_t *made_zones, *made_aliases, *made_zonesets; /* sets */
	json_t *absent;	 /* set: zones that we made and that are wanted no more */
	json_t *gone;	 /* set: those of them that are defined and can go */
	json_t *joining; /* set: zones that are put into the zoneset */
	const json_t *
		brings; /* zones that come into force with the zoneset, where none was; NULL: none */
	json_t *stale; /* set: zones of ours that are in force otherwise than they will be defined, unchanged themselves */
	bool activate; /* what will be defined has to be put in force */
	struct np_err *err;
};

bool zone_draft_is_closed(const struct zone_draft *draft);

/* @zoneset: of a "member" or "activation", else NULL. */
int zone_draft_add(struct zone_draft *draft, const char *object, const char *name,
	const char *zoneset, const json_t *before, const json_t *after);
int zone_draft_keep(
	struct zone_draft *draft, const char *object, const char *name, const char *reason);

/* What is wanted: changes of aliases and zones, and who is joining. */
int zone_draft_wanted(struct zone_draft *draft);
/* Takes out of "gone" what has to stay, so that no zoneset of others becomes empty and the fabric does not open. */
int zone_draft_spare(struct zone_draft *draft);
/* Changes for what is gone, and the end of our zonesets that become empty. */
int zone_draft_absent_zones(struct zone_draft *draft);
int zone_draft_absent_aliases(struct zone_draft *draft);
