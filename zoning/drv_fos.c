/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brocade Fabric OS over REST, 8.2.1 to 9.x (YANG models of github brocade/yang; brcdapi and the ansible collection for
 * what the models do not say). A transaction is a session's: others see what is committed until it is saved or
 * enabled, and it ends with the session.
 */
#include <string.h>

#include "zoning/change.h"
#include "zoning/driver.h"
#include "zoning/fos_body.h"
#include "zoning/fos_link.h"
#include "zoning/import.h"

#define CHUNK_MAX                                                                                  \
	200 /* a request of 2000 zones was answered 'done' and half of it kept (brocade/pyfos issue 17) */

struct fos_state {
	struct fos_link link;
	json_t *seen; /* the database of the transaction, as far as is known; of an object, values or what was made of it */
	json_t *raw;  /* {CONTAINER: answer as text}: filled when it is there; borrowed */
};

static int fos_open(struct zone_session *session, struct np_err *err)
{
	struct fos_state *state = calloc(1, sizeof *state);
	int rc = state ? fos_link_open(&state->link, session, err) : np_fail_nomem(err);

	if (rc < 0) {
		free(state);
		return rc;
	}
	state->seen = zone_db_new();
	session->state = state;
	return 0;
}

static void fos_close(struct zone_session *session)
{
	struct fos_state *state = session->state;

	if (!state)
		return;
	fos_link_close(&state->link);
	json_decref(state->seen);
	free(state);
	session->state = NULL;
}

/* What a switch says wrongly is not the request's fault. */
static int take_in(const char *what, const json_t *reply, json_t *into, struct np_err *err)
{
	struct np_err why = { 0 };
	int rc = reply ? zone_import_fos(reply, into, &why) : 0;

	return rc < 0 ? np_fail(err, rc == -NP_INVAL ? NP_PEER : why.code, "%s: %s", what, why.msg)
		      : 0;
}

static int read_into(
	struct fos_state *state, const char *container, json_t *into, struct np_err *err)
{
	np_auto(np_json_decref) json_t *reply = NULL;
	int rc = fos_link_get(&state->link, container, &reply, err);

	if (rc == 0 && state->raw && reply)
		zone_raw_keep(state->raw, container, reply);
	return rc < 0 ? rc : take_in(container, reply, into, err);
}

/* The lock tells who; the token alone only that somebody. */
static int read_status(struct fos_state *state, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *read = json_object();
	int rc = read_into(state, "effective-configuration", read, err);

	if (rc == 0 && state->link.has_lock)
		rc = read_into(state, "fabric-lock", read, err);
	if (rc < 0)
		return rc;
	if (!json_object_get(read, "transaction"))
		(void)json_object_set_new(read, "transaction", json_pack("{s:b}", "open", 0));
	(void)json_object_del(read, "defined");
	np_json_set_text(snapshot, "release", state->link.release);
	return json_object_update(snapshot, read) < 0 ? np_fail_nomem(err) : 0;
}

static int note_seen(struct fos_state *state, const json_t *database, struct np_err *err)
{
	json_t *seen = zone_db_edit(database);

	if (!seen)
		return np_fail_nomem(err);
	json_decref(state->seen);
	state->seen = seen;
	return 0;
}

