/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct item {
	int value;
	struct np_list node;
};

/* The values as the digits of one number: 1, 2, 3 give 123. */
static int digits(struct np_list *list)
{
	int number = 0;

	np_list_foreach (item, list, struct item, node) {
		number = number * 10 + item->value;
	}
	return number;
}

static void test_list_keeps_the_order_of_appending(void **state)
{
	struct np_list list = NP_LIST_INIT(list);
	struct item items[] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };

	assert_true(np_list_empty(&list));
	for (size_t i = 0; i < 3; i++)
		np_list_append(&list, &items[i].node);

	assert_false(np_list_empty(&list));
	assert_int_equal(digits(&list), 123);
	(void)state;
}

static void test_list_inserts_before_an_element(void **state)
{
	struct np_list list = NP_LIST_INIT(list);
	struct item one = { .value = 1 }, two = { .value = 2 }, three = { .value = 3 };

	np_list_append(&list, &three.node);
	np_list_insert_before(&one.node, &three.node);
	np_list_insert_before(&two.node, &three.node);

	assert_int_equal(digits(&list), 123);
	(void)state;
}

static void test_list_removing_twice_is_harmless(void **state)
{
	struct np_list list = NP_LIST_INIT(list);
	struct item one = { .value = 1 }, two = { .value = 2 };

	np_list_append(&list, &one.node);
	np_list_append(&list, &two.node);
	np_list_remove(&one.node);
	np_list_remove(&one.node);

	assert_int_equal(digits(&list), 2);
	(void)state;
}

static void test_list_safe_walk_may_remove_each_element(void **state)
{
	struct np_list list = NP_LIST_INIT(list);
	struct item items[] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };
	int seen = 0;

	for (size_t i = 0; i < 3; i++)
		np_list_append(&list, &items[i].node);
	np_list_foreach_safe (item, &list, struct item, node) {
		np_list_remove(&item->node);
		seen = seen * 10 + item->value;
	}

	assert_int_equal(seen, 123);
	assert_true(np_list_empty(&list));
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_keeps_the_order_of_appending),
		cmocka_unit_test(test_list_inserts_before_an_element),
		cmocka_unit_test(test_list_removing_twice_is_harmless),
		cmocka_unit_test(test_list_safe_walk_may_remove_each_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
