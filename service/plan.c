/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The use cases on plans of changes. */
#include <string.h>

#include "service/op.h"
#include "service/plans.h"
#include "service/switches.h"
#include "zoning/script.h"

#define FABRICS_MAX 16 /* of one change */

static const struct np_field plan_request[] = {
	{ .name = "fabrics",
		.type = NP_TYPE_NAMES,
		.flags = NP_FIELD_REQUIRED,
		.max = FABRICS_MAX,
		.help = "the fabrics to plan for" },
	{ .name = "guest",
		.type = NP_TYPE_TEXT,
		.max = 128,
		.help = "only this guest's zones; absent: all that the records want" },
	{ .name = "only", .type = NP_TYPE_TEXT, .max = 64, .help = "only this zone or alias" },
	{ .name = "restore",
		.type = NP_TYPE_INT,
		.max = INT64_MAX,
		.help = "back to this snapshot, as far as it is ours" },
	{ 0 },
};

static json_t *plan_steps(const json_t *request, const char *guest_id)
{
	const json_t *fabrics = json_object_get(request, "fabrics");
	json_t *steps = json_array();

	for (size_t i = 0; i < json_array_size(fabrics); i++) {
		json_t *fabric = json_array_get(fabrics, i);
		json_t *args = json_pack("{s:O, s:s}", "fabric", fabric, "mode",
			json_object_get(request, "restore") ? "restore"
			: guest_id			    ? "guest"
							    : "all");
		np_json_set_text(args, "guest", guest_id ? guest_id : "");
		np_json_set_text(args, "only", np_json_text(request, "only"));
		if (json_object_get(request, "restore"))
			(void)json_object_set(
				args, "snapshot", json_object_get(request, "restore"));
		(void)json_array_append_new(steps, json_pack("{s:s, s:O, s:o}", "name", "zone_plan",
							   "object", fabric, "args", args));
	}
	return steps;
}

static int check_fabrics(struct svc *svc, const json_t *fabrics, struct np_err *err)
{
	if (json_array_size(fabrics) == 0)
		return np_fail_field(err, "fabrics", "names no fabric");
	for (size_t i = 0; i < json_array_size(fabrics); i++) {
		const char *name = json_string_value(json_array_get(fabrics, i));
		if (!svc_fabric_named(svc, name))
			return np_fail_field(
				err, "fabrics", "fabric '%s' is not known or has no driver", name);
	}
	return 0;
}

/* The operation that does this already, as the answer; 0: there is none. */
static int answer_open(
	struct svc *svc, int64_t operation, struct svc_result *ret_result, struct np_err *err)
{
	struct svc_result result = { .status = SVC_ACCEPTED, .operation = operation };
	int rc = svc_op_view(svc, operation, &result.body, err);

	if (rc < 0)
		return rc;
	(void)snprintf(result.location, sizeof result.location, "/v1/operations/%lld",
		(long long)operation);
	*ret_result = result;
	return 0;
}

int svc_plan_create(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *guest = NULL;
	int64_t open = 0;
	int rc = np_json_check(call->body, plan_request, NP_CHECK_CREATE, &request, err);

	if (rc == 0)
		rc = check_fabrics(svc, json_object_get(request, "fabrics"), err);
	if (rc == 0 && json_object_get(request, "guest"))
		rc = svc_guest_find(svc, np_json_text(request, "guest"), &guest, err);
	if (rc == 0)
		rc = db_number(svc->db, &open, err,
			"SELECT max(id) FROM operations WHERE kind = 'plan' AND ended IS NULL AND request = ?",
			"j", request);
	if (rc < 0 || open)
		return rc < 0 ? rc : answer_open(svc, open, ret_result, err);
	return svc_op_answer(svc,
		&(struct svc_op_spec){ .kind = "plan",
			.object = "plans",
			.guest = guest ? np_json_text(guest, "name") : "",
			.principal = call->principal,
			.request = request,
			.timeout_ms = 2 * svc->set.switch_timeout,
			.steps = plan_steps(request, guest ? np_json_text(guest, "id") : NULL) },
		ret_result, err);
}

int svc_plan_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	json_t *rows = NULL;
	int rc = db_list(svc->db, &rows, err,
		"SELECT id, fabric, state, changes, operation, guest, principal, created, coalesce(ended, '') AS ended FROM plans ORDER BY id DESC",
		"");

	return rc < 0 ? rc : svc_answer_list(call, rows, "id", ret_result, err);
}

static int find(struct svc *svc, const struct svc_call *call, json_t **ret_row, struct np_err *err)
{
	int rc = db_find(svc->db, &db_plans, call->keys[0], ret_row, err);

	return rc == -NP_NOTFOUND ? np_hint(err, rc, "npivctl plan list") : rc;
}

int svc_plan_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	json_t *row = NULL;
	int rc = find(svc, call, &row, err);

	if (rc < 0)
		return rc;
	(void)json_object_del(row, "owners");
	(void)json_object_del(row, "step");
	return svc_answer(row, SVC_OK, NULL, NULL, ret_result, err);
}

/* The words of whom: the fabric's own driver, else what is asked for. */
int svc_plan_script(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *fabric = NULL;
	np_auto(np_free) char *text = NULL;
	const char *format = call->keys[1] ? call->keys[1] : "";
	int rc = find(svc, call, &row, err);

	if (rc == 0)
		rc = db_find(svc->db, &db_fabrics, np_json_text(row, "fabric"), &fabric, err);
	if (rc == 0 && !*format)
		format = strcmp(np_json_text(fabric, "driver"), "nxos") == 0 ? "nxos" : "fos";
	if (rc == 0)
		rc = zone_script(json_object_get(row, "plan"), format,
			np_json_int(fabric, "context"), &text, err);
	if (rc < 0)
		return rc;
	return svc_answer(json_pack("{s:s, s:s}", "format", format, "text", text), SVC_OK, NULL,
		NULL, ret_result, err);
}

