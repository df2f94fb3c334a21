/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device-aliases: one database for all VSANs, with a session of its own while it is distributed. */
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/nxos.h"

#define ENTRIES_MAX 8191

static json_t *session_of(const struct sim_zonedb *db)
{
	return json_object_get(db->own, "alias_session");
}

const json_t *nxos_view_aliases(const struct sim_zonedb *db, bool pending)
{
	const json_t *session = pending ? session_of(db) : NULL;

	return json_object_get(session ? session : db->defined, "aliases");
}

static bool is_ours(struct nxos_shell *shell)
{
	const json_t *session = session_of(shell->db);

	if (!session || strcmp(np_json_text(session, "user"), shell->user) == 0)
		return true;
	nxos_refuse(shell, "Fabric is already locked");
	return false;
}

static bool is_busy(struct nxos_shell *shell)
{
	if (shell->nxos->sw->bend == SIM_BEND_BUSY)
		nxos_refuse(shell, "Commit in progress. Check the status.");
	return shell->outcome != NXOS_FINE;
}

/* The aliases to edit, in our session where there are sessions; NULL: refused. */
static json_t *edit(struct nxos_shell *shell)
{
	struct sim_zonedb *db = shell->db;

	if (is_busy(shell) || !is_ours(shell))
		return NULL;
	if (!nxos_own_is(db, "distribute"))
		return json_object_get(db->defined, "aliases");
	if (!session_of(db))
		(void)json_object_set_new(db->own, "alias_session",
			json_pack("{s:s, s:o, s:b}", "user", shell->user, "aliases",
				json_deep_copy(json_object_get(db->defined, "aliases")), "enhanced",
				nxos_own_is(db, "alias_enhanced")));
	return json_object_get(session_of(db), "aliases");
}

/* Open zone sessions see new aliases, too. */
static void put_aliases(struct nxos_shell *shell, json_t *aliases)
{
	struct sim_zonedb *db = shell->db;

	(void)json_object_set(db->defined, "aliases", aliases);
	if (db->pending)
		(void)json_object_set_new(db->pending, "aliases", json_deep_copy(aliases));
	(void)nxos_aliases_moved(shell->nxos, NULL);
}

/* After an edit without a session. */
static void follow(struct nxos_shell *shell, json_t *aliases)
{
	if (!nxos_own_is(shell->db, "distribute"))
		put_aliases(shell, aliases);
}

static const char *owner_of(const json_t *aliases, const char *wwpn)
{
	const char *name;
	json_t *list;

	json_object_foreach ((json_t *)(uintptr_t)aliases, name, list) {
		if (strcmp(json_string_value(json_array_get(list, 0)), wwpn) == 0)
			return name;
	}
	return NULL;
}

static bool check(struct nxos_shell *shell, const char *name, const char *wwpn)
{
	const json_t *aliases = nxos_view_aliases(shell->db, is_ours(shell));

	if (shell->outcome != NXOS_FINE || !nxos_check_name(shell, name))
		return false;
	if (!isalpha((unsigned char)name[0]))
		nxos_refuse(shell, "Illegal character(s) in the name");
	else if (json_object_get(aliases, name))
		nxos_refuse(shell, "Device Alias already present");
	else if (owner_of(aliases, wwpn))
		nxos_refuse(shell, "Another device-alias already present with the same pwwn");
	else if (json_object_size(aliases) >= ENTRIES_MAX || shell->nxos->sw->bend == SIM_BEND_FULL)
		nxos_refuse(shell, "Device Alias database is full");
	return shell->outcome == NXOS_FINE;
}

static void enter(struct nxos_shell *shell, char **args)
{
	(void)args;
	shell->mode = NXOS_ALIASES;
}

static void add(struct nxos_shell *shell, char **args)
{
	char text[NP_WWN_TEXT];
	uint64_t wwn;

	if (np_wwn_parse(args[1], &wwn, NULL) < 0) {
		nxos_refuse(shell, "%% Invalid WWN");
		return;
	}
	if (!check(shell, args[0], np_wwn_text(wwn, text)))
		return;
	json_t *aliases = edit(shell);
	if (!aliases)
		return;
	(void)json_object_set_new(aliases, args[0], json_pack("[s]", text));
	follow(shell, aliases);
}

static void take(struct nxos_shell *shell, char **args)
{
	if (!is_ours(shell))
		return;
	if (!json_object_get(nxos_view_aliases(shell->db, true), args[0])) {
		nxos_miss(shell, "Device Alias not present");
		return;
	}
	json_t *aliases = edit(shell);
	if (!aliases)
		return;
	(void)json_object_del(aliases, args[0]);
	follow(shell, aliases);
}

static void rename_alias(struct nxos_shell *shell, char **args)
{
	if (!is_ours(shell) || !nxos_check_name(shell, args[1]))
		return;
	const json_t *seen = nxos_view_aliases(shell->db, true);
	if (!json_object_get(seen, args[0])) {
		nxos_miss(shell, "Device Alias not present");
		return;
	}
	if (json_object_get(seen, args[1])) {
		nxos_refuse(shell, "Device Alias already present");
		return;
	}
	json_t *aliases = edit(shell);
	if (!aliases)
		return;
	(void)json_object_set(aliases, args[1], json_object_get(aliases, args[0]));
	(void)json_object_del(aliases, args[0]);
	follow(shell, aliases);
}

