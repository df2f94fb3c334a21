/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that look at one zone at a time. */
#include <string.h>

#include "zoning/lint.h"

static bool is_peer(const struct lint_zone *zone)
{
	return strcmp(np_json_text(zone->direct, "kind"), "regular") != 0;
}

static size_t count_kind(const json_t *list, enum zone_member_kind kind)
{
	const json_t *member;
	size_t count = 0, i;

	json_array_foreach (list, i, member) {
		count += zone_member_kind(zone_text_of(member)) == kind;
	}
	return count;
}

/* In both lists. */
static size_t members_of_kind(const json_t *zone, enum zone_member_kind kind)
{
	return count_kind(json_object_get(zone, "members"), kind) +
	       count_kind(json_object_get(zone, "principals"), kind);
}

static size_t members(const json_t *zone)
{
	return json_array_size(json_object_get(zone, "members")) +
	       json_array_size(json_object_get(zone, "principals"));
}

void lint_multi_initiator(struct lint *lint, const struct lint_zone *zone)
{
	const char *found[2] = { NULL, NULL };
	char one[ZONE_MEMBER_MAX], other[ZONE_MEMBER_MAX];
	const json_t *member;
	size_t count = 0, i;

	if (is_peer(zone))
		return;
	json_array_foreach (json_object_get(zone->resolved, "members"), i, member) {
		const char *text = zone_text_of(member);

		if (strcmp(lint_role(lint, text), "initiator") != 0)
			continue;
		if (count < 2)
			found[count] = text;
		count++;
	}
	if (count >= 2)
		lint_say_zone(lint, zone,
			"it has %zu initiators (%s, %s%s), which see and disturb each other; give each a zone "
			"of its own, or make it a peer zone with the targets as principals",
			count, lint_member(found[0], one), lint_member(found[1], other),
			count > 2 ? ", ..." : "");
}

void lint_mixed_kinds(struct lint *lint, const struct lint_zone *zone)
{
	if (members_of_kind(zone->resolved, ZONE_MEMBER_PORT) > 0 &&
		members_of_kind(zone->resolved, ZONE_MEMBER_WWN) > 0)
		lint_say_zone(lint, zone,
			"it has switch ports (domain,index) and WWNs, so the switch enforces it by session and no "
			"longer by frame; name all members by WWN");
}

void lint_mixed_alias(struct lint *lint, const struct lint_zone *zone)
{
	if (members_of_kind(zone->direct, ZONE_MEMBER_ALIAS) > 0 &&
		members_of_kind(zone->direct, ZONE_MEMBER_WWN) > 0)
		lint_say_zone(lint, zone,
			"it has aliases and bare WWNs; name all its members in the same way");
}

void lint_port_member(struct lint *lint, const struct lint_zone *zone)
{
	size_t ports = members_of_kind(zone->resolved, ZONE_MEMBER_PORT);

	if (ports > 0)
		lint_say_zone(lint, zone,
			"%zu of its members are switch ports (domain,index): whatever logs in there belongs to "
			"it, every guest's vport behind that port too; zone WWPNs instead",
			ports);
}

static const char *base_among(const struct lint *lint, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (zone_set_has(lint->bases, zone_text_of(member)))
			return zone_text_of(member);
	}
	return NULL;
}

void lint_base_zoned(struct lint *lint, const struct lint_zone *zone)
{
	const char *base = base_among(lint, json_object_get(zone->resolved, "members"));
	char text[ZONE_MEMBER_MAX];

	if (!base)
		base = base_among(lint, json_object_get(zone->resolved, "principals"));
	if (base)
		lint_say_zone(lint, zone,
			"%s is the HBA's own port, which has vports of guests on it: the host sees what it is "
			"zoned to, the guests do not; zone the vport, or leave it when the host itself needs it",
			lint_member(base, text));
}

/* A target of the zone that is a tape, or that is none. NULL: there is none such. */
static const char *target_among(
	const struct lint *lint, const json_t *list, bool all_are_targets, bool tape)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member), *role = lint_role(lint, text);
		bool target =
			all_are_targets || strcmp(role, "target") == 0 || strcmp(role, "both") == 0;

		if (target && zone_member_kind(text) == ZONE_MEMBER_WWN &&
			zone_set_has(lint->tapes, text) == tape)
			return text;
	}
	return NULL;
}

void lint_tape_with_disk(struct lint *lint, const struct lint_zone *zone)
{
	bool peer = is_peer(zone);
	const json_t *targets = json_object_get(zone->resolved, peer ? "principals" : "members");
	const char *tape = target_among(lint, targets, peer, true);
	const char *disk = target_among(lint, targets, peer, false);
	char one[ZONE_MEMBER_MAX], other[ZONE_MEMBER_MAX];

	if (tape && disk)
		lint_say_zone(lint, zone,
			"it has the tape %s and the disk %s: a reset for one interrupts the other; give the tape a "
			"zone of its own",
			lint_member(tape, one), lint_member(disk, other));
}

