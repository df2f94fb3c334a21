/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "zoning/driver.h"

#define GOOD "zoner\ns3cr3t of two words\n"

/* Two directories: one as systemd gives it, one of ours. */
struct secrets {
	char root[64], systemd[NP_PATH_MAX], own[NP_PATH_MAX];
	struct zone_credential credential;
	struct np_err err;
};

static int set_up(void **state)
{
	struct secrets *secrets = calloc(1, sizeof *secrets);

	(void)snprintf(secrets->root, sizeof secrets->root, "/tmp/npivd-secrets-XXXXXX");
	assert_non_null(mkdtemp(secrets->root));
	(void)np_path(secrets->systemd, "%s/systemd", secrets->root);
	(void)np_path(secrets->own, "%s/own", secrets->root);
	assert_int_equal(mkdir(secrets->systemd, 0700) | mkdir(secrets->own, 0700), 0);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	*state = secrets;
	return 0;
}

static int tear_down(void **state)
{
	struct secrets *secrets = *state;
	static const char *const names[] = { "switch", "link", "pipe" };
	char path[NP_PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)np_path(path, "%.200s/%s", secrets->systemd, names[i]);
		(void)unlink(path);
		(void)np_path(path, "%.200s/%s", secrets->own, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(secrets->systemd) | rmdir(secrets->own) | rmdir(secrets->root), 0);
	free(secrets);
	return 0;
}

static void put(const char *dir, const char *text, size_t len, mode_t mode)
{
	char path[NP_PATH_MAX];

	assert_true(np_path(path, "%.200s/switch", dir));
	np_auto(np_close) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
}

static int ask(struct secrets *secrets, const char *name)
{
	return zone_credential_read(secrets->own, name, &secrets->credential, &secrets->err);
}

static void test_zone_credential_reads_user_and_secret(void **state)
{
	static const char *const forms[] = { GOOD, "zoner\ns3cr3t of two words",
		"zoner\r\ns3cr3t of two words\r\n" };
	struct secrets *secrets = *state;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		char path[NP_PATH_MAX];
		put(secrets->own, forms[i], strlen(forms[i]), 0600);
		assert_int_equal(ask(secrets, "switch"), 0);
		assert_string_equal(secrets->credential.user, "zoner");
		assert_string_equal(secrets->credential.secret, "s3cr3t of two words");
		assert_true(np_path(path, "%.200s/switch", secrets->own));
		assert_int_equal(unlink(path), 0);
	}
}

static void test_zone_credential_prefers_what_systemd_gives(void **state)
{
	struct secrets *secrets = *state;

	put(secrets->own, GOOD, strlen(GOOD), 0600);
	put(secrets->systemd, "other\nsecret\n", 13, 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", secrets->systemd, 1), 0);

	assert_int_equal(ask(secrets, "switch"), 0);

	assert_string_equal(secrets->credential.user, "other");
}

static void test_zone_credential_takes_the_file_when_systemd_gives_none(void **state)
{
	struct secrets *secrets = *state;

	put(secrets->own, GOOD, strlen(GOOD), 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", secrets->systemd, 1), 0);

	assert_int_equal(ask(secrets, "switch"), 0);

	assert_string_equal(secrets->credential.user, "zoner");
}

/* systemd marks the right of another user to read by an ACL, which stat shows as the group's. */
static void test_zone_credential_takes_rights_of_the_group_from_systemd_alone(void **state)
{
	struct secrets *secrets = *state;

	put(secrets->systemd, GOOD, strlen(GOOD), 0440);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", secrets->systemd, 1), 0);
	assert_int_equal(ask(secrets, "switch"), 0);

	put(secrets->systemd, GOOD, strlen(GOOD), 0444);
	assert_int_equal(ask(secrets, "switch"), -NP_DENIED);
}

static void test_zone_credential_refuses_a_file_that_others_may_use(void **state)
{
	static const mode_t modes[] = { 0604, 0640, 0660, 0602, 0620, 0644 };
	struct secrets *secrets = *state;

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		put(secrets->own, GOOD, strlen(GOOD), modes[i]);
		assert_int_equal(ask(secrets, "switch"), -NP_DENIED);
		assert_non_null(strstr(secrets->err.msg, "may be used by others (mode 06"));
		assert_non_null(strstr(secrets->err.hint, "chmod 0600"));
		assert_string_equal(secrets->credential.user, "");
	}
}

static void test_zone_credential_refuses_a_file_of_somebody_else(void **state)
{
	struct secrets *secrets = *state;
	char path[NP_PATH_MAX];

	if (geteuid() != 0)
		skip();
	put(secrets->own, GOOD, strlen(GOOD), 0600);
	assert_true(np_path(path, "%.200s/switch", secrets->own));
	assert_int_equal(chown(path, 12345, 0), 0);

	assert_int_equal(ask(secrets, "switch"), -NP_DENIED);

	assert_non_null(strstr(secrets->err.msg, "belongs to uid 12345"));
}

static void test_zone_credential_refuses_what_is_not_a_file(void **state)
{
	struct secrets *secrets = *state;
	char target[NP_PATH_MAX], path[NP_PATH_MAX];

	put(secrets->own, GOOD, strlen(GOOD), 0600);
	assert_true(np_path(target, "%.200s/switch", secrets->own));
	assert_true(np_path(path, "%.200s/link", secrets->own));
	assert_int_equal(symlink(target, path), 0);
	assert_true(np_path(path, "%.200s/pipe", secrets->own));
	assert_int_equal(mkfifo(path, 0600), 0);

	assert_int_equal(ask(secrets, "link"), -NP_DENIED);
	assert_non_null(strstr(secrets->err.msg, "symbolic link"));
	assert_int_equal(ask(secrets, "pipe"), -NP_DENIED);
	assert_non_null(strstr(secrets->err.msg, "not a regular file"));
}

static void test_zone_credential_refuses_names_that_lead_elsewhere(void **state)
{
	static const char *const names[] = { "", ".", "..", "../own/switch", "/etc/shadow", "a/b",
		".hidden" };
	struct secrets *secrets = *state;

	put(secrets->own, GOOD, strlen(GOOD), 0600);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(ask(secrets, names[i]), -NP_INVAL);
		assert_string_equal(secrets->err.field, "credential");
	}
}

