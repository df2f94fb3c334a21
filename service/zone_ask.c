/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that only ask the switches, and keep what they say with the operation. */
#include <string.h>

#include "service/plans.h"
#include "service/switches.h"
#include "service/want.h"
#include "service/zone_step.h"

static int finish_with(struct svc_op *op, const json_t *result, struct np_err *err)
{
	return db_exec(op->svc->db, err, "UPDATE operations SET result = ? WHERE id = ?", "ji",
		result, op->id);
}

static void plan_made(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	struct np_err why = err ? *err : (struct np_err){ 0 };
	np_auto(np_json_decref) json_t *result = NULL;
	np_auto(np_json_decref) json_t *before = NULL;
	int64_t id = 0;

	if (rc == 0)
		rc = svc_zone_record_plan(op, answer, &id, &why);
	if (rc == 0 && svc_op_result(op, &before) == 0) {
		result = before ? json_deep_copy(before) : json_pack("{s:[]}", "plans");
		(void)json_array_append_new(json_object_get(result, "plans"), json_integer(id));
		rc = finish_with(op, result, &why);
	}
	svc_step_end(op, rc, &why);
}

/* The names of all that a plan of this fabric has ever made. */
static int ever_made(struct svc *svc, const char *fabric, json_t **ret_made, struct np_err *err)
{
	static const struct {
		const char *object, *list;
	} rows[] = { { "alias", "aliases" }, { "zone", "zones" }, { "zoneset", "zonesets" } };
	np_auto(np_json_decref) json_t *found = NULL;
	np_auto(np_json_decref) json_t *made =
		json_pack("{s:[], s:[], s:[]}", "aliases", "zones", "zonesets");
	int rc = db_list(svc->db, &found, err,
		"SELECT DISTINCT json_extract(change.value, '$.object') AS object, json_extract(change.value, '$.name') AS name"
		" FROM plans, json_each(plans.plan, '$.changes') AS change WHERE fabric = ? AND state NOT IN ('new', 'stale', 'waiting')",
		"t", fabric);

	for (size_t i = 0; rc == 0 && i < json_array_size(found); i++) {
		const json_t *row = json_array_get(found, i);
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
			if (strcmp(rows[r].object, np_json_text(row, "object")) == 0)
				(void)json_array_append(json_object_get(made, rows[r].list),
					json_object_get(row, "name"));
		}
	}
	if (rc == 0)
		*ret_made = np_take(made);
	return rc;
}

/* Back to what the fabric was: a plan from the present to a snapshot, of our own objects alone. */
static int plan_restore(struct svc_op *op, const struct svc_step *step, struct np_err *err)
{
	const char *fabric = np_json_text(step->args, "fabric");
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *owners = NULL;
	np_auto(np_json_decref) json_t *was = NULL;
	int rc = db_get(op->svc->db, &row, err,
		"SELECT value FROM snapshots JOIN snapshot_values USING (sum) WHERE fabric = ? AND id = ?",
		"ti", fabric, np_json_int(step->args, "snapshot"));

	if (rc == 0 && !row)
		rc = np_fail(err, NP_NOTFOUND, "fabric %s has no snapshot %lld", fabric,
			(long long)np_json_int(step->args, "snapshot"));
	if (rc == 0)
		rc = svc_want_all(op->svc, fabric, &desired, err);
	if (rc == 0)
		rc = svc_want_owners(op->svc, fabric, &owners, err);
	if (rc == 0)
		rc = ever_made(op->svc, fabric, &was, err);
	if (rc < 0)
		return rc;
	return svc_zone_send(op,
		json_pack("{s:s, s:o?, s:O, s:O, s:O}", "job", "restore", "to",
			json_loads(np_json_text(row, "value"), 0, NULL), "made",
			json_object_get(desired, "made"), "was_made", was, "owners", owners),
		plan_made, err);
}

int svc_zone_plan_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	if (!svc_step_fabric(op))
		return np_fail(err, NP_CONFLICT,
			"fabric %s has no driver: its zones are only recorded",
			np_json_text(step->args, "fabric"));
	return strcmp(np_json_text(step->args, "mode"), "restore") == 0
		       ? plan_restore(op, step, err)
		       : svc_zone_send_plan(op, plan_made, err);
}

/* What an answer says besides the switch's whole state, which is kept as a snapshot. */
static json_t *without_snapshot(const json_t *answer)
{
	json_t *result = json_copy((json_t *)(uintptr_t)answer);

	(void)json_object_del(result, "snapshot");
	(void)json_object_del(result, "raw");
	return result;
}

static int recognise(struct svc_op *op, const json_t *answer, json_t *result, struct np_err *err)
{
	struct svc_fabric *fabric = svc_step_fabric(op);
	const json_t *snapshot = json_object_get(answer, "snapshot");
	json_t *rows = NULL;
	int rc = svc_recognise(fabric, snapshot ? snapshot : fabric->snapshot,
		np_json_bool(op->steps[op->at].args, "adopt"), &rows, err);

	if (rc == 0)
		(void)json_object_set_new(result, "zones", rows);
	return rc;
}

static void asked(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	const json_t *args = op->steps[op->at].args;
	struct np_err why = err ? *err : (struct np_err){ 0 };
	np_auto(np_json_decref) json_t *result = rc == 0 ? without_snapshot(answer) : NULL;

	if (rc == 0 && np_json_bool(args, "recognise"))
		rc = recognise(op, answer, result, &why);
	if (rc == 0)
		rc = finish_with(op, result, &why);
	/* A switch's text may have megabytes: what came of it is kept, it is not. */
	if (json_object_get(args, "job") &&
		db_exec(op->svc->db, rc == 0 ? &why : NULL,
			"UPDATE steps SET args = json_remove(args, '$.job.text', '$.job.context') WHERE operation = ?",
			"i", op->id) < 0 &&
		rc == 0)
		rc = -NP_IO;
	if (rc == 0 && json_object_get(args, "keep"))
		rc = svc_fabric_keep(svc_step_fabric(op), op->id, np_json_text(args, "keep"), &why);
	svc_step_end(op, rc, &why);
}

int svc_zone_ask_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	if (!svc_step_fabric(op))
		return np_fail(err, NP_CONFLICT,
			"fabric %s has no driver: its zones are only recorded",
			np_json_text(step->args, "fabric"));
	return svc_zone_send(op, json_deep_copy(json_object_get(step->args, "job")), asked, err);
}

int svc_guest_forget_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	return svc_guest_forget(op->svc, np_json_text(step->args, "guest"), op->guest, err);
}
