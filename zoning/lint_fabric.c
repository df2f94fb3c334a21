/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that look across zones, aliases, zonesets and logins. */
#include <ctype.h>
#include <string.h>

#include "zoning/lint.h"

#define FULL_PERCENT 80
#define SLIP_RUN_MIN 6 /* letters in a row before one too many is taken for a slip */

static void say(struct lint *lint, const char *object, const char *name, const char *text)
{
	lint_say(lint, &(struct lint_about){ .object = object, .name = name }, "%s", text);
}

static bool is_fos(const struct lint *lint)
{
	return strcmp(np_json_text(lint->snapshot, "vendor"), "fos") == 0;
}

/* {GUEST: one of its WWPNs that is in @zoned}. */
static json_t *guests_in(const json_t *guests, const json_t *zoned)
{
	json_t *found = json_object(), *guest;
	const char *wwpn;

	zone_each (guests, wwpn, guest) {
		if (zone_set_has(zoned, wwpn))
			(void)json_object_set_new(found, zone_text_of(guest), json_string(wwpn));
	}
	return found;
}

static void say_one_fabric(
	struct lint *lint, const json_t *have, const json_t *lack, const char *where)
{
	const char *guest;
	json_t *wwpn;

	zone_each (have, guest, wwpn) {
		if (json_object_get(lack, guest))
			continue;
		lint_say(lint, &(struct lint_about){ "port", zone_text_of(wwpn), guest },
			"its guest is zoned %s only, so it has no second path and stops when that fabric "
			"does; zone it in both",
			where);
	}
}

void lint_guest_one_fabric(struct lint *lint)
{
	const json_t *guests = json_object_get(lint->context, "guests");
	const json_t *other = json_object_get(lint->context, "other_fabric");

	if (!guests || !other)
		return;
	np_auto(np_json_decref) json_t *zoned = lint_zoned(lint->snapshot);
	np_auto(np_json_decref) json_t *zoned_there = lint_zoned(other);
	np_auto(np_json_decref) json_t *here = guests_in(guests, zoned);
	np_auto(np_json_decref) json_t *there = guests_in(guests, zoned_there);
	say_one_fabric(lint, here, there, "in this fabric");
	say_one_fabric(lint, there, here, "in the other fabric");
}

static void add_alias_names(json_t *names, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member);

		if (text[0] == '@')
			(void)zone_set_add(names, text + 1, NULL);
	}
}

void lint_unused_alias(struct lint *lint)
{
	np_auto(np_json_decref) json_t *used = json_object();
	const char *name;
	json_t *value;

	zone_each (lint->zones, name, value) {
		add_alias_names(used, json_object_get(value, "members"));
		add_alias_names(used, json_object_get(value, "principals"));
	}
	/* Many write device-aliases for the name server's sake: a fabric without one in its zones is not wrong. */
	if (json_object_size(used) == 0 && !is_fos(lint))
		return;
	zone_each (lint->aliases, name, value) {
		if (!zone_set_has(used, name))
			say(lint, "alias", name,
				"it is in no zone; delete it when nobody needs it");
	}
}

void lint_empty_alias(struct lint *lint)
{
	const char *name;
	json_t *members;

	zone_each (lint->aliases, name, members) {
		if (json_array_size(members) == 0)
			say(lint, "alias", name,
				"it stands for nothing, and so do the zones that name it; give it its WWPN");
	}
}

/* The three kinds of objects that have names. */
struct named {
	const char *object;
	const json_t *objects;
};

static void all_named(const struct lint *lint, struct named ret_named[static 3])
{
	ret_named[0] = (struct named){ "alias", lint->aliases };
	ret_named[1] = (struct named){ "zone", lint->zones };
	ret_named[2] = (struct named){ "zoneset", lint->zonesets };
}

static void lower(const char *name, char ret_text[static ZONE_NAME_MAX])
{
	size_t len = 0;

	for (; name[len] && len + 1 < ZONE_NAME_MAX; len++)
		ret_text[len] = (char)tolower((unsigned char)name[len]);
	ret_text[len] = '\0';
}

static void case_names(struct lint *lint, const struct named *named)
{
	np_auto(np_json_decref) json_t *seen = json_object();
	const char *name;
	json_t *value;

	zone_each (named->objects, name, value) {
		char key[ZONE_NAME_MAX];
		const char *before;

		lower(name, key);
		before = json_string_value(json_object_get(seen, key));
		if (before)
			lint_say(lint, &(struct lint_about){ named->object, name, NULL },
				"it differs from '%s' in case alone, which people and scripts take for the "
				"same; rename one",
				before);
		else
			(void)json_object_set_new(seen, key, json_string(name));
	}
}

