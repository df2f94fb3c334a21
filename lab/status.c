/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "base/wwn.h"
#include "lab/command.h"

#define set(json, key, value) (void)json_object_set_new(json, key, value)

static json_t *lun_line(const struct sim_sdev *sdev)
{
	json_t *json = json_object();

	np_json_set_text(json, "hctl", sdev->object.name);
	np_json_set_text(json, "dev", sdev->disk.name);
	np_json_set_text(json, "wwid", sdev->lun->wwid);
	set(json, "lun", json_integer(sdev->number));
	set(json, "offline", json_boolean(sdev->offline));
	return json;
}

static json_t *rport_line(const struct sim_rport *rport)
{
	static const char *const states[] = { "Online", "Blocked", "Not Present", "Marginal" };
	json_t *json = json_object(), *luns = json_array();

	np_json_set_text(json, "kernel_name", rport->object.name);
	np_json_set_wwn(json, "wwpn", sim_rport_wwpn(rport));
	np_json_set_text(json, "state", states[rport->state]);
	set(json, "scsi_target_id", json_integer(rport->scsi_id));
	np_list_foreach (sdev, &rport->sdevs, struct sim_sdev, in_rport)
		(void)json_array_append_new(luns, lun_line(sdev));
	set(json, "luns", luns);
	return json;
}

static void add_port(json_t *json, const struct sim_port *port)
{
	json_t *rports = json_array();

	np_json_set_text(json, "kernel_host", port->host.name);
	np_json_set_text(json, "state", sim_state_name(port->state));
	set(json, "online", json_boolean(sim_port_is_online(port)));
	set(json, "port_id", json_sprintf("%06x", port->port_id));
	np_list_foreach (rport, &port->rports, struct sim_rport, in_port)
		(void)json_array_append_new(rports, rport_line(rport));
	set(json, "rports", rports);
}

static json_t *vport_line(const struct sim_port *port)
{
	json_t *json = json_object();

	np_json_set_text(json, "kernel_name", port->vport.name);
	np_json_set_wwn(json, "wwpn", port->wwpn);
	np_json_set_wwn(json, "wwnn", port->wwnn);
	set(json, "foreign", json_boolean(port->foreign));
	add_port(json, port);
	return json;
}

static json_t *counters_line(const struct sim *sim, const struct sim_hba *hba)
{
	const struct sim_counters *counters = &hba->counters;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i}", "creates",
		(json_int_t)counters->creates, "created", (json_int_t)counters->created, "deletes",
		(json_int_t)counters->deletes, "deleted", (json_int_t)counters->deleted, "reads",
		(json_int_t)counters->reads, "writes", (json_int_t)counters->writes, "creators",
		(int)counters->creators, "creators_max", (int)counters->creators_max, "deleters",
		(int)counters->deleters, "held", (int)sim_calls_held(sim, hba));
}

static json_t *faults_line(const struct sim_hba *hba)
{
	json_t *json = json_array();
	char text[256];

	np_list_foreach (fault, &hba->faults, struct sim_fault, in_hba) {
		sim_fault_print(fault, text, sizeof(text));
		(void)json_array_append_new(json, json_string(text));
	}
	return json;
}

static json_t *hba_line(const struct sim *sim, const struct sim_hba *hba)
{
	json_t *json = json_object(), *vports = json_array();

	np_json_set_text(json, "name", hba->name);
	np_json_set_wwn(json, "wwpn", hba->wwpn);
	np_json_set_wwn(json, "wwnn", hba->wwnn);
	np_json_set_text(json, "driver", hba->driver->name);
	np_json_set_text(json, "fabric", hba->fabric->name);
	np_json_set_text(json, "pci_address", hba->pci);
	set(json, "present", json_boolean(hba->port != NULL));
	set(json, "link_up", json_boolean(hba->link_up));
	set(json, "vports_max", json_integer(hba->limit));
	set(json, "vports_in_use", json_integer(hba->in_use));
	set(json, "counters", counters_line(sim, hba));
	set(json, "faults", faults_line(hba));
	if (hba->port)
		add_port(json, hba->port);
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba == hba && port->is_virtual)
			(void)json_array_append_new(vports, vport_line(port));
	}
	set(json, "vports", vports);
	return json;
}

