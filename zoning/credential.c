/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "zoning/driver.h"

#define TEXT_MAX (sizeof(struct zone_credential) + 2) /* two lines */

/* Where secrets are: who may own the file, and which rights nobody may have. */
struct place {
	const char *dir;
	bool by_systemd; /* belongs to root; an ACL for our user shows as a right of the group to read */
};

static void text_wipe(char (*text)[TEXT_MAX + 1])
{
	explicit_bzero(*text, sizeof *text);
}

void zone_credential_wipe(struct zone_credential *credential)
{
	explicit_bzero(credential, sizeof *credential);
}

static int check_name(const char *name, struct np_err *err)
{
	if (!*name || *name == '.' || strchr(name, '/'))
		return np_fail_field(err, "credential",
			"'%.64s' is no name of a secret: a file name without '/', not beginning with '.'",
			name);
	return 0;
}

static int check_file(int fd, const struct place *place, const char *name, struct np_err *err)
{
	mode_t forbidden = place->by_systemd ? 037 : 077;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return np_fail_sys(err, errno, "look at %s/%s", place->dir, name);
	if (!S_ISREG(st.st_mode))
		return np_fail(err, NP_DENIED, "%s/%s is not a regular file", place->dir, name);
	if (st.st_uid != geteuid() && !(place->by_systemd && st.st_uid == 0))
		return np_hint(err,
			np_fail(err, NP_DENIED, "%s/%s belongs to uid %u, not to npivd (uid %u)",
				place->dir, name, (unsigned)st.st_uid, (unsigned)geteuid()),
			"chown %u %s/%s", (unsigned)geteuid(), place->dir, name);
	if (st.st_mode & forbidden)
		return np_hint(err,
			np_fail(err, NP_DENIED, "%s/%s may be used by others (mode %04o)",
				place->dir, name, (unsigned)(st.st_mode & 07777)),
			"chmod 0600 %s/%s, and change the secret if somebody may have seen it",
			place->dir, name);
	return 0;
}

/* At most TEXT_MAX bytes and a NUL. */
static int read_text(int fd, char text[static TEXT_MAX + 1], const char *path, struct np_err *err)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, TEXT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return np_fail_sys(err, errno, "read %s", path);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == TEXT_MAX)
			return np_fail(err, NP_TOOBIG, "%s is over %zu bytes", path, TEXT_MAX - 1);
	}
	text[len] = '\0';
	if (strlen(text) != len)
		return np_fail(err, NP_INVAL, "%s has a NUL in it", path);
	return 0;
}

/* The line at *text into @ret_line, without its end; moves on. False when there is none, or one too long. */
static bool take_line(char **text, char *ret_line, size_t size)
{
	size_t len = strcspn(*text, "\r\n");

	if (len == 0 || len >= size)
		return false;
	memcpy(ret_line, *text, len);
	ret_line[len] = '\0';
	*text += len;
	if (**text == '\r')
		*text += 1;
	if (**text == '\n')
		*text += 1;
	return true;
}

/* 1: there is no such file. */
static int read_at(const struct place *place, const char *name,
	struct zone_credential *ret_credential, struct np_err *err)
{
	np_auto(text_wipe) char text[TEXT_MAX + 1];
	np_auto(zone_credential_wipe) struct zone_credential credential = { 0 };
	char path[NP_PATH_MAX], *at = text;

	if (!np_path(path, "%s/%s", place->dir, name))
		return np_fail(err, NP_INVAL, "path too long: secret '%.64s'", name);
	/* O_NONBLOCK: a FIFO would hold the lane before it can be refused. */
	np_auto(np_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 && errno == ELOOP)
		return np_fail(err, NP_DENIED, "%s is a symbolic link", path);
	if (fd < 0)
		return np_fail_sys(err, errno, "open %s", path);
	int rc = check_file(fd, place, name, err);
	if (rc == 0)
		rc = read_text(fd, text, path, err);
	if (rc < 0)
		return rc;
	if (!take_line(&at, credential.user, sizeof credential.user) ||
		!take_line(&at, credential.secret, sizeof credential.secret) || *at)
		return np_fail(
			err, NP_INVAL, "%s must hold two lines: the user and the secret", path);
	*ret_credential = credential;
	return 0;
}

int zone_credential_read(const char *dir, const char *name, struct zone_credential *ret_credential,
	struct np_err *err)
{
	const char *systemd = getenv("CREDENTIALS_DIRECTORY");
	const struct place places[] = { { systemd ? systemd : "", true }, { dir, false } };
	int rc = check_name(name, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (!*places[i].dir)
			continue;
		rc = read_at(&places[i], name, ret_credential, err);
		if (rc <= 0)
			return rc;
	}
	rc = np_fail(err, NP_NOTFOUND, "there is no secret '%s'", name);
	if (!*dir)
		return np_hint(
			err, rc, "give it to npivd.service with LoadCredential=%s:FILE", name);
	return np_hint(err, rc, "write the user and the secret, a line each, to %s/%s (mode 0600)",
		dir, name);
}
