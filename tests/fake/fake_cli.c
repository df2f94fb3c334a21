/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/wwn.h"
#include "zoning/list.h"
#include "zoning/model.h"

#define LINE_MAX_FOS 1024
#define WORDS_MAX 8

/* One command of FOS, taken apart. */
struct command {
	char *verb, *name;
	json_t *list, *principals, *members; /* borrowed from .owned */
	bool peer;
	json_t *owned;
};

static json_t *part(const json_t *state, const char *key)
{
	return json_object_get(json_object_get(state, "defined"), key);
}

static json_t *list_at(json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		(void)json_object_set_new(object, key, json_array());
	return json_object_get(object, key);
}

/* A member as a command names it: colons, or an alias that must exist. */
static void canonical(const json_t *state, const char *word, char text[static ZONE_MEMBER_MAX])
{
	assert_int_equal(zone_member_parse(word, text, NULL), 0);
	if (text[0] == '@' && !json_object_get(part(state, "aliases"), text + 1))
		fail_msg("alias '%s' is not defined", text + 1);
}

/* The next argument, without its quotes; NULL at the end. */
static char *argument(char **rest)
{
	char *at = *rest + strspn(*rest, " ,");
	char *end;

	if (!*at)
		return NULL;
	if (*at == '"' || *at == '\'') {
		end = strchr(at + 1, *at);
		if (!end) {
			fail_msg("a quote does not end: %s", at);
			return NULL;
		}
		if (*at == '"' && memchr(at, '$', (size_t)(end - at)))
			fail_msg("the shell would expand %s", at);
		at++;
	} else {
		end = at + strcspn(at, " ,");
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return at;
}

static void take_list(char *text, json_t *list)
{
	for (char *word; (word = strsep(&text, ";"));) {
		word += strspn(word, " ");
		assert_true(*word);
		(void)json_array_append_new(list, json_string(word));
	}
}

static struct command command_of(char *line)
{
	static char none[] = "";
	struct command command = { .name = none, .owned = json_object() };
	char *word;

	command.list = list_at(command.owned, "list");
	command.principals = list_at(command.owned, "principals");
	command.members = list_at(command.owned, "members");
	command.verb = argument(&line);
	if (!command.verb)
		command.verb = line; /* at its end */
	while ((word = argument(&line))) {
		if (strcmp(word, "--peerzone") == 0)
			command.peer = true;
		else if (strcmp(word, "-principal") == 0)
			take_list(argument(&line), command.principals);
		else if (strcmp(word, "-members") == 0)
			take_list(argument(&line), command.members);
		else if (!*command.name)
			command.name = word;
		else
			take_list(word, command.list);
	}
	return command;
}

/* Adds or takes out every word; both must make a difference. */
static void change_list(const json_t *state, json_t *list, const json_t *words, bool add, bool raw)
{
	const json_t *word;
	size_t i;

	json_array_foreach (words, i, word) {
		char text[ZONE_MEMBER_MAX];

		if (raw)
			(void)snprintf(text, sizeof text, "%s", json_string_value(word));
		else
			canonical(state, json_string_value(word), text);
		if (zone_list_has(list, text) == add)
			fail_msg("'%s' is %s", text, add ? "in it already" : "not in it");
		if (add)
			(void)zone_list_add(list, text, NULL);
		else
			zone_list_remove(list, text);
	}
}

static json_t *object_of(
	const json_t *state, const char *kind, const struct command *command, json_t *fresh)
{
	json_t *objects = part(state, kind);
	bool creates = fresh != NULL;

	if (creates == (json_object_get(objects, command->name) != NULL))
		fail_msg("%s: %s '%s' %s", command->verb, kind, command->name,
			creates ? "exists" : "does not exist");
	if (creates)
		(void)json_object_set_new(objects, command->name, fresh);
	return json_object_get(objects, command->name);
}

static void change_zone(const json_t *state, const struct command *command, bool add, json_t *fresh)
{
	json_t *zone = object_of(state, "zones", command, fresh);
	bool peer = strcmp(np_json_text(zone, "kind"), "peer") == 0;

	assert_int_equal(peer, command->peer);
	change_list(state, json_object_get(zone, "members"),
		peer ? command->members : command->list, add, false);
	if (peer)
		change_list(state, json_object_get(zone, "principals"), command->principals, add,
			false);
	if (json_array_size(json_object_get(zone, peer ? "principals" : "members")) == 0)
		fail_msg("%s leaves zone '%s' empty", command->verb, command->name);
}

static void alias_verb(json_t *state, const struct command *command, const char *what)
{
	bool creates = strcmp(what, "create") == 0;
	json_t *alias = object_of(state, "aliases", command, creates ? json_array() : NULL);

	change_list(state, alias, command->list, strcmp(what, "remove") != 0, false);
	assert_true(json_array_size(alias) > 0);
}

static void zone_verb(json_t *state, const struct command *command, const char *what)
{
	bool creates = strcmp(what, "create") == 0;

	change_zone(state, command, strcmp(what, "remove") != 0,
		creates ? zone_new(command->peer ? "peer" : "regular") : NULL);
}

static void cfg_verb(json_t *state, const struct command *command, const char *what)
{
	bool creates = strcmp(what, "create") == 0;
	json_t *cfg = object_of(state, "zonesets", command, creates ? json_array() : NULL);

	change_list(state, cfg, command->list, strcmp(what, "remove") != 0, true);
	assert_true(json_array_size(cfg) > 0);
}

/* What a zoneset puts in force: its zones, without aliases. */
static json_t *enforced(const json_t *state, const char *zoneset)
{
	json_t *zones = json_object();
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(part(state, "zonesets"), zoneset), i, name) {
		const json_t *zone = json_object_get(part(state, "zones"), json_string_value(name));
		np_auto(np_json_decref) json_t *resolved = NULL;

		if (!zone)
			fail_msg("zone '%s' is not defined", json_string_value(name));
		resolved = zone_resolve(zone, part(state, "aliases"));
		(void)json_object_set_new(zones, json_string_value(name), json_deep_copy(resolved));
	}
	return json_pack("{s:s, s:o}", "zoneset", zoneset, "zones", zones);
}

