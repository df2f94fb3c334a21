/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests and their vHBAs: the record that outlives boots, HBAs and hosts. */
#include <dirent.h>
#include <string.h>

#include <uuid/uuid.h>

#include "base/file.h"
#include "base/wwn.h"
#include "service/core.h"
#include "service/zones.h"

#define VHBAS_MAX 16

static const struct np_field vhba_request[] = {
	{ .name = "name", .type = NP_TYPE_NAME, .help = "the fabric's label when absent" },
	{ .name = "fabric",
		.type = NP_TYPE_NAME,
		.flags = NP_FIELD_REQUIRED,
		.help = "the fabric" },
	{ .name = "pool", .type = NP_TYPE_NAME, .help = "'default' when absent" },
	{ .name = "hba", .type = NP_TYPE_WWN, .help = "explicit placement on this HBA" },
	{ .name = "wwpns",
		.type = NP_TYPE_WWNS,
		.max = 2,
		.help = "the pair, when it is not to come from the pool" },
	{ 0 },
};

int svc_guest_find(struct svc *svc, const char *key, json_t **ret_row, struct np_err *err)
{
	char uuid_text[NP_UUID_TEXT];
	json_t *row = NULL;
	uuid_t uuid;
	int rc = 0;

	if (uuid_parse(key, uuid) == 0) {
		uuid_unparse_lower(uuid, uuid_text);
		rc = db_get(
			svc->db, &row, err, "SELECT * FROM guests WHERE id = ?", "t", uuid_text);
	}
	if (rc == 0 && !row)
		rc = db_get(svc->db, &row, err, "SELECT * FROM guests WHERE name = ?", "t", key);
	if (rc < 0)
		return rc;
	if (!row)
		return np_fail(err, NP_NOTFOUND, "guest '%.128s' not found", key);
	db_decode(&db_guests, row);
	*ret_row = row;
	return 0;
}

int svc_guest_vhbas(struct svc *svc, const char *guest_id, json_t **ret_rows, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:s}", "guest", guest_id);

	return db_select(svc->db, &db_vhbas, filter, ret_rows, err);
}

int svc_guest_masks(struct svc *svc, const char *guest_id, json_t **ret_rows, struct np_err *err)
{
	np_auto(np_json_decref) json_t *filter = json_pack("{s:s}", "guest", guest_id);

	return db_select(svc->db, &db_masks, filter, ret_rows, err);
}

uint64_t svc_vhba_wwpn(const json_t *vhba)
{
	return np_json_wwn(vhba, np_json_int(vhba, "active") ? "wwpn_b" : "wwpn_a");
}

static bool marker_path(struct svc *svc, const char *guest_id, char path[static NP_PATH_MAX])
{
	return np_path(path, "%s/guests/%s", svc->set.state_dir, guest_id);
}

void svc_marker_make(struct svc *svc, const char *guest_id)
{
	char path[NP_PATH_MAX];

	if (svc->would || !marker_path(svc, guest_id, path))
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		np_log(LOG_ERR,
			"marker %s: %s; the hook will not know this guest while npivd is down",
			path, strerror(errno));
	np_close(&fd);
}

static void sweep_markers(struct svc *svc)
{
	char path[NP_PATH_MAX];
	int64_t known;
	DIR *dir;

	if (!marker_path(svc, "", path) || !(dir = opendir(path)))
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		known = 1;
		if (entry->d_name[0] != '.')
			(void)db_number(svc->db, &known, NULL,
				"SELECT count(*) FROM guests WHERE id = ?", "t", entry->d_name);
		if (known == 0)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	(void)closedir(dir);
}

void svc_markers_sync(struct svc *svc)
{
	np_auto(np_json_decref) json_t *rows = NULL;

	svc->markers_stale = false;
	if (db_list(svc->db, &rows, NULL, "SELECT id FROM guests", "") < 0)
		return;
	for (size_t i = 0; i < json_array_size(rows); i++)
		svc_marker_make(svc, np_json_text(json_array_get(rows, i), "id"));
	sweep_markers(svc);
}

/* The pair: both given, one given and one from the pool, or both from the pool. */
static int take_pair(struct svc *svc, const json_t *want, const char *guest, const char *name,
	const char *pool, uint64_t pair[static 2], struct np_err *err)
{
	const json_t *given = json_object_get(want, "wwpns");
	unsigned n = 0;
	int rc = 0;

	for (; rc == 0 && n < json_array_size(given); n++) {
		(void)np_wwn_parse(json_string_value(json_array_get(given, n)), &pair[n], NULL);
		rc = svc_wwn_claim(svc, pair[n], "wwpn", guest, name, false, err);
	}
	return rc == 0 && n < 2
		       ? svc_pool_give(svc, pool, "wwpn", guest, name, 2 - n, &pair[n], err)
		       : rc;
}

