/* base/list.h - doubly linked list through a member of its elements.  No allocation.
 * A link that is in no list is zeroed or points to itself; both are fine to remove.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_LIST_H
#define BASE_LIST_H
#include <stdbool.h>
#include <stddef.h>

struct list { struct list *next, *prev; };

#define LIST_OF(link, type, member) \
	((type *)(void *)((char *)(link) - offsetof(type, member)))
#define LIST_EACH(it, head) \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head); \
	     it = it##_next, it##_next = it->next)

static inline void list_init(struct list *head) { head->next = head->prev = head; }
static inline bool list_empty(const struct list *head) { return head->next == head; }
static inline void list_push(struct list *head, struct list *link)          /* at the end */
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}
static inline void list_remove(struct list *link)
{
	if (link->next) {
		link->prev->next = link->next;
		link->next->prev = link->prev;
	}
	link->next = link->prev = NULL;
}

#endif
