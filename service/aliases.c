/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/aliases.h"

#include <string.h>

static const json_t *part_of(const struct svc_fabric *fabric, const char *part)
{
	return json_object_get(json_object_get(fabric->snapshot, "defined"), part);
}

static void recall(struct svc_fabric *fabric)
{
	np_auto(np_json_decref) json_t *row = NULL;

	if (!fabric->aliases &&
		db_get(fabric->svc->db, &row, NULL,
			"SELECT value FROM known_aliases WHERE fabric = ?", "t",
			fabric->name) == 0 &&
		row)
		fabric->aliases = json_loads(np_json_text(row, "value"), 0, NULL);
}

/* Takes @aliases. */
static int know(struct svc_fabric *fabric, json_t *aliases, struct np_err *err)
{
	if (!aliases)
		return np_fail_nomem(err);
	if (json_equal(aliases, fabric->aliases)) {
		json_decref(aliases);
		return 0;
	}
	json_decref(fabric->aliases);
	fabric->aliases = aliases;
	return db_exec(fabric->svc->db, err,
		"INSERT INTO known_aliases (fabric, value) VALUES (?, ?)"
		" ON CONFLICT (fabric) DO UPDATE SET value = excluded.value",
		"tj", fabric->name, aliases);
}

/* In @aliases, @name becomes what @from has. */
static void take(json_t *aliases, const json_t *from, const char *name)
{
	json_t *members = json_object_get(from, name);

	if (members)
		(void)json_object_set(aliases, name, members);
	else
		(void)json_object_del(aliases, name);
}

json_t *svc_aliases_before(struct svc_fabric *fabric)
{
	recall(fabric);
	return fabric->aliases ? json_pack("{s:{s:O, s:O*}}", "defined", "aliases", fabric->aliases,
					 "zones", part_of(fabric, "zones"))
			       : NULL;
}

int svc_aliases_looked(struct svc_fabric *fabric, const json_t *findings, struct np_err *err)
{
	const json_t *seen = part_of(fabric, "aliases");
	json_t *aliases = seen ? json_copy((json_t *)(uintptr_t)seen) : json_object();

	recall(fabric);
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);
		if (strcmp(np_json_text(finding, "rule"), "alias-moved") == 0)
			take(aliases, fabric->aliases, np_json_text(finding, "name"));
	}
	return know(fabric, aliases, err);
}

int svc_aliases_accept(struct svc_fabric *fabric, const char *name, struct np_err *err)
{
	recall(fabric);
	if (!fabric->aliases || fabric->svc->would)
		return 0;
	json_t *aliases = json_copy(fabric->aliases);
	take(aliases, part_of(fabric, "aliases"), name);
	return know(fabric, aliases, err);
}

int svc_aliases_changed(struct svc_fabric *fabric, const json_t *changes, struct np_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		if (strcmp(np_json_text(change, "object"), "alias") == 0)
			rc = svc_aliases_accept(fabric, np_json_text(change, "name"), err);
	}
	return rc;
}
