/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fabric enforces now, asked pair by pair, and who is logged in. Pure. */
#pragma once

#include "zoning/model.h"

#define ZONE_VERIFY_MAX 65536 /* pairs or WWPNs of one question */

/*
 * @pairs: [[WWPN, WWPN]...], @wwpns: [WWPN...]; both may be NULL. A pair is allowed when an effective zone connects it, or
 * when both are in no effective zone and the default zone is all-access. *ret is {"missing_pairs": [...],
 * "missing_logins": [...]} in the order of the question.
 */
int zone_verify(const json_t *snapshot, const json_t *pairs, const json_t *wwpns, json_t **ret,
	struct np_err *err);
