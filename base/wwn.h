/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * World wide names: parse, print and judge. The only place that knows `0x...`, colons, `naa.` and
 * the NAA formats (FC-FS name formats). Inside the project a WWN is a uint64_t; as text in SQLite
 * and JSON it is 16 lower-case hex digits, because a signed 64-bit integer turns names such as
 * c050... negative.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define NP_WWN_TEXT 17	/* 16 digits and NUL */
#define NP_WWN_COLON 24 /* "21:00:..." and NUL */

/*
 * Reads a WWN in any usual form: 2100aabbccdd0001, 0x2100..., 21:00:aa:..., naa.2100...; hex in
 * either case, blanks around it allowed. -NP_INVAL with the reason for anything else.
 */
int np_wwn_parse(const char *text, uint64_t *ret_wwn, struct np_err *err);

/* 16 lower-case hex digits, as np_wwn_text has made them; whatever follows. */
uint64_t np_wwn_from_digits(const char *digits);

/*
 * Reads what the kernel prints: 0x%llx without padding ("0x0" and empty included), FC transport
 * scsi_transport_fc.c. False if it is not a number.
 */
bool np_wwn_parse_kernel(const char *text, uint64_t *ret_wwn);

/* 16 lower-case hex digits into @text; returns @text. */
const char *np_wwn_text(uint64_t wwn, char text[static NP_WWN_TEXT]);

/* The form people read, 21:00:aa:...; returns @text. */
const char *np_wwn_colon(uint64_t wwn, char text[static NP_WWN_COLON]);

/* The first hex digit: the name's format. */
unsigned np_wwn_naa(uint64_t wwn);

/*
 * May this name be given to a port? Refuses zero, all ones, a format other than NAA 1, 2, 5, 6 and
 * C-F, and NAA 1 names that lpfc refuses (bits 59-48 not zero, lpfc_vport.c lpfc_valid_wwn_format).
 */
int np_wwn_check(uint64_t wwn, struct np_err *err);

/* NAA 1 or 2 whose MAC has the locally administered bit: a name that an owner of no OUI may use. */
bool np_wwn_is_local(uint64_t wwn);
