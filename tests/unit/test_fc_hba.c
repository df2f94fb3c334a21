/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fc/hba.h"

static const struct fc_create_state healthy = {
	.host = "host1",
	.port_state = "Online",
	.hba = UINT64_C(0x2100001b32000001),
	.wwpn = UINT64_C(0x1000020000000011),
	.vports_in_use = 3,
	.vports_max = 255,
};

static void test_hba_tells_each_answer_of_each_driver_apart(void **state)
{
	static const struct {
		const char *driver;
		int sys;
		enum np_code code;
		const char *says;
	} rows[] = {
		{ "lpfc", EPERM, NP_IO, "service parameters" },
		{ "lpfc", ENOENT, NP_CONFLICT, "target mode" },
		{ "lpfc", ESRCH, NP_NOMEM, "memory" },
		{ "lpfc", EINTR, NP_CAPACITY, "out of resources" },
		{ "qla2xxx", ENOSYS, NP_UNSUPPORTED, "firmware" },
		{ "qla2xxx", EOPNOTSUPP, NP_LINK, "switch port" },
		{ "qla2xxx", ENOTUNIQ, NP_EXISTS, "another vport" },
		{ "qla2xxx", FC_SHORT_COUNT, NP_IO, "SCSI host" },
		{ "bfa", EOPNOTSUPP, NP_CAPACITY, "maximum" },
		{ "bfa", FC_SHORT_COUNT, NP_IO, "short count" },
		{ "fcoe", EINVAL, NP_EXISTS, "another vport" },
		{ "bnx2fc", EIO, NP_IO, "FCoE" },
		{ "qedf", EIO, NP_LINK, "link is down" },
		{ "csiostor", EPERM, NP_IO, "does not say why" },
		{ "efct", EIO, NP_IO, "dmesg" },
		{ "new-driver", EPERM, NP_DENIED, "not allowed" },
		{ "new-driver", FC_SHORT_COUNT, NP_IO, "part of the write" },
		{ "lpfc", ENOSPC, NP_CAPACITY, "in use" },
		{ "lpfc", ENODEV, NP_NOTFOUND, "being removed" },
		{ "lpfc", EACCES, NP_DENIED, "not allowed" },
		{ "lpfc", EROFS, NP_DENIED, "read-only" },
		{ "fcoe", 9999, NP_IO, "unknown errno" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err = { 0 };
		int rc = fc_hba_explain_create(rows[i].driver, rows[i].sys, &healthy, &err);

		assert_int_equal(rc, -(int)rows[i].code);
		if (!strstr(err.msg, rows[i].says) && !strstr(err.hint, rows[i].says))
			fail_msg("%s %d: '%s' does not say '%s'", rows[i].driver, rows[i].sys,
				err.msg, rows[i].says);
		assert_non_null(strstr(err.msg, "2100001b32000001"));
		assert_true(err.hint[0] != '\0');
	}
}

static void test_hba_tells_removals_apart(void **state)
{
	static const struct {
		const char *driver;
		int sys;
		enum np_code code;
		const char *says;
	} rows[] = {
		{ "lpfc", EAGAIN, NP_BUSY, "still discovering" },
		{ "lpfc", EPERM, NP_DENIED, "static" },
		{ "fcoe", ENODEV, NP_NOTFOUND, "exactly" },
		{ "qla2xxx", EBUSY, NP_BUSY, "already" },
		{ "fcoe", FC_SHORT_COUNT, NP_IO, "part of the write" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct np_err err = { 0 };
		int rc = fc_hba_explain_delete(rows[i].driver, rows[i].sys, &healthy, &err);

		assert_int_equal(rc, -(int)rows[i].code);
		assert_non_null(strstr(err.msg, rows[i].says));
	}
}

static void check(const char *driver, struct fc_create_state state, enum np_code code)
{
	assert_int_equal(fc_hba_check_create(driver, &state, NULL), -(int)code);
}

static void test_hba_refuses_before_the_write_what_can_be_seen(void **state)
{
	struct fc_create_state seen = healthy;

	(void)state;
	check("lpfc", seen, NP_OK);
	check("zfcp", seen, NP_UNSUPPORTED);
	check("fnic", seen, NP_UNSUPPORTED);
	seen.port_state = "Linkdown";
	check("lpfc", seen, NP_LINK);
	seen = healthy;
	seen.vports_in_use = 255;
	check("lpfc", seen, NP_CAPACITY);
	seen = healthy;
	seen.vports_max = 0;
	check("lpfc", seen, NP_UNSUPPORTED);
	seen = healthy;
	seen.vports_max = -1;
	check("fcoe", seen, NP_OK);
	seen.wwpn = seen.hba;
	check("fcoe", seen, NP_EXISTS);
}

static void test_hba_blames_the_link_when_it_went_down_meanwhile(void **state)
{
	struct fc_create_state seen = healthy;
	struct np_err err = { 0 };

	(void)state;
	seen.port_state = "Linkdown";

	assert_int_equal(fc_hba_explain_create("lpfc", EINTR, &seen, &err), -NP_LINK);
	assert_non_null(strstr(err.msg, "Linkdown"));
}

static void test_hba_limit_is_what_is_qualified(void **state)
{
	(void)state;
	assert_int_equal(fc_hba_vport_limit("qla2xxx", 255), 127);
	assert_int_equal(fc_hba_vport_limit("qla2xxx", 63), 63);
	assert_int_equal(fc_hba_vport_limit("fcoe", 65535), 65535);
	assert_int_equal(fc_hba_vport_limit("new-driver", 12), 12);
}

static void test_hba_knows_where_symbolic_names_are_writable(void **state)
{
	(void)state;
	assert_true(fc_hba_quirk("lpfc")->symbolic_name);
	assert_false(fc_hba_quirk("qla2xxx")->symbolic_name);
	assert_null(fc_hba_quirk("new-driver")->driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hba_tells_each_answer_of_each_driver_apart),
		cmocka_unit_test(test_hba_tells_removals_apart),
		cmocka_unit_test(test_hba_refuses_before_the_write_what_can_be_seen),
		cmocka_unit_test(test_hba_blames_the_link_when_it_went_down_meanwhile),
		cmocka_unit_test(test_hba_limit_is_what_is_qualified),
		cmocka_unit_test(test_hba_knows_where_symbolic_names_are_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
