/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From what is wanted and what is there to an ordered, minimal list of changes. Pure, and linear in the size
 * of the fabric. The forms are those of docs/ZONING.md.
 */
#pragma once

#include "zoning/model.h"

/*
 * Only names in desired.made, and new ones, appear in a plan. A wanted name that exists and is not ours is -NP_EXISTS,
 * unless it is the same zone already ("reused"). -NP_CONFLICT: no zoneset to put zones into, the default zone is
 * open where activation would begin, or activating would take a zone from others. -NP_INVAL, -NP_UNSUPPORTED: the
 * switch would not take a wanted zone. An empty list of changes, and no "activate", means that all is as wanted.
 */
int zone_plan(const char *fabric, const json_t *desired, const json_t *snapshot, json_t **ret_plan,
	struct np_err *err);

/* The way back: before and after exchanged, in the right order for it. A new reference. */
json_t *zone_plan_inverse(const json_t *plan);

/*
 * The set of zones that the plan changes or puts in force; others may be in force otherwise than they are defined. A
 * new reference.
 */
json_t *zone_plan_zones(const json_t *plan);

/* How far the switch is with this plan. */
enum zone_progress {
	ZONE_AS_BEFORE, /* nothing of it is there */
	ZONE_PARTLY,	/* each object is as before or as after */
	ZONE_AS_AFTER,	/* all of it, and in force */
	ZONE_OTHERWISE, /* an object is neither: somebody changed it; *err names it */
};
enum zone_progress zone_plan_progress(
	const json_t *plan, const json_t *snapshot, struct np_err *err);

/* Those changes whose objects are not yet as after (as before, or half made), in order; a new reference. */
json_t *zone_plan_rest(const json_t *plan, const json_t *snapshot);

/* The defined database and the effective configuration as they must be after the plan; new references. */
int zone_plan_predict(const json_t *plan, const json_t *snapshot, json_t **ret_defined,
	json_t **ret_effective, struct np_err *err);

/* Is the step from @committed to @pending (databases) a part of what the plan does? Then it is ours. */
bool zone_plan_covers(const json_t *plan, const json_t *committed, const json_t *pending);

/* The first difference of two databases in words ("zone 'x': member 21.. is missing"), or "" when they are equal. */
void zone_db_difference(const json_t *wanted, const json_t *found, char ret_text[static 256]);

/* For people: "+ zone x: ...", "- ...", "~ ..."; the caller's. NULL when out of memory. */
char *zone_plan_diff(const json_t *plan);
