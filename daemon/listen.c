/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/listen.h"

#include <grp.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "base/log.h"

#define BACKLOG SOMAXCONN /* a full backlog refuses the hook with EAGAIN */

static int passed_socket(void)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names), fd = -1;

	for (int i = 0; i < n; i++) {
		int at = SD_LISTEN_FDS_START + i;
		bool ours = n == 1 || (names && strcmp(names[i], "api") == 0);

		if (fd < 0 && ours && sd_is_socket_unix(at, SOCK_STREAM, 1, NULL, 0) > 0)
			fd = at;
	}
	for (int i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
	return fd;
}

/* A socket file that nobody serves is left from a daemon that died. */
static int remove_stale(const struct sockaddr_un *address, struct np_err *err)
{
	np_auto(np_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return np_fail_sys(err, errno, "socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN)
		return np_fail(err, NP_BUSY, "%s is served by another daemon", address->sun_path);
	if (errno == ECONNREFUSED && unlink(address->sun_path) < 0)
		return np_fail_sys(err, errno, "remove %s", address->sun_path);
	return 0;
}

static void give_to_group(const char *path, const char *name)
{
	const struct group *group = *name ? getgrnam(name) : NULL;

	if (*name && (!group || chown(path, (uid_t)-1, group->gr_gid) < 0))
		np_log(LOG_WARNING,
			"%s: group '%s' %s: only the daemon's own user and group may use it", path,
			name, group ? "may not be given" : "is not known");
}

int daemon_listen(const char *path, const char *group, int *ret_fd, struct np_err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	np_auto(np_close) int fd = passed_socket();
	char folder[NP_PATH_MAX];
	int rc;

	if (fd >= 0) {
		*ret_fd = np_take_fd(&fd);
		return 0;
	}
	if (strlen(path) >= sizeof address.sun_path)
		return np_fail(err, NP_INVAL, "socket path %s is too long", path);
	memcpy(address.sun_path, path, strlen(path));
	(void)np_path(folder, "%s", path);
	rc = np_mkdir_p(dirname(folder), 0755, err);
	if (rc == 0)
		rc = remove_stale(&address, err);
	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return np_fail_sys(err, errno, "socket");
	/* Nobody gets in between bind and chmod. */
	mode_t mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&address, sizeof address);
	(void)umask(mask);
	if (rc < 0)
		return np_fail_sys(err, errno, "bind %s", path);
	give_to_group(path, group);
	if (chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0)
		return np_fail_sys(err, errno, "listen on %s", path);
	*ret_fd = np_take_fd(&fd);
	return 0;
}
