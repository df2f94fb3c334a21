/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans as commands of Brocade's Fabric OS. All edits are one transaction, which cfgenable or cfgsave ends; FOS asks
 * before either, and that question is left to the person. A cfg cannot be made empty, so cfgcreate waits for its first
 * zones; one that goes takes its zones along, so they are not taken out one by one.
 */
#include <string.h>

#include "zoning/script_write.h"

/* A command line stays well below a kilobyte. */
#define MEMBERS_A_LINE 20

struct fos {
	FILE *out;
	json_t *made, *gone; /* zonesets that the plan makes or removes: {NAME: true} */
	const char *verb, *cfg;
	json_t *zones; /* of the cfg command that is being collected */
};

/* One argument. In double quotes, as the manuals have it; '$' is safe only in single ones. */
static void put_quoted(FILE *out, const char *text)
{
	char quote = strchr(text, '$') ? '\'' : '"';

	(void)fprintf(out, "%c%s%c", quote, text, quote);
}

static const char *bare(const char *member, char text[static ZONE_MEMBER_MAX])
{
	return zone_script_member(*member == '@' ? member + 1 : member, text);
}

/* At most MEMBERS_A_LINE of @list from *@from on, as one argument; *@from moves behind them. */
static void put_members(FILE *out, const json_t *list, size_t *from)
{
	char joined[MEMBERS_A_LINE * (ZONE_MEMBER_MAX + 2)] = "";
	size_t end = *from + MEMBERS_A_LINE, used = 0;

	for (; *from < json_array_size(list) && *from < end; (*from)++) {
		char text[ZONE_MEMBER_MAX];

		used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s",
			used ? "; " : "",
			bare(json_string_value(json_array_get(list, *from)), text));
	}
	put_quoted(out, joined);
}

/* @first NAME, MEMBERS; what does not fit into one line follows with @more. */
static void put_list(
	FILE *out, const char *first, const char *more, const char *name, const json_t *list)
{
	size_t from = 0;

	while (from < json_array_size(list)) {
		(void)fprintf(out, "%s ", from ? more : first);
		put_quoted(out, name);
		(void)fputs(", ", out);
		put_members(out, list, &from);
		(void)fputc('\n', out);
	}
}

struct peers {
	const char *first, *more, *name;
	const json_t *principals, *members;
};

static void put_peers(FILE *out, const struct peers *peers)
{
	size_t principals = 0, members = 0;

	while (principals < json_array_size(peers->principals) ||
		members < json_array_size(peers->members)) {
		(void)fprintf(
			out, "%s --peerzone ", principals || members ? peers->more : peers->first);
		put_quoted(out, peers->name);
		if (principals < json_array_size(peers->principals)) {
			(void)fputs(" -principal ", out);
			put_members(out, peers->principals, &principals);
		}
		if (members < json_array_size(peers->members)) {
			(void)fputs(" -members ", out);
			put_members(out, peers->members, &members);
		}
		(void)fputc('\n', out);
	}
}

static void put_named(FILE *out, const char *verb, const char *name)
{
	(void)fprintf(out, "%s ", verb);
	put_quoted(out, name);
	(void)fputc('\n', out);
}

static void put_difference(FILE *out, const char *verb, const char *name, json_t *list)
{
	put_list(out, verb, verb, name, list);
	json_decref(list);
}

static int check_kinds(const char *name, const json_t *list, struct np_err *err)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (zone_member_kind(json_string_value(member)) == ZONE_MEMBER_OTHER)
			return np_fail(err, NP_UNSUPPORTED,
				"'%s': FOS has no member of the kind '%.80s'", name,
				json_string_value(member));
	}
	return 0;
}

static int write_alias(struct fos *fos, const json_t *change, struct np_err *err)
{
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	const char *name = np_json_text(change, "name");
	int rc = check_kinds(name, after, err);

	if (rc < 0)
		return rc;
	if (after && json_array_size(after) == 0)
		return np_fail(err, NP_UNSUPPORTED, "alias '%s': FOS has no empty aliases", name);
	if (!after)
		put_named(fos->out, "alidelete", name);
	else if (!before)
		put_list(fos->out, "alicreate", "aliadd", name, after);
	else {
		put_difference(fos->out, "aliadd", name, zone_script_minus(after, before, NULL));
		put_difference(fos->out, "aliremove", name, zone_script_minus(before, after, NULL));
	}
	return 0;
}

