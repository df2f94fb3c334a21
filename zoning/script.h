/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as the commands that a person would type, and zone texts of switches as values. Pure. */
#pragma once

#include "zoning/model.h"

/*
 * @format "fos" (FOS CLI), "nxos" (NX-OS CLI), "csv" (change ticket; no cell can start a formula) or "diff".
 * @context: virtual fabric or VSAN, 0: none. *ret_text is the caller's.
 */
int zone_script(const json_t *plan, const char *format, int64_t context, char **ret_text,
	struct np_err *err);

/*
 * Text of a switch as a snapshot (what the text does not tell is left out): "cfgshow" (FOS CLI), "zoneset" (NX-OS
 * "show zoneset [active]", "show zone", "show device-alias database" in any order and number), "fos-json"
 * (defined-configuration, effective-configuration replies), "auto" recognises them. Foreign text: bounded, no trust.
 */
int zone_import(const char *format, const char *text, size_t len, json_t **ret_snapshot,
	struct np_err *err);
