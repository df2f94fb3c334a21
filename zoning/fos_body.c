/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/wwn.h"
#include "zoning/fos_body.h"
#include "zoning/list.h"

struct writer {
	const json_t *db;
	bool type_string;
	json_t *ending; /* set: zonesets that go as a whole */
	json_t *gone;	/* set: those of them that an edit has deleted */
	json_t *turned; /* set: zones that change their type, and were deleted for it */
	bool returned;	/* those are in their zonesets again */
	struct fos_edit *edits;
	size_t count;
};

/* Members as FOS writes them: WWNs with colons, aliases by their name. */
static json_t *members_of(const json_t *list)
{
	json_t *members = json_array();
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		const char *text = zone_text_of(member);
		char colons[NP_WWN_COLON];
		uint64_t wwn = 0;

		if (zone_member_kind(text) == ZONE_MEMBER_WWN &&
			np_wwn_parse(text, &wwn, NULL) == 0)
			text = np_wwn_colon(wwn, colons);
		(void)json_array_append_new(members, json_string(text + (text[0] == '@')));
	}
	return members;
}

static json_t *alias_object(
	const struct writer *writer np_unused, const char *name, const json_t *value)
{
	return value ? json_pack("{s:s, s:{s:o}}", "alias-name", name, "member-entry",
			       "alias-entry-name", members_of(value))
		     : json_pack("{s:s}", "alias-name", name);
}

/* Every write of a peer zone says that it is one. */
static void set_type(const struct writer *writer, json_t *object, const char *kind)
{
	bool peer = strcmp(kind, "peer") == 0;

	if (writer->type_string)
		np_json_set_text(
			object, "zone-type-string", peer ? "user-created-peer-zone" : "zone");
	else
		(void)json_object_set_new(object, "zone-type", json_integer(peer));
}

static json_t *zone_object(const struct writer *writer, const char *name, const json_t *value)
{
	json_t *object = json_pack("{s:s}", "zone-name", name), *entry;

	if (!value)
		return object;
	set_type(writer, object, np_json_text(value, "kind"));
	entry = json_object();
	(void)json_object_set_new(
		entry, "entry-name", members_of(json_object_get(value, "members")));
	if (json_object_get(value, "principals"))
		(void)json_object_set_new(entry, "principal-entry-name",
			members_of(json_object_get(value, "principals")));
	(void)json_object_set_new(object, "member-entry", entry);
	return object;
}

static json_t *cfg_object(const char *name, json_t *zones)
{
	return zones ? json_pack("{s:s, s:{s:o}}", "cfg-name", name, "member-zone", "zone-name",
			       zones)
		     : json_pack("{s:s}", "cfg-name", name);
}

static const struct kind {
	const char *object, *part, *list;
	json_t *(*make)(const struct writer *writer, const char *name, const json_t *value);
} kinds[] = {
	{ "alias", "aliases", "alias", alias_object },
	{ "zone", "zones", "zone", zone_object },
};

static json_t *list_of(const struct fos_edit *edit, const char *list)
{
	return json_object_get(json_object_get(edit->body, "defined-configuration"), list);
}

/* The list of the last edit; NULL: it is of another method or kind. */
static json_t *last_list(const struct writer *writer, const char *method, const char *list)
{
	if (writer->count == 0 || strcmp(writer->edits[writer->count - 1].method, method) != 0)
		return NULL;
	return list_of(&writer->edits[writer->count - 1], list);
}

/* That list, or that of a new edit; NULL: too many. */
static json_t *edit_list(struct writer *writer, const char *method, const char *list)
{
	json_t *there = last_list(writer, method, list);

	if (there || writer->count == FOS_EDITS_MAX)
		return there;
	writer->edits[writer->count] = (struct fos_edit){ .method = method,
		.body = json_pack("{s:{s:[]}}", "defined-configuration", list) };
	return list_of(&writer->edits[writer->count++], list);
}

static int add_object(struct writer *writer, const char *method, const char *list, json_t *object,
	struct np_err *err)
{
	json_t *objects = edit_list(writer, method, list);

