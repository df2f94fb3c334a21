/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/place.h"

#include <string.h>

#include "base/wwn.h"

/* Why not here? NULL: it may. The order is that in which an administrator would look. */
static const char *objection(
	const struct svc_candidate *c, const char *fabric, char text[static 96])
{
	/* Without a link it shows no fabric name. */
	if (!c->fabric[0] && !c->online)
		return "not online";
	if (strcmp(c->fabric, fabric) != 0) {
		(void)snprintf(text, 96,
			c->fabric[0] ? "on fabric %.63s" : "its fabric is not known", c->fabric);
		return text;
	}
	if (!c->can_create)
		return "no NPIV, or its driver makes no vports";
	if (!c->online)
		return "not online";
	if (c->drain)
		return "is being drained";
	if (c->blocked)
		return "its lane is stuck in the kernel";
	if (c->in_use >= c->limit) {
		(void)snprintf(text, 96, "full: %lld of %lld by %s", (long long)c->in_use,
			(long long)c->limit, c->limit_why ? c->limit_why : "the driver");
		return text;
	}
	return NULL;
}

static bool is_better(const struct svc_candidate *a, const struct svc_candidate *b)
{
	if (a->same_hba != b->same_hba)
		return a->same_hba < b->same_hba;
	if (a->same_card != b->same_card)
		return a->same_card < b->same_card;
	/* in_use / limit without division; limits are far below 2^31 */
	int64_t use_a = a->in_use * b->limit, use_b = b->in_use * a->limit;
	if (use_a != use_b)
		return use_a < use_b;
	return a->wwpn < b->wwpn;
}

int svc_place(const struct svc_candidate *candidates, size_t n, const char *fabric, uint64_t fixed,
	const struct svc_candidate **ret_best, struct np_err *err)
{
	const struct svc_candidate *best = NULL;
	char reasons[900] = "", why[96], wwpn[NP_WWN_COLON];

	for (size_t i = 0; i < n; i++) {
		const struct svc_candidate *c = &candidates[i];
		const char *no = fixed && c->wwpn != fixed ? "not the one that was asked for"
							   : objection(c, fabric, why);
		size_t len = strlen(reasons);

		if (!no && (!best || is_better(c, best)))
			best = c;
		else if (no)
			(void)snprintf(reasons + len, sizeof reasons - len, "%s%s (%s): %s",
				len ? "; " : "", c->name, np_wwn_colon(c->wwpn, wwpn), no);
	}
	if (best) {
		*ret_best = best;
		return 0;
	}
	if (fixed && n > 0 && !strstr(reasons, np_wwn_colon(fixed, wwpn)))
		return np_fail(err, NP_CAPACITY, "HBA %s is not there", wwpn);
	return np_fail(err, NP_CAPACITY, "no HBA of this host can carry a vport on fabric %s: %s",
		fabric, n ? reasons : "there is none");
}
