/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/hosts.h"

#include <string.h>

#include "base/file.h"
#include "fc/event.h"
#include "fc/scan.h"
#include "service/fabric.h"
#include "service/hba.h"
#include "service/op.h"

#define LISTING_MS 50	     /* hosts come and go in bursts */
#define RESCAN_MS 100	     /* so do the events of one vport */
#define LOOK_MS 1	     /* gathers what one turn of the loop asks for */
#define KNOWN_WITHIN_MS 3000 /* an HBA that was not read by then does not hold up the others */
#define HELD_LOOK_MS 500     /* has the lane of an earlier npivd gone? */
#define SCAN_TIMEOUT_MS 60000
#define LOOKS_MAX 1024

/* One physical port that the kernel shows. */
struct host {
	struct np_list node;
	struct svc *svc;
	char name[FC_NAME_MAX]; /* "host1" */
	uint64_t wwpn;		/* 0 until it was read */
	struct np_lane *lane;
	sd_event_source *rescan, *look;
	bool scanning, scan_again;
	bool held;		   /* an earlier npivd's lane still hangs there */
	bool doubted;		   /* its lane died or was stuck: what it did is to be looked at */
	uint64_t looks[LOOKS_MAX]; /* vports to be looked at */
	size_t n_looks;
	uint64_t asked[LOOKS_MAX]; /* those that the running look is about */
	size_t n_asked;
	bool looking;
	bool whole, asked_whole; /* also what the vports see */
	struct svc_pace scan_pace, look_pace;
};

struct away {
	struct np_list node;
	uint64_t wwpn;
	int64_t since_ms;
};

struct svc_hosts {
	struct svc *svc;
	struct fc_sysfs sysfs;
	struct fc_inventory *inventory;
	struct fc_events *events;
	struct np_list hosts, away;
	sd_event_source *listing; /* timer: which hosts are there */
	sd_event_source *resync;  /* timer: read everything again */
	int64_t since_ms;
	int64_t uevents, fc_events; /* heard so far */
	bool known;
};

struct fc_inventory *svc_inventory(const struct svc *svc)
{
	return svc->hosts->inventory;
}

const struct fc_hba *svc_hba_now(const struct svc *svc, uint64_t wwpn)
{
	return wwpn ? fc_inventory_hba(svc->hosts->inventory, wwpn) : NULL;
}

const struct fc_vport *svc_vport_now(
	const struct svc *svc, uint64_t wwpn, const struct fc_hba **ret_hba)
{
	const struct fc_hba *hba = NULL;
	const struct fc_vport *vport = fc_inventory_vport(svc->hosts->inventory, wwpn, &hba);

	*ret_hba = hba;
	return vport;
}

static struct host *host_of(const struct svc *svc, uint64_t wwpn)
{
	np_list_foreach (host, &svc->hosts->hosts, struct host, node) {
		if (host->wwpn == wwpn && wwpn)
			return host;
	}
	return NULL;
}

static struct host *host_named(struct svc_hosts *hosts, const char *name)
{
	np_list_foreach (host, &hosts->hosts, struct host, node) {
		if (strcmp(host->name, name) == 0)
			return host;
	}
	return NULL;
}

static bool lane_is_blocked(const struct host *host)
{
	enum np_lane_state state = np_lane_status(host->lane).state;

	return host->held || state == NP_LANE_STUCK || state == NP_LANE_STARTING;
}

bool svc_hba_is_blocked(const struct svc *svc, uint64_t hba)
{
	const struct host *host = host_of(svc, hba);

	return host && lane_is_blocked(host);
}

static void note_away(struct svc_hosts *hosts, uint64_t wwpn)
{
	struct away *away = calloc(1, sizeof *away);

	if (!away || !wwpn) {
		free(away);
		return;
	}
	away->wwpn = wwpn;
	away->since_ms = svc_clock_ms();
	np_list_append(&hosts->away, &away->node);
}

