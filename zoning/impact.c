/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pair of ports can appear or disappear only in a zone that changes. So only the pairs of those zones are looked at, and
 * which of them a zone that stays connects all the same; big zones of others that stay cost nothing.
 */
#include <string.h>

#include "zoning/judge.h"
#include "zoning/list.h"
#include "zoning/plan.h"

/* Of changed zones. Over that nobody reads them, and no plan of npivd's has a reason to. */
#define PAIRS_MAX 65536

struct impact {
	const json_t *owners, *logins;
	json_t *before, *after; /* {zone: its resolved value}: only those in force that differ */
	json_t *same;		/* {zone: its value}: the others */
	json_t *aliases;
	json_t *roles;		    /* {WWPN: role} as the name server has it */
	json_t *was, *is;	    /* {"A B": [A, B]}: pairs of zones that change */
	json_t *appear, *disappear; /* the same: what is left of them */
	json_t *near; /* {WWPN: [zones that stay and hold it]} of ports in pairs that may change */
	struct np_err *err;
};

static void impact_done(struct impact *impact)
{
	json_decref(impact->before);
	json_decref(impact->after);
	json_decref(impact->same);
	json_decref(impact->aliases);
	json_decref(impact->roles);
	json_decref(impact->was);
	json_decref(impact->is);
	json_decref(impact->appear);
	json_decref(impact->disappear);
	json_decref(impact->near);
}

static const char *const lists[] = { "members", "principals" };

static const char *role_of(const struct impact *impact, const char *wwpn)
{
	if (json_object_get(impact->owners, wwpn))
		return "initiator";
	return np_json_text(impact->roles, wwpn);
}

/* Of two members, the initiator; NULL when neither can be one, or both can only be initiators. */
static const char *initiator_of(const struct impact *impact, const char *one, const char *other)
{
	bool one_target = strcmp(role_of(impact, one), "target") == 0;
	bool other_target = strcmp(role_of(impact, other), "target") == 0;
	bool one_starts = strcmp(role_of(impact, one), "initiator") == 0;
	bool other_starts = strcmp(role_of(impact, other), "initiator") == 0;

	if ((one_target && other_target) || (one_starts && other_starts))
		return NULL;
	if (one_starts || other_target)
		return one;
	return other_starts || one_target ? other : one;
}

typedef int pair_fn(struct impact *impact, const char *initiator, const char *target, void *data);

static int visit(
	struct impact *impact, const char *one, const char *other, pair_fn *see, void *data)
{
	if (zone_member_kind(one) != ZONE_MEMBER_WWN || zone_member_kind(other) != ZONE_MEMBER_WWN)
		return 0;
	const char *initiator = initiator_of(impact, one, other);
	return initiator ? see(impact, initiator, initiator == one ? other : one, data) : 0;
}

/* All initiators and targets that this (resolved) zone lets talk. */
static int each_pair(struct impact *impact, const json_t *zone, pair_fn *see, void *data)
{
	const json_t *members = json_object_get(zone, "members");
	const json_t *principals = json_object_get(zone, "principals");
	const json_t *one, *other;
	size_t i, j;
	int rc = 0;

	json_array_foreach (members, i, one) {
		json_array_foreach (principals, j, other) {
			if (rc == 0)
				rc = visit(
					impact, zone_text_of(other), zone_text_of(one), see, data);
		}
		for (j = i + 1; rc == 0 && !principals && j < json_array_size(members); j++)
			rc = visit(impact, zone_text_of(one),
				zone_text_of(json_array_get(members, j)), see, data);
	}
	return rc;
}

static void key_of(const char *initiator, const char *target, char ret_key[static 64])
{
	(void)snprintf(ret_key, 64, "%s %s", initiator, target);
}

static int note_pair(struct impact *impact, const char *initiator, const char *target, void *data)
{
	json_t *pairs = data;
	char key[64];

	if (json_object_size(pairs) >= PAIRS_MAX)
		return np_fail(impact->err, NP_TOOBIG,
			"over %d pairs of ports would appear or disappear", PAIRS_MAX);
	key_of(initiator, target, key);
	if (!json_object_get(pairs, key))
		(void)json_object_set_new(pairs, key, json_pack("[s, s]", initiator, target));
	return 0;
}

static int note_pairs(struct impact *impact, const json_t *zones, json_t *pairs)
{
	const char *name;
	json_t *zone;
	int rc = 0;

	zone_each (zones, name, zone) {
		if (rc == 0)
			rc = each_pair(impact, zone, note_pair, pairs);
	}
	return rc;
}

