/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the writers of scripts share: one file a format, one row each in zoning/script.c. */
#pragma once

#include "zoning/model.h"

/* A plan that is being written. Names in it are valid for the vendor of the format. */
struct zone_writer {
	FILE *out;
	const json_t *plan;
	int64_t context; /* virtual fabric or VSAN, 0: none */
};

int zone_script_fos(const struct zone_writer *writer, struct np_err *err);
int zone_script_nxos(const struct zone_writer *writer, struct np_err *err);
int zone_script_csv(const struct zone_writer *writer, struct np_err *err);

/* The zoneset that is to be in force after the plan, NULL when nothing is (re)activated. */
const char *zone_script_activated(const json_t *plan);

/* A WWN with colons, any other member as it is; returns @text. */
const char *zone_script_member(const char *member, char text[static ZONE_MEMBER_MAX]);

/* Members of the list @key of @zone (or of @zone itself, an array, when @key is NULL) that @other lacks; a new array. */
json_t *zone_script_minus(const json_t *zone, const json_t *other, const char *key);
