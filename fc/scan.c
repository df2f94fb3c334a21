/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/scan.h"

#include <ctype.h>
#include <string.h>

#include "fc/hba.h"

int fc_scan_hosts(const struct fc_sysfs *sysfs, struct fc_entries *ret_hosts, struct np_err *err)
{
	struct fc_entries all = { 0 };
	char link[NP_PATH_MAX];
	size_t n = 0;
	int rc;

	rc = fc_sysfs_list_class(sysfs, "fc_host", &all, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		if (fc_sysfs_class_link(sysfs, "fc_host", all.items[i].name, link, NULL) < 0)
			continue; /* gone since */
		if (!fc_host_link_is_vport(link))
			all.items[n++] = all.items[i];
	}
	all.n = n;
	*ret_hosts = all;
	return 0;
}

/* "0x010100" -> "010100"; "" while there is no address: 0, or all ones before the login. */
static void set_port_id(const char *text, char *port_id, size_t size)
{
	uint64_t id = 0;

	port_id[0] = '\0';
	if (np_wwn_parse_kernel(text, &id) && id != 0 && id <= 0xffffff)
		(void)snprintf(port_id, size, "%06x", (unsigned)id);
}

enum attr_kind { ATTR_TEXT, ATTR_WWN, ATTR_PORT_ID, ATTR_INT };

struct attr_row {
	const char *class, *name;
	enum attr_kind kind;
	bool look; /* also part of a look */
	size_t offset, size;
};

#define HBA(class, name, kind, look, member)                                                       \
	{                                                                                          \
		class, name, kind, look, offsetof(struct fc_hba, member),                          \
			sizeof(((struct fc_hba *)0)->member)                                       \
	}

/*
 * The first row that yields something fills the member: the transport's attributes first, which not
 * every driver fills, then those of lpfc, qla2xxx and bfa on the scsi_host.
 */
static const struct attr_row hba_rows[] = {
	HBA("fc_host", "node_name", ATTR_WWN, true, wwnn),
	HBA("fc_host", "port_state", ATTR_TEXT, true, port_state),
	HBA("fc_host", "port_id", ATTR_PORT_ID, true, port_id),
	HBA("fc_host", "fabric_name", ATTR_WWN, true, fabric_name),
	HBA("fc_host", "max_npiv_vports", ATTR_INT, true, vports_max),
	HBA("fc_host", "npiv_vports_inuse", ATTR_INT, true, vports_in_use),
	HBA("scsi_host", "max_npiv_vports", ATTR_INT, true, vports_max),
	HBA("scsi_host", "npiv_vports_inuse", ATTR_INT, true, vports_in_use),
	HBA("fc_host", "port_type", ATTR_TEXT, false, port_type),
	HBA("fc_host", "speed", ATTR_TEXT, false, speed),
	HBA("fc_host", "supported_speeds", ATTR_TEXT, false, supported_speeds),
	HBA("fc_host", "symbolic_name", ATTR_TEXT, false, symbolic_name),
	HBA("fc_host", "driver_version", ATTR_TEXT, false, driver_version),
	HBA("scsi_host", "driver_version", ATTR_TEXT, false, driver_version),
	HBA("scsi_host", "lpfc_drvr_version", ATTR_TEXT, false, driver_version),
	HBA("fc_host", "firmware_version", ATTR_TEXT, false, firmware),
	HBA("scsi_host", "fwrev", ATTR_TEXT, false, firmware),
	HBA("scsi_host", "fw_version", ATTR_TEXT, false, firmware),
	HBA("scsi_host", "firmware_version", ATTR_TEXT, false, firmware),
	HBA("fc_host", "model", ATTR_TEXT, false, model),
	HBA("scsi_host", "modelname", ATTR_TEXT, false, model),
	HBA("scsi_host", "model_name", ATTR_TEXT, false, model),
	HBA("scsi_host", "model", ATTR_TEXT, false, model),
	HBA("fc_host", "model_description", ATTR_TEXT, false, model_description),
	HBA("scsi_host", "modeldesc", ATTR_TEXT, false, model_description),
	HBA("scsi_host", "model_desc", ATTR_TEXT, false, model_description),
	HBA("scsi_host", "model_description", ATTR_TEXT, false, model_description),
	HBA("fc_host", "manufacturer", ATTR_TEXT, false, manufacturer),
	HBA("fc_host", "serial_number", ATTR_TEXT, false, serial_number),
	HBA("scsi_host", "serialnum", ATTR_TEXT, false, serial_number),
	HBA("scsi_host", "serial_num", ATTR_TEXT, false, serial_number),
	HBA("scsi_host", "serial_number", ATTR_TEXT, false, serial_number),
	HBA("fc_host", "hardware_version", ATTR_TEXT, false, hardware),
	HBA("scsi_host", "hdw", ATTR_TEXT, false, hardware),
	HBA("scsi_host", "hardware_version", ATTR_TEXT, false, hardware),
};

