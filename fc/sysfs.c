/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/sysfs.h"

#include <dirent.h>
#include <stdarg.h>
#include <string.h>

#include <sysfs/libsysfs.h>

#include "base/wwn.h"

int fc_sysfs_init(struct fc_sysfs *ret_sysfs, const char *root, struct np_err *err)
{
	struct fc_sysfs sysfs = { 0 };

	if (root[0] != '/' || strlen(root) >= sizeof sysfs.root)
		return np_fail_field(err, "sysfs-root",
			"'%.200s' must be an absolute path of at most %zu bytes", root,
			sizeof sysfs.root - 1);
	(void)snprintf(sysfs.root, sizeof sysfs.root, "%s", root);
	*ret_sysfs = sysfs;
	return 0;
}

static int entries_add(struct fc_entries *entries, const char *name, ino_t ino, struct np_err *err)
{
	if (strlen(name) >= FC_NAME_MAX)
		return 0; /* nothing of Fibre Channel has such a long name */
	if (entries->n == FC_ENTRIES_MAX)
		return np_fail(err, NP_TOOBIG, "a directory has over %d entries", FC_ENTRIES_MAX);
	if ((entries->n & (entries->n - 1)) == 0) {
		size_t room = entries->n ? entries->n * 2 : 1;
		struct fc_entry *items = reallocarray(entries->items, room, sizeof *entries->items);
		if (!items)
			return np_fail_nomem(err);
		entries->items = items;
	}
	struct fc_entry *entry = &entries->items[entries->n++];
	(void)snprintf(entry->name, sizeof entry->name, "%s", name);
	entry->ino = ino;
	return 0;
}

void fc_entries_done(struct fc_entries *entries)
{
	free(entries->items);
	*entries = (struct fc_entries){ 0 };
}

int fc_sysfs_list_class(const struct fc_sysfs *sysfs, const char *class,
	struct fc_entries *ret_entries, struct np_err *err)
{
	struct fc_entries entries = { 0 };
	char path[NP_PATH_MAX];
	const char *name;
	int rc = 0;

	if (!np_path(path, "%s/class/%s", sysfs->root, class))
		return np_fail(err, NP_INVAL, "path too long: class %s", class);
	/* NULL says empty, absent and failed alike; an empty list is right for the first two. */
	struct dlist *links = sysfs_open_link_list(path);
	if (links) {
		dlist_for_each_data(links, name, const char)
		{
			if (rc == 0)
				rc = entries_add(&entries, name, 0, err);
		}
		sysfs_close_list(links);
	}
	if (rc < 0) {
		fc_entries_done(&entries);
		return rc;
	}
	*ret_entries = entries;
	return 0;
}

int fc_sysfs_class_link(const struct fc_sysfs *sysfs, const char *class, const char *name,
	char ret_link[static NP_PATH_MAX], struct np_err *err)
{
	char path[NP_PATH_MAX], target[NP_PATH_MAX];

	if (!np_path(path, "%s/class/%s/%s", sysfs->root, class, name))
		return np_fail(err, NP_INVAL, "path too long: %s", name);
	/* Not sysfs_get_link: it writes past a buffer of 256 bytes. */
	ssize_t len = readlink(path, target, sizeof target - 1);
	if (len < 0)
		return np_fail_sys(err, errno, "%s/%s", class, name);
	memcpy(ret_link, target, (size_t)len);
	ret_link[len] = '\0';
	return 0;
}

/* What a driver prints may hold anything; it travels as JSON and is shown to people. */
static void copy_clean(char *buf, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	len = strnlen(text, len);
	while (len && strchr(" \t\n", text[len - 1]))
		len--;
	for (; len && strchr(" \t", *text); len--)
		text++;
	for (; n < len && n < size - 1; n++)
		buf[n] = text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?';
	buf[n] = '\0';
}

