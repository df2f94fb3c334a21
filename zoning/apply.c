/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/apply.h"

#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "zoning/change.h"
#include "zoning/check.h"
#include "zoning/list.h"
#include "zoning/plan.h"
#include "zoning/transaction.h"

#define TRIES_MAX 3 /* of readings and discards, which may be repeated */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000
#define LATE_MS 10000 /* how long a commit without a reply may still happen */

/* One way over the switch: forth with the plan, or back with its inverse. */
struct walk {
	struct zone_session *session;
	const json_t *plan;
	bool resumed;
	bool keeps_effective; /* what is in force was never changed, and is not to be touched */
	int64_t end_ms;	      /* the session's own deadline */
	int64_t tail_ms;      /* kept for the way back */
	json_t *snapshot;     /* before the first change */
	json_t *defined, *effective; /* as they are to be */
	json_t *rest;		     /* changes that are still to be made */
	bool at_once;		     /* staged changes are in the defined configuration */
	bool touched;		     /* a change was sent */
	bool staged;		     /* a change was taken: the open transaction is ours */
	bool committed;		     /* a commit was sent */
	bool lost;		     /* nobody knows what became of it */
	bool unsettled;		     /* the activation had not ended when we stopped looking */
	bool unseen;		     /* what the changes did could not be read */
	json_t *now;		     /* the last reading after the changes */
	struct np_err undropped;     /* why our own transaction is still open */
};

static void walk_done(struct walk *walk)
{
	json_decref(walk->snapshot);
	json_decref(walk->defined);
	json_decref(walk->effective);
	json_decref(walk->rest);
	json_decref(walk->now);
}

void zone_outcome_done(struct zone_outcome *outcome)
{
	json_decref(outcome->snapshot);
	*outcome = (struct zone_outcome){ 0 };
}

/* Adds to what an error says; its code stays. */
static void np_printf(2, 3) add_words(struct np_err *err, const char *fmt, ...)
{
	size_t len = err ? strlen(err->msg) : 0;
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg + len, sizeof err->msg - len, fmt, ap);
	va_end(ap);
}

/* Did the switch perhaps do it all the same? */
static bool is_lost(int rc)
{
	return rc == -NP_TIMEOUT || rc == -NP_PEER;
}

/* Waits, a little longer each time; false when the time until @until_ms is over. */
static bool wait_more(int64_t until_ms, int64_t *pause_ms)
{
	int64_t left = until_ms - zone_clock_ms();

	if (left <= 0)
		return false;
	(void)poll(NULL, 0, (int)(*pause_ms < left ? *pause_ms : left));
	*pause_ms = *pause_ms * 2 < PAUSE_MAX_MS ? *pause_ms * 2 : PAUSE_MAX_MS;
	return true;
}

/* Of several tries each gets half of what is left, so that one that hangs leaves time for the next. */
static void limit_try(struct zone_session *session, int64_t end_ms, int try)
{
	int64_t now = zone_clock_ms();

	session->deadline_ms = try < TRIES_MAX ? now + (end_ms - now) / 2 : end_ms;
}

/* Reading harms nothing: after a change it is tried again, since all hangs on it. */
static int read_now(struct walk *walk, struct np_err *err)
{
	json_t *now = NULL;
	int rc = -NP_FAILED;

	for (int try = 1; rc < 0 && try <= TRIES_MAX; try++) {
		limit_try(walk->session, walk->end_ms, try);
		rc = zone_read(walk->session, &now, err);
	}
	walk->session->deadline_ms = walk->end_ms;
	if (rc < 0)
		return rc;
	json_decref(walk->now);
	walk->now = now;
	return 0;
}

static int read_db(struct walk *walk, enum zone_part part, const char *member, json_t **ret_db,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *snapshot = json_object();
	int rc = snapshot ? walk->session->driver->read(walk->session, part, snapshot, err)
			  : np_fail_nomem(err);

	if (rc < 0)
		return rc;
	json_t *db = json_object_get(snapshot, member);
	rc = db ? zone_db_normalise(db, err)
		: np_fail(err, NP_PEER, "the switch shows no %s configuration", member);
	if (rc == 0)
		*ret_db = json_incref(db);
	return rc;
}

static const char *our_user(const struct walk *walk)
{
	return walk->session->credential ? walk->session->credential->user : "";
}

