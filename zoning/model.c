/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/model.h"

#include <ctype.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/list.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_CHARACTERS LETTERS "0123456789_-$^"
#define WITHOUT_NAA_0 (UINT64_C(1) << 0)

#define DOMAIN_MAX 255 /* one byte; a vendor may allow fewer */
#define PORT_INDEX_MAX 65535

/* What a database needs besides the text of names and members, about. */
#define OBJECT_BYTES 16
#define MEMBER_BYTES 8

/* clang-format off */
/*
 * FOS: YANG of 9.1, space of 9.x where the switch is silent; NX-OS: fixtures of MDS 9000 and the old scale document.
 * Manual: whatever vendor it is for. FC-GS has no charset; what npivd makes must suit both vendors all the same.
 */
const struct zone_rules zone_rules[] = {
	{ "fos",     NAME_CHARACTERS, LETTERS, 64, .space_max = 4194304, .upper_case_matters = true, .refused_naa = WITHOUT_NAA_0 },
	{ "nxos",    NAME_CHARACTERS, LETTERS, 64, .zones_max = 8000, .members_max = 20000, .space_max = 4000000, .peer_needs_mode = true, .upper_case_matters = true, .automatic = "IVRZ_" },
	{ "manual",  NAME_CHARACTERS, LETTERS, 64, .space_max = 4000000, .refused_naa = WITHOUT_NAA_0 },
	{ "witness", NAME_CHARACTERS, LETTERS, 64, .upper_case_matters = true },
	{ "fcgs",    NAME_CHARACTERS, LETTERS, 64, .upper_case_matters = true },
	{ 0 },
};

/* Members that are none of WWN, alias and port. */
static const char *const member_kinds[] = { "fcid", "fwwn", "wwnn", "interface", "ip", "symbolic", "lun", "other" };
/* clang-format on */

const struct zone_rules *zone_rules_of(const char *vendor)
{
	for (const struct zone_rules *row = zone_rules; row->vendor; row++) {
		if (strcmp(row->vendor, vendor) == 0)
			return row;
	}
	return NULL;
}

int zone_name_check(const struct zone_rules *rules, const char *name, struct np_err *err)
{
	size_t len = strlen(name);
	size_t good = strspn(name, rules->charset);

	if (len == 0 || len > rules->name_max)
		return np_fail(err, NP_INVAL, "name '%.70s' has %zu characters; %s takes 1 to %zu",
			name, len, rules->vendor, rules->name_max);
	if (!strchr(rules->first, name[0]))
		return np_fail(err, NP_INVAL,
			"name '%s' begins with '%c'; a zone name of %s begins with a letter", name,
			name[0], rules->vendor);
	if (good < len)
		return np_fail(err, NP_INVAL, "name '%s' holds '%c', which %s does not take", name,
			name[good], rules->vendor);
	return 0;
}

bool zone_name_is_sound(const char *name)
{
	size_t len = 0;

	for (; name[len]; len++) {
		if (len == ZONE_NAME_MAX - 1 || name[len] <= ' ' || name[len] == 0x7f)
			return false;
	}
	return len > 0;
}

static bool is_wwn_text(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");

	return digits == NP_WWN_TEXT - 1 && text[digits] == '\0';
}

/* Digits without needless zeros, at most @max. */
static bool read_number(const char **text, unsigned max, unsigned *ret)
{
	const char *p = *text;
	unsigned number = 0;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		number = number * 10 + (unsigned)(*p - '0');
		if (number > max)
			return false;
	}
	*text = p;
	*ret = number;
	return true;
}

/* "DOMAIN,INDEX"; -1 is FOS' way to say any port. */
static bool parse_port(const char *text, char ret_member[static ZONE_MEMBER_MAX])
{
	unsigned domain, index = 0;
	bool any;

	if (!read_number(&text, DOMAIN_MAX, &domain) || *text++ != ',')
		return false;
	while (*text == ' ')
		text++;
	any = strcmp(text, "-1") == 0;
	if (!any && (!read_number(&text, PORT_INDEX_MAX, &index) || *text))
		return false;
	if (any)
		(void)snprintf(ret_member, ZONE_MEMBER_MAX, "%u,-1", domain);
	else
		(void)snprintf(ret_member, ZONE_MEMBER_MAX, "%u,%u", domain, index);
	return true;
}

static bool has_known_kind(const char *text)
{
	size_t len = strcspn(text, ":");

	for (size_t i = 0; i < sizeof(member_kinds) / sizeof(*member_kinds); i++) {
		if (strlen(member_kinds[i]) == len && strncmp(member_kinds[i], text, len) == 0 &&
			text[len] == ':')
			return true;
	}
	return false;
}

/* "KIND:VALUE" with a value that can be printed; blanks belong to interfaces and symbolic names. */
static bool is_other(const char *text)
{
	const char *value = strchr(text, ':');

	if (!has_known_kind(text) || strlen(text) >= ZONE_MEMBER_MAX || !value[1])
		return false;
	for (value++; *value; value++) {
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	}
	return true;
}

enum zone_member_kind zone_member_kind(const char *member)
{
	if (member[0] == '@')
		return ZONE_MEMBER_ALIAS;
	if (is_wwn_text(member))
		return ZONE_MEMBER_WWN;
	return isdigit((unsigned char)member[0]) ? ZONE_MEMBER_PORT : ZONE_MEMBER_OTHER;
}

bool zone_member_is_canonical(const char *member)
{
	char port[ZONE_MEMBER_MAX];

	switch (zone_member_kind(member)) {
	case ZONE_MEMBER_WWN:
		return true;
	case ZONE_MEMBER_ALIAS:
		return zone_name_is_sound(member + 1);
	case ZONE_MEMBER_PORT:
		return parse_port(member, port) && strcmp(port, member) == 0;
	case ZONE_MEMBER_OTHER:
		return is_other(member);
	}
	return false;
}

