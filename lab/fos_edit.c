/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of the defined configuration: POST, PATCH and DELETE. */
#include <string.h>

#include "base/json.h"
#include "lab/fos.h"

/* One of the methods on one object; false: the reply says what is wrong. */
typedef bool edit_fn(struct fos_call *call, json_t *database, const struct fos_object *object);

static bool fail(struct fos_call *call, const char *fmt, const char *name)
{
	(void)fos_refuse(call, &fos_failed, fmt, name);
	return false;
}

static bool has(const json_t *list, const char *member)
{
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		if (strcmp(json_string_value(text), member) == 0)
			return true;
	}
	return false;
}

/* Appends what is not there yet; how many that were. */
static size_t merge(json_t *list, const json_t *more)
{
	size_t i, count = 0;
	json_t *text;

	json_array_foreach (more, i, text) {
		if (has(list, json_string_value(text)))
			continue;
		(void)json_array_append(list, text);
		count++;
	}
	return count;
}

static bool is_zone(const struct fos_object *object)
{
	return object->kind->principals != NULL;
}

/* A list of the object: of a zone, one of its two. */
static json_t *list_of(json_t *value, const struct fos_object *object, bool principals)
{
	if (!is_zone(object))
		return principals ? NULL : value;
	return json_object_get(value, principals ? "principals" : "members");
}

/* Names are one space: an alias and a zone may not have the same. */
static bool is_taken(const json_t *database, const char *name)
{
	for (const struct fos_kind *kind = fos_kinds; kind->list; kind++) {
		if (json_object_get(json_object_get(database, kind->table), name))
			return true;
	}
	return false;
}

/* Every write of a peer zone says that it is one. */
static bool check_type(struct fos_call *call, const json_t *value, const struct fos_object *object)
{
	enum fos_zone_type is = fos_type_of(value);

	if (is == FOS_TYPE_TARGET_PEER)
		return fail(call, "%s is a target created peer zone: it can only be deleted",
			object->name);
	if (is == FOS_TYPE_PEER && object->type != FOS_TYPE_PEER)
		return fail(call, "%s is a peer zone: its type must be given", object->name);
	if (is == FOS_TYPE_REGULAR && object->type == FOS_TYPE_PEER)
		return fail(call, "%s is not a peer zone", object->name);
	return true;
}

static void count_wwns(json_t *seen, const json_t *list, const json_t *aliases, bool *twice)
{
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		const char *member = json_string_value(text);
		if (member[0] == '@') {
			count_wwns(seen, json_object_get(aliases, member + 1), NULL, twice);
			continue;
		}
		*twice |= json_object_get(seen, member) != NULL;
		(void)json_object_set_new(seen, member, json_true());
	}
}

/* A peer zone takes no WWN of 00:..., and none twice, also not through an alias. */
static bool check_peer(
	struct fos_call *call, const json_t *database, const json_t *zone, const char *name)
{
	static const char *const lists[] = { "principals", "members" };
	np_auto(np_json_decref) json_t *seen = json_object();
	bool twice = false;
	const char *member;
	json_t *value;

	if (fos_type_of(zone) == FOS_TYPE_REGULAR)
		return true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		count_wwns(seen, json_object_get(zone, lists[i]),
			json_object_get(database, "aliases"), &twice);
	if (twice)
		return fail(call, "A member of the peer zone %s is there twice", name);
	json_object_foreach (seen, member, value) {
		if (strncmp(member, "00", 2) == 0)
			return fail(call, "A peer zone cannot have the member %s", member);
	}
	return true;
}

static json_t *value_new(const struct fos_object *object)
{
	json_t *members = object->members ? json_copy(object->members) : json_array();

	if (!is_zone(object))
		return members;
	if (object->type != FOS_TYPE_PEER)
		return json_pack("{s:s, s:o}", "kind", "regular", "members", members);
	return json_pack("{s:s, s:o, s:o}", "kind", "peer", "members", members, "principals",
		object->principals ? json_copy(object->principals) : json_array());
}

static bool create(struct fos_call *call, json_t *database, const struct fos_object *object)
{
	np_auto(np_json_decref) json_t *value = NULL;

	if (is_taken(database, object->name))
		return fail(call, "Duplicate name: %s", object->name);
	if (!json_array_size(object->members) && !json_array_size(object->principals))
		return fail(call, "%s has no members", object->name);
	if (object->type == FOS_TYPE_TARGET_PEER)
		return fail(
			call, "%s: a target created peer zone cannot be made here", object->name);
	value = value_new(object);
	if (!check_peer(call, database, value, object->name))
		return false;
	(void)json_object_set(json_object_get(database, object->kind->table), object->name, value);
	return true;
}

