/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/lane.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/file.h"
#include "base/lane.h"
#include "fc/scan.h"
#include "fc/vport.h"
#include "fc/witness.h"

#define LOCK_PATIENCE_MS 1000 /* the lane of a daemon that has just ended needs a moment to go */
#define LOCK_STEP_MS 10

int fc_lane_init(struct fc_lane *ret_lane, const struct fc_lane_spec *spec, struct np_err *err)
{
	struct fc_lane lane = { .core_fd = spec->fd, .lock_fd = -1, .host = { .fd = -1 } };
	int rc;

	rc = fc_sysfs_init(&lane.sysfs, spec->sysfs_root, err);
	if (rc < 0)
		return rc;
	if (!np_path(lane.lock_dir, "%s", spec->lock_dir))
		return np_fail(err, NP_INVAL, "path too long: lock directory");
	(void)snprintf(lane.name, sizeof lane.name, "%s", spec->host);
	*ret_lane = lane;
	return 0;
}

void fc_lane_done(struct fc_lane *lane)
{
	fc_host_done(&lane->host);
	np_close(&lane->lock_fd);
}

/* As long as another lane is at this HBA: waits, or -NP_BUSY. */
static int lock_hba(struct fc_lane *lane, bool wait, struct np_err *err)
{
	char path[NP_PATH_MAX], text[NP_WWN_TEXT];
	uint64_t wwpn = lane->host.wwpn;
	int fd = -1;

	if (lane->locked == wwpn || !lane->lock_dir[0])
		return 0;
	if (!np_path(path, "%s/%s.lock", lane->lock_dir, np_wwn_text(wwpn, text)))
		return np_fail(err, NP_INVAL, "path too long: lock of %s", text);
	int rc = np_file_lock(path, wait, &fd, err);
	if (rc < 0)
		return rc;
	np_close(&lane->lock_fd);
	lane->lock_fd = fd;
	lane->locked = wwpn;
	return 0;
}

/* The HBA of that name now. It may be another one than at the job before. */
static int open_hba(struct fc_lane *lane, struct np_err *err)
{
	if (fc_host_is_alive(&lane->host))
		return 0;
	fc_host_done(&lane->host);
	return fc_host_open(&lane->host, &lane->sysfs, lane->name, err);
}

/* Reading needs no lock: an HBA in which an older lane hangs can be looked at, and that is told. */
static bool is_held(struct fc_lane *lane)
{
	return lock_hba(lane, false, NULL) == -NP_BUSY;
}

static int job_scan(
	struct fc_lane *lane, const json_t *job np_unused, json_t **ret_answer, struct np_err *err)
{
	struct fc_hba hba = { 0 };
	int rc;

	rc = fc_scan_hba(&lane->host, &hba, err);
	if (rc < 0)
		return rc;
	*ret_answer = fc_hba_to_json(&hba);
	fc_hba_done(&hba);
	(void)json_object_set_new(*ret_answer, "held", json_boolean(is_held(lane)));
	return *ret_answer ? 0 : np_fail_nomem(err);
}

static int read_wwpns(const json_t *job, uint64_t **ret_wwpns, size_t *ret_n, struct np_err *err)
{
	const json_t *list = json_object_get(job, "wwpns");
	size_t n = json_array_size(list);
	np_auto(np_free) uint64_t *wwpns = calloc(n ? n : 1, sizeof *wwpns);

	if (n > FC_LOOK_MAX)
		return np_fail(err, NP_TOOBIG, "a look at %zu vports, over %d", n, FC_LOOK_MAX);
	if (!wwpns)
		return np_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (!text || np_wwn_parse(text, &wwpns[i], NULL) < 0)
			return np_fail_field(err, "wwpns", "entry %zu is not a WWN", i);
	}
	*ret_wwpns = np_take(wwpns);
	*ret_n = n;
	return 0;
}

static json_t *look_to_json(const struct fc_hba *hba)
{
	json_t *json = fc_hba_to_json(hba);
	json_t *vports = json ? json_incref(json_object_get(json, "vports")) : NULL;

	if (!json)
		return NULL;
	(void)json_object_del(json, "vports");
	(void)json_object_del(json, "rports");
	return json_pack("{s:o, s:o}", "hba", json, "vports", vports);
}

static int job_look(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	struct fc_named named = { .brief = np_json_bool(job, "brief") };
	np_auto(np_free) uint64_t *wwpns = NULL;
	struct fc_hba hba = { 0 };
	int rc;

	rc = read_wwpns(job, &wwpns, &named.n, err);
	named.wwpns = wwpns;
	if (rc == 0)
		rc = fc_scan_look(&lane->host, &named, &hba, err);
	if (rc < 0)
		return rc;
	*ret_answer = look_to_json(&hba);
	fc_hba_done(&hba);
	return *ret_answer ? 0 : np_fail_nomem(err);
}

