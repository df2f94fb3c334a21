/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person sees of zones on Cisco's NX-OS. Blocks are told by indentation: zones within a zoneset, fcaliases (with
 * their members) within a zone. "show zoneset" and "show zoneset active" look alike: a zoneset is the active one when the
 * prompt or the running configuration says so, or when a member carries an FCID, which only ports that are logged in
 * have. The text must be of one VSAN, since a snapshot is of one fabric.
 */
#include <string.h>

#include "zoning/import.h"

#define WORDS_MAX 8
#define BLANKS " \t"
#define COPY_MAX                                                                                   \
	512 /* of a line that is looked at before it is taken apart; longer ones open no block */
#define INNER_MAX 160 /* of what stands in brackets */

struct nxos {
	json_t *snapshot;
	json_t *sets;	  /* [{"name", "active", "zones": {NAME: RAW}, "names": [..]}...] */
	json_t *full;	  /* zones of the database: {NAME: RAW} */
	json_t *enforced; /* zones of a running configuration's active section */
	json_t *set;	  /* the zoneset that is being read, NULL outside of one; borrowed */
	json_t *zone; /* RAW: {"all", "members", "principals": [..], "untyped": bool}; borrowed */
	char alias[ZONE_NAME_MAX]; /* the fcalias that is being read, "" outside of one */
	bool alias_shown;	   /* one of its members was seen */
	size_t set_indent, zone_indent, alias_indent;
	bool active_asked;   /* by the command at the last prompt */
	bool active_section; /* of a running configuration */
	int64_t vsan;
};

static int check_vsan(struct nxos *nxos, const char *text, struct np_err *err)
{
	int64_t vsan = text ? zone_import_number(text) : -1;

	if (vsan < 1 || vsan > 4094)
		return np_fail(err, NP_INVAL, "'%.20s' is no VSAN", text ? text : "");
	if (nxos->vsan && nxos->vsan != vsan)
		return np_hint(err,
			np_fail(err, NP_INVAL, "the text is of VSAN %lld and of VSAN %lld",
				(long long)nxos->vsan, (long long)vsan),
			"give the output for one VSAN: show zoneset vsan %lld",
			(long long)nxos->vsan);
	nxos->vsan = vsan;
	return 0;
}

static size_t split(char *text, char *words[static WORDS_MAX])
{
	char *end = text + strlen(text); /* an empty word */
	size_t count = 0;

	while (count < WORDS_MAX && (words[count] = zone_word(&text, BLANKS)))
		count++;
	for (size_t i = count; i < WORDS_MAX; i++)
		words[i] = end;
	return count;
}

static void leave(struct nxos *nxos)
{
	nxos->set = nxos->zone = NULL;
	nxos->alias[0] = '\0';
}

struct kind {
	const char *word;
	const char *prefix; /* of the member's text; "" for a WWN */
};

static const struct kind kinds[] = {
	{ "pwwn", "" },
	{ "device-alias", "@" },
	{ "fcalias", "@" },
	{ "fcid", "fcid:" },
	{ "fwwn", "fwwn:" },
	{ "nwwn", "wwnn:" },
	{ "interface", "interface:" },
	{ "ip-address", "ip:" },
	{ "symbolic-nodename", "symbolic:" },
	{ "domain-id", "" },
};

static const struct kind *kind_named(const char *word)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* Lines in a zone that say something else than a member. */
static bool is_attribute(const char *word)
{
	static const char *const words[] = { "attribute", "attribute-group", "qos", "broadcast",
		"read-only", NULL };

	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

static const char *device_type(const char *word)
{
	static const struct {
		const char *word, *type;
	} types[] = { { "init", "init" }, { "initiator", "init" }, { "target", "target" },
		{ "both", "both" } };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].word, word) == 0)
			return types[i].type;
	}
	return NULL;
}

struct member {
	char text[ZONE_MEMBER_MAX];
	const char *type; /* "init", "target", "both", or NULL */
	bool logged_in;
};

static bool begins_with_kind(const char *text)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t len = strlen(kinds[i].word);

		if (strncmp(text, kinds[i].word, len) == 0 && text[len] == ' ')
			return true;
	}
	return false;
}

/*
 * Takes out what stands in brackets. Behind an FCID that is the member as it was configured ("[pwwn 21:..]"): @inner gets
 * the first that begins with a kind; a name alone is a remark.
 */
