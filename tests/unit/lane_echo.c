/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lane for test_lane. Its jobs: "echo" answers itself, "fail" answers an error, "wait" blocks until
 * its FIFO is opened, the others misbehave. Modes: see main.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/lane.h"

static int job_echo(const json_t *job, json_t **ret_answer, np_unused struct np_err *err)
{
	*ret_answer = json_deep_copy(job);
	return 0;
}

static int job_fail(np_unused const json_t *job, np_unused json_t **ret_answer, struct np_err *err)
{
	return np_hint(err, np_fail_field(err, "wwpn", "is taken"), "take another");
}

static int job_wait(const json_t *job, json_t **ret_answer, struct np_err *err)
{
	np_auto(np_close) int fd = open(np_json_text(job, "fifo"), O_RDONLY | O_CLOEXEC);

	return job_echo(job, ret_answer, err);
}

static int job_die(
	np_unused const json_t *job, np_unused json_t **ret_answer, np_unused struct np_err *err)
{
	return raise(SIGKILL);
}

static int job_exit(
	np_unused const json_t *job, np_unused json_t **ret_answer, np_unused struct np_err *err)
{
	_exit(3);
}

/* Says something before its real answer. */
static int job_say(const json_t *job, json_t **ret_answer, struct np_err *err)
{
	const char *text = np_json_text(job, "text");

	(void)!write(NP_LANE_FD, text, strlen(text));
	return job_echo(job, ret_answer, err);
}

/* Answers and ends in one breath. */
static int job_last_words(
	np_unused const json_t *job, np_unused json_t **ret_answer, np_unused struct np_err *err)
{
	static const char text[] = "{\"id\":1,\"ok\":{\"last\":true}}\n";

	(void)!write(NP_LANE_FD, text, sizeof text - 1);
	_exit(0);
}

static int job_hang_up(const json_t *job, json_t **ret_answer, struct np_err *err)
{
	(void)shutdown(NP_LANE_FD, SHUT_RDWR);
	return job_wait(job, ret_answer, err);
}

static int job_flood(
	np_unused const json_t *job, np_unused json_t **ret_answer, np_unused struct np_err *err)
{
	static char noise[1 << 20];

	memset(noise, 'x', sizeof noise);
	while (send(NP_LANE_FD, noise, sizeof noise, MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

static int job_big_answer(
	np_unused const json_t *job, json_t **ret_answer, np_unused struct np_err *err)
{
	np_auto(np_free) char *text = calloc(1, NP_LANE_MESSAGE_MAX + 1);

	memset(text, 'y', NP_LANE_MESSAGE_MAX);
	*ret_answer = json_pack("{s:s}", "text", text);
	return 0;
}

/* What it was started with: open descriptors over NP_LANE_FD, blocked signals. */
static int job_world(np_unused const json_t *job, json_t **ret_answer, np_unused struct np_err *err)
{
	sigset_t blocked;
	int strange = 0, signals = 0;

	for (int fd = NP_LANE_FD + 1; fd < 1024; fd++)
		strange += fcntl(fd, F_GETFD) >= 0;
	(void)sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		signals += sigismember(&blocked, sig) == 1;
	*ret_answer = json_pack("{s:i, s:i}", "strange_fds", strange, "blocked", signals);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const json_t *job, json_t **ret_answer, struct np_err *err);
} jobs[] = {
	{ "echo", job_echo },
	{ "fail", job_fail },
	{ "wait", job_wait },
	{ "die", job_die },
	{ "exit", job_exit },
	{ "say", job_say },
	{ "last-words", job_last_words },
	{ "hang-up", job_hang_up },
	{ "flood", job_flood },
	{ "big-answer", job_big_answer },
	{ "world", job_world },
};

static int handle(np_unused void *data, const json_t *job, json_t **ret_answer, struct np_err *err)
{
	const char *name = np_json_text(job, "job");

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		if (strcmp(jobs[i].name, name) == 0)
			return jobs[i].run(job, ret_answer, err);
	}
	return np_fail(err, NP_UNSUPPORTED, "no job '%s'", name);
}

/* "--lane", "--replay FILE", or "--late FIFO": no hello before the FIFO is opened. */
int main(int argc, char **argv)
{
	struct np_err err = { 0 };
	const char *mode = argc > 1 ? argv[1] : "";
	int rc;

	if (strcmp(mode, "--late") == 0) {
		np_auto(np_close) int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	}
	rc = strcmp(mode, "--replay") == 0 ? np_lane_replay(NP_LANE_FD, argv[2], &err)
					   : np_lane_serve(NP_LANE_FD, handle, NULL, &err);
	return rc < 0 ? 1 : 0;
}
