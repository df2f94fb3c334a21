/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PATCH of the effective configuration: enable, save, disable, clear, abort, and the default zone. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/fos.h"

enum { ACTION_NONE, ACTION_SAVE, ACTION_DISABLE, ACTION_CLEAR, ACTION_ABORT, ACTIONS };

struct wish {
	const char *cfg, *checksum; /* NULL: not given */
	int action, default_zone;   /* -1: not given */
};

static bool fail_field(struct fos_call *call, const char *field)
{
	(void)fos_refuse(call, &fos_bad_body, "Element '%.64s' is not valid here", field);
	return false;
}

static bool read_int(const json_t *value, int max, int *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		json_integer_value(value) > max)
		return false;
	*ret = (int)json_integer_value(value);
	return true;
}

static bool read_field(struct wish *wish, const char *field, const json_t *value)
{
	if (strcmp(field, "cfg-name") == 0)
		return (wish->cfg = json_string_value(value)) && fos_name_is_valid(wish->cfg);
	if (strcmp(field, "checksum") == 0)
		return (wish->checksum = json_string_value(value)) && strlen(wish->checksum) == 32;
	if (strcmp(field, "cfg-action") == 0)
		return read_int(value, ACTIONS - 1, &wish->action);
	if (strcmp(field, "default-zone-access") == 0)
		return read_int(value, 1, &wish->default_zone);
	return false;
}

/* ".../cfg-action/1" and ".../cfg-name/C" say it in the path. */
static bool read_path(struct fos_call *call, struct wish *wish)
{
	const char *rest = call->rest;
	uint64_t number = 0;

	if (!rest[0])
		return true;
	if (strncmp(rest, "/cfg-name/", 10) == 0 && fos_name_is_valid(rest + 10)) {
		wish->cfg = rest + 10;
		return true;
	}
	if (strncmp(rest, "/cfg-action/", 12) == 0 &&
		sim_parse_number(rest + 12, ACTIONS - 1, &number, NULL) == 0) {
		wish->action = (int)number;
		return true;
	}
	(void)fos_refuse(call, &fos_bad_uri, NULL);
	return false;
}

static bool read_wish(struct fos_call *call, struct wish *wish)
{
	const json_t *inner = json_object_get(call->body, "effective-configuration");
	const char *field;
	json_t *value;

	*wish = (struct wish){ .action = -1, .default_zone = -1 };
	if (!read_path(call, wish))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)(inner ? inner : call->body), field, value) {
		if (!read_field(wish, field, value))
			return fail_field(call, field);
	}
	/* The model's rule: a checksum belongs to enable, save and disable. */
	if (wish->checksum && !wish->cfg && wish->action != ACTION_SAVE &&
		wish->action != ACTION_DISABLE)
		return fail_field(call, "checksum");
	return true;
}

static int check_checksum(struct fos_call *call, const struct wish *wish)
{
	if (!wish->checksum)
		return fos_refuse(
			call, &fos_checksum, "The checksum of the zone database is missing");
	if (strcasecmp(wish->checksum, call->sw->fabric->zoning.checksum) != 0)
		return fos_refuse(call, &fos_checksum,
			"The checksum is not that of the zone database, which was changed");
	return 0;
}

/* An alias that is not there keeps its zone from being enabled. */
static const char *missing_alias(const json_t *database, const json_t *zone)
{
	static const char *const lists[] = { "members", "principals" };
	json_t *text;
	size_t i;

	for (size_t list = 0; list < 2; list++) {
		json_array_foreach (json_object_get(zone, lists[list]), i, text) {
			const char *member = json_string_value(text);
			if (member[0] == '@' &&
				!json_object_get(json_object_get(database, "aliases"), member + 1))
				return member + 1;
		}
	}
	return NULL;
}

static const char *missing_object(const json_t *database, const char *cfg)
{
	json_t *text;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(database, "zonesets"), cfg), i, text) {
		const json_t *zone = json_object_get(
			json_object_get(database, "zones"), json_string_value(text));
		const char *missing =
			zone ? missing_alias(database, zone) : json_string_value(text);
		if (missing)
			return missing;
	}
	return NULL;
}

