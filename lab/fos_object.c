/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects of a zone request, read and checked as Fabric OS does. */
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/command.h"
#include "lab/fos.h"

#define DOMAIN_MAX 239
#define INDEX_MAX 65535
#define MEMBER_MAX 80

/* clang-format off */
const struct fos_kind fos_kinds[] = {
	{ "cfg",   "cfg-name",   "zonesets", "member-zone",  "zone-name",        NULL },
	{ "zone",  "zone-name",  "zones",    "member-entry", "entry-name",       "principal-entry-name" },
	{ "alias", "alias-name", "aliases",  "member-entry", "alias-entry-name", NULL },
	{ 0 },
};
/* clang-format on */

static const struct {
	const char *text, *kind;
} types[] = {
	[FOS_TYPE_REGULAR] = { "zone", "regular" },
	[FOS_TYPE_PEER] = { "user-created-peer-zone", "peer" },
	[FOS_TYPE_TARGET_PEER] = { "target-created-peer-zone", "target-peer" },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

enum fos_zone_type fos_type_of(const json_t *zone)
{
	for (size_t i = 0; i < N_TYPES; i++) {
		if (strcmp(types[i].kind, np_json_text(zone, "kind")) == 0)
			return (enum fos_zone_type)i;
	}
	return FOS_TYPE_REGULAR;
}

const char *fos_type_text(enum fos_zone_type type)
{
	return types[type].text;
}

bool fos_name_is_valid(const char *name)
{
	static const char charset[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_^$-";
	size_t len = strlen(name);

	return len > 0 && len < FOS_NAME_MAX && strspn(name, charset) == len;
}

/* Only with colons: without them it is a name. */
static bool read_wwn(const char *text, char ret_member[static MEMBER_MAX])
{
	char canonical[NP_WWN_TEXT];
	uint64_t wwn;

	for (size_t i = 2; i < NP_WWN_COLON - 1; i += 3) {
		if (strlen(text) != NP_WWN_COLON - 1 || text[i] != ':')
			return false;
	}
	if (np_wwn_parse(text, &wwn, NULL) < 0)
		return false;
	(void)snprintf(ret_member, MEMBER_MAX, "%s", np_wwn_text(wwn, canonical));
	return true;
}

static bool read_port(const char *text, char ret_member[static MEMBER_MAX])
{
	char domain[8];
	const char *comma = strchr(text, ',');
	uint64_t number;

	if (!comma || comma == text || (size_t)(comma - text) >= sizeof(domain))
		return false;
	(void)snprintf(domain, sizeof(domain), "%.*s", (int)(comma - text), text);
	if (sim_parse_number(domain, DOMAIN_MAX, &number, NULL) < 0 || number == 0)
		return false;
	if (strcmp(comma + 1, "-1") != 0 &&
		sim_parse_number(comma + 1, INDEX_MAX, &number, NULL) < 0)
		return false;
	(void)snprintf(ret_member, MEMBER_MAX, "%s", text);
	return true;
}

static bool read_member(
	const struct fos_kind *kind, const char *text, char ret_member[static MEMBER_MAX])
{
	bool cfg = strcmp(kind->list, "cfg") == 0;

	if (!cfg && (read_wwn(text, ret_member) || read_port(text, ret_member)))
		return true;
	if (strcmp(kind->list, "alias") == 0 || !fos_name_is_valid(text))
		return false;
	(void)snprintf(ret_member, MEMBER_MAX, "%s%s", cfg ? "" : "@", text);
	return true;
}

/* A list, or its only element, as canonical texts; NULL: it is wrong, and the reply says so. */
static json_t *read_members(
	struct fos_call *call, const struct fos_object *object, const json_t *given)
{
	np_auto(np_json_decref) json_t *one = json_pack("[O]", given);
	const json_t *list = json_is_array(given) ? given : one;
	np_auto(np_json_decref) json_t *members = json_array();
	char member[MEMBER_MAX];
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		const char *value = json_is_string(text) ? json_string_value(text) : "";
		if (!read_member(object->kind, value, member)) {
			(void)fos_refuse(call, &fos_failed, "'%.80s' is not a valid member of %s",
				value, object->name);
			return NULL;
		}
		(void)json_array_append_new(members, json_string(member));
	}
	return np_take(members);
}

/* Both ways to say a zone's type must agree. */
static bool read_type(struct fos_call *call, struct fos_object *object, const json_t *json)
{
	const json_t *number = json_object_get(json, "zone-type");
	const json_t *text = json_object_get(json, "zone-type-string");

	object->type = FOS_TYPE_NONE;
	for (size_t i = 0; i < N_TYPES; i++) {
		bool by_number =
			json_is_integer(number) && json_integer_value(number) == (json_int_t)i;
		bool by_text =
			json_is_string(text) && strcmp(json_string_value(text), types[i].text) == 0;
		if ((by_number || !number) && (by_text || !text) && (number || text))
			object->type = (enum fos_zone_type)i;
	}
	if ((!number && !text) ||
		(object->type != FOS_TYPE_NONE && (!text || call->fos->release->type_string)))
		return true;
	(void)fos_refuse(call, &fos_failed, "The zone type of %s is not valid", object->name);
	return false;
}

static bool check_fields(struct fos_call *call, const struct fos_kind *kind, const json_t *json)
{
	const char *field;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)json, field, value) {
		bool type = kind->principals && strncmp(field, "zone-type", 9) == 0;
		if (strcmp(field, kind->key) == 0 || strcmp(field, kind->entry) == 0 || type)
			continue;
		(void)fos_refuse(
			call, &fos_bad_body, "Unknown element '%.64s' in %s", field, kind->list);
		return false;
	}
	return true;
}

static bool read_entry(struct fos_call *call, struct fos_object *object, const json_t *json)
{
	const struct fos_kind *kind = object->kind;
	const json_t *entry = json_object_get(json, kind->entry);
	const json_t *members = json_object_get(entry, kind->members);
	const json_t *principals =
		kind->principals ? json_object_get(entry, kind->principals) : NULL;

	if (object->type != FOS_TYPE_NONE && !entry) {
		(void)fos_refuse(
			call, &fos_failed, "A zone type without members: %s", object->name);
		return false;
	}
	if (principals && object->type != FOS_TYPE_PEER) {
		(void)fos_refuse(call, &fos_failed,
			"Principal members, but %s is given no peer zone type", object->name);
		return false;
	}
	if (members)
		object->members = read_members(call, object, members);
	if (principals && (object->members || !members))
		object->principals = read_members(call, object, principals);
	return (object->members || !members) && (object->principals || !principals);
}

bool fos_object_read(struct fos_call *call, const struct fos_kind *kind, const json_t *json,
	struct fos_object *ret_object)
{
	*ret_object = (struct fos_object){ .kind = kind, .name = np_json_text(json, kind->key) };
	if (!fos_name_is_valid(ret_object->name)) {
		(void)fos_refuse(call, &fos_failed, "Invalid name '%.80s'", ret_object->name);
		return false;
	}
	return check_fields(call, kind, json) && read_type(call, ret_object, json) &&
	       read_entry(call, ret_object, json);
}

void fos_object_done(struct fos_object *object)
{
	json_decref(object->members);
	json_decref(object->principals);
	*object = (struct fos_object){ 0 };
}
