/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/value.h"

#include <string.h>

#define ROW(of, member, kind, text)                                                                \
	{                                                                                          \
		.name = #member, .type = kind, .flags = NP_FIELD_READONLY, NP_IN(of, member),      \
		.help = text                                                                       \
	}

#define LUN(member, kind, text) ROW(struct fc_lun, member, kind, text)
const struct np_field fc_lun_fields[] = {
	LUN(hctl, NP_TYPE_TEXT, "SCSI address, host:channel:target:lun"),
	LUN(dev, NP_TYPE_TEXT, "block device of the host"),
	LUN(wwid, NP_TYPE_TEXT, "identity of the logical unit"),
	LUN(lun, NP_TYPE_INT, "LUN number at this target"),
	LUN(size_bytes, NP_TYPE_INT, "capacity"),
	LUN(vendor, NP_TYPE_TEXT, "SCSI vendor"),
	LUN(model, NP_TYPE_TEXT, "SCSI product"),
	LUN(rev, NP_TYPE_TEXT, "SCSI product revision"),
	LUN(state, NP_TYPE_TEXT, "state of the SCSI device"),
	LUN(holders, NP_TYPE_INT, "devices of the host that sit on it"),
	LUN(target, NP_TYPE_WWN, "WWPN of the target port"),
	{ 0 },
};

#define RPORT(member, kind, text) ROW(struct fc_rport, member, kind, text)
const struct np_field fc_rport_fields[] = {
	RPORT(kernel_name, NP_TYPE_TEXT, "name in the kernel, changes"),
	RPORT(wwpn, NP_TYPE_WWN, "port name"),
	RPORT(wwnn, NP_TYPE_WWN, "node name"),
	RPORT(port_id, NP_TYPE_TEXT, "address in the fabric"),
	RPORT(roles, NP_TYPE_TEXT, "what the port says it is"),
	RPORT(state, NP_TYPE_TEXT, "state of the login"),
	RPORT(scsi_target_id, NP_TYPE_INT, "SCSI target number, -1 for none"),
	{ 0 },
};

#define VPORT(member, kind, text) ROW(struct fc_vport, member, kind, text)
const struct np_field fc_vport_fields[] = {
	VPORT(kernel_name, NP_TYPE_TEXT, "name in the kernel, changes"),
	VPORT(kernel_host, NP_TYPE_TEXT, "its own SCSI host, changes"),
	VPORT(wwpn, NP_TYPE_WWN, "port name"),
	VPORT(wwnn, NP_TYPE_WWN, "node name"),
	VPORT(state, NP_TYPE_TEXT, "state of the virtual port"),
	VPORT(last_state, NP_TYPE_TEXT, "the state before"),
	VPORT(port_state, NP_TYPE_TEXT, "state of its SCSI host's port"),
	VPORT(port_id, NP_TYPE_TEXT, "address in the fabric, absent without a login"),
	VPORT(fabric_name, NP_TYPE_WWN, "fabric that it is logged in to"),
	VPORT(symbolic_name, NP_TYPE_TEXT, "name as the fabric's name server shows it"),
	{ 0 },
};

#define HBA(member, kind, text) ROW(struct fc_hba, member, kind, text)
const struct np_field fc_hba_fields[] = {
	HBA(kernel_name, NP_TYPE_TEXT, "name in the kernel, changes"),
	HBA(wwpn, NP_TYPE_WWN, "port name"),
	HBA(wwnn, NP_TYPE_WWN, "node name"),
	HBA(port_state, NP_TYPE_TEXT, "state of the port"),
	HBA(port_type, NP_TYPE_TEXT, "kind of connection"),
	HBA(port_id, NP_TYPE_TEXT, "address in the fabric, absent without a login"),
	HBA(speed, NP_TYPE_TEXT, "speed of the link"),
	HBA(supported_speeds, NP_TYPE_TEXT, "speeds that the port can do"),
	HBA(fabric_name, NP_TYPE_WWN, "fabric that it is logged in to"),
	HBA(symbolic_name, NP_TYPE_TEXT, "name as the fabric's name server shows it"),
	HBA(driver, NP_TYPE_TEXT, "kernel driver"),
	HBA(driver_version, NP_TYPE_TEXT, "version of the driver"),
	HBA(firmware, NP_TYPE_TEXT, "version of the firmware"),
	HBA(model, NP_TYPE_TEXT, "model"),
	HBA(model_description, NP_TYPE_TEXT, "model in words"),
	HBA(manufacturer, NP_TYPE_TEXT, "manufacturer"),
	HBA(serial_number, NP_TYPE_TEXT, "serial number"),
	HBA(hardware, NP_TYPE_TEXT, "revision of the hardware"),
	HBA(pci_address, NP_TYPE_TEXT, "PCI function"),
	HBA(vports_max, NP_TYPE_INT, "virtual ports that the driver allows"),
	HBA(vports_in_use, NP_TYPE_INT, "virtual ports that exist"),
	HBA(npiv, NP_TYPE_BOOL, "virtual ports can be made here"),
	HBA(observe_only, NP_TYPE_BOOL, "its ports are made outside this system"),
	{ 0 },
};

