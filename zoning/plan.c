/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/plan.h"

#include <string.h>

#include "zoning/draft.h"

#define OBSTACLE_MAX 256

static void draft_done(struct zone_draft *draft)
{
	json_decref(draft->aliases_then);
	json_decref(draft->changes);
	json_decref(draft->reused);
	json_decref(draft->kept);
	json_decref(draft->made_zones);
	json_decref(draft->made_aliases);
	json_decref(draft->made_zonesets);
	json_decref(draft->absent);
	json_decref(draft->gone);
	json_decref(draft->joining);
	json_decref(draft->stale);
}

bool zone_draft_is_closed(const struct zone_draft *draft)
{
	return strcmp(np_json_text(draft->snapshot, "default_zone"), "no-access") == 0;
}

int zone_draft_add(struct zone_draft *draft, const char *object, const char *name,
	const char *zoneset, const json_t *before, const json_t *after)
{
	json_t *change = zone_change_new(
		object, name, zoneset, (json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after);

	return json_array_append_new(draft->changes, change) < 0 ? np_fail_nomem(draft->err) : 0;
}

int zone_draft_keep(
	struct zone_draft *draft, const char *object, const char *name, const char *reason)
{
	json_t *row =
		json_pack("{s:s, s:s, s:s}", "object", object, "name", name, "reason", reason);

	return json_array_append_new(draft->kept, row) < 0 ? np_fail_nomem(draft->err) : 0;
}

/* The zones that others see no more once the zoneset is activated as it is defined: an outage that nobody asked for. */
static const char *find_vanishing(const struct zone_draft *draft)
{
	np_auto(np_json_decref) json_t *listed = zone_set_of(draft->list);
	const char *vendor = np_json_text(draft->snapshot, "vendor");
	const char *name;
	json_t *zone;

	zone_each (draft->in_force, name, zone) {
		bool stays = zone_set_has(listed, name) || zone_set_has(draft->joining, name) ||
			     zone_is_automatic(vendor, name);
		if (!stays && !zone_set_has(draft->absent, name))
			return name;
	}
	return NULL;
}

/* Zones of ours that activating alone mends: wanted and in force otherwise, or wanted no more and still in force. */
static int find_stale(struct zone_draft *draft)
{
	const char *name;
	json_t *value;
	int rc = 0;

	zone_each (draft->wanted_zones, name, value) {
		const json_t *found = json_object_get(draft->zones, name);
		const json_t *now = json_object_get(draft->in_force, name);
		if (rc == 0 && found && zone_list_has(draft->list, name) &&
			(!now || !zone_is_same(now, draft->aliases, found, draft->aliases_then)))
			rc = zone_set_add(draft->stale, name, draft->err);
	}
	zone_each (draft->absent, name, value) {
		if (rc == 0 && json_object_get(draft->in_force, name) &&
			!zone_list_has(draft->list, name))
			rc = zone_set_add(draft->stale, name, draft->err);
	}
	return rc;
}

static int refuse_open(const struct zone_draft *draft)
{
	return np_hint(draft->err,
		np_fail(draft->err, NP_CONFLICT,
			"fabric %s has no zoneset in force and an open default zone: the first zoneset would cut off every port without a zone",
			draft->fabric),
		"set the default zone to no access first, when every port has its zone");
}

static int make_zoneset(struct zone_draft *draft)
{
	int rc = draft->rules ? zone_name_check(draft->rules, draft->zoneset, draft->err) : 0;

	return rc < 0 ? rc
		      : zone_draft_add(draft, "zoneset", draft->zoneset, NULL, NULL, json_true());
}

/* Nothing is in force: zones that are wanted begin it. */
static int begin(struct zone_draft *draft)
{
	bool defined = draft->list != NULL;
	int rc = 0;

	if (json_object_size(draft->wanted_zones) == 0)
		return 0;
	if (!zone_draft_is_closed(draft))
		return refuse_open(draft);
	if (!defined)
		rc = make_zoneset(draft);
	np_auto(np_json_decref) json_t *name = json_string(draft->zoneset);
	if (rc == 0)
		rc = zone_draft_add(
			draft, "activation", draft->zoneset, draft->zoneset, NULL, name);
	draft->activate = true;
	draft->brings = draft->list;
	return rc;
}

/* Why the zoneset in force cannot be activated again as it is defined, in words; "": it can. */
static void find_obstacle(const struct zone_draft *draft, char ret_text[static OBSTACLE_MAX])
{
	const char *zone = draft->list ? find_vanishing(draft) : NULL;

	ret_text[0] = '\0';
	if (!draft->list)
		(void)snprintf(ret_text, OBSTACLE_MAX,
			"zoneset '%.64s' is in force but not defined", draft->active);
	else if (zone)
		(void)snprintf(ret_text, OBSTACLE_MAX,
			"zone '%.64s' is in force but no longer defined in zoneset '%.64s': activating that would take it away from others",
			zone, draft->active);
}

static int refuse_obstacle(const struct zone_draft *draft, const char *obstacle)
{
	return np_hint(draft->err,
		np_fail(draft->err, NP_CONFLICT, "fabric %s: %s", draft->fabric, obstacle),
		"npivctl zone drift --fabric %s, and revert what is npivd's; else make the definition right on the switch, or activate it as it is, first",
		draft->fabric);
}

/* Removing can wait until somebody has mended the definition; no guest is held up by it. */
static int keep_listed(struct zone_draft *draft, const char *obstacle)
{
	const char *name;
	json_t *yes;
	void *next;
	int rc = 0;

	json_object_foreach_safe (draft->gone, next, name, yes) {
		if (rc < 0 || (draft->list && !zone_list_has(draft->list, name)))
			continue;
		rc = zone_draft_keep(draft, "zone", name, obstacle);
		(void)json_object_del(draft->gone, name);
	}
	(void)json_object_clear(draft->stale);
	draft->activate = false;
	return rc;
}

static bool is_listed_among(const struct zone_draft *draft, const json_t *names)
{
	const char *name;
	json_t *value;

	zone_each (names, name, value) {
		if (zone_list_has(draft->list, name))
			return true;
	}
	return false;
}

/* A zoneset is in force: is it to be activated again, and may it be? */
static int renew(struct zone_draft *draft)
{
	char obstacle[OBSTACLE_MAX];
	int rc = find_stale(draft);
	bool for_wanted = draft->activate || json_object_size(draft->joining) > 0 ||
			  is_listed_among(draft, draft->stale);

	if (rc < 0)
		return rc;
	draft->activate = for_wanted || json_object_size(draft->stale) > 0 ||
			  is_listed_among(draft, draft->gone);
	if (!draft->activate)
		return 0;
	find_obstacle(draft, obstacle);
	if (!*obstacle)
		return 0;
	return for_wanted ? refuse_obstacle(draft, obstacle) : keep_listed(draft, obstacle);
}

static int choose_zoneset(struct zone_draft *draft)
{
	draft->active = np_json_text(draft->effective, "zoneset");
	draft->zoneset = *draft->active ? draft->active : np_json_text(draft->desired, "zoneset");
	draft->list = json_object_get(json_object_get(draft->db, "zonesets"), draft->zoneset);
	if (*draft->zoneset || json_object_size(draft->wanted_zones) == 0)
		return 0;
	return np_hint(draft->err,
		np_fail(draft->err, NP_CONFLICT,
			"fabric %s has no zoneset in force, and none is named for npivd's zones",
			draft->fabric),
		"npivctl fabric set %s --zoneset NAME", draft->fabric);
}

/* Zones that we made, that are wanted no more, and that nobody else wants by the same name. */
static int choose_absent(struct zone_draft *draft)
{
	const json_t *names = json_object_get(json_object_get(draft->desired, "absent"), "zones");
	size_t i;
	const json_t *value;
	int rc = 0;

	json_array_foreach (names, i, value) {
		const char *name = zone_text_of(value);
		if (rc < 0 || !zone_set_has(draft->made_zones, name) ||
			json_object_get(draft->wanted_zones, name))
			continue;
		rc = zone_set_add(draft->absent, name, draft->err);
		if (rc == 0 && json_object_get(draft->zones, name))
			rc = zone_set_add(draft->gone, name, draft->err);
	}
	return rc;
}

static int make_draft(struct zone_draft *draft)
{
	int rc = choose_zoneset(draft);

	if (rc == 0)
		rc = choose_absent(draft);
	if (rc == 0)
		rc = zone_draft_wanted(draft);
	if (rc == 0)
		rc = zone_draft_spare(draft);
	if (rc == 0)
		rc = *draft->active ? renew(draft) : begin(draft);
	if (rc == 0)
		rc = zone_draft_absent_zones(draft);
	if (rc == 0)
		rc = zone_draft_absent_aliases(draft);
	return rc == 0 ? zone_changes_order(&draft->changes, draft->err) : rc;
}

static json_t *names_of(const json_t *set)
{
	json_t *names = json_array(), *yes;
	const char *name;

	zone_each (set, name, yes)
		(void)json_array_append_new(names, json_string(name));
	return names;
}

static json_t *aliases_then(const json_t *db, const json_t *desired)
{
	json_t *aliases = json_object_get(db, "aliases");
	const json_t *wanted = json_object_get(desired, "aliases");

	if (json_object_size(wanted) == 0)
		return json_incref(aliases);
	json_t *then = aliases ? json_copy(aliases) : json_object();
	(void)json_object_update(then, (json_t *)(uintptr_t)wanted);
	return then;
}

static int make_plan(const char *fabric, const json_t *desired, const json_t *snapshot,
	json_t **ret_plan, struct np_err *err)
{
	const json_t *made = json_object_get(desired, "made");
	const json_t *db = json_object_get(snapshot, "defined");
	const json_t *effective = json_object_get(snapshot, "effective");
	np_auto(draft_done) struct zone_draft draft = { .fabric = fabric,
		.rules = zone_rules_of(np_json_text(snapshot, "vendor")),
		.desired = desired,
		.snapshot = snapshot,
		.db = db,
		.zones = json_object_get(db, "zones"),
		.aliases = json_object_get(db, "aliases"),
		.effective = effective,
		.in_force = json_object_get(effective, "zones"),
		.wanted_zones = json_object_get(desired, "zones"),
		.wanted_aliases = json_object_get(desired, "aliases"),
		.aliases_then = aliases_then(db, desired),
		.changes = json_array(),
		.reused = json_array(),
		.kept = json_array(),
		.made_zones = zone_set_of(json_object_get(made, "zones")),
		.made_aliases = zone_set_of(json_object_get(made, "aliases")),
		.made_zonesets = zone_set_of(json_object_get(made, "zonesets")),
		.absent = json_object(),
		.gone = json_object(),
		.joining = json_object(),
		.stale = json_object(),
		.err = err };
	int rc = make_draft(&draft);

	if (rc < 0)
		return rc;
	*ret_plan = json_pack("{s:s, s:s, s:s, s:s, s:O, s:b, s:o, s:O*, s:O, s:O}", "fabric",
		fabric, "vendor", np_json_text(snapshot, "vendor"), "zoneset", draft.zoneset,
		"base", np_json_text(snapshot, "checksum"), "changes", draft.changes, "activate",
		draft.activate, "stale", names_of(draft.stale), "brings", draft.brings, "reused",
		draft.reused, "kept", draft.kept);
	return *ret_plan ? 0 : np_fail_nomem(err);
}

/* A canonical copy; zones, which may be thousands, are shared when they are canonical already. */
static json_t *copy_desired(const json_t *desired, struct np_err *err)
{
	json_t *zones = json_object_get(desired, "zones");
	bool shared = zone_zones_are_canonical(zones);
	json_t *rest = json_copy((json_t *)(uintptr_t)desired);

	if (shared)
		(void)json_object_del(rest, "zones");
	json_t *copy = json_deep_copy(rest);
	json_decref(rest);
	int rc = copy ? zone_desired_normalise(copy, err) : np_fail_nomem(err);
	if (rc == 0 && shared && json_object_set(copy, "zones", zones) < 0)
		rc = np_fail_nomem(err);
	if (rc == 0)
		return copy;
	json_decref(copy);
	return NULL;
}

int zone_plan(const char *fabric, const json_t *desired, const json_t *snapshot, json_t **ret_plan,
	struct np_err *err)
{
	struct np_err why = { 0 };
	np_auto(np_json_decref) json_t *wanted = copy_desired(desired, &why);

	if (!wanted)
		return np_fail(err, why.code, "what is wanted in fabric %s: %s", fabric, why.msg);
	return make_plan(fabric, wanted, snapshot, ret_plan, err);
}
