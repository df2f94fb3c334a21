/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of service/ share: the state of the one thread, and the small seams between them. */
#pragma once

#include "base/list.h"
#include "base/log.h"
#include "db/marks.h"
#include "db/table.h"
#include "service/service.h"
#include "service/settings.h"
#include "service/timer.h"

struct svc_engine;
struct svc_hosts;
struct svc_fabrics;
struct svc_op;

struct svc {
	sd_event *event;
	struct db *db;
	struct db_marks *marks;
	struct svc_settings set;
	char *db_path;
	int64_t started_ms;
	sd_event_source *commit; /* runs last in a turn of the loop, when something was written */
	sd_event_source *commit_limit; /* timer: the commit of a busy loop */
	sd_event_source *reload;       /* timer: after a failed commit */
	sd_event_source *reconcile;    /* timer; see svc_reconcile_soon */
	struct svc_pace reconcile_pace;
	sd_event_source *janitor; /* timer: trims events, operations and idempotency keys */
	struct np_list flushes;	  /* callers that wait for the commit */
	struct np_list waits;
	struct svc_engine *engine;
	struct svc_hosts *hosts;
	struct svc_fabrics *fabrics;
	struct svc_op *zone_turn;  /* the operation that changes zones now; NULL: none does */
	json_t *would;		   /* set during a dry run: what would be done */
	int64_t last_event;	   /* id of the newest event */
	struct np_err write_error; /* of the last commit, code NP_OK when it went well */
	bool links_stale;   /* a LUN came, went or has another device: see the next reconcile */
	bool markers_stale; /* a guest was deleted: its marker goes after the commit */
	bool fabrics_stale; /* a fabric's record was changed: see to its lane after the commit */
	bool stopping;
};

/* service.c */

/* Notes for a dry run; takes the reference. Without a dry run it is dropped. */
void svc_would(struct svc *svc, json_t *action);

/* event.c: the event log. @guest may be NULL. Also goes to the journal. */
void svc_event(struct svc *svc, const char *kind, const char *severity, const char *object,
	const char *guest, const char *fmt, ...) np_printf(6, 7);

/* wait.c: callers that wait for an operation's end or for an event. */
void svc_waits_doubt(struct svc *svc, int64_t operation); /* it may be over; 0: any may */
void svc_waits_notify(struct svc *svc);			  /* after a commit */
void svc_waits_forget(struct svc *svc, const void *data); /* NULL: all */

/* list.c: a number of the query; @preset when it is absent. */
int svc_query_number(const json_t *query, const char *name, int64_t preset, int64_t min,
	int64_t max, int64_t *ret_number, struct np_err *err);

/* Filters, pages and answers a list. Steals @rows (an array of objects whose member @key is unique). */
int svc_answer_list(const struct svc_call *call, json_t *rows, const char *key,
	struct svc_result *ret_result, struct np_err *err);

/* Answers one object with status and Location "/v1/NOUN/KEY"; steals @body. */
int svc_answer(json_t *body, enum svc_status status, const char *noun, const char *key,
	struct svc_result *ret_result, struct np_err *err);

/* If-Match against the record's generation. */
int svc_check_match(const struct svc_call *call, const json_t *row, struct np_err *err);

/* The path key as 16 hex digits, as WWNs are in the record. */
int svc_wwn_key(const char *key, char text[static 17], struct np_err *err);

/* record.c: does @existing already hold every member of @wanted? */
bool svc_is_same(const json_t *existing, const json_t *wanted);

/* pool.c: the identity of ports. */

/* Gives @n WWNs of @kind ("wwnn", "wwpn") of the pool to a guest's vHBA: marks, record, dry-run notes. */
int svc_pool_give(struct svc *svc, const char *pool, const char *kind, const char *guest,
	const char *vhba, unsigned n, uint64_t *ret_wwns, struct np_err *err);

/* Records a WWN that the caller names as given; refuses one that is known or seen anywhere. */
int svc_wwn_claim(struct svc *svc, uint64_t wwn, const char *kind, const char *guest,
	const char *vhba, bool may_be_seen, struct np_err *err);

/* All WWNs of the guest (or of one vHBA of it) become tombstones: never given again. */
int svc_wwns_bury(struct svc *svc, const char *guest, const char *vhba, struct np_err *err);

/* After a restore: no pool stands below its mark. */
int svc_pools_raise(struct svc *svc, struct np_err *err);

/* guest.c */

/* By UUID or name; the row in API form. */
int svc_guest_find(struct svc *svc, const char *key, json_t **ret_row, struct np_err *err);
int svc_guest_vhbas(struct svc *svc, const char *guest_id, json_t **ret_rows, struct np_err *err);
int svc_guest_masks(struct svc *svc, const char *guest_id, json_t **ret_rows, struct np_err *err);

/* Makes the guest and its vHBAs from a checked body (fields of db_guests and "vhbas"). */
int svc_guest_make(struct svc *svc, json_t *body, json_t **ret_row, struct np_err *err);

/* -NP_EXISTS when another guest than @id has the "name" of @values, be it in other case. */
int svc_guest_check_name(struct svc *svc, const json_t *values, const char *id, struct np_err *err);

/* Its WWNs become tombstones and its record goes; the markers follow after the commit. */
int svc_guest_forget(struct svc *svc, const char *guest_id, const char *name, struct np_err *err);
uint64_t svc_vhba_wwpn(const json_t *vhba); /* the active one of the pair */

/* A file per guest under STATE/guests, so that the hook knows npivd's guests without npivd. */
void svc_markers_sync(struct svc *svc); /* after a commit that deleted a guest, and at start */
void svc_marker_make(struct svc *svc, const char *guest_id);

/* released.c: guests that ended while npivd was away, as the hook has noted under STATE/released. */
void svc_released_take(struct svc *svc);
void svc_released_forget(struct svc *svc, const char *guest_id);

/* guest_view.c: the guest as the API shows it. */
int svc_guest_view(struct svc *svc, json_t *row, json_t **ret_view, struct np_err *err);

/* The wanted operation of an object that has not ended, newest first; 0 when there is none. */
int64_t svc_open_operation(struct svc *svc, const char *object, char kind[static 32]);

/* reconcile.c */
void svc_reconcile_soon(struct svc *svc);
int svc_reconcile_init(struct svc *svc, struct np_err *err);

/* state.c: plans. */
int svc_plan_start(struct svc *svc, json_t *guest, const char *kind, const json_t *request,
	const char *principal, int64_t timeout_ms, int64_t *ret_operation, struct np_err *err);
struct fc_vport;
int svc_plan_remove(struct svc *svc, uint64_t hba, const struct fc_vport *vport, const char *object,
	const char *guest, struct np_err *err);

/* links.c: stable names of a guest's LUNs. */
/* Makes them as they should be now; those that are right stay untouched. */
int svc_links_make(struct svc *svc, const char *guest_id, struct np_err *err);
void svc_links_remove(struct svc *svc, const char *guest_id);
struct fc_lun;
json_t *svc_links_of(
	struct svc *svc, const char *guest_name, const char *vhba_name, const struct fc_lun *lun);
