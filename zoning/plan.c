/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/plan.h"

#include <string.h>

#include "zoning/change.h"

/* What one plan is made from, and what comes of it. */
struct draft {
	const char *fabric;
	const json_t *desired, *snapshot, *db, *effective, *zones, *zoneset_list; /* borrowed */
	char zoneset[ZONE_NAME_MAX];
	json_t *changes, *reused, *kept; /* owned, as all below */
	json_t *made_zones, *made_aliases, *made_zonesets, *absent;
	json_t *gone; /* set: zones of ours that are taken out of the zoneset */
	bool activate;
	struct np_err *err;
};

static void draft_done(struct draft *draft)
{
	json_decref(draft->changes);
	json_decref(draft->reused);
	json_decref(draft->kept);
	json_decref(draft->made_zones);
	json_decref(draft->made_aliases);
	json_decref(draft->made_zonesets);
	json_decref(draft->absent);
	json_decref(draft->gone);
}

static const json_t *part(const json_t *value, const char *one, const char *other)
{
	return json_object_get(json_object_get(value, one), other);
}

static int add_change(struct draft *draft, const char *object, const char *name,
	const json_t *before, const json_t *after)
{
	bool in_zoneset = strcmp(object, "member") == 0 || strcmp(object, "activation") == 0;
	json_t *change = zone_change_new(object, name, in_zoneset ? draft->zoneset : NULL,
		(json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after);

	return json_array_append_new(draft->changes, change) < 0 ? np_fail_nomem(draft->err) : 0;
}

static void keep(struct draft *draft, const char *object, const char *name, const char *reason)
{
	(void)json_array_append_new(draft->kept,
		json_pack("{s:s, s:s, s:s}", "object", object, "name", name, "reason", reason));
}

static bool is_closed(const struct draft *draft)
{
	return strcmp(np_json_text(draft->snapshot, "default_zone"), "no-access") == 0;
}

static int refuse_foreign(const struct draft *draft, const char *object, const char *name)
{
	return np_hint(draft->err,
		np_fail(draft->err, NP_EXISTS,
			"fabric %s has %s '%s' already, and npivd has not made it: it is left alone",
			draft->fabric, object, name),
		"rename one of them; or npivctl zone import --fabric %s --adopt, if it is the same",
		draft->fabric);
}

static int choose_zoneset(struct draft *draft)
{
	const char *active = np_json_text(draft->effective, "zoneset");
	const char *name = *active ? active : np_json_text(draft->desired, "zoneset");

	if (!*name && json_object_size(json_object_get(draft->desired, "zones")) > 0)
		return np_hint(draft->err,
			np_fail(draft->err, NP_CONFLICT,
				"fabric %s has no zoneset in force, and none is named for npivd's zones",
				draft->fabric),
			"npivctl fabric set %s --zoneset NAME", draft->fabric);
	(void)snprintf(draft->zoneset, sizeof draft->zoneset, "%s", name);
	draft->zoneset_list = part(draft->db, "zonesets", name);
	return 0;
}

static int plan_aliases(struct draft *draft)
{
	const char *name;
	json_t *wanted;
	int rc = 0;

	zone_each (json_object_get(draft->desired, "aliases"), name, wanted) {
		const json_t *found = part(draft->db, "aliases", name);
		if (rc < 0 || zone_value_is_same(found, wanted))
			continue;
		if (found && !zone_set_has(draft->made_aliases, name))
			return refuse_foreign(draft, "alias", name);
		draft->activate = draft->activate || found;
		rc = add_change(draft, "alias", name, found, wanted);
	}
	return rc;
}

/* {text of the resolved zone: name} of the zones in the zoneset that are there to stay. */
static json_t *index_zoneset(const struct draft *draft)
{
	json_t *index = json_object();
	size_t i;
	const json_t *value;

	json_array_foreach (draft->zoneset_list, i, value) {
		const char *name = zone_text_of(value);
		const json_t *zone = json_object_get(draft->zones, name);
		np_auto(np_json_decref) json_t *plain =
			zone && !zone_set_has(draft->absent, name)
				? zone_resolve(zone, json_object_get(draft->db, "aliases"))
				: NULL;
		np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;
		if (text)
			(void)json_object_set(index, text, (json_t *)(uintptr_t)value);
	}
	return index;
}

/* The zone of other people that is this one, member by member, and in the zoneset; NULL: there is none. */
static const char *same_zone(
	const struct draft *draft, const json_t *index, const char *name, const json_t *wanted)
{
	np_auto(np_json_decref) json_t *plain =
		zone_resolve(wanted, json_object_get(draft->desired, "aliases"));
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;
	const char *found = text ? np_json_text(index, text) : "";

	return *found && strcmp(found, name) != 0 &&
			       !json_object_get(json_object_get(draft->desired, "zones"), found)
		       ? found
		       : NULL;
}

static int plan_zone(
	struct draft *draft, const char *name, const json_t *wanted, const json_t *index)
{
	const json_t *found = json_object_get(draft->zones, name);
	const char *other = found ? NULL : same_zone(draft, index, name, wanted);
	bool same = found && zone_is_same(found, json_object_get(draft->db, "aliases"), wanted,
				     json_object_get(draft->desired, "aliases"));
	int rc = 0;

	if (other)
		return json_array_append_new(draft->reused,
			       json_pack("{s:s, s:s}", "zone", name, "by", other)) < 0
			       ? np_fail_nomem(draft->err)
			       : 0;
	if (found && !same && !zone_set_has(draft->made_zones, name))
		return refuse_foreign(draft, "zone", name);
	if (!same)
		rc = add_change(draft, "zone", name, found, wanted);
	if (rc == 0 && !zone_list_has(draft->zoneset_list, name))
		rc = add_change(draft, "member", name, NULL, json_true());
	return rc;
}

static int plan_zones(struct draft *draft)
{
	np_auto(np_json_decref) json_t *index = NULL;
	const char *name;
	json_t *wanted;
	int rc = 0;

	zone_each (json_object_get(draft->desired, "zones"), name, wanted) {
		if (!index && !json_object_get(draft->zones, name))
			index = index_zoneset(draft);
		if (rc == 0)
			rc = plan_zone(draft, name, wanted, index);
	}
	return rc;
}

/* Every zoneset that has it lets it go. */
static int take_out_everywhere(struct draft *draft, const char *name)
{
	const char *zoneset;
	json_t *list;
	int rc = 0;

	zone_each (json_object_get(draft->db, "zonesets"), zoneset, list) {
		if (rc == 0 && zone_list_has(list, name) &&
			json_array_append_new(draft->changes,
				zone_change_new("member", name, zoneset, json_true(), NULL)) < 0)
			rc = np_fail_nomem(draft->err);
	}
	return rc;
}

/* How many zones of this zoneset are neither ours to be removed nor new. */
static size_t count_left(const struct draft *draft, const json_t *list)
{
	size_t left = 0, i;
	const json_t *name;

	json_array_foreach (list, i, name)
		left += !zone_set_has(draft->gone, zone_text_of(name));
	return left;
}

static size_t count_new(const struct draft *draft)
{
	size_t n = 0, i;
	const json_t *change;

	json_array_foreach (draft->changes, i, change)
		n += strcmp(np_json_text(change, "object"), "member") == 0 &&
		     json_object_get(change, "after") != NULL;
	return n;
}

/* One of ours stays in a zoneset that may not become empty. */
static void keep_one(struct draft *draft, const char *zoneset, const json_t *list, const char *why)
{
	size_t i;
	const json_t *name;
	char reason[200];

	json_array_foreach (list, i, name) {
		if (!zone_set_has(draft->gone, zone_text_of(name)))
			continue;
		(void)snprintf(reason, sizeof reason, "it is the last zone of zoneset '%s', %s",
			zoneset, why);
		keep(draft, "zone", zone_text_of(name), reason);
		(void)json_object_del(draft->gone, zone_text_of(name));
		return;
	}
}

/* Zonesets that would be empty: ours go as a whole where that opens nothing; else one zone stays. */
static int plan_empty_zonesets(struct draft *draft, json_t *ending)
{
	const char *zoneset;
	json_t *list;

	zone_each (json_object_get(draft->db, "zonesets"), zoneset, list) {
		bool active = strcmp(zoneset, np_json_text(draft->effective, "zoneset")) == 0;
		if (json_array_size(list) == 0 || count_left(draft, list) > 0 ||
			(strcmp(zoneset, draft->zoneset) == 0 && count_new(draft) > 0))
			continue;
		if (!zone_set_has(draft->made_zonesets, zoneset))
			keep_one(draft, zoneset, list, "which npivd has not made");
		else if (active && !is_closed(draft))
			keep_one(draft, zoneset, list,
				"and without one the default zone lets every port see every other");
		else if (zone_set_add(ending, zoneset, draft->err) < 0)
			return -NP_NOMEM;
	}
	return 0;
}

static int remove_zone(struct draft *draft, const char *name)
{
	int rc = take_out_everywhere(draft, name);

	return rc == 0 ? add_change(draft, "zone", name, json_object_get(draft->zones, name), NULL)
		       : rc;
}

static int end_zonesets(struct draft *draft, const json_t *ending)
{
	const char *zoneset;
	json_t *yes;
	int rc = 0;

	zone_each (ending, zoneset, yes) {
		const json_t *active = json_object_get(draft->effective, "zoneset");
		if (rc == 0 && strcmp(zone_text_of(active), zoneset) == 0)
			rc = add_change(draft, "activation", zoneset, active, NULL);
		if (rc == 0)
			rc = add_change(draft, "zoneset", zoneset, yes, NULL);
	}
	return rc;
}

static int plan_absent_zones(struct draft *draft)
{
	np_auto(np_json_decref) json_t *ending = json_object();
	const char *name;
	json_t *yes;
	int rc = 0;

	zone_each (draft->absent, name, yes) {
		if (zone_set_has(draft->made_zones, name) && json_object_get(draft->zones, name) &&
			zone_set_add(draft->gone, name, draft->err) < 0)
			return -NP_NOMEM;
	}
	rc = plan_empty_zonesets(draft, ending);
	zone_each (draft->gone, name, yes) {
		if (rc == 0)
			rc = remove_zone(draft, name);
	}
	return rc == 0 ? end_zonesets(draft, ending) : rc;
}

/* The names of aliases that zones which stay are written with. */
static json_t *aliases_in_use(const struct draft *draft)
{
	static const char *const lists[] = { "members", "principals" };
	json_t *used = json_object(), *zone;
	const json_t *member;
	const char *name;
	size_t i;

	zone_each (draft->zones, name, zone) {
		for (size_t l = 0; l < 2 && !zone_set_has(draft->gone, name); l++) {
			json_array_foreach (json_object_get(zone, lists[l]), i, member) {
				if (zone_text_of(member)[0] == '@')
					(void)json_object_set_new(
						used, zone_text_of(member) + 1, json_string(name));
			}
		}
	}
	return used;
}

static int plan_absent_aliases(struct draft *draft)
{
	const json_t *names = part(draft->desired, "absent", "aliases");
	np_auto(np_json_decref) json_t *used =
		json_array_size(names) ? aliases_in_use(draft) : json_object();
	char reason[160];
	size_t i;
	const json_t *value;
	int rc = 0;

	json_array_foreach (names, i, value) {
		const char *name = zone_text_of(value);
		const json_t *found = part(draft->db, "aliases", name);
		if (rc < 0 || !found || !zone_set_has(draft->made_aliases, name))
			continue;
		if (json_object_get(used, name)) {
			(void)snprintf(reason, sizeof reason, "zone '%.64s' is written with it",
				np_json_text(used, name));
			keep(draft, "alias", name, reason);
			continue;
		}
		rc = add_change(draft, "alias", name, found, NULL);
	}
	return rc;
}

static int plan_activation(struct draft *draft)
{
	int rc = 0;

	if (count_new(draft) == 0 && !*np_json_text(draft->effective, "zoneset"))
		return 0;
	if (!draft->zoneset_list)
		rc = add_change(draft, "zoneset", draft->zoneset, NULL, json_true());
	if (rc < 0 || *np_json_text(draft->effective, "zoneset"))
		return rc;
	if (!is_closed(draft))
		return np_hint(draft->err,
			np_fail(draft->err, NP_CONFLICT,
				"fabric %s has no zoneset in force and an open default zone: the first zoneset would cut off every port without a zone",
				draft->fabric),
			"set the default zone to no access first, when every port has its zone");
	np_auto(np_json_decref) json_t *name = json_string(draft->zoneset);
	return add_change(draft, "activation", draft->zoneset, NULL, name);
}

/* Of our own zones: what is in force is not what is defined. */
static bool is_stale(const struct draft *draft)
{
	const json_t *in_force = json_object_get(draft->effective, "zones");
	const json_t *aliases = json_object_get(draft->db, "aliases");
	const char *name;
	json_t *value;

	zone_each (json_object_get(draft->desired, "zones"), name, value) {
		const json_t *found = json_object_get(draft->zones, name);
		const json_t *now = json_object_get(in_force, name);
		if (found && zone_list_has(draft->zoneset_list, name) &&
			(!now || !zone_is_same(now, aliases, found, aliases)))
			return true;
	}
	zone_each (draft->absent, name, value) {
		if (zone_set_has(draft->made_zones, name) && json_object_get(in_force, name) &&
			!zone_list_has(draft->zoneset_list, name))
			return true;
	}
	return false;
}

static bool touches_force(const struct draft *draft)
{
	size_t i;
	const json_t *change;

	json_array_foreach (draft->changes, i, change) {
		const char *object = np_json_text(change, "object");
		if (strcmp(object, "activation") == 0 ||
			(strcmp(object, "member") == 0 &&
				strcmp(np_json_text(change, "zoneset"), draft->zoneset) == 0) ||
			(strcmp(object, "zone") == 0 &&
				zone_list_has(draft->zoneset_list, np_json_text(change, "name"))))
			return true;
	}
	return draft->activate && *draft->zoneset;
}

static int make_plan(struct draft *draft)
{
	int rc = choose_zoneset(draft);

	if (rc == 0)
		rc = plan_aliases(draft);
	if (rc == 0)
		rc = plan_zones(draft);
	if (rc == 0)
		rc = plan_activation(draft);
	if (rc == 0)
		rc = plan_absent_zones(draft);
	if (rc == 0)
		rc = plan_absent_aliases(draft);
	return rc == 0 ? zone_changes_order(&draft->changes, draft->err) : rc;
}

int zone_plan(const char *fabric, const json_t *desired, const json_t *snapshot, json_t **ret_plan,
	struct np_err *err)
{
	const json_t *db = json_object_get(snapshot, "defined");
	np_auto(draft_done) struct draft draft = { .fabric = fabric,
		.desired = desired,
		.snapshot = snapshot,
		.db = db,
		.effective = json_object_get(snapshot, "effective"),
		.zones = json_object_get(db, "zones"),
		.changes = json_array(),
		.reused = json_array(),
		.kept = json_array(),
		.made_zones = zone_set_of(part(desired, "made", "zones")),
		.made_aliases = zone_set_of(part(desired, "made", "aliases")),
		.made_zonesets = zone_set_of(part(desired, "made", "zonesets")),
		.absent = zone_set_of(part(desired, "absent", "zones")),
		.gone = json_object(),
		.err = err };
	int rc = make_plan(&draft);

	if (rc < 0)
		return rc;
	*ret_plan = json_pack("{s:s, s:s, s:s, s:s, s:O, s:b, s:O, s:O}", "fabric", fabric,
		"vendor", np_json_text(snapshot, "vendor"), "zoneset", draft.zoneset, "base",
		np_json_text(snapshot, "checksum"), "changes", draft.changes, "activate",
		touches_force(&draft) || is_stale(&draft), "reused", draft.reused, "kept",
		draft.kept);
	return *ret_plan ? 0 : np_fail_nomem(err);
}
