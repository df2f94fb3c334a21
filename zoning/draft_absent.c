/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "zoning/draft.h"

/* Would nothing be left in this zoneset? */
static bool becomes_empty(const struct zone_draft *draft, const char *zoneset, const json_t *list)
{
	size_t i;
	const json_t *name;

	if (strcmp(zoneset, draft->zoneset) == 0 && json_object_size(draft->joining) > 0)
		return false;
	json_array_foreach (list, i, name) {
		if (!zone_set_has(draft->gone, zone_text_of(name)))
			return false;
	}
	return json_array_size(list) > 0;
}

/* Why a zoneset may not become empty; NULL: it may, and goes as a whole. */
static const char *must_stay(const struct zone_draft *draft, const char *zoneset)
{
	if (!zone_set_has(draft->made_zonesets, zoneset))
		return "which npivd has not made";
	if (strcmp(zoneset, draft->active) == 0 && !zone_draft_is_closed(draft))
		return "and without one the default zone lets every port see every other";
	return NULL;
}

static int keep_first(
	struct zone_draft *draft, const char *zoneset, const json_t *list, const char *why)
{
	const char *name = zone_text_of(json_array_get(list, 0));
	char reason[256];

	(void)snprintf(
		reason, sizeof reason, "it is the last zone of zoneset '%.64s', %s", zoneset, why);
	(void)json_object_del(draft->gone, name);
	return zone_draft_keep(draft, "zone", name, reason);
}

/* By name, so that the same zone stays each time. What is kept for one zoneset may save another, so this is done first. */
int zone_draft_spare(struct zone_draft *draft)
{
	const json_t *zonesets = json_object_get(draft->db, "zonesets");
	np_auto(np_free) const char **names = NULL;
	size_t n = 0;
	int rc = json_object_size(draft->gone) ? zone_set_sorted(zonesets, &names, &n, draft->err)
					       : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const json_t *list = json_object_get(zonesets, names[i]);
		const char *why = must_stay(draft, names[i]);
		if (why && becomes_empty(draft, names[i], list))
			rc = keep_first(draft, names[i], list, why);
	}
	return rc;
}

static int end_zoneset(struct zone_draft *draft, const char *zoneset)
{
	const json_t *active = json_object_get(draft->effective, "zoneset");
	int rc = 0;

	if (strcmp(draft->active, zoneset) == 0)
		rc = zone_draft_add(draft, "activation", zoneset, zoneset, active, NULL);
	return rc == 0 ? zone_draft_add(draft, "zoneset", zoneset, NULL, json_true(), NULL) : rc;
}

/* All zonesets let them go: a zone that one of them holds cannot be removed. */
static int take_out(struct zone_draft *draft, const char *zoneset, const json_t *list)
{
	bool ends = becomes_empty(draft, zoneset, list);
	size_t i;
	const json_t *value;
	int rc = 0;

	json_array_foreach (list, i, value) {
		const char *name = zone_text_of(value);
		if (rc == 0 && zone_set_has(draft->gone, name))
			rc = zone_draft_add(draft, "member", name, zoneset, json_true(), NULL);
	}
	return rc == 0 && ends ? end_zoneset(draft, zoneset) : rc;
}

int zone_draft_absent_zones(struct zone_draft *draft)
{
	const char *name;
	json_t *value;
	int rc = 0;

	if (json_object_size(draft->gone) == 0)
		return 0;
	zone_each (json_object_get(draft->db, "zonesets"), name, value) {
		if (rc == 0)
			rc = take_out(draft, name, value);
	}
	zone_each (draft->gone, name, value) {
		if (rc == 0)
			rc = zone_draft_add(draft, "zone", name, NULL,
				json_object_get(draft->zones, name), NULL);
	}
	return rc;
}

/* {alias: a zone that is written with it when the plan is done} */
static json_t *aliases_in_use(const struct zone_draft *draft)
{
	np_auto(np_json_decref) json_t *db = zone_db_edit(draft->db);
	size_t i;
	const json_t *change;

	json_array_foreach (draft->changes, i, change) {
		if (strcmp(np_json_text(change, "object"), "zone") == 0)
			(void)zone_change_make(change, db, NULL);
	}
	return zone_aliases_used(json_object_get(db, "zones"));
}

static int remove_alias(struct zone_draft *draft, const char *name, const json_t *used)
{
	const char *user = np_json_text(used, name);
	char reason[160];

	if (!*user)
		return zone_draft_add(
			draft, "alias", name, NULL, json_object_get(draft->aliases, name), NULL);
	(void)snprintf(reason, sizeof reason, "zone '%.64s' is written with it", user);
	return zone_draft_keep(draft, "alias", name, reason);
}

int zone_draft_absent_aliases(struct zone_draft *draft)
{
	const json_t *names = json_object_get(json_object_get(draft->desired, "absent"), "aliases");
	np_auto(np_json_decref) json_t *used =
		json_array_size(names) ? aliases_in_use(draft) : NULL;
	size_t i;
	const json_t *value;
	int rc = 0;

	json_array_foreach (names, i, value) {
		const char *name = zone_text_of(value);
		if (rc == 0 && json_object_get(draft->aliases, name) &&
			zone_set_has(draft->made_aliases, name) &&
			!json_object_get(draft->wanted_aliases, name))
			rc = remove_alias(draft, name, used);
	}
	return rc;
}