int zone_member_parse(const char *text, char ret_member[static ZONE_MEMBER_MAX], struct np_err *err)
{
	uint64_t wwn;

	if (np_wwn_parse(text, &wwn, NULL) == 0) {
		(void)np_wwn_text(wwn, ret_member);
		return 0;
	}
	if (parse_port(text, ret_member))
		return 0;
	if (is_other(text)) {
		(void)snprintf(ret_member, ZONE_MEMBER_MAX, "%s", text);
		return 0;
	}
	bool marked = text[0] == '@';
	const char *name = text + marked;
	if (!zone_name_is_sound(name) || (!marked && strpbrk(name, ",:@")))
		return np_fail(err, NP_INVAL,
			"'%.80s' is no member of a zone: neither a WWN, nor domain and port, nor an alias",
			text);
	(void)snprintf(ret_member, ZONE_MEMBER_MAX, "@%s", name);
	return 0;
}

json_t *zone_new(const char *kind)
{
	return strcmp(kind, "regular") == 0
		       ? json_pack("{s:s, s:[]}", "kind", kind, "members")
		       : json_pack("{s:s, s:[], s:[]}", "kind", kind, "members", "principals");
}

int zone_add(json_t *zone, const char *list, const char *member, struct np_err *err)
{
	json_t *members = json_object_get(zone, list);

	if (!members) {
		members = json_array();
		if (json_object_set_new(zone, list, members) < 0)
			return np_fail_nomem(err);
	}
	return zone_list_add(members, member, err);
}

json_t *zone_db_new(void)
{
	return json_pack("{s:{}, s:{}, s:{}}", "aliases", "zones", "zonesets");
}

char *zone_text(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

static bool has_alias(const json_t *list)
{
	size_t i;
	const json_t *member;

	json_array_foreach (list, i, member) {
		if (zone_text_of(member)[0] == '@')
			return true;
	}
	return false;
}

static bool zone_has_alias(const json_t *zone)
{
	return has_alias(json_object_get(zone, "members")) ||
	       has_alias(json_object_get(zone, "principals"));
}

/* A new list without those aliases that @aliases knows. Aliases of aliases do not exist. */
static json_t *resolve_list(const json_t *list, const json_t *aliases)
{
	json_t *resolved = json_array();
	size_t i;
	json_t *member;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member);
		json_t *behind = text[0] == '@' ? json_object_get(aliases, text + 1) : NULL;
		int rc = behind ? json_array_extend(resolved, behind)
				: json_array_append(resolved, member);
		if (rc < 0)
			goto fail;
	}
	if (zone_list_sort(resolved, NULL) == 0)
		return resolved;
fail:
	json_decref(resolved);
	return NULL;
}

json_t *zone_resolve(const json_t *zone, const json_t *aliases)
{
	static const char *const lists[] = { "members", "principals" };

	if (!zone_has_alias(zone))
		return json_incref((json_t *)(uintptr_t)zone);
	json_t *resolved = json_copy((json_t *)(uintptr_t)zone);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const json_t *list = json_object_get(zone, lists[i]);
		if (list && json_object_set_new(resolved, lists[i], resolve_list(list, aliases))) {
			json_decref(resolved);
			return NULL;
		}
	}
	return resolved;
}

bool zone_is_same(const json_t *one, const json_t *one_aliases, const json_t *other,
	const json_t *other_aliases)
{
	np_auto(np_json_decref) json_t *first = zone_resolve(one, one_aliases);
	np_auto(np_json_decref) json_t *second = zone_resolve(other, other_aliases);

	return first && second && json_equal(first, second);
}

bool zone_connects(const json_t *zone, const char *a, const char *b)
{
	const json_t *members = json_object_get(zone, "members");
	const json_t *principals = json_object_get(zone, "principals");

	if (strcmp(a, b) == 0)
		return false;
	if (!principals)
		return zone_list_has(members, a) && zone_list_has(members, b);
	return (zone_list_has(principals, a) && zone_list_has(members, b)) ||
	       (zone_list_has(principals, b) && zone_list_has(members, a));
}

static int64_t list_bytes(const json_t *list)
{
	int64_t bytes = 0;
	size_t i;
	const json_t *text;

	json_array_foreach (list, i, text) {
		size_t len = json_string_length(text);
		/* WWNs have colons there. */
		bytes += MEMBER_BYTES + (int64_t)(len == NP_WWN_TEXT - 1 ? NP_WWN_COLON - 1 : len);
	}
	return bytes;
}

int64_t zone_db_bytes(const json_t *db)
{
	int64_t bytes = 0;
	const char *part, *name;
	json_t *objects, *value;

	zone_each (db, part, objects) {
		zone_each (objects, name, value)
			bytes += OBJECT_BYTES + (int64_t)strlen(name) + list_bytes(value) +
				 list_bytes(json_object_get(value, "members")) +
				 list_bytes(json_object_get(value, "principals"));
	}
	return bytes;
}

json_t *zone_aliases_used(const json_t *zones)
{
	static const char *const lists[] = { "members", "principals" };
	json_t *used = json_object(), *zone;
	const json_t *member;
	const char *name;
	size_t i;

	zone_each (zones, name, zone) {
		for (size_t l = 0; l < 2; l++) {
			json_array_foreach (json_object_get(zone, lists[l]), i, member) {
				if (zone_text_of(member)[0] == '@')
					(void)json_object_set_new(
						used, zone_text_of(member) + 1, json_string(name));
			}
		}
	}
	return used;
}