static void enable(json_t *state, const char *zoneset)
{
	if (!json_object_get(part(state, "zonesets"), zoneset))
		fail_msg("zoneset '%s' is not defined", zoneset);
	(void)json_object_set_new(state, "effective", enforced(state, zoneset));
}

static void disable(json_t *state)
{
	(void)json_object_set_new(state, "effective", json_pack("{s:{}}", "zones"));
}

static void delete (const json_t *state, const char *kind, const struct command *command)
{
	(void)object_of(state, kind, command, NULL);
	(void)json_object_del(part(state, kind), command->name);
}

static const struct {
	const char *verb;
	void (*run)(json_t *state, const struct command *command, const char *what);
	const char *what;
} fos_verbs[] = {
	{ "alicreate", alias_verb, "create" },
	{ "aliadd", alias_verb, "add" },
	{ "aliremove", alias_verb, "remove" },
	{ "zonecreate", zone_verb, "create" },
	{ "zoneadd", zone_verb, "add" },
	{ "zoneremove", zone_verb, "remove" },
	{ "cfgcreate", cfg_verb, "create" },
	{ "cfgadd", cfg_verb, "add" },
	{ "cfgremove", cfg_verb, "remove" },
};

static const struct {
	const char *verb, *kind;
} fos_deletes[] = {
	{ "alidelete", "aliases" },
	{ "zonedelete", "zones" },
	{ "cfgdelete", "zonesets" },
};

