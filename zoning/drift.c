/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "zoning/change.h"
#include "zoning/judge.h"

static const char *const lists[] = { "members", "principals" };

struct drift {
	const char *vendor;
	const json_t *desired, *db, *effective, *before_db, *wwpns;
	json_t *ours;	/* set: names of zones that are ours */
	json_t *wanted; /* set: texts of the zones that are wanted */
	json_t *foreign; /* set: texts of the zones of others that are in force; NULL until it is needed */
	json_t *findings;
};

static void find(struct drift *drift, const char *rule, const char *object, const char *name,
	const char *guest, const char *text)
{
	bool hard = strcmp(rule, "effective-stale") != 0;
	json_t *finding = json_pack("{s:s, s:s, s:s, s:s, s:s}", "rule", rule, "severity",
		hard ? "error" : "warning", "object", object, "name", name, "text", text);

	if (*guest)
		np_json_set_text(finding, "guest", guest);
	(void)json_array_append_new(drift->findings, finding);
}

static const char *owner_of(const struct drift *drift, const char *zone)
{
	return np_json_text(json_object_get(drift->desired, "owners"), zone);
}

static bool is_in_a_zoneset(const struct drift *drift, const char *name)
{
	const char *active = np_json_text(drift->effective, "zoneset");

	return zone_list_has(json_object_get(json_object_get(drift->db, "zonesets"), active), name);
}

static void add_text(json_t *set, const json_t *zone, const json_t *aliases)
{
	np_auto(np_json_decref) json_t *plain = zone_resolve(zone, aliases);
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;

	if (text)
		(void)json_object_set_new(set, text, json_true());
}

/* Somebody else's zone that is the same does the same. */
static bool is_covered(struct drift *drift, const json_t *wanted)
{
	const json_t *aliases = json_object_get(drift->db, "aliases");
	np_auto(np_json_decref) json_t *plain = zone_resolve(wanted, aliases);
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;
	const char *name;
	json_t *zone;

	if (!drift->foreign) {
		drift->foreign = json_object();
		zone_each (json_object_get(drift->effective, "zones"), name, zone) {
			if (!zone_set_has(drift->ours, name))
				add_text(drift->foreign, zone, aliases);
		}
	}
	return text && zone_set_has(drift->foreign, text);
}

static void look_at_ours(struct drift *drift, const char *name, const json_t *wanted)
{
	const json_t *aliases = json_object_get(drift->db, "aliases");
	const json_t *found = json_object_get(json_object_get(drift->db, "zones"), name);
	const json_t *now = json_object_get(json_object_get(drift->effective, "zones"), name);
	const char *guest = owner_of(drift, name);
	char text[320];

	if (!found || !is_in_a_zoneset(drift, name)) {
		if (is_covered(drift, wanted))
			return;
		(void)snprintf(text, sizeof text, "zone '%s' is %s; revert makes it again", name,
			found ? "in no zoneset that is in force" : "gone from the switch");
		find(drift, "ours-missing", "zone", name, guest, text);
	} else if (!zone_is_same(found, aliases, wanted, aliases)) {
		(void)snprintf(text, sizeof text,
			"zone '%s' has other members than recorded; revert takes that back, adopt records it",
			name);
		find(drift, "ours-altered", "zone", name, guest, text);
	} else if (!now || !zone_is_same(now, aliases, wanted, aliases)) {
		(void)snprintf(text, sizeof text,
			"zone '%s' is defined but not so in force; revert activates the zoneset",
			name);
		find(drift, "ours-not-effective", "zone", name, guest, text);
	}
}

/* The guest that one of these members belongs to, "" when none does. */
static const char *guest_among(const struct drift *drift, const json_t *members)
{
	size_t i;
	const json_t *member;

	json_array_foreach (members, i, member) {
		const char *guest = np_json_text(drift->wwpns, zone_text_of(member));
		if (*guest)
			return guest;
	}
	return "";
}

static const char *guest_in(const struct drift *drift, const json_t *zone)
{
	const char *guest = guest_among(drift, json_object_get(zone, "members"));

	return *guest ? guest : guest_among(drift, json_object_get(zone, "principals"));
}

static void note_aliases(json_t *used, const json_t *zone, const char *guest)
{
	size_t i;
	const json_t *member;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach (json_object_get(zone, lists[l]), i, member) {
			const char *text = zone_text_of(member);
			if (text[0] == '@')
				(void)json_object_set_new(used, text + 1, json_string(guest));
		}
	}
}

/* {alias: guest} of those that zones with a guest's port were written with: only these are our business. */
static json_t *aliases_of_guests(const struct drift *drift)
{
	const json_t *aliases = json_object_get(drift->before_db, "aliases");
	json_t *used = json_object(), *zone;
	const char *name;

	zone_each (json_object_get(drift->before_db, "zones"), name, zone) {
		np_auto(np_json_decref) json_t *plain = zone_resolve(zone, aliases);
		const char *guest = plain == zone ? "" : guest_in(drift, plain);
		if (*guest)
			note_aliases(used, zone, guest);
	}
	return used;
}

/* The guest that feels it when this alias moves; NULL: it is none of our business. */
static const char *who_feels(const struct drift *drift, const json_t *used, const char *name,
	const json_t *before, const json_t *now)
{
	const char *guest = guest_among(drift, before);

	if (!*guest)
		guest = guest_among(drift, now);
	if (!*guest)
		guest = np_json_text(used, name);
	return *guest ? guest : NULL;
}

