/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "zoning/judge.h"
#include "zoning/list.h"
#include "zoning/plan.h"

/* Who may talk to whom before and after, of those ports that a change can touch. */
struct impact {
	const json_t *owners, *logins;
	json_t *roles;		/* {WWPN: role} as the name server has it */
	json_t *before, *after; /* {"A B": [A, B]} */
	json_t *ports;		/* set: WWPNs in a pair that changes */
};

static const char *role_of(const struct impact *impact, const char *wwpn)
{
	if (json_object_get(impact->owners, wwpn))
		return "initiator";
	return np_json_text(impact->roles, wwpn);
}

/* Of two members, the initiator first; NULL when neither can be one, or both can only be initiators. */
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

static void add_pair(const struct impact *impact, json_t *pairs, const char *one, const char *other)
{
	const char *initiator = initiator_of(impact, one, other);
	char key[2 * ZONE_MEMBER_MAX];

	if (!initiator || zone_member_kind(one) != ZONE_MEMBER_WWN ||
		zone_member_kind(other) != ZONE_MEMBER_WWN)
		return;
	const char *target = initiator == one ? other : one;
	(void)snprintf(key, sizeof key, "%s %s", initiator, target);
	if (!json_object_get(pairs, key))
		(void)json_object_set_new(pairs, key, json_pack("[s, s]", initiator, target));
}

static void add_zone(const struct impact *impact, json_t *pairs, const json_t *zone)
{
	const json_t *members = json_object_get(zone, "members");
	const json_t *principals = json_object_get(zone, "principals");
	const json_t *one, *other;
	size_t i, j;

	json_array_foreach (members, i, one) {
		json_array_foreach (principals, j, other)
			add_pair(impact, pairs, zone_text_of(other), zone_text_of(one));
		for (j = i + 1; !principals && j < json_array_size(members); j++)
			add_pair(impact, pairs, zone_text_of(one),
				zone_text_of(json_array_get(members, j)));
	}
}

/* The zones that differ; those that are the same on both sides make no difference, unless they hold a pair, too. */
static json_t *ports_that_change(
	const json_t *zones, const json_t *others, const json_t *aliases, json_t *ports)
{
	static const char *const lists[] = { "members", "principals" };
	const char *name;
	json_t *zone;
	const json_t *member;
	size_t i;

	zone_each (zones, name, zone) {
		const json_t *other = json_object_get(others, name);
		if (other == zone || (other && zone_is_same(zone, aliases, other, aliases)))
			continue;
		np_auto(np_json_decref) json_t *plain = zone_resolve(zone, aliases);
		for (size_t l = 0; l < 2; l++) {
			json_array_foreach (json_object_get(plain, lists[l]), i, member)
				(void)json_object_set_new(ports, zone_text_of(member), json_true());
		}
	}
	return ports;
}

static bool holds_port(const json_t *zone, const json_t *ports)
{
	static const char *const lists[] = { "members", "principals" };
	const json_t *member;
	size_t i;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach (json_object_get(zone, lists[l]), i, member) {
			if (zone_set_has(ports, zone_text_of(member)))
				return true;
		}
	}
	return false;
}

static json_t *pairs_of(const struct impact *impact, const json_t *zones, const json_t *aliases)
{
	json_t *pairs = json_object(), *zone;
	const char *name;

	zone_each (zones, name, zone) {
		np_auto(np_json_decref) json_t *plain = zone_resolve(zone, aliases);
		if (plain && holds_port(plain, impact->ports))
			add_zone(impact, pairs, plain);
	}
	return pairs;
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

static json_t *only_in(const json_t *some, const json_t *others)
{
	json_t *list = json_array(), *pair;
	const char *key;

	zone_each (some, key, pair) {
		if (!json_object_get(others, key))
			(void)json_array_append(list, pair);
	}
	return list;
}

static json_t *guests_with_paths(const struct impact *impact, const json_t *pairs)
{
	json_t *guests = json_object(), *pair;
	const char *key;

	zone_each (pairs, key, pair) {
		const char *guest =
			np_json_text(impact->owners, zone_text_of(json_array_get(pair, 0)));
		if (*guest)
			(void)json_object_set_new(guests, guest, json_true());
	}
	return guests;
}

static json_t *lose_last(const struct impact *impact)
{
	np_auto(np_json_decref) json_t *before = guests_with_paths(impact, impact->before);
	np_auto(np_json_decref) json_t *after = guests_with_paths(impact, impact->after);
	json_t *list = json_array(), *yes;
	const char *guest;

	zone_each (before, guest, yes) {
		if (!json_object_get(after, guest))
			(void)json_array_append_new(list, json_string(guest));
	}
	return list;
}

/* Ports that are logged in and share a zone with one that changes hear of it. */
static json_int_t count_rscn(const struct impact *impact, const json_t *changed)
{
	np_auto(np_json_decref) json_t *heard = json_object();
	json_int_t n = 0;
	size_t i, j;
	const json_t *pair, *login;

	json_array_foreach (changed, i, pair) {
		for (j = 0; j < 2; j++)
			(void)json_object_set_new(
				heard, zone_text_of(json_array_get(pair, j)), json_true());
	}
	json_array_foreach (impact->logins, i, login)
		n += zone_set_has(heard, np_json_text(login, "wwpn"));
	return n;
}

static void impact_done(struct impact *impact)
{
	json_decref(impact->roles);
	json_decref(impact->before);
	json_decref(impact->after);
	json_decref(impact->ports);
}

int zone_impact(const json_t *plan, const json_t *snapshot, const json_t *owners,
	json_t **ret_impact, struct np_err *err)
{
	const json_t *now = json_object_get(snapshot, "effective");
	const json_t *aliases = json_object_get(json_object_get(snapshot, "defined"), "aliases");
	np_auto(impact_done) struct impact impact = { .owners = owners,
		.logins = json_object_get(snapshot, "logins") };
	np_auto(np_json_decref) json_t *db = NULL;
	np_auto(np_json_decref) json_t *then = NULL;
	int rc = zone_plan_predict(plan, snapshot, &db, &then, err);

	if (rc < 0)
		return rc;
	const json_t *before = json_object_get(now, "zones"),
		     *after = json_object_get(then, "zones");
	impact.roles = roles_of(impact.logins);
	impact.ports = ports_that_change(after, before, aliases, json_object());
	(void)ports_that_change(before, after, aliases, impact.ports);
	impact.before = pairs_of(&impact, before, aliases);
	impact.after = pairs_of(&impact, after, aliases);
	json_t *appear = only_in(impact.after, impact.before);
	json_t *disappear = only_in(impact.before, impact.after);
	np_auto(np_json_decref) json_t *changed = json_copy(appear);
	(void)json_array_extend(changed, disappear);
	bool ends = *np_json_text(now, "zoneset") && !*np_json_text(then, "zoneset");
	*ret_impact = json_pack("{s:o, s:o, s:o, s:I, s:b}", "appear", appear, "disappear",
		disappear, "lose_last_path", lose_last(&impact), "rscn_ports",
		count_rscn(&impact, changed), "opens",
		ends && strcmp(np_json_text(snapshot, "default_zone"), "no-access") != 0);
	return *ret_impact ? 0 : np_fail_nomem(err);
}