/* Is it a piece of this plan's way, in either direction? */
static bool covers(const json_t *plan, const json_t *committed, const json_t *pending)
{
	np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(plan);

	return zone_plan_covers(plan, committed, pending) ||
	       (inverse && zone_plan_covers(inverse, committed, pending));
}

/* Is there anything of the plan in @pending that was not there at first? */
static bool holds_some_of_ours(const struct walk *walk, const json_t *pending)
{
	const json_t *first = json_object_get(walk->snapshot, "defined");
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(walk->plan, "changes"), i, change)
		if (!zone_value_is_same(zone_change_now(change, first, NULL),
			    zone_change_now(change, pending, NULL)))
			return true;
	return false;
}

static bool is_as_at_first(const struct walk *walk, const json_t *pending)
{
	return walk->touched && json_equal(json_object_get(walk->snapshot, "defined"), pending);
}

/* The switch copied what was committed when we began, or a little later; others may commit meanwhile. */
static bool holds_only_ours(const struct walk *walk, const json_t *committed, const json_t *pending)
{
	const json_t *first = json_object_get(walk->snapshot, "defined");

	return zone_transaction_is_within(walk->plan, first, pending) ||
	       zone_transaction_is_within(walk->plan, committed, pending);
}

/*
 * Is the transaction that @snapshot shows open ours? What we opened ourselves is known by its token, and holds something
 * of the plan that was not there at first (a session of FOS shows as defined what is pending: the two are then equal).
 * Without a token it must hold nothing but the plan's. What was open before, or may be another's, is ours only when
 * nothing speaks against it and something for it: dropping another's work cannot be mended, waiting for a lock can.
 * False with @unread's code set: what is in it could not be read.
 */
static bool is_ours(struct walk *walk, const json_t *snapshot, struct np_err *unread)
{
	const json_t *committed = json_object_get(snapshot, "defined");
	const char *token = walk->session->token;
	enum zone_told told = zone_transaction_told(snapshot, our_user(walk));
	np_auto(np_json_decref) json_t *pending = NULL;

	if (told == ZONE_TOLD_OTHER)
		return false;
	if (*token && strcmp(token, zone_transaction_token(snapshot)) != 0)
		return false;
	if (read_db(walk, ZONE_PART_PENDING, "pending", &pending, unread) < 0)
		return false;
	bool shown = walk->touched && holds_some_of_ours(walk, pending);
	if (shown && walk->staged && *token)
		return true;
	/* Nothing is in it, as far as we are shown: others' changes are not shown to us everywhere. */
	if (json_equal(committed, pending) || is_as_at_first(walk, pending))
		return (told == ZONE_TOLD_OURS || told == ZONE_TOLD_USER) &&
		       (walk->resumed || walk->staged);
	if (walk->touched && !shown)
		return false;
	if (walk->staged)
		return holds_only_ours(walk, committed, pending);
	return (told == ZONE_TOLD_OURS || walk->resumed || walk->touched) &&
	       covers(walk->plan, committed, pending);
}

/* After a discard. 0: ours is gone. */
static int see_it_gone(struct walk *walk, const json_t *snapshot, int rc, struct np_err *err)
{
	np_auto(np_json_decref) json_t *status = NULL;
	struct np_err unread = { 0 };

	if (zone_read_status(walk->session, &status, NULL) < 0)
		return rc < 0 ? rc : np_fail(err, NP_PEER, "it cannot be seen whether it is gone");
	(void)json_object_set(status, "defined", json_object_get(snapshot, "defined"));
	if (!zone_transaction_is_open(status) || (!is_ours(walk, status, &unread) && !unread.code))
		return 0;
	return rc < 0 ? rc : np_fail(err, NP_PEER, "the switch said yes, but it is still open");
}

/* Drops the transaction that @snapshot shows and that is ours, and sees that it is gone. */
static int drop(struct walk *walk, const json_t *snapshot, struct np_err *err)
{
	struct zone_session *session = walk->session;
	int64_t end_ms = session->deadline_ms;
	int rc = 1;

	(void)snprintf(
		session->token, sizeof session->token, "%s", zone_transaction_token(snapshot));
	for (int try = 1; rc != 0 && try <= TRIES_MAX; try++) {
		limit_try(session, end_ms, try);
		rc = session->driver->discard(session, err);
		rc = see_it_gone(walk, snapshot, rc, err);
	}
	session->deadline_ms = end_ms;
	if (rc < 0)
		return np_wrap(err, rc, "our own zone transaction could not be dropped");
	session->token[0] = '\0';
	walk->staged = false;
	return 0;
}

