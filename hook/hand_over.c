/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * npivd-hook itself: most guests of a host may be strangers, and libvirt waits at each of their steps. So it
 * is linked with the little that tells a stranger, and for a guest of npivd becomes npivd-hook-act, the same
 * program with the HTTP client (which loads libcurl and what that needs). The definition goes along as a
 * file in memory, since standard input has been read.
 */
#include <string.h>
#include <sys/mman.h>

#include "hook/hook.h"

#define ARGS_MAX 64

/* The program beside this one, wherever both are. */
static int find_program(char path[static NP_PATH_MAX], struct np_err *err)
{
	char self[NP_PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

	if (len < 0)
		return np_fail_sys(err, errno, "/proc/self/exe");
	self[len] = '\0';
	return np_path(path, "%s-act", self)
		       ? 0
		       : np_fail(err, NP_INVAL, "path too long: %.100s", self);
}

static int put_definition_back(const struct hook_event *event, struct np_err *err)
{
	np_auto(np_close) int fd = memfd_create("definition", MFD_CLOEXEC);

	for (size_t done = 0; fd >= 0 && done < event->definition_len;) {
		ssize_t n = write(fd, event->definition + done, event->definition_len - done);
		if (n < 0)
			return np_fail_sys(err, errno, "definition");
		done += (size_t)n;
	}
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0)
		return np_fail_sys(err, errno, "definition");
	return 0;
}

/* Returns on failure only. */
int hook_act(const struct hook_config *config np_unused, const struct hook_call *call,
	struct np_err *err)
{
	char *const *argv = call->input->argv;
	char path[NP_PATH_MAX], began[40], *args[ARGS_MAX] = { argv[0], began, NULL };
	char end[] = "--";
	size_t n = 2;
	int rc = find_program(path, err);

	if (rc == 0)
		rc = put_definition_back(call->event, err);
	if (rc < 0)
		return rc;
	/* One deadline for both. */
	(void)snprintf(began, sizeof began, "--began=%lld", (long long)call->input->began_ms);
	if (argv + 1 == (char *const *)(uintptr_t)call->input->args)
		args[n++] = end;
	for (size_t i = 1; argv[i]; i++) {
		if (n == ARGS_MAX - 1)
			return np_fail(err, NP_TOOBIG, "over %d arguments", ARGS_MAX);
		args[n++] = argv[i];
	}
	(void)execv(path, args);
	return np_fail_sys(err, errno, "start %s", path);
}
