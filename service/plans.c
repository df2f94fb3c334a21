/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/plans.h"

#include <string.h>

#include "service/want.h"

int svc_plan_of_step(struct svc_op *op, json_t **ret_row, struct np_err *err)
{
	const json_t *args = op->steps[op->at].args;
	int64_t named = np_json_int(args, "plan");
	json_t *row = NULL;
	int rc =
		named ? db_get(op->svc->db, &row, err, "SELECT * FROM plans WHERE id = ?", "i",
				named)
		      : db_get(op->svc->db, &row, err,
				"SELECT * FROM plans WHERE operation = ? AND step = ? AND state <> 'stale'"
				" ORDER BY id DESC LIMIT 1",
				"ii", op->id, (int64_t)op->at);

	if (rc == 0 && row)
		db_decode(&db_plans, row);
	if (rc == 0)
		*ret_row = row;
	return rc;
}

/* Whose the objects are that go: they are that guest's again when the plan is taken back. */
static int add_former_owners(
	struct svc *svc, const char *fabric, const json_t *plan, json_t *owners, struct np_err *err)
{
	const json_t *changes = json_object_get(plan, "changes");
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		np_auto(np_json_decref) json_t *row = NULL;
		if (json_object_get(change, "after"))
			continue;
		rc = db_get(svc->db, &row, err,
			"SELECT guest FROM made WHERE fabric = ? AND object = ? AND name = ?",
			"ttt", fabric, np_json_text(change, "object"),
			np_json_text(change, "name"));
		if (row)
			(void)json_object_set(owners, np_json_text(change, "name"),
				json_object_get(row, "guest"));
	}
	return rc;
}

int svc_plan_insert(struct svc_op *op, struct svc_fabric *fabric, const json_t *answer,
	const json_t *owners, int64_t *ret_id, struct np_err *err)
{
	const json_t *plan = json_object_get(answer, "plan");
	const json_t *guest = json_object_get(op->steps[op->at].args, "guest");
	np_auto(np_json_decref) json_t *all = owners ? json_deep_copy(owners) : json_object();
	char now[DB_TIME_TEXT];
	int rc = add_former_owners(op->svc, fabric->name, plan, all, err);

	if (rc < 0)
		return rc;
	rc = db_exec(op->svc->db, err,
		"INSERT INTO plans (fabric, operation, step, guest, principal, created, sum, changes, plan, impact, diff, owners)"
		" SELECT ?, ?, ?, ?, principal, ?, ?, ?, ?, ?, ?, ? FROM operations WHERE id = ?",
		"tiitttijjtji", fabric->name, op->id, (int64_t)op->at,
		guest ? json_string_value(guest) : "", db_time_text(0, now), fabric->sum,
		(int64_t)json_array_size(json_object_get(plan, "changes")), plan,
		json_object_get(answer, "impact"), np_json_text(answer, "diff"), all, op->id);

	if (rc < 0)
		return rc;
	*ret_id = db_last_id(op->svc->db);
	return svc_fabric_keep(fabric, op->id, "plan", err);
}

static bool is_kept(const char *object)
{
	return strcmp(object, "zone") == 0 || strcmp(object, "alias") == 0 ||
	       strcmp(object, "zoneset") == 0;
}

static const char *owner_of(const json_t *row, const json_t *change)
{
	const char *owner =
		np_json_text(json_object_get(row, "owners"), np_json_text(change, "name"));

	return *owner ? owner : np_json_text(row, "guest");
}

static int made_set(struct svc *svc, const json_t *row, const json_t *change, const char *state,
	const json_t *value, struct np_err *err)
{
	char now[DB_TIME_TEXT];

	return db_exec(svc->db, err,
		"INSERT INTO made (fabric, object, name, state, guest, value, created, host) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (fabric, object, name) DO UPDATE SET value = excluded.value,"
		" guest = CASE WHEN made.guest = '' THEN excluded.guest ELSE made.guest END,"
		" state = CASE WHEN excluded.state = 'made' THEN 'made' ELSE made.state END",
		"tttttjtt", np_json_text(row, "fabric"), np_json_text(change, "object"),
		np_json_text(change, "name"), state, owner_of(row, change), value,
		db_time_text(0, now), svc->set.host);
}