static int enable(struct fos_call *call, const char *cfg)
{
	struct sim_fabric *fabric = call->sw->fabric;
	struct sim_zonedb *db = &fabric->zoning;
	np_auto(np_json_decref) json_t *before = json_incref(db->effective);
	bool pending = db->pending != NULL;
	const char *missing = missing_object(sim_zonedb_edited(db), cfg);

	if (missing)
		return fos_refuse(call, &fos_failed, "\"%s\" not found", missing);
	int rc = sim_zonedb_commit(call->sw->sim, fabric, cfg, NULL);
	if (rc == -NP_NOTFOUND)
		return fos_refuse(call, &fos_failed, "\"%s\" not found", cfg);
	if (rc == -NP_CAPACITY)
		return fos_refuse(call, &fos_full, NULL);
	if (rc < 0)
		return rc;
	if (!pending && json_equal(before, db->effective))
		return fos_refuse(call, &fos_same, NULL);
	return fos_say(call, 204, NULL);
}

static int save(struct fos_call *call)
{
	struct sim_zonedb *db = &call->sw->fabric->zoning;

	if (!db->pending)
		return fos_refuse(call, &fos_failed, "Nothing changed: nothing to save");
	int rc = sim_zonedb_commit(call->sw->sim, call->sw->fabric, NULL, NULL);
	if (rc == -NP_CAPACITY)
		return fos_refuse(call, &fos_full, NULL);
	return rc < 0 ? rc : fos_say(call, 204, NULL);
}

static int disable(struct fos_call *call)
{
	struct sim_fabric *fabric = call->sw->fabric;

	if (!np_json_text(fabric->zoning.effective, "zoneset")[0])
		return fos_refuse(call, &fos_failed, "There is no effective configuration");
	int rc = sim_zonedb_disable(call->sw->sim, fabric, NULL);
	return rc < 0 ? rc : fos_say(call, 204, NULL);
}

static int clear(struct fos_call *call)
{
	const char *table;
	json_t *objects;

	if (!fos_begin(call))
		return 0;
	json_object_foreach (sim_zonedb_edited(&call->sw->fabric->zoning), table, objects)
		(void)json_object_clear(objects);
	return fos_say(call, 204, NULL);
}

static int abort_changes(struct fos_call *call)
{
	struct sim_zonedb *db = &call->sw->fabric->zoning;

	if (!db->pending)
		return fos_refuse(call, &fos_failed, "There is no outstanding zoning transaction");
	sim_zonedb_abort(db);
	call->fos->aborts++;
	return fos_say(call, 204, NULL);
}

/* What is pending is saved with it. */
static int set_default(struct fos_call *call, bool open)
{
	struct sim_fabric *fabric = call->sw->fabric;

	if (fabric->zoning.default_open == open && !fabric->zoning.pending)
		return fos_refuse(call, &fos_same, NULL);
	int rc = sim_zonedb_commit(call->sw->sim, fabric, NULL, NULL);
	if (rc == 0)
		rc = sim_zonedb_set_default(call->sw->sim, fabric, open, NULL);
	if (rc == -NP_CAPACITY)
		return fos_refuse(call, &fos_full, NULL);
	return rc < 0 ? rc : fos_say(call, 204, NULL);
}

static int act(struct fos_call *call, const struct wish *wish)
{
	static int (*const actions[ACTIONS])(struct fos_call * call) = {
		[ACTION_SAVE] = save,
		[ACTION_DISABLE] = disable,
		[ACTION_CLEAR] = clear,
		[ACTION_ABORT] = abort_changes,
	};

	if (wish->cfg)
		return enable(call, wish->cfg);
	if (wish->action > ACTION_NONE)
		return actions[wish->action](call);
	if (wish->default_zone >= 0)
		return set_default(call, wish->default_zone == 1);
	return fos_refuse(call, &fos_bad_body, "Nothing to do");
}

int fos_patch_effective(struct fos_call *call)
{
	const struct sim_zonedb *db = &call->sw->fabric->zoning;
	const struct sim_zone_client client = fos_client(call);
	struct wish wish;

	if (!read_wish(call, &wish))
		return 0;
	if (db->pending && !sim_zonedb_owns(db, &client))
		return fos_refuse(call, &fos_not_owner, NULL);
	if (wish.cfg || wish.action == ACTION_SAVE || wish.action == ACTION_DISABLE) {
		int rc = check_checksum(call, &wish);
		if (rc < 0 || call->reply->status)
			return rc;
	}
	return act(call, &wish);
}