static void test_zone_credential_refuses_a_text_of_another_form(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		{ "", 0 },
		{ "zoner", 5 },
		{ "zoner\n", 6 },
		{ "zoner\n\n", 7 },
		{ "\nsecret\n", 8 },
		{ "zoner\nsecret\nmore\n", 18 },
		{ "zoner\nsec\0ret\n", 14 },
	};
	struct secrets *secrets = *state;
	char path[NP_PATH_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		put(secrets->own, rows[i].text, rows[i].len, 0600);
		assert_int_equal(ask(secrets, "switch"), -NP_INVAL);
		/* The message says what is wrong, never what is there. */
		assert_null(strstr(secrets->err.msg, "secret\n"));
		assert_null(strstr(secrets->err.msg, "zoner"));
		assert_true(np_path(path, "%.200s/switch", secrets->own));
		assert_int_equal(unlink(path), 0);
	}
}

static void test_zone_credential_refuses_a_text_that_is_too_long(void **state)
{
	static char text[4096];
	struct secrets *secrets = *state;

	memset(text, 'x', sizeof text);
	put(secrets->own, text, sizeof text, 0600);

	assert_int_equal(ask(secrets, "switch"), -NP_TOOBIG);
}

static void test_zone_credential_says_where_to_put_a_secret_that_is_missing(void **state)
{
	struct secrets *secrets = *state;

	assert_int_equal(ask(secrets, "switch"), -NP_NOTFOUND);
	assert_non_null(strstr(secrets->err.hint, "own/switch (mode 0600)"));

	assert_int_equal(zone_credential_read("", "switch", &secrets->credential, &secrets->err),
		-NP_NOTFOUND);
	assert_non_null(strstr(secrets->err.hint, "LoadCredential=switch:FILE"));
}

static void test_zone_credential_leaves_nothing_when_it_is_wiped(void **state)
{
	static const struct zone_credential nothing;
	struct secrets *secrets = *state;

	put(secrets->own, GOOD, strlen(GOOD), 0600);
	assert_int_equal(ask(secrets, "switch"), 0);

	zone_credential_wipe(&secrets->credential);

	assert_memory_equal(&secrets->credential, &nothing, sizeof nothing);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_zone_credential_reads_user_and_secret),
		TEST(test_zone_credential_prefers_what_systemd_gives),
		TEST(test_zone_credential_takes_the_file_when_systemd_gives_none),
		TEST(test_zone_credential_takes_rights_of_the_group_from_systemd_alone),
		TEST(test_zone_credential_refuses_a_file_that_others_may_use),
		TEST(test_zone_credential_refuses_a_file_of_somebody_else),
		TEST(test_zone_credential_refuses_what_is_not_a_file),
		TEST(test_zone_credential_refuses_names_that_lead_elsewhere),
		TEST(test_zone_credential_refuses_a_text_of_another_form),
		TEST(test_zone_credential_refuses_a_text_that_is_too_long),
		TEST(test_zone_credential_says_where_to_put_a_secret_that_is_missing),
		TEST(test_zone_credential_leaves_nothing_when_it_is_wiped),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
