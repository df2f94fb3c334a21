/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text of a switch as a snapshot: what is taken is canonical (again to normalise changes nothing), can be judged, and is
 * bounded by what was given; what is refused is refused with a reason.
 */
#pragma once

#include <assert.h>

#include "zoning/judge.h"
#include "zoning/script.h"

static inline void fuzz_zone_import(const char *format, const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *snapshot = NULL;
	np_auto(np_json_decref) json_t *findings = NULL;
	struct np_err err = { 0 };

	if (zone_import(format, (const char *)data, size, &snapshot, &err) < 0) {
		assert(err.code != NP_OK && err.msg[0]);
		return;
	}
	np_auto(np_free) char *before = zone_text(snapshot);
	assert(zone_snapshot_normalise(snapshot, &err) == 0);
	np_auto(np_free) char *after = zone_text(snapshot);
	assert(strcmp(before, after) == 0);
	assert(zone_lint(snapshot, NULL, &findings, &err) == 0);
}