static bool run_change(json_t *state, const struct command *command)
{
	for (size_t i = 0; i < sizeof fos_verbs / sizeof *fos_verbs; i++) {
		if (strcmp(fos_verbs[i].verb, command->verb) != 0)
			continue;
		fos_verbs[i].run(state, command, fos_verbs[i].what);
		return true;
	}
	for (size_t i = 0; i < sizeof fos_deletes / sizeof *fos_deletes; i++) {
		if (strcmp(fos_deletes[i].verb, command->verb) != 0)
			continue;
		delete (state, fos_deletes[i].kind, command);
		return true;
	}
	return false;
}

/* @saved: all changes are committed. */
static void run_fos(json_t *state, const struct command *command, bool *saved)
{
	if (run_change(state, command)) {
		*saved = false;
		return;
	}
	if (strcmp(command->verb, "cfgenable") == 0)
		enable(state, command->name);
	else if (strcmp(command->verb, "cfgdisable") == 0)
		disable(state);
	else if (strcmp(command->verb, "cfgsave") != 0) {
		assert_true(strcmp(command->verb, "cfgtransshow") == 0 ||
			    strcmp(command->verb, "cfgshow") == 0 ||
			    strcmp(command->verb, "setcontext") == 0);
		return;
	}
	*saved = true;
}

void fake_cli_fos(json_t *state, const char *script)
{
	np_auto(np_free) char *copy = strdup(script);
	char *rest = copy, *line;
	bool saved = true;

	while ((line = strsep(&rest, "\n")) && rest) {
		assert_true(strlen(line) < LINE_MAX_FOS);
		struct command command = command_of(line);
		run_fos(state, &command, &saved);
		json_decref(command.owned);
	}
	assert_true(saved);
}

static void print_members(FILE *out, const json_t *list, const char *separator)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = json_string_value(member);
		char colon[NP_WWN_COLON];
		uint64_t wwn;

		if (zone_member_kind(text) == ZONE_MEMBER_WWN &&
			np_wwn_parse(text, &wwn, NULL) == 0)
			text = np_wwn_colon(wwn, colon);
		(void)fprintf(out, "%s%s", i ? separator : "", *text == '@' ? text + 1 : text);
	}
}

static size_t count_ports(const json_t *list, const json_t *aliases)
{
	const json_t *member;
	size_t count = 0, i;

	json_array_foreach (list, i, member) {
		const char *text = json_string_value(member);

		count += *text == '@' ? json_array_size(json_object_get(aliases, text + 1)) : 1;
	}
	return count;
}

static void print_fos_zones(FILE *out, const json_t *zones, const json_t *aliases)
{
	const char *name;
	json_t *zone;

	zone_each (zones, name, zone) {
		const json_t *principals = json_object_get(zone, "principals");
		const json_t *members = json_object_get(zone, "members");

		(void)fprintf(out, " zone:\t%s\t\n\t\t", name);
		if (principals)
			(void)fprintf(out, "00:02:00:00:00:03:00:%02zx; ",
				count_ports(principals, aliases));
		print_members(out, principals, "; \n\t\t");
		if (principals && json_array_size(members) > 0)
			(void)fputs("; ", out);
		print_members(out, members, "; ");
		(void)fputc('\n', out);
	}
}

char *fake_cli_cfgshow(const json_t *state)
{
	const json_t *effective = json_object_get(state, "effective");
	const char *name;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *list;

	(void)fputs("Defined configuration:\n", out);
	zone_each (part(state, "zonesets"), name, list) {
		(void)fprintf(out, " cfg:\t%s\t", name);
		print_members(out, list, "; \n\t\t");
		(void)fputc('\n', out);
	}
	print_fos_zones(out, part(state, "zones"), part(state, "aliases"));
	zone_each (part(state, "aliases"), name, list) {
		(void)fprintf(out, " alias:\t%s\t", name);
		print_members(out, list, "; ");
		(void)fputc('\n', out);
	}
	(void)fputs("\nEffective configuration:\n", out);
	if (*np_json_text(effective, "zoneset"))
		(void)fprintf(out, " cfg:\t%s\t\n", np_json_text(effective, "zoneset"));
	else
		(void)fputs(" no configuration in effect\n", out);
	print_fos_zones(out, json_object_get(effective, "zones"), NULL);
	(void)fclose(out);
	return text;
}

