/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of the service, for the daemon that owns it. */
#pragma once

#include "service/core.h"

/*
 * Opens the record at @db_path (marks beside it), makes the directories, finds the HBAs, takes up what an
 * earlier process left unfinished. @event must have SIGCHLD blocked: lanes are its child processes.
 */
int svc_new(struct svc **ret_svc, sd_event *event, const char *db_path,
	const struct svc_settings *settings, struct np_err *err);

/* Commits, lets go of the lanes (a stuck one is left behind) and closes. Never waits. */
struct svc *svc_free(struct svc *svc);

/* After a reload of the configuration. Host, directories and sysfs root stay as they were. */
void svc_set_settings(struct svc *svc, const struct svc_settings *settings);
