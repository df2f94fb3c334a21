/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fabric, what is wanted of it and how it must look afterwards, drawn from a seed: zones of others and of ours, some to
 * be kept, altered, removed and made. How it must look is worked out by the fake switch's own edits, not by the planner.
 */
#pragma once

#include "tests/fake/fake_switch.h"
#include "zoning/apply.h"

enum world_place { WORLD_BEFORE, WORLD_AFTER, WORLD_BETWEEN };

struct world {
	struct fake_switch sw;
	uint64_t random;
	struct zone_endpoint endpoint;
	struct zone_credential credential;
	json_t *desired, *plan, *inverse;
	json_t *before, *before_effective; /* ours alone */
	json_t *after, *after_effective;   /* ours alone */
	json_t *foreign_effective[2];	   /* others', before and after */
	int64_t timeout_ms;
	/* Of the last call. */
	struct zone_outcome outcome;
	struct np_err err;
	int64_t late_ms; /* by how much it ended after its deadline */
};

/* A switch that tells all of its transaction, and one that tells nothing. */
extern const struct fake_flavour world_telling, world_silent;

/* The @nth call goes wrong so. */
void world_fault(struct world *world, enum fake_call call, unsigned nth, enum fake_fault_kind kind);

uint64_t world_draw(struct world *world, uint64_t below);

void world_init(struct world *world, const struct fake_flavour *flavour, uint64_t seed);
void world_done(struct world *world);

/* A lane's life: session, zone_apply, end of the session. */
int world_apply(struct world *world, const json_t *plan, unsigned flags);

/* Where our objects are, in both views. */
enum world_place world_place(const struct world *world);

/* NULL when nothing of others' was harmed, else what was. */
const char *world_harm(const struct world *world);
