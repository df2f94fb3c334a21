/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/lane.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/digest.h"
#include "base/file.h"
#include "zoning/apply.h"
#include "zoning/judge.h"
#include "zoning/list.h"
#include "zoning/plan.h"
#include "zoning/restore.h"
#include "zoning/script.h"
#include "zoning/verify.h"

#define LOGOUT_MS 5000 /* kept for the end of a session, an eighth of the job's time at most */
#define LOGOUT_LEAST_MS 1000 /* also when a driver was late */
#define LOCK_PATIENCE_MS                                                                           \
	2000 /* a quarter of the job's time at most; who asks can do something else meanwhile */
#define LOCK_STEP_MS 20
#define RAW_MAX (6u << 20) /* bytes of raw texts in an answer: snapshot and answer fit a message */

/* One job at work. */
struct work {
	const struct zone_lane_spec *spec;
	const json_t *job;
	int64_t end_ms;
	struct zone_endpoint endpoint;
	struct zone_credential credential;
	struct zone_session session;
	int lock_fd;	  /* while the session is open */
	bool held;	  /* another lane has the lock */
	json_t *snapshot; /* what the job looks at or leaves; owned */
	json_t *answer;
};

static void work_done(struct work *work)
{
	zone_credential_wipe(&work->credential);
	np_close(&work->lock_fd);
	json_decref(work->snapshot);
	json_decref(work->answer);
}

static const struct zone_driver *driver_of(const struct zone_lane_spec *spec, const char *name)
{
	if (!spec->drivers)
		return zone_driver_named(name);
	for (size_t i = 0; spec->drivers[i]; i++)
		if (strcmp(spec->drivers[i]->name, name) == 0)
			return spec->drivers[i];
	return NULL;
}

static int try_lock(struct work *work, struct np_err *err)
{
	const char *fabric = work->endpoint.fabric;
	char path[NP_PATH_MAX];

	if (!work->spec->lock_dir || !*work->spec->lock_dir)
		return 0;
	if (!np_path(path, "%s/san-%s.lock", work->spec->lock_dir, fabric))
		return np_fail(err, NP_INVAL, "path too long: lock of fabric '%s'", fabric);
	int rc = np_file_lock(path, false, &work->lock_fd, err);
	work->held = rc == -NP_BUSY;
	return rc;
}

/*
 * A lane whose npivd has gone ends the job that it is at. Nothing is done to the switch beside it, nor to the sessions
 * that it keeps there; and it begins nothing more itself.
 */
static int lock_fabric(struct work *work, struct np_err *err)
{
	int64_t now = zone_clock_ms(), patience = (work->end_ms - now) / 4;
	int rc;

	if (patience > LOCK_PATIENCE_MS)
		patience = LOCK_PATIENCE_MS;
	while ((rc = try_lock(work, err)) == -NP_BUSY && zone_clock_ms() < now + patience &&
		!np_lane_is_left(work->spec->fd))
		(void)poll(NULL, 0, LOCK_STEP_MS);
	return rc == 0 && np_lane_is_left(work->spec->fd)
		       ? np_fail(err, NP_FAILED, "npivd has gone: nothing is begun any more")
		       : rc;
}

static int open_session(struct work *work, struct np_err *err)
{
	const struct zone_driver *driver = driver_of(work->spec, work->endpoint.driver);
	int64_t now = zone_clock_ms(), logout = (work->end_ms - now) / 8;
	int rc = 0;

	if (!driver)
		return np_fail_field(err, "driver", "there is no driver '%s' of switches",
			work->endpoint.driver);
	if (!(driver->flags & (ZONE_DRIVER_BY_HAND | ZONE_DRIVER_IN_BAND)))
		rc = zone_credential_read(work->spec->credentials_dir, work->endpoint.credential,
			&work->credential, err);
	if (rc < 0)
		return rc;
	work->session = (struct zone_session){
		.driver = driver,
		.endpoint = &work->endpoint,
		.credential = &work->credential,
		.deadline_ms = work->end_ms - (logout < LOGOUT_MS ? logout : LOGOUT_MS),
	};
	if (work->spec->lock_dir && *work->spec->lock_dir)
		(void)snprintf(work->session.keep_path, sizeof work->session.keep_path,
			"%.180s/san-%s.session", work->spec->lock_dir, work->endpoint.fabric);
	rc = lock_fabric(work, err);
	return rc < 0 ? rc : driver->open(&work->session, err);
}

static void close_session(struct work *work)
{
	int64_t least = zone_clock_ms() + LOGOUT_LEAST_MS;

	work->session.deadline_ms = work->end_ms > least ? work->end_ms : least;
	work->session.driver->close(&work->session);
	np_close(&work->lock_fd);
}

static int read_switch(struct work *work, struct np_err *err)
{
	int rc = open_session(work, err);

	if (rc < 0)
		return rc;
	rc = zone_read(&work->session, &work->snapshot, err);
	close_session(work);
	return rc;
}

static int read_text(struct work *work, const json_t *text, struct np_err *err)
{
	const char *format = np_json_text(work->job, "format");

	if (!json_is_string(text))
		return np_fail_field(err, "text", "must be a text");
	return zone_import(*format ? format : "auto", json_string_value(text),
		json_string_length(text), &work->snapshot, err);
}

