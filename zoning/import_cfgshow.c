/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person sees of zones on Brocade's Fabric OS. Objects begin with a key ("zone: NAME") and go on over indented
 * lines; blank lines may stand within. A peer zone is told by its first member, the property member
 * 00:02:00:00:00:KK:TT:NN: NN is how many ports (not aliases) after it are principals, TT is not zero in a zone that a
 * target made; such a zone is never changed, so a doubt falls on that side. Aliases come after zones, so zones are read
 * in a second pass.
 */
#include <string.h>

#include "base/wwn.h"
#include "zoning/import.h"

#define PROPERTY_PREFIX UINT64_C(0x0002000000)

struct cfgshow {
	json_t *snapshot;
	json_t *seen; /* {"defined": {"cfg": {NAME: [WORD...]}, "zone": .., "alias": ..}, "effective": {..}} */
	json_t *section; /* of seen; borrowed */
	json_t *words;	 /* of the object that is being read, NULL between objects; borrowed */
};

static json_t *open_object(struct cfgshow *show, const char *kind, const char *name)
{
	json_t *objects = zone_import_object(show->section, kind);

	(void)json_object_set_new(objects, name, json_array());
	return json_object_get(objects, name);
}

static int take_words(struct cfgshow *show, char *rest, struct np_err *err)
{
	for (char *word; (word = zone_word(&rest, " \t;"));) {
		if (json_array_append_new(show->words, json_string(word)) < 0)
			return np_fail(err, NP_INVAL, "a member is no text");
	}
	return 0;
}

/* "cfg:", "zone:" or "alias:" and a name. 1 when it was none. */
static int read_key(struct cfgshow *show, char *text, struct np_err *err)
{
	static const char *const keys[] = { "cfg:", "zone:", "alias:" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char *rest = text + strlen(keys[i]), *name;
		char kind[8];
		int rc;

		if (strncmp(text, keys[i], strlen(keys[i])) != 0)
			continue;
		(void)snprintf(kind, sizeof kind, "%.*s", (int)strlen(keys[i]) - 1, keys[i]);
		name = zone_word(&rest, " \t;");
		rc = name ? zone_import_check(name, err)
			  : np_fail(err, NP_INVAL, "a %s has no name", kind);
		if (rc < 0)
			return rc;
		show->words = open_object(show, kind, name);
		return take_words(show, rest, err);
	}
	return 1;
}

static void begin_section(struct cfgshow *show, const char *name)
{
	show->section = zone_import_object(show->seen, name);
	show->words = NULL;
}

static void read_default_zone(json_t *snapshot, const char *value)
{
	zone_import_default_zone(snapshot, value, "All Access", "No Access");
}

static void set_space(json_t *snapshot, const char *key, const char *value)
{
	int64_t bytes = zone_import_number(value);

	if (bytes >= 0)
		(void)json_object_set_new(
			zone_import_object(snapshot, "space"), key, json_integer(bytes));
}

static void read_committed(json_t *snapshot, const char *value)
{
	if (strspn(value, "0123456789") > 0)
		set_space(snapshot, "used", value);
	else
		read_default_zone(snapshot, value);
}

static void read_space(json_t *snapshot, const char *value)
{
	set_space(snapshot, "max", value);
}

static void read_no_transaction(json_t *snapshot, const char *value)
{
	(void)value;
	(void)json_object_set_new(
		zone_import_object(snapshot, "transaction"), "open", json_false());
}

static void read_transaction(json_t *snapshot, const char *value)
{
	json_t *transaction = zone_import_object(snapshot, "transaction");

	(void)json_object_set_new(transaction, "open", json_true());
	zone_import_text(transaction, "token", value);
}

static void read_no_effective(json_t *snapshot, const char *value)
{
	(void)value;
	(void)zone_import_object(snapshot, "effective");
}

