/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/record.h"

#include <string.h>

#include "base/wwn.h"
#include "service/hosts.h"
#include "service/want.h"
#include "zoning/compile.h"

static int must_exist(struct svc *svc, const struct db_table *table, const char *field,
	const char *key, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	struct np_err why = { 0 };

	if (!*key || db_find(svc->db, table, key, &row, &why) == 0)
		return 0;
	return why.code == NP_NOTFOUND
		       ? np_fail_field(err, field, "%s '%s' is not known", table->single, key)
		       : np_fail(err, why.code, "%s", why.msg);
}

static int check_fabric(
	struct svc *svc, json_t *values, const json_t *before np_unused, struct np_err *err)
{
	return must_exist(svc, &db_fabrics, "fabric", np_json_text(values, "fabric"), err);
}

static int refuse_if_used(
	struct svc *svc, const char *sql, const char *key, const char *what, struct np_err *err)
{
	int64_t n = 0;
	int rc = db_number(svc->db, &n, err, sql, "t", key);

	return rc == 0 && n > 0 ? np_fail(err, NP_CONFLICT, "'%s' is still used by %lld %s", key,
					  (long long)n, what)
				: rc;
}

static bool is_loopback(const char *url)
{
	return strncmp(url, "http://127.0.0.1", 16) == 0 || strncmp(url, "http://[::1]", 12) == 0;
}

static int check_template(const json_t *fabric, struct np_err *err)
{
	const char *policy = np_json_text(fabric, "zone_policy");
	struct np_err why = { 0 };

	return zone_template_check(svc_want_vendor(fabric), *policy ? policy : ZONE_POLICY_DEFAULT,
		       np_json_text(fabric, "zone_template"), &why) == 0
		       ? 0
		       : np_fail_field(err, "zone_template", "tried for two guests: %s", why.msg);
}

static bool differs(const json_t *before, const json_t *after, const char *member)
{
	return !json_equal(json_object_get(before, member), json_object_get(after, member));
}

static const char made_there[] = "SELECT count(*) FROM made WHERE fabric = ?";

/* To another switch: what is being done on this one must end first, and what was made there stays known. */
static int check_move(
	struct svc *svc, const json_t *before, const json_t *after, struct np_err *err)
{
	const char *name = np_json_text(before, "name");
	bool driver = differs(before, after, "driver"), context = differs(before, after, "context");
	int rc = 0;

	if (driver || context || differs(before, after, "url"))
		rc = refuse_if_used(svc,
			"SELECT count(*) FROM steps JOIN operations ON operations.id = operation"
			" WHERE steps.name LIKE 'zone%' AND steps.object = ? AND operations.ended IS NULL",
			name, "operations on its zones", err);
	if (rc == 0 && (context || (driver && strcmp(np_json_text(after, "driver"), "none") == 0)))
		rc = refuse_if_used(svc, made_there, name, "zones that npivd has made there", err);
	return rc;
}

/* What a switch's driver needs; its lane follows after the commit. */
static int check_switches(struct svc *svc, json_t *values, const json_t *before, struct np_err *err)
{
	np_auto(np_json_decref) json_t *after = before ? json_deep_copy(before) : json_object();

	(void)json_object_update(after, values);
	const char *driver = np_json_text(after, "driver"), *url = np_json_text(after, "url");
	bool remote = strcmp(driver, "fos") == 0 || strcmp(driver, "nxos") == 0;
	if (remote && strncmp(url, "https://", 8) != 0 && !is_loopback(url))
		return np_fail_field(
			err, "url", "must be https://SWITCH[:PORT] for driver %s", driver);
	if (remote && !*np_json_text(after, "credential"))
		return np_fail_field(
			err, "credential", "must name the file with user and secret of the switch");
	if (strchr(np_json_text(after, "credential"), '/') ||
		np_json_text(after, "credential")[0] == '.')
		return np_fail_field(err, "credential", "must be a name without '/'");
	if (strcmp(driver, "nxos") == 0 && np_json_int(after, "context") == 0)
		return np_fail_field(err, "context", "must be the VSAN for driver nxos");
	int rc = check_template(after, err);
	if (rc < 0)
		return rc;
	if (!svc->would)
		svc->fabrics_stale = true;
	return before ? check_move(svc, before, after, err) : 0;
}

