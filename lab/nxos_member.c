/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of zones: as a command says them, as a database keeps them, as a switch shows them. */
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/nxos.h"

/* clang-format off */
static const struct kind {
	const char *name;
	const char *prefix; /* of the text in the database */
	bool wwn;
	const char *key;    /* in a structured answer */
} kinds[] = {
	{ "device-alias",      "@",          false, "dev_alias"    },
	{ "fcalias",           "fcalias:",   false, "fcalias_name" },
	{ "interface",         "interface:", false, "intf_fc"      },
	{ "fcid",              "fcid:",      false, "fcid"         },
	{ "fwwn",              "fwwn:",      true,  "wwn"          },
	{ "ip-address",        "ip:",        false, "ipaddr"       },
	{ "symbolic-nodename", "symbolic:",  false, "symnodename"  },
	{ "pwwn",              "",           true,  "wwn"          }, /* fits the rest */
};
/* clang-format on */

static const struct kind *kind_of(const char *member)
{
	const struct kind *kind = kinds;

	while (strncmp(kind->prefix, member, strlen(kind->prefix)) != 0)
		kind++;
	return kind;
}

bool nxos_member_parse(struct nxos_shell *shell, const char *kind, const char *value,
	char *ret_member, size_t size)
{
	char text[NP_WWN_TEXT];
	uint64_t wwn;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, kind) != 0)
			continue;
		if (kinds[i].wwn && np_wwn_parse(value, &wwn, NULL) < 0)
			nxos_refuse(shell, "%% Invalid WWN");
		else
			(void)snprintf(ret_member, size, "%s%s", kinds[i].prefix,
				kinds[i].wwn ? np_wwn_text(wwn, text) : value);
		return shell->outcome == NXOS_FINE;
	}
	nxos_refuse(shell, "%% Invalid command");
	return false;
}

static void put_members(json_t *members, const json_t *list, const char *type, const char *and)
{
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		const char *member = json_string_value(text);
		bool twice = json_object_get(members, member) != NULL;
		(void)json_object_set_new(members, member, json_string(twice ? and : type));
	}
}

json_t *nxos_members_of(const json_t *zone)
{
	bool peer = json_object_get(zone, "principals") != NULL;
	json_t *members = json_object(), *type;
	const char *member;

	put_members(members, json_object_get(zone, "principals"), "target", "target");
	put_members(
		members, json_object_get(zone, "members"), peer ? "init" : "", peer ? "both" : "");
	json_object_foreach (json_object_get(zone, "types"), member, type)
		(void)json_object_set(members, member, type);
	return members;
}

/* Those with one of the two types. */
static json_t *list_of(const json_t *members, const char *one, const char *other)
{
	json_t *list = json_array(), *type;
	const char *member;

	json_object_foreach ((json_t *)(uintptr_t)members, member, type) {
		const char *text = json_string_value(type);
		if (!one || strcmp(text, one) == 0 || strcmp(text, other) == 0)
			(void)json_array_append_new(list, json_string(member));
	}
	return list;
}

json_t *nxos_zone_from(const json_t *members)
{
	json_t *types = json_object(), *type;
	size_t n = json_object_size(members);
	const char *member;

	json_object_foreach ((json_t *)(uintptr_t)members, member, type) {
		if (json_string_length(type))
			(void)json_object_set(types, member, type);
	}
	bool peer = n > 0 && json_object_size(types) == n;
	json_t *zone = peer ? json_pack("{s:s, s:o, s:o}", "kind", "peer", "principals",
				      list_of(members, "target", "both"), "members",
				      list_of(members, "init", "both"))
			    : json_pack("{s:s, s:o}", "kind", "regular", "members",
				      list_of(members, NULL, NULL));
	if (!peer && json_object_size(types))
		(void)json_object_set(zone, "types", types);
	json_decref(types);
	return zone;
}

