/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_switch.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "tests/fake/fake_clock.h"

#define LATE_CALLS 8 /* longer than one look at the switch takes */
#define SLOW_LOOKS 20

static struct fake_switch *attached;

static bool is_foreign(const char *name)
{
	return strncmp(name, "f_", 2) == 0;
}

static json_t *at(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert(value);
	return value;
}

/* In an array of texts; -1: not there. */
static ssize_t index_of(const json_t *list, const char *text)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (strcmp(json_string_value(entry), text) == 0)
			return (ssize_t)i;
	return -1;
}

/* As the switch shows it: sorted. */
static void insert_sorted(json_t *list, const char *text)
{
	size_t i = 0;

	while (i < json_array_size(list) &&
		strcmp(json_string_value(json_array_get(list, i)), text) < 0)
		i++;
	assert(json_array_insert_new(list, i, json_string(text)) == 0);
}

static bool is_used(json_t *db, const char *zone)
{
	json_t *members;
	const char *name;

	json_object_foreach (at(db, "zonesets"), name, members)
		if (index_of(members, zone) >= 0)
			return true;
	return false;
}

static int edit_object(json_t *db, const char *part, const json_t *change, struct np_err *err)
{
	const char *name = np_json_text(change, "name");
	json_t *objects = at(db, part), *after = json_object_get(change, "after");

	if (after) {
		if (json_is_true(after) && json_object_get(objects, name))
			return np_fail(err, NP_EXISTS, "%s exists", name);
		return json_object_set_new(
			objects, name, json_is_true(after) ? json_array() : json_deep_copy(after));
	}
	if (!json_object_get(objects, name))
		return np_fail(err, NP_NOTFOUND, "%s is not there", name);
	if (strcmp(part, "zones") == 0 && is_used(db, name))
		return np_fail(err, NP_CONFLICT, "%s is in a zoneset", name);
	if (strcmp(part, "zonesets") == 0 && json_array_size(at(objects, name)) > 0)
		return np_fail(err, NP_CONFLICT, "%s is not empty", name);
	return json_object_del(objects, name);
}

static int edit_member(json_t *db, const json_t *change, struct np_err *err)
{
	const char *name = np_json_text(change, "name");
	json_t *list = json_object_get(at(db, "zonesets"), np_json_text(change, "zoneset"));
	ssize_t i = index_of(list, name);

	if (!list)
		return np_fail(err, NP_NOTFOUND, "no such zoneset");
	if (!json_object_get(change, "after"))
		return i < 0 ? np_fail(err, NP_NOTFOUND, "%s is no member", name)
			     : json_array_remove(list, (size_t)i);
	if (!json_object_get(at(db, "zones"), name))
		return np_fail(err, NP_NOTFOUND, "there is no zone %s", name);
	if (i < 0)
		insert_sorted(list, name);
	return 0;
}

int fake_switch_edit(json_t *db, const json_t *change, struct np_err *err)
{
	static const struct {
		const char *object, *part;
	} rows[] = { { "alias", "aliases" }, { "zone", "zones" }, { "zoneset", "zonesets" } };
	const char *object = np_json_text(change, "object");

	if (strcmp(object, "activation") == 0)
		return 0;
	if (strcmp(object, "member") == 0)
		return edit_member(db, change, err);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(object, rows[i].object) == 0)
			return edit_object(db, rows[i].part, change, err);
	assert(!"an object that no switch has");
	return -NP_FAILED;
}

/* Members that are aliases as what they stand for. */
static json_t *resolved(const json_t *members, json_t *aliases)
{
	json_t *list = json_array();
	const json_t *member, *inner;
	size_t i, j;

	json_array_foreach (members, i, member) {
		const char *text = json_string_value(member);
		if (*text != '@') {
			if (index_of(list, text) < 0)
				insert_sorted(list, text);
			continue;
		}
		json_array_foreach (json_object_get(aliases, text + 1), j, inner)
			if (index_of(list, json_string_value(inner)) < 0)
				insert_sorted(list, json_string_value(inner));
	}
	return list;
}