static bool replace(struct fos_call *call, json_t *database, const struct fos_object *object,
	const json_t *value)
{
	json_t *table = json_object_get(database, object->kind->table);

	if (is_zone(object) && !check_peer(call, database, value, object->name))
		return false;
	if (json_equal(value, json_object_get(table, object->name))) {
		(void)fos_refuse(call, &fos_same, NULL);
		return false;
	}
	(void)json_object_set(table, object->name, (json_t *)(uintptr_t)value);
	return true;
}

static json_t *find(const json_t *database, const struct fos_object *object)
{
	return json_object_get(json_object_get(database, object->kind->table), object->name);
}

static bool post(struct fos_call *call, json_t *database, const struct fos_object *object)
{
	const json_t *is = find(database, object);
	np_auto(np_json_decref) json_t *value = NULL;

	if (!is)
		return create(call, database, object);
	if (is_zone(object) && !check_type(call, is, object))
		return false;
	value = json_deep_copy(is);
	if (object->members)
		(void)merge(list_of(value, object, false), object->members);
	if (object->principals)
		(void)merge(list_of(value, object, true), object->principals);
	return replace(call, database, object, value);
}

static bool patch(struct fos_call *call, json_t *database, const struct fos_object *object)
{
	const json_t *is = find(database, object);
	np_auto(np_json_decref) json_t *value = NULL;

	if (!is)
		return fail(call, "%s not found", object->name);
	if (is_zone(object) && !check_type(call, is, object))
		return false;
	if (!object->members && !object->principals)
		return fail(call, "%s: no members are given", object->name);
	value = is_zone(object) ? json_deep_copy(is) : json_copy(object->members);
	if (is_zone(object) && object->members)
		(void)json_object_set(value, "members", object->members);
	if (is_zone(object) && object->principals)
		(void)json_object_set(value, "principals", object->principals);
	return replace(call, database, object, value);
}

/* A zone that a cfg has stays; an effective one too, where the switch is strict. */
static bool check_delete(
	struct fos_call *call, const json_t *database, const struct fos_object *object)
{
	const json_t *effective = json_object_get(call->sw->fabric->zoning.effective, "zones");
	const char *name;
	json_t *zones;

	if (!is_zone(object))
		return true;
	json_object_foreach (json_object_get(database, "zonesets"), name, zones) {
		if (has(zones, object->name))
			return fail(call, "%s is a member of a zone configuration", object->name);
	}
	if (call->fos->strict_delete && json_object_get(effective, object->name))
		return fail(call, "%s is a member of the effective configuration", object->name);
	return true;
}

static bool drop(json_t *list, const json_t *less)
{
	json_t *text;
	size_t i, at;

	json_array_foreach (less, i, text) {
		const char *member = json_string_value(text);
		for (at = 0; at < json_array_size(list); at++) {
			if (strcmp(json_string_value(json_array_get(list, at)), member) == 0)
				break;
		}
		if (at == json_array_size(list))
			return false;
		(void)json_array_remove(list, at);
	}
	return true;
}

/* Of an object only these members; with the last one it goes. */
static bool delete_members(
	struct fos_call *call, json_t *database, const struct fos_object *object, const json_t *is)
{
	np_auto(np_json_decref) json_t *value = json_deep_copy(is);
	json_t *members = list_of(value, object, false), *principals = list_of(value, object, true);

	if (is_zone(object) && !check_type(call, is, object))
		return false;
	if (!drop(members, object->members) || !drop(principals, object->principals))
		return fail(call, "%s does not have all of these members", object->name);
	if (json_array_size(members) || json_array_size(principals))
		return replace(call, database, object, value);
	(void)json_object_del(json_object_get(database, object->kind->table), object->name);
	return true;
}

static bool delete (struct fos_call *call, json_t *database, const struct fos_object *object)
{
	const json_t *is = find(database, object);

	if (!is)
		return fail(call, "%s not found", object->name);
	if (object->members || object->principals)
		return delete_members(call, database, object, is);
	if (!check_delete(call, database, object))
		return false;
	(void)json_object_del(json_object_get(database, object->kind->table), object->name);
	return true;
}

/* Adds the objects of a kind to @list, each as {kind number: object}. */
static bool collect(struct fos_call *call, json_t *list, size_t kind, const json_t *given)
{
	np_auto(np_json_decref) json_t *one = json_pack("[O]", given);
	json_t *object;
	size_t i;

	json_array_foreach (json_is_array(given) ? given : one, i, object) {
		if (!json_is_object(object)) {
			(void)fos_refuse(
				call, &fos_bad_body, "%s must be objects", fos_kinds[kind].list);
			return false;
		}
		(void)json_array_append_new(list, json_pack("[i, O]", (int)kind, object));
	}
	return true;
}