/* Parts what is in force into what changes and what stays. */
static void compare(struct impact *impact, const json_t *now, const json_t *then)
{
	const char *name;
	json_t *zone;

	zone_each (now, name, zone) {
		json_t *other = json_object_get(then, name);
		bool same = other &&
			    (other == zone || zone_is_same(zone, impact->aliases, other, NULL));
		if (same)
			(void)json_object_set(impact->same, name, other);
		else
			(void)json_object_set_new(
				impact->before, name, zone_resolve(zone, impact->aliases));
		if (other && !same)
			(void)json_object_set(impact->after, name, other);
	}
	zone_each (then, name, zone) {
		if (!json_object_get(now, name))
			(void)json_object_set(impact->after, name, zone);
	}
}

/* Ports of pairs that are on one side only get an entry. */
static void note_ports(json_t *near, const json_t *pairs, const json_t *others)
{
	const char *key;
	json_t *pair;

	zone_each (pairs, key, pair) {
		for (size_t i = 0; i < 2 && !json_object_get(others, key); i++) {
			const char *wwpn = zone_text_of(json_array_get(pair, i));
			if (!json_object_get(near, wwpn))
				(void)json_object_set_new(near, wwpn, json_array());
		}
	}
}

/* Which of the zones that stay hold them. */
static void find_near(struct impact *impact)
{
	const char *name;
	json_t *zone;
	const json_t *member;
	size_t i;

	note_ports(impact->near, impact->was, impact->is);
	note_ports(impact->near, impact->is, impact->was);
	zone_each (impact->same, name, zone) {
		np_auto(np_json_decref) json_t *plain = zone_resolve(zone, impact->aliases);
		for (size_t l = 0; l < 2; l++) {
			json_array_foreach (json_object_get(plain, lists[l]), i, member) {
				json_t *zones = json_object_get(impact->near, zone_text_of(member));
				if (zones)
					(void)json_array_append(zones, plain);
			}
		}
	}
}

/* Does a zone that stays let them talk? The port with fewer zones tells. */
static bool stays_connected(const struct impact *impact, const char *one, const char *other)
{
	const json_t *zones = json_object_get(impact->near, one);
	const json_t *more = json_object_get(impact->near, other);
	const json_t *zone;
	size_t i;

	if (json_array_size(more) < json_array_size(zones))
		zones = more;
	json_array_foreach (zones, i, zone) {
		if (zone_connects(zone, one, other))
			return true;
	}
	return false;
}

static void keep_changes(
	const struct impact *impact, const json_t *pairs, const json_t *others, json_t *changes)
{
	const char *key;
	json_t *pair;

	zone_each (pairs, key, pair) {
		if (!json_object_get(others, key) &&
			!stays_connected(impact, zone_text_of(json_array_get(pair, 0)),
				zone_text_of(json_array_get(pair, 1))))
			(void)json_object_set(changes, key, pair);
	}
}

static json_t *roles_of(const json_t *logins)
{
	json_t *roles = json_object();
	size_t i;
	const json_t *login;

	json_array_foreach (logins, i, login)
		(void)json_object_set(
			roles, np_json_text(login, "wwpn"), json_object_get(login, "role"));
	return roles;
}

static int note_guest(struct impact *impact, const char *initiator, const char *target, void *data)
{
	const char *guest = np_json_text(impact->owners, initiator);

	(void)target;
	if (*guest)
		(void)json_object_del(data, guest);
	return 0;
}

/* Takes the guest of each port in this zone that still sees a target out of @guests. */
static void take_out_seeing(struct impact *impact, json_t *guests, const json_t *zone)
{
	const json_t *member;
	size_t i;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach (json_object_get(zone, lists[l]), i, member) {
			const char *guest = np_json_text(impact->owners, zone_text_of(member));
			if (*guest && json_object_get(guests, guest)) {
				(void)each_pair(impact, zone, note_guest, guests);
				return;
			}
		}
	}
}

/* Guests that lose a path and have none left in this fabric, with any of their ports. */
static json_t *lose_last(struct impact *impact)
{
	np_auto(np_json_decref) json_t *guests = json_object();
	json_t *list = json_array(), *value;
	const char *key;

	zone_each (impact->disappear, key, value) {
		const char *guest =
			np_json_text(impact->owners, zone_text_of(json_array_get(value, 0)));
		if (*guest)
			(void)json_object_set_new(guests, guest, json_true());
	}
	zone_each (impact->after, key, value) {
		if (json_object_size(guests) > 0)
			take_out_seeing(impact, guests, value);
	}
	zone_each (impact->same, key, value) {
		if (json_object_size(guests) == 0)
			break;
		np_auto(np_json_decref) json_t *plain = zone_resolve(value, impact->aliases);
		take_out_seeing(impact, guests, plain);
	}
	zone_each (guests, key, value)
		(void)json_array_append_new(list, json_string(key));
	return list;
}

