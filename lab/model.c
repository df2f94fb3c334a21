/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/model.h"

#include "lab/switch.h"

static int sim_init(struct sim *sim, int64_t now, uint64_t seed)
{
	sim->hash = calloc(SIM_HASH_SIZE, sizeof(*sim->hash));
	if (!sim->hash)
		return -1;
	for (size_t i = 0; i < SIM_HASH_SIZE; i++)
		np_list_init(&sim->hash[i]);
	for (size_t i = 0; i < SIM_KINDS; i++)
		np_list_init(&sim->kinds[i]);
	np_list_init(&sim->ports);
	np_list_init(&sim->gone);
	np_list_init(&sim->calls);
	np_list_init(&sim->luns);
	np_list_init(&sim->switches);
	sim->now = now;
	sim->next = SIM_NEVER;
	sim->random = seed | 1;
	sim->delays = (struct sim_delays){ .login = 30,
		.jitter = 10,
		.rport = 5,
		.lun = 20,
		.create = 5,
		.remove = 5,
		.dev_loss = 60000 };
	sim_object_add(sim, &sim->root, SIM_ROOT, NULL);
	return 0;
}

int sim_new(struct sim **ret_sim, int64_t now, uint64_t seed, struct np_err *err)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim || sim_init(sim, now, seed) < 0) {
		free(sim);
		return np_fail_nomem(err);
	}
	*ret_sim = sim;
	return 0;
}

struct sim *sim_free(struct sim *sim)
{
	if (!sim)
		return NULL;
	for (unsigned i = 0; i < sim->n_hbas; i++) {
		if (sim->hbas[i]->port)
			(void)sim_hba_remove(sim, sim->hbas[i], NULL);
		sim_hba_free(sim->hbas[i]);
	}
	np_list_foreach_safe (sw, &sim->switches, struct sim_switch, in_sim)
		sim_switch_free(sw);
	np_list_foreach_safe (lun, &sim->luns, struct sim_lun, in_list)
		free(lun);
	for (unsigned i = 0; i < sim->n_fabrics; i++) {
		sim_zonedb_done(&sim->fabrics[i]->zoning);
		free(sim->fabrics[i]->zones);
		free(sim->fabrics[i]);
	}
	sim_gone_done(&sim->gone);
	free(sim->masks);
	free(sim->hash);
	free(sim);
	return NULL;
}

/* Something is due at @when: sim_advance() may not stop before it. */
void sim_due(struct sim *sim, int64_t when)
{
	if (when < sim->next)
		sim->next = when;
}

static struct sim_hba *earliest_link(const struct sim *sim)
{
	struct sim_hba *first = NULL;

	for (unsigned i = 0; i < sim->n_hbas; i++) {
		if (!first || sim->hbas[i]->link_back_at < first->link_back_at)
			first = sim->hbas[i];
	}
	return first;
}

static struct sim_port *earliest_port(const struct sim *sim, int64_t *ret_when)
{
	struct sim_port *first = NULL;

	*ret_when = SIM_NEVER;
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		int64_t when = sim_port_next(port);
		if (when < *ret_when) {
			*ret_when = when;
			first = port;
		}
	}
	return first;
}

static struct sim_switch *earliest_switch(const struct sim *sim)
{
	struct sim_switch *first = NULL;

	np_list_foreach (sw, &sim->switches, struct sim_switch, in_sim) {
		if (!first || sw->due < first->due)
			first = sw;
	}
	return first;
}

/* What comes first, of ports, links and switches; one of them. */
struct step {
	int64_t when;
	struct sim_port *port;
	struct sim_hba *link;
	struct sim_switch *sw;
};

static struct step next_step(const struct sim *sim)
{
	struct step step = { 0 };
	struct sim_hba *hba = earliest_link(sim);
	struct sim_switch *sw = earliest_switch(sim);

	step.port = earliest_port(sim, &step.when);
	if (hba && hba->link_back_at < step.when)
		step = (struct step){ .when = hba->link_back_at, .link = hba };
	if (sw && sw->due < step.when)
		step = (struct step){ .when = sw->due, .sw = sw };
	return step;
}

static void take_step(struct sim *sim, const struct step *step)
{
	if (step->when > sim->now)
		sim->now = step->when;
	if (step->link) {
		sim_hba_link(sim, step->link, true);
	} else if (step->sw) {
		step->sw->due = SIM_NEVER;
		step->sw->vendor->due(step->sw);
	} else {
		sim_port_step(sim, step->port);
	}
}

void sim_advance(struct sim *sim, int64_t now)
{
	while (sim->next <= now) {
		const struct step step = next_step(sim);
		sim->next = step.when;
		if (sim->next > now)
			break;
		take_step(sim, &step);
	}
	if (now > sim->now)
		sim->now = now;
}
