/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/trial_san.h"

#include <assert.h>

#include "lab/command.h"

int trial_san_new(void **state, const struct sim_setup *setup)
{
	struct sim *sim = NULL;

	if (sim_new(&sim, 1000, 1, NULL) < 0 || sim_config_apply(sim, setup, NULL, NULL) < 0)
		return -1;
	*state = sim;
	return 0;
}

int trial_san_free(void **state)
{
	*state = sim_free(*state);
	return 0;
}

int trial_san_command(struct sim *sim, const char *text)
{
	struct sim_answer answer = { 0 };
	char line[SIM_COMMAND_MAX];

	(void)snprintf(line, sizeof(line), "%s", text);
	int rc = sim_command_run(sim, line, &answer, NULL);
	json_decref(answer.json);
	return rc;
}

void trial_san_pass(struct sim *sim, int64_t ms)
{
	sim_advance(sim, sim->now + ms);
}

void trial_san_forget(struct sim *sim)
{
	struct np_list gone;

	sim_gone_take(sim, &gone);
	sim_gone_done(&gone);
}

struct sim_port *trial_san_vport(struct sim *sim, unsigned hba, const struct sim_vport_spec *spec)
{
	int rc = sim_vport_create(sim, sim->hbas[hba], spec);

	assert(rc == 0);
	(void)rc;
	return sim_vport_find(sim, sim->hbas[hba], spec->wwpn);
}

unsigned trial_san_disks(const struct sim *sim)
{
	unsigned count = 0;

	np_list_foreach (object, &sim->kinds[SIM_DISK], struct sim_object, peer)
		count++;
	return count;
}