static void note_back(struct svc_hosts *hosts, uint64_t wwpn)
{
	np_list_foreach_safe (away, &hosts->away, struct away, node) {
		if (away->wwpn == wwpn) {
			np_list_remove(&away->node);
			free(away);
		}
	}
}

static const struct away *find_away(const struct svc *svc, uint64_t wwpn)
{
	np_list_foreach (away, &svc->hosts->away, struct away, node) {
		if (away->wwpn == wwpn)
			return away;
	}
	return NULL;
}

bool svc_hba_may_be_there(const struct svc *svc, uint64_t wwpn)
{
	if (!wwpn || svc_hba_now(svc, wwpn))
		return wwpn != 0;
	np_list_foreach (host, &svc->hosts->hosts, struct host, node) {
		if (host->wwpn == wwpn || (!host->wwpn && !find_away(svc, wwpn)))
			return true;
	}
	return false;
}

/* An HBA that this process has never seen is away since the process looks. */
int64_t svc_hba_away_ms(const struct svc *svc, uint64_t wwpn)
{
	const struct away *away = find_away(svc, wwpn);

	if (svc_hba_may_be_there(svc, wwpn))
		return 0;
	return svc_clock_ms() - (away ? away->since_ms : svc->hosts->since_ms);
}

static void become_known(struct svc_hosts *hosts)
{
	if (hosts->known)
		return;
	np_list_foreach (host, &hosts->hosts, struct host, node) {
		if (!host->wwpn && svc_clock_ms() - hosts->since_ms < KNOWN_WITHIN_MS)
			return;
	}
	hosts->known = true;
	np_log(LOG_INFO, "%zu HBAs are known", fc_inventory_count(hosts->inventory));
	svc_engine_run(hosts->svc);
	svc_reconcile_soon(hosts->svc);
}

bool svc_hosts_are_known(const struct svc *svc)
{
	return svc->hosts && svc->hosts->known;
}

static void on_change(void *data, const struct fc_change *change)
{
	static const enum fc_change_kind told[] = { FC_CHANGE_HBA_NEW, FC_CHANGE_HBA_GONE,
		FC_CHANGE_VPORT_GONE };
	struct svc *svc = data;
	char object[40];
	bool state = change->what && (strcmp(change->what, "port_state") == 0 ||
					     strcmp(change->what, "state") == 0);

	svc->links_stale = svc->links_stale || change->wwid[0];
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		state = state || told[i] == change->kind;
	if (!state || change->rport)
		return;
	(void)snprintf(object, sizeof object, "%s/%016llx", change->vport ? "vports" : "hbas",
		(unsigned long long)(change->vport ? change->vport : change->hba));
	svc_event(svc, fc_change_name(change->kind), "info", object, NULL, "%s %s%s%s%s%s",
		change->kernel_name, fc_change_name(change->kind), change->what ? ": " : "",
		change->before, change->what ? " -> " : "", change->after);
	if (change->kind == FC_CHANGE_HBA_GONE)
		note_away(svc->hosts, change->hba);
	if (change->kind == FC_CHANGE_HBA_NEW)
		note_back(svc->hosts, change->hba);
}

static void host_changed(struct host *host)
{
	svc_engine_kick(host->svc, host->wwpn);
	svc_reconcile_soon(host->svc);
}

static void note_held(struct host *host, bool held)
{
	const char *name = np_lane_name(host->lane);

	if (held && !host->held)
		svc_event(host->svc, "lane_stuck", "error", name, NULL,
			"%s: a lane of an earlier npivd still hangs in the kernel: this HBA takes no work until it is gone",
			name);
	host->held = held;
	if (held)
		svc_timer_soon(host->rescan, HELD_LOOK_MS);
}

