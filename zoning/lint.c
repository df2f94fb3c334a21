/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/lint.h"

#include <stdarg.h>
#include <string.h>

#include "zoning/judge.h"

#define TEXT_MAX 400

/* clang-format off */
static const struct lint_rule rules[] = {
	{ "default-zone-open",  "error",   "ports that are in no zone may talk to each other", .fabric = lint_default_zone_open },
	{ "guest-one-fabric",   "error",   "a guest is zoned in one fabric and not in the other", .fabric = lint_guest_one_fabric },
	{ "missing-zone",       "error",   "a zoneset names a zone that is not defined", .fabric = lint_missing_zone },
	{ "unknown-alias",      "error",   "a zone names an alias that is not defined", .zone = lint_unknown_alias },
	{ "bad-wwn",            "error",   "a member's WWN can be no port's", .fabric = lint_bad_wwn },
	{ "multi-initiator",    "warning", "a zone has several initiators, which see each other", .zone = lint_multi_initiator },
	{ "base-zoned",         "warning", "a zone has the HBA's own port where a vport is meant", .zone = lint_base_zoned },
	{ "tape-with-disk",     "warning", "a zone has a tape and a disk", .zone = lint_tape_with_disk },
	{ "port-member",        "warning", "a zone has a switch port as a member, whoever logs in there", .zone = lint_port_member },
	{ "mixed-kinds",        "warning", "a zone has switch ports and WWNs", .zone = lint_mixed_kinds },
	{ "duplicate-member",   "warning", "a zone has the same port twice, by way of an alias", .zone = lint_duplicate_member },
	{ "empty-zone",         "warning", "a zone has no members", .zone = lint_empty_zone },
	{ "empty-alias",        "warning", "an alias stands for nothing", .fabric = lint_empty_alias },
	{ "effective-differs",  "warning", "what is in force is not what is defined", .fabric = lint_effective_differs },
	{ "same-members",       "warning", "two zones have the same members", .fabric = lint_same_members },
	{ "case-names",         "warning", "two names differ in case alone", .fabric = lint_case_names },
	{ "unzoned-initiator",  "warning", "an initiator is logged in and in no zone", .fabric = lint_unzoned_initiator },
	{ "bad-name",           "warning", "a name is none that the vendor takes everywhere", .fabric = lint_bad_name },
	{ "database-full",      "warning", "the zone database is nearly full", .fabric = lint_database_full },
	{ "mixed-alias",        "info",    "a zone has aliases and bare WWNs", .zone = lint_mixed_alias },
	{ "single-member",      "info",    "a zone lets nobody talk to anybody", .zone = lint_single_member },
	{ "nobody-logged-in",   "info",    "none of a zone's ports is logged in", .zone = lint_nobody_logged_in },
	{ "unused-alias",       "info",    "an alias is in no zone", .fabric = lint_unused_alias },
	{ "unused-zone",        "info",    "a zone is in no zoneset", .fabric = lint_unused_zone },
	{ "similar-names",      "info",    "two names are so alike that one may be a slip", .fabric = lint_similar_names },
	{ 0 },
};
/* clang-format on */

json_t *zone_lint_rules(void)
{
	json_t *all = json_array();

	for (const struct lint_rule *row = rules; row->name; row++)
		(void)json_array_append_new(
			all, json_pack("{s:s, s:s, s:s}", "name", row->name, "severity",
				     row->severity, "help", row->help));
	return all;
}

static void say(struct lint *lint, const struct lint_about *about, const char *text)
{
	json_t *finding;

	if (++lint->count > LINT_FINDINGS_MAX)
		return;
	finding = json_pack("{s:s, s:s, s:s, s:s, s:s}", "rule", lint->rule->name, "severity",
		lint->rule->severity, "object", about->object, "name", about->name, "text", text);
	if (about->guest)
		np_json_set_text(finding, "guest", about->guest);
	if (json_array_append_new(lint->findings, finding) < 0)
		lint->failed = true;
}

void lint_say(struct lint *lint, const struct lint_about *about, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	say(lint, about, text);
}

static const char *guest_among(const struct lint *lint, const json_t *members)
{
	const json_t *guests = json_object_get(lint->context, "guests"), *member;
	size_t i;

	json_array_foreach (members, i, member) {
		const char *guest = np_json_text(guests, zone_text_of(member));

		if (*guest)
			return guest;
	}
	return "";
}

void lint_say_zone(struct lint *lint, const struct lint_zone *zone, const char *fmt, ...)
{
	struct lint_about about = { .object = "zone", .name = zone->name };
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	about.guest = guest_among(lint, json_object_get(zone->resolved, "members"));
	if (!*about.guest)
		about.guest = guest_among(lint, json_object_get(zone->resolved, "principals"));
	say(lint, &about, text);
}

const char *lint_member(const char *member, char text[static ZONE_MEMBER_MAX])
{
	uint64_t wwn;

	if (zone_member_kind(member) == ZONE_MEMBER_WWN && np_wwn_parse(member, &wwn, NULL) == 0)
		return np_wwn_colon(wwn, text);
	(void)snprintf(text, ZONE_MEMBER_MAX, "%s", member);
	return text;
}

const char *lint_role(const struct lint *lint, const char *wwpn)
{
	const char *role = np_json_text(json_object_get(lint->logins, wwpn), "role");

	if (*role)
		return role;
	if (zone_set_has(lint->tapes, wwpn))
		return "target";
	return json_object_get(json_object_get(lint->context, "guests"), wwpn) ? "initiator" : "";
}

