/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zones as part of what happens to a guest: the steps that its operations get. */
#pragma once

#include "service/core.h"

/*
 * Adds a step for each fabric of the guest that has a driver. @why "guest": its zones are made, fabric by fabric in the
 * order of their names; "stop": taken away in the reverse order where the fabric's zones_at_stop says so; "delete": taken
 * away wherever any were made.
 */
int svc_zone_steps(
	struct svc *svc, const json_t *guest, const char *why, json_t *steps, struct np_err *err);

/* 0: the guest has no zones of ours. 1: an operation that takes them away and then the guest; *ret_result is it. */
int svc_zone_delete_guest(struct svc *svc, const json_t *guest, const struct svc_call *call,
	struct svc_result *ret_result, struct np_err *err);
