/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structured answers of show commands: tables of rows, a single row being no list. */
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/nxos.h"

#define OUR_DOMAIN 0x01
#define MODEL "MDS 9148T 48X32G FC (2 RU) Chassis"

static const json_t *single(const struct nxos_shell *shell, const json_t *rows)
{
	bool one = shell->nxos->sw->single_as_object && json_array_size(rows) == 1;

	return one ? json_array_get(rows, 0) : rows;
}

/* "TABLE_name": {"ROW_name": rows}; an empty one is left out. Takes @rows over. */
static void put_table(const struct nxos_shell *shell, json_t *to, const char *name, json_t *rows)
{
	char table[64], row[64];

	(void)snprintf(table, sizeof(table), "TABLE_%s", name);
	(void)snprintf(row, sizeof(row), "ROW_%s", name);
	if (json_array_size(rows))
		(void)json_object_set_new(to, table, json_pack("{s:O}", row, single(shell, rows)));
	json_decref(rows);
}

static void put_wwn(json_t *row, const char *key, const char *wwpn)
{
	char colon[NP_WWN_COLON];
	uint64_t wwn;

	if (np_wwn_parse(wwpn, &wwn, NULL) == 0)
		np_json_set_text(row, key, np_wwn_colon(wwn, colon));
}

/* {WWPN: LOGIN} of the fabric. */
static json_t *logins_by_name(const struct nxos_shell *shell)
{
	const struct sim_switch *sw = shell->nxos->sw;
	np_auto(np_json_decref) json_t *logins = sim_logins(sw->sim, sw->fabric);
	json_t *named = json_object(), *login;
	size_t i;

	json_array_foreach (logins, i, login)
		(void)json_object_set(named, np_json_text(login, "wwpn"), login);
	return named;
}