static int add_vhba(struct svc *svc, const char *guest, const json_t *body, struct np_err *err)
{
	np_auto(np_json_decref) json_t *want = NULL;
	np_auto(np_json_decref) json_t *fabric = NULL;
	uint64_t pair[2] = { 0 };
	struct np_err why = { 0 };
	int rc = np_json_check(body, vhba_request, NP_CHECK_CREATE, &want, err);

	if (rc < 0)
		return np_wrap(err, rc, "vhbas");
	const char *label = np_json_text(want, "fabric");
	const char *name = json_object_get(want, "name") ? np_json_text(want, "name") : label;
	const char *pool = json_object_get(want, "pool") ? np_json_text(want, "pool") : "default";
	if (db_find(svc->db, &db_fabrics, label, &fabric, &why) < 0)
		return np_hint(err, np_fail_field(err, "vhbas", "fabric '%s' is not known", label),
			"npivctl fabric create %s", label);
	rc = take_pair(svc, want, guest, name, pool, pair, err);
	if (rc == 0)
		rc = db_exec(svc->db, err,
			"INSERT INTO vhbas (guest, name, fabric, pool, wwpn_a, wwpn_b, fixed_hba) VALUES (?, ?, ?, ?, ?, ?, ?)",
			"ttttwwt", guest, name, label, pool, pair[0], pair[1],
			json_string_value(json_object_get(want, "hba")));
	if (rc == -NP_EXISTS && !strstr(err->msg, "WWN"))
		rc = np_fail_field(err, "vhbas", "two of them have the name '%s'", name);
	return rc;
}

static int take_wwnn(struct svc *svc, json_t *guest, const json_t *vhbas, struct np_err *err)
{
	const char *pool = np_json_text(json_array_get(vhbas, 0), "pool");
	uint64_t wwnn = np_json_wwn(guest, "wwnn");

	if (wwnn)
		return svc_wwn_claim(
			svc, wwnn, "wwnn", np_json_text(guest, "id"), NULL, false, err);
	int rc = svc_pool_give(svc, *pool ? pool : "default", "wwnn", np_json_text(guest, "id"),
		NULL, 1, &wwnn, err);
	np_json_set_wwn(guest, "wwnn", wwnn);
	return rc;
}

/* Names that differ in case alone are one to people, and their zones could not be told apart by theirs. */
int svc_guest_check_name(struct svc *svc, const json_t *values, const char *id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *twin = NULL;
	const char *name = np_json_text(values, "name");
	int rc = db_get(svc->db, &twin, err,
		"SELECT name FROM guests WHERE name = ? COLLATE NOCASE AND id <> ?", "tt", name,
		id);

	if (rc < 0 || !twin)
		return rc;
	if (strcmp(np_json_text(twin, "name"), name) == 0)
		return np_fail(err, NP_EXISTS, "another guest has the name '%s'", name);
	return np_hint(err,
		np_fail(err, NP_EXISTS, "guest '%s' has the name '%s' but for the case of letters",
			np_json_text(twin, "name"), name),
		"npivctl guest set NAME --name OTHER renames one of them");
}

static void complete(struct svc *svc, json_t *guest)
{
	char text[NP_UUID_TEXT], now[DB_TIME_TEXT];
	uuid_t uuid;

	if (!json_object_get(guest, "id")) {
		uuid_generate_random(uuid);
		uuid_unparse_lower(uuid, text);
		(void)json_object_set_new(guest, "id", json_string(text));
	}
	(void)json_object_set_new(guest, "created", json_string(db_time_text(0, now)));
	(void)json_object_set_new(guest, "host", json_string(svc->set.host));
}

