/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/op.h"

#include <string.h>

#define WAITING_MAX 64 /* operations of one object, with the one at work */

const char *const svc_op_state_names[SVC_OP_STATES] = { "PENDING", "RUNNING", "DONE", "TIMEOUT",
	"UNDOING", "FAILED", "STUCK" };
const char *const svc_step_state_names[SVC_STEP_STATES] = { "PENDING", "RUNNING", "DONE", "UNDOING",
	"UNDONE", "FAILED" };

static int write_steps(struct svc *svc, int64_t id, const json_t *steps, struct np_err *err)
{
	int rc = 0;

	for (size_t seq = 0; rc == 0 && seq < json_array_size(steps); seq++) {
		const json_t *step = json_array_get(steps, seq);
		rc = db_exec(svc->db, err,
			"INSERT INTO steps (operation, seq, name, object, args) VALUES (?, ?, ?, ?, ?)",
			"iittj", id, (int64_t)seq, np_json_text(step, "name"),
			np_json_text(step, "object"), json_object_get(step, "args"));
	}
	return rc;
}

static void note_steps(struct svc *svc, const json_t *steps)
{
	static const char *const internal[] = { "keep", "force", "ports", "wwpns" };

	for (size_t seq = 0; seq < json_array_size(steps); seq++) {
		const json_t *step = json_array_get(steps, seq);
		json_t *action = json_pack("{s:s}", "action", np_json_text(step, "name"));

		(void)json_object_update(action, json_object_get(step, "args"));
		for (size_t i = 0; i < sizeof internal / sizeof *internal; i++)
			(void)json_object_del(action, internal[i]);
		svc_would(svc, action);
	}
}

/* Who asks for the opposite again and again, while the first has not ended, is told to wait. */
static int check_room(struct svc *svc, const struct svc_op_spec *spec, struct np_err *err)
{
	int64_t waiting = 0;
	int rc = db_number(svc->db, &waiting, err,
		"SELECT count(*) FROM operations WHERE object = ? AND ended IS NULL", "t",
		spec->object);

	if (rc < 0 || waiting < WAITING_MAX)
		return rc;
	return np_hint(err,
		np_fail(err, NP_BUSY, "'%s' has %d operations waiting already",
			spec->guest && *spec->guest ? spec->guest : spec->object, WAITING_MAX),
		"see what the first one waits for: npivctl op list");
}

int svc_op_write(
	struct svc *svc, const struct svc_op_spec *spec, int64_t *ret_id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *steps = spec->steps;
	char now[DB_TIME_TEXT];

	*ret_id = 0;
	int rc = check_room(svc, spec, err);
	if (rc < 0)
		return rc;
	if (svc->would) {
		note_steps(svc, steps);
		return 0;
	}
	rc = db_exec(svc->db, err,
		"INSERT INTO operations (kind, object, guest, state, request, principal, created, deadline_ms, host)"
		" VALUES (?, ?, ?, 'PENDING', ?, ?, ?, ?, ?)",
		"tttjttit", spec->kind, spec->object, spec->guest ? spec->guest : "", spec->request,
		spec->principal, db_time_text(0, now), db_now_ms() + spec->timeout_ms,
		svc->set.host);
	if (rc < 0)
		return rc;
	int64_t id = db_last_id(svc->db);
	rc = write_steps(svc, id, steps, err);
	if (rc == 0)
		*ret_id = id;
	return rc;
}

static json_t *progress_of(const struct svc_op *op, const json_t *steps, const char *state)
{
	const char *step = "", *text = op ? op->progress : "";
	int64_t done = 0;

	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *row = json_array_get(steps, i);

		if (strcmp(np_json_text(row, "state"), "DONE") == 0)
			done++;
		else if (!*step && strcmp(np_json_text(row, "state"), "PENDING") != 0)
			step = np_json_text(row, "name");
	}
	if (!*text)
		text = strcmp(state, "PENDING") == 0 ? "waits for its turn" : "";
	return json_pack("{s:I, s:I, s:s, s:s}", "done", (json_int_t)done, "total",
		(json_int_t)json_array_size(steps), "step", step, "text", text);
}

int svc_op_view(struct svc *svc, int64_t id, json_t **ret_view, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:I}", "operation", (json_int_t)id);
	np_auto(np_json_decref) json_t *view = NULL;
	np_auto(np_json_decref) json_t *steps = NULL;
	char key[24], text[DB_TIME_TEXT];
	int rc;

	(void)snprintf(key, sizeof key, "%lld", (long long)id);
	rc = db_find(svc->db, &db_operations, key, &view, err);
	if (rc == 0)
		rc = db_select(svc->db, &db_steps, filter, &steps, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		(void)json_object_del(json_array_get(steps, i), "operation");
		(void)json_object_del(json_array_get(steps, i), "seq");
	}
	(void)json_object_set_new(view, "progress",
		progress_of(svc_op_find(svc, id), steps, np_json_text(view, "state")));
	(void)json_object_set_new(view, "deadline",
		json_string(db_time_text(np_json_int(view, "deadline_ms"), text)));
	(void)json_object_del(view, "deadline_ms");
	(void)json_object_del(view, "generation");
	(void)json_object_set_new(view, "steps", np_take(steps));
	*ret_view = np_take(view);
	return 0;
}

int64_t svc_open_operation(struct svc *svc, const char *object, char kind[static 32])
{
	np_auto(np_json_decref) json_t *row = NULL;

	kind[0] = '\0';
	if (db_get(svc->db, &row, NULL,
		    "SELECT id, kind FROM operations WHERE object = ? AND ended IS NULL ORDER BY id DESC LIMIT 1",
		    "t", object) < 0 ||
		!row)
		return 0;
	(void)snprintf(kind, 32, "%s", np_json_text(row, "kind"));
	return np_json_int(row, "id");
}

int svc_op_answer(struct svc *svc, const struct svc_op_spec *spec, struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_result result = { .status = SVC_ACCEPTED };
	int rc = svc_op_write(svc, spec, &result.operation, err);

	if (rc == 0 && result.operation)
		rc = svc_op_view(svc, result.operation, &result.body, err);
	if (rc < 0)
		return rc;
	(void)snprintf(result.location, sizeof result.location, "/v1/operations/%lld",
		(long long)result.operation);
	*ret_result = result;
	return 0;
}
