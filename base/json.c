/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include <ctype.h>
#include <string.h>

#include <uuid/uuid.h>

#include "base/wwn.h"

#define TEXT_MAX_DEFAULT 255
#define LIST_MAX_DEFAULT 1024

int np_json_parse(const char *text, size_t len, json_t **ret, struct np_err *err)
{
	json_error_t why;
	unsigned depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < len; i++) {
		if (in_text && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_text = !in_text;
		else if (!in_text && (text[i] == '{' || text[i] == '[') &&
			 ++depth > NP_JSON_DEPTH_MAX)
			return np_fail(
				err, NP_INVAL, "JSON is nested over %d levels", NP_JSON_DEPTH_MAX);
		else if (!in_text && (text[i] == '}' || text[i] == ']') && depth)
			depth--;
	}
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		return np_fail(err, NP_INVAL, "JSON line %d column %d: %s", why.line, why.column,
			why.text);
	*ret = json;
	return 0;
}

bool np_name_is_valid(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= NP_NAME_MAX || !isalnum((unsigned char)text[0]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
			return false;
	}
	return true;
}

static bool has_control_characters(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static int check_text(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	size_t max = row->max > 0 ? (size_t)row->max : TEXT_MAX_DEFAULT;
	const char *text = json_string_value(value);

	if (!text)
		return np_fail_field(err, row->name, "must be a text");
	if (strlen(text) != json_string_length(value) || has_control_characters(text))
		return np_fail_field(err, row->name, "must not hold control characters");
	if (strlen(text) > max)
		return np_fail_field(err, row->name, "is over %zu bytes", max);
	*ret = json_string(text);
	return *ret ? 0 : np_fail_nomem(err);
}

static int check_name(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != json_string_length(value) || !np_name_is_valid(text))
		return np_fail_field(err, row->name,
			"must be a name: a letter or digit, then letters, digits, '.', '_' or '-', at most %d",
			NP_NAME_MAX - 1);
	*ret = json_string(text);
	return *ret ? 0 : np_fail_nomem(err);
}

static int check_uuid(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	const char *text = json_string_value(value);
	char canonical[NP_UUID_TEXT];
	uuid_t uuid;

	if (!text || uuid_parse(text, uuid) < 0)
		return np_fail_field(err, row->name, "must be a UUID");
	uuid_unparse_lower(uuid, canonical);
	*ret = json_string(canonical);
	return *ret ? 0 : np_fail_nomem(err);
}

static int check_wwn(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	const char *text = json_string_value(value);
	char canonical[NP_WWN_TEXT];
	struct np_err why = { 0 };
	uint64_t wwn;

	if (!text)
		return np_fail_field(err, row->name, "must be a WWN as text");
	if (np_wwn_parse(text, &wwn, &why) < 0)
		return np_fail_field(err, row->name, "%s", why.msg);
	*ret = json_string(np_wwn_text(wwn, canonical));
	return *ret ? 0 : np_fail_nomem(err);
}

static int check_int(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return np_fail_field(err, row->name, "must be a whole number");
	if (row->max > row->min && (number < row->min || number > row->max))
		return np_fail_field(err, row->name, "must be within %lld and %lld",
			(long long)row->min, (long long)row->max);
	*ret = json_integer(number);
	return *ret ? 0 : np_fail_nomem(err);
}

static int check_bool(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	if (!json_is_boolean(value))
		return np_fail_field(err, row->name, "must be true or false");
	*ret = json_boolean(json_is_true(value));
	return 0;
}

static int check_enum(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	const char *text = json_string_value(value);
	char words[160] = "";

	for (const char *const *word = row->words; *word; word++) {
		if (text && strcmp(*word, text) == 0) {
			*ret = json_string(*word);
			return *ret ? 0 : np_fail_nomem(err);
		}
		size_t len = strlen(words);
		(void)snprintf(words + len, sizeof words - len, "%s%s", len ? ", " : "", *word);
	}
	return np_fail_field(err, row->name, "must be one of %s", words);
}