/* NX-OS: where the prompt is. */
struct place {
	json_t *state;
	long vsan;
	char zone[ZONE_NAME_MAX], zoneset[ZONE_NAME_MAX], active[ZONE_NAME_MAX];
	bool in_config, in_aliases, ends, committed;
	bool aliases_open; /* in their session, which outlives their database's prompt */
};

/* The members of a zone with their device types: kept as a peer zone when every one has a type. */
static void set_member(const struct place *place, const char *word, const char *type, bool add)
{
	json_t *zone = json_object_get(part(place->state, "zones"), place->zone);
	json_t *types = list_at(zone, "types");
	char text[ZONE_MEMBER_MAX], typed[ZONE_MEMBER_MAX + 16];

	canonical(place->state, word, text);
	for (size_t i = 0; i < json_array_size(types); i++) {
		const char *have = json_string_value(json_array_get(types, i));

		if (strncmp(have, text, strlen(text)) != 0 || have[strlen(text)] != ' ')
			continue;
		if (add)
			fail_msg("'%s' is a member of '%s' already", text, place->zone);
		(void)json_array_remove(types, i);
		return;
	}
	if (!add)
		fail_msg("'%s' is no member of '%s'", text, place->zone);
	(void)snprintf(typed, sizeof typed, "%s %s", text, type);
	(void)json_array_append_new(types, json_string(typed));
}

static const char *type_of(const json_t *zone, const char *member)
{
	bool in = zone_list_has(json_object_get(zone, "members"), member);
	bool of = zone_list_has(json_object_get(zone, "principals"), member);

	if (!json_object_get(zone, "principals"))
		return "-";
	return in && of ? "both" : of ? "target" : "init";
}

/* "types" of every zone from its lists, and back. */
static void open_types(json_t *zones)
{
	static const char *const keys[] = { "members", "principals" };
	const char *name;
	json_t *zone;

	json_object_foreach (zones, name, zone) {
		json_t *types = list_at(zone, "types");

		for (size_t k = 0; k < 2; k++) {
			const json_t *member;
			size_t i;

			json_array_foreach (json_object_get(zone, keys[k]), i, member) {
				char typed[ZONE_MEMBER_MAX + 16];

				(void)snprintf(typed, sizeof typed, "%s %s",
					json_string_value(member),
					type_of(zone, json_string_value(member)));
				if (!zone_list_has(types, typed))
					(void)zone_list_add(types, typed, NULL);
			}
		}
	}
}

static bool is_typed(const json_t *types)
{
	const json_t *typed;
	size_t i;

	json_array_foreach (types, i, typed) {
		if (strstr(json_string_value(typed), " -"))
			return false;
	}
	return json_array_size(types) > 0;
}

static void close_zone(json_t *zone)
{
	np_auto(np_json_decref) json_t *types = json_incref(json_object_get(zone, "types"));
	bool peer = is_typed(types);
	np_auto(np_json_decref) json_t *made = zone_new(peer ? "peer" : "regular");
	const json_t *typed;
	size_t i;

	json_array_foreach (types, i, typed) {
		char text[ZONE_MEMBER_MAX + 16];
		char *type;

		(void)snprintf(text, sizeof text, "%s", json_string_value(typed));
		type = strchr(text, ' ');
		*type++ = '\0';
		if (strcmp(type, "target") != 0)
			(void)zone_add(made, "members", text, NULL);
		if (peer && strcmp(type, "init") != 0)
			(void)zone_add(made, "principals", text, NULL);
	}
	(void)json_object_clear(zone);
	(void)json_object_update(zone, made);
}

static void close_types(json_t *zones)
{
	const char *name;
	json_t *zone;

	json_object_foreach (zones, name, zone)
		close_zone(zone);
}

