/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The use cases on what a fabric's switches have, as it was last seen: zones, logins, lock, history. */
#include <string.h>

#include "service/drift.h"
#include "service/op.h"
#include "service/switches.h"
#include "service/want.h"

int svc_fabric_of_call(struct svc *svc, const struct svc_call *call, struct svc_fabric **ret_fabric,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_find(svc->db, &db_fabrics, call->keys[0], &row, err);

	if (rc < 0)
		return rc;
	*ret_fabric = svc_fabric_named(svc, call->keys[0]);
	if (*ret_fabric)
		return 0;
	return np_hint(err,
		np_fail(err, NP_CONFLICT, "fabric %s has no driver: its zones are only recorded",
			call->keys[0]),
		"npivctl fabric set %s --driver fos|nxos|manual --url https://SWITCH",
		call->keys[0]);
}

static int seen_fabric(struct svc *svc, const struct svc_call *call, struct svc_fabric **ret_fabric,
	struct np_err *err)
{
	int rc = svc_fabric_of_call(svc, call, ret_fabric, err);

	if (rc < 0 || (*ret_fabric)->snapshot)
		return rc;
	return np_hint(err,
		np_fail(err, NP_CONFLICT, "the switches of fabric %s have not been read yet%s%s",
			(*ret_fabric)->name, (*ret_fabric)->trouble.code ? ": " : "",
			(*ret_fabric)->trouble.msg),
		"npivctl fabric refresh %s", (*ret_fabric)->name);
}

static json_t *set_of_made(struct svc *svc, const char *fabric, const char *object)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	json_t *set = json_object();

	if (db_list(svc->db, &rows, NULL,
		    "SELECT name, guest FROM made WHERE fabric = ? AND object = ?", "tt", fabric,
		    object) == 0) {
		for (size_t i = 0; i < json_array_size(rows); i++)
			(void)json_object_set(set, np_json_text(json_array_get(rows, i), "name"),
				json_object_get(json_array_get(rows, i), "guest"));
	}
	return set;
}

static json_t *zone_row(const char *name, const json_t *zone, const json_t *made)
{
	json_t *row = json_pack("{s:s, s:O, s:O}", "name", name, "kind",
		json_object_get(zone, "kind"), "members", json_object_get(zone, "members"));
	const json_t *owner = json_object_get(made, name);

	if (json_object_get(zone, "principals"))
		(void)json_object_set(row, "principals", json_object_get(zone, "principals"));
	(void)json_object_set_new(row, "ours", json_boolean(owner != NULL));
	if (json_string_length(owner) > 0)
		(void)json_object_set(row, "guest", (json_t *)(uintptr_t)owner);
	return row;
}

/* How the zone of the defined configuration stands to what is in force. */
static void add_effective(json_t *row, const json_t *snapshot, const char *name)
{
	const json_t *zones = json_object_get(json_object_get(snapshot, "effective"), "zones");

	(void)json_object_set_new(
		row, "effective", json_boolean(json_object_get(zones, name) != NULL));
}

int svc_fabric_zone_list(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	const char *view = np_json_text(call->query, "view");
	np_auto(np_json_decref) json_t *made = NULL;
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *query = json_copy((json_t *)(uintptr_t)call->query);
	struct svc_fabric *fabric = NULL;
	struct svc_call plain = *call;
	json_t *zones, *zone, *rows = json_array();
	const char *name;
	bool wanted = strcmp(view, "desired") == 0,
	     defined = !*view || strcmp(view, "defined") == 0;
	int rc = wanted ? svc_fabric_of_call(svc, call, &fabric, err)
			: seen_fabric(svc, call, &fabric, err);

	if (rc == 0 && !wanted && !defined && strcmp(view, "effective") != 0)
		rc = np_fail_field(err, "view", "must be desired, defined or effective");
	if (rc == 0 && wanted)
		rc = svc_want_all(svc, fabric->name, &desired, err);
	if (rc < 0) {
		json_decref(rows);
		return rc;
	}
	made = set_of_made(svc, fabric->name, "zone");
	zones = json_object_get(
		wanted ? desired
		       : json_object_get(fabric->snapshot, defined ? "defined" : "effective"),
		"zones");
	json_object_foreach (zones, name, zone) {
		json_t *row = zone_row(name, zone, made);
		if (defined)
			add_effective(row, fabric->snapshot, name);
		(void)json_array_append_new(rows, row);
	}
	(void)json_object_del(query, "view");
	plain.query = query;
	return svc_answer_list(&plain, rows, "name", ret_result, err);
}

