/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes, one job after the other; most of it also where the next job lies ready. */
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/lane_fixture.h"

static void test_lane_answers_a_job(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "echo", LONG_MS);
	assert_int_equal(call->times, 0);
	until(f, call->times);

	assert_int_equal(call->rc, 0);
	assert_string_equal(np_json_text(call->answer, "job"), "echo");
}

static void test_lane_passes_an_error_with_field_and_hint(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "fail", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_INVAL);
	assert_string_equal(call->err.field, "wwpn");
	assert_string_equal(call->err.hint, "take another");
	assert_int_equal(state(f), NP_LANE_IDLE);
}

static void test_lane_sends_by_priority_then_age(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", LONG_MS);
	until(f, state(f) == NP_LANE_WORKING);
	send_json(f, 1, json_pack("{s:s}", "job", "echo"), LONG_MS, 1);
	send_json(f, 2, json_pack("{s:s}", "job", "echo"), LONG_MS, 5);
	send_json(f, 3, json_pack("{s:s}", "job", "echo"), LONG_MS, 1);
	send_json(f, 4, json_pack("{s:s}", "job", "echo"), LONG_MS, 5);
	assert_int_equal(np_lane_status(f->lane).queued, 4);
	release_wait(f);
	until(f, f->calls == 5);

	assert_int_equal(f->job[2].place, 2);
	assert_int_equal(f->job[4].place, 3);
	assert_int_equal(f->job[1].place, 4);
	assert_int_equal(f->job[3].place, 5);
}

static void test_lane_tells_what_is_at_work(void **data)
{
	struct fixture *f = *data;
	int64_t before_ms = now_ms();

	start(f);
	send_job(f, 0, "wait", LONG_MS);
	until(f, state(f) == NP_LANE_WORKING);

	assert_string_equal(np_lane_status(f->lane).job, "wait");
	assert_true(np_lane_status(f->lane).job_since_ms >= before_ms);
	assert_true(np_lane_status(f->lane).pid > 0);
	assert_string_equal(np_lane_name(f->lane), "fc:host1");
}

static void test_lane_queued_job_times_out_behind_the_one_at_work(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", LONG_MS);
	until(f, state(f) == NP_LANE_WORKING);
	struct call *call = send_job(f, 1, "echo", 20);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_TIMEOUT);
	assert_non_null(strstr(call->err.msg, "behind 'wait' and was not begun"));
	assert_int_equal(state(f), NP_LANE_WORKING);
	assert_int_equal(np_lane_status(f->lane).queued, 0);
}

static void test_lane_is_stuck_past_the_deadline_until_the_late_answer(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "wait", 100);
	until(f, call->times);
	assert_int_equal(call->rc, -NP_TIMEOUT);
	assert_int_equal(state(f), NP_LANE_STUCK);
	struct call *next = send_job(f, 1, "echo", LONG_MS);
	release_wait(f);
	until(f, next->times);

	assert_int_equal(call->times, 1);
	assert_string_equal(np_json_text(f->late, "job"), "wait");
	assert_int_equal(next->rc, 0);
	assert_int_equal(state(f), NP_LANE_IDLE);
	assert_int_equal(np_lane_status(f->lane).restarts, 0);
}

static void test_lane_stuck_and_killed_is_started_again(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "wait", 50);
	until(f, call->times);
	assert_int_equal(kill(np_lane_status(f->lane).pid, SIGKILL), 0);
	until(f, np_lane_status(f->lane).restarts == 1 && state(f) == NP_LANE_IDLE);

	assert_int_equal(call->times, 1);
	assert_null(f->late);
}

static void test_lane_queued_job_times_out_while_the_lane_is_stuck(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", 20);
	struct call *call = send_job(f, 1, "echo", 60);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_TIMEOUT);
	assert_non_null(strstr(call->err.msg, "behind 'wait'"));
	assert_int_equal(state(f), NP_LANE_STUCK);
}

