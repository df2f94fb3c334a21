/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_switch.h"

#include <string.h>

#include "zoning/list.h"
#include "zoning/nxos_zones.h"
#include "zoning/script.h"

#define VSAN_MAX 4093
#define COMMAND_MAX 96

/* "WHAT vsan N" */
static void command_of(
	const struct nxos_switch *nxos, const char *what, char ret_command[static COMMAND_MAX])
{
	(void)snprintf(ret_command, COMMAND_MAX, "%s vsan %lld", what, (long long)nxos->vsan);
}

static int ask(struct nxos_switch *nxos, const char *command, json_t **ret_body, struct np_err *err)
{
	int rc = nxos_link_show(&nxos->link, command, ret_body, err);

	if (rc == 0 && nxos->raw)
		zone_raw_keep(nxos->raw, command, *ret_body);
	return rc;
}

int nxos_switch_show(
	struct nxos_switch *nxos, const char *what, json_t **ret_body, struct np_err *err)
{
	char command[COMMAND_MAX];

	command_of(nxos, what, command);
	return ask(nxos, command, ret_body, err);
}

static int read_zone_status(struct nxos_switch *nxos, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	int rc = nxos_switch_show(nxos, "show zone status", &body, err);

	return rc < 0 ? rc : nxos_status_read(body, nxos->vsan, &nxos->status, err);
}

static int read_alias_status(struct nxos_switch *nxos, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	int rc = nxos_link_show(&nxos->link, "show device-alias status", &body, err);

	return rc < 0 ? rc : nxos_status_read_aliases(body, &nxos->aliases, err);
}

int nxos_switch_look(struct nxos_switch *nxos, struct np_err *err)
{
	int rc = read_zone_status(nxos, err);

	return rc < 0 ? rc : read_alias_status(nxos, err);
}

int nxos_switch_command(struct nxos_switch *nxos, const char *command, struct np_err *err)
{
	np_auto(np_json_decref) json_t *batch = json_pack("[s]", command);

	return batch ? nxos_link_configure(&nxos->link, batch, err) : np_fail_nomem(err);
}

int nxos_switch_configure(struct nxos_switch *nxos, const char *what, struct np_err *err)
{
	char command[COMMAND_MAX];

	command_of(nxos, what, command);
	return nxos_switch_command(nxos, command, err);
}

int nxos_switch_init(
	struct nxos_switch *ret_nxos, const struct zone_session *session, struct np_err *err)
{
	np_auto(nxos_switch_done) struct nxos_switch nxos = { .vsan = session->endpoint->context };
	np_auto(np_json_decref) json_t *body = NULL;
	int rc;

	if (nxos.vsan < 1 || nxos.vsan > VSAN_MAX)
		return np_fail_field(err, "context", "%lld is not a VSAN: 1 to %d",
			(long long)nxos.vsan, VSAN_MAX);
	nxos.user = session->credential ? session->credential->user : "";
	nxos.about = json_object();
	nxos.fcaliases = json_object();
	if (!nxos.about || !nxos.fcaliases)
		return np_fail_nomem(err);
	rc = nxos_link_init(&nxos.link, session, err);
	if (rc == 0)
		rc = nxos_link_show(&nxos.link, "show version", &body, err);
	if (rc == 0)
		rc = nxos_status_read_version(body, nxos.about, err);
	if (rc == 0)
		rc = nxos_switch_look(&nxos, err);
	if (rc < 0)
		return rc;
	*ret_nxos = nxos;
	nxos = (struct nxos_switch){ 0 };
	return 0;
}

void nxos_switch_done(struct nxos_switch *nxos)
{
	nxos_link_done(&nxos->link);
	json_decref(nxos->about);
	json_decref(nxos->fcaliases);
	*nxos = (struct nxos_switch){ 0 };
}

bool nxos_switch_may_be_ours(const struct nxos_switch *nxos)
{
	const struct nxos_status *status = &nxos->status;

	return strcmp(status->interface, "remote") != 0 && !*status->address &&
	       (!*status->user || strcmp(status->user, nxos->user) == 0);
}

