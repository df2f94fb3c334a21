/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The door to sysfs, under a root that can be moved (the simulator and the tests are other roots).
 * The only file that includes libsysfs, and the only one through which anything is written.
 *
 * libsysfs 2.1.1 lists classes and reads by the short class path. Everything below a device
 * directory goes by openat: libsysfs cuts paths at 256 bytes without a word, and a path may name
 * another device a moment later where a descriptor cannot. Its write is never used: it reports the
 * short count, which FC drivers answer for a failure, as success.
 *
 * May block in a driver, except fc_sysfs_list_class and fc_sysfs_class_link, which only read the
 * directory tree. Texts read are printable ASCII without blanks around; "" when the attribute is
 * absent.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/file.h"

#define FC_ROOT_MAX 160 /* of the root; leaves libsysfs room for the longest class path */
#define FC_NAME_MAX 64	/* of an entry, with NUL */
#define FC_ATTR_MAX 4096
#define FC_ENTRIES_MAX 65536

typedef int fc_write_fn(void *data, int dirfd, const char *path, const void *text, size_t len,
	ssize_t *ret_written, struct np_err *err);

struct fc_sysfs {
	char root[FC_ROOT_MAX];
	fc_write_fn *write; /* NULL: np_file_write_once. Tests put faults here */
	void *data;
};

struct fc_entry {
	char name[FC_NAME_MAX];
	ino_t ino; /* tells a directory from a later one of the same name */
};

struct fc_entries {
	struct fc_entry *items;
	size_t n;
};

int fc_sysfs_init(struct fc_sysfs *ret_sysfs, const char *root, struct np_err *err);

/* Names in class/@class, unsorted; none when the class is absent. */
int fc_sysfs_list_class(const struct fc_sysfs *sysfs, const char *class,
	struct fc_entries *ret_entries, struct np_err *err);

/* Where the class entry points to, as the link says it: "../../devices/pci.../host1/fc_host/host1".
 */
int fc_sysfs_class_link(const struct fc_sysfs *sysfs, const char *class, const char *name,
	char ret_link[static NP_PATH_MAX], struct np_err *err);

/* Reads class/@class/@name/@attribute. */
void fc_sysfs_read_class(const struct fc_sysfs *sysfs, const char *class, const char *name,
	const char *attribute, char *buf, size_t size);

/* Opens a directory below the root. */
int fc_sysfs_open(const struct fc_sysfs *sysfs, const char *path, int *ret_fd, struct np_err *err);

/* Entries of @path below @dirfd whose names begin with @prefix; none when the directory is gone. */
int fc_sysfs_list(int dirfd, const char *path, const char *prefix, struct fc_entries *ret_entries,
	struct np_err *err);
void fc_entries_done(struct fc_entries *entries);

void fc_sysfs_read(int dirfd, char *buf, size_t size, const char *fmt, ...) np_printf(4, 5);
int64_t fc_sysfs_read_int(int dirfd, int64_t absent, const char *fmt, ...) np_printf(3, 4);
uint64_t fc_sysfs_read_wwn(int dirfd, const char *fmt, ...) np_printf(2, 3);

/* One write(2), see np_file_write_once. */
int fc_sysfs_write(const struct fc_sysfs *sysfs, int dirfd, const char *path, const void *text,
	size_t len, ssize_t *ret_written, struct np_err *err);

/* The number that @text is, or @absent. */
int64_t fc_parse_int(const char *text, int64_t absent);
