/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "lab/model.h"

#define NAMES_LEN 33	   /* "WWPN:WWNN" */
#define DELETE_LATER_MS 20 /* the work queue behind fc_vports/.../vport_delete */

static bool parse_wwn(const char *text, uint64_t *ret_wwn)
{
	char digits[17] = { 0 };

	for (size_t i = 0; i < 16; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		digits[i] = text[i];
	}
	*ret_wwn = strtoull(digits, NULL, 16);
	return true;
}

bool sim_vport_parse(const char *text, size_t len, uint64_t *ret_wwpn, uint64_t *ret_wwnn)
{
	uint64_t wwpn, wwnn;

	if (len == NAMES_LEN + 1 && text[NAMES_LEN] == '\n')
		len--;
	if (len != NAMES_LEN || text[16] != ':' || !parse_wwn(text, &wwpn) ||
		!parse_wwn(text + 17, &wwnn))
		return false;
	*ret_wwpn = wwpn;
	*ret_wwnn = wwnn;
	return true;
}

struct sim_port *sim_vport_find(const struct sim *sim, const struct sim_hba *hba, uint64_t wwpn)
{
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba == hba && port->is_virtual && port->wwpn == wwpn)
			return port;
	}
	return NULL;
}

static bool naa1_is_bad(uint64_t wwn)
{
	return wwn >> 60 == 1 && (wwn >> 48 & 0xfff) != 0;
}

/* The driver's own checks, after the transport class took a vport number. */
static int driver_refuses(
	const struct sim *sim, const struct sim_hba *hba, const struct sim_vport_spec *spec)
{
	const struct sim_driver *driver = hba->driver;

	if (driver->no_npiv && (!hba->fabric->npiv || !hba->logged_in_once))
		return driver->no_npiv;
	if (driver->link_down && !hba->link_up)
		return driver->link_down;
	if (driver->checks_naa && (naa1_is_bad(spec->wwpn) || naa1_is_bad(spec->wwnn)))
		return ENOENT;
	if (spec->wwpn == hba->wwpn || sim_vport_find(sim, hba, spec->wwpn))
		return driver->duplicate;
	return 0;
}

int sim_vport_create(struct sim *sim, struct sim_hba *hba, const struct sim_vport_spec *spec)
{
	if (!hba->port)
		return -ENODEV;
	if (!hba->driver->creates)
		return -ENOENT;
	if (hba->in_use >= hba->limit)
		return -ENOSPC;
	unsigned number = hba->next_vport++; /* a refused creation uses it up */
	int refused = driver_refuses(sim, hba, spec);
	if (refused)
		return -refused;
	return sim_port_new(sim, hba, spec, &number);
}

int sim_vport_delete(struct sim *sim, struct sim_hba *hba, uint64_t wwpn, uint64_t wwnn)
{
	struct sim_port *port = sim_vport_find(sim, hba, wwpn);

	if (!port || port->wwnn != wwnn || port->delete_at != SIM_NEVER)
		return -ENODEV;
	sim_port_remove(sim, port);
	return 0;
}

int sim_vport_delete_later(struct sim *sim, struct sim_port *port)
{
	if (port->delete_at != SIM_NEVER)
		return -EBUSY;
	port->delete_at = sim->now + DELETE_LATER_MS;
	sim_due(sim, port->delete_at);
	return 0;
}

int sim_vport_disable(struct sim *sim, struct sim_port *port, bool disable)
{
	if (port->delete_at != SIM_NEVER)
		return -EBUSY;
	if (port->disabled == disable)
		return -EALREADY;
	port->disabled = disable;
	if (disable)
		sim_port_down(sim, port, SIM_DISABLED);
	else if (port->hba->link_up)
		sim_port_login_later(sim, port);
	else
		sim_port_set_state(port, port->hba->driver->when_down);
	return 0;
}
