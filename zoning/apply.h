/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walker: what is done with any vendor's switch, in the order that docs/ZONING.md promises. Blocks. */
#pragma once

#include "zoning/driver.h"

/*
 * Everything of the switch as one snapshot, in canonical form. The session is open. Read again when somebody commits in
 * the middle; -NP_BUSY when that does not end.
 */
int zone_read(struct zone_session *session, json_t **ret_snapshot, struct np_err *err);

/* Its STATUS alone: what transaction is open, which checksum it has now. */
int zone_read_status(struct zone_session *session, json_t **ret_status, struct np_err *err);

enum zone_apply_flags {
	ZONE_APPLY_RESUME =
		1 << 0, /* do not insist on the plan's base: look at its objects alone */
};

struct zone_outcome {
	bool already;	  /* all was as wanted; nothing was written */
	json_t *snapshot; /* as it is now, owned; NULL when it could not be read */
	char remark[512]; /* what others changed at the same time, the driver's remark; "" */
};
void zone_outcome_done(struct zone_outcome *outcome);

/*
 * Brings the switch to the plan's "after" and proves it. The session is open and stays so. On failure the switch is as
 * before (or, named in @err, only partly), no transaction of ours is open, and ret_outcome->snapshot tells what is there.
 * -NP_STALE: changed since the plan was made. -NP_BUSY: another's transaction; says whose. -NP_CONFLICT: an
 * object of ours was changed by somebody. -NP_CAPACITY: no room in the zone database.
 *
 * An open transaction is ours, and dropped, when all that is in it belongs to the plan, and either the switch tells our
 * application and user or this is a resumed apply; whatever contradicts that makes it another's.
 *
 * A quarter of the time that the session has left (ZONE_TAIL_MS at most) is kept for the way back.
 */
#define ZONE_TAIL_MS 30000
int zone_apply(struct zone_session *session, const json_t *plan, unsigned flags,
	struct zone_outcome *ret_outcome, struct np_err *err);