static json_t *member_rows(struct nxos_shell *shell, const json_t *zone, const json_t *online)
{
	np_auto(np_json_decref) json_t *members = nxos_members_of(zone);
	json_t *rows = json_array(), *type;
	const char *member;

	json_object_foreach (members, member, type) {
		json_t *row = nxos_member_row(shell, member);
		np_json_set_text(row, "online_fcid",
			np_json_text(json_object_get(online, member), "port_id"));
		if (shell->nxos->release->types_in_json && json_string_length(type))
			(void)json_object_set(row, "dev_type", type);
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *zone_row(
	struct nxos_shell *shell, const char *name, const json_t *zone, const json_t *online)
{
	json_t *row = json_pack("{s:s, s:i}", "name", name, "vsan", (int)shell->nxos->vsan);

	put_table(shell, row, "zone_member", member_rows(shell, zone, online));
	return row;
}

static void show_zones(struct nxos_shell *shell, char **args)
{
	np_auto(np_json_decref) json_t *zones = NULL, *online = NULL;
	struct nxos_view view;
	const char *name;
	json_t *zone;

	if (!nxos_view_parse(shell, args, &view))
		return;
	zones = nxos_view_zones(shell, &view);
	if (!zones)
		return;
	online = view.active ? logins_by_name(shell) : json_object();
	/* One zone that was asked for by name is in no table. */
	if (view.name) {
		shell->body = zone_row(shell, view.name, json_object_get(zones, view.name), online);
		return;
	}
	json_t *rows = json_array();
	json_object_foreach (zones, name, zone)
		(void)json_array_append_new(rows, zone_row(shell, name, zone, online));
	shell->body = json_object();
	put_table(shell, shell->body, "zone", rows);
}

static json_t *zones_of_set(
	struct nxos_shell *shell, const struct nxos_view *view, const json_t *names, bool members)
{
	np_auto(np_json_decref) json_t *online =
		view->active && members ? logins_by_name(shell) : json_object();
	json_t *rows = json_array(), *text;
	size_t i;

	json_array_foreach (names, i, text) {
		const char *name = json_string_value(text);
		const json_t *zone = json_object_get(nxos_view_all(shell, view), name);
		json_t *row = members ? zone_row(shell, name, zone, online)
				      : json_pack("{s:s}", "name", name);
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *zoneset_row(struct nxos_shell *shell, const struct nxos_view *view, const char *name,
	const json_t *names)
{
	const struct nxos_release *release = shell->nxos->release;
	bool whole = view->active ? release->active_has_members : release->zonesets_have_zones;
	bool active = strcmp(np_json_text(shell->db->effective, "zoneset"), name) == 0;
	json_t *row = json_pack("{s:s, s:i}", "name", name, "vsan", (int)shell->nxos->vsan);

	if (!whole && !view->active)
		np_json_set_text(row, "isactive", active ? "yes" : "no");
	put_table(shell, row, whole || view->active ? "zone" : "zoneset_member",
		zones_of_set(shell, view, names, whole && !view->brief));
	return row;
}

static void show_zonesets(struct nxos_shell *shell, char **args)
{
	np_auto(np_json_decref) json_t *sets = NULL;
	json_t *rows = NULL, *names;
	struct nxos_view view;
	const char *name;

	if (!nxos_view_parse(shell, args, &view))
		return;
	sets = nxos_view_zonesets(shell, &view);
	if (!sets)
		return;
	rows = json_array();
	json_object_foreach (sets, name, names)
		(void)json_array_append_new(rows, zoneset_row(shell, &view, name, names));
	shell->body = json_object();
	put_table(shell, shell->body, "zoneset", rows);
}

static json_t *status_row(const struct nxos_shell *shell)
{
	const struct sim_zonedb *db = shell->db;
	bool enhanced = nxos_own_is(db, "enhanced");
	struct nxos_sizes sizes;
	char owner[128];

	nxos_owner_text(db, owner, sizeof(owner));
	nxos_sizes(db, &sizes);
	int64_t percent = sizes.max ? sizes.used * 100 / sizes.max : 100;
	json_t *row = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "vsan",
		(int)shell->nxos->vsan, "default_zone", db->default_open ? "permit" : "deny",
		"distribute", enhanced ? "full" : "active only", "interop", "default", "mode",
		enhanced ? "enhanced" : "basic", "merge_control", "allow", "session", owner,
		"hard_zoning", "enabled", "broadcast", "unsupported", "smart_zoning",
		nxos_own_is(db, "smart") ? "enabled" : "disabled", "rscn_format", "fabric-address");
	json_t *numbers = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "fulldb_dbsize",
		(json_int_t)sizes.full, "fulldb_zoneset_count", (json_int_t)sizes.zonesets,
		"fulldb_zone_count", (json_int_t)sizes.zones, "effectivedb_dbsize",
		(json_int_t)sizes.used, "maxdb_dbsize", (json_int_t)sizes.max,
		"percent_effectivedbsize", (json_int_t)percent);
	(void)json_object_update(row, numbers);
	json_decref(numbers);
	if (np_json_text(db->effective, "zoneset")[0]) {
		np_json_set_text(
			row, "activedb_zoneset_name", np_json_text(db->effective, "zoneset"));
		(void)json_object_set_new(
			row, "activedb_dbsize", json_integer((json_int_t)sizes.active));
		(void)json_object_set_new(row, "activedb_zoneset_count", json_integer(1));
		(void)json_object_set_new(
			row, "activedb_zone_count", json_integer((json_int_t)sizes.active_zones));
	}
	np_json_set_text(row, "status", np_json_text(db->own, "status"));
	return row;
}

static void show_status(struct nxos_shell *shell, char **args)
{
	struct nxos_view view;

	if (!nxos_view_parse(shell, args, &view))
		return;
	shell->body = json_object();
	put_table(shell, shell->body, "zone_status", json_pack("[o]", status_row(shell)));
}

static void unstructured(struct nxos_shell *shell, char **args)
{
	(void)args;
	shell->outcome = NXOS_UNSTRUCTURED;
}

static void show_aliases(struct nxos_shell *shell, bool pending)
{
	const json_t *aliases = nxos_view_aliases(shell->db, pending);
	json_t *rows = json_array(), *list;
	const char *name;

	shell->body = json_object();
	json_object_foreach ((json_t *)(uintptr_t)aliases, name, list) {
		json_t *row = json_pack("{s:s}", "dev_alias_name", name);
		put_wwn(row, "pwwn", json_string_value(json_array_get(list, 0)));
		(void)json_array_append_new(rows, row);
	}
	if (json_array_size(rows))
		(void)json_object_set_new(shell->body, "number_of_entries",
			json_integer((json_int_t)json_array_size(rows)));
	put_table(shell, shell->body, "device_alias_database", rows);
}

static void show_alias_database(struct nxos_shell *shell, char **args)
{
	(void)args;
	show_aliases(shell, false);
}

static void show_alias_pending(struct nxos_shell *shell, char **args)
{
	(void)args;
	if (json_object_get(shell->db->own, "alias_session"))
		show_aliases(shell, true);
	else
		nxos_miss(shell, "There are no pending changes");
}

static void show_alias_status(struct nxos_shell *shell, char **args)
{
	const struct sim_zonedb *db = shell->db;
	const json_t *session = json_object_get(db->own, "alias_session");
	const json_t *aliases = json_object_get(db->defined, "aliases");
	bool distribute = nxos_own_is(db, "distribute");
	char checksum[33];

	(void)args;
	sim_zonedb_checksum(db, checksum);
	shell->body = json_pack("{s:s, s:o, s:s, s:o}", "fabric_distribution",
		distribute ? "Enabled" : "Disabled", "database_device_aliases",
		json_sprintf("%zu", json_object_size(aliases)), "database_mode",
		nxos_own_is(db, "alias_enhanced") ? "Enhanced" : "Basic", "database_checksum",
		json_sprintf("0x%s", checksum));
	if (!session)
		return;
	(void)json_object_set_new(shell->body, "Locked_by_user",
		json_sprintf("CLI/SNMPv3:%s", np_json_text(session, "user")));
	np_json_set_text(shell->body, "Locked_by_SWWN", "20:00:00:0d:ec:00:00:01");
	(void)json_object_set_new(shell->body, "pending_database_device_aliases",
		json_sprintf("%zu", json_object_size(json_object_get(session, "aliases"))));
	np_json_set_text(shell->body, "pending_database_mode",
		np_json_bool(session, "enhanced") ? "Enhanced" : "Basic");
}

/* "fc1/N" of a login: ports of this switch by the HBA that is plugged in. */
static void put_interface(const struct nxos_shell *shell, const json_t *login, json_t *row)
{
	const struct sim *sim = shell->nxos->sw->sim;
	uint64_t physical = np_json_wwn(login, "physical_wwpn");

	physical = physical ? physical : np_json_wwn(login, "wwpn");
	for (unsigned i = 0; i < sim->n_hbas; i++) {
		if (sim->hbas[i]->wwpn == physical)
			(void)json_object_set_new(row, "interface", json_sprintf("fc1/%u", i + 1));
	}
	if (!json_object_get(row, "interface"))
		(void)json_object_set_new(
			row, "interface", json_sprintf("fc1/%u", 33 + (unsigned)(physical & 15)));
}

static json_t *name_row(const struct nxos_shell *shell, const json_t *login, bool detail)
{
	const char *role = np_json_text(login, "role");
	json_t *row = json_object(), *port = json_object();

	np_json_set_text(row, "fcid", np_json_text(login, "port_id"));
	np_json_set_text(row, "type", "N");
	put_wwn(row, "pwwn", np_json_text(login, "wwpn"));
	(void)json_object_set_new(row, "fc4_types_fc4_features",
		json_sprintf("scsi-fcp:%s", strcmp(role, "initiator") == 0 ? "init" : role));
	if (detail) {
		put_interface(shell, login, port);
		put_wwn(row, "node_wwn", np_json_text(login, "wwnn"));
		put_wwn(row, "permanent_port_wwn",
			np_json_text(login, json_object_get(login, "physical_wwpn")
						    ? "physical_wwpn"
						    : "wwpn"));
		np_json_set_text(row, "symbolic_port_name", np_json_text(login, "symbolic_name"));
		np_json_set_text(row, "connected_interface", np_json_text(port, "interface"));
		np_json_set_text(row, "switch_name", shell->nxos->sw->fabric->name);
	}
	json_decref(port);
	return row;
}

static void show_names(struct nxos_shell *shell, char **args)
{
	const struct sim_switch *sw = shell->nxos->sw;
	np_auto(np_json_decref) json_t *logins = sim_logins(sw->sim, sw->fabric);
	json_t *rows, *login, *vsan;
	struct nxos_view view;
	size_t i;

	if (!nxos_view_parse(shell, args, &view))
		return;
	shell->body = json_object();
	if (!json_array_size(logins))
		return;
	rows = json_array();
	json_array_foreach (logins, i, login)
		(void)json_array_append_new(rows, name_row(shell, login, view.detail));
	vsan = json_pack("{s:i}", "vsan_id", (int)shell->nxos->vsan);
	put_table(shell, vsan, "fcns_database", rows);
	put_table(shell, shell->body, "fcns_vsan", json_pack("[o]", vsan));
}

static void show_ports(struct nxos_shell *shell, char **args)
{
	const struct sim_switch *sw = shell->nxos->sw;
	np_auto(np_json_decref) json_t *logins = sim_logins(sw->sim, sw->fabric);
	json_t *rows, *login;
	struct nxos_view view;
	size_t i;

	if (!nxos_view_parse(shell, args, &view))
		return;
	rows = json_array();
	json_array_foreach (logins, i, login) {
		json_t *row = json_object();
		unsigned long id = strtoul(np_json_text(login, "port_id"), NULL, 16);
		if (id >> 16 != OUR_DOMAIN + sw->fabric->index) {
			json_decref(row); /* at another switch */
			continue;
		}
		put_interface(shell, login, row);
		(void)json_object_set_new(row, "vsan", json_integer(shell->nxos->vsan));
		np_json_set_text(row, "fcid", np_json_text(login, "port_id"));
		put_wwn(row, "port_name", np_json_text(login, "wwpn"));
		put_wwn(row, "node_name", np_json_text(login, "wwnn"));
		(void)json_array_append_new(rows, row);
	}
	shell->body = json_object();
	put_table(shell, shell->body, "flogi_entry", rows);
}

static void show_version(struct nxos_shell *shell, char **args)
{
	const struct sim_switch *sw = shell->nxos->sw;

	(void)args;
	shell->body = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "header_str",
		"Cisco Nexus Operating System (NX-OS) Software\n", "kickstart_ver_str", sw->release,
		"sys_ver_str", sw->release, "chassis_id", MODEL, "host_name",
		json_sprintf("mds-%s", sw->fabric->name), "proc_board_id", "SIM00000001");
}

static void show_vsan(struct nxos_shell *shell, char **args)
{
	struct nxos_view view;

	if (!nxos_view_parse(shell, args, &view))
		return;
	shell->body = json_object();
	put_table(shell, shell->body, "vsan",
		json_pack("[{s:i, s:o, s:s}]", "vsan_id", (int)shell->nxos->vsan, "vsan_name",
			json_sprintf("VSAN%04u", shell->nxos->vsan), "vsan_state", "active"));
}

const struct nxos_command nxos_show_commands[] = {
	{ NXOS_ANY, "show zone status ...", NXOS_SHOWS, show_status, nxos_text_status },
	{ NXOS_ANY, "show zone pending-diff ...", NXOS_SHOWS, unstructured, nxos_text_difference },
	{ NXOS_ANY, "show zone ...", NXOS_SHOWS, show_zones, nxos_text_zones },
	{ NXOS_ANY, "show zoneset ...", NXOS_SHOWS, show_zonesets, nxos_text_zonesets },
	{ NXOS_ANY, "show device-alias database", NXOS_SHOWS, show_alias_database,
		nxos_text_aliases },
	{ NXOS_ANY, "show device-alias database pending", NXOS_SHOWS, show_alias_pending,
		nxos_text_aliases_pending },
	{ NXOS_ANY, "show device-alias status", NXOS_SHOWS, show_alias_status,
		nxos_text_alias_status },
	{ NXOS_ANY, "show fcns database ...", NXOS_SHOWS, show_names, NULL },
	{ NXOS_ANY, "show flogi database ...", NXOS_SHOWS, show_ports, NULL },
	{ NXOS_ANY, "show version", NXOS_SHOWS, show_version, NULL },
	{ NXOS_ANY, "show vsan ...", NXOS_SHOWS, show_vsan, nxos_text_vsan },
	{ 0 },
};
