/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/wwn.h"
#include "zoning/draft.h"

static const char *const lists[] = { "members", "principals" };

/* Zones that others made and that may do what a wanted one is to do. */
struct reuse {
	json_t *members; /* set: WWPNs of wanted zones that are not there */
	json_t *zones;	 /* {text of the resolved zone: name} */
};

static void reuse_done(struct reuse *reuse)
{
	json_decref(reuse->members);
	json_decref(reuse->zones);
}

static int refuse_foreign(const struct zone_draft *draft, const char *object, const char *name)
{
	return np_hint(draft->err,
		np_fail(draft->err, NP_EXISTS,
			"fabric %s has %s '%s' already, and npivd has not made it: it is left alone",
			draft->fabric, object, name),
		"rename one of them; or npivctl zone import --fabric %s --adopt, if it is the same",
		draft->fabric);
}

static int check_new_name(const struct zone_draft *draft, const char *name)
{
	return draft->rules ? zone_name_check(draft->rules, name, draft->err) : 0;
}

/* No switch takes an object without members. */
static int check_alias(const struct zone_draft *draft, const char *name, const json_t *alias)
{
	return json_array_size(alias) > 0
		       ? 0
		       : np_fail(draft->err, NP_INVAL, "alias '%s' has no member", name);
}

static int check_peer(const struct zone_draft *draft, const char *name, const json_t *zone)
{
	const json_t *smart = json_object_get(draft->snapshot, "smart");
	uint64_t wwn, refused = draft->rules ? draft->rules->refused_naa : 0;
	const json_t *member;
	size_t i;

	if (draft->rules && draft->rules->peer_needs_mode && json_is_false(smart))
		return np_hint(draft->err,
			np_fail(draft->err, NP_CONFLICT,
				"zone '%s' is a peer zone, and smart zoning is off in fabric %s",
				name, draft->fabric),
			"zone smart-zoning enable, for the fabric's VSAN; or a policy without peer zones");
	for (size_t l = 0; l < 2; l++) {
		json_array_foreach (json_object_get(zone, lists[l]), i, member) {
			const char *text = zone_text_of(member);
			if (np_wwn_parse(text, &wwn, NULL) == 0 && refused >> np_wwn_naa(wwn) & 1)
				return np_fail(draft->err, NP_INVAL,
					"zone '%s': %s does not take %s in a peer zone", name,
					draft->rules->vendor, text);
		}
	}
	return 0;
}

static int check_zone(const struct zone_draft *draft, const char *name, const json_t *zone)
{
	const json_t *principals = json_object_get(zone, "principals");

	if (strcmp(np_json_text(zone, "kind"), "target-peer") == 0)
		return np_fail(draft->err, NP_UNSUPPORTED,
			"zone '%s' is a target's own zone: only the target can make it", name);
	if (json_array_size(json_object_get(zone, "members")) == 0 ||
		(principals && json_array_size(principals) == 0))
		return np_fail(draft->err, NP_INVAL, "zone '%s' has no %s", name,
			principals ? "members or no principals" : "members");
	return principals ? check_peer(draft, name, zone) : 0;
}

static bool uses_alias(const json_t *zone, const json_t *aliases)
{
	const json_t *member;
	size_t i;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach (json_object_get(zone, lists[l]), i, member) {
			const char *text = zone_text_of(member);
			if (text[0] == '@' && zone_set_has(aliases, text + 1))
				return true;
		}
	}
	return false;
}

/* What of the zoneset is written with an alias that moves is another zone from now on. */
static int note_users(struct zone_draft *draft, const json_t *moved)
{
	size_t i;
	const json_t *value;
	int rc = 0;

	json_array_foreach (draft->list, i, value) {
		const char *name = zone_text_of(value);
		if (rc < 0 || !uses_alias(json_object_get(draft->zones, name), moved))
			continue;
		draft->activate = true;
		rc = zone_set_add(draft->stale, name, draft->err);
	}
	return rc;
}

static int want_alias(
	struct zone_draft *draft, const char *name, const json_t *wanted, json_t *moved)
{
	const json_t *found = json_object_get(draft->aliases, name);
	int rc = 0;

	if (zone_value_is_same(found, wanted))
		return 0;
	if (found && !zone_set_has(draft->made_aliases, name))
		return refuse_foreign(draft, "alias", name);
	rc = found ? zone_set_add(moved, name, draft->err) : check_new_name(draft, name);
	if (rc == 0)
		rc = check_alias(draft, name, wanted);
	return rc == 0 ? zone_draft_add(draft, "alias", name, NULL, found, wanted) : rc;
}

static int want_aliases(struct zone_draft *draft)
{
	np_auto(np_json_decref) json_t *moved = json_object();
	const char *name;
	json_t *wanted;
	int rc = 0;

	zone_each (draft->wanted_aliases, name, wanted) {
		if (rc == 0)
			rc = want_alias(draft, name, wanted, moved);
	}
	return rc == 0 && json_object_size(moved) > 0 ? note_users(draft, moved) : rc;
}

/* The WWPNs of the wanted zones that are not there by their names. */
static json_t *members_of_new(const struct zone_draft *draft)
{
	json_t *members = json_object(), *wanted;
	const json_t *member;
	const char *name;
	size_t i;

	zone_each (draft->wanted_zones, name, wanted) {
		if (json_object_get(draft->zones, name))
			continue;
		np_auto(np_json_decref) json_t *plain = zone_resolve(wanted, draft->aliases_then);
		for (size_t l = 0; l < 2; l++) {
			json_array_foreach (json_object_get(plain, lists[l]), i, member)
				(void)zone_set_add(members, zone_text_of(member), NULL);
		}
	}
	return members;
}