/* "+ device-alias name ..." of those in @one that are not so in @other. */
static void list_changes(struct nxos_shell *shell, const char *sign, const json_t *one,
	const json_t *other, size_t *n)
{
	char colon[NP_WWN_COLON];
	const char *name;
	uint64_t wwn;
	json_t *list;

	json_object_foreach ((json_t *)(uintptr_t)one, name, list) {
		const char *text = json_string_value(json_array_get(list, 0));
		if (json_equal(list, json_object_get(other, name)) ||
			np_wwn_parse(text, &wwn, NULL) < 0)
			continue;
		if ((*n)++ == 0)
			nxos_say(shell,
				"The following device-alias changes are about to be committed");
		nxos_say(shell, "%s device-alias name %s pwwn %s", sign, name,
			np_wwn_colon(wwn, colon));
	}
}

static bool uses_aliases(const struct sim_zonedb *db)
{
	const char *name;
	json_t *zone;

	json_object_foreach (json_object_get(db->defined, "zones"), name, zone) {
		np_auto(np_json_decref) json_t *members = nxos_members_of(zone);
		const char *member;
		json_t *type;
		json_object_foreach (members, member, type) {
			if (member[0] == '@')
				return true;
		}
	}
	return false;
}

static void commit(struct nxos_shell *shell, char **args)
{
	struct sim_zonedb *db = shell->db;
	np_auto(np_json_decref) json_t *session = json_incref(session_of(db));
	json_t *aliases = json_object_get(session, "aliases");

	(void)args;
	if (is_busy(shell) || !is_ours(shell))
		return;
	if (!session) {
		nxos_refuse(shell, "There are no pending changes");
		return;
	}
	bool enhanced = np_json_bool(session, "enhanced");
	if (!enhanced && nxos_own_is(db, "alias_enhanced") && uses_aliases(db)) {
		nxos_refuse(shell, "Device-alias enhanced zone member present");
		return;
	}
	const json_t *before = json_object_get(db->defined, "aliases");
	size_t n = 0;
	list_changes(shell, "+", aliases, before, &n);
	list_changes(shell, "-", before, aliases, &n);
	if (n == 0 && enhanced == nxos_own_is(db, "alias_enhanced")) {
		nxos_refuse(shell, "There are no pending changes");
		return;
	}
	nxos_own_set(db, "alias_enhanced", enhanced);
	(void)json_object_del(db->own, "alias_session");
	put_aliases(shell, aliases);
}

static void abort_session(struct nxos_shell *shell, char **args)
{
	(void)args;
	if (is_ours(shell))
		(void)json_object_del(shell->db->own, "alias_session");
}

/* Whosever it is. */
static void clear_session(struct nxos_shell *shell, char **args)
{
	(void)args;
	(void)json_object_del(shell->db->own, "alias_session");
}

static void set_mode(struct nxos_shell *shell, bool enhanced)
{
	struct sim_zonedb *db = shell->db;

	if (!edit(shell))
		return;
	if (session_of(db))
		(void)json_object_set_new(session_of(db), "enhanced", json_boolean(enhanced));
	else
		nxos_own_set(db, "alias_enhanced", enhanced);
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

static void set_distribute(struct nxos_shell *shell, bool distribute)
{
	if (session_of(shell->db))
		nxos_refuse(shell, "Fabric is already locked");
	else
		nxos_own_set(shell->db, "distribute", distribute);
}

static void distribute_on(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_distribute(shell, true);
}

static void distribute_off(struct nxos_shell *shell, char **args)
{
	(void)args;
	set_distribute(shell, false);
}

const struct nxos_command nxos_alias_commands[] = {
	{ NXOS_ANY, "device-alias database", 0, enter, NULL },
	{ NXOS_ALIASES, "device-alias name NAME pwwn WWN", 0, add, NULL },
	{ NXOS_ALIASES, "no device-alias name NAME", 0, take, NULL },
	{ NXOS_ALIASES, "device-alias rename OLD NEW", 0, rename_alias, NULL },
	{ NXOS_ANY, "device-alias mode enhanced", 0, set_enhanced, NULL },
	{ NXOS_ANY, "no device-alias mode enhanced", 0, set_basic, NULL },
	{ NXOS_ANY, "device-alias distribute", 0, distribute_on, NULL },
	{ NXOS_ANY, "no device-alias distribute", 0, distribute_off, NULL },
	{ NXOS_ANY, "device-alias commit", NXOS_ASKS, commit, NULL },
	{ NXOS_ANY, "device-alias abort", 0, abort_session, NULL },
	{ NXOS_ANY, "clear device-alias session", NXOS_ASKS, clear_session, NULL },
	{ 0 },
};
