/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replies of Brocade's FOS REST in JSON. A list of one may come as the one thing without a list, and numbers as texts;
 * around the container may be "Response" or the module. Peer zones may have no peers (only principals), and may show the
 * property member 00:02:.., which is no port.
 */
#include <string.h>

#include "base/wwn.h"
#include "zoning/import.h"

#define PROPERTY_PREFIX UINT64_C(0x0002000000) /* its first five bytes */
#define WRAPPERS_MAX 4

/* A list, whatever came; a new reference. */
static json_t *as_list(json_t *value)
{
	if (!value || json_is_null(value))
		return json_array();
	return json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
}

static json_t *list_at(const json_t *object, const char *key)
{
	return as_list(json_object_get(object, key));
}

/* -1: not told. */
static int64_t number_at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		return json_integer_value(value);
	return json_is_string(value) ? zone_import_number(json_string_value(value)) : -1;
}

static bool is_property(const char *member)
{
	uint64_t wwn;

	return np_wwn_parse(member, &wwn, NULL) == 0 && wwn >> 24 == PROPERTY_PREFIX;
}

static int add_members(json_t *list, json_t *value, bool is_peer, struct np_err *err)
{
	np_auto(np_json_decref) json_t *members = as_list(value);
	const json_t *member;
	size_t i;

	json_array_foreach (members, i, member) {
		const char *text = json_string_value(member);
		int rc = 0;

		if (!text)
			return np_fail(err, NP_INVAL, "a member is no text");
		if (!is_peer || !is_property(text))
			rc = zone_import_member(list, text, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const char *kind_of(const json_t *item, const json_t *entry)
{
	static const char *const kinds[] = { "regular", "peer", "target-peer" };
	static const char *const words[] = { "zone", "user-created-peer-zone",
		"target-created-peer-zone" };
	const char *word = np_json_text(item, "zone-type-string");
	int64_t type = number_at(item, "zone-type");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(words[i], word) == 0 || (!*word && type == (int64_t)i))
			return kinds[i];
	}
	return json_object_get(entry, "principal-entry-name") ? "peer" : "regular";
}

static int read_zone(json_t *zones, const char *name, json_t *item, struct np_err *err)
{
	const json_t *entry = json_object_get(item, "member-entry");
	const char *kind = kind_of(item, entry);
	bool peer = strcmp(kind, "regular") != 0;
	json_t *zone = zone_new(kind);
	int rc;

	if (!zone || json_object_set_new(zones, name, zone) < 0)
		return np_fail_nomem(err);
	rc = add_members(
		zone_import_list(zone, "members"), json_object_get(entry, "entry-name"), peer, err);
	if (rc == 0 && peer)
		rc = add_members(zone_import_list(zone, "principals"),
			json_object_get(entry, "principal-entry-name"), true, err);
	return rc;
}

static int read_alias(json_t *aliases, const char *name, json_t *item, struct np_err *err)
{
	const json_t *entry = json_object_get(item, "member-entry");

	return add_members(zone_import_list(aliases, name),
		json_object_get(entry, "alias-entry-name"), false, err);
}

static int read_cfg(json_t *zonesets, const char *name, json_t *item, struct np_err *err)
{
	np_auto(np_json_decref) json_t *names =
		list_at(json_object_get(item, "member-zone"), "zone-name");
	json_t *list = zone_import_list(zonesets, name);
	const json_t *zone;
	size_t i;

	json_array_foreach (names, i, zone) {
		const char *text = json_string_value(zone);
		int rc = zone_import_name(list, text ? text : "", err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A list of the reply, the name's key in it, and where its objects go. */
struct objects {
	const char *list, *name, *into;
	int (*read)(json_t *objects, const char *name, json_t *item, struct np_err *err);
};

static int read_objects(
	const json_t *container, const struct objects *row, json_t *db, struct np_err *err)
{
	np_auto(np_json_decref) json_t *items = list_at(container, row->list);
	json_t *objects = zone_import_object(db, row->into);
	json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const char *name = np_json_text(item, row->name);
		int rc = zone_import_check(name, err);

		if (rc == 0)
			rc = row->read(objects, name, item, err);
		if (rc < 0)
			return np_wrap(err, rc, "%s '%.64s'", row->list, name);
	}
	return 0;
}

static int read_defined(json_t *container, json_t *snapshot, struct np_err *err)
{
	static const struct objects rows[] = {
		{ "alias", "alias-name", "aliases", read_alias },
		{ "zone", "zone-name", "zones", read_zone },
		{ "cfg", "cfg-name", "zonesets", read_cfg },
	};
	json_t *db = zone_import_object(snapshot, "defined");
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof rows / sizeof *rows; i++)
		rc = read_objects(container, &rows[i], db, err);
	return rc;
}

static void read_space(const json_t *container, json_t *snapshot)
{
	int64_t max = number_at(container, "db-max");
	int64_t free_bytes = number_at(container, "db-avail");
	int64_t used = number_at(container, "db-committed");
	json_t *space;

	if (max < 0)
		return;
	if (free_bytes >= 0 && free_bytes <= max)
		used = max - free_bytes;
	space = zone_import_object(snapshot, "space");
	(void)json_object_set_new(space, "max", json_integer(max));
	(void)json_object_set_new(space, "used", json_integer(used > 0 ? used : 0));
}

/* Also without a token of its own: somebody at the switch's console. */
static void set_transaction(json_t *snapshot, int64_t token, bool open)
{
	json_t *transaction = zone_import_object(snapshot, "transaction");
	char text[24];

	(void)json_object_set_new(transaction, "open", json_boolean(open || token > 0));
	(void)snprintf(text, sizeof text, "%lld", (long long)token);
	if (token > 0)
		np_json_set_text(transaction, "token", text);
}

static int read_effective(json_t *container, json_t *snapshot, struct np_err *err)
{
	static const struct objects row = { "enabled-zone", "zone-name", "zones", read_zone };
	json_t *effective = zone_import_object(snapshot, "effective");
	const char *name = np_json_text(container, "cfg-name");
	int64_t access = number_at(container, "default-zone-access");
	int64_t token = number_at(container, "transaction-token");
	int rc = *name ? zone_import_check(name, err) : 0;

	if (rc < 0)
		return np_wrap(err, rc, "cfg-name");
	np_json_set_text(effective, "zoneset", name);
	if (*np_json_text(container, "checksum"))
		zone_import_text(snapshot, "checksum", np_json_text(container, "checksum"));
	if (access >= 0)
		np_json_set_text(snapshot, "default_zone", access ? "all-access" : "no-access");
	if (token >= 0 && !np_json_bool(json_object_get(snapshot, "transaction"), "open"))
		set_transaction(snapshot, token, number_at(container, "db-transaction") > 0);
	read_space(container, snapshot);
	return read_objects(container, &row, effective, err);
}

static int read_lock(json_t *container, json_t *snapshot, struct np_err *err)
{
	static const struct {
		const char *leaf, *key;
	} leaves[] = {
		{ "client-user-name", "user" },
		{ "client-ip-address", "address" },
		{ "client-application-name", "application" },
		{ "client-interface", "interface" },
	};
	int64_t left = number_at(container, "remaining-time");
	json_t *transaction = json_object_get(snapshot, "transaction");

	(void)err;
	if (number_at(container, "lock-principal-domain-id") <= 0)
		return 0;
	/* The switch's own token names its transaction also when the lock's time is over. */
	if (!*np_json_text(transaction, "token"))
		set_transaction(
			snapshot, number_at(container, "lock-principal-transaction-token"), true);
	transaction = zone_import_object(snapshot, "transaction");
	for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
		zone_import_text(
			transaction, leaves[i].key, np_json_text(container, leaves[i].leaf));
	if (left >= 0)
		(void)json_object_set_new(transaction, "remaining_s", json_integer(left));
	return 0;
}

/* [26] "what the port says of itself" */
static void set_symbol(json_t *login, const char *value)
{
	const char *quote = strchr(value, '"');
	char text[128];

	(void)snprintf(text, sizeof text, "%.*s", quote ? (int)strcspn(quote + 1, "\"") : 127,
		quote ? quote + 1 : value);
	zone_import_text(login, "symbolic_name", text);
}

static json_t *login_of(const json_t *entry)
{
	static const struct {
		const char *leaf, *key;
	} names[] = {
		{ "port-name", "wwpn" },
		{ "node-name", "wwnn" },
		{ "permanent-port-name", "physical_wwpn" },
	};
	json_t *login = json_object();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		np_json_set_wwn(login, names[i].key, np_json_wwn(entry, names[i].leaf));
	zone_import_text(login, "port_id", np_json_text(entry, "port-id"));
	zone_import_text(login, "role", zone_import_role(np_json_text(entry, "fc4-features")));
	set_symbol(login, np_json_text(entry, "port-symbolic-name"));
	return login;
}

/* The reply is the list itself: "fibrechannel-name-server". */
static int read_logins(json_t *container, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *entries = as_list(container);
	json_t *logins = zone_import_list(snapshot, "logins");
	const json_t *entry;
	size_t i;

	json_array_foreach (entries, i, entry) {
		if (!np_json_wwn(entry, "port-name"))
			return np_fail(err, NP_INVAL, "a port of the name server has no port-name");
		if (json_array_append_new(logins, login_of(entry)) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

static int read_errors(json_t *container, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *errors = list_at(container, "error");
	const char *message = np_json_text(json_array_get(errors, 0), "error-message");

	(void)snapshot;
	return np_fail(err, NP_INVAL, "this is an error of the switch: '%.200s'", message);
}

static const struct {
	const char *name;
	int (*read)(json_t *container, json_t *snapshot, struct np_err *err);
} containers[] = {
	{ "defined-configuration", read_defined },
	{ "effective-configuration", read_effective },
	{ "fabric-lock", read_lock },
	{ "fibrechannel-name-server", read_logins },
	{ "errors", read_errors },
};

/* What may be around the containers. */
static const char *const wrappers[] = { "Response", "brocade-zone", "brocade-zone:brocade-zone",
	"brocade-name-server", "brocade-name-server:brocade-name-server" };

static int read_containers(const json_t *object, json_t *snapshot, struct np_err *err)
{
	for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
		json_t *container = json_object_get(object, containers[i].name);
		int rc = container ? containers[i].read(container, snapshot, err) : 0;

		if (rc < 0)
			return np_wrap(err, rc, "%s", containers[i].name);
	}
	return 0;
}

static const json_t *unwrap(const json_t *object)
{
	for (unsigned depth = 0; depth < WRAPPERS_MAX; depth++) {
		for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
			const json_t *inner = json_object_get(object, wrappers[i]);

			object = inner ? inner : object;
		}
	}
	return object;
}

int zone_import_fos(const json_t *reply, json_t *snapshot, struct np_err *err)
{
	return read_containers(unwrap(reply), snapshot, err);
}

static int read_replies(json_t *replies, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *list = as_list(replies);
	const json_t *reply;
	size_t i;

	json_array_foreach (list, i, reply) {
		int rc = zone_import_fos(reply, snapshot, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The length of the first value in @text, to its closing bracket; the whole when there is none. */
static size_t first_value(const char *text)
{
	unsigned depth = 0;
	bool in_text = false;
	size_t i;

	for (i = 0; text[i]; i++) {
		if (in_text && text[i] == '\\' && text[i + 1])
			i++;
		else if (text[i] == '"')
			in_text = !in_text;
		else if (!in_text && strchr("{[", text[i]))
			depth++;
		else if (!in_text && strchr("}]", text[i]) && (depth == 0 || --depth == 0))
			return i + 1;
	}
	return i;
}

int zone_import_fos_text(char *text, json_t *snapshot, struct np_err *err)
{
	for (text += strspn(text, " \t\r\n"); *text; text += strspn(text, " \t\r\n")) {
		np_auto(np_json_decref) json_t *value = NULL;
		size_t len = first_value(text);
		int rc = np_json_parse(text, len, &value, err);

		if (rc == 0)
			rc = read_replies(value, snapshot, err);
		if (rc < 0)
			return rc;
		text += len;
	}
	return 0;
}
