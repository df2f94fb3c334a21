/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cisco MDS through NX-API. A VSAN in enhanced mode has a session, which the first change opens and "zone commit" ends;
 * in basic mode changes are in the defined configuration at once. Device-aliases have a session of their own, fabric-wide.
 * Activation goes on after its command was answered. Nothing outlives a restart of the switch before the running
 * configuration has been copied: the last step of every commit.
 *
 * A session that is not ours is never touched: "clear zone lock" would end anybody's.
 */
#include <string.h>

#include "zoning/driver.h"
#include "zoning/list.h"
#include "zoning/nxos_command.h"
#include "zoning/nxos_logins.h"
#include "zoning/nxos_switch.h"
#include "zoning/plan.h"
#include "zoning/transaction.h"

#define CHUNK_MAX 50
#define PATIENCE_TAKEN_MS 15000 /* for a sign of what the switch has said that it will do */
#define PATIENCE_LOST_MS 3000	/* for a sign of what it may never have heard of */
#define SAVE_MS 30000
#define SAVE_LEFT_MS 1000 /* with less time there is no beginning */

/* A commit that goes on after .commit. */
struct commit {
	bool zones;		    /* they are being committed or activated */
	bool aliases_after;	    /* device-aliases follow when the zones are through */
	bool unsaved;		    /* the running configuration is to be copied */
	bool taken;		    /* the switch has answered */
	char before[NXOS_TEXT_MAX]; /* what the status said before */
	int64_t began_ms, patience_ms;
	json_t *plan;
};

struct state {
	struct nxos_switch nxos;
	bool staged;	     /* the open zone session is ours: our change opened it */
	bool aliases_staged; /* and that of device-aliases */
	bool proved;	     /* joined commands do here what they say */
	struct commit commit;
};

static struct state *state_free(struct state *state)
{
	if (!state)
		return NULL;
	nxos_switch_done(&state->nxos);
	json_decref(state->commit.plan);
	free(state);
	return NULL;
}

static int open_session(struct zone_session *session, struct np_err *err)
{
	struct state *state = calloc(1, sizeof *state);
	int rc = state ? nxos_switch_init(&state->nxos, session, err) : np_fail_nomem(err);

	if (rc < 0)
		state = state_free(state);
	session->state = state;
	return rc;
}

/* NX-API has no sessions to end; a zone session that is open is the walker's to drop. */
static void close_session(struct zone_session *session)
{
	session->state = state_free(session->state);
}

/* The switch does not tell programs; we know what we began. The lock on device-aliases counts when it is our own. */
static json_t *transaction_of(const struct state *state)
{
	const struct nxos_switch *nxos = &state->nxos;
	const struct nxos_status *status = &nxos->status;
	bool ours = state->staged && nxos_switch_may_be_ours(nxos);

	if (status->locked)
		return json_pack("{s:b, s:s, s:s, s:s, s:s}", "open", true, "user", status->user,
			"address", status->address, "interface", status->interface, "application",
			ours ? ZONE_APPLICATION : "");
	if (nxos_switch_aliases_are_ours(nxos))
		return json_pack("{s:b, s:s, s:s, s:s}", "open", true, "user", nxos->aliases.user,
			"interface", "device-alias", "application",
			state->aliases_staged ? ZONE_APPLICATION : "");
	return json_pack("{s:b}", "open", false);
}

static json_t *status_value(const struct state *state)
{
	const struct nxos_status *status = &state->nxos.status;

	return json_pack("{s:s, s:s, s:b, s:s, s:o, s:{s:I, s:I}}", "vendor", "nxos", "mode",
		status->enhanced ? "enhanced" : "basic", "smart", status->smart, "default_zone",
		status->opens ? "all-access" : "no-access", "transaction", transaction_of(state),
		"space", "max", (json_int_t)status->space_max, "used",
		(json_int_t)status->space_used);
}

static int read_status(struct state *state, json_t *snapshot, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	int rc = nxos_switch_look(nxos, err);

	if (rc < 0)
		return rc;
	np_auto(np_json_decref) json_t *value = status_value(state);
	if (!json_object_get(snapshot, "effective"))
		(void)json_object_set_new(snapshot, "effective", json_object());
	json_t *effective = json_object_get(snapshot, "effective");
	if (*nxos->status.zoneset)
		np_json_set_text(effective, "zoneset", nxos->status.zoneset);
	else
		(void)json_object_del(effective, "zoneset");
	if (!value || !effective || json_object_update(snapshot, value) < 0 ||
		json_object_update(snapshot, nxos->about) < 0)
		return np_fail_nomem(err);
	return 0;
}