static const char *unknown_among(const struct lint *lint, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member);

		if (text[0] == '@' && !json_object_get(lint->aliases, text + 1))
			return text + 1;
	}
	return NULL;
}

void lint_unknown_alias(struct lint *lint, const struct lint_zone *zone)
{
	bool told = json_object_size(lint->aliases) > 0 ||
		    strcmp(np_json_text(lint->snapshot, "vendor"), "fos") == 0;
	const char *alias = unknown_among(lint, json_object_get(zone->direct, "members"));

	if (!alias)
		alias = unknown_among(lint, json_object_get(zone->direct, "principals"));
	/* Device-aliases are a database of their own: a text of zones alone does not have them. */
	if (alias && told)
		lint_say_zone(lint, zone,
			"its member '%s' is an alias that is not defined, so nobody is meant; define the alias or "
			"take it out",
			alias);
}

/* Where a WWN was seen first: {WWN: how}. Says so when it comes again. */
static bool note_member(json_t *seen, const char *wwn, const char *how, const char **ret_before)
{
	*ret_before = json_string_value(json_object_get(seen, wwn));
	if (*ret_before)
		return false;
	(void)json_object_set_new(seen, wwn, json_string(how));
	return true;
}

/* Goes through a list with its aliases taken apart; true when a member came twice and that was said. */
static bool find_duplicate(
	struct lint *lint, const struct lint_zone *zone, const char *key, json_t *seen)
{
	const json_t *list = json_object_get(zone->direct, key), *member;
	size_t i, k;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member), *before;
		const json_t *behind =
			text[0] == '@' ? json_object_get(lint->aliases, text + 1) : NULL;
		np_auto(np_json_decref) json_t *alone = json_pack("[s]", text);
		const json_t *wwn;

		json_array_foreach (behind ? behind : alone, k, wwn) {
			char shown[ZONE_MEMBER_MAX];

			if (note_member(seen, zone_text_of(wwn), text, &before))
				continue;
			lint_say_zone(lint, zone,
				"%s is in it twice, as '%s' and as '%s'; take one out, some releases refuse "
				"every change of such a zone",
				lint_member(zone_text_of(wwn), shown), before, text);
			return true;
		}
	}
	return false;
}

void lint_duplicate_member(struct lint *lint, const struct lint_zone *zone)
{
	np_auto(np_json_decref) json_t *principals = json_object();
	np_auto(np_json_decref) json_t *others = json_object();
	bool both_allowed = strcmp(np_json_text(lint->snapshot, "vendor"), "nxos") == 0;

	if (members_of_kind(zone->direct, ZONE_MEMBER_ALIAS) == 0 && both_allowed)
		return;
	if (!find_duplicate(lint, zone, "principals", principals))
		(void)find_duplicate(lint, zone, "members", both_allowed ? others : principals);
}

void lint_empty_zone(struct lint *lint, const struct lint_zone *zone)
{
	if (members(zone->direct) == 0)
		lint_say_zone(lint, zone, "it has no members; delete it, or put its members in");
}

void lint_single_member(struct lint *lint, const struct lint_zone *zone)
{
	size_t principals = json_array_size(json_object_get(zone->resolved, "principals"));
	size_t all = members(zone->resolved);

	if (all == 0)
		return;
	if (!is_peer(zone) && all == 1)
		lint_say_zone(lint, zone,
			"it has one member, which has nobody to talk to; add the other side or delete it");
	else if (is_peer(zone) && (principals == 0 || principals == all))
		lint_say_zone(lint, zone,
			"it has %s only, and these may not talk to each other; add the other side or delete it",
			principals ? "principals" : "peers");
}

/* Only of zones whose members can all be found in the name server. */
void lint_nobody_logged_in(struct lint *lint, const struct lint_zone *zone)
{
	static const char *const lists[] = { "members", "principals" };
	const json_t *member;
	size_t k;

	if (json_object_size(lint->logins) == 0 || members(zone->resolved) == 0 ||
		members_of_kind(zone->resolved, ZONE_MEMBER_WWN) != members(zone->resolved))
		return;
	for (size_t i = 0; i < 2; i++) {
		json_array_foreach (json_object_get(zone->resolved, lists[i]), k, member) {
			if (zone_set_has(lint->ports, zone_text_of(member)))
				return;
		}
	}
	lint_say_zone(lint, zone,
		"none of its %zu ports is logged in; delete it if they are gone for good",
		members(zone->resolved));
}