static bool is_empty(const struct attr_row *row, const void *slot)
{
	switch (row->kind) {
	case ATTR_TEXT:
	case ATTR_PORT_ID:
		return *(const char *)slot == '\0';
	case ATTR_WWN:
		return *(const uint64_t *)slot == 0;
	case ATTR_INT:
		return *(const int64_t *)slot < 0;
	}
	return false;
}

static void store(const struct attr_row *row, void *slot, const char *text)
{
	switch (row->kind) {
	case ATTR_TEXT:
		(void)snprintf(slot, row->size, "%s", text);
		break;
	case ATTR_WWN:
		if (!np_wwn_parse_kernel(text, slot) || *(uint64_t *)slot == UINT64_MAX)
			*(uint64_t *)slot = 0;
		break;
	case ATTR_PORT_ID:
		set_port_id(text, slot, row->size);
		break;
	case ATTR_INT:
		*(int64_t *)slot = fc_parse_int(text, -1);
		break;
	}
}

static void read_hba_rows(const struct fc_host *host, bool look, struct fc_hba *hba)
{
	char text[256];

	for (size_t i = 0; i < sizeof hba_rows / sizeof *hba_rows; i++) {
		const struct attr_row *row = &hba_rows[i];
		void *slot = (char *)hba + row->offset;

		if ((look && !row->look) || !is_empty(row, slot))
			continue;
		if (look)
			fc_sysfs_read(host->fd, text, sizeof text, "%s/%s/%s", row->class,
				host->name, row->name);
		else
			fc_sysfs_read_class(
				host->sysfs, row->class, host->name, row->name, text, sizeof text);
		store(row, slot, text);
	}
}

static bool is_pci_address(const char *part, size_t len)
{
	static const char shape[] = "xxxx:xx:xx.x";

	if (len != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (shape[i] == 'x' ? !isxdigit((unsigned char)part[i]) : part[i] != shape[i])
			return false;
	}
	return true;
}

/* The function that the host sits on is the last PCI address of its path. */
static void set_pci_address(const struct fc_host *host, struct fc_hba *hba)
{
	char link[NP_PATH_MAX];

	if (fc_sysfs_class_link(host->sysfs, "fc_host", host->name, link, NULL) < 0)
		return;
	for (const char *part = link; *part;) {
		size_t len = strcspn(part, "/");
		if (is_pci_address(part, len))
			(void)snprintf(
				hba->pci_address, sizeof hba->pci_address, "%.*s", (int)len, part);
		part += len + strspn(part + len, "/");
	}
}

static void scan_hba_itself(const struct fc_host *host, bool look, struct fc_hba *hba)
{
	const struct fc_quirk *quirk = fc_hba_quirk(host->driver);

	*hba = (struct fc_hba){ .wwpn = host->wwpn, .vports_max = -1, .vports_in_use = -1 };
	(void)snprintf(hba->kernel_name, sizeof hba->kernel_name, "%s", host->name);
	(void)snprintf(hba->driver, sizeof hba->driver, "%s", host->driver);
	read_hba_rows(host, look, hba);
	if (hba->vports_max < 0)
		hba->vports_max = host->files ? quirk->vports_max : 0;
	if (hba->vports_in_use < 0)
		hba->vports_in_use = (int64_t)host->n_vports;
	hba->observe_only = quirk->observe_only;
	hba->npiv = host->files && !quirk->observe_only && hba->vports_max > 0;
}

static void read_rport(int fd, const char *path, const char *name, struct fc_rport *rport)
{
	char id[32];

	*rport = (struct fc_rport){ 0 };
	(void)snprintf(rport->kernel_name, sizeof rport->kernel_name, "%.31s", name);
	rport->wwpn = fc_sysfs_read_wwn(fd, "%s/fc_remote_ports/%s/port_name", path, name);
	rport->wwnn = fc_sysfs_read_wwn(fd, "%s/fc_remote_ports/%s/node_name", path, name);
	fc_sysfs_read(fd, id, sizeof id, "%s/fc_remote_ports/%s/port_id", path, name);
	set_port_id(id, rport->port_id, sizeof rport->port_id);
	fc_sysfs_read(
		fd, rport->roles, sizeof rport->roles, "%s/fc_remote_ports/%s/roles", path, name);
	fc_sysfs_read(fd, rport->state, sizeof rport->state, "%s/fc_remote_ports/%s/port_state",
		path, name);
	rport->scsi_target_id =
		fc_sysfs_read_int(fd, -1, "%s/fc_remote_ports/%s/scsi_target_id", path, name);
}

