/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes in which one more job lies ready while one is at work. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/lane_fixture.h"

/* The job that waits at a FIFO of its own, ready behind the one that waits at @f->fifo. */
static struct call *send_ready(struct fixture *f, char own[static 256], int64_t timeout_ms)
{
	(void)snprintf(own, 256, "%.200s/own", f->dir);
	assert_int_equal(mkfifo(own, 0600), 0);
	send_job(f, 0, "wait", LONG_MS);
	struct call *call =
		send_json(f, 1, json_pack("{s:s, s:s}", "job", "wait", "fifo", own), timeout_ms, 0);
	until(f, state(f) == NP_LANE_WORKING && np_lane_status(f->lane).queued == 0);
	return call;
}

/* The loop does not run meanwhile. */
static bool opens_soon(const char *fifo)
{
	int64_t end_ms = now_ms() + PATIENCE_MS;
	bool opened = open_fifo(fifo);

	while (!opened && now_ms() < end_ms) {
		(void)poll(NULL, 0, 1);
		opened = open_fifo(fifo);
	}
	return opened;
}

static void test_lane_begins_the_ready_job_without_its_core(void **data)
{
	struct fixture *f = *data;
	char own[256];

	start(f);
	struct call *call = send_ready(f, own, LONG_MS);
	assert_true(opens_soon(f->fifo));
	assert_true(opens_soon(own));
	assert_int_equal(f->calls, 0);
	until(f, call->times);

	assert_int_equal(f->job[0].place, 1);
	assert_int_equal(call->rc, 0);
	(void)unlink(own);
}

static void test_lane_never_begins_a_ready_job_past_its_deadline(void **data)
{
	struct fixture *f = *data;
	char own[256];

	start(f);
	struct call *call = send_ready(f, own, 50);
	until(f, call->times);
	assert_int_equal(call->rc, -NP_TIMEOUT);
	assert_non_null(strstr(call->err.msg, "behind 'wait' and was not begun"));
	release_wait(f);
	struct call *last = send_job(f, 2, "echo", LONG_MS);
	until(f, last->times);

	assert_int_equal(f->job[0].rc, 0);
	assert_int_equal(call->times, 1);
	assert_null(f->late);
	assert_false(open_fifo(own));
	until(f, state(f) == NP_LANE_IDLE);
	(void)unlink(own);
}

static void test_lane_that_was_stuck_goes_on_with_the_ready_job(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "wait", 100);
	struct call *next = send_job(f, 1, "echo", LONG_MS);
	until(f, call->times);
	assert_int_equal(state(f), NP_LANE_STUCK);
	release_wait(f);
	until(f, next->times && f->late);

	assert_string_equal(np_json_text(f->late, "job"), "wait");
	assert_int_equal(next->rc, 0);
	until(f, state(f) == NP_LANE_IDLE);
}

static void test_lane_that_dies_forgets_a_dropped_ready_job(void **data)
{
	struct fixture *f = *data;
	char own[256];

	start(f);
	struct call *call = send_ready(f, own, LONG_MS);
	np_lane_drop(f->lane, &f->job[1]);
	assert_int_equal(kill(np_lane_status(f->lane).pid, SIGKILL), 0);
	struct call *last = send_job(f, 2, "echo", LONG_MS);
	until(f, last->times);

	assert_int_equal(f->job[0].rc, -NP_IO);
	assert_int_equal(last->rc, 0);
	assert_int_equal(call->times, 0);
	(void)unlink(own);
}

static void test_lane_records_a_ready_job_when_it_is_begun(void **data)
{
	struct fixture *f = *data;
	char line[4096] = "";

	start_with(f, "--lane", "", f->record);
	send_job(f, 0, "echo", LONG_MS);
	struct call *last = send_job(f, 1, "fail", LONG_MS);
	until(f, last->times);
	np_auto(np_fclose) FILE *file = fopen(f->record, "re");
	assert_non_null(file);
	for (const char *mark = "><><"; *mark; mark++) {
		assert_non_null(fgets(line, sizeof line, file));
		assert_int_equal(line[0], *mark);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ahead_test(test_lane_begins_the_ready_job_without_its_core),
		ahead_test(test_lane_never_begins_a_ready_job_past_its_deadline),
		ahead_test(test_lane_that_was_stuck_goes_on_with_the_ready_job),
		ahead_test(test_lane_that_dies_forgets_a_dropped_ready_job),
		ahead_test(test_lane_records_a_ready_job_when_it_is_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
