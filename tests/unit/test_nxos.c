/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers of NX-OS switches as values, and changes as their commands. Shapes of 8.x and 9.x; names are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/nxos_command.h"
#include "zoning/nxos_logins.h"
#include "zoning/nxos_reply.h"
#include "zoning/nxos_status.h"
#include "zoning/nxos_zones.h"

#define A "2100aabbccdd0001"
#define B "2100aabbccdd0002"
#define T "500601604b21aa01"
#define A_COLON "21:00:aa:bb:cc:dd:00:01"
#define B_COLON "21:00:aa:bb:cc:dd:00:02"
#define T_COLON "50:06:01:60:4b:21:aa:01"

/* JSON with ' for ". */
static json_t *json(const char *text)
{
	char *copy = strdup(text);
	json_t *value = NULL;

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	assert_int_equal(np_json_parse(copy, strlen(copy), &value, NULL), 0);
	free(copy);
	return value;
}

/* Takes both. */
static void assert_json(json_t *found, const char *wanted)
{
	json_t *expected = json(wanted);
	char *text = zone_text(found), *expected_text = zone_text(expected);

	assert_string_equal(text, expected_text);
	free(text);
	free(expected_text);
	json_decref(found);
	json_decref(expected);
}

static struct nxos_answer judge(const char *text)
{
	np_auto(np_json_decref) json_t *output = json(text);
	struct nxos_answer answer;

	nxos_reply_judge(output, &answer);
	answer.body = NULL;
	return answer;
}

static void test_nxos_reply_takes_one_output_or_many(void **state np_unused)
{
	static const struct {
		const char *reply;
		size_t n;
	} rows[] = {
		{ "{'ins_api':{'outputs':{'output':{'code':'200'}}}}", 1 },
		{ "{'ins_api':{'outputs':{'output':[{'code':'200'}]}}}", 1 },
		{ "{'ins_api':{'sid':'eoc','outputs':{'output':[{'code':'200'},{'code':'400'}]}}}",
			2 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *reply = json(rows[i].reply);
		np_auto(np_json_decref) json_t *outputs = NULL;

		assert_int_equal(nxos_reply_outputs(reply, &outputs, NULL), 0);
		assert_int_equal(json_array_size(outputs), rows[i].n);
	}
}

static void test_nxos_reply_refuses_what_is_none(void **state np_unused)
{
	static const char *const rows[] = { "{}", "{'ins_api':{}}", "{'ins_api':{'outputs':{}}}",
		"{'ins_api':{'outputs':{'output':'ok'}}}", "{'ins_api':{'outputs':{'output':[]}}}",
		"{'ins_api':{'outputs':{'output':[{'code':'200'},'x']}}}", "[]",
		"{'jsonrpc':'2.0'}" };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *reply = json(rows[i]);
		json_t *outputs = NULL;

		assert_int_equal(nxos_reply_outputs(reply, &outputs, NULL), -NP_PEER);
		assert_null(outputs);
	}
}

/* Other programs look at the HTTP status alone, and call what the switch refused a success. */
static void test_nxos_reply_judges_each_command_by_its_own_code_and_text(void **state np_unused)
{
	static const struct {
		const char *output;
		enum nxos_verdict verdict;
		enum np_code code;
	} rows[] = {
		{ "{'body':{},'code':'200','msg':'Success'}", NXOS_DONE, NP_OK },
		{ "{'body':{},'code':200,'msg':'Success'}", NXOS_DONE, NP_OK },
		{ "{'code':'400','msg':'Input CLI command error','clierror':'% Invalid command'}",
			NXOS_REFUSED, NP_CONFLICT },
		{ "{'code':'501','msg':'Structured output unsupported'}", NXOS_REFUSED,
			NP_UNSUPPORTED },
		{ "{'body':{}}", NXOS_REFUSED, NP_CONFLICT },
		{ "{'code':'200','body':'% Permission denied for the role'}", NXOS_REFUSED,
			NP_DENIED },
		{ "{'code':'200','body':'ERROR: something went wrong'}", NXOS_REFUSED,
			NP_CONFLICT },
		{ "{'code':'400','clierror':'Zoneset activation initiated. check zone status\\n'}",
			NXOS_DONE, NP_OK },
		{ "{'code':'200','body':'Zoneset activation initiated. check zone status\\n'}",
			NXOS_DONE, NP_OK },
		{ "{'code':'200','body':{'msg':'Commit operation initiated. Check zone status'}}",
			NXOS_DONE, NP_OK },
		{ "{'code':'200','body':'Enhanced zone session has been created. Please commit the changes when done.'}",
			NXOS_DONE, NP_OK },
		{ "{'code':'400','clierror':'WARNING: Specified zoneset already active and unchanged'}",
			NXOS_DONE, NP_OK },
		{ "{'code':'400','clierror':'No pending info found'}", NXOS_DONE, NP_OK },
		{ "{'code':'400','clierror':'Duplicate member'}", NXOS_DONE, NP_OK },
		{ "{'code':'400','clierror':'Fabric unstable'}", NXOS_AGAIN, NP_BUSY },
		{ "{'code':'400','clierror':'Commit in progress. Check the status.'}", NXOS_AGAIN,
			NP_BUSY },
		{ "{'code':'400','clierror':'Zone not present'}", NXOS_EMPTY, NP_OK },
		{ "{'code':'200','body':'Zoneset not present'}", NXOS_EMPTY, NP_OK },
		{ "{'code':'400','clierror':'VSAN 99 is not configured'}", NXOS_REFUSED,
			NP_NOTFOUND },
		{ "{'code':'400','clierror':'Zone database is locked by another user'}",
			NXOS_REFUSED, NP_BUSY },
		{ "{'code':'400','clierror':'Device-alias enhanced zone member present'}",
			NXOS_REFUSED, NP_CONFLICT },
		{ "{'code':'400','clierror':'Another device-alias already present with the same pwwn'}",
			NXOS_REFUSED, NP_EXISTS },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct nxos_answer answer = judge(rows[i].output);
		if (answer.verdict != rows[i].verdict || answer.code != rows[i].code)
			fail_msg("%s: verdict %d, code %d", rows[i].output, (int)answer.verdict,
				(int)answer.code);
	}
}

