/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/vport.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "fc/hba.h"
#include "fc/scan.h"

#define NAMES_LEN 33 /* WWPN:WWNN */
#define READ_BACK_STEP_MS 5

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int verify(const struct fc_host *host, uint64_t hba, struct np_err *err)
{
	char text[NP_WWN_TEXT], is[NP_WWN_TEXT];

	if (!fc_host_is_alive(host))
		return np_fail(err, NP_NOTFOUND, "HBA %s (%s) is gone",
			np_wwn_text(host->wwpn, text), host->name);
	if (hba && hba != host->wwpn)
		return np_fail(err, NP_NOTFOUND, "HBA %s is not %s any more, which is HBA %s now",
			np_wwn_text(hba, text), host->name, np_wwn_text(host->wwpn, is));
	return 0;
}

/* -NP_NOTFOUND only after everything was read anew. */
static int find(
	struct fc_host *host, uint64_t wwpn, struct fc_known **ret_known, struct np_err *err)
{
	char text[NP_WWN_TEXT];

	for (int turn = 0; turn < 2; turn++) {
		int rc = fc_host_list_vports(host, err);
		if (rc < 0)
			return rc;
		*ret_known = fc_host_find_vport(host, wwpn);
		if (*ret_known)
			return 0;
		fc_host_forget(host);
	}
	return np_fail(
		err, NP_NOTFOUND, "vport %s is not on %s", np_wwn_text(wwpn, text), host->name);
}

static struct fc_create_state read_state(
	const struct fc_host *host, uint64_t wwpn, char *port_state, size_t size)
{
	const struct fc_quirk *quirk = fc_hba_quirk(host->driver);
	const char *files = host->files ? host->files : "fc_host";

	fc_sysfs_read(host->fd, port_state, size, "fc_host/%s/port_state", host->name);
	return (struct fc_create_state){
		.host = host->name,
		.hba = host->wwpn,
		.wwpn = wwpn,
		.port_state = port_state,
		.vports_max =
			fc_sysfs_read_int(host->fd, quirk->vports_max ? quirk->vports_max : -1,
				"%s/%s/max_npiv_vports", files, host->name),
		.vports_in_use = fc_sysfs_read_int(host->fd, (int64_t)host->n_vports,
			"%s/%s/npiv_vports_inuse", files, host->name),
	};
}

/*
 * One write of the names. Returns 0 or what the driver answered: an errno or FC_SHORT_COUNT.
 * Whether the file is there and may be written is asked first: lpfc answers with the same numbers
 * for other reasons.
 */
static int write_names(const struct fc_host *host, const char *file, uint64_t wwpn, uint64_t wwnn)
{
	char path[NP_PATH_MAX], names[NAMES_LEN + 1];
	struct np_err err = { 0 };
	ssize_t written;

	if (!host->files || !np_path(path, "%s/%s/%s", host->files, host->name, file))
		return ENOENT;
	if (faccessat(host->fd, path, F_OK, 0) < 0)
		return errno == ENOENT && !fc_host_is_alive(host) ? ENODEV : errno;
	if (faccessat(host->fd, path, W_OK, AT_EACCESS) < 0)
		return errno == EPERM ? EACCES : errno;
	(void)snprintf(names, sizeof names, "%016" PRIx64 ":%016" PRIx64, wwpn, wwnn);
	if (fc_sysfs_write(host->sysfs, host->fd, path, names, NAMES_LEN, &written, &err) < 0)
		return err.sys ? err.sys : EIO;
	return written == NAMES_LEN ? 0 : FC_SHORT_COUNT;
}