static void test_lane_that_dies_at_work_fails_its_job_and_comes_back(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "die", LONG_MS);
	struct call *next = send_job(f, 1, "echo", LONG_MS);
	until(f, next->times);

	assert_int_equal(call->rc, -NP_IO);
	assert_string_equal(call->err.msg,
		"fc:host1: the lane died (signal 9) while at 'die': what it did will be looked at");
	assert_int_equal(next->rc, 0);
	assert_int_equal(np_lane_status(f->lane).restarts, 1);
	assert_string_equal(np_lane_status(f->lane).trouble, "died (signal 9)");
}

static void test_lane_that_exits_at_work_tells_its_status(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "exit", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_IO);
	assert_non_null(strstr(call->err.msg, "ended (status 3)"));
	assert_int_equal(state(f), NP_LANE_DOWN);
}

static void test_lane_last_words_count(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "last-words", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, 0);
	assert_true(np_json_bool(call->answer, "last"));
}

static void test_lane_killed_while_idle_comes_back(void **data)
{
	struct fixture *f = *data;

	start(f);
	assert_int_equal(kill(np_lane_status(f->lane).pid, SIGKILL), 0);
	struct call *call = send_job(f, 0, "echo", LONG_MS);
	until(f, np_lane_status(f->lane).restarts == 1 && call->times);

	assert_int_equal(np_lane_status(f->lane).restarts, 1);
}

static void test_lane_that_talks_nonsense_is_replaced(void **data)
{
	static const char *const nonsense[] = {
		"segmentation violation\n",
		"\n",
		"{\"hello\":{}}\n",
		"{\"id\":999,\"ok\":{}}\n",
		"{\"id\":\"1\",\"ok\":{}}\n",
		"{\"id\":1,\"error\":7}\n",
		"{\"id\":1,\"ok\":{},\"error\":{}}\n",
	};

	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		struct fixture *f;

		setup((void **)&f);
		start(f);
		struct call *call = send_say(f, nonsense[i]);
		until(f, call->times && np_lane_status(f->lane).restarts == 1);
		assert_int_equal(call->rc, -NP_IO);
		assert_non_null(strstr(call->err.msg, "was stopped"));
		teardown((void **)&f);
	}
	(void)data;
}

static void test_lane_that_answers_twice_is_replaced(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_say(f, "{\"id\":1,\"ok\":{}}\n");
	until(f, call->times && np_lane_status(f->lane).restarts == 1);

	assert_int_equal(call->rc, 0);
	assert_int_equal(call->times, 1);
}

static void test_lane_that_floods_is_replaced(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "flood", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_IO);
	assert_non_null(strstr(call->err.msg, "a message of over 16777216 bytes"));
}

static void test_lane_that_hangs_up_is_replaced(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "hang-up", LONG_MS);
	until(f, call->times && np_lane_status(f->lane).restarts == 1);

	assert_int_equal(call->rc, -NP_IO);
	assert_non_null(strstr(call->err.msg, "it closed its socket"));
}

static void test_lane_answers_an_error_when_the_answer_is_too_big(void **data)
{
	struct fixture *f = *data;

	start(f);
	struct call *call = send_job(f, 0, "big-answer", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_TOOBIG);
	assert_int_equal(np_lane_status(f->lane).restarts, 0);
}

static void test_lane_carries_a_job_larger_than_the_socket_buffer(void **data)
{
	struct fixture *f = *data;
	np_auto(np_free) char *text = calloc(1, (4u << 20) + 1);

	memset(text, 'z', 4u << 20);
	start(f);
	struct call *call =
		send_json(f, 0, json_pack("{s:s, s:s}", "job", "echo", "text", text), LONG_MS, 0);
	until(f, call->times);

	assert_int_equal(call->rc, 0);
	assert_string_equal(np_json_text(call->answer, "text"), text);
}

