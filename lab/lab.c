/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/lab.h"

#include <time.h>

int64_t sim_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t sim_lab_next(const struct sim_lab *lab)
{
	int64_t calls = sim_calls_next(lab->sim);

	return calls < lab->sim->next ? calls : lab->sim->next;
}

void sim_lab_lock(struct sim_lab *lab)
{
	(void)pthread_mutex_lock(&lab->lock);
	sim_advance(lab->sim, sim_now());
}

void sim_lab_unlock(struct sim_lab *lab)
{
	uint64_t one = 1;

	if (sim_lab_next(lab) < lab->armed) {
		lab->armed = sim_lab_next(lab);
		/* Fails only when the counter is full, and then the loop is awake anyway. */
		(void)!write(lab->wake_fd, &one, sizeof(one));
	}
	(void)pthread_mutex_unlock(&lab->lock);
}
