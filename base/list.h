/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Intrusive doubly linked list: the node lives inside the element, the list never allocates.
 * An initialised node that is in no list points to itself, so removing it twice is harmless.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct np_list {
	struct np_list *next, *prev;
};

#define NP_LIST_INIT(list)                                                                         \
	{                                                                                          \
		&(list), &(list)                                                                   \
	}

#define np_list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Walks @list; the element may not be removed in the body (np_list_foreach_safe allows that). */
#define np_list_foreach(pos, list, type, member)                                                   \
	for (type *pos = np_list_entry((list)->next, type, member); &pos->member != (list);        \
		pos = np_list_entry(pos->member.next, type, member))

#define np_list_foreach_safe(pos, list, type, member)                                              \
	for (type *pos = np_list_entry((list)->next, type, member),                                \
		  *np_next_ = np_list_entry(pos->member.next, type, member);                       \
		&pos->member != (list);                                                            \
		pos = np_next_, np_next_ = np_list_entry(np_next_->member.next, type, member))

static inline void np_list_init(struct np_list *list)
{
	list->next = list->prev = list;
}

static inline bool np_list_empty(const struct np_list *list)
{
	return list->next == list;
}

static inline void np_list_insert_before(struct np_list *node, struct np_list *at)
{
	node->prev = at->prev;
	node->next = at;
	at->prev->next = node;
	at->prev = node;
}

static inline void np_list_append(struct np_list *list, struct np_list *node)
{
	np_list_insert_before(node, list);
}

static inline void np_list_remove(struct np_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	np_list_init(node);
}
