/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans in the record: made, being applied, applied, taken back. The row is the journal of a change of zones: it is
 * durable before the switch is touched, and holds what there was before.
 *
 *   new -> applying -> applied | failed; applying | applied | failed -> undone; new -> stale | waiting (for a person) -> applied
 */
#pragma once

#include "service/fabric.h"
#include "service/op.h"

/* The newest plan of this step that is not stale; *ret_row is NULL when there is none. */
int svc_plan_of_step(struct svc_op *op, json_t **ret_row, struct np_err *err);

/* Writes the plan that a lane has answered; with the snapshot that it was made from. */
int svc_plan_insert(struct svc_op *op, struct svc_fabric *fabric, const json_t *answer,
	const json_t *owners, int64_t *ret_id, struct np_err *err);

/*
 * Moves the plan and what we have made with it: "applying" plans the new objects as ours, "applied" makes
 * them so, "undone" and "stale" give them up.
 */
int svc_plan_move(struct svc *svc, const json_t *row, const char *state, const struct np_err *why,
	struct np_err *err);

/* Would the fabric's policy have it? -NP_CONFLICT says what others would lose. */
int svc_plan_admit(struct svc *svc, const json_t *row, struct np_err *err);

/* Are all zones of @desired recorded as made, just so? */
bool svc_plan_is_made(struct svc *svc, const char *fabric, const json_t *desired);

/* What waits for a person on this fabric for this guest: a newer plan takes its place / it was seen to be done. */
int svc_plans_supersede(struct svc *svc, const json_t *row, struct np_err *err);
int svc_plans_confirm(struct svc_op *op, const char *fabric, struct np_err *err);

/* The result that the operation has so far; NULL: none. */
int svc_op_result(struct svc_op *op, json_t **ret_result);
