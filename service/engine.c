/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <string.h>

#include "service/fabric.h"
#include "service/finish.h"
#include "service/hosts.h"
#include "service/op.h"

#define TIMEOUT_LOOK_MS                                                                            \
	500 /* how often an operation in TIMEOUT looks whether its lane is free again */
#define UNDO_RETRY_MS 1000

struct svc_engine {
	struct np_list ops; /* loaded, not ended; ordered by id */
	int64_t last_id;    /* the newest one that was loaded */
	bool reloading;
};

static const unsigned char allowed_moves[SVC_OP_STATES] = {
	[SVC_OP_PENDING] = 1 << SVC_OP_RUNNING | 1 << SVC_OP_FAILED,
	[SVC_OP_RUNNING] = 1 << SVC_OP_DONE | 1 << SVC_OP_UNDOING | 1 << SVC_OP_TIMEOUT,
	[SVC_OP_TIMEOUT] = 1 << SVC_OP_DONE | 1 << SVC_OP_UNDOING,
	[SVC_OP_UNDOING] = 1 << SVC_OP_FAILED | 1 << SVC_OP_STUCK,
	[SVC_OP_STUCK] = 1 << SVC_OP_RUNNING,
};

static bool has_ended(enum svc_op_state state)
{
	return state == SVC_OP_DONE || state == SVC_OP_FAILED;
}

static int state_from_name(const char *const *names, int n, const char *name)
{
	for (int state = 0; state < n; state++) {
		if (strcmp(names[state], name) == 0)
			return state;
	}
	return 0;
}

static struct svc_op *op_free(struct svc_op *op)
{
	if (!op)
		return NULL;
	np_list_remove(&op->node);
	svc_finish_forget(op);
	(void)sd_event_source_disable_unref(op->timer);
	for (size_t i = 0; i < op->n_steps; i++)
		json_decref(op->steps[i].args);
	free(op->steps);
	json_decref(op->request);
	free(op);
	return NULL;
}

struct svc_op *svc_op_find(struct svc *svc, int64_t id)
{
	np_list_foreach (op, &svc->engine->ops, struct svc_op, node) {
		if (op->id == id)
			return op;
	}
	return NULL;
}

/* A write of the journal that fails takes the whole turn's commit with it: the engine then reloads. */
static void journal_failed(struct svc_op *op, int rc, const struct np_err *err)
{
	if (rc < 0)
		np_log(LOG_ERR, "operation %lld: journal: %s", (long long)op->id, err->msg);
}

static void journal_step(struct svc_op *op, struct svc_step *step, enum svc_step_state state,
	const struct np_err *why)
{
	np_auto(np_json_decref) json_t *error = why ? np_err_to_json(why) : NULL;
	bool begins = state == SVC_STEP_RUNNING || state == SVC_STEP_UNDOING;
	struct np_err err = { 0 };
	char now[DB_TIME_TEXT];

	step->state = state;
	journal_failed(op,
		db_exec(op->svc->db, &err,
			"UPDATE steps SET state = ?1, error = coalesce(?2, error), lane = ?3,"
			" started = CASE WHEN ?4 THEN coalesce(started, ?5) ELSE started END,"
			" ended = CASE WHEN ?4 THEN NULL ELSE ?5 END WHERE operation = ?6 AND seq = ?7",
			"tjtitii", svc_step_state_names[state], error, step->lane, (int64_t)begins,
			db_time_text(0, now), op->id, (int64_t)(step - op->steps)),
		&err);
}

static void move_to(struct svc_op *op, enum svc_op_state state)
{
	np_auto(np_json_decref) json_t *error = op->error.code ? np_err_to_json(&op->error) : NULL;
	struct np_err err = { 0 };
	char now[DB_TIME_TEXT];

	assert(allowed_moves[op->state] & 1 << state);
	op->state = state;
	op->tries = 0;
	op->armed = false;
	journal_failed(op,
		db_exec(op->svc->db, &err,
			"UPDATE operations SET state = ?1, error = ?2, deadline_ms = ?3, started = coalesce(started, ?4),"
			" ended = CASE WHEN ?5 THEN ?4 ELSE NULL END, cancel = ?6, generation = generation + 1 WHERE id = ?7",
			"tjitiii", svc_op_state_names[state], error, op->deadline_ms,
			db_time_text(0, now), (int64_t)has_ended(state), (int64_t)op->cancel,
			op->id),
		&err);
	if (state == SVC_OP_RUNNING)
		return;
	if (has_ended(state) || state == SVC_OP_STUCK || state == SVC_OP_TIMEOUT) {
		svc_waits_doubt(op->svc, op->id);
		svc_finish(op);
	}
}

