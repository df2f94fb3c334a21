/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/finish.h"

#include <string.h>

#include "service/hosts.h"
#include "service/zone_step.h"

static int set_desired(
	struct svc *svc, const char *guest_id, const char *desired, struct np_err *err)
{
	return db_exec(svc->db, err,
		"UPDATE guests SET desired = ?, generation = generation + 1 WHERE id = ?", "tt",
		desired, guest_id);
}

static int unbind(struct svc *svc, const char *guest_id, struct np_err *err)
{
	return db_exec(svc->db, err,
		"UPDATE vhbas SET hba = NULL, generation = generation + 1 WHERE guest = ?", "t",
		guest_id);
}

static const char *object_key(const struct svc_op *op)
{
	const char *slash = strchr(op->object, '/');

	return slash ? slash + 1 : op->object;
}

/* The other half of an incoming migration's flip: the pair goes back to the set that the source uses. */
static int unflip(struct svc *svc, const char *guest_id, struct np_err *err)
{
	int rc = db_exec(svc->db, err,
		"UPDATE vhbas SET active = 1 - active WHERE guest = ?1 AND (SELECT incoming FROM guests WHERE id = ?1)",
		"t", guest_id);

	if (rc == 0)
		rc = db_exec(
			svc->db, err, "UPDATE guests SET incoming = 0 WHERE id = ?", "t", guest_id);
	return rc;
}

static int start_failed(struct svc_op *op, struct np_err *err)
{
	const char *id = object_key(op);
	int rc = set_desired(op->svc, id, "absent", err);

	if (rc == 0)
		rc = unbind(op->svc, id, err);
	return rc == 0 ? unflip(op->svc, id, err) : rc;
}

static int stop_done(struct svc_op *op, struct np_err *err)
{
	const char *id = object_key(op);
	int rc = unbind(op->svc, id, err);

	return rc == 0 && np_json_bool(op->request, "migration_failed") ? unflip(op->svc, id, err)
									: rc;
}

/* One row per kind of operation: what its end does to the record, and the words for the log. */
static const struct {
	const char *kind;
	int (*done)(struct svc_op *op, struct np_err *err);
	int (*failed)(struct svc_op *op, struct np_err *err);
	const char *past;
} ends[] = {
	{ "guest_start", NULL, start_failed, "started" },
	{ "guest_stop", stop_done, NULL, "stopped" },
	{ "vport_restore", NULL, NULL, "has its ports again" },
	{ "guest_delete", NULL, NULL, "deleted with its zones" },
	{ "plan", NULL, NULL, "planned" },
	{ "plan_apply", NULL, NULL, "has its zones changed" },
	{ "vport_remove", NULL, NULL, "has one stale port less" },
};

/* Somebody has asked for something else meanwhile: that decides, not this end. */
static bool is_overtaken(const struct svc_op *op)
{
	int64_t newer = 0;

	(void)db_number(op->svc->db, &newer, NULL,
		"SELECT count(*) FROM operations WHERE object = ? AND id > ? AND ended IS NULL",
		"ti", op->object, op->id);
	return newer > 0;
}

static void settle(struct svc_op *op)
{
	bool overtaken = is_overtaken(op);
	struct np_err err = { 0 };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		int (*effect)(struct svc_op *, struct np_err *) =
			op->state == SVC_OP_DONE     ? ends[i].done
			: op->state == SVC_OP_FAILED ? ends[i].failed
						     : NULL;

		if (strcmp(ends[i].kind, op->kind) != 0)
			continue;
		if (effect && !overtaken && effect(op, &err) < 0)
			np_log(LOG_ERR, "operation %lld: %s", (long long)op->id, err.msg);
		if (op->state == SVC_OP_DONE)
			svc_event(op->svc, op->kind, "info", op->object, op->guest, "'%s' %s",
				op->guest, ends[i].past);
	}
}

void svc_finish(struct svc_op *op)
{
	settle(op);
	if (op->state != SVC_OP_DONE) {
		svc_event(op->svc, op->kind, op->state == SVC_OP_STUCK ? "error" : "warning",
			op->object, op->guest, "%s %s: %s", op->kind, svc_op_state_names[op->state],
			op->error.msg);
	}
	svc_reconcile_soon(op->svc);
}

void svc_finish_forget(struct svc_op *op)
{
	svc_forget(op->svc, op);
	if (op->svc->fabrics) {
		svc_zone_turn_end(op);
		svc_fabrics_drop_jobs(op->svc, op);
	}
	if (op->svc->hosts)
		svc_hba_drop_jobs(op->svc, op);
}
