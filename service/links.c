/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stable names: RUN/disks/GUEST/FABRIC-lunN-TARGET -> /dev/sdX. The kernel's by-path names are the same for
 * two vports of one HBA (path_id knows no initiator), so a guest is given these.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "base/wwn.h"
#include "service/hosts.h"

/* A guest's name may hold anything; a file name may not. */
static void safe_name(const char *name, char text[static 129])
{
	size_t i = 0;

	for (; i < 128 && name[i]; i++)
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

static void link_name(const char *vhba, const struct fc_lun *lun, char name[static NAME_MAX + 1])
{
	char text[NP_WWN_TEXT];

	(void)snprintf(name, NAME_MAX + 1, "%.64s-lun%lld-%s", vhba, (long long)lun->lun,
		np_wwn_text(lun->target, text));
}

/* Replaces in one step what was there; a link that is right is left alone. */
static int make_link(const char *directory, const char *name, const char *dev, struct np_err *err)
{
	char path[NP_PATH_MAX], temp[NP_PATH_MAX], target[64], now[64] = "";

	(void)snprintf(target, sizeof target, "/dev/%s", dev);
	if (!np_path(path, "%s/%s", directory, name) || !np_path(temp, "%s/.new", directory))
		return np_fail(err, NP_INVAL, "path too long: %.100s", directory);
	if (readlink(path, now, sizeof now - 1) > 0 && strcmp(now, target) == 0)
		return 0;
	(void)unlink(temp);
	if (symlink(target, temp) < 0 || rename(temp, path) < 0)
		return np_fail_sys(err, errno, "link %s", path);
	return 0;
}

static int make_for_vhba(struct svc *svc, const json_t *vhba, const char *directory, json_t *names,
	struct np_err *err)
{
	const struct fc_hba *hba;
	const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba);
	char name[NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; rc == 0 && vport && i < vport->n_luns; i++) {
		if (!vport->luns[i].dev[0])
			continue;
		link_name(np_json_text(vhba, "name"), &vport->luns[i], name);
		(void)json_object_set_new(names, name, json_true());
		rc = make_link(directory, name, vport->luns[i].dev, err);
	}
	return rc;
}

/* Removes the links that are not among @names; NULL: all of them. */
static void sweep(const char *directory, const json_t *names)
{
	DIR *dir = opendir(directory);

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
		if (!dots && !json_object_get(names, entry->d_name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		(void)closedir(dir);
}

int svc_links_make(struct svc *svc, const char *guest_id, struct np_err *err)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *names = json_object();
	char directory[NP_PATH_MAX];
	int rc = svc_guest_find(svc, guest_id, &guest, err);

	if (rc == 0)
		rc = svc_guest_vhbas(svc, guest_id, &vhbas, err);
	if (rc < 0)
		return rc;
	if (!directory_of(svc, np_json_text(guest, "name"), directory))
		return np_fail(err, NP_INVAL, "guest '%s': name too long for a path",
			np_json_text(guest, "name"));
	rc = np_mkdir_p(directory, 0755, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++)
		rc = make_for_vhba(svc, json_array_get(vhbas, i), directory, names, err);
	if (rc == 0)
		sweep(directory, names);
	return rc;
}

void svc_links_remove(struct svc *svc, const char *guest_id)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	char directory[NP_PATH_MAX];

	if (svc_guest_find(svc, guest_id, &guest, NULL) < 0 ||
		!directory_of(svc, np_json_text(guest, "name"), directory))
		return;
	sweep(directory, NULL);
	(void)rmdir(directory);
}

json_t *svc_links_of(
	struct svc *svc, const char *guest_name, const char *vhba_name, const struct fc_lun *lun)
{
	char directory[NP_PATH_MAX], path[NP_PATH_MAX], name[NAME_MAX + 1];

	link_name(vhba_name, lun, name);
	if (!directory_of(svc, guest_name, directory) || !np_path(path, "%s/%s", directory, name) ||
		faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return json_array();
	return json_pack("[s]", path);
}