/* "/zone/zone-name/NAME" names the object without a body. */
static bool collect_path(struct fos_call *call, json_t *list)
{
	char prefix[FOS_NAME_MAX];

	for (size_t i = 0; fos_kinds[i].list; i++) {
		(void)snprintf(
			prefix, sizeof(prefix), "/%s/%s/", fos_kinds[i].list, fos_kinds[i].key);
		if (strncmp(call->rest, prefix, strlen(prefix)) != 0)
			continue;
		(void)json_array_append_new(list, json_pack("[i, {s:s}]", (int)i, fos_kinds[i].key,
							  call->rest + strlen(prefix)));
		return true;
	}
	(void)fos_refuse(call, &fos_bad_body, "No body");
	return false;
}

/* All objects of the request, in the order in which they came. */
static bool collect_all(struct fos_call *call, json_t *list)
{
	const json_t *body = call->body;
	const json_t *inner = json_object_get(body, "defined-configuration");
	const char *name;
	json_t *given;

	if (!body)
		return collect_path(call, list);
	json_object_foreach ((json_t *)(uintptr_t)(inner ? inner : body), name, given) {
		size_t kind = 0;
		while (fos_kinds[kind].list && strcmp(fos_kinds[kind].list, name) != 0)
			kind++;
		if (!fos_kinds[kind].list) {
			(void)fos_refuse(call, &fos_bad_body, "Unknown element '%.64s'", name);
			return false;
		}
		if (!collect(call, list, kind, given))
			return false;
	}
	if (json_array_size(list))
		return true;
	(void)fos_refuse(call, &fos_bad_body, "Nothing to do");
	return false;
}

static bool edit_one(struct fos_call *call, edit_fn *edit, const json_t *item)
{
	const struct fos_kind *kind = &fos_kinds[json_integer_value(json_array_get(item, 0))];
	json_t *database = sim_zonedb_edited(&call->sw->fabric->zoning);
	np_auto(fos_object_done) struct fos_object object = { 0 };

	return fos_object_read(call, kind, json_array_get(item, 1), &object) &&
	       edit(call, database, &object);
}

/* In order, up to the first that is wrong; how many were done. */
static size_t edit_all(struct fos_call *call, edit_fn *edit, const json_t *list)
{
	size_t count = json_array_size(list), done = 0;

	if (call->sw->bend == SIM_BEND_HALF)
		count /= 2;
	while (done < count && edit_one(call, edit, json_array_get(list, done)))
		done++;
	return done;
}

static bool has_room(const struct fos_call *call, size_t more)
{
	const struct sim_zonedb *db = &call->sw->fabric->zoning;

	return sim_zonedb_bytes(sim_zonedb_edited(db)) + (int64_t)more <= db->max_bytes;
}

/* Edits whose result would be too big leave no trace. */
static int edit_within_space(
	struct fos_call *call, edit_fn *edit, const json_t *list, size_t *ret_done)
{
	struct sim_zonedb *db = &call->sw->fabric->zoning;
	bool tight = !has_room(call, call->request->len);
	np_auto(np_json_decref) json_t *before = tight ? json_deep_copy(db->pending) : NULL;

	*ret_done = edit_all(call, edit, list);
	if (!before || call->reply->status || has_room(call, 0))
		return 0;
	json_decref(db->pending);
	db->pending = np_take(before);
	*ret_done = 0;
	return fos_refuse(call, &fos_full, NULL);
}

static int change(struct fos_call *call, edit_fn *edit, int status)
{
	np_auto(np_json_decref) json_t *list = json_array();
	struct sim_zonedb *db = &call->sw->fabric->zoning;
	bool opened = db->pending == NULL;
	size_t done = 0;

	if (!collect_all(call, list) || !fos_begin(call))
		return 0;
	if (call->sw->bend == SIM_BEND_FULL)
		(void)fos_refuse(call, &fos_full, NULL);
	else if (edit_within_space(call, edit, list, &done) < 0)
		return -NP_NOMEM;
	if (!call->reply->status)
		return fos_say(call, status, NULL);
	if (opened && done == 0)
		sim_zonedb_abort(db);
	return 0;
}

int fos_post_defined(struct fos_call *call)
{
	return change(call, post, 201);
}

int fos_patch_defined(struct fos_call *call)
{
	return change(call, patch, 204);
}

int fos_delete_defined(struct fos_call *call)
{
	return change(call, delete, 204);
}