static const struct np_field apply_request[] = {
	{ .name = "also",
		.type = NP_TYPE_JSON,
		.help = "numbers of plans that are part of the same change" },
	{ .name = "force", .type = NP_TYPE_BOOL, .help = "whatever the fabric's policy refuses" },
	{ 0 },
};

static int add_apply(struct svc *svc, const char *key, json_t *steps, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_find(svc->db, &db_plans, key, &row, err);

	if (rc < 0)
		return np_hint(err, rc, "npivctl plan list");
	if (strcmp(np_json_text(row, "state"), "new") != 0)
		return np_hint(err,
			np_fail(err, NP_CONFLICT, "plan %s is %s: only a new one can be applied",
				key, np_json_text(row, "state")),
			"npivctl plan create --fabrics %s", np_json_text(row, "fabric"));
	for (size_t i = 0; i < json_array_size(steps); i++) {
		if (strcmp(np_json_text(json_array_get(steps, i), "object"),
			    np_json_text(row, "fabric")) == 0)
			return np_fail(err, NP_INVAL, "two plans are for fabric %s",
				np_json_text(row, "fabric"));
	}
	(void)json_array_append_new(
		steps, json_pack("{s:s, s:O, s:{s:O, s:s, s:O, s:O}}", "name", "zone_change",
			       "object", json_object_get(row, "fabric"), "args", "fabric",
			       json_object_get(row, "fabric"), "mode", "plan", "plan",
			       json_object_get(row, "id"), "guest", json_object_get(row, "guest")));
	return 0;
}

/* The same request once more: what it began is answered, what it has done stays done. */
static int apply_again(struct svc *svc, const struct svc_call *call, bool *ret_done,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int64_t open = 0;
	int rc = find(svc, call, &row, err);

	if (rc == 0)
		rc = db_number(svc->db, &open, err,
			"SELECT max(operations.id) FROM steps JOIN operations ON operations.id = operation"
			" WHERE name = 'zone_change' AND json_extract(args, '$.plan') = ? AND operations.ended IS NULL",
			"i", np_json_int(row, "id"));
	if (rc < 0)
		return rc;
	*ret_done = open || strcmp(np_json_text(row, "state"), "applied") == 0;
	if (open)
		return answer_open(svc, open, ret_result, err);
	return *ret_done ? svc_plan_get(svc, call, ret_result, err) : 0;
}

int svc_plan_apply(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *none = json_object();
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *steps = json_array();
	char key[24], object[32];
	bool done = false;
	int rc = np_json_check(
		call->body ? call->body : none, apply_request, NP_CHECK_CREATE, &request, err);

	if (rc == 0)
		rc = apply_again(svc, call, &done, ret_result, err);
	if (rc < 0 || done)
		return rc;
	if (rc == 0)
		rc = add_apply(svc, call->keys[0], steps, err);
	const json_t *also = json_object_get(request, "also");
	for (size_t i = 0; rc == 0 && i < json_array_size(also); i++) {
		if (i == FABRICS_MAX || !json_is_integer(json_array_get(also, i)))
			return np_fail_field(
				err, "also", "must be at most %d numbers of plans", FABRICS_MAX);
		(void)snprintf(key, sizeof key, "%lld",
			(long long)json_integer_value(json_array_get(also, i)));
		rc = add_apply(svc, key, steps, err);
	}
	if (rc < 0)
		return rc;
	(void)snprintf(object, sizeof object, "plans/%.20s", call->keys[0]);
	return svc_op_answer(svc,
		&(struct svc_op_spec){ .kind = "plan_apply",
			.object = object,
			.principal = call->principal,
			.request = request,
			.timeout_ms = (int64_t)json_array_size(steps) * 2 * svc->set.switch_timeout,
			.steps = json_incref(steps) },
		ret_result, err);
}

static int in_state(const json_t *row, const char *wanted, const char *other, struct np_err *err)
{
	const char *state = np_json_text(row, "state");

	return strcmp(state, wanted) == 0 || strcmp(state, other) == 0
		       ? 0
		       : np_fail(err, NP_CONFLICT, "plan %lld is %s",
				 (long long)np_json_int(row, "id"), state);
}

/* A person says that it is done: on a fabric that npivd cannot look at. */
int svc_plan_confirm(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = find(svc, call, &row, err);

	if (rc == 0)
		rc = in_state(row, "waiting", "applied", err);
	if (rc == 0 && strcmp(np_json_text(row, "state"), "waiting") == 0)
		rc = svc_plan_move(svc, row, "applied", NULL, err);
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "plan_confirm", "noun", "plans",
			       "key", call->keys[0]));
	return rc < 0 ? rc : svc_plan_get(svc, call, ret_result, err);
}

int svc_plan_delete(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char now[DB_TIME_TEXT];
	int rc = find(svc, call, &row, err);

	bool dropped = rc == 0 && strcmp(np_json_text(row, "state"), "stale") == 0;
	if (rc == 0 && !dropped)
		rc = in_state(row, "new", "waiting", err);
	if (rc == 0 && !dropped)
		rc = db_exec(svc->db, err,
			"UPDATE plans SET state = 'stale', ended = ? WHERE id = ?", "ti",
			db_time_text(0, now), np_json_int(row, "id"));
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "plan_delete", "noun", "plans", "key",
			       call->keys[0]));
	if (rc < 0)
		return rc;
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return 0;
}
