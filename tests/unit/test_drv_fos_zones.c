/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver for Fabric OS on a scripted switch: what it reads and changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_fos.h"

#define I1 "2100aabbccdd0001"
#define T1 "500601604b21aa01"
#define GET_DEFINED "GET " FAKE_FOS_DEFINED
#define GET_EFFECTIVE "GET " FAKE_FOS_EFFECTIVE
#define PATCH_EFFECTIVE "PATCH " FAKE_FOS_EFFECTIVE
#define IDLE FAKE_FOS_STATE("0", "0")
#define OURS FAKE_FOS_STATE("77", "3100")
#define ABORT PATCH_EFFECTIVE " {'effective-configuration':{'cfg-action':4}}\n"
#define FREE_LOCK                                                                                  \
	{                                                                                          \
		"GET " FAKE_FOS_LOCK, 200,                                                         \
			FAKE_FOS_RESPONSE("fabric-lock", "{'lock-principal-domain-id':0}")         \
	}
#define LOCK(token)                                                                                       \
	{                                                                                                 \
		"GET " FAKE_FOS_LOCK, 200,                                                                \
			FAKE_FOS_RESPONSE("fabric-lock",                                                  \
				"{'lock-principal-domain-id':3,'lock-principal-transaction-token':" token \
				",'timeout':300,'remaining-time':120,'client-role':'admin',"              \
				"'client-user-name':'bob','client-ip-address':'192.0.2.7',"               \
				"'client-interface':'cli','client-application-name':'none'}")             \
	}
#define ZONE_Z1(kind)                                                                              \
	"{'zone-name':'z1'," kind                                                                  \
	"'member-entry':{'entry-name':['21:00:AA:BB:CC:DD:00:01','a1','3,15']}}"

