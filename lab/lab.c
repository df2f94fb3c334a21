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

/* Wakes the main loop if something became due before it would look. */
static void arm(struct sim_lab *lab)
{
	uint64_t one = 1;

	if (sim_lab_next(lab) >= lab->armed)
		return;
	lab->armed = sim_lab_next(lab);
	/* Fails only when the counter is full, and then the loop is awake anyway. */
	(void)!write(lab->wake_fd, &one, sizeof(one));
}

void sim_lab_unlock(struct sim_lab *lab)
{
	arm(lab);
	(void)pthread_mutex_unlock(&lab->lock);
}

void sim_lab_wait(struct sim_lab *lab, pthread_cond_t *wake, int64_t until)
{
	const struct timespec when = { .tv_sec = (time_t)(until / 1000),
		.tv_nsec = (long)(until % 1000) * 1000000 };

	arm(lab);
	if (until == SIM_NEVER)
		(void)pthread_cond_wait(wake, &lab->lock);
	else
		(void)pthread_cond_timedwait(wake, &lab->lock, &when);
	sim_advance(lab->sim, sim_now());
}
