/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/core.h"

/* {NAME: how many}; a new object. */
json_t *svc_counts_view(struct svc *svc);