static int set_part(json_t *snapshot, const char *key, json_t *value, struct np_err *err)
{
	return json_object_set(snapshot, key, value) < 0 ? np_fail_nomem(err) : 0;
}

static int read_database(struct state *state, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *defined = NULL;
	np_auto(np_json_decref) json_t *effective = NULL;
	np_auto(np_json_decref) json_t *raw = json_object();
	/* In basic mode what is staged is in the defined configuration; aliases in their session look like it. */
	bool at_once = !state->nxos.status.enhanced && state->aliases_staged;
	int rc;

	state->nxos.raw = raw;
	rc = nxos_switch_read_defined(&state->nxos, at_once, &defined, err);
	if (rc == 0)
		rc = nxos_switch_read_effective(&state->nxos, &effective, err);
	state->nxos.raw = NULL;
	if (rc == 0)
		rc = set_part(snapshot, "defined", defined, err);
	if (rc == 0)
		rc = set_part(snapshot, "effective", effective, err);
	if (rc == 0 && raw)
		rc = set_part(snapshot, "raw", raw, err);
	return rc;
}

static int read_pending(struct state *state, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *db = NULL;
	int rc = nxos_switch_read_pending(&state->nxos, &db, err);

	return rc < 0 ? rc : set_part(snapshot, "pending", db, err);
}

static int read_logins(struct state *state, json_t *snapshot, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	np_auto(np_json_decref) json_t *logins = json_array();
	np_auto(np_json_decref) json_t *names = NULL;
	np_auto(np_json_decref) json_t *ports = NULL;
	int rc = logins ? nxos_switch_show(nxos, "show fcns database detail", &names, err)
			: np_fail_nomem(err);

	/* What releases give as text alone we can be without: names and roles are in the short form, too. */
	if (rc == -NP_UNSUPPORTED)
		rc = nxos_switch_show(nxos, "show fcns database", &names, err);
	if (rc == 0)
		rc = nxos_logins_read(names, nxos->vsan, logins, err);
	if (rc < 0)
		return rc;
	rc = nxos_switch_show(nxos, "show flogi database", &ports, err);
	if (rc == 0)
		rc = nxos_logins_add_ports(ports, logins, err);
	if (rc == -NP_UNSUPPORTED)
		rc = 0;
	return rc < 0 ? rc : set_part(snapshot, "logins", logins, err);
}

static int read_part(
	struct zone_session *session, enum zone_part part, json_t *snapshot, struct np_err *err)
{
	static int (*const readers[])(struct state *, json_t *, struct np_err *) = {
		[ZONE_PART_STATUS] = read_status,
		[ZONE_PART_DATABASE] = read_database,
		[ZONE_PART_PENDING] = read_pending,
		[ZONE_PART_LOGINS] = read_logins,
	};

	return readers[part](session->state, snapshot, err);
}

/* Do @changes edit what has this session: device-aliases, or else the zone server? Beginning and ending edits nothing. */
static bool edits(const json_t *changes, bool aliases)
{
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const char *object = np_json_text(change, "object");
		if ((strcmp(object, "alias") == 0) == aliases && strcmp(object, "activation") != 0)
			return true;
	}
	return false;
}

/* Whose are the open sessions? One that was open before our first change is another's. */
static int check_sessions(struct state *state, const json_t *changes, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	int rc = nxos_switch_look(nxos, err);

	if (rc < 0)
		return rc;
	if (nxos->status.locked && !(state->staged && nxos_switch_may_be_ours(nxos)))
		return nxos_switch_busy(nxos, err);
	if (state->staged && !nxos->status.locked)
		return np_fail(err, NP_CONFLICT,
			"our zone session in VSAN %lld is gone: somebody ended it, or the switch never began it",
			(long long)nxos->vsan);
	if (!edits(changes, true) || !nxos->aliases.locked)
		return 0;
	if (state->aliases_staged && nxos_switch_aliases_are_ours(nxos))
		return 0;
	return nxos_switch_aliases_busy(nxos, err);
}

/* When somebody was faster than our first change, the session is his. */
static int explain_refusal(struct state *state, bool was_staged, int rc, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	bool unknown = rc == -NP_TIMEOUT || rc == -NP_PEER;

	if (was_staged || unknown || nxos_switch_look(nxos, NULL) < 0)
		return rc;
	state->staged = nxos->status.locked && nxos_switch_may_be_ours(nxos) && rc != -NP_BUSY;
	if (nxos->status.locked && !state->staged)
		return nxos_switch_busy(nxos, err);
	return rc;
}

