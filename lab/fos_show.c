/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Fabric OS shows: GET. */
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/fos.h"

#define HEADER_BYTES 1244 /* what the zone database's message header takes of its space */
#define LOCK_MIN_S 300
#define LOCK_MAX_S 1830

#define set(json, key, value) (void)json_object_set_new(json, key, value)

json_t *fos_database(const struct fos_call *call)
{
	const struct sim_zonedb *db = &call->sw->fabric->zoning;
	const struct sim_zone_client client = fos_client(call);

	return sim_zonedb_owns(db, &client) ? db->pending : db->defined;
}

/* A member as the switch writes it. */
static json_t *member_text(const char *member)
{
	char text[NP_WWN_COLON];
	uint64_t wwn;

	if (member[0] == '@')
		return json_string(member + 1);
	if (strlen(member) == NP_WWN_TEXT - 1 && np_wwn_parse(member, &wwn, NULL) == 0)
		return json_string(np_wwn_colon(wwn, text));
	return json_string(member);
}

static json_t *member_list(const json_t *list)
{
	json_t *shown = json_array(), *member;
	size_t i;

	json_array_foreach (list, i, member)
		(void)json_array_append_new(shown, member_text(json_string_value(member)));
	return shown;
}

static void set_members(json_t *entry, const char *name, const json_t *list)
{
	if (json_array_size(list))
		set(entry, name, member_list(list));
}

static json_t *show_zone(const struct fos_call *call, const char *name, const json_t *zone)
{
	enum fos_zone_type type = fos_type_of(zone);
	json_t *shown = json_object(), *entry = json_object();

	set(shown, "zone-name", json_string(name));
	set(shown, "zone-type", json_integer(type));
	if (call->fos->release->type_string)
		set(shown, "zone-type-string", json_string(fos_type_text(type)));
	set_members(entry, "entry-name", json_object_get(zone, "members"));
	set_members(entry, "principal-entry-name", json_object_get(zone, "principals"));
	set(shown, "member-entry", entry);
	return shown;
}

static json_t *show_object(const struct fos_call *call, const struct fos_kind *kind,
	const char *name, const json_t *value)
{
	if (kind->principals)
		return show_zone(call, name, value);
	return json_pack(
		"{s:s, s:{s:o}}", kind->key, name, kind->entry, kind->members, member_list(value));
}

/* The objects of a kind, or the one of this name; NULL: there is none. */
static json_t *show_kind(const struct fos_call *call, const struct fos_kind *kind, const char *only)
{
	json_t *list = json_array(), *value;
	const char *name;

	json_object_foreach (json_object_get(fos_database(call), kind->table), name, value) {
		if (!only || strcmp(only, name) == 0)
			(void)json_array_append_new(list, show_object(call, kind, name, value));
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}

static int get_kind(struct fos_call *call, const struct fos_kind *kind, const char *rest)
{
	char prefix[FOS_NAME_MAX];
	const char *only = NULL;

	(void)snprintf(prefix, sizeof(prefix), "/%s/", kind->key);
	if (rest[0] && strncmp(rest, prefix, strlen(prefix)) != 0)
		return fos_refuse(call, &fos_bad_uri, NULL);
	if (rest[0])
		only = rest + strlen(prefix);
	json_t *list = show_kind(call, kind, only);
	if (!list)
		return fos_refuse(call, &fos_not_found, "No entries found");
	return fos_say(call, 200, json_pack("{s:o}", kind->list, list));
}

int fos_get_defined(struct fos_call *call)
{
	json_t *all = NULL;

	for (const struct fos_kind *kind = fos_kinds; kind->list && call->rest[0]; kind++) {
		size_t len = strlen(kind->list);
		const char *rest = call->rest + 1;
		if (strncmp(rest, kind->list, len) == 0 && (!rest[len] || rest[len] == '/'))
			return get_kind(call, kind, rest + len);
	}
	if (call->rest[0])
		return fos_refuse(call, &fos_bad_uri, NULL);
	all = json_object();
	for (const struct fos_kind *kind = fos_kinds; kind->list; kind++) {
		json_t *list = show_kind(call, kind, NULL);
		if (list)
			set(all, kind->list, list);
	}
	return fos_say(call, 200, json_pack("{s:o}", "defined-configuration", all));
}

static void set_space(json_t *shown, const struct sim_zonedb *db)
{
	int64_t committed = sim_zonedb_bytes(db->defined);
	int64_t left = db->max_bytes - HEADER_BYTES - committed;

	set(shown, "db-max", json_integer(db->max_bytes));
	set(shown, "db-avail", json_integer(left > 0 ? left : 0));
	set(shown, "db-committed", json_integer(committed));
	set(shown, "db-transaction", json_integer(db->pending ? sim_zonedb_bytes(db->pending) : 0));
	set(shown, "transaction-token", json_integer(db->token));
	set(shown, "db-chassis-wide-committed", json_integer(committed));
}

static json_t *enabled_zones(const struct fos_call *call, const json_t *zones)
{
	json_t *list = json_array(), *zone;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)zones, name, zone)
		(void)json_array_append_new(list, show_zone(call, name, zone));
	return list;
}