void lint_case_names(struct lint *lint)
{
	struct named named[3];

	all_named(lint, named);
	for (size_t i = 0; i < 3; i++)
		case_names(lint, &named[i]);
}

/*
 * A name without what the eye does not see: case and separators, except between digits, where they tell numbers apart
 * ("zone_1_11").
 */
static void skeleton(const char *name, char ret_text[static ZONE_NAME_MAX])
{
	size_t len = 0;

	for (size_t i = 0; name[i] && len + 1 < ZONE_NAME_MAX; i++) {
		bool between = i > 0 && isdigit((unsigned char)name[i - 1]) &&
			       isdigit((unsigned char)name[i + 1]);

		if (strchr("_-$^", name[i]) && !between)
			continue;
		ret_text[len++] = (char)tolower((unsigned char)name[i]);
	}
	ret_text[len] = '\0';
}

/* A name in @known that lacks one letter from within a word of @text: "storagge" for "storage". NULL: none. */
static const char *slip_of(const char *text, const json_t *known)
{
	for (size_t start = 0; text[start];) {
		size_t end = start;

		while (isalpha((unsigned char)text[end]))
			end++;
		for (size_t at = start + 1; end - start >= SLIP_RUN_MIN && at + 1 < end; at++) {
			char shorter[ZONE_NAME_MAX];
			const char *other;

			(void)snprintf(
				shorter, sizeof shorter, "%.*s%s", (int)at, text, text + at + 1);
			other = json_string_value(json_object_get(known, shorter));
			if (other)
				return other;
		}
		start = end + (end == start);
	}
	return NULL;
}

/* {SKELETON: NAME} of all names; says which names share one. */
static json_t *skeletons(struct lint *lint, const struct named *named)
{
	json_t *known = json_object(), *value;
	const char *name;

	zone_each (named->objects, name, value) {
		char key[ZONE_NAME_MAX];
		const char *before;

		skeleton(name, key);
		before = json_string_value(json_object_get(known, key));
		if (before && strcasecmp(before, name) != 0)
			lint_say(lint, &(struct lint_about){ named->object, name, NULL },
				"it differs from '%s' in separators alone; one may be a slip: look which is "
				"meant",
				before);
		else if (!before && *key)
			(void)json_object_set_new(known, key, json_string(name));
	}
	return known;
}

void lint_similar_names(struct lint *lint)
{
	struct named named[3];

	all_named(lint, named);
	for (size_t i = 0; i < 3; i++) {
		np_auto(np_json_decref) json_t *known = skeletons(lint, &named[i]);
		const char *key;
		json_t *name;

		json_object_foreach (known, key, name) {
			const char *other = slip_of(key, known);

			if (other)
				lint_say(lint,
					&(struct lint_about){
						named[i].object, zone_text_of(name), NULL },
					"it has one letter more than '%s'; one may be a slip: look which is "
					"meant",
					other);
		}
	}
}

void lint_same_members(struct lint *lint)
{
	np_auto(np_json_decref) json_t *seen = json_object();
	const char *name;
	json_t *zone;

	json_object_foreach (lint->resolved, name, zone) {
		np_auto(np_free) char *key = zone_text(zone);
		const char *before = key ? json_string_value(json_object_get(seen, key)) : NULL;
		struct lint_zone one = { name, json_object_get(lint->zones, name), zone };

		if (json_array_size(json_object_get(zone, "members")) == 0)
			continue;
		if (before)
			lint_say_zone(lint, &one,
				"it has the same members as zone '%s'; one of the two is enough",
				before);
		else if (!key || json_object_set_new(seen, key, json_string(name)) < 0)
			lint->failed = true;
	}
}

void lint_unused_zone(struct lint *lint)
{
	np_auto(np_json_decref) json_t *used = json_object();
	const char *name;
	json_t *value;

	if (json_object_size(lint->zonesets) == 0)
		return; /* no zoneset is defined, or the text was of zones alone */
	zone_each (lint->zonesets, name, value) {
		const json_t *zone;
		size_t i;

		json_array_foreach (value, i, zone) {
			(void)zone_set_add(used, zone_text_of(zone), NULL);
		}
	}
	zone_each (lint->zones, name, value) {
		if (!zone_set_has(used, name))
			say(lint, "zone", name,
				"it is in no zoneset, so it never takes effect; put it into one or delete it");
	}
}

