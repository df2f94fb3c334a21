/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/zones.h"

#include <string.h>

#include "service/fabric.h"
#include "service/op.h"
#include "service/want.h"

static const char fabrics_of_vhbas[] =
	"SELECT DISTINCT fabrics.name, zones_at_stop FROM vhbas JOIN fabrics ON fabrics.name = vhbas.fabric"
	" WHERE guest = ? AND driver <> 'none' ORDER BY fabrics.name";
static const char fabrics_of_made[] =
	"SELECT DISTINCT fabrics.name, zones_at_stop FROM made JOIN fabrics ON fabrics.name = made.fabric"
	" WHERE guest = ? AND driver <> 'none' ORDER BY fabrics.name DESC";

static const struct {
	const char *why, *fabrics, *mode;
	bool only_remove; /* fabrics whose setting keeps zones at stop are left out */
} reasons[] = {
	{ "guest", fabrics_of_vhbas, "guest", false },
	{ "stop", fabrics_of_made, "nothing", true },
	{ "delete", fabrics_of_made, "nothing", false },
};

/* A dry run names the zones that the switches are to have. */
static int note_zones(struct svc *svc, const char *fabric, const json_t *guest, struct np_err *err)
{
	np_auto(np_json_decref) json_t *desired = NULL;
	json_t *zone;
	const char *name;
	int rc = svc_want_guest(
		svc, np_json_text(guest, "id"), fabric, SVC_WANT_GUEST, &desired, err);

	json_object_foreach (json_object_get(desired, "zones"), name, zone)
		svc_would(svc,
			json_pack("{s:s, s:s, s:s, s:O, s:O*}", "action", "zone_ensure", "fabric",
				fabric, "zone", name, "members", json_object_get(zone, "members"),
				"principals", json_object_get(zone, "principals")));
	return rc;
}

int svc_zone_steps(
	struct svc *svc, const json_t *guest, const char *why, json_t *steps, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	size_t r = 0;

	while (strcmp(reasons[r].why, why) != 0)
		r++;
	int rc = db_list(svc->db, &rows, err, reasons[r].fabrics, "t", np_json_text(guest, "id"));
	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		bool keeps = strcmp(np_json_text(row, "zones_at_stop"), "keep") == 0;
		if (svc->would && strcmp(why, "guest") == 0)
			rc = note_zones(svc, np_json_text(row, "name"), guest, err);
		if (!reasons[r].only_remove || !keeps)
			(void)json_array_append_new(steps,
				json_pack("{s:s, s:s, s:{s:s, s:s, s:O}}", "name", "zone_change",
					"object", np_json_text(row, "name"), "args", "fabric",
					np_json_text(row, "name"), "mode", reasons[r].mode, "guest",
					json_object_get(guest, "id")));
	}
	return rc;
}

int svc_zone_delete_guest(struct svc *svc, const json_t *guest, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *steps = json_array();
	np_auto(np_json_decref) json_t *request = json_object();
	char object[64];
	int rc = svc_zone_steps(svc, guest, "delete", steps, err);

	if (rc < 0 || json_array_size(steps) == 0)
		return rc;
	(void)json_array_append_new(steps, json_pack("{s:s, s:s, s:{s:O}}", "name", "guest_forget",
						   "object", np_json_text(guest, "name"), "args",
						   "guest", json_object_get(guest, "id")));
	(void)snprintf(object, sizeof object, "guests/%s", np_json_text(guest, "id"));
	rc = svc_op_answer(svc,
		&(struct svc_op_spec){ .kind = "guest_delete",
			.object = object,
			.guest = np_json_text(guest, "name"),
			.principal = call->principal,
			.request = request,
			.timeout_ms = svc->set.stop_timeout,
			.steps = np_take(steps) },
		ret_result, err);
	return rc < 0 ? rc : 1;
}