static void alter_peer(
	FILE *out, const char *verb, const char *name, const json_t *zone, const json_t *other)
{
	np_auto(np_json_decref) json_t *principals = zone_script_minus(zone, other, "principals");
	np_auto(np_json_decref) json_t *members = zone_script_minus(zone, other, "members");

	put_peers(out, &(struct peers){ verb, verb, name, principals, members });
}

/* Has @one a member that @other has too? */
static bool overlaps(const json_t *one, const json_t *other)
{
	np_auto(np_json_decref) json_t *rest = zone_script_minus(one, other, NULL);

	return json_array_size(rest) < json_array_size(one);
}

static bool is_peer(const json_t *zone)
{
	return strcmp(np_json_text(zone, "kind"), "peer") == 0;
}

static int check_zone(const char *name, const json_t *zone, struct np_err *err)
{
	const json_t *members = json_object_get(zone, "members");
	const json_t *principals = json_object_get(zone, "principals");
	int rc = check_kinds(name, members, err);

	if (rc == 0)
		rc = check_kinds(name, principals, err);
	if (rc < 0)
		return rc;
	if (strcmp(np_json_text(zone, "kind"), "target-peer") == 0)
		return np_fail(err, NP_UNSUPPORTED,
			"zone '%s' is target driven: its target makes it", name);
	if (json_array_size(is_peer(zone) ? principals : members) == 0)
		return np_fail(err, NP_UNSUPPORTED, "zone '%s': FOS has no zones without %s", name,
			is_peer(zone) ? "a principal" : "members");
	if (is_peer(zone) && overlaps(principals, members))
		return np_fail(err, NP_UNSUPPORTED,
			"zone '%s': a principal cannot be a peer as well", name);
	return 0;
}

static void create_zone(FILE *out, const char *name, const json_t *zone)
{
	const json_t *members = json_object_get(zone, "members");

	if (!is_peer(zone))
		put_list(out, "zonecreate", "zoneadd", name, members);
	else
		put_peers(out, &(struct peers){ "zonecreate", "zoneadd", name,
				       json_object_get(zone, "principals"), members });
}

/* Another kind, or principals that become peers: such a zone is made anew. */
static bool is_new(const json_t *before, const json_t *after)
{
	return is_peer(before) != is_peer(after) ||
	       overlaps(json_object_get(after, "principals"), json_object_get(before, "members")) ||
	       overlaps(json_object_get(after, "members"), json_object_get(before, "principals"));
}

static void alter_zone(FILE *out, const char *name, const json_t *before, const json_t *after)
{
	if (is_new(before, after)) { /* its name stays in the cfg meanwhile */
		put_named(out, "zonedelete", name);
		create_zone(out, name, after);
	} else if (is_peer(after)) {
		alter_peer(out, "zoneadd", name, after, before);
		alter_peer(out, "zoneremove", name, before, after);
	} else {
		put_difference(out, "zoneadd", name, zone_script_minus(after, before, "members"));
		put_difference(
			out, "zoneremove", name, zone_script_minus(before, after, "members"));
	}
}

static int write_zone(struct fos *fos, const json_t *change, struct np_err *err)
{
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	const char *name = np_json_text(change, "name");
	int rc = after ? check_zone(name, after, err) : 0;

	if (rc < 0)
		return rc;
	if (!after)
		put_named(fos->out, "zonedelete", name);
	else if (!before)
		create_zone(fos->out, name, after);
	else
		alter_zone(fos->out, name, before, after);
	return 0;
}

/* Ends the cfgadd or cfgremove that is being collected. */
static void flush_cfg(struct fos *fos)
{
	bool creates = json_object_get(fos->made, fos->cfg) != NULL;

	if (json_array_size(fos->zones) == 0)
		return;
	put_list(fos->out, creates ? "cfgcreate" : fos->verb, fos->verb, fos->cfg, fos->zones);
	(void)json_object_del(fos->made, fos->cfg);
	(void)json_array_clear(fos->zones);
}

