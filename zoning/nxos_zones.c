/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_zones.h"

#include <ctype.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/list.h"
#include "zoning/nxos_table.h"

/* How a member of each type becomes a text; the fields where its value may be. */
static const struct member_row {
	const char *type;
	const char *prefix;
	bool wwn;
	const char *fields[5];
} member_rows[] = {
	{ "pwwn", "", true, { "wwn", "pwwn" } },
	{ "device-alias", "@", false, { "dev_alias", "device_alias" } },
	{ "fcalias", "@", false, { "fcalias_name", "fcalias" } },
	{ "interface", "interface:", false, { "intf_fc", "intf_port_ch", "intf", "interface" } },
	{ "fcid", "fcid:", false, { "fcid" } },
	{ "fwwn", "fwwn:", true, { "wwn", "fwwn" } },
	{ "nwwn", "wwnn:", true, { "wwn", "nwwn" } },
	{ "ip-address", "ip:", false, { "ipaddr", "ip_address" } },
	{ "symbolic-nodename", "symbolic:", false, { "symnodename", "symbolic_nodename" } },
};

static const char *value_of(const json_t *row, const struct member_row *how, char text[static 24])
{
	return nxos_table_field(row, how->fields, text);
}

/* NULL: not known. Rows without a value for their type, or without a type, go by the first value that there is. */
static const struct member_row *member_row_of(const json_t *row)
{
	const char *type = NXOS_FIELD(row, "type", "member_type", "fcalias_member_type");
	const struct member_row *first = NULL;
	char text[24];

	for (size_t i = 0; i < sizeof member_rows / sizeof *member_rows; i++) {
		const struct member_row *one = &member_rows[i];
		if (!*value_of(row, one, text))
			continue;
		if (strcasecmp(type, one->type) == 0)
			return one;
		first = first ? first : one;
	}
	for (size_t i = 0; i < sizeof member_rows / sizeof *member_rows; i++)
		if (!*type || strcasecmp(type, member_rows[i].type) == 0)
			return first;
	return NULL;
}

/* Any blank or control character as '_'. */
static int write_member(char ret_member[static ZONE_MEMBER_MAX], const char *prefix,
	const char *value, struct np_err *err)
{
	int len = snprintf(ret_member, ZONE_MEMBER_MAX, "%s%s", prefix, value);

	if (len >= ZONE_MEMBER_MAX)
		return np_fail(err, NP_PEER, "a member is over %d characters long: '%.60s...'",
			ZONE_MEMBER_MAX - 1, value);
	for (char *c = ret_member; *c; c++)
		if (!isgraph((unsigned char)*c))
			*c = '_';
	return 0;
}

/* Of a type that we do not know: shown, compared, and never written by us. */
static int read_unknown(
	const json_t *row, char ret_member[static ZONE_MEMBER_MAX], struct np_err *err)
{
	const char *type = NXOS_FIELD(row, "type", "member_type", "fcalias_member_type");
	const char *key, *text = "";
	char prefix[48];
	json_t *value;

	(void)snprintf(prefix, sizeof prefix, "other:%.32s,", type);
	zone_each (row, key, value)
		if (json_is_string(value) && json_string_value(value) != type &&
			*json_string_value(value))
			text = json_string_value(value);
	return write_member(ret_member, prefix, text, err);
}

static int read_member(
	const json_t *row, char ret_member[static ZONE_MEMBER_MAX], struct np_err *err)
{
	const struct member_row *how = member_row_of(row);
	char digits[24], wwn[NP_WWN_TEXT];
	uint64_t name;

	if (!how)
		return read_unknown(row, ret_member, err);
	const char *value = value_of(row, how, digits);
	if (how->wwn && np_wwn_parse(value, &name, NULL) < 0)
		return np_fail(err, NP_PEER, "the member '%.60s' is not a WWN", value);
	return write_member(
		ret_member, how->prefix, how->wwn ? np_wwn_text(name, wwn) : value, err);
}

/* What smart zoning says of a member. */
enum device_type { DEVICE_NONE, DEVICE_INITIATOR, DEVICE_TARGET, DEVICE_BOTH };