/* Remote ports of the host directory @path, all of them: the fabric's own services included. */
static int scan_rports(
	int fd, const char *path, struct fc_rport **ret_rports, size_t *ret_n, struct np_err *err)
{
	struct fc_entries entries = { 0 };
	char rport_path[NP_PATH_MAX];
	int rc;

	rc = fc_sysfs_list(fd, path, "rport-", &entries, err);
	if (rc < 0 || entries.n == 0)
		return rc;
	*ret_rports = calloc(entries.n, sizeof **ret_rports);
	for (size_t i = 0; *ret_rports && i < entries.n && *ret_n < FC_RPORTS_MAX; i++) {
		const char *name = entries.items[i].name;
		if (!np_path(rport_path, "%s/%s", path, name))
			continue;
		read_rport(fd, rport_path, name, &(*ret_rports)[*ret_n]);
		*ret_n += (*ret_rports)[*ret_n].wwpn != 0;
	}
	fc_entries_done(&entries);
	return *ret_rports ? 0 : np_fail_nomem(err);
}

/*
 * Storage array controllers, enclosures, well-known LUNs and LUN 0 without a volume are no logical
 * units of a guest.
 */
static bool is_lun(int fd, const char *path, bool has_block)
{
	static const bool kinds[32] = {
		[0] = true, [1] = true, [5] = true, [7] = true, [8] = true, [14] = true, [20] = true
	};
	int64_t type = fc_sysfs_read_int(fd, 0, "%s/type", path);
	char inquiry_path[NP_PATH_MAX];
	uint8_t first = 0;

	if (type < 0 || type >= 32 || !kinds[type])
		return false;
	if (has_block || !np_path(inquiry_path, "%s/inquiry", path))
		return true;
	np_auto(np_close) int file = openat(fd, inquiry_path, O_RDONLY | O_CLOEXEC);
	return file < 0 || read(file, &first, 1) != 1 || first >> 5 == 0;
}

static void read_dev(int fd, const char *path, char *dev, size_t size)
{
	struct fc_entries blocks = { 0 };
	char block_path[NP_PATH_MAX];

	dev[0] = '\0';
	if (!np_path(block_path, "%s/block", path) ||
		fc_sysfs_list(fd, block_path, "", &blocks, NULL) < 0)
		return;
	if (blocks.n)
		(void)snprintf(dev, size, "%.*s", (int)size - 1, blocks.items[0].name);
	fc_entries_done(&blocks);
}

static void add_holders(
	int fd, const char *path, const char *name, char *text, size_t size, unsigned *count)
{
	struct fc_entries entries = { 0 };
	char holders[NP_PATH_MAX];

	if (!np_path(holders, "%s/holders", path) ||
		fc_sysfs_list(fd, holders, "", &entries, NULL) < 0)
		return;
	for (size_t i = 0; i < entries.n; i++) {
		size_t len = strlen(text);
		if (i == 0 && len < size)
			len += (size_t)snprintf(
				text + len, size - len, "%s%s:", len ? ", " : "", name);
		if (len < size)
			(void)snprintf(text + len, size - len, " %s", entries.items[i].name);
	}
	*count += (unsigned)entries.n;
	fc_entries_done(&entries);
}

unsigned fc_scan_holders(
	const struct fc_host *host, const char *lun_path, const char *dev, char *text, size_t size)
{
	struct fc_entries parts = { 0 };
	char path[NP_PATH_MAX], part_path[NP_PATH_MAX];
	unsigned count = 0;

	text[0] = '\0';
	if (!dev[0] || !np_path(path, "%s/block/%s", lun_path, dev))
		return 0;
	add_holders(host->fd, path, dev, text, size, &count);
	/* Partitions are sdb1, ... inside sdb, each with holders of its own. */
	if (fc_sysfs_list(host->fd, path, dev, &parts, NULL) < 0)
		return count;
	for (size_t i = 0; i < parts.n; i++) {
		if (np_path(part_path, "%s/%s", path, parts.items[i].name))
			add_holders(host->fd, part_path, parts.items[i].name, text, size, &count);
	}
	fc_entries_done(&parts);
	return count;
}

