/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Callers that wait, with a deadline: for the end of an operation, or for an event. */
#include "service/op.h"

struct wait {
	struct np_list node;
	struct svc *svc;
	int64_t key;			/* the operation, or the last event that is known */
	svc_operation_fn *on_operation; /* one of these two */
	svc_event_fn *on_event;
	void *data;
	sd_event_source *timer;
	bool due; /* the operation may be over */
};

static bool operation_is_over(struct svc *svc, int64_t id)
{
	const struct svc_op *op = svc_op_find(svc, id);
	int64_t open = 0;

	if (op)
		return op->state == SVC_OP_DONE || op->state == SVC_OP_FAILED ||
		       op->state == SVC_OP_STUCK || op->state == SVC_OP_TIMEOUT;
	(void)db_number(svc->db, &open, NULL,
		"SELECT count(*) FROM operations WHERE id = ? AND ended IS NULL", "i", id);
	return open == 0;
}

static bool is_over(const struct wait *wait)
{
	return wait->on_event ? wait->key < wait->svc->last_event
			      : operation_is_over(wait->svc, wait->key);
}

static void wait_free(struct wait *wait)
{
	np_list_remove(&wait->node);
	(void)sd_event_source_disable_unref(wait->timer);
	free(wait);
}

static int on_timer(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct wait wait = *(struct wait *)data;
	np_auto(np_json_decref) json_t *view = NULL;

	wait_free(data);
	if (wait.on_event)
		wait.on_event(wait.data);
	else {
		if (svc_op_view(wait.svc, wait.key, &view, NULL) < 0)
			view = json_object();
		wait.on_operation(wait.data, view);
	}
	return 0;
}

void svc_waits_doubt(struct svc *svc, int64_t operation)
{
	np_list_foreach (wait, &svc->waits, struct wait, node)
		wait->due = wait->due || !operation || wait->key == operation;
}

/* The callbacks run from the loop, one at a time: each may forget other waits. */
void svc_waits_notify(struct svc *svc)
{
	np_list_foreach (wait, &svc->waits, struct wait, node) {
		if ((wait->due || wait->on_event) && is_over(wait))
			svc_timer_set(wait->timer, 0);
	}
}

void svc_waits_forget(struct svc *svc, const void *data)
{
	np_list_foreach_safe (wait, &svc->waits, struct wait, node) {
		if (!data || wait->data == data)
			wait_free(wait);
	}
}

static int add(struct svc *svc, const struct wait *what, int64_t timeout_ms, struct np_err *err)
{
	struct wait *wait = malloc(sizeof *wait);

	if (!wait)
		return np_fail_nomem(err);
	*wait = *what;
	wait->svc = svc;
	np_list_append(&svc->waits, &wait->node);
	/* What is not committed yet is told after the commit. */
	wait->due = is_over(wait);
	if (wait->due && !db_is_dirty(svc->db))
		timeout_ms = 0;
	int rc = svc_timer_new(svc->event, &wait->timer, on_timer, wait, err);
	if (rc < 0) {
		wait_free(wait);
		return rc;
	}
	svc_timer_set(wait->timer, timeout_ms);
	return 0;
}

int svc_operation_wait(struct svc *svc, int64_t id, int64_t timeout_ms, svc_operation_fn *done,
	void *data, struct np_err *err)
{
	return add(svc, &(struct wait){ .key = id, .on_operation = done, .data = data }, timeout_ms,
		err);
}

int svc_event_wait(struct svc *svc, int64_t after, int64_t timeout_ms, svc_event_fn *done,
	void *data, struct np_err *err)
{
	return add(svc, &(struct wait){ .key = after, .on_event = done, .data = data }, timeout_ms,
		err);
}