static int check_profile(
	struct svc *svc, json_t *values, const json_t *before np_unused, struct np_err *err)
{
	const json_t *fabrics = json_object_get(values, "fabrics");
	int rc = must_exist(svc, &db_pools, "pool", np_json_text(values, "pool"), err);

	if (fabrics && json_array_size(fabrics) == 0)
		return np_fail_field(err, "fabrics", "names no fabric");
	for (size_t i = 0; rc == 0 && i < json_array_size(fabrics); i++)
		rc = must_exist(svc, &db_fabrics, "fabrics",
			json_string_value(json_array_get(fabrics, i)), err);
	return rc;
}

static int check_mask(struct svc *svc, json_t *values, const json_t *before, struct np_err *err)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *taken = NULL;
	struct np_err why = { 0 };

	if (json_object_get(values, "guest")) {
		if (svc_guest_find(svc, np_json_text(values, "guest"), &guest, &why) < 0)
			return np_fail_field(err, "guest", "%s", why.msg);
		(void)json_object_set(values, "guest", json_object_get(guest, "id"));
	}
	const json_t *lun = json_object_get(values, "lun");
	if (!json_is_integer(lun))
		return 0;
	int rc = db_get(svc->db, &taken, err,
		"SELECT wwid FROM masks WHERE guest = ? AND lun = ? AND wwid <> ?", "tit",
		np_json_text(before ? before : values, "guest"), json_integer_value(lun),
		np_json_text(before ? before : values, "wwid"));
	if (rc == 0 && taken)
		return np_fail_field(err, "lun", "number %lld is taken by %s",
			(long long)json_integer_value(lun), np_json_text(taken, "wwid"));
	return rc;
}

static int check_zone(struct svc *svc, json_t *values, const json_t *before, struct np_err *err)
{
	const json_t *members = json_object_get(values, "members");
	const char *kind = np_json_text(json_object_get(values, "kind") ? values : before, "kind");

	if (members && strcmp(kind, "peer") != 0 && json_array_size(members) == 1)
		return np_fail_field(err, "members", "a zone of one port connects nothing");
	return check_fabric(svc, values, before, err);
}

static int check_zoneset(struct svc *svc, json_t *values, const json_t *before, struct np_err *err)
{
	const json_t *zones = json_object_get(values, "zones");
	const char *fabric = np_json_text(before ? before : values, "fabric");
	char key[2 * NP_NAME_MAX + 2];
	int rc = check_fabric(svc, values, before, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(zones); i++) {
		(void)snprintf(key, sizeof key, "%s:%s", fabric,
			json_string_value(json_array_get(zones, i)));
		rc = must_exist(svc, &db_zones, "zones", key, err);
	}
	if (rc == 0 && np_json_bool(values, "active"))
		rc = db_exec(svc->db, err,
			"UPDATE zonesets SET active = 0 WHERE fabric = ? AND name <> ?", "tt",
			fabric, np_json_text(before ? before : values, "name"));
	return rc;
}

static int check_fabric_delete(struct svc *svc, const json_t *row, struct np_err *err)
{
	const char *name = np_json_text(row, "name");
	int rc = refuse_if_used(
		svc, "SELECT count(*) FROM vhbas WHERE fabric = ?", name, "vHBAs", err);

	if (!svc->would)
		svc->fabrics_stale = true;
	if (rc == 0)
		rc = refuse_if_used(svc, made_there, name, "zones that npivd has made there", err);

	if (rc == 0)
		rc = refuse_if_used(
			svc, "SELECT count(*) FROM zones WHERE fabric = ?", name, "zones", err);
	if (rc == 0)
		rc = refuse_if_used(
			svc, "SELECT count(*) FROM aliases WHERE fabric = ?", name, "aliases", err);
	if (rc == 0)
		rc = refuse_if_used(svc, "SELECT count(*) FROM zonesets WHERE fabric = ?", name,
			"zonesets", err);
	return rc == 0 ? refuse_if_used(svc,
				 "SELECT count(*) FROM profiles, json_each(profiles.fabrics) WHERE json_each.value = ?",
				 name, "profiles", err)
		       : rc;
}

static int check_zone_delete(struct svc *svc, const json_t *row, struct np_err *err)
{
	return refuse_if_used(svc,
		"SELECT count(*) FROM zonesets, json_each(zonesets.zones) WHERE fabric || ':' || json_each.value = ?",
		np_json_text(row, "key"), "zonesets", err);
}