static bool read_lun(
	const struct fc_host *host, const char *path, const char *hctl, struct fc_lun *lun)
{
	const char *last = strrchr(hctl, ':');
	char text[128];

	*lun = (struct fc_lun){ .lun = last ? fc_parse_int(last + 1, -1) : -1 };
	if (lun->lun < 0 || strlen(hctl) >= sizeof lun->hctl)
		return false;
	read_dev(host->fd, path, lun->dev, sizeof lun->dev);
	if (!is_lun(host->fd, path, lun->dev[0] != '\0'))
		return false;
	(void)snprintf(lun->hctl, sizeof lun->hctl, "%s", hctl);
	fc_sysfs_read(host->fd, lun->state, sizeof lun->state, "%s/state", path);
	fc_sysfs_read(host->fd, lun->wwid, sizeof lun->wwid, "%s/wwid", path);
	fc_sysfs_read(host->fd, lun->vendor, sizeof lun->vendor, "%s/vendor", path);
	fc_sysfs_read(host->fd, lun->model, sizeof lun->model, "%s/model", path);
	fc_sysfs_read(host->fd, lun->rev, sizeof lun->rev, "%s/rev", path);
	if (lun->dev[0])
		lun->size_bytes =
			512 * fc_sysfs_read_int(host->fd, 0, "%s/block/%s/size", path, lun->dev);
	lun->holders = fc_scan_holders(host, path, lun->dev, text, sizeof text);
	return lun->state[0] != '\0';
}

static int add_lun(struct fc_vport *vport, const struct fc_lun *lun, struct np_err *err)
{
	if (vport->n_luns == FC_LUNS_MAX)
		return np_fail(
			err, NP_TOOBIG, "%s has over %d LUNs", vport->kernel_name, FC_LUNS_MAX);
	struct fc_lun *luns = reallocarray(vport->luns, vport->n_luns + 1, sizeof *luns);
	if (!luns)
		return np_fail_nomem(err);
	luns[vport->n_luns++] = *lun;
	vport->luns = luns;
	return 0;
}

static int scan_target(const struct fc_host *host, struct fc_vport *vport,
	const struct fc_rport *rport, const char *path, struct np_err *err)
{
	struct fc_entries entries = { 0 };
	char lun_path[NP_PATH_MAX];
	struct fc_lun lun;
	int rc;

	rc = fc_sysfs_list(host->fd, path, "", &entries, err);
	for (size_t i = 0; rc == 0 && i < entries.n; i++) {
		const char *hctl = entries.items[i].name;
		if (!isdigit((unsigned char)hctl[0]) || !np_path(lun_path, "%s/%s", path, hctl))
			continue;
		if (!read_lun(host, lun_path, hctl, &lun))
			continue;
		lun.target = rport->wwpn;
		rc = add_lun(vport, &lun, err);
	}
	fc_entries_done(&entries);
	return rc;
}

static int scan_luns(const struct fc_host *host, struct fc_vport *vport, const char *host_path,
	struct np_err *err)
{
	char path[NP_PATH_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < vport->n_rports; i++) {
		const struct fc_rport *rport = &vport->rports[i];
		struct fc_entries targets = { 0 };

		if (rport->scsi_target_id < 0 ||
			!np_path(path, "%s/%s", host_path, rport->kernel_name))
			continue;
		rc = fc_sysfs_list(host->fd, path, "target", &targets, err);
		for (size_t j = 0; rc == 0 && j < targets.n; j++) {
			if (np_path(path, "%s/%s/%s", host_path, rport->kernel_name,
				    targets.items[j].name))
				rc = scan_target(host, vport, rport, path, err);
		}
		fc_entries_done(&targets);
	}
	return rc;
}

bool fc_scan_vport_state(
	const struct fc_host *host, struct fc_known *known, struct fc_vport *ret_vport)
{
	struct fc_vport vport = { .wwpn = known->wwpn, .wwnn = known->wwnn };
	const char *name = known->name;
	char path[NP_PATH_MAX], id[32];
	bool old = strncmp(name, "host", 4) == 0;

	(void)snprintf(vport.kernel_name, sizeof vport.kernel_name, "%.31s", name);
	if (!old) {
		fc_sysfs_read(host->fd, vport.state, sizeof vport.state,
			"%s/fc_vports/%s/vport_state", name, name);
		fc_sysfs_read(host->fd, vport.last_state, sizeof vport.last_state,
			"%s/fc_vports/%s/vport_last_state", name, name);
		fc_sysfs_read(host->fd, vport.symbolic_name, sizeof vport.symbolic_name,
			"%s/fc_vports/%s/symbolic_name", name, name);
	}
	if (fc_host_vport_path(host, known, path)) {
		(void)snprintf(vport.kernel_host, sizeof vport.kernel_host, "%.31s", known->host);
		fc_sysfs_read(host->fd, vport.port_state, sizeof vport.port_state,
			"%s/fc_host/%s/port_state", path, known->host);
		fc_sysfs_read(host->fd, id, sizeof id, "%s/fc_host/%s/port_id", path, known->host);
		set_port_id(id, vport.port_id, sizeof vport.port_id);
		vport.fabric_name =
			fc_sysfs_read_wwn(host->fd, "%s/fc_host/%s/fabric_name", path, known->host);
	}
	if (old)
		(void)snprintf(vport.state, sizeof vport.state, "%s",
			strcmp(vport.port_state, "Online") == 0 ? "Active" : vport.port_state);
	if (!vport.state[0])
		return false;
	*ret_vport = vport;
	return true;
}

