/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rules of lint share: zoning/lint.c has the rows and the walker, lint_zone.c the rules that look at one zone at
 * a time, lint_fabric.c the others. Every rule takes time in proportion to the database.
 */
#pragma once

#include "base/wwn.h"
#include "zoning/list.h"
#include "zoning/model.h"

#define LINT_FINDINGS_MAX 1000 /* of one rule; the rest is only counted */

struct lint_rule;

/* The fabric, indexed once. All but findings is read only. */
struct lint {
	const json_t *snapshot, *context;	  /* context may be NULL */
	const struct zone_rules *rules;		  /* NULL: the vendor is not known */
	const json_t *aliases, *zones, *zonesets; /* as defined */
	const json_t *enforced;			  /* effective zones, as the switch shows them */
	json_t *resolved;			  /* defined zones without aliases */
	json_t *logins;				  /* {WWPN: LOGIN} */
	json_t *ports;		      /* set of all WWPNs and WWNNs that are logged in */
	json_t *bases, *tapes;	      /* sets of WWPNs */
	const struct lint_rule *rule; /* the one that is at work */
	json_t *findings;	      /* its findings */
	size_t count;		      /* of its findings, also those over the limit */
	bool failed;		      /* out of memory */
};

/* One zone as defined, and the same without aliases. */
struct lint_zone {
	const char *name;
	const json_t *direct, *resolved;
};

/* Optional, but one of .zone (called for each zone) and .fabric is there. */
struct lint_rule {
	const char *name, *severity, *help;
	void (*zone)(struct lint *lint, const struct lint_zone *zone);
	void (*fabric)(struct lint *lint);
};

/* What a finding is about; guest NULL or "": none's. */
struct lint_about {
	const char *object, *name, *guest;
};

void lint_say(struct lint *lint, const struct lint_about *about, const char *fmt, ...)
	np_printf(3, 4);
/* About a zone; a guest whose port is in it is named. */
void lint_say_zone(struct lint *lint, const struct lint_zone *zone, const char *fmt, ...)
	np_printf(3, 4);

/* Set of the members of all zones that are in force (of those defined, where none is), without aliases. */
json_t *lint_zoned(const json_t *snapshot);

/* "initiator", "target", "both" or "": what the name server says, else what we know of our guests and tapes. */
const char *lint_role(const struct lint *lint, const char *wwpn);

/* A WWN with colons, anything else as it is; returns @text. */
const char *lint_member(const char *member, char text[static ZONE_MEMBER_MAX]);

/* Rules. */
void lint_multi_initiator(struct lint *lint, const struct lint_zone *zone);
void lint_mixed_kinds(struct lint *lint, const struct lint_zone *zone);
void lint_mixed_alias(struct lint *lint, const struct lint_zone *zone);
void lint_port_member(struct lint *lint, const struct lint_zone *zone);
void lint_base_zoned(struct lint *lint, const struct lint_zone *zone);
void lint_tape_with_disk(struct lint *lint, const struct lint_zone *zone);
void lint_unknown_alias(struct lint *lint, const struct lint_zone *zone);
void lint_duplicate_member(struct lint *lint, const struct lint_zone *zone);
void lint_empty_zone(struct lint *lint, const struct lint_zone *zone);
void lint_single_member(struct lint *lint, const struct lint_zone *zone);
void lint_nobody_logged_in(struct lint *lint, const struct lint_zone *zone);

void lint_guest_one_fabric(struct lint *lint);
void lint_unused_alias(struct lint *lint);
void lint_empty_alias(struct lint *lint);
void lint_case_names(struct lint *lint);
void lint_similar_names(struct lint *lint);
void lint_same_members(struct lint *lint);
void lint_unused_zone(struct lint *lint);
void lint_missing_zone(struct lint *lint);
void lint_effective_differs(struct lint *lint);
void lint_default_zone_open(struct lint *lint);
void lint_unzoned_initiator(struct lint *lint);
void lint_bad_wwn(struct lint *lint);
void lint_bad_name(struct lint *lint);
void lint_database_full(struct lint *lint);
