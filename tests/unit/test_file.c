/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"

struct fixture {
	char dir[NP_PATH_MAX], path[NP_PATH_MAX];
	int dirfd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/np-file-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_true(np_path(f->path, "%s/x", f->dir));
	f->dirfd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dirfd >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)close(f->dirfd);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static void test_file_replace_then_read(void **state)
{
	struct fixture *f = *state;
	np_auto(np_free) char *text = NULL;
	struct stat st;

	assert_int_equal(np_file_replace(f->path, "old", 0600, NULL), 0);
	assert_int_equal(np_file_replace(f->path, "new text\n", 0640, NULL), 0);
	assert_int_equal(np_file_read(f->dirfd, "x", 100, &text, NULL), 0);

	assert_string_equal(text, "new text\n");
	assert_int_equal(fstatat(f->dirfd, "x.new", &st, 0), -1);
}

static void test_file_replace_names_the_file_when_the_folder_is_missing(void **state)
{
	struct np_err err;

	assert_int_equal(np_file_replace("/nonexistent/x", "", 0600, &err), -NP_NOTFOUND);

	assert_non_null(strstr(err.msg, "/nonexistent/x"));
	(void)state;
}

static void test_file_lock_is_for_one_until_it_is_closed(void **state)
{
	struct fixture *f = *state;
	int first = -1, second = -1;

	assert_int_equal(np_file_lock(f->path, false, &first, NULL), 0);
	assert_int_equal(np_file_lock(f->path, false, &second, NULL), -NP_BUSY);
	np_close(&first);
	assert_int_equal(np_file_lock(f->path, true, &second, NULL), 0);
	np_close(&second);
}

static void test_file_read_takes_just_the_maximum(void **state)
{
	struct fixture *f = *state;
	np_auto(np_free) char *text = NULL;

	assert_int_equal(np_file_replace(f->path, "12345", 0600, NULL), 0);
	assert_int_equal(np_file_read(f->dirfd, "x", 5, &text, NULL), 0);

	assert_string_equal(text, "12345");
}

static void test_file_read_refuses_one_byte_more(void **state)
{
	struct fixture *f = *state;
	struct np_err err;
	char *text = NULL;

	assert_int_equal(np_file_replace(f->path, "123456", 0600, NULL), 0);
	assert_int_equal(np_file_read(f->dirfd, "x", 5, &text, &err), -NP_TOOBIG);

	assert_null(text);
}

static void test_file_read_of_an_empty_file_is_an_empty_text(void **state)
{
	struct fixture *f = *state;
	np_auto(np_free) char *text = NULL;

	assert_int_equal(np_file_replace(f->path, "", 0600, NULL), 0);
	assert_int_equal(np_file_read(AT_FDCWD, f->path, 5, &text, NULL), 0);

	assert_string_equal(text, "");
}

static void test_file_read_names_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct np_err err;
	char *text = NULL;

	assert_int_equal(np_file_read(f->dirfd, "x", 5, &text, &err), -NP_NOTFOUND);

	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.msg, "open x: No such file or directory");
}

static void test_file_write_once_tells_what_was_taken(void **state)
{
	struct fixture *f = *state;
	np_auto(np_free) char *text = NULL;
	ssize_t written = 0;

	assert_int_equal(np_file_replace(f->path, "", 0600, NULL), 0);
	assert_int_equal(np_file_write_once(f->dirfd, "x", "abc", 3, &written, NULL), 0);
	assert_int_equal(np_file_read(f->dirfd, "x", 5, &text, NULL), 0);

	assert_int_equal(written, 3);
	assert_string_equal(text, "abc");
}

static void test_file_write_once_makes_no_file(void **state)
{
	struct fixture *f = *state;
	ssize_t written = 7;

	assert_int_equal(np_file_write_once(f->dirfd, "x", "abc", 3, &written, NULL), -NP_NOTFOUND);

	assert_int_equal(written, 7);
}

static void test_file_write_once_passes_the_errno(void **state)
{
	struct np_err err;
	ssize_t written;

	assert_int_equal(
		np_file_write_once(AT_FDCWD, "/dev/full", "abc", 3, &written, &err), -NP_CAPACITY);

	assert_int_equal(err.sys, ENOSPC);
	(void)state;
}

static void test_file_mkdir_p_makes_parents_and_takes_existing_ones(void **state)
{
	struct fixture *f = *state;
	char path[NP_PATH_MAX];

	assert_true(np_path(path, "%s/a/b", f->dir));
	assert_int_equal(np_mkdir_p(path, 0700, NULL), 0);
	assert_int_equal(np_mkdir_p(path, 0700, NULL), 0);

	assert_int_equal(unlinkat(f->dirfd, "a/b", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(f->dirfd, "a", AT_REMOVEDIR), 0);
}

static void test_file_path_tells_when_it_does_not_fit(void **state)
{
	char path[NP_PATH_MAX], text[NP_PATH_MAX + 1] = { 0 };

	memset(text, 'x', NP_PATH_MAX);
	assert_false(np_path(path, "%s", text));
	assert_true(np_path(path, "%.*s", NP_PATH_MAX - 1, text));
	(void)state;
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		file_test(test_file_replace_then_read),
		file_test(test_file_replace_names_the_file_when_the_folder_is_missing),
		file_test(test_file_lock_is_for_one_until_it_is_closed),
		file_test(test_file_read_takes_just_the_maximum),
		file_test(test_file_read_refuses_one_byte_more),
		file_test(test_file_read_of_an_empty_file_is_an_empty_text),
		file_test(test_file_read_names_what_is_missing),
		file_test(test_file_write_once_tells_what_was_taken),
		file_test(test_file_write_once_makes_no_file),
		file_test(test_file_write_once_passes_the_errno),
		file_test(test_file_mkdir_p_makes_parents_and_takes_existing_ones),
		file_test(test_file_path_tells_when_it_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
