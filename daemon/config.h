/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npivd's configuration: /etc/npivd/npivd.conf and its drop-ins, one row per option. */
#pragma once

#include "base/conf.h"
#include "service/settings.h"

#ifndef CONFIG_FILE
#error "the build names the configuration file"
#endif

struct config {
	char database[256];
	char socket[104]; /* sun_path holds 108 */
	char socket_group[33];
	char log_level[16];
	struct svc_settings service;
};

extern const struct np_option config_options[];

/* Defaults, then @path (NULL: CONFIG_FILE, which may be missing) and its drop-ins. */
int config_read(struct config *ret_config, const char *path, struct np_err *err);