static void test_nxos_reply_keeps_the_words_on_one_bounded_line(void **state np_unused)
{
	struct nxos_answer answer = judge(
		"{'code':'400','clierror':'  %  no \\n\\r\\u001b[31mway ','msg':'Input error'}");
	struct np_err err;

	assert_string_equal(answer.text, "% no [31mway Input error");
	assert_int_equal(nxos_reply_fail(&answer, "zone name z vsan 10", &err), -NP_CONFLICT);
	assert_string_equal(
		err.msg, "the switch refused 'zone name z vsan 10': '% no [31mway Input error'");

	np_auto(np_json_decref) json_t *output = json("{'code':'400'}");
	char long_text[2000];
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	np_json_set_text(output, "clierror", long_text);
	np_json_set_text(output, "msg", "more");
	nxos_reply_judge(output, &answer);
	assert_int_equal(strlen(answer.text), NXOS_TEXT_MAX - 1);
}

/* The fields of the real texts of 8.x, as NX-API names them. */
#define STATUS_HEAD                                                                                 \
	"'vsan':'922','default_zone':'deny','distribute':'full','interop':'default',"               \
	"'merge_control':'allow','fulldb_dbsize':'376','fulldb_zone_count':'2',"                    \
	"'activedb_zoneset_name':'zsetname21','effectivedb_dbsize':'532','maxdb_dbsize':'2097152'," \
	"'percent_effectivedbsize':'0','status':'Set zoning mode complete at 10:19:02 IST Jul  5 2019'"
#define STATUS(rest) "{'TABLE_zone_status':{'ROW_zone_status':{" STATUS_HEAD rest "}}}"

static struct nxos_status status_of(const char *text)
{
	np_auto(np_json_decref) json_t *body = json(text);
	struct nxos_status status = { 0 };
	struct np_err err = { 0 };

	assert_int_equal(nxos_status_read(body, 922, &status, &err), 0);
	return status;
}

static void test_nxos_status_reads_modes_sizes_and_the_active_zoneset(void **state np_unused)
{
	struct nxos_status status =
		status_of(STATUS(",'mode':'enhanced','session':'none','smart_zoning':'enabled'"));

	assert_true(status.enhanced);
	assert_true(status.smart);
	assert_false(status.opens);
	assert_false(status.locked);
	assert_string_equal(status.zoneset, "zsetname21");
	assert_int_equal(status.space_max, 2097152);
	assert_int_equal(status.space_used, 532);
	assert_string_equal(status.text, "Set zoning mode complete at 10:19:02 IST Jul  5 2019");
}

static void test_nxos_status_takes_a_default_zone_for_open_unless_it_denies(void **state np_unused)
{
	assert_true(status_of("{'TABLE_zone_status':{'ROW_zone_status':{'vsan':922,'mode':'basic',"
			      "'default_zone':'permit'}}}")
			    .opens);
	assert_true(
		status_of("{'TABLE_zone_status':{'ROW_zone_status':{'vsan':922,'mode':'basic'}}}")
			.opens);
}