static void scan_done(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct host *host = data;
	struct fc_hba hba = { 0 };
	struct np_err why = { 0 };

	host->scanning = false;
	svc_pace_end(&host->scan_pace);
	if (rc == 0)
		rc = fc_hba_from_json(&hba, answer, &why);
	if (rc < 0) {
		np_log(LOG_DEBUG, "%s: scan: %s", host->name,
			err && err->code ? err->msg : why.msg);
		svc_timer_soon(host->svc->hosts->listing, LISTING_MS);
		svc_timer_soon(host->rescan, 10 * RESCAN_MS);
		become_known(host->svc->hosts);
		return;
	}
	if (host->wwpn != hba.wwpn && svc_hba_note_seen(host->svc, hba.wwpn, &why) < 0)
		np_log(LOG_WARNING, "%s: %s", host->name, why.msg);
	host->wwpn = hba.wwpn;
	note_held(host, np_json_bool(answer, "held"));
	if (fc_inventory_update(host->svc->hosts->inventory, &hba, &why) < 0)
		np_log(LOG_WARNING, "%s: %s", host->name, why.msg);
	if (host->scan_again)
		svc_timer_soon(host->rescan, RESCAN_MS);
	host->scan_again = false;
	become_known(host->svc->hosts);
	host_changed(host);
}

static int on_rescan(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct host *host = data;
	struct np_err err = { 0 };

	if (host->scanning) {
		host->scan_again = true;
		return 0;
	}
	host->scanning = true;
	svc_pace_begin(&host->scan_pace);
	if (np_lane_send(host->lane, json_pack("{s:s}", "job", "scan"), SCAN_TIMEOUT_MS,
		    SVC_JOB_SCAN, scan_done, host, &err) < 0) {
		host->scanning = false;
		np_log(LOG_WARNING, "%s: %s", host->name, err.msg);
	}
	return 0;
}

static int read_look(const json_t *answer, struct fc_hba *ret_hba, struct np_err *err)
{
	np_auto(np_json_decref) json_t *hba = json_copy(json_object_get(answer, "hba"));

	(void)json_object_set(hba, "vports", json_object_get(answer, "vports"));
	return fc_hba_from_json(ret_hba, hba, err);
}

static void look_done(void *data, int rc, const json_t *answer, const struct np_err *err np_unused)
{
	struct host *host = data;
	struct fc_hba hba = { 0 };
	struct np_err why = { 0 };

	host->looking = false;
	svc_pace_end(&host->look_pace);
	if (host->n_looks)
		svc_timer_soon(host->look, LOOK_MS);
	if (rc == 0)
		rc = read_look(answer, &hba, &why);
	if (rc == 0) {
		struct fc_named named = { host->asked, host->n_asked, !host->asked_whole };
		hba.wwpn = host->wwpn;
		rc = fc_inventory_update_vports(host->svc->hosts->inventory, &hba, &named, &why);
	}
	if (rc < 0 && why.code)
		np_log(LOG_DEBUG, "%s: look: %s", host->name, why.msg);
	host_changed(host);
}

static int on_look(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct host *host = data;
	char text[NP_WWN_TEXT];
	int64_t pause = svc_pace_left(&host->look_pace);
	json_t *wwpns;

	if (host->looking || host->n_looks == 0)
		return 0;
	/* A look is for somebody who waits, but changes wait too. */
	if (pause > 0 && np_lane_status(host->lane).queued > 0) {
		svc_timer_set(host->look, pause);
		return 0;
	}
	svc_pace_begin(&host->look_pace);
	wwpns = json_array();
	for (size_t i = 0; i < host->n_looks; i++)
		(void)json_array_append_new(wwpns, json_string(np_wwn_text(host->looks[i], text)));
	memcpy(host->asked, host->looks, host->n_looks * sizeof *host->looks);
	host->n_asked = host->n_looks;
	host->asked_whole = host->whole;
	host->n_looks = 0;
	host->whole = false;
	host->looking = np_lane_send(host->lane,
				json_pack("{s:s, s:o, s:b}", "job", "look", "wwpns", wwpns, "brief",
					!host->asked_whole),
				SCAN_TIMEOUT_MS, SVC_JOB_LOOK, look_done, host, NULL) == 0;
	return 0;
}