static int send_changes(struct state *state, const json_t *changes, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	const struct nxos_dialect dialect = {
		.vsan = nxos->vsan,
		.smart = nxos->status.smart,
		.fcaliases = nxos->fcaliases,
	};
	np_auto(np_json_decref) json_t *blocks = NULL;
	np_auto(np_json_decref) json_t *batches = NULL;
	bool was_staged = state->staged;
	const json_t *batch;
	size_t i;
	int rc = nxos_command_blocks(changes, &dialect, &blocks, err);

	if (rc == 0)
		rc = nxos_command_batches(blocks, &batches, err);
	if (rc < 0)
		return rc;
	state->staged = state->staged || (nxos->status.enhanced && edits(changes, false));
	state->aliases_staged =
		state->aliases_staged || (nxos->aliases.distributed && edits(changes, true));
	json_array_foreach (batches, i, batch) {
		rc = nxos_link_configure(&nxos->link, batch, err);
		if (rc < 0)
			return explain_refusal(state, was_staged, rc, err);
	}
	return 0;
}

/* Is the change's object in @db as it is to be? */
static bool is_made(const json_t *db, const json_t *change)
{
	static const struct {
		const char *object, *part;
	} parts[] = { { "alias", "aliases" }, { "zone", "zones" } };
	const char *object = np_json_text(change, "object");
	const char *name = np_json_text(change, "name");
	const json_t *after = json_object_get(change, "after");
	const json_t *zonesets = json_object_get(db, "zonesets");

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strcmp(object, parts[i].object) != 0)
			continue;
		const json_t *now = json_object_get(json_object_get(db, parts[i].part), name);
		return after ? json_equal(now, after) : !now;
	}
	if (strcmp(object, "zoneset") == 0)
		return (json_object_get(zonesets, name) != NULL) == (after != NULL);
	if (strcmp(object, "member") == 0)
		return zone_list_has(json_object_get(zonesets, np_json_text(change, "zoneset")),
			       name) == (after != NULL);
	return true;
}

/*
 * Some switches take joined commands and lose those that follow the first of an object, with success in every answer.
 * So what the first of them made is looked at. 1: it was not what they said.
 */
static int prove(struct state *state, const json_t *changes, struct np_err *err)
{
	np_auto(np_json_decref) json_t *db = NULL;
	const json_t *change;
	size_t i;
	int rc = nxos_switch_read_pending(&state->nxos, &db, err);

	if (rc == 0)
		rc = zone_db_normalise(db, err);
	if (rc < 0)
		return rc;
	json_array_foreach (changes, i, change)
		if (!is_made(db, change))
			return 1;
	state->proved = true;
	return 0;
}

/* Ends our own zone session without a trace, and sees that it is gone. */
static int drop_zones(struct state *state, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	int rc = nxos_switch_look(nxos, err);

	if (rc < 0)
		return rc;
	if (nxos->status.locked && !nxos_switch_may_be_ours(nxos))
		return nxos_switch_busy(nxos, err);
	if (nxos->status.locked && nxos->status.enhanced) {
		rc = nxos_switch_configure(nxos, "no zone commit", err);
		if (rc == 0)
			rc = nxos_switch_look(nxos, err);
		if (rc == 0 && nxos->status.locked && nxos_switch_may_be_ours(nxos))
			rc = np_fail(err, NP_PEER, "our zone session in VSAN %lld is still open",
				(long long)nxos->vsan);
	}
	state->staged = state->staged && rc < 0;
	return rc;
}

static int drop_aliases(struct state *state, struct np_err *err)
{
	struct nxos_switch *nxos = &state->nxos;
	int rc = 0;

	if (nxos_switch_aliases_are_ours(nxos)) {
		rc = nxos_switch_command(nxos, "device-alias abort", err);
		if (rc == 0)
			rc = nxos_switch_look(nxos, err);
		if (rc == 0 && nxos_switch_aliases_are_ours(nxos))
			rc = np_fail(err, NP_PEER, "our device-alias session is still open");
	}
	state->aliases_staged = state->aliases_staged && rc < 0;
	return rc;
}

static int discard(struct zone_session *session, struct np_err *err)
{
	struct state *state = session->state;
	int rc = drop_zones(state, err);
	int aliases = drop_aliases(state, rc < 0 ? NULL : err);

	return rc < 0 ? rc : aliases;
}

