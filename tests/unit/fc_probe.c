/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tries fc/ on a kernel by hand or from the rig: runs lane jobs in this process and prints answers and times.
 *
 *   fc_probe ROOT hosts
 *   fc_probe ROOT events SECONDS
 *   fc_probe ROOT HOST JOB...       JOB: {"job": "scan"}, see fc/lane.h; @N COMMAND repeats it N times with
 *                                   %d in it replaced by 0..N-1 (four hex digits); - reads jobs by
 *                                   line from standard input
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fc/event.h"
#include "fc/lane.h"
#include "fc/scan.h"

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int list_hosts(const struct fc_sysfs *sysfs)
{
	struct fc_entries hosts;
	struct np_err err;

	if (fc_scan_hosts(sysfs, &hosts, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	for (size_t i = 0; i < hosts.n; i++)
		(void)printf("%s\n", hosts.items[i].name);
	fc_entries_done(&hosts);
	return 0;
}

static void print_event(void *data np_unused, const struct fc_event *event)
{
	static const char *const kinds[] = { "hosts", "touched", "fc", "overrun" };

	(void)printf("event %s %s %s %s %s %" PRIu32 "\n", kinds[event->kind], event->host,
		event->action, event->subsystem,
		event->kind == FC_EVENT_FC ? fc_event_code_name(event->code) : "",
		event->event_num);
	(void)fflush(stdout);
}

static int stop(sd_event_source *source, uint64_t usec np_unused, void *data np_unused)
{
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int show_events(const char *seconds)
{
	struct fc_events *events = NULL;
	sd_event *loop = NULL;
	int rc = sd_event_new(&loop);

	if (rc >= 0)
		rc = fc_events_new(&events, loop, print_event, NULL, NULL);
	if (rc < 0)
		return 1;
	(void)printf("missing: '%s'\n", fc_events_missing(events));
	(void)fflush(stdout);
	(void)sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC,
		(uint64_t)fc_parse_int(seconds, 1) * 1000000, 0, stop, NULL);
	rc = sd_event_loop(loop);
	fc_events_free(events);
	sd_event_unref(loop);
	return rc < 0;
}

static int run_job(struct fc_lane *lane, const char *text, bool print)
{
	np_auto(np_json_decref) json_t *job = NULL;
	np_auto(np_json_decref) json_t *answer = NULL;
	struct np_err err = { 0 };
	int rc = np_json_parse(text, strlen(text), &job, &err);

	if (rc == 0)
		rc = fc_lane_handle(lane, job, &answer, &err);
	if (rc < 0)
		(void)printf("error %s: %s (%s)\n", np_code_row(rc)->name, err.msg, err.hint);
	else if (print)
		(void)json_dumpf(answer, stdout, JSON_INDENT(1)), (void)printf("\n");
	return rc;
}

static int run_jobs(struct fc_lane *lane, const char *text)
{
	unsigned count = 1;
	double start = now_ms();
	char job[4096];
	int failed = 0;

	if (text[0] == '@') {
		count = (unsigned)strtoul(text + 1, NULL, 10);
		text = strchr(text, ' ') + 1;
	}
	for (unsigned i = 0; i < count; i++) {
		const char *at = strstr(text, "%d");
		if (at)
			(void)snprintf(
				job, sizeof job, "%.*s%04x%s", (int)(at - text), text, i, at + 2);
		failed |= run_job(lane, at ? job : text, count == 1) < 0;
	}
	(void)printf("# %u x %.60s: %.1f ms\n", count, text, now_ms() - start);
	return failed;
}

static int run_stdin(struct fc_lane *lane)
{
	char line[4096];
	int failed = 0;

	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		failed |= run_jobs(lane, line);
		(void)fflush(stdout);
	}
	return failed;
}

int main(int argc, char **argv)
{
	struct fc_lane_spec spec = { .lock_dir = "", .fd = -1 };
	struct fc_lane lane;
	int failed = 0;

	if (argc < 3)
		return 2;
	spec.sysfs_root = argv[1];
	spec.host = argv[2];
	if (fc_lane_init(&lane, &spec, NULL) < 0)
		return 2;
	if (strcmp(argv[2], "hosts") == 0)
		return list_hosts(&lane.sysfs);
	if (strcmp(argv[2], "events") == 0)
		return argc > 3 ? show_events(argv[3]) : 2;
	for (int i = 3; i < argc; i++)
		failed |= strcmp(argv[i], "-") == 0 ? run_stdin(&lane) : run_jobs(&lane, argv[i]);
	fc_lane_done(&lane);
	return failed;
}