int svc_guest_make(struct svc *svc, json_t *body, json_t **ret_row, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = json_incref(json_object_get(body, "vhbas"));
	np_auto(np_json_decref) json_t *guest = NULL;
	int rc;

	(void)json_object_del(body, "vhbas");
	rc = np_json_check(body, db_guests.fields, NP_CHECK_CREATE, &guest, err);
	if (rc < 0)
		return rc;
	if (vhbas && (!json_is_array(vhbas) || json_array_size(vhbas) > VHBAS_MAX))
		return np_fail_field(err, "vhbas", "must be a list of at most %d vHBAs", VHBAS_MAX);
	complete(svc, guest);
	rc = svc_guest_check_name(svc, guest, "", err);
	if (rc == 0)
		rc = take_wwnn(svc, guest, vhbas, err);
	if (rc == 0)
		rc = db_insert(svc->db, &db_guests, guest, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++)
		rc = add_vhba(svc, np_json_text(guest, "id"), json_array_get(vhbas, i), err);
	if (rc < 0)
		return rc;
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "insert", "noun", "guests", "key",
			       np_json_text(guest, "id")));
	svc_marker_make(svc, np_json_text(guest, "id"));
	return svc_guest_find(svc, np_json_text(guest, "id"), ret_row, err);
}

static int answer_guest(struct svc *svc, json_t *row, enum svc_status status,
	struct svc_result *ret_result, struct np_err *err)
{
	json_t *view = NULL;
	int rc = svc_guest_view(svc, row, &view, err);

	return rc < 0 ? rc
		      : svc_answer(
				view, status, "guests", np_json_text(view, "id"), ret_result, err);
}

int svc_guest_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *views = json_array();
	int rc = db_select(svc->db, &db_guests, NULL, &rows, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		json_t *view = NULL;
		rc = svc_guest_view(svc, json_array_get(rows, i), &view, err);
		if (rc == 0)
			(void)json_array_append_new(views, view);
	}
	return rc < 0 ? rc : svc_answer_list(call, np_take(views), "id", ret_result, err);
}

int svc_guest_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = svc_guest_find(svc, call->keys[0], &row, err);

	return rc < 0 ? rc : answer_guest(svc, row, SVC_OK, ret_result, err);
}

static const json_t *vhba_named(const json_t *vhbas, const json_t *want)
{
	const char *name = np_json_text(want, json_object_get(want, "name") ? "name" : "fabric");

	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		const json_t *vhba = json_array_get(vhbas, i);
		if (strcmp(np_json_text(vhba, "name"), name) == 0 &&
			strcmp(np_json_text(vhba, "fabric"), np_json_text(want, "fabric")) == 0)
			return vhba;
	}
	return NULL;
}

/* Is this creation a repetition of the one that made @row? */
static bool is_repetition(struct svc *svc, const json_t *row, const json_t *body)
{
	np_auto(np_json_decref) json_t *plain = json_copy((json_t *)(uintptr_t)body);
	np_auto(np_json_decref) json_t *clean = NULL;
	np_auto(np_json_decref) json_t *vhbas = NULL;
	const json_t *want = json_object_get(body, "vhbas");

	(void)json_object_del(plain, "vhbas");
	if (np_json_check(plain, db_guests.fields, NP_CHECK_CREATE, &clean, NULL) < 0 ||
		!svc_is_same(row, clean) ||
		svc_guest_vhbas(svc, np_json_text(row, "id"), &vhbas, NULL) < 0)
		return false;
	for (size_t i = 0; i < json_array_size(want); i++) {
		if (!vhba_named(vhbas, json_array_get(want, i)))
			return false;
	}
	return json_array_size(want) == json_array_size(vhbas);
}

int svc_guest_create(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_deep_copy(call->body);
	np_auto(np_json_decref) json_t *row = NULL;
	const char *id = np_json_text(body, "id");

	if (svc_guest_find(svc, *id ? id : np_json_text(body, "name"), &row, NULL) == 0) {
		if (is_repetition(svc, row, body))
			return answer_guest(svc, row, SVC_OK, ret_result, err);
		return np_fail(err, NP_EXISTS, "guest '%s' exists with other values",
			np_json_text(row, "name"));
	}
	int rc = svc_guest_make(svc, body, &row, err);
	if (rc == 0)
		svc_event(svc, "guest_create", "info", "guests", np_json_text(row, "name"),
			"guest '%s' created by %s", np_json_text(row, "name"), call->principal);
	return rc < 0 ? rc : answer_guest(svc, row, SVC_CREATED, ret_result, err);
}

static int remove_vhba(struct svc *svc, const char *guest, const json_t *vhba, struct np_err *err)
{
	int rc = db_exec(
		svc->db, err, "DELETE FROM vhbas WHERE id = ?", "i", np_json_int(vhba, "id"));

	return rc == 0 ? svc_wwns_bury(svc, guest, np_json_text(vhba, "name"), err) : rc;
}