	if (objects)
		return json_array_append_new(objects, object) < 0 ? np_fail_nomem(err) : 0;
	json_decref(object);
	return np_fail(err, NP_TOOBIG, "over %d edits in one chunk of changes", FOS_EDITS_MAX);
}

/* A zoneset without zones is not there. */
static bool is_there(const struct writer *writer, const char *part, const char *name)
{
	const json_t *value = json_object_get(json_object_get(writer->db, part), name);

	return json_is_array(value) ? json_array_size(value) > 0 : value != NULL;
}

static bool is_deleted(const struct writer *writer, const char *part, const char *name)
{
	return strcmp(part, "zones") == 0 && zone_set_has(writer->turned, name);
}

/* The models know no empty object, and a target's own zone can only be deleted. */
static int check_value(
	const struct kind *kind, const char *name, const json_t *value, struct np_err *err)
{
	const char *zone_kind = np_json_text(value, "kind");
	const json_t *members = json_is_array(value) ? value : json_object_get(value, "members");
	bool peer = strcmp(zone_kind, "peer") == 0;

	if (strcmp(zone_kind, "target-peer") == 0)
		return np_fail(err, NP_UNSUPPORTED,
			"zone '%s' belongs to its target, which alone can make it", name);
	if (json_array_size(members) > 0 &&
		(!peer || json_array_size(json_object_get(value, "principals")) > 0))
		return 0;
	return np_fail(err, NP_UNSUPPORTED, "%s '%s' has no members%s: Fabric OS takes none such",
		kind->object, name, peer ? " beside principals, or no principals" : "");
}

static int write_object(
	struct writer *writer, const struct kind *kind, const json_t *change, struct np_err *err)
{
	const char *name = np_json_text(change, "name");
	const json_t *after = json_object_get(change, "after");
	bool there = is_there(writer, kind->part, name) && !is_deleted(writer, kind->part, name);

	if (!after && !there)
		return 0;
	int rc = after ? check_value(kind, name, after, err) : 0;
	if (rc < 0)
		return rc;
	return add_object(writer,
		!after	? "DELETE"
		: there ? "PATCH"
			: "POST",
		kind->list, kind->make(writer, name, after), err);
}

/* The zones of this zoneset in the last edit when that is of this method: a zoneset is in a body once. */
static json_t *last_zones(const struct writer *writer, const char *method, const char *zoneset)
{
	const json_t *cfg;
	size_t i;

	json_array_foreach (last_list(writer, method, "cfg"), i, cfg) {
		if (strcmp(np_json_text(cfg, "cfg-name"), zoneset) == 0)
			return json_object_get(json_object_get(cfg, "member-zone"), "zone-name");
	}
	return NULL;
}

static int add_member(struct writer *writer, const char *method, const char *zoneset,
	const char *name, struct np_err *err)
{
	json_t *zones = last_zones(writer, method, zoneset);

	if (zones)
		return json_array_append_new(zones, json_string(name)) < 0 ? np_fail_nomem(err) : 0;
	return add_object(writer, method, "cfg", cfg_object(zoneset, json_pack("[s]", name)), err);
}

/* The zones that change their type, out of their zonesets or into them again. */
static int move_turned(struct writer *writer, const char *method, struct np_err *err)
{
	const char *zoneset, *name;
	json_t *zones, *yes;
	int rc = 0;

	zone_each (json_object_get(writer->db, "zonesets"), zoneset, zones) {
		zone_each (writer->turned, name, yes) {
			if (rc == 0 && zone_list_has(zones, name))
				rc = add_member(writer, method, zoneset, name, err);
		}
	}
	return rc;
}

static int delete_turned(struct writer *writer, struct np_err *err)
{
	const char *name;
	json_t *yes;
	int rc = move_turned(writer, "DELETE", err);

	zone_each (writer->turned, name, yes) {
		if (rc == 0)
			rc = add_object(
				writer, "DELETE", "zone", zone_object(writer, name, NULL), err);
	}
	return rc;
}