/* Adds to each row of @rows, by @key, what the callback sees; unknown ones are appended as observed only. */
static json_t *row_of(json_t *rows, const char *key, const char *value, bool append)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		if (strcmp(np_json_text(row, key), value) == 0)
			return row;
	}
	if (!append)
		return NULL;
	json_t *row = json_pack("{s:s, s:b}", key, value, "recorded", 0);
	(void)json_array_append_new(rows, row);
	return row;
}

static void mark_recorded(json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		(void)json_object_set_new(row, "recorded", json_true());
		(void)json_object_set_new(row, "observed", json_false());
	}
}

static void add_unique(json_t *row, const char *list, const char *text)
{
	json_t *values = json_object_get(row, list);

	if (!values) {
		values = json_array();
		(void)json_object_set_new(row, list, values);
	}
	for (size_t i = 0; i < json_array_size(values); i++) {
		if (strcmp(json_string_value(json_array_get(values, i)), text) == 0)
			return;
	}
	(void)json_array_append_new(values, json_string(text));
}

/* A list is observed with all that is seen; a single record only with its own. */
static bool is_list(const json_t *rows)
{
	return !np_json_bool(json_array_get(rows, 0), "only");
}

static void observe_target(json_t *rows, const struct fc_rport *rport, const struct fc_hba *hba)
{
	char text[NP_WWN_TEXT], hba_text[NP_WWN_TEXT];

	if (!strstr(rport->roles, "FCP Target"))
		return;
	json_t *row = row_of(rows, "wwpn", np_wwn_text(rport->wwpn, text), is_list(rows));
	if (!row)
		return;
	(void)json_object_set_new(row, "observed", json_true());
	np_json_set_text(row, "port_id", rport->port_id);
	np_json_set_text(row, "port_state", rport->state);
	add_unique(row, "hbas", np_wwn_text(hba->wwpn, hba_text));
}

static void observe_targets(struct svc *svc, json_t *rows)
{
	mark_recorded(rows);
	svc_each_hba(hba, svc)
	{
		for (size_t j = 0; j < hba->n_rports; j++)
			observe_target(rows, &hba->rports[j], hba);
		for (size_t v = 0; v < hba->n_vports; v++) {
			for (size_t j = 0; j < hba->vports[v].n_rports; j++)
				observe_target(rows, &hba->vports[v].rports[j], hba);
		}
	}
}

static void observe_lun(json_t *rows, const struct fc_lun *lun, const char *wwpn)
{
	json_t *row = lun->wwid[0] ? row_of(rows, "wwid", lun->wwid, is_list(rows)) : NULL;

	if (!row)
		return;
	(void)json_object_set_new(row, "observed", json_true());
	(void)json_object_set_new(row, "size_bytes", json_integer(lun->size_bytes));
	np_json_set_text(row, "vendor", lun->vendor);
	np_json_set_text(row, "model", lun->model);
	add_unique(row, "vports", wwpn);
}

static void observe_luns(struct svc *svc, json_t *rows)
{
	np_auto(np_json_decref) json_t *masks = NULL;
	char text[NP_WWN_TEXT];

	mark_recorded(rows);
	svc_each_hba(hba, svc)
	{
		for (size_t v = 0; v < hba->n_vports; v++) {
			for (size_t j = 0; j < hba->vports[v].n_luns; j++)
				observe_lun(rows, &hba->vports[v].luns[j],
					np_wwn_text(hba->vports[v].wwpn, text));
		}
	}
	if (db_list(svc->db, &masks, NULL,
		    "SELECT masks.wwid, guests.name FROM masks JOIN guests ON guests.id = masks.guest ORDER BY 1, 2",
		    "") < 0)
		return;
	for (size_t i = 0; i < json_array_size(masks); i++) {
		const json_t *mask = json_array_get(masks, i);
		json_t *row = row_of(rows, "wwid", np_json_text(mask, "wwid"), is_list(rows));
		if (row)
			add_unique(row, "guests", np_json_text(mask, "name"));
	}
}

static const struct svc_noun profiles = { &db_profiles, false, check_profile, NULL, NULL };
static const struct svc_noun fabrics = { &db_fabrics, false, check_switches, check_fabric_delete,
	NULL };