int fos_get_effective(struct fos_call *call)
{
	const struct sim_zonedb *db = &call->sw->fabric->zoning;
	const json_t *zones = json_object_get(db->effective, "zones");
	np_auto(np_json_decref) json_t *shown = json_object();

	np_json_set_text(shown, "cfg-name", np_json_text(db->effective, "zoneset"));
	set(shown, "checksum", json_string(db->checksum));
	if (!call->fos->release->queries) /* since 9.1 it is not shown */
		set(shown, "cfg-action", json_integer(0));
	set(shown, "default-zone-access", json_integer(db->default_open));
	set_space(shown, db);
	bool wanted = !call->rest[0] || strcmp(call->rest, "/enabled-zone") == 0;
	if (wanted && json_object_size(zones))
		set(shown, "enabled-zone", enabled_zones(call, zones));
	if (!call->rest[0])
		return fos_say(call, 200, json_pack("{s:O}", "effective-configuration", shown));
	json_t *leaf = json_object_get(shown, call->rest + 1);
	if (!leaf)
		return fos_refuse(call, &fos_not_found, "Not Found");
	return fos_say(
		call, 200, json_pack("{s:{s:O}}", "effective-configuration", call->rest + 1, leaf));
}

static json_t *show_lock(const struct fos_call *call, const struct sim_zonedb *db)
{
	int64_t left = (db->lock_until - call->sw->sim->now) / 1000;

	if (left > LOCK_MAX_S)
		left = LOCK_MAX_S;
	return json_pack("{s:i, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s}",
		"lock-principal-domain-id", (int)call->sw->fabric->index + 1,
		"lock-principal-transaction-token", (json_int_t)db->token, "timeout",
		(json_int_t)(left > LOCK_MIN_S ? left : LOCK_MIN_S), "remaining-time",
		(json_int_t)(left > 1 ? left : 1), "client-role", "admin", "client-user-name",
		db->user, "client-ip-address", db->address, "client-interface", db->interface,
		"client-application-name", db->application);
}

int fos_get_lock(struct fos_call *call)
{
	const struct sim_zonedb *db = &call->sw->fabric->zoning;
	json_t *lock = db->pending ? show_lock(call, db)
				   : json_pack("{s:i}", "lock-principal-domain-id", 0);

	return fos_say(call, 200, json_pack("{s:o}", "fabric-lock", lock));
}

static void set_wwn(json_t *json, const char *key, uint64_t wwn)
{
	char text[NP_WWN_COLON];

	set(json, key, json_string(np_wwn_colon(wwn, text)));
}

