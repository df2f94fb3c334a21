/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/list.h"

#include <stdlib.h>
#include <string.h>

const char *zone_text_of(const json_t *value)
{
	const char *text = json_string_value(value);

	return text ? text : "";
}

static int compare_values(const void *one, const void *other)
{
	return strcmp(zone_text_of(*(json_t *const *)one), zone_text_of(*(json_t *const *)other));
}

static int compare_texts(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Where it is, or where it belongs. */
static size_t position(const json_t *list, const char *text, bool *ret_found)
{
	size_t low = 0, high = json_array_size(list);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(zone_text_of(json_array_get(list, middle)), text);
		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = false;
	return low;
}

bool zone_list_has(const json_t *list, const char *text)
{
	bool found;

	(void)position(list, text, &found);
	return found;
}

int zone_list_add(json_t *list, const char *text, struct np_err *err)
{
	bool found;
	size_t at = position(list, text, &found);

	if (found)
		return 0;
	return json_array_insert_new(list, at, json_string(text)) < 0 ? np_fail_nomem(err) : 0;
}

void zone_list_remove(json_t *list, const char *text)
{
	bool found;
	size_t at = position(list, text, &found);

	if (found)
		(void)json_array_remove(list, at);
}

bool zone_list_is_sorted(const json_t *list)
{
	for (size_t i = 1; i < json_array_size(list); i++) {
		if (strcmp(zone_text_of(json_array_get(list, i - 1)),
			    zone_text_of(json_array_get(list, i))) >= 0)
			return false;
	}
	return true;
}

int zone_list_sort(json_t *list, struct np_err *err)
{
	size_t count = json_array_size(list);

	if (zone_list_is_sorted(list))
		return 0;
	np_auto(np_free) json_t **values = calloc(count, sizeof(*values));
	np_auto(np_json_decref) json_t *sorted = json_array();
	if (!values || !sorted)
		return np_fail_nomem(err);
	for (size_t i = 0; i < count; i++)
		values[i] = json_array_get(list, i);
	qsort(values, count, sizeof(*values), compare_values);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_values(&values[i - 1], &values[i]) == 0)
			continue;
		if (json_array_append(sorted, values[i]) < 0)
			return np_fail_nomem(err);
	}
	return json_array_clear(list) < 0 || json_array_extend(list, sorted) < 0
		       ? np_fail_nomem(err)
		       : 0;
}

json_t *zone_set_of(const json_t *list)
{
	json_t *set = json_object();
	size_t i;
	json_t *text;

	json_array_foreach (list, i, text) {
		if (json_is_string(text) &&
			json_object_set_new_nocheck(set, zone_text_of(text), json_true()) < 0) {
			json_decref(set);
			return NULL;
		}
	}
	return set;
}

bool zone_set_has(const json_t *set, const char *text)
{
	return json_object_get(set, text) != NULL;
}

int zone_set_add(json_t *set, const char *text, struct np_err *err)
{
	return json_object_set_new_nocheck(set, text, json_true()) < 0 ? np_fail_nomem(err) : 0;
}

int zone_set_sorted(const json_t *set, const char ***ret, size_t *ret_count, struct np_err *err)
{
	size_t count = 0;
	const char **texts = calloc(json_object_size(set) + 1, sizeof(*texts));
	const char *key;
	json_t *value;

	if (!texts)
		return np_fail_nomem(err);
	zone_each (set, key, value)
		texts[count++] = key;
	qsort(texts, count, sizeof(*texts), compare_texts);
	*ret = texts;
	*ret_count = count;
	return 0;
}