bool nxos_switch_aliases_are_ours(const struct nxos_switch *nxos)
{
	return nxos->aliases.locked && strcmp(nxos->aliases.user, nxos->user) == 0;
}

int nxos_switch_busy(const struct nxos_switch *nxos, struct np_err *err)
{
	const struct nxos_status *status = &nxos->status;
	int rc = np_fail(err, NP_BUSY, "%s%.60s%s%s%.60s has a zone session open in VSAN %lld (%s)",
		*status->user	   ? "user '"
		: *status->address ? "somebody"
				   : "somebody (the switch does not say who)",
		status->user, *status->user ? "'" : "", *status->address ? " at " : "",
		status->address, (long long)nxos->vsan, status->interface);

	return np_hint(err, rc,
		"he ends it with 'zone commit vsan %lld' or 'no zone commit vsan %lld'",
		(long long)nxos->vsan, (long long)nxos->vsan);
}

int nxos_switch_aliases_busy(const struct nxos_switch *nxos, struct np_err *err)
{
	int rc = np_fail(
		err, NP_BUSY, "user '%.60s' is changing device-aliases", nxos->aliases.user);

	return np_hint(err, rc, "he ends it with 'device-alias commit' or 'device-alias abort'");
}

/* Peer zones of @seen take the place of those by the same name, which came without types. */
static int take_peers(const json_t *seen, json_t *zones, struct np_err *err)
{
	const char *name;
	json_t *zone;

	zone_each (seen, name, zone)
		if (strcmp(np_json_text(zone, "kind"), "peer") == 0 &&
			json_object_get(zones, name) && json_object_set(zones, name, zone) < 0)
			return np_fail_nomem(err);
	return 0;
}

/* The text of a "show" command as a snapshot; *ret_seen stays as it is when there is none. */
static int see_text(
	struct nxos_switch *nxos, const char *command, json_t **ret_seen, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	int rc = nxos_link_text(&nxos->link, command, &text, err);

	if (rc == -NP_UNSUPPORTED || (rc == 0 && !strstr(text, " name ")))
		return 0;
	if (rc == 0)
		rc = zone_import("zoneset", text, strlen(text), ret_seen, err);
	return np_wrap(err, rc, "'%s' as text", command);
}

/*
 * Device types of members as people see them: whether all releases give them in their structured answers is not sure.
 * What looks like an active zoneset in the text may come as one or as a defined one.
 */
static int read_types(struct nxos_switch *nxos, const char *what, json_t *db, struct np_err *err)
{
	np_auto(np_json_decref) json_t *seen = NULL;
	json_t *zones = json_object_get(db, "zones");
	char command[COMMAND_MAX];
	int rc;

	if (json_object_size(zones) == 0)
		return 0;
	command_of(nxos, what, command);
	rc = see_text(nxos, command, &seen, err);
	if (rc == 0)
		rc = take_peers(
			json_object_get(json_object_get(seen, "defined"), "zones"), zones, err);
	if (rc == 0)
		rc = take_peers(
			json_object_get(json_object_get(seen, "effective"), "zones"), zones, err);
	return rc;
}

static int take_aliases(const json_t *body, struct nxos_zones *zones, struct np_err *err)
{
	return nxos_zones_read_aliases(body, zones->db, err);
}

/* Parts of a database, how their answer is read, and how what is pending is asked for. */
static const struct part {
	const char *name;
	const char *committed, *pending;
	bool of_vsan;
	int (*read)(const json_t *body, struct nxos_zones *zones, struct np_err *err);
} parts[] = {
	{ "zonesets", "show zoneset", "show zoneset pending", true, nxos_zones_read_zonesets },
	{ "zones", "show zone", "show zone pending", true, nxos_zones_read },
	{ "aliases", "show device-alias database", "show device-alias database pending", false,
		take_aliases },
};

