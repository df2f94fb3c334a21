/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lane of one fabric: jobs as JSON in, values as JSON out. Each job carries "endpoint" (struct zone_endpoint as
 * JSON) and "timeout_ms": the session ends within it. With "assumed": SNAPSHOT the switch is not asked, this is
 * taken for what is there (drivers that are BY_HAND or IN_BAND). Answers with a snapshot have {"snapshot": VALUE, "sum": SHA-256 of its canonical text}; the value is left
 * out when the job's "have" is that sum.
 *
 *   {"job": "read"}                              -> snapshot
 *   {"job": "plan", "desired", "owners"}         -> snapshot, "plan", "impact", "diff"
 *   {"job": "apply", "plan", "inverse", "resume"} -> snapshot, "already"
 *   {"job": "verify", "pairs": [[I, T]...], "wwpns": [..]}  -> {"missing_pairs": [...], "missing_logins": [...]}
 *   {"job": "drift", "desired", "wwpns", "before"}   -> snapshot, "findings"
 *   {"job": "lint", "context", "text", "format"}     -> snapshot (of the switch, or of the text), "findings"
 *   {"job": "import", "text", "format"}              -> snapshot
 *   {"job": "restore", "to": SNAPSHOT, "made": {...}} -> snapshot, "plan", "impact", "diff"
 *   {"job": "script", "plan", "format"}              -> {"text"}
 *
 * No job needs anything but its own members: a lane that died is started again and goes on. A session is
 * opened for a job that needs the switch and closed before its answer.
 */
#pragma once

#include "base/lane.h"
#include "zoning/driver.h"

struct zone_lane_spec {
	const char *fabric;	     /* for the log */
	const char *credentials_dir; /* "": only $CREDENTIALS_DIRECTORY */
	int fd;			     /* NP_LANE_FD */
};

/* An np_lane_handler; @data is the struct zone_lane_spec. */
int zone_lane_handle(void *data, const json_t *job, json_t **ret_answer, struct np_err *err);

/* The whole life of the process. */
int zone_lane_main(const struct zone_lane_spec *spec, struct np_err *err);