static enum device_type read_type(const json_t *row)
{
	static const struct {
		const char *word;
		enum device_type type;
	} words[] = {
		{ "init", DEVICE_INITIATOR },
		{ "initiator", DEVICE_INITIATOR },
		{ "target", DEVICE_TARGET },
		{ "both", DEVICE_BOTH },
	};
	const char *text = NXOS_FIELD(
		row, "dev_type", "devtype", "device_type", "smart_zoning_type", "smart_type");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(text, words[i].word) == 0)
			return words[i].type;
	return DEVICE_NONE;
}

static int append(json_t *list, const char *text, struct np_err *err)
{
	return json_array_append_new(list, json_string(text)) < 0 ? np_fail_nomem(err) : 0;
}

/* An alias of the zone server that came with its members. */
static int read_fcalias(const json_t *row, struct nxos_zones *zones, struct np_err *err)
{
	const char *name = NXOS_FIELD(row, "fcalias_name", "fcalias");
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *members = json_array();
	const json_t *one;
	size_t i;
	int rc = NXOS_ROWS(row, &rows, err, "fcalias_member");

	if (rc == 0)
		rc = nxos_table_check_name(name, "fcalias", err);
	if (rc == 0 && !members)
		rc = np_fail_nomem(err);
	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, one) {
		char member[ZONE_MEMBER_MAX];

		rc = read_member(one, member, err);
		if (rc == 0)
			rc = append(members, member, err);
		if (rc < 0)
			return rc;
	}
	if (json_object_set(zones->fcaliases, name, members) < 0)
		return np_fail_nomem(err);
	return 0;
}

/* A zone while its members are read. */
struct draft {
	json_t *all, *principals, *peers;
	bool untyped; /* there is a member without a type: the whole zone is a regular one */
};

static void draft_done(struct draft *draft)
{
	json_decref(draft->all);
	json_decref(draft->principals);
	json_decref(draft->peers);
}

static int draft_add(
	struct draft *draft, const json_t *row, struct nxos_zones *zones, struct np_err *err)
{
	enum device_type type = zones->smart ? read_type(row) : DEVICE_NONE;
	char member[ZONE_MEMBER_MAX];
	int rc = read_member(row, member, err);

	if (rc == 0 && strcasecmp(NXOS_FIELD(row, "type"), "fcalias") == 0)
		rc = read_fcalias(row, zones, err);
	if (rc == 0)
		rc = append(draft->all, member, err);
	if (rc == 0 && (type == DEVICE_TARGET || type == DEVICE_BOTH))
		rc = append(draft->principals, member, err);
	if (rc == 0 && (type == DEVICE_INITIATOR || type == DEVICE_BOTH))
		rc = append(draft->peers, member, err);
	draft->untyped = draft->untyped || type == DEVICE_NONE;
	zones->typed = zones->typed || type != DEVICE_NONE;
	return rc;
}

/* 1: it came without a table of members. */
static int read_zone(
	const json_t *row, struct nxos_zones *zones, json_t **ret_zone, struct np_err *err)
{
	np_auto(draft_done) struct draft draft = { json_array(), json_array(), json_array(),
		false };
	np_auto(np_json_decref) json_t *rows = NULL;
	const json_t *one;
	size_t i;
	int rc = NXOS_ROWS(row, &rows, err, "zone_member", "member");

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, one) {
		rc = draft_add(&draft, one, zones, err);
		if (rc < 0)
			return rc;
	}
	bool empty = json_array_size(draft.all) == 0;
	*ret_zone = empty || draft.untyped
			    ? json_pack("{s:s, s:O}", "kind", "regular", "members", draft.all)
			    : json_pack("{s:s, s:O, s:O}", "kind", "peer", "principals",
				      draft.principals, "members", draft.peers);
	if (!*ret_zone)
		return np_fail_nomem(err);
	return empty;
}

/* The member @key of an object, made when it is absent; borrowed, NULL when out of memory. */
static json_t *part_of(json_t *object, const char *key)
{
	json_t *part = json_object_get(object, key);

	if (!json_is_object(part)) {
		(void)json_object_set_new(object, key, json_object());
		part = json_object_get(object, key);
	}
	return part;
}