static struct fc_vport_spec read_spec(const json_t *job)
{
	return (struct fc_vport_spec){
		.hba = np_json_wwn(job, "hba"),
		.wwpn = np_json_wwn(job, "wwpn"),
		.wwnn = np_json_wwn(job, "wwnn"),
		.symbolic_name = np_json_text(job, "symbolic_name"),
		.force = np_json_bool(job, "force"),
		.fresh = np_json_bool(job, "fresh"),
	};
}

static int answer_existed(bool existed, json_t **ret_answer, struct np_err *err)
{
	*ret_answer = json_pack("{s:b}", "existed", existed);
	return *ret_answer ? 0 : np_fail_nomem(err);
}

static int job_create(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	struct fc_vport_spec spec = read_spec(job);
	struct fc_vport vport = { 0 };
	bool existed = false;
	int rc;

	rc = fc_vport_create(&lane->host, &spec, &existed, &vport, err);
	if (rc < 0)
		return rc;
	rc = answer_existed(existed, ret_answer, err);
	if (rc == 0 && vport.wwpn)
		(void)json_object_set_new(*ret_answer, "vport", fc_vport_to_json(&vport));
	fc_vport_done(&vport);
	return rc;
}

static int job_name(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	struct fc_vport_spec spec = read_spec(job);
	int rc = fc_vport_name(&lane->host, &spec, err);

	return rc < 0 ? rc : answer_existed(true, ret_answer, err);
}

static int job_delete(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	struct fc_vport_spec spec = read_spec(job);
	bool existed = false;
	int rc;

	rc = fc_vport_delete(&lane->host, &spec, &existed, err);
	return rc < 0 ? rc : answer_existed(existed, ret_answer, err);
}

static int job_rescan(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	int rc = fc_vport_rescan(&lane->host, np_json_wwn(job, "wwpn"), err);

	if (rc < 0)
		return rc;
	*ret_answer = json_object();
	return *ret_answer ? 0 : np_fail_nomem(err);
}

static int job_remove_lun(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	struct fc_vport_spec spec = read_spec(job);
	bool existed = false;
	int rc;

	rc = fc_vport_remove_lun(&lane->host, &spec, np_json_text(job, "hctl"), &existed, err);
	return rc < 0 ? rc : answer_existed(existed, ret_answer, err);
}

static int job_witness(
	struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	uint64_t hba = np_json_wwn(job, "hba");
	char text[NP_WWN_TEXT];

	if (hba && hba != lane->host.wwpn)
		return np_fail(err, NP_NOTFOUND, "HBA %s is not %s any more",
			np_wwn_text(hba, text), lane->host.name);
	return fc_witness(&lane->host, &lane->bsg, np_json_wwn(job, "wwpn"), ret_answer, err);
}

/* clang-format off */
static const struct {
	const char *name;
	bool writes; /* under the lock */
	int (*run)(
		struct fc_lane *lane, const json_t *job, json_t **ret_answer, struct np_err *err);
} jobs[] = {
	{ "scan",       false, job_scan },
	{ "look",       false, job_look },
	{ "create",     true,  job_create },
	{ "name",       true,  job_name },
	{ "delete",     true,  job_delete },
	{ "rescan",     true,  job_rescan },
	{ "remove_lun", true,  job_remove_lun },
	{ "witness",    false, job_witness },
};
/* clang-format on */

int fc_lane_handle(void *data, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	const char *name = np_json_text(job, "job");
	struct fc_lane *lane = data;

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		if (strcmp(jobs[i].name, name) != 0)
			continue;
		int rc = open_hba(lane, err);
		if (rc == 0 && jobs[i].writes)
			rc = lock_hba(lane, true, err);
		if (rc == 0 && jobs[i].writes && np_lane_is_left(lane->core_fd))
			rc = np_fail(err, NP_FAILED, "npivd has gone: nothing is begun any more");
		return rc < 0 ? rc : jobs[i].run(lane, job, ret_answer, err);
	}
	return np_fail(err, NP_INVAL, "an fc lane has no job '%.40s'", name);
}

int fc_lane_main(const struct fc_lane_spec *spec, struct np_err *err)
{
	struct fc_lane lane;
	char title[16];
	int rc;

	rc = fc_lane_init(&lane, spec, err);
	if (rc < 0)
		return rc;
	(void)snprintf(title, sizeof title, "npiv-%.9s", spec->host);
	(void)prctl(PR_SET_NAME, title);
	/* The daemon's terminal is not for the lane: the end of its socket is the sign to stop. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* Without the HBA each job says so, until it is there. */
	if (open_hba(&lane, NULL) == 0)
		for (int ms = 0; ms < LOCK_PATIENCE_MS && is_held(&lane); ms += LOCK_STEP_MS)
			(void)poll(NULL, 0, LOCK_STEP_MS);
	rc = np_lane_serve(spec->fd, fc_lane_handle, &lane, err);
	fc_lane_done(&lane);
	return rc;
}