static json_t *resolved_zone(json_t *zone, json_t *aliases)
{
	json_t *copy = json_deep_copy(zone);

	json_object_set_new(copy, "members", resolved(at(zone, "members"), aliases));
	if (json_object_get(zone, "principals"))
		json_object_set_new(copy, "principals", resolved(at(zone, "principals"), aliases));
	return copy;
}

json_t *fake_switch_activate(const json_t *db, const char *zoneset)
{
	json_t *effective = json_pack("{s:{}}", "zones");
	json_t *all = json_object_get(db, "zones"), *aliases = json_object_get(db, "aliases");
	const json_t *name;
	size_t i;

	if (!zoneset)
		return effective;
	json_object_set_new(effective, "zoneset", json_string(zoneset));
	json_array_foreach (json_object_get(json_object_get(db, "zonesets"), zoneset), i, name) {
		json_t *zone = at(all, json_string_value(name));
		json_object_set_new(at(effective, "zones"), json_string_value(name),
			resolved_zone(zone, aliases));
	}
	return effective;
}

static json_t *part_of_objects(const json_t *objects, bool ours)
{
	json_t *part = json_object();
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)objects, name, value)
		if (is_foreign(name) != ours)
			json_object_set_new(part, name, json_deep_copy(value));
	return part;
}

/* Zonesets with only those members; one without members of others is not other people's. */
static json_t *part_of_zonesets(const json_t *zonesets, bool ours)
{
	json_t *part = json_object(), *members;
	const json_t *member;
	const char *name;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)zonesets, name, members) {
		json_t *list = json_array();
		json_array_foreach (members, i, member)
			if (is_foreign(json_string_value(member)) != ours)
				json_array_append(list, (json_t *)(uintptr_t)member);
		if (ours || json_array_size(list) > 0)
			json_object_set(part, name, list);
		json_decref(list);
	}
	return part;
}

json_t *fake_switch_part(const json_t *db, bool ours)
{
	json_t *part = json_object();
	const json_t *zonesets = json_object_get(db, "zonesets");

	json_object_set_new(part, "zones", part_of_objects(json_object_get(db, "zones"), ours));
	json_object_set_new(part, "aliases", part_of_objects(json_object_get(db, "aliases"), ours));
	if (zonesets)
		json_object_set_new(part, "zonesets", part_of_zonesets(zonesets, ours));
	if (ours)
		json_object_set(part, "zoneset", json_object_get(db, "zoneset"));
	return part;
}

static void checksum(const struct fake_switch *sw, char ret_text[static NP_DIGEST_TEXT])
{
	json_t *both = json_pack("[O,O]", sw->defined, sw->effective);

	assert(np_digest_json(both, ret_text, NULL) == 0);
	json_decref(both);
}

static void end_transaction(struct fake_switch *sw)
{
	json_decref(sw->pending);
	json_decref(sw->foreign_pending);
	sw->pending = sw->foreign_pending = NULL;
	sw->owner = FAKE_NOBODY;
}

static void begin_transaction(struct fake_switch *sw, enum fake_owner owner)
{
	end_transaction(sw);
	sw->pending = json_deep_copy(sw->defined);
	sw->owner = owner;
	sw->serial++;
}

static json_t *some_zone(unsigned n)
{
	char wwpn[17];

	(void)snprintf(wwpn, sizeof wwpn, "5000000000%06x", n & 0xffffff);
	return json_pack("{s:s, s:[s]}", "kind", "regular", "members", wwpn);
}

void fake_switch_lock(struct fake_switch *sw, const json_t *like)
{
	const json_t *change;
	size_t i;

	begin_transaction(sw, FAKE_OTHER);
	if (!like)
		json_object_set_new(
			at(sw->pending, "zones"), "f_being_made", some_zone(sw->serial));
	json_array_foreach (like, i, change)
		assert(fake_switch_edit(sw->pending, change, NULL) == 0);
	sw->foreign_pending = json_deep_copy(sw->pending);
}

void fake_switch_unlock(struct fake_switch *sw)
{
	end_transaction(sw);
}

