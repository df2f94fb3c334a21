/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lab/fault.h"

/* Takes the first fault of the HBA that fits the call, and counts it down. */
static void choose_fault(struct sim_call *call)
{
	np_list_foreach_safe (fault, &call->hba->faults, struct sim_fault, in_hba) {
		if (fault->op != call->op ||
			(fault->attr[0] && strcmp(fault->attr, call->attr) != 0))
			continue;
		call->fault = *fault;
		if (fault->left != SIM_ALWAYS && --fault->left == 0) {
			np_list_remove(&fault->in_hba);
			free(fault);
		}
		return;
	}
}

static void count_begin(struct sim_counters *counters, const struct sim_call *call)
{
	if (call->store)
		counters->writes++;
	else
		counters->reads++;
	if (call->op == SIM_OP_CREATE) {
		counters->creates++;
		counters->creators++;
		if (counters->creators > counters->creators_max)
			counters->creators_max = counters->creators;
	}
	if (call->op == SIM_OP_DELETE) {
		counters->deletes++;
		counters->deleters++;
	}
}

static void count_end(struct sim_counters *counters, const struct sim_call *call)
{
	bool worked = call->result == (ssize_t)call->len;

	if (call->op == SIM_OP_CREATE) {
		counters->creators--;
		counters->created += worked;
	}
	if (call->op == SIM_OP_DELETE) {
		counters->deleters--;
		counters->deleted += worked;
	}
}

static int64_t due_time(const struct sim *sim, const struct sim_call *call)
{
	int64_t work = call->op == SIM_OP_CREATE ? sim->delays.create : 0;

	if (call->op == SIM_OP_DELETE)
		work = sim->delays.remove;
	if (call->fault.hang_ms == SIM_NEVER)
		return SIM_NEVER;
	return sim->now + (call->fault.hang_ms ? call->fault.hang_ms : work);
}

/* The work, or what its fault makes of it. */
static ssize_t outcome(struct sim *sim, struct sim_call *call)
{
	struct sim_object *object = sim_object_find(sim, call->object);
	long short_count = call->fault.short_count;

	if (!object)
		return -ENODEV;
	if (call->forced || call->fault.error || short_count >= 0) {
		if (call->op == SIM_OP_CREATE)
			call->hba->next_vport++; /* a refused creation uses its number up */
	}
	if (call->forced)
		return -call->forced;
	if (call->fault.error)
		return -call->fault.error;
	if (short_count >= 0)
		return short_count < (long)call->len ? short_count : (ssize_t)call->len;
	return call->store ? call->store(sim, object, call) : 0;
}

int sim_call_begin(struct sim *sim, struct sim_call *call)
{
	struct sim_object *object = sim_object_find(sim, call->object);
	struct sim_port *port = sim_object_port(object);

	if (!object)
		return -ENODEV;
	if (sim->n_calls == SIM_CALLS_MAX)
		return -EAGAIN;
	call->hba = port ? port->hba : NULL;
	call->fault = (struct sim_fault){ .short_count = -1 };
	if (call->hba) {
		choose_fault(call);
		count_begin(&call->hba->counters, call);
	}
	call->begun = sim->now;
	call->due = due_time(sim, call);
	call->hangs = call->fault.hang_ms != 0;
	if (call->hangs && call->fault.made) {
		call->result = outcome(sim, call);
		call->done = true;
	}
	np_list_append(&sim->calls, &call->in_sim);
	sim->n_calls++;
	return 0;
}

ssize_t sim_call_finish(struct sim *sim, struct sim_call *call)
{
	if (!call->done)
		call->result = outcome(sim, call);
	call->done = true;
	if (call->hba)
		count_end(&call->hba->counters, call);
	np_list_remove(&call->in_sim);
	sim->n_calls--;
	return call->result;
}

int64_t sim_calls_next(const struct sim *sim)
{
	int64_t next = SIM_NEVER;

	np_list_foreach (call, &sim->calls, struct sim_call, in_sim) {
		if (call->due < next)
			next = call->due;
	}
	return next;
}

struct sim_call *sim_calls_due(const struct sim *sim, int64_t now)
{
	struct sim_call *first = NULL;

	np_list_foreach (call, &sim->calls, struct sim_call, in_sim) {
		if (call->due <= now && (!first || call->due < first->due))
			first = call;
	}
	return first;
}

unsigned sim_calls_release(struct sim *sim, const struct sim_hba *hba, int error)
{
	unsigned count = 0;

	np_list_foreach (call, &sim->calls, struct sim_call, in_sim) {
		if ((hba && call->hba != hba) || !call->hangs)
			continue;
		call->due = sim->now;
		call->forced = error;
		if (call->done && error)
			call->result = -error;
		count++;
	}
	return count;
}

void sim_calls_abandon(struct sim *sim, const struct sim_hba *hba)
{
	np_list_foreach (call, &sim->calls, struct sim_call, in_sim) {
		if (call->hba != hba)
			continue;
		call->due = sim->now;
		call->done = true;
		call->result = -ENODEV;
	}
}

unsigned sim_calls_held(const struct sim *sim, const struct sim_hba *hba)
{
	unsigned count = 0;

	np_list_foreach (call, &sim->calls, struct sim_call, in_sim)
		count += call->hba == hba && call->hangs;
	return count;
}