typedef int check_fn(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err);

static int check_list(const json_t *value, const struct np_field *row, check_fn *check_item,
	json_t **ret, struct np_err *err)
{
	size_t max = row->max > 0 ? (size_t)row->max : LIST_MAX_DEFAULT;
	np_auto(np_json_decref) json_t *list = json_array();
	np_auto(np_json_decref) json_t *seen = json_object();

	if (!json_is_array(value))
		return np_fail_field(err, row->name, "must be a list");
	if (json_array_size(value) > max)
		return np_fail_field(err, row->name, "has over %zu entries", max);
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = NULL;
		int rc = check_item(json_array_get(value, i), row, &item, err);
		if (rc < 0)
			return rc;
		if (json_object_get(seen, json_string_value(item))) {
			rc = np_fail_field(
				err, row->name, "'%s' is there twice", json_string_value(item));
			json_decref(item);
			return rc;
		}
		(void)json_object_set_new(seen, json_string_value(item), json_true());
		(void)json_array_append_new(list, item);
	}
	*ret = np_take(list);
	return 0;
}

static int check_wwns(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	return check_list(value, row, check_wwn, ret, err);
}

static int check_names(
	const json_t *value, const struct np_field *row, json_t **ret, struct np_err *err)
{
	return check_list(value, row, check_name, ret, err);
}

static int check_any(
	const json_t *value, const struct np_field *row np_unused, json_t **ret, struct np_err *err)
{
	*ret = json_deep_copy(value);
	return *ret ? 0 : np_fail_nomem(err);
}

static check_fn *const checks[] = {
	[NP_TYPE_TEXT] = check_text,
	[NP_TYPE_NAME] = check_name,
	[NP_TYPE_UUID] = check_uuid,
	[NP_TYPE_WWN] = check_wwn,
	[NP_TYPE_INT] = check_int,
	[NP_TYPE_BOOL] = check_bool,
	[NP_TYPE_ENUM] = check_enum,
	[NP_TYPE_WWNS] = check_wwns,
	[NP_TYPE_NAMES] = check_names,
	[NP_TYPE_JSON] = check_any,
};

static const struct np_field *find_row(const struct np_field *rows, const char *name)
{
	for (; rows->name; rows++) {
		if (strcmp(rows->name, name) == 0)
			return rows;
	}
	return NULL;
}

static int check_member(const struct np_field *row, const json_t *value, enum np_check_mode mode,
	json_t *clean, struct np_err *err)
{
	json_t *canonical = NULL;

	if (row->flags & NP_FIELD_READONLY)
		return np_fail_field(err, row->name, "cannot be set");
	if (mode == NP_CHECK_UPDATE && row->flags & NP_FIELD_FIXED)
		return np_fail_field(err, row->name, "cannot be changed");
	if (json_is_null(value) && row->flags & NP_FIELD_NULLABLE)
		canonical = json_null();
	else {
		int rc = checks[row->type](value, row, &canonical, err);
		if (rc < 0)
			return rc;
	}
	return json_object_set_new(clean, row->name, canonical) < 0 ? np_fail_nomem(err) : 0;
}

int np_json_check(const json_t *body, const struct np_field *rows, enum np_check_mode mode,
	json_t **ret_clean, struct np_err *err)
{
	np_auto(np_json_decref) json_t *clean = json_object();

	if (!json_is_object(body))
		return np_fail(err, NP_INVAL, "the body must be a JSON object");
	if (!clean)
		return np_fail_nomem(err);
	for (void *it = json_object_iter((json_t *)(uintptr_t)body); it;
		it = json_object_iter_next((json_t *)(uintptr_t)body, it)) {
		const char *name = json_object_iter_key(it);
		const struct np_field *row = find_row(rows, name);
		int rc = row ? check_member(row, json_object_iter_value(it), mode, clean, err)
			     : np_fail_field(err, name, "is not known here");
		if (rc < 0)
			return rc;
	}
	for (const struct np_field *row = rows; row->name && mode == NP_CHECK_CREATE; row++) {
		if (row->flags & NP_FIELD_REQUIRED && !json_object_get(clean, row->name))
			return np_fail_field(err, row->name, "is missing");
	}
	*ret_clean = np_take(clean);
	return 0;
}

