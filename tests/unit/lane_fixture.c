/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/lane_fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum np_lane_state state(const struct fixture *f)
{
	return np_lane_status(f->lane).state;
}

void on_done(void *data, int rc, const json_t *answer, const struct np_err *err)
{
	struct call *call = data;

	call->times++;
	call->place = ++call->f->calls;
	call->rc = rc;
	call->err = *err;
	call->answer = json_deep_copy(answer);
	if (call->free_lane)
		call->f->lane = np_lane_free(call->f->lane);
}

void on_change(void *data, struct np_lane *lane, const json_t *late)
{
	struct fixture *f = data;

	assert_ptr_equal(lane, f->lane);
	f->changes++;
	if (late) {
		assert_null(f->late);
		f->late = json_deep_copy(late);
	}
}

int setup(void **state)
{
	const char *program = getenv("NP_LANE_ECHO");
	struct fixture *f = calloc(1, sizeof *f);

	if (!f || !program)
		return -1;
	(void)snprintf(f->program, sizeof f->program, "%s", program);
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/np-lane-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->fifo, sizeof f->fifo, "%.200s/fifo", f->dir);
	(void)snprintf(f->record, sizeof f->record, "%.200s/record", f->dir);
	assert_int_equal(mkfifo(f->fifo, 0600), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	for (size_t i = 0; i < sizeof f->job / sizeof *f->job; i++)
		f->job[i].f = f;
	*state = f;
	return 0;
}

bool open_fifo(const char *fifo)
{
	np_auto(np_close) int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0;
}

int teardown(void **state)
{
	struct fixture *f = *state;

	np_lane_free(f->lane);
	(void)open_fifo(f->fifo);
	sd_event_unref(f->event);
	for (size_t i = 0; i < sizeof f->job / sizeof *f->job; i++)
		json_decref(f->job[i].answer);
	json_decref(f->late);
	(void)unlink(f->fifo);
	(void)unlink(f->record);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

int setup_ahead(void **state)
{
	int rc = setup(state);
	struct fixture *f = *state;

	if (rc == 0)
		f->ahead = true;
	return rc;
}

void start_with(struct fixture *f, const char *mode, const char *arg, const char *record)
{
	char *argv[] = { f->program, f->mode, f->arg, NULL };
	struct np_lane_spec spec = { .name = "fc:host1",
		.argv = argv,
		.ahead = f->ahead,
		.record_path = record,
		.on_change = on_change,
		.data = f };
	struct np_err err = { 0 };

	(void)snprintf(f->mode, sizeof f->mode, "%s", mode);
	(void)snprintf(f->arg, sizeof f->arg, "%s", arg);
	assert_int_equal(np_lane_new(&f->lane, f->event, &spec, &err), 0);
}

void start(struct fixture *f)
{
	start_with(f, "--lane", "", NULL);
	until(f, state(f) == NP_LANE_IDLE);
}

struct call *send_json(struct fixture *f, unsigned n, json_t *job, int64_t timeout_ms, int priority)
{
	struct np_err err = { 0 };

	assert_int_equal(
		np_lane_send(f->lane, job, timeout_ms, priority, on_done, &f->job[n], &err), 0);
	return &f->job[n];
}

struct call *send_job(struct fixture *f, unsigned n, const char *name, int64_t timeout_ms)
{
	return send_json(
		f, n, json_pack("{s:s, s:s}", "job", name, "fifo", f->fifo), timeout_ms, 0);
}

struct call *send_say(struct fixture *f, const char *text)
{
	return send_json(f, 0, json_pack("{s:s, s:s}", "job", "say", "text", text), LONG_MS, 0);
}

void release_wait(struct fixture *f)
{
	int64_t give_up_ms = now_ms() + PATIENCE_MS;
	bool released = open_fifo(f->fifo);

	while (!released && now_ms() < give_up_ms) {
		assert_true(sd_event_run(f->event, 1000) >= 0);
		released = open_fifo(f->fifo);
	}
	assert_true(released);
}
