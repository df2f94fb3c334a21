/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lane.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/lane_job.h"
#include "base/lane_start.h"
#include "base/lane_wire.h"
#include "base/list.h"
#include "base/log.h"

#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 5000
#define HANG_UP_GRACE_MS 1000 /* from a closed socket to the end of its process */
#define READ_CHUNK 65536
#define READ_TURN_MAX (1u << 20) /* bytes read in one turn of the loop */
#define ENVELOPE_MAX 96		 /* {"id":...,"until":...,"job":...} round a job's text */
#define NEVER_MS INT64_MAX
#define TIMER_ACCURACY_US 1000

/* A job that the process has; @id 0: none. */
struct handed {
	int64_t id;
	char name[NP_NAME_MAX];
	struct np_lane_job *job; /* NULL when its deadline passed */
	bool begun;		 /* not merely lying ready */
};

/*
 * Event handlers and np_lane_send only change the lane and arm @kick; on_kick hands the next jobs to
 * the process and makes all calls to the outside. So a callback never runs in the middle of
 * anything, and may free the lane.
 */
struct np_lane {
	sd_event *event;
	char *name;
	char **argv;
	int record_fd;
	np_lane_change_fn *on_change;
	void *data;

	sd_event_source *kick, *timer;
	enum np_lane_state state;
	bool changed; /* on_change may be due */
	enum np_lane_state told;
	json_t *late;
	bool calling, freed;

	pid_t pid;
	sd_event_source *process; /* owns the pidfd */
	sd_event_source *socket;  /* owns the socket; NULL when it hung up */
	struct np_wire_buf in;
	char *out; /* what is being sent */
	size_t out_len, out_done;
	bool greeted, stopped;
	int64_t start_ms, start_deadline_ms, kill_ms, respawn_ms, backoff_ms;
	unsigned restarts;
	char trouble[160];

	struct np_list queue; /* by priority, then age */
	unsigned queued;
	struct np_list ended; /* their done is due */
	int64_t last_id;
	struct handed work, next; /* at work, and ready to be begun after it */
	int64_t work_since_ms;
	bool ahead; /* may there be a next one? */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void kick(struct np_lane *lane)
{
	(void)sd_event_source_set_enabled(lane->kick, SD_EVENT_ONESHOT);
}

static void set_state(struct np_lane *lane, enum np_lane_state state)
{
	if (lane->state == state)
		return;
	np_log(LOG_DEBUG, "lane %s: %s -> %s", lane->name, np_lane_state_name(lane->state),
		np_lane_state_name(state));
	lane->state = state;
	lane->changed = true;
	kick(lane);
}

/* The job's outcome is known: rc and job->answer or job->err. */
static void job_end(struct np_lane *lane, struct np_lane_job *job, int rc)
{
	job->rc = rc;
	np_list_append(&lane->ended, &job->node);
	kick(lane);
}

static void record(struct np_lane *lane, char mark, const char *text)
{
	if (lane->record_fd >= 0 && dprintf(lane->record_fd, "%c %s\n", mark, text) < 0)
		np_log(LOG_DEBUG, "lane %s: recording: %s", lane->name, strerror(errno));
}

/* No more words with this process. */
static void hang_up(struct np_lane *lane)
{
	lane->socket = sd_event_source_disable_unref(lane->socket);
	np_wire_done(&lane->in);
	free(np_take(lane->out));
}

/* It broke the protocol: nothing it says can be trusted. Its end is seen by on_process. */
static void stop_process(struct np_lane *lane, const char *why)
{
	np_log(LOG_DEBUG, "lane %s: stopped: %s", lane->name, why);
	(void)snprintf(lane->trouble, sizeof lane->trouble, "was stopped (%s)", why);
	lane->stopped = true;
	hang_up(lane);
	(void)pidfd_send_signal(sd_event_source_get_io_fd(lane->process), SIGKILL, NULL, 0);
}

static int take_hello(struct np_lane *lane, struct np_err *err)
{
	if (lane->greeted)
		return np_fail(err, NP_PEER, "a second hello");
	lane->greeted = true;
	lane->start_deadline_ms = NEVER_MS;
	set_state(lane, NP_LANE_IDLE);
	return 0;
}

/* One that was not begun in time is refused by the process: no news. */
static void take_late_answer(
	struct np_lane *lane, const struct handed *ended, const struct np_wire_answer *answer)
{
	if (!ended->begun)
		return;
	np_log(LOG_DEBUG, "lane %s: late answer to '%s'", lane->name, ended->name);
	lane->late = answer->type == NP_WIRE_OK ? json_incref(answer->value)
						: json_pack("{s:O}", "error", answer->value);
}

/* What is in ->work is at work from now on. */
static void begin_work(struct np_lane *lane)
{
	lane->work_since_ms = now_ms();
	lane->work.begun = lane->work.job != NULL;
	if (lane->work.begun)
		record(lane, '>', lane->work.job->text);
	set_state(lane, NP_LANE_WORKING);
}

static int take_answer(
	struct np_lane *lane, const struct np_wire_answer *answer, struct np_err *err)
{
	struct handed ended = lane->work;