/* What has no structured answer in this release has a text. */
static int read_part(struct nxos_switch *nxos, const struct part *part, const char *what,
	struct nxos_zones *zones, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_json_decref) json_t *seen = NULL;
	char command[COMMAND_MAX];

	(void)snprintf(command, sizeof command, "%s", what);
	if (part->of_vsan)
		command_of(nxos, what, command);
	int rc = ask(nxos, command, &body, err);
	if (rc == 0)
		return part->read(body, zones, err);
	if (rc == -NP_UNSUPPORTED && see_text(nxos, command, &seen, err) == 0 && seen)
		rc = json_object_update(json_object_get(zones->db, part->name),
			     json_object_get(json_object_get(seen, "defined"), part->name)) < 0
			     ? np_fail_nomem(err)
			     : 0;
	return rc;
}

/* Names of the zone server's aliases are names of aliases where they are not those of device-aliases. */
static int add_fcaliases(struct nxos_switch *nxos, json_t *aliases, struct np_err *err)
{
	const char *name;
	json_t *members;

	json_object_foreach (nxos->fcaliases, name, members)
		if (!json_object_get(aliases, name) && json_object_set(aliases, name, members) < 0)
			return np_fail_nomem(err);
	return 0;
}

/* @pending_zones, @pending_aliases: with the changes of the open session. */
static int read_db(struct nxos_switch *nxos, bool pending_zones, bool pending_aliases,
	json_t **ret_db, struct np_err *err)
{
	np_auto(np_json_decref) json_t *db = zone_db_new();
	struct nxos_zones zones = {
		.vsan = nxos->vsan,
		.smart = nxos->status.smart,
		.db = db,
		.fcaliases = nxos->fcaliases,
	};
	int rc = db ? 0 : np_fail_nomem(err);

	(void)json_object_clear(nxos->fcaliases);
	for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof *parts; i++) {
		bool pending = parts[i].of_vsan ? pending_zones : pending_aliases;
		rc = read_part(nxos, &parts[i], pending ? parts[i].pending : parts[i].committed,
			&zones, err);
	}
	if (rc == 0 && zones.smart && !zones.typed)
		rc = read_types(nxos, pending_zones ? "show zone pending" : "show zone", db, err);
	if (rc == 0)
		rc = add_fcaliases(nxos, json_object_get(db, "aliases"), err);
	if (rc == 0)
		*ret_db = np_take(db);
	return rc;
}

int nxos_switch_read_defined(
	struct nxos_switch *nxos, bool our_aliases, json_t **ret_db, struct np_err *err)
{
	return read_db(nxos, false, our_aliases && nxos_switch_aliases_are_ours(nxos), ret_db, err);
}

/* Another's session is kept by the switch that he is at; here it could not be seen. */
int nxos_switch_read_pending(struct nxos_switch *nxos, json_t **ret_db, struct np_err *err)
{
	int rc = nxos_switch_look(nxos, err);

	if (rc < 0)
		return rc;
	if (nxos->status.locked && !nxos_switch_may_be_ours(nxos))
		return nxos_switch_busy(nxos, err);
	return read_db(nxos, nxos->status.locked, nxos_switch_aliases_are_ours(nxos), ret_db, err);
}

int nxos_switch_read_effective(struct nxos_switch *nxos, json_t **ret_effective, struct np_err *err)
{
	np_auto(np_json_decref) json_t *effective = json_object();
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_json_decref) json_t *bodies = NULL;
	np_auto(np_json_decref) json_t *fcaliases = json_object();
	struct nxos_zones zones = {
		.vsan = nxos->vsan,
		.smart = nxos->status.smart,
		.db = effective,
		.fcaliases = fcaliases,
	};
	int rc = effective && fcaliases ? nxos_switch_show(nxos, "show zoneset active", &body, err)
					: np_fail_nomem(err);

	if (rc == 0)
		rc = nxos_zones_read_active(body, &zones, err);
	if (rc > 0) {
		rc = nxos_switch_show(nxos, "show zone active", &bodies, err);
		if (rc == 0)
			rc = nxos_zones_read(bodies, &zones, err);
	}
	if (rc == 0 && zones.smart && !zones.typed)
		rc = read_types(nxos, "show zoneset active", effective, err);
	if (rc == 0)
		*ret_effective = np_take(effective);
	return rc;
}