static json_t *fabric_line(const struct sim_fabric *fabric)
{
	json_t *json = json_object(), *targets = json_array(), *zones = json_array();
	char a[NP_WWN_TEXT], b[NP_WWN_TEXT];

	np_json_set_text(json, "name", fabric->name);
	np_json_set_wwn(json, "wwn", fabric->wwn);
	set(json, "npiv", json_boolean(fabric->npiv));
	set(json, "enforce", json_boolean(fabric->enforce));
	for (unsigned i = 0; i < fabric->n_targets; i++) {
		const struct sim_target *target = &fabric->targets[i];
		(void)json_array_append_new(
			targets, json_pack("{s:s, s:s, s:b}", "wwpn", np_wwn_text(target->wwpn, a),
					 "wwnn", np_wwn_text(target->wwnn, b), "up", target->up));
	}
	for (size_t i = 0; i < fabric->n_zones; i++)
		(void)json_array_append_new(
			zones, json_pack("[s, s]", np_wwn_text(fabric->zones[i].a, a),
				       np_wwn_text(fabric->zones[i].b, b)));
	set(json, "targets", targets);
	set(json, "zones", zones);
	return json;
}

static json_t *luns_of(const struct sim *sim)
{
	json_t *json = json_array();

	np_list_foreach (lun, &sim->luns, struct sim_lun, in_list) {
		json_t *line = json_object(), *fabrics = json_array();
		for (unsigned i = 0; i < sim->n_fabrics; i++) {
			if (lun->fabrics & 1u << i)
				(void)json_array_append_new(
					fabrics, json_string(sim->fabrics[i]->name));
		}
		np_json_set_text(line, "wwid", lun->wwid);
		set(line, "size_bytes", json_integer((json_int_t)lun->size));
		set(line, "hidden", json_boolean(lun->hidden));
		set(line, "fabrics", fabrics);
		(void)json_array_append_new(json, line);
	}
	return json;
}

static json_t *masks_of(const struct sim *sim)
{
	json_t *json = json_array();
	char text[NP_WWN_TEXT];

	for (size_t i = 0; i < sim->n_masks; i++) {
		const struct sim_mask *mask = &sim->masks[i];
		(void)json_array_append_new(json,
			json_pack("{s:s, s:s, s:i, s:b}", "wwpn",
				mask->wwpn ? np_wwn_text(mask->wwpn, text) : "any", "wwid",
				mask->lun->wwid, "lun", (int)mask->number, "extra", mask->extra));
	}
	return json;
}

json_t *sim_status(const struct sim *sim)
{
	json_t *json = json_object(), *hbas = json_array(), *fabrics = json_array();
	const struct sim_delays *delays = &sim->delays;

	for (unsigned i = 0; i < sim->n_hbas; i++)
		(void)json_array_append_new(hbas, hba_line(sim, sim->hbas[i]));
	for (unsigned i = 0; i < sim->n_fabrics; i++)
		(void)json_array_append_new(fabrics, fabric_line(sim->fabrics[i]));
	set(json, "hbas", hbas);
	set(json, "fabrics", fabrics);
	set(json, "luns", luns_of(sim));
	set(json, "masks", masks_of(sim));
	set(json, "default_mask", json_boolean(sim->default_mask));
	set(json, "delays_ms",
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "login", (json_int_t)delays->login,
			"jitter", (json_int_t)delays->jitter, "rport", (json_int_t)delays->rport,
			"lun", (json_int_t)delays->lun, "create", (json_int_t)delays->create,
			"delete", (json_int_t)delays->remove, "devloss",
			(json_int_t)delays->dev_loss));
	return json;
}
