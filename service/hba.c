/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/hba.h"

#include <string.h>

#include "base/wwn.h"
#include "service/hosts.h"
#include "service/place.h"

/* ?1: the HBA's WWPN, ?2: the fabric name that it sees. */
#define LABEL                                                                                      \
	"coalesce((SELECT fabric FROM hbas WHERE wwpn = ?1), (SELECT name FROM fabrics,"           \
	" json_each(fabrics.wwns) WHERE json_each.value = ?2 ORDER BY name LIMIT 1), '') AS label"

void svc_hba_fabric(struct svc *svc, const struct fc_hba *hba, char label[static NP_NAME_MAX])
{
	np_auto(np_json_decref) json_t *row = NULL;

	label[0] = '\0';
	if (db_get(svc->db, &row, NULL, "SELECT " LABEL, "ww", hba->wwpn, hba->fabric_name) == 0 &&
		row)
		(void)snprintf(label, NP_NAME_MAX, "%s", np_json_text(row, "label"));
}

/* vHBAs bound to this HBA whose vport is not there yet: their place is taken all the same. */
static int64_t promised(struct svc *svc, const struct fc_hba *hba)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int64_t n = 0;

	/* One text for hundreds of rows: every placement asks. */
	if (db_get(svc->db, &row, NULL,
		    "SELECT group_concat(CASE active WHEN 0 THEN wwpn_a ELSE wwpn_b END, ' ') AS wwpns"
		    " FROM vhbas WHERE hba = ?",
		    "w", hba->wwpn) < 0)
		return 0;
	/* As the record has them: 16 digits each, with a blank between. */
	for (const char *at = np_json_text(row, "wwpns"); *at; at += at[16] ? 17 : 16)
		n += !fc_inventory_vport_on(hba, np_wwn_from_digits(at));
	return n;
}

/* The kernel may count a promised one before it is seen here. */
static void promise(struct svc_candidate *c, int64_t more)
{
	int64_t there = c->logins - 1;

	c->promised += more;
	if (c->in_use < there + c->promised)
		c->in_use = there + c->promised;
}

static void lower(struct svc_candidate *c, int64_t limit, const char *why)
{
	if (limit > 0 && limit < c->limit) {
		c->limit = limit;
		c->limit_why = why;
	}
}

/* The HBAs of this host, with their room. */
struct survey {
	struct svc_candidate *all;
	size_t n;
};

static void survey_done(struct survey *survey)
{
	free(survey->all);
}

/* What is recorded of the HBA and of its fabric. */
static json_t *recorded(struct svc *svc, const struct fc_hba *hba)
{
	json_t *row = NULL;

	(void)db_get(svc->db, &row, NULL,
		"SELECT label, hbas.drain, hbas.vport_limit, logins_per_port, logins_per_switch"
		" FROM (SELECT " LABEL ") LEFT JOIN hbas ON hbas.wwpn = ?1"
		" LEFT JOIN fabrics ON fabrics.name = label",
		"ww", hba->wwpn, hba->fabric_name);
	return row;
}

/* The physical port logs in too, so a port that takes N logins has room for N - 1 vports. */
static void describe(struct svc *svc, const struct fc_hba *hba, struct svc_candidate *c)
{
	np_auto(np_json_decref) json_t *row = recorded(svc, hba);
	int64_t per_port = np_json_int(row, "logins_per_port"),
		per_switch = np_json_int(row, "logins_per_switch");
	const char *dot = strrchr(hba->pci_address, '.');

	*c = (struct svc_candidate){ .wwpn = hba->wwpn,
		.can_create = hba->npiv && !hba->observe_only,
		.online = strcmp(hba->port_state, "Online") == 0,
		.blocked = svc_hba_is_blocked(svc, hba->wwpn),
		.drain = np_json_int(row, "drain") != 0,
		.limit = hba->vports_max,
		.limit_why = "the driver",
		.logins = 1 + (int64_t)hba->n_vports,
		.switch_logins = per_switch ? per_switch : svc->set.logins_per_switch };
	(void)snprintf(c->name, sizeof c->name, "%s", hba->kernel_name);
	(void)snprintf(c->fabric, sizeof c->fabric, "%s", np_json_text(row, "label"));
	(void)snprintf(c->card, sizeof c->card, "%.*s", dot ? (int)(dot - hba->pci_address) : 0,
		hba->pci_address);
	c->in_use = hba->vports_in_use;
	promise(c, promised(svc, hba));
	if (!per_port)
		per_port = svc->set.logins_per_port;
	lower(c, svc->set.vports_per_hba, "the setting vports_per_hba");
	lower(c, np_json_int(row, "vport_limit"), "its setting vport_limit");
	lower(c, per_port ? per_port - 1 : 0, "the switch port's login limit");
}

