/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * WWN pools: who gets which name. A name goes out once: the mark outside the database is raised before
 * the record is written, tombstones stay, and a name that is seen anywhere on the SAN is passed over.
 */
#include <string.h>

#include <systemd/sd-id128.h>

#include "base/wwn.h"
#include "service/hosts.h"

#define SKIP_MAX 65536 /* taken names that one request passes over before it gives up */
#define WHERE_MAX 80
#define DEFAULT_POOL_SIZE 0x10000

/* Names pools of one machine only: the id below makes the hash ours. */
#define POOL_APP_ID SD_ID128_MAKE(5d, 3a, 91, 0c, 7e, 42, 4b, 6a, 9f, 18, 22, c0, 4d, 77, e1, 05)

/*
 * A range that an owner of no OUI may use: NAA 1 (1000) and a locally administered MAC, whose first octet
 * ends in 2 and whose next three come from this machine's id.
 */
static int default_range(uint64_t *ret_first, uint64_t *ret_last, struct np_err *err)
{
	sd_id128_t id;
	int rc = sd_id128_get_machine_app_specific(POOL_APP_ID, &id);

	if (rc < 0)
		return np_hint(err, np_fail_sys(err, -rc, "machine-id"),
			"give the pool a first and a last WWN");
	*ret_first = UINT64_C(0x1000) << 48 | (uint64_t)((id.bytes[0] & 0xf0) | 0x02) << 40 |
		     (uint64_t)id.bytes[1] << 32 | (uint64_t)id.bytes[2] << 24 |
		     (uint64_t)id.bytes[3] << 16;
	*ret_last = *ret_first + DEFAULT_POOL_SIZE - 1;
	return 0;
}

static int check_range(
	struct svc *svc, const char *name, uint64_t first, uint64_t last, struct np_err *err)
{
	np_auto(np_json_decref) json_t *other = NULL;
	struct np_err why = { 0 };

	if (np_wwn_check(first, &why) < 0)
		return np_fail_field(err, "first", "%s", why.msg);
	if (np_wwn_check(last, &why) < 0)
		return np_fail_field(err, "last", "%s", why.msg);
	if (last < first)
		return np_fail_field(err, "last", "is below first");
	if (np_wwn_naa(first) != np_wwn_naa(last))
		return np_fail_field(err, "last", "has another NAA format than first");
	int rc = db_get(svc->db, &other, err,
		"SELECT name FROM pools WHERE name <> ? AND first <= ? AND last >= ?", "tww", name,
		last, first);
	if (rc == 0 && other)
		return np_fail_field(err, "first", "the range overlaps that of pool '%s'",
			np_json_text(other, "name"));
	return rc;
}

static uint64_t next_of(const struct svc *svc, const json_t *pool)
{
	uint64_t first = np_json_wwn(pool, "first"), next = np_json_wwn(pool, "next");
	uint64_t mark = db_marks_get(svc->marks, np_json_text(pool, "name"));

	next = next > first ? next : first;
	return mark > next && mark >= first ? mark : next;
}

static void describe_port(void *data, const struct fc_port *port)
{
	static const char *const words[] = { "", "the HBA", "a vport of", "a remote port seen by" };
	char *text = data;

	if (!text[0])
		(void)snprintf(text, WHERE_MAX, "%s %s", words[port->kind], port->hba->kernel_name);
}

/* Where the kernel shows a port or node of this name; "" when nowhere. */
static const char *seen_where(struct svc *svc, uint64_t wwn, char text[static WHERE_MAX])
{
	text[0] = '\0';
	(void)fc_inventory_ports(svc_inventory(svc), wwn, describe_port, text);
	return text;
}

static bool is_known(struct svc *svc, uint64_t wwn)
{
	int64_t n = 0;

	if (db_number(svc->db, &n, NULL, "SELECT count(*) FROM wwns WHERE wwn = ?", "w", wwn) < 0 ||
		n > 0)
		return true;
	return fc_inventory_ports(svc_inventory(svc), wwn, NULL, NULL) > 0;
}

static int record_wwn(struct svc *svc, uint64_t wwn, const char *kind, const char *pool,
	const char *guest, const char *vhba, struct np_err *err)
{
	char now[DB_TIME_TEXT];

	return db_exec(svc->db, err,
		"INSERT INTO wwns (wwn, kind, state, pool, guest, vhba, created) VALUES (?, ?, 'given', ?, ?, ?, ?)",
		"wttttt", wwn, kind, pool, guest, vhba, db_time_text(0, now));
}

static int find_free(
	struct svc *svc, const json_t *pool, uint64_t *next, uint64_t *ret_wwn, struct np_err *err)
{
	uint64_t last = np_json_wwn(pool, "last");