static json_t *show_login(const struct fos_call *call, const json_t *login)
{
	bool target = strcmp(np_json_text(login, "role"), "target") == 0;
	uint64_t physical = np_json_wwn(login, "physical_wwpn");
	const char *symbolic = np_json_text(login, "symbolic_name");
	unsigned long id = strtoul(np_json_text(login, "port_id"), NULL, 16);
	uint64_t port = id >> 8 & 0xff;
	json_t *shown = json_object();

	set(shown, "port-id", json_string(np_json_text(login, "port_id")));
	set_wwn(shown, "port-name", np_json_wwn(login, "wwpn"));
	if (symbolic[0])
		set(shown, "port-symbolic-name",
			json_sprintf("[%zu] \"%s\"", strlen(symbolic), symbolic));
	set_wwn(shown, "fabric-port-name",
		0x2000000000000000ull | port << 48 | (call->sw->fabric->wwn & 0xffffffffffffull));
	set_wwn(shown, "permanent-port-name", physical ? physical : np_json_wwn(login, "wwpn"));
	set_wwn(shown, "node-name", np_json_wwn(login, "wwnn"));
	set(shown, "class-of-service", json_string("class-3"));
	set(shown, "fc4-type", json_string("FCP"));
	set(shown, "fc4-features", json_string(target ? "FCP-Target" : "FCP-Initiator"));
	set(shown, "port-type", json_string("n-port"));
	set(shown, "state-change-registration", json_string("Fabric-Detected"));
	set(shown, "name-server-device-type",
		json_sprintf(
			"%s %s", physical ? "NPIV" : "Physical", target ? "Target" : "Initiator"));
	set(shown, "port-index", json_integer((json_int_t)port));
	set(shown, "partial", json_string("no"));
	set(shown, "slow-drain-device-quarantine", json_string("no"));
	return shown;
}

/* Does the entry match what the query asks for? Older releases do not look at it. */
static bool is_asked(const struct fos_call *call, const json_t *shown)
{
	static const char *const keys[] = { "port-name", "port-id", "node-name" };
	char value[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (call->fos->release->queries &&
			sim_query(call->request, keys[i], value, sizeof(value)) &&
			strcasecmp(value, np_json_text(shown, keys[i])) != 0)
			return false;
	}
	return true;
}

int fos_get_name_server(struct fos_call *call)
{
	np_auto(np_json_decref) json_t *logins = sim_logins(call->sw->sim, call->sw->fabric);
	np_auto(np_json_decref) json_t *list = json_array();
	json_t *login;
	size_t i;

	if (call->rest[0])
		return fos_refuse(call, &fos_bad_uri, NULL);
	json_array_foreach (logins, i, login) {
		np_auto(np_json_decref) json_t *shown = show_login(call, login);
		if (is_asked(call, shown))
			(void)json_array_append(list, shown);
	}
	if (!json_array_size(list))
		return fos_refuse(call, &fos_not_found, "No entries in Name Server");
	return fos_say(call, 200, json_pack("{s:O}", "fibrechannel-name-server", list));
}

int fos_get_switch(struct fos_call *call)
{
	const struct sim_switch *sw = call->sw;
	char wwn[NP_WWN_COLON];
	unsigned domain = sw->fabric->index + 1;
	json_t *shown = json_pack("{s:s, s:i, s:o, s:i, s:i, s:i, s:s, s:s}", "name",
		np_wwn_colon(sw->fabric->wwn, wwn), "domain-id", (int)domain, "fcid-hex",
		json_sprintf("0xfffc%02x", domain), "vf-id", sw->vf_id ? (int)sw->vf_id : -1,
		"principal", 1, "operational-status", 2, "model", "170.0", "firmware-version",
		sw->release);

	/* The models of 8.2 want exactly 30 characters of it. */
	if (call->fos->release->lock)
		set(shown, "user-friendly-name", json_sprintf("sansim_%s", sw->fabric->name));
	return fos_say(call, 200, json_pack("{s:[o]}", "fibrechannel-switch", shown));
}

int fos_get_versions(struct fos_call *call)
{
	static const struct {
		const char *name, *objects[4];
	} modules[] = {
		{ "brocade-fibrechannel-switch", { "fibrechannel-switch" } },
		{ "brocade-name-server", { "fibrechannel-name-server" } },
		{ "brocade-zone",
			{ "defined-configuration", "effective-configuration", "fabric-lock" } },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		json_t *objects = json_array();
		for (const char *const *object = modules[i].objects; *object; object++) {
			if (call->fos->release->lock || strcmp(*object, "fabric-lock") != 0)
				(void)json_array_append_new(objects, json_string(*object));
		}
		(void)json_array_append_new(list,
			json_pack("{s:s, s:s, s:o, s:{s:o}}", "name", modules[i].name, "version",
				"1.40.0", "uri", json_sprintf("/rest/running/%s", modules[i].name),
				"objects", "object", objects));
	}
	return fos_say(call, 200, json_pack("{s:{s:o}}", "brocade-module-version", "module", list));
}
