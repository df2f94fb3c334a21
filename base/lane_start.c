/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lane_start.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

#include "base/lane.h"

/* Standard input is /dev/null; nothing but 0-2 and NP_LANE_FD is left open, whatever the caller
 * forgot. */
static int spawn_actions(posix_spawn_file_actions_t *actions, int fd)
{
	int rc = posix_spawn_file_actions_adddup2(actions, fd, NP_LANE_FD);

	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(
			actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions, NP_LANE_FD + 1);
	return rc;
}

/* Signals as at the start of the world; its own process group, so that a terminal's Ctrl-C is not
 * for it. */
static int spawn_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int rc;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	return rc;
}

static int spawn(char *const *argv, int fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = spawn_actions(&actions, fd);
		if (rc == 0)
			rc = spawn_attributes(&attr);
		if (rc == 0)
			rc = posix_spawn(ret_pid, argv[0], &actions, &attr, argv, environ);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int np_lane_start(
	char *const *argv, pid_t *ret_pid, int *ret_pidfd, int *ret_socket, struct np_err *err)
{
	int pair[2], pidfd, rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return np_fail_sys(err, errno, "socketpair");
	rc = spawn(argv, pair[1], &pid);
	/* Its slot is then free for the pidfd: a full descriptor table makes no zombies. */
	(void)close(pair[1]);
	if (rc) {
		(void)close(pair[0]);
		return np_fail_sys(err, rc, "start %s", argv[0]);
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		rc = np_fail_sys(err, errno, "pidfd of %s", argv[0]);
		(void)close(pair[0]);
		return rc;
	}
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	*ret_socket = pair[0];
	return 0;
}