static int read_defined(
	struct fos_state *state, const char *key, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *read = json_object();
	int rc = read_into(state, "defined-configuration", read, err);

	if (rc < 0)
		return rc;
	if (!json_object_get(read, "defined"))
		(void)json_object_set_new(read, "defined", zone_db_new());
	rc = zone_db_normalise(json_object_get(read, "defined"), err);
	if (rc == 0)
		rc = note_seen(state, json_object_get(read, "defined"), err);
	if (rc == 0 && json_object_set(snapshot, key, json_object_get(read, "defined")) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

static int read_database(struct fos_state *state, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *raw = json_object();

	state->raw = raw;
	int rc = read_defined(state, "defined", snapshot, err);
	if (rc == 0)
		rc = read_status(state, snapshot, err);
	state->raw = NULL;
	if (rc == 0 && json_object_set(snapshot, "raw", raw) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

static int read_pending(struct fos_state *state, json_t *snapshot, struct np_err *err)
{
	return read_defined(state, "pending", snapshot, err);
}

static int read_logins(struct fos_state *state, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *reply = NULL;
	int rc = fos_link_names(&state->link, &reply, err);

	(void)json_object_set_new(snapshot, "logins", json_array());
	return rc < 0 ? rc : take_in("the name server", reply, snapshot, err);
}

static int fos_read(
	struct zone_session *session, enum zone_part part, json_t *snapshot, struct np_err *err)
{
	static int (*const parts[])(
		struct fos_state * state, json_t * snapshot, struct np_err * err) = {
		[ZONE_PART_STATUS] = read_status,
		[ZONE_PART_DATABASE] = read_database,
		[ZONE_PART_PENDING] = read_pending,
		[ZONE_PART_LOGINS] = read_logins,
	};

	np_json_set_text(snapshot, "vendor", "fos");
	return parts[part](session->state, snapshot, err);
}

static int fos_stage(struct zone_session *session, const json_t *changes, struct np_err *err)
{
	struct fos_state *state = session->state;
	struct fos_edit edits[FOS_EDITS_MAX] = { 0 };
	const json_t *change;
	size_t count = 0, i;
	int rc = fos_edits(changes, state->seen, state->link.has_lock, edits, &count, err);

	for (i = 0; i < count; i++) {
		if (rc == 0)
			rc = fos_link_send(&state->link, edits[i].method, "defined-configuration",
				edits[i].body, err);
		json_decref(edits[i].body);
	}
	/* So that a later chunk of the same transaction knows what is there. */
	json_array_foreach (changes, i, change) {
		if (rc == 0)
			rc = zone_change_make(change, state->seen, err);
	}
	return rc;
}

static int fos_commit(
	struct zone_session *session, const struct zone_commit *commit, struct np_err *err)
{
	struct fos_state *state = session->state;
	enum fos_action action = !commit->activate ? FOS_SAVE
				 : commit->zoneset ? FOS_ENABLE
						   : FOS_DISABLE;
	np_auto(np_json_decref) json_t *body =
		fos_action_body(action, commit->zoneset, commit->checksum);

	return fos_link_send(&state->link, "PATCH", "effective-configuration", body, err);
}

static int fos_discard(struct zone_session *session, struct np_err *err)
{
	struct fos_state *state = session->state;
	np_auto(np_json_decref) json_t *now = json_object();
	np_auto(np_json_decref) json_t *body = fos_action_body(FOS_ABORT, NULL, NULL);
	int rc = read_status(state, now, err);

	if (rc < 0 || !np_json_bool(json_object_get(now, "transaction"), "open"))
		return rc;
	const char *token = np_json_text(json_object_get(now, "transaction"), "token");
	if (session->token[0] && strcmp(token, session->token) != 0)
		return np_fail(err, NP_BUSY,
			"the open zone transaction %s is not the one that npivd opened (%s)", token,
			session->token);
	rc = fos_link_send(&state->link, "PATCH", "effective-configuration", body, err);
	if (rc == 0)
		rc = read_status(state, now, err);
	if (rc == 0 && np_json_bool(json_object_get(now, "transaction"), "open"))
		return np_fail(
			err, NP_PEER, "the zone transaction is still open after it was dropped");
	return rc;
}

const struct zone_driver zone_driver_fos = {
	.name = "fos",
	.title = "Brocade Fabric OS REST",
	.chunk_max = CHUNK_MAX,
	.open = fos_open,
	.close = fos_close,
	.read = fos_read,
	.stage = fos_stage,
	.commit = fos_commit,
	.discard = fos_discard,
};