void lint_missing_zone(struct lint *lint)
{
	const char *name;
	json_t *names;

	if (json_object_size(lint->zones) == 0)
		return; /* a text of zonesets' names alone */
	zone_each (lint->zonesets, name, names) {
		const json_t *zone;
		size_t i;

		json_array_foreach (names, i, zone) {
			if (!json_object_get(lint->zones, zone_text_of(zone)))
				lint_say(lint, &(struct lint_about){ "zoneset", name, NULL },
					"its zone '%s' is not defined, so it cannot be activated; define "
					"the zone or take it out",
					zone_text_of(zone));
		}
	}
}

static bool is_automatic(const struct lint *lint, const char *zone)
{
	const char *start = lint->rules ? lint->rules->automatic : NULL;

	return start && strncmp(zone, start, strlen(start)) == 0;
}

static void compare_zone(struct lint *lint, const char *name)
{
	const json_t *defined = json_object_get(lint->zones, name);
	const json_t *enforced = json_object_get(lint->enforced, name);
	struct lint_zone one = { name, defined, json_object_get(lint->resolved, name) };

	if (!defined)
		return; /* that is missing-zone */
	if (!enforced)
		lint_say_zone(lint, &one,
			"it is in the zoneset but not in force; activate the zoneset, or take it out");
	else if (!zone_is_same(defined, lint->aliases, enforced, lint->aliases))
		lint_say_zone(lint, &one,
			"its members in force are not the defined ones; activate the zoneset, or set the "
			"definition right");
}

void lint_effective_differs(struct lint *lint)
{
	const char *active = np_json_text(json_object_get(lint->snapshot, "effective"), "zoneset");
	const json_t *names = json_object_get(lint->zonesets, active), *name;
	np_auto(np_json_decref) json_t *listed = zone_set_of(names);
	const char *zone;
	json_t *value;
	size_t i;

	/* With one side not told, there is nothing to compare. */
	if (!*active || json_object_size(lint->enforced) == 0 ||
		json_object_size(lint->zonesets) == 0)
		return;
	if (!names) {
		say(lint, "zoneset", active,
			"it is in force but not defined, and gone with the next activation; define it again");
		return;
	}
	json_array_foreach (names, i, name) {
		compare_zone(lint, zone_text_of(name));
	}
	zone_each (lint->enforced, zone, value) {
		if (!zone_set_has(listed, zone) && !is_automatic(lint, zone))
			say(lint, "zone", zone,
				"it is in force but no longer in the zoneset, and gone with the next activation; "
				"put it in again, or activate the zoneset");
	}
}

void lint_default_zone_open(struct lint *lint)
{
	if (strcmp(np_json_text(lint->snapshot, "default_zone"), "all-access") != 0)
		return;
	if (is_fos(lint))
		say(lint, "fabric", np_json_text(lint->snapshot, "switch"),
			"the default zone is all access: without an effective configuration every port may talk "
			"to every other; defzone --noaccess, then cfgsave");
	else
		say(lint, "fabric", np_json_text(lint->snapshot, "switch"),
			"the default zone is open: every port that is in no active zone may talk to every other "
			"such port; no zone default-zone permit");
}

/* Domains of the members that are switch ports: a login of that domain may be zoned by its port. */
static void zoned_domains(const json_t *zoned, bool ret_domains[static 256])
{
	const char *member;
	json_t *value;

	zone_each (zoned, member, value) {
		if (zone_member_kind(member) == ZONE_MEMBER_PORT)
			ret_domains[strtoul(member, NULL, 10) & 0xff] = true;
	}
}

static bool is_zoned(const json_t *login, const json_t *zoned, const bool domains[static 256])
{
	const char *port_id = np_json_text(login, "port_id");
	char fcid[ZONE_MEMBER_MAX], wwnn[ZONE_MEMBER_MAX];

	(void)snprintf(fcid, sizeof fcid, "fcid:%.20s", port_id);
	(void)snprintf(wwnn, sizeof wwnn, "wwnn:%.20s", np_json_text(login, "wwnn"));
	return zone_set_has(zoned, np_json_text(login, "wwpn")) ||
	       zone_set_has(zoned, np_json_text(login, "wwnn")) || zone_set_has(zoned, fcid) ||
	       zone_set_has(zoned, wwnn) || domains[strtoul(port_id, NULL, 16) >> 16 & 0xff];
}