static int read_first(struct walk *walk, struct np_err *err)
{
	json_t *snapshot = NULL;
	int rc = zone_read(walk->session, &snapshot, err);

	if (rc < 0)
		return rc;
	json_decref(walk->snapshot);
	walk->snapshot = snapshot;
	walk->at_once = (walk->session->driver->flags & ZONE_DRIVER_NO_PENDING) ||
			strcmp(np_json_text(snapshot, "mode"), "basic") == 0;
	if (strcmp(np_json_text(walk->plan, "vendor"), np_json_text(snapshot, "vendor")) != 0)
		return np_fail(err, NP_CONFLICT,
			"the plan is for a switch of '%.20s', this is one of '%.20s'",
			np_json_text(walk->plan, "vendor"), np_json_text(snapshot, "vendor"));
	return 0;
}

/* 1: another's is open. 0: none is; one that we left was dropped. */
static int clear_transaction(struct walk *walk, struct np_err *err)
{
	struct np_err unread = { 0 };

	if (!zone_transaction_is_open(walk->snapshot))
		return 0;
	if (!is_ours(walk, walk->snapshot, &unread))
		return 1;
	int rc = drop(walk, walk->snapshot, err);
	if (rc == 0)
		rc = read_first(walk, err);
	return rc < 0 ? rc : zone_transaction_is_open(walk->snapshot);
}

static int predict_and_check(struct walk *walk, struct np_err *err)
{
	int rc = zone_plan_predict(
		walk->plan, walk->snapshot, &walk->defined, &walk->effective, err);

	if (rc < 0)
		return rc;
	walk->rest = zone_plan_rest(walk->plan, walk->snapshot);
	if (!walk->rest)
		return np_fail_nomem(err);
	return zone_check(
		&(struct zone_check){
			.plan = walk->plan,
			.changes = walk->rest,
			.snapshot = walk->snapshot,
			.defined = walk->defined,
			.effective = walk->effective,
		},
		err);
}

/* All that comes before the first change. 1: nothing is to be done. */
static int prepare(struct walk *walk, struct np_err *err)
{
	struct np_err why = { 0 };
	int rc = read_first(walk, err);

	if (rc < 0)
		return rc;
	int foreign = clear_transaction(walk, err);
	if (foreign < 0)
		return foreign;
	enum zone_progress progress = zone_plan_progress(walk->plan, walk->snapshot, &why);
	if (progress == ZONE_AS_AFTER)
		return 1;
	if (foreign)
		return zone_transaction_busy(walk->snapshot, err);
	if (!walk->resumed && strcmp(np_json_text(walk->snapshot, "checksum"),
				      np_json_text(walk->plan, "base")) != 0)
		return np_fail(err, NP_STALE, "the zones were changed since the plan was made%s%s",
			why.code ? ": " : "", why.msg);
	if (progress == ZONE_OTHERWISE)
		return np_fail(err, NP_CONFLICT, "%s", why.msg);
	return predict_and_check(walk, err);
}

/* Is there time for a step, with @reserve_ms after it? */
static int check_time(
	const struct walk *walk, int64_t reserve_ms, const char *step, struct np_err *err)
{
	if (zone_clock_ms() < walk->session->deadline_ms - reserve_ms)
		return 0;
	return np_fail(err, NP_TIMEOUT, "no time is left to %s", step);
}

/* After our first change the open transaction is ours: we would have been refused otherwise. */
static int note_token(struct walk *walk, struct np_err *err)
{
	struct zone_session *session = walk->session;
	np_auto(np_json_decref) json_t *status = NULL;
	int rc = zone_read_status(session, &status, err);

	walk->staged = true;
	if (rc == 0 && zone_transaction_is_open(status))
		(void)snprintf(session->token, sizeof session->token, "%s",
			zone_transaction_token(status));
	return rc;
}

static json_t *slice(const json_t *list, size_t from, size_t n)
{
	json_t *part = json_array();

	for (size_t i = from; part && i < from + n && i < json_array_size(list); i++)
		(void)json_array_append(part, json_array_get(list, i));
	return part;
}