void svc_hba_look(struct svc *svc, uint64_t hba, uint64_t wwpn, bool brief)
{
	struct host *host = host_of(svc, hba);

	if (!host)
		return;
	host->whole = host->whole || !brief;
	for (size_t i = 0; i < host->n_looks; i++) {
		if (host->looks[i] == wwpn)
			return;
	}
	if (host->n_looks < LOOKS_MAX)
		host->looks[host->n_looks++] = wwpn;
	svc_timer_soon(host->look, LOOK_MS);
}

void svc_hba_rescan(struct svc *svc, uint64_t hba)
{
	np_list_foreach (host, &svc->hosts->hosts, struct host, node) {
		if (hba == 0 || host->wwpn == hba)
			svc_timer_soon(host->rescan, RESCAN_MS);
	}
	if (hba == 0)
		svc_timer_soon(svc->hosts->listing, LISTING_MS);
}

void svc_vport_seen(struct svc *svc, uint64_t hba, const json_t *json)
{
	struct fc_vport vport = { 0 };
	struct np_err err = { 0 };
	int rc = fc_vport_from_json(&vport, json, &err);

	if (rc == 0)
		rc = fc_inventory_update_vport(svc->hosts->inventory, hba, &vport, &err);
	if (rc < 0)
		np_log(LOG_DEBUG, "vport: %s", err.msg);
}

void svc_vport_gone(struct svc *svc, uint64_t hba, uint64_t wwpn)
{
	fc_inventory_forget_vport(svc->hosts->inventory, hba, wwpn);
}

static void lane_changed(void *data, struct np_lane *lane, const json_t *late)
{
	struct host *host = data;
	struct np_lane_status status = np_lane_status(lane);

	if (status.state == NP_LANE_STUCK)
		svc_event(host->svc, "lane_stuck", "error", np_lane_name(lane), NULL,
			"%s is stuck in %s: this HBA takes no work until the kernel answers",
			np_lane_name(lane), status.job);
	if (status.state == NP_LANE_DOWN)
		svc_event(host->svc, "lane_down", "warning", np_lane_name(lane), NULL,
			"%s died: %s", np_lane_name(lane), status.trouble);
	if (late)
		svc_event(host->svc, "lane_late", "notice", np_lane_name(lane), NULL,
			"%s answers again; what it did meanwhile is being looked at",
			np_lane_name(lane));
	host->doubted = host->doubted || late || status.state == NP_LANE_STUCK ||
			status.state == NP_LANE_DOWN;
	if (status.state != NP_LANE_IDLE && !late)
		return;
	if (host->doubted)
		svc_timer_soon(host->rescan, 0);
	host->doubted = false;
	svc_engine_kick(host->svc, host->wwpn);
}

static struct host *host_free(struct host *host)
{
	if (!host)
		return NULL;
	np_list_remove(&host->node);
	(void)sd_event_source_disable_unref(host->rescan);
	(void)sd_event_source_disable_unref(host->look);
	host->lane = np_lane_free(host->lane);
	free(host);
	return NULL;
}

static int host_add(struct svc_hosts *hosts, const char *name, struct np_err *err)
{
	struct svc *svc = hosts->svc;
	struct host *host = calloc(1, sizeof *host);
	char lane[FC_NAME_MAX + 8], record[NP_PATH_MAX], lock_dir[NP_PATH_MAX];
	int rc;

	if (!host)
		return np_fail_nomem(err);
	host->svc = svc;
	np_list_append(&hosts->hosts, &host->node);
	(void)snprintf(host->name, sizeof host->name, "%s", name);
	(void)snprintf(lane, sizeof lane, "fc:%s", name);
	(void)np_path(record, "%s/%s.lane", svc->set.record_dir, name);
	(void)np_path(lock_dir, "%s/lanes", svc->set.run_dir);
	char *argv[] = { svc->set.program, (char[]){ "--lane" }, lane, (char[]){ "--sysfs-root" },
		svc->set.sysfs_root, (char[]){ "--lock-dir" }, lock_dir, NULL };
	rc = svc_timer_new(svc->event, &host->rescan, on_rescan, host, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &host->look, on_look, host, err);
	if (rc == 0)
		rc = np_lane_new(&host->lane, svc->event,
			&(struct np_lane_spec){ .name = lane,
				.argv = argv,
				.ahead = true,
				.record_path = svc->set.record_dir[0] ? record : NULL,
				.on_change = lane_changed,
				.data = host },
			err);
	if (rc < 0) {
		(void)host_free(host);
		return rc;
	}
	svc_timer_soon(host->rescan, 0);
	return 0;
}

