/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Show commands as people see them on a terminal. */
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/nxos.h"

#define MEMBER_MAX 160

/* A fabric's logins, to tell who of a zone is there. */
static const json_t *find_login(const json_t *logins, const char *wwpn)
{
	json_t *login;
	size_t i;

	json_array_foreach (logins, i, login) {
		if (strcmp(np_json_text(login, "wwpn"), wwpn) == 0)
			return login;
	}
	return NULL;
}

static void say_member(struct nxos_shell *shell, const char *member, const char *type,
	const json_t *logins, const char *indent)
{
	const json_t *login = find_login(logins, member);
	const char *alias = nxos_alias_of(shell, member);
	char text[MEMBER_MAX];

	nxos_member_text(member, text, sizeof(text));
	if (login)
		nxos_say(shell, "%.*s* fcid %s [%s]%s%s%s%s%s", (int)strlen(indent) - 2, indent,
			np_json_text(login, "port_id"), text, alias ? " [" : "", alias ? alias : "",
			alias ? "]" : "", type[0] ? "  " : "", type);
	else
		nxos_say(shell, "%s%s%s%s%s%s%s", indent, text, alias ? " [" : "",
			alias ? alias : "", alias ? "]" : "", type[0] ? "  " : "", type);
}

static void say_zone(struct nxos_shell *shell, const char *name, const json_t *zone,
	const json_t *logins, bool inside)
{
	np_auto(np_json_decref) json_t *members = nxos_members_of(zone);
	const char *member;
	json_t *type;

	nxos_say(shell, "%szone name %s vsan %u", inside ? "  " : "", name, shell->nxos->vsan);
	json_object_foreach (members, member, type)
		say_member(shell, member, json_string_value(type), logins, inside ? "    " : "  ");
}

static json_t *logins_for(const struct nxos_shell *shell, const struct nxos_view *view)
{
	const struct sim_switch *sw = shell->nxos->sw;

	return view->active ? sim_logins(sw->sim, sw->fabric) : NULL;
}

void nxos_text_zones(struct nxos_shell *shell, char **args)
{
	np_auto(np_json_decref) json_t *zones = NULL, *logins = NULL;
	struct nxos_view view;
	const char *name;
	json_t *zone;
	bool first = true;

	if (!nxos_view_parse(shell, args, &view))
		return;
	zones = nxos_view_zones(shell, &view);
	logins = logins_for(shell, &view);
	json_object_foreach (zones, name, zone) {
		if (!first)
			nxos_say(shell, "%s", "");
		say_zone(shell, name, zone, logins, false);
		first = false;
	}
}

void nxos_text_zonesets(struct nxos_shell *shell, char **args)
{
	np_auto(np_json_decref) json_t *sets = NULL, *logins = NULL;
	json_t *names, *text;
	struct nxos_view view;
	const char *name;
	size_t i;

	if (!nxos_view_parse(shell, args, &view))
		return;
	sets = nxos_view_zonesets(shell, &view);
	logins = logins_for(shell, &view);
	json_object_foreach (sets, name, names) {
		nxos_say(shell, "zoneset name %s vsan %u", name, shell->nxos->vsan);
		json_array_foreach (names, i, text) {
			const char *zone = json_string_value(text);
			if (i > 0 && !view.brief)
				nxos_say(shell, "%s", "");
			if (view.brief)
				nxos_say(shell, "  zone %s", zone);
			else
				say_zone(shell, zone,
					json_object_get(nxos_view_all(shell, &view), zone), logins,
					true);
		}
	}
}

static void say_policies(struct nxos_shell *shell)
{
	const struct sim_zonedb *db = shell->db;
	bool enhanced = nxos_own_is(db, "enhanced");
	char owner[128];

	nxos_owner_text(db, owner, sizeof(owner));
	nxos_say(shell, "VSAN: %u default-zone: %s distribute: %s Interop: default",
		shell->nxos->vsan, db->default_open ? "permit" : "deny",
		enhanced ? "full" : "active only");
	nxos_say(shell, "    mode: %s merge-control: allow", enhanced ? "enhanced" : "basic");
	nxos_say(shell, "    session:  %s", owner);
	nxos_say(shell, "    hard-zoning: enabled broadcast: unsupported");
	nxos_say(shell, "    smart-zoning: %s", nxos_own_is(db, "smart") ? "enabled" : "disabled");
	nxos_say(shell, "    rscn-format: fabric-address");
	nxos_say(shell, "    activation overwrite control: disabled");
	nxos_say(shell, "Default zone:");
	nxos_say(shell, "    qos: none broadcast: unsupported ronly: unsupported");
}

static void say_usage(struct nxos_shell *shell, const char *what, long long used, long long max)
{
	nxos_say(shell, "%s: %lld / %lld bytes (%lld %% used)", what, used, max,
		max ? used * 100 / max : 100);
}