static void test_lane_refuses_a_job_that_is_too_big(void **data)
{
	struct fixture *f = *data;
	np_auto(np_free) char *text = calloc(1, NP_LANE_MESSAGE_MAX + 1);
	struct np_err err = { 0 };

	memset(text, 'z', NP_LANE_MESSAGE_MAX);
	start(f);
	json_t *job = json_pack("{s:s, s:s}", "job", "echo", "text", text);

	assert_int_equal(
		np_lane_send(f->lane, job, LONG_MS, 0, on_done, &f->job[0], &err), -NP_TOOBIG);
}

static void test_lane_refuses_a_job_without_a_name(void **data)
{
	struct fixture *f = *data;
	struct np_err err = { 0 };

	start(f);

	assert_int_equal(
		np_lane_send(f->lane, json_object(), LONG_MS, 0, on_done, &f->job[0], &err),
		-NP_INVAL);
}

static void test_lane_refuses_a_job_when_the_queue_is_full(void **data)
{
	struct fixture *f = *data;
	struct np_err err = { 0 };

	start(f);
	for (unsigned i = 0; i < NP_LANE_QUEUE_MAX; i++)
		send_job(f, 0, "echo", LONG_MS);

	assert_int_equal(np_lane_send(f->lane, json_pack("{s:s}", "job", "echo"), LONG_MS, 0,
				 on_done, &f->job[0], &err),
		-NP_BUSY);
}

static void test_lane_forgets_dropped_jobs(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", LONG_MS);
	until(f, state(f) == NP_LANE_WORKING);
	send_job(f, 1, "echo", LONG_MS);
	struct call *last = send_job(f, 2, "echo", LONG_MS);
	np_lane_drop(f->lane, &f->job[0]);
	np_lane_drop(f->lane, &f->job[1]);
	release_wait(f);
	until(f, last->times);

	assert_int_equal(f->calls, 1);
}

static void test_lane_is_stuck_on_a_dropped_job_too(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", 50);
	until(f, state(f) == NP_LANE_WORKING);
	np_lane_drop(f->lane, &f->job[0]);
	until(f, state(f) == NP_LANE_STUCK);
	release_wait(f);
	until(f, f->late && state(f) == NP_LANE_IDLE);

	assert_int_equal(f->calls, 0);
}

static void test_lane_may_be_freed_by_a_done_call(void **data)
{
	struct fixture *f = *data;

	start(f);
	f->job[0].free_lane = true;
	send_job(f, 0, "echo", LONG_MS);
	send_job(f, 1, "echo", LONG_MS);
	until(f, f->job[0].times);

	assert_null(f->lane);
	assert_int_equal(f->calls, 1);
}

static void test_lane_idle_process_ends_and_is_reaped_after_free(void **data)
{
	struct fixture *f = *data;

	start(f);
	pid_t pid = np_lane_status(f->lane).pid;
	f->lane = np_lane_free(f->lane);

	until(f, kill(pid, 0) < 0 && errno == ESRCH);
}

static void test_lane_stuck_process_is_left_behind_by_free_and_reaped_later(void **data)
{
	struct fixture *f = *data;

	start(f);
	send_job(f, 0, "wait", 20);
	until(f, state(f) == NP_LANE_STUCK);
	pid_t pid = np_lane_status(f->lane).pid;
	f->lane = np_lane_free(f->lane);
	assert_int_equal(kill(pid, 0), 0);
	release_wait(f);

	until(f, kill(pid, 0) < 0 && errno == ESRCH);
}

static void test_lane_reports_stuck_when_its_start_takes_too_long(void **data)
{
	struct fixture *f = *data;
	char mode[] = "--late";
	char *argv[] = { f->program, mode, f->fifo, NULL };
	struct np_lane_spec spec = {
		.name = "fc:host1", .argv = argv, .start_ms = 30, .on_change = on_change, .data = f
	};
	struct np_err err = { 0 };

	assert_int_equal(np_lane_new(&f->lane, f->event, &spec, &err), 0);
	assert_int_equal(state(f), NP_LANE_STARTING);
	until(f, state(f) == NP_LANE_STUCK);
	struct call *call = send_job(f, 0, "echo", 30);
	until(f, call->times);
	assert_non_null(strstr(call->err.msg, "for the lane, which is stuck"));
	release_wait(f);
	until(f, state(f) == NP_LANE_IDLE);

	assert_int_equal(np_lane_status(f->lane).restarts, 0);
}

