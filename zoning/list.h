/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of a zone's members, an alias' members and a zoneset's zones: JSON arrays of texts, sorted by their bytes and
 * without repetition, and sets of such texts (objects whose keys they are). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* jansson's iterators take no const; nothing is changed through these. */
#define zone_each(object, key, value)                                                              \
	json_object_foreach ((json_t *)(uintptr_t)(object), key, value)

/* "" when it is no text. */
const char *zone_text_of(const json_t *value);

bool zone_list_has(const json_t *list, const char *text);
/* Keeps the order; nothing happens when it is there. */
int zone_list_add(json_t *list, const char *text, struct np_err *err);
void zone_list_remove(json_t *list, const char *text);
bool zone_list_is_sorted(const json_t *list);
/* Sorts it and takes out what is there twice. All are texts. */
int zone_list_sort(json_t *list, struct np_err *err);

/* The set of a list's texts; a new reference, NULL when out of memory. */
json_t *zone_set_of(const json_t *list);
bool zone_set_has(const json_t *set, const char *text);
int zone_set_add(json_t *set, const char *text, struct np_err *err);
/* The keys of an object, sorted; borrowed from it. *ret is the caller's. */
int zone_set_sorted(const json_t *set, const char ***ret, size_t *ret_count, struct np_err *err);