static int write_member(struct fos *fos, const json_t *change, struct np_err *err)
{
	const char *verb = json_object_get(change, "after") ? "cfgadd" : "cfgremove";
	const char *cfg = np_json_text(change, "zoneset");

	if (json_object_get(fos->gone, cfg))
		return 0;
	if (strcmp(fos->cfg, cfg) != 0 || strcmp(fos->verb, verb) != 0)
		flush_cfg(fos);
	fos->cfg = cfg;
	fos->verb = verb;
	if (json_array_append(fos->zones, json_object_get(change, "name")) < 0)
		return np_fail_nomem(err);
	return 0;
}

static int write_zoneset(struct fos *fos, const json_t *change, struct np_err *err)
{
	(void)err;
	if (!json_object_get(change, "after"))
		put_named(fos->out, "cfgdelete", np_json_text(change, "name"));
	return 0;
}

/* An activation that begins is the last command; one that ends commits what is before it. */
static int write_activation(struct fos *fos, const json_t *change, struct np_err *err)
{
	(void)err;
	if (!json_object_get(change, "after"))
		(void)fputs("cfgdisable\n", fos->out);
	return 0;
}

static const struct {
	const char *object;
	int (*write)(struct fos *fos, const json_t *change, struct np_err *err);
} writers[] = {
	{ "alias", write_alias },
	{ "zone", write_zone },
	{ "zoneset", write_zoneset },
	{ "member", write_member },
	{ "activation", write_activation },
};

static int write_change(struct fos *fos, const json_t *change, struct np_err *err)
{
	const char *object = np_json_text(change, "object");

	if (strcmp(object, "member") != 0)
		flush_cfg(fos);
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
		if (strcmp(writers[i].object, object) == 0)
			return writers[i].write(fos, change, err);
	}
	return np_fail(err, NP_INVAL, "a change of '%.32s' is not known", object);
}

static void note_zonesets(struct fos *fos, const json_t *changes)
{
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		json_t *names = json_object_get(change, "after") ? fos->made : fos->gone;

		if (strcmp(np_json_text(change, "object"), "zoneset") == 0)
			(void)json_object_set_new(names, np_json_text(change, "name"), json_true());
	}
}

static int write_changes(struct fos *fos, const json_t *changes, struct np_err *err)
{
	const json_t *change;
	int rc = 0;
	size_t i;

	note_zonesets(fos, changes);
	json_array_foreach (changes, i, change) {
		rc = write_change(fos, change, err);
		if (rc < 0)
			return rc;
	}
	flush_cfg(fos);
	if (json_object_size(fos->made) > 0)
		return np_fail(err, NP_UNSUPPORTED, "zoneset '%s': FOS has no empty ones",
			json_object_iter_key(json_object_iter(fos->made)));
	return 0;
}

int zone_script_fos(const struct zone_writer *writer, struct np_err *err)
{
	const json_t *changes = json_object_get(writer->plan, "changes");
	const char *active = zone_script_activated(writer->plan);
	np_auto(np_json_decref) json_t *made = json_object();
	np_auto(np_json_decref) json_t *gone = json_object();
	np_auto(np_json_decref) json_t *zones = json_array();
	struct fos fos = { .out = writer->out,
		.made = made,
		.gone = gone,
		.verb = "",
		.cfg = "",
		.zones = zones };
	int rc;

	if (writer->context > 0)
		(void)fprintf(fos.out, "setcontext %lld\n", (long long)writer->context);
	if (active || json_array_size(changes) > 0)
		(void)fputs("cfgtransshow\n", fos.out);
	rc = write_changes(&fos, changes, err);
	if (rc < 0)
		return rc;
	if (active)
		put_named(fos.out, "cfgenable", active);
	else if (json_array_size(changes) > 0)
		(void)fputs("cfgsave\n", fos.out);
	(void)fputs("cfgtransshow\ncfgshow\n", fos.out);
	return 0;
}