static int stage(struct zone_session *session, const json_t *changes, struct np_err *err)
{
	struct state *state = session->state;
	bool first = !state->staged && !state->aliases_staged;
	int rc = check_sessions(state, changes, err);

	if (rc == 0)
		rc = send_changes(state, changes, err);
	/* His session of zones would hide that ours of aliases is open, in all VSANs. */
	if (rc == -NP_BUSY && state->aliases_staged && !state->staged &&
		drop_aliases(state, NULL) < 0)
		return np_wrap(
			err, rc, "our device-alias session is open, too: device-alias abort");
	if (rc < 0 || state->proved || !state->nxos.link.joined)
		return rc;
	rc = prove(state, changes, err);
	if (rc <= 0)
		return rc;
	/* What they left behind in its place goes with the sessions that began with them. */
	rc = first ? discard(session, err) : 0;
	if (rc < 0)
		return rc;
	state->proved = true;
	state->nxos.link.single = true;
	return send_changes(state, changes, err);
}

/* Names that are still members of zones cannot go before these have. */
static bool removes_alias(const json_t *plan)
{
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change)
		if (strcmp(np_json_text(change, "object"), "alias") == 0 &&
			!json_object_get(change, "after"))
			return true;
	return false;
}

static int add_command(json_t *batch, const char *fmt, const char *name, int64_t vsan)
{
	char text[128];

	(void)snprintf(text, sizeof text, fmt, name, (long long)vsan);
	return json_array_append_new(batch, json_string(text));
}

/* These ask "are you sure?" otherwise. *ret_n: how many there are besides. */
static json_t *commit_commands(
	const struct state *state, const struct zone_commit *commit, size_t *ret_n)
{
	const struct nxos_switch *nxos = &state->nxos;
	const char *active = nxos->status.zoneset;
	json_t *batch = json_pack("[s]", "terminal dont-ask");
	int rc = 0;

	if (commit->activate && commit->zoneset)
		rc = add_command(
			batch, "zoneset activate name %s vsan %lld", commit->zoneset, nxos->vsan);
	else if (commit->activate && *active)
		rc = add_command(
			batch, "no zoneset activate name %s vsan %lld", active, nxos->vsan);
	if (nxos->status.enhanced && (state->staged || commit->activate))
		rc |= add_command(batch, "zone commit%s vsan %lld", "", nxos->vsan);
	*ret_n = json_array_size(batch) - 1;
	rc |= json_array_append_new(batch, json_string("no terminal dont-ask"));
	if (rc < 0) {
		json_decref(batch);
		return NULL;
	}
	return batch;
}

static int commit_aliases(struct state *state, struct np_err *err)
{
	np_auto(np_json_decref) json_t *batch = json_pack(
		"[s, s, s]", "terminal dont-ask", "device-alias commit", "no terminal dont-ask");

	return batch ? nxos_link_configure(&state->nxos.link, batch, err) : np_fail_nomem(err);
}

/* Until the switch has taken it, or for a reason. "": it has. */
static void note_unsaved(struct zone_session *session, const char *why)
{
	session->remark[0] = '\0';
	if (*why)
		(void)snprintf(session->remark, sizeof session->remark,
			"not saved to the startup configuration: %.110s", why);
}

static int begin_commit(
	struct state *state, const struct zone_commit *commit, int64_t left_ms, struct np_err *err)
{
	const json_t *changes = json_object_get(commit->plan, "changes");
	int rc = check_sessions(state, changes, err);

	if (rc < 0)
		return rc;
	json_decref(state->commit.plan);
	state->commit = (struct commit){
		.unsaved = true,
		.aliases_after = state->aliases_staged && removes_alias(commit->plan),
		.began_ms = zone_clock_ms(),
		.patience_ms = left_ms / 3,
		.plan = json_incref((json_t *)(uintptr_t)commit->plan),
	};
	(void)snprintf(
		state->commit.before, sizeof state->commit.before, "%s", state->nxos.status.text);
	if (commit->activate && commit->zoneset)
		return zone_name_check(zone_rules_of("nxos"), commit->zoneset, err);
	return 0;
}

static int commit_session(
	struct zone_session *session, const struct zone_commit *commit, struct np_err *err)
{
	struct state *state = session->state;
	size_t n = 0;
	int rc = begin_commit(state, commit, zone_session_left(session), err);