/* What is recorded is right, whatever the switch had before. */
static void look_at_our_alias(struct drift *drift, const char *name, const json_t *wanted)
{
	const json_t *found = json_object_get(json_object_get(drift->db, "aliases"), name);
	char text[240];

	if (zone_value_is_same(found, wanted))
		return;
	(void)snprintf(text, sizeof text, "alias '%s' %s; revert takes that back", name,
		found ? "names other ports than recorded" : "is gone from the switch");
	find(drift, found ? "alias-moved" : "ours-missing", "alias", name,
		guest_among(drift, wanted), text);
}

static void look_at_aliases(struct drift *drift)
{
	const json_t *desired = json_object_get(drift->desired, "aliases");
	const json_t *before = json_object_get(drift->before_db, "aliases");
	const json_t *now = json_object_get(drift->db, "aliases");
	np_auto(np_json_decref) json_t *used = aliases_of_guests(drift);
	const char *name;
	json_t *members;
	char text[240];

	zone_each (desired, name, members)
		look_at_our_alias(drift, name, members);
	zone_each (before, name, members) {
		const json_t *found = json_object_get(now, name);
		if (zone_value_is_same(found, members) || json_object_get(desired, name))
			continue;
		const char *guest = who_feels(drift, used, name, members, found);
		if (!guest)
			continue;
		(void)snprintf(text, sizeof text,
			"alias '%s' %s: every zone that is written with it has changed", name,
			found ? "names other ports than before" : "is gone");
		find(drift, "alias-moved", "alias", name, guest, text);
	}
}

/* Zones of other people that hold a port of a guest: nobody here decides what that port sees. */
static void look_at_foreign(struct drift *drift, const char *name, const json_t *zone)
{
	np_auto(np_json_decref) json_t *plain =
		zone_resolve(zone, json_object_get(drift->db, "aliases"));
	const char *guest = guest_in(drift, plain);
	char text[240];

	if (!*guest)
		return;
	np_auto(np_free) char *plain_text = zone_text(plain);
	if (plain_text && zone_set_has(drift->wanted, plain_text))
		return;
	(void)snprintf(text, sizeof text,
		"zone '%s' is not npivd's and holds a port of a guest: it sees more than is recorded",
		name);
	find(drift, "foreign-zone", "zone", name, guest, text);
}

/* Counts zones of others in @zones that are not so in @others; *first is one of them. */
static size_t count_stale(const struct drift *drift, const json_t *zones, const json_t *others,
	bool missing_only, const char **first)
{
	const json_t *aliases = json_object_get(drift->db, "aliases");
	const char *name;
	json_t *zone;
	size_t n = 0;

	zone_each (zones, name, zone) {
		const json_t *other = json_object_get(others, name);
		if (zone_set_has(drift->ours, name) || zone_is_automatic(drift->vendor, name) ||
			(other && (missing_only || zone_is_same(zone, aliases, other, aliases))))
			continue;
		*first = *first ? *first : name;
		n++;
	}
	return n;
}

/* Both ways: what the next activation brings, and what it takes away. */
static void look_at_zoneset(struct drift *drift)
{
	const char *active = np_json_text(drift->effective, "zoneset");
	np_auto(np_json_decref) json_t *wanted = zone_effective_of(drift->db, active, "", NULL);
	const json_t *zones = json_object_get(wanted, "zones"),
		     *now = json_object_get(drift->effective, "zones");
	bool defined = json_object_get(json_object_get(drift->db, "zonesets"), active) != NULL;
	const char *first = NULL;
	size_t n = count_stale(drift, zones, now, false, &first);
	char text[320];

	n += count_stale(drift, now, zones, true, &first);
	if (!*active || (n == 0 && defined))
		return;
	if (defined)
		(void)snprintf(text, sizeof text,
			"zoneset '%s' is defined otherwise than it is in force (%zu zones of others, e.g. '%s'): the next activation changes that",
			active, n, first);
	else
		(void)snprintf(text, sizeof text,
			"zoneset '%s' is in force but not defined: nothing can be activated before it is",
			active);
	find(drift, "effective-stale", "zoneset", active, "", text);
}

static json_t *set_of_ours(const json_t *desired)
{
	json_t *ours = zone_set_of(json_object_get(json_object_get(desired, "made"), "zones")),
	       *zone;
	const char *name;

	zone_each (json_object_get(desired, "zones"), name, zone)
		(void)json_object_set_new(ours, name, json_true());
	return ours;
}

int zone_drift(const json_t *desired, const json_t *snapshot, const json_t *before,
	const json_t *wwpns, json_t **ret_findings, struct np_err *err)
{
	struct drift drift = { .vendor = np_json_text(snapshot, "vendor"),
		.desired = desired,
		.db = json_object_get(snapshot, "defined"),
		.effective = json_object_get(snapshot, "effective"),
		.before_db = json_object_get(before, "defined"),
		.wwpns = wwpns };
	np_auto(np_json_decref) json_t *ours = set_of_ours(desired);
	const char *name;
	json_t *zone;

	drift.ours = ours;
	drift.findings = json_array();
	if (!drift.ours || !drift.findings)
		return np_fail_nomem(err);
	drift.wanted = json_object();
	zone_each (json_object_get(desired, "zones"), name, zone) {
		add_text(drift.wanted, zone, json_object_get(drift.db, "aliases"));
		look_at_ours(&drift, name, zone);
	}
	look_at_aliases(&drift);
	zone_each (json_object_get(drift.effective, "zones"), name, zone) {
		if (!zone_set_has(drift.ours, name))
			look_at_foreign(&drift, name, zone);
	}
	look_at_zoneset(&drift);
	if (strcmp(np_json_text(snapshot, "default_zone"), "all-access") == 0)
		find(&drift, "default-zone-open", "fabric", "default-zone", "",
			"ports without a zone see each other: set the default zone to no access");
	json_decref(drift.foreign);
	json_decref(drift.wanted);
	*ret_findings = drift.findings;
	return 0;
}