void fake_switch_meddle(struct fake_switch *sw, const char *zone)
{
	json_object_set_new(at(sw->defined, "zones"), zone, some_zone(++sw->meddled));
	if (is_foreign(zone))
		json_object_set_new(at(sw->foreign, "zones"), zone, some_zone(sw->meddled));
}

/* The first zone of ours; "" when there is none. */
static const char *our_zone(const struct fake_switch *sw)
{
	const char *name;
	json_t *zone;

	json_object_foreach (at(sw->defined, "zones"), name, zone)
		if (!is_foreign(name))
			return name;
	return "";
}

static void put_in_force(struct fake_switch *sw, json_t *effective)
{
	json_decref(sw->effective);
	sw->effective = effective;
}

static void finish_activation(struct fake_switch *sw)
{
	if (!sw->next_effective || sw->settle_left > 0)
		return;
	put_in_force(sw, np_take(sw->next_effective));
}

static void start_activation(struct fake_switch *sw, json_t *effective)
{
	json_decref(sw->next_effective);
	sw->next_effective = effective;
	if (!sw->flavour.waits)
		sw->settle_left = 0;
	finish_activation(sw);
}

/* Pending becomes defined, and is put in force when told so. */
static void do_commit(struct fake_switch *sw, bool activate, const char *zoneset)
{
	sw->writes++;
	if (sw->owner == FAKE_US) {
		json_decref(sw->defined);
		sw->defined = np_take(sw->pending);
		end_transaction(sw);
	}
	if (activate)
		start_activation(sw, fake_switch_activate(sw->defined, zoneset));
}

/* Half of what the last change would do to its object. */
static void halve_members(json_t *db, const json_t *change)
{
	json_t *after = json_object_get(change, "after");
	np_auto(np_json_decref) json_t *half = json_deep_copy(change);
	json_t *members = json_object_get(json_object_get(half, "after"), "members");

	if (!after || strcmp(np_json_text(change, "object"), "zone") != 0)
		return;
	for (size_t n = json_array_size(members) / 2; json_array_size(members) > n;)
		(void)json_array_remove(members, json_array_size(members) - 1);
	(void)fake_switch_edit(db, half, NULL);
}

static int stage_into(
	json_t *db, const json_t *changes, enum fake_fault_kind kind, struct np_err *err)
{
	size_t n = json_array_size(changes);
	bool halves = kind == FAKE_HALF_MEMBERS || kind == FAKE_CUT_HALF;
	size_t end = kind == FAKE_HALF || kind == FAKE_HALF_LOST ? n / 2 : halves ? n - 1 : n;

	for (size_t i = 0; i < end; i++) {
		int rc = fake_switch_edit(db, json_array_get(changes, i), err);
		if (rc < 0)
			return rc;
	}
	if (halves)
		halve_members(db, json_array_get(changes, n - 1));
	return 0;
}

static void do_late(struct fake_switch *sw)
{
	np_auto(np_json_decref) json_t *changes = NULL;

	if (sw->late.calls_left == 0 || --sw->late.calls_left > 0)
		return;
	changes = np_take(sw->late.changes);
	if (changes)
		(void)stage_into(sw->defined, changes, FAKE_NO_FAULT, NULL);
	else if (sw->owner == FAKE_US)
		do_commit(sw, sw->late.activate, *sw->late.zoneset ? sw->late.zoneset : NULL);
}

static int slow_down(struct fake_switch *sw, struct zone_session *session, struct np_err *err)
{
	int64_t left = session->deadline_ms - fake_clock_ms;

	/* A driver ends by the deadline, whatever the switch does. */
	if (left > sw->call_ms) {
		fake_clock_ms += sw->call_ms;
		return 0;
	}
	fake_clock_ms += left > 0 ? left : 0;
	return np_fail(err, NP_TIMEOUT, "the switch did not answer in time");
}

