/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/drift.h"

#include <string.h>

#include "service/aliases.h"
#include "service/want.h"

#define KEY_MAX 192
#define EVENTS_MAX 100 /* of one look */
#define SOON_MS 3000   /* state changes come in bursts */
#define AGAIN_MS 60000 /* after a look that failed, where the setting asks for more seldom ones */

static int64_t interval_ms(struct svc_fabric *fabric)
{
	int64_t seconds = 0;

	(void)db_number(fabric->svc->db, &seconds, NULL, "SELECT watch FROM fabrics WHERE name = ?",
		"t", fabric->name);
	return seconds * 1000;
}

static void look_later(struct svc_fabric *fabric, bool failed)
{
	int64_t ms = interval_ms(fabric);

	fabric->watching = false;
	if (ms > 0)
		svc_timer_set(fabric->watch, failed && ms > AGAIN_MS ? AGAIN_MS : ms);
}

static void key_of(const json_t *finding, char ret_key[static KEY_MAX])
{
	(void)snprintf(ret_key, KEY_MAX, "%s:%s", np_json_text(finding, "rule"),
		np_json_text(finding, "name"));
}

static json_t *keys_of(const json_t *findings)
{
	json_t *keys = json_object();
	char key[KEY_MAX];

	for (size_t i = 0; i < json_array_size(findings); i++) {
		key_of(json_array_get(findings, i), key);
		(void)json_object_set_new(keys, key, json_true());
	}
	return keys;
}

static bool has_finding(const json_t *findings, const json_t *wanted)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);
		if (strcmp(np_json_text(finding, "rule"), np_json_text(wanted, "rule")) == 0 &&
			strcmp(np_json_text(finding, "name"), np_json_text(wanted, "name")) == 0)
			return true;
	}
	return false;
}

/* Those of @some that are not among @others, as events. */
static void tell(struct svc_fabric *fabric, const json_t *some, const json_t *others,
	const char *kind, const char *format)
{
	np_auto(np_json_decref) json_t *known = keys_of(others);
	char object[NP_NAME_MAX + 16], key[KEY_MAX];
	size_t told = 0;

	(void)snprintf(object, sizeof object, "fabrics/%s", fabric->name);
	for (size_t i = 0; i < json_array_size(some); i++) {
		const json_t *finding = json_array_get(some, i);
		key_of(finding, key);
		/* The list has them all; the log need not. */
		if (json_object_get(known, key) || told++ >= EVENTS_MAX)
			continue;
		svc_event(fabric->svc, kind,
			strcmp(kind, "zone_drift") == 0 ? np_json_text(finding, "severity")
							: "info",
			object, NULL, format, fabric->name, np_json_text(finding, "rule"),
			np_json_text(finding, "text"));
	}
}

static void looked(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct svc_fabric *fabric = data;
	json_t *findings = json_object_get(answer, "findings");
	struct np_err why = { 0 };

	if (rc < 0)
		np_log(LOG_INFO, "fabric %s: not checked for drift: %s", fabric->name, err->msg);
	if (rc == 0) {
		tell(fabric, findings, fabric->findings, "zone_drift", "fabric %s: %s: %s");
		tell(fabric, fabric->findings, findings, "zone_drift_gone",
			"fabric %s: %s is over: %s");
		json_decref(fabric->findings);
		fabric->findings = json_incref(findings);
	}
	if (rc == 0 && svc_aliases_looked(fabric, findings, &why) < 0)
		np_log(LOG_WARNING, "fabric %s: aliases: %s", fabric->name, why.msg);
	/* Logins come and go; what counts is whether the zones are others. */
	const char *checksum = np_json_text(fabric->snapshot, "checksum");
	if (rc == 0 && strcmp(checksum, fabric->kept) != 0 &&
		svc_fabric_keep(
			fabric, 0, *fabric->kept ? "changed by others" : "first look", &why) < 0)
		np_log(LOG_WARNING, "fabric %s: snapshot: %s", fabric->name, why.msg);
	look_later(fabric, rc < 0);
}

static int look(struct svc_fabric *fabric, struct np_err *err)
{
	np_auto(np_json_decref) json_t *desired = NULL;
	np_auto(np_json_decref) json_t *owners = NULL;
	int rc = svc_want_all(fabric->svc, fabric->name, &desired, err);

	if (rc == 0)
		rc = svc_want_owners(fabric->svc, fabric->name, &owners, err);
	if (rc < 0)
		return rc;
	json_t *job =
		json_pack("{s:s, s:O, s:O}", "job", "drift", "desired", desired, "wwpns", owners);
	json_t *before = svc_aliases_before(fabric);
	if (before)
		(void)json_object_set_new(job, "before", before);
	return svc_fabric_job(fabric, job, fabric->svc->set.switch_timeout, looked, fabric, err);
}

static int on_watch(sd_event_source *source np_unused, uint64_t usec np_unused, void *data)
{
	struct svc_fabric *fabric = data;
	struct np_err err = { 0 };

	if (fabric->watching || interval_ms(fabric) == 0 ||
		fabric->driver->flags & ZONE_DRIVER_BY_HAND)
		return 0;
	/* While zones are being changed nothing is as it should be. */
	if (fabric->svc->zone_turn) {
		svc_timer_set(fabric->watch, SOON_MS);
		return 0;
	}
	fabric->watching = true;
	if (look(fabric, &err) < 0) {
		np_log(LOG_WARNING, "fabric %s: not checked for drift: %s", fabric->name, err.msg);
		look_later(fabric, true);
	}
	return 0;
}

int svc_drift_init(struct svc_fabric *fabric, struct np_err *err)
{
	return svc_timer_new(fabric->svc->event, &fabric->watch, on_watch, fabric, err);
}

void svc_drift_soon(struct svc_fabric *fabric)
{
	svc_timer_soon(fabric->watch, SOON_MS);
}

int svc_drift_view(struct svc_fabric *fabric, json_t **ret_rows, struct np_err *err)
{
	np_auto(np_json_decref) json_t *ignored = NULL;
	int rc = db_list(fabric->svc->db, &ignored, err,
		"SELECT rule, name, note FROM ignored WHERE fabric = ?", "t", fabric->name);

	if (rc < 0)
		return rc;
	json_t *rows = json_array();
	for (size_t i = 0; i < json_array_size(fabric->findings); i++) {
		json_t *row = json_copy(json_array_get(fabric->findings, i));
		char key[NP_NAME_MAX + 96];
		(void)snprintf(key, sizeof key, "%s:%s", np_json_text(row, "rule"),
			np_json_text(row, "name"));
		(void)json_object_set_new(row, "key", json_string(key));
		(void)json_object_set_new(row, "ignored", json_boolean(has_finding(ignored, row)));
		(void)json_array_append_new(rows, row);
	}
	*ret_rows = rows;
	return 0;
}
