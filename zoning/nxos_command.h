/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of a plan as commands of NX-OS, in blocks: the first command of a block enters the object, the others change
 * it, the last one leaves it. Every command may be given again without harm. Names and members are checked here once
 * more, since each of them becomes a part of a line that a switch executes. Pure.
 */
#pragma once

#include "zoning/model.h"

#define NXOS_BATCH_COMMANDS 30 /* in one request */
#define NXOS_BATCH_BYTES 2048  /* of them, joined */

struct nxos_dialect {
	int64_t vsan;
	bool smart; /* smart zoning is on */
	const json_t *
		fcaliases; /* {NAME: ...}: members by these names are no device-aliases; may be NULL */
};

/*
 * *ret_blocks is an array of arrays of texts. -NP_CONFLICT: a peer zone, and smart zoning is off. -NP_UNSUPPORTED: what
 * NX-OS has no word for, or npivd does not write.
 */
int nxos_command_blocks(const json_t *changes, const struct nxos_dialect *dialect,
	json_t **ret_blocks, struct np_err *err);

/*
 * Blocks as batches for one request each, arrays of texts again: what belongs to one object goes on in the next
 * batch with its first command.
 */
int nxos_command_batches(const json_t *blocks, json_t **ret_batches, struct np_err *err);

/* A batch as one input, "a ;b ;c"; the caller's. NULL when out of memory. */
char *nxos_command_join(const json_t *batch);