static void say_sizes(struct nxos_shell *shell)
{
	const struct sim_zonedb *db = shell->db;
	const char *active = np_json_text(db->effective, "zoneset");
	bool enhanced = nxos_own_is(db, "enhanced");
	long long used, copy = db->pending ? (long long)sim_zonedb_bytes(db->pending) : 0;
	struct nxos_sizes sizes;

	nxos_sizes(db, &sizes);
	used = (long long)sizes.used;
	nxos_say(shell, "Full Zoning Database :");
	nxos_say(shell, "    DB size: %lld bytes", (long long)sizes.full);
	nxos_say(shell, "    Zonesets:  %zu Zones: %zu Aliases: %zu%s", sizes.zonesets, sizes.zones,
		json_object_size(json_object_get(db->defined, "fcaliases")),
		enhanced ? " Attribute-groups: 1" : "");
	nxos_say(shell, "Active Zoning Database :");
	if (active[0]) {
		nxos_say(shell, "    DB Size: %lld bytes", (long long)sizes.active);
		nxos_say(shell, "    Name: %s Zonesets: 1 Zones: %zu", active, sizes.active_zones);
	} else {
		nxos_say(shell, "    Database Not Available");
	}
	say_usage(shell, "Current Total Zone DB Usage", used, (long long)sizes.max);
	nxos_say(shell, "Pending (Session) DB size:");
	if (enhanced) {
		nxos_say(shell, "    Full DB Copy size: %lld bytes", copy);
		nxos_say(shell, "    Active DB Copy size: 0 bytes");
	} else {
		nxos_say(shell, "    Full DB Copy size: n/a");
		nxos_say(shell, "    Active DB Copy size: n/a");
	}
	say_usage(shell, "SFC size", enhanced ? copy : used, (long long)sizes.max);
}

void nxos_text_status(struct nxos_shell *shell, char **args)
{
	const char *status = np_json_text(shell->db->own, "status");
	const char *when = strstr(status, "]: at ");
	struct nxos_view view;

	if (!nxos_view_parse(shell, args, &view))
		return;
	say_policies(shell);
	say_sizes(shell);
	/* A long one goes on in the next line. */
	if (when)
		nxos_say(shell, "Status: %.*s\n        %s", (int)(when + 2 - status), status,
			when + 3);
	else
		nxos_say(shell, "Status: %s", status);
}

static void say_missing(struct nxos_shell *shell, char sign, const json_t *one, const json_t *other)
{
	const char *name;
	json_t *zone;

	json_object_foreach ((json_t *)(uintptr_t)one, name, zone) {
		np_auto(np_json_decref) json_t *members = nxos_members_of(zone);
		np_auto(np_json_decref) json_t *others =
			nxos_members_of(json_object_get(other, name));
		const char *member;
		char text[MEMBER_MAX];
		json_t *type;

		if (json_equal(members, others) && json_object_get(other, name))
			continue;
		nxos_say(shell, "%czone name %s vsan %u", json_object_get(other, name) ? ' ' : sign,
			name, shell->nxos->vsan);
		json_object_foreach (members, member, type) {
			if (json_equal(type, json_object_get(others, member)))
				continue;
			nxos_member_text(member, text, sizeof(text));
			nxos_say(shell, "%c  %s %s", sign, text, json_string_value(type));
		}
	}
}

void nxos_text_difference(struct nxos_shell *shell, char **args)
{
	const json_t *defined = json_object_get(shell->db->defined, "zones");
	const json_t *pending = json_object_get(shell->db->pending, "zones");
	struct nxos_view view;

	if (!nxos_view_parse(shell, args, &view))
		return;
	if (!pending) {
		nxos_miss(shell, "No pending info found");
		return;
	}
	say_missing(shell, '+', pending, defined);
	say_missing(shell, '-', defined, pending);
}

static void say_aliases(struct nxos_shell *shell, const json_t *aliases)
{
	char colon[NP_WWN_COLON];
	const char *name;
	json_t *list;
	uint64_t wwn;

	json_object_foreach ((json_t *)(uintptr_t)aliases, name, list) {
		if (np_wwn_parse(json_string_value(json_array_get(list, 0)), &wwn, NULL) == 0)
			nxos_say(shell, "device-alias name %s pwwn %s", name,
				np_wwn_colon(wwn, colon));
	}
	nxos_say(shell, "\nTotal number of entries = %zu", json_object_size(aliases));
}

void nxos_text_aliases(struct nxos_shell *shell, char **args)
{
	(void)args;
	say_aliases(shell, nxos_view_aliases(shell->db, false));
}

void nxos_text_aliases_pending(struct nxos_shell *shell, char **args)
{
	(void)args;
	if (json_object_get(shell->db->own, "alias_session"))
		say_aliases(shell, nxos_view_aliases(shell->db, true));
	else
		nxos_miss(shell, "There are no pending changes");
}

void nxos_text_alias_status(struct nxos_shell *shell, char **args)
{
	const struct sim_zonedb *db = shell->db;
	const json_t *session = json_object_get(db->own, "alias_session");
	char checksum[33];

	(void)args;
	sim_zonedb_checksum(db, checksum);
	nxos_say(shell, "Fabric Distribution : %s",
		nxos_own_is(db, "distribute") ? "Enabled" : "Disabled");
	nxos_say(shell, "Database:- Device Aliases %zu  Mode: %s",
		json_object_size(json_object_get(db->defined, "aliases")),
		nxos_own_is(db, "alias_enhanced") ? "Enhanced" : "Basic");
	nxos_say(shell, "           Checksum: 0x%s", checksum);
	if (!session)
		return;
	nxos_say(shell, "Locked By:- User \"CLI/SNMPv3:%s\" SWWN 20:00:00:0d:ec:00:00:01",
		np_json_text(session, "user"));
	nxos_say(shell, "Pending Database:- Device Aliases %zu  Mode: %s",
		json_object_size(json_object_get(session, "aliases")),
		np_json_bool(session, "enhanced") ? "Enhanced" : "Basic");
}

void nxos_text_vsan(struct nxos_shell *shell, char **args)
{
	struct nxos_view view;

	if (!nxos_view_parse(shell, args, &view))
		return;
	nxos_say(shell, "vsan %u information", shell->nxos->vsan);
	nxos_say(shell, "         name:VSAN%04u  state:active", shell->nxos->vsan);
	nxos_say(shell, "         interoperability mode:default");
	nxos_say(shell, "         loadbalancing:src-id/dst-id/oxid");
	nxos_say(shell, "         operational state:up");
}