static void test_lane_new_names_a_program_that_is_not_there(void **data)
{
	struct fixture *f = *data;
	char program[] = "/nonexistent/npivd";
	char *argv[] = { program, NULL };
	struct np_lane_spec spec = { .name = "fc:host1", .argv = argv };
	struct np_err err = { 0 };

	assert_int_equal(np_lane_new(&f->lane, f->event, &spec, &err), -NP_NOTFOUND);
	assert_non_null(strstr(err.msg, "/nonexistent/npivd"));
}

static void test_lane_backs_off_when_its_program_keeps_ending(void **data)
{
	struct fixture *f = *data;
	char program[] = "/bin/false";
	char *argv[] = { program, NULL };
	struct np_lane_spec spec = {
		.name = "fc:host1", .argv = argv, .on_change = on_change, .data = f
	};
	struct np_err err = { 0 };
	int64_t before_ms = now_ms();

	assert_int_equal(np_lane_new(&f->lane, f->event, &spec, &err), 0);
	until(f, np_lane_status(f->lane).restarts == 4);

	assert_true(now_ms() - before_ms >= 50 + 100 + 200 + 400);
	assert_string_equal(np_lane_status(f->lane).trouble, "ended (status 1)");
}

static void test_lane_process_inherits_no_descriptor_and_no_blocked_signal(void **data)
{
	struct fixture *f = *data;
	np_auto(np_close) int leaky = open("/dev/null", O_RDONLY);
	sigset_t set, before;

	assert_true(leaky > NP_LANE_FD);
	(void)sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	start(f);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	struct call *call = send_job(f, 0, "world", LONG_MS);
	until(f, call->times);

	assert_int_equal(np_json_int(call->answer, "strange_fds"), 0);
	assert_int_equal(np_json_int(call->answer, "blocked"), 0);
}

/* Leaves a recording of echo, fail and die. */
static void make_recording(struct fixture *f)
{
	start_with(f, "--lane", "", f->record);
	send_job(f, 0, "echo", LONG_MS);
	send_job(f, 1, "fail", LONG_MS);
	struct call *last = send_job(f, 2, "die", LONG_MS);
	until(f, last->times);
	f->lane = np_lane_free(f->lane);
	for (unsigned i = 0; i < 3; i++) {
		json_decref(f->job[i].answer);
		f->job[i] = (struct call){ .f = f };
	}
}

static void test_lane_knows_when_its_core_has_gone(void **data np_unused)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], "{}\n", 3), 3);
	assert_false(np_lane_is_left(ends[1]));
	(void)close(ends[0]);
	assert_true(np_lane_is_left(ends[1]));
	(void)close(ends[1]);
	assert_false(np_lane_is_left(-1));
}

static void test_lane_replays_a_recording(void **data)
{
	struct fixture *f = *data;

	make_recording(f);
	start_with(f, "--replay", f->record, NULL);
	send_job(f, 0, "echo", LONG_MS);
	send_job(f, 1, "fail", LONG_MS);
	struct call *last = send_job(f, 2, "die", LONG_MS);
	until(f, last->times);

	assert_int_equal(f->job[0].rc, 0);
	assert_string_equal(np_json_text(f->job[0].answer, "job"), "echo");
	assert_int_equal(f->job[1].rc, -NP_INVAL);
	assert_string_equal(f->job[1].err.field, "wwpn");
	assert_int_equal(last->rc, -NP_IO);
}

