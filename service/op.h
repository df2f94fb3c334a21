/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operations: every change of the world is one, journaled before it touches anything.
 *
 * A use case writes the operation and its steps (svc_op_write) in its own transaction; once that is
 * durable the engine loads it, exactly as it loads the unfinished ones after a crash. One operation runs
 * per object, the others of that object wait in order. A step is written RUNNING and synced, then done.
 *
 * The lanes look before they act ("is this vport there already?"), so doing or undoing a step a second
 * time is harmless: that is how a step whose outcome nobody saw is finished after a crash.
 */
#pragma once

#include "service/core.h"

enum svc_op_state {
	SVC_OP_PENDING,
	SVC_OP_RUNNING,
	SVC_OP_DONE,
	SVC_OP_TIMEOUT, /* past its deadline, something of it is still at work */
	SVC_OP_UNDOING,
	SVC_OP_FAILED,
	SVC_OP_STUCK, /* undoing failed: a person is needed */
	SVC_OP_STATES
};

enum svc_step_state {
	SVC_STEP_PENDING,
	SVC_STEP_RUNNING,
	SVC_STEP_DONE,
	SVC_STEP_UNDOING,
	SVC_STEP_UNDONE,
	SVC_STEP_FAILED,
	SVC_STEP_STATES
};

struct svc_op;

struct svc_step {
	const struct svc_step_kind *kind;
	enum svc_step_state state;
	json_t *args;
	char object[40]; /* for people: a WWPN */
	char lane[40];
};

#define SVC_ANY_HBA UINT64_MAX
#define SVC_WAIT 1 /* of a step function: not yet; svc_step_end or svc_step_again follows */

struct svc_step_kind {
	const char *name;
	/* Both: 0 done, SVC_WAIT, or negative. Called again after svc_step_again. Must be repeatable. */
	int (*run)(struct svc_op *op, struct svc_step *step, struct np_err *err);
	int (*undo)(struct svc_op *op, struct svc_step *step,
		struct np_err *err); /* NULL: nothing to undo */
	bool on_fabric;		     /* its lane is that of args.fabric; else of args.hba */
	bool looks; /* run changes nothing: that it begins need not be durable before */
};

struct svc_op {
	struct np_list node;
	struct svc *svc;
	int64_t id;
	enum svc_op_state state;
	char kind[32], object[64], guest[129];
	json_t *request;
	struct svc_step *steps;
	size_t n_steps, at;
	int64_t deadline_ms; /* wall clock; of the operation, then of the undo step */
	bool cancel;
	bool resumed;	    /* an earlier process began it */
	bool at_work;	    /* a lane has a job of ours */
	bool armed;	    /* the step's row is written; it is done after the commit */
	bool due;	    /* its row is durable: do it in this turn */
	unsigned tries;	    /* polls or repetitions of the present step */
	uint64_t waits_hba; /* the HBA whose news the step waits for, or SVC_ANY_HBA */
	bool waits_turn;    /* another operation changes zones */
	bool has_news;	    /* looked at because of news, not of the timer */
	char progress[256];
	struct np_err error;
	sd_event_source *timer;
};

extern const char *const svc_op_state_names[SVC_OP_STATES];
extern const char *const svc_step_state_names[SVC_STEP_STATES];
extern const struct svc_step_kind svc_step_kinds[]; /* step.c; ended by a row without a name */

struct svc_op_spec {
	const char *kind, *object, *guest, *principal;
	const json_t *request;
	int64_t timeout_ms;
	json_t *steps; /* array of {"name", "object", "args"}; stolen */
};

/* Writes an operation with its steps; in a dry run notes them instead (and *ret_id is 0). */
int svc_op_write(
	struct svc *svc, const struct svc_op_spec *spec, int64_t *ret_id, struct np_err *err);

/* The same as the answer to a request: 202 with the operation, and its Location. */
int svc_op_answer(struct svc *svc, const struct svc_op_spec *spec, struct svc_result *ret_result,
	struct np_err *err);

int svc_engine_new(struct svc *svc, struct np_err *err);
void svc_engine_free(struct svc *svc);

/* After each commit: loads what is new, does what was armed. */
void svc_engine_run(struct svc *svc);

/* After a failed commit or a restore: forgets everything and loads it from the record again. */
void svc_engine_reload(struct svc *svc);

/* News of an HBA: steps that wait for it look again. */
void svc_engine_kick(struct svc *svc, uint64_t hba);

/* The HBA is gone, and the lane with it: what was at work there will not answer. */
void svc_engine_lost(struct svc *svc, uint64_t hba);

/* Zones may be changed again: the operation that has waited longest goes on. */
void svc_engine_next_turn(struct svc *svc);

/* Asks for a look at a port (args "hba", "wwpn") and waits for the news of it, or of any HBA. */
int svc_step_look(
	struct svc_op *op, const json_t *port, uint64_t waits_hba, bool brief, struct np_err *err);

/* From a step: its job ended / look again in @ms. */
void svc_step_end(struct svc_op *op, int rc, const struct np_err *err);
int svc_step_again(struct svc_op *op, int64_t ms, struct np_err *err);

struct svc_op *svc_op_find(struct svc *svc, int64_t id);

/* The operation as the API shows it, from the record and what runs. */
int svc_op_view(struct svc *svc, int64_t id, json_t **ret_view, struct np_err *err);

/* Asks for cancellation / makes a STUCK one go on. */
int svc_op_cancel(struct svc *svc, int64_t id, struct np_err *err);
int svc_op_retry(struct svc *svc, int64_t id, struct np_err *err);