static int stage_all(struct walk *walk, struct np_err *err)
{
	const struct zone_driver *driver = walk->session->driver;
	size_t n = json_array_size(walk->rest), max = driver->chunk_max ? driver->chunk_max : n;
	int64_t end_ms = walk->session->deadline_ms;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i += max) {
		np_auto(np_json_decref) json_t *chunk = slice(walk->rest, i, max);

		rc = check_time(walk, 0, "make the changes", err);
		if (rc < 0)
			return rc;
		if (walk->at_once)
			limit_try(walk->session, end_ms, 1);
		rc = chunk ? driver->stage(walk->session, chunk, err) : np_fail_nomem(err);
		walk->session->deadline_ms = end_ms;
		walk->touched = true;
		walk->lost = walk->at_once && is_lost(rc);
		if (rc == 0 && !walk->staged)
			rc = note_token(walk, err);
	}
	return rc;
}

/* Is what is pending what we meant, to the last member? Only then it may come into force. */
static int read_back(struct walk *walk, struct np_err *err)
{
	np_auto(np_json_decref) json_t *pending = NULL;
	char difference[256];
	int rc = walk->at_once ? read_db(walk, ZONE_PART_DATABASE, "defined", &pending, err)
			       : read_db(walk, ZONE_PART_PENDING, "pending", &pending, err);

	if (rc < 0)
		return rc;
	zone_db_difference(walk->defined, pending, difference);
	if (!*difference)
		return 0;
	if (!zone_transaction_is_within(walk->plan, walk->defined, pending))
		return np_fail(
			err, NP_STALE, "somebody changed the zones meanwhile: %s", difference);
	return np_fail(err, NP_PEER, "the switch took the changes, but did not make them all: %s",
		difference);
}

/* Until the activation has ended; a reply that is lost on the way is asked for again. */
static int settle(struct walk *walk, struct np_err *err)
{
	const struct zone_driver *driver = walk->session->driver;
	int64_t pause_ms = PAUSE_FIRST_MS, end_ms = walk->session->deadline_ms;
	int lost = 0;

	if (!driver->settled)
		return 0;
	for (;;) {
		limit_try(walk->session, end_ms, 1);
		int rc = driver->settled(walk->session, err);
		walk->session->deadline_ms = end_ms;
		lost = is_lost(rc) ? lost + 1 : 0;
		if (rc == 0 || (rc < 0 && !lost))
			return rc;
		if (lost < TRIES_MAX && wait_more(end_ms, &pause_ms))
			continue;
		walk->unsettled = true;
		return lost ? rc : np_fail(err, NP_TIMEOUT, "the activation has not ended");
	}
}

static int commit(struct walk *walk, struct np_err *err)
{
	const char *zoneset = np_json_text(walk->effective, "zoneset");
	struct zone_session *session = walk->session;
	int64_t end_ms = session->deadline_ms;
	struct zone_commit commit = {
		.zoneset = *zoneset ? zoneset : NULL,
		.activate = np_json_bool(walk->plan, "activate") && !walk->keeps_effective,
		.checksum = np_json_text(walk->snapshot, "checksum"),
		.plan = walk->plan,
	};
	int rc = check_time(walk, walk->tail_ms, "bring the changes into force", err);

	if (rc < 0)
		return rc;
	walk->committed = true;
	limit_try(session, end_ms, 1);
	rc = session->driver->commit(session, &commit, err);
	session->deadline_ms = end_ms;
	walk->lost = is_lost(rc);
	if (rc < 0 && !walk->lost)
		return rc;
	int settled = settle(walk, rc < 0 ? NULL : err);
	return rc < 0 ? rc : settled;
}

/* Forth, from the first change to the last; what came of it is judged by reading. */
static int carry_out(struct walk *walk, struct np_err *err)
{
	int rc = 0;

	walk->session->deadline_ms = walk->end_ms - walk->tail_ms;
	if (json_array_size(walk->rest) > 0) {
		rc = stage_all(walk, err);
		if (rc == 0)
			rc = read_back(walk, err);
	}
	if (rc == 0)
		rc = commit(walk, err);
	walk->session->deadline_ms = walk->end_ms;
	return rc;
}

/* Without transactions, a change whose reply was lost cannot be dropped: it may still come, for a while. */
static bool may_still_come(const struct walk *walk)
{
	if (!walk->lost || !walk->at_once)
		return false;
	np_auto(np_json_decref) json_t *rest = zone_plan_rest(walk->plan, walk->now);
	return json_array_size(rest) > 0;
}

/*
 * Reads what is there now. A transaction of ours that is still open is dropped, and then it is read again: a commit
 * whose reply was lost may have happened until that moment, but not after.
 */