	for (unsigned skipped = 0; *next <= last && skipped < SKIP_MAX; skipped++) {
		uint64_t wwn = (*next)++;

		if (!is_known(svc, wwn)) {
			*ret_wwn = wwn;
			return 0;
		}
	}
	return np_hint(err,
		np_fail(err, NP_CAPACITY,
			"pool '%s' is exhausted: all WWNs up to %s have been given",
			np_json_text(pool, "name"), np_json_text(pool, "last")),
		"npivctl pool set %s last=WWN makes it larger, npivctl pool create makes another one",
		np_json_text(pool, "name"));
}

int svc_pool_give(struct svc *svc, const char *pool_name, const char *kind, const char *guest,
	const char *vhba, unsigned n, uint64_t *ret_wwns, struct np_err *err)
{
	np_auto(np_json_decref) json_t *pool = NULL;
	char text[NP_WWN_TEXT];
	int rc = db_find(svc->db, &db_pools, pool_name, &pool, err);

	if (rc < 0)
		return np_hint(err, rc, "npivctl pool create %s", pool_name);
	uint64_t next = next_of(svc, pool);
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		rc = find_free(svc, pool, &next, &ret_wwns[i], err);
		if (rc == 0)
			rc = record_wwn(svc, ret_wwns[i], kind, pool_name, guest, vhba, err);
		if (rc == 0)
			svc_would(
				svc, json_pack("{s:s, s:s, s:s, s:s}", "action", "allocate", "pool",
					     pool_name, kind, np_wwn_text(ret_wwns[i], text),
					     "vhba", vhba ? vhba : ""));
	}
	if (rc == 0 && !svc->would)
		rc = db_marks_raise(svc->marks, pool_name, next, err);
	if (rc == 0)
		rc = db_exec(svc->db, err, "UPDATE pools SET next = ? WHERE name = ?", "wt", next,
			pool_name);
	return rc;
}

int svc_wwn_claim(struct svc *svc, uint64_t wwn, const char *kind, const char *guest,
	const char *vhba, bool may_be_seen, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char text[NP_WWN_COLON], where[WHERE_MAX];
	int rc = np_wwn_check(wwn, err);

	if (rc == 0)
		rc = db_get(svc->db, &row, err, "SELECT * FROM wwns WHERE wwn = ?", "w", wwn);
	if (rc < 0)
		return rc;
	if (row && strcmp(np_json_text(row, "state"), "reserved") == 0) {
		/* A reservation is what the administrator keeps for such a request. */
		rc = db_exec(svc->db, err, "DELETE FROM wwns WHERE wwn = ?", "w", wwn);
		if (rc < 0)
			return rc;
	} else if (row)
		return np_fail(err, NP_EXISTS, "WWN %s %s guest %s", np_wwn_colon(wwn, text),
			strcmp(np_json_text(row, "state"), "tombstone") == 0
				? "is a tombstone of the deleted"
				: "belongs to",
			np_json_text(row, "guest"));
	if (!may_be_seen && *seen_where(svc, wwn, where))
		return np_hint(err,
			np_fail(err, NP_EXISTS, "WWN %s is in use: it is %s",
				np_wwn_colon(wwn, text), where),
			"npivctl vport adopt takes a vport made by hand into the record");
	return record_wwn(svc, wwn, kind, NULL, guest, vhba, err);
}

int svc_wwns_bury(struct svc *svc, const char *guest, const char *vhba, struct np_err *err)
{
	char now[DB_TIME_TEXT];

	return db_exec(svc->db, err,
		"UPDATE wwns SET state = 'tombstone', ended = ?1 WHERE guest = ?2 AND (?3 IS NULL OR vhba = ?3)",
		"ttt", db_time_text(0, now), guest, vhba);
}

int svc_pools_raise(struct svc *svc, struct np_err *err)
{
	np_auto(np_json_decref) json_t *pools = NULL;
	int rc = db_select(svc->db, &db_pools, NULL, &pools, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(pools); i++) {
		const json_t *pool = json_array_get(pools, i);
		const char *name = np_json_text(pool, "name");
		uint64_t next = next_of(svc, pool);

		if (next != np_json_wwn(pool, "next"))
			rc = db_exec(svc->db, err, "UPDATE pools SET next = ? WHERE name = ?", "wt",
				next, name);
		/* A mark that was lost is as high as the record at least. */
		if (rc == 0)
			rc = db_marks_raise(svc->marks, name, next, err);
	}
	return rc;
}

