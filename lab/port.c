/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lab/model.h"

#define LOGIN_RETRY_MS 1000 /* a driver that does not give up asks the fabric again */

bool sim_port_is_online(const struct sim_port *port)
{
	return port->port_id != 0;
}

void sim_port_set_state(struct sim_port *port, enum sim_state state)
{
	/* As fc_vport_set_state(): the passing states are not remembered as what came before. */
	if (state != SIM_UNKNOWN && state != SIM_INITIALIZING)
		port->last_state = port->state;
	port->state = state;
}

/* A multiplicative xorshift: jitter needs no better, and a seed makes a run repeatable. */
static int64_t jitter(struct sim *sim)
{
	sim->random ^= sim->random << 13;
	sim->random ^= sim->random >> 7;
	sim->random ^= sim->random << 17;
	return sim->delays.jitter ? (int64_t)(sim->random % (uint64_t)(sim->delays.jitter + 1)) : 0;
}

void sim_port_login_later(struct sim *sim, struct sim_port *port)
{
	sim_port_set_state(port, port->is_virtual && port->hba->driver->early_active
					 ? SIM_ACTIVE
					 : SIM_INITIALIZING);
	port->login_at = sim->now + sim->delays.login + jitter(sim);
	sim_due(sim, port->login_at);
}

static unsigned char *id_mark(const struct sim_port *port)
{
	return &port->hba->fabric->port_id_used[port->port_id & 0xffff];
}

static void logout(struct sim_port *port)
{
	if (port->port_id)
		*id_mark(port) = 0;
	port->port_id = 0;
	port->login_at = port->rports_at = port->luns_at = SIM_NEVER;
}

/* The port leaves the fabric: link down, disabled. Its remote ports are Blocked until dev_loss_tmo. */
void sim_port_down(struct sim *sim, struct sim_port *port, enum sim_state state)
{
	logout(port);
	sim_port_set_state(port, state);
	sim_rports_block(sim, port);
}

static bool take_port_id(struct sim_port *port)
{
	struct sim_fabric *fabric = port->hba->fabric;
	size_t from = ((size_t)port->hba->index + 1) << 8;
	int id = sim_number_take(fabric->port_id_used, from, SIM_NUMBERS_MAX);

	if (id < 0)
		return false;
	port->port_id = (fabric->index + 1) << 16 | (uint32_t)id;
	return true;
}

static void start_vports(struct sim *sim, struct sim_hba *hba)
{
	hba->logged_in_once = true;
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->hba == hba && port->is_virtual && !port->disabled)
			sim_port_login_later(sim, port);
	}
}

/* What the fabric answers to a vport: SIM_ACTIVE to go on. */
static enum sim_state fdisc(const struct sim *sim, const struct sim_port *port)
{
	const struct sim_fabric *fabric = port->hba->fabric;

	if (port->stuck)
		return SIM_INITIALIZING;
	if (!fabric->npiv)
		return SIM_NO_SUPPORT;
	return sim_fabric_has(sim, fabric, port->wwpn, port) ? SIM_REJECTED : SIM_ACTIVE;
}

static void login(struct sim *sim, struct sim_port *port)
{
	struct sim_hba *hba = port->hba;
	enum sim_state answer = port->is_virtual ? fdisc(sim, port) : SIM_ACTIVE;

	port->login_at = SIM_NEVER;
	if (port->is_virtual && !sim_port_is_online(hba->port))
		return; /* the physical port's own login starts it again */
	if (port->bad != SIM_UNKNOWN) {
		sim_port_set_state(port, port->bad);
		return;
	}
	if (answer == SIM_REJECTED && !hba->driver->gives_up) {
		port->login_at = sim->now + LOGIN_RETRY_MS;
		return;
	}
	if (answer == SIM_ACTIVE && !take_port_id(port))
		answer = SIM_NO_RESOURCES;
	if (answer != port->state)
		sim_port_set_state(port, answer);
	if (answer != SIM_ACTIVE)
		return;
	port->rports_at = sim->now + sim->delays.rport;
	if (!port->is_virtual)
		start_vports(sim, hba);
}

int64_t sim_port_next(const struct sim_port *port)
{
	const int64_t times[] = { port->login_at, port->rports_at, port->luns_at, port->delete_at };
	int64_t next = sim_rports_next(port);

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i] < next)
			next = times[i];
	}
	return next;
}

/* Plays the one thing that is due for this port at sim->now; the port may be gone afterwards. */
void sim_port_step(struct sim *sim, struct sim_port *port)
{
	static const struct sim_scan everything = { -1, -1, -1 };

	if (port->delete_at <= sim->now) {
		sim_port_remove(sim, port);
	} else if (port->login_at <= sim->now) {
		login(sim, port);
	} else if (port->rports_at <= sim->now) {
		port->rports_at = SIM_NEVER;
		sim_rports_discover(sim, port);
	} else if (port->luns_at <= sim->now) {
		port->luns_at = SIM_NEVER;
		sim_port_scan(sim, port, &everything);
	} else {
		sim_rports_expire(sim, port);
	}
}

static void name_port(struct sim_port *port)
{
	(void)snprintf(port->host.name, sizeof(port->host.name), "host%u", port->host_no);
	port->host.owner = port;
	if (!port->is_virtual)
		return;
	(void)snprintf(port->vport.name, sizeof(port->vport.name), "vport-%u:0-%u",
		port->hba->port->host_no, port->number);
	port->vport.owner = port;
}

static void attach(struct sim *sim, struct sim_port *port)
{
	struct sim_hba *hba = port->hba;

	if (port->is_virtual) {
		sim_object_add(sim, &port->vport, SIM_VPORT, &hba->port->host);
		sim_object_add(sim, &port->host, SIM_HOST, &port->vport);
		hba->in_use++;
	} else {
		sim_object_add(sim, &port->host, SIM_HOST, &hba->slot);
		hba->port = port;
	}
	np_list_append(&sim->ports, &port->in_sim);
	if (hba->link_up && (!port->is_virtual || sim_port_is_online(hba->port)))
		sim_port_login_later(sim, port);
	else
		sim_port_set_state(port, hba->link_up ? SIM_INITIALIZING : hba->driver->when_down);
}

int sim_port_new(struct sim *sim, struct sim_hba *hba, const struct sim_vport_spec *spec,
	const unsigned *number)
{
	struct sim_port *port = calloc(1, sizeof(*port));
	int host_no = port ? sim_number_take(sim->host_used, 0, SIM_NUMBERS_MAX) : -1;

	if (host_no < 0) {
		free(port);
		return -ENOMEM;
	}
	port->hba = hba;
	port->is_virtual = number != NULL;
	port->foreign = spec->foreign;
	port->stuck = spec->stuck;
	port->bad = spec->bad;
	port->number = number ? *number : 0;
	port->host_no = (unsigned)host_no;
	port->wwpn = spec->wwpn;
	port->wwnn = spec->wwnn;
	port->dev_loss_s = (unsigned)(sim->delays.dev_loss / 1000);
	port->login_at = port->rports_at = port->luns_at = port->delete_at = SIM_NEVER;
	np_list_init(&port->rports);
	name_port(port);
	attach(sim, port);
	return 0;
}

void sim_port_remove(struct sim *sim, struct sim_port *port)
{
	sim_rports_free(sim, port);
	logout(port);
	sim_object_remove(sim, &port->host, &sim->host_used[port->host_no]);
	if (port->is_virtual) {
		sim_object_remove(sim, &port->vport, NULL);
		port->hba->in_use--;
	} else {
		port->hba->port = NULL;
	}
	np_list_remove(&port->in_sim);
	free(port);
}
