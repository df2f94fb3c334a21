/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain records: list, get, create, update, put and delete of any noun, from one row of its rules. */
#pragma once

#include "service/core.h"

struct svc_noun {
	const struct db_table *table;
	bool wwn_key; /* the path key is a WWN in any form */
	/* Judges a record that is about to be written (@before is NULL when it is new); may change @values. */
	int (*check)(struct svc *svc, json_t *values, const json_t *before, struct np_err *err);
	/* What keeps it from being deleted. */
	int (*check_delete)(struct svc *svc, const json_t *row, struct np_err *err);
	/* Adds what is observed, to one row or to the whole list (also rows that are not recorded). */
	void (*observe)(struct svc *svc, json_t *rows);
};