static void test_nxos_status_tells_who_has_the_session(void **state np_unused)
{
	static const struct {
		const char *session;
		bool locked;
		const char *interface, *user, *address;
	} rows[] = {
		{ "none", false, "", "", "" },
		{ "", false, "", "", "" },
		{ "cli [admin]", true, "cli", "admin", "" },
		{ "snmp [ops]", true, "snmp", "ops", "" },
		{ "remote [dom: 23][ip: 192.0.2.1]", true, "remote", "", "192.0.2.1" },
		{ "remote [dom: 23][ip:192.0.2.1]", true, "remote", "", "192.0.2.1" },
		{ "active", true, "active", "", "" },
		{ "cli", true, "cli", "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[400];

		(void)snprintf(text, sizeof text,
			"{'TABLE_zone_status':{'ROW_zone_status':[{'vsan':'1','mode':'basic'},"
			"{'vsan':'922','mode':'enhanced','session':'%s'}]}}",
			rows[i].session);
		struct nxos_status status = status_of(text);
		assert_int_equal(status.locked, rows[i].locked);
		assert_string_equal(status.interface, rows[i].interface);
		assert_string_equal(status.user, rows[i].user);
		assert_string_equal(status.address, rows[i].address);
	}
}

static void test_nxos_status_refuses_what_it_does_not_understand(void **state np_unused)
{
	static const struct {
		const char *body;
		int rc;
	} rows[] = {
		{ "{}", -NP_NOTFOUND },
		{ "{'TABLE_zone_status':{'ROW_zone_status':{'vsan':'1','mode':'basic'}}}",
			-NP_NOTFOUND },
		{ "{'TABLE_zone_status':{'ROW_zone_status':{'vsan':'922'}}}", -NP_PEER },
		{ "{'TABLE_zone_status':{'ROW_zone_status':['x']}}", -NP_PEER },
		{ "{'TABLE_zone':{'ROW_zone':{'vsan':'922','mode':'basic'}}}", -NP_PEER },
		{ "{'TABLE_zone_status':{'ROW_zone_status':{'vsan':'922','mode':'basic','activedb_zoneset_name':'a b'}}}",
			-NP_PEER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body = json(rows[i].body);
		struct nxos_status status;

		assert_int_equal(nxos_status_read(body, 922, &status, NULL), rows[i].rc);
	}
}

static void test_nxos_status_tells_how_the_activation_went(void **state np_unused)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{ "Activation completed at 23:50:35 IST Jul  3 2019", 0 },
		{ "Commit completed at 15:19:49 UTC Jun 10 2010", 0 },
		{ "", 0 },
		{ "Operation failed: [Error: WARNING: Specified zoneset already active and unchanged]: at 11:06:21 IST Jul  5 2019",
			0 },
		{ "Operation failed: [Error: Fabric changing Or Dest Switch Failure: Dom 21]: at 18:44:10 UTC Jun 8 2016",
			-NP_BUSY },
		{ "Operation failed: [Error: Zone set exceeds the limits]: at 18:44:10 UTC Jun 8 2016",
			-NP_CONFLICT },
		{ "Activation in progress", 1 },
		{ "Commit operation initiated", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(nxos_status_progress(rows[i].text, NULL), rows[i].rc);
}

static void test_nxos_status_reads_the_lock_on_device_aliases(void **state np_unused)
{
	np_auto(np_json_decref) json_t *locked = json(
		"{'fabric_distribution':'Enabled','database_mode':'Enhanced',"
		"'Locked_by_user':'CLI/SNMPv3:admin','Locked_by_SWWN':'20:00:54:7f:ee:1b:13:f0'}");
	np_auto(np_json_decref) json_t *off =
		json("{'fabric_distribution':'Disabled','database_mode':'Basic'}");
	np_auto(np_json_decref) json_t *nothing = json("{}");
	struct nxos_aliases aliases;

	assert_int_equal(nxos_status_read_aliases(locked, &aliases, NULL), 0);
	assert_true(aliases.distributed && aliases.locked);
	assert_string_equal(aliases.user, "admin");
	assert_int_equal(nxos_status_read_aliases(off, &aliases, NULL), 0);
	assert_false(aliases.distributed || aliases.locked);
	assert_int_equal(nxos_status_read_aliases(nothing, &aliases, NULL), -NP_PEER);
}

static struct nxos_zones new_zones(bool smart)
{
	return (struct nxos_zones){
		.vsan = 10, .smart = smart, .db = json_object(), .fcaliases = json_object()
	};
}

static int done(struct nxos_zones *zones, const char *wanted)
{
	if (wanted) {
		assert_json(zones->db, wanted);
	} else {
		json_decref(zones->db);
	}
	json_decref(zones->fcaliases);
	return 0;
}

static void test_nxos_zones_reads_members_of_every_type(void **state np_unused)
{
	np_auto(np_json_decref) json_t *body = json(
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','vsan':10,'TABLE_zone_member':{'ROW_zone_member':["
		"{'type':'pwwn','wwn':'" A_COLON "','dev_alias':'host1'},"
		"{'type':'device-alias','dev_alias':'array1','dev_alias_pwwn':'" T_COLON "'},"
		"{'type':'interface','intf_fc':'fc1/2','wwn':'20:00:54:7f:ee:1b:13:f0'},"
		"{'type':'interface','intf_port_ch':'10'},"
		"{'type':'fcid','fcid':'0x010203'},"
		"{'type':'fwwn','wwn':'20:01:54:7f:ee:1b:13:f0'},"
		"{'type':'ip-address','ipaddr':'192.0.2.7'},"
		"{'type':'symbolic-nodename','symnodename':'iqn.test name'},"
		"{'type':'lun','lun':'0x1'}]}}}}");
	struct nxos_zones zones = new_zones(false);

	assert_int_equal(nxos_zones_read(body, &zones, NULL), 0);

	done(&zones,
		"{'zones':{'z1':{'kind':'regular','members':['" A "','@array1','interface:fc1/2',"
		"'interface:10','fcid:0x010203','fwwn:200154"
		"7fee1b13f0','ip:192.0.2.7',"
		"'symbolic:iqn.test_name','other:lun,0x1']}}}");
}

/* One row is an object, several are a list; tables may be lists of tables; VSANs may be mixed, and texts or numbers. */
static void test_nxos_zones_takes_one_row_and_many(void **state np_unused)
{
	static const char *const rows[] = {
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','vsan':'10','TABLE_zone_member':{'ROW_zone_member':{'type':'pwwn','wwn':'" A_COLON
		"'}}}}}",
		"{'TABLE_zone':{'ROW_zone':[{'name':'z1','vsan':10,'TABLE_zone_member':{'ROW_zone_member':[{'type':'pwwn','wwn':'" A_COLON
		"'}]}},{'name':'z1','vsan':11}]}}",
		"{'TABLE_zone':[{'ROW_zone':[{'zone_name':'z1','TABLE_zone_member':[{'ROW_zone_member':{'wwn':'" A_COLON
		"'}}]}]}]}",
		"{'TABLE_zone_active':{'ROW_zone_active':{'name':'z1','vsan':10,'TABLE_zone_member':{'ROW_zone_member':{'type':'pwwn','wwn':'" A_COLON
		"','online_fcid':'0x1'}}}}}",
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','TABLE_member':{'ROW_member':{'type':'pwwn','wwn':'" A_COLON
		"'}}}}}",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body = json(rows[i]);
		struct nxos_zones zones = new_zones(true);
		struct np_err err = { 0 };

		if (nxos_zones_read(body, &zones, &err) < 0)
			fail_msg("%s: %s", rows[i], err.msg);
		done(&zones, "{'zones':{'z1':{'kind':'regular','members':['" A "']}}}");
	}
}

static void test_nxos_zones_are_none_where_the_answer_is_empty(void **state np_unused)
{
	np_auto(np_json_decref) json_t *body = json_object();
	struct nxos_zones zones = new_zones(false);

	assert_int_equal(nxos_zones_read(body, &zones, NULL), 0);
	assert_int_equal(nxos_zones_read_zonesets(body, &zones, NULL), 0);
	assert_int_equal(nxos_zones_read_active(body, &zones, NULL), 0);

	done(&zones, "{'zones':{},'zonesets':{}}");
}

/* What nobody understands must not look like a fabric without zones. */
static void test_nxos_zones_refuses_broken_answers(void **state np_unused)
{
	static const char *const rows[] = {
		"{'TABLE_zones':{'ROW_zones':{'name':'z1'}}}",
		"{'TABLE_zone':{'ROW_zone':['z1']}}",
		"{'TABLE_zone':{'ROW_zone':{'vsan':10}}}",
		"{'TABLE_zone':{'ROW_zone':{'name':'z 1'}}}",
		"{'TABLE_zone':{'ROW_zone':{'name':'0123456789012345678901234567890123456789012345678901234567890123456789'}}}",
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','TABLE_zone_member':{'ROW_zone_member':{'type':'pwwn','wwn':'21:00'}}}}}",
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','TABLE_people':{'ROW_people':{'type':'pwwn'}}}}}",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body = json(rows[i]);
		struct nxos_zones zones = new_zones(false);

		if (nxos_zones_read(body, &zones, NULL) != -NP_PEER)
			fail_msg("taken: %s", rows[i]);
		done(&zones, NULL);
	}
}

#define TYPED(type_a, type_t)                                                                      \
	"{'TABLE_zone':{'ROW_zone':{'name':'init_z','TABLE_zone_member':{'ROW_zone_member':["      \
	"{'type':'pwwn','wwn':'" A_COLON "'" type_a "},{'type':'pwwn','wwn':'" T_COLON "'" type_t  \
	"}]}}}}"

/* Another program takes every line with "init" in it for an initiator's. */
static void test_nxos_zones_with_device_types_are_peer_zones(void **state np_unused)
{
	static const struct {
		const char *body;
		bool smart;
		const char *zone;
	} rows[] = {
		{ TYPED(",'dev_type':'init'", ",'dev_type':'target'"), true,
			"'peer','members':['" A "'],'principals':['" T "']" },
		{ TYPED(",'devtype':'initiator'", ",'devtype':'both'"), true,
			"'peer','members':['" A "','" T "'],'principals':['" T "']" },
		{ TYPED(",'dev_type':'init'", ""), true, "'regular','members':['" A "','" T "']" },
		{ TYPED("", ""), true, "'regular','members':['" A "','" T "']" },
		{ TYPED(",'dev_type':'init'", ",'dev_type':'target'"), false,
			"'regular','members':['" A "','" T "']" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body = json(rows[i].body);
		struct nxos_zones zones = new_zones(rows[i].smart);
		char wanted[300];

		assert_int_equal(nxos_zones_read(body, &zones, NULL), 0);
		assert_int_equal(
			zones.typed, rows[i].smart && strstr(rows[i].body, "type':'init") != NULL);
		(void)snprintf(
			wanted, sizeof wanted, "{'zones':{'init_z':{'kind':%s}}}", rows[i].zone);
		done(&zones, wanted);
	}
}

static void test_nxos_zones_keeps_fcaliases_with_their_members(void **state np_unused)
{
	np_auto(np_json_decref) json_t *body = json(
		"{'TABLE_zone':{'ROW_zone':{'name':'z1','TABLE_zone_member':{'ROW_zone_member':"
		"{'type':'fcalias','fcalias_name':'old','fcalias_vsan_id':10,'TABLE_fcalias_member':"
		"{'ROW_fcalias_member':{'type':'pwwn','wwn':'" A_COLON "'}}}}}}}");
	struct nxos_zones zones = new_zones(false);

	assert_int_equal(nxos_zones_read(body, &zones, NULL), 0);
	assert_json(json_incref(zones.fcaliases), "{'old':['" A "']}");
	done(&zones, "{'zones':{'z1':{'kind':'regular','members':['@old']}}}");
}

static void test_nxos_zones_reads_zonesets_with_and_without_members(void **state np_unused)
{
	np_auto(np_json_decref) json_t *body = json(
		"{'TABLE_zoneset':{'ROW_zoneset':["
		"{'name':'zs1','vsan':10,'TABLE_zone':{'ROW_zone':[{'name':'z1','vsan':10},{'name':'z2'}]}},"
		"{'name':'zs2','vsan':10,'isactive':'yes','TABLE_zoneset_member':{'ROW_zoneset_member':{'name':'z1'}}},"
		"{'name':'zs3','vsan':'10'},{'name':'zs4','vsan':11}]}}");
	struct nxos_zones zones = new_zones(false);

	assert_int_equal(nxos_zones_read_zonesets(body, &zones, NULL), 0);
	done(&zones, "{'zonesets':{'zs1':['z1','z2'],'zs2':['z1'],'zs3':[]}}");
}

static void test_nxos_zones_reads_the_active_zoneset(void **state np_unused)
{
	np_auto(np_json_decref) json_t *full =
		json("{'TABLE_zoneset':{'ROW_zoneset':{'name':'zs','vsan':10,"
		     "'TABLE_zone':{'ROW_zone':{'name':'z1','vsan':10,'TABLE_member':{'ROW_member':"
		     "{'type':'device-alias','dev_alias':'h1','online_fcid':''}}}}}}}");
	np_auto(np_json_decref) json_t *names = json(
		"{'TABLE_zoneset':{'ROW_zoneset':{'name':'zs','vsan':10,"
		"'isactive':'yes','TABLE_zoneset_member':{'ROW_zoneset_member':{'name':'z1'}}}}}");
	struct nxos_zones zones = new_zones(false), bare = new_zones(false);

	assert_int_equal(nxos_zones_read_active(full, &zones, NULL), 0);
	done(&zones, "{'zoneset':'zs','zones':{'z1':{'kind':'regular','members':['@h1']}}}");
	assert_int_equal(nxos_zones_read_active(names, &bare, NULL), 1);
	done(&bare, NULL);
}

static void test_nxos_zones_reads_device_aliases(void **state np_unused)
{
	np_auto(np_json_decref) json_t *body = json(
		"{'number_of_entries':'2','TABLE_device_alias_database':"
		"{'ROW_device_alias_database':[{'dev_alias_name':'host1','pwwn':'" A_COLON "'},"
		"{'dev_alias_name':'host10','pwwn':'" B_COLON "'}]}}");
	np_auto(np_json_decref) json_t *none = json("{'number_of_entries':'0'}");
	json_t *db = json_object();

	assert_int_equal(nxos_zones_read_aliases(none, db, NULL), 0);
	assert_int_equal(nxos_zones_read_aliases(body, db, NULL), 0);
	assert_json(db, "{'aliases':{'host1':['" A "'],'host10':['" B "']}}");
}

static void test_nxos_logins_reads_the_name_server(void **state np_unused)
{
	np_auto(np_json_decref) json_t *detail = json(
		"{'TABLE_fcns_vsan':{'ROW_fcns_vsan':["
		"{'vsan_id':10,'TABLE_fcns_database':{'ROW_fcns_database':{'fcid':'0x0a0B01','pwwn':'" A_COLON
		"',"
		"'nwwn':'20:00:aa:bb:cc:dd:00:01','permanent_pwwn':'10:00:00:00:c9:aa:bb:cc','symbolic_port_name':'npivd db01',"
		"'connected_interface':'fc1/3','TABLE_fc4_types_fc4_features':{'ROW_fc4_types_fc4_features':"
		"[{'fc4_types':'scsi-fcp','fc4_features':'init'},{'fc4_types':'npv','fc4_features':''}]}}}},"
		"{'vsan_id':'10','TABLE_fcns_database':{'ROW_fcns_database':{'fcid':'0xab0001','pwwn':'" T_COLON
		"',"
		"'permanent_pwwn':'00:00:00:00:00:00:00:00','fc4_type_feature':'scsi-fcp:target fc-gs '}}},"
		"{'vsan_id':11,'TABLE_fcns_database':{'ROW_fcns_database':{'fcid':'0x1','pwwn':'" B_COLON
		"'}}}]}}");
	json_t *logins = json_array();

	assert_int_equal(nxos_logins_read(detail, 10, logins, NULL), 0);
	assert_json(logins,
		"[{'wwpn':'" A
		"','wwnn':'2000aabbccdd0001','physical_wwpn':'10000000c9aabbcc','port_id':'0a0b01',"
		"'symbolic_name':'npivd db01','port':'fc1/3','role':'initiator'},"
		"{'wwpn':'" T "','port_id':'ab0001','role':'target'}]");
}

static void test_nxos_logins_takes_every_way_to_write_roles(void **state np_unused)
{
	static const struct {
		const char *field, *role;
	} rows[] = {
		{ "'fc4_type_feature':'scsi-fcp:both 227 '", "both" },
		{ "'fc4_types_fc4_features':'scsi-fcp:init'", "initiator" },
		{ "'fc4_type_feature':'ipfc '", "" },
		{ "'TABLE_fc4_type_feature':{'ROW_fc4_type_feature':[{'fc4_type':'NVMe','fc4_feature':'target,disc'},{'fc4_type':'scsi-fcp','fc4_feature':'init'}]}",
			"both" },
		{ "'symbolic_port_name':'target'", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[600];

		(void)snprintf(text, sizeof text,
			"{'TABLE_fcns_vsan':{'ROW_fcns_vsan':{'TABLE_fcns_database':{'ROW_fcns_database':"
			"{'pwwn':'" A_COLON "',%s}}}}}",
			rows[i].field);
		np_auto(np_json_decref) json_t *body = json(text);
		np_auto(np_json_decref) json_t *logins = json_array();

		assert_int_equal(nxos_logins_read(body, 10, logins, NULL), 0);
		assert_string_equal(np_json_text(json_array_get(logins, 0), "role"), rows[i].role);
	}
}

static void test_nxos_logins_adds_ports_of_this_switch_alone(void **state np_unused)
{
	np_auto(np_json_decref) json_t *flogi = json(
		"{'TABLE_flogi_entry':{'ROW_flogi_entry':["
		"{'interface':'fc1/3','vsan':10,'fcid':'0x0a0b01','port_name':'" A_COLON
		"','node_name':'20:00:aa:bb:cc:dd:00:01'},"
		"{'interface':'fc1/4','vsan':10,'fcid':'0x0a0b02','port_name':'" B_COLON "'}]}}");
	json_t *logins = json("[{'wwpn':'" A "'},{'wwpn':'" T "','port':'fc2/1'}]");

	assert_int_equal(nxos_logins_add_ports(flogi, logins, NULL), 0);
	assert_json(logins, "[{'wwpn':'" A "','port':'fc1/3','wwnn':'2000aabbccdd0001'},"
			    "{'wwpn':'" T "','port':'fc2/1'}]");
}

static int blocks_of(const char *changes_text, bool smart, json_t **ret_blocks, struct np_err *err)
{
	np_auto(np_json_decref) json_t *changes = json(changes_text);
	np_auto(np_json_decref) json_t *fcaliases = json("{'old':[]}");
	const struct nxos_dialect dialect = { .vsan = 10, .smart = smart, .fcaliases = fcaliases };

	return nxos_command_blocks(changes, &dialect, ret_blocks, err);
}

static void test_nxos_command_writes_each_change_of_a_plan(void **state np_unused)
{
	static const struct {
		const char *changes, *blocks;
	} rows[] = {
		{ "[{'object':'zone','name':'z1','after':{'kind':'regular','members':['" A
		  "','@h1','@old']}}]",
			"[['zone name z1 vsan 10','member pwwn " A_COLON
			"','member device-alias h1','member fcalias old','exit']]" },
		{ "[{'object':'zone','name':'z1','after':{'kind':'peer','members':['" A
		  "'],'principals':['" T "']}}]",
			"[['zone name z1 vsan 10','member pwwn " T_COLON
			" target','member pwwn " A_COLON " init','exit']]" },
		{ "[{'object':'zone','name':'z1','before':{'kind':'regular','members':['" A "','" T
		  "']},'after':{'kind':'regular','members':['" B "','" T "']}}]",
			"[['zone name z1 vsan 10','no member pwwn " A_COLON
			"','member pwwn " B_COLON "','exit']]" },
		{ "[{'object':'zone','name':'z1','before':{'kind':'peer','members':['" A
		  "'],'principals':['" T "']},'after':{'kind':'peer','members':['" A "','" T
		  "'],'principals':['" T "']}}]",
			"[['zone name z1 vsan 10','no member pwwn " T_COLON
			" target','member pwwn " T_COLON " both','exit']]" },
		{ "[{'object':'zone','name':'z1','before':{'kind':'regular','members':['" A
		  "','fcid:0x010203','interface:fc1/2']},'after':{'kind':'regular','members':['" A
		  "']}}]",
			"[['zone name z1 vsan 10','no member fcid 0x010203','no member interface fc1/2','exit']]" },
		{ "[{'object':'zone','name':'z1','before':{'kind':'target-peer','members':[]}}]",
			"[['no zone name z1 vsan 10']]" },
		{ "[{'object':'zoneset','name':'zs','after':true},{'object':'member','name':'z1','zoneset':'zs','after':true},{'object':'member','name':'z2','zoneset':'zs','before':true}]",
			"[['zoneset name zs vsan 10','member z1','no member z2','exit']]" },
		{ "[{'object':'zoneset','name':'zs','before':true}]",
			"[['no zoneset name zs vsan 10']]" },
		{ "[{'object':'alias','name':'h1','after':['" A
		  "']},{'object':'alias','name':'h2','before':['" A "'],'after':['" B
		  "']},{'object':'alias','name':'h3','before':['" T "']}]",
			"[['device-alias database','device-alias name h1 pwwn " A_COLON
			"','no device-alias name h2','device-alias name h2 pwwn " B_COLON
			"','no device-alias name h3','exit']]" },
		{ "[{'object':'activation','name':'','after':'zs'}]", "[]" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *blocks = NULL;
		struct np_err err = { 0 };

		if (blocks_of(rows[i].changes, true, &blocks, &err) < 0)
			fail_msg("%s: %s", rows[i].changes, err.msg);
		assert_json(blocks, rows[i].blocks);
	}
}

/* A name becomes a part of a line that the switch executes. */
static void test_nxos_command_refuses_names_that_are_commands(void **state np_unused)
{
	static const struct {
		const char *changes;
		int rc;
	} rows[] = {
		{ "[{'object':'zone','name':'z ;reload','after':{'kind':'regular','members':[]}}]",
			-NP_INVAL },
		{ "[{'object':'zone','name':'z\\nreload','before':{'kind':'regular','members':[]}}]",
			-NP_INVAL },
		{ "[{'object':'zone','name':'','after':{'kind':'regular','members':[]}}]",
			-NP_INVAL },
		{ "[{'object':'member','name':'z1','zoneset':'zs ;reload','after':true}]",
			-NP_INVAL },
		{ "[{'object':'zone','name':'z1','after':{'kind':'regular','members':['@a ;reload']}}]",
			-NP_INVAL },
		{ "[{'object':'zone','name':'z1','after':{'kind':'regular','members':['fcid:0x1 ;reload']}}]",
			-NP_UNSUPPORTED },
		{ "[{'object':'zone','name':'z1','after':{'kind':'regular','members':['3,15']}}]",
			-NP_UNSUPPORTED },
		{ "[{'object':'zone','name':'z1','after':{'kind':'regular','members':['other:lun,1']}}]",
			-NP_UNSUPPORTED },
		{ "[{'object':'zone','name':'z1','after':{'kind':'target-peer','members':[]}}]",
			-NP_UNSUPPORTED },
		{ "[{'object':'alias','name':'h1','after':['" A "','" B "']}]", -NP_UNSUPPORTED },
		{ "[{'object':'alias','name':'h1','after':['@h2']}]", -NP_UNSUPPORTED },
		{ "[{'object':'alias','name':'old','before':['" A "']}]", -NP_UNSUPPORTED },
		{ "[{'object':'reload','name':'z1'}]", -NP_INVAL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *blocks = NULL;

		if (blocks_of(rows[i].changes, true, &blocks, NULL) != rows[i].rc)
			fail_msg("%s", rows[i].changes);
		assert_null(blocks);
	}
}

static void test_nxos_command_says_how_peer_zones_become_possible(void **state np_unused)
{
	json_t *blocks = NULL;
	struct np_err err = { 0 };

	assert_int_equal(
		blocks_of(
			"[{'object':'zone','name':'z1','after':{'kind':'peer','members':[],'principals':[]}}]",
			false, &blocks, &err),
		-NP_CONFLICT);
	assert_string_equal(
		err.msg, "zone 'z1': it is a peer zone, and smart zoning is off in VSAN 10");
	assert_non_null(strstr(err.hint, "zone smart-zoning enable vsan 10"));
}

static void test_nxos_command_batches_are_bounded_and_whole(void **state np_unused)
{
	np_auto(np_json_decref) json_t *block = json("['zone name z1 vsan 10']");
	np_auto(np_json_decref) json_t *blocks =
		json_pack("[O, [s]]", block, "no zone name z2 vsan 10");
	np_auto(np_json_decref) json_t *batches = NULL;
	const json_t *batch;
	size_t i, members = 0;

	for (unsigned n = 0; n < 300; n++)
		(void)json_array_append_new(block,
			json_sprintf("member pwwn 21:00:aa:bb:cc:dd:%02x:%02x", n >> 8, n & 255));
	assert_int_equal(nxos_command_batches(blocks, &batches, NULL), 0);

	assert_true(json_array_size(batches) > 10);
	json_array_foreach (batches, i, batch) {
		np_auto(np_free) char *text = nxos_command_join(batch);

		assert_true(json_array_size(batch) <= NXOS_BATCH_COMMANDS);
		assert_true(strlen(text) <= NXOS_BATCH_BYTES);
		assert_int_equal(strncmp(text, "zone name z1 vsan 10 ;member pwwn ", 34), 0);
		members += json_array_size(batch) - 1;
	}
	assert_int_equal(members, 301); /* the last one is "no zone name z2 vsan 10" */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nxos_reply_takes_one_output_or_many),
		cmocka_unit_test(test_nxos_reply_refuses_what_is_none),
		cmocka_unit_test(test_nxos_reply_judges_each_command_by_its_own_code_and_text),
		cmocka_unit_test(test_nxos_reply_keeps_the_words_on_one_bounded_line),
		cmocka_unit_test(test_nxos_status_reads_modes_sizes_and_the_active_zoneset),
		cmocka_unit_test(test_nxos_status_takes_a_default_zone_for_open_unless_it_denies),
		cmocka_unit_test(test_nxos_status_tells_who_has_the_session),
		cmocka_unit_test(test_nxos_status_refuses_what_it_does_not_understand),
		cmocka_unit_test(test_nxos_status_tells_how_the_activation_went),
		cmocka_unit_test(test_nxos_status_reads_the_lock_on_device_aliases),
		cmocka_unit_test(test_nxos_zones_reads_members_of_every_type),
		cmocka_unit_test(test_nxos_zones_takes_one_row_and_many),
		cmocka_unit_test(test_nxos_zones_are_none_where_the_answer_is_empty),
		cmocka_unit_test(test_nxos_zones_refuses_broken_answers),
		cmocka_unit_test(test_nxos_zones_with_device_types_are_peer_zones),
		cmocka_unit_test(test_nxos_zones_keeps_fcaliases_with_their_members),
		cmocka_unit_test(test_nxos_zones_reads_zonesets_with_and_without_members),
		cmocka_unit_test(test_nxos_zones_reads_the_active_zoneset),
		cmocka_unit_test(test_nxos_zones_reads_device_aliases),
		cmocka_unit_test(test_nxos_logins_reads_the_name_server),
		cmocka_unit_test(test_nxos_logins_takes_every_way_to_write_roles),
		cmocka_unit_test(test_nxos_logins_adds_ports_of_this_switch_alone),
		cmocka_unit_test(test_nxos_command_writes_each_change_of_a_plan),
		cmocka_unit_test(test_nxos_command_refuses_names_that_are_commands),
		cmocka_unit_test(test_nxos_command_says_how_peer_zones_become_possible),
		cmocka_unit_test(test_nxos_command_batches_are_bounded_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
