/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Desired against observed. A guest that should be ready and has not all its vports gets them again, by
 * start priority and so many at once; a vport of ours that should not be is removed; a foreign one is left
 * alone. Failures are repeated with a growing pause.
 */
#include <string.h>

#include "base/wwn.h"
#include "service/hba.h"
#include "service/hosts.h"

#define SOON_MS 100
#define WAIT_LINK_MS 2000
#define PAUSE_FIRST_MS 5000
#define PAUSE_MAX_MS 300000

struct pass {
	struct svc *svc;
	int64_t again_ms; /* when to look again at the latest, 0: at the next news */
	int64_t room;	  /* restores that may still begin */
	bool links;	  /* the links of the guests may be stale */
};

static void again_in(struct pass *pass, int64_t ms)
{
	if (!pass->again_ms || ms < pass->again_ms)
		pass->again_ms = ms;
}

/* Time until this kind may be tried again for the object: 0 now. Every failure since its last success doubles it. */
static int64_t pause_left(struct svc *svc, const char *kind, const char *object)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int64_t pause = PAUSE_FIRST_MS, left;

	if (db_get(svc->db, &row, NULL,
		    "SELECT count(*) AS failures, cast((julianday('now') - julianday(max(ended))) * 86400000 AS INTEGER) AS age"
		    " FROM operations WHERE object = ?1 AND kind = ?2 AND state = 'FAILED'"
		    " AND id > coalesce((SELECT max(id) FROM operations WHERE object = ?1 AND state = 'DONE'), 0)",
		    "tt", object, kind) < 0 ||
		np_json_int(row, "failures") == 0)
		return 0;
	for (int64_t i = 1; i < np_json_int(row, "failures") && pause < PAUSE_MAX_MS; i++)
		pause *= 2;
	left = (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS) - np_json_int(row, "age");
	return left > 0 ? left : 0;
}

static void rebind(struct svc *svc, json_t *vhba, uint64_t hba)
{
	struct np_err err = { 0 };

	if (svc_hba_bind_to(svc, vhba, hba, &err) < 0)
		np_log(LOG_ERR, "vHBA %s: %s", np_json_text(vhba, "name"), err.msg);
}

/* Is this vHBA's vport missing and can it be made now? Moves the binding when its HBA stays away. */
static bool can_restore(struct pass *pass, const json_t *vhbas, json_t *vhba)
{
	struct svc *svc = pass->svc;
	uint64_t bound = np_json_wwn(vhba, "hba");
	const struct fc_hba *hba = bound ? svc_hba_now(svc, bound) : NULL;
	int64_t away = bound ? svc_hba_away_ms(svc, bound) : svc->set.hba_grace;

	if (hba && strcmp(hba->port_state, "Online") == 0 && !svc_hba_is_blocked(svc, bound))
		return true;
	if (hba) {
		svc_hba_rescan(svc, bound);
		again_in(pass, WAIT_LINK_MS);
		return false;
	}
	if (svc_hba_may_be_there(svc, bound) || away < svc->set.hba_grace) {
		again_in(pass, svc->set.hba_grace > away ? svc->set.hba_grace - away : 1);
		return false;
	}
	if (svc_hba_bind(svc, vhbas, vhba, NULL) < 0) {
		again_in(pass, WAIT_LINK_MS);
		return false;
	}
	return true;
}

static void check_guest(struct pass *pass, json_t *guest)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *request = json_object();
	struct svc *svc = pass->svc;
	char object[64], kind[32];
	size_t missing = 0, possible = 0;
	struct np_err err = { 0 };
	int64_t operation, pause;

	(void)snprintf(object, sizeof object, "guests/%s", np_json_text(guest, "id"));
	if (svc_open_operation(svc, object, kind)) {
		svc->links_stale = svc->links_stale || pass->links;
		return;
	}
	if (pass->links && svc_links_make(svc, np_json_text(guest, "id"), &err) < 0)
		np_log(LOG_WARNING, "guest '%s': %s", np_json_text(guest, "name"), err.msg);
	if (svc_guest_vhbas(svc, np_json_text(guest, "id"), &vhbas, NULL) < 0)
		return;
	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		json_t *vhba = json_array_get(vhbas, i);
		const struct fc_hba *at = NULL;
		const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &at);
		if (vport && at->wwpn != np_json_wwn(vhba, "hba") &&
			!svc_hba_may_be_there(svc, np_json_wwn(vhba, "hba")))
			rebind(svc, vhba, at->wwpn);
		if (vport && at->wwpn == np_json_wwn(vhba, "hba"))
			continue;
		missing++;
		possible += can_restore(pass, vhbas, vhba);
	}
	if (missing == 0 || possible == 0)
		return;
	pause = pause_left(svc, "vport_restore", object);
	if (pause > 0 || pass->room <= 0) {
		again_in(pass, pause > 0 ? pause : PAUSE_FIRST_MS);
		return;
	}
	pass->room--;
	(void)json_object_set_new(request, "only_possible", json_true());
	if (svc_plan_start(svc, guest, "vport_restore", request, "npivd", svc->set.start_timeout,
		    &operation, &err) < 0) {
		np_log(LOG_WARNING, "guest '%s': %s", np_json_text(guest, "name"), err.msg);
		again_in(pass, PAUSE_FIRST_MS);
	}
}

