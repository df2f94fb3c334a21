/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From guests, their vHBAs, targets and the fabric's policy to zones, and the names of these. Pure. */
#pragma once

#include "zoning/model.h"

#define ZONE_TEMPLATE_DEFAULT "npivd_{guest}_{vhba}{set}_{target}"
#define ZONE_POLICY_DEFAULT "single-initiator"

/*
 * @request:
 *   {"vendor": "fos", "policy": "single-initiator-single-target" | "single-initiator" | "peer",
 *    "template": TEXT ("" is the default; parts that the policy has no use for fall away with their separator),
 *    "guests": [{"id": UUID, "name": TEXT, "vhbas": [{"name", "wwpn_a", "wwpn_b"}],
 *                "targets": [{"wwpn", "name", "kind": "disk" | "tape"}]}]}
 * Both WWPNs of each pair are zoned: in zones of their own ({set} is "a" or "b"), in a peer zone together. Tape
 * and disk are never in one zone. *ret is {"zones": {NAME: ZONE}, "owners": {NAME: GUEST UUID}}.
 */
int zone_compile(const json_t *request, json_t **ret_zones, struct np_err *err);

/*
 * Do a vendor, a policy and a template give zones of different guests, sets and targets different names? -NP_INVAL
 * says what the template lacks. One without {vhba} is good for guests that have one vHBA on the fabric, one without
 * {target} for guests that have disks or tapes, not both.
 */
int zone_template_check(
	const char *vendor, const char *policy, const char *template, struct np_err *err);

/* Values of a template's parts. */
struct zone_name_parts {
	const char *guest, *vhba, *set, *target; /* NULL: not in this name */
};

/*
 * Fills a template: the result is valid for the vendor and reversible; what does not fit is cut and told apart by a
 * hash of the whole. -NP_INVAL when the template has an unknown part or starts wrongly.
 */
int zone_name_make(const struct zone_rules *rules, const char *template,
	const struct zone_name_parts *parts, char ret_name[static ZONE_NAME_MAX],
	struct np_err *err);

/*
 * The reverse: {"guest","vhba","set","target"} of a name that was not cut, "set" and "target" only where the name has
 * them; -NP_NOTFOUND when it is none of this template's.
 */
int zone_name_read(const char *template, const char *name, json_t **ret_parts, struct np_err *err);