static void limit_by_switch(struct survey *survey)
{
	struct svc_candidate *all = survey->all;

	for (size_t i = 0; i < survey->n; i++) {
		int64_t room = all[i].switch_logins - 1;
		for (size_t j = 0; j < survey->n; j++) {
			if (j != i && strcmp(all[j].fabric, all[i].fabric) == 0)
				room -= all[j].logins;
		}
		if (all[i].switch_logins)
			lower(&all[i], room > 0 ? room : 1, "the switch's login limit");
	}
}

static int survey_take(struct survey *survey, struct svc *svc, struct np_err *err)
{
	survey->all = calloc(fc_inventory_count(svc_inventory(svc)) + 1, sizeof *survey->all);
	if (!survey->all)
		return np_fail_nomem(err);
	svc_each_hba(hba, svc) describe(svc, hba, &survey->all[survey->n++]);
	limit_by_switch(survey);
	return 0;
}

static struct svc_candidate *candidate_of(const struct survey *survey, uint64_t wwpn)
{
	for (size_t i = 0; i < survey->n; i++) {
		if (survey->all[i].wwpn == wwpn)
			return &survey->all[i];
	}
	return NULL;
}

/* How many of the guest's other vHBAs are on this HBA, and on its card. */
static void count_neighbours(struct survey *survey, const json_t *vhbas, const json_t *self)
{
	for (size_t j = 0; j < survey->n; j++)
		survey->all[j].same_hba = survey->all[j].same_card = 0;
	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		const json_t *sibling = json_array_get(vhbas, i);
		struct svc_candidate *at = candidate_of(survey, np_json_wwn(sibling, "hba"));

		if (!at || sibling == self)
			continue;
		at->same_hba++;
		for (size_t j = 0; j < survey->n; j++)
			survey->all[j].same_card +=
				at->card[0] && strcmp(survey->all[j].card, at->card) == 0;
	}
}

int svc_hba_bind_to(struct svc *svc, json_t *vhba, uint64_t hba, struct np_err *err)
{
	int rc = db_exec(svc->db, err,
		"UPDATE vhbas SET hba = ?, generation = generation + 1 WHERE id = ?", "wi", hba,
		np_json_int(vhba, "id"));

	if (rc == 0)
		np_json_set_wwn(vhba, "hba", hba);
	return rc;
}

static int bind_one(struct svc *svc, struct survey *survey, const json_t *vhbas, json_t *vhba,
	struct np_err *err)
{
	const struct svc_candidate *best = NULL;

	count_neighbours(survey, vhbas, vhba);
	int rc = svc_place(survey->all, survey->n, np_json_text(vhba, "fabric"),
		np_json_wwn(vhba, "fixed_hba"), &best, err);
	if (rc == 0)
		rc = svc_hba_bind_to(svc, vhba, best->wwpn, err);
	if (rc == 0)
		promise(candidate_of(survey, best->wwpn), 1);
	return rc;
}

int svc_hba_bind(struct svc *svc, const json_t *vhbas, json_t *vhba, struct np_err *err)
{
	np_auto(survey_done) struct survey survey = { 0 };
	int rc = survey_take(&survey, svc, err);

	return rc < 0 ? rc : bind_one(svc, &survey, vhbas, vhba, err);
}

int svc_hba_bind_all(struct svc *svc, json_t *vhbas, struct np_err *err)
{
	np_auto(survey_done) struct survey survey = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++) {
		json_t *vhba = json_array_get(vhbas, i);

		if (svc_hba_may_be_there(svc, np_json_wwn(vhba, "hba")))
			continue;
		if (!survey.all)
			rc = survey_take(&survey, svc, err);
		if (rc == 0)
			rc = bind_one(svc, &survey, vhbas, vhba, err);
	}
	return rc;
}

int svc_hba_note_seen(struct svc *svc, uint64_t wwpn, struct np_err *err)
{
	char now[DB_TIME_TEXT];

	return db_exec(svc->db, err,
		"INSERT INTO hbas (wwpn, host, last_seen) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (wwpn) DO UPDATE SET host = ?2, last_seen = ?3",
		"wtt", wwpn, svc->set.host, db_time_text(0, now));
}

