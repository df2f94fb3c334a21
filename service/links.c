/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stable names: RUN/disks/GUEST/FABRIC-lunN-TARGET -> /dev/sdX. The kernel's by-path names are the same for
 * two vports of one HBA (path_id knows no initiator), so a guest is given these.
 */
#include "base/file.h"
#include "base/wwn.h"
#include "service/hosts.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

/* A guest's name may hold anything; a file name may not. */
static void safe_name(const char *name, char text[static 129])
{
	size_t i = 0;

	for (; name[i] && i < 128; i++)
		text[i] =
			(char)(isalnum((unsigned char)name[i]) || (i > 0 && strchr("._-", name[i]))
					? name[i]
					: '_');
	text[i] = '\0';
}

static bool directory_of(struct svc *svc, const char *guest_name, char path[static NP_PATH_MAX])
{
	char safe[129];

	safe_name(guest_name, safe);
	return np_path(path, "%s/disks/%s", svc->set.run_dir, safe);
}

static bool link_name(const char *directory, const char *fabric, const struct fc_lun *lun,
	char path[static NP_PATH_MAX])
{
	char text[NP_WWN_TEXT];

	return np_path(path, "%s/%s-lun%lld-%s", directory, fabric, (long long)lun->lun,
		np_wwn_text(lun->target, text));
}

static int make_link(const char *path, const char *dev, struct np_err *err)
{
	char temp[NP_PATH_MAX], target[64];

	(void)snprintf(target, sizeof target, "/dev/%s", dev);
	if (!np_path(temp, "%s.new", path))
		return np_fail(err, NP_INVAL, "path too long: %.100s", path);
	(void)unlink(temp);
	if (symlink(target, temp) < 0 || rename(temp, path) < 0)
		return np_fail_sys(err, errno, "link %s", path);
	return 0;
}

static int make_for_vhba(
	struct svc *svc, const json_t *vhba, const char *directory, struct np_err *err)
{
	const struct fc_hba *hba;
	const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba);
	char path[NP_PATH_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && vport && i < vport->n_luns; i++) {
		if (vport->luns[i].dev[0] &&
			link_name(directory, np_json_text(vhba, "name"), &vport->luns[i], path))
			rc = make_link(path, vport->luns[i].dev, err);
	}
	return rc;
}

int svc_links_make(struct svc *svc, const char *guest_id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *vhbas = NULL;
	char directory[NP_PATH_MAX];
	int rc = svc_guest_find(svc, guest_id, &guest, err);

	if (rc == 0)
		rc = svc_guest_vhbas(svc, guest_id, &vhbas, err);
	if (rc < 0)
		return rc;
	svc_links_remove(svc, guest_id);
	if (!directory_of(svc, np_json_text(guest, "name"), directory))
		return np_fail(err, NP_INVAL, "guest '%s': name too long for a path",
			np_json_text(guest, "name"));
	rc = np_mkdir_p(directory, 0755, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++)
		rc = make_for_vhba(svc, json_array_get(vhbas, i), directory, err);
	return rc;
}

void svc_links_remove(struct svc *svc, const char *guest_id)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	char directory[NP_PATH_MAX];
	DIR *dir;

	if (svc_guest_find(svc, guest_id, &guest, NULL) < 0 ||
		!directory_of(svc, np_json_text(guest, "name"), directory) ||
		!(dir = opendir(directory)))
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	(void)closedir(dir);
	(void)rmdir(directory);
}

json_t *svc_links_of(
	struct svc *svc, const char *guest_name, const char *vhba_name, const struct fc_lun *lun)
{
	char directory[NP_PATH_MAX], path[NP_PATH_MAX];

	if (!directory_of(svc, guest_name, directory) ||
		!link_name(directory, vhba_name, lun, path) ||
		faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return json_array();
	return json_pack("[s]", path);
}
