/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log: one JSON line when a write to the tree arrives, one when it is answered, joined by "call"; the same for
 * requests to switches, joined by "switch" and "number", with their bodies. So that a test can tell that there was one
 * write only, also while it hangs. Never a password or a session.
 */
#pragma once

#include "lab/lab.h"
#include "lab/switch.h"
#include "lab/tree.h"

struct sim_record {
	uint64_t ino;
	pid_t pid;
	uint64_t number;
};

/* Both with the lock held. */
void sim_record_write(struct sim_lab *lab, struct sim_record *record, const struct sim_call *call,
	const struct sim_place *place);
void sim_record_answer(struct sim_lab *lab, const struct sim_record *record,
	const struct sim_call *call, ssize_t result);

void sim_record_request(struct sim_lab *lab, const struct sim_switch *sw,
	const struct sim_switch_call *call, const struct sim_request *request);
void sim_record_reply(struct sim_lab *lab, const struct sim_switch *sw,
	const struct sim_switch_call *call, const struct sim_reply *reply);