static int made_drop(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err)
{
	return db_exec(svc->db, err,
		"DELETE FROM made WHERE fabric = ? AND object = ? AND name = ?", "ttt",
		np_json_text(row, "fabric"), np_json_text(change, "object"),
		np_json_text(change, "name"));
}

/* New objects are ours from before the switch hears of them. */
static int made_plan(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err)
{
	const json_t *after = json_object_get(change, "after");

	return after && !json_object_get(change, "before")
		       ? made_set(svc, row, change, "planned", after, err)
		       : 0;
}

static int made_keep(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err)
{
	const json_t *after = json_object_get(change, "after");

	return after ? made_set(svc, row, change, "made", after, err)
		     : made_drop(svc, row, change, err);
}

static int made_undo(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err)
{
	const json_t *before = json_object_get(change, "before");

	return before ? made_set(svc, row, change, "made", before, err)
		      : made_drop(svc, row, change, err);
}

/* Nothing of the plan was done: what it was to make anew is not ours, what was ours before it is. */
static int made_forget(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err)
{
	return db_exec(svc->db, err,
		"DELETE FROM made WHERE fabric = ? AND object = ? AND name = ? AND state = 'planned'",
		"ttt", np_json_text(row, "fabric"), np_json_text(change, "object"),
		np_json_text(change, "name"));
}

static const struct {
	const char *state;
	int (*made)(struct svc *svc, const json_t *row, const json_t *change, struct np_err *err);
	bool ends;
} moves[] = {
	{ "applying", made_plan, false },
	{ "applied", made_keep, true },
	{ "undone", made_undo, true },
	{ "failed", NULL, true },
	{ "stale", made_forget, true },
	{ "waiting", NULL, false },
};

static int move_made(struct svc *svc, const json_t *row, size_t move, struct np_err *err)
{
	const json_t *changes = json_object_get(json_object_get(row, "plan"), "changes");
	int rc = 0;

	for (size_t i = 0; rc == 0 && moves[move].made && i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		if (is_kept(np_json_text(change, "object")))
			rc = moves[move].made(svc, row, change, err);
	}
	return rc;
}

int svc_plan_move(struct svc *svc, const json_t *row, const char *state, const struct np_err *why,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *error = why ? np_err_to_json(why) : NULL;
	char now[DB_TIME_TEXT];
	size_t move = 0;

	while (strcmp(moves[move].state, state) != 0)
		move++;
	int rc = move_made(svc, row, move, err);
	return rc == 0 ? db_exec(svc->db, err,
				 "UPDATE plans SET state = ?, ended = ?, error = ?, generation = generation + 1 WHERE id = ?",
				 "ttji", state, moves[move].ends ? db_time_text(0, now) : NULL,
				 error, np_json_int(row, "id"))
		       : rc;
}

static int refuse(const json_t *row, const char *what, struct np_err *err)
{
	return np_hint(err,
		np_fail(err, NP_CONFLICT, "fabric %s: plan %lld is refused: %s",
			np_json_text(row, "fabric"), (long long)np_json_int(row, "id"), what),
		"npivctl plan show %lld; npivctl fabric set %s --refuse nothing if it is right",
		(long long)np_json_int(row, "id"), np_json_text(row, "fabric"));
}

/* What the plan's own guest gives up is its own affair. */
static int admit_lost_paths(const json_t *row, struct np_err *err)
{
	const json_t *guests = json_object_get(json_object_get(row, "impact"), "lose_last_path");
	char what[160];

	for (size_t i = 0; i < json_array_size(guests); i++) {
		const char *guest = json_string_value(json_array_get(guests, i));
		if (guest && strcmp(guest, np_json_text(row, "guest")) != 0) {
			(void)snprintf(what, sizeof what,
				"guest %.64s would lose its last path there", guest);
			return refuse(row, what, err);
		}
	}
	return 0;
}

