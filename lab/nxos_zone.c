/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that change zones, zonesets, aliases of the zone server and the policies of zoning. */
#include <string.h>

#include "base/json.h"
#include "lab/nxos.h"

#define MEMBER_MAX 128

static json_t *part(const json_t *database, const char *kind)
{
	return json_object_get(database, kind);
}

/* What the shell's user sees before a change. */
static json_t *seen(const struct nxos_shell *shell, const char *kind, const char *name)
{
	return json_object_get(part(sim_zonedb_edited(shell->db), kind), name);
}

static json_t *empty_object(const char *kind)
{
	return strcmp(kind, "zones") == 0 ? json_pack("{s:s, s:[]}", "kind", "regular", "members")
					  : json_array();
}

/* Enters the mode of an object; makes it when it is not there. */
static void enter(struct nxos_shell *shell, const char *kind, const char *name, enum nxos_mode mode)
{
	if (!seen(shell, kind, name)) {
		json_t *database = nxos_check_name(shell, name) ? nxos_edit(shell) : NULL;
		if (!database)
			return;
		if (!part(database, kind))
			(void)json_object_set_new(database, kind, json_object());
		(void)json_object_set_new(part(database, kind), name, empty_object(kind));
	}
	shell->mode = mode;
	(void)snprintf(shell->object, sizeof(shell->object), "%s", name);
}

static void enter_zone(struct nxos_shell *shell, char **args)
{
	enter(shell, "zones", args[0], NXOS_ZONE);
}

static void enter_zoneset(struct nxos_shell *shell, char **args)
{
	enter(shell, "zonesets", args[0], NXOS_ZONESET);
}

static void enter_fcalias(struct nxos_shell *shell, char **args)
{
	enter(shell, "fcaliases", args[0], NXOS_FCALIAS);
}

static size_t find(const json_t *list, const char *text)
{
	size_t i = 0;

	while (i < json_array_size(list) &&
		strcmp(json_string_value(json_array_get(list, i)), text) != 0)
		i++;
	return i;
}

static void drop(json_t *list, const char *text)
{
	(void)json_array_remove(list, find(list, text)); /* past its end: nothing */
}

static void remove_zone(struct nxos_shell *shell, char **args)
{
	json_t *database, *list;
	const char *name;

	shell->mode = NXOS_TOP;
	if (!seen(shell, "zones", args[0])) {
		nxos_miss(shell, "Zone not present");
		return;
	}
	database = nxos_edit(shell);
	if (!database)
		return;
	(void)json_object_del(part(database, "zones"), args[0]);
	json_object_foreach (part(database, "zonesets"), name, list)
		drop(list, args[0]);
}

static void remove_object(
	struct nxos_shell *shell, const char *kind, const char *name, const char *word)
{
	shell->mode = NXOS_TOP;
	if (!seen(shell, kind, name)) {
		nxos_miss(shell, "%s not present", word);
		return;
	}
	json_t *database = nxos_edit(shell);
	if (database)
		(void)json_object_del(part(database, kind), name);
}

static void remove_zoneset(struct nxos_shell *shell, char **args)
{
	remove_object(shell, "zonesets", args[0], "Zoneset");
}

static void remove_fcalias(struct nxos_shell *shell, char **args)
{
	remove_object(shell, "fcaliases", args[0], "Alias");
}

