/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One change of a plan, against a database: what is there of it, and making it there. Pure. */
#pragma once

#include "zoning/list.h"
#include "zoning/model.h"

/* Kinds of objects, in the order in which they are made; "part" of the database that holds them, NULL: none by itself. */
struct zone_object {
	const char *name, *part;
	int made, removed; /* rank of the change in a plan */
};
extern const struct zone_object zone_objects[]; /* ended by a row without a name */
const struct zone_object *zone_object_of(const json_t *change);

json_t *zone_change_new(
	const char *object, const char *name, const char *zoneset, json_t *before, json_t *after);

/* The value that the change is about, as the database (and for "activation" the effective configuration) has it; borrowed. */
const json_t *zone_change_now(const json_t *change, const json_t *db, const json_t *effective);

/* Are both absent, or equal? */
bool zone_value_is_same(const json_t *one, const json_t *other);

/* Is the value made of nothing but members that are in before or in after? That is what a half-made change leaves. */
bool zone_change_is_between(const json_t *change, const json_t *value);

/* Makes the change in the database, which owns its three parts and the lists of its zonesets (zone_db_edit). */
int zone_change_make(const json_t *change, json_t *db, struct np_err *err);

/* A copy that can be changed by zone_change_make: values of objects are shared, they are replaced and never altered. */
json_t *zone_db_edit(const json_t *db);

/* Sorts an array of changes into the order of a plan; stable. */
int zone_changes_order(json_t **changes, struct np_err *err);

/* Does the switch itself put zones by such names in force, defined nowhere? */
bool zone_is_automatic(const char *vendor, const char *name);

/* What is in force when @zoneset of @db is: its zones with aliases resolved, and what the switch itself adds to @before. */
json_t *zone_effective_of(
	const json_t *db, const char *zoneset, const char *vendor, const json_t *before);
