/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The use cases on what is not as recorded: list it, adopt it, revert it, ignore it. */
#include <string.h>

#include "service/aliases.h"
#include "service/drift.h"
#include "service/op.h"
#include "service/switches.h"

int svc_drift_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	struct svc_fabric *fabric = NULL;
	json_t *rows = NULL;
	int rc = svc_fabric_of_call(svc, call, &fabric, err);

	if (rc == 0)
		rc = svc_drift_view(fabric, &rows, err);
	return rc < 0 ? rc : svc_answer_list(call, rows, "key", ret_result, err);
}

static const char *const drift_words[] = { "adopt", "revert", "ignore", "watch", NULL };
static const struct np_field drift_request[] = {
	{ .name = "do",
		.type = NP_TYPE_ENUM,
		.words = drift_words,
		.flags = NP_FIELD_REQUIRED,
		.help = "adopt: the records follow the switch; revert: the switch follows the records" },
	{ .name = "note", .type = NP_TYPE_TEXT, .max = 200, .help = "why" },
	{ 0 },
};

struct drift_case {
	struct svc *svc;
	const struct svc_call *call;
	struct svc_fabric *fabric;
	const json_t *finding, *request;
};

static int do_ignore(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	char now[DB_TIME_TEXT];
	int rc = db_exec(c->svc->db, err,
		"INSERT OR REPLACE INTO ignored (fabric, rule, name, note, principal, created) VALUES (?, ?, ?, ?, ?, ?)",
		"tttttt", c->fabric->name, np_json_text(c->finding, "rule"),
		np_json_text(c->finding, "name"), np_json_text(c->request, "note"),
		c->call->principal, db_time_text(0, now));

	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return rc;
}

static int do_watch(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return db_exec(c->svc->db, err,
		"DELETE FROM ignored WHERE fabric = ? AND rule = ? AND name = ?", "ttt",
		c->fabric->name, np_json_text(c->finding, "rule"),
		np_json_text(c->finding, "name"));
}

static json_t *record_of_zone(const json_t *zone)
{
	bool peer = json_array_size(json_object_get(zone, "principals")) > 0;
	json_t *members = json_array();

	(void)json_array_extend(members, json_object_get(zone, "principals"));
	(void)json_array_extend(members, json_object_get(zone, "members"));
	return json_pack(
		"{s:s, s:o}", "kind", peer ? "peer" : "single-initiator", "members", members);
}

/* What the switch has is recorded by this name, and is what npivd wants from now on. */
static int adopt_zone(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	const char *name = np_json_text(c->finding, "name");
	const json_t *defined = json_object_get(c->fabric->snapshot, "defined");
	const json_t *found = json_object_get(json_object_get(defined, "zones"), name);
	np_auto(np_json_decref) json_t *zone = NULL;
	np_auto(np_json_decref) json_t *record = NULL;
	char now[DB_TIME_TEXT];

	if (!found)
		return np_fail(err, NP_CONFLICT,
			"fabric %s has no zone '%s' that could be adopted: revert it",
			c->fabric->name, name);
	if (json_array_size(json_object_get(found, "principals")) > 1)
		return np_hint(err,
			np_fail(err, NP_UNSUPPORTED,
				"zone '%s' is a peer zone of several targets, which a recorded zone cannot hold",
				name),
			"npivctl zone revert takes the change back; or change the guest's targets, and plan");
	zone = zone_resolve(found, json_object_get(defined, "aliases"));
	record = record_of_zone(zone);
	int rc = db_exec(c->svc->db, err,
		"INSERT INTO zones (fabric, name, kind, members, comment) VALUES (?1, ?2, ?3, ?4, 'adopted')"
		" ON CONFLICT (fabric, name) DO UPDATE SET kind = ?3, members = ?4, generation = generation + 1",
		"tttj", c->fabric->name, name, np_json_text(record, "kind"),
		json_object_get(record, "members"));
	if (rc == 0)
		rc = db_exec(c->svc->db, err,
			"INSERT INTO made (fabric, object, name, state, value, created, host) VALUES (?, 'zone', ?, 'made', ?, ?, ?)"
			" ON CONFLICT (fabric, object, name) DO UPDATE SET value = excluded.value",
			"ttjtt", c->fabric->name, name, zone, db_time_text(0, now),
			c->svc->set.host);
	svc_drift_soon(c->fabric);
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return rc;
}