static void test_lane_replay_refuses_another_job(void **data)
{
	struct fixture *f = *data;

	make_recording(f);
	start_with(f, "--replay", f->record, NULL);
	struct call *call = send_job(f, 0, "fail", LONG_MS);
	until(f, call->times);

	assert_int_equal(call->rc, -NP_PEER);
	assert_non_null(strstr(call->err.msg, "another job here: {\"job\":\"echo\""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		lane_test(test_lane_answers_a_job),
		lane_test(test_lane_passes_an_error_with_field_and_hint),
		lane_test(test_lane_sends_by_priority_then_age),
		lane_test(test_lane_tells_what_is_at_work),
		lane_test(test_lane_queued_job_times_out_behind_the_one_at_work),
		lane_test(test_lane_is_stuck_past_the_deadline_until_the_late_answer),
		lane_test(test_lane_stuck_and_killed_is_started_again),
		lane_test(test_lane_queued_job_times_out_while_the_lane_is_stuck),
		lane_test(test_lane_that_dies_at_work_fails_its_job_and_comes_back),
		lane_test(test_lane_that_exits_at_work_tells_its_status),
		lane_test(test_lane_last_words_count),
		lane_test(test_lane_killed_while_idle_comes_back),
		cmocka_unit_test(test_lane_that_talks_nonsense_is_replaced),
		cmocka_unit_test(test_lane_knows_when_its_core_has_gone),
		lane_test(test_lane_that_answers_twice_is_replaced),
		lane_test(test_lane_that_floods_is_replaced),
		lane_test(test_lane_that_hangs_up_is_replaced),
		lane_test(test_lane_answers_an_error_when_the_answer_is_too_big),
		lane_test(test_lane_carries_a_job_larger_than_the_socket_buffer),
		lane_test(test_lane_refuses_a_job_that_is_too_big),
		lane_test(test_lane_refuses_a_job_without_a_name),
		lane_test(test_lane_refuses_a_job_when_the_queue_is_full),
		lane_test(test_lane_forgets_dropped_jobs),
		lane_test(test_lane_is_stuck_on_a_dropped_job_too),
		lane_test(test_lane_may_be_freed_by_a_done_call),
		lane_test(test_lane_idle_process_ends_and_is_reaped_after_free),
		lane_test(test_lane_stuck_process_is_left_behind_by_free_and_reaped_later),
		lane_test(test_lane_reports_stuck_when_its_start_takes_too_long),
		lane_test(test_lane_new_names_a_program_that_is_not_there),
		lane_test(test_lane_backs_off_when_its_program_keeps_ending),
		lane_test(test_lane_process_inherits_no_descriptor_and_no_blocked_signal),
		lane_test(test_lane_replays_a_recording),
		lane_test(test_lane_replay_refuses_another_job),
		ahead_test(test_lane_answers_a_job),
		ahead_test(test_lane_passes_an_error_with_field_and_hint),
		ahead_test(test_lane_tells_what_is_at_work),
		ahead_test(test_lane_queued_job_times_out_behind_the_one_at_work),
		ahead_test(test_lane_is_stuck_past_the_deadline_until_the_late_answer),
		ahead_test(test_lane_stuck_and_killed_is_started_again),
		ahead_test(test_lane_queued_job_times_out_while_the_lane_is_stuck),
		ahead_test(test_lane_that_dies_at_work_fails_its_job_and_comes_back),
		ahead_test(test_lane_last_words_count),
		ahead_test(test_lane_that_answers_twice_is_replaced),
		ahead_test(test_lane_that_hangs_up_is_replaced),
		ahead_test(test_lane_carries_a_job_larger_than_the_socket_buffer),
		ahead_test(test_lane_refuses_a_job_when_the_queue_is_full),
		ahead_test(test_lane_forgets_dropped_jobs),
		ahead_test(test_lane_may_be_freed_by_a_done_call),
		ahead_test(test_lane_stuck_process_is_left_behind_by_free_and_reaped_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
