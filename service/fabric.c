/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/fabric.h"

#include <string.h>

#include "base/file.h"
#include "fc/hba.h"
#include "service/drift.h"
#include "service/hba.h"
#include "service/hosts.h"

#define ANSWER_MS 3000
#define HELD_LOOK_MS 500

struct svc_fabrics {
	struct np_list list, asks;
};

/* A job on its way, so that the answer's snapshot is taken in before its owner sees it. */
struct ask {
	struct np_list node;
	struct svc_fabric *fabric;
	json_t *job;  /* while an HBA is asked for what the job needs; else NULL */
	uint64_t hba; /* that one */
	int64_t deadline_ms;
	bool of_text; /* it is about a text: what it answers is not the switch */
	np_lane_done_fn *done;
	void *data; /* NULL: its owner has gone */
};

struct svc_fabric *svc_fabric_next(const struct svc *svc, const struct svc_fabric *fabric)
{
	struct np_list *list = &svc->fabrics->list;
	struct np_list *next = fabric ? fabric->node.next : list->next;

	return next == list ? NULL : np_list_entry(next, struct svc_fabric, node);
}

struct svc_fabric *svc_fabric_named(const struct svc *svc, const char *name)
{
	svc_each_fabric(fabric, svc)
	{
		if (strcmp(fabric->name, name) == 0)
			return fabric;
	}
	return NULL;
}

bool svc_fabric_is_blocked(const struct svc *svc, const char *name)
{
	const struct svc_fabric *fabric = svc_fabric_named(svc, name);

	return fabric && (fabric->held || np_lane_status(fabric->lane).state == NP_LANE_STUCK);
}

static void take_snapshot(struct svc_fabric *fabric, const json_t *answer)
{
	json_t *snapshot = json_object_get(answer, "snapshot");

	if (!*np_json_text(answer, "sum"))
		return;
	(void)db_time_text(0, fabric->taken);
	if (!snapshot)
		return;
	(void)snprintf(fabric->sum, sizeof fabric->sum, "%s", np_json_text(answer, "sum"));
	json_decref(fabric->snapshot);
	fabric->snapshot = json_incref(snapshot);
	json_decref(fabric->raw);
	fabric->raw = json_incref(json_object_get(answer, "raw"));
}

static struct ask *ask_free(struct ask *ask)
{
	np_list_remove(&ask->node);
	json_decref(ask->job);
	free(ask);
	return NULL;
}

/* The answers that say something of the switch, not of the request. */
static bool is_trouble(int rc)
{
	static const enum np_code codes[] = { NP_UNREACHABLE, NP_TIMEOUT, NP_PEER, NP_DENIED,
		NP_LINK, NP_IO };

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (rc == -(int)codes[i])
			return true;
	}
	return false;
}

static void note_held(struct svc_fabric *fabric, bool held)
{
	if (held && !fabric->held)
		svc_event(fabric->svc, "lane_stuck", "warning", np_lane_name(fabric->lane), NULL,
			"fabric %s: an earlier lane is still at work there: its zones are not changed until that has ended",
			fabric->name);
	fabric->held = held;
	if (held)
		svc_timer_soon(fabric->held_look, HELD_LOOK_MS);
}

static void lock_looked(
	void *data, int rc, const json_t *answer, const struct np_err *err np_unused)
{
	struct svc_fabric *fabric = data;

	note_held(fabric, rc < 0 || np_json_bool(answer, "held"));
	if (!fabric->held)
		svc_drift_soon(fabric);
}

static int on_held_look(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct svc_fabric *fabric = data;
	json_t *job = json_pack("{s:s, s:{s:s, s:s}}", "job", "lock", "endpoint", "fabric",
		fabric->name, "driver", fabric->driver->name);

	if (np_lane_send(fabric->lane, job, HELD_LOOK_MS * 10, SVC_JOB_CHANGE, lock_looked, fabric,
		    NULL) < 0)
		svc_timer_soon(fabric->held_look, HELD_LOOK_MS);
	return 0;
}

