/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hook's word for npivd when it is away: STATE/released/UUID says that the guest has ended, with
 * libvirt's reason in it. The file stays until the record says so too; a later start makes it void.
 */
#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "service/core.h"

#define REASON_MAX 64

static bool path_of(struct svc *svc, const char *guest_id, char path[static NP_PATH_MAX])
{
	return np_path(path, "%s/released/%s", svc->set.state_dir, guest_id);
}

void svc_released_forget(struct svc *svc, const char *guest_id)
{
	char path[NP_PATH_MAX];

	if (!svc->would && path_of(svc, guest_id, path))
		(void)unlink(path);
}

static void stop(struct svc *svc, const char *guest_id, const char *path)
{
	np_auto(np_json_decref) json_t *body = json_pack("{s:s}", "desired", "absent");
	np_auto(np_json_decref) json_t *query = json_object();
	np_auto(np_free) char *reason = NULL;
	struct svc_result result = { 0 };
	struct np_err err = { 0 };

	if (np_file_read(AT_FDCWD, path, REASON_MAX, &reason, NULL) == 0)
		np_json_set_text(body, "reason", reason);
	if (svc_run(svc, svc_guest_state_set,
		    &(struct svc_call){ .principal = "npivd-hook",
			    .keys = { guest_id },
			    .query = query,
			    .body = body },
		    &result, &err) < 0)
		np_log(LOG_WARNING, "guest %s ended while npivd was away: %s", guest_id, err.msg);
	svc_result_done(&result);
}

void svc_released_take(struct svc *svc)
{
	char path[NP_PATH_MAX];
	DIR *dir = path_of(svc, "", path) ? opendir(path) : NULL;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		np_auto(np_json_decref) json_t *guest = NULL;

		if (entry->d_name[0] == '.' || !path_of(svc, entry->d_name, path))
			continue;
		if (svc_guest_find(svc, entry->d_name, &guest, NULL) < 0 ||
			strcmp(np_json_text(guest, "desired"), "absent") == 0)
			(void)unlink(path);
		else
			stop(svc, entry->d_name, path);
	}
	if (dir)
		(void)closedir(dir);
}