/* One HBA: the kernel's view over the record; either may be missing. */
static json_t *view(
	struct svc *svc, const struct survey *survey, const char *wwpn_text, const json_t *row)
{
	uint64_t wwpn = 0;
	(void)np_wwn_parse(wwpn_text, &wwpn, NULL);
	const struct fc_hba *hba = svc_hba_now(svc, wwpn);
	json_t *json = hba ? np_json_from_struct(fc_hba_fields, hba)
			   : json_pack("{s:s}", "wwpn", wwpn_text);

	(void)json_object_set_new(json, "present", json_boolean(hba != NULL));
	(void)json_object_set_new(
		json, "host", json_string(row ? np_json_text(row, "host") : svc->set.host));
	(void)json_object_set_new(json, "drain", json_boolean(np_json_bool(row, "drain")));
	(void)json_object_set_new(
		json, "vport_limit", json_integer(np_json_int(row, "vport_limit")));
	(void)json_object_set_new(
		json, "generation", json_integer(row ? np_json_int(row, "generation") : 0));
	np_json_set_text(json, "last_seen", np_json_text(row, "last_seen"));
	np_json_set_text(json, "fabric", np_json_text(row, "fabric"));
	if (!hba)
		return json;
	static const struct svc_candidate none;
	const struct svc_candidate *found = candidate_of(survey, wwpn), *c = found ? found : &none;
	np_json_set_text(json, "fabric", c->fabric);
	(void)json_object_set_new(json, "room",
		json_integer(c->limit > c->in_use && c->can_create ? c->limit - c->in_use : 0));
	(void)json_object_set_new(json, "reserved", json_integer(c->promised));
	(void)json_object_set_new(json, "lane", svc_hba_lane_view(svc, wwpn));
	return json;
}

int svc_hba_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *views = json_array();
	np_auto(survey_done) struct survey survey = { 0 };
	int rc = db_select(svc->db, &db_hbas, NULL, &rows, err);

	if (rc == 0)
		rc = survey_take(&survey, svc, err);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		(void)json_array_append_new(
			views, view(svc, &survey, np_json_text(row, "wwpn"), row));
	}
	return rc < 0 ? rc : svc_answer_list(call, np_take(views), "wwpn", ret_result, err);
}

static int answer(struct svc *svc, const char *key, bool whole, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(survey_done) struct survey survey = { 0 };
	uint64_t wwpn = 0;
	(void)np_wwn_parse(key, &wwpn, NULL);
	const struct fc_hba *hba = svc_hba_now(svc, wwpn);
	struct np_err why = { 0 };

	if (db_find(svc->db, &db_hbas, key, &row, &why) < 0 && !hba)
		return np_fail(err, why.code, "%s", why.msg);
	int rc = survey_take(&survey, svc, err);
	if (rc < 0)
		return rc;
	json_t *body = view(svc, &survey, key, row);
	if (hba && whole) {
		np_auto(np_json_decref) json_t *lists = fc_hba_to_json(hba);
		(void)json_object_set(body, "rports", json_object_get(lists, "rports"));
		(void)json_object_set(body, "vports", json_object_get(lists, "vports"));
	}
	return svc_answer(body, SVC_OK, "hbas", key, ret_result, err);
}

int svc_hba_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	char key[NP_WWN_TEXT];
	int rc = svc_wwn_key(call->keys[0], key, err);

	return rc < 0 ? rc : answer(svc, key, true, ret_result, err);
}

int svc_hba_update(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *change = NULL;
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *fabric = NULL;
	char key[NP_WWN_TEXT];
	int rc = svc_wwn_key(call->keys[0], key, err);

	if (rc == 0)
		rc = np_json_check(call->body, db_hbas.fields, NP_CHECK_UPDATE, &change, err);
	if (rc == 0)
		rc = db_find(svc->db, &db_hbas, key, &row, err);
	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc == 0 && *np_json_text(change, "fabric") &&
		db_find(svc->db, &db_fabrics, np_json_text(change, "fabric"), &fabric, NULL) < 0)
		rc = np_fail_field(
			err, "fabric", "fabric '%s' is not known", np_json_text(change, "fabric"));
	if (rc == 0 && !svc_is_same(row, change))
		rc = db_update(svc->db, &db_hbas, key, change, err);
	if (rc < 0)
		return rc;
	svc_would(
		svc, json_pack("{s:s, s:s, s:s}", "action", "update", "noun", "hbas", "key", key));
	svc_reconcile_soon(svc);
	return answer(svc, key, false, ret_result, err);
}
