/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones as values: members, zones, the database of a fabric, and the rows of what each vendor allows. The
 * values are JSON objects (docs/ZONING.md): a fabric has thousands of zones looked up by name, they travel to
 * and from the lane, and jansson's objects are hash tables. Pure; anything may call it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define ZONE_NAME_MAX 65   /* with NUL; FC-GS and both vendors: 1..64 */
#define ZONE_MEMBER_MAX 96 /* of a member's text, with NUL */

/* What a database may hold before it is taken for nonsense; a real fabric has a tenth of it at most. */
#define ZONE_OBJECTS_MAX 262144
#define ZONE_MEMBERS_MAX 1048576

/* What a vendor allows; one row each, ended by a row without a name. */
struct zone_rules {
	const char *vendor;
	const char *charset;	 /* of names, after the first character */
	const char *first;	 /* of the first character */
	size_t name_max;	 /* characters */
	size_t zones_max;	 /* in the database; 0: bytes decide */
	size_t members_max;	 /* of all zones together; 0: bytes decide */
	int64_t space_max;	 /* bytes of the database when the switch does not say */
	bool peer_needs_mode;	 /* peer zones need smart zoning switched on */
	bool upper_case_matters; /* names that differ in case alone are two names */
	uint64_t refused_naa; /* bit N: WWNs of NAA N are refused (Brocade: a peer zone's 00:...) */
	const char *
		automatic; /* begin of names that the switch itself puts in force, defined nowhere; NULL */
};

extern const struct zone_rules zone_rules[];

/* The row; NULL when the vendor is not known. */
const struct zone_rules *zone_rules_of(const char *vendor);

/* Is @name one that the vendor takes? -NP_INVAL says which character or length is wrong. */
int zone_name_check(const struct zone_rules *rules, const char *name, struct np_err *err);

/* Could any switch have it: 1 to 64 characters that can be printed, no blank? */
bool zone_name_is_sound(const char *name);

enum zone_member_kind { ZONE_MEMBER_WWN, ZONE_MEMBER_ALIAS, ZONE_MEMBER_PORT, ZONE_MEMBER_OTHER };

enum zone_member_kind zone_member_kind(const char *member);

/* Is it written as docs/ZONING.md has it? */
bool zone_member_is_canonical(const char *member);

/*
 * A member as a vendor or a person writes it ("21:00:..", "3,15", a name) as its canonical text. Whoever knows that it is
 * an alias writes "@NAME": an alias may be called 2100aabbccdd0001.
 */
int zone_member_parse(
	const char *text, char ret_member[static ZONE_MEMBER_MAX], struct np_err *err);

/* {"kind": "regular", "members": []}: new, empty. */
json_t *zone_new(const char *kind);
/* Adds to @list ("members", "principals"), keeping it sorted and without repetition. */
int zone_add(json_t *zone, const char *list, const char *member, struct np_err *err);

/* {"aliases": {}, "zones": {}, "zonesets": {}} */
json_t *zone_db_new(void);

/*
 * Brings a database, effective configuration, snapshot or desired value (normalise.c) that a driver or parser made into
 * its canonical form in place: lists sorted, no repetition, absent parts added, unknown ones of databases dropped. -NP_PEER when it has not the shape
 * of docs/ZONING.md; it may then be half done.
 */
int zone_db_normalise(json_t *db, struct np_err *err);
int zone_effective_normalise(json_t *effective, struct np_err *err);
int zone_snapshot_normalise(json_t *snapshot, struct np_err *err);
int zone_desired_normalise(json_t *desired, struct np_err *err);

/* Are these zones as zone_db_normalise() would leave them? Cheaper than a copy. */
bool zone_zones_are_canonical(const json_t *zones);

/* Canonical text of a value; the caller's. NULL when out of memory. */
char *zone_text(const json_t *value);

/* The zone with its aliases resolved through @aliases (unknown ones stay); a new reference. */
json_t *zone_resolve(const json_t *zone, const json_t *aliases);

/* {alias: a zone that is written with it} of these zones. A new reference. */
json_t *zone_aliases_used(const json_t *zones);

/* Are these two zones the same to the switch, whatever aliases they are written with? */
bool zone_is_same(const json_t *one, const json_t *one_aliases, const json_t *other,
	const json_t *other_aliases);

/* May @a and @b talk in this (resolved) zone? Peer: only a principal with a member. */
bool zone_connects(const json_t *zone, const char *a, const char *b);

/* About how many bytes the switch's database needs for it: names, members and their frames. */
int64_t zone_db_bytes(const json_t *db);