/* What the job is to look at: the text or the snapshot that it brings, else the switch. */
static int get_snapshot(struct work *work, struct np_err *err)
{
	const json_t *text = json_object_get(work->job, "text");
	const json_t *given = json_object_get(work->job, "snapshot");

	if (text)
		return read_text(work, text, err);
	if (!given)
		return read_switch(work, err);
	work->snapshot = json_deep_copy(given);
	return work->snapshot ? zone_snapshot_normalise(work->snapshot, err) : np_fail_nomem(err);
}

/* Takes @value over. */
static int put(struct work *work, const char *key, json_t *value, struct np_err *err)
{
	return json_object_set_new(work->answer, key, value) < 0 ? np_fail_nomem(err) : 0;
}

static int run_nothing(struct work *work np_unused, struct np_err *err np_unused)
{
	return 0;
}

static int run_import(struct work *work, struct np_err *err)
{
	return read_text(work, json_object_get(work->job, "text"), err);
}

static int put_plan(struct work *work, json_t *plan, struct np_err *err)
{
	const json_t *owners = json_object_get(work->job, "owners");
	np_auto(np_free) char *diff = zone_plan_diff(plan);
	json_t *impact = NULL;
	int rc = put(work, "plan", json_incref(plan), err);

	if (rc == 0)
		rc = diff ? put(work, "diff", json_string(diff), err) : np_fail_nomem(err);
	if (rc == 0)
		rc = zone_impact(plan, work->snapshot, owners, &impact, err);
	return rc == 0 ? put(work, "impact", impact, err) : rc;
}

static int plan_for(struct work *work, const json_t *desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *plan = NULL;
	int rc = zone_plan(work->endpoint.fabric, desired, work->snapshot, &plan, err);

	return rc < 0 ? rc : put_plan(work, plan, err);
}

static int run_plan(struct work *work, struct np_err *err)
{
	return plan_for(work, json_object_get(work->job, "desired"), err);
}

/* What was ours then and is on the switch no more may come back; by the same name it may be somebody else's now. */
static json_t *made_then_and_now(const struct work *work)
{
	static const char *const parts[] = { "aliases", "zones", "zonesets" };
	const json_t *defined = json_object_get(work->snapshot, "defined");
	const json_t *was = json_object_get(work->job, "was_made");
	json_t *made = json_deep_copy(json_object_get(work->job, "made"));

	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
		json_t *list = json_object_get(made, parts[p]), *name;
		const json_t *there = json_object_get(defined, parts[p]);
		size_t i;
		json_array_foreach (json_object_get(was, parts[p]), i, name) {
			if (json_is_string(name) &&
				!json_object_get(there, json_string_value(name)))
				(void)json_array_append(list, name);
		}
	}
	return made;
}

static int run_restore(struct work *work, struct np_err *err)
{
	np_auto(np_json_decref) json_t *made = made_then_and_now(work);
	np_auto(np_json_decref) json_t *to = json_deep_copy(json_object_get(work->job, "to"));
	np_auto(np_json_decref) json_t *desired = NULL;
	int rc = to ? zone_snapshot_normalise(to, err) : np_fail_nomem(err);

	if (rc == 0)
		rc = zone_restore_desired(
			&(struct zone_restore){
				.to = to,
				.now = work->snapshot,
				.made = made,
				.all = np_json_bool(work->job, "all"),
			},
			&desired, err);
	return rc < 0 ? rc : plan_for(work, desired, err);
}

static int put_outcome(struct work *work, struct zone_outcome *outcome, struct np_err *err)
{
	int rc = put(work, "already", json_boolean(outcome->already), err);

	if (rc == 0 && *outcome->remark)
		rc = put(work, "remark", json_string(outcome->remark), err);
	work->snapshot = json_incref(outcome->snapshot);
	return rc;
}

static int run_apply(struct work *work, struct np_err *err)
{
	const json_t *plan = json_object_get(work->job, "plan");
	bool inverse = np_json_bool(work->job, "inverse");
	bool resume = inverse || np_json_bool(work->job, "resume");
	np_auto(np_json_decref) json_t *way =
		inverse ? zone_plan_inverse(plan) : json_incref((json_t *)(uintptr_t)plan);
	np_auto(zone_outcome_done) struct zone_outcome outcome = { 0 };
	int rc = way ? open_session(work, err) : np_fail_nomem(err);

	if (rc < 0)
		return rc;
	rc = zone_apply(&work->session, way, resume ? ZONE_APPLY_RESUME : 0, &outcome, err);
	close_session(work);
	return rc < 0 ? rc : put_outcome(work, &outcome, err);
}

static int run_verify(struct work *work, struct np_err *err)
{
	json_t *missing = NULL;
	int rc = zone_verify(work->snapshot, json_object_get(work->job, "pairs"),
		json_object_get(work->job, "wwpns"), &missing, err);

	if (rc < 0)
		return rc;
	json_decref(work->answer);
	work->answer = missing;
	return 0;
}

