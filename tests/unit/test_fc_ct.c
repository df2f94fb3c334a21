/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_inband.h"

#define NAMES 0xfc
#define ZONES 0xfa
#define ACCEPT 0x8002
#define REJECT 0x8001

static struct fc_ct_reply reply_of(const struct fake_ct *ct)
{
	return (struct fc_ct_reply){ .payload = ct->iu + FC_CT_HEADER,
		.len = ct->len - FC_CT_HEADER };
}

static void assert_text(json_t *value, const char *wanted)
{
	np_auto(np_free) char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(value);
	assert_string_equal(text, wanted);
}

static void test_ask_makes_the_words_of_fc_gs(void **state)
{
	static const struct {
		enum fc_ct_query query;
		uint32_t number, to;
		uint8_t iu[20];
		size_t len;
	} rows[] = {
		{ FC_CT_GPN_FT, 8, 0xfffffc,
			{ 1, 0, 0, 0, 0xfc, 2, 0, 0, 1, 0x72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8 }, 20 },
		{ FC_CT_GID_PT, 0x7f, 0xfffffc,
			{ 1, 0, 0, 0, 0xfc, 2, 0, 0, 1, 0xa1, 0, 0, 0, 0, 0, 0, 0x7f }, 20 },
		{ FC_CT_GNN_ID, 0x010203, 0xfffffc,
			{ 1, 0, 0, 0, 0xfc, 2, 0, 0, 1, 0x13, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3 }, 20 },
		{ FC_CT_GAZS, 0, 0xfffffa, { 1, 0, 0, 0, 0xfa, 3, 0, 0, 1, 0x15 }, 16 },
		{ FC_CT_GZC, 0, 0xfffffa, { 1, 0, 0, 0, 0xfa, 3, 0, 0, 1, 0x00 }, 16 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_ct_request request;

		fc_ct_ask(rows[i].query, rows[i].number, &request);
		assert_int_equal(request.port_id, rows[i].to);
		assert_int_equal(request.len, rows[i].len);
		assert_memory_equal(request.iu, rows[i].iu, rows[i].len);
	}
}

static void test_ask_name_fills_up_to_a_word(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} rows[] = { { "a", 24 }, { "abcd", 24 }, { "abcde", 28 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_ct_request request;

		assert_int_equal(fc_ct_ask_name(FC_CT_GZS, rows[i].name, &request, NULL), 0);
		assert_int_equal(request.len, rows[i].len);
		assert_int_equal(request.iu[16], strlen(rows[i].name));
		assert_memory_equal(request.iu + 20, rows[i].name, strlen(rows[i].name));
	}
}

static void test_ask_name_refuses_what_is_no_name(void **state)
{
	static const char long_name[] =
		"a-name-that-is-one-character-longer-than-fc-gs-allows-it-to-be-xx";
	struct fc_ct_request request;

	(void)state;
	assert_int_equal(strlen(long_name), FC_CT_NAME_MAX + 1);
	assert_int_equal(fc_ct_ask_name(FC_CT_GZM, "", &request, NULL), -NP_INVAL);
	assert_int_equal(fc_ct_ask_name(FC_CT_GZM, long_name, &request, NULL), -NP_INVAL);
	assert_int_equal(fc_ct_ask_name(FC_CT_GZM, long_name + 1, &request, NULL), 0);
	assert_int_equal(request.len, FC_CT_IU_MAX - 4);
}

static void test_room_is_told_in_words_without_the_header(void **state)
{
	struct fc_ct_request request;

	(void)state;
	fc_ct_ask(FC_CT_GAZS, 0, &request);
	fc_ct_set_room(&request, 1040);
	assert_int_equal(request.iu[10] << 8 | request.iu[11], 256);
	fc_ct_set_room(&request, 1u << 20);
	assert_int_equal(request.iu[10] << 8 | request.iu[11], 0xffff);
}

static void test_accept_takes_a_reply_to_its_question_only(void **state)
{
	struct fake_ct ct = { 0 };
	struct fc_ct_request request;
	struct fc_ct_reply reply;

	(void)state;
	fc_ct_ask(FC_CT_GPN_FT, 8, &request);
	fake_ct_begin(&ct, NAMES, ACCEPT);
	fake_ct_put(&ct, 4, 7);
	assert_int_equal(fc_ct_accept(&request, ct.iu, ct.len, &reply, NULL), 0);
	assert_int_equal(reply.len, 4);
	assert_false(reply.cut);
	ct.iu[11] = 9;
	assert_int_equal(fc_ct_accept(&request, ct.iu, ct.len, &reply, NULL), 0);
	assert_true(reply.cut);
	assert_int_equal(fc_ct_accept(&request, ct.iu, 15, &reply, NULL), -NP_PEER);
	fake_ct_begin(&ct, NAMES, 0x0172);
	assert_int_equal(fc_ct_accept(&request, ct.iu, ct.len, &reply, NULL), -NP_PEER);
	fake_ct_begin(&ct, ZONES, ACCEPT);
	assert_int_equal(fc_ct_accept(&request, ct.iu, ct.len, &reply, NULL), -NP_PEER);
}

static void test_reject_tells_refusals_apart(void **state)
{
	static const struct {
		enum fc_ct_query query;
		uint8_t reason, explanation;
		enum np_code code;
		const char *says;
	} rows[] = {
		{ FC_CT_GPN_ID, 0x09, 0x01, NP_NOTFOUND, "no port with this identifier" },
		{ FC_CT_GPN_FT, 0x09, 0x07, NP_NOTFOUND, "no FC-4 type" },
		{ FC_CT_GPN_FT, 0x0b, 0x00, NP_UNSUPPORTED, "not supported" },
		{ FC_CT_GPN_FT, 0x05, 0x00, NP_BUSY, "busy" },
		{ FC_CT_GAZS, 0x09, 0x11, NP_NOTFOUND, "no zone set is active" },
		{ FC_CT_GAZS, 0x09, 0x01, NP_UNSUPPORTED, "no zones" },
		{ FC_CT_GZS, 0x09, 0x10, NP_NOTFOUND, "no zone set has this name" },
		{ FC_CT_GZM, 0x09, 0x12, NP_NOTFOUND, "no zone has this name" },
		{ FC_CT_GZC, 0x01, 0x00, NP_UNSUPPORTED, "unknown command" },
		{ FC_CT_GZC, 0x09, 0x00, NP_FAILED, "unable" },
		{ FC_CT_GZC, 0x99, 0x77, NP_PEER, "reason 0x99, explanation 0x77" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_ct ct = { 0 };
		struct fc_ct_request request;
		struct fc_ct_reply reply;
		struct np_err err;

		if (rows[i].query == FC_CT_GZS || rows[i].query == FC_CT_GZM)
			(void)fc_ct_ask_name(rows[i].query, "x", &request, NULL);
		else
			fc_ct_ask(rows[i].query, 0, &request);
		fake_ct_begin(&ct, request.iu[4], REJECT);
		ct.iu[13] = rows[i].reason;
		ct.iu[14] = rows[i].explanation;
		assert_int_equal(
			fc_ct_accept(&request, ct.iu, ct.len, &reply, &err), -(int)rows[i].code);
		assert_non_null(strstr(err.msg, rows[i].says));
		assert_non_null(strstr(err.msg, fc_ct_name(rows[i].query)));
	}
}

static void test_ports_end_at_the_marked_entry(void **state)
{
	struct fc_ct_port *ports = NULL;
	struct fake_ct ct = { 0 };
	size_t n = 0;

	(void)state;
	fake_ct_begin(&ct, NAMES, ACCEPT);
	for (uint64_t i = 1; i <= 3; i++) {
		fake_ct_put(&ct, 4, i == 2 ? 0x80010200 : 0x00010100);
		fake_ct_put(&ct, 4, 0);
		fake_ct_put(&ct, 8, 0x2100000000000000 + i);
	}
	struct fc_ct_reply reply = reply_of(&ct);

	assert_int_equal(fc_ct_read_ports(FC_CT_GPN_FT, &reply, &ports, &n, NULL), 0);

	assert_int_equal(n, 2);
	assert_int_equal(ports[1].port_id, 0x010200);
	assert_true(ports[1].wwpn == 0x2100000000000002);
	free(ports);
}

static void test_ports_without_an_end_are_refused_unless_they_were_cut(void **state)
{
	struct fc_ct_port *ports = NULL;
	struct fake_ct ct = { 0 };
	size_t n = 0;

	(void)state;
	fake_ct_begin(&ct, NAMES, ACCEPT);
	fake_ct_put(&ct, 4, 0x00010100);
	fake_ct_put(&ct, 4, 0x00010200);
	struct fc_ct_reply reply = reply_of(&ct);

	assert_int_equal(fc_ct_read_ports(FC_CT_GID_PT, &reply, &ports, &n, NULL), -NP_PEER);
	assert_null(ports);
	reply.cut = true;
	assert_int_equal(fc_ct_read_ports(FC_CT_GID_PT, &reply, &ports, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_true(ports[0].wwpn == 0);
	free(ports);
}

static void test_role_is_that_of_fcp(void **state)
{
	static const struct {
		uint8_t features;
		const char *role;
	} rows[] = { { 0, "" }, { 1, "target" }, { 2, "initiator" }, { 3, "both" },
		{ 0xf6, "initiator" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t payload[128] = { [7] = rows[i].features, [3] = 1, [11] = 1 };
		struct fc_ct_reply reply = { .payload = payload, .len = sizeof payload };
		const char *role = NULL;

		assert_int_equal(fc_ct_read_role(&reply, &role, NULL), 0);
		assert_string_equal(role, rows[i].role);
		reply.len = 7;
		assert_int_equal(fc_ct_read_role(&reply, &role, NULL), -NP_PEER);
	}
}

static void test_symbolic_name_is_bounded_and_printable(void **state)
{
	static const uint8_t payload[] = "\007fc\033[2J\nrest";
	struct fc_ct_reply reply = { .payload = payload, .len = 8 };
	char text[8];

	(void)state;
	assert_int_equal(fc_ct_read_symbolic(&reply, text, sizeof text, NULL), 0);
	assert_string_equal(text, "fc?[2J?");
	assert_int_equal(fc_ct_read_symbolic(&reply, text, 4, NULL), 0);
	assert_string_equal(text, "fc?");
	reply.len = 7;
	assert_int_equal(fc_ct_read_symbolic(&reply, text, sizeof text, NULL), -NP_PEER);
}

static void test_zoning_flags_stand_elsewhere_in_each_reply(void **state)
{
	static const struct {
		enum fc_ct_query query;
		uint8_t byte;
		unsigned flags;
	} rows[] = {
		{ FC_CT_GZC, 0x81, FC_CT_ZONES_HARD | FC_CT_ZONES_DB },
		{ FC_CT_GZC, 0x40, FC_CT_ZONES_SOFT },
		{ FC_CT_GEST, 0x80, FC_CT_ZONES_SOFT },
		{ FC_CT_GEST, 0x41, FC_CT_ZONES_HARD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fc_ct_reply reply = { .payload = &rows[i].byte, .len = 1 };
		unsigned flags = 0;

		assert_int_equal(fc_ct_read_zoning(rows[i].query, &reply, &flags, NULL), 0);
		assert_int_equal(flags, rows[i].flags);
	}
}

static void test_zoneset_is_read_by_either_rule_of_filling_names(void **state)
{
	(void)state;
	for (int more = 0; more <= 1; more++) {
		struct fake_ct ct = { .more = more };
		json_t *zoneset = NULL;

		fake_ct_begin(&ct, ZONES, ACCEPT);
		fake_ct_zoneset(&ct);
		struct fc_ct_reply reply = reply_of(&ct);

		assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, NULL), 0);
		assert_text(zoneset,
			"{\"zones\":{\"db01_array\":{\"kind\":\"regular\",\"members\":["
			"\"2100aabbccdd0001\",\"3,15\",\"fcid:0x010101\",\"wwnn:50060e8012345600\"]},"
			"\"tape\":{\"kind\":\"regular\",\"members\":[\"500104f000000001\"]}},"
			"\"zoneset\":\"fabric_a\"}");
	}
}

static void test_zoneset_may_be_followed_by_blanks_and_nothing_else(void **state)
{
	struct fake_ct ct = { 0 };
	json_t *zoneset = NULL;

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_zoneset(&ct);
	fake_ct_put(&ct, 6, 0);
	struct fc_ct_reply reply = reply_of(&ct);
	assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, NULL), 0);
	json_decref(zoneset);

	fake_ct_put(&ct, 1, 1);
	reply = reply_of(&ct);
	assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, NULL), -NP_PEER);
}

