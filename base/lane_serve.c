/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/lane.h"
#include "base/lane_wire.h"

#define READ_CHUNK 65536

/* What came from the core, line by line. */
struct intake {
	int fd;
	struct np_wire_buf buf;
};

static void intake_done(struct intake *intake)
{
	np_wire_done(&intake->buf);
}

/* The next job. 1: got one, 0: the core closed the socket. */
static int next_job(struct intake *intake, struct np_wire_job *ret_job, struct np_err *err)
{
	char data[READ_CHUNK];
	char *line;
	size_t len;

	while (!(line = np_wire_line(&intake->buf, &len))) {
		ssize_t n = recv(intake->fd, data, sizeof data, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return 0;
		if (n < 0)
			return np_fail_sys(err, errno, "read from the core");
		int rc = np_wire_add(&intake->buf, data, (size_t)n, err);
		if (rc < 0)
			return rc;
	}
	int rc = np_wire_parse_job(line, len, ret_job, err);
	return rc < 0 ? rc : 1;
}

/* 1: sent, 0: the core is gone. */
static int say_text(int fd, const char *text, size_t len, struct np_err *err)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (n < 0)
			return np_fail_sys(err, errno, "answer the core");
		text += n;
		len -= (size_t)n;
	}
	return 1;
}

static int say(int fd, const json_t *json, struct np_err *err)
{
	np_auto(np_free) char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return np_fail_nomem(err);
	if (len > NP_LANE_MESSAGE_MAX)
		return np_fail(err, NP_TOOBIG, "the answer is over %u bytes", NP_LANE_MESSAGE_MAX);
	text[len] = '\n'; /* its NUL is not needed any more */
	return say_text(fd, text, len + 1, err);
}

static int say_hello(int fd, struct np_err *err)
{
	np_auto(np_json_decref) json_t *hello =
		json_pack("{s:{s:i}}", "hello", "pid", (int)getpid());

	return say(fd, hello, err);
}

/* Takes @result. One that is too big becomes an error: the core waits for an answer. */
static int say_result(int fd, int64_t id, json_t *result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *answer = result;
	struct np_err why = { 0 };

	if (!answer || json_object_set_new(answer, "id", json_integer(id)) < 0)
		return np_fail_nomem(err);
	int rc = say(fd, answer, &why);
	if (rc != -NP_TOOBIG) {
		if (rc < 0 && err)
			*err = why;
		return rc;
	}
	np_auto(np_json_decref) json_t *refusal = np_wire_result(rc, NULL, &why);
	if (!refusal || json_object_set_new(refusal, "id", json_integer(id)) < 0)
		return np_fail_nomem(err);
	return say(fd, refusal, err);
}

bool np_lane_is_left(int fd)
{
	struct pollfd core = { .fd = fd, .events = POLLRDHUP };

	return poll(&core, 1, 0) > 0 && core.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static bool is_late(const struct np_wire_job *job)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 >= job->until_ms;
}

int np_lane_serve(int fd, np_lane_handler *handler, void *data, struct np_err *err)
{
	np_auto(intake_done) struct intake intake = { .fd = fd };
	int rc = say_hello(fd, err);

	while (rc > 0) {
		np_auto(np_wire_job_done) struct np_wire_job job = { 0 };
		struct np_err why = { 0 };
		json_t *answer = NULL;

		rc = next_job(&intake, &job, err);
		if (rc <= 0)
			break;
		if (np_lane_is_left(fd))
			return 0;
		int result = is_late(&job) ? np_fail(&why, NP_TIMEOUT,
						     "its time was over: it was not begun")
					   : handler(data, job.job, &answer, &why);
		rc = say_result(fd, job.id, np_wire_result(result, answer, &why), err);
	}
	return rc;
}

/* The next line of a recording that begins with @mark, as JSON. */
static int next_recorded(FILE *file, char mark, json_t **ret_json, struct np_err *err)
{
	np_auto(np_free) char *line = NULL;
	size_t cap = 0;
	ssize_t len = getline(&line, &cap, file);

	if (len < 3 || line[0] != mark)
		return np_fail(err, NP_PEER, "the recording holds no '%c' here", mark);
	return np_json_parse(line + 2, (size_t)len - 2, ret_json, err);
}

/* *ret_result is the recorded {"ok":...} or {"error":...}, or an error that tells the two jobs
 * apart. */
static int replay_job(FILE *file, const json_t *job, json_t **ret_result, struct np_err *err)
{
	np_auto(np_json_decref) json_t *recorded = NULL;
	struct np_err why = { 0 };
	int rc = next_recorded(file, '>', &recorded, &why);

	if (rc == 0 && !json_equal(job, recorded)) {
		np_auto(np_free) char *text = json_dumps(recorded, JSON_COMPACT);
		rc = np_fail(&why, NP_PEER, "the recording has another job here: %.300s",
			text ? text : "");
	}
	if (rc < 0) {
		*ret_result = np_wire_result(rc, NULL, &why);
		return 0;
	}
	rc = next_recorded(file, '<', ret_result, err);
	if (rc < 0)
		return np_fail(err, NP_PEER, "the recorded lane ended here without an answer");
	return 0;
}

int np_lane_replay(int fd, const char *path, struct np_err *err)
{
	np_auto(intake_done) struct intake intake = { .fd = fd };
	np_auto(np_fclose) FILE *file = fopen(path, "re");
	int rc = file ? say_hello(fd, err) : np_fail_sys(err, errno, "open %s", path);

	while (rc > 0) {
		np_auto(np_wire_job_done) struct np_wire_job job = { 0 };
		json_t *result = NULL;

		rc = next_job(&intake, &job, err);
		if (rc <= 0)
			break;
		rc = replay_job(file, job.job, &result, err);
		if (rc == 0)
			rc = say_result(fd, job.id, result, err);
	}
	return np_wrap(err, rc, "%s", path);
}
