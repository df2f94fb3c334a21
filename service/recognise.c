/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zones that somebody else made, told to be a guest's by their members. */
#include <string.h>

#include "service/switches.h"
#include "service/want.h"
#include "service/zone_step.h"

struct reading {
	struct svc_fabric *fabric;
	const json_t *aliases, *owners;
	const json_t
		*wanted; /* {GUEST TEXT: true}: the zones that each guest is to have, resolved */
	bool adopt;
};

/* The guests' WWPNs among the members, and their guest; NULL: none, or of two guests. */
static const char *guest_in(const struct reading *reading, const json_t *zone, json_t *wwpns)
{
	static const char *const lists[] = { "members", "principals" };
	const char *guest = NULL;

	for (size_t l = 0; l < 2; l++) {
		const json_t *list = json_object_get(zone, lists[l]);
		for (size_t i = 0; i < json_array_size(list); i++) {
			json_t *member = json_array_get(list, i);
			const char *owner =
				np_json_text(reading->owners, json_string_value(member));
			if (!*owner)
				continue;
			if (guest && strcmp(guest, owner) != 0)
				return NULL;
			guest = owner;
			(void)json_array_append(wwpns, member);
		}
	}
	return guest;
}

/* The guest and the zone's text, so that one look tells whether it is wanted. */
static char *wanted_key(const json_t *zone, const json_t *aliases, const char *guest)
{
	np_auto(np_json_decref) json_t *plain = zone_resolve(zone, aliases);
	np_auto(np_free) char *text = plain ? zone_text(plain) : NULL;
	char *key = NULL;

	return text && asprintf(&key, "%s %s", guest, text) > 0 ? key : NULL;
}

static json_t *wanted_keys(const json_t *desired)
{
	json_t *keys = json_object(), *zone;
	const char *name;

	json_object_foreach (json_object_get(desired, "zones"), name, zone) {
		np_auto(np_free) char *key = wanted_key(
			zone, NULL, np_json_text(json_object_get(desired, "owners"), name));
		if (key)
			(void)json_object_set_new(keys, key, json_true());
	}
	return keys;
}

/* Is it, member by member, a zone that this guest is to have? */
static bool is_wanted(const struct reading *reading, const json_t *zone, const char *guest)
{
	np_auto(np_free) char *key = wanted_key(zone, reading->aliases, guest);

	return key && json_object_get(reading->wanted, key);
}

static bool is_made(const struct reading *reading, const char *name)
{
	int64_t n = 0;

	(void)db_number(reading->fabric->svc->db, &n, NULL,
		"SELECT count(*) FROM made WHERE fabric = ? AND object = 'zone' AND name = ?", "tt",
		reading->fabric->name, name);
	return n > 0;
}

/* A text may be of another day, or of another switch: what becomes ours must be so there. */
static bool is_there(const struct reading *reading, const char *name, const json_t *zone)
{
	const struct svc_fabric *fabric = reading->fabric;
	const json_t *defined = json_object_get(fabric->snapshot, "defined");
	const json_t *found = json_object_get(json_object_get(defined, "zones"), name);

	return svc_zone_is_by_hand(fabric) ||
	       (found && zone_is_same(zone, reading->aliases, found,
				 json_object_get(defined, "aliases")));
}

static int adopt(const struct reading *reading, const char *name, const json_t *zone,
	const char *guest, struct np_err *err)
{
	char now[DB_TIME_TEXT], object[NP_NAME_MAX + 16];
	int rc = db_exec(reading->fabric->svc->db, err,
		"INSERT INTO made (fabric, object, name, state, guest, value, created, host)"
		" VALUES (?, 'zone', ?, 'made', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		"tttjtt", reading->fabric->name, name, guest, zone, db_time_text(0, now),
		reading->fabric->svc->set.host);

	(void)snprintf(object, sizeof object, "fabrics/%s", reading->fabric->name);
	if (rc == 0)
		svc_event(reading->fabric->svc, "zone_adopted", "notice", object, NULL,
			"fabric %s: zone '%s' is npivd's from now on, for guest %s",
			reading->fabric->name, name, guest);
	return rc;
}

static int read_zone(const struct reading *reading, const char *name, const json_t *zone,
	json_t *rows, struct np_err *err)
{
	np_auto(np_json_decref) json_t *plain = zone_resolve(zone, reading->aliases);
	np_auto(np_json_decref) json_t *wwpns = json_array();
	const char *guest = guest_in(reading, plain, wwpns);
	int rc = 0;

	if (!guest)
		return 0;
	bool exact = is_wanted(reading, zone, guest), ours = is_made(reading, name);
	if (reading->adopt && exact && !ours && is_there(reading, name, zone)) {
		rc = adopt(reading, name, zone, guest, err);
		ours = rc == 0;
	}
	(void)json_array_append_new(
		rows, json_pack("{s:s, s:s, s:O, s:b, s:b}", "zone", name, "guest", guest, "wwpns",
			      wwpns, "exact", exact, "ours", ours));
	return rc;
}

int svc_recognise(struct svc_fabric *fabric, const json_t *snapshot, bool adopt_exact,
	json_t **ret_rows, struct np_err *err)
{
	const json_t *defined = json_object_get(snapshot, "defined");
	np_auto(np_json_decref) json_t *owners = NULL;
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *rows = json_array();
	const char *name;
	json_t *zone;
	int rc = svc_want_owners(fabric->svc, fabric->name, &owners, err);

	if (rc == 0)
		rc = svc_want_all(fabric->svc, fabric->name, &desired, err);
	np_auto(np_json_decref) json_t *wanted = wanted_keys(desired);
	struct reading reading = { fabric, json_object_get(defined, "aliases"), owners, wanted,
		adopt_exact };
	json_object_foreach (json_object_get(defined, "zones"), name, zone) {
		if (rc == 0)
			rc = read_zone(&reading, name, zone, rows, err);
	}
	if (rc == 0)
		*ret_rows = np_take(rows);
	return rc;
}