static bool is_listed(const struct fc_entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->n; i++) {
		if (strcmp(entries->items[i].name, name) == 0)
			return true;
	}
	return false;
}

static void compare_listing(struct svc_hosts *hosts, const struct fc_entries *entries)
{
	struct np_err err = { 0 };

	np_list_foreach_safe (host, &hosts->hosts, struct host, node) {
		if (is_listed(entries, host->name))
			continue;
		uint64_t wwpn = host->wwpn;
		fc_inventory_gone(hosts->inventory, host->name);
		(void)host_free(host);
		if (hosts->svc->fabrics)
			svc_fabrics_lost(hosts->svc, wwpn);
		svc_engine_lost(hosts->svc, wwpn);
		svc_reconcile_soon(hosts->svc);
	}
	for (size_t i = 0; i < entries->n; i++) {
		if (!host_named(hosts, entries->items[i].name) &&
			host_add(hosts, entries->items[i].name, &err) < 0)
			np_log(LOG_ERR, "%s: %s", entries->items[i].name, err.msg);
	}
}

static int on_listing(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct svc_hosts *hosts = data;
	struct fc_entries entries = { 0 };
	struct np_err err = { 0 };

	if (fc_scan_hosts(&hosts->sysfs, &entries, &err) < 0)
		np_log(LOG_WARNING, "HBAs cannot be listed: %s", err.msg);
	else
		compare_listing(hosts, &entries);
	fc_entries_done(&entries);
	become_known(hosts);
	if (!hosts->known)
		svc_timer_soon(hosts->listing, KNOWN_WITHIN_MS);
	return 0;
}

static int on_resync(sd_event_source *source, uint64_t usec np_unused, void *data)
{
	struct svc_hosts *hosts = data;
	struct svc *svc = hosts->svc;

	if (hosts->events && fc_events_retry(hosts->events))
		np_log(LOG_INFO, "kernel events are heard now");
	svc_hba_rescan(svc, 0);
	svc_timer_set(source, svc->set.resync);
	return 0;
}

static void on_event(void *data, const struct fc_event *event)
{
	struct svc_hosts *hosts = data;
	struct host *host = host_named(hosts, event->host);

	/* A vport's own host: that is somewhere below an HBA. */
	if (!host && event->host[0]) {
		const struct fc_hba *hba = fc_inventory_by_host(hosts->inventory, event->host);
		host = hba ? host_named(hosts, hba->kernel_name) : NULL;
	}
	if (event->kind == FC_EVENT_FC) {
		hosts->fc_events++;
		svc_event(hosts->svc, "fc_event", "info", event->host, NULL, "%s: %s", event->host,
			fc_event_code_name(event->code));
		const struct fc_hba *hba = host ? svc_hba_now(hosts->svc, host->wwpn) : NULL;
		if (event->code == FC_CODE_RSCN && hba)
			svc_fabric_news(hosts->svc, hba);
	} else
		hosts->uevents++;
	if (event->kind == FC_EVENT_OVERRUN)
		svc_hba_rescan(hosts->svc, 0);
	if (event->kind == FC_EVENT_HOSTS)
		svc_timer_soon(hosts->listing, LISTING_MS);
	if (host)
		svc_timer_soon(host->rescan, RESCAN_MS + svc_pace_left(&host->scan_pace));
}