static const char *read_type(struct nxos_shell *shell, const char *word)
{
	static const char *const words[][2] = {
		{ "init", "init" },
		{ "initiator", "init" },
		{ "target", "target" },
		{ "both", "both" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	}
	nxos_refuse(shell, "%% Invalid command");
	return NULL;
}

/* A device-alias in basic mode is only another way to write its WWN. */
static bool settle_alias(struct nxos_shell *shell, char *member, size_t size)
{
	const json_t *list;

	if (member[0] != '@' || nxos_own_is(shell->db, "alias_enhanced"))
		return true;
	list = json_object_get(part(shell->db->defined, "aliases"), member + 1);
	if (!list) {
		nxos_refuse(shell, "Device Alias not present");
		return false;
	}
	(void)snprintf(member, size, "%s", json_string_value(json_array_get(list, 0)));
	return true;
}

/* "KIND VALUE [TYPE]" */
static bool read_member(struct nxos_shell *shell, char **args, char member[static MEMBER_MAX],
	const char **ret_type)
{
	*ret_type = args[2] ? read_type(shell, args[2]) : "";
	return *ret_type && nxos_member_parse(shell, args[0], args[1], member, MEMBER_MAX) &&
	       settle_alias(shell, member, MEMBER_MAX);
}

static void put_zone(struct nxos_shell *shell, json_t *database, const json_t *members)
{
	(void)json_object_set_new(part(database, "zones"), shell->object, nxos_zone_from(members));
}

static void add_member(struct nxos_shell *shell, char **args)
{
	json_t *members = NULL, *database;
	char member[MEMBER_MAX];
	const char *type;

	if (!read_member(shell, args, member, &type))
		return;
	members = nxos_members_of(seen(shell, "zones", shell->object));
	const json_t *there = json_object_get(members, member);
	const char *had = json_string_value(there);
	if (there && (!type[0] || strcmp(had, type) == 0)) {
		nxos_refuse(shell, "Duplicate member");
	} else {
		database = nxos_edit(shell);
		(void)json_object_set_new(
			members, member, json_string(there && had[0] ? "both" : type));
		if (database)
			put_zone(shell, database, members);
	}
	json_decref(members);
}

/* With a type only that one goes; a member without one is no member. */
static void remove_member(struct nxos_shell *shell, char **args)
{
	json_t *members = NULL, *database;
	char member[MEMBER_MAX];
	const char *type;

	if (!read_member(shell, args, member, &type))
		return;
	members = nxos_members_of(seen(shell, "zones", shell->object));
	const char *had = json_string_value(json_object_get(members, member));
	bool both = had && strcmp(had, "both") == 0;
	if (!had || (type[0] && !both && strcmp(had, type) != 0)) {
		nxos_miss(shell, "Member not present");
	} else {
		database = nxos_edit(shell);
		if (both && type[0] && strcmp(type, "both") != 0)
			(void)json_object_set_new(members, member,
				json_string(strcmp(type, "init") == 0 ? "target" : "init"));
		else
			(void)json_object_del(members, member);
		if (database)
			put_zone(shell, database, members);
	}
	json_decref(members);
}

static void add_zone(struct nxos_shell *shell, char **args)
{
	if (!seen(shell, "zones", args[0])) {
		nxos_miss(shell, "Zone not present");
		return;
	}
	const json_t *list = seen(shell, "zonesets", shell->object);
	if (find(list, args[0]) < json_array_size(list)) {
		nxos_refuse(shell, "Duplicate member");
		return;
	}
	json_t *database = nxos_edit(shell);
	if (database)
		(void)json_array_append_new(
			json_object_get(part(database, "zonesets"), shell->object),
			json_string(args[0]));
}

static void take_zone(struct nxos_shell *shell, char **args)
{
	const json_t *list = seen(shell, "zonesets", shell->object);

	if (find(list, args[0]) == json_array_size(list)) {
		nxos_miss(shell, "Zone not present");
		return;
	}
	json_t *database = nxos_edit(shell);
	if (database)
		drop(json_object_get(part(database, "zonesets"), shell->object), args[0]);
}

static void change_fcalias(struct nxos_shell *shell, char **args, bool add)
{
	char member[MEMBER_MAX];
	json_t *database;

	if (!nxos_member_parse(shell, args[0], args[1], member, sizeof(member)))
		return;
	const json_t *list = seen(shell, "fcaliases", shell->object);
	bool there = find(list, member) < json_array_size(list);
	if (there == add) {
		nxos_refuse(shell, add ? "Duplicate member" : "Member not present");
		return;
	}
	database = nxos_edit(shell);
	if (!database)
		return;
	json_t *members = json_object_get(part(database, "fcaliases"), shell->object);
	if (add)
		(void)json_array_append_new(members, json_string(member));
	else
		drop(members, member);
}

static void add_to_fcalias(struct nxos_shell *shell, char **args)
{
	change_fcalias(shell, args, true);
}

static void take_from_fcalias(struct nxos_shell *shell, char **args)
{
	change_fcalias(shell, args, false);
}

static void activate(struct nxos_shell *shell, char **args)
{
	shell->mode = NXOS_TOP;
	nxos_activate(shell, args[0]);
}

static void deactivate(struct nxos_shell *shell, char **args)
{
	const char *zoneset = np_json_text(shell->db->effective, "zoneset");

	shell->mode = NXOS_TOP;
	if (!zoneset[0] || (args[0] && strcmp(zoneset, args[0]) != 0))
		nxos_miss(shell, "Zoneset not present");
	else
		nxos_activate(shell, NULL);
}

static void commit(struct nxos_shell *shell, char **args)
{
	(void)args;
	shell->mode = NXOS_TOP;
	nxos_commit(shell);
}

/* Drops our own session. */
static void abort_session(struct nxos_shell *shell, char **args)
{
	(void)args;
	shell->mode = NXOS_TOP;
	if (!shell->db->pending || !nxos_own_is(shell->db, "enhanced"))
		nxos_refuse(shell, "No pending info found");
	else if (json_object_get(shell->db->own, "running"))
		nxos_refuse(shell, "Fabric unstable");
	else if (nxos_owns(shell))
		nxos_abort(shell->db);
}

/* Drops whosever session it is. */
static void clear_lock(struct nxos_shell *shell, char **args)
{
	(void)args;
	if (shell->db->pending)
		nxos_abort(shell->db);
	else
		nxos_refuse(shell, "Zone database not locked");
}

static void set_mode(struct nxos_shell *shell, bool enhanced)
{
	struct sim_zonedb *db = shell->db;

	if (nxos_own_is(db, "enhanced") == enhanced) {
		nxos_refuse(shell, "Current zoning mode same as specified zoning mode");
		return;
	}
	if (db->pending) {
		nxos_refuse(shell, "Zone database is locked: commit or clear it first");
		return;
	}
	nxos_own_set(db, "enhanced", enhanced);
	nxos_set_status(db, "Set zoning mode complete");
	nxos_say(shell, "Set zoning mode command initiated. Check zone status");
}

static void set_enhanced(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_mode(shell, true);
}

static void set_basic(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_mode(shell, false);
}

/* A policy as it is, or will be when the session is committed. */
static bool policy(const struct sim_zonedb *db, const char *name, bool now)
{
	const json_t *staged = json_object_get(nxos_session(db), name);

	return staged ? json_is_true(staged) : now;
}

static void set_smart(struct nxos_shell *shell, bool smart)
{
	struct sim_zonedb *db = shell->db;

	if (policy(db, "smart", nxos_own_is(db, "smart")) == smart) {
		nxos_refuse(shell, "Smart-zoning is already %s", smart ? "enabled" : "disabled");
		return;
	}
	if (!nxos_edit(shell))
		return;
	if (nxos_session(db)) {
		(void)json_object_set_new(nxos_session(db), "smart", json_boolean(smart));
		return;
	}
	nxos_own_set(db, "smart", smart);
	nxos_set_status(db, "Set Smart Zoning Policy complete");
	(void)nxos_aliases_moved(shell->nxos, NULL);
	nxos_say(shell, "Smart Zoning distribution initiated. check zone status");
}

static void smart_on(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_smart(shell, true);
}

static void smart_off(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_smart(shell, false);
}

static void set_default(struct nxos_shell *shell, bool open)
{
	struct sim_zonedb *db = shell->db;
	struct sim_switch *sw = shell->nxos->sw;

	if (policy(db, "open", db->default_open) == open) {
		nxos_refuse(shell, "No zone policy change");
		return;
	}
	if (!nxos_edit(shell))
		return;
	if (nxos_session(db))
		(void)json_object_set_new(nxos_session(db), "open", json_boolean(open));
	else
		(void)sim_zonedb_set_default(sw->sim, sw->fabric, open, NULL);
}

static void permit(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_default(shell, true);
}

static void deny(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_default(shell, false);
}

static void save(struct nxos_shell *shell, char **args)
{
	(void)args;
	shell->mode = NXOS_TOP;
	(void)json_object_set_new(
		shell->db->own, "saved", json_integer((json_int_t)shell->db->changes));
	nxos_say(shell, "[########################################] 100%%\nCopy complete.");
}

const struct nxos_command nxos_zone_commands[] = {
	{ NXOS_ZONE, "member KIND VALUE", 0, add_member, NULL },
	{ NXOS_ZONE, "member KIND VALUE TYPE", 0, add_member, NULL },
	{ NXOS_ZONE, "no member KIND VALUE", 0, remove_member, NULL },
	{ NXOS_ZONE, "no member KIND VALUE TYPE", 0, remove_member, NULL },
	{ NXOS_ZONESET, "member NAME", 0, add_zone, NULL },
	{ NXOS_ZONESET, "no member NAME", 0, take_zone, NULL },
	{ NXOS_FCALIAS, "member KIND VALUE", 0, add_to_fcalias, NULL },
	{ NXOS_FCALIAS, "no member KIND VALUE", 0, take_from_fcalias, NULL },
	{ NXOS_ANY, "zone name NAME vsan VSAN", 0, enter_zone, NULL },
	{ NXOS_ANY, "no zone name NAME vsan VSAN", 0, remove_zone, NULL },
	{ NXOS_ANY, "zoneset name NAME vsan VSAN", 0, enter_zoneset, NULL },
	{ NXOS_ANY, "no zoneset name NAME vsan VSAN", 0, remove_zoneset, NULL },
	{ NXOS_ANY, "fcalias name NAME vsan VSAN", 0, enter_fcalias, NULL },
	{ NXOS_ANY, "no fcalias name NAME vsan VSAN", 0, remove_fcalias, NULL },
	{ NXOS_ANY, "zoneset activate name NAME vsan VSAN", 0, activate, NULL },
	{ NXOS_ANY, "no zoneset activate name NAME vsan VSAN", NXOS_ASKS, deactivate, NULL },
	{ NXOS_ANY, "no zoneset activate vsan VSAN", NXOS_ASKS, deactivate, NULL },
	{ NXOS_ANY, "zone commit vsan VSAN", NXOS_ASKS, commit, NULL },
	{ NXOS_ANY, "no zone commit vsan VSAN", 0, abort_session, NULL },
	{ NXOS_ANY, "clear zone lock vsan VSAN", NXOS_ASKS, clear_lock, NULL },
	{ NXOS_ANY, "zone mode enhanced vsan VSAN", NXOS_ASKS, set_enhanced, NULL },
	{ NXOS_ANY, "no zone mode enhanced vsan VSAN", NXOS_ASKS, set_basic, NULL },
	{ NXOS_ANY, "zone smart-zoning enable vsan VSAN", NXOS_ASKS, smart_on, NULL },
	{ NXOS_ANY, "no zone smart-zoning enable vsan VSAN", NXOS_ASKS, smart_off, NULL },
	{ NXOS_ANY, "zone default-zone permit vsan VSAN", NXOS_ASKS, permit, NULL },
	{ NXOS_ANY, "no zone default-zone permit vsan VSAN", NXOS_ASKS, deny, NULL },
	{ NXOS_ANY, "copy running-config startup-config", 0, save, NULL },
	{ 0 },
};