static void edit_zone(struct place *place, const char *name, bool remove)
{
	json_t *zones = part(place->state, "zones");

	place->zoneset[0] = '\0';
	if (remove && json_object_del(zones, name) < 0)
		fail_msg("zone '%s' is not defined", name);
	if (!remove && !json_object_get(zones, name))
		(void)json_object_set_new(zones, name, zone_new("regular"));
	(void)snprintf(place->zone, sizeof place->zone, "%s", remove ? "" : name);
}

static void edit_zoneset(struct place *place, const char *name, bool remove)
{
	json_t *zonesets = part(place->state, "zonesets");

	place->zone[0] = '\0';
	if (remove && json_object_del(zonesets, name) < 0)
		fail_msg("zoneset '%s' is not defined", name);
	if (!remove)
		(void)list_at(zonesets, name);
	(void)snprintf(place->zoneset, sizeof place->zoneset, "%s", remove ? "" : name);
}

static void edit_alias(struct place *place, const char *name, const char *wwn, bool remove)
{
	json_t *aliases = part(place->state, "aliases");
	char text[ZONE_MEMBER_MAX];

	assert_true(place->in_aliases);
	if (remove) {
		assert_int_equal(json_object_del(aliases, name), 0);
		return;
	}
	assert_null(json_object_get(aliases, name));
	canonical(place->state, wwn, text);
	(void)json_object_set_new(aliases, name, json_pack("[s]", text));
}

static void edit_member(struct place *place, char *const words[static WORDS_MAX], bool remove)
{
	json_t *zones = json_object_get(part(place->state, "zonesets"), place->zoneset);
	np_auto(np_json_decref) json_t *name = json_pack("[s]", words[1]);

	if (place->zone[0])
		set_member(place, words[2], *words[3] ? words[3] : "-", !remove);
	else
		change_list(place->state, zones, name, !remove, true);
}

static void activate(struct place *place, const char *name, bool remove)
{
	place->ends = remove;
	(void)snprintf(place->active, sizeof place->active, "%s", remove ? "" : name);
	place->zone[0] = place->zoneset[0] = '\0';
}

static void commit(struct place *place)
{
	close_types(part(place->state, "zones"));
	if (place->active[0])
		enable(place->state, place->active);
	else if (place->ends)
		disable(place->state);
	open_types(part(place->state, "zones"));
	place->committed = true;
}

static bool is(char *const words[static WORDS_MAX], const char *first, const char *second)
{
	return strcmp(words[0], first) == 0 && strcmp(words[1], second) == 0;
}

/* One prompt up; a script that left the configuration here would type the rest at the wrong prompt. */
static void leave(struct place *place)
{
	if (!place->in_aliases && !place->zone[0] && !place->zoneset[0])
		fail_msg("exit leaves the configuration");
	place->in_aliases = false;
	place->zone[0] = place->zoneset[0] = '\0';
}

static void run_nxos(struct place *place, char *const words[static WORDS_MAX], bool no)
{
	if (is(words, "zone", "commit"))
		commit(place);
	else if (is(words, "zoneset", "activate"))
		activate(place, words[3], no);
	else if (is(words, "zone", "name"))
		edit_zone(place, words[2], no);
	else if (is(words, "zoneset", "name"))
		edit_zoneset(place, words[2], no);
	else if (is(words, "device-alias", "database"))
		place->in_aliases = place->aliases_open = true;
	else if (is(words, "device-alias", "commit"))
		place->in_aliases = place->aliases_open = false;
	else if (is(words, "device-alias", "name"))
		edit_alias(place, words[2], words[4], no);
	else if (strcmp(words[0], "member") == 0)
		edit_member(place, words, no);
	else if (strcmp(words[0], "exit") == 0)
		leave(place);
	else if (strcmp(words[0], "end") == 0)
		place->in_config = false;
	else
		fail_msg("no command of the configuration: %s", words[0]);
}