struct search {
	const json_t *pairs;
	bool found;
};

static int look_for(struct impact *impact, const char *initiator, const char *target, void *data)
{
	struct search *search = data;
	char key[64];

	(void)impact;
	key_of(initiator, target, key);
	search->found = search->found || json_object_get(search->pairs, key);
	return search->found;
}

/* The members of zones that hold one of these pairs. */
static void note_hearers(
	struct impact *impact, const json_t *zones, const json_t *pairs, json_t *heard)
{
	const char *name;
	json_t *zone;
	const json_t *member;
	size_t i;

	zone_each (zones, name, zone) {
		struct search search = { pairs, false };
		(void)each_pair(impact, zone, look_for, &search);
		for (size_t l = 0; l < 2 && search.found; l++) {
			json_array_foreach (json_object_get(zone, lists[l]), i, member)
				(void)zone_set_add(heard, zone_text_of(member), NULL);
		}
	}
}

/* Ports that are logged in and share a zone with a pair that changes. */
static json_int_t count_rscn(struct impact *impact)
{
	np_auto(np_json_decref) json_t *heard = json_object();
	json_int_t n = 0;
	size_t i;
	const json_t *login;

	note_hearers(impact, impact->before, impact->disappear, heard);
	note_hearers(impact, impact->after, impact->appear, heard);
	json_array_foreach (impact->logins, i, login)
		n += json_object_del(heard, np_json_text(login, "wwpn")) == 0;
	return n;
}

static json_t *values_of(const json_t *pairs)
{
	json_t *list = json_array(), *pair;
	const char *key;

	zone_each (pairs, key, pair)
		(void)json_array_append(list, pair);
	return list;
}

/* Zones that change in force and not by this plan: somebody defined that, and activating brings it along. */
static json_t *brought_along(const struct impact *impact, const json_t *plan)
{
	np_auto(np_json_decref) json_t *named = zone_set_of(json_object_get(plan, "stale"));
	const json_t *const sides[] = { impact->before, impact->after };
	json_t *others = json_array(), *zone;
	const json_t *change;
	const char *name;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change)
		(void)zone_set_add(named, np_json_text(change, "name"), NULL);
	for (i = 0; i < 2; i++) {
		zone_each (sides[i], name, zone) {
			if (!zone_set_has(named, name))
				(void)zone_list_add(others, name, NULL);
		}
	}
	return others;
}

static int find_pairs(struct impact *impact)
{
	int rc = note_pairs(impact, impact->before, impact->was);

	if (rc == 0)
		rc = note_pairs(impact, impact->after, impact->is);
	if (rc < 0)
		return rc;
	find_near(impact);
	keep_changes(impact, impact->is, impact->was, impact->appear);
	keep_changes(impact, impact->was, impact->is, impact->disappear);
	return 0;
}

int zone_impact(const json_t *plan, const json_t *snapshot, const json_t *owners,
	json_t **ret_impact, struct np_err *err)
{
	const json_t *now = json_object_get(snapshot, "effective");
	np_auto(np_json_decref) json_t *db = NULL;
	np_auto(np_json_decref) json_t *then = NULL;
	int rc = zone_plan_predict(plan, snapshot, &db, &then, err);

	if (rc < 0)
		return rc;
	np_auto(impact_done) struct impact impact = { .owners = owners,
		.logins = json_object_get(snapshot, "logins"),
		.before = json_object(),
		.after = json_object(),
		.same = json_object(),
		.aliases = json_incref(
			json_object_get(json_object_get(snapshot, "defined"), "aliases")),
		.roles = roles_of(json_object_get(snapshot, "logins")),
		.was = json_object(),
		.is = json_object(),
		.appear = json_object(),
		.disappear = json_object(),
		.near = json_object(),
		.err = err };
	compare(&impact, json_object_get(now, "zones"), json_object_get(then, "zones"));
	rc = find_pairs(&impact);
	if (rc < 0)
		return rc;
	bool ends = *np_json_text(now, "zoneset") && !*np_json_text(then, "zoneset");
	*ret_impact = json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "appear",
		values_of(impact.appear), "disappear", values_of(impact.disappear),
		"lose_last_path", lose_last(&impact), "others", brought_along(&impact, plan),
		"rscn_ports", count_rscn(&impact), "opens",
		ends && strcmp(np_json_text(snapshot, "default_zone"), "no-access") != 0);
	return *ret_impact ? 0 : np_fail_nomem(err);
}
