/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/file.h"
#include "service/daemon.h"
#include "service/fabric.h"
#include "service/hosts.h"
#include "service/op.h"
#include "service/switches.h"

#define COMMIT_WITHIN_MS 2 /* a busy loop does not put the commit off for longer */
#define RELOAD_MS 1000	   /* after a commit that failed */
#define JANITOR_FIRST_MS 1000
#define JANITOR_MS 600000
#define IDEMPOTENCY_MS 86400000

struct flush {
	struct np_list node;
	svc_flush_fn *done;
	void *data;
};

void svc_would(struct svc *svc, json_t *action)
{
	if (svc->would)
		(void)json_array_append_new(svc->would, action);
	else
		json_decref(action);
}

void svc_result_done(struct svc_result *result)
{
	json_decref(result->body);
	*result = (struct svc_result){ 0 };
}

static void tell_flushes(struct svc *svc, int rc, const struct np_err *err)
{
	struct np_list told;

	/* A callback may flush anew: only those that wait now are told. */
	np_list_init(&told);
	while (!np_list_empty(&svc->flushes)) {
		struct np_list *node = svc->flushes.next;
		np_list_remove(node);
		np_list_append(&told, node);
	}
	while (!np_list_empty(&told)) {
		struct flush *flush = np_list_entry(told.next, struct flush, node);
		np_list_remove(&flush->node);
		flush->done(flush->data, rc, err);
		free(flush);
	}
}

static int on_reload(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct svc *svc = data;

	svc_fabrics_restored(svc);
	svc_engine_reload(svc);
	svc_reconcile_soon(svc);
	return 0;
}

