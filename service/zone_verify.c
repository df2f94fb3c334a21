/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the ports are there: do they see what they are zoned to, and do the switches say so, too? */
#include <string.h>

#include "base/wwn.h"
#include "service/hosts.h"
#include "service/plans.h"
#include "service/zone_step.h"

#define LOGIN_AGAIN_MS 500 /* the name servers of a fabric agree within a second or so */

/* How many of the port's targets it sees. */
static size_t seen_targets(const struct fc_vport *vport, const json_t *targets)
{
	size_t seen = 0;

	for (size_t i = 0; vport && i < json_array_size(targets); i++) {
		uint64_t wwpn = 0;
		(void)np_wwn_parse(json_string_value(json_array_get(targets, i)), &wwpn, NULL);
		for (size_t j = 0; j < vport->n_rports; j++)
			seen += vport->rports[j].wwpn == wwpn &&
				strcmp(vport->rports[j].state, "Online") == 0;
	}
	return seen;
}

static void verified(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	const struct svc_step *step = &op->steps[op->at];
	size_t pairs = json_array_size(json_object_get(answer, "missing_pairs"));
	size_t logins = json_array_size(json_object_get(answer, "missing_logins"));

	op->at_work = false;
	if (rc == 0 && (pairs || logins)) {
		(void)snprintf(op->progress, sizeof op->progress,
			"fabric %s: the switch does not show %s of port %s yet",
			np_json_text(step->args, "fabric"), logins ? "the login" : "all zones",
			step->object);
		if (svc_step_again(op, LOGIN_AGAIN_MS, NULL) == SVC_WAIT)
			return;
	}
	if (rc < 0) {
		/* The port itself sees its targets: a switch that cannot be asked is no reason to stop a guest. */
		svc_event(op->svc, "zones_unseen", "warning", op->object, op->guest,
			"fabric %s: the login of %s is not checked on the switch: %s",
			np_json_text(step->args, "fabric"), step->object, err->msg);
	}
	svc_step_end(op, 0, NULL);
}

static int ask_switch(struct svc_op *op, const struct svc_step *step, struct np_err *err)
{
	np_auto(np_json_decref) json_t *pairs = json_array();
	const json_t *targets = json_object_get(step->args, "targets");
	json_t *wwpn = json_object_get(step->args, "wwpn");

	for (size_t i = 0; i < json_array_size(targets); i++)
		(void)json_array_append_new(
			pairs, json_pack("[O, O]", wwpn, json_array_get(targets, i)));
	return svc_zone_send(op,
		json_pack("{s:s, s:O, s:[O]}", "job", "verify", "pairs", pairs, "wwpns", wwpn),
		verified, err);
}

/* Each port of the guest on this fabric: what one sees says nothing of another. */
static bool all_see_all(struct svc_op *op, const char *fabric)
{
	for (size_t i = 0; i < op->n_steps; i++) {
		const struct svc_step *step = &op->steps[i];
		const json_t *targets = json_object_get(step->args, "targets");
		const struct fc_hba *hba = NULL;
		if (step->kind != op->steps[op->at].kind ||
			strcmp(np_json_text(step->args, "fabric"), fabric) != 0)
			continue;
		if (seen_targets(svc_vport_now(op->svc, np_json_wwn(step->args, "wwpn"), &hba),
			    targets) < json_array_size(targets))
			return false;
	}
	return true;
}

int svc_zone_verify_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	const json_t *targets = json_object_get(step->args, "targets");
	struct svc_fabric *fabric = svc_step_fabric(op);
	const struct fc_hba *hba = NULL;
	const struct fc_vport *vport =
		svc_vport_now(op->svc, np_json_wwn(step->args, "wwpn"), &hba);
	size_t seen = seen_targets(vport, targets), all = json_array_size(targets);

	if (!fabric || all == 0)
		return 0;
	if (seen == 0) {
		(void)snprintf(op->progress, sizeof op->progress,
			"fabric %s: port %s sees none of its %zu targets%s", fabric->name,
			step->object, all,
			svc_zone_is_by_hand(fabric)
				? "; its zones are made by hand: npivctl plan list"
				: "");
		return svc_step_look(op, step->args, np_json_wwn(step->args, "hba"), false, err);
	}
	if (seen < all && op->tries++ == 0)
		svc_event(op->svc, "target_paths", "warning", op->object, op->guest,
			"fabric %s: port %s sees %zu of its %zu targets", fabric->name,
			step->object, seen, all);
	if (!svc_zone_is_by_hand(fabric))
		return ask_switch(op, step, err);
	/* A person has perhaps made some of the zones: the plan waits for the rest. */
	return all_see_all(op, fabric->name) ? svc_plans_confirm(op, fabric->name, err) : 0;
}
