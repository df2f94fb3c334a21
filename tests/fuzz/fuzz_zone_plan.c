/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any JSON as a snapshot, what is wanted and a plan: normalising twice is normalising once, and whatever plan comes out
 * can be carried out, taken back and told.
 */
#include <assert.h>

#include "base/json.h"
#include "zoning/compile.h"
#include "zoning/judge.h"
#include "zoning/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A plan that somebody kept for us may be anything. */
static void try_any_plan(const json_t *plan, const json_t *snapshot)
{
	const json_t *db = json_object_get(snapshot, "defined");
	np_auto(np_json_decref) json_t *defined = NULL;
	np_auto(np_json_decref) json_t *effective = NULL;
	struct np_err err;
	char text[256];

	json_decref(zone_plan_rest(plan, snapshot));
	json_decref(zone_plan_inverse(plan));
	free(zone_plan_diff(plan));
	(void)zone_plan_progress(plan, snapshot, &err);
	(void)zone_plan_covers(plan, db, json_object_get(snapshot, "pending"));
	if (zone_plan_predict(plan, snapshot, &defined, &effective, &err) == 0)
		zone_db_difference(defined, db, text);
}

static void judge(const json_t *plan, const json_t *desired, const json_t *snapshot)
{
	np_auto(np_json_decref) json_t *impact = NULL;
	np_auto(np_json_decref) json_t *findings = NULL;
	const json_t *owners = json_object_get(desired, "owners");
	struct np_err err;

	(void)zone_impact(plan, snapshot, owners, &impact, &err);
	(void)zone_drift(desired, snapshot, snapshot, owners, &findings, &err);
}

static json_t *carried_out(const json_t *plan, const json_t *snapshot)
{
	json_t *after = json_copy((json_t *)(uintptr_t)snapshot);
	json_t *defined = NULL, *effective = NULL;
	struct np_err err;

	int rc = zone_plan_predict(plan, snapshot, &defined, &effective, &err);
	assert(rc == 0);
	(void)json_object_set_new(after, "defined", defined);
	(void)json_object_set_new(after, "effective", effective);
	return after;
}

static void try_plan(const json_t *desired, const json_t *snapshot)
{
	np_auto(np_json_decref) json_t *plan = NULL;
	struct np_err err;

	if (zone_plan("A", desired, snapshot, &plan, &err) < 0)
		return;
	np_auto(np_json_decref) json_t *after = carried_out(plan, snapshot);
	np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(plan);
	np_auto(np_json_decref) json_t *back = carried_out(inverse, after);

	assert(zone_plan_progress(plan, after, &err) == ZONE_AS_AFTER);
	assert(json_equal(json_object_get(back, "defined"), json_object_get(snapshot, "defined")));
	assert(zone_plan_covers(
		plan, json_object_get(snapshot, "defined"), json_object_get(after, "defined")));
	judge(plan, desired, snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *json = NULL;
	np_auto(np_json_decref) json_t *compiled = NULL;
	struct np_err err = { 0 };

	if (np_json_parse((const char *)data, size, &json, &err) < 0)
		return 0;
	json_t *snapshot = json_object_get(json, "snapshot");
	const json_t *desired = json_object_get(json, "desired");
	const json_t *request = json_object_get(json, "request");
	if (zone_snapshot_normalise(snapshot, &err) < 0)
		return 0;
	np_auto(np_json_decref) json_t *again = json_deep_copy(snapshot);
	int rc = zone_snapshot_normalise(again, &err);
	assert(rc == 0);
	assert(json_equal(again, snapshot));
	try_any_plan(json_object_get(json, "plan"), snapshot);
	try_plan(desired, snapshot);
	(void)zone_compile(request, &compiled, &err);
	return 0;
}
