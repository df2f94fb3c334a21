/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_table.h"

#include <ctype.h>
#include <string.h>

#include "zoning/list.h"

const char *nxos_table_field(const json_t *row, const char *const *names, char text[static 24])
{
	for (size_t i = 0; names[i]; i++) {
		const json_t *value = json_object_get(row, names[i]);
		if (json_is_string(value) && *json_string_value(value))
			return json_string_value(value);
		if (json_is_integer(value)) {
			(void)snprintf(text, 24, "%lld", (long long)json_integer_value(value));
			return text;
		}
	}
	return "";
}

int64_t nxos_table_number(const char *text)
{
	int64_t value = 0;

	for (; isdigit((unsigned char)*text) && value < INT64_MAX / 10 - 1; text++)
		value = value * 10 + (*text - '0');
	return value;
}

bool nxos_table_is_of(const json_t *row, int64_t vsan)
{
	const char *text = NXOS_FIELD(row, "vsan", "vsan_id");

	return !*text || nxos_table_number(text) == vsan;
}

/* One row or a list of rows. */
static int add_rows(json_t *list, json_t *rows, const char *name, struct np_err *err)
{
	const json_t *row;
	size_t i;

	if (json_is_object(rows))
		return json_array_append(list, rows) < 0 ? np_fail_nomem(err) : 0;
	json_array_foreach (rows, i, row) {
		if (!json_is_object(row))
			return np_fail(err, NP_PEER, "row %zu of the table '%s' is not an object",
				i, name);
		if (json_array_size(list) >= NXOS_ROWS_MAX)
			return np_fail(err, NP_PEER, "the table '%s' has over %d rows", name,
				NXOS_ROWS_MAX);
		if (json_array_append(list, (json_t *)(uintptr_t)row) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

/* A table, or a list of them. */
static int add_table(json_t *list, json_t *tables, const char *name, struct np_err *err)
{
	char key[64];
	json_t *table;
	size_t i;
	int rc = 0;

	(void)snprintf(key, sizeof key, "ROW_%s", name);
	if (json_is_object(tables))
		return add_rows(list, json_object_get(tables, key), name, err);
	json_array_foreach (tables, i, table) {
		rc = add_rows(list, json_object_get(table, key), name, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int nxos_table_rows(
	const json_t *body, const char *const *names, json_t **ret_rows, struct np_err *err)
{
	np_auto(np_json_decref) json_t *list = json_array();
	bool found = false;
	const char *key;
	json_t *value;
	int rc = list ? 0 : np_fail_nomem(err);

	for (size_t i = 0; names[i] && rc == 0; i++) {
		char table[64];

		(void)snprintf(table, sizeof table, "TABLE_%s", names[i]);
		value = json_object_get(body, table);
		found = found || value;
		rc = add_table(list, value, names[i], err);
	}
	if (rc < 0)
		return rc;
	zone_each (body, key, value)
		if (!found && strncmp(key, "TABLE_", 6) == 0)
			return np_fail(err, NP_PEER,
				"the switch answered with '%.60s' where 'TABLE_%s' was expected",
				key, names[0]);
	*ret_rows = np_take(list);
	return 0;
}

int nxos_table_check_name(const char *name, const char *what, struct np_err *err)
{
	if (zone_name_is_sound(name))
		return 0;
	return np_fail(err, NP_PEER, "the switch shows a %s by the name '%.80s', which is none",
		what, name);
}
