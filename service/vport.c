/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vports: those the kernel shows, those that should be there, and whose they are. */
#include <string.h>

#include "base/wwn.h"
#include "service/hba.h"
#include "service/hosts.h"

static json_t *owner_of(struct svc *svc, uint64_t wwpn)
{
	json_t *row = NULL;

	(void)db_get(svc->db, &row, NULL,
		"SELECT guests.name AS guest, guests.desired, vhbas.name AS vhba, vhbas.fabric, vhbas.hba, guests.wwnn,"
		" CASE vhbas.active WHEN 0 THEN vhbas.wwpn_a ELSE vhbas.wwpn_b END AS active FROM vhbas"
		" JOIN guests ON guests.id = vhbas.guest WHERE vhbas.wwpn_a = ?1 OR vhbas.wwpn_b = ?1",
		"w", wwpn);
	return row;
}

static bool is_ours(struct svc *svc, uint64_t wwpn)
{
	int64_t n = 0;

	return db_number(svc->db, &n, NULL,
		       "SELECT count(*) FROM wwns WHERE wwn = ? AND state <> 'reserved'", "w",
		       wwpn) == 0 &&
	       n > 0;
}

static bool is_expected(const json_t *owner, uint64_t wwpn)
{
	return strcmp(np_json_text(owner, "desired"), "ready") == 0 &&
	       np_json_wwn(owner, "active") == wwpn;
}

static json_t *view(
	struct svc *svc, const struct fc_vport *vport, const struct fc_hba *hba, bool whole)
{
	np_auto(np_json_decref) json_t *owner = owner_of(svc, vport->wwpn);
	json_t *json =
		whole ? fc_vport_to_json(vport) : np_json_from_struct(fc_vport_fields, vport);
	char label[NP_NAME_MAX];

	svc_hba_fabric(svc, hba, label);
	np_json_set_wwn(json, "hba", hba->wwpn);
	/* An HBA without link shows no fabric: the guest's record knows it. */
	np_json_set_text(json, "fabric", label[0] ? label : np_json_text(owner, "fabric"));
	(void)json_object_set_new(json, "present", json_true());
	(void)json_object_set_new(json, "up", json_boolean(fc_vport_is_up(vport)));
	(void)json_object_set_new(
		json, "owner", json_string(is_ours(svc, vport->wwpn) ? "ours" : "foreign"));
	(void)json_object_set_new(json, "expected", json_boolean(is_expected(owner, vport->wwpn)));
	np_json_set_text(json, "guest", np_json_text(owner, "guest"));
	np_json_set_text(json, "vhba", np_json_text(owner, "vhba"));
	return json;
}

static void add_missing(struct svc *svc, json_t *views, const json_t *row)
{
	const struct fc_hba *hba;
	uint64_t wwpn = np_json_wwn(row, "wwpn");

	if (svc_vport_now(svc, wwpn, &hba))
		return;
	json_t *json = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:b, s:s, s:s, s:s}", "wwpn",
		np_json_text(row, "wwpn"), "wwnn", np_json_text(row, "wwnn"), "state", "missing",
		"present", 0, "up", 0, "owner", "ours", "expected", 1, "guest",
		np_json_text(row, "guest"), "vhba", np_json_text(row, "vhba"), "fabric",
		np_json_text(row, "fabric"));
	np_json_set_text(json, "hba", np_json_text(row, "hba"));
	(void)json_array_append_new(views, json);
}

static int all_views(struct svc *svc, json_t *views, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;

	svc_each_hba(hba, svc)
	{
		for (size_t j = 0; j < hba->n_vports; j++)
			(void)json_array_append_new(views, view(svc, &hba->vports[j], hba, false));
	}
	int rc = db_list(svc->db, &rows, err,
		"SELECT CASE vhbas.active WHEN 0 THEN wwpn_a ELSE wwpn_b END AS wwpn, guests.name AS guest,"
		" guests.wwnn, vhbas.name AS vhba, vhbas.fabric, vhbas.hba FROM vhbas JOIN guests ON guests.id = vhbas.guest"
		" WHERE guests.desired = 'ready' ORDER BY 1",
		"");
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_missing(svc, views, json_array_get(rows, i));
	return rc;
}

int svc_vport_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *views = json_array();
	int rc = all_views(svc, views, err);

	return rc < 0 ? rc : svc_answer_list(call, np_take(views), "wwpn", ret_result, err);
}

int svc_vport_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *views = json_array();
	const struct fc_hba *hba = NULL;
	char key[NP_WWN_TEXT];
	uint64_t wwpn = 0;
	int rc = svc_wwn_key(call->keys[0], key, err);

	if (rc < 0)
		return rc;
	(void)np_wwn_parse(key, &wwpn, NULL);
	const struct fc_vport *vport = svc_vport_now(svc, wwpn, &hba);
	if (vport)
		return svc_answer(
			view(svc, vport, hba, true), SVC_OK, "vports", key, ret_result, err);
	rc = all_views(svc, views, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(views); i++) {
		json_t *row = json_array_get(views, i);
		if (strcmp(np_json_text(row, "wwpn"), key) == 0)
			return svc_answer(json_incref(row), SVC_OK, "vports", key, ret_result, err);
	}
	return rc < 0 ? rc
		      : np_fail(err, NP_NOTFOUND, "vport %s neither exists nor is expected", key);
}