static void answered(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct ask *ask = data;
	struct svc_fabric *fabric = ask->fabric;
	np_lane_done_fn *done = ask->done;
	void *owner = ask->data;
	struct np_err why;

	if (rc == 0 && np_json_bool(answer, "held")) {
		note_held(fabric, true);
		rc = np_hint(&why,
			np_fail(&why, NP_BUSY, "fabric %s: an earlier lane is still at work there",
				fabric->name),
			"it ends by itself: npivctl fabric lock %s", fabric->name);
		answer = NULL;
		err = &why;
	}
	if (!ask->of_text && (rc == 0 || is_trouble(rc)))
		fabric->trouble = rc < 0 ? *err : (struct np_err){ 0 };
	if (!ask->of_text && rc == 0)
		take_snapshot(fabric, answer);
	(void)ask_free(ask);
	if (owner)
		done(owner, rc, answer, err);
}

/* What we have made, as if it were the whole switch: the best that is known where nobody can look. */
static int assume_made(struct svc_fabric *fabric, json_t *job, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter =
		json_pack("{s:s, s:s}", "fabric", fabric->name, "state", "made");
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *db = zone_db_new();
	const char *zoneset;
	int rc = db_select(fabric->svc->db, &db_made, filter, &rows, err);

	if (rc == 0)
		rc = db_find(fabric->svc->db, &db_fabrics, fabric->name, &row, err);
	if (rc < 0)
		return rc;
	zoneset = *np_json_text(row, "zoneset") ? np_json_text(row, "zoneset") : "npivd";
	json_t *zones = json_object_get(db, "zones"), *members = json_array();
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *made = json_array_get(rows, i);
		bool zone = strcmp(np_json_text(made, "object"), "zone") == 0;
		if (strcmp(np_json_text(made, "object"), "zoneset") == 0)
			continue;
		(void)json_object_set(zone ? zones : json_object_get(db, "aliases"),
			np_json_text(made, "name"), json_object_get(made, "value"));
		if (zone)
			(void)json_array_append(members, json_object_get(made, "name"));
	}
	(void)json_object_set_new(json_object_get(db, "zonesets"), zoneset, members);
	return json_object_set_new(job, "snapshot",
		       json_pack("{s:s, s:O, s:{s:s, s:O}, s:s, s:s}", "vendor", "manual",
			       "defined", db, "effective", "zoneset", zoneset, "zones", zones,
			       "default_zone", "no-access", "checksum", "")) < 0
		       ? np_fail_nomem(err)
		       : 0;
}

static void witnessed(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct ask *ask = data;
	json_t *job = ask->job;
	struct np_err why = { 0 };
	int64_t left = ask->deadline_ms - svc_clock_ms();

	ask->job = NULL;
	if (rc < 0 || !ask->data) {
		json_decref(job);
		answered(ask, rc, answer, err);
		return;
	}
	/* Without a zone server nothing is known of zones; that none are there would be a lie. */
	if (!np_json_bool(json_object_get(answer, "can"), "zone_server") &&
		strcmp(np_json_text(job, "job"), "read") != 0) {
		rc = np_fail(&why, NP_UNSUPPORTED,
			"fabric %s: its switches tell an HBA nothing of their zones: only the name server can be asked in band",
			ask->fabric->name);
		json_decref(job);
		answered(ask, rc, NULL, &why);
		return;
	}
	(void)json_object_set(job, "snapshot", json_object_get(answer, "snapshot"));
	rc = np_lane_send(
		ask->fabric->lane, job, left > 1 ? left : 1, SVC_JOB_CHANGE, answered, ask, &why);
	if (rc < 0)
		answered(ask, rc, NULL, &why);
}