/* What others do just before the call. */
static void others_first(struct fake_switch *sw, enum fake_fault_kind kind)
{
	/* Without a checksum nobody commits beside an open session: it is a lock of the whole fabric. */
	bool locked = sw->owner == FAKE_US && !sw->flavour.has_checksum;

	if (kind == FAKE_MEDDLE && !locked)
		fake_switch_meddle(sw, "f_meddled");
	if (kind == FAKE_MEDDLE_OURS && !locked && *our_zone(sw))
		fake_switch_meddle(sw, our_zone(sw));
	if (kind == FAKE_LOCK && sw->owner != FAKE_OTHER)
		fake_switch_lock(sw, NULL);
}

static struct fake_fault fault_of(struct fake_switch *sw, enum fake_call call)
{
	unsigned nth = ++sw->calls[call];

	for (size_t i = 0; i < FAKE_FAULTS_MAX; i++) {
		const struct fake_fault *fault = &sw->faults[i];
		if (fault->kind != FAKE_NO_FAULT && fault->call == call &&
			(fault->nth == nth || (fault->forever && nth > fault->nth)))
			return *fault;
	}
	return (struct fake_fault){ 0 };
}

static int answer_code(const struct fake_fault *fault, struct np_err *err)
{
	return np_fail(err, fault->code ? (enum np_code) - fault->code : NP_PEER,
		"the switch fell silent");
}

static int wait_in_vain(struct zone_session *session, struct np_err *err)
{
	if (session->deadline_ms > fake_clock_ms)
		fake_clock_ms = session->deadline_ms;
	return np_fail(err, NP_TIMEOUT, "the switch did not answer in time");
}

/* Before the call. 0: do it. 1: say yes without doing it. Negative: fail. */
static int before(struct fake_switch *sw, struct zone_session *session, enum fake_call call,
	struct fake_fault *ret_fault, struct np_err *err)
{
	struct fake_fault fault = fault_of(sw, call);

	*ret_fault = fault;
	if (fault.kind == FAKE_CUT)
		sw->cut = true;
	if (sw->cut)
		return np_fail(err, NP_PEER, "the wire is cut");
	do_late(sw);
	others_first(sw, fault.kind);
	if (fault.kind == FAKE_HANG)
		return wait_in_vain(session, err);
	if (fault.kind == FAKE_REFUSE)
		return answer_code(&fault, err);
	int rc = slow_down(sw, session, err);
	return rc < 0 ? rc : fault.kind == FAKE_LIE;
}

/* After the call that answered @rc. */
static int after(struct fake_switch *sw, struct zone_session *session,
	const struct fake_fault *fault, int rc, struct np_err *err)
{
	if (fault->kind == FAKE_CUT_DONE || fault->kind == FAKE_CUT_HALF) {
		sw->cut = true;
		return np_fail(err, NP_PEER, "the wire is cut");
	}
	if (fault->kind == FAKE_HANG_DONE)
		return wait_in_vain(session, err);
	if (rc >= 0 && (fault->kind == FAKE_LOSE_REPLY || fault->kind == FAKE_HALF_LOST))
		return answer_code(fault, err);
	return rc;
}

static int fake_open(struct zone_session *session, struct np_err *err)
{
	struct fake_switch *sw = attached;
	struct fake_fault fault;
	int rc = before(sw, session, FAKE_OPEN, &fault, err);

	if (rc < 0)
		return rc;
	session->state = sw;
	if (sw->flavour.per_session && sw->owner == FAKE_US)
		end_transaction(sw);
	rc = after(sw, session, &fault, 0, err);
	sw->sessions += rc == 0;
	return rc;
}

static void fake_close(struct zone_session *session)
{
	struct fake_switch *sw = session->state;

	assert(sw && sw->sessions > 0);
	sw->sessions--;
	sw->logout_ms = session->deadline_ms - fake_clock_ms;
	session->state = NULL;
	if (sw->flavour.per_session && sw->owner == FAKE_US && !sw->cut) {
		sw->left_to_logout++;
		end_transaction(sw);
	}
}

