/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of switches that there are, a line each here and in vendors.c. */
#pragma once

#include "lab/switch.h"

extern const struct sim_vendor sim_vendor_fos;
extern const struct sim_vendor sim_vendor_nxos;
