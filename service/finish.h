/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the end of an operation means for the record, and who is told. */
#pragma once

#include "service/op.h"

/* The operation is DONE, FAILED, STUCK or in TIMEOUT: settles its guest, logs, plans the waiters' wake-up. */
void svc_finish(struct svc_op *op);

/* The operation goes away. */
void svc_finish_forget(struct svc_op *op);
