/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions, activations and commits of zoning: what is begun here ends when its time has come. */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "lab/nxos.h"

#define SESSION_MS (365 * 86400 * INT64_C(1000)) /* a zone session has no end of its own */
#define UNCHANGED "Specified zoneset already active and unchanged"

json_t *nxos_own_new(void)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:s}", "enhanced", true, "smart", false,
		"alias_enhanced", true, "distribute", true, "status", "");
}

bool nxos_own_is(const struct sim_zonedb *db, const char *name)
{
	return np_json_bool(db->own, name);
}

void nxos_own_set(struct sim_zonedb *db, const char *name, bool on)
{
	(void)json_object_set_new(db->own, name, json_boolean(on));
}

void nxos_set_status(struct sim_zonedb *db, const char *fmt, ...)
{
	char text[256], when[64];
	time_t now = time(NULL);
	struct tm parts;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)strftime(when, sizeof(when), "%H:%M:%S UTC %b %e %Y", gmtime_r(&now, &parts));
	(void)json_object_set_new(db->own, "status", json_sprintf("%s at %s", text, when));
}

json_t *nxos_session(const struct sim_zonedb *db)
{
	return db->pending ? json_object_get(db->own, "session") : NULL;
}

static struct sim_zone_client client_of(const struct nxos_shell *shell)
{
	return (struct sim_zone_client){
		.user = shell->user, .address = "", .application = "", .interface = "cli"
	};
}

void nxos_owner_text(const struct sim_zonedb *db, char *text, size_t size)
{
	if (!db->pending || !nxos_own_is(db, "enhanced"))
		(void)snprintf(text, size, "none");
	else if (strcmp(db->application, "remote") == 0)
		(void)snprintf(text, size, "remote [dom: 23][ip: %s]", db->address);
	else
		(void)snprintf(text, size, "cli [%s]", db->user);
}

static bool is_running(const struct sim_zonedb *db)
{
	return json_object_get(db->own, "running") != NULL;
}

/* Troubles that any change may meet. */
static bool may_change(struct nxos_shell *shell)
{
	struct sim_zonedb *db = shell->db;

	if (!shell->saw_space)
		shell->full = sim_zonedb_bytes(sim_zonedb_edited(db)) >= db->max_bytes;
	shell->saw_space = true;
	if (shell->nxos->sw->bend == SIM_BEND_BUSY ||
		(is_running(db) && nxos_own_is(db, "enhanced")))
		nxos_refuse(shell, "Fabric unstable");
	else if (shell->full || shell->nxos->sw->bend == SIM_BEND_FULL)
		nxos_refuse(shell, "Zone database size exceeds the maximum of %lld bytes",
			(long long)db->max_bytes);
	return shell->outcome == NXOS_FINE;
}

bool nxos_owns(struct nxos_shell *shell)
{
	const struct sim_zone_client client = client_of(shell);
	char owner[128];

	if (sim_zonedb_owns(shell->db, &client))
		return true;
	nxos_owner_text(shell->db, owner, sizeof(owner));
	nxos_refuse(shell, "Zone database is locked by %s", owner);
	return false;
}

json_t *nxos_edit(struct nxos_shell *shell)
{
	const struct sim_zone_client client = client_of(shell);
	struct sim_zonedb *db = shell->db;

	if (!may_change(shell))
		return NULL;
	if (!nxos_own_is(db, "enhanced")) {
		shell->dirty = true;
		return db->defined;
	}
	sim_zonedb_expire(shell->nxos->sw->sim, db);
	if (db->pending)
		return nxos_owns(shell) ? db->pending : NULL;
	if (sim_zonedb_lock(shell->nxos->sw->sim, db, &client, SESSION_MS, NULL) < 0) {
		nxos_refuse(shell, "Operation failed: out of memory");
		return NULL;
	}
	(void)json_object_set_new(db->own, "session", json_object());
	nxos_say(shell,
		"Enhanced zone session has been created. Please 'commit' the changes when done.");
	return db->pending;
}

void nxos_abort(struct sim_zonedb *db)
{
	sim_zonedb_abort(db);
	(void)json_object_del(db->own, "session");
}

