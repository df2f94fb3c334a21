/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of FOS REST requests, as the vendor's models brocade-zone have them (github brocade/yang, 8.2.1 to 9.1).
 * Pure.
 */
#pragma once

#include "zoning/model.h"

struct fos_edit {
	const char *method; /* POST, PATCH or DELETE on defined-configuration */
	json_t *body;	    /* {"defined-configuration": {...}}; owned */
};

#define FOS_EDITS_MAX 512 /* of one chunk: changes of one kind in a row are one edit */

/*
 * The edits that make @changes (in plan order) in @db, the database of the transaction as it is; at most FOS_EDITS_MAX, in
 * order. What is half there already is replaced, not made. @type_string: the release has zone-type-string (9.0 and later), else
 * zone-type. A zoneset comes with its first member and goes as a whole, or with its last one. The type of a zone cannot be
 * changed: one that becomes a peer zone, or is none any more, leaves its zonesets, goes, and comes again. On failure
 * (-NP_UNSUPPORTED: no model has such an object) the edits up to there are returned, too: the caller frees their bodies.
 */
int fos_edits(const json_t *changes, const json_t *db, bool type_string,
	struct fos_edit ret_edits[static FOS_EDITS_MAX], size_t *ret_count, struct np_err *err);

/* Of PATCH effective-configuration: enable (@cfg), save, disable, abort; @checksum NULL: none. */
enum fos_action { FOS_ENABLE = 0, FOS_SAVE = 1, FOS_DISABLE = 2, FOS_ABORT = 4 };
json_t *fos_action_body(enum fos_action action, const char *cfg, const char *checksum);