/* One commit for all that one turn of the loop wrote; then everybody who waited for it. */
static void commit(struct svc *svc)
{
	struct np_err err = { 0 };
	int rc = db_commit(svc->db, &err);

	(void)sd_event_source_set_enabled(svc->commit, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(svc->commit_limit, SD_EVENT_OFF);
	svc->write_error = err;
	tell_flushes(svc, rc, &err);
	if (rc < 0) {
		/* What was written is gone: the operations in memory are ahead of the record. */
		np_log(LOG_CRIT, "%s; operations are read again from the record", err.msg);
		svc_timer_set(svc->reload, RELOAD_MS);
		return;
	}
	if (svc->markers_stale)
		svc_markers_sync(svc);
	if (svc->fabrics_stale)
		svc_fabrics_sync(svc);
	svc_waits_notify(svc);
	svc_engine_run(svc);
}

static int on_commit(sd_event_source *source np_unused, void *data)
{
	commit(data);
	return 0;
}

static int on_commit_limit(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	commit(data);
	return 0;
}

static void plan_commit(void *data)
{
	struct svc *svc = data;

	(void)sd_event_source_set_enabled(svc->commit, SD_EVENT_ONESHOT);
	svc_timer_soon(svc->commit_limit, COMMIT_WITHIN_MS);
}

int svc_flush(struct svc *svc, svc_flush_fn *done, void *data, struct np_err *err)
{
	struct flush *flush = calloc(1, sizeof *flush);

	if (!flush)
		return np_fail_nomem(err);
	*flush = (struct flush){ .done = done, .data = data };
	np_list_append(&svc->flushes, &flush->node);
	plan_commit(svc);
	return 0;
}

void svc_forget(struct svc *svc, const void *data)
{
	np_list_foreach_safe (flush, &svc->flushes, struct flush, node) {
		if (flush->data == data) {
			np_list_remove(&flush->node);
			free(flush);
		}
	}
	svc_waits_forget(svc, data);
}

/* The first answer to this key, *ret_known; or nothing is known of it. */
static int recall(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	bool *ret_known, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	struct svc_result result = { 0 };

	*ret_known = false;
	if (!call->idempotency_key || call->dry_run)
		return 0;
	int rc = db_get(svc->db, &row, err,
		"SELECT * FROM idempotency WHERE principal = ? AND key = ? AND created_ms > ?",
		"tti", call->principal, call->idempotency_key, db_now_ms() - IDEMPOTENCY_MS);
	if (rc < 0 || !row)
		return rc;
	if (strcmp(np_json_text(row, "fingerprint"), call->fingerprint ? call->fingerprint : "") !=
		0)
		return np_fail_field(err, "Idempotency-Key", "was used for another request");
	result.status = (enum svc_status)np_json_int(row, "status");
	result.operation = np_json_int(row, "operation");
	if (*np_json_text(row, "body"))
		result.body = json_loads(np_json_text(row, "body"), JSON_DECODE_ANY, NULL);
	(void)snprintf(
		result.location, sizeof result.location, "%s", np_json_text(row, "location"));
	(void)snprintf(result.etag, sizeof result.etag, "%s", np_json_text(row, "etag"));
	*ret_known = true;
	*ret_result = result;
	return 0;
}

static int remember(struct svc *svc, const struct svc_call *call, const struct svc_result *result,
	struct np_err *err)
{
	if (!call->idempotency_key)
		return 0;
	return db_exec(svc->db, err,
		"INSERT OR REPLACE INTO idempotency (principal, key, fingerprint, status, body, operation, location, etag,"
		" created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"tttijitti", call->principal, call->idempotency_key,
		call->fingerprint ? call->fingerprint : "", (int64_t)result->status, result->body,
		result->operation, result->location, result->etag, db_now_ms());
}

static int run_in_scope(struct svc *svc, svc_fn *fn, const struct svc_call *call,
	struct svc_result *result, struct np_err *err)
{
	struct np_err why = { 0 };
	int rc = db_scope_begin(svc->db, err);

	if (rc < 0)
		return rc;
	rc = fn(svc, call, result, err);
	if (rc == 0 && !call->dry_run)
		rc = remember(svc, call, result, err);
	/* A restore or a backup ends the transaction, and the scope with it. */
	if (db_in_scope(svc->db) && db_scope_end(svc->db, rc == 0 && !call->dry_run, &why) < 0 &&
		rc == 0)
		rc = np_fail(err, why.code, "%s", why.msg);
	return rc;
}

int svc_run(struct svc *svc, svc_fn *fn, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_result result = { 0 };
	bool known = false;
	int rc;

	if (call->reads)
		return fn(svc, call, ret_result, err);
	rc = recall(svc, call, &result, &known, err);
	if (rc == 0 && !known) {
		svc->would = call->dry_run ? json_array() : NULL;
		rc = run_in_scope(svc, fn, call, &result, err);
	}
	if (rc == 0 && call->dry_run) {
		svc_result_done(&result);
		result.body = json_pack("{s:b, s:O}", "dry_run", 1, "would", svc->would);
	}
	json_decref(svc->would);
	svc->would = NULL;
	if (rc < 0)
		svc_result_done(&result);
	else
		*ret_result = result;
	return rc;
}

int svc_ready(struct svc *svc, struct np_err *err)
{
	if (svc->stopping)
		return np_fail(err, NP_BUSY, "npivd is stopping");
	if (!svc_hosts_are_known(svc))
		return np_fail(err, NP_BUSY, "the HBAs are still being read");
	if (svc->write_error.code != NP_OK)
		return np_fail(err, svc->write_error.code, "%s", svc->write_error.msg);
	return 0;
}

static int on_janitor(sd_event_source *source, uint64_t usec np_unused, void *data)
{
	struct svc *svc = data;
	struct np_err err = { 0 };
	int rc = db_exec(svc->db, &err,
		"DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", "i",
		svc->set.keep_events);

	if (rc == 0)
		rc = db_exec(svc->db, &err,
			"DELETE FROM operations WHERE ended IS NOT NULL AND state <> 'STUCK' AND id <= (SELECT max(id) FROM operations) - ?",
			"i", svc->set.keep_operations);
	if (rc == 0)
		rc = svc_history_trim(svc, &err);
	if (rc == 0)
		rc = db_exec(svc->db, &err, "DELETE FROM idempotency WHERE created_ms < ?", "i",
			db_now_ms() - IDEMPOTENCY_MS);
	if (rc < 0)
		np_log(LOG_WARNING, "clean-up: %s", err.msg);
	svc_timer_set(source, JANITOR_MS);
	return 0;
}

static int make_directories(struct svc *svc, struct np_err *err)
{
	static const char *const below_state[] = { "guests", "released", "backups" };
	static const char *const below_run[] = { "disks", "lanes" };
	char path[NP_PATH_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 3; i++) {
		(void)np_path(path, "%s/%s", svc->set.state_dir, below_state[i]);
		rc = np_mkdir_p(path, 0755, err);
	}
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		(void)np_path(path, "%s/%s", svc->set.run_dir, below_run[i]);
		rc = np_mkdir_p(path, 0755, err);
	}
	return rc;
}