/* {"zoneset", "zones", "written"} of a zoneset of @database; NULL: it has a zone that is not there. */
static json_t *make_effective(const struct sim_zonedb *db, const json_t *database, const char *name)
{
	const json_t *list = json_object_get(json_object_get(database, "zonesets"), name);
	const json_t *zones = json_object_get(database, "zones");
	json_t *resolved = json_object(), *written = json_object(), *text;
	size_t i;

	json_array_foreach (list, i, text) {
		const char *zone_name = json_string_value(text);
		json_t *zone = json_object_get(zones, zone_name);
		if (!zone)
			continue;
		(void)json_object_set_new(written, zone_name, json_deep_copy(zone));
		(void)json_object_set_new(resolved, zone_name,
			nxos_resolve(zone, database, nxos_own_is(db, "smart")));
	}
	return json_pack("{s:s, s:o, s:o}", "zoneset", name, "zones", resolved, "written", written);
}

int nxos_aliases_moved(struct nxos *nxos, struct np_err *err)
{
	struct sim_fabric *fabric = nxos->sw->fabric;
	struct sim_zonedb *db = &fabric->zoning;
	const json_t *written = json_object_get(db->effective, "written");
	np_auto(np_json_decref) json_t *effective = NULL;
	json_t *zones = json_object(), *zone;
	const char *name;

	if (!written) {
		json_decref(zones);
		return sim_zonedb_enforce(nxos->sw->sim, fabric, db->effective, err);
	}
	json_object_foreach ((json_t *)(uintptr_t)written, name, zone)
		(void)json_object_set_new(
			zones, name, nxos_resolve(zone, db->defined, nxos_own_is(db, "smart")));
	effective = json_copy(db->effective);
	(void)json_object_set_new(effective, "zones", zones);
	return sim_zonedb_enforce(nxos->sw->sim, fabric, effective, err);
}

static void enforce(struct nxos *nxos, json_t *effective)
{
	(void)sim_zonedb_enforce(nxos->sw->sim, nxos->sw->fabric, effective, NULL);
}

static void finish_activation(struct nxos *nxos, const json_t *running, const char *done)
{
	struct sim_zonedb *db = &nxos->sw->fabric->zoning;

	enforce(nxos, json_object_get(running, "effective"));
	nxos_set_status(db, "%s completed", done);
}

static void put_policies(struct nxos *nxos, const json_t *session)
{
	struct sim_zonedb *db = &nxos->sw->fabric->zoning;
	const json_t *smart = json_object_get(session, "smart");
	const json_t *open = json_object_get(session, "open");

	if (smart)
		nxos_own_set(db, "smart", json_is_true(smart));
	if (open)
		(void)sim_zonedb_set_default(
			nxos->sw->sim, nxos->sw->fabric, json_is_true(open), NULL);
}

static void finish_commit(struct nxos *nxos)
{
	struct sim_zonedb *db = &nxos->sw->fabric->zoning;
	np_auto(np_json_decref) json_t *session = json_incref(nxos_session(db));
	const char *zoneset = json_string_value(json_object_get(session, "activate"));
	np_auto(np_json_decref) json_t *effective = NULL;
	struct np_err err = { 0 };

	if (!db->pending)
		return; /* somebody has dropped it meanwhile */
	if (sim_zonedb_commit(nxos->sw->sim, nxos->sw->fabric, NULL, &err) < 0) {
		nxos_set_status(db, "Operation failed: [Error: %.150s]:", err.msg);
		return;
	}
	(void)json_object_del(db->own, "session");
	put_policies(nxos, session);
	if (zoneset)
		effective = zoneset[0] ? make_effective(db, db->defined, zoneset)
				       : json_pack("{s:{}}", "zones");
	if (effective)
		enforce(nxos, effective);
	else
		(void)nxos_aliases_moved(nxos, NULL); /* smart zoning may be another */
	nxos_set_status(db, "Commit completed");
}

static void finish(struct nxos *nxos)
{
	struct sim_zonedb *db = &nxos->sw->fabric->zoning;
	np_auto(np_json_decref) json_t *running = json_incref(json_object_get(db->own, "running"));
	const char *what = np_json_text(running, "what");

	(void)json_object_del(db->own, "running");
	if (strcmp(what, "commit") == 0)
		finish_commit(nxos);
	else
		finish_activation(nxos, running,
			strcmp(what, "activate") == 0 ? "Activation" : "Deactivation");
}

void nxos_due(struct sim_switch *sw)
{
	const json_t *running = json_object_get(sw->fabric->zoning.own, "running");

	sw->due = SIM_NEVER;
	if (running && np_json_int(running, "due") <= sw->sim->now)
		finish(sw->state);
	else if (running)
		sw->due = np_json_int(running, "due");
}

