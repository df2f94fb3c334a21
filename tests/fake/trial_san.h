/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated SAN without its mount, for tests: time is a number. */
#pragma once

#include "lab/config.h"
#include "lab/model.h"

/* For the setup and teardown of cmocka; *state is the struct sim. */
int trial_san_new(void **state, const struct sim_setup *setup);
int trial_san_free(void **state);

static inline struct sim *trial_san(void **state)
{
	return *state;
}

/* A command of the control socket. */
int trial_san_command(struct sim *sim, const char *text);

void trial_san_pass(struct sim *sim, int64_t ms);

/* Whatever held the names of dead devices has forgotten them. */
void trial_san_forget(struct sim *sim);

/* A vport of that HBA, which succeeds. */
struct sim_port *trial_san_vport(struct sim *sim, unsigned hba, const struct sim_vport_spec *spec);

unsigned trial_san_disks(const struct sim *sim);
