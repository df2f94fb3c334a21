/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a WWN, where it is seen, and names that are kept back. */
#include <string.h>

#include "base/wwn.h"
#include "service/hosts.h"

int svc_wwn_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	json_t *rows = NULL;
	int rc = db_select(svc->db, &db_wwns, NULL, &rows, err);

	return rc < 0 ? rc : svc_answer_list(call, rows, "wwn", ret_result, err);
}

static void add_seen(void *data, const struct fc_port *port)
{
	static const char *const kinds[] = { "", "hba", "vport", "rport" };
	const char *name = port->rport	 ? port->rport->kernel_name
			   : port->vport ? port->vport->kernel_name
					 : port->hba->kernel_name;
	json_t *place = json_pack("{s:s, s:s}", "where", kinds[port->kind], "kernel_name", name);

	np_json_set_wwn(place, "hba", port->hba->wwpn);
	np_json_set_text(place, "port_id",
		port->rport   ? port->rport->port_id
		: port->vport ? port->vport->port_id
			      : port->hba->port_id);
	(void)json_array_append_new(data, place);
}

static json_t *seen_places(struct svc *svc, uint64_t wwn)
{
	json_t *seen = json_array();

	(void)fc_inventory_ports(svc_inventory(svc), wwn, add_seen, seen);
	return seen;
}

int svc_wwn_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char text[NP_WWN_TEXT], colon[NP_WWN_COLON];
	uint64_t wwn = 0;
	int rc = np_wwn_parse(call->keys[0], &wwn, err);

	if (rc < 0)
		return rc;
	np_auto(np_json_decref) json_t *seen = seen_places(svc, wwn);
	rc = db_get(svc->db, &row, err, "SELECT * FROM wwns WHERE wwn = ?", "w", wwn);
	if (rc < 0)
		return rc;
	if (!row && json_array_size(seen) == 0)
		return np_fail(err, NP_NOTFOUND, "WWN %s is neither recorded nor seen",
			np_wwn_colon(wwn, colon));
	json_t *body =
		row ? np_take(row)
		    : json_pack("{s:s, s:s}", "wwn", np_wwn_text(wwn, text), "state", "foreign");
	(void)json_object_set_new(body, "colon", json_string(np_wwn_colon(wwn, colon)));
	(void)json_object_set_new(body, "naa", json_integer((json_int_t)np_wwn_naa(wwn)));
	(void)json_object_set_new(body, "local", json_boolean(np_wwn_is_local(wwn)));
	(void)json_object_set_new(body, "seen", np_take(seen));
	return svc_answer(body, SVC_OK, "wwns", np_wwn_text(wwn, text), ret_result, err);
}

int svc_wwn_reserve(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *want = NULL;
	np_auto(np_json_decref) json_t *row = NULL;
	char now[DB_TIME_TEXT], colon[NP_WWN_COLON];
	int rc = np_json_check(call->body, db_wwns.fields, NP_CHECK_CREATE, &want, err);

	if (rc < 0)
		return rc;
	const char *key = np_json_text(want, "wwn");
	rc = db_get(svc->db, &row, err, "SELECT * FROM wwns WHERE wwn = ?", "t", key);
	if (rc < 0)
		return rc;
	if (row && strcmp(np_json_text(row, "state"), "reserved") != 0)
		return np_fail(err, NP_EXISTS, "WWN %s is %s already, to guest %s",
			np_wwn_colon(np_json_wwn(row, "wwn"), colon), np_json_text(row, "state"),
			np_json_text(row, "guest"));
	if (!row)
		rc = db_exec(svc->db, err,
			"INSERT INTO wwns (wwn, kind, state, note, created) VALUES (?, 'wwpn', 'reserved', ?, ?)",
			"ttt", key, np_json_text(want, "note"), db_time_text(0, now));
	svc_would(
		svc, json_pack("{s:s, s:s, s:s}", "action", "insert", "noun", "wwns", "key", key));
	json_t *answer = NULL;
	if (rc == 0)
		rc = db_find(svc->db, &db_wwns, key, &answer, err);
	return rc < 0 ? rc
		      : svc_answer(
				answer, row ? SVC_OK : SVC_CREATED, "wwns", key, ret_result, err);
}

int svc_wwn_release(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char key[NP_WWN_TEXT];
	int rc = svc_wwn_key(call->keys[0], key, err);

	if (rc == 0)
		rc = db_find(svc->db, &db_wwns, key, &row, err);
	if (rc < 0)
		return rc;
	if (strcmp(np_json_text(row, "state"), "reserved") != 0)
		return np_fail(err, NP_CONFLICT, "WWN %s is %s: only a reservation can be released",
			key, np_json_text(row, "state"));
	rc = db_delete(svc->db, &db_wwns, key, err);
	svc_would(
		svc, json_pack("{s:s, s:s, s:s}", "action", "delete", "noun", "wwns", "key", key));
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return rc;
}