static void take_brackets(char *text, char inner[static INNER_MAX])
{
	char *out = text;

	inner[0] = '\0';
	for (; *text; text++) {
		size_t len;

		if (*text != '[') {
			*out++ = *text;
			continue;
		}
		len = strcspn(text + 1, "]");
		if (!inner[0] && begins_with_kind(text + 1))
			(void)snprintf(inner, INNER_MAX, "%.*s", (int)len, text + 1);
		text += text[len + 1] ? len + 1 : len;
	}
	*out = '\0';
}

/* All words from @first on that are no device type, behind @prefix. */
static int join(const char *prefix, char *const words[static WORDS_MAX], size_t first,
	char ret_text[static ZONE_MEMBER_MAX], struct np_err *err)
{
	int len = snprintf(ret_text, ZONE_MEMBER_MAX, "%s", prefix);

	for (size_t i = first; i < WORDS_MAX && *words[i] && !device_type(words[i]); i++) {
		size_t left = (size_t)(ZONE_MEMBER_MAX - len);
		int more = snprintf(ret_text + len, left, "%s%s", i > first ? " " : "", words[i]);

		if (more < 0 || (size_t)more >= left)
			return np_fail(err, NP_INVAL, "member '%s...' is too long", ret_text);
		len += more;
	}
	return 0;
}

/* The words of a member as its canonical text. */
static int read_member(char *const words[static WORDS_MAX], char ret_text[static ZONE_MEMBER_MAX],
	struct np_err *err)
{
	const struct kind *kind = kind_named(words[0]);
	bool named = strcmp(words[1], "name") == 0 && *words[2];
	char text[ZONE_MEMBER_MAX];
	int rc = 0;

	if (!kind)
		rc = join("other:", words, 0, text, err);
	else if (strcmp(words[0], "domain-id") == 0)
		(void)snprintf(text, sizeof text, "%.40s,%.40s", words[1], words[3]);
	else if (!*kind->prefix)
		(void)snprintf(text, sizeof text, "%.80s", words[1]);
	else if (*kind->prefix == '@')
		(void)snprintf(text, sizeof text, "@%.80s", words[named ? 2 : 1]);
	else
		rc = join(kind->prefix, words, 1, text, err);
	if (rc == 0)
		rc = zone_member_parse(text, ret_text, err);
	if (rc == 0 && strcmp(words[0], "pwwn") == 0 &&
		zone_member_kind(ret_text) != ZONE_MEMBER_WWN)
		rc = np_fail(err, NP_INVAL, "'%.40s' is no WWPN", words[1]);
	if (rc == 0 && zone_member_kind(ret_text) == ZONE_MEMBER_ALIAS)
		rc = zone_import_check(ret_text + 1, err);
	return rc;
}

/* [* ][member ]KIND VALUE [REMARK]... [TYPE] */
static int read_member_line(char *text, struct member *ret_member, struct np_err *err)
{
	char inner[INNER_MAX];
	char *words[WORDS_MAX], *configured[WORDS_MAX];
	bool starred = *text == '*';

	if (starred)
		text++;
	text += strspn(text, BLANKS);
	if (strncmp(text, "member ", 7) == 0)
		text += 7;
	take_brackets(text, inner);
	ret_member->type = NULL;
	ret_member->logged_in = starred || *inner;
	(void)split(text, words);
	for (size_t i = 2; i < WORDS_MAX; i++) {
		if (device_type(words[i]))
			ret_member->type = device_type(words[i]);
	}
	if (!*inner || strcmp(words[0], "fcid") != 0)
		return read_member(words, ret_member->text, err);
	(void)split(inner, configured);
	return read_member(configured, ret_member->text, err);
}

static bool is_type(const struct member *member, const char *type)
{
	return strcmp(member->type, type) == 0 || strcmp(member->type, "both") == 0;
}

static int add_member(struct nxos *nxos, const struct member *member, struct np_err *err)
{
	json_t *text = json_string(member->text);
	int rc = json_array_append(zone_import_list(nxos->zone, "all"), text);

	if (rc == 0 && !member->type)
		rc = json_object_set_new(nxos->zone, "untyped", json_true());
	if (rc == 0 && member->type && is_type(member, "init"))
		rc = json_array_append(zone_import_list(nxos->zone, "members"), text);
	if (rc == 0 && member->type && is_type(member, "target"))
		rc = json_array_append(zone_import_list(nxos->zone, "principals"), text);
	if (rc == 0 && member->logged_in && nxos->set)
		rc = json_object_set_new(nxos->set, "active", json_true());
	json_decref(text);
	return rc < 0 ? np_fail_nomem(err) : 0;
}