static bool is_undoing(const struct svc_op *op)
{
	return op->state == SVC_OP_UNDOING;
}

/* Writes that the present step begins; svc_engine_run does it once that is durable, what only looks is done soon. */
static void arm(struct svc_op *op)
{
	const struct svc_step *step = &op->steps[op->at];

	journal_step(
		op, &op->steps[op->at], is_undoing(op) ? SVC_STEP_UNDOING : SVC_STEP_RUNNING, NULL);
	op->tries = 0;
	op->armed = is_undoing(op) || !step->kind->looks;
	if (!op->armed)
		(void)svc_step_again(op, 0, NULL);
}

static bool needs_undo(const struct svc_step *step)
{
	return step->state != SVC_STEP_PENDING && step->state != SVC_STEP_UNDONE;
}

/* The next step back: steps that never began or have nothing to undo are passed over. */
static void undo_next(struct svc_op *op)
{
	while (op->at > 0) {
		struct svc_step *step = &op->steps[--op->at];

		if (!needs_undo(step))
			continue;
		if (!step->kind->undo) {
			if (step->state == SVC_STEP_RUNNING)
				journal_step(op, step, SVC_STEP_FAILED, NULL);
			continue;
		}
		op->deadline_ms = db_now_ms() + op->svc->set.undo_timeout;
		arm(op);
		return;
	}
	move_to(op, SVC_OP_FAILED);
}

static void begin_undo(struct svc_op *op, const struct np_err *why)
{
	if (op->error.code == NP_OK)
		op->error = *why;
	op->waits_hba = 0;
	move_to(op, SVC_OP_UNDOING);
	op->at = op->at < op->n_steps ? op->at + 1 : op->n_steps;
	undo_next(op);
}

static void run_next(struct svc_op *op)
{
	if (op->cancel) {
		struct np_err err;
		(void)np_fail(&err, NP_FAILED, "%s was cancelled", op->kind);
		begin_undo(op, &err);
	} else if (op->at < op->n_steps)
		arm(op);
	else
		move_to(op, SVC_OP_DONE);
}

/* Is the lane of the present step held by a job that does not come back? */
static bool is_blocked(const struct svc_op *op)
{
	const struct svc_step *step = &op->steps[op->at];

	return step->kind->on_fabric
		       ? svc_fabric_is_blocked(op->svc, np_json_text(step->args, "fabric"))
		       : svc_hba_is_blocked(op->svc, np_json_wwn(step->args, "hba"));
}

static void out_of_time(struct svc_op *op)
{
	struct svc_step *step = &op->steps[op->at];
	struct np_err err;

	(void)np_fail(&err, NP_TIMEOUT, "%s %s did not finish in time%s%s", step->kind->name,
		step->object, op->progress[0] ? ": " : "", op->progress);
	if (op->at_work) {
		op->error = err;
		move_to(op, SVC_OP_TIMEOUT);
	} else {
		journal_step(op, step, SVC_STEP_FAILED, &err);
		begin_undo(op, &err);
	}
}

static void undo_failed(struct svc_op *op, const struct np_err *err)
{
	/* A stuck lane is no reason to call a person: it goes on by itself when the kernel answers. */
	if (db_now_ms() < op->deadline_ms || is_blocked(op)) {
		(void)svc_step_again(op, UNDO_RETRY_MS, NULL);
		return;
	}
	journal_step(op, &op->steps[op->at], SVC_STEP_FAILED, err);
	op->error = *err;
	move_to(op, SVC_OP_STUCK);
}

