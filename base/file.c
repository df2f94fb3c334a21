/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <libgen.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

int np_file_read(int dirfd, const char *path, size_t max, char **ret_text, struct np_err *err)
{
	np_auto(np_close) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	np_auto(np_free) char *text = NULL;
	size_t len = 0;

	if (fd < 0)
		return np_fail_sys(err, errno, "open %s", path);
	text = malloc(max + 2);
	if (!text)
		return np_fail_nomem(err);
	for (;;) {
		ssize_t n = read(fd, text + len, max + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return np_fail_sys(err, errno, "read %s", path);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return np_fail(err, NP_TOOBIG, "%s is over %zu bytes", path, max);
	}
	text[len] = '\0';
	*ret_text = np_take(text);
	return 0;
}

int np_file_write_once(int dirfd, const char *path, const void *data, size_t len,
	ssize_t *ret_written, struct np_err *err)
{
	np_auto(np_close) int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return np_fail_sys(err, errno, "open %s", path);
	ssize_t written = write(fd, data, len);
	if (written < 0)
		return np_fail_sys(err, errno, "write %s", path);
	*ret_written = written;
	return 0;
}

int np_file_lock(const char *path, bool wait, int *ret_fd, struct np_err *err)
{
	np_auto(np_close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return np_fail_sys(err, errno, "open %s", path);
	do
		rc = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return np_fail_sys(err, errno, "lock %s", path);
	*ret_fd = np_take_fd(&fd);
	return 0;
}

static int sync_directory_of(const char *path, struct np_err *err)
{
	char copy[NP_PATH_MAX];

	(void)snprintf(copy, sizeof copy, "%s", path);
	np_auto(np_close) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return np_fail_sys(err, errno, "sync directory of %s", path);
	return 0;
}

int np_file_replace(const char *path, const char *text, mode_t mode, struct np_err *err)
{
	char temp[NP_PATH_MAX];
	size_t len = strlen(text);

	if (!np_path(temp, "%s.new", path))
		return np_fail(err, NP_INVAL, "path too long: %.100s", path);
	np_auto(np_close) int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return np_fail_sys(err, errno, "create %s", temp);
	if (write(fd, text, len) != (ssize_t)len || fsync(fd) < 0)
		return np_fail_sys(err, errno ? errno : ENOSPC, "write %s", temp);
	if (rename(temp, path) < 0)
		return np_fail_sys(err, errno, "rename %s", temp);
	return sync_directory_of(path, err);
}

int np_mkdir_p(const char *path, mode_t mode, struct np_err *err)
{
	char part[NP_PATH_MAX];

	if (!np_path(part, "%s", path))
		return np_fail(err, NP_INVAL, "path too long: %.100s", path);
	if (mkdir(part, mode) == 0 || errno == EEXIST)
		return 0;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return np_fail_sys(err, errno, "create directory %s", part);
		*slash = '/';
	}
	if (mkdir(part, mode) < 0 && errno != EEXIST)
		return np_fail_sys(err, errno, "create directory %s", part);
	return 0;
}

bool np_path(char path[static NP_PATH_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(path, NP_PATH_MAX, fmt, ap);
	va_end(ap);
	return len >= 0 && len < NP_PATH_MAX;
}