static void test_zoneset_that_was_cut_is_too_big(void **state)
{
	struct fake_ct ct = { 0 };
	json_t *zoneset = NULL;

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_zoneset(&ct);
	struct fc_ct_reply reply = reply_of(&ct);
	reply.cut = true;

	assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, NULL), -NP_TOOBIG);
}

static void test_zoneset_cut_off_anywhere_is_refused(void **state)
{
	struct fake_ct ct = { 0 };

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_zoneset(&ct);
	struct fc_ct_reply whole = reply_of(&ct);

	for (size_t len = 0; len < whole.len; len++) {
		struct fc_ct_reply reply = { .payload = whole.payload, .len = len };
		json_t *zoneset = NULL;
		assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, NULL), -NP_PEER);
		assert_null(zoneset);
	}
}

static void test_numbers_that_no_reply_could_hold_are_refused(void **state)
{
	struct fake_ct ct = { 0 };
	json_t *value = NULL;

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_put(&ct, 4, 0xffffffff);
	fake_ct_put(&ct, 8, 0);
	struct fc_ct_reply reply = reply_of(&ct);

	assert_int_equal(fc_ct_read_members(&reply, &value, NULL), -NP_PEER);
	assert_int_equal(fc_ct_read_names(&reply, &value, NULL), -NP_PEER);
	assert_null(value);
}