static void type_line(struct place *place, char *line)
{
	static char empty[] = "";
	char *words[WORDS_MAX + 1] = { empty, empty, empty, empty, empty, empty, empty, empty,
		empty };
	size_t count = 0;
	bool no;

	for (char *word; count < WORDS_MAX && (word = strsep(&line, " "));) {
		if (*word)
			words[count++] = word;
	}
	no = strcmp(words[0], "no") == 0;
	if (words[0][0] == '!')
		return;
	if (is(words, "configure", "terminal"))
		place->in_config = true;
	else if (place->in_config)
		run_nxos(place, words + no, no);
	else
		assert_true(strcmp(words[0], "show") == 0 || strcmp(words[0], "copy") == 0 ||
			    strcmp(words[no], "terminal") == 0);
}

void fake_cli_nxos(json_t *state, const char *script, long vsan)
{
	np_auto(np_free) char *copy = strdup(script);
	struct place place = { .state = state, .vsan = vsan };
	char *rest = copy, *line;

	open_types(part(state, "zones"));
	while ((line = strsep(&rest, "\n")) && rest)
		type_line(&place, line);
	close_types(part(state, "zones"));
	assert_false(place.in_config || place.aliases_open);
	assert_true(place.committed || !strstr(script, "configure"));
}

static void print_typed(FILE *out, const json_t *zone, const char *member, const char *indent)
{
	const char *type = type_of(zone, member);
	char colon[NP_WWN_COLON];
	uint64_t wwn;

	if (np_wwn_parse(member, &wwn, NULL) == 0)
		(void)fprintf(out, "%spwwn %s", indent, np_wwn_colon(wwn, colon));
	else
		(void)fprintf(out, "%sdevice-alias %s", indent, member + 1);
	(void)fprintf(out, "%s%s\n", *type == '-' ? "" : "  ", *type == '-' ? "" : type);
}

static void print_nxos_zone(FILE *out, const char *name, const json_t *zone, long vsan)
{
	const json_t *member;
	size_t i;

	(void)fprintf(out, "  zone name %s vsan %ld\n", name, vsan);
	json_array_foreach (json_object_get(zone, "members"), i, member)
		print_typed(out, zone, json_string_value(member), "    ");
	json_array_foreach (json_object_get(zone, "principals"), i, member) {
		if (!zone_list_has(json_object_get(zone, "members"), json_string_value(member)))
			print_typed(out, zone, json_string_value(member), "    ");
	}
	(void)fputc('\n', out);
}

static void print_zonesets(FILE *out, const json_t *state, long vsan)
{
	const char *set;
	json_t *names;

	zone_each (part(state, "zonesets"), set, names) {
		const json_t *name;
		size_t i;

		(void)fprintf(out, "zoneset name %s vsan %ld\n", set, vsan);
		json_array_foreach (names, i, name)
			print_nxos_zone(out, json_string_value(name),
				json_object_get(part(state, "zones"), json_string_value(name)),
				vsan);
	}
}

char *fake_cli_show(const json_t *state, long vsan)
{
	const json_t *effective = json_object_get(state, "effective");
	const char *active = np_json_text(effective, "zoneset"), *name;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *value;

	zone_each (part(state, "aliases"), name, value) {
		(void)fprintf(out, "device-alias name %s pwwn ", name);
		print_members(out, value, " ");
		(void)fputc('\n', out);
	}
	(void)fprintf(out, "mds# show zoneset vsan %ld\n", vsan);
	print_zonesets(out, state, vsan);
	(void)fprintf(out, "mds# show zone vsan %ld\n", vsan);
	zone_each (part(state, "zones"), name, value)
		print_nxos_zone(out, name, value, vsan);
	(void)fprintf(out, "mds# show zoneset active vsan %ld\n", vsan);
	if (*active)
		(void)fprintf(out, "zoneset name %s vsan %ld\n", active, vsan);
	else
		(void)fputs("Zoneset not present\n", out);
	zone_each (json_object_get(effective, "zones"), name, value)
		print_nxos_zone(out, name, value, vsan);
	(void)fclose(out);
	return text;
}
