/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane with a real child process: lane_echo, whose path is in $NP_LANE_ECHO. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/lane.h"

#define PATIENCE_MS 20000
#define LONG_MS 15000

/* What done was told about one job. */
struct call {
	struct fixture *f;
	unsigned times, place; /* how often, and as the how-manieth of all */
	int rc;
	json_t *answer;
	struct np_err err;
	bool free_lane;
};

struct fixture {
	bool ahead;
	sd_event *event;
	struct np_lane *lane;
	char program[NP_PATH_MAX], mode[16], arg[NP_PATH_MAX];
	char dir[NP_PATH_MAX], fifo[NP_PATH_MAX], record[NP_PATH_MAX];
	unsigned calls;	  /* of done */
	unsigned changes; /* of the lane */
	json_t *late;
	struct call job[8];
};

int64_t now_ms(void);

/* Runs the loop until @condition, at most PATIENCE_MS. */
#define until(f, condition)                                                                        \
	do {                                                                                       \
		int64_t give_up_ms = now_ms() + PATIENCE_MS;                                       \
		while (!(condition) && now_ms() < give_up_ms)                                      \
			assert_true(sd_event_run((f)->event, 5000) >= 0);                          \
		assert_true(condition);                                                            \
	} while (0)

int setup(void **state);
int setup_ahead(void **state); /* one job may lie ready */
int teardown(void **state);

enum np_lane_state state(const struct fixture *f);
void on_done(void *data, int rc, const json_t *answer, const struct np_err *err);
void on_change(void *data, struct np_lane *lane, const json_t *late);
void start_with(struct fixture *f, const char *mode, const char *arg, const char *record);
void start(struct fixture *f);

struct call *send_json(
	struct fixture *f, unsigned n, json_t *job, int64_t timeout_ms, int priority);
struct call *send_job(struct fixture *f, unsigned n, const char *name, int64_t timeout_ms);

/* The lane says @text out of turn. */
struct call *send_say(struct fixture *f, const char *text);

/* Opens a FIFO for a reader that waits there; false when there is none. */
bool open_fifo(const char *fifo);

/* Lets the "wait" at work go on, once it waits at its FIFO. */
void release_wait(struct fixture *f);

#define lane_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define ahead_test(name) cmocka_unit_test_setup_teardown(name, setup_ahead, teardown)