static const struct svc_noun targets = { &db_targets, true, check_fabric, NULL, observe_targets };
static const struct svc_noun luns = { &db_luns, false, NULL, NULL, observe_luns };
static const struct svc_noun masks = { &db_masks, false, check_mask, NULL, NULL };
static const struct svc_noun aliases = { &db_aliases, false, check_fabric, NULL, NULL };
static const struct svc_noun zones = { &db_zones, false, check_zone, check_zone_delete, NULL };
static const struct svc_noun zonesets = { &db_zonesets, false, check_zoneset, NULL, NULL };

static int key_text(
	const struct svc_noun *noun, const char *key, char text[static 160], struct np_err *err)
{
	if (noun->wwn_key)
		return svc_wwn_key(key, text, err);
	(void)snprintf(text, 160, "%s", key);
	return 0;
}

static void note(struct svc *svc, const char *action, const struct svc_noun *noun, const char *key)
{
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", action, "noun", noun->table->noun,
			       "key", key));
}

static int list(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	json_t *rows = NULL;
	int rc = db_select(svc->db, noun->table, NULL, &rows, err);

	if (rc < 0)
		return rc;
	if (noun->observe)
		noun->observe(svc, rows);
	return svc_answer_list(call, rows, noun->table->key, ret_result, err);
}

static int answer(struct svc *svc, const struct svc_noun *noun, const char *key,
	enum svc_status status, struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = json_array();
	json_t *row = NULL;
	int rc = db_find(svc->db, noun->table, key, &row, err);

	if (rc < 0)
		return rc;
	(void)json_array_append_new(rows, row);
	if (noun->observe) {
		(void)json_object_set_new(row, "only", json_true());
		noun->observe(svc, rows);
		(void)json_object_del(row, "only");
	}
	return svc_answer(json_incref(row), status, noun->table->noun, key, ret_result, err);
}

static int get(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	char key[160];
	int rc = key_text(noun, call->keys[0], key, err);

	return rc < 0 ? rc : answer(svc, noun, key, SVC_OK, ret_result, err);
}

bool svc_is_same(const json_t *existing, const json_t *wanted)
{
	for (void *it = json_object_iter((json_t *)(uintptr_t)wanted); it;
		it = json_object_iter_next((json_t *)(uintptr_t)wanted, it)) {
		const json_t *have = json_object_get(existing, json_object_iter_key(it));
		const json_t *want = json_object_iter_value(it);

		if (!(json_is_null(want) && !have) && !json_equal(have, want))
			return false;
	}
	return true;
}

/* The key that a new record will have; a mask is found by its guest and LUN. */
static int key_of_new(
	struct svc *svc, const struct svc_noun *noun, const json_t *values, char key[static 160])
{
	np_auto(np_json_decref) json_t *row = NULL;
	const char *column = noun->table->key;

	key[0] = '\0';
	if (strcmp(column, "key") == 0)
		(void)snprintf(key, 160, "%s:%s", np_json_text(values, "fabric"),
			np_json_text(values, "name"));
	else if (strcmp(column, "id") != 0)
		(void)snprintf(key, 160, "%s", np_json_text(values, column));
	else if (db_get(svc->db, &row, NULL, "SELECT id FROM masks WHERE guest = ? AND wwid = ?",
			 "tt", np_json_text(values, "guest"), np_json_text(values, "wwid")) == 0 &&
		 row)
		(void)snprintf(key, 160, "%lld", (long long)np_json_int(row, "id"));
	return 0;
}

static int create(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *values = NULL;
	np_auto(np_json_decref) json_t *same = NULL;
	char key[160];
	int rc = np_json_check(call->body, noun->table->fields, NP_CHECK_CREATE, &values, err);

	if (rc == 0 && noun->check)
		rc = noun->check(svc, values, NULL, err);
	if (rc < 0)
		return rc;
	(void)key_of_new(svc, noun, values, key);
	if (*key && db_find(svc->db, noun->table, key, &same, NULL) == 0) {
		if (svc_is_same(same, values))
			return answer(svc, noun, key, SVC_OK, ret_result, err);
		return np_fail(err, NP_EXISTS, "%s '%s' exists with other values",
			noun->table->single, key);
	}
	rc = db_insert(svc->db, noun->table, values, err);
	if (rc < 0)
		return rc;
	(void)key_of_new(svc, noun, values, key);
	note(svc, "insert", noun, key);
	return answer(svc, noun, key, SVC_CREATED, ret_result, err);
}

