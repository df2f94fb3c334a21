/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as the API shows it: the record, what the kernel shows of it, and one word for both. */
#include <stdarg.h>
#include <string.h>

#include "base/wwn.h"
#include "service/hosts.h"

struct tally {
	size_t vhbas, present, up;
	size_t luns_expected, luns_present, luns_extra;
	char reason[256];
};

static np_printf(2, 3) void say(struct tally *tally, const char *fmt, ...)
{
	va_list ap;

	if (tally->reason[0])
		return;
	va_start(ap, fmt);
	(void)vsnprintf(tally->reason, sizeof tally->reason, fmt, ap);
	va_end(ap);
}

static json_t *vport_brief(const struct fc_vport *vport, const struct fc_hba *hba)
{
	json_t *brief = json_pack("{s:s, s:s, s:s, s:s, s:b}", "state", vport->state, "port_state",
		vport->port_state, "kernel_name", vport->kernel_name, "kernel_host",
		vport->kernel_host, "up", fc_vport_is_up(vport));

	np_json_set_text(brief, "port_id", vport->port_id);
	np_json_set_wwn(brief, "hba", hba->wwpn);
	return brief;
}

static json_t *view_vhba(struct svc *svc, const json_t *row, struct tally *tally)
{
	char a[NP_WWN_TEXT], b[NP_WWN_TEXT], active[NP_WWN_TEXT];
	const struct fc_hba *hba = NULL;
	uint64_t wwpn = svc_vhba_wwpn(row);
	const struct fc_vport *vport = svc_vport_now(svc, wwpn, &hba);
	json_t *view = json_pack("{s:s, s:s, s:s, s:s, s:[s, s], s:s}", "name",
		np_json_text(row, "name"), "fabric", np_json_text(row, "fabric"), "pool",
		np_json_text(row, "pool"), "placement",
		np_json_wwn(row, "fixed_hba") ? "explicit" : "least-used", "wwpns",
		np_wwn_text(np_json_wwn(row, "wwpn_a"), a),
		np_wwn_text(np_json_wwn(row, "wwpn_b"), b), "active", np_wwn_text(wwpn, active));

	np_json_set_wwn(
		view, "hba", np_json_wwn(row, np_json_wwn(row, "hba") ? "hba" : "fixed_hba"));
	np_json_set_wwn(view, "wwnn", np_json_wwn(row, "wwnn"));
	tally->vhbas++;
	if (vport) {
		tally->present++;
		tally->up += fc_vport_is_up(vport);
		(void)json_object_set_new(view, "vport", vport_brief(vport, hba));
	}
	if (!vport || !fc_vport_is_up(vport))
		say(tally, "vport %s (fabric %s) is %s", active, np_json_text(row, "fabric"),
			vport ? vport->state : "missing");
	return view;
}

static json_t *mask_of(const json_t *masks, const char *wwid)
{
	for (size_t i = 0; i < json_array_size(masks); i++) {
		json_t *mask = json_array_get(masks, i);
		if (strcmp(np_json_text(mask, "wwid"), wwid) == 0)
			return mask;
	}
	return NULL;
}

static void add_lun(
	json_t *luns, const struct fc_lun *lun, const json_t *vhba, json_t *mask, json_t *links)
{
	json_t *view = json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:o}", "wwid", lun->wwid,
		"fabric", np_json_text(vhba, "fabric"), "dev", lun->dev, "lun",
		(json_int_t)lun->lun, "size_bytes", (json_int_t)lun->size_bytes, "recorded",
		mask != NULL, "present", 1, "links", links);

	np_json_set_wwn(view, "target", lun->target);
	np_json_set_text(view, "state", lun->state);
	(void)json_array_append_new(luns, view);
	if (mask)
		(void)json_object_set_new(mask, "seen", json_true());
}

/* Every path that is seen, then the recorded LUNs that none shows. */
static json_t *view_luns(struct svc *svc, const json_t *guest, const json_t *vhbas, json_t *masks,
	struct tally *tally)
{
	json_t *luns = json_array();

	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		const json_t *vhba = json_array_get(vhbas, i);
		const struct fc_hba *hba;
		const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba);

		for (size_t j = 0; vport && j < vport->n_luns; j++) {
			const struct fc_lun *lun = &vport->luns[j];
			json_t *mask = mask_of(masks, lun->wwid);
			add_lun(luns, lun, vhba, mask,
				svc_links_of(svc, np_json_text(guest, "name"),
					np_json_text(vhba, "name"), lun));
			tally->luns_extra += !mask && json_array_size(masks) > 0;
		}
	}
	for (size_t i = 0; i < json_array_size(masks); i++) {
		const json_t *mask = json_array_get(masks, i);
		tally->luns_expected++;
		if (np_json_bool(mask, "seen")) {
			tally->luns_present++;
			continue;
		}
		(void)json_array_append_new(
			luns, json_pack("{s:s, s:b, s:b, s:[]}", "wwid", np_json_text(mask, "wwid"),
				      "recorded", 1, "present", 0, "links"));
	}
	return luns;
}

static const char *one_word(const json_t *guest, const char *running, struct tally *tally)
{
	bool wanted = strcmp(np_json_text(guest, "desired"), "ready") == 0;

	if (strcmp(running, "guest_start") == 0)
		return "starting";
	if (strcmp(running, "guest_stop") == 0)
		return "stopping";
	if (!wanted && tally->present == 0) {
		tally->reason[0] = '\0';
		return "absent";
	}
	if (!wanted) {
		(void)snprintf(tally->reason, sizeof tally->reason, "%zu of its vports still exist",
			tally->present);
		return "failed";
	}
	if (tally->up < tally->vhbas)
		return tally->up ? "degraded" : "failed";
	if (strcmp(np_json_text(guest, "lun_check"), "none") == 0 ||
		tally->luns_present == tally->luns_expected)
		return "ready";
	(void)snprintf(tally->reason, sizeof tally->reason, "%zu of %zu recorded LUNs are missing",
		tally->luns_expected - tally->luns_present, tally->luns_expected);
	return "degraded";
}

int svc_guest_view(struct svc *svc, json_t *row, json_t **ret_view, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *masks = NULL;
	struct tally tally = { 0 };
	char object[64], kind[32];
	int rc = svc_guest_vhbas(svc, np_json_text(row, "id"), &vhbas, err);

	if (rc == 0)
		rc = svc_guest_masks(svc, np_json_text(row, "id"), &masks, err);
	if (rc < 0)
		return rc;
	json_t *view = json_deep_copy(row);
	json_t *list = json_array();
	for (size_t i = 0; i < json_array_size(vhbas); i++)
		(void)json_array_append_new(list, view_vhba(svc, json_array_get(vhbas, i), &tally));
	(void)json_object_set_new(view, "vhbas", list);
	(void)json_object_set_new(view, "luns", view_luns(svc, row, vhbas, masks, &tally));
	(void)snprintf(object, sizeof object, "guests/%s", np_json_text(row, "id"));
	int64_t operation = svc_open_operation(svc, object, kind);
	(void)json_object_set_new(view, "state", json_string(one_word(row, kind, &tally)));
	(void)json_object_set_new(view, "reason", json_string(tally.reason));
	if (operation)
		(void)json_object_set_new(view, "operation", json_integer(operation));
	*ret_view = view;
	return 0;
}
