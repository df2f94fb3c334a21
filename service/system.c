/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon about itself: index, state, check, backup and restore. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "db/backup.h"
#include "service/fabric.h"
#include "service/hosts.h"
#include "service/metrics.h"
#include "service/op.h"

#define BACKUPS_MAX 1000

int svc_index_get(struct svc *svc np_unused, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err)
{
	json_t *body = json_pack("{s:s, s:s, s:[s,s,s,s,s], s:[s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s]}",
		"name", "npivd", "version", NP_VERSION, "features", "dry-run", "idempotency-key",
		"wait", "guest-state", "online-backup", "nouns", "hbas", "vports", "guests",
		"profiles", "pools", "wwns", "fabrics", "targets", "luns", "masks", "aliases",
		"zones", "zonesets", "plans", "operations", "events", "system");

	return svc_answer(body, SVC_OK, NULL, NULL, ret_result, err);
}

static json_t *settings_view(const struct svc_settings *set)
{
	json_t *view = json_object();
	const struct {
		const char *name;
		int64_t value;
	} rows[] = {
		{ "start_timeout_ms", set->start_timeout },
		{ "stop_timeout_ms", set->stop_timeout },
		{ "undo_timeout_ms", set->undo_timeout },
		{ "job_timeout_ms", set->job_timeout },
		{ "switch_timeout_ms", set->switch_timeout },
		{ "resync_ms", set->resync },
		{ "hba_grace_ms", set->hba_grace },
		{ "restore_parallel", set->restore_parallel },
		{ "vports_per_hba", set->vports_per_hba },
		{ "logins_per_port", set->logins_per_port },
		{ "logins_per_switch", set->logins_per_switch },
		{ "keep_operations", set->keep_operations },
		{ "keep_events", set->keep_events },
		{ "keep_snapshots", set->keep_snapshots },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		(void)json_object_set_new(view, rows[i].name, json_integer(rows[i].value));
	(void)json_object_set_new(view, "sysfs_root", json_string(set->sysfs_root));
	(void)json_object_set_new(view, "disks", json_sprintf("%s/disks", set->run_dir));
	return view;
}

/* Each fabric's lane, and how much is not as recorded. */
static json_t *fabrics_view(struct svc *svc)
{
	json_t *view = json_object();

	svc_each_fabric(fabric, svc)
	{
		json_t *row = svc_fabric_lane_view(fabric);
		(void)json_object_set_new(row, "findings",
			json_integer((json_int_t)json_array_size(fabric->findings)));
		(void)json_object_set_new(view, fabric->name, row);
	}
	return view;
}

int svc_system_get(struct svc *svc, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err)
{
	struct np_err why = { 0 };
	bool ready = svc_ready(svc, &why) == 0;
	struct stat st = { 0 };
	int64_t schema = 0;
	char started[DB_TIME_TEXT];

	(void)stat(svc->db_path, &st);
	(void)db_number(svc->db, &schema, NULL, "PRAGMA user_version", "");
	json_t *body = json_pack(
		"{s:s, s:s, s:s, s:I, s:b, s:{s:s, s:I, s:I, s:O}, s:o, s:o, s:o, s:o, s:o}",
		"version", NP_VERSION, "host", svc->set.host, "started",
		db_time_text(db_now_ms() - (svc_clock_ms() - svc->started_ms), started), "uptime_s",
		(json_int_t)((svc_clock_ms() - svc->started_ms) / 1000), "ready", ready, "database",
		"path", svc->db_path, "size_bytes", (json_int_t)st.st_size, "schema",
		(json_int_t)schema, "marks", db_marks_all(svc->marks), "lanes", svc_lanes_view(svc),
		"fabrics", fabrics_view(svc), "kernel_events", svc_events_view(svc), "counts",
		svc_counts_view(svc), "settings", settings_view(&svc->set));
	if (body && !ready)
		(void)json_object_set_new(body, "not_ready", json_string(why.msg));
	return svc_answer(body, SVC_OK, NULL, NULL, ret_result, err);
}

int svc_system_check(struct svc *svc, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *findings = json_array();
	np_auto(np_json_decref) json_t *lost = NULL;
	int rc = db_check(svc->db, findings, err);

	if (rc == 0)
		rc = db_list(svc->db, &lost, err,
			"SELECT wwpn_a AS wwn FROM vhbas WHERE wwpn_a NOT IN (SELECT wwn FROM wwns WHERE state = 'given')"
			" UNION SELECT wwpn_b FROM vhbas WHERE wwpn_b NOT IN (SELECT wwn FROM wwns WHERE state = 'given')"
			" UNION SELECT wwnn FROM guests WHERE wwnn NOT IN (SELECT wwn FROM wwns WHERE state = 'given')",
			"");
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_array_size(lost); i++)
		(void)json_array_append_new(findings,
			json_sprintf("WWN %s is used by a guest but not recorded as given",
				np_json_text(json_array_get(lost, i), "wwn")));
	json_t *body =
		json_pack("{s:b, s:O}", "ok", json_array_size(findings) == 0, "findings", findings);
	return svc_answer(body, SVC_OK, NULL, NULL, ret_result, err);
}

