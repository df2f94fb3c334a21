/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/fault.h"
#include "lab/model.h"

#define PORTS_PER_CARD 2

/* PCI buses of the cards, as in a common two-socket server; later cards go on from the last. */
static const unsigned char buses[] = { 0x3b, 0x5e, 0x86, 0xaf };

static void default_pci(struct sim_hba *hba)
{
	unsigned card = hba->index / PORTS_PER_CARD, last = sizeof(buses) - 1;
	unsigned bus = card <= last ? buses[card] : buses[last] + (card - last);

	(void)snprintf(hba->pci, sizeof(hba->pci), "0000:%02x:00.%u", bus & 0xff,
		hba->index % PORTS_PER_CARD);
}

static int hba_fill(
	struct sim *sim, struct sim_hba *hba, const struct sim_hba_spec *spec, struct np_err *err)
{
	char names[128];

	hba->driver = sim_driver_find(spec->driver ? spec->driver : "lpfc");
	if (!hba->driver)
		return np_fail(err, NP_INVAL, "there is no driver '%.40s': choose from %s",
			spec->driver, sim_driver_names(names, sizeof(names)));
	if (spec->name &&
		(!np_name_is_valid(spec->name) || strlen(spec->name) >= sizeof(hba->name)))
		return np_fail(err, NP_INVAL, "'%.40s' is no name for an HBA", spec->name);
	(void)snprintf(hba->name, sizeof(hba->name), "h%u", hba->index);
	if (spec->name)
		(void)snprintf(hba->name, sizeof(hba->name), "%s", spec->name);
	default_pci(hba);
	if (spec->pci)
		(void)snprintf(hba->pci, sizeof(hba->pci), "%s", spec->pci);
	hba->wwpn = spec->wwpn ? spec->wwpn : 0x100000109b000000ull + (hba->index + 1) * 0x10;
	hba->wwnn = spec->wwnn ? spec->wwnn : 0x200000109b000000ull + (hba->index + 1) * 0x10;
	hba->limit = spec->limit ? spec->limit : hba->driver->vports_max;
	hba->fabric = sim->n_fabrics ? sim->fabrics[hba->index % sim->n_fabrics] : NULL;
	return spec->fabric ? sim_fabric_find(sim, spec->fabric, &hba->fabric, err) : 0;
}

static int hba_check_new(const struct sim *sim, const struct sim_hba *hba, struct np_err *err)
{
	if (!hba->fabric)
		return np_fail(err, NP_INVAL, "HBA %s: there is no fabric", hba->name);
	for (unsigned i = 0; i < sim->n_hbas; i++) {
		const struct sim_hba *other = sim->hbas[i];
		if (strcasecmp(other->name, hba->name) == 0 || other->wwpn == hba->wwpn ||
			strcmp(other->pci, hba->pci) == 0)
			return np_fail(err, NP_EXISTS,
				"HBA %s: its name, WWPN or PCI address is that of %s", hba->name,
				other->name);
	}
	return 0;
}

int sim_hba_add(struct sim *sim, const struct sim_hba_spec *spec, struct np_err *err)
{
	if (sim->n_hbas == SIM_HBAS_MAX)
		return np_fail(err, NP_CAPACITY, "there are %d HBAs already", SIM_HBAS_MAX);
	struct sim_hba *hba = calloc(1, sizeof(*hba));
	if (!hba)
		return np_fail_nomem(err);
	np_list_init(&hba->faults);
	hba->index = sim->n_hbas;
	hba->link_back_at = SIM_NEVER;
	int rc = hba_fill(sim, hba, spec, err);
	if (rc == 0)
		rc = hba_check_new(sim, hba, err);
	if (rc < 0) {
		free(hba);
		return rc;
	}
	(void)snprintf(hba->slot.name, sizeof(hba->slot.name), "%s", hba->pci);
	hba->slot.owner = hba;
	sim_object_add(sim, &hba->slot, SIM_SLOT, &sim->root);
	sim->hbas[sim->n_hbas++] = hba;
	return sim_hba_return(sim, hba, err);
}

struct sim_hba *sim_hba_free(struct sim_hba *hba)
{
	sim_faults_clear(hba);
	free(hba);
	return NULL;
}

int sim_hba_find(
	const struct sim *sim, const char *name, struct sim_hba **ret_hba, struct np_err *err)
{
	uint64_t wwpn = 0;
	bool is_wwpn = np_wwn_parse(name, &wwpn, NULL) == 0;

	for (unsigned i = 0; i < sim->n_hbas; i++) {
		if ((is_wwpn && sim->hbas[i]->wwpn == wwpn) ||
			strcasecmp(sim->hbas[i]->name, name) == 0) {
			*ret_hba = sim->hbas[i];
			return 0;
		}
	}
	return np_fail(err, NP_NOTFOUND, "there is no HBA '%.40s'", name);
}

/* The host and all its vports go, as at a driver unload or a PCI removal; held calls end with ENODEV. */
int sim_hba_remove(struct sim *sim, struct sim_hba *hba, struct np_err *err)
{
	if (!hba->port)
		return np_fail(err, NP_CONFLICT, "HBA %s is removed already", hba->name);
	np_list_foreach_safe (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba == hba && port->is_virtual)
			sim_port_remove(sim, port);
	}
	sim_port_remove(sim, hba->port);
	hba->link_back_at = SIM_NEVER;
	sim_calls_abandon(sim, hba);
	return 0;
}

/* The host comes back, with the lowest free number and without vports; it logs in after the login delay. */
int sim_hba_return(struct sim *sim, struct sim_hba *hba, struct np_err *err)
{
	if (hba->port)
		return np_fail(err, NP_CONFLICT, "HBA %s is there already", hba->name);
	hba->next_vport = 0;
	hba->logged_in_once = false;
	hba->link_up = true;
	int rc = sim_port_new(
		sim, hba, &(struct sim_vport_spec){ .wwpn = hba->wwpn, .wwnn = hba->wwnn }, NULL);
	if (rc < 0)
		return np_fail_sys(err, -rc, "HBA %s", hba->name);
	return 0;
}

void sim_hba_link(struct sim *sim, struct sim_hba *hba, bool up)
{
	hba->link_back_at = SIM_NEVER;
	if (hba->link_up == up)
		return;
	hba->link_up = up;
	if (!hba->port)
		return;
	if (up) {
		sim_port_login_later(sim, hba->port);
		return;
	}
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba == hba && !port->disabled)
			sim_port_down(sim, port,
				port->is_virtual ? hba->driver->when_down : SIM_LINKDOWN);
	}
}