static json_t *show_transaction(const struct fake_switch *sw)
{
	json_t *shown = json_pack("{s:b}", "open", sw->owner != FAKE_NOBODY);
	char token[16];

	if (sw->owner == FAKE_NOBODY)
		return shown;
	(void)snprintf(token, sizeof token, "%u", sw->serial);
	if (sw->flavour.tells_token)
		np_json_set_text(shown, "token", token);
	if (!sw->flavour.tells_owner)
		return shown;
	bool npivd = sw->owner == FAKE_US || sw->twin;
	np_json_set_text(shown, "user", npivd ? "zoner" : "ada");
	np_json_set_text(shown, "address", sw->owner == FAKE_US ? "192.0.2.1" : "192.0.2.77");
	np_json_set_text(shown, "application", npivd ? "npivd/1" : "webtools");
	json_object_set_new(shown, "remaining_s", json_integer(212));
	return shown;
}

static void show_status(const struct fake_switch *sw, json_t *snapshot)
{
	char sum[NP_DIGEST_TEXT];

	np_json_set_text(snapshot, "vendor", sw->flavour.at_once ? "nxos" : "fos");
	np_json_set_text(snapshot, "release", "1.0");
	np_json_set_text(snapshot, "switch", "fake");
	np_json_set_text(snapshot, "default_zone", sw->default_zone);
	if (sw->flavour.at_once) {
		np_json_set_text(snapshot, "mode", "basic");
		json_object_set_new(snapshot, "smart", json_true());
	}
	json_object_set_new(snapshot, "transaction", show_transaction(sw));
	json_object_set_new(snapshot, "space",
		json_pack("{s:I, s:I}", "max", (json_int_t)sw->space_max, "used", (json_int_t)0));
	if (sw->flavour.has_checksum) {
		checksum(sw, sum);
		np_json_set_text(snapshot, "checksum", sum);
	}
}

static int fake_read(
	struct zone_session *session, enum zone_part part, json_t *snapshot, struct np_err *err)
{
	struct fake_switch *sw = session->state;
	struct fake_fault fault;
	int rc = before(sw, session, FAKE_READ, &fault, err);
	bool visible =
		sw->owner == FAKE_US || (sw->owner == FAKE_OTHER && sw->flavour.shows_pending);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	switch (part) {
	case ZONE_PART_STATUS:
		show_status(sw, snapshot);
		break;
	case ZONE_PART_DATABASE:
		json_object_set_new(snapshot, "defined",
			json_deep_copy(sw->flavour.per_session && sw->owner == FAKE_US
					       ? sw->pending
					       : sw->defined));
		json_object_set_new(snapshot, "effective", json_deep_copy(sw->effective));
		json_object_set_new(snapshot, "raw", json_pack("{s:s}", "database", "as it came"));
		break;
	case ZONE_PART_PENDING:
		json_object_set_new(
			snapshot, "pending", json_deep_copy(visible ? sw->pending : sw->defined));
		break;
	case ZONE_PART_LOGINS:
		json_object_set_new(snapshot, "logins", json_array());
		break;
	}
	return after(sw, session, &fault, 0, err);
}

static int fake_stage(struct zone_session *session, const json_t *changes, struct np_err *err)
{
	struct fake_switch *sw = session->state;
	struct fake_fault fault;
	int rc = before(sw, session, FAKE_STAGE, &fault, err);

	assert(json_array_size(changes) > 0);
	assert(json_array_size(changes) <= sw->driver.chunk_max);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (sw->owner == FAKE_OTHER)
		return np_fail(err, NP_BUSY, "locked by another");
	sw->writes++;
	if (fault.kind == FAKE_LATE && sw->flavour.at_once) {
		json_decref(sw->late.changes);
		sw->late.changes = json_deep_copy(changes);
		sw->late.calls_left = LATE_CALLS;
		return wait_in_vain(session, err);
	}
	if (!sw->flavour.at_once && sw->owner == FAKE_NOBODY)
		begin_transaction(sw, FAKE_US);
	rc = stage_into(sw->flavour.at_once ? sw->defined : sw->pending, changes, fault.kind, err);
	return after(sw, session, &fault, rc, err);
}

static void note_late(struct fake_switch *sw, const struct zone_commit *commit)
{
	sw->late.calls_left = LATE_CALLS;
	sw->late.activate = commit->activate;
	(void)snprintf(sw->late.zoneset, sizeof sw->late.zoneset, "%s",
		commit->zoneset ? commit->zoneset : "");
}

