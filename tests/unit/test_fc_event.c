/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "fc/event.h"

#define P "/devices/virtual/net/hba0/ctlr_1/host1"
#define UEVENT(action, path, subsystem)                                                            \
	action "@" path "\0ACTION=" action "\0DEVPATH=" path "\0SUBSYSTEM=" subsystem "\0SEQNUM=7"

static void test_uevent_names_the_physical_host_and_the_kind(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		enum fc_event_kind kind;
	} rows[] = {
#define ROW(text, kind) { text, sizeof text, kind }
		ROW(UEVENT("add", P "/fc_host/host1", "fc_host"), FC_EVENT_HOSTS),
		ROW(UEVENT("remove", P "/fc_host/host1", "fc_host"), FC_EVENT_HOSTS),
		ROW(UEVENT("add", P "/vport-1:0-0/host2/fc_host/host2", "fc_host"),
			FC_EVENT_TOUCHED),
		ROW(UEVENT("add", P "/vport-1:0-0/fc_vports/vport-1:0-0", "fc_vports"),
			FC_EVENT_TOUCHED),
		ROW(UEVENT("add", P "/vport-1:0-0/host2/rport-2:0-1/fc_remote_ports/rport-2:0-1",
			    "fc_remote_ports"),
			FC_EVENT_TOUCHED),
		ROW(UEVENT("add", P "/vport-1:0-0/host2/rport-2:0-1/target2:0:0/2:0:0:0/block/sda",
			    "block"),
			FC_EVENT_TOUCHED),
		ROW(UEVENT("change", P "/vport-1:0-0/host2/rport-2:0-1/target2:0:0/2:0:0:0",
			    "scsi"),
			FC_EVENT_TOUCHED),
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_event event;

		assert_true(fc_event_parse_uevent(rows[i].text, rows[i].len, &event));
		assert_int_equal(event.kind, rows[i].kind);
		assert_string_equal(event.host, "host1");
	}
}

static void test_uevent_drops_what_is_not_ours(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
#define DROP(text) { text, sizeof text - 1 }
		DROP(""),
		DROP("libudev\0\xfe\xed"),
		DROP(UEVENT("add", "/devices/virtual/net/veth0", "net")),
		DROP(UEVENT("change", "/devices/virtual/block/dm-0", "block")),
		DROP(UEVENT("add", P "/vport-1:0-0/host2/bsg/fc_host2", "bsg")),
		DROP("add@" P "\0DEVPATH=" P "\0SUBSYSTEM=fc_host"),
		DROP("add@" P "\0ACTION=add\0SUBSYSTEM=fc_host"),
		DROP(UEVENT("add", "/devices/hostess/host/hostx1", "fc_host")),
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_event event;

		assert_false(fc_event_parse_uevent(rows[i].text, rows[i].len, &event));
	}
}

/* An FC event as the kernel sends it, little-endian as this machine. */
struct message {
	uint32_t nl_len;
	uint16_t nl_type, nl_flags;
	uint32_t nl_seq, nl_pid;
	uint8_t version, transport;
	uint16_t magic, msgtype, msglen;
	uint64_t seconds, vendor_id;
	uint16_t host_no, datalen;
	uint32_t event_num, code, data;
};

static const struct message lip_reset = { .nl_len = 56,
	.nl_type = 17,
	.version = 1,
	.transport = 1,
	.magic = 0xA1B2,
	.msgtype = 0x100,
	.msglen = 40,
	.host_no = 2,
	.datalen = 4,
	.event_num = 9,
	.code = 4 };

static void test_scsi_event_is_read(void **state)
{
	struct fc_event event;
	size_t used = 0;

	(void)state;
	assert_int_equal(sizeof lip_reset, 56);
	assert_true(fc_event_parse_scsi(&lip_reset, sizeof lip_reset, &used, &event));

	assert_int_equal(used, 56);
	assert_int_equal(event.kind, FC_EVENT_FC);
	assert_string_equal(event.host, "host2");
	assert_int_equal(event.code, FC_CODE_LIP_RESET);
	assert_int_equal(event.event_num, 9);
	assert_string_equal(fc_event_code_name(event.code), "lip-reset");
}

static void test_scsi_event_refuses_what_is_cut_or_foreign(void **state)
{
	struct message rows[5] = { lip_reset, lip_reset, lip_reset, lip_reset, lip_reset };

	(void)state;
	rows[0].nl_len = 20;
	rows[1].nl_len = 57;
	rows[2].magic = 0;
	rows[3].msgtype = 1;
	rows[4].transport = 2;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_event event;
		size_t used = 0;

		assert_false(fc_event_parse_scsi(&rows[i], sizeof rows[i], &used, &event));
		assert_true(used > 0);
	}
}

static void test_scsi_events_follow_each_other_in_one_buffer(void **state)
{
	struct message both[2] = { lip_reset, lip_reset };
	struct fc_event event;
	size_t used = 0;

	(void)state;
	both[1].event_num = 10;
	assert_true(fc_event_parse_scsi(both, sizeof both, &used, &event));
	assert_int_equal(used, sizeof both[0]);
	assert_true(fc_event_parse_scsi(&both[1], sizeof both - used, &used, &event));
	assert_int_equal(event.event_num, 10);
}

static void ignore(void *data np_unused, const struct fc_event *event np_unused)
{
}

static void test_events_work_or_say_what_is_missing(void **state)
{
	struct fc_events *events = NULL;
	sd_event *loop = NULL;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(fc_events_new(&events, loop, ignore, NULL, NULL), 0);

	(void)fc_events_missing(events);
	(void)fc_events_retry(events);
	fc_events_free(events);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uevent_names_the_physical_host_and_the_kind),
		cmocka_unit_test(test_uevent_drops_what_is_not_ours),
		cmocka_unit_test(test_scsi_event_is_read),
		cmocka_unit_test(test_scsi_event_refuses_what_is_cut_or_foreign),
		cmocka_unit_test(test_scsi_events_follow_each_other_in_one_buffer),
		cmocka_unit_test(test_events_work_or_say_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