/* An HBA of this fabric that is online is asked what the fabric enforces. */
static int ask_witness(struct ask *ask, int64_t timeout_ms, struct np_err *err)
{
	struct svc *svc = ask->fabric->svc;
	char label[NP_NAME_MAX];

	svc_each_hba(hba, svc)
	{
		svc_hba_fabric(svc, hba, label);
		if (strcmp(label, ask->fabric->name) != 0 || !fc_hba_is_online(hba->port_state))
			continue;
		json_t *job = json_pack("{s:s}", "job", "witness");
		ask->hba = hba->wwpn;
		np_json_set_wwn(job, "hba", hba->wwpn);
		return svc_hba_job(
			svc, hba->wwpn, job, timeout_ms, SVC_JOB_CHANGE, witnessed, ask, err);
	}
	return np_fail(err, NP_LINK,
		"fabric %s: no HBA of this host is online there, so nothing can be asked in band",
		ask->fabric->name);
}

static int complete_job(
	struct svc_fabric *fabric, json_t *job, int64_t timeout_ms, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_find(fabric->svc->db, &db_fabrics, fabric->name, &row, err);

	if (rc < 0)
		return rc;
	(void)json_object_set(row, "fabric", json_object_get(row, "name"));
	(void)json_object_set(job, "endpoint", row);
	/* The lane ends its session within its time; ours is longer, so that its answer is heard. */
	(void)json_object_set_new(job, "timeout_ms",
		json_integer(timeout_ms > 2 * ANSWER_MS ? timeout_ms - ANSWER_MS : timeout_ms / 2));
	if (fabric->snapshot && !json_object_get(job, "text"))
		(void)json_object_set_new(job, "have", json_string(fabric->sum));
	return fabric->driver->flags & ZONE_DRIVER_BY_HAND ? assume_made(fabric, job, err) : 0;
}

int svc_fabric_job(struct svc_fabric *fabric, json_t *job, int64_t timeout_ms,
	np_lane_done_fn *done, void *data, struct np_err *err)
{
	struct ask *ask = calloc(1, sizeof *ask);
	int rc = ask ? complete_job(fabric, job, timeout_ms, err) : np_fail_nomem(err);

	if (rc < 0) {
		json_decref(job);
		free(ask);
		return rc;
	}
	*ask = (struct ask){ .fabric = fabric, .done = done, .data = data };
	ask->of_text = json_object_get(job, "text") != NULL;
	ask->deadline_ms = svc_clock_ms() + timeout_ms;
	np_list_append(&fabric->svc->fabrics->asks, &ask->node);
	if (fabric->driver->flags & ZONE_DRIVER_IN_BAND && !ask->of_text) {
		ask->job = job;
		rc = ask_witness(ask, timeout_ms, err);
	} else
		rc = np_lane_send(
			fabric->lane, job, timeout_ms, SVC_JOB_CHANGE, answered, ask, err);
	if (rc < 0)
		(void)ask_free(ask);
	return rc;
}

void svc_fabrics_lost(struct svc *svc, uint64_t hba)
{
	struct np_err err;
	int rc = np_fail(&err, NP_LINK, "the HBA that was asked in band is gone");

	np_list_foreach_safe (ask, &svc->fabrics->asks, struct ask, node) {
		if (ask->job && ask->hba == hba && hba) {
			json_decref(ask->job);
			ask->job = NULL;
			answered(ask, rc, NULL, &err);
		}
	}
}

void svc_fabrics_drop_jobs(struct svc *svc, const void *data)
{
	np_list_foreach (ask, &svc->fabrics->asks, struct ask, node) {
		if (ask->data == data)
			ask->data = NULL;
	}
}

int svc_fabric_keep(
	struct svc_fabric *fabric, int64_t operation, const char *reason, struct np_err *err)
{
	if (!fabric->snapshot || fabric->driver->flags & ZONE_DRIVER_BY_HAND)
		return 0;
	int rc = db_exec(fabric->svc->db, err,
		"INSERT OR IGNORE INTO snapshot_values (sum, value, raw) VALUES (?, ?, coalesce(?, '{}'))",
		"tjj", fabric->sum, fabric->snapshot, fabric->raw);