static bool store_member(const struct np_field *row, const json_t *value, void *slot)
{
	switch (row->type) {
	case NP_TYPE_TEXT:
	case NP_TYPE_NAME:
	case NP_TYPE_UUID:
	case NP_TYPE_ENUM:
		if (json_is_string(value))
			(void)snprintf(slot, row->size, "%s", json_string_value(value));
		return json_is_string(value);
	case NP_TYPE_WWN:
		return json_is_string(value) &&
		       np_wwn_parse(json_string_value(value), slot, NULL) == 0;
	case NP_TYPE_INT:
		*(int64_t *)slot = json_integer_value(value);
		return json_is_integer(value);
	case NP_TYPE_BOOL:
		*(bool *)slot = json_is_true(value);
		return json_is_boolean(value);
	case NP_TYPE_WWNS:
	case NP_TYPE_NAMES:
	case NP_TYPE_JSON:
		json_decref(*(json_t **)slot);
		*(json_t **)slot = json_deep_copy(value);
		return true;
	}
	return false;
}

int np_json_to_struct(
	const json_t *json, const struct np_field *rows, void *ret_struct, struct np_err *err)
{
	for (const struct np_field *row = rows; row->name; row++) {
		const json_t *value = json_object_get(json, row->name);

		if (!value || json_is_null(value) || !row->size)
			continue;
		if (!store_member(row, value, (char *)ret_struct + row->offset))
			return np_fail(err, NP_PEER, "member '%s' has the wrong type", row->name);
	}
	return 0;
}

static json_t *load_member(const struct np_field *row, const void *slot)
{
	char text[NP_WWN_TEXT];

	switch (row->type) {
	case NP_TYPE_TEXT:
	case NP_TYPE_NAME:
	case NP_TYPE_UUID:
	case NP_TYPE_ENUM:
		return *(const char *)slot ? json_string(slot) : NULL;
	case NP_TYPE_WWN:
		return *(const uint64_t *)slot
			       ? json_string(np_wwn_text(*(const uint64_t *)slot, text))
			       : NULL;
	case NP_TYPE_INT:
		return json_integer(*(const int64_t *)slot);
	case NP_TYPE_BOOL:
		return json_boolean(*(const bool *)slot);
	case NP_TYPE_WWNS:
	case NP_TYPE_NAMES:
	case NP_TYPE_JSON:
		return json_incref(*(json_t *const *)slot);
	}
	return NULL;
}

json_t *np_json_from_struct(const struct np_field *rows, const void *from)
{
	json_t *json = json_object();

	for (const struct np_field *row = rows; json && row->name; row++) {
		json_t *value =
			row->size ? load_member(row, (const char *)from + row->offset) : NULL;

		if (value)
			(void)json_object_set_new(json, row->name, value);
	}
	return json;
}

const char *np_json_text(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

int64_t np_json_int(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

bool np_json_bool(const json_t *json, const char *key)
{
	return json_is_true(json_object_get(json, key));
}

uint64_t np_json_wwn(const json_t *json, const char *key)
{
	uint64_t wwn = 0;

	(void)np_wwn_parse(np_json_text(json, key), &wwn, NULL);
	return wwn;
}

void np_json_set_wwn(json_t *json, const char *key, uint64_t wwn)
{
	char text[NP_WWN_TEXT];

	if (wwn)
		(void)json_object_set_new(json, key, json_string(np_wwn_text(wwn, text)));
}

void np_json_set_text(json_t *json, const char *key, const char *text)
{
	if (text && *text)
		(void)json_object_set_new(json, key, json_string(text));
}