static int zone_line(struct nxos *nxos, char *text, struct np_err *err)
{
	struct member member;
	char word[24];
	int rc;

	(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(text, BLANKS), text);
	if (is_attribute(word) || !strpbrk(text, BLANKS))
		return 0;
	rc = read_member_line(text, &member, err);
	return rc < 0 ? rc : add_member(nxos, &member, err);
}

static json_t *aliases_of(struct nxos *nxos)
{
	return zone_import_object(zone_import_object(nxos->snapshot, "defined"), "aliases");
}

static int alias_line(struct nxos *nxos, char *text, struct np_err *err)
{
	struct member member;
	int rc = read_member_line(text, &member, err);

	if (rc == 0 && !nxos->alias_shown)
		(void)json_object_del(aliases_of(nxos), nxos->alias);
	nxos->alias_shown = true;
	if (rc == 0 && json_array_append_new(zone_import_list(aliases_of(nxos), nxos->alias),
			       json_string(member.text)) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

/* zoneset name NAME vsan N, zoneset activate name NAME vsan N */
static int open_zoneset(
	struct nxos *nxos, char *const words[static WORDS_MAX], size_t indent, struct np_err *err)
{
	bool activate = strcmp(words[1], "activate") == 0;
	const char *name = words[activate ? 3 : 2];
	int rc = zone_import_check(name, err);

	leave(nxos);
	if (rc == 0)
		rc = check_vsan(nxos, words[activate ? 5 : 4], err);
	if (rc < 0)
		return rc;
	if (activate) {
		np_json_set_text(zone_import_object(nxos->snapshot, "effective"), "zoneset", name);
		return 0;
	}
	nxos->set_indent = indent;
	nxos->set = json_pack("{s:s, s:b, s:{}, s:[]}", "name", name, "active",
		nxos->active_asked || nxos->active_section, "zones", "names");
	return json_array_append_new(nxos->sets, nxos->set) < 0 ? np_fail_nomem(err) : 0;
}

/* A zone that is shown again is shown as it is now. */
static int open_zone(
	struct nxos *nxos, char *const words[static WORDS_MAX], size_t indent, struct np_err *err)
{
	json_t *zones = nxos->active_section ? nxos->enforced : nxos->full;
	const char *name = words[2];
	int rc = zone_import_check(name, err);

	if (rc == 0)
		rc = check_vsan(nxos, words[4], err);
	if (rc < 0)
		return rc;
	if (nxos->set) {
		zones = json_object_get(nxos->set, "zones");
		rc = zone_import_name(json_object_get(nxos->set, "names"), name, err);
	}
	nxos->zone_indent = indent;
	nxos->alias[0] = '\0';
	nxos->zone = json_object();
	if (rc == 0 && json_object_set_new(zones, name, nxos->zone) < 0)
		rc = np_fail_nomem(err);
	return rc;
}

/* Within a zone it is a member, and what it stands for follows. */
static int open_fcalias(
	struct nxos *nxos, char *const words[static WORDS_MAX], size_t indent, struct np_err *err)
{
	struct member member = { 0 };
	int rc = read_member(words, member.text, err);

	if (rc == 0)
		rc = check_vsan(nxos, words[4], err);
	if (rc == 0 && nxos->zone)
		rc = add_member(nxos, &member, err);
	if (rc < 0)
		return rc;
	nxos->alias_indent = indent;
	(void)snprintf(nxos->alias, sizeof nxos->alias, "%.64s", member.text + 1);
	nxos->alias_shown = false;
	return zone_import_list(aliases_of(nxos), nxos->alias) ? 0 : np_fail_nomem(err);
}

/* device-alias name NAME pwwn WWN */
static int add_device_alias(
	struct nxos *nxos, char *const words[static WORDS_MAX], size_t indent, struct np_err *err)
{
	char *end = words[4] + strlen(words[4]);
	char *member[WORDS_MAX] = { words[3], words[4], end, end, end, end, end, end };
	char text[ZONE_MEMBER_MAX];
	int rc = zone_import_check(words[2], err);

	(void)indent;
	leave(nxos);
	if (rc == 0)
		rc = read_member(member, text, err);
	if (rc < 0)
		return rc;
	return json_object_set_new(aliases_of(nxos), words[2], json_pack("[s]", text)) < 0
		       ? np_fail_nomem(err)
		       : 0;
}

static const struct {
	const char *word, *next;
	size_t words; /* at least */
	int (*open)(struct nxos *nxos, char *const words[static WORDS_MAX], size_t indent,
		struct np_err *err);
} openers[] = {
	{ "zoneset", "name", 5, open_zoneset },
	{ "zoneset", "activate", 6, open_zoneset },
	{ "zone", "name", 5, open_zone },
	{ "fcalias", "name", 5, open_fcalias },
	{ "device-alias", "name", 5, add_device_alias },
};

/* 1: the line opens no block. */
static int open_block(struct nxos *nxos, const struct zone_lines *line, struct np_err *err)
{
	char copy[COPY_MAX];
	char *words[WORDS_MAX];
	size_t count;

	(void)snprintf(copy, sizeof copy, "%s", line->text);
	count = split(copy, words);
	for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
		if (count >= openers[i].words && strcmp(words[0], openers[i].word) == 0 &&
			strcmp(words[1], openers[i].next) == 0)
			return openers[i].open(nxos, words, line->indent, err);
	}
	return 1;
}

static bool is_member(const char *text)
{
	return *text == '*' || strncmp(text, "member ", 7) == 0 || begins_with_kind(text);
}

/*
 * Blocks end where the indentation does. Members whose indentation was lost (in a mail, in a ticket) still belong to the
 * zone before them.
 */
static void close_blocks(struct nxos *nxos, const struct zone_lines *line)
{
	bool member = is_member(line->text) && strncmp(line->text, "fcalias name ", 13) != 0;

	if (nxos->alias[0] && line->indent <= nxos->alias_indent && (nxos->zone || !member))
		nxos->alias[0] = '\0';
	if (nxos->zone && line->indent <= nxos->zone_indent && !member)
		nxos->zone = NULL;
	if (nxos->set && !nxos->zone && line->indent <= nxos->set_indent && !member)
		nxos->set = NULL;
}

static bool is_prefix(const char *word, const char *of, size_t at_least)
{
	size_t len = strlen(word);

	return len >= at_least && strncmp(of, word, len) == 0;
}

/* switch# sh zones act vsan 20 */
static bool read_prompt(struct nxos *nxos, const struct zone_lines *line)
{
	const char *hash = strchr(line->text, '#');
	char copy[COPY_MAX];
	char *words[WORDS_MAX];

	if (line->indent > 0 || !hash)
		return false;
	leave(nxos);
	(void)snprintf(copy, sizeof copy, "%s", hash + 1);
	(void)split(copy, words);
	nxos->active_asked = is_prefix(words[0], "show", 2) && is_prefix(words[1], "zoneset", 5) &&
			     is_prefix(words[2], "active", 1);
	return true;
}

/* !Active Zone Database Section for vsan 1 */
static bool read_comment(struct nxos *nxos, const struct zone_lines *line)
{
	if (*line->text != '!')
		return false;
	leave(nxos);
	if (strncmp(line->text, "!Active Zone Database", 21) == 0)
		nxos->active_section = true;
	else if (strncmp(line->text, "!Full Zone Database", 19) == 0)
		nxos->active_section = false;
	return true;
}

/* VSAN 20: (name server), VSAN: 20 default-zone: .. (zone status) */
static int read_vsan(struct nxos *nxos, const struct zone_lines *line, struct np_err *err)
{
	size_t len = strspn(line->text, "VSAN: ");

	if (line->indent > 0 || strncmp(line->text, "VSAN", 4) != 0 ||
		strspn(line->text + len, "0123456789") == 0)
		return 0;
	return check_vsan(nxos, line->text + len, err);
}

/* Said of the active zoneset, or of the whole database. */
static void read_absent(struct nxos *nxos, const char *text)
{
	if (strcmp(text, "Zoneset not present") == 0)
		(void)zone_import_object(
			nxos->snapshot, nxos->active_asked ? "effective" : "defined");
	else if (strcmp(text, "Zone not present") == 0)
		(void)zone_import_object(nxos->snapshot, "defined");
}

static int read_rest(struct nxos *nxos, const struct zone_lines *line, struct np_err *err)
{
	int rc = read_vsan(nxos, line, err);

	if (rc < 0)
		return rc;
	read_absent(nxos, line->text);
	if (!zone_import_status(line, nxos->snapshot))
		(void)zone_import_fcns(line, zone_import_list(nxos->snapshot, "logins"));
	return 0;
}

static int read_line(struct nxos *nxos, const struct zone_lines *line, struct np_err *err)
{
	int rc;

	if (!*line->text || read_prompt(nxos, line) || read_comment(nxos, line))
		return 0;
	close_blocks(nxos, line);
	rc = open_block(nxos, line, err);
	if (rc <= 0)
		return rc;
	if (nxos->alias[0])
		return alias_line(nxos, line->text, err);
	if (nxos->zone)
		return zone_line(nxos, line->text, err);
	if (nxos->set && strncmp(line->text, "member ", 7) == 0)
		return zone_import_name(json_object_get(nxos->set, "names"), line->text + 7, err);
	return read_rest(nxos, line, err);
}

/* Without a device type for every member, the zone is a regular one. */
static int finish_zone(json_t *zones, const char *name, const json_t *raw, struct np_err *err)
{
	static const char *const lists[] = { "members", "principals" };
	json_t *all = json_object_get(raw, "all");
	bool peer = all && !json_object_get(raw, "untyped");
	json_t *zone = zone_new(peer ? "peer" : "regular");

	if (!zone || json_object_set_new(zones, name, zone) < 0)
		return np_fail_nomem(err);
	for (size_t i = 0; peer && i < 2; i++) {
		if (json_object_get(raw, lists[i]))
			(void)json_object_set(zone, lists[i], json_object_get(raw, lists[i]));
	}
	if (all && !peer)
		(void)json_object_set(zone, "members", all);
	return 0;
}

static int finish_zones(json_t *zones, json_t *raws, struct np_err *err)
{
	const char *name;
	json_t *raw;
	int rc = 0;

	json_object_foreach (raws, name, raw) {
		if (rc == 0)
			rc = finish_zone(zones, name, raw, err);
	}
	return rc;
}

static int finish_zoneset(struct nxos *nxos, json_t *set, struct np_err *err)
{
	const char *top = np_json_bool(set, "active") ? "effective" : "defined";
	json_t *db = zone_import_object(nxos->snapshot, top);

	if (np_json_bool(set, "active"))
		np_json_set_text(db, "zoneset", np_json_text(set, "name"));
	else
		(void)json_object_set(zone_import_object(db, "zonesets"), np_json_text(set, "name"),
			json_object_get(set, "names"));
	return finish_zones(zone_import_object(db, "zones"), json_object_get(set, "zones"), err);
}

static int finish(struct nxos *nxos, struct np_err *err)
{
	json_t *snapshot = nxos->snapshot, *set;
	int rc = 0;
	size_t i;

	if (json_array_size(json_object_get(snapshot, "logins")) == 0)
		(void)json_object_del(snapshot, "logins");
	if (json_object_size(nxos->full) > 0)
		rc = finish_zones(
			zone_import_object(zone_import_object(snapshot, "defined"), "zones"),
			nxos->full, err);
	if (rc == 0 && json_object_size(nxos->enforced) > 0)
		rc = finish_zones(
			zone_import_object(zone_import_object(snapshot, "effective"), "zones"),
			nxos->enforced, err);
	json_array_foreach (nxos->sets, i, set) {
		if (rc == 0)
			rc = finish_zoneset(nxos, set, err);
	}
	return rc;
}

int zone_import_nxos(char *text, json_t *snapshot, struct np_err *err)
{
	np_auto(np_json_decref) json_t *sets = json_array();
	np_auto(np_json_decref) json_t *full = json_object();
	np_auto(np_json_decref) json_t *enforced = json_object();
	struct nxos nxos = {
		.snapshot = snapshot, .sets = sets, .full = full, .enforced = enforced
	};
	struct zone_lines line = { .next = text };

	while (zone_lines_next(&line)) {
		int rc = read_line(&nxos, &line, err);

		if (rc < 0)
			return np_wrap(err, rc, "line %u", line.number);
	}
	return finish(&nxos, err);
}
