/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the file system, the control socket and the main loop share: the model and its one lock. FUSE's threads
 * and the main thread take the lock for each step; nobody holds it while waiting for anything, so a write that
 * hangs is no more than an entry in the model's list of calls.
 */
#pragma once

#include <pthread.h>

#include "lab/fault.h"

struct sim_lab {
	pthread_mutex_t lock;
	struct sim *sim;
	int wake_fd;   /* eventfd: something is due before the main loop expects it */
	int64_t armed; /* when the main loop looks next */
	bool stopping; /* every call is answered EIO */
	FILE *log;     /* JSON lines, or NULL */
	uint64_t last_call;
};

int64_t sim_now(void);

/* With the lock held: time goes on to now. */
void sim_lab_lock(struct sim_lab *lab);
/* Releases the lock; wakes the main loop if something became due before it would look. */
void sim_lab_unlock(struct sim_lab *lab);

/*
 * With the lock held: waits for @wake (of CLOCK_MONOTONIC) until @until or, SIM_NEVER, for ever, the lock released
 * meanwhile. It may wake early.
 */
void sim_lab_wait(struct sim_lab *lab, pthread_cond_t *wake, int64_t until);

/* The time at which something has to be done without anybody asking. */
int64_t sim_lab_next(const struct sim_lab *lab);
