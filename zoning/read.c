/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole snapshot of a switch, made of the parts that its driver reads. */
#include <string.h>

#include "base/digest.h"
#include "zoning/apply.h"

#define TRIES_MAX 3
#define CHECKSUM_MAX 256

static int fill_checksum(json_t *snapshot, struct np_err *err)
{
	char sum[NP_DIGEST_TEXT];

	if (*np_json_text(snapshot, "checksum"))
		return 0;
	np_auto(np_json_decref) json_t *both =
		json_pack("{s:O, s:O}", "defined", json_object_get(snapshot, "defined"),
			"effective", json_object_get(snapshot, "effective"));
	int rc = both ? np_digest_json(both, sum, err) : np_fail_nomem(err);
	if (rc == 0)
		np_json_set_text(snapshot, "checksum", sum);
	return rc;
}

/* A part that is not told is not an empty one: on nothing, zones would be planned and proved. */
static int check_whole(
	const struct zone_session *session, const json_t *snapshot, struct np_err *err)
{
	static const char *const members[] = { "transaction", "effective", "logins", "defined" };
	bool writable = !(session->driver->flags & ZONE_DRIVER_READ_ONLY);
	size_t n = sizeof members / sizeof *members - !writable;

	for (size_t i = 0; i < n; i++)
		if (!json_object_get(snapshot, members[i]))
			return np_fail(
				err, NP_PEER, "the switch does not tell its part '%s'", members[i]);
	return 0;
}

int zone_read_status(struct zone_session *session, json_t **ret_status, struct np_err *err)
{
	np_auto(np_json_decref) json_t *status = json_object();
	int rc = status ? session->driver->read(session, ZONE_PART_STATUS, status, err)
			: np_fail_nomem(err);

	if (rc == 0 && !json_object_get(status, "transaction"))
		rc = np_fail(
			err, NP_PEER, "the switch does not tell whether a transaction is open");
	if (rc == 0)
		*ret_status = np_take(status);
	return rc;
}

/* 0: a whole snapshot; 1: somebody committed while it was read. */
static int read_once(struct zone_session *session, json_t *snapshot, struct np_err *err)
{
	static const enum zone_part parts[] = { ZONE_PART_STATUS, ZONE_PART_DATABASE,
		ZONE_PART_LOGINS };
	np_auto(np_json_decref) json_t *after = NULL;
	char first[CHECKSUM_MAX] = "";
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof *parts; i++) {
		rc = session->driver->read(session, parts[i], snapshot, err);
		/* The database may come with a checksum of its own, of a moment later. */
		if (parts[i] == ZONE_PART_STATUS)
			(void)snprintf(
				first, sizeof first, "%s", np_json_text(snapshot, "checksum"));
	}
	if (rc < 0 || !*first)
		return rc;
	rc = zone_read_status(session, &after, err);
	if (rc < 0)
		return rc;
	if (strcmp(np_json_text(after, "checksum"), first) != 0)
		return 1;
	(void)json_object_set(snapshot, "transaction", json_object_get(after, "transaction"));
	return 0;
}

int zone_read(struct zone_session *session, json_t **ret_snapshot, struct np_err *err)
{
	int rc = 1;

	if (session->driver->flags & ZONE_DRIVER_BY_HAND)
		return np_fail(err, NP_UNSUPPORTED,
			"the fabric is changed by hand: npivd cannot read its switch");
	for (int i = 0; rc > 0 && i < TRIES_MAX; i++) {
		np_auto(np_json_decref) json_t *snapshot = json_object();

		rc = snapshot ? read_once(session, snapshot, err) : np_fail_nomem(err);
		if (rc == 0)
			rc = check_whole(session, snapshot, err);
		if (rc == 0)
			rc = zone_snapshot_normalise(snapshot, err);
		if (rc == 0)
			rc = fill_checksum(snapshot, err);
		if (rc == 0)
			*ret_snapshot = np_take(snapshot);
	}
	if (rc > 0)
		return np_fail(err, NP_BUSY,
			"somebody is changing the zones all the time: %d readings "
			"were out of date before they ended",
			TRIES_MAX);
	return rc;
}