static void check_guests(struct pass *pass)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int64_t running = 0;

	(void)db_number(pass->svc->db, &running, NULL,
		"SELECT count(*) FROM operations WHERE kind = 'vport_restore' AND ended IS NULL",
		"");
	pass->room = pass->svc->set.restore_parallel - running;
	if (db_list(pass->svc->db, &rows, NULL,
		    "SELECT * FROM guests WHERE desired = 'ready' ORDER BY priority DESC, name",
		    "") < 0)
		return;
	for (size_t i = 0; i < json_array_size(rows); i++) {
		db_decode(&db_guests, json_array_get(rows, i));
		check_guest(pass, json_array_get(rows, i));
	}
}

/* Whose is it, and should it be here? NULL: not ours, or it should. */
static json_t *stray_owner(struct svc *svc, const struct fc_vport *vport, const struct fc_hba *hba)
{
	np_auto(np_json_decref) json_t *row = NULL;
	const struct fc_hba *bound;

	if (db_get(svc->db, &row, NULL,
		    "SELECT wwns.guest AS id, coalesce(guests.name, '') AS name, guests.desired, vhbas.hba,"
		    " CASE vhbas.active WHEN 0 THEN vhbas.wwpn_a ELSE vhbas.wwpn_b END AS active FROM wwns"
		    " LEFT JOIN guests ON guests.id = wwns.guest"
		    " LEFT JOIN vhbas ON vhbas.wwpn_a = wwns.wwn OR vhbas.wwpn_b = wwns.wwn"
		    " WHERE wwns.wwn = ? AND wwns.state <> 'reserved'",
		    "w", vport->wwpn) < 0 ||
		!row)
		return NULL;
	bool wanted = strcmp(np_json_text(row, "desired"), "ready") == 0 &&
		      np_json_wwn(row, "active") == vport->wwpn;
	bound = svc_hba_now(svc, np_json_wwn(row, "hba"));
	if (wanted && (!bound || bound == hba))
		return NULL;
	return np_take(row);
}

static void check_vport(struct pass *pass, const struct fc_vport *vport, const struct fc_hba *hba)
{
	np_auto(np_json_decref) json_t *owner = stray_owner(pass->svc, vport, hba);
	char object[64], kind[32], wwpn[NP_WWN_TEXT];
	struct np_err err = { 0 };

	if (!owner)
		return;
	if (*np_json_text(owner, "name"))
		(void)snprintf(object, sizeof object, "guests/%s", np_json_text(owner, "id"));
	else
		(void)snprintf(object, sizeof object, "vports/%s", np_wwn_text(vport->wwpn, wwpn));
	if (svc_open_operation(pass->svc, object, kind) || svc_hba_is_blocked(pass->svc, hba->wwpn))
		return;
	int64_t pause = pause_left(pass->svc, "vport_remove", object);
	if (pause > 0) {
		again_in(pass, pause);
		return;
	}
	if (svc_plan_remove(
		    pass->svc, hba->wwpn, vport, object, np_json_text(owner, "name"), &err) < 0)
		np_log(LOG_WARNING, "stray vport %s: %s", object, err.msg);
}

static void check_vports(struct pass *pass)
{
	svc_each_hba(hba, pass->svc)
	{
		for (size_t j = 0; j < hba->n_vports; j++)
			check_vport(pass, &hba->vports[j], hba);
	}
}

static int on_reconcile(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct pass pass = { .svc = data };

	if (pass.svc->stopping || !svc_hosts_are_known(pass.svc))
		return 0;
	svc_pace_begin(&pass.svc->reconcile_pace);
	pass.links = pass.svc->links_stale;
	pass.svc->links_stale = false;
	svc_released_take(pass.svc);
	check_vports(&pass);
	check_guests(&pass);
	svc_pace_end(&pass.svc->reconcile_pace);
	if (pass.again_ms)
		svc_timer_soon(pass.svc->reconcile, pass.again_ms);
	return 0;
}

void svc_reconcile_soon(struct svc *svc)
{
	if (svc->reconcile && !svc->would)
		svc_timer_soon(svc->reconcile, SOON_MS + svc_pace_left(&svc->reconcile_pace));
}

int svc_reconcile_init(struct svc *svc, struct np_err *err)
{
	int rc = svc_timer_new(svc->event, &svc->reconcile, on_reconcile, svc, err);

	svc_reconcile_soon(svc);
	return rc;
}