static int fake_commit(
	struct zone_session *session, const struct zone_commit *commit, struct np_err *err)
{
	struct fake_switch *sw = session->state;
	struct fake_fault fault;
	char sum[NP_DIGEST_TEXT];
	int rc = before(sw, session, FAKE_COMMIT, &fault, err);
	bool half = fault.kind == FAKE_HALF || fault.kind == FAKE_HALF_LOST ||
		    fault.kind == FAKE_CUT_HALF;

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (sw->owner == FAKE_OTHER)
		return np_fail(err, NP_BUSY, "locked by another");
	checksum(sw, sum);
	if (sw->flavour.has_checksum && strcmp(sum, commit->checksum) != 0 && !sw->flavour.at_once)
		return np_fail(err, NP_STALE, "the checksum is another one");
	if (fault.kind == FAKE_LATE) {
		note_late(sw, commit);
		return wait_in_vain(session, err);
	}
	sw->activations += commit->activate;
	sw->activation_failed = fault.kind == FAKE_INACTIVE;
	sw->settle_left = fault.kind == FAKE_SLOW ? SLOW_LOOKS : 2;
	do_commit(sw, commit->activate && !half && !sw->activation_failed, commit->zoneset);
	if (sw->activation_failed && !sw->flavour.waits)
		return np_fail(err, NP_CONFLICT, "the activation failed");
	return after(sw, session, &fault, 0, err);
}

static int fake_settled(struct zone_session *session, struct np_err *err)
{
	struct fake_switch *sw = session->state;
	struct fake_fault fault;
	int rc = before(sw, session, FAKE_SETTLED, &fault, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (sw->activation_failed)
		return np_fail(err, NP_CONFLICT, "the activation failed");
	if (sw->settle_left > 0)
		sw->settle_left--;
	finish_activation(sw);
	return after(sw, session, &fault, sw->next_effective != NULL, err);
}

/* As simple as a driver can be: it drops what is open. */
static int fake_discard(struct zone_session *session, struct np_err *err)
{
	struct fake_switch *sw = session->state;
	struct fake_fault fault;
	char token[16];
	int rc = before(sw, session, FAKE_DISCARD, &fault, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	(void)snprintf(token, sizeof token, "%u", sw->serial);
	if (sw->owner != FAKE_NOBODY && sw->flavour.tells_token &&
		strcmp(token, session->token) != 0)
		return np_fail(err, NP_BUSY, "another transaction is open");
	sw->dropped_foreign += sw->owner == FAKE_OTHER;
	end_transaction(sw);
	return after(sw, session, &fault, 0, err);
}

void fake_switch_init(struct fake_switch *sw, const struct fake_flavour *flavour, json_t *defined,
	const char *zoneset)
{
	*sw = (struct fake_switch){
		.flavour = *flavour,
		.defined = defined,
		.effective = fake_switch_activate(defined, zoneset),
		.foreign = fake_switch_part(defined, false),
		.default_zone = "no-access",
		.space_max = 1 << 20,
		.call_ms = 50,
		.driver = {
			.name = "fake",
			.title = "a switch in memory",
			.chunk_max = flavour->chunk_max,
			.open = fake_open,
			.close = fake_close,
			.read = fake_read,
			.stage = fake_stage,
			.commit = fake_commit,
			.settled = flavour->waits ? fake_settled : NULL,
			.discard = fake_discard,
		},
	};
	attached = sw;
}

void fake_switch_done(struct fake_switch *sw)
{
	end_transaction(sw);
	json_decref(sw->defined);
	json_decref(sw->effective);
	json_decref(sw->next_effective);
	json_decref(sw->foreign);
	json_decref(sw->late.changes);
	attached = NULL;
}

void fake_switch_calm(struct fake_switch *sw)
{
	memset(sw->faults, 0, sizeof sw->faults);
	memset(sw->calls, 0, sizeof sw->calls);
	sw->cut = false;
	sw->activation_failed = false;
}
