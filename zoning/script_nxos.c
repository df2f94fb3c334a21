/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans as commands of Cisco's NX-OS. Aliases are device-aliases, which have a transaction of their own; zones and
 * zonesets are edited in the full database, and activation puts them in force. In enhanced mode `zone commit` ends the
 * session; in basic mode there is none and the switch says so.
 */
#include <ctype.h>
#include <string.h>

#include "zoning/script_write.h"

#define VSAN_MAX 4093

struct nxos {
	FILE *out;
	long long vsan;
	bool in_aliases;    /* in the device-alias database */
	const char *in_set; /* in this zoneset */
};

static const struct {
	const char *kind, *command;
} other_kinds[] = {
	{ "fcid:", "fcid" },
	{ "fwwn:", "fwwn" },
	{ "ip:", "ip-address" },
	{ "symbolic:", "symbolic-nodename" },
};

/* The value of another kind of member; letters, digits and what these values have between them. */
static bool is_plain(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (!isalnum((unsigned char)*at) && !strchr(":./_-", *at))
			return false;
	}
	return *text != '\0';
}

static int put_other(struct nxos *nxos, const char *member, struct np_err *err)
{
	for (size_t i = 0; i < sizeof other_kinds / sizeof *other_kinds; i++) {
		size_t len = strlen(other_kinds[i].kind);

		if (strncmp(member, other_kinds[i].kind, len) != 0 || !is_plain(member + len))
			continue;
		(void)fprintf(nxos->out, "member %s %s", other_kinds[i].command, member + len);
		return 0;
	}
	return np_fail(err, NP_UNSUPPORTED, "member '%.80s' cannot be written for NX-OS", member);
}

static int put_member(struct nxos *nxos, const char *member, struct np_err *err)
{
	char text[ZONE_MEMBER_MAX];

	switch (zone_member_kind(member)) {
	case ZONE_MEMBER_WWN:
		(void)fprintf(nxos->out, "member pwwn %s", zone_script_member(member, text));
		return 0;
	case ZONE_MEMBER_ALIAS:
		(void)fprintf(nxos->out, "member device-alias %s", member + 1);
		return 0;
	case ZONE_MEMBER_PORT:
	case ZONE_MEMBER_OTHER:
		break;
	}
	return put_other(nxos, member, err);
}

static void leave(struct nxos *nxos)
{
	if (nxos->in_aliases)
		(void)fputs("device-alias commit\n", nxos->out);
	nxos->in_aliases = false;
	nxos->in_set = NULL;
}

static int write_alias(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const json_t *after = json_object_get(change, "after");
	const char *member = json_string_value(json_array_get(after, 0));
	const char *name = np_json_text(change, "name");
	char text[ZONE_MEMBER_MAX];

	if (after && (json_array_size(after) != 1 || zone_member_kind(member) != ZONE_MEMBER_WWN))
		return np_fail(
			err, NP_UNSUPPORTED, "device-alias '%s' must hold exactly one WWPN", name);
	if (!nxos->in_aliases) {
		leave(nxos);
		(void)fputs("device-alias database\n", nxos->out);
	}
	nxos->in_aliases = true;
	if (json_object_get(change, "before"))
		(void)fprintf(nxos->out, "  no device-alias name %s\n", name);
	if (after)
		(void)fprintf(nxos->out, "  device-alias name %s pwwn %s\n", name,
			zone_script_member(member, text));
	return 0;
}

/* {MEMBER: device type} of a zone; "" in a regular one. A new reference. */
static json_t *typed_members(const json_t *zone)
{
	bool peer = strcmp(np_json_text(zone, "kind"), "peer") == 0;
	json_t *typed = json_object();
	const json_t *member;
	size_t i;

	json_array_foreach (json_object_get(zone, "members"), i, member) {
		(void)json_object_set_new(
			typed, json_string_value(member), json_string(peer ? " init" : ""));
	}
	json_array_foreach (json_object_get(zone, "principals"), i, member) {
		const char *name = json_string_value(member);

		(void)json_object_set_new(typed, name,
			json_string(json_object_get(typed, name) ? " both" : " target"));
	}
	return typed;
}

/* Lines for those members of @typed that @other has not, or not with this type. */
static int put_members(
	struct nxos *nxos, json_t *typed, const json_t *other, bool remove, struct np_err *err)
{
	const char *member;
	json_t *type;

	json_object_foreach (typed, member, type) {
		int rc;

		if (json_equal(type, json_object_get(other, member)))
			continue;
		(void)fputs(remove ? "  no " : "  ", nxos->out);
		rc = put_member(nxos, member, err);
		if (rc < 0)
			return rc;
		(void)fprintf(nxos->out, "%s\n", remove ? "" : json_string_value(type));
	}
	return 0;
}