static void start(struct nxos_shell *shell, json_t *running, const char *status)
{
	struct sim_switch *sw = shell->nxos->sw;
	int64_t due = sw->sim->now + shell->nxos->activation_ms + sw->slow_ms;

	(void)json_object_set_new(running, "due", json_integer((json_int_t)due));
	(void)json_object_set_new(shell->db->own, "running", running);
	nxos_set_status(shell->db, "%s", status);
	sw->due = due;
	sim_due(sw->sim, due);
	if (due <= sw->sim->now)
		nxos_due(sw);
}

static bool is_unchanged(const struct sim_zonedb *db, const json_t *effective)
{
	const json_t *written = json_object_get(db->effective, "written");

	return strcmp(np_json_text(db->effective, "zoneset"), np_json_text(effective, "zoneset")) ==
		       0 &&
	       json_equal(written ? written : json_object_get(db->effective, "zones"),
		       json_object_get(effective, "written")) &&
	       json_equal(json_object_get(db->effective, "zones"),
		       json_object_get(effective, "zones"));
}

/* Without a session it begins at once. */
static void activate_now(struct nxos_shell *shell, const char *zoneset)
{
	struct sim_zonedb *db = shell->db;
	json_t *effective =
		zoneset ? make_effective(db, db->defined, zoneset) : json_pack("{s:{}}", "zones");

	if (is_running(db)) {
		nxos_refuse(shell, "Fabric unstable");
	} else if (zoneset && is_unchanged(db, effective)) {
		nxos_set_status(db, "Operation failed: [Error: WARNING: " UNCHANGED "]:");
		nxos_say(shell, UNCHANGED);
	} else {
		nxos_say(shell, "Zoneset %sactivation initiated. check zone status",
			zoneset ? "" : "de");
		start(shell,
			json_pack("{s:s, s:O}", "what", zoneset ? "activate" : "deactivate",
				"effective", effective),
			zoneset ? "Activation in progress" : "Deactivation in progress");
	}
	json_decref(effective);
}

void nxos_activate(struct nxos_shell *shell, const char *zoneset)
{
	json_t *database = nxos_edit(shell);

	if (!database)
		return;
	if (zoneset && !json_object_get(json_object_get(database, "zonesets"), zoneset))
		nxos_miss(shell, "Zoneset not present");
	else if (!nxos_own_is(shell->db, "enhanced"))
		activate_now(shell, zoneset);
	else
		np_json_set_text(nxos_session(shell->db), "activate", zoneset ? zoneset : "");
	if (!zoneset && nxos_session(shell->db))
		(void)json_object_set_new(nxos_session(shell->db), "activate", json_string(""));
}

void nxos_commit(struct nxos_shell *shell)
{
	struct sim_zonedb *db = shell->db;

	sim_zonedb_expire(shell->nxos->sw->sim, db);
	if (!db->pending || !nxos_own_is(db, "enhanced")) {
		nxos_refuse(shell, "No pending info found");
		return;
	}
	if (!nxos_owns(shell))
		return;
	if (is_running(db) || shell->nxos->sw->bend == SIM_BEND_BUSY) {
		nxos_refuse(shell, "Fabric unstable");
		return;
	}
	if (shell->nxos->sw->bend == SIM_BEND_FULL) {
		nxos_refuse(shell, "Zone database size exceeds the maximum of %lld bytes",
			(long long)db->max_bytes);
		return;
	}
	nxos_say(shell, "Commit operation initiated. Check zone status");
	start(shell, json_pack("{s:s}", "what", "commit"), "Commit in progress");
}

void nxos_sizes(const struct sim_zonedb *db, struct nxos_sizes *ret_sizes)
{
	const json_t *active = json_object_get(db->effective, "zones");
	np_auto(np_json_decref) json_t *only_zones = json_pack("{s:O}", "zones", active);

	*ret_sizes = (struct nxos_sizes){
		.full = sim_zonedb_bytes(db->defined),
		.active = sim_zonedb_bytes(only_zones),
		.max = db->max_bytes,
		.zonesets = json_object_size(json_object_get(db->defined, "zonesets")),
		.zones = json_object_size(json_object_get(db->defined, "zones")),
		.active_zones = json_object_size(active),
	};
	ret_sizes->used = ret_sizes->full + ret_sizes->active;
}