static void set_symbolic_name(
	const struct fc_host *host, const struct fc_vport_spec *spec, struct fc_vport *vport)
{
	char path[NP_PATH_MAX], padded[FC_SYMBOLIC_MAX + 1] = "";
	ssize_t written;

	if (!spec->symbolic_name || !spec->symbolic_name[0] ||
		!fc_hba_quirk(host->driver)->symbolic_name)
		return;
	/* The kernel copies just the bytes given: without the padding the tail of an older name
	 * would stay. */
	(void)snprintf(padded, sizeof padded, "%s", spec->symbolic_name);
	if (strcmp(padded, vport->symbolic_name) == 0 ||
		!np_path(path, "%s/fc_vports/%s/symbolic_name", vport->kernel_name,
			vport->kernel_name))
		return;
	/* A port without its label works: no reason to fail. */
	if (fc_sysfs_write(host->sysfs, host->fd, path, padded, FC_SYMBOLIC_MAX, &written, NULL) ==
		0)
		(void)snprintf(vport->symbolic_name, sizeof vport->symbolic_name, "%s", padded);
}

/* The vport if it is there: 0; -NP_NOTFOUND; -NP_EXISTS when the WWPN has another WWNN. */
static int take_existing(struct fc_host *host, const struct fc_vport_spec *spec,
	struct fc_vport *ret_vport, struct np_err *err)
{
	char wwpn[NP_WWN_TEXT], has[NP_WWN_TEXT], want[NP_WWN_TEXT];
	struct fc_known *known;
	int rc;

	rc = spec->fresh && fc_host_is_unchanged(host) ? 0 : fc_host_list_vports(host, err);
	if (rc < 0)
		return rc;
	known = fc_host_find_vport(host, spec->wwpn);
	if (!known)
		return -NP_NOTFOUND;
	if (known->wwnn != spec->wwnn)
		return np_fail(err, NP_EXISTS,
			"vport %s is on %s already, with node name %s and not %s",
			np_wwn_text(spec->wwpn, wwpn), host->name, np_wwn_text(known->wwnn, has),
			np_wwn_text(spec->wwnn, want));
	return fc_scan_vport(host, known, ret_vport) ? 0 : -NP_NOTFOUND;
}

static int read_back(struct fc_host *host, const struct fc_vport_spec *spec,
	struct fc_vport *ret_vport, struct np_err *err)
{
	int64_t deadline = now_ms() + FC_READ_BACK_MS;
	char wwpn[NP_WWN_TEXT];
	int rc;

	for (;;) {
		rc = take_existing(host, spec, ret_vport, err);
		if (rc == 0 && (ret_vport->kernel_host[0] || now_ms() >= deadline))
			return 0;
		if (rc == 0)
			fc_vport_done(ret_vport);
		else if (rc != -NP_NOTFOUND)
			return rc;
		if (now_ms() >= deadline)
			break;
		(void)poll(NULL, 0, READ_BACK_STEP_MS);
	}
	rc = verify(host, 0, err);
	if (rc < 0)
		return rc;
	return np_fail(err, NP_IO,
		"%s took the write of vport %s but no such vport came up within %d ms", host->name,
		np_wwn_text(spec->wwpn, wwpn), FC_READ_BACK_MS);
}

static int check_spec(
	const struct fc_host *host, const struct fc_vport_spec *spec, struct np_err *err)
{
	int rc = np_wwn_check(spec->wwpn, err);

	if (rc == 0)
		rc = np_wwn_check(spec->wwnn, err);
	return rc == 0 ? verify(host, spec->hba, err) : rc;
}

/* A check, one write and a look. */
static int create(struct fc_host *host, const struct fc_vport_spec *spec, bool *ret_existed,
	struct fc_vport *ret_vport, struct np_err *err)
{
	struct fc_create_state state;
	char port_state[32];
	int rc, sys;

	state = read_state(host, spec->wwpn, port_state, sizeof port_state);
	rc = fc_hba_check_create(host->driver, &state, err);
	if (rc < 0)
		return rc;
	*ret_existed = false;
	sys = write_names(host, "vport_create", spec->wwpn, spec->wwnn);
	if (sys == 0 && spec->fresh) {
		host->directories++; /* the new one's */
		return 0;
	}
	if (sys == 0)
		return read_back(host, spec, ret_vport, err);
	rc = verify(host, 0, err);
	if (rc < 0)
		return rc;
	/* Refused, perhaps because somebody else made it a moment ago: then it is not ours to undo. */
	fc_host_forget(host);
	rc = take_existing(host, spec, ret_vport, err);
	*ret_existed = rc == 0;
	if (rc != -NP_NOTFOUND)
		return rc;
	state = read_state(host, spec->wwpn, port_state, sizeof port_state);
	return fc_hba_explain_create(host->driver, sys, &state, err);
}

