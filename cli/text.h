/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON values as text for people, and the hiding of WWNs in what people pass on.
 *
 * A path leads to a value: "name", "vport.state", "vhbas[].fabric" (of each element, joined with
 * commas), "luns[#]" (how many).
 */
#pragma once

#include "base/json.h"

/* "" when there is nothing at @path. The caller's; NULL when out of memory. */
char *cli_value(const json_t *object, const char *path);

/* "16 MiB": exact to three digits; returns @text. */
#define CLI_BYTES_TEXT 24
const char *cli_bytes(int64_t bytes, char text[static CLI_BYTES_TEXT]);

/*
 * Replaces each WWN (and each longer run of hex digits: WWIDs) by "wwn-N", the same number for the
 * same name, in whatever form it is written. Names are numbered in the order in which they are
 * seen.
 */
struct cli_redact;
struct cli_redact *cli_redact_new(void);
struct cli_redact *cli_redact_free(struct cli_redact *redact);
char *cli_redact_text(struct cli_redact *redact, const char *text);

/* A copy with every text redacted; @redact NULL: the object itself. A new reference, NULL when out
 * of memory. */
json_t *cli_redact_json(struct cli_redact *redact, const json_t *json);