	if (!ended.id || ended.id != answer->id || (lane->out && !lane->next.id))
		return np_fail(err, NP_PEER, "an answer to job %" PRId64 ", which was not asked",
			answer->id);
	struct np_lane_job *job = ended.job;
	lane->work = lane->next;
	lane->next = (struct handed){ 0 };
	lane->backoff_ms = BACKOFF_MIN_MS;
	if (!job) {
		take_late_answer(lane, &ended, answer);
	} else if (answer->type == NP_WIRE_OK) {
		job->answer = json_incref(answer->value);
		job_end(lane, job, 0);
	} else {
		job_end(lane, job, np_err_from_json(&job->err, answer->value));
	}
	if (lane->work.id)
		begin_work(lane);
	else
		set_state(lane, NP_LANE_IDLE);
	return 0;
}

static void record_answer(struct np_lane *lane, const struct np_wire_answer *answer)
{
	np_auto(np_json_decref) json_t *json =
		json_pack("{s:O}", answer->type == NP_WIRE_OK ? "ok" : "error", answer->value);
	np_auto(np_free) char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (text)
		record(lane, '<', text);
}

static int take_message(struct np_lane *lane, const char *line, size_t len, struct np_err *err)
{
	struct np_wire_answer answer = { 0 };
	int rc = np_wire_parse_answer(line, len, &answer, err);

	if (rc < 0)
		return rc;
	if (answer.type == NP_WIRE_HELLO) {
		rc = take_hello(lane, err);
	} else {
		if (lane->record_fd >= 0 && lane->work.begun)
			record_answer(lane, &answer);
		rc = take_answer(lane, &answer, err);
	}
	json_decref(answer.value);
	return rc;
}

static int take_bytes(struct np_lane *lane, const char *data, size_t len, struct np_err *err)
{
	size_t line_len;
	int rc = np_wire_add(&lane->in, data, len, err);

	for (char *line; rc == 0 && (line = np_wire_line(&lane->in, &line_len));)
		rc = take_message(lane, line, line_len, err);
	return rc;
}

/* Reads what is there. 1: there may be more, 0: nothing more now, -1: it hung up or was stopped. */
static int read_socket(struct np_lane *lane)
{
	int fd = sd_event_source_get_io_fd(lane->socket);
	struct np_err err = { 0 };
	char data[READ_CHUNK];

	for (size_t total = 0; total < READ_TURN_MAX;) {
		ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return -1;
		if (take_bytes(lane, data, (size_t)n, &err) < 0) {
			stop_process(lane, err.msg);
			return -1;
		}
		total += (size_t)n;
	}
	return 1;
}

/* Sends what the socket takes. False when the lane took nothing and never will. */
static bool write_socket(struct np_lane *lane)
{
	int fd = sd_event_source_get_io_fd(lane->socket);

	while (lane->out_done < lane->out_len) {
		ssize_t n = send(fd, lane->out + lane->out_done, lane->out_len - lane->out_done,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return lane->out_done > 0;
		if (n < 0)
			break;
		lane->out_done += (size_t)n;
	}
	bool more = lane->out_done < lane->out_len;
	(void)sd_event_source_set_io_events(lane->socket, EPOLLIN | (more ? EPOLLOUT : 0));
	if (!more)
		free(np_take(lane->out));
	return true;
}

/* It closed its socket: most likely it is ending, and on_process will tell how. */
static void wait_for_end(struct np_lane *lane)
{
	hang_up(lane);
	lane->kill_ms = now_ms() + HANG_UP_GRACE_MS;
	kick(lane);
}

static void hear(struct np_lane *lane)
{
	if (lane->socket && read_socket(lane) < 0 && lane->socket)
		wait_for_end(lane);
}

static int on_socket(
	np_unused sd_event_source *source, np_unused int fd, uint32_t revents, void *data)
{
	struct np_lane *lane = data;

	if (revents & EPOLLOUT && lane->out)
		(void)write_socket(lane);
	if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		hear(lane);
	return 0;
}

static void enqueue(struct np_lane *lane, struct np_lane_job *job)
{
	np_lane_job_insert(&lane->queue, job);
	lane->queued++;
}

static struct np_lane_job *unqueue(struct np_lane *lane, struct np_lane_job *job)
{
	np_list_remove(&job->node);
	lane->queued--;
	return job;
}

static void back_off(struct np_lane *lane)
{
	lane->respawn_ms = now_ms() + lane->backoff_ms;
	lane->backoff_ms *= 2;
	if (lane->backoff_ms > BACKOFF_MAX_MS)
		lane->backoff_ms = BACKOFF_MAX_MS;
}

static void process_gone(struct np_lane *lane)
{
	struct np_lane_job *job = np_take(lane->work.job), *next = np_take(lane->next.job);

	/* It was not begun; one that was dropped meanwhile need not be. */
	if (next && next->done)
		enqueue(lane, next);
	else
		np_lane_job_free(next);
	if (job)
		job_end(lane, job,
			np_fail(&job->err, NP_IO,
				"%s: the lane %s while at '%s': what it did will be looked at",
				lane->name, lane->trouble, job->name));
	hang_up(lane);
	lane->process = sd_event_source_disable_unref(lane->process);
	lane->pid = 0;
	lane->work = lane->next = (struct handed){ 0 };
	lane->start_deadline_ms = lane->kill_ms = NEVER_MS;
	back_off(lane);
	set_state(lane, NP_LANE_DOWN);
	kick(lane);
}

static void tell_end(struct np_lane *lane, const siginfo_t *info)
{
	bool ended = info->si_code == CLD_EXITED;

	if (!lane->stopped)
		(void)snprintf(lane->trouble, sizeof lane->trouble, "%s %d)",
			ended ? "ended (status" : "died (signal", info->si_status);
	np_log(LOG_DEBUG, "lane %s: process %d %s", lane->name, (int)lane->pid, lane->trouble);
}

/* The process ended. @data is NULL when its lane was freed before. */
static int on_process(sd_event_source *source, int fd, np_unused uint32_t revents, void *data)
{
	struct np_lane *lane = data;
	siginfo_t info = { 0 };

	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return 0;
	if (!lane) {
		/* The loop's reference ends with the floating mode. */
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
		(void)sd_event_source_set_floating(source, false);
		return 0;
	}
	/* It may have answered and ended: its last words count. */
	while (lane->socket && read_socket(lane) > 0)
		;
	tell_end(lane, &info);
	process_gone(lane);
	return 0;
}

/* Takes *fd on success. */
static int watch(struct np_lane *lane, sd_event_source **ret_source, int *fd,
	sd_event_io_handler_t handler, struct np_err *err)
{
	int rc = sd_event_add_io(lane->event, ret_source, *fd, EPOLLIN, handler, lane);

	if (rc < 0)
		return np_fail_sys(err, -rc, "lane %s: watch", lane->name);
	(void)sd_event_source_set_io_fd_own(*ret_source, true);
	(void)sd_event_source_set_description(*ret_source, lane->name);
	(void)np_take_fd(fd);
	return 0;
}

/* The loop keeps the pidfd and reaps the process when it ends, be it in a year. */
static void leave_process(struct np_lane *lane)
{
	if (!lane->process)
		return;
	(void)sd_event_source_set_userdata(lane->process, NULL);
	(void)sd_event_source_set_floating(lane->process, true);
	lane->process = sd_event_source_unref(lane->process);
}

static int start_process(struct np_lane *lane, struct np_err *err)
{
	np_auto(np_close) int socket = -1;
	np_auto(np_close) int pidfd = -1;
	int rc = np_lane_start(lane->argv, &lane->pid, &pidfd, &socket, err);

	if (rc < 0)
		return np_wrap(err, rc, "lane %s", lane->name);
	rc = watch(lane, &lane->process, &pidfd, on_process, err);
	if (rc == 0)
		rc = watch(lane, &lane->socket, &socket, on_socket, err);
	if (rc < 0) {
		leave_process(lane);
		return rc;
	}
	lane->greeted = lane->stopped = false;
	lane->start_deadline_ms = now_ms() + lane->start_ms;
	lane->respawn_ms = NEVER_MS;
	set_state(lane, NP_LANE_STARTING);
	return 0;
}

static void restart_process(struct np_lane *lane)
{
	struct np_err err = { 0 };

	lane->restarts++;
	if (start_process(lane, &err) == 0)
		return;
	(void)snprintf(lane->trouble, sizeof lane->trouble, "did not start (%.140s)", err.msg);
	np_log(LOG_DEBUG, "%s", err.msg);
	back_off(lane);
}

static int fail_waited(const struct np_lane *lane, struct np_lane_job *job, int64_t now)
{
	double waited = (double)(now - job->queued_ms) / 1000.0;

	if (lane->work.id)
		return np_fail(&job->err, NP_TIMEOUT,
			"%s: '%s' waited %.1f s behind '%s' and was not begun", lane->name,
			job->name, waited, lane->work.name);
	return np_fail(&job->err, NP_TIMEOUT,
		"%s: '%s' waited %.1f s for the lane, which is %s, and was not begun", lane->name,
		job->name, waited, np_lane_state_name(lane->state));
}

static void expire_queued(struct np_lane *lane, int64_t now)
{
	np_list_foreach_safe (job, &lane->queue, struct np_lane_job, node) {
		if (job->deadline_ms <= now)
			job_end(lane, unqueue(lane, job), fail_waited(lane, job, now));
	}
}

/* The process begins no job whose deadline has passed, and says before what it ended: the one at work has not. */
static void expire_next(struct np_lane *lane, int64_t now)
{
	if (!lane->next.job || lane->next.job->deadline_ms > now)
		return;
	struct np_lane_job *job = np_take(lane->next.job);
	job_end(lane, job, fail_waited(lane, job, now));
}

static void expire_work(struct np_lane *lane, int64_t now)
{
	if (!lane->work.job || lane->work.job->deadline_ms > now)
		return;
	struct np_lane_job *job = np_take(lane->work.job);
	job_end(lane, job,
		np_fail(&job->err, NP_TIMEOUT,
			"%s: '%s' has not ended after %.1f s and may still end; the lane is closed until then",
			lane->name, job->name, (double)(now - job->queued_ms) / 1000.0));
	set_state(lane, NP_LANE_STUCK);
}

static int on_timer(np_unused sd_event_source *source, np_unused uint64_t usec, void *data)
{
	struct np_lane *lane = data;
	int64_t now = now_ms();

	/* What was said in time counts, though it is heard late. */
	hear(lane);
	expire_work(lane, now);
	expire_next(lane, now);
	expire_queued(lane, now);
	if (lane->start_deadline_ms <= now) {
		lane->start_deadline_ms = NEVER_MS;
		set_state(lane, NP_LANE_STUCK);
	}
	if (lane->kill_ms <= now) {
		lane->kill_ms = NEVER_MS;
		stop_process(lane, "it closed its socket");
	}
	if (lane->respawn_ms <= now)
		restart_process(lane);
	kick(lane);
	return 0;
}

/* One timer, at the nearest of all deadlines. */
static void set_timer(struct np_lane *lane)
{
	int64_t next = lane->start_deadline_ms;

	if (lane->kill_ms < next)
		next = lane->kill_ms;
	if (lane->respawn_ms < next)
		next = lane->respawn_ms;
	if (lane->work.job && lane->work.job->deadline_ms < next)
		next = lane->work.job->deadline_ms;
	if (lane->next.job && lane->next.job->deadline_ms < next)
		next = lane->next.job->deadline_ms;
	np_list_foreach (job, &lane->queue, struct np_lane_job, node) {
		if (job->deadline_ms < next)
			next = job->deadline_ms;
	}
	(void)sd_event_source_set_time(
		lane->timer, next == NEVER_MS ? UINT64_MAX : (uint64_t)next * 1000);
	(void)sd_event_source_set_enabled(lane->timer, SD_EVENT_ONESHOT);
}

/* Where the process has room for a job: at work when it is idle, or ready behind the one at work. */
static struct handed *room(struct np_lane *lane)
{
	if (!lane->socket)
		return NULL;
	if (lane->state == NP_LANE_IDLE)
		return &lane->work;
	return lane->ahead && lane->state == NP_LANE_WORKING && !lane->next.id && !lane->out
		       ? &lane->next
		       : NULL;
}

/* False when the process is gone and took nothing: the job waits for the next one. */
static bool hand(struct np_lane *lane, struct handed *place, struct np_lane_job *job)
{
	int len = asprintf(&lane->out, "{\"id\":%" PRId64 ",\"until\":%" PRId64 ",\"job\":%s}\n",
		job->id, job->deadline_ms, job->text);

	if (len < 0) {
		lane->out = NULL;
		job_end(lane, unqueue(lane, job), np_fail_nomem(&job->err));
		return true;
	}
	lane->out_len = (size_t)len;
	lane->out_done = 0;
	if (!write_socket(lane)) {
		free(np_take(lane->out));
		return false;
	}
	*place = (struct handed){ .id = job->id, .job = unqueue(lane, job) };
	memcpy(place->name, job->name, sizeof place->name);
	if (place == &lane->work)
		begin_work(lane);
	return true;
}

/* As many jobs as the process has room for. */
static void hand_over(struct np_lane *lane)
{
	struct handed *place;

	expire_queued(lane, now_ms());
	while (!np_list_empty(&lane->queue) && (place = room(lane))) {
		if (!hand(lane, place, np_list_entry(lane->queue.next, struct np_lane_job, node)))
			return;
	}
}

static void lane_release(struct np_lane *lane)
{
	for (char **arg = lane->argv; arg && *arg; arg++)
		free(*arg);
	free(lane->argv);
	free(lane->name);
	sd_event_unref(lane->event);
	free(lane);
}

static void call_done(struct np_lane *lane)
{
	struct np_lane_job *job = np_list_entry(lane->ended.next, struct np_lane_job, node);

	np_list_remove(&job->node);
	if (job->done)
		job->done(job->data, job->rc, job->answer, &job->err);
	np_lane_job_free(job);
}

static void call_change(struct np_lane *lane)
{
	np_auto(np_json_decref) json_t *late = np_take(lane->late);
	bool news = late || lane->state != lane->told;

	lane->changed = false;
	lane->told = lane->state;
	if (lane->on_change && news)
		lane->on_change(lane->data, lane, late);
}

static int on_kick(np_unused sd_event_source *source, void *data)
{
	struct np_lane *lane = data;

	/* The process does not wait for all that its answer sets off here. */
	if (!lane->late)
		hand_over(lane);
	lane->calling = true;
	while (!lane->freed && !np_list_empty(&lane->ended))
		call_done(lane);
	if (!lane->freed && lane->changed)
		call_change(lane);
	lane->calling = false;
	if (lane->freed) {
		lane_release(lane);
		return 0;
	}
	hand_over(lane);
	set_timer(lane);
	return 0;
}

static int copy_spec(struct np_lane *lane, const struct np_lane_spec *spec, struct np_err *err)
{
	size_t argc = 0;

	while (spec->argv[argc])
		argc++;
	lane->name = strdup(spec->name);
	lane->argv = calloc(argc + 1, sizeof *lane->argv);
	if (!lane->name || !lane->argv)
		return np_fail_nomem(err);
	for (size_t i = 0; i < argc; i++) {
		lane->argv[i] = strdup(spec->argv[i]);
		if (!lane->argv[i])
			return np_fail_nomem(err);
	}
	if (spec->record_path) {
		lane->record_fd =
			open(spec->record_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (lane->record_fd < 0)
			return np_fail_sys(
				err, errno, "lane %s: record to %s", spec->name, spec->record_path);
	}
	lane->start_ms = spec->start_ms ? spec->start_ms : NP_LANE_START_MS;
	lane->ahead = spec->ahead;
	lane->on_change = spec->on_change;
	lane->data = spec->data;
	return 0;
}

static int add_sources(struct np_lane *lane, struct np_err *err)
{
	int rc = sd_event_add_defer(lane->event, &lane->kick, on_kick, lane);

	if (rc >= 0)
		rc = sd_event_add_time(lane->event, &lane->timer, CLOCK_MONOTONIC, UINT64_MAX,
			TIMER_ACCURACY_US, on_timer, lane);
	if (rc < 0)
		return np_fail_sys(err, -rc, "lane %s: event source", lane->name);
	return 0;
}

int np_lane_new(struct np_lane **ret_lane, sd_event *event, const struct np_lane_spec *spec,
	struct np_err *err)
{
	np_auto(np_lane_freep) struct np_lane *lane = calloc(1, sizeof *lane);
	int rc;

	if (!lane)
		return np_fail_nomem(err);
	lane->event = sd_event_ref(event);
	lane->record_fd = -1;
	lane->state = lane->told = NP_LANE_DOWN;
	lane->start_deadline_ms = lane->kill_ms = lane->respawn_ms = NEVER_MS;
	lane->backoff_ms = BACKOFF_MIN_MS;
	np_list_init(&lane->queue);
	np_list_init(&lane->ended);
	rc = copy_spec(lane, spec, err);
	if (rc == 0)
		rc = add_sources(lane, err);
	if (rc == 0)
		rc = start_process(lane, err);
	if (rc < 0)
		return rc;
	*ret_lane = np_take(lane);
	return 0;
}

struct np_lane *np_lane_free(struct np_lane *lane)
{
	if (!lane || lane->freed)
		return NULL;
	lane->freed = true;
	hang_up(lane);
	leave_process(lane);
	lane->timer = sd_event_source_disable_unref(lane->timer);
	lane->kick = sd_event_source_disable_unref(lane->kick);
	np_lane_job_list_free(&lane->queue);
	np_lane_job_list_free(&lane->ended);
	np_lane_job_free(lane->work.job);
	np_lane_job_free(lane->next.job);
	json_decref(np_take(lane->late));
	np_close(&lane->record_fd);
	if (!lane->calling)
		lane_release(lane);
	return NULL;
}

int np_lane_send(struct np_lane *lane, json_t *json, int64_t timeout_ms, int priority,
	np_lane_done_fn *done, void *data, struct np_err *err)
{
	np_auto(np_json_decref) json_t *owned = json;
	struct np_lane_job *job = NULL;

	if (lane->queued >= NP_LANE_QUEUE_MAX)
		return np_fail(
			err, NP_BUSY, "lane %s: %u jobs wait already", lane->name, lane->queued);
	int rc = np_lane_job_new(&job, owned, err);
	if (rc < 0)
		return np_wrap(err, rc, "lane %s", lane->name);
	if (strlen(job->text) > NP_LANE_MESSAGE_MAX - ENVELOPE_MAX) {
		np_lane_job_free(job);
		return np_fail(err, NP_TOOBIG, "lane %s: a job of over %u bytes", lane->name,
			NP_LANE_MESSAGE_MAX);
	}
	job->id = ++lane->last_id;
	job->priority = priority;
	job->done = done;
	job->data = data;
	job->queued_ms = now_ms();
	job->deadline_ms =
		timeout_ms < NEVER_MS - job->queued_ms ? job->queued_ms + timeout_ms : NEVER_MS;
	enqueue(lane, job);
	kick(lane);
	return 0;
}

void np_lane_drop(struct np_lane *lane, const void *data)
{
	np_list_foreach_safe (job, &lane->queue, struct np_lane_job, node) {
		if (job->data == data)
			np_lane_job_free(unqueue(lane, job));
	}
	np_list_foreach (job, &lane->ended, struct np_lane_job, node) {
		if (job->data == data)
			job->done = NULL;
	}
	if (lane->work.job && lane->work.job->data == data)
		lane->work.job->done = NULL;
	if (lane->next.job && lane->next.job->data == data)
		lane->next.job->done = NULL;
}

struct np_lane_status np_lane_status(const struct np_lane *lane)
{
	return (struct np_lane_status){
		.state = lane->state,
		.job = lane->work.id ? lane->work.name : "",
		.job_since_ms = lane->work.id ? lane->work_since_ms : 0,
		.queued = lane->queued,
		.restarts = lane->restarts,
		.pid = lane->pid,
		.trouble = lane->trouble,
	};
}

const char *np_lane_name(const struct np_lane *lane)
{
	return lane->name;
}

const char *np_lane_state_name(enum np_lane_state state)
{
	static const char *const names[] = {
		[NP_LANE_STARTING] = "starting",
		[NP_LANE_IDLE] = "idle",
		[NP_LANE_WORKING] = "working",
		[NP_LANE_STUCK] = "stuck",
		[NP_LANE_DOWN] = "down",
	};

	return names[state];
}