static int write_zone(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const json_t *after = json_object_get(change, "after");
	np_auto(np_json_decref) json_t *wanted = typed_members(after);
	np_auto(np_json_decref) json_t *found = typed_members(json_object_get(change, "before"));
	const char *name = np_json_text(change, "name");
	int rc;

	leave(nxos);
	if (strcmp(np_json_text(after, "kind"), "target-peer") == 0)
		return np_fail(
			err, NP_UNSUPPORTED, "zone '%s': NX-OS has no target driven zones", name);
	(void)fprintf(
		nxos->out, "%szone name %s vsan %lld\n", after ? "" : "no ", name, nxos->vsan);
	if (!after)
		return 0;
	rc = put_members(nxos, found, wanted, true, err);
	if (rc == 0)
		rc = put_members(nxos, wanted, found, false, err);
	return np_wrap(err, rc, "zone '%s'", name);
}

static int write_zoneset(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const char *name = np_json_text(change, "name");
	bool made = json_object_get(change, "after") != NULL;

	(void)err;
	leave(nxos);
	(void)fprintf(
		nxos->out, "%szoneset name %s vsan %lld\n", made ? "" : "no ", name, nxos->vsan);
	nxos->in_set = made ? name : NULL;
	return 0;
}

static int write_member(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const char *set = np_json_text(change, "zoneset");

	(void)err;
	if (!nxos->in_set || strcmp(nxos->in_set, set) != 0) {
		leave(nxos);
		(void)fprintf(nxos->out, "zoneset name %s vsan %lld\n", set, nxos->vsan);
		nxos->in_set = set;
	}
	(void)fprintf(nxos->out, "  %smember %s\n", json_object_get(change, "after") ? "" : "no ",
		np_json_text(change, "name"));
	return 0;
}

static int write_activation(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const char *before = json_string_value(json_object_get(change, "before"));

	(void)err;
	leave(nxos);
	if (!json_object_get(change, "after"))
		(void)fprintf(nxos->out, "no zoneset activate name %s vsan %lld\n",
			before ? before : np_json_text(change, "name"), nxos->vsan);
	return 0;
}

static const struct {
	const char *object;
	int (*write)(struct nxos *nxos, const json_t *change, struct np_err *err);
} writers[] = {
	{ "alias", write_alias },
	{ "zone", write_zone },
	{ "zoneset", write_zoneset },
	{ "member", write_member },
	{ "activation", write_activation },
};

static int write_change(struct nxos *nxos, const json_t *change, struct np_err *err)
{
	const char *object = np_json_text(change, "object");

	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
		if (strcmp(writers[i].object, object) == 0)
			return writers[i].write(nxos, change, err);
	}
	return np_fail(err, NP_INVAL, "a change of '%.32s' is not known", object);
}

static bool has_peers(const json_t *changes)
{
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const json_t *after = json_object_get(change, "after");

		if (strcmp(np_json_text(after, "kind"), "peer") == 0)
			return true;
	}
	return false;
}

static int write_changes(struct nxos *nxos, const json_t *changes, struct np_err *err)
{
	const json_t *change;
	size_t i;

	(void)fputs("terminal dont-ask\nconfigure terminal\n", nxos->out);
	if (has_peers(changes))
		(void)fprintf(nxos->out,
			"! device types count only after: zone smart-zoning enable vsan %lld\n",
			nxos->vsan);
	json_array_foreach (changes, i, change) {
		int rc = write_change(nxos, change, err);

		if (rc < 0)
			return rc;
	}
	leave(nxos);
	return 0;
}

static void put_frame_end(const struct nxos *nxos, const char *active)
{
	if (active)
		(void)fprintf(
			nxos->out, "zoneset activate name %s vsan %lld\n", active, nxos->vsan);
	(void)fprintf(nxos->out,
		"! in basic mode there is nothing to commit, and the switch says so\n"
		"zone commit vsan %lld\nend\nno terminal dont-ask\n",
		nxos->vsan);
}

int zone_script_nxos(const struct zone_writer *writer, struct np_err *err)
{
	const json_t *changes = json_object_get(writer->plan, "changes");
	const char *active = zone_script_activated(writer->plan);
	struct nxos nxos = { .out = writer->out, .vsan = (long long)writer->context };
	bool changed = active || json_array_size(changes) > 0;
	int rc = 0;

	if (writer->context < 1 || writer->context > VSAN_MAX)
		return np_fail_field(
			err, "context", "commands of NX-OS need the VSAN, 1 to %d", VSAN_MAX);
	(void)fprintf(nxos.out, "show zone status vsan %lld\n", nxos.vsan);
	if (changed)
		rc = write_changes(&nxos, changes, err);
	if (rc < 0)
		return rc;
	if (changed)
		put_frame_end(&nxos, active);
	(void)fprintf(nxos.out,
		"show zone status vsan %lld\nshow zone pending-diff vsan %lld\n"
		"show zoneset active vsan %lld\n",
		nxos.vsan, nxos.vsan, nxos.vsan);
	if (changed)
		(void)fputs("copy running-config startup-config\n", nxos.out);
	return 0;
}