int svc_system_rescan(struct svc *svc, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err)
{
	if (!svc->would)
		svc_hba_rescan(svc, 0);
	svc_would(svc, json_pack("{s:s}", "action", "rescan"));
	return svc_answer(
		json_pack("{s:b}", "rescan", 1), SVC_ACCEPTED, NULL, NULL, ret_result, err);
}

static bool backup_path(struct svc *svc, const char *name, char path[static NP_PATH_MAX])
{
	return np_path(path, "%s/backups/%s.db", svc->set.state_dir, name);
}

static json_t *backup_view(const char *name, const char *path)
{
	char created[DB_TIME_TEXT];
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	return json_pack("{s:s, s:s, s:I, s:s}", "name", name, "path", path, "size_bytes",
		(json_int_t)st.st_size, "created",
		db_time_text(
			(int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000, created));
}

int svc_backup_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = json_array();
	char path[NP_PATH_MAX], name[256];
	DIR *dir;

	(void)np_path(path, "%s/backups", svc->set.state_dir);
	dir = opendir(path);
	for (struct dirent *entry;
		dir && (entry = readdir(dir)) && json_array_size(rows) < BACKUPS_MAX;) {
		size_t len = strlen(entry->d_name);
		if (len < 4 || strcmp(entry->d_name + len - 3, ".db") != 0)
			continue;
		(void)snprintf(name, sizeof name, "%.*s", (int)(len - 3), entry->d_name);
		if (backup_path(svc, name, path))
			(void)json_array_append_new(rows, backup_view(name, path));
	}
	if (dir)
		(void)closedir(dir);
	return svc_answer_list(call, np_take(rows), "name", ret_result, err);
}

static const struct np_field backup_request[] = {
	{ .name = "name", .type = NP_TYPE_NAME, .help = "the backup's name; the time when absent" },
	{ 0 },
};

static const struct np_field restore_request[] = {
	{ .name = "name",
		.type = NP_TYPE_NAME,
		.flags = NP_FIELD_REQUIRED,
		.help = "the backup's name" },
	{ 0 },
};

/*
 * The copy shows what is committed: what waits is committed first, and that ends the scope of the request. The
 * caller begins it anew.
 */
static int copy_now(struct svc *svc, const char *name, json_t **ret_view, struct np_err *err)
{
	char path[NP_PATH_MAX];
	int rc = backup_path(svc, name, path) ? db_commit(svc->db, err)
					      : np_fail_field(err, "name", "is too long");

	if (rc == 0)
		rc = db_backup(svc->db, path, err);
	if (rc == 0)
		*ret_view = backup_view(name, path);
	return rc;
}

static void time_name(const char *prefix, char name[static NP_NAME_MAX])
{
	char now[DB_TIME_TEXT];

	(void)snprintf(name, NP_NAME_MAX, "%s%s", prefix, db_time_text(0, now));
	for (char *p = name; *p; p++) {
		if (*p == ':')
			*p = '.';
	}
}

