/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A watch for each fabric: what is not as the records want it is found, told once, and shown until it is right. */
#pragma once

#include "service/fabric.h"

/* Makes the fabric's timer; the first look comes soon. */
int svc_drift_init(struct svc_fabric *fabric, struct np_err *err);

/* News of the fabric (an RSCN, a change of its record): look within a few seconds. */
void svc_drift_soon(struct svc_fabric *fabric);

/* The findings as the API shows them, with "ignored"; an array. */
int svc_drift_view(struct svc_fabric *fabric, json_t **ret_rows, struct np_err *err);