/* Zones without their aliases; a new object. */
static json_t *resolve_all(const json_t *zones, const json_t *aliases)
{
	json_t *all = json_object(), *zone;
	const char *name;

	zone_each (zones, name, zone) {
		if (json_object_set_new(all, name, zone_resolve(zone, aliases)) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static int add_all(json_t *set, const json_t *list)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (zone_set_add(set, zone_text_of(member), NULL) < 0)
			return -NP_NOMEM;
	}
	return 0;
}

json_t *lint_zoned(const json_t *snapshot)
{
	const json_t *defined = json_object_get(snapshot, "defined");
	const json_t *zones = json_object_get(json_object_get(snapshot, "effective"), "zones");
	np_auto(np_json_decref) json_t *members = json_object();
	const char *name;
	json_t *zone;

	if (json_object_size(zones) == 0)
		zones = json_object_get(defined, "zones");
	np_auto(np_json_decref) json_t *all =
		resolve_all(zones, json_object_get(defined, "aliases"));
	if (!all || !members)
		return NULL;
	json_object_foreach (all, name, zone) {
		if (add_all(members, json_object_get(zone, "members")) < 0 ||
			add_all(members, json_object_get(zone, "principals")) < 0)
			return NULL;
	}
	return np_take(members);
}

/* One login: who it is, and whose port it came through. */
static int index_login(struct lint *lint, json_t *login)
{
	const char *wwpn = np_json_text(login, "wwpn");
	const char *wwnn = np_json_text(login, "wwnn");
	const char *physical = np_json_text(login, "physical_wwpn");
	int rc = json_object_set(lint->logins, wwpn, login);

	if (rc == 0)
		rc = zone_set_add(lint->ports, wwpn, NULL);
	if (rc == 0 && *wwnn)
		rc = zone_set_add(lint->ports, wwnn, NULL);
	if (rc == 0 && *physical && strcmp(physical, wwpn) != 0)
		rc = zone_set_add(lint->bases, physical, NULL);
	return rc;
}

static int index_logins(struct lint *lint)
{
	json_t *login;
	size_t i;

	lint->logins = json_object();
	lint->ports = json_object();
	lint->bases = zone_set_of(json_object_get(lint->context, "base_wwpns"));
	lint->tapes = zone_set_of(json_object_get(lint->context, "tapes"));
	if (!lint->logins || !lint->ports || !lint->bases || !lint->tapes)
		return -NP_NOMEM;
	json_array_foreach (json_object_get(lint->snapshot, "logins"), i, login) {
		if (index_login(lint, login) < 0)
			return -NP_NOMEM;
	}
	return 0;
}

static int index_fabric(struct lint *lint)
{
	const json_t *defined = json_object_get(lint->snapshot, "defined");

	lint->rules = zone_rules_of(np_json_text(lint->snapshot, "vendor"));
	lint->aliases = json_object_get(defined, "aliases");
	lint->zones = json_object_get(defined, "zones");
	lint->zonesets = json_object_get(defined, "zonesets");
	lint->enforced = json_object_get(json_object_get(lint->snapshot, "effective"), "zones");
	lint->resolved = resolve_all(lint->zones, lint->aliases);
	return lint->resolved ? index_logins(lint) : -NP_NOMEM;
}

static void lint_done(struct lint *lint)
{
	json_decref(lint->resolved);
	json_decref(lint->logins);
	json_decref(lint->ports);
	json_decref(lint->bases);
	json_decref(lint->tapes);
}

static void look_at_zones(struct lint *lint)
{
	const char *name;
	json_t *zone;

	zone_each (lint->zones, name, zone) {
		struct lint_zone one = { name, zone, json_object_get(lint->resolved, name) };

		lint->rule->zone(lint, &one);
	}
}

static int compare_findings(const void *one, const void *other)
{
	const json_t *first = *(json_t *const *)one, *second = *(json_t *const *)other;
	int order = strcmp(np_json_text(first, "name"), np_json_text(second, "name"));

	return order ? order : strcmp(np_json_text(first, "text"), np_json_text(second, "text"));
}

/* A rule's findings, by name, behind those of the rules before it. */
static int collect(struct lint *lint, json_t *all)
{
	size_t count = json_array_size(lint->findings);
	np_auto(np_free) json_t **sorted = calloc(count + 1, sizeof *sorted);
	int rc = 0;

	if (!sorted)
		return -NP_NOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(lint->findings, i);
	qsort(sorted, count, sizeof *sorted, compare_findings);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = json_array_append(all, sorted[i]);
	return rc;
}

static int run_rule(struct lint *lint, const struct lint_rule *rule, json_t *all)
{
	np_auto(np_json_decref) json_t *findings = json_array();

	lint->rule = rule;
	lint->findings = findings;
	lint->count = 0;
	if (rule->zone)
		look_at_zones(lint);
	else
		rule->fabric(lint);
	int rc = collect(lint, all);
	lint->findings = all; /* what is left out is said last */
	if (rc == 0 && lint->count > LINT_FINDINGS_MAX) {
		size_t more = lint->count - LINT_FINDINGS_MAX;

		lint->count = 0;
		lint_say(lint, &(struct lint_about){ .object = "fabric", .name = "" },
			"and %zu more of this kind: mend those that are listed and look again",
			more);
	}
	lint->findings = NULL;
	return lint->failed ? -NP_NOMEM : rc;
}

int zone_lint(
	const json_t *snapshot, const json_t *context, json_t **ret_findings, struct np_err *err)
{
	np_auto(np_json_decref) json_t *all = json_array();
	np_auto(lint_done) struct lint lint = { .snapshot = snapshot, .context = context };
	int rc = all ? index_fabric(&lint) : -NP_NOMEM;

	for (const struct lint_rule *row = rules; row->name && rc == 0; row++)
		rc = run_rule(&lint, row, all);
	if (rc < 0)
		return np_fail_nomem(err);
	*ret_findings = np_take(all);
	return 0;
}