static int run_drift(struct work *work, struct np_err *err)
{
	json_t *findings = NULL;
	int rc = zone_drift(json_object_get(work->job, "desired"), work->snapshot,
		json_object_get(work->job, "before"), json_object_get(work->job, "wwpns"),
		&findings, err);

	return rc < 0 ? rc : put(work, "findings", findings, err);
}

static int run_lint(struct work *work, struct np_err *err)
{
	json_t *findings = NULL;
	int rc = zone_lint(work->snapshot, json_object_get(work->job, "context"), &findings, err);

	return rc < 0 ? rc : put(work, "findings", findings, err);
}

static int run_script(struct work *work, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	int rc = zone_script(json_object_get(work->job, "plan"), np_json_text(work->job, "format"),
		work->endpoint.context, &text, err);

	return rc < 0 ? rc : put(work, "text", json_string(text), err);
}

/* Whether another lane is still at work there is what run_job answers. */
static int run_lock(struct work *work, struct np_err *err)
{
	int rc = try_lock(work, err);

	return rc < 0 ? rc : put(work, "held", json_false(), err);
}

/* clang-format off */
static const struct {
	const char *name;
	const char *needs; /* this member */
	bool looks;        /* at a snapshot, read before .run */
	bool answers;      /* with the snapshot */
	int (*run)(struct work *work, struct np_err *err);
} jobs[] = {
	{ "read",    NULL,      true,  true,  run_nothing },
	{ "plan",    "desired", true,  true,  run_plan },
	{ "apply",   "plan",    false, true,  run_apply },
	{ "verify",  NULL,      true,  false, run_verify },
	{ "drift",   "desired", true,  true,  run_drift },
	{ "lint",    NULL,      true,  true,  run_lint },
	{ "import",  "text",    false, true,  run_import },
	{ "restore", "to",      true,  true,  run_restore },
	{ "script",  "plan",    false, false, run_script },
	{ "lock",    NULL,      false, false, run_lock },
};
/* clang-format on */

static size_t raw_size(const json_t *raw)
{
	const char *name;
	json_t *text;
	size_t size = 0;

	zone_each (raw, name, text)
		size += json_string_length(text);
	return size;
}

/* The snapshot and its sum; raw texts beside it, for they change where nothing changes. */
static int put_snapshot(struct work *work, struct np_err *err)
{
	np_auto(np_json_decref) json_t *raw = json_incref(json_object_get(work->snapshot, "raw"));
	char sum[NP_DIGEST_TEXT];
	int rc;

	if (!work->snapshot)
		return 0;
	(void)json_object_del(work->snapshot, "raw");
	rc = np_digest_json(work->snapshot, sum, err);
	if (rc == 0)
		rc = put(work, "sum", json_string(sum), err);
	if (rc < 0 || strcmp(np_json_text(work->job, "have"), sum) == 0)
		return rc;
	rc = put(work, "snapshot", json_incref(work->snapshot), err);
	if (rc == 0 && raw && raw_size(raw) <= RAW_MAX)
		rc = put(work, "raw", json_incref(raw), err);
	return rc;
}

static int run_job(size_t i, struct work *work, json_t **ret_answer, struct np_err *err)
{
	int rc = np_json_to_struct(
		json_object_get(work->job, "endpoint"), zone_endpoint_fields, &work->endpoint, err);

	if (rc == 0 && jobs[i].needs && !json_object_get(work->job, jobs[i].needs))
		rc = np_fail_field(err, jobs[i].needs, "is missing");
	if (rc == 0 && jobs[i].looks)
		rc = get_snapshot(work, err);
	if (rc == 0)
		rc = jobs[i].run(work, err);
	if (rc == 0 && jobs[i].answers)
		rc = put_snapshot(work, err);
	if (rc < 0 && work->held)
		rc = put(work, "held", json_true(), err);
	if (rc == 0)
		*ret_answer = np_take(work->answer);
	return rc;
}

int zone_lane_handle(void *data, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	const char *name = np_json_text(job, "job");
	int64_t timeout_ms = np_json_int(job, "timeout_ms");

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		if (strcmp(jobs[i].name, name) != 0)
			continue;
		np_auto(work_done) struct work work = {
			.spec = data,
			.job = job,
			.end_ms = zone_clock_ms() +
				  (timeout_ms > 0 ? timeout_ms : ZONE_LANE_TIMEOUT_MS),
			.lock_fd = -1,
			.answer = json_object(),
		};
		return work.answer ? run_job(i, &work, ret_answer, err) : np_fail_nomem(err);
	}
	return np_fail(err, NP_INVAL, "a lane of a fabric has no job '%.40s'", name);
}

int zone_lane_main(const struct zone_lane_spec *spec, struct np_err *err)
{
	struct zone_lane_spec own = *spec;
	char title[16];

	(void)snprintf(title, sizeof title, "zone-%.10s", spec->fabric);
	(void)prctl(PR_SET_NAME, title);
	/* The daemon's terminal is not for the lane: the end of its socket is the sign to stop. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	return np_lane_serve(spec->fd, zone_lane_handle, &own, err);
}