static int look(struct walk *walk, struct np_err *err)
{
	int64_t pause_ms = PAUSE_FIRST_MS, now_ms = zone_clock_ms();
	int64_t late_ms = walk->end_ms - walk->tail_ms;

	if (late_ms > now_ms + LATE_MS)
		late_ms = now_ms + LATE_MS;
	for (;;) {
		struct np_err unread = { 0 };
		int rc = read_now(walk, err);
		if (rc == 0 && may_still_come(walk) && wait_more(late_ms, &pause_ms))
			continue;
		if (rc < 0 || !zone_transaction_is_open(walk->now))
			return rc;
		bool ours = is_ours(walk, walk->now, &unread);
		if (unread.code)
			return np_fail(err, unread.code, "%s", unread.msg);
		if (!ours)
			return 0;
		if (walk->lost && wait_more(late_ms, &pause_ms))
			continue;
		if (drop(walk, walk->now, &walk->undropped) < 0)
			return 0;
		walk->lost = false;
	}
}

/* What the reading after all says. Success is what is there, whatever the switch answered. */
static int judge(const struct walk *walk, int rc, struct np_err *err)
{
	struct np_err why = { 0 };

	/* What is still pending is not in force, and may hide what is. */
	if (walk->undropped.code)
		return rc < 0 ? rc
			      : np_fail(err, NP_PEER,
					"the switch said yes, but the changes are still pending");
	/* Without a commit nothing came into force; a session may show as defined what it has pending. */
	if (rc < 0 && walk->staged && !walk->committed && zone_transaction_is_open(walk->now))
		return rc;
	switch (zone_plan_progress(walk->plan, walk->now, &why)) {
	case ZONE_AS_AFTER:
		return 0;
	case ZONE_OTHERWISE:
		return np_fail(err, NP_CONFLICT, "somebody changed the zones at the same time: %s",
			why.msg);
	case ZONE_AS_BEFORE:
	case ZONE_PARTLY:
		break;
	}
	if (rc == 0)
		return np_fail(
			err, NP_PEER, "the switch said yes, but the changes are not in force");
	if (rc == -NP_BUSY && zone_transaction_is_open(walk->now))
		return zone_transaction_busy(walk->now, err);
	return rc;
}

/* The whole way once. 1: nothing was to be done. */
static int walk_once(struct walk *walk, struct np_err *err)
{
	struct np_err why = { 0 };
	int rc, seen;

	walk->end_ms = walk->session->deadline_ms;
	walk->tail_ms = (walk->end_ms - zone_clock_ms()) / 4;
	if (walk->tail_ms > ZONE_TAIL_MS)
		walk->tail_ms = ZONE_TAIL_MS;
	walk->session->token[0] = walk->session->remark[0] = '\0';

	rc = prepare(walk, err);
	if (rc != 0)
		return rc;
	rc = carry_out(walk, err);
	seen = look(walk, &why);
	if (seen == 0)
		return judge(walk, rc, err);
	walk->unseen = walk->touched;
	if (rc == 0)
		return np_fail(err, why.code, "the changes were made, but that cannot be seen: %s",
			why.msg);
	add_words(err, "; how the switch is now cannot be seen: %s", why.msg);
	return rc;
}

static bool is_half_made(const struct walk *walk)
{
	return walk->now && !walk->undropped.code &&
	       zone_plan_progress(walk->plan, walk->now, NULL) == ZONE_PARTLY;
}

/* It would not be there without this walk, and nothing goes on any more. */
static bool is_to_be_taken_back(const struct walk *walk)
{
	return is_half_made(walk) && !walk->unsettled && (walk->committed || walk->at_once);
}

/* The last reading; NULL when there is none since the last change. A new reference. */
static json_t *latest(const struct walk *walk)
{
	return json_incref(walk->touched || walk->committed ? walk->now : walk->snapshot);
}

/* Takes back what is half made; puts into @err what became of that. */
static void go_back(struct walk *forth, struct zone_outcome *outcome, struct np_err *err)
{
	np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(forth->plan);
	np_auto(walk_done) struct walk back = {
		.session = forth->session,
		.plan = inverse,
		.resumed = true,
		.keeps_effective = !forth->committed,
	};
	struct np_err why = { 0 };
	int rc = inverse ? walk_once(&back, &why) : np_fail_nomem(&why);

	if (rc < 0)
		add_words(err, "; a part of the changes is there, since taking it back failed: %s",
			why.msg);
	else
		add_words(err, "; what was made has been taken back");
	forth->unseen = forth->unseen || back.unseen;
	if (!back.snapshot)
		return;
	json_decref(outcome->snapshot);
	outcome->snapshot = latest(&back);
}