void fc_sysfs_read_class(const struct fc_sysfs *sysfs, const char *class, const char *name,
	const char *attribute, char *buf, size_t size)
{
	char path[NP_PATH_MAX];

	buf[0] = '\0';
	if (!np_path(path, "%s/class/%s/%s/%s", sysfs->root, class, name, attribute) ||
		strlen(path) >= SYSFS_PATH_MAX)
		return;
	struct sysfs_attribute *attr = sysfs_open_attribute(path);
	if (!attr)
		return;
	if (sysfs_read_attribute(attr) == 0 && attr->value)
		copy_clean(buf, size, attr->value, attr->len);
	sysfs_close_attribute(attr);
}

int fc_sysfs_open(const struct fc_sysfs *sysfs, const char *path, int *ret_fd, struct np_err *err)
{
	char full[NP_PATH_MAX];

	if (!np_path(full, "%s/%s", sysfs->root, path))
		return np_fail(err, NP_INVAL, "path too long: %s", path);
	int fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return np_fail_sys(err, errno, "%s", full);
	*ret_fd = fd;
	return 0;
}

static int read_entries(
	DIR *dir, const char *prefix, struct fc_entries *entries, struct np_err *err)
{
	size_t len = strlen(prefix);

	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, len) != 0)
			continue;
		int rc = entries_add(entries, entry->d_name, entry->d_ino, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int fc_sysfs_list(int dirfd, const char *path, const char *prefix, struct fc_entries *ret_entries,
	struct np_err *err)
{
	struct fc_entries entries = { 0 };
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir) {
		int sys = errno;
		if (fd >= 0)
			(void)close(fd);
		if (sys != ENOENT && sys != ENODEV && sys != ENOTDIR)
			return np_fail_sys(err, sys, "list %s", path);
		*ret_entries = entries;
		return 0;
	}
	int rc = read_entries(dir, prefix, &entries, err);
	(void)closedir(dir);
	if (rc < 0) {
		fc_entries_done(&entries);
		return rc;
	}
	*ret_entries = entries;
	return 0;
}

static void read_at(int dirfd, const char *path, char *buf, size_t size)
{
	np_auto(np_close) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	char text[FC_ATTR_MAX];

	buf[0] = '\0';
	ssize_t len = fd >= 0 ? read(fd, text, sizeof text) : -1;
	if (len > 0)
		copy_clean(buf, size, text, (size_t)len);
}

static bool format_path(char path[static NP_PATH_MAX], const char *fmt, va_list ap)
{
	int len = vsnprintf(path, NP_PATH_MAX, fmt, ap);

	return len >= 0 && len < NP_PATH_MAX;
}

void fc_sysfs_read(int dirfd, char *buf, size_t size, const char *fmt, ...)
{
	char path[NP_PATH_MAX];
	va_list ap;

	buf[0] = '\0';
	va_start(ap, fmt);
	bool fits = format_path(path, fmt, ap);
	va_end(ap);
	if (fits)
		read_at(dirfd, path, buf, size);
}

int64_t fc_parse_int(const char *text, int64_t absent)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	return end == text || *end || errno ? absent : value;
}

int64_t fc_sysfs_read_int(int dirfd, int64_t absent, const char *fmt, ...)
{
	char path[NP_PATH_MAX], text[32] = "";
	va_list ap;

	va_start(ap, fmt);
	bool fits = format_path(path, fmt, ap);
	va_end(ap);
	if (fits)
		read_at(dirfd, path, text, sizeof text);
	return fc_parse_int(text, absent);
}

uint64_t fc_sysfs_read_wwn(int dirfd, const char *fmt, ...)
{
	char path[NP_PATH_MAX], text[32] = "";
	uint64_t wwn = 0;
	va_list ap;

	va_start(ap, fmt);
	bool fits = format_path(path, fmt, ap);
	va_end(ap);
	if (fits)
		read_at(dirfd, path, text, sizeof text);
	/* All ones is the transport's "not known". */
	return np_wwn_parse_kernel(text, &wwn) && wwn != UINT64_MAX ? wwn : 0;
}

int fc_sysfs_write(const struct fc_sysfs *sysfs, int dirfd, const char *path, const void *text,
	size_t len, ssize_t *ret_written, struct np_err *err)
{
	if (sysfs->write)
		return sysfs->write(sysfs->data, dirfd, path, text, len, ret_written, err);
	return np_file_write_once(dirfd, path, text, len, ret_written, err);
}
