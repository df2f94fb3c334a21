/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lab/model.h"

static struct np_list *bucket(const struct sim *sim, uint64_t id)
{
	return &sim->hash[id & (SIM_HASH_SIZE - 1)];
}

struct sim_object *sim_object_find(const struct sim *sim, uint64_t id)
{
	struct np_list *list = bucket(sim, id);

	np_list_foreach (object, list, struct sim_object, hashed) {
		if (object->id == id)
			return object;
	}
	return NULL;
}

/* Puts an object whose name and owner are set into the tree. */
void sim_object_add(
	struct sim *sim, struct sim_object *object, enum sim_kind kind, struct sim_object *parent)
{
	object->kind = kind;
	object->parent = parent;
	object->id = parent ? ++sim->last_id : 0;
	np_list_init(&object->children);
	np_list_init(&object->sibling);
	np_list_init(&object->peer);
	np_list_init(&object->hashed);
	if (parent)
		np_list_append(&parent->children, &object->sibling);
	np_list_append(&sim->kinds[kind], &object->peer);
	np_list_append(bucket(sim, object->id), &object->hashed);
}

/* Takes an object out of the tree; @number, if any, is freed once the name is forgotten everywhere. */
void sim_object_remove(struct sim *sim, struct sim_object *object, unsigned char *number)
{
	struct sim_gone *gone = calloc(1, sizeof(*gone));

	np_list_remove(&object->sibling);
	np_list_remove(&object->peer);
	np_list_remove(&object->hashed);
	if (!gone) {
		/* Without a record a cache may show the name a while longer; the number can be used again. */
		if (number)
			*number = 0;
		return;
	}
	gone->kind = object->kind;
	gone->parent_kind = object->parent->kind;
	gone->parent_id = object->parent->id;
	gone->number = number;
	memcpy(gone->name, object->name, sizeof(gone->name));
	np_list_append(&sim->gone, &gone->in_list);
}

struct sim_port *sim_object_port(const struct sim_object *object)
{
	while (object && object->kind != SIM_HOST && object->kind != SIM_VPORT)
		object = object->parent;
	return object ? object->owner : NULL;
}

void sim_gone_take(struct sim *sim, struct np_list *ret_gone)
{
	np_list_init(ret_gone);
	np_list_foreach_safe (gone, &sim->gone, struct sim_gone, in_list) {
		np_list_remove(&gone->in_list);
		np_list_append(ret_gone, &gone->in_list);
	}
}

void sim_gone_done(struct np_list *list)
{
	np_list_foreach_safe (gone, list, struct sim_gone, in_list) {
		if (gone->number)
			*gone->number = 0;
		free(gone);
	}
	np_list_init(list);
}

int sim_number_take(unsigned char *used, size_t from, size_t count)
{
	unsigned char *free_one = memchr(used + from, 0, count - from);

	if (!free_one)
		return -1;
	*free_one = 1;
	return (int)(free_one - used);
}
