/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The domain, as its callers see it: every use case is an svc_fn, a function from a call (keys,
 * query, body, principal) to a result. It knows no HTTP. The API's route table names these
 * functions directly.
 *
 * svc_run executes one use case inside a scope of the current transaction: an error or a dry run
 * undoes exactly what it wrote. Nothing may be answered to a client before svc_flush has said that
 * it is durable: transactions are committed once per turn of the loop, for all requests of that
 * turn.
 *
 * All of it belongs to the one thread of the loop; nothing here blocks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/err.h"
#include "base/json.h"

#define SVC_KEYS_MAX 3
#define SVC_LIST_DEFAULT 50
#define SVC_LIST_MAX 1000

struct svc;

struct svc_call {
	const char *principal;		/* who asks, for the journal: "root", "uid:1000" */
	const char *keys[SVC_KEYS_MAX]; /* the variable segments of the path, decoded */
	const json_t *query;		/* object of texts; never NULL */
	const json_t *body;		/* NULL: none */
	const char *if_match;		/* NULL: none */
	const char *idempotency_key;	/* NULL: none */
	const char *fingerprint;	/* method, path and body hash; with an idempotency key */
	bool dry_run;
	bool reads; /* it changes nothing: no scope, no transaction */
};

enum svc_status { SVC_OK, SVC_CREATED, SVC_ACCEPTED, SVC_NO_CONTENT };

struct svc_result {
	enum svc_status status;
	json_t *body; /* NULL with SVC_NO_CONTENT; or the operation is to be shown as it is then */
	int64_t operation;  /* the operation that does the rest, or 0 */
	char location[256]; /* "/v1/..." or "" */
	char etag[64];	    /* without quotes, or "" */
};

typedef int svc_fn(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err);

void svc_result_done(struct svc_result *result);

/*
 * Runs @fn: idempotency key, scope, dry run (then *ret_result is {"dry_run": true, "would":
 * [...]}). On failure @ret_result is untouched and nothing was written.
 */
int svc_run(struct svc *svc, svc_fn *fn, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err);

/*
 * Calls @done from the loop when everything written so far is durable (at once if nothing is
 * pending); rc < 0: the commit failed and the request must be answered with @err.
 */
typedef void svc_flush_fn(void *data, int rc, const struct np_err *err);
int svc_flush(struct svc *svc, svc_flush_fn *done, void *data, struct np_err *err);

/*
 * Calls @done once from the loop: when operation @id has ended (DONE, FAILED, STUCK) or is in
 * TIMEOUT, or after @timeout_ms. @operation is its JSON then (borrowed).
 */
typedef void svc_operation_fn(void *data, const json_t *operation);
int svc_operation_wait(struct svc *svc, int64_t id, int64_t timeout_ms, svc_operation_fn *done,
	void *data, struct np_err *err);

/* Calls @done once from the loop when an event with an id above @after exists, or after
 * @timeout_ms. */
typedef void svc_event_fn(void *data);
int svc_event_wait(struct svc *svc, int64_t after, int64_t timeout_ms, svc_event_fn *done,
	void *data, struct np_err *err);

/* Forgets all waiting callbacks of @data. */
void svc_forget(struct svc *svc, const void *data);

/* 0 when the service can do its job; else what is missing (API: health/ready). */
int svc_ready(struct svc *svc, struct np_err *err);

/* Use cases. One line each; contracts are those of docs/API.md. */
svc_fn svc_index_get;
svc_fn svc_metrics_get, svc_system_get, svc_system_check, svc_system_rescan, svc_system_restore;
svc_fn svc_backup_list, svc_backup_create;
svc_fn svc_hba_list, svc_hba_get, svc_hba_update;
svc_fn svc_vport_list, svc_vport_get, svc_vport_adopt;
svc_fn svc_guest_list, svc_guest_get, svc_guest_create, svc_guest_update, svc_guest_delete;
svc_fn svc_guest_state_get, svc_guest_state_set;
svc_fn svc_pool_list, svc_pool_get, svc_pool_create, svc_pool_update, svc_pool_delete;
svc_fn svc_wwn_list, svc_wwn_get, svc_wwn_reserve, svc_wwn_release;
svc_fn svc_operation_list, svc_operation_get, svc_operation_cancel, svc_operation_retry;
svc_fn svc_event_list;
svc_fn svc_fabric_zone_list, svc_fabric_zoneset_list, svc_fabric_alias_list, svc_fabric_login_list;
svc_fn svc_fabric_lock_get, svc_fabric_lint, svc_fabric_import;
svc_fn svc_snapshot_list, svc_snapshot_get, svc_snapshot_take;
svc_fn svc_drift_list, svc_drift_act;
svc_fn svc_plan_list, svc_plan_get, svc_plan_create, svc_plan_script, svc_plan_apply;
svc_fn svc_plan_confirm, svc_plan_delete;

/* Plain records (profiles fabrics targets luns masks aliases zones zonesets): one set for each
 * noun. */
#define SVC_RECORD(noun)                                                                           \
	svc_fn svc_##noun##_list, svc_##noun##_get, svc_##noun##_create, svc_##noun##_update,      \
		svc_##noun##_put, svc_##noun##_delete
SVC_RECORD(profile);
SVC_RECORD(fabric);
SVC_RECORD(target);
SVC_RECORD(lun);
SVC_RECORD(mask);
SVC_RECORD(alias);
SVC_RECORD(zone);
SVC_RECORD(zoneset);
