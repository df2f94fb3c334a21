/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is logged in, from an NX-OS switch's name server and its own ports. Pure; foreign text. */
#pragma once

#include "zoning/model.h"

/* "show fcns database [detail] vsan N": appends to @logins. */
int nxos_logins_read(const json_t *body, int64_t vsan, json_t *logins, struct np_err *err);

/* "show flogi database vsan N": adds ports to the logins that the name server knows; it makes none. */
int nxos_logins_add_ports(const json_t *body, json_t *logins, struct np_err *err);