	(void)snprintf(fabric->kept, sizeof fabric->kept, "%s",
		np_json_text(fabric->snapshot, "checksum"));
	return rc == 0 ? db_exec(fabric->svc->db, err,
				 "INSERT INTO snapshots (fabric, taken, sum, operation, reason) VALUES (?, ?, ?, ?, ?)",
				 "tttit", fabric->name, fabric->taken, fabric->sum, operation,
				 reason)
		       : rc;
}

static void lane_changed(void *data, struct np_lane *lane, const json_t *late np_unused)
{
	struct svc_fabric *fabric = data;
	struct np_lane_status status = np_lane_status(lane);

	if (status.state == NP_LANE_STUCK)
		svc_event(fabric->svc, "lane_stuck", "error", np_lane_name(lane), NULL,
			"%s does not come back from %s: zones of fabric %s are not changed until it does",
			np_lane_name(lane), status.job, fabric->name);
	if (status.state == NP_LANE_DOWN)
		svc_event(fabric->svc, "lane_down", "warning", np_lane_name(lane), NULL,
			"%s died: %s", np_lane_name(lane), status.trouble);
}

static void fabric_free(struct svc_fabric *fabric)
{
	struct np_list *asks = &fabric->svc->fabrics->asks;

	np_list_remove(&fabric->node);
	fabric->lane = np_lane_free(fabric->lane);
	np_list_foreach_safe (ask, asks, struct ask, node) {
		if (ask->fabric != fabric)
			continue;
		/* An HBA's lane may still have a question of it. */
		if (fabric->svc->hosts)
			svc_hba_drop_jobs(fabric->svc, ask);
		if (ask->data && !fabric->svc->stopping) {
			struct np_err err;
			int rc = np_fail(
				&err, NP_NOTFOUND, "fabric %s is not there any more", fabric->name);
			ask->done(ask->data, rc, NULL, &err);
		}
		(void)ask_free(ask);
	}
	(void)sd_event_source_disable_unref(fabric->watch);
	(void)sd_event_source_disable_unref(fabric->held_look);
	json_decref(fabric->snapshot);
	json_decref(fabric->raw);
	json_decref(fabric->findings);
	json_decref(fabric->aliases);
	free(fabric);
}

/* What was seen before npivd was started again. */
static void recall_snapshot(struct svc_fabric *fabric)
{
	np_auto(np_json_decref) json_t *row = NULL;

	if (db_get(fabric->svc->db, &row, NULL,
		    "SELECT taken, sum, value FROM snapshots JOIN snapshot_values USING (sum)"
		    " WHERE fabric = ? ORDER BY id DESC LIMIT 1",
		    "t", fabric->name) < 0 ||
		!row)
		return;
	fabric->snapshot = json_loads(np_json_text(row, "value"), 0, NULL);
	(void)snprintf(fabric->sum, sizeof fabric->sum, "%s", np_json_text(row, "sum"));
	(void)snprintf(fabric->taken, sizeof fabric->taken, "%s", np_json_text(row, "taken"));
	(void)snprintf(fabric->kept, sizeof fabric->kept, "%s",
		np_json_text(fabric->snapshot, "checksum"));
}

static int fabric_add(
	struct svc *svc, const char *name, const struct zone_driver *driver, struct np_err *err)
{
	struct svc_fabric *fabric = calloc(1, sizeof *fabric);
	char lane[NP_NAME_MAX + 8], record[NP_PATH_MAX], lock_dir[NP_PATH_MAX];
	int rc;

