/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file may say and how it is refused is in tests/golden/conf; here is the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/conf.h"
#include "base/file.h"

struct config {
	char text[16], path[64], word[8];
	int64_t number, wait_ms;
	bool on;
};

static const char *const words[] = { "least-used", "fixed", NULL };

static const struct np_option rows[] = {
	{ "one", "text", NP_OPTION_TEXT, NP_OPTION_AT(struct config, text), .preset = "x",
		.help = "Text." },
	{ "one", "path", NP_OPTION_PATH, NP_OPTION_AT(struct config, path), .preset = "/run/x",
		.help = "A path." },
	{ "two", "number", NP_OPTION_INT, NP_OPTION_AT(struct config, number), .min = -5, .max = 5,
		.preset = "3", .help = "A number." },
	{ "two", "wait", NP_OPTION_DURATION, NP_OPTION_AT(struct config, wait_ms), .min = 0,
		.max = 86400000, .preset = "30s", .help = "A time." },
	{ "two", "on", NP_OPTION_BOOL, NP_OPTION_AT(struct config, on), .preset = "no",
		.help = "A switch." },
	{ "two", "word", NP_OPTION_WORD, NP_OPTION_AT(struct config, word), .words = words,
		.preset = "fixed", .help = "A word." },
	{ 0 },
};

struct fixture {
	struct config config;
	char dir[NP_PATH_MAX], file[NP_PATH_MAX], drop_ins[NP_PATH_MAX];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/np-conf-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_true(np_path(f->file, "%s/npivd.conf", f->dir));
	assert_true(np_path(f->drop_ins, "%s/npivd.conf.d", f->dir));
	np_conf_defaults(rows, &f->config);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "10-a.conf", "20-b.conf", "30-c.txt", ".40-d.conf" };
	struct fixture *f = *state;
	char path[NP_PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_true(np_path(path, "%s/%s", f->drop_ins, names[i]));
		(void)unlink(path);
	}
	(void)rmdir(f->drop_ins);
	(void)unlink(f->file);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static void add_drop_in(const struct fixture *f, const char *name, const char *text)
{
	char path[NP_PATH_MAX];

	assert_int_equal(np_mkdir_p(f->drop_ins, 0700, NULL), 0);
	assert_true(np_path(path, "%s/%s", f->drop_ins, name));
	assert_int_equal(np_file_replace(path, text, 0600, NULL), 0);
}

static void test_conf_defaults_come_from_the_rows(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(f->config.text, "x");
	assert_string_equal(f->config.path, "/run/x");
	assert_int_equal(f->config.number, 3);
	assert_int_equal(f->config.wait_ms, 30000);
	assert_false(f->config.on);
	assert_string_equal(f->config.word, "fixed");
}

static void test_conf_drop_ins_win_in_name_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(np_file_replace(f->file, "[two]\nnumber=1\non=yes\n", 0600, NULL), 0);
	add_drop_in(f, "20-b.conf", "[two]\nnumber=4\n");
	add_drop_in(f, "10-a.conf", "[two]\nnumber=2\nwait=1h\n");
	add_drop_in(f, "30-c.txt", "nonsense");
	add_drop_in(f, ".40-d.conf", "nonsense");
	assert_int_equal(np_conf_read(rows, &f->config, f->file, true, NULL), 0);

	assert_int_equal(f->config.number, 4);
	assert_int_equal(f->config.wait_ms, 3600000);
	assert_true(f->config.on);
}

static void test_conf_error_names_the_drop_in_and_its_line(void **state)
{
	struct fixture *f = *state;
	struct np_err err;

	add_drop_in(f, "10-a.conf", "[two]\n\nnumber=9\n");
	assert_int_equal(np_conf_read(rows, &f->config, f->file, false, &err), -NP_INVAL);

	assert_non_null(
		strstr(err.msg, "/npivd.conf.d/10-a.conf:3: two.number: '9' is not within"));
	assert_string_equal(err.field, "two.number");
}

static void test_conf_missing_file_is_an_error_only_when_required(void **state)
{
	struct fixture *f = *state;
	struct np_err err;

	assert_int_equal(np_conf_read(rows, &f->config, f->file, false, &err), 0);
	assert_int_equal(np_conf_read(rows, &f->config, f->file, true, &err), -NP_NOTFOUND);

	assert_non_null(strstr(err.msg, f->file));
}

