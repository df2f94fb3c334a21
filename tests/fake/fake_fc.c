/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_fc.h"

#include <assert.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PCI "devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0"
#define CREATE_LEN 33

static void full_path(
	const struct fake_fc *fake, char path[static NP_PATH_MAX], const char *fmt, va_list ap)
{
	int len = snprintf(path, NP_PATH_MAX, "%s/", fake->root);

	len += vsnprintf(path + len, NP_PATH_MAX - (size_t)len, fmt, ap);
	assert(len < NP_PATH_MAX);
}

static void make_parent(const char *path)
{
	char parent[NP_PATH_MAX];

	(void)snprintf(parent, sizeof parent, "%s", path);
	*strrchr(parent, '/') = '\0';
	int rc = np_mkdir_p(parent, 0755, NULL);
	assert(rc == 0);
}

void fake_fc_set(struct fake_fc *fake, const char *text, const char *fmt, ...)
{
	char path[NP_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	full_path(fake, path, fmt, ap);
	va_end(ap);
	make_parent(path);
	FILE *file = fopen(path, "we");
	assert(file);
	(void)fputs(text, file);
	(void)fclose(file);
}

void fake_fc_link(struct fake_fc *fake, const char *target, const char *fmt, ...)
{
	char path[NP_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	full_path(fake, path, fmt, ap);
	va_end(ap);
	make_parent(path);
	int rc = symlink(target, path);
	assert(rc == 0);
}

static int remove_one(const char *path, const struct stat *st np_unused, int type np_unused,
	struct FTW *ftw np_unused)
{
	return remove(path);
}

void fake_fc_remove(struct fake_fc *fake, const char *fmt, ...)
{
	char path[NP_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	full_path(fake, path, fmt, ap);
	va_end(ap);
	int rc = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert(rc == 0);
}

bool fake_fc_exists(struct fake_fc *fake, const char *fmt, ...)
{
	char path[NP_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	full_path(fake, path, fmt, ap);
	va_end(ap);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *fake_fc_hba_path(const char *hba, char path[static NP_PATH_MAX])
{
	bool fits = np_path(path, PCI "/%s", hba);

	assert(fits);
	return path;
}

const char *fake_fc_vport_host_path(const struct fake_vport *vport, char path[static NP_PATH_MAX])
{
	bool fits = np_path(path, PCI "/%s/vport-%s:0-%u/host%u", vport->hba, vport->hba + 4,
		vport->number, vport->host);

	assert(fits);
	return path;
}

struct attr {
	const char *name, *text;
};

/* clang-format off */
static const struct attr fc_host_attrs[] = {
	{ "port_state",       "Online\n" },
	{ "port_type",        "NPort (fabric via point-to-point)\n" },
	{ "port_id",          "0x010100\n" },
	{ "speed",            "32 Gbit\n" },
	{ "supported_speeds", "8 Gbit, 16 Gbit, 32 Gbit\n" },
	{ "fabric_name",      "0x100000fcf0000001\n" },
	{ "symbolic_name",    "adapter in slot 3\n" },
	{ NULL,               NULL },
};
/* clang-format on */

/* clang-format off */
static const struct attr hba_attrs[] = {
	{ "max_npiv_vports",   "255\n" },
	{ "npiv_vports_inuse", "0\n" },
	{ "vport_create",      "" },
	{ "vport_delete",      "" },
	{ NULL,                NULL },
};
/* clang-format on */

/* clang-format off */
static const struct attr vport_attrs[] = {
	{ "vport_state",      "Active\n" },
	{ "vport_last_state", "Initializing\n" },
	{ "symbolic_name",    "\n" },
	{ "roles",            "FCP Initiator\n" },
	{ NULL,               NULL },
};
/* clang-format on */

static void set_attrs(struct fake_fc *fake, const struct attr *attrs, const char *dir)
{
	for (; attrs->name; attrs++)
		fake_fc_set(fake, attrs->text, "%s/%s", dir, attrs->name);
}

static void set_wwn(struct fake_fc *fake, uint64_t wwn, const char *dir, const char *name)
{
	char text[32];

	/* As the kernel prints it: without padding. */
	(void)snprintf(text, sizeof text, "0x%" PRIx64 "\n", wwn);
	fake_fc_set(fake, text, "%s/%s", dir, name);
}

/* The fc_host and scsi_host of the host directory @path. */
static void add_host(struct fake_fc *fake, const char *path, const char *name, uint64_t wwpn,
	uint64_t wwnn, const char *driver)
{
	char dir[NP_PATH_MAX], link[NP_PATH_MAX + 8];

	bool fits = np_path(dir, "%s/fc_host/%s", path, name);
	assert(fits);
	set_attrs(fake, fc_host_attrs, dir);
	set_wwn(fake, wwpn, dir, "port_name");
	set_wwn(fake, wwnn, dir, "node_name");
	(void)snprintf(link, sizeof link, "../../../%s", name);
	fake_fc_link(fake, link, "%s/device", dir);
	(void)snprintf(link, sizeof link, "../../%s", dir);
	fake_fc_link(fake, link, "class/fc_host/%s", name);
	fake_fc_set(fake, driver, "%s/scsi_host/%s/proc_name", path, name);
	fake_fc_set(fake, "", "%s/scsi_host/%s/scan", path, name);
	(void)snprintf(link, sizeof link, "../../%s/scsi_host/%s", path, name);
	fake_fc_link(fake, link, "class/scsi_host/%s", name);
}

void fake_fc_add_hba(struct fake_fc *fake, const char *name, uint64_t wwpn, const char *driver)
{
	char path[NP_PATH_MAX], dir[NP_PATH_MAX];
	bool fits = np_path(dir, "%s/fc_host/%s", fake_fc_hba_path(name, path), name);

	assert(fits);
	add_host(fake, path, name, wwpn, wwpn & ~UINT64_C(0xf), driver);
	set_attrs(fake, hba_attrs, dir);
}

void fake_fc_remove_hba(struct fake_fc *fake, const char *name)
{
	char path[NP_PATH_MAX];

	fake_fc_remove(fake, "%s", fake_fc_hba_path(name, path));
	fake_fc_remove(fake, "class/fc_host/%s", name);
	fake_fc_remove(fake, "class/scsi_host/%s", name);
}

void fake_fc_add_vport(struct fake_fc *fake, const struct fake_vport *vport)
{
	char path[NP_PATH_MAX], dir[NP_PATH_MAX], name[32];

	(void)snprintf(name, sizeof name, "vport-%s:0-%u", vport->hba + 4, vport->number);
	bool fits =
		np_path(dir, "%s/%s/fc_vports/%s", fake_fc_hba_path(vport->hba, path), name, name);
	assert(fits);
	set_attrs(fake, vport_attrs, dir);
	set_wwn(fake, vport->wwpn, dir, "port_name");
	set_wwn(fake, vport->wwnn, dir, "node_name");
	(void)snprintf(name, sizeof name, "host%u", vport->host);
	add_host(
		fake, fake_fc_vport_host_path(vport, path), name, vport->wwpn, vport->wwnn, "fake");
}

void fake_fc_add_rport(
	struct fake_fc *fake, const char *host_path, unsigned host, unsigned target, uint64_t wwpn)
{
	/* clang-format off */
	static const struct attr attrs[] = {
		{ "port_id",    "0x011100\n" },
		{ "roles",      "FCP Target\n" },
		{ "port_state", "Online\n" },
		{ NULL,         NULL },
	};
	/* clang-format on */
	char dir[NP_PATH_MAX], text[16];
	bool fits = np_path(dir, "%s/rport-%u:0-%u/fc_remote_ports/rport-%u:0-%u", host_path, host,
		target, host, target);

	assert(fits);
	set_attrs(fake, attrs, dir);
	set_wwn(fake, wwpn, dir, "port_name");
	set_wwn(fake, wwpn & ~UINT64_C(0xf), dir, "node_name");
	(void)snprintf(text, sizeof text, "%u\n", target);
	fake_fc_set(fake, text, "%s/scsi_target_id", dir);
}

void fake_fc_add_lun(struct fake_fc *fake, const char *host_path, unsigned host, unsigned target,
	unsigned lun, const char *dev)
{
	/* clang-format off */
	static const struct attr attrs[] = {
		{ "type",   "0\n" },
		{ "state",  "running\n" },
		{ "vendor", "FAKE    \n" },
		{ "model",  "Volume          \n" },
		{ "rev",    "4.0 \n" },
		{ "delete", "" },
		{ NULL,     NULL },
	};
	/* clang-format on */
	char dir[NP_PATH_MAX], wwid[64];
	bool fits = np_path(dir, "%s/rport-%u:0-%u/target%u:0:%u/%u:0:%u:%u", host_path, host,
		target, host, target, host, target, lun);

	assert(fits);
	set_attrs(fake, attrs, dir);
	(void)snprintf(wwid, sizeof wwid, "naa.600140500000%04x%016x\n", target, lun);
	fake_fc_set(fake, wwid, "%s/wwid", dir);
	if (!dev)
		return;
	fake_fc_set(fake, "32768\n", "%s/block/%s/size", dir, dev);
	fake_fc_set(fake, "", "%s/block/%s/holders/.keep", dir, dev);
}

static void make_vport(struct fake_fc *fake, const char *path, const char *names)
{
	struct fake_vport vport = { .number = fake->next_vport++, .host = fake->next_host++ };
	char hba[32];

	int n = sscanf(names, "%16" SCNx64 ":%16" SCNx64, &vport.wwpn, &vport.wwnn);
	assert(n == 2);
	n = sscanf(path, "%*[^/]/%31[^/]", hba);
	assert(n == 1);
	vport.hba = hba;
	fake_fc_add_vport(fake, &vport);
}

/* Without the class link of its host, which the removed directory leaves behind: nobody reads it.
 */
static void remove_vport(struct fake_fc *fake, int dirfd, const char *path, const char *names)
{
	struct fc_entries entries = { 0 };
	char hba[32];
	uint64_t wwpn = 0;

	int n = sscanf(names, "%16" SCNx64, &wwpn);
	assert(n == 1);
	n = sscanf(path, "%*[^/]/%31[^/]", hba);
	assert(n == 1);
	int rc = fc_sysfs_list(dirfd, ".", "vport-", &entries, NULL);
	assert(rc == 0);
	for (size_t i = 0; i < entries.n; i++) {
		const char *name = entries.items[i].name;
		if (fc_sysfs_read_wwn(dirfd, "%s/fc_vports/%s/port_name", name, name) == wwpn)
			fake_fc_remove(fake, PCI "/%s/%s", hba, name);
	}
	fc_entries_done(&entries);
}

/* memcpy over what is there, as the kernel does: no NUL of its own. */
static void set_symbolic(int dirfd, const char *path, const void *text, size_t len)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, len);

	assert(n == (ssize_t)len);
	(void)close(fd);
}

static int fake_write(void *data, int dirfd, const char *path, const void *text, size_t len,
	ssize_t *ret_written, struct np_err *err)
{
	struct fake_fc *fake = data;
	const char *name = strrchr(path, '/') + 1;
	bool names = strcmp(name, "vport_create") == 0 || strcmp(name, "vport_delete") == 0;

	fake->writes++;
	(void)snprintf(fake->last_path, sizeof fake->last_path, "%s", path);
	(void)snprintf(
		fake->last_text, sizeof fake->last_text, "%.*s", (int)len, (const char *)text);
	fake->last_len = len;
	*ret_written = (ssize_t)len;
	assert(!names || len == CREATE_LEN);
	if (strcmp(name, "vport_create") == 0 &&
		((!fake->fault_sys && !fake->fault_count && !fake->swallow) || fake->steal))
		make_vport(fake, path, fake->last_text);
	if (names && fake->fault_sys)
		return np_fail_sys(err, fake->fault_sys, "write %s", path);
	if (names && fake->fault_count)
		*ret_written = fake->fault_count;
	else if (strcmp(name, "vport_delete") == 0 && !fake->swallow)
		remove_vport(fake, dirfd, path, fake->last_text);
	if (strcmp(name, "symbolic_name") == 0)
		set_symbolic(dirfd, path, text, len);
	return 0;
}

void fake_fc_init(struct fake_fc *fake)
{
	*fake = (struct fake_fc){ .next_vport = 10, .next_host = 50 };
	(void)snprintf(fake->root, sizeof fake->root, "/tmp/npivd-fake-fc-XXXXXX");
	char *made = mkdtemp(fake->root);
	assert(made);
	int rc = fc_sysfs_init(&fake->sysfs, fake->root, NULL);
	assert(rc == 0);
	fake->sysfs.write = fake_write;
	fake->sysfs.data = fake;
}

void fake_fc_done(struct fake_fc *fake)
{
	int rc = nftw(fake->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert(rc == 0);
}
