/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "show zone status" and "show device-alias status" of NX-OS. Several "key: value" stand in a line; which ones share a
 * line differs by release, so each key is looked for on its own, and a value goes as far as the next key.
 */
#include <string.h>

#include "zoning/import.h"

static void set_default_zone(json_t *snapshot, const char *value)
{
	zone_import_default_zone(snapshot, value, "permit", "deny");
}

static void set_mode(json_t *snapshot, const char *value)
{
	zone_import_text(
		snapshot, "mode", strncmp(value, "enhanced", 8) == 0 ? "enhanced" : "basic");
}

static void set_smart(json_t *snapshot, const char *value)
{
	(void)json_object_set_new(snapshot, "smart", json_boolean(strcmp(value, "enabled") == 0));
}

/* [INTERFACE:]USER, as CLI/SNMPv3:admin */
static void set_owner(json_t *snapshot, const char *text)
{
	json_t *transaction = zone_import_object(snapshot, "transaction");
	const char *user = strrchr(text, ':');
	char interface[64];

	(void)json_object_set_new(transaction, "open", json_true());
	zone_import_text(transaction, "user", user ? user + 1 : text);
	(void)snprintf(interface, sizeof interface, "%.*s", user ? (int)(user - text) : 0, text);
	if (*interface)
		zone_import_text(transaction, "interface", interface);
}

static void set_session(json_t *snapshot, const char *value)
{
	json_t *transaction = zone_import_object(snapshot, "transaction");

	if (strcmp(value, "none") != 0)
		set_owner(snapshot, value);
	else if (!json_object_get(transaction, "open"))
		(void)json_object_set_new(transaction, "open", json_false());
}

/* "show device-alias status" says only who holds a lock. */
static void set_no_session(json_t *snapshot, const char *value)
{
	(void)value;
	set_session(snapshot, "none");
}

static void set_zoneset(json_t *snapshot, const char *value)
{
	if (zone_import_check(value, NULL) == 0)
		np_json_set_text(zone_import_object(snapshot, "effective"), "zoneset", value);
}

static const struct {
	const char *key;
	void (*set)(json_t *snapshot, const char *value);
} keys[] = {
	{ "default-zone:", set_default_zone },
	{ "mode:", set_mode },
	{ "session:", set_session },
	{ "smart-zoning:", set_smart },
	{ "Name:", set_zoneset },
	{ "Database:-", set_no_session },
};

static bool is_gap(char c)
{
	return c == '\0' || c == ' ' || c == '\t';
}

/* A key is a whole word. */
static const char *find_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = text; (at = strstr(at, key)); at++) {
		if ((at == text || is_gap(at[-1])) && is_gap(at[len]))
			return at + len;
	}
	return NULL;
}

/* The words up to the next key, one blank between them. */
static void read_value(const char *text, char value[static 64])
{
	size_t used = 0;

	value[0] = '\0';
	while (*(text += strspn(text, " \t"))) {
		size_t len = strcspn(text, " \t");

		if (text[len - 1] == ':' || used + len + 2 > 64)
			return;
		used += (size_t)snprintf(
			value + used, 64 - used, "%s%.*s", used ? " " : "", (int)len, text);
		text += len;
	}
}

static bool read_keys(const char *text, json_t *snapshot)
{
	bool found = false;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *at = find_key(text, keys[i].key);
		char value[64];

		if (!at)
			continue;
		read_value(at, value);
		keys[i].set(snapshot, value);
		found = true;
	}
	return found;
}

/* Current Total Zone DB Usage: 483 / 2097152 bytes (0 % used) */
static bool read_usage(const char *text, json_t *snapshot)
{
	static const char start[] = "Current Total Zone DB Usage:";
	const char *slash = strchr(text, '/');

	if (strncmp(text, start, sizeof start - 1) != 0 || !slash)
		return false;
	int64_t used = zone_import_number(text + sizeof start - 1);
	int64_t max = zone_import_number(slash + 1);
	json_t *space = zone_import_object(snapshot, "space");
	if (used >= 0)
		(void)json_object_set_new(space, "used", json_integer(used));
	if (max >= 0)
		(void)json_object_set_new(space, "max", json_integer(max));
	return true;
}

/* Locked By:- User "CLI/SNMPv3:admin" SWWN 20:00:00:00:00:00:00:01 */
static bool read_device_alias_lock(const char *text, json_t *snapshot)
{
	const char *user = strchr(text, '"'), *switch_wwn = strstr(text, "SWWN ");
	char owner[64];

	if (strncmp(text, "Locked By:-", 11) != 0 || !user)
		return false;
	(void)snprintf(owner, sizeof owner, "%.*s", (int)strcspn(user + 1, "\""), user + 1);
	set_owner(snapshot, owner);
	if (switch_wwn)
		zone_import_text(zone_import_object(snapshot, "transaction"), "address",
			switch_wwn + strlen("SWWN "));
	return true;
}

/* Status: how the last command ended; what does not fit into the line stands in the next, indented. */
static bool read_outcome(const struct zone_lines *line, json_t *snapshot)
{
	const char *before = np_json_text(snapshot, "status");
	char both[256];

	if (line->indent == 0 && strncmp(line->text, "Status:", 7) == 0) {
		zone_import_text(
			snapshot, "status", line->text + 7 + strspn(line->text + 7, " \t"));
		return true;
	}
	if (line->indent == 0 || !*before || before[strlen(before) - 1] != ':')
		return false;
	(void)snprintf(both, sizeof both, "%s %s", before, line->text);
	zone_import_text(snapshot, "status", both);
	return true;
}

bool zone_import_status(const struct zone_lines *line, json_t *snapshot)
{
	return read_outcome(line, snapshot) || read_usage(line->text, snapshot) ||
	       read_device_alias_lock(line->text, snapshot) || read_keys(line->text, snapshot);
}
