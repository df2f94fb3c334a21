/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_service.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/list.h"

#define OPERATIONS_MAX 4096

enum fake_end { END_DONE, END_FAILED, END_STUCK, END_NEVER };

struct fake_operation {
	int64_t ends_ms;
	enum fake_end end;
};

struct svc {
	sd_event *event;
	struct fake_knobs knobs;
	struct np_list waits;
	struct fake_operation operations[OPERATIONS_MAX]; /* by id; 0 is none */
	int64_t operations_count;
	json_t *events;
};

struct fake_wait {
	struct np_list node;
	struct svc *svc;
	sd_event_source *source;
	void *data;
	int64_t id; /* of the operation, or of the event to be seen before */
	svc_flush_fn *on_flush;
	svc_operation_fn *on_operation;
	svc_event_fn *on_event;
};

static int64_t now_ms(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* Operations. */

static const struct {
	const char *key;
	enum fake_end end;
} ends[] = {
	{ "fails", END_FAILED },
	{ "stuck", END_STUCK },
	{ "never", END_NEVER },
};

static int64_t new_operation(struct svc *svc, const char *key)
{
	int64_t id = ++svc->operations_count % OPERATIONS_MAX;
	struct fake_operation *operation = &svc->operations[id];

	*operation = (struct fake_operation){ .ends_ms = now_ms() + FAKE_OPERATION_MS };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (strcmp(key, ends[i].key) == 0)
			operation->end = ends[i].end;
	}
	if (operation->end == END_NEVER)
		operation->ends_ms = INT64_MAX;
	return id;
}

static json_t *operation_json(const struct svc *svc, int64_t id)
{
	static const char *const states[] = { "DONE", "FAILED", "STUCK", "RUNNING" };
	const struct fake_operation *operation = &svc->operations[id];
	bool ended = now_ms() >= operation->ends_ms;
	json_t *json = json_pack("{s:I, s:s}", "id", (json_int_t)id, "state",
		ended ? states[operation->end] : "RUNNING");

	if (ended && operation->end == END_FAILED)
		(void)json_object_set_new(json, "error",
			json_pack(
				"{s:s, s:s}", "code", "link", "detail", "host1: no fabric login"));
	return json;
}

/* Waiting. */

static void free_wait(struct fake_wait *wait)
{
	np_list_remove(&wait->node);
	(void)sd_event_source_disable_unref(wait->source);
	free(wait);
}

static int64_t last_event(const struct svc *svc)
{
	return (int64_t)json_array_size(svc->events);
}

static void wait_is_over(struct fake_wait *wait)
{
	struct fake_wait over = *wait;
	struct np_err err;
	int rc = over.svc->knobs.flush_fails ? np_fail(&err, NP_IO, "database: disk full") : 0;

	free_wait(wait);
	if (over.on_flush)
		over.on_flush(over.data, rc, &err);
	if (over.on_event)
		over.on_event(over.data);
	if (!over.on_operation)
		return;
	json_t *json = operation_json(over.svc, over.id);
	over.on_operation(over.data, json);
	json_decref(json);
}

static int on_defer(sd_event_source *source np_unused, void *data)
{
	wait_is_over(data);
	return 0;
}

static int on_time(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	wait_is_over(data);
	return 0;
}

static int add_wait(struct svc *svc, const struct fake_wait *from, int64_t ms)
{
	struct fake_wait *wait = malloc(sizeof *wait);

	assert(wait);
	*wait = *from;
	wait->svc = svc;
	np_list_append(&svc->waits, &wait->node);
	if (ms <= 0)
		return sd_event_add_defer(svc->event, &wait->source, on_defer, wait);
	return sd_event_add_time_relative(
		svc->event, &wait->source, CLOCK_MONOTONIC, (uint64_t)ms * 1000, 1, on_time, wait);
}

int svc_flush(struct svc *svc, svc_flush_fn *done, void *data, struct np_err *err np_unused)
{
	const struct fake_wait wait = { .data = data, .on_flush = done };

	if (!svc->knobs.flush_at_once)
		return add_wait(svc, &wait, 0);
	done(data, 0, NULL);
	return 0;
}

int svc_operation_wait(struct svc *svc, int64_t id, int64_t timeout_ms, svc_operation_fn *done,
	void *data, struct np_err *err)
{
	const struct fake_wait wait = { .data = data, .on_operation = done, .id = id };

	if (id <= 0 || id > svc->operations_count)
		return np_fail(err, NP_NOTFOUND, "no such operation");
	int64_t left = svc->operations[id].ends_ms - now_ms();
	return add_wait(svc, &wait, left < timeout_ms ? left : timeout_ms);
}

int svc_event_wait(struct svc *svc, int64_t after, int64_t timeout_ms, svc_event_fn *done,
	void *data, struct np_err *err np_unused)
{
	const struct fake_wait wait = { .data = data, .on_event = done, .id = after };

	return add_wait(svc, &wait, last_event(svc) > after ? 0 : timeout_ms);
}

