/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/zone_step.h"

#include <string.h>

#include "service/aliases.h"
#include "service/hosts.h"
#include "service/plans.h"
#include "service/want.h"
#include "zoning/list.h"

#define BUSY_AGAIN_MS 2000 /* another's transaction, a switch that does not answer yet */
#define STALE_TRIES 5	   /* plans that somebody's change overtook */

struct svc_fabric *svc_step_fabric(const struct svc_op *op)
{
	return svc_fabric_named(op->svc, np_json_text(op->steps[op->at].args, "fabric"));
}

bool svc_zone_is_by_hand(const struct svc_fabric *fabric)
{
	return fabric->driver->flags & (ZONE_DRIVER_BY_HAND | ZONE_DRIVER_READ_ONLY);
}

/* Two fabrics are never changed at the same moment: a host that loses both has lost its disks. */
static bool take_turn(struct svc_op *op)
{
	svc_each_fabric(other, op->svc)
	{
		/* What a lane that does not come back may still be changing counts, too. */
		if (other != svc_step_fabric(op) && svc_fabric_is_blocked(op->svc, other->name)) {
			(void)snprintf(op->progress, sizeof op->progress,
				"waits until the lane of fabric %s comes back", other->name);
			return false;
		}
	}
	if (!op->svc->zone_turn)
		op->svc->zone_turn = op;
	if (op->svc->zone_turn == op)
		return true;
	op->waits_turn = true;
	(void)snprintf(op->progress, sizeof op->progress,
		"waits until operation %lld has changed its zones",
		(long long)op->svc->zone_turn->id);
	return false;
}

void svc_zone_turn_end(struct svc_op *op)
{
	op->waits_turn = false;
	if (op->svc->zone_turn != op)
		return;
	op->svc->zone_turn = NULL;
	svc_engine_next_turn(op->svc);
}

static void end_step(struct svc_op *op, int rc, const struct np_err *err)
{
	svc_zone_turn_end(op);
	svc_step_end(op, rc, err);
}

static int64_t job_time(const struct svc_op *op)
{
	int64_t left = op->deadline_ms - db_now_ms();

	if (op->state == SVC_OP_UNDOING || left > op->svc->set.switch_timeout)
		left = op->svc->set.switch_timeout;
	return left > 1 ? left : 1;
}

int svc_zone_send(struct svc_op *op, json_t *job, np_lane_done_fn *done, struct np_err *err)
{
	struct svc_fabric *fabric = svc_step_fabric(op);
	struct svc_step *step = &op->steps[op->at];
	int64_t time_ms = job_time(op);

	(void)snprintf(step->lane, sizeof step->lane, "san:%.34s", fabric->name);
	(void)snprintf(op->progress, sizeof op->progress, "%s: %s", step->lane, step->kind->name);
	int rc = svc_fabric_job(fabric, job, time_ms, done, op, err);
	if (rc < 0)
		return rc;
	op->at_work = true;
	return svc_step_again(op, time_ms, err);
}

static void look_again(void *data, int rc, const struct np_err *err np_unused)
{
	if (rc == 0)
		(void)svc_step_again(data, 0, NULL);
}

/* The plan's row was written: the step goes on when it is durable. */
static int after_commit(struct svc_op *op, struct np_err *err)
{
	int rc = svc_flush(op->svc, look_again, op, err);

	return rc < 0 ? rc : SVC_WAIT;
}

static int wanted(struct svc_op *op, json_t **ret_desired, struct np_err *err)
{
	const json_t *args = op->steps[op->at].args;
	const char *mode = np_json_text(args, "mode"), *fabric = np_json_text(args, "fabric");

	if (strcmp(mode, "all") == 0)
		return svc_want_all(op->svc, fabric, ret_desired, err);
	return svc_want_guest(op->svc, np_json_text(args, "guest"), fabric,
		strcmp(mode, "nothing") == 0 ? SVC_WANT_NOTHING : SVC_WANT_GUEST, ret_desired, err);
}

/* In force, but no longer in what would be activated. */
static bool would_vanish(const json_t *snapshot, const char *zone)
{
	const json_t *effective = json_object_get(snapshot, "effective");
	const json_t *zonesets = json_object_get(json_object_get(snapshot, "defined"), "zonesets");
	const json_t *list = json_object_get(zonesets, np_json_text(effective, "zoneset"));

	return json_object_get(json_object_get(effective, "zones"), zone) &&
	       !zone_list_has(list, zone);
}

