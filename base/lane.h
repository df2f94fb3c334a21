/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lane is a child process that does what may block: one HBA's sysfs, one fabric's or array's
 * HTTPS. It gets one JSON value a line over a socketpair, does one job at a time and answers one
 * JSON value.
 *
 * Core side (sd-event, never blocks): np_lane_new starts the process with the one function of this
 * file that starts lanes; np_lane_send queues a job by priority, then age. A job whose deadline
 * passes is answered -NP_TIMEOUT and the lane is STUCK: it takes no job until it answers (the late
 * answer goes to on_change, so that the truth is looked at again) or is gone (a dead lane is
 * started again, with back-off). Queued jobs wait for their own deadline. Where the lane's spec says so, the next job lies
 * ready in the process, which waits for nobody then; it begins no job past its deadline, nor any once the core has gone. Freeing a lane closes the
 * socket: an idle child exits by itself, a stuck one is left behind and holds up nothing; the loop
 * reaps it when it ends.
 *
 * A lane process is watched through its pidfd: SIGCHLD need not be blocked, only not ignored. It
 * starts with no signal blocked or caught, in a process group of its own, and with no descriptor
 * but 0 (/dev/null), 1, 2 and NP_LANE_FD.
 *
 * Lane side (blocking): np_lane_serve reads jobs from NP_LANE_FD and calls the handler.
 *
 * A conversation can be recorded (one line a message, "> job" and "< answer") and replayed by
 * np_lane_replay in place of the real handler.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/err.h"
#include "base/json.h"

#define NP_LANE_FD 3			/* the lane's end of the socketpair */
#define NP_LANE_MESSAGE_MAX (16u << 20) /* bytes of one message */
#define NP_LANE_QUEUE_MAX 4096		/* jobs waiting for one lane */
#define NP_LANE_START_MS 10000		/* from exec to its first word */

enum np_lane_state {
	NP_LANE_STARTING, /* not ready yet: an earlier lane may still hold the lock */
	NP_LANE_IDLE,
	NP_LANE_WORKING,
	NP_LANE_STUCK, /* its job is past the deadline, or no hello within NP_LANE_START_MS */
	NP_LANE_DOWN,  /* the process is gone; started again after the back-off */
};

struct np_lane;

/* Called once per job. rc 0: @answer is the result (borrowed). rc < 0: @err says why. */
typedef void np_lane_done_fn(void *data, int rc, const json_t *answer, const struct np_err *err);

/*
 * The lane's state changed (changes within one turn of the loop are told once, after the done calls
 * that belong to them). @late is the answer that came after its job's deadline ({"error":...} if it
 * was one), else NULL.
 */
typedef void np_lane_change_fn(void *data, struct np_lane *lane, const json_t *late);

struct np_lane_spec {
	const char *name;	 /* "fc:host1": key, process title and log name */
	char *const *argv;	 /* program and arguments; copied */
	const char *record_path; /* append the conversation to this file; NULL: do not */
	bool ahead;		 /* one more job lies ready in the process while one is at work */
	int64_t start_ms;	 /* from exec to hello; 0: NP_LANE_START_MS */
	np_lane_change_fn *on_change;
	void *data;
};

struct np_lane_status {
	enum np_lane_state state;
	const char *job;      /* name of the job at work, or "" */
	int64_t job_since_ms; /* CLOCK_MONOTONIC */
	unsigned queued;
	unsigned restarts;
	pid_t pid;	     /* 0 when there is none */
	const char *trouble; /* why its last process ended, or "" */
};

int np_lane_new(struct np_lane **ret_lane, sd_event *event, const struct np_lane_spec *spec,
	struct np_err *err);
struct np_lane *np_lane_free(struct np_lane *lane);
static inline void np_lane_freep(struct np_lane **lane)
{
	*lane = np_lane_free(*lane);
}

/*
 * Queues @job (an object with a text member "job"; the reference is taken, also on failure). Higher
 * @priority goes first. @timeout_ms counts from here. @done is called exactly once from the loop,
 * never from inside np_lane_send, unless the lane is freed or the job is dropped first; it may
 * send, drop and free. -NP_BUSY when the queue is full, -NP_TOOBIG over NP_LANE_MESSAGE_MAX.
 */
int np_lane_send(struct np_lane *lane, json_t *job, int64_t timeout_ms, int priority,
	np_lane_done_fn *done, void *data, struct np_err *err);

/*
 * Forgets all jobs of @data: queued ones are not done, those that the process has (at work, or ready behind that) have
 * their answers ignored.
 */
void np_lane_drop(struct np_lane *lane, const void *data);

struct np_lane_status np_lane_status(const struct np_lane *lane);
const char *np_lane_name(const struct np_lane *lane);
const char *np_lane_state_name(enum np_lane_state state);

/*
 * The lane's own loop. Says hello, then answers each job with what @handler makes of it: 0 and
 * *ret_answer (a new object), or a negative code and @err. Returns 0 when the core closed the
 * socket, whatever jobs it had still sent.
 */
typedef int np_lane_handler(void *data, const json_t *job, json_t **ret_answer, struct np_err *err);
int np_lane_serve(int fd, np_lane_handler *handler, void *data, struct np_err *err);

/*
 * Has the core hung up? Then nothing more may be begun: it may have been wanted long ago. A job at work goes on; one that
 * has waited for something asks before it begins. @fd -1: there is no core.
 */
bool np_lane_is_left(int fd);

/* Serves from a recording: each job must equal the next recorded one, its answer is the recorded
 * one. */
int np_lane_replay(int fd, const char *path, struct np_err *err);