int svc_hba_job(struct svc *svc, uint64_t hba, json_t *job, int64_t timeout_ms, int priority,
	np_lane_done_fn *done, void *data, struct np_err *err)
{
	struct host *host = host_of(svc, hba);
	char text[NP_WWN_COLON];

	if (!host) {
		json_decref(job);
		if (svc_hba_may_be_there(svc, hba))
			return np_fail(err, NP_BUSY, "HBA %s has not been read yet",
				np_wwn_colon(hba, text));
		return np_fail(err, NP_NOTFOUND, "HBA %s is not there", np_wwn_colon(hba, text));
	}
	return np_lane_send(host->lane, job, timeout_ms, priority, done, data, err);
}

void svc_hba_drop_jobs(struct svc *svc, const void *data)
{
	np_list_foreach (host, &svc->hosts->hosts, struct host, node)
		np_lane_drop(host->lane, data);
}

static json_t *lane_view(const struct host *host)
{
	struct np_lane_status status = np_lane_status(host->lane);
	json_t *view = json_pack("{s:s, s:s, s:I}", "state",
		np_lane_state_name(host->held ? NP_LANE_STUCK : status.state), "job",
		host->held && !*status.job ? "an earlier write" : status.job, "queued",
		(json_int_t)status.queued);

	if (*status.job)
		(void)json_object_set_new(
			view, "job_s", json_integer((svc_clock_ms() - status.job_since_ms) / 1000));
	if (status.restarts)
		(void)json_object_set_new(view, "restarts", json_integer(status.restarts));
	return view;
}

json_t *svc_hba_lane_view(const struct svc *svc, uint64_t hba)
{
	const struct host *host = host_of(svc, hba);

	return host ? lane_view(host) : json_null();
}

json_t *svc_lanes_view(const struct svc *svc)
{
	json_t *lanes = json_object();

	np_list_foreach (host, &svc->hosts->hosts, struct host, node)
		(void)json_object_set_new(lanes, np_lane_name(host->lane), lane_view(host));
	return lanes;
}

json_t *svc_events_view(const struct svc *svc)
{
	return json_pack("{s:I, s:I, s:s}", "uevents", (json_int_t)svc->hosts->uevents, "fc_events",
		(json_int_t)svc->hosts->fc_events, "missing",
		svc->hosts->events ? fc_events_missing(svc->hosts->events) : "switched off");
}

int svc_hosts_new(struct svc *svc, struct np_err *err)
{
	struct svc_hosts *hosts = svc->hosts = calloc(1, sizeof *hosts);
	int rc;

	if (!hosts)
		return np_fail_nomem(err);
	hosts->svc = svc;
	hosts->since_ms = svc_clock_ms();
	np_list_init(&hosts->hosts);
	np_list_init(&hosts->away);
	rc = fc_sysfs_init(&hosts->sysfs, svc->set.sysfs_root, err);
	if (rc == 0)
		rc = fc_inventory_new(&hosts->inventory, on_change, svc, err);
	if (rc == 0 && svc->set.events)
		rc = fc_events_new(&hosts->events, svc->event, on_event, hosts, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &hosts->listing, on_listing, hosts, err);
	if (rc == 0)
		rc = svc_timer_new(svc->event, &hosts->resync, on_resync, hosts, err);
	if (rc < 0)
		return rc;
	if (hosts->events && *fc_events_missing(hosts->events))
		np_log(LOG_NOTICE, "kernel events: %s; a rescan every %lld s takes their place",
			fc_events_missing(hosts->events), (long long)svc->set.resync / 1000);
	svc_timer_soon(hosts->listing, 0);
	svc_timer_soon(hosts->resync, svc->set.resync);
	return 0;
}

void svc_hosts_free(struct svc *svc)
{
	struct svc_hosts *hosts = svc->hosts;

	if (!hosts)
		return;
	np_list_foreach_safe (host, &hosts->hosts, struct host, node)
		(void)host_free(host);
	np_list_foreach_safe (away, &hosts->away, struct away, node)
		free(away);
	hosts->events = fc_events_free(hosts->events);
	hosts->inventory = fc_inventory_free(hosts->inventory);
	(void)sd_event_source_disable_unref(hosts->listing);
	(void)sd_event_source_disable_unref(hosts->resync);
	free(hosts);
	svc->hosts = NULL;
}