static int write_change(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	const char *key, json_t *change, const json_t *before, struct np_err *err)
{
	int rc = svc_check_match(call, before, err);

	if (rc == 0 && noun->check)
		rc = noun->check(svc, change, before, err);
	if (rc == 0 && !svc_is_same(before, change))
		rc = db_update(svc->db, noun->table, key, change, err);
	if (rc == 0)
		note(svc, "update", noun, key);
	return rc;
}

static int update(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *change = NULL;
	np_auto(np_json_decref) json_t *before = NULL;
	char key[160];
	int rc = key_text(noun, call->keys[0], key, err);

	if (rc == 0)
		rc = np_json_check(call->body, noun->table->fields, NP_CHECK_UPDATE, &change, err);
	if (rc == 0)
		rc = db_find(svc->db, noun->table, key, &before, err);
	if (rc == 0)
		rc = write_change(svc, noun, call, key, change, before, err);
	return rc < 0 ? rc : answer(svc, noun, key, SVC_OK, ret_result, err);
}

/* PUT: creates under the path's key, or makes the existing record what the body says. */
/* The path names the record; the body may, too. */
static void fill_key(const struct svc_noun *noun, json_t *body, const char *key)
{
	const char *column = noun->table->key, *colon = strchr(key, ':');
	bool pair = strcmp(column, "key") == 0 && colon;

	if (pair && !json_object_get(body, "fabric"))
		(void)json_object_set_new(body, "fabric", json_stringn(key, (size_t)(colon - key)));
	if (pair)
		column = "name";
	if (strcmp(column, "id") != 0 && !json_object_get(body, column))
		(void)json_object_set_new(body, column, json_string(pair ? colon + 1 : key));
}

static int put(struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_copy((json_t *)(uintptr_t)call->body);
	np_auto(np_json_decref) json_t *values = NULL;
	struct svc_call whole = *call;
	np_auto(np_json_decref) json_t *before = NULL;
	char key[160], body_key[160];
	int rc = key_text(noun, call->keys[0], key, err);

	if (rc == 0) {
		fill_key(noun, body, key);
		whole.body = body;
		rc = np_json_check(body, noun->table->fields, NP_CHECK_CREATE, &values, err);
	}
	if (rc < 0)
		return rc;
	(void)key_of_new(svc, noun, values, body_key);
	if (strcmp(noun->table->key, "id") != 0 && strcmp(body_key, key) != 0)
		return np_fail_field(err, noun->table->key, "the body is of '%s', the path of '%s'",
			body_key, key);
	if (db_find(svc->db, noun->table, key, &before, NULL) < 0)
		return create(svc, noun, &whole, ret_result, err);
	rc = write_change(svc, noun, call, key, values, before, err);
	return rc < 0 ? rc : answer(svc, noun, key, SVC_OK, ret_result, err);
}

static int delete (struct svc *svc, const struct svc_noun *noun, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char key[160];
	int rc = key_text(noun, call->keys[0], key, err);

	if (rc == 0)
		rc = db_find(svc->db, noun->table, key, &row, err);
	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc == 0 && noun->check_delete)
		rc = noun->check_delete(svc, row, err);
	if (rc == 0)
		rc = db_delete(svc->db, noun->table, key, err);
	if (rc < 0)
		return rc;
	note(svc, "delete", noun, key);
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return 0;
}

#define VERB(noun, plural, verb)                                                                   \
	int svc_##noun##_##verb(struct svc *svc, const struct svc_call *call,                      \
		struct svc_result *ret_result, struct np_err *err)                                 \
	{                                                                                          \
		return verb(svc, &(plural), call, ret_result, err);                                \
	}

#define VERBS(noun, plural)                                                                        \
	VERB(noun, plural, list)                                                                   \
	VERB(noun, plural, get)                                                                    \
	VERB(noun, plural, create)                                                                 \
	VERB(noun, plural, update)                                                                 \
	VERB(noun, plural, put)                                                                    \
	VERB(noun, plural, delete)

VERBS(profile, profiles)
VERBS(fabric, fabrics)
VERBS(target, targets)
VERBS(lun, luns)
VERBS(mask, masks)
VERBS(alias, aliases)
VERBS(zone, zones)
VERBS(zoneset, zonesets)