static int admit_losses(struct svc *svc, const json_t *row, struct np_err *err)
{
	const json_t *pairs = json_object_get(json_object_get(row, "impact"), "disappear");
	np_auto(np_json_decref) json_t *owners = NULL;
	char what[160];
	int rc = svc_want_owners(svc, np_json_text(row, "fabric"), &owners, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(pairs); i++) {
		const char *initiator =
			json_string_value(json_array_get(json_array_get(pairs, i), 0));
		if (initiator && (!*np_json_text(row, "guest") ||
					 strcmp(np_json_text(owners, initiator),
						 np_json_text(row, "guest")) != 0)) {
			(void)snprintf(
				what, sizeof what, "port %.32s would lose a path there", initiator);
			return refuse(row, what, err);
		}
	}
	return rc;
}

int svc_plan_admit(struct svc *svc, const json_t *row, struct np_err *err)
{
	np_auto(np_json_decref) json_t *fabric = NULL;
	int rc = db_find(svc->db, &db_fabrics, np_json_text(row, "fabric"), &fabric, err);

	if (rc < 0)
		return rc;
	if (np_json_bool(json_object_get(row, "impact"), "opens"))
		return refuse(row, "ports without a zone would see everything", err);
	if (strcmp(np_json_text(fabric, "refuse"), "lost-path") == 0)
		return admit_lost_paths(row, err);
	return strcmp(np_json_text(fabric, "refuse"), "any-loss") == 0 ? admit_losses(svc, row, err)
								       : 0;
}

bool svc_plan_is_made(struct svc *svc, const char *fabric, const json_t *desired)
{
	json_t *zones = json_object_get(desired, "zones"), *zone;
	const char *name;

	json_object_foreach (zones, name, zone) {
		np_auto(np_json_decref) json_t *row = NULL;
		if (db_get(svc->db, &row, NULL,
			    "SELECT value FROM made WHERE fabric = ? AND object = 'zone' AND name = ? AND state = 'made'",
			    "tt", fabric, name) < 0 ||
			!row)
			return false;
		db_decode(&db_made, row);
		if (!json_equal(json_object_get(row, "value"), zone))
			return false;
	}
	return true;
}

int svc_plans_supersede(struct svc *svc, const json_t *row, struct np_err *err)
{
	char now[DB_TIME_TEXT];

	return db_exec(svc->db, err,
		"UPDATE plans SET state = 'stale', ended = ? WHERE fabric = ? AND guest = ? AND state = 'waiting' AND id < ?",
		"ttti", db_time_text(0, now), np_json_text(row, "fabric"),
		np_json_text(row, "guest"), np_json_int(row, "id"));
}

/* A port that sees its targets proves that zones are there, never that some are gone. */
static bool only_makes(const json_t *row)
{
	const json_t *changes = json_object_get(json_object_get(row, "plan"), "changes");

	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		if (strcmp(np_json_text(change, "object"), "zone") == 0 &&
			json_object_get(change, "before"))
			return false;
	}
	return true;
}

int svc_plans_confirm(struct svc_op *op, const char *fabric, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_list(op->svc->db, &rows, err,
		"SELECT * FROM plans WHERE operation = ? AND fabric = ? AND state = 'waiting'",
		"it", op->id, fabric);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		db_decode(&db_plans, row);
		if (only_makes(row))
			rc = svc_plan_move(op->svc, row, "applied", NULL, err);
		else
			svc_event(op->svc, "zones_by_hand", "warning", op->object, op->guest,
				"fabric %s: that zones have gone cannot be seen: npivctl plan confirm %lld when it is so",
				fabric, (long long)np_json_int(row, "id"));
	}
	return rc;
}

int svc_op_result(struct svc_op *op, json_t **ret_result)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_get(op->svc->db, &row, NULL,
		"SELECT result FROM operations WHERE id = ? AND result IS NOT NULL", "i", op->id);

	*ret_result = row ? json_loads(np_json_text(row, "result"), 0, NULL) : NULL;
	return rc;
}