static void test_drv_fos_tells_the_state_of_the_switch(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, FREE_LOCK,
		{ "GET /rest/running/brocade-fibrechannel-switch/fibrechannel-switch", 200,
			FAKE_FOS_RESPONSE(
				"fibrechannel-switch", "[{'firmware-version':'v9.1.0b'}]") },
		{ GET_EFFECTIVE, 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	assert_string_equal(np_json_text(status, "vendor"), "fos");
	assert_string_equal(np_json_text(status, "release"), "v9.1.0b");
	assert_string_equal(np_json_text(status, "checksum"), FAKE_FOS_SUM);
	assert_string_equal(np_json_text(status, "default_zone"), "no-access");
	fake_rest_assert_member(status, "space", "{'max':4194304,'used':4304}");
	fake_rest_assert_member(status, "transaction", "{'open':false}");
}

static void test_drv_fos_tells_who_holds_the_lock(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, LOCK("99"),
		{ GET_EFFECTIVE, 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	fake_rest_assert_member(status, "transaction",
		"{'open':true,'token':'99','user':'bob','address':'192.0.2.7','application':'none',"
		"'interface':'cli','remaining_s':120}");
}

/* The lock's time can be over while the switch still has the transaction: it keeps its name. */
static void test_drv_fos_names_a_transaction_by_the_switchs_own_token(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9, LOCK("99"),
		{ GET_EFFECTIVE, 200, OURS }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	assert_string_equal(np_json_text(json_object_get(status, "transaction"), "token"), "77");
}

static void test_drv_fos_sees_a_transaction_that_has_no_token(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ GET_EFFECTIVE, 200, FAKE_FOS_STATE("0", "3100") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *status = fake_rest_read(f, ZONE_PART_STATUS);
	assert_non_null(status);

	fake_rest_assert_member(status, "transaction", "{'open':true}");
}

static void test_drv_fos_reads_lists_and_lists_of_one_alike(void **state)
{
	static const char *const replies[] = {
		FAKE_FOS_RESPONSE("defined-configuration",
			"{'alias':[{'alias-name':'a1','member-entry':{'alias-entry-name':['50:06:01:60:4b:21:aa:01']}}],"
			"'zone':[" ZONE_Z1(
				"'zone-type':0,") "],"
						  "'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z1']}}]}"),
		FAKE_FOS_RESPONSE("defined-configuration",
			"{'alias':{'alias-name':'a1','member-entry':{'alias-entry-name':'50:06:01:60:4b:21:aa:01'}},"
			"'zone':" ZONE_Z1(
				"'zone-type-string':'zone',") ","
							      "'cfg':{'cfg-name':'S','member-zone':{'zone-name':'z1'}}}"),
	};

	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		const struct fake_fos_line script[] = { FAKE_FOS_8,
			{ GET_DEFINED, 200, replies[i] }, { 0 } };
		struct fake_rest *f = *state;

		fake_fos_begin(f, script);
		np_auto(np_json_decref) json_t *snapshot = fake_rest_read(f, ZONE_PART_PENDING);
		assert_non_null(snapshot);

		fake_rest_assert_member(snapshot, "pending",
			"{'aliases':{'a1':['" T1 "']},'zones':{'z1':{'kind':'regular','members':"
			"['" I1 "','3,15','@a1']}},'zonesets':{'S':['z1']}}");
		assert_int_equal(fake_rest_free(state), 0);
		assert_int_equal(fake_fos_new(state), 0);
	}
}

static void test_drv_fos_takes_no_entries_for_an_empty_database(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ GET_DEFINED, 404, FAKE_FOS_ERROR("Not Found") }, { GET_EFFECTIVE, 200, IDLE },
		{ "GET " FAKE_FOS_NAMES, 404, FAKE_FOS_ERROR("No entries in Name Server") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *database = fake_rest_read(f, ZONE_PART_DATABASE);
	np_auto(np_json_decref) json_t *logins = fake_rest_read(f, ZONE_PART_LOGINS);
	assert_non_null(database);
	assert_non_null(logins);

	fake_rest_assert_member(database, "defined", "{'aliases':{},'zones':{},'zonesets':{}}");
	fake_rest_assert_member(logins, "logins", "[]");
}

/* Zones would be planned on nothing. */
static void test_drv_fos_takes_no_other_answer_for_an_empty_database(void **state)
{
	static const struct {
		int status;
		const char *body;
	} rows[] = {
		{ 200, "" },
		{ 200, "<Response/>" },
		{ 200, "[]" },
		{ 302, "" },
		{ FAKE_FOS_CUT, FAKE_FOS_RESPONSE("defined-configuration", "{'zone':[]}") },
		{ 200, FAKE_FOS_RESPONSE(
			       "defined-configuration", "{'zone':[{'zone-name':'z 1'}]}") },
		{ 200, FAKE_FOS_RESPONSE("defined-configuration",
			       "{'zone':[{'zone-name':'z1','member-entry':{'entry-name':[7]}}]}") },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_fos_line script[] = { FAKE_FOS_8,
			{ GET_DEFINED, rows[i].status, rows[i].body }, { 0 } };
		struct fake_rest *f = *state;

		fake_fos_begin(f, script);
		assert_null(fake_rest_read(f, ZONE_PART_PENDING));

		assert_int_equal(f->err.code, NP_PEER);
		assert_int_equal(fake_rest_free(state), 0);
		assert_int_equal(fake_fos_new(state), 0);
	}
}

static void test_drv_fos_says_where_a_switch_is_wrong(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ GET_DEFINED, 200,
			FAKE_FOS_RESPONSE(
				"defined-configuration", "{'zone':[{'zone-name':'z 1'}]}") },
		{ "GET " FAKE_FOS_NAMES, 200,
			FAKE_FOS_RESPONSE("fibrechannel-name-server", "[{'port-id':'0x010203'}]") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_null(fake_rest_read(f, ZONE_PART_PENDING));
	assert_non_null(strstr(f->err.msg, "defined-configuration"));
	assert_non_null(strstr(f->err.msg, "'z 1'"));
	assert_null(fake_rest_read(f, ZONE_PART_LOGINS));
	assert_int_equal(f->err.code, NP_PEER);
	assert_non_null(strstr(f->err.msg, "port-name"));
}

static void test_drv_fos_tells_who_is_logged_in(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ "GET " FAKE_FOS_NAMES, 200,
			FAKE_FOS_RESPONSE("fibrechannel-name-server",
				"[{'port-id':'0x010203','port-name':'21:00:aa:bb:cc:dd:00:01',"
				"'node-name':'20:00:aa:bb:cc:dd:00:01',"
				"'permanent-port-name':'10:00:00:00:c9:00:00:01',"
				"'fc4-features':'FCP-Initiator','name-server-device-type':'NPIV Initiator',"
				"'port-symbolic-name':'[4] \\\"db01\\\"'}]") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	np_auto(np_json_decref) json_t *logins = fake_rest_read(f, ZONE_PART_LOGINS);
	assert_non_null(logins);

	const json_t *login = json_array_get(json_object_get(logins, "logins"), 0);
	assert_string_equal(np_json_text(login, "wwpn"), I1);
	assert_string_equal(np_json_text(login, "physical_wwpn"), "10000000c9000001");
	assert_string_equal(np_json_text(login, "port_id"), "0x010203");
	assert_string_equal(np_json_text(login, "role"), "initiator");
}

#define MAKE(name)                                                                                 \
	"{'object':'zone','name':'" name "','after':{'kind':'regular','members':['" I1 "']}}"
#define ADD(name) "{'object':'member','name':'" name "','zoneset':'S','after':true}"
#define TAKE(name) "{'object':'member','name':'" name "','zoneset':'S','before':true}"

static void test_drv_fos_knows_in_a_later_chunk_what_an_earlier_one_made(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ GET_DEFINED, 200,
			FAKE_FOS_RESPONSE("defined-configuration",
				"{'zone':[" ZONE_Z1(
					"") "],'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z1']}}]}") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	json_decref(fake_rest_read(f, ZONE_PART_PENDING));
	fake_rest_forget(f);
	assert_int_equal(fake_rest_stage(f, "[" MAKE("z2") "," TAKE("z1") "]"), 0);
	assert_int_equal(fake_rest_stage(f,
				 "[" MAKE("z2") ",{'object':'zoneset','name':'S','before':true}]"),
		0);

	assert_int_equal(
		fake_fos_count(f, "POST " FAKE_FOS_DEFINED " {'defined-configuration':{'zone':"),
		1);
	assert_int_equal(
		fake_fos_count(f, "PATCH " FAKE_FOS_DEFINED " {'defined-configuration':{'zone':"),
		1);
	/* The zoneset went with its last zone. */
	assert_int_equal(fake_fos_count(f, "DELETE " FAKE_FOS_DEFINED), 1);
}

static void test_drv_fos_ends_a_chunk_at_the_first_edit_that_fails(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ "POST " FAKE_FOS_DEFINED, 400, FAKE_FOS_ERROR("Duplicate name: z1") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE("z1") "," ADD("z1") "]"), -NP_CONFLICT);

	assert_int_equal(fake_fos_count(f, "POST"), 1);
	assert_non_null(strstr(f->err.msg, "Duplicate name: z1"));
}

