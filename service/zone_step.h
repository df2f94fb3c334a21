/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of operations that change, check or ask the switches; rows of svc_step_kinds name them. */
#pragma once

#include "service/fabric.h"
#include "service/op.h"

/*
 * {"fabric", "mode": "guest" | "nothing" | "all" | "plan", "guest": UUID, "plan": ID}: brings the switches of the fabric to
 * what the records want (mode), or to a plan that was made before. One such step is at work at a time, on whatever fabric.
 */
int svc_zone_change_run(struct svc_op *op, struct svc_step *step, struct np_err *err);
int svc_zone_change_undo(struct svc_op *op, struct svc_step *step, struct np_err *err);

/* {"fabric", "hba", "wwpn", "targets": [WWPN...]}: the vport sees a target, and the switches say that it may and is there. */
int svc_zone_verify_run(struct svc_op *op, struct svc_step *step, struct np_err *err);

/* {"fabric", "mode", "guest", "only"}: a plan and nothing more; its number is the operation's result. */
int svc_zone_plan_run(struct svc_op *op, struct svc_step *step, struct np_err *err);

/* {"fabric", "job": {...}, "keep": TEXT}: asks the fabric's lane; what it answers is the operation's result. */
int svc_zone_ask_run(struct svc_op *op, struct svc_step *step, struct np_err *err);

/* {"guest": UUID}: the guest's record goes, when nothing of it is left on the switches. */
int svc_guest_forget_run(struct svc_op *op, struct svc_step *step, struct np_err *err);

/* The operation is over or gone: the next one may change zones. */
void svc_zone_turn_end(struct svc_op *op);

/* What these steps share: the fabric of the present step (NULL: no driver), and its lane. */
struct svc_fabric *svc_step_fabric(const struct svc_op *op);
bool svc_zone_is_by_hand(const struct svc_fabric *fabric); /* nobody can change it but a person */
int svc_zone_send(
	struct svc_op *op, json_t *job, np_lane_done_fn *done, struct np_err *err); /* takes @job */
int svc_zone_send_plan(struct svc_op *op, np_lane_done_fn *done, struct np_err *err);
/* Writes the plan that was answered, with the guest that each zone is for. */
int svc_zone_record_plan(
	struct svc_op *op, const json_t *answer, int64_t *ret_id, struct np_err *err);
