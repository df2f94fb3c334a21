/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of steps. Each may be done or undone again after a crash: the lane looks before it acts. */
#include <string.h>

#include "service/hosts.h"
#include "service/op.h"
#include "service/zone_step.h"

#define LOOK_FIRST_MS 20 /* libfc is Active within 20 ms, lpfc within some 100 */
#define LOOK_MAX_MS 500
#define REFUSED_AFTER 5 /* looks (0.6 s) before a refusal of the fabric is believed */
#define RESCAN_AFTER 6	/* looks without the LUNs before the host is asked to scan */
#define PARTIAL_AFTER                                                                              \
	9 /* looks (some 3 s) before a LUN that only some ports see is taken as it is */

static int64_t look_delay(const struct svc_op *op)
{
	int64_t ms = LOOK_FIRST_MS << (op->tries < 5 ? op->tries : 5);

	return ms < LOOK_MAX_MS ? ms : LOOK_MAX_MS;
}

/*
 * Asks for a look and waits for the news of it. News that did not settle the matter are no reason to look again
 * at once: the next look comes after a growing while.
 */
int svc_step_look(
	struct svc_op *op, const json_t *port, uint64_t waits_hba, bool brief, struct np_err *err)
{
	if (op->has_news)
		return SVC_WAIT; /* the timer of the last look still runs */
	op->waits_hba = waits_hba;
	svc_hba_look(op->svc, np_json_wwn(port, "hba"), np_json_wwn(port, "wwpn"), brief);
	return svc_step_again(op, look_delay(op), err);
}

static int64_t time_left(const struct svc_op *op)
{
	int64_t left = op->deadline_ms - db_now_ms();

	if (left < 1)
		left = 1;
	return left < op->svc->set.job_timeout ? left : op->svc->set.job_timeout;
}

/* The args of the step, as a job. */
static json_t *step_job(const struct svc_step *step, const char *name)
{
	json_t *job = json_pack("{s:s}", "job", name);

	(void)json_object_update(job, step->args);
	return job;
}

/* Takes @job. */
static int send_job(struct svc_op *op, struct svc_step *step, json_t *job, np_lane_done_fn *done,
	struct np_err *err)
{
	uint64_t hba = np_json_wwn(step->args, "hba");
	const struct fc_hba *now = svc_hba_now(op->svc, hba);
	int rc;

	if (now)
		(void)snprintf(step->lane, sizeof step->lane, "fc:%s", now->kernel_name);
	rc = svc_hba_job(op->svc, hba, job, op->svc->set.job_timeout,
		SVC_JOB_CHANGE + (int)np_json_int(op->request, "priority"), done, op, err);
	if (rc < 0)
		return rc;
	op->at_work = true;
	(void)snprintf(op->progress, sizeof op->progress, "%s: %s %s", step->lane, step->kind->name,
		step->object);
	return svc_step_again(op, time_left(op), err);
}

static void create_done(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_op *op = data;
	const json_t *vport = rc == 0 ? json_object_get(answer, "vport") : NULL;

	if (vport)
		svc_vport_seen(op->svc, np_json_wwn(op->steps[op->at].args, "hba"), vport);
	svc_step_end(op, rc, err);
}

static void delete_done(
	void *data, int rc, const json_t *answer np_unused, const struct np_err *err)
{
	struct svc_op *op = data;
	const json_t *args = op->steps[op->at].args;

	if (rc == 0)
		svc_vport_gone(op->svc, np_json_wwn(args, "hba"), np_json_wwn(args, "wwpn"));
	svc_step_end(op, rc, err);
}

static bool is_seen_elsewhere(struct svc *svc, uint64_t wwpn, uint64_t hba, struct np_err *err)
{
	const struct fc_hba *other = NULL;
	const struct fc_vport *vport = svc_vport_now(svc, wwpn, &other);
	char text[NP_WWN_COLON];

	if (!vport || other->wwpn == hba)
		return false;
	(void)np_fail(err, NP_EXISTS, "WWPN %s is already a vport (%s) of HBA %s",
		np_wwn_colon(wwpn, text), vport->kernel_name, other->kernel_name);
	return true;
}

/* The kernel lets one WWPN be created on two HBAs, so that is refused here. */
static int create_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	uint64_t hba = np_json_wwn(step->args, "hba");
	uint64_t wwpn = np_json_wwn(step->args, "wwpn");
	const struct fc_hba *at;

	if (is_seen_elsewhere(op->svc, wwpn, hba, err))
		return -NP_EXISTS;
	json_t *job = step_job(step, "create");
	/* What an earlier process began is looked at first; what nobody has seen is not. */
	(void)json_object_set_new(
		job, "fresh", json_boolean(!op->resumed && !svc_vport_now(op->svc, wwpn, &at)));
	int rc = send_job(op, step, job, create_done, err);
	return rc < 0 ? rc : SVC_WAIT;
}