static const struct np_field adoption[] = {
	{ .name = "guest",
		.type = NP_TYPE_TEXT,
		.flags = NP_FIELD_REQUIRED,
		.max = 128,
		.help = "the guest that gets it" },
	{ .name = "fabric",
		.type = NP_TYPE_NAME,
		.help = "the fabric's label, when it is not known from the HBA" },
	{ .name = "pool",
		.type = NP_TYPE_NAME,
		.help = "where the other WWPN of the pair comes from" },
	{ .name = "pair_wwpn", .type = NP_TYPE_WWN, .help = "the other WWPN of the pair" },
	{ 0 },
};

static int other_half(struct svc *svc, const json_t *request, const char *guest, const char *vhba,
	uint64_t *ret_wwpn, struct np_err *err)
{
	const char *pool =
		json_object_get(request, "pool") ? np_json_text(request, "pool") : "default";

	*ret_wwpn = np_json_wwn(request, "pair_wwpn");
	return *ret_wwpn ? svc_wwn_claim(svc, *ret_wwpn, "wwpn", guest, vhba, false, err)
			 : svc_pool_give(svc, pool, "wwpn", guest, vhba, 1, ret_wwpn, err);
}

static int free_name(struct svc *svc, const char *guest, const char *label,
	char name[static NP_NAME_MAX], struct np_err *err)
{
	int64_t taken = 1;
	int rc = 0;

	for (unsigned n = 1; rc == 0 && taken; n++) {
		(void)snprintf(name, NP_NAME_MAX, n == 1 ? "%.50s" : "%.50s-%u", label, n);
		rc = db_number(svc->db, &taken, err,
			"SELECT count(*) FROM vhbas WHERE guest = ? AND name = ?", "tt", guest,
			name);
	}
	return rc;
}

static int take_in(struct svc *svc, const struct fc_vport *vport, const struct fc_hba *hba,
	const json_t *guest, const json_t *request, struct np_err *err)
{
	char label[NP_NAME_MAX], name[NP_NAME_MAX];
	const char *id = np_json_text(guest, "id");
	uint64_t other = 0;

	svc_hba_fabric(svc, hba, label);
	if (json_object_get(request, "fabric"))
		(void)snprintf(label, sizeof label, "%s", np_json_text(request, "fabric"));
	if (!label[0])
		return np_fail_field(
			err, "fabric", "is needed: HBA %s has no fabric label", hba->kernel_name);
	int rc = free_name(svc, id, label, name, err);
	if (rc == 0)
		rc = svc_wwn_claim(svc, vport->wwpn, "wwpn", id, name, true, err);
	if (rc == 0)
		rc = other_half(svc, request, id, name, &other, err);
	if (rc == 0)
		rc = db_exec(svc->db, err,
			"INSERT INTO vhbas (guest, name, fabric, pool, wwpn_a, wwpn_b, wwnn, hba) VALUES (?, ?, ?, '', ?, ?, ?, ?)",
			"tttwwww", id, name, label, vport->wwpn, other,
			vport->wwnn == np_json_wwn(guest, "wwnn") ? UINT64_C(0) : vport->wwnn,
			hba->wwpn);
	/* It is in use: from now on it is one of the ports that must be there. */
	if (rc == 0)
		rc = db_exec(svc->db, err,
			"UPDATE guests SET desired = 'ready', generation = generation + 1 WHERE id = ?",
			"t", id);
	return rc;
}

int svc_vport_adopt(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *owner = NULL;
	const struct fc_hba *hba = NULL;
	char key[NP_WWN_TEXT];
	uint64_t wwpn = 0;
	int rc = svc_wwn_key(call->keys[0], key, err);

	if (rc == 0)
		rc = np_json_check(call->body, adoption, NP_CHECK_CREATE, &request, err);
	if (rc == 0)
		rc = svc_guest_find(svc, np_json_text(request, "guest"), &guest, err);
	if (rc < 0)
		return rc;
	(void)np_wwn_parse(key, &wwpn, NULL);
	const struct fc_vport *vport = svc_vport_now(svc, wwpn, &hba);
	if (!vport)
		return np_fail(err, NP_NOTFOUND, "no HBA of this host has a vport %s", key);
	owner = owner_of(svc, wwpn);
	if (owner && strcmp(np_json_text(owner, "guest"), np_json_text(guest, "name")) != 0)
		return np_fail(err, NP_EXISTS, "vport %s belongs to guest '%s'", key,
			np_json_text(owner, "guest"));
	if (!owner) {
		rc = take_in(svc, vport, hba, guest, request, err);
		if (rc < 0)
			return rc;
		svc_event(svc, "vport_adopt", "notice", key, np_json_text(guest, "name"),
			"vport %s adopted for guest '%s' by %s", key, np_json_text(guest, "name"),
			call->principal);
	}
	svc_would(
		svc, json_pack("{s:s, s:s, s:s}", "action", "adopt", "noun", "vports", "key", key));
	return svc_answer(view(svc, vport, hba, true), SVC_OK, "vports", key, ret_result, err);
}
