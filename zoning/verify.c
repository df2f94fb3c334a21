/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/verify.h"

#include <string.h>

#include "zoning/list.h"

/* Adds @zone to what is known of each of its members in @list. */
static int index_list(json_t *index, json_t *zone, const char *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (json_object_get(zone, list), i, member) {
		const char *text = json_string_value(member);
		json_t *zones = json_object_get(index, text);
		if (!zones && json_object_set_new(index, text, zones = json_array()) < 0)
			return -1;
		if (json_array_append(zones, zone) < 0)
			return -1;
	}
	return 0;
}

/* {MEMBER: [ZONE...]} of the effective zones, aliases resolved: big fabrics are asked many pairs. */
static json_t *index_zones(const json_t *snapshot)
{
	const json_t *aliases = json_object_get(json_object_get(snapshot, "defined"), "aliases");
	np_auto(np_json_decref) json_t *index = json_object();
	json_t *zone;
	const char *name;

	json_object_foreach (
		json_object_get(json_object_get(snapshot, "effective"), "zones"), name, zone) {
		np_auto(np_json_decref) json_t *resolved = zone_resolve(zone, aliases);
		if (!resolved || index_list(index, resolved, "members") < 0 ||
			index_list(index, resolved, "principals") < 0)
			return NULL;
	}
	return np_take(index);
}

static bool is_allowed(const json_t *index, bool open, const char *a, const char *b)
{
	const json_t *zones = json_object_get(index, a), *zone;
	size_t i;

	if (open && !zones && !json_object_get(index, b))
		return true;
	json_array_foreach (zones, i, zone)
		if (zone_connects(zone, a, b))
			return true;
	return false;
}

static int check_size(const json_t *list, const char *field, struct np_err *err)
{
	size_t n = json_array_size(list);

	if (list && !json_is_array(list))
		return np_fail_field(err, field, "must be a list");
	if (n > ZONE_VERIFY_MAX)
		return np_fail(err, NP_TOOBIG, "%zu %s in one question, over %d", n, field,
			ZONE_VERIFY_MAX);
	return 0;
}

static int missing_pairs(
	const json_t *snapshot, const json_t *pairs, json_t *missing, struct np_err *err)
{
	np_auto(np_json_decref) json_t *index = index_zones(snapshot);
	bool open = strcmp(np_json_text(snapshot, "default_zone"), "all-access") == 0;
	json_t *pair;
	size_t i;

	if (!index)
		return np_fail_nomem(err);
	json_array_foreach ((json_t *)(uintptr_t)pairs, i, pair) {
		const char *a = json_string_value(json_array_get(pair, 0));
		const char *b = json_string_value(json_array_get(pair, 1));
		if (!a || !b)
			return np_fail_field(err, "pairs", "entry %zu is not a pair of WWPNs", i);
		if (!is_allowed(index, open, a, b) && json_array_append(missing, pair) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

static json_t *logged_in(const json_t *snapshot)
{
	np_auto(np_json_decref) json_t *set = json_object();
	const json_t *login;
	size_t i;

	json_array_foreach (json_object_get(snapshot, "logins"), i, login)
		if (zone_set_add(set, np_json_text(login, "wwpn"), NULL) < 0)
			return NULL;
	return np_take(set);
}

static int missing_logins(
	const json_t *snapshot, const json_t *wwpns, json_t *missing, struct np_err *err)
{
	np_auto(np_json_decref) json_t *set = logged_in(snapshot);
	json_t *wwpn;
	size_t i;

	if (!set)
		return np_fail_nomem(err);
	json_array_foreach ((json_t *)(uintptr_t)wwpns, i, wwpn) {
		if (!json_is_string(wwpn))
			return np_fail_field(err, "wwpns", "entry %zu is not a WWPN", i);
		if (!zone_set_has(set, zone_text_of(wwpn)) && json_array_append(missing, wwpn) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

int zone_verify(const json_t *snapshot, const json_t *pairs, const json_t *wwpns, json_t **ret,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *missing =
		json_pack("{s:[], s:[]}", "missing_pairs", "missing_logins");
	int rc = missing ? check_size(pairs, "pairs", err) : np_fail_nomem(err);

	if (rc == 0)
		rc = check_size(wwpns, "wwpns", err);
	if (rc == 0)
		rc = missing_pairs(snapshot, pairs, json_object_get(missing, "missing_pairs"), err);
	if (rc == 0)
		rc = missing_logins(
			snapshot, wwpns, json_object_get(missing, "missing_logins"), err);
	if (rc == 0)
		*ret = np_take(missing);
	return rc;
}
