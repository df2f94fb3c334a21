/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command lines of both vendors' switches, as far as the scripts of zoning/script.c use them. A switch's state is
 * {"defined": DB, "effective": {..}} as in docs/ZONING.md. A command that a real switch would refuse fails the test.
 */
#pragma once

#include "base/json.h"

/* Types the script. */
void fake_cli_fos(json_t *state, const char *script);
void fake_cli_nxos(json_t *state, const char *script, long vsan);

/* What the switch shows: cfgshow; device-alias database, show zoneset, show zone, show zoneset active. The caller's. */
char *fake_cli_cfgshow(const json_t *state);
char *fake_cli_show(const json_t *state, long vsan);
