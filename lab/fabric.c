/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/model.h"

#define FIRST_TARGET_ID 0xc000 /* a target's port_id inside its domain; HBAs are far below */

int sim_fabric_add(struct sim *sim, const char *name, uint64_t wwn, struct np_err *err)
{
	struct sim_fabric *fabric;

	if (sim->n_fabrics == SIM_FABRICS_MAX)
		return np_fail(err, NP_CAPACITY, "fabric '%.40s': there are %d fabrics already",
			name, SIM_FABRICS_MAX);
	if (!np_name_is_valid(name) || strlen(name) >= sizeof(fabric->name) ||
		strcasecmp(name, "all") == 0)
		return np_fail(err, NP_INVAL, "'%.40s' is no name for a fabric", name);
	if (sim_fabric_find(sim, name, &fabric, NULL) == 0)
		return np_fail(err, NP_EXISTS, "fabric '%s' exists already", name);
	fabric = calloc(1, sizeof(*fabric));
	if (!fabric)
		return np_fail_nomem(err);
	int rc = sim_zonedb_init(&fabric->zoning, err);
	if (rc < 0) {
		sim_zonedb_done(&fabric->zoning);
		free(fabric);
		return rc;
	}
	(void)snprintf(fabric->name, sizeof(fabric->name), "%s", name);
	fabric->index = sim->n_fabrics;
	fabric->wwn = wwn ? wwn : 0x100000fab0000001ull + fabric->index;
	fabric->npiv = true;
	sim->fabrics[sim->n_fabrics++] = fabric;
	return 0;
}

int sim_fabric_find(
	const struct sim *sim, const char *name, struct sim_fabric **ret_fabric, struct np_err *err)
{
	for (unsigned i = 0; i < sim->n_fabrics; i++) {
		if (strcasecmp(sim->fabrics[i]->name, name) == 0) {
			*ret_fabric = sim->fabrics[i];
			return 0;
		}
	}
	return np_fail(err, NP_NOTFOUND, "there is no fabric '%.40s'", name);
}

int sim_target_add(struct sim *sim, struct sim_fabric *fabric, uint64_t wwpn, uint64_t wwnn,
	struct np_err *err)
{
	unsigned n = fabric->n_targets;
	uint32_t id = FIRST_TARGET_ID + (n << 8);

	if (n == SIM_TARGETS_MAX)
		return np_fail(err, NP_CAPACITY, "fabric %s has %d targets already", fabric->name,
			SIM_TARGETS_MAX);
	if (sim_fabric_has(sim, fabric, wwpn, NULL))
		return np_fail(err, NP_EXISTS, "WWPN %016llx is logged in on fabric %s",
			(unsigned long long)wwpn, fabric->name);
	fabric->targets[n] = (struct sim_target){
		.wwpn = wwpn, .wwnn = wwnn, .port_id = (fabric->index + 1) << 16 | id, .up = true
	};
	fabric->port_id_used[id] = 1;
	fabric->n_targets++;
	sim_fabric_notify(sim, fabric);
	return 0;
}

void sim_fabric_notify(struct sim *sim, const struct sim_fabric *fabric)
{
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		/* A port that has not asked the name server yet sees the new state when it does. */
		if (port->hba->fabric == fabric && sim_port_is_online(port) &&
			port->rports_at == SIM_NEVER)
			sim_rports_discover(sim, port);
	}
}

static size_t zone_index(const struct sim_fabric *fabric, uint64_t a, uint64_t b)
{
	size_t i;

	for (i = 0; i < fabric->n_zones; i++) {
		const struct sim_pair *pair = &fabric->zones[i];
		if ((pair->a == a && pair->b == b) || (pair->a == b && pair->b == a))
			break;
	}
	return i;
}

int sim_zone_add(
	struct sim *sim, struct sim_fabric *fabric, uint64_t a, uint64_t b, struct np_err *err)
{
	if (zone_index(fabric, a, b) < fabric->n_zones)
		return 0;
	if (fabric->n_zones == SIM_ZONES_MAX)
		return np_fail(err, NP_CAPACITY, "fabric %s has %d zones already", fabric->name,
			SIM_ZONES_MAX);
	struct sim_pair *grown = reallocarray(fabric->zones, fabric->n_zones + 1, sizeof(*grown));
	if (!grown)
		return np_fail_nomem(err);
	fabric->zones = grown;
	fabric->zones[fabric->n_zones++] = (struct sim_pair){ a, b };
	sim_fabric_notify(sim, fabric);
	return 0;
}

int sim_zone_del(
	struct sim *sim, struct sim_fabric *fabric, uint64_t a, uint64_t b, struct np_err *err)
{
	size_t i = zone_index(fabric, a, b);

	if (i == fabric->n_zones)
		return np_fail(err, NP_NOTFOUND, "fabric %s has no zone of %016llx and %016llx",
			fabric->name, (unsigned long long)a, (unsigned long long)b);
	fabric->zones[i] = fabric->zones[--fabric->n_zones];
	sim_fabric_notify(sim, fabric);
	return 0;
}

bool sim_zone_allows(const struct sim_fabric *fabric, uint64_t a, uint64_t b)
{
	return !fabric->enforce || sim_zonedb_allows(&fabric->zoning, a, b) ||
	       zone_index(fabric, a, b) < fabric->n_zones;
}

static size_t occupied_index(const struct sim_fabric *fabric, uint64_t wwpn)
{
	size_t i = 0;

	while (i < fabric->n_occupied && fabric->occupied[i] != wwpn)
		i++;
	return i;
}

int sim_fabric_occupy(struct sim_fabric *fabric, uint64_t wwpn, bool occupy, struct np_err *err)
{
	size_t i = occupied_index(fabric, wwpn);

	if (!occupy && i == fabric->n_occupied)
		return np_fail(err, NP_NOTFOUND, "%016llx was not put on fabric %s",
			(unsigned long long)wwpn, fabric->name);
	if (occupy && i == SIM_OCCUPIED_MAX)
		return np_fail(err, NP_CAPACITY, "fabric %s: %d WWPNs are occupied already",
			fabric->name, SIM_OCCUPIED_MAX);
	if (!occupy)
		fabric->occupied[i] = fabric->occupied[--fabric->n_occupied];
	else if (i == fabric->n_occupied)
		fabric->occupied[fabric->n_occupied++] = wwpn;
	return 0;
}

bool sim_fabric_has(const struct sim *sim, const struct sim_fabric *fabric, uint64_t wwpn,
	const struct sim_port *self)
{
	if (occupied_index(fabric, wwpn) < fabric->n_occupied)
		return true;
	for (unsigned i = 0; i < fabric->n_targets; i++) {
		if (fabric->targets[i].wwpn == wwpn)
			return true;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it does not know that a list is a ring */
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port != self && port->hba->fabric == fabric && port->wwpn == wwpn &&
			sim_port_is_online(port))
			return true;
	}
	return false;
}