void svc_forget(struct svc *svc, const void *data)
{
	np_list_foreach_safe (wait, &svc->waits, struct fake_wait, node) {
		if (wait->data == data)
			free_wait(wait);
	}
}

static void add_event(struct svc *svc, const char *kind)
{
	(void)json_array_append_new(svc->events,
		json_pack("{s:I, s:s}", "id", (json_int_t)last_event(svc) + 1, "kind", kind));
	np_list_foreach (wait, &svc->waits, struct fake_wait, node) {
		if (wait->on_event)
			(void)sd_event_source_set_time(wait->source, 0);
	}
}

/* Running. */

static const struct {
	const char *key;
	enum np_code code;
} errors[] = {
	{ "missing", NP_NOTFOUND },
	{ "taken", NP_EXISTS },
	{ "stale", NP_STALE },
	{ "busy", NP_BUSY },
};

int svc_run(struct svc *svc, svc_fn *fn, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	for (size_t i = 0; call->keys[0] && i < sizeof errors / sizeof *errors; i++) {
		if (strcmp(call->keys[0], errors[i].key) == 0)
			return np_fail(err, errors[i].code, "'%s' as asked for", call->keys[0]);
	}
	return fn(svc, call, ret_result, err);
}

void svc_result_done(struct svc_result *result)
{
	json_decref(result->body);
	*result = (struct svc_result){ 0 };
}

int svc_ready(struct svc *svc, struct np_err *err)
{
	return svc->knobs.not_ready ? np_fail(err, NP_BUSY, "the inventory is not complete") : 0;
}

static void set_text(json_t *json, const char *key, const char *text)
{
	if (text)
		(void)json_object_set_new(json, key, json_string(text));
}

static int echo(const char *name, enum svc_status status, const struct svc_call *call,
	struct svc_result *ret_result)
{
	json_t *body = json_pack("{s:s, s:b, s:O}", "use_case", name, "dry_run", call->dry_run,
		"query", call->query);

	set_text(body, "principal", call->principal);
	set_text(body, "key", call->keys[0]);
	set_text(body, "if_match", call->if_match);
	set_text(body, "idempotency_key", call->idempotency_key);
	set_text(body, "fingerprint", call->fingerprint);
	if (call->body)
		(void)json_object_set(body, "body", (json_t *)(uintptr_t)call->body);
	*ret_result = (struct svc_result){ .status = status, .body = body };
	if (status == SVC_CREATED)
		(void)snprintf(ret_result->location, sizeof ret_result->location, "/v1/made");
	if (status == SVC_OK)
		(void)snprintf(ret_result->etag, sizeof ret_result->etag, "1");
	if (status == SVC_NO_CONTENT) {
		json_decref(ret_result->body);
		ret_result->body = NULL;
	}
	return 0;
}

