/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes to stderr is read back through a pipe in its place. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

struct fixture {
	int stderr_copy, pipe[2];
	char text[4096];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	(void)unsetenv("JOURNAL_STREAM");
	np_log_init("npivd", LOG_INFO);
	f->stderr_copy = dup(STDERR_FILENO);
	assert_int_equal(pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(dup2(f->pipe[1], STDERR_FILENO) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)close(f->pipe[0]);
	free(f);
	return 0;
}

/* Ends the catching; what was logged. */
static const char *caught(struct fixture *f)
{
	ssize_t n = read(f->pipe[0], f->text, sizeof f->text - 1);

	f->text[n > 0 ? n : 0] = '\0';
	(void)dup2(f->stderr_copy, STDERR_FILENO);
	(void)close(f->stderr_copy);
	(void)close(f->pipe[1]);
	return f->text;
}

static void test_log_writes_program_level_and_text(void **state)
{
	np_log(LOG_WARNING, "%s is full", "host1");

	assert_string_equal(caught(*state), "npivd: warning: host1 is full\n");
}

static void test_log_appends_fields_and_leaves_out_null(void **state)
{
	const struct np_log_field fields[] = { { "NPIV_GUEST", "db01" }, { "NPIV_HBA", NULL },
		{ "NPIV_FABRIC", "A" }, { 0 } };

	np_log_fields(LOG_INFO, fields, "started");

	assert_string_equal(caught(*state), "npivd: info: started NPIV_GUEST=db01 NPIV_FABRIC=A\n");
}

static void test_log_drops_what_is_above_the_level(void **state)
{
	np_log(LOG_DEBUG, "unseen");

	assert_string_equal(caught(*state), "");
}

static void test_log_level_can_change(void **state)
{
	np_log_set_level(LOG_DEBUG);
	np_log(LOG_DEBUG, "seen");

	assert_string_equal(caught(*state), "npivd: debug: seen\n");
	assert_int_equal(np_log_level(), LOG_DEBUG);
}

static void test_log_cuts_what_is_too_long(void **state)
{
	char text[3000] = { 0 };
	const struct np_log_field fields[] = { { "KEY", text }, { "KEY", text }, { 0 } };

	memset(text, 'x', sizeof text - 1);
	np_log_fields(LOG_INFO, fields, "%s", text);

	assert_true(strlen(caught(*state)) < 2200);
}

static void test_log_keeps_foreign_text_on_one_line(void **state)
{
	np_log(LOG_INFO, "guest '%s'", "db01\nnpivd: error: forged\033[2J");

	assert_string_equal(caught(*state), "npivd: info: guest 'db01?npivd: error: forged?[2J'\n");
}

static void test_log_levels_have_names(void **state)
{
	assert_int_equal(np_log_level_from_name("error"), LOG_ERR);
	assert_int_equal(np_log_level_from_name("debug"), LOG_DEBUG);
	assert_int_equal(np_log_level_from_name("loud"), -1);
	(void)caught(*state);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		log_test(test_log_writes_program_level_and_text),
		log_test(test_log_appends_fields_and_leaves_out_null),
		log_test(test_log_drops_what_is_above_the_level),
		log_test(test_log_level_can_change),
		log_test(test_log_cuts_what_is_too_long),
		log_test(test_log_keeps_foreign_text_on_one_line),
		log_test(test_log_levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