int svc_fabric_zoneset_list(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	struct svc_fabric *fabric = NULL;
	json_t *rows, *zones;
	const char *name;
	int rc = seen_fabric(svc, call, &fabric, err);

	if (rc < 0)
		return rc;
	const json_t *defined = json_object_get(fabric->snapshot, "defined");
	const char *active =
		np_json_text(json_object_get(fabric->snapshot, "effective"), "zoneset");
	rows = json_array();
	json_object_foreach (json_object_get(defined, "zonesets"), name, zones)
		(void)json_array_append_new(
			rows, json_pack("{s:s, s:b, s:O}", "name", name, "effective",
				      strcmp(name, active) == 0, "zones", zones));
	return svc_answer_list(call, rows, "name", ret_result, err);
}

int svc_fabric_alias_list(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *made = NULL;
	struct svc_fabric *fabric = NULL;
	json_t *rows, *members;
	const char *name;
	int rc = seen_fabric(svc, call, &fabric, err);

	if (rc < 0)
		return rc;
	made = set_of_made(svc, fabric->name, "alias");
	rows = json_array();
	json_object_foreach (
		json_object_get(json_object_get(fabric->snapshot, "defined"), "aliases"), name,
		members)
		(void)json_array_append_new(
			rows, json_pack("{s:s, s:O, s:b}", "name", name, "members", members, "ours",
				      json_object_get(made, name) != NULL));
	return svc_answer_list(call, rows, "name", ret_result, err);
}

int svc_fabric_login_list(struct svc *svc, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *owners = NULL;
	struct svc_fabric *fabric = NULL;
	json_t *rows;
	int rc = seen_fabric(svc, call, &fabric, err);

	if (rc == 0)
		rc = svc_want_owners(svc, fabric->name, &owners, err);
	if (rc < 0)
		return rc;
	rows = json_deep_copy(json_object_get(fabric->snapshot, "logins"));
	if (!rows)
		rows = json_array();
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		json_t *guest = json_object_get(owners, np_json_text(row, "wwpn"));
		if (guest)
			(void)json_object_set(row, "guest", guest);
	}
	return svc_answer_list(call, rows, "wwpn", ret_result, err);
}

int svc_fabric_lock_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	static const char *const told[] = { "release", "switch", "default_zone", "transaction",
		"space", "mode", "smart", "checksum" };
	struct svc_fabric *fabric = NULL;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	if (rc < 0)
		return rc;
	json_t *body = svc_fabric_lane_view(fabric);
	np_json_set_text(body, "fabric", fabric->name);
	np_json_set_text(body, "driver", fabric->driver->name);
	np_json_set_text(body, "zoneset",
		np_json_text(json_object_get(fabric->snapshot, "effective"), "zoneset"));
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		json_t *value = json_object_get(fabric->snapshot, told[i]);
		if (value)
			(void)json_object_set(body, told[i], value);
	}
	if (svc->zone_turn)
		(void)json_object_set_new(body, "changing", json_integer(svc->zone_turn->id));
	return svc_answer(body, SVC_OK, NULL, NULL, ret_result, err);
}

int svc_snapshot_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:s}", "fabric", call->keys[0]);
	struct svc_fabric *fabric = NULL;
	json_t *rows = NULL;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	if (rc == 0)
		rc = db_select(svc->db, &db_snapshots, filter, &rows, err);
	return rc < 0 ? rc : svc_answer_list(call, rows, "id", ret_result, err);
}

int svc_snapshot_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_get(svc->db, &row, err,
		"SELECT snapshots.*, value, raw FROM snapshots JOIN snapshot_values USING (sum) WHERE fabric = ? AND id = ?",
		"tt", call->keys[0], call->keys[1]);

	if (rc == 0 && !row)
		rc = np_hint(err,
			np_fail(err, NP_NOTFOUND, "fabric %s has no snapshot '%.20s'",
				call->keys[0], call->keys[1]),
			"npivctl fabric history %s", call->keys[0]);
	if (rc < 0)
		return rc;
	(void)json_object_set_new(row, "snapshot", json_loads(np_json_text(row, "value"), 0, NULL));
	(void)json_object_del(row, "value");
	(void)json_object_set_new(row, "raw", json_loads(np_json_text(row, "raw"), 0, NULL));
	return svc_answer(np_take(row), SVC_OK, NULL, NULL, ret_result, err);
}

int svc_history_trim(struct svc *svc, struct np_err *err)
{
	int rc = db_exec(svc->db, err,
		"DELETE FROM snapshots WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
		" (PARTITION BY fabric ORDER BY id DESC) AS age FROM snapshots) WHERE age > ?)",
		"i", svc->set.keep_snapshots);

	if (rc == 0)
		rc = db_exec(svc->db, err,
			"DELETE FROM snapshot_values WHERE sum NOT IN (SELECT sum FROM snapshots)",
			"");
	/* What an operation may still take back, or a person carry out, stays however old it is. */
	return rc == 0 ? db_exec(svc->db, err,
				 "WITH open AS (SELECT id FROM operations WHERE ended IS NULL OR state = 'STUCK')"
				 " DELETE FROM plans WHERE (ended IS NOT NULL OR state = 'new')"
				 " AND id <= (SELECT max(id) FROM plans) - ? AND operation NOT IN open AND id NOT IN"
				 " (SELECT args ->> 'plan' FROM steps WHERE operation IN open AND args ->> 'plan' IS NOT NULL)",
				 "i", svc->set.keep_operations)
		       : rc;
}