bool fc_scan_vport(const struct fc_host *host, struct fc_known *known, struct fc_vport *ret_vport)
{
	char path[NP_PATH_MAX];
	int rc;

	if (!fc_scan_vport_state(host, known, ret_vport))
		return false;
	if (!fc_host_vport_path(host, known, path))
		return true;
	rc = scan_rports(host->fd, path, &ret_vport->rports, &ret_vport->n_rports, NULL);
	if (rc == 0)
		(void)scan_luns(host, ret_vport, path, NULL);
	return true;
}

static int make_room(struct fc_hba *hba, size_t n, struct np_err *err)
{
	hba->vports = calloc(n ? n : 1, sizeof *hba->vports);
	return hba->vports ? 0 : np_fail_nomem(err);
}

static void add_vport(
	const struct fc_host *host, struct fc_known *known, struct fc_hba *hba, bool brief)
{
	struct fc_vport *vport = &hba->vports[hba->n_vports];

	hba->n_vports +=
		brief ? fc_scan_vport_state(host, known, vport) : fc_scan_vport(host, known, vport);
}

/* What was read by path was read of this HBA if its directory is alive still: names move only
 * after. */
static int finish(const struct fc_host *host, int rc, struct fc_hba *hba, struct fc_hba *ret_hba,
	struct np_err *err)
{
	if (rc == 0 && !fc_host_is_alive(host))
		rc = np_fail(err, NP_NOTFOUND, "%s went away while it was looked at", host->name);
	if (rc < 0) {
		fc_hba_done(hba);
		return rc;
	}
	*ret_hba = *hba;
	return 0;
}

int fc_scan_hba(struct fc_host *host, struct fc_hba *ret_hba, struct np_err *err)
{
	struct fc_hba hba = { 0 };
	int rc;

	rc = fc_host_list_vports(host, err);
	if (rc < 0)
		return rc;
	scan_hba_itself(host, false, &hba);
	set_pci_address(host, &hba);
	rc = scan_rports(host->fd, ".", &hba.rports, &hba.n_rports, err);
	if (rc == 0)
		rc = make_room(&hba, host->n_vports, err);
	for (size_t i = 0; rc == 0 && i < host->n_vports; i++)
		add_vport(host, &host->vports[i], &hba, false);
	return finish(host, rc, &hba, ret_hba, err);
}

int fc_scan_look(struct fc_host *host, const struct fc_named *named, struct fc_hba *ret_hba,
	struct np_err *err)
{
	struct fc_hba hba = { 0 };
	int rc;

	rc = fc_host_list_vports(host, err);
	if (rc < 0)
		return rc;
	scan_hba_itself(host, true, &hba);
	rc = make_room(&hba, named->n, err);
	for (size_t i = 0; rc == 0 && i < named->n; i++) {
		struct fc_known *known = fc_host_find_vport(host, named->wwpns[i]);
		if (known)
			add_vport(host, known, &hba, named->brief);
	}
	return finish(host, rc, &hba, ret_hba, err);
}

bool fc_scan_lun_path(
	const struct fc_vport *vport, const struct fc_lun *lun, char path[static NP_PATH_MAX])
{
	bool old = strcmp(vport->kernel_name, vport->kernel_host) == 0;

	for (size_t i = 0; i < vport->n_rports; i++) {
		const struct fc_rport *rport = &vport->rports[i];
		int hct = (int)(strrchr(lun->hctl, ':') - lun->hctl);

		if (rport->wwpn == lun->target && rport->scsi_target_id >= 0)
			return np_path(path, "%s%s%s/%s/target%.*s/%s",
				old ? "" : vport->kernel_name, old ? "" : "/", vport->kernel_host,
				rport->kernel_name, hct, lun->hctl, lun->hctl);
	}
	return false;
}