/* 1: one of them came without members. */
static int add_zones(const json_t *rows, struct nxos_zones *zones, struct np_err *err)
{
	json_t *all = part_of(zones->db, "zones");
	const json_t *row;
	int lacking = 0;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *name = NXOS_FIELD(row, "name", "zone_name");
		json_t *zone = NULL;

		if (!nxos_table_is_of(row, zones->vsan))
			continue;
		int rc = nxos_table_check_name(name, "zone", err);
		if (rc == 0)
			rc = read_zone(row, zones, &zone, err);
		if (rc < 0)
			return np_wrap(err, rc, "zone '%.64s'", name);
		lacking |= rc;
		if (json_object_set_new(all, name, zone) < 0)
			return np_fail_nomem(err);
	}
	return all ? lacking : np_fail_nomem(err);
}

int nxos_zones_read(const json_t *body, struct nxos_zones *zones, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = NXOS_ROWS(body, &rows, err, "zone", "zone_active", "zone_pending");

	if (rc == 0)
		rc = add_zones(rows, zones, err);
	return rc < 0 ? rc : 0;
}

/* The zones of a zoneset: rows with members, or with names alone. */
static int zones_of(const json_t *zoneset, json_t **ret_rows, struct np_err *err)
{
	return NXOS_ROWS(zoneset, ret_rows, err, "zone", "zoneset_member", "zone_pending");
}

static int read_zoneset(const json_t *row, json_t **ret_names, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *names = json_array();
	const json_t *zone;
	size_t i;
	int rc = names ? zones_of(row, &rows, err) : np_fail_nomem(err);

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, zone) {
		const char *name = NXOS_FIELD(zone, "name", "zone_name");

		rc = nxos_table_check_name(name, "zone", err);
		if (rc == 0)
			rc = append(names, name, err);
		if (rc < 0)
			return rc;
	}
	*ret_names = np_take(names);
	return 0;
}

int nxos_zones_read_zonesets(const json_t *body, struct nxos_zones *zones, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	json_t *all = part_of(zones->db, "zonesets");
	const json_t *row;
	size_t i;
	int rc = all ? NXOS_ROWS(body, &rows, err, "zoneset", "zoneset_pending")
		     : np_fail_nomem(err);

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row) {
		const char *name = NXOS_FIELD(row, "name", "zoneset_name");
		json_t *names = NULL;

		if (!nxos_table_is_of(row, zones->vsan))
			continue;
		rc = nxos_table_check_name(name, "zoneset", err);
		if (rc == 0)
			rc = read_zoneset(row, &names, err);
		if (rc < 0)
			return np_wrap(err, rc, "zoneset '%.64s'", name);
		if (json_object_set_new(all, name, names) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

int nxos_zones_read_active(const json_t *body, struct nxos_zones *zones, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *inside = NULL;
	const json_t *row, *mine = NULL;
	size_t i;
	int rc = NXOS_ROWS(body, &rows, err, "zoneset", "zoneset_active");

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row)
		if (!mine && nxos_table_is_of(row, zones->vsan))
			mine = row;
	if (!part_of(zones->db, "zones"))
		return np_fail_nomem(err);
	if (!mine)
		return 0;
	const char *name = NXOS_FIELD(mine, "name", "zoneset_name");
	rc = nxos_table_check_name(name, "zoneset", err);
	if (rc == 0)
		rc = zones_of(mine, &inside, err);
	if (rc < 0)
		return rc;
	np_json_set_text(zones->db, "zoneset", name);
	return add_zones(inside, zones, err);
}

int nxos_zones_read_aliases(const json_t *body, json_t *db, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	json_t *all = part_of(db, "aliases");
	const json_t *row;
	size_t i;
	int rc = all ? NXOS_ROWS(body, &rows, err, "device_alias_database",
			       "device_alias_database_pending", "device_alias_pending")
		     : np_fail_nomem(err);

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row) {
		const char *name = NXOS_FIELD(row, "dev_alias_name", "device_alias_name");
		const char *pwwn = NXOS_FIELD(row, "pwwn", "wwn");
		char text[NP_WWN_TEXT];
		uint64_t wwn;

		rc = nxos_table_check_name(name, "device-alias", err);
		if (rc < 0)
			return rc;
		if (np_wwn_parse(pwwn, &wwn, NULL) < 0)
			return np_fail(err, NP_PEER,
				"device-alias '%s' has '%.60s', which is not a WWN", name, pwwn);
		if (json_object_set_new(all, name, json_pack("[s]", np_wwn_text(wwn, text))) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}