static int add_sources(struct svc *svc, struct np_err *err)
{
	int rc = sd_event_add_defer(svc->event, &svc->commit, on_commit, svc);

	if (rc >= 0)
		rc = sd_event_source_set_priority(svc->commit, SD_EVENT_PRIORITY_IDLE);
	if (rc < 0)
		return np_fail_sys(err, -rc, "event loop");
	rc = svc_timer_new(svc->event, &svc->commit_limit, on_commit_limit, svc, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &svc->reload, on_reload, svc, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &svc->janitor, on_janitor, svc, err);
	if (rc < 0)
		return rc;
	(void)sd_event_source_set_priority(svc->commit_limit, SD_EVENT_PRIORITY_IMPORTANT);
	svc_timer_set(svc->janitor, JANITOR_FIRST_MS);
	return 0;
}

static int open_record(struct svc *svc, struct np_err *err)
{
	char path[NP_PATH_MAX];
	int rc = add_sources(svc, err);

	if (rc == 0)
		rc = db_open(&svc->db, svc->db_path, err);
	if (rc < 0)
		return rc;
	db_on_begin(svc->db, plan_commit, svc);
	if (!np_path(path, "%s.marks", svc->db_path))
		return np_fail(err, NP_INVAL, "database path too long");
	rc = db_marks_open(&svc->marks, path, err);
	if (rc == 0)
		rc = svc_pools_raise(svc, err);
	if (rc == 0)
		rc = db_number(svc->db, &svc->last_event, err, "SELECT max(id) FROM events", "");
	return rc;
}

int svc_new(struct svc **ret_svc, sd_event *event, const char *db_path,
	const struct svc_settings *settings, struct np_err *err)
{
	struct svc *svc = calloc(1, sizeof *svc);
	int rc;

	if (!svc || !(svc->db_path = strdup(db_path))) {
		free(svc);
		return np_fail_nomem(err);
	}
	svc->event = event;
	svc->set = *settings;
	svc->started_ms = svc_clock_ms();
	np_list_init(&svc->flushes);
	np_list_init(&svc->waits);
	rc = make_directories(svc, err);
	if (rc == 0)
		rc = svc_engine_new(svc, err);
	if (rc == 0)
		rc = open_record(svc, err);
	if (rc == 0)
		rc = svc_hosts_new(svc, err);
	if (rc == 0)
		rc = svc_fabrics_new(svc, err);
	if (rc == 0)
		rc = svc_reconcile_init(svc, err);
	if (rc < 0) {
		(void)svc_free(svc);
		return rc;
	}
	svc_markers_sync(svc);
	*ret_svc = svc;
	return 0;
}

void svc_set_settings(struct svc *svc, const struct svc_settings *settings)
{
	svc->set = *settings;
	svc_hba_rescan(svc, 0);
}

struct svc *svc_free(struct svc *svc)
{
	struct np_err stopping;

	if (!svc)
		return NULL;
	svc->stopping = true;
	if (svc->db)
		(void)db_commit(svc->db, NULL);
	(void)np_fail(&stopping, NP_BUSY, "npivd is stopping");
	tell_flushes(svc, -NP_BUSY, &stopping);
	svc_waits_forget(svc, NULL);
	svc_engine_free(svc);
	svc_fabrics_free(svc);
	svc_hosts_free(svc);
	(void)sd_event_source_disable_unref(svc->reconcile);
	(void)sd_event_source_disable_unref(svc->janitor);
	(void)sd_event_source_disable_unref(svc->reload);
	(void)sd_event_source_disable_unref(svc->commit_limit);
	(void)sd_event_source_disable_unref(svc->commit);
	svc->marks = db_marks_free(svc->marks);
	svc->db = db_free(svc->db);
	free(svc->db_path);
	free(svc);
	return NULL;
}