/* Only what this plan is to be about: one object's drift is taken back, with what its activation would lose of ours. */
static void narrow(json_t *desired, const json_t *snapshot, const char *only)
{
	static const char *const lists[] = { "zones", "aliases" };
	json_t *absent = json_object_get(desired, "absent"), *value;
	const char *name;
	void *safe;

	for (size_t i = 0; *only && i < 2; i++) {
		json_object_foreach_safe (json_object_get(desired, lists[i]), safe, name, value) {
			if (strcmp(name, only) != 0 && (i > 0 || !would_vanish(snapshot, name)))
				(void)json_object_del(json_object_get(desired, lists[i]), name);
		}
		for (size_t j = json_array_size(json_object_get(absent, lists[i])); j-- > 0;) {
			json_t *list = json_object_get(absent, lists[i]);
			if (strcmp(json_string_value(json_array_get(list, j)), only) != 0)
				(void)json_array_remove(list, j);
		}
	}
}

static int plan_job(struct svc_op *op, json_t **ret_job, struct np_err *err)
{
	const json_t *args = op->steps[op->at].args;
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *owners = NULL;
	int rc = wanted(op, &desired, err);

	if (rc == 0)
		rc = svc_want_owners(op->svc, np_json_text(args, "fabric"), &owners, err);
	if (rc < 0)
		return rc;
	narrow(desired, svc_step_fabric(op)->snapshot, np_json_text(args, "only"));
	*ret_job =
		json_pack("{s:s, s:O, s:O}", "job", "plan", "desired", desired, "owners", owners);
	return 0;
}

int svc_zone_send_plan(struct svc_op *op, np_lane_done_fn *done, struct np_err *err)
{
	json_t *job = NULL;
	int rc = plan_job(op, &job, err);

	return rc < 0 ? rc : svc_zone_send(op, job, done, err);
}

/* Whose the zones of a plan are, by the ports in them: for a plan that no wish was compiled for. */
static int owners_by_members(
	struct svc_op *op, const json_t *plan, json_t **ret_owners, struct np_err *err)
{
	const json_t *changes = json_object_get(plan, "changes");
	np_auto(np_json_decref) json_t *wwpns = NULL;
	json_t *owners;
	int rc = svc_want_owners(
		op->svc, np_json_text(op->steps[op->at].args, "fabric"), &wwpns, err);

	if (rc < 0)
		return rc;
	owners = json_object();
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		const json_t *members =
			json_object_get(json_object_get(change, "after"), "members");
		for (size_t m = 0; m < json_array_size(members); m++) {
			json_t *guest = json_object_get(
				wwpns, json_string_value(json_array_get(members, m)));
			if (guest)
				(void)json_object_set(owners, np_json_text(change, "name"), guest);
		}
	}
	*ret_owners = owners;
	return 0;
}

int svc_zone_record_plan(
	struct svc_op *op, const json_t *answer, int64_t *ret_id, struct np_err *err)
{
	bool restore = strcmp(np_json_text(op->steps[op->at].args, "mode"), "restore") == 0;
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *owners = NULL;
	int rc = restore ? owners_by_members(op, json_object_get(answer, "plan"), &owners, err)
			 : wanted(op, &desired, err);

	return rc < 0 ? rc
		      : svc_plan_insert(op, svc_step_fabric(op), answer,
				restore ? owners : json_object_get(desired, "owners"), ret_id, err);
}

/* The switch cannot be asked. A guest whose zones were seen to be there may start all the same: its port shows the truth. */
static int without_switch(struct svc_op *op, int rc, const struct np_err *err)
{
	np_auto(np_json_decref) json_t *desired = NULL;
	const json_t *args = op->steps[op->at].args;
	const char *fabric = np_json_text(args, "fabric");

	if ((rc != -NP_UNREACHABLE && rc != -NP_TIMEOUT && rc != -NP_BUSY && rc != -NP_PEER) ||
		op->state != SVC_OP_RUNNING || op->cancel)
		return rc;
	if (strcmp(np_json_text(args, "mode"), "guest") == 0 && wanted(op, &desired, NULL) == 0 &&
		svc_plan_is_made(op->svc, fabric, desired)) {
		svc_event(op->svc, "zones_unseen", "warning", op->object, op->guest,
			"fabric %s: zones of '%s' were made earlier and are not checked now: %s",
			fabric, op->guest, err->msg);
		return 0;
	}
	if (rc != -NP_UNREACHABLE && rc != -NP_BUSY)
		return rc;
	(void)snprintf(op->progress, sizeof op->progress, "%.250s", err->msg);
	return svc_step_again(op, BUSY_AGAIN_MS, NULL);
}