	if (rc == 0 && state->aliases_staged && !state->commit.aliases_after)
		rc = commit_aliases(state, err);
	if (rc < 0)
		return rc;
	np_auto(np_json_decref) json_t *batch = commit_commands(state, commit, &n);
	if (!batch)
		return np_fail_nomem(err);
	state->commit.zones = n > 0;
	note_unsaved(session, "nobody waited for the end of the activation");
	if (n > 0)
		rc = nxos_link_configure(&state->nxos.link, batch, err);
	state->commit.taken = rc == 0;
	state->staged = state->staged && rc < 0;
	return rc;
}

/* Is the plan's outcome there to be seen? */
static bool is_in_force(struct state *state)
{
	np_auto(np_json_decref) json_t *snapshot = json_object();

	return snapshot && read_status(state, snapshot, NULL) == 0 &&
	       read_database(state, snapshot, NULL) == 0 &&
	       zone_snapshot_normalise(snapshot, NULL) == 0 &&
	       zone_plan_progress(state->commit.plan, snapshot, NULL) == ZONE_AS_AFTER;
}

static bool is_patient(const struct commit *commit)
{
	int64_t patience_ms = commit->taken ? PATIENCE_TAKEN_MS : PATIENCE_LOST_MS;

	if (commit->patience_ms < patience_ms)
		patience_ms = commit->patience_ms;
	return zone_clock_ms() - commit->began_ms < patience_ms;
}

/*
 * The status tells how the last command went, not which one that was: the text of before our commit says nothing, and
 * two commits within a second can have the same one. 0 with .unsaved taken back: no sign has come.
 */
static int zones_settled(struct state *state, struct np_err *err)
{
	const struct nxos_status *status = &state->nxos.status;
	struct commit *commit = &state->commit;
	int rc = nxos_switch_look(&state->nxos, err);

	if (rc < 0)
		return rc;
	bool news = strcmp(status->text, commit->before) != 0;
	rc = news ? nxos_status_progress(status->text, err) : 0;
	if (rc != 0)
		return rc;
	bool goes_on = status->enhanced && status->locked && nxos_switch_may_be_ours(&state->nxos);
	if (!goes_on && (news || is_in_force(state)))
		return 0;
	if (is_patient(commit))
		return 1;
	commit->unsaved = false;
	return 0;
}

static int aliases_settled(struct state *state, struct np_err *err)
{
	struct commit *commit = &state->commit;
	int rc;

	if (!state->aliases_staged)
		return 0;
	if (commit->aliases_after) {
		rc = commit_aliases(state, err);
		if (rc < 0)
			return rc;
		commit->aliases_after = false;
	}
	rc = nxos_switch_look(&state->nxos, err);
	if (rc < 0)
		return rc;
	if (nxos_switch_aliases_are_ours(&state->nxos) && is_patient(commit))
		return 1;
	state->aliases_staged = false;
	return 0;
}

/* What is in force is no less so when it could not be saved; a person has to do that, or the next commit does. */
static void save(struct zone_session *session)
{
	struct state *state = session->state;
	struct nxos_link *link = &state->nxos.link;
	struct np_err why = { 0 };
	int rc = -NP_TIMEOUT;

	if (!state->commit.unsaved)
		return;
	state->commit.unsaved = false;
	(void)snprintf(why.msg, sizeof why.msg, "no time was left");
	if (zone_session_left(session) > SAVE_LEFT_MS) {
		link->limit_ms = SAVE_MS;
		rc = nxos_switch_command(&state->nxos, "copy running-config startup-config", &why);
		link->limit_ms = 0;
	}
	note_unsaved(session, rc < 0 ? why.msg : "");
}

static void save_again(struct zone_session *session)
{
	struct state *state = session->state;

	state->commit.unsaved = true;
	save(session);
}

static int settled(struct zone_session *session, struct np_err *err)
{
	struct state *state = session->state;
	int rc = state->commit.zones ? zones_settled(state, err) : 0;

	if (rc != 0)
		return rc;
	state->commit.zones = false;
	rc = aliases_settled(state, err);
	if (rc == 0)
		save(session);
	return rc;
}

const struct zone_driver zone_driver_nxos = {
	.name = "nxos",
	.title = "Cisco MDS NX-API",
	.chunk_max = CHUNK_MAX,
	.open = open_session,
	.close = close_session,
	.read = read_part,
	.stage = stage,
	.commit = commit_session,
	.settled = settled,
	.discard = discard,
	.save = save_again,
};
