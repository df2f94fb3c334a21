/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/want.h"

#include <string.h>

#include "base/wwn.h"
#include "zoning/compile.h"

/* Its own list of ports, else the ports of its arrays, else those of the arrays that its LUNs are on. */
static const char targets_sql[] =
	"SELECT * FROM targets WHERE fabric = ?2 AND CASE"
	" WHEN (SELECT json_array_length(targets) FROM guests WHERE id = ?1) > 0"
	"  THEN wwpn IN (SELECT value FROM guests AS g, json_each(g.targets) WHERE g.id = ?1)"
	" WHEN (SELECT json_array_length(arrays) FROM guests WHERE id = ?1) > 0"
	"  THEN array IN (SELECT value FROM guests AS g, json_each(g.arrays) WHERE g.id = ?1)"
	" ELSE array <> '' AND array IN"
	"  (SELECT luns.array FROM masks JOIN luns ON luns.wwid = masks.wwid WHERE masks.guest = ?1)"
	" END ORDER BY wwpn";

int svc_want_targets(struct svc *svc, const json_t *guest, const char *fabric, json_t **ret_targets,
	struct np_err *err)
{
	return db_list(
		svc->db, ret_targets, err, targets_sql, "tt", np_json_text(guest, "id"), fabric);
}

static int vhbas_of(struct svc *svc, const char *guest_id, const char *fabric, json_t **ret_vhbas,
	struct np_err *err)
{
	return db_list(svc->db, ret_vhbas, err,
		"SELECT name, wwpn_a, wwpn_b, active FROM vhbas WHERE guest = ? AND fabric = ? ORDER BY name",
		"tt", guest_id, fabric);
}

static int add_guest(struct svc *svc, const json_t *guest, const char *fabric, json_t *guests,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *targets = NULL;
	int rc = vhbas_of(svc, np_json_text(guest, "id"), fabric, &vhbas, err);

	if (rc == 0)
		rc = svc_want_targets(svc, guest, fabric, &targets, err);
	if (rc == 0 && json_array_size(vhbas) > 0 && json_array_size(targets) > 0)
		(void)json_array_append_new(guests,
			json_pack("{s:O, s:O, s:O, s:O}", "id", json_object_get(guest, "id"),
				"name", json_object_get(guest, "name"), "vhbas", vhbas, "targets",
				targets));
	return rc;
}

const char *svc_want_vendor(const json_t *fabric)
{
	const char *driver = np_json_text(fabric, "driver");

	return zone_rules_of(driver) ? driver : "manual";
}

/* Which zoneset: the fabric's setting, else the recorded one that should be in force, else whatever is. */
static int zoneset_of(struct svc *svc, const json_t *fabric, json_t *desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	const char *name = np_json_text(fabric, "zoneset");
	int rc = *name ? 0
		       : db_get(svc->db, &row, err,
				 "SELECT name FROM zonesets WHERE fabric = ? AND active", "t",
				 np_json_text(fabric, "name"));

	(void)json_object_set_new(
		desired, "zoneset", json_string(row ? np_json_text(row, "name") : name));
	return rc;
}

static int compile(struct svc *svc, const char *fabric_name, const json_t *guests,
	json_t **ret_desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *fabric = NULL;
	np_auto(np_json_decref) json_t *zones = NULL;
	np_auto(np_json_decref) json_t *desired = NULL;
	int rc = db_find(svc->db, &db_fabrics, fabric_name, &fabric, err);

	if (rc < 0)
		return rc;
	np_auto(np_json_decref) json_t *request = json_pack("{s:s, s:O, s:O, s:O}", "vendor",
		svc_want_vendor(fabric), "policy", json_object_get(fabric, "zone_policy"),
		"template", json_object_get(fabric, "zone_template"), "guests", guests);
	rc = zone_compile(request, &zones, err);
	if (rc < 0)
		return np_wrap(err, rc, "zones of fabric %s", fabric_name);
	desired = json_pack("{s:{}, s:O, s:O, s:{s:[], s:[], s:[]}, s:{s:[], s:[], s:[]}}",
		"aliases", "zones", json_object_get(zones, "zones"), "owners",
		json_object_get(zones, "owners"), "absent", "zones", "aliases", "zonesets", "made",
		"zones", "aliases", "zonesets");
	rc = zoneset_of(svc, fabric, desired, err);
	if (rc == 0)
		*ret_desired = np_take(desired);
	return rc;
}

static const char *plural(const char *object)
{
	return strcmp(object, "zone") == 0    ? "zones"
	       : strcmp(object, "alias") == 0 ? "aliases"
					      : "zonesets";
}

/* What we have made there: it may be changed, and what of it is wanted no more is taken away. */
static int add_made(
	struct svc *svc, const char *fabric, const char *guest, json_t *desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_list(svc->db, &rows, err,
		"SELECT object, name, guest FROM made WHERE fabric = ?1 AND (?2 IS NULL OR guest = ?2 OR object = 'zoneset')",
		"tt", fabric, guest);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *list = plural(np_json_text(row, "object"));
		json_t *name = json_object_get(row, "name");
		(void)json_array_append(
			json_object_get(json_object_get(desired, "made"), list), name);
		if (strcmp(list, "zonesets") != 0 &&
			!json_object_get(json_object_get(desired, list), json_string_value(name)))
			(void)json_array_append(
				json_object_get(json_object_get(desired, "absent"), list), name);
	}
	return rc;
}

