/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/host.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

static bool is_host_name(const char *name, size_t len)
{
	if (len < 5 || strncmp(name, "host", 4) != 0)
		return false;
	for (size_t i = 4; i < len; i++) {
		if (!isdigit((unsigned char)name[i]))
			return false;
	}
	return true;
}

bool fc_host_link_is_vport(const char *link)
{
	bool after_host = false;

	if (strstr(link, "/vport-"))
		return true;
	/* Before the vport class, a vport's host was right inside its HBA's:
	 * /host8/host10/fc_host/host10. */
	for (const char *part = link; *part;) {
		size_t len = strcspn(part, "/");
		bool is_host = is_host_name(part, len);
		if (is_host && after_host)
			return true;
		after_host = is_host;
		part += len + strspn(part + len, "/");
	}
	return false;
}

static const char *find_files(int fd, const char *name)
{
	static const char *const places[] = { "fc_host", "scsi_host" };
	char path[NP_PATH_MAX];

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (np_path(path, "%s/%s/vport_create", places[i], name) &&
			faccessat(fd, path, F_OK, 0) == 0)
			return places[i];
	}
	return NULL;
}

int fc_host_open(struct fc_host *ret_host, const struct fc_sysfs *sysfs, const char *name,
	struct np_err *err)
{
	struct fc_host host = { .sysfs = sysfs, .fd = -1 };
	char link[NP_PATH_MAX], path[NP_PATH_MAX];
	int rc;

	if (!is_host_name(name, strlen(name)) || strlen(name) >= sizeof host.name)
		return np_fail_field(err, "host", "'%.40s' is not a host name such as host1", name);
	rc = fc_sysfs_class_link(sysfs, "fc_host", name, link, err);
	if (rc < 0)
		return rc == -NP_NOTFOUND
			       ? np_fail(err, NP_NOTFOUND, "there is no FC host %s", name)
			       : rc;
	if (fc_host_link_is_vport(link))
		return np_fail(err, NP_NOTFOUND, "%s is the host of a vport, not an HBA", name);
	if (!np_path(path, "class/fc_host/%s/device", name))
		return np_fail(err, NP_INVAL, "path too long: %s", name);
	rc = fc_sysfs_open(sysfs, path, &host.fd, err);
	if (rc < 0)
		return rc;
	(void)snprintf(host.name, sizeof host.name, "%s", name);
	host.wwpn = fc_sysfs_read_wwn(host.fd, "fc_host/%s/port_name", name);
	fc_sysfs_read(host.fd, host.driver, sizeof host.driver, "scsi_host/%s/proc_name", name);
	host.files = find_files(host.fd, name);
	if (host.wwpn == 0) {
		fc_host_done(&host);
		return np_fail(err, NP_BUSY, "%s has no port name yet", name);
	}
	*ret_host = host;
	return 0;
}

void fc_host_done(struct fc_host *host)
{
	if (host->fd >= 0)
		(void)close(host->fd);
	free(host->vports);
	*host = (struct fc_host){ .fd = -1 };
}

bool fc_host_is_alive(const struct fc_host *host)
{
	return host->fd >= 0 &&
	       fc_sysfs_read_wwn(host->fd, "fc_host/%s/port_name", host->name) == host->wwpn;
}

/* Names of a vport never change, and the kernel numbers vports of a host without re-use. */
static const struct fc_known *recall(
	const struct fc_host *host, const struct fc_entry *entry, size_t hint)
{
	for (size_t i = 0; i < host->n_vports; i++) {
		const struct fc_known *known = &host->vports[(hint + i) % host->n_vports];
		if (known->ino == entry->ino && strcmp(known->name, entry->name) == 0)
			return known;
	}
	return NULL;
}

static bool read_names(const struct fc_host *host, const char *name, uint64_t *wwpn, uint64_t *wwnn)
{
	const char *class = is_host_name(name, strlen(name)) ? "fc_host" : "fc_vports";

	*wwpn = fc_sysfs_read_wwn(host->fd, "%s/%s/%s/port_name", name, class, name);
	*wwnn = fc_sysfs_read_wwn(host->fd, "%s/%s/%s/node_name", name, class, name);
	return *wwpn != 0;
}

static void fill_known(
	const struct fc_host *host, const struct fc_entry *entry, size_t hint, struct fc_known *ret)
{
	const struct fc_known *old = recall(host, entry, hint);

	if (old) {
		*ret = *old;
		return;
	}
	*ret = (struct fc_known){ .ino = entry->ino };
	(void)snprintf(ret->name, sizeof ret->name, "%s", entry->name);
	if (is_host_name(ret->name, strlen(ret->name)))
		memcpy(ret->host, ret->name, sizeof ret->host);
	(void)read_names(host, ret->name, &ret->wwpn, &ret->wwnn);
}

/* How many directories are in the host's; 0 where the file system does not say. */
static unsigned long count_directories(const struct fc_host *host)
{
	struct stat st;

	return fstat(host->fd, &st) == 0 && st.st_nlink > 1 ? (unsigned long)st.st_nlink : 0;
}

bool fc_host_is_unchanged(const struct fc_host *host)
{
	return host->directories && host->directories == count_directories(host);
}

int fc_host_list_vports(struct fc_host *host, struct np_err *err)
{
	struct fc_entries entries = { 0 };
	unsigned long directories = count_directories(host);
	struct fc_known *vports;
	size_t n = 0;
	int rc;

	rc = fc_sysfs_list(host->fd, ".",
		host->files && strcmp(host->files, "scsi_host") == 0 ? "host" : "vport-", &entries,
		err);
	if (rc < 0)
		return rc;
	vports = calloc(entries.n ? entries.n : 1, sizeof *vports);
	if (!vports) {
		fc_entries_done(&entries);
		return np_fail_nomem(err);
	}
	for (size_t i = 0; i < entries.n && n < FC_VPORTS_MAX; i++) {
		fill_known(host, &entries.items[i], n, &vports[n]);
		/* Without names it is half-made or half-gone: the next look reads it again. */
		n += vports[n].wwpn != 0;
	}
	fc_entries_done(&entries);
	free(host->vports);
	host->vports = vports;
	host->n_vports = n;
	host->directories = directories;
	return 0;
}

void fc_host_forget(struct fc_host *host)
{
	free(host->vports);
	host->vports = NULL;
	host->n_vports = 0;
	host->directories = 0;
}

struct fc_known *fc_host_find_vport(struct fc_host *host, uint64_t wwpn)
{
	for (size_t i = 0; i < host->n_vports; i++) {
		struct fc_known *known = &host->vports[i];
		uint64_t now, wwnn;

		if (known->wwpn != wwpn || !read_names(host, known->name, &now, &wwnn))
			continue;
		/* What is remembered finds the directory; what is true is read. */
		known->wwnn = wwnn;
		if (now == wwpn)
			return known;
	}
	return NULL;
}

bool fc_host_vport_path(
	const struct fc_host *host, struct fc_known *vport, char path[static NP_PATH_MAX])
{
	struct fc_entries entries = { 0 };

	if (!vport->host[0] && fc_sysfs_list(host->fd, vport->name, "host", &entries, NULL) == 0) {
		for (size_t i = 0; i < entries.n; i++) {
			if (is_host_name(entries.items[i].name, strlen(entries.items[i].name)))
				memcpy(vport->host, entries.items[i].name, sizeof vport->host);
		}
		fc_entries_done(&entries);
	}
	if (!vport->host[0])
		return false;
	if (strcmp(vport->host, vport->name) == 0)
		return np_path(path, "%s", vport->host);
	return np_path(path, "%s/%s", vport->name, vport->host);
}