static int view(struct svc *svc, json_t *pool, struct np_err *err)
{
	const char *name = np_json_text(pool, "name");
	uint64_t first = np_json_wwn(pool, "first"), last = np_json_wwn(pool, "last"),
		 next = next_of(svc, pool);
	int64_t given = 0, tombstones = 0;
	char naa[2] = { "0123456789abcdef"[np_wwn_naa(first)], '\0' };
	int rc = db_number(svc->db, &given, err,
		"SELECT count(*) FROM wwns WHERE pool = ? AND state = 'given'", "t", name);

	if (rc == 0)
		rc = db_number(svc->db, &tombstones, err,
			"SELECT count(*) FROM wwns WHERE pool = ? AND state = 'tombstone'", "t",
			name);
	np_json_set_wwn(pool, "next", next);
	(void)json_object_set_new(pool, "naa", json_string(naa));
	(void)json_object_set_new(pool, "local", json_boolean(np_wwn_is_local(first)));
	(void)json_object_set_new(pool, "given", json_integer(given));
	(void)json_object_set_new(pool, "tombstones", json_integer(tombstones));
	(void)json_object_set_new(
		pool, "free", json_integer(next > last ? 0 : (json_int_t)(last - next + 1)));
	return rc;
}

int svc_pool_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	int rc = db_select(svc->db, &db_pools, NULL, &rows, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++)
		rc = view(svc, json_array_get(rows, i), err);
	return rc < 0 ? rc : svc_answer_list(call, np_take(rows), "name", ret_result, err);
}

static int answer_pool(struct svc *svc, const char *name, enum svc_status status,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = db_find(svc->db, &db_pools, name, &row, err);

	if (rc == 0)
		rc = view(svc, row, err);
	return rc < 0 ? rc : svc_answer(np_take(row), status, "pools", name, ret_result, err);
}

int svc_pool_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	return answer_pool(svc, call->keys[0], SVC_OK, ret_result, err);
}

static int fill_range(json_t *pool, struct np_err *err)
{
	uint64_t first = 0, last = 0;

	if (json_object_get(pool, "first") && json_object_get(pool, "last"))
		return 0;
	if (json_object_get(pool, "first") || json_object_get(pool, "last"))
		return np_fail_field(
			err, json_object_get(pool, "first") ? "last" : "first", "is missing");
	int rc = default_range(&first, &last, err);
	if (rc == 0) {
		np_json_set_wwn(pool, "first", first);
		np_json_set_wwn(pool, "last", last);
	}
	return rc;
}

int svc_pool_create(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *pool = NULL;
	np_auto(np_json_decref) json_t *same = NULL;
	int rc = np_json_check(call->body, db_pools.fields, NP_CHECK_CREATE, &pool, err);

	if (rc < 0)
		return rc;
	const char *name = np_json_text(pool, "name");
	if (db_find(svc->db, &db_pools, name, &same, NULL) == 0) {
		if (svc_is_same(same, pool))
			return answer_pool(svc, name, SVC_OK, ret_result, err);
		return np_fail(err, NP_EXISTS, "pool '%s' exists with other values", name);
	}
	rc = fill_range(pool, err);
	if (rc == 0)
		rc = check_range(
			svc, name, np_json_wwn(pool, "first"), np_json_wwn(pool, "last"), err);
	if (rc == 0)
		rc = db_insert(svc->db, &db_pools, pool, err);
	svc_would(svc,
		json_pack("{s:s, s:s, s:s}", "action", "insert", "noun", "pools", "key", name));
	return rc < 0 ? rc : answer_pool(svc, name, SVC_CREATED, ret_result, err);
}

int svc_pool_update(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *change = NULL;
	int rc = np_json_check(call->body, db_pools.fields, NP_CHECK_UPDATE, &change, err);

	if (rc == 0)
		rc = db_find(svc->db, &db_pools, call->keys[0], &row, err);
	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc == 0 && json_object_get(change, "last")) {
		uint64_t last = np_json_wwn(change, "last");
		rc = check_range(svc, call->keys[0], np_json_wwn(row, "first"), last, err);
		if (rc == 0 && last + 1 < next_of(svc, row))
			rc = np_fail_field(err, "last", "is below WWNs that have been given");
	}
	if (rc == 0 && !svc_is_same(row, change))
		rc = db_update(svc->db, &db_pools, call->keys[0], change, err);
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "update", "noun", "pools", "key",
			       call->keys[0]));
	return rc < 0 ? rc : answer_pool(svc, call->keys[0], SVC_OK, ret_result, err);
}

int svc_pool_delete(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int64_t given = 0;
	int rc = db_find(svc->db, &db_pools, call->keys[0], &row, err);

	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc == 0)
		rc = db_number(svc->db, &given, err,
			"SELECT count(*) FROM wwns WHERE pool = ? AND state = 'given'", "t",
			call->keys[0]);
	if (rc == 0 && given > 0)
		rc = np_fail(err, NP_CONFLICT, "pool '%s' still has %lld given WWNs", call->keys[0],
			(long long)given);
	if (rc == 0)
		rc = db_delete(svc->db, &db_pools, call->keys[0], err);
	if (rc < 0)
		return rc;
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "delete", "noun", "pools", "key",
			       call->keys[0]));
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return 0;
}