static int remove_port(
	struct svc_op *op, struct svc_step *step, np_lane_done_fn *done, struct np_err *err)
{
	int rc;

	/* With the HBA the kernel has taken its vports away. */
	if (!svc_hba_may_be_there(op->svc, np_json_wwn(step->args, "hba")))
		return 0;
	rc = send_job(op, step, step_job(step, "delete"), done, err);
	return rc < 0 ? rc : SVC_WAIT;
}

static int delete_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	return remove_port(op, step, delete_done, err);
}

/* A vport with another node name is not what the step has made. */
static void undo_done(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	if (rc == -NP_CONFLICT)
		svc_step_end(data, 0, NULL);
	else
		delete_done(data, rc, answer, err);
}

static int create_undo(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	return np_json_bool(step->args, "keep") ? 0 : remove_port(op, step, undo_done, err);
}

/* States that a driver leaves only when somebody has changed something. */
static const struct {
	const char *state;
	enum np_code code;
	const char *hint;
} refusals[] = {
	{ "Fabric Rejected WWN", NP_EXISTS,
		"find the port that is logged in with this WWPN: the switch's name server knows" },
	{ "No Fabric Support", NP_LINK, "switch NPIV on at the switch port" },
	{ "No Fabric Resources", NP_CAPACITY,
		"raise the login limit of the switch port, or use another HBA" },
};

static int check_refused(const struct svc_op *op, const struct svc_step *step,
	const struct fc_vport *vport, struct np_err *err)
{
	for (size_t i = 0; op->tries >= REFUSED_AFTER && i < sizeof refusals / sizeof *refusals;
		i++) {
		if (strcmp(refusals[i].state, vport->state) == 0)
			return np_hint(err,
				np_fail(err, refusals[i].code,
					"fabric %s does not let vport %s log in: %s",
					np_json_text(step->args, "fabric"), step->object,
					vport->state),
				"%s", refusals[i].hint);
	}
	return 0;
}

static void nobody_waits(void *data np_unused, int rc np_unused, const json_t *answer np_unused,
	const struct np_err *err np_unused)
{
	/* What it did is seen by the next look. */
}

/* What switches and arrays show of the port; a vport without works as well. */
static void name_port(struct svc_op *op, struct svc_step *step, const struct fc_vport *vport)
{
	const char *name = np_json_text(step->args, "symbolic_name");

	if (*name && strcmp(name, vport->symbolic_name) != 0)
		(void)svc_hba_job(op->svc, np_json_wwn(step->args, "hba"), step_job(step, "name"),
			op->svc->set.job_timeout, SVC_JOB_NAME, nobody_waits, op->svc, NULL);
}

static int active_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	uint64_t hba_wwpn = np_json_wwn(step->args, "hba");
	const struct fc_hba *hba = NULL;
	const struct fc_vport *vport =
		svc_vport_now(op->svc, np_json_wwn(step->args, "wwpn"), &hba);

	if (!svc_hba_now(op->svc, hba_wwpn))
		return np_fail(err, NP_NOTFOUND, "HBA %s is gone", np_json_text(step->args, "hba"));
	if (vport && hba->wwpn == hba_wwpn && fc_vport_is_up(vport)) {
		name_port(op, step, vport);
		return 0;
	}
	int rc = vport ? check_refused(op, step, vport, err) : 0;
	if (rc < 0)
		return rc;
	(void)snprintf(op->progress, sizeof op->progress, "fabric %s: vport %s is %s%s%s",
		np_json_text(step->args, "fabric"), step->object,
		vport ? vport->state : "not there",
		vport && strcmp(vport->state, "Initializing") == 0
			? " (the fabric has not accepted its login: NPIV off, "
			  "WWPN in use elsewhere, or no room)"
			: "",
		vport && strcmp(vport->state, "Linkdown") == 0 ? " (no link)" : "");
	rc = svc_step_look(op, step->args, hba_wwpn, true, err);
	op->tries += !op->has_news;
	return rc;
}

struct lun_tally {
	size_t missing; /* recorded LUNs that no port of the guest shows */
	size_t partial; /* that some of its ports show, but not all */
};