static bool all_among(const json_t *list, const json_t *aliases, const json_t *members)
{
	const json_t *value;
	size_t i;

	json_array_foreach (list, i, value) {
		const char *text = zone_text_of(value);
		const json_t *behind = text[0] == '@' ? json_object_get(aliases, text + 1) : NULL;
		if (behind ? !all_among(behind, NULL, members) : !zone_set_has(members, text))
			return false;
	}
	return true;
}

static bool is_of_others(const struct zone_draft *draft, const char *name)
{
	return !zone_set_has(draft->made_zones, name) &&
	       !json_object_get(draft->wanted_zones, name);
}

/*
 * Only zones of others that are in force count. Few zones hold nothing but members of wanted ones: making canonical text
 * of those alone keeps planning cheap.
 */
static void consider(const struct zone_draft *draft, struct reuse *reuse, const json_t *value)
{
	const char *name = zone_text_of(value);
	const json_t *zone = json_object_get(draft->zones, name);

	for (size_t l = 0; l < 2; l++) {
		if (!all_among(
			    json_object_get(zone, lists[l]), draft->aliases_then, reuse->members))
			return;
	}
	const json_t *now = json_object_get(draft->in_force, name);
	if (!zone || !now || !is_of_others(draft, name) ||
		!zone_is_same(now, draft->aliases, zone, draft->aliases_then))
		return;
	np_auto(np_json_decref) json_t *plain = zone_resolve(zone, draft->aliases_then);
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;
	if (text && !json_object_get(reuse->zones, text))
		(void)json_object_set(reuse->zones, text, (json_t *)(uintptr_t)value);
}

static struct reuse find_reusable(const struct zone_draft *draft)
{
	struct reuse reuse = { members_of_new(draft), json_object() };
	size_t i;
	const json_t *value;

	json_array_foreach (draft->list, i, value) {
		if (*draft->active && json_object_size(reuse.members) > 0)
			consider(draft, &reuse, value);
	}
	return reuse;
}

/* The zone of other people that is this one, member by member; "": there is none. */
static const char *same_zone(
	const struct zone_draft *draft, const struct reuse *reuse, const json_t *wanted)
{
	if (json_object_size(reuse->zones) == 0)
		return "";
	np_auto(np_json_decref) json_t *plain = zone_resolve(wanted, draft->aliases_then);
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;

	return text ? np_json_text(reuse->zones, text) : "";
}

static int note_reused(struct zone_draft *draft, const char *name, const char *by)
{
	json_t *row = json_pack("{s:s, s:s}", "zone", name, "by", by);

	return json_array_append_new(draft->reused, row) < 0 ? np_fail_nomem(draft->err) : 0;
}

static int join(struct zone_draft *draft, const char *name)
{
	if (zone_list_has(draft->list, name))
		return 0;
	int rc = zone_set_add(draft->joining, name, draft->err);
	return rc == 0 ? zone_draft_add(draft, "member", name, draft->zoneset, NULL, json_true())
		       : rc;
}

static int make_zone(struct zone_draft *draft, const char *name, const json_t *wanted)
{
	int rc = check_new_name(draft, name);

	/* In force by this name, and defined nowhere: somebody's, unless the record says that it is ours. */
	if (rc == 0 && json_object_get(draft->in_force, name) &&
		!zone_set_has(draft->made_zones, name))
		rc = refuse_foreign(draft, "zone", name);
	if (rc == 0)
		rc = check_zone(draft, name, wanted);
	if (rc == 0)
		rc = zone_draft_add(draft, "zone", name, NULL, NULL, wanted);
	return rc == 0 ? join(draft, name) : rc;
}

static int keep_zone(
	struct zone_draft *draft, const char *name, const json_t *found, const json_t *wanted)
{
	bool same = zone_is_same(found, draft->aliases_then, wanted, draft->aliases_then);
	int rc = 0;

	if (!zone_set_has(draft->made_zones, name))
		return same && *draft->active && zone_list_has(draft->list, name)
			       ? note_reused(draft, name, name)
			       : refuse_foreign(draft, "zone", name);
	if (!same) {
		rc = check_zone(draft, name, wanted);
		draft->activate = draft->activate || zone_list_has(draft->list, name);
	}
	if (rc == 0 && !same)
		rc = zone_draft_add(draft, "zone", name, NULL, found, wanted);
	return rc == 0 ? join(draft, name) : rc;
}

static int want_zones(struct zone_draft *draft)
{
	np_auto(reuse_done) struct reuse reuse = find_reusable(draft);
	const char *name;
	json_t *wanted;
	int rc = 0;

	zone_each (draft->wanted_zones, name, wanted) {
		const json_t *found = json_object_get(draft->zones, name);
		const char *other = found ? "" : same_zone(draft, &reuse, wanted);
		if (rc < 0)
			break;
		rc = found    ? keep_zone(draft, name, found, wanted)
		     : *other ? note_reused(draft, name, other)
			      : make_zone(draft, name, wanted);
	}
	return rc;
}

int zone_draft_wanted(struct zone_draft *draft)
{
	int rc = want_aliases(draft);

	return rc == 0 ? want_zones(draft) : rc;
}