static void test_conf_set_says_where_the_value_came_from(void **state)
{
	struct fixture *f = *state;
	struct np_err err;

	assert_int_equal(
		np_conf_set(rows, &f->config, "one", "path", "run/x", "--path", &err), -NP_INVAL);

	assert_string_equal(err.msg, "--path: one.path: 'run/x' is not an absolute path");
	assert_string_equal(f->config.path, "/run/x");
}

static void test_conf_set_refuses_what_a_file_cannot_hold(void **state)
{
	static const char *const wrong[] = { "a\nb", " a", "a ", "\ta", "a\x7f" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(np_conf_set(rows, &f->config, "one", "text", wrong[i], NULL, NULL),
			-NP_INVAL);
}

static void test_conf_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "0", 0 },
		{ "250ms", 250 },
		{ "30s", 30000 },
		{ "30 s", 30000 },
		{ "30", 30000 },
		{ "5min", 300000 },
		{ "2h", 7200000 },
		{ "1d", 86400000 },
		{ "", -1 },
		{ "s", -1 },
		{ "-1s", -1 },
		{ "+1s", -1 },
		{ "1.5s", -1 },
		{ "1m", -1 },
		{ "1s 1s", -1 },
		{ "2d", -1 },
		{ "9223372036854775807d", -1 },
		{ "9223372036854775808", -1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		f->config.wait_ms = -1;
		(void)np_conf_set(rows, &f->config, "two", "wait", cases[i].text, NULL, NULL);
		assert_int_equal(f->config.wait_ms, cases[i].ms);
	}
}

static void test_conf_print_parses_back_to_the_same(void **state)
{
	static const struct config configs[] = {
		{ .text = "", .path = "", .word = "fixed" },
		{ .text = "; # [x] = : y",
			.path = "/a b;c",
			.word = "fixed",
			.number = -5,
			.wait_ms = 86400000,
			.on = true },
		{ .text = "\"q\"", .path = "/", .word = "fixed", .number = 5, .wait_ms = 1 },
		{ .text = "\xc3\xa9", .path = "/x", .word = "fixed", .wait_ms = 61000 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		np_auto(np_free) char *text = np_conf_print(rows, &configs[i]);
		struct config back = { .text = "dirty", .number = 1 };
		assert_non_null(text);
		assert_int_equal(np_conf_parse(rows, &back, text, "printed", NULL), 0);
		np_auto(np_free) char *again = np_conf_print(rows, &back);
		assert_string_equal(again, text);
		assert_string_equal(back.text, configs[i].text);
		assert_string_equal(back.path, configs[i].path);
		assert_int_equal(back.wait_ms, configs[i].wait_ms);
		assert_int_equal(back.number, configs[i].number);
	}
	(void)f;
}

static void test_conf_line_has_a_longest_length(void **state)
{
	struct fixture *f = *state;
	char text[NP_CONF_LINE_MAX + 100];
	struct np_err err;

	(void)snprintf(text, sizeof text, "[one]\n# %0*d\ntext = y\n", NP_CONF_LINE_MAX - 4, 0);
	assert_int_equal(np_conf_parse(rows, &f->config, text, "x.conf", NULL), 0);
	(void)snprintf(text, sizeof text, "[one]\n# %0*d\ntext = z\n", NP_CONF_LINE_MAX - 3, 0);
	assert_int_equal(np_conf_parse(rows, &f->config, text, "x.conf", &err), -NP_INVAL);

	assert_string_equal(err.msg, "x.conf:2: the line is over 1022 bytes");
	assert_string_equal(f->config.text, "y");
}

#define conf_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		conf_test(test_conf_defaults_come_from_the_rows),
		conf_test(test_conf_drop_ins_win_in_name_order),
		conf_test(test_conf_error_names_the_drop_in_and_its_line),
		conf_test(test_conf_missing_file_is_an_error_only_when_required),
		conf_test(test_conf_set_says_where_the_value_came_from),
		conf_test(test_conf_set_refuses_what_a_file_cannot_hold),
		conf_test(test_conf_durations),
		conf_test(test_conf_print_parses_back_to_the_same),
		conf_test(test_conf_line_has_a_longest_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
