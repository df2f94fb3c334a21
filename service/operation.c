/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The use cases on operations: list, look, cancel, retry. */
#include <string.h>

#include "service/op.h"

int svc_operation_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	json_t *rows = NULL;
	/* Those that need a person, then those at work, then the newest. */
	int rc = db_list(svc->db, &rows, err,
		"SELECT id, kind, object, guest, state, principal FROM operations ORDER BY CASE state WHEN 'STUCK' THEN 0 WHEN 'TIMEOUT' THEN 1 ELSE"
		" CASE WHEN ended IS NULL THEN 2 ELSE 3 END END, id DESC",
		"");

	if (rc == 0)
		rc = svc_answer_list(call, rows, "id", ret_result, err);
	if (rc < 0)
		return rc;
	/* Only the page's own operations are read in full. */
	json_t *items = json_object_get(ret_result->body, "items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		json_t *view = NULL;
		if (svc_op_view(svc, np_json_int(json_array_get(items, i), "id"), &view, NULL) == 0)
			(void)json_array_set_new(items, i, view);
	}
	return 0;
}

static int read_id(const char *key, int64_t *ret_id, struct np_err *err)
{
	char *end;
	long long id = strtoll(key, &end, 10);

	if (end == key || *end || id < 1)
		return np_fail(
			err, NP_NOTFOUND, "operation '%.32s' not found: it has a number", key);
	*ret_id = id;
	return 0;
}

int svc_operation_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_result result = { .status = SVC_OK };
	int64_t id = 0;
	int rc = read_id(call->keys[0], &id, err);

	if (rc == 0)
		rc = svc_op_view(svc, id, &result.body, err);
	if (rc < 0)
		return rc;
	/* One that runs can be waited for. */
	if (json_is_null(json_object_get(result.body, "ended")) ||
		!json_object_get(result.body, "ended"))
		result.operation = id;
	*ret_result = result;
	return 0;
}

static int change(struct svc *svc, const struct svc_call *call,
	int (*how)(struct svc *, int64_t, struct np_err *), struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_result result = { .status = SVC_ACCEPTED };
	int64_t id = 0;
	int rc = read_id(call->keys[0], &id, err);

	if (rc == 0)
		rc = svc_op_view(svc, id, &result.body, err);
	if (rc < 0)
		return rc;
	json_decref(result.body);
	result.body = NULL;
	rc = how(svc, id, err);
	if (rc == 0)
		rc = svc_op_view(svc, id, &result.body, err);
	if (rc < 0)
		return rc;
	result.operation = id;
	(void)snprintf(
		result.location, sizeof result.location, "/v1/operations/%lld", (long long)id);
	*ret_result = result;
	return 0;
}

int svc_operation_cancel(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	return change(svc, call, svc_op_cancel, ret_result, err);
}

int svc_operation_retry(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	return change(svc, call, svc_op_retry, ret_result, err);
}
