/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name server of a fabric, as the switches show it. */
#include "base/json.h"
#include "base/wwn.h"
#include "lab/switch.h"

#define OTHER_DOMAIN 0x21 /* of the switch that other machines are on, for fabric 0 */
#define FIRST_OTHER_ID 0x0100

static json_t *login_new(uint64_t wwpn, uint64_t wwnn, uint32_t port_id, const char *role)
{
	json_t *login = json_object();

	np_json_set_wwn(login, "wwpn", wwpn);
	np_json_set_wwn(login, "wwnn", wwnn);
	(void)json_object_set_new(login, "port_id", json_sprintf("0x%06x", port_id));
	np_json_set_text(login, "role", role);
	return login;
}

static json_t *login_of_port(const struct sim_port *port)
{
	json_t *login = login_new(port->wwpn, port->wwnn, port->port_id, "initiator");

	np_json_set_text(login, "symbolic_name", port->symbolic);
	if (port->is_virtual)
		np_json_set_wwn(login, "physical_wwpn", port->hba->wwpn);
	return login;
}

json_t *sim_logins(const struct sim *sim, const struct sim_fabric *fabric)
{
	json_t *logins = json_array();

	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba->fabric == fabric && sim_port_is_online(port))
			(void)json_array_append_new(logins, login_of_port(port));
	}
	for (unsigned i = 0; i < fabric->n_targets; i++) {
		const struct sim_target *target = &fabric->targets[i];
		if (target->up)
			(void)json_array_append_new(logins,
				login_new(target->wwpn, target->wwnn, target->port_id, "target"));
	}
	for (size_t i = 0; i < fabric->n_occupied; i++) {
		uint64_t wwpn = fabric->occupied[i];
		uint32_t id = (OTHER_DOMAIN + fabric->index) << 16 | (FIRST_OTHER_ID + (uint32_t)i);
		(void)json_array_append_new(logins, login_new(wwpn, wwpn, id, "initiator"));
	}
	return logins;
}