static void planned(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	struct np_err why = err ? *err : (struct np_err){ 0 };
	int64_t id = 0;

	op->at_work = false;
	if (rc == 0)
		rc = svc_zone_record_plan(op, answer, &id, &why);
	else
		rc = without_switch(op, rc, err);
	if (rc == 0 && id)
		rc = after_commit(op, &why);
	if (rc != SVC_WAIT)
		end_step(op, rc, &why);
	else if (id == 0)
		svc_zone_turn_end(op); /* it waits for the switch: others need not */
}

/* What the switch has now is part of the history, and of it is right what the plan was about. */
static int keep(struct svc_op *op, const json_t *row, const char *reason, struct np_err *err)
{
	struct svc_fabric *fabric = svc_step_fabric(op);
	const json_t *changes = json_object_get(json_object_get(row, "plan"), "changes");
	int rc = fabric ? svc_aliases_changed(fabric, changes, err) : 0;

	return rc == 0 && fabric ? svc_fabric_keep(fabric, op->id, reason, err) : rc;
}

static void tell_remark(const struct svc_op *op, const json_t *answer)
{
	if (*np_json_text(answer, "remark"))
		svc_event(op->svc, "zones_remark", "warning", op->object, op->guest,
			"fabric %s: %s", np_json_text(op->steps[op->at].args, "fabric"),
			np_json_text(answer, "remark"));
}

static void applied(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	bool named = json_object_get(op->steps[op->at].args, "plan");
	np_auto(np_json_decref) json_t *row = NULL;
	struct np_err why = { 0 };

	op->at_work = false;
	if (svc_plan_of_step(op, &row, &why) < 0 || !row) {
		end_step(op, -NP_IO, &why);
		return;
	}
	if (rc == -NP_STALE && !named && op->tries++ < STALE_TRIES &&
		svc_plan_move(op->svc, row, "stale", err, &why) == 0 &&
		after_commit(op, &why) == SVC_WAIT)
		return;
	if (rc == -NP_BUSY && op->state == SVC_OP_RUNNING && !op->cancel) {
		(void)snprintf(op->progress, sizeof op->progress, "%.250s", err->msg);
		svc_zone_turn_end(op);
		if (svc_step_again(op, BUSY_AGAIN_MS, NULL) == SVC_WAIT)
			return;
	}
	const char *end = rc == 0 ? "applied" : rc == -NP_STALE ? "stale" : "failed";
	int moved = svc_plan_move(op->svc, row, end, err, &why);
	if (moved == 0 && rc == 0)
		moved = keep(op, row, "applied", &why);
	tell_remark(op, answer);
	if (rc == 0 && moved == 0)
		svc_event(op->svc, "zones_changed", "info", op->object, op->guest,
			"fabric %s: %lld changes of zones made and verified: npivctl plan show %lld",
			np_json_text(row, "fabric"), (long long)np_json_int(row, "changes"),
			(long long)np_json_int(row, "id"));
	end_step(op, rc < 0 ? rc : moved, rc < 0 ? err : &why);
}

static json_t *apply_job(const struct svc_op *op, const json_t *row, bool inverse)
{
	return json_pack("{s:s, s:O, s:b, s:b}", "job", "apply", "plan",
		json_object_get(row, "plan"), "inverse", inverse, "resume", inverse || op->resumed);
}

static int begin_apply(struct svc_op *op, const json_t *row, struct np_err *err)
{
	const struct svc_fabric *fabric = svc_step_fabric(op);
	/* A guest's force is about disks in use. */
	bool forced = strcmp(op->kind, "plan_apply") == 0 && np_json_bool(op->request, "force");
	int rc = forced ? 0 : svc_plan_admit(op->svc, row, err);

	if (rc < 0)
		return rc;
	if (np_json_int(row, "changes") == 0 &&
		!np_json_bool(json_object_get(row, "plan"), "activate")) {
		svc_zone_turn_end(op);
		return svc_plan_move(op->svc, row, "applied", NULL, err);
	}
	if (!svc_zone_is_by_hand(fabric)) {
		rc = svc_plan_move(op->svc, row, "applying", NULL, err);
		return rc < 0 ? rc : after_commit(op, err);
	}
	svc_zone_turn_end(op);
	rc = svc_plans_supersede(op->svc, row, err);
	if (rc == 0)
		rc = svc_plan_move(op->svc, row, "waiting", NULL, err);
	if (rc == 0)
		svc_event(op->svc, "zones_by_hand", "warning", op->object, op->guest,
			"fabric %s: %lld changes of zones are to be made by hand: npivctl plan show %lld",
			fabric->name, (long long)np_json_int(row, "changes"),
			(long long)np_json_int(row, "id"));
	return rc;
}