static int change_vhbas(struct svc *svc, const json_t *row, const json_t *want, bool *ret_changed,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *have = NULL;
	const char *id = np_json_text(row, "id");
	bool changed = false;
	char kind[32];
	int rc;

	if (!json_is_array(want) || json_array_size(want) > VHBAS_MAX)
		return np_fail_field(err, "vhbas", "must be a list of at most %d vHBAs", VHBAS_MAX);
	char object[64];
	(void)snprintf(object, sizeof object, "guests/%s", id);
	if (strcmp(np_json_text(row, "desired"), "absent") != 0 ||
		svc_open_operation(svc, object, kind))
		return np_hint(err,
			np_fail(err, NP_CONFLICT,
				"guest '%s' is started: its vHBAs cannot be changed now",
				np_json_text(row, "name")),
			"npivctl guest stop %s", np_json_text(row, "name"));
	rc = svc_guest_vhbas(svc, id, &have, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(have); i++) {
		const json_t *vhba = json_array_get(have, i);
		bool kept = false;
		for (size_t j = 0; !kept && j < json_array_size(want); j++)
			kept = vhba_named(have, json_array_get(want, j)) == vhba;
		if (!kept)
			rc = remove_vhba(svc, id, vhba, err);
		changed = changed || !kept;
	}
	for (size_t j = 0; rc == 0 && j < json_array_size(want); j++) {
		if (vhba_named(have, json_array_get(want, j)))
			continue;
		rc = add_vhba(svc, id, json_array_get(want, j), err);
		changed = true;
	}
	*ret_changed = changed;
	return rc;
}

int svc_guest_update(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_deep_copy(call->body);
	np_auto(np_json_decref) json_t *vhbas = json_incref(json_object_get(body, "vhbas"));
	np_auto(np_json_decref) json_t *change = NULL;
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *after = NULL;
	bool changed = false;
	int rc = svc_guest_find(svc, call->keys[0], &row, err);

	(void)json_object_del(body, "vhbas");
	if (rc == 0)
		rc = np_json_check(body, db_guests.fields, NP_CHECK_UPDATE, &change, err);
	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc == 0)
		rc = svc_guest_check_name(svc, change, np_json_text(row, "id"), err);
	if (rc == 0 && vhbas)
		rc = change_vhbas(svc, row, vhbas, &changed, err);
	if (rc == 0 && (changed || !svc_is_same(row, change)))
		rc = db_update(svc->db, &db_guests, np_json_text(row, "id"), change, err);
	if (rc == 0)
		rc = svc_guest_find(svc, np_json_text(row, "id"), &after, err);
	if (rc < 0)
		return rc;
	svc_would(svc, json_pack("{s:s, s:s, s:s}", "action", "update", "noun", "guests", "key",
			       np_json_text(row, "id")));
	return answer_guest(svc, after, SVC_OK, ret_result, err);
}

int svc_guest_forget(struct svc *svc, const char *guest_id, const char *name, struct np_err *err)
{
	char object[64];
	int rc = svc_wwns_bury(svc, guest_id, NULL, err);

	if (rc == 0)
		rc = db_delete(svc->db, &db_guests, guest_id, err);
	if (rc == -NP_NOTFOUND)
		return 0; /* done before a crash */
	if (rc < 0)
		return rc;
	(void)snprintf(object, sizeof object, "guests/%.40s", guest_id);
	if (!svc->would)
		svc->markers_stale = true;
	svc_event(svc, "guest_delete", "info", object, name,
		"guest '%s' deleted; its WWNs are never given again", name);
	return 0;
}

int svc_guest_delete(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	char object[64], kind[32];
	int rc = svc_guest_find(svc, call->keys[0], &row, err);

	if (rc == 0)
		rc = svc_check_match(call, row, err);
	if (rc < 0)
		return rc;
	const char *id = np_json_text(row, "id"), *name = np_json_text(row, "name");
	(void)snprintf(object, sizeof object, "guests/%s", id);
	if (strcmp(np_json_text(row, "desired"), "absent") != 0 ||
		svc_open_operation(svc, object, kind))
		return np_hint(err, np_fail(err, NP_CONFLICT, "guest '%s' is started", name),
			"npivctl guest stop %s", name);
	rc = svc_zone_delete_guest(svc, row, call, ret_result, err);
	if (rc != 0)
		return rc < 0 ? rc : 0; /* an operation takes its zones away first */
	rc = svc_guest_forget(svc, id, name, err);
	if (rc < 0)
		return rc;
	svc_would(
		svc, json_pack("{s:s, s:s, s:s}", "action", "delete", "noun", "guests", "key", id));
	*ret_result = (struct svc_result){ .status = SVC_NO_CONTENT };
	return 0;
}
