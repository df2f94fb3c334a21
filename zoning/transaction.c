/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/transaction.h"

#include <string.h>

#include "zoning/list.h"

bool zone_transaction_is_open(const json_t *snapshot)
{
	return np_json_bool(json_object_get(snapshot, "transaction"), "open");
}

const char *zone_transaction_token(const json_t *snapshot)
{
	return np_json_text(json_object_get(snapshot, "transaction"), "token");
}

static bool is_our_application(const char *application)
{
	size_t len = sizeof ZONE_APPLICATION - 1;

	return strncmp(application, ZONE_APPLICATION, len) == 0 &&
	       (!application[len] || application[len] == '/');
}

enum zone_told zone_transaction_told(const json_t *snapshot, const char *user)
{
	const json_t *transaction = json_object_get(snapshot, "transaction");
	const char *told_user = np_json_text(transaction, "user");
	const char *application = np_json_text(transaction, "application");
	bool user_counts = *told_user && *user;

	if (user_counts && strcmp(told_user, user) != 0)
		return ZONE_TOLD_OTHER;
	if (*application)
		return is_our_application(application) ? ZONE_TOLD_OURS : ZONE_TOLD_OTHER;
	return user_counts ? ZONE_TOLD_USER : ZONE_TOLD_NOTHING;
}

/* The plan's objects as a set of texts "OBJECT\nNAME"; members are "member\nZONESET\nZONE". */
static void key_of(const char *object, const char *zoneset, const char *name,
	char ret_key[static 3 * ZONE_NAME_MAX])
{
	(void)snprintf(ret_key, 3 * ZONE_NAME_MAX, "%s\n%s\n%s", object, zoneset, name);
}

static json_t *objects_of(const json_t *plan)
{
	json_t *set = json_object();
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		const char *object = np_json_text(change, "object");
		bool is_member = strcmp(object, "member") == 0;
		char key[3 * ZONE_NAME_MAX];

		key_of(object, is_member ? np_json_text(change, "zoneset") : "",
			np_json_text(change, "name"), key);
		(void)json_object_set_new(set, key, json_true());
	}
	return set;
}

static bool is_in(const json_t *objects, const char *object, const char *zoneset, const char *name)
{
	char key[3 * ZONE_NAME_MAX];

	key_of(object, zoneset, name, key);
	return zone_set_has(objects, key);
}

/* Are all objects of @one that @other has not, or has otherwise, among @objects? */
static bool differs_within(
	const json_t *objects, const char *object, const json_t *one, const json_t *other)
{
	json_t *value;
	const char *name;

	zone_each (one, name, value)
		if (!json_equal(value, json_object_get(other, name)) &&
			!is_in(objects, object, "", name))
			return false;
	return true;
}

/* The members of a zoneset in @one that are not in @other. */
static bool members_within(
	const json_t *objects, const char *zoneset, const json_t *one, const json_t *other)
{
	np_auto(np_json_decref) json_t *there = zone_set_of(other);
	const json_t *name;
	size_t i;

	json_array_foreach (one, i, name) {
		const char *text = zone_text_of(name);
		if (!zone_set_has(there, text) && !is_in(objects, "member", zoneset, text))
			return false;
	}
	return true;
}

static bool zonesets_within(const json_t *objects, const json_t *one, const json_t *other)
{
	json_t *names;
	const char *zoneset;

	zone_each (one, zoneset, names) {
		const json_t *others = json_object_get(other, zoneset);
		if (!others && !is_in(objects, "zoneset", "", zoneset))
			return false;
		if (!members_within(objects, zoneset, names, others))
			return false;
	}
	return true;
}

static bool one_way_within(const json_t *objects, const json_t *one, const json_t *other)
{
	return differs_within(objects, "alias", json_object_get(one, "aliases"),
		       json_object_get(other, "aliases")) &&
	       differs_within(objects, "zone", json_object_get(one, "zones"),
		       json_object_get(other, "zones")) &&
	       zonesets_within(objects, json_object_get(one, "zonesets"),
		       json_object_get(other, "zonesets"));
}

bool zone_transaction_is_within(const json_t *plan, const json_t *from, const json_t *to)
{
	np_auto(np_json_decref) json_t *objects = objects_of(plan);

	return one_way_within(objects, from, to) && one_way_within(objects, to, from);
}

int zone_transaction_busy(const json_t *snapshot, struct np_err *err)
{
	const json_t *transaction = json_object_get(snapshot, "transaction");
	const char *user = np_json_text(transaction, "user");
	const char *address = np_json_text(transaction, "address");
	const char *application = np_json_text(transaction, "application");
	int64_t left = np_json_int(transaction, "remaining_s");
	char who[200] = "somebody (the switch does not say who)", program[100] = "", until[60] = "";

	if (*user || *address)
		(void)snprintf(who, sizeof who, "user '%.60s'%s%.60s", user, *address ? " at " : "",
			address);
	if (*application)
		(void)snprintf(program, sizeof program, " with '%.60s'", application);
	if (left > 0)
		(void)snprintf(until, sizeof until, "; the lock has %lld s left", (long long)left);
	int rc = np_fail(err, NP_BUSY, "%s%s has a zone transaction open%s", who, program, until);
	return np_hint(err, rc, "wait until it is committed or dropped, then try again");
}