/* A recorded alias follows the switch; whatever it is, it has its place now and is not told of again. */
static int adopt_alias(
	const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	const char *name = np_json_text(c->finding, "name");
	const json_t *defined = json_object_get(c->fabric->snapshot, "defined");
	const json_t *found = json_object_get(json_object_get(defined, "aliases"), name);
	int64_t recorded = 0;
	int rc = db_number(c->svc->db, &recorded, err,
		"SELECT count(*) FROM aliases WHERE fabric = ? AND name = ?", "tt", c->fabric->name,
		name);

	if (rc == 0 && recorded && json_array_size(found) != 1)
		return np_fail(err, NP_CONFLICT,
			"alias '%s' names %zu ports on fabric %s, and a recorded one names one: revert it, or delete the record",
			name, json_array_size(found), c->fabric->name);
	if (rc == 0 && recorded)
		rc = db_exec(c->svc->db, err,
			"UPDATE aliases SET wwn = ?, generation = generation + 1 WHERE fabric = ? AND name = ?",
			"ttt", json_string_value(json_array_get(found, 0)), c->fabric->name, name);
	if (rc == 0 && found)
		rc = db_exec(c->svc->db, err,
			"UPDATE made SET value = ? WHERE fabric = ? AND object = 'alias' AND name = ?",
			"jtt", found, c->fabric->name, name);
	if (rc == 0)
		rc = svc_aliases_accept(c->fabric, name, err);
	svc_drift_soon(c->fabric);
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return rc;
}

static bool is_of_alias(const struct drift_case *c)
{
	return strcmp(np_json_text(c->finding, "object"), "alias") == 0;
}

static int do_adopt(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	return (is_of_alias(c) ? adopt_alias : adopt_zone)(c, ret_result, err);
}

/* Only what npivd has made, or has recorded, is npivd's to change. */
static bool can_revert(const struct drift_case *c)
{
	int64_t made = 0;

	if (is_of_alias(c))
		(void)db_number(c->svc->db, &made, NULL,
			"SELECT count(*) FROM made WHERE fabric = ? AND object = 'alias' AND name = ?",
			"tt", c->fabric->name, np_json_text(c->finding, "name"));
	return made > 0 || strncmp(np_json_text(c->finding, "rule"), "ours-", 5) == 0;
}

static int do_revert(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = json_object();
	char object[NP_NAME_MAX + 16];

	(void)snprintf(object, sizeof object, "fabrics/%s", c->fabric->name);
	if (!can_revert(c))
		return np_fail(err, NP_CONFLICT,
			"'%s' is not about what npivd has made: it is for a person to decide, or to ignore",
			np_json_text(c->finding, "key"));
	json_t *step = json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "name", "zone_change", "object",
		c->fabric->name, "args", "fabric", c->fabric->name, "mode", "all", "only",
		np_json_text(c->finding, "name"));

	return svc_op_answer(c->svc,
		&(struct svc_op_spec){ .kind = "plan_apply",
			.object = object,
			.principal = c->call->principal,
			.request = request,
			.timeout_ms = 2 * c->svc->set.switch_timeout,
			.steps = json_pack("[o]", step) },
		ret_result, err);
}

static const struct {
	const char *word;
	int (*run)(const struct drift_case *c, struct svc_result *ret_result, struct np_err *err);
} drift_acts[] = {
	{ "adopt", do_adopt },
	{ "revert", do_revert },
	{ "ignore", do_ignore },
	{ "watch", do_watch },
};

static const json_t *finding_named(const json_t *rows, const char *key)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		if (strcmp(np_json_text(row, "key"), key) == 0)
			return row;
	}
	return NULL;
}

int svc_drift_act(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *rows = NULL;
	struct drift_case c = { .svc = svc, .call = call };
	size_t i = 0;
	int rc = np_json_check(call->body, drift_request, NP_CHECK_CREATE, &request, err);

	if (rc == 0)
		rc = svc_fabric_of_call(svc, call, &c.fabric, err);
	if (rc == 0)
		rc = svc_drift_view(c.fabric, &rows, err);
	if (rc < 0)
		return rc;
	c.request = request;
	c.finding = finding_named(rows, call->keys[1]);
	if (!c.finding)
		return np_hint(err,
			np_fail(err, NP_NOTFOUND, "fabric %s has no finding '%.120s'",
				c.fabric->name, call->keys[1]),
			"npivctl zone drift --fabric %s", c.fabric->name);
	while (strcmp(drift_acts[i].word, np_json_text(request, "do")) != 0)
		i++;
	svc_would(svc, json_pack("{s:s, s:s, s:s, s:s}", "action", drift_acts[i].word, "noun",
			       "findings", "fabric", c.fabric->name, "key", call->keys[1]));
	return drift_acts[i].run(&c, ret_result, err);
}