/* An operation that asks the fabric's lane; its answer is the operation's result. Takes @job. */
static int ask(struct svc *svc, const struct svc_call *call, const char *kind, json_t *args,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = json_object();
	char object[NP_NAME_MAX + 16];

	(void)snprintf(object, sizeof object, "fabrics/%s", call->keys[0]);
	return svc_op_answer(svc,
		&(struct svc_op_spec){ .kind = kind,
			.object = object,
			.principal = call->principal,
			.request = request,
			.timeout_ms = 2 * svc->set.switch_timeout,
			.steps = json_pack("[{s:s, s:s, s:o}]", "name", "zone_ask", "object",
				call->keys[0], "args", args) },
		ret_result, err);
}

int svc_snapshot_take(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_fabric *fabric = NULL;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	return rc < 0 ? rc
		      : ask(svc, call, "zone_read",
				json_pack("{s:s, s:s, s:{s:s}}", "fabric", fabric->name, "keep",
					"asked for", "job", "job", "read"),
				ret_result, err);
}

static const char *const import_formats[] = { "auto", "cfgshow", "zoneset", "fos-json", NULL };
static const struct np_field text_request[] = {
	{ .name = "text",
		.type = NP_TYPE_JSON,
		.help = "what the switch printed; absent: it is asked" },
	{ .name = "format",
		.type = NP_TYPE_ENUM,
		.words = import_formats,
		.help = "whose text it is" },
	{ .name = "adopt",
		.type = NP_TYPE_BOOL,
		.help = "take zones that are just as ours would be into our records" },
	{ 0 },
};

static int read_text(const struct svc_call *call, json_t *job, bool *ret_adopt, struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *none = json_object();
	int rc = np_json_check(
		call->body ? call->body : none, text_request, NP_CHECK_CREATE, &request, err);

	if (rc < 0)
		return rc;
	json_t *text = json_object_get(request, "text");
	if (text && !json_is_string(text))
		return np_fail_field(err, "text", "must be a text");
	if (text)
		(void)json_object_set(job, "text", text);
	(void)json_object_set_new(job, "format",
		json_string(*np_json_text(request, "format") ? np_json_text(request, "format")
							     : "auto"));
	*ret_adopt = np_json_bool(request, "adopt");
	return 0;
}

static int lint_context(struct svc *svc, struct svc_fabric *fabric, json_t *job, struct np_err *err)
{
	np_auto(np_json_decref) json_t *owners = NULL;
	np_auto(np_json_decref) json_t *rows = NULL;
	json_t *bases = json_array(), *tapes = json_array(), *context;
	int rc = svc_want_owners(svc, fabric->name, &owners, err);

	if (rc == 0)
		rc = db_list(svc->db, &rows, err,
			"SELECT wwpn, 'tape' AS what FROM targets WHERE kind = 'tape' UNION ALL SELECT wwpn, 'base' FROM hbas",
			"");
	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		(void)json_array_append(
			strcmp(np_json_text(row, "what"), "tape") == 0 ? tapes : bases,
			json_object_get(row, "wwpn"));
	}
	context = json_pack(
		"{s:O?, s:o, s:o}", "guests", owners, "base_wwpns", bases, "tapes", tapes);
	svc_each_fabric(other, svc)
	{
		if (other != fabric && other->snapshot)
			(void)json_object_set(context, "other_fabric", other->snapshot);
	}
	(void)json_object_set_new(job, "context", context);
	return rc;
}

int svc_fabric_lint(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *job = json_pack("{s:s}", "job", "lint");
	struct svc_fabric *fabric = NULL;
	bool adopt;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	if (rc == 0)
		rc = read_text(call, job, &adopt, err);
	if (rc == 0)
		rc = lint_context(svc, fabric, job, err);
	return rc < 0 ? rc
		      : ask(svc, call, "zone_lint",
				json_pack("{s:s, s:O}", "fabric", fabric->name, "job", job),
				ret_result, err);
}

int svc_fabric_import(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *job = json_object();
	struct svc_fabric *fabric = NULL;
	bool adopt = false;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	if (rc == 0)
		rc = read_text(call, job, &adopt, err);
	if (rc < 0)
		return rc;
	bool live = !json_object_get(job, "text");
	(void)json_object_set_new(job, "job", json_string(live ? "read" : "import"));
	json_t *args = json_pack("{s:s, s:O, s:b, s:b}", "fabric", fabric->name, "job", job,
		"recognise", 1, "adopt", adopt);
	if (live)
		(void)json_object_set_new(args, "keep", json_string("import"));
	return ask(svc, call, "zone_import", args, ret_result, err);
}