static void test_zone_twice_in_a_zone_set_is_refused(void **state)
{
	struct fake_ct ct = { 0 };
	json_t *zoneset = NULL;
	struct np_err err;

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_name(&ct, "set");
	fake_ct_put(&ct, 4, 2);
	for (int i = 0; i < 2; i++) {
		fake_ct_name(&ct, "one");
		fake_ct_put(&ct, 4, 0);
	}
	struct fc_ct_reply reply = reply_of(&ct);

	assert_int_equal(fc_ct_read_zoneset(&reply, &zoneset, &err), -NP_PEER);
	assert_non_null(strstr(err.msg, "'one' is twice"));
}

static void test_members_are_known_by_type(void **state)
{
	static const struct {
		unsigned type;
		uint64_t id;
		const char *text;
	} rows[] = {
		{ 1, 0x10000000c9000001, "[\"10000000c9000001\"]" },
		{ 2, 0x0003000f00000000, "[\"3,15\"]" },
		{ 2, 0x03000f0000000000, "[\"3,15\"]" },
		{ 3, 0x00efff0100000000, "[\"fcid:0xefff01\"]" },
		{ 3, 0xefff010000000000, "[\"fcid:0xefff01\"]" },
		{ 4, 0x20000000c9000001, "[\"wwnn:20000000c9000001\"]" },
		{ 0xe1, 0x10000000c9000001, "[\"type-0xe1:10000000c9000001\"]" },
		{ 5, 0, "[\"type-0x05:0000000000000000\"]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_ct ct = { 0 };
		json_t *members = NULL;

		fake_ct_begin(&ct, ZONES, ACCEPT);
		fake_ct_put(&ct, 4, 1);
		fake_ct_member(&ct, rows[i].type, rows[i].id);
		struct fc_ct_reply reply = reply_of(&ct);

		assert_int_equal(fc_ct_read_members(&reply, &members, NULL), 0);
		assert_text(members, rows[i].text);
	}
}

static void test_names_are_printable(void **state)
{
	struct fake_ct ct = { 0 };
	json_t *names = NULL;

	(void)state;
	fake_ct_begin(&ct, ZONES, ACCEPT);
	fake_ct_put(&ct, 4, 2);
	fake_ct_name(&ct, "set$1");
	fake_ct_put(&ct, 4, 17);
	fake_ct_name(&ct, "s \x1b\xff");
	fake_ct_put(&ct, 4, 0);
	struct fc_ct_reply reply = reply_of(&ct);

	assert_int_equal(fc_ct_read_names(&reply, &names, NULL), 0);
	assert_text(names, "[\"set$1\",\"s???\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask_makes_the_words_of_fc_gs),
		cmocka_unit_test(test_ask_name_fills_up_to_a_word),
		cmocka_unit_test(test_ask_name_refuses_what_is_no_name),
		cmocka_unit_test(test_room_is_told_in_words_without_the_header),
		cmocka_unit_test(test_accept_takes_a_reply_to_its_question_only),
		cmocka_unit_test(test_reject_tells_refusals_apart),
		cmocka_unit_test(test_ports_end_at_the_marked_entry),
		cmocka_unit_test(test_ports_without_an_end_are_refused_unless_they_were_cut),
		cmocka_unit_test(test_role_is_that_of_fcp),
		cmocka_unit_test(test_symbolic_name_is_bounded_and_printable),
		cmocka_unit_test(test_zoning_flags_stand_elsewhere_in_each_reply),
		cmocka_unit_test(test_zoneset_is_read_by_either_rule_of_filling_names),
		cmocka_unit_test(test_zoneset_may_be_followed_by_blanks_and_nothing_else),
		cmocka_unit_test(test_zoneset_that_was_cut_is_too_big),
		cmocka_unit_test(test_zoneset_cut_off_anywhere_is_refused),
		cmocka_unit_test(test_numbers_that_no_reply_could_hold_are_refused),
		cmocka_unit_test(test_zone_twice_in_a_zone_set_is_refused),
		cmocka_unit_test(test_members_are_known_by_type),
		cmocka_unit_test(test_names_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