/* A recorded zone by the name of a guest's says what that one is to be. */
static void add_record(const json_t *row, json_t *desired, struct np_err *err)
{
	bool peer = strcmp(np_json_text(row, "kind"), "peer") == 0;
	const json_t *members = json_object_get(row, "members");
	json_t *zone = zone_new(peer ? "peer" : "regular");

	for (size_t i = 0; i < json_array_size(members); i++)
		(void)zone_add(zone, peer && i == 0 ? "principals" : "members",
			json_string_value(json_array_get(members, i)), err);
	(void)json_object_set_new(
		json_object_get(desired, "zones"), np_json_text(row, "name"), zone);
}

/* Of one guest: what is recorded by the names of its zones. */
static int overlay_records(struct svc *svc, const char *fabric, json_t *desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:s}", "fabric", fabric);
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_select(svc->db, &db_zones, filter, &rows, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		if (json_object_get(json_object_get(desired, "zones"), np_json_text(row, "name")))
			add_record(row, desired, err);
	}
	return rc;
}

int svc_want_guest(struct svc *svc, const char *guest_id, const char *fabric,
	enum svc_want_mode mode, json_t **ret_desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *guests = json_array();
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *desired = NULL;
	int rc = mode == SVC_WANT_GUEST ? svc_guest_find(svc, guest_id, &guest, err) : 0;

	if (rc == 0 && guest)
		rc = add_guest(svc, guest, fabric, guests, err);
	if (rc == 0)
		rc = compile(svc, fabric, guests, &desired, err);
	if (rc == 0)
		rc = overlay_records(svc, fabric, desired, err);
	if (rc == 0)
		rc = add_made(svc, fabric, guest_id, desired, err);
	if (rc == 0)
		*ret_desired = np_take(desired);
	return rc;
}

static int add_records(struct svc *svc, const char *fabric, json_t *desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:s}", "fabric", fabric);
	np_auto(np_json_decref) json_t *zones = NULL;
	np_auto(np_json_decref) json_t *aliases = NULL;
	int rc = db_select(svc->db, &db_zones, filter, &zones, err);

	if (rc == 0)
		rc = db_select(svc->db, &db_aliases, filter, &aliases, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(zones); i++)
		add_record(json_array_get(zones, i), desired, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(aliases); i++) {
		const json_t *row = json_array_get(aliases, i);
		(void)json_object_set_new(json_object_get(desired, "aliases"),
			np_json_text(row, "name"), json_pack("[O]", json_object_get(row, "wwn")));
	}
	return rc;
}

int svc_want_all(struct svc *svc, const char *fabric, json_t **ret_desired, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *guests = json_array();
	np_auto(np_json_decref) json_t *desired = NULL;
	int rc = db_list(svc->db, &rows, err,
		"SELECT id, name FROM guests WHERE (desired = 'ready' OR id IN (SELECT guest FROM made WHERE fabric = ?1))"
		" AND id IN (SELECT guest FROM vhbas WHERE fabric = ?1) ORDER BY name",
		"t", fabric);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++)
		rc = add_guest(svc, json_array_get(rows, i), fabric, guests, err);
	if (rc == 0)
		rc = compile(svc, fabric, guests, &desired, err);
	if (rc == 0)
		rc = add_records(svc, fabric, desired, err);
	if (rc == 0)
		rc = add_made(svc, fabric, NULL, desired, err);
	if (rc == 0)
		*ret_desired = np_take(desired);
	return rc;
}

int svc_want_owners(struct svc *svc, const char *fabric, json_t **ret_owners, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	json_t *owners;
	int rc = db_list(svc->db, &rows, err,
		"SELECT guest, wwpn_a, wwpn_b FROM vhbas WHERE fabric = ?", "t", fabric);

	if (rc < 0)
		return rc;
	owners = json_object();
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		json_t *guest = json_object_get(row, "guest");
		(void)json_object_set(owners, np_json_text(row, "wwpn_a"), guest);
		(void)json_object_set(owners, np_json_text(row, "wwpn_b"), guest);
	}
	*ret_owners = owners;
	return 0;
}

int svc_want_pairs(struct svc *svc, const json_t *guest, const char *fabric, json_t **ret_pairs,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *targets = NULL;
	json_t *pairs;
	char text[NP_WWN_TEXT];
	int rc = vhbas_of(svc, np_json_text(guest, "id"), fabric, &vhbas, err);

	if (rc == 0)
		rc = svc_want_targets(svc, guest, fabric, &targets, err);
	if (rc < 0)
		return rc;
	pairs = json_array();
	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		(void)np_wwn_text(svc_vhba_wwpn(json_array_get(vhbas, i)), text);
		for (size_t j = 0; j < json_array_size(targets); j++)
			(void)json_array_append_new(pairs,
				json_pack("[s, O]", text,
					json_object_get(json_array_get(targets, j), "wwpn")));
	}
	*ret_pairs = pairs;
	return 0;
}
