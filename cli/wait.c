/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/wait.h"

#include <signal.h>
#include <string.h>

#define SLICE_S 1 /* how often the line is brought up to date, and Ctrl-C looked at */

struct progress {
	const struct cli *cli;
	bool terminal, interrupted;
	int64_t began_ms;
	char last[256];
};

static void describe(const json_t *operation, char *text, size_t size)
{
	const json_t *progress = json_object_get(operation, "progress");
	const char *step = np_json_text(progress, "step"), *words = np_json_text(progress, "text");

	(void)snprintf(text, size, "[%lld/%lld] %s%s%s", (long long)np_json_int(progress, "done"),
		(long long)np_json_int(progress, "total"),
		step[0] ? step : np_json_text(operation, "state"), words[0] ? ": " : "", words);
}

/* Was Ctrl-C pressed? The signal is blocked and only looked at here. */
static bool was_interrupted(void)
{
	struct timespec now = { 0 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &now) == SIGINT;
}

static bool show_step(void *data, const json_t *operation)
{
	struct progress *progress = data;
	char line[sizeof progress->last];

	describe(operation, line, sizeof line);
	if (progress->terminal) {
		np_auto(np_free) char *hidden =
			progress->cli->style.redact
				? cli_redact_text(progress->cli->style.redact, line)
				: NULL;

		(void)fprintf(stderr, "\r\033[K%s  %lld s", hidden ? hidden : line,
			(long long)(cli_now_ms() - progress->began_ms) / 1000);
	} else if (strcmp(line, progress->last) != 0) {
		cli_say(progress->cli, "%s", line);
	}
	(void)snprintf(progress->last, sizeof progress->last, "%s", line);
	progress->interrupted = was_interrupted();
	return !progress->interrupted;
}

int cli_wait(struct cli *cli, int64_t operation, int64_t limit_s, json_t **ret_operation,
	struct np_err *err)
{
	const char *term = getenv("TERM");
	bool quiet = cli_has(cli, "quiet");
	struct progress progress = {
		.cli = cli,
		.terminal =
			!quiet && isatty(STDERR_FILENO) == 1 && term && strcmp(term, "dumb") != 0,
		.began_ms = cli_now_ms(),
	};
	struct cli_follow follow = {
		.id = operation,
		.deadline_ms = limit_s > 0 ? progress.began_ms + limit_s * 1000 : 0,
		.slice_s = SLICE_S,
		.step = show_step,
		.data = &progress,
	};
	sigset_t set, before;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	int rc = cli_client_follow(cli->client, &follow, ret_operation, err);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (progress.terminal && progress.last[0])
		(void)fputs("\r\033[K", stderr);
	return rc;
}