/* Once, behind the zones and before what is done with their zonesets. */
static int return_turned(struct writer *writer, struct np_err *err)
{
	if (writer->returned)
		return 0;
	writer->returned = true;
	return move_turned(writer, "POST", err);
}

static int end_zoneset(struct writer *writer, const char *zoneset, struct np_err *err)
{
	if (zone_set_has(writer->gone, zoneset) || !is_there(writer, "zonesets", zoneset))
		return 0;
	int rc = zone_set_add(writer->gone, zoneset, err);
	return rc < 0 ? rc : add_object(writer, "DELETE", "cfg", cfg_object(zoneset, NULL), err);
}

static int write_member(struct writer *writer, const json_t *change, struct np_err *err)
{
	const char *zoneset = np_json_text(change, "zoneset");

	if (zone_set_has(writer->ending, zoneset))
		return end_zoneset(writer, zoneset, err);
	return add_member(writer, json_object_get(change, "after") ? "POST" : "DELETE", zoneset,
		np_json_text(change, "name"), err);
}

static int write_change(struct writer *writer, const json_t *change, struct np_err *err)
{
	const char *object = np_json_text(change, "object");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].object, object) == 0)
			return write_object(writer, &kinds[i], change, err);
	}
	int rc = return_turned(writer, err);
	if (rc == 0 && strcmp(object, "member") == 0)
		return write_member(writer, change, err);
	/* A zoneset that nothing was taken out of. */
	if (rc == 0 && strcmp(object, "zoneset") == 0 && !json_object_get(change, "after"))
		return end_zoneset(writer, np_json_text(change, "name"), err);
	return rc;
}

/* What has to be known before the first edit. */
static int look_ahead(struct writer *writer, const json_t *changes, struct np_err *err)
{
	const json_t *change;
	size_t i;
	int rc = 0;

	json_array_foreach (changes, i, change) {
		const char *object = np_json_text(change, "object");
		const char *name = np_json_text(change, "name");
		const json_t *after = json_object_get(change, "after");
		const json_t *now = json_object_get(json_object_get(writer->db, "zones"), name);

		if (rc == 0 && strcmp(object, "zoneset") == 0 && !after)
			rc = zone_set_add(writer->ending, name, err);
		if (rc == 0 && strcmp(object, "zone") == 0 && after && now &&
			strcmp(np_json_text(after, "kind"), np_json_text(now, "kind")) != 0)
			rc = zone_set_add(writer->turned, name, err);
	}
	return rc;
}

int fos_edits(const json_t *changes, const json_t *db, bool type_string,
	struct fos_edit ret_edits[static FOS_EDITS_MAX], size_t *ret_count, struct np_err *err)
{
	np_auto(np_json_decref) json_t *ending = json_object();
	np_auto(np_json_decref) json_t *gone = json_object();
	np_auto(np_json_decref) json_t *turned = json_object();
	struct writer writer = {
		.db = db,
		.type_string = type_string,
		.ending = ending,
		.gone = gone,
		.turned = turned,
		.edits = ret_edits,
	};
	const json_t *change;
	size_t i;
	int rc = look_ahead(&writer, changes, err);

	if (rc == 0)
		rc = delete_turned(&writer, err);
	json_array_foreach (changes, i, change) {
		if (rc == 0)
			rc = write_change(&writer, change, err);
	}
	if (rc == 0)
		rc = return_turned(&writer, err);
	*ret_count = writer.count;
	return rc;
}

json_t *fos_action_body(enum fos_action action, const char *cfg, const char *checksum)
{
	json_t *wish = json_object();

	if (action == FOS_ENABLE)
		np_json_set_text(wish, "cfg-name", cfg);
	else
		(void)json_object_set_new(wish, "cfg-action", json_integer((json_int_t)action));
	if (checksum && *checksum && action != FOS_ABORT)
		np_json_set_text(wish, "checksum", checksum);
	return json_pack("{s:o}", "effective-configuration", wish);
}