/* Sets the port's bit at each LUN that it shows; one that is not recorded is a failure by itself. */
static int note_luns(const struct svc_op *op, const json_t *args, const struct fc_vport *vport,
	json_int_t bit, json_t *seen, struct np_err *err)
{
	bool exact = strcmp(np_json_text(args, "lun_check"), "exact") == 0;

	for (size_t i = 0; i < vport->n_luns; i++) {
		const struct fc_lun *lun = &vport->luns[i];
		if (!lun->wwid[0] || !lun->dev[0])
			continue;
		(void)json_object_set_new(
			seen, lun->wwid, json_integer(np_json_int(seen, lun->wwid) | bit));
		if (exact && !json_object_get(json_object_get(args, "luns"), lun->wwid))
			return np_hint(err,
				np_fail(err, NP_CONFLICT,
					"guest '%s' sees LUN %s (%s on %s) that is not recorded for it",
					op->guest, lun->wwid, lun->dev, vport->kernel_host),
				"npivctl mask create --guest %s --wwid %.60s if it belongs to it; else unmask it on the array",
				op->guest, lun->wwid);
	}
	return 0;
}

static int compare_luns(
	struct svc_op *op, const json_t *args, struct lun_tally *ret_tally, struct np_err *err)
{
	const json_t *wwpns = json_object_get(args, "wwpns");
	json_t *expected = json_object_get(args, "luns"), *value;
	np_auto(np_json_decref) json_t *seen = json_object();
	struct lun_tally tally = { 0 };
	json_int_t all = 0;
	const char *wwid;

	for (size_t i = 0; i < json_array_size(wwpns); i++) {
		const struct fc_hba *hba = NULL;
		uint64_t wwpn = 0;
		(void)np_wwn_parse(json_string_value(json_array_get(wwpns, i)), &wwpn, NULL);
		const struct fc_vport *vport = svc_vport_now(op->svc, wwpn, &hba);
		all |= (json_int_t)1 << i;
		int rc = vport ? note_luns(op, args, vport, (json_int_t)1 << i, seen, err) : 0;
		if (rc < 0)
			return rc;
	}
	json_object_foreach (expected, wwid, value) {
		json_int_t ports = np_json_int(seen, wwid);
		tally.missing += ports == 0;
		tally.partial += ports != 0 && ports != all;
		if (ports == 0)
			(void)snprintf(op->progress, sizeof op->progress,
				"%zu of %zu recorded LUNs are missing, e.g. %s", tally.missing,
				json_object_size(expected), wwid);
		else if (ports != all && tally.missing == 0)
			(void)snprintf(op->progress, sizeof op->progress,
				"not every port of guest '%s' sees LUN %s", op->guest, wwid);
	}
	*ret_tally = tally;
	return 0;
}

static int luns_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	const json_t *ports = json_object_get(step->args, "ports");
	struct lun_tally tally = { 0 };
	int rc = compare_luns(op, step->args, &tally, err);

	if (rc < 0 || (tally.missing == 0 && tally.partial == 0))
		return rc;
	/* A LUN may well be exported on one fabric only. */
	if (tally.missing == 0 && op->tries >= PARTIAL_AFTER) {
		svc_event(
			op->svc, "lun_paths", "warning", op->object, op->guest, "%s", op->progress);
		return 0;
	}
	bool rescan = !op->has_news && op->tries > 0 && op->tries % RESCAN_AFTER == 0;
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);
		if (rescan)
			(void)svc_hba_job(op->svc, np_json_wwn(port, "hba"),
				json_pack("{s:s, s:s}", "job", "rescan", "wwpn",
					np_json_text(port, "wwpn")),
				op->svc->set.job_timeout, SVC_JOB_CHANGE, nobody_waits, op->svc,
				NULL);
		rc = svc_step_look(op, port, SVC_ANY_HBA, false, err);
	}
	op->tries += !op->has_news;
	return rc;
}

static int links_run(struct svc_op *op, struct svc_step *step, struct np_err *err)
{
	return svc_links_make(op->svc, np_json_text(step->args, "guest"), err);
}

static int links_undo(struct svc_op *op, struct svc_step *step, struct np_err *err np_unused)
{
	svc_links_remove(op->svc, np_json_text(step->args, "guest"));
	return 0;
}

/* clang-format off */
const struct svc_step_kind svc_step_kinds[] = {
	{ "zone_change", svc_zone_change_run, svc_zone_change_undo, true, false },
	{ "vport_create", create_run, create_undo, false, false },
	{ "wait_active", active_run, NULL, false, true },
	{ "zone_verify", svc_zone_verify_run, NULL, true, false },
	{ "wait_luns", luns_run, NULL, false, true },
	{ "make_links", links_run, links_undo, false, false },
	{ "remove_links", links_undo, NULL, false, false },
	{ "vport_delete", delete_run, NULL, false, false },
	{ "guest_forget", svc_guest_forget_run, NULL, false, false },
	{ "zone_plan", svc_zone_plan_run, NULL, true, false },
	{ "zone_ask", svc_zone_ask_run, NULL, true, false },
	{ 0 },
};
/* clang-format on */