/* A transaction that is perhaps ours is left to people, who are to know of it. */
static void tell_of_transaction(
	const struct walk *walk, const struct zone_outcome *outcome, struct np_err *err)
{
	enum zone_told told = zone_transaction_told(outcome->snapshot, our_user(walk));

	if (walk->undropped.code)
		add_words(err, "; %s", walk->undropped.msg);
	else if (walk->touched && zone_transaction_is_open(outcome->snapshot) &&
		 told != ZONE_TOLD_OTHER)
		add_words(err, "; a zone transaction is open on the switch that may be ours");
}

/* What is in force in plain members: some switches show aliases there. A new reference. */
static json_t *in_force(const json_t *effective, const json_t *aliases)
{
	json_t *zones = json_object(), *zone;
	const char *name;

	zone_each (json_object_get(effective, "zones"), name, zone)
		(void)json_object_set_new(zones, name, zone_resolve(zone, aliases));
	return json_pack("{s:o}", "zones", zones);
}

/* All is as it was to be, for us. What else is otherwise than it was to be, others did. */
static void put_remark(const struct walk *walk, struct zone_outcome *outcome)
{
	const json_t *defined = json_object_get(walk->now, "defined");
	const json_t *aliases = json_object_get(defined, "aliases");
	np_auto(np_json_decref) json_t *wanted = in_force(walk->effective, aliases);
	np_auto(np_json_decref) json_t *found =
		in_force(json_object_get(walk->now, "effective"), aliases);
	const char *driver = walk->session->remark;
	char text[256];

	zone_db_difference(walk->defined, defined, text);
	if (!*text)
		zone_db_difference(wanted, found, text);
	if (*text)
		(void)snprintf(outcome->remark, sizeof outcome->remark,
			"others changed the zones at the same time: %.180s%s%s", text,
			*driver ? "; " : "", driver);
	else
		(void)snprintf(outcome->remark, sizeof outcome->remark, "%s", driver);
}

/* Who hears "stale" or "busy" tries again, as if nothing had been: so nothing must be. */
static int again_if_untouched(
	const struct walk *walk, const struct zone_outcome *outcome, int rc, struct np_err *err)
{
	bool untouched = !walk->touched ||
			 (!walk->unseen && zone_plan_progress(walk->plan, outcome->snapshot,
						   NULL) == ZONE_AS_BEFORE);

	if ((rc != -NP_STALE && rc != -NP_BUSY) || untouched)
		return rc;
	if (err)
		err->code = NP_CONFLICT;
	return -NP_CONFLICT;
}

int zone_apply(struct zone_session *session, const json_t *plan, unsigned flags,
	struct zone_outcome *ret_outcome, struct np_err *err)
{
	np_auto(walk_done) struct walk forth = {
		.session = session,
		.plan = plan,
		.resumed = flags & ZONE_APPLY_RESUME,
	};
	struct zone_outcome outcome = { 0 };

	*ret_outcome = outcome;
	if (session->driver->flags & (ZONE_DRIVER_READ_ONLY | ZONE_DRIVER_BY_HAND))
		return np_fail(err, NP_UNSUPPORTED, "fabric '%s': npivd does not change its switch",
			session->endpoint->fabric);
	int rc = walk_once(&forth, err);
	outcome.already = rc > 0;
	outcome.snapshot = latest(&forth);
	if (rc == 0)
		put_remark(&forth, &outcome);
	if (rc > 0 && forth.resumed && session->driver->save) {
		session->driver->save(session);
		(void)snprintf(outcome.remark, sizeof outcome.remark, "%s", session->remark);
	}
	if (rc < 0 && is_to_be_taken_back(&forth))
		go_back(&forth, &outcome, err);
	else if (rc < 0 && is_half_made(&forth))
		add_words(err, "; a part of the changes is there%s",
			forth.unsettled ? ", and the activation may still go on" : "");
	if (rc < 0) {
		tell_of_transaction(&forth, &outcome, err);
		rc = again_if_untouched(&forth, &outcome, rc, err);
	}
	*ret_outcome = outcome;
	return rc < 0 ? np_wrap(err, rc, "fabric '%s'", session->endpoint->fabric) : 0;
}
