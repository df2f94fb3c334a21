/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/vendors.h"

const struct sim_vendor *const sim_vendors[] = {
	&sim_vendor_fos,
	&sim_vendor_nxos,
	NULL,
};
