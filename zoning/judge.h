/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be said of a fabric or of a plan: blast radius, drift, lint. Pure; findings as in docs/ZONING.md. */
#pragma once

#include "zoning/model.h"

/*
 * The blast radius: which initiator-target pairs appear and disappear, which guests have no path left in this fabric, which
 * zones of others change in force because somebody defined that and had not activated it, how many logged-in ports get an
 * RSCN (they share a zone with a pair that changes). @owners: {WWPN: GUEST UUID}.
 *   {"appear": [[INITIATOR, TARGET]...], "disappear": [...], "lose_last_path": [GUEST...], "others": [ZONE NAME...],
 *    "rscn_ports": N, "opens": bool}
 * Who is an initiator is told by the name server; pairs of ports that were never seen count as well. Members that are no
 * WWPNs are not looked at. -NP_TOOBIG: more pairs than any plan of ours has.
 */
int zone_impact(const json_t *plan, const json_t *snapshot, const json_t *owners,
	json_t **ret_impact, struct np_err *err);

/*
 * Drift of what is ours: "ours-missing", "ours-altered", "ours-not-effective", "alias-moved" (a recorded one against its
 * record, another against @before, a snapshot with the aliases as they were last right; may be NULL), "effective-stale"
 * (effective differs from defined), "foreign-zone" (our WWPN in a zone that is not ours), "default-zone-open". @wwpns:
 * {WWPN: GUEST UUID} of all our guests.
 */
int zone_drift(const json_t *desired, const json_t *snapshot, const json_t *before,
	const json_t *wwpns, json_t **ret_findings, struct np_err *err);

/*
 * Lint of a whole fabric, ours or not, one row a rule in lint.c. @context (may be NULL): {"guests": {WWPN: GUEST},
 * "base_wwpns": [HBA WWPNs], "tapes": [WWPN...], "other_fabric": SNAPSHOT} as far as known.
 */
int zone_lint(
	const json_t *snapshot, const json_t *context, json_t **ret_findings, struct np_err *err);

/* {"name", "severity", "help"} of all rules, for help and documentation. */
json_t *zone_lint_rules(void);