static void step_finished(struct svc_op *op, int rc, const struct np_err *err)
{
	struct svc_step *step = &op->steps[op->at];

	op->waits_hba = 0;
	op->progress[0] = '\0';
	if (is_undoing(op)) {
		if (rc < 0) {
			undo_failed(op, err);
			return;
		}
		journal_step(op, step, SVC_STEP_UNDONE, NULL);
		undo_next(op);
	} else if (rc < 0) {
		journal_step(op, step, SVC_STEP_FAILED, err);
		begin_undo(op, err);
	} else {
		journal_step(op, step, SVC_STEP_DONE, NULL);
		op->at++;
		run_next(op);
	}
}

static void look(struct svc_op *op)
{
	struct svc_step *step = &op->steps[op->at];
	struct np_err err = { 0 };
	int rc;

	if (op->at_work || op->armed || has_ended(op->state) || op->state == SVC_OP_STUCK ||
		op->state == SVC_OP_PENDING)
		return;
	if (op->state == SVC_OP_RUNNING && op->cancel) {
		(void)np_fail(&err, NP_FAILED, "%s was cancelled", op->kind);
		begin_undo(op, &err);
		return;
	}
	if (op->state == SVC_OP_RUNNING && db_now_ms() >= op->deadline_ms) {
		out_of_time(op);
		return;
	}
	if (op->state == SVC_OP_TIMEOUT) {
		if (is_blocked(op))
			(void)svc_step_again(op, TIMEOUT_LOOK_MS, NULL);
		else
			begin_undo(op, &op->error);
		return;
	}
	rc = is_undoing(op) ? step->kind->undo(op, step, &err) : step->kind->run(op, step, &err);
	if (rc != SVC_WAIT)
		step_finished(op, rc, &err);
}

static int on_timer(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct svc_op *op = data;
	bool late = db_now_ms() >= op->deadline_ms;

	if (op->state == SVC_OP_PENDING && late) {
		(void)np_fail(&op->error, NP_TIMEOUT, "%s waited too long for its turn", op->kind);
		move_to(op, SVC_OP_FAILED);
	} else if (op->state == SVC_OP_RUNNING && op->at_work) {
		if (late)
			out_of_time(op);
		else
			(void)svc_step_again(op, op->deadline_ms - db_now_ms(), NULL);
	} else
		look(op);
	return 0;
}

int svc_step_again(struct svc_op *op, int64_t ms, struct np_err *err)
{
	int64_t left = op->deadline_ms - db_now_ms();
	int rc = op->timer ? 0 : svc_timer_new(op->svc->event, &op->timer, on_timer, op, err);

	if (op->state == SVC_OP_RUNNING && left < ms)
		ms = left > 0 ? left : 0;
	if (rc < 0)
		return rc;
	svc_timer_set(op->timer, ms);
	return SVC_WAIT;
}

void svc_step_end(struct svc_op *op, int rc, const struct np_err *err)
{
	struct np_err none = { 0 };

	op->at_work = false;
	if (op->state == SVC_OP_TIMEOUT ||
		(op->state == SVC_OP_RUNNING && rc == -NP_TIMEOUT && is_blocked(op))) {
		if (op->state == SVC_OP_RUNNING) {
			op->error = *err;
			move_to(op, SVC_OP_TIMEOUT);
		}
		(void)svc_step_again(op, TIMEOUT_LOOK_MS, NULL);
		return;
	}
	step_finished(op, rc, err ? err : &none);
}

/* One operation at a time per object: those of an older id go first. */
static bool is_its_turn(struct svc_engine *engine, const struct svc_op *op)
{
	np_list_foreach (other, &engine->ops, struct svc_op, node) {
		if (other == op)
			return true;
		if (strcmp(other->object, op->object) == 0)
			return false;
	}
	return true;
}

static void start_if_due(struct svc_engine *engine, struct svc_op *op)
{
	struct np_err err;

	if (op->state != SVC_OP_PENDING || !is_its_turn(engine, op))
		return;
	if (op->cancel) {
		(void)np_fail(&op->error, NP_FAILED, "%s was cancelled before it began", op->kind);
		move_to(op, SVC_OP_FAILED);
		return;
	}
	move_to(op, SVC_OP_RUNNING);
	if (db_now_ms() >= op->deadline_ms && op->n_steps > 0) {
		(void)np_fail(&err, NP_TIMEOUT, "%s waited too long for its turn", op->kind);
		begin_undo(op, &err);
		return;
	}
	run_next(op);
}