static void test_drv_fos_says_that_another_has_a_transaction(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ "POST " FAKE_FOS_DEFINED, 400,
			FAKE_FOS_ERROR(
				"There is an outstanding admin transaction, and you are not the owner") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_int_equal(fake_rest_stage(f, "[" MAKE("z1") "]"), -NP_BUSY);
}

/* brocade/ansible 100: with a zone still in a zoneset the enabling failed, and a transaction was left. */
static void test_drv_fos_takes_a_zone_out_before_it_deletes_it(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_9,
		{ GET_DEFINED, 200,
			FAKE_FOS_RESPONSE("defined-configuration",
				"{'zone':[" ZONE_Z1(
					"") "],"
					    "'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z0','z1']}}]}") },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	json_decref(fake_rest_read(f, ZONE_PART_PENDING));
	fake_rest_forget(f);
	assert_int_equal(
		fake_rest_stage(f, "[" TAKE("z1") ",{'object':'zone','name':'z1','before':{}}]"),
		0);

	assert_string_equal(fake_rest_heard(f),
		"DELETE " FAKE_FOS_DEFINED " {'defined-configuration':{'cfg':[{'cfg-name':'S',"
		"'member-zone':{'zone-name':['z1']}}]}}\n"
		"DELETE " FAKE_FOS_DEFINED
		" {'defined-configuration':{'zone':[{'zone-name':'z1'}]}}\n");
}

static void test_drv_fos_commits_with_the_checksum_of_before(void **state)
{
	static const struct {
		bool activate;
		const char *zoneset, *wish;
	} rows[] = {
		{ true, "S", "{'cfg-name':'S','checksum':'" FAKE_FOS_SUM "'}" },
		{ false, "S", "{'cfg-action':1,'checksum':'" FAKE_FOS_SUM "'}" },
		{ false, NULL, "{'cfg-action':1,'checksum':'" FAKE_FOS_SUM "'}" },
		{ true, NULL, "{'cfg-action':2,'checksum':'" FAKE_FOS_SUM "'}" },
	};
	static const struct fake_fos_line script[] = { FAKE_FOS_9, { 0 } };
	struct fake_rest *f = *state;
	char wanted[300];

	fake_fos_begin(f, script);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake_rest_forget(f);
		assert_int_equal(fake_fos_commit(f, rows[i].activate, rows[i].zoneset), 0);
		(void)snprintf(wanted, sizeof wanted,
			PATCH_EFFECTIVE " {'effective-configuration':%s}\n", rows[i].wish);
		assert_string_equal(fake_rest_heard(f), wanted);
	}
}