int fc_vport_create(struct fc_host *host, const struct fc_vport_spec *spec, bool *ret_existed,
	struct fc_vport *ret_vport, struct np_err *err)
{
	struct fc_vport vport = { 0 };
	bool existed = true;
	int rc;

	rc = check_spec(host, spec, err);
	if (rc < 0)
		return rc;
	rc = take_existing(host, spec, &vport, err);
	if (rc == -NP_NOTFOUND)
		rc = create(host, spec, &existed, &vport, err);
	if (rc < 0)
		return rc;
	if (vport.wwpn)
		set_symbolic_name(host, spec, &vport);
	*ret_existed = existed;
	*ret_vport = vport;
	return 0;
}

int fc_vport_name(struct fc_host *host, const struct fc_vport_spec *spec, struct np_err *err)
{
	struct fc_vport vport = { 0 };
	struct fc_known *known;
	int rc;

	rc = verify(host, spec->hba, err);
	if (rc == 0)
		rc = find(host, spec->wwpn, &known, err);
	if (rc == 0 && fc_scan_vport_state(host, known, &vport))
		set_symbolic_name(host, spec, &vport);
	return rc;
}

static int refuse_held(const struct fc_host *host, const struct fc_vport *vport,
	const struct fc_lun *lun, struct np_err *err)
{
	char path[NP_PATH_MAX], held[200], wwpn[NP_WWN_TEXT];

	if (lun->holders == 0 || !fc_scan_lun_path(vport, lun, path) ||
		fc_scan_holders(host, path, lun->dev, held, sizeof held) == 0)
		return 0;
	return np_hint(err,
		np_fail(err, NP_BUSY, "vport %s: LUN %s is in use on this host (%s)",
			np_wwn_text(vport->wwpn, wwpn), lun->hctl, held),
		"release the devices named (multipath -f, vgchange -an, umount), or use force");
}

static int refuse_held_vport(const struct fc_host *host, struct fc_known *known, struct np_err *err)
{
	struct fc_vport vport = { 0 };
	int rc = 0;

	if (!fc_scan_vport(host, known, &vport))
		return 0;
	for (size_t i = 0; rc == 0 && i < vport.n_luns; i++)
		rc = refuse_held(host, &vport, &vport.luns[i], err);
	fc_vport_done(&vport);
	return rc;
}

static int wait_gone(struct fc_host *host, uint64_t wwpn, struct np_err *err)
{
	int64_t deadline = now_ms() + FC_READ_BACK_MS;
	char text[NP_WWN_TEXT];

	for (;;) {
		int rc = fc_host_list_vports(host, err);
		if (rc < 0)
			return rc;
		if (!fc_host_find_vport(host, wwpn))
			return 0;
		if (now_ms() >= deadline)
			break;
		(void)poll(NULL, 0, READ_BACK_STEP_MS);
	}
	return np_fail(err, NP_IO,
		"%s took the removal of vport %s but it is still there after %d ms", host->name,
		np_wwn_text(wwpn, text), FC_READ_BACK_MS);
}

static int delete_known(struct fc_host *host, const struct fc_vport_spec *spec,
	struct fc_known *known, struct np_err *err)
{
	char has[NP_WWN_TEXT], want[NP_WWN_TEXT], wwpn[NP_WWN_TEXT];
	struct fc_create_state state;
	char port_state[32];
	int rc = 0, sys;

