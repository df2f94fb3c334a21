/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lane of one fabric: jobs as JSON in, values as JSON out. Each job carries "endpoint" (struct zone_endpoint as
 * JSON) and "timeout_ms", in which the lane answers; the core's own limit is to be a few seconds longer. Answers with
 * a snapshot have {"snapshot": VALUE, "sum": SHA-256 of its canonical text, "raw": {NAME: TEXT}}, raw texts only where
 * there are any; both values are left out when the job's "have" is that sum.
 *
 *   {"job": "read"}                              -> snapshot
 *   {"job": "plan", "desired", "owners"}         -> snapshot, "plan", "impact", "diff"
 *   {"job": "apply", "plan", "inverse", "resume"} -> snapshot, "already", "remark"
 *   {"job": "verify", "pairs": [[I, T]...], "wwpns": [..]}  -> {"missing_pairs": [...], "missing_logins": [...]}
 *   {"job": "drift", "desired", "wwpns", "before"}   -> snapshot, "findings"
 *   {"job": "lint", "context", "text", "format"}     -> snapshot (of the switch, or of the text), "findings"
 *   {"job": "import", "text", "format"}              -> snapshot
 *   {"job": "restore", "to": SNAPSHOT, "made": {...}, "was_made": {...}, "owners", "all"} -> snapshot, "plan", "impact", "diff"
 *   {"job": "script", "plan", "format"}              -> {"text"}
 *   {"job": "lock"}                                  -> {"held"}
 *
 * "plan", "verify", "drift", "lint" and "restore" take {"snapshot": VALUE} and then look at that instead of the switch:
 * for fabrics that are changed by hand (imported text), and to try things.
 *
 * "apply" with "inverse" takes the plan back, as far as it is there; that is a resumed apply of zone_plan_inverse. "remark"
 * tells what somebody else changed at the same time.
 *
 * "verify": a pair is missing when no effective zone connects it (and the default zone does not), a login when the name
 * server has no such port. It asks once; who waits asks again.
 *
 * "restore" plans the way from the present to a stored snapshot, with the fewest changes: the zones in "made" (which are
 * all that npivd has made) get their members of then, those that were not there go, and so do aliases. What is not in "made" is
 * not looked at, but what is in "was_made" and on the switch no more may come back; with "all" everything in the zoneset of then is. Zones that were in no zoneset then are left as they are.
 *
 * No job needs anything but its own members: a lane that died is started again and goes on. A session is
 * opened for a job that needs the switch and closed before its answer, under a lock of the fabric. Where another lane has
 * that (of an npivd that has gone, or of another driver), every job that needs the switch does nothing but answer
 * {"held": true}; "lock" tells when that is over.
 */
#pragma once

#include "base/lane.h"
#include "zoning/driver.h"

#define ZONE_LANE_TIMEOUT_MS 60000 /* of a job that says none */

struct zone_lane_spec {
	const char *fabric;	     /* for the log */
	const char *credentials_dir; /* "": only $CREDENTIALS_DIRECTORY */
	const char *lock_dir;	     /* locks, and keys of open sessions (0600); NULL: none */
	int fd; /* NP_LANE_FD; where it hangs up, nothing more is begun. -1: none (tests) */
	const struct zone_driver *const *drivers; /* NULL: zone_drivers */
};

/* An np_lane_handler; @data is the struct zone_lane_spec. */
int zone_lane_handle(void *data, const json_t *job, json_t **ret_answer, struct np_err *err);

/* The whole life of the process. */
int zone_lane_main(const struct zone_lane_spec *spec, struct np_err *err);