int svc_backup_create(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *empty = json_object();
	char name[NP_NAME_MAX], path[NP_PATH_MAX];
	json_t *view = NULL;
	int rc = np_json_check(
		call->body ? call->body : empty, backup_request, NP_CHECK_CREATE, &request, err);

	if (rc < 0)
		return rc;
	time_name("", name);
	if (json_object_get(request, "name"))
		(void)snprintf(name, sizeof name, "%s", np_json_text(request, "name"));
	if (backup_path(svc, name, path) && access(path, F_OK) == 0)
		return np_fail(err, NP_EXISTS, "backup '%s' exists", name);
	if (svc->would) {
		svc_would(svc, json_pack("{s:s, s:s}", "action", "backup", "path", path));
		return 0;
	}
	rc = copy_now(svc, name, &view, err);
	if (rc == 0)
		rc = db_scope_begin(svc->db, err);
	return rc < 0 ? rc : svc_answer(view, SVC_CREATED, "system/backups", name, ret_result, err);
}

/*
 * A backup does not know which guests run now, and a wrong guess would take a running guest's ports away: those
 * whose ports exist are ready, the others absent.
 */
static int settle_guest(struct svc *svc, const char *id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	bool runs = false;
	int rc = svc_guest_vhbas(svc, id, &vhbas, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++) {
		const json_t *vhba = json_array_get(vhbas, i);
		const struct fc_hba *hba = NULL;
		bool there = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba) != NULL;
		runs = runs || there;
		rc = db_exec(svc->db, err, "UPDATE vhbas SET hba = ? WHERE id = ?", "wi",
			there ? hba->wwpn : UINT64_C(0), np_json_int(vhba, "id"));
	}
	return rc == 0 ? db_exec(svc->db, err, "UPDATE guests SET desired = ? WHERE id = ?", "tt",
				 runs ? "ready" : "absent", id)
		       : rc;
}

static int settle_guests(struct svc *svc, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_list(svc->db, &rows, err, "SELECT id FROM guests", "");

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++)
		rc = settle_guest(svc, np_json_text(json_array_get(rows, i), "id"), err);
	return rc;
}

int svc_system_restore(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *kept = NULL;
	char path[NP_PATH_MAX], before[NP_NAME_MAX];
	int64_t open = 0;
	int rc = np_json_check(call->body, restore_request, NP_CHECK_CREATE, &request, err);

	if (rc == 0)
		rc = db_number(svc->db, &open, err,
			"SELECT count(*) FROM operations WHERE ended IS NULL", "");
	if (rc < 0)
		return rc;
	if (open > 0)
		return np_hint(err,
			np_fail(err, NP_CONFLICT, "%lld operations have not ended",
				(long long)open),
			"npivctl op list shows them; wait for them or cancel them");
	if (!backup_path(svc, np_json_text(request, "name"), path) || access(path, R_OK) < 0)
		return np_fail(
			err, NP_NOTFOUND, "backup '%s' not found", np_json_text(request, "name"));
	if (svc->would) {
		svc_would(svc, json_pack("{s:s, s:s}", "action", "restore", "path", path));
		return 0;
	}
	time_name("before-restore-", before);
	rc = copy_now(svc, before, &kept, err);
	if (rc == 0)
		rc = db_restore(svc->db, path, err);
	if (rc == 0)
		rc = db_scope_begin(svc->db, err);
	if (rc < 0)
		return rc;
	rc = svc_pools_raise(svc, err);
	if (rc == 0)
		rc = settle_guests(svc, err);
	svc->markers_stale = true;
	svc_fabrics_restored(svc);
	svc_event(svc, "db_restore", "warning", "system", NULL,
		"record restored from backup '%s' by %s; the former state is '%s'",
		np_json_text(request, "name"), call->principal, before);
	svc_engine_reload(svc);
	svc_reconcile_soon(svc);
	if (rc < 0)
		return np_wrap(err, rc,
			"restored, but not settled; the former state is backup '%s'", before);
	return svc_answer(json_pack("{s:s, s:s}", "restored", np_json_text(request, "name"),
				  "kept_as", before),
		SVC_OK, NULL, NULL, ret_result, err);
}