static const struct {
	const char *start;
	void (*read)(json_t *snapshot, const char *value);
} states[] = {
	{ "no configuration in effect", read_no_effective },
	{ "no configuration defined", read_no_effective },
	{ "committed - ", read_committed },
	{ "Zone DB max size - ", read_space },
	{ "There is no outstanding zoning transaction", read_no_transaction },
	{ "Current transaction token is ", read_transaction },
};

static bool read_state(struct cfgshow *show, const char *text)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		size_t len = strlen(states[i].start);

		if (strncmp(text, states[i].start, len) != 0)
			continue;
		states[i].read(show->snapshot, text + len);
		return true;
	}
	return false;
}

/* "Created by: Target": said in the property member, the same as where there is no such line. */
static int read_creator(struct cfgshow *show, char *text, struct np_err *err)
{
	const char *property = json_string_value(json_array_get(show->words, 0));
	uint64_t wwn;
	char colon[NP_WWN_COLON];

	if (strstr(text, "Target") && property && np_wwn_parse(property, &wwn, NULL) == 0 &&
		json_array_set_new(show->words, 0,
			json_string(np_wwn_colon(wwn | UINT64_C(1) << 8, colon))) < 0)
		return np_fail_nomem(err);
	return 0;
}

/*
 * zoneshow --peerzone puts labels before the members, and has them in the same order as cfgshow: the labels are left
 * out.
 */
static const struct {
	const char *label;
	int (*read)(struct cfgshow *show, char *text, struct np_err *err);
} peer_labels[] = {
	{ "Property Member:", take_words },
	{ "Principal Member(s):", take_words },
	{ "Peer Member(s):", take_words },
	{ "Created by:", read_creator },
};

static int read_members_line(struct cfgshow *show, char *text, struct np_err *err)
{
	for (size_t i = 0; i < sizeof peer_labels / sizeof *peer_labels; i++) {
		size_t len = strlen(peer_labels[i].label);

		if (strncmp(text, peer_labels[i].label, len) == 0)
			return peer_labels[i].read(show, text + len, err);
	}
	return take_words(show, text, err);
}

static int read_line(struct cfgshow *show, const struct zone_lines *line, struct np_err *err)
{
	int rc = 0;

	if (!*line->text)
		return 0;
	if (strcmp(line->text, "Defined configuration:") == 0) {
		begin_section(show, "defined");
		return 0;
	}
	if (strcmp(line->text, "Effective configuration:") == 0) {
		begin_section(show, "effective");
		return 0;
	}
	rc = read_key(show, line->text, err);
	if (rc <= 0)
		return rc;
	if (read_state(show, line->text))
		return 0;
	if (line->indent == 0)
		show->words = NULL; /* a prompt, or another command's output */
	if (line->indent == 0 && strchr(line->text, '>'))
		begin_section(
			show, "defined"); /* zoneshow and alishow of one object say no section */
	if (show->words)
		return read_members_line(show, line->text, err);
	(void)zone_import_nsshow(line, zone_import_list(show->seen, "logins"));
	return 0;
}

/* Its first five bytes. */
static bool read_property(const char *word, uint64_t *ret_property)
{
	return np_wwn_parse(word, ret_property, NULL) == 0 &&
	       *ret_property >> 24 == PROPERTY_PREFIX;
}

/* How many ports a member counts in a property member. */
static size_t ports_of(const char *word, const json_t *aliases)
{
	size_t ports = json_array_size(json_object_get(aliases, word));

	return ports ? ports : 1;
}

static int read_peers(const json_t *words, uint64_t property, json_t *zone, const json_t *aliases,
	struct np_err *err)
{
	json_t *principals = zone_import_list(zone, "principals");
	json_t *members = zone_import_list(zone, "members");
	size_t left = property & 0xff;

	for (size_t i = 1; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));
		size_t ports = ports_of(word, aliases);
		int rc = zone_import_member(left ? principals : members, word, err);

		if (rc < 0)
			return rc;
		left -= ports < left ? ports : left;
	}
	return 0;
}

