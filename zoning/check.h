/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold before the first change is sent: no name is taken, there is room, and the fabric never
 * opens. Pure.
 */
#pragma once

#include "zoning/model.h"

struct zone_check {
	const json_t *plan;	 /* the whole */
	const json_t *changes;	 /* of it that are still to be made */
	const json_t *snapshot;	 /* as it is */
	const json_t *defined;	 /* as it will be: zone_plan_predict */
	const json_t *effective; /* as it will be */
};

/*
 * -NP_CONFLICT: what is not of the plan would go out of force or lose what it is written with, which may have become so
 * since the plan was made (the way back, and what goes on after a crash, are not bound to its checksum).
 * -NP_EXISTS: a new name differs in case alone from one that is there (or from another new one). -NP_CAPACITY: bytes, zones or
 * members over what the switch takes. -NP_CONFLICT: activation would begin or end, or the last zone would go, while the
 * default zone is not known to be no-access.
 */
int zone_check(const struct zone_check *check, struct np_err *err);
