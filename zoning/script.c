/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/script.h"

#include <ctype.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/plan.h"
#include "zoning/script_write.h"

struct format {
	const char *name;
	const char *vendor; /* whose names the plan may have; NULL: any */
	int (*write)(const struct zone_writer *writer, struct np_err *err);
};

const char *zone_script_activated(const json_t *plan)
{
	const char *zoneset = np_json_bool(plan, "activate") ? np_json_text(plan, "zoneset") : NULL;
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		if (strcmp(np_json_text(change, "object"), "activation") == 0)
			zoneset = json_string_value(json_object_get(change, "after"));
	}
	return zoneset;
}

const char *zone_script_member(const char *member, char text[static ZONE_MEMBER_MAX])
{
	uint64_t wwn;

	if (zone_member_kind(member) == ZONE_MEMBER_WWN && np_wwn_parse(member, &wwn, NULL) == 0)
		return np_wwn_colon(wwn, text);
	(void)snprintf(text, ZONE_MEMBER_MAX, "%s", member);
	return text;
}

static const json_t *list_of(const json_t *zone, const char *key)
{
	return key ? json_object_get(zone, key) : zone;
}

json_t *zone_script_minus(const json_t *zone, const json_t *other, const char *key)
{
	np_auto(np_json_decref) json_t *seen = json_object();
	json_t *rest = json_array();
	const json_t *member;
	size_t i;

	json_array_foreach (list_of(other, key), i, member) {
		(void)json_object_set_new(seen, json_string_value(member), json_true());
	}
	json_array_foreach (list_of(zone, key), i, member) {
		if (!json_object_get(seen, json_string_value(member)))
			(void)json_array_append_new(rest, json_string(json_string_value(member)));
	}
	return rest;
}

/* Without rules any name will do: the format has no commands. */
static int check_name(const struct zone_rules *rules, const char *name, struct np_err *err)
{
	if (!rules || !*name)
		return 0;
	for (const char *at = name; *at; at++) {
		if (iscntrl((unsigned char)*at)) /* not even a message may have it */
			return np_fail(err, NP_INVAL, "a name has the control character 0x%02x",
				(unsigned)(unsigned char)*at);
	}
	return zone_name_check(rules, name, err);
}

static int check_members(
	const struct zone_rules *rules, const json_t *list, const char *name, struct np_err *err)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = json_string_value(member);
		int rc = 0;

		if (!text || strlen(text) >= ZONE_MEMBER_MAX)
			return np_fail(err, NP_INVAL, "a member of '%.64s' is no text", name);
		if (zone_member_kind(text) == ZONE_MEMBER_ALIAS)
			rc = check_name(rules, text + 1, err);
		if (rc < 0)
			return np_wrap(err, rc, "'%.64s'", name);
	}
	return 0;
}

static int check_value(
	const struct zone_rules *rules, const json_t *value, const char *name, struct np_err *err)
{
	int rc = check_members(rules, value, name, err);

	if (rc == 0)
		rc = check_members(rules, json_object_get(value, "members"), name, err);
	if (rc == 0)
		rc = check_members(rules, json_object_get(value, "principals"), name, err);
	return rc;
}

static int check_change(const struct zone_rules *rules, const json_t *change, struct np_err *err)
{
	const char *name = np_json_text(change, "name");
	int rc = check_name(rules, name, err);

	if (!*name)
		return np_fail(err, NP_INVAL, "a change has no name");
	if (rc == 0)
		rc = check_name(rules, np_json_text(change, "zoneset"), err);
	if (rc == 0)
		rc = check_value(rules, json_object_get(change, "before"), name, err);
	if (rc == 0)
		rc = check_value(rules, json_object_get(change, "after"), name, err);
	return rc;
}

/* Every name that will stand in a command: the vendor's characters only, so no quote or command can hide in it. */
static int check_names(const struct zone_rules *rules, const json_t *plan, struct np_err *err)
{
	const char *active = zone_script_activated(plan);
	int rc = check_name(rules, active ? active : "", err);
	const json_t *change;
	size_t i;

	json_array_foreach (json_object_get(plan, "changes"), i, change) {
		if (rc == 0)
			rc = check_change(rules, change, err);
	}
	return rc;
}

static int write_diff(const struct zone_writer *writer, struct np_err *err)
{
	np_auto(np_free) char *diff = zone_plan_diff(writer->plan);

	if (!diff)
		return np_fail_nomem(err);
	(void)fputs(diff, writer->out);
	return 0;
}

static const struct format formats[] = {
	{ "fos", "fos", zone_script_fos },
	{ "nxos", "nxos", zone_script_nxos },
	{ "csv", NULL, zone_script_csv },
	{ "diff", NULL, write_diff },
};

static const struct format *format_named(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

int zone_script(const json_t *plan, const char *format, int64_t context, char **ret_text,
	struct np_err *err)
{
	const struct format *row = format_named(format);
	struct zone_writer writer = { .plan = plan, .context = context };
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (!row)
		return np_fail_field(
			err, "format", "'%.32s' is none of fos, nxos, csv, diff", format);
	rc = check_names(row->vendor ? zone_rules_of(row->vendor) : NULL, plan, err);
	if (rc < 0)
		return np_wrap(err, rc, "cannot be written as %s", format);
	writer.out = open_memstream(&text, &len);
	if (!writer.out)
		return np_fail_nomem(err);
	rc = row->write(&writer, err);
	if (fclose(writer.out) != 0 && rc == 0)
		rc = np_fail_nomem(err);
	if (rc < 0) {
		free(text);
		return rc;
	}
	*ret_text = text;
	return 0;
}