static json_t *names_of(const json_t *aliases)
{
	json_t *names = json_object(), *list;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)aliases, name, list) {
		const char *wwpn = json_string_value(json_array_get(list, 0));
		if (wwpn && !json_object_get(names, wwpn))
			(void)json_object_set_new(names, wwpn, json_string(name));
	}
	return names;
}

const char *nxos_alias_of(struct nxos_shell *shell, const char *wwpn)
{
	if (!shell->names)
		shell->names = names_of(json_object_get(shell->db->defined, "aliases"));
	return json_string_value(json_object_get(shell->names, wwpn));
}

static const char *shown_value(
	const struct kind *kind, const char *member, char colon[static NP_WWN_COLON])
{
	const char *value = member + strlen(kind->prefix);
	uint64_t wwn;

	return kind->wwn && np_wwn_parse(value, &wwn, NULL) == 0 ? np_wwn_colon(wwn, colon) : value;
}

void nxos_member_text(const char *member, char *text, size_t size)
{
	const struct kind *kind = kind_of(member);
	char colon[NP_WWN_COLON];

	(void)snprintf(text, size, "%s %s", kind->name, shown_value(kind, member, colon));
}

/* An alias of the zone server comes with what it stands for. */
static void add_fcalias(struct nxos_shell *shell, const char *name, json_t *row)
{
	const json_t *list =
		json_object_get(json_object_get(shell->db->defined, "fcaliases"), name);
	json_t *rows = json_array(), *text;
	size_t i;

	json_array_foreach (list, i, text)
		(void)json_array_append_new(rows, nxos_member_row(shell, json_string_value(text)));
	if (json_array_size(rows) == 1)
		(void)json_object_set_new(row, "TABLE_fcalias_member",
			json_pack("{s:O}", "ROW_fcalias_member", json_array_get(rows, 0)));
	else if (json_array_size(rows))
		(void)json_object_set_new(row, "TABLE_fcalias_member",
			json_pack("{s:O}", "ROW_fcalias_member", rows));
	json_decref(rows);
}

json_t *nxos_member_row(struct nxos_shell *shell, const char *member)
{
	const struct kind *kind = kind_of(member);
	char colon[NP_WWN_COLON];
	json_t *row = json_object();

	np_json_set_text(row, "type", kind->name);
	np_json_set_text(row, kind->key, shown_value(kind, member, colon));
	if (!kind->prefix[0]) {
		const char *alias = nxos_alias_of(shell, member);
		np_json_set_text(row, "dev_alias", alias ? alias : "");
	}
	if (strcmp(kind->name, "fcalias") == 0)
		add_fcalias(shell, member + strlen(kind->prefix), row);
	return row;
}

static void resolve_into(json_t *members, const json_t *database, const char *member, json_t *type)
{
	bool fcalias = strncmp(member, "fcalias:", 8) == 0;
	const json_t *list = NULL;
	json_t *text;
	size_t i;

	if (fcalias)
		list = json_object_get(json_object_get(database, "fcaliases"), member + 8);
	else if (member[0] == '@')
		list = json_object_get(json_object_get(database, "aliases"), member + 1);
	if (!list)
		(void)json_object_set(members, member, type);
	json_array_foreach (list, i, text) {
		const char *inside = json_string_value(text);
		if (fcalias && inside[0] == '@')
			resolve_into(members, database, inside, type);
		else
			(void)json_object_set(members, inside, type);
	}
}

json_t *nxos_resolve(const json_t *zone, const json_t *database, bool smart)
{
	np_auto(np_json_decref) json_t *members = nxos_members_of(zone);
	np_auto(np_json_decref) json_t *resolved = json_object();
	np_auto(np_json_decref) json_t *none = json_string("");
	const char *member;
	json_t *type;

	json_object_foreach (members, member, type)
		resolve_into(resolved, database, member, smart ? type : none);
	json_t *made = nxos_zone_from(resolved);
	(void)json_object_del(made, "types");
	return made;
}
