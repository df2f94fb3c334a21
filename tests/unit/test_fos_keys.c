/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "zoning/fos_keys.h"

struct folder {
	char root[32], path[64];
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof *folder);

	assert_non_null(folder);
	(void)snprintf(folder->root, sizeof folder->root, "/tmp/npivd-keys-XXXXXX");
	assert_non_null(mkdtemp(folder->root));
	(void)snprintf(folder->path, sizeof folder->path, "%s/san-A.session", folder->root);
	*state = folder;
	return 0;
}

static int teardown(void **state)
{
	struct folder *folder = *state;

	(void)unlink(folder->path);
	assert_int_equal(rmdir(folder->root), 0);
	free(folder);
	return 0;
}

static void test_fos_keys_of_several_sessions_are_kept_until_each_has_ended(void **state)
{
	struct folder *folder = *state;
	struct fos_keys keys;

	fos_keys_add(folder->path, "Authorization: one");
	fos_keys_add(folder->path, "Authorization: two");
	fos_keys_drop(folder->path, "Authorization: one");

	fos_keys_read(folder->path, &keys);
	assert_int_equal(keys.count, 1);
	assert_string_equal(keys.text[0], "Authorization: two");
	fos_keys_drop(folder->path, "Authorization: two");
	assert_int_equal(access(folder->path, F_OK), -1);
}

static void test_fos_keys_are_for_nobody_else(void **state)
{
	struct folder *folder = *state;
	struct stat st;

	fos_keys_add(folder->path, "Authorization: one");

	assert_int_equal(stat(folder->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_fos_keys_forget_the_oldest_when_there_are_too_many(void **state)
{
	struct folder *folder = *state;
	struct fos_keys keys;
	char key[32];

	for (int i = 0; i < FOS_KEYS_MAX + 2; i++) {
		(void)snprintf(key, sizeof key, "Authorization: %d", i);
		fos_keys_add(folder->path, key);
	}

	fos_keys_read(folder->path, &keys);
	assert_int_equal(keys.count, FOS_KEYS_MAX);
	assert_string_equal(keys.text[0], "Authorization: 2");
	assert_string_equal(keys.text[FOS_KEYS_MAX - 1], "Authorization: 9");
}

static void test_fos_keys_are_none_without_a_file_or_a_path(void **state)
{
	struct folder *folder = *state;
	struct fos_keys keys;

	fos_keys_read(folder->path, &keys);
	assert_int_equal(keys.count, 0);
	fos_keys_add("", "Authorization: one");
	fos_keys_drop("", "Authorization: one");
	fos_keys_read("", &keys);
	assert_int_equal(keys.count, 0);
}

static void test_fos_keys_that_are_too_long_are_not_kept(void **state)
{
	struct folder *folder = *state;
	char key[FOS_KEY_MAX + 1];
	struct fos_keys keys;

	memset(key, 'k', FOS_KEY_MAX);
	key[FOS_KEY_MAX] = '\0';
	fos_keys_add(folder->path, key);

	fos_keys_read(folder->path, &keys);
	assert_int_equal(keys.count, 0);
}

#define keys_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		keys_test(test_fos_keys_of_several_sessions_are_kept_until_each_has_ended),
		keys_test(test_fos_keys_are_for_nobody_else),
		keys_test(test_fos_keys_forget_the_oldest_when_there_are_too_many),
		keys_test(test_fos_keys_are_none_without_a_file_or_a_path),
		keys_test(test_fos_keys_that_are_too_long_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