static int load_steps(struct svc_op *op, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter =
		json_pack("{s:I}", "operation", (json_int_t)op->id);
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_select(op->svc->db, &db_steps, filter, &rows, err);

	if (rc < 0)
		return rc;
	op->n_steps = json_array_size(rows);
	op->steps = calloc(op->n_steps ? op->n_steps : 1, sizeof *op->steps);
	if (!op->steps)
		return np_fail_nomem(err);
	for (size_t i = 0; i < op->n_steps; i++) {
		const json_t *row = json_array_get(rows, i);
		struct svc_step *step = &op->steps[i];
		for (step->kind = svc_step_kinds; step->kind->name; step->kind++) {
			if (strcmp(step->kind->name, np_json_text(row, "name")) == 0)
				break;
		}
		if (!step->kind->name)
			return np_fail(err, NP_IO, "operation %lld: step '%s' is not known",
				(long long)op->id, np_json_text(row, "name"));
		step->args = json_incref(json_object_get(row, "args"));
		step->state = (enum svc_step_state)state_from_name(
			svc_step_state_names, SVC_STEP_STATES, np_json_text(row, "state"));
		(void)snprintf(
			step->object, sizeof step->object, "%s", np_json_text(row, "object"));
	}
	return 0;
}

/* Where an operation stands that an earlier process began: at the first step that is not done yet, or, undoing,
 * at the last one that is not undone yet. */
static void resume(struct svc_op *op)
{
	op->resumed = true;
	while (op->at < op->n_steps && op->steps[op->at].state == SVC_STEP_DONE)
		op->at++;
	if (op->state == SVC_OP_RUNNING)
		run_next(op);
	else if (op->state == SVC_OP_UNDOING) {
		for (op->at = op->n_steps;
			op->at > 0 && op->steps[op->at - 1].state != SVC_STEP_UNDOING;)
			op->at--;
		if (op->at == 0)
			op->at = op->n_steps;
		undo_next(op);
	} else if (op->state == SVC_OP_TIMEOUT) {
		if (op->at == op->n_steps)
			op->at--;
		(void)svc_step_again(op, TIMEOUT_LOOK_MS, NULL);
	}
	np_log(LOG_INFO, "operation %lld (%s %s) goes on in state %s", (long long)op->id, op->kind,
		op->object, svc_op_state_names[op->state]);
}

static int load_one(struct svc *svc, const json_t *row, struct np_err *err)
{
	struct svc_op *op = calloc(1, sizeof *op);

	if (!op)
		return np_fail_nomem(err);
	op->svc = svc;
	op->id = np_json_int(row, "id");
	op->state = (enum svc_op_state)state_from_name(
		svc_op_state_names, SVC_OP_STATES, np_json_text(row, "state"));
	op->cancel = np_json_bool(row, "cancel");
	op->deadline_ms = np_json_int(row, "deadline_ms");
	op->request = json_incref(json_object_get(row, "request"));
	(void)snprintf(op->kind, sizeof op->kind, "%s", np_json_text(row, "kind"));
	(void)snprintf(op->object, sizeof op->object, "%s", np_json_text(row, "object"));
	(void)snprintf(op->guest, sizeof op->guest, "%s", np_json_text(row, "guest"));
	if (json_is_object(json_object_get(row, "error")))
		(void)np_err_from_json(&op->error, json_object_get(row, "error"));
	np_list_append(&svc->engine->ops, &op->node);
	int rc = load_steps(op, err);
	if (rc < 0)
		(void)op_free(op);
	else if (op->state != SVC_OP_PENDING)
		resume(op);
	else
		(void)svc_step_again(op, op->deadline_ms - db_now_ms(), NULL);
	return rc;
}

static int load_new(struct svc *svc, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_list(svc->db, &rows, err,
		"SELECT * FROM operations WHERE ended IS NULL AND id > ? ORDER BY id", "i",
		svc->engine->last_id);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		db_decode(&db_operations, row);
		svc->engine->last_id = np_json_int(row, "id");
		rc = load_one(svc, row, err);
	}
	return rc;
}

