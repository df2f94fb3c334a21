/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose is the open zone transaction? Told from what the switch says of its owner and from what is in it. Pure.
 * A transaction that is not surely ours is another's.
 */
#pragma once

#include "zoning/model.h"

/* Every driver that can name its program to the switch says this, or this and a version after '/'. */
#define ZONE_APPLICATION "npivd"

enum zone_told {
	ZONE_TOLD_OTHER,   /* another user or another program */
	ZONE_TOLD_NOTHING, /* the switch does not say */
	ZONE_TOLD_USER,	   /* our user; the program is not told */
	ZONE_TOLD_OURS,	   /* our program, and no other user */
};

bool zone_transaction_is_open(const json_t *snapshot);
const char *zone_transaction_token(const json_t *snapshot);

/* What the switch says of the owner; @user is the one that we log in as, "": not known. */
enum zone_told zone_transaction_told(const json_t *snapshot, const char *user);

/* Does the step from one database to the other touch nothing but objects of this plan? */
bool zone_transaction_is_within(const json_t *plan, const json_t *from, const json_t *to);

/* -NP_BUSY, with the owner and the time that his lock has left. */
int zone_transaction_busy(const json_t *snapshot, struct np_err *err);