void lint_unzoned_initiator(struct lint *lint)
{
	np_auto(np_json_decref) json_t *zoned = NULL;
	bool domains[256] = { false };
	const char *wwpn;
	json_t *login;

	if (json_object_size(lint->enforced) == 0)
		return;
	zoned = lint_zoned(lint->snapshot);
	zoned_domains(zoned, domains);
	json_object_foreach (lint->logins, wwpn, login) {
		const char *guest = np_json_text(json_object_get(lint->context, "guests"), wwpn);

		if (strcmp(np_json_text(login, "role"), "initiator") != 0 ||
			zone_set_has(lint->bases, wwpn) || is_zoned(login, zoned, domains))
			continue;
		lint_say(lint, &(struct lint_about){ "port", wwpn, guest },
			"this initiator is logged in and in no active zone, so it sees no disk; zone it, or "
			"unplug it");
	}
}

static bool is_bad_wwn(const struct lint *lint, const char *member)
{
	uint64_t wwn, refused = lint->rules ? lint->rules->refused_naa : 0;

	if (zone_member_kind(member) != ZONE_MEMBER_WWN || np_wwn_parse(member, &wwn, NULL) < 0)
		return false;
	return np_wwn_naa(wwn) == 0 || (refused >> np_wwn_naa(wwn) & 1);
}

static void bad_wwns(struct lint *lint, const char *object, const char *name, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		char text[ZONE_MEMBER_MAX];

		if (is_bad_wwn(lint, zone_text_of(member)))
			lint_say(lint, &(struct lint_about){ object, name, NULL },
				"its member %s is no port's name: a WWN that begins with %.1s is refused or "
				"means something else to the switch; correct it",
				lint_member(zone_text_of(member), text), zone_text_of(member));
	}
}

void lint_bad_wwn(struct lint *lint)
{
	const char *name;
	json_t *value;

	zone_each (lint->aliases, name, value)
		bad_wwns(lint, "alias", name, value);
	zone_each (lint->zones, name, value) {
		bad_wwns(lint, "zone", name, json_object_get(value, "members"));
		bad_wwns(lint, "zone", name, json_object_get(value, "principals"));
	}
}

void lint_bad_name(struct lint *lint)
{
	struct named named[3];

	all_named(lint, named);
	for (size_t i = 0; i < 3 && lint->rules; i++) {
		struct np_err err;
		const char *name;
		json_t *value;

		zone_each (named[i].objects, name, value) {
			if (zone_name_check(lint->rules, name, &err) < 0)
				lint_say(lint, &(struct lint_about){ named[i].object, name, NULL },
					"%.200s; rename it before a switch or a tool stumbles over it",
					err.msg);
		}
	}
}

static void check_full(struct lint *lint, const char *what, int64_t used, int64_t max)
{
	double percent =
		max > 0 ? (double)used / (double)max * 100 : 0; /* foreign numbers may be huge */

	if (percent >= FULL_PERCENT)
		lint_say(lint,
			&(struct lint_about){
				"fabric", np_json_text(lint->snapshot, "switch"), NULL },
			"the zone database has %lld of %lld %s (%.0f %%); use peer zones, and delete zones "
			"and aliases that nobody needs",
			(long long)used, (long long)max, what, percent);
}

static int64_t count_members(const json_t *zones)
{
	int64_t count = 0;
	const char *name;
	json_t *zone;

	zone_each (zones, name, zone) {
		count += (int64_t)json_array_size(json_object_get(zone, "members")) +
			 (int64_t)json_array_size(json_object_get(zone, "principals"));
	}
	return count;
}

void lint_database_full(struct lint *lint)
{
	const json_t *space = json_object_get(lint->snapshot, "space");
	int64_t used = np_json_int(space, "used"), max = np_json_int(space, "max");

	if (used <= 0)
		used = zone_db_bytes(json_object_get(lint->snapshot, "defined"));
	if (max <= 0 && lint->rules)
		max = lint->rules->space_max;
	check_full(lint, "bytes", used, max);
	if (!lint->rules)
		return;
	check_full(lint, "zones", (int64_t)json_object_size(lint->zones),
		(int64_t)lint->rules->zones_max);
	check_full(lint, "members", count_members(lint->zones), (int64_t)lint->rules->members_max);
}