static void test_drv_fos_says_what_became_of_a_commit(void **state)
{
	static const struct {
		int status;
		const char *body;
		int rc;
	} rows[] = {
		{ 204, "", 0 },
		{ 200, "", 0 },
		{ 400, FAKE_FOS_ERROR("No Change in Configuration"), 0 },
		{ 400, FAKE_FOS_ERROR("The checksum is not that of the zone database"), -NP_STALE },
		{ 400, FAKE_FOS_ERROR("The zone database is full"), -NP_CAPACITY },
		{ 400, FAKE_FOS_ERROR("zone z1 not found"), -NP_CONFLICT },
		{ 500, FAKE_FOS_ERROR("internal"), -NP_PEER },
		{ FAKE_FOS_HANG_UP, "", -NP_PEER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_fos_line script[] = { FAKE_FOS_9,
			{ PATCH_EFFECTIVE, rows[i].status, rows[i].body }, { 0 } };
		struct fake_rest *f = *state;

		fake_fos_begin(f, script);
		assert_int_equal(fake_fos_commit(f, true, "S"), rows[i].rc);
		assert_int_equal(fake_rest_free(state), 0);
		assert_int_equal(fake_fos_new(state), 0);
	}
}

static void test_drv_fos_drops_its_own_transaction_and_sees_it_gone(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8, { GET_EFFECTIVE, 200, OURS },
		{ GET_EFFECTIVE, 200, IDLE }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	(void)snprintf(f->session.token, sizeof f->session.token, "77");
	assert_int_equal(zone_driver_fos.discard(&f->session, &f->err), 0);

	assert_string_equal(fake_rest_heard(f), GET_EFFECTIVE "\n" ABORT GET_EFFECTIVE "\n");
}

static void test_drv_fos_drops_no_transaction_of_others(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8,
		{ GET_EFFECTIVE, 200, FAKE_FOS_STATE("78", "3100") }, { 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	(void)snprintf(f->session.token, sizeof f->session.token, "77");
	assert_int_equal(zone_driver_fos.discard(&f->session, &f->err), -NP_BUSY);

	assert_int_equal(fake_fos_count(f, "PATCH"), 0);
}

static void test_drv_fos_drops_nothing_when_no_transaction_is_open(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8, { GET_EFFECTIVE, 200, IDLE },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	assert_int_equal(zone_driver_fos.discard(&f->session, &f->err), 0);

	assert_int_equal(fake_fos_count(f, "PATCH"), 0);
}

static void test_drv_fos_says_when_its_transaction_stays_open(void **state)
{
	static const struct fake_fos_line script[] = { FAKE_FOS_8, { GET_EFFECTIVE, 200, OURS },
		{ 0 } };
	struct fake_rest *f = *state;

	fake_fos_begin(f, script);
	(void)snprintf(f->session.token, sizeof f->session.token, "77");
	assert_int_equal(zone_driver_fos.discard(&f->session, &f->err), -NP_PEER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_fos_new, fake_rest_free)
		CASE(test_drv_fos_tells_the_state_of_the_switch),
		CASE(test_drv_fos_tells_who_holds_the_lock),
		CASE(test_drv_fos_names_a_transaction_by_the_switchs_own_token),
		CASE(test_drv_fos_sees_a_transaction_that_has_no_token),
		CASE(test_drv_fos_reads_lists_and_lists_of_one_alike),
		CASE(test_drv_fos_takes_no_entries_for_an_empty_database),
		CASE(test_drv_fos_takes_no_other_answer_for_an_empty_database),
		CASE(test_drv_fos_says_where_a_switch_is_wrong),
		CASE(test_drv_fos_tells_who_is_logged_in),
		CASE(test_drv_fos_knows_in_a_later_chunk_what_an_earlier_one_made),
		CASE(test_drv_fos_ends_a_chunk_at_the_first_edit_that_fails),
		CASE(test_drv_fos_says_that_another_has_a_transaction),
		CASE(test_drv_fos_takes_a_zone_out_before_it_deletes_it),
		CASE(test_drv_fos_commits_with_the_checksum_of_before),
		CASE(test_drv_fos_says_what_became_of_a_commit),
		CASE(test_drv_fos_drops_its_own_transaction_and_sees_it_gone),
		CASE(test_drv_fos_drops_no_transaction_of_others),
		CASE(test_drv_fos_drops_nothing_when_no_transaction_is_open),
		CASE(test_drv_fos_says_when_its_transaction_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
