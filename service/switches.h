/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the use cases on fabrics' switches share. */
#pragma once

#include "service/fabric.h"

/* The fabric that the path names; -NP_CONFLICT when it has no driver. */
int svc_fabric_of_call(struct svc *svc, const struct svc_call *call, struct svc_fabric **ret_fabric,
	struct np_err *err);

/* Drops snapshots and plans beyond the limits of the configuration. */
int svc_history_trim(struct svc *svc, struct np_err *err);

/*
 * Which zones of @snapshot are a guest's, by who is in them and not by their names: rows {"zone", "guest", "wwpns", "exact",
 * "ours"}. @adopt: those that are exactly as ours would be are taken into our records.
 */
int svc_recognise(struct svc_fabric *fabric, const json_t *snapshot, bool adopt, json_t **ret_rows,
	struct np_err *err);
