/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* {"snapshot", "desired"} of any content: whatever passes the check of its form can be planned, and taken back. */
#include <stdint.h>
#include <stdlib.h>

#include "zoning/judge.h"
#include "zoning/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan(const json_t *desired, const json_t *snapshot)
{
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *inverse = NULL;
	np_auto(np_json_decref) json_t *rest = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;
	np_auto(np_json_decref) json_t *findings = NULL;
	np_auto(np_json_decref) json_t *nobody = json_object();
	np_auto(np_free) char *diff = NULL;
	struct np_err err = { 0 };

	(void)zone_drift(desired, snapshot, snapshot, nobody, &findings, &err);
	if (zone_plan("A", desired, snapshot, &plan, &err) < 0)
		return;
	if (zone_plan_progress(plan, snapshot, &err) == ZONE_OTHERWISE)
		abort(); /* it was made from this very snapshot */
	inverse = zone_plan_inverse(plan);
	rest = zone_plan_rest(plan, snapshot);
	diff = zone_plan_diff(plan);
	(void)zone_impact(plan, snapshot, nobody, &impact, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *json = NULL;

	if (np_json_parse((const char *)data, size, &json, NULL) < 0)
		return 0;
	json_t *snapshot = json_object_get(json, "snapshot"),
	       *desired = json_object_get(json, "desired");
	if (json_is_object(snapshot) && json_is_object(desired) &&
		zone_snapshot_normalise(snapshot, NULL) == 0 &&
		zone_desired_normalise(desired, NULL) == 0)
		plan(desired, snapshot);
	return 0;
}
