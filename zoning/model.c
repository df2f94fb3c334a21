/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/model.h"

char *zone_text(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}