	if (!fabric)
		return np_fail_nomem(err);
	fabric->svc = svc;
	fabric->driver = driver;
	fabric->listed = true;
	np_list_append(&svc->fabrics->list, &fabric->node);
	(void)snprintf(fabric->name, sizeof fabric->name, "%s", name);
	(void)snprintf(lane, sizeof lane, "san:%s", name);
	(void)np_path(record, "%s/san-%s.lane", svc->set.record_dir, name);
	(void)np_path(lock_dir, "%s/lanes", svc->set.run_dir);
	char *argv[] = { svc->set.program, (char[]){ "--lane" }, lane,
		(char[]){ "--credentials-dir" }, svc->set.credentials_dir, (char[]){ "--lock-dir" },
		lock_dir, NULL };
	rc = svc_drift_init(fabric, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &fabric->held_look, on_held_look, fabric, err);
	if (rc == 0)
		rc = np_lane_new(&fabric->lane, svc->event,
			&(struct np_lane_spec){ .name = lane,
				.argv = argv,
				.record_path = svc->set.record_dir[0] ? record : NULL,
				.on_change = lane_changed,
				.data = fabric },
			err);
	if (rc < 0) {
		fabric_free(fabric);
		return rc;
	}
	recall_snapshot(fabric);
	return 0;
}

static void compare_row(struct svc *svc, const json_t *row)
{
	const char *name = np_json_text(row, "name");
	struct svc_fabric *fabric = svc_fabric_named(svc, name);
	const struct zone_driver *driver = zone_driver_named(np_json_text(row, "driver"));
	struct np_err err = { 0 };

	if (fabric && fabric->driver == driver)
		fabric->listed = true;
	else if (fabric)
		fabric_free(fabric);
	if (driver && !svc_fabric_named(svc, name) && fabric_add(svc, name, driver, &err) < 0)
		np_log(LOG_ERR, "fabric %s: %s", name, err.msg);
	fabric = svc_fabric_named(svc, name);
	if (fabric)
		svc_drift_soon(fabric);
}

void svc_fabric_news(struct svc *svc, const struct fc_hba *hba)
{
	char label[NP_NAME_MAX];

	svc_hba_fabric(svc, hba, label);
	struct svc_fabric *fabric = svc_fabric_named(svc, label);
	if (fabric)
		svc_drift_soon(fabric);
}

void svc_fabrics_sync(struct svc *svc)
{
	np_auto(np_json_decref) json_t *rows = NULL;

	svc->fabrics_stale = false;
	if (db_list(svc->db, &rows, NULL, "SELECT name, driver FROM fabrics", "") < 0)
		return;
	svc_each_fabric(fabric, svc) fabric->listed = false;
	for (size_t i = 0; i < json_array_size(rows); i++)
		compare_row(svc, json_array_get(rows, i));
	np_list_foreach_safe (fabric, &svc->fabrics->list, struct svc_fabric, node) {
		if (!fabric->listed)
			fabric_free(fabric);
	}
}

void svc_fabrics_restored(struct svc *svc)
{
	svc_each_fabric(fabric, svc)
	{
		json_decref(fabric->aliases);
		fabric->aliases = NULL;
	}
	svc->fabrics_stale = true;
}

json_t *svc_fabric_lane_view(const struct svc_fabric *fabric)
{
	struct np_lane_status status = np_lane_status(fabric->lane);
	json_t *view = json_pack("{s:s, s:s, s:I, s:I, s:s}", "state",
		np_lane_state_name(fabric->held ? NP_LANE_STUCK : status.state), "job",
		fabric->held && !*status.job ? "an earlier change" : status.job, "queued",
		(json_int_t)status.queued, "restarts", (json_int_t)status.restarts, "seen",
		fabric->taken);

	if (fabric->trouble.code)
		np_json_set_text(view, "trouble", fabric->trouble.msg);
	return view;
}

int svc_fabrics_new(struct svc *svc, struct np_err *err)
{
	svc->fabrics = calloc(1, sizeof *svc->fabrics);
	if (!svc->fabrics)
		return np_fail_nomem(err);
	np_list_init(&svc->fabrics->list);
	np_list_init(&svc->fabrics->asks);
	svc_fabrics_sync(svc);
	return 0;
}

void svc_fabrics_free(struct svc *svc)
{
	if (!svc->fabrics)
		return;
	np_list_foreach_safe (fabric, &svc->fabrics->list, struct svc_fabric, node)
		fabric_free(fabric);
	free(svc->fabrics);
	svc->fabrics = NULL;
}