static int read_members(const json_t *words, json_t *list, struct np_err *err)
{
	const json_t *word;
	size_t i;

	json_array_foreach (words, i, word) {
		int rc = zone_import_member(list, json_string_value(word), err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_zone(json_t *zones, const char *name, const json_t *words, const json_t *aliases,
	struct np_err *err)
{
	const char *first = json_string_value(json_array_get(words, 0));
	uint64_t property = 0;
	bool peer = first && read_property(first, &property);
	json_t *zone = zone_new(!peer ? "regular" : property >> 8 & 0xff ? "target-peer" : "peer");
	int rc;

	if (!zone || json_object_set_new(zones, name, zone) < 0)
		return np_fail_nomem(err);
	if (peer)
		rc = read_peers(words, property, zone, aliases, err);
	else
		rc = read_members(words, zone_import_list(zone, "members"), err);
	return np_wrap(err, rc, "zone '%s'", name);
}

static int add_zones(
	const json_t *section, json_t *zones, const json_t *aliases, struct np_err *err)
{
	json_t *words;
	const char *name;

	json_object_foreach (json_object_get(section, "zone"), name, words) {
		int rc = add_zone(zones, name, words, aliases, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_aliases(const json_t *section, json_t *db, struct np_err *err)
{
	json_t *words;
	const char *name;

	json_object_foreach (json_object_get(section, "alias"), name, words) {
		json_t *list = zone_import_list(zone_import_object(db, "aliases"), name);
		int rc = read_members(words, list, err);

		if (rc < 0)
			return np_wrap(err, rc, "alias '%s'", name);
	}
	return 0;
}

static int add_zonesets(const json_t *section, json_t *db, struct np_err *err)
{
	json_t *words;
	const char *name;

	json_object_foreach (json_object_get(section, "cfg"), name, words) {
		json_t *list = zone_import_list(zone_import_object(db, "zonesets"), name);
		const json_t *word;
		size_t i;

		json_array_foreach (words, i, word) {
			int rc = zone_import_name(list, json_string_value(word), err);

			if (rc < 0)
				return np_wrap(err, rc, "cfg '%s'", name);
		}
	}
	return 0;
}

static int add_defined(struct cfgshow *show, const json_t *section, struct np_err *err)
{
	json_t *db = zone_import_object(show->snapshot, "defined");
	int rc = add_aliases(section, db, err);

	if (rc == 0)
		rc = add_zonesets(section, db, err);
	if (rc == 0)
		rc = add_zones(section, zone_import_object(db, "zones"),
			json_object_get(section, "alias"), err);
	return rc;
}

static int add_effective(struct cfgshow *show, const json_t *section, struct np_err *err)
{
	json_t *effective = zone_import_object(show->snapshot, "effective");
	void *cfg = json_object_iter(json_object_get(section, "cfg"));

	if (cfg)
		np_json_set_text(effective, "zoneset", json_object_iter_key(cfg));
	return add_zones(section, zone_import_object(effective, "zones"), NULL, err);
}

static int add_all(struct cfgshow *show, struct np_err *err)
{
	json_t *logins = json_object_get(show->seen, "logins");
	const json_t *defined = json_object_get(show->seen, "defined");
	const json_t *effective = json_object_get(show->seen, "effective");
	int rc = defined ? add_defined(show, defined, err) : 0;

	if (rc == 0 && effective)
		rc = add_effective(show, effective, err);
	if (rc == 0 && json_array_size(logins) > 0)
		(void)json_object_set(show->snapshot, "logins", logins);
	return rc;
}

int zone_import_cfgshow(char *text, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *seen = json_object();
	struct cfgshow show = { .snapshot = snapshot, .seen = seen };
	struct zone_lines line = { .next = text };

	begin_section(&show, "defined");
	while (zone_lines_next(&line)) {
		int rc = read_line(&show, &line, err);

		if (rc < 0)
			return np_wrap(err, rc, "line %u", line.number);
	}
	if (json_object_size(json_object_get(seen, "defined")) == 0)
		(void)json_object_del(seen, "defined");
	return add_all(&show, err);
}