#define ECHO(name, status)                                                                         \
	int name(struct svc *svc np_unused, const struct svc_call *call,                           \
		struct svc_result *ret_result, struct np_err *err np_unused)                       \
	{                                                                                          \
		return echo(#name, status, call, ret_result);                                      \
	}

#define ECHO_RECORD(noun)                                                                          \
	ECHO(svc_##noun##_list, SVC_OK)                                                            \
	ECHO(svc_##noun##_get, SVC_OK)                                                             \
	ECHO(svc_##noun##_create, SVC_CREATED)                                                     \
	ECHO(svc_##noun##_update, SVC_OK)                                                          \
	ECHO(svc_##noun##_put, SVC_CREATED)                                                        \
	ECHO(svc_##noun##_delete, SVC_NO_CONTENT)

ECHO(svc_index_get, SVC_OK)
ECHO(svc_metrics_get, SVC_OK)
ECHO(svc_system_get, SVC_OK)
ECHO(svc_system_check, SVC_OK)
ECHO(svc_system_restore, SVC_OK)
ECHO(svc_backup_list, SVC_OK)
ECHO(svc_backup_create, SVC_CREATED)
ECHO(svc_hba_list, SVC_OK)
ECHO(svc_hba_get, SVC_OK)
ECHO(svc_hba_update, SVC_OK)
ECHO(svc_vport_list, SVC_OK)
ECHO(svc_vport_get, SVC_OK)
ECHO(svc_vport_adopt, SVC_OK)
ECHO(svc_guest_list, SVC_OK)
ECHO(svc_guest_get, SVC_OK)
ECHO(svc_guest_create, SVC_CREATED)
ECHO(svc_guest_update, SVC_OK)
ECHO(svc_guest_delete, SVC_NO_CONTENT)
ECHO(svc_guest_state_get, SVC_OK)
ECHO(svc_pool_list, SVC_OK)
ECHO(svc_pool_get, SVC_OK)
ECHO(svc_pool_create, SVC_CREATED)
ECHO(svc_pool_update, SVC_OK)
ECHO(svc_pool_delete, SVC_NO_CONTENT)
ECHO(svc_wwn_list, SVC_OK)
ECHO(svc_wwn_get, SVC_OK)
ECHO(svc_wwn_reserve, SVC_CREATED)
ECHO(svc_wwn_release, SVC_NO_CONTENT)
ECHO(svc_operation_list, SVC_OK)
ECHO(svc_fabric_zone_list, SVC_OK)
ECHO(svc_fabric_zoneset_list, SVC_OK)
ECHO(svc_fabric_alias_list, SVC_OK)
ECHO(svc_fabric_login_list, SVC_OK)
ECHO(svc_fabric_lock_get, SVC_OK)
ECHO(svc_drift_list, SVC_OK)
ECHO(svc_drift_act, SVC_OK)
ECHO(svc_snapshot_list, SVC_OK)
ECHO(svc_snapshot_take, SVC_OK)
ECHO(svc_snapshot_get, SVC_OK)
ECHO(svc_fabric_lint, SVC_OK)
ECHO(svc_fabric_import, SVC_OK)
ECHO(svc_plan_list, SVC_OK)
ECHO(svc_plan_create, SVC_OK)
ECHO(svc_plan_get, SVC_OK)
ECHO(svc_plan_delete, SVC_OK)
ECHO(svc_plan_script, SVC_OK)
ECHO(svc_plan_apply, SVC_OK)
ECHO(svc_plan_confirm, SVC_OK)
ECHO_RECORD(profile)
ECHO_RECORD(fabric)
ECHO_RECORD(target)
ECHO_RECORD(lun)
ECHO_RECORD(mask)
ECHO_RECORD(alias)
ECHO_RECORD(zone)
ECHO_RECORD(zoneset)

static int answer_operation(
	struct svc *svc, int64_t id, enum svc_status status, struct svc_result *ret_result)
{
	*ret_result = (struct svc_result){
		.status = status,
		.body = operation_json(svc, id),
		.operation = status == SVC_ACCEPTED ? id : 0,
	};
	return 0;
}

static int find_operation(struct svc *svc, const struct svc_call *call, enum svc_status status,
	struct svc_result *ret_result, struct np_err *err)
{
	int64_t id = strtoll(call->keys[0], NULL, 10);

	if (id <= 0 || id > svc->operations_count)
		return np_fail(
			err, NP_NOTFOUND, "operation '%s': no such operation", call->keys[0]);
	return answer_operation(svc, id, status, ret_result);
}

int svc_operation_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	return find_operation(svc, call, SVC_OK, ret_result, err);
}

int svc_operation_cancel(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	return find_operation(svc, call, SVC_ACCEPTED, ret_result, err);
}

int svc_operation_retry(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	return find_operation(svc, call, SVC_ACCEPTED, ret_result, err);
}

int svc_guest_state_set(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err np_unused)
{
	if (call->dry_run)
		return echo("svc_guest_state_set", SVC_OK, call, ret_result);
	*ret_result = (struct svc_result){ .status = SVC_ACCEPTED,
		.operation = new_operation(svc, call->keys[0]) };
	return 0;
}

int svc_system_rescan(struct svc *svc, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err np_unused)
{
	add_event(svc, "rescan");
	*ret_result = (struct svc_result){ .status = SVC_ACCEPTED, .body = json_object() };
	return 0;
}

int svc_event_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err np_unused)
{
	const char *kind = json_string_value(json_object_get(call->query, "kind"));
	int64_t after = strtoll(np_json_text(call->query, "after"), NULL, 10);
	json_t *items = json_array();
	json_t *event;
	size_t i;

	json_array_foreach (svc->events, i, event) {
		if (np_json_int(event, "id") > after &&
			(!kind || strcmp(kind, np_json_text(event, "kind")) == 0))
			(void)json_array_append(items, event);
	}
	*ret_result = (struct svc_result){ .body = json_pack("{s:o}", "items", items) };
	return 0;
}

/* Life. */

int fake_service_new(struct svc **ret_svc, sd_event *event)
{
	struct svc *svc = calloc(1, sizeof *svc);

	if (!svc)
		return -NP_NOMEM;
	np_list_init(&svc->waits);
	svc->event = sd_event_ref(event);
	svc->events = json_array();
	*ret_svc = svc;
	return 0;
}

struct svc *fake_service_free(struct svc *svc)
{
	if (!svc)
		return NULL;
	np_list_foreach_safe (wait, &svc->waits, struct fake_wait, node)
		free_wait(wait);
	(void)sd_event_unref(svc->event);
	json_decref(svc->events);
	free(svc);
	return NULL;
}

struct fake_knobs *fake_service_knobs(struct svc *svc)
{
	return &svc->knobs;
}

unsigned fake_service_waits(const struct svc *svc)
{
	unsigned count = 0;

	np_list_foreach (wait, &svc->waits, struct fake_wait, node)
		count++;
	return count;
}