	if (spec->wwnn && spec->wwnn != known->wwnn)
		return np_fail(err, NP_CONFLICT, "vport %s on %s has node name %s and not %s",
			np_wwn_text(spec->wwpn, wwpn), host->name, np_wwn_text(known->wwnn, has),
			np_wwn_text(spec->wwnn, want));
	if (!spec->force)
		rc = refuse_held_vport(host, known, err);
	if (rc < 0)
		return rc;
	sys = write_names(host, "vport_delete", known->wwpn, known->wwnn);
	if (sys == 0)
		return wait_gone(host, spec->wwpn, err);
	rc = verify(host, 0, err);
	if (rc < 0)
		return rc;
	rc = find(host, spec->wwpn, &known, err);
	if (rc < 0)
		return rc == -NP_NOTFOUND ? 0 : rc;
	state = read_state(host, spec->wwpn, port_state, sizeof port_state);
	return fc_hba_explain_delete(host->driver, sys, &state, err);
}

int fc_vport_delete(struct fc_host *host, const struct fc_vport_spec *spec, bool *ret_existed,
	struct np_err *err)
{
	struct fc_known *known;
	int rc;

	rc = verify(host, spec->hba, err);
	if (rc < 0)
		return rc;
	rc = find(host, spec->wwpn, &known, err);
	if (rc == -NP_NOTFOUND) {
		*ret_existed = false;
		return 0;
	}
	if (rc == 0)
		rc = delete_known(host, spec, known, err);
	if (rc < 0)
		return rc;
	*ret_existed = true;
	return 0;
}

static int write_all(
	const struct fc_host *host, const char *path, const char *text, struct np_err *err)
{
	size_t len = strlen(text);
	ssize_t written;
	int rc;

	rc = fc_sysfs_write(host->sysfs, host->fd, path, text, len, &written, err);
	if (rc < 0)
		return rc;
	if (written != (ssize_t)len)
		return np_fail(err, NP_IO, "%s: write %s: %zd of %zu bytes", host->name, path,
			written, len);
	return 0;
}

int fc_vport_rescan(struct fc_host *host, uint64_t wwpn, struct np_err *err)
{
	char path[NP_PATH_MAX], dir[NP_PATH_MAX], text[NP_WWN_TEXT];
	struct fc_known *known;
	int rc;

	rc = verify(host, 0, err);
	if (rc == 0)
		rc = find(host, wwpn, &known, err);
	if (rc < 0)
		return rc;
	if (!fc_host_vport_path(host, known, dir) ||
		!np_path(path, "%s/scsi_host/%s/scan", dir, known->host))
		return np_fail(
			err, NP_BUSY, "vport %s has no SCSI host yet", np_wwn_text(wwpn, text));
	return write_all(host, path, "- - -", err);
}

static int remove_lun(const struct fc_host *host, const struct fc_vport *vport,
	const struct fc_lun *lun, bool force, struct np_err *err)
{
	char path[NP_PATH_MAX], file[NP_PATH_MAX];
	int rc;

	rc = force ? 0 : refuse_held(host, vport, lun, err);
	if (rc < 0)
		return rc;
	if (!fc_scan_lun_path(vport, lun, path) || !np_path(file, "%s/delete", path))
		return np_fail(err, NP_NOTFOUND, "%s: LUN %s has no target any more", host->name,
			lun->hctl);
	rc = write_all(host, file, "1", err);
	/* Somebody else was faster. */
	return rc < 0 && faccessat(host->fd, path, F_OK, 0) < 0 ? 0 : rc;
}

int fc_vport_remove_lun(struct fc_host *host, const struct fc_vport_spec *spec, const char *hctl,
	bool *ret_existed, struct np_err *err)
{
	struct fc_vport vport = { 0 };
	struct fc_known *known;
	bool existed = false;
	int rc;

	rc = verify(host, spec->hba, err);
	if (rc == 0)
		rc = find(host, spec->wwpn, &known, err);
	if (rc < 0)
		return rc;
	if (fc_scan_vport(host, known, &vport)) {
		for (size_t i = 0; rc == 0 && i < vport.n_luns; i++) {
			if (strcmp(vport.luns[i].hctl, hctl) != 0)
				continue;
			existed = true;
			rc = remove_lun(host, &vport, &vport.luns[i], spec->force, err);
		}
	}
	fc_vport_done(&vport);
	if (rc == 0)
		*ret_existed = existed;
	return rc;
}
