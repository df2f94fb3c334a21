/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Request bodies: what np_json_check accepts once it accepts again unchanged, and a struct that holds it
 * gives it back.
 */
#include <assert.h>

#include "base/json.h"

struct sample {
	char text[256], name[NP_NAME_MAX], uuid[NP_UUID_TEXT], mode[8];
	uint64_t wwpn;
	int64_t count;
	bool on;
	json_t *wwns, *names, *any;
};

static const char *const modes[] = { "ro", "rw", NULL };

static const struct np_field rows[] = {
	{ "name", NP_TYPE_NAME, .flags = NP_FIELD_REQUIRED | NP_FIELD_FIXED,
		NP_IN(struct sample, name) },
	{ "text", NP_TYPE_TEXT, .flags = NP_FIELD_NULLABLE, NP_IN(struct sample, text) },
	{ "uuid", NP_TYPE_UUID, NP_IN(struct sample, uuid) },
	{ "wwpn", NP_TYPE_WWN, NP_IN(struct sample, wwpn) },
	{ "count", NP_TYPE_INT, .min = -9, .max = 9, NP_IN(struct sample, count) },
	{ "on", NP_TYPE_BOOL, NP_IN(struct sample, on) },
	{ "mode", NP_TYPE_ENUM, .words = modes, NP_IN(struct sample, mode) },
	{ "wwns", NP_TYPE_WWNS, .max = 8, NP_IN(struct sample, wwns) },
	{ "names", NP_TYPE_NAMES, .max = 8, NP_IN(struct sample, names) },
	{ "any", NP_TYPE_JSON, NP_IN(struct sample, any) },
	{ "state", NP_TYPE_TEXT, .flags = NP_FIELD_READONLY },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_struct(const json_t *clean)
{
	struct sample sample = { 0 };
	struct np_err err;

	assert(np_json_to_struct(clean, rows, &sample, &err) == 0);
	json_decref(np_json_from_struct(rows, &sample));
	json_decref(sample.wwns);
	json_decref(sample.names);
	json_decref(sample.any);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *json = NULL;
	np_auto(np_json_decref) json_t *clean = NULL;
	np_auto(np_json_decref) json_t *again = NULL;
	np_auto(np_json_decref) json_t *update = NULL;
	struct np_err err = { 0 };

	if (np_json_parse((const char *)data, size, &json, &err) < 0)
		return 0;
	(void)np_err_from_json(&err, json);
	(void)np_json_check(json, rows, NP_CHECK_UPDATE, &update, &err);
	if (np_json_check(json, rows, NP_CHECK_CREATE, &clean, &err) < 0)
		return 0;
	assert(np_json_check(clean, rows, NP_CHECK_CREATE, &again, &err) == 0);
	assert(json_equal(clean, again));
	check_struct(clean);
	return 0;
}