static int change_row(struct svc_op *op, const json_t *row, struct np_err *err)
{
	const char *state = np_json_text(row, "state");

	if (strcmp(state, "new") == 0)
		return begin_apply(op, row, err);
	if (strcmp(state, "applying") == 0)
		return svc_zone_send(op, apply_job(op, row, false), applied, err);
	svc_zone_turn_end(op);
	if (strcmp(state, "applied") == 0 || strcmp(state, "waiting") == 0)
		return 0;
	return np_fail(err, NP_CONFLICT, "plan %lld is %s already: make a new one",
		(long long)np_json_int(row, "id"), state);
}

/* Without a lane zones are only recorded, if that is what the record says. */
static int check_only_recorded(const struct svc_op *op, struct np_err *err)
{
	const char *fabric = np_json_text(op->steps[op->at].args, "fabric");
	int64_t driven = 0;
	int rc = db_number(op->svc->db, &driven, err,
		"SELECT count(*) FROM fabrics WHERE name = ? AND driver <> 'none'", "t", fabric);

	return rc == 0 && driven
		       ? np_hint(err,
				 np_fail(err, NP_CONFLICT,
					 "fabric %s: its lane did not start, so its zones stay as they are",
					 fabric),
				 "journalctl -u npivd says why; systemctl restart npivd tries again")
		       : rc;
}

int svc_zone_change_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;

	if (!svc_step_fabric(op)) {
		svc_zone_turn_end(op);
		return check_only_recorded(op, err);
	}
	if (!take_turn(op))
		return svc_step_again(op, BUSY_AGAIN_MS, err);
	int rc = svc_plan_of_step(op, &row, err);
	if (rc == 0 && !row && json_object_get(step->args, "plan"))
		rc = np_fail(err, NP_NOTFOUND, "plan %lld is not there any more",
			(long long)np_json_int(step->args, "plan"));
	if (rc == 0)
		rc = row ? change_row(op, row, err) : svc_zone_send_plan(op, planned, err);
	if (rc < 0)
		svc_zone_turn_end(op);
	return rc;
}

static void undone(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	np_auto(np_json_decref) json_t *row = NULL;
	struct np_err why = err ? *err : (struct np_err){ 0 };

	tell_remark(op, answer);
	if (rc == 0)
		rc = svc_plan_of_step(op, &row, &why);
	if (rc == 0 && row)
		rc = svc_plan_move(
			op->svc, row, "undone", op->error.code ? &op->error : NULL, &why);
	if (rc == 0 && row)
		rc = keep(op, row, "undone", &why);
	end_step(op, rc, &why);
}

int svc_zone_change_undo(struct svc_op *op, struct svc_step *step np_unused, struct np_err *err)
{
	static const char *const touched[] = { "applying", "applied", "failed" };
	struct svc_fabric *fabric = svc_step_fabric(op);
	np_auto(np_json_decref) json_t *row = NULL;
	bool was_touched = false;
	int rc = fabric ? svc_plan_of_step(op, &row, err) : check_only_recorded(op, err);

	for (size_t i = 0; row && i < sizeof touched / sizeof *touched; i++)
		was_touched = was_touched || strcmp(np_json_text(row, "state"), touched[i]) == 0;
	if (rc < 0 || !was_touched || np_json_int(row, "changes") == 0) {
		svc_zone_turn_end(op);
		return rc;
	}
	if (svc_zone_is_by_hand(fabric)) {
		svc_zone_turn_end(op);
		svc_event(op->svc, "zones_by_hand", "warning", op->object, op->guest,
			"fabric %s: the zones of plan %lld stay: only a person can take them back there",
			fabric->name, (long long)np_json_int(row, "id"));
		return 0;
	}
	if (!take_turn(op))
		return svc_step_again(op, BUSY_AGAIN_MS, err);
	rc = svc_zone_send(op, apply_job(op, row, true), undone, err);
	if (rc < 0)
		svc_zone_turn_end(op);
	return rc;
}