void svc_engine_run(struct svc *svc)
{
	struct svc_engine *engine = svc->engine;
	struct np_err err = { 0 };

	if (!engine || svc->stopping || db_is_dirty(svc->db) || !svc_hosts_are_known(svc))
		return;
	/* What is armed now is durable; what is armed below waits for the next commit. */
	np_list_foreach (op, &engine->ops, struct svc_op, node) {
		op->due = op->armed;
		op->armed = false;
	}
	if (load_new(svc, &err) < 0)
		np_log(LOG_ERR, "operations: %s", err.msg);
	np_list_foreach_safe (op, &engine->ops, struct svc_op, node) {
		if (has_ended(op->state)) {
			(void)op_free(op);
			continue;
		}
		start_if_due(engine, op);
		if (op->due) {
			op->due = false;
			look(op);
		}
	}
}

void svc_engine_kick(struct svc *svc, uint64_t hba)
{
	np_list_foreach (op, &svc->engine->ops, struct svc_op, node) {
		if (op->waits_hba != hba && op->waits_hba != SVC_ANY_HBA)
			continue;
		op->has_news = true;
		look(op);
		op->has_news = false;
	}
}

void svc_engine_next_turn(struct svc *svc)
{
	np_list_foreach (op, &svc->engine->ops, struct svc_op, node) {
		if (op->waits_turn) {
			op->waits_turn = false;
			(void)svc_step_again(op, 0, NULL);
			return;
		}
	}
}

void svc_engine_lost(struct svc *svc, uint64_t hba)
{
	np_list_foreach (op, &svc->engine->ops, struct svc_op, node) {
		bool there = op->at < op->n_steps &&
			     np_json_wwn(op->steps[op->at].args, "hba") == hba && hba &&
			     !(op->at_work && op->steps[op->at].kind->on_fabric);

		if (there && op->at_work)
			op->at_work = false;
		if (there)
			look(op);
	}
}

void svc_engine_reload(struct svc *svc)
{
	np_list_foreach_safe (op, &svc->engine->ops, struct svc_op, node)
		(void)op_free(op);
	svc->engine->last_id = 0;
	svc_waits_doubt(svc, 0);
	svc_engine_run(svc);
}

int svc_engine_new(struct svc *svc, struct np_err *err)
{
	svc->engine = calloc(1, sizeof *svc->engine);
	if (!svc->engine)
		return np_fail_nomem(err);
	np_list_init(&svc->engine->ops);
	return 0;
}

void svc_engine_free(struct svc *svc)
{
	if (!svc->engine)
		return;
	np_list_foreach_safe (op, &svc->engine->ops, struct svc_op, node)
		(void)op_free(op);
	free(svc->engine);
	svc->engine = NULL;
}

int svc_op_cancel(struct svc *svc, int64_t id, struct np_err *err)
{
	struct svc_op *op = svc_op_find(svc, id);
	int rc = db_exec(svc->db, err,
		"UPDATE operations SET cancel = 1 WHERE id = ? AND ended IS NULL", "i", id);

	if (rc == 0 && db_changes(svc->db) == 0)
		return np_fail(err, NP_CONFLICT, "operation %lld has ended", (long long)id);
	/* One of this very turn is not loaded yet: it will be with this row. */
	if (rc < 0 || svc->would || !op)
		return rc;
	op->cancel = true;
	return svc_step_again(op, 0, err) < 0 ? -NP_IO : 0;
}

int svc_op_retry(struct svc *svc, int64_t id, struct np_err *err)
{
	struct svc_op *op = svc_op_find(svc, id);

	if (!op || op->state != SVC_OP_STUCK)
		return np_fail(err, NP_CONFLICT, "operation %lld is not stuck", (long long)id);
	if (svc->would)
		return 0;
	op->deadline_ms = db_now_ms() + svc->set.undo_timeout;
	move_to(op, SVC_OP_RUNNING);
	move_to(op, SVC_OP_UNDOING);
	arm(op);
	return 0;
}