bool fc_vport_is_up(const struct fc_vport *vport)
{
	return strcmp(vport->state, "Active") == 0 && strcmp(vport->port_state, "Online") == 0 &&
	       vport->port_id[0] != '\0';
}

static json_t *list_to_json(
	const struct np_field *rows, const void *items, size_t item_size, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		(void)json_array_append_new(
			list, np_json_from_struct(rows, (const char *)items + i * item_size));
	return list;
}

/* Appends to *@items, which the caller owns also on failure, so that its done function frees it. */
static int list_from_json(const json_t *list, const struct np_field *rows, size_t item_size,
	size_t max, void **items, size_t *n, struct np_err *err)
{
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		return np_fail(err, NP_PEER, "a list of ports or LUNs is not a list");
	if (count > max)
		return np_fail(err, NP_TOOBIG, "a list of ports or LUNs has %zu entries, over %zu",
			count, max);
	if (count == 0)
		return 0;
	*items = calloc(count, item_size);
	if (!*items)
		return np_fail_nomem(err);
	for (; *n < count; (*n)++) {
		const json_t *item = json_array_get(list, *n);
		int rc = np_json_to_struct(item, rows, (char *)*items + *n * item_size, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int rports_from_json(
	const json_t *json, struct fc_rport **rports, size_t *n, struct np_err *err)
{
	void *items = NULL;
	int rc = list_from_json(json_object_get(json, "rports"), fc_rport_fields,
		sizeof(struct fc_rport), FC_RPORTS_MAX, &items, n, err);

	*rports = items;
	return rc;
}

static int luns_from_json(const json_t *json, struct fc_lun **luns, size_t *n, struct np_err *err)
{
	void *items = NULL;
	int rc = list_from_json(json_object_get(json, "luns"), fc_lun_fields, sizeof(struct fc_lun),
		FC_LUNS_MAX, &items, n, err);

	*luns = items;
	return rc;
}

json_t *fc_vport_to_json(const struct fc_vport *vport)
{
	json_t *json = np_json_from_struct(fc_vport_fields, vport);

	if (!json)
		return NULL;
	(void)json_object_set_new(json, "rports",
		list_to_json(
			fc_rport_fields, vport->rports, sizeof *vport->rports, vport->n_rports));
	(void)json_object_set_new(json, "luns",
		list_to_json(fc_lun_fields, vport->luns, sizeof *vport->luns, vport->n_luns));
	return json;
}

int fc_vport_from_json(struct fc_vport *ret_vport, const json_t *json, struct np_err *err)
{
	struct fc_vport vport = { 0 };
	int rc = np_json_to_struct(json, fc_vport_fields, &vport, err);

	if (rc == 0)
		rc = rports_from_json(json, &vport.rports, &vport.n_rports, err);
	if (rc == 0)
		rc = luns_from_json(json, &vport.luns, &vport.n_luns, err);
	if (rc < 0) {
		fc_vport_done(&vport);
		return rc;
	}
	*ret_vport = vport;
	return 0;
}

json_t *fc_hba_to_json(const struct fc_hba *hba)
{
	json_t *json = np_json_from_struct(fc_hba_fields, hba);
	json_t *vports = json_array();

	for (size_t i = 0; vports && i < hba->n_vports; i++)
		(void)json_array_append_new(vports, fc_vport_to_json(&hba->vports[i]));
	(void)json_object_set_new(json, "rports",
		list_to_json(fc_rport_fields, hba->rports, sizeof *hba->rports, hba->n_rports));
	(void)json_object_set_new(json, "vports", vports);
	return json;
}

static int vports_from_json(const json_t *list, struct fc_hba *hba, struct np_err *err)
{
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		return np_fail(err, NP_PEER, "member 'vports' is not a list");
	if (count > FC_VPORTS_MAX)
		return np_fail(err, NP_TOOBIG, "%zu vports, over %d", count, FC_VPORTS_MAX);
	if (count == 0)
		return 0;
	hba->vports = calloc(count, sizeof *hba->vports);
	if (!hba->vports)
		return np_fail_nomem(err);
	for (; hba->n_vports < count; hba->n_vports++) {
		int rc = fc_vport_from_json(
			&hba->vports[hba->n_vports], json_array_get(list, hba->n_vports), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int fc_hba_from_json(struct fc_hba *ret_hba, const json_t *json, struct np_err *err)
{
	struct fc_hba hba = { 0 };
	int rc = np_json_to_struct(json, fc_hba_fields, &hba, err);

	if (rc == 0)
		rc = rports_from_json(json, &hba.rports, &hba.n_rports, err);
	if (rc == 0)
		rc = vports_from_json(json_object_get(json, "vports"), &hba, err);
	if (rc < 0) {
		fc_hba_done(&hba);
		return rc;
	}
	*ret_hba = hba;
	return 0;
}

void fc_vport_done(struct fc_vport *vport)
{
	free(vport->rports);
	free(vport->luns);
	*vport = (struct fc_vport){ 0 };
}

void fc_vports_free(struct fc_vport *vports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fc_vport_done(&vports[i]);
	free(vports);
}

void fc_hba_done(struct fc_hba *hba)
{
	free(hba->rports);
	fc_vports_free(hba->vports, hba->n_vports);
	*hba = (struct fc_hba){ 0 };
}
