/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/script.h"

/* The snapshot that a text makes; the caller's. */
static json_t *import(const char *format, const char *text)
{
	struct np_err err = { 0 };
	json_t *snapshot = NULL;

	if (zone_import(format, text, strlen(text), &snapshot, &err) < 0)
		fail_msg("%s", err.msg);
	return snapshot;
}

/* JSON with ' for ", to be read more easily; the caller's. */
static json_t *json_of(const char *text)
{
	json_error_t why;
	char *copy = strdup(text);

	for (char *at = copy; (at = strchr(at, '\''));)
		*at = '"';
	json_t *json = json_loads(copy, JSON_DECODE_ANY, &why);
	if (!json)
		fail_msg("%s: %s", why.text, copy);
	free(copy);
	return json;
}

/* Is the value at @path ("defined/zones/z1") as @wanted says? NULL: it is not there. */
static void assert_at(const json_t *snapshot, const char *path, const char *wanted)
{
	np_auto(np_json_decref) json_t *expected = wanted ? json_of(wanted) : NULL;
	np_auto(np_free) char *copy = strdup(path);
	const json_t *found = snapshot;
	char *rest = copy;

	for (char *key; (key = strsep(&rest, "/"));)
		found = json_object_get(found, key);
	if (!found && !expected)
		return;
	np_auto(np_free) char *text = found ? zone_text(found) : strdup("nothing");
	if (!expected || !json_equal(found, expected))
		fail_msg("%s is %s, not %s", path, text, wanted ? wanted : "nothing");
}

static void assert_refused(const char *format, const char *text, const char *message)
{
	struct np_err err = { 0 };
	json_t *snapshot = NULL;
	int rc = zone_import(format, text, strlen(text), &snapshot, &err);

	json_decref(snapshot);
	assert_true(rc < 0);
	assert_null(snapshot);
	if (!strstr(err.msg, message))
		fail_msg("'%s' does not say '%s'", err.msg, message);
}

static const char cfgshow[] =
	"fab1:admin> cfgshow\n"
	"Defined configuration:\n"
	" cfg:\tprod\tz_regular; \n"
	"\t\tz_mixed;z_peer \n"
	" zone:\tz_regular\thost; \n"
	"\t\tarray \n"
	" zone:  z_mixed_with_a_name_that_leaves_no_room_for_a_member_in_its_li\n"
	"\t\n"
	"\t\t\t\thost; 3,15\n"
	" zone:\tz_peer\t00:02:00:00:00:03:00:02; array; \n"
	"\t\thost; 21:00:00:00:00:00:00:09\n"
	" zone:\tz_alone\t\n"
	"\t\t21:00:00:AA:bb:00:00:01\n"
	" alias:\tarray\t50:00:00:00:00:00:00:01; 50:00:00:00:00:00:00:02\n"
	" alias:\thost\t\n"
	"\t\t21:00:00:00:00:00:00:01 \n"
	"\n"
	"Effective configuration:\n"
	" cfg:\tprod\t\n"
	" zone:\tz_peer\t\n"
	"\t\t00:02:00:00:00:03:00:02\n"
	"\t\t50:00:00:00:00:00:00:01\n"
	"\t\t50:00:00:00:00:00:00:02\n"
	"\t\t21:00:00:00:00:00:00:01\n"
	" zone:\tz_mixed\t\n"
	"\t\t21:00:00:00:00:00:00:01\n"
	"\t\t3,15\n"
	"\n";

static void test_import_reads_cfgshow_defined_and_effective(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("cfgshow", cfgshow);

	assert_at(snapshot, "vendor", "'fos'");
	assert_at(snapshot, "defined/zonesets", "{'prod': ['z_mixed', 'z_peer', 'z_regular']}");
	assert_at(snapshot, "defined/aliases",
		"{'array': ['5000000000000001', '5000000000000002'], 'host': ['2100000000000001']}");
	assert_at(snapshot, "defined/zones/z_regular",
		"{'kind': 'regular', 'members': ['@array', '@host']}");
	assert_at(snapshot,
		"defined/zones/z_mixed_with_a_name_that_leaves_no_room_for_a_member_in_its_li",
		"{'kind': 'regular', 'members': ['3,15', '@host']}");
	assert_at(snapshot, "defined/zones/z_alone",
		"{'kind': 'regular', 'members': ['210000aabb000001']}");
	assert_at(snapshot, "effective/zoneset", "'prod'");
	assert_at(snapshot, "effective/zones/z_mixed",
		"{'kind': 'regular', 'members': ['2100000000000001', '3,15']}");
	(void)state;
}

static void test_import_counts_ports_of_aliases_as_the_property_member_does(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("cfgshow", cfgshow);

	assert_at(snapshot, "defined/zones/z_peer",
		"{'kind': 'peer', 'members': ['2100000000000009', '@host'], 'principals': ['@array']}");
	assert_at(snapshot, "effective/zones/z_peer",
		"{'kind': 'peer', 'members': ['2100000000000001'], "
		"'principals': ['5000000000000001', '5000000000000002']}");
	(void)state;
}

static void test_import_reads_a_peer_zone_of_principals_alone(void **state)
{
	np_auto(np_json_decref) json_t *text = import("cfgshow",
		"Defined configuration:\n zone:\tp\t00:02:00:00:00:03:00:01; 50:00:00:00:00:00:00:01\n");
	np_auto(np_json_decref) json_t *reply = import("fos-json",
		"{\"Response\": {\"defined-configuration\": {\"zone\": {\"zone-name\": \"p\", "
		"\"zone-type\": 1, \"member-entry\": "
		"{\"principal-entry-name\": \"50:00:00:00:00:00:00:01\"}}}}}");
	const char *wanted =
		"{'p': {'kind': 'peer', 'members': [], 'principals': ['5000000000000001']}}";

	assert_at(text, "defined/zones", wanted);
	assert_at(reply, "defined/zones", wanted);
	(void)state;
}

static void test_import_tells_zones_that_a_target_made(void **state)
{
	np_auto(np_json_decref) json_t *words = import("cfgshow",
		"Defined configuration:\n"
		" zone:\tby_property\t00:02:00:00:00:03:01:01; 50:00:00:00:00:00:00:01; \n"
		"\t\t21:00:00:00:00:00:00:01\n");
	np_auto(np_json_decref) json_t *labels =
		import("cfgshow", "fab1:admin> zoneshow --peerzone all\n"
				  "Defined configuration:\n"
				  " zone:\tby_label\t\n"
				  "   Property Member: 00:02:00:00:00:03:00:01\n"
				  "   Created by: Target\n"
				  "   Principal Member(s):\n"
				  "\t\t50:00:00:00:00:00:00:01\n"
				  "   Peer Member(s):\n"
				  "\t\t21:00:00:00:00:00:00:01; 21:00:00:00:00:00:00:02; \n"
				  "\t\t21:00:00:00:00:00:00:03\n"
				  " zone:\tours\t\n"
				  "   Property Member: 00:02:00:00:00:03:00:02\n"
				  "   Created by: User\n"
				  "   Principal Member(s):\n"
				  "\t\t50:00:00:00:00:00:00:01; 50:00:00:00:00:00:00:02\n"
				  "   Peer Member(s):\n"
				  "\t\t21:00:00:00:00:00:00:01\n");

	assert_at(words, "defined/zones/by_property/kind", "'target-peer'");
	assert_at(labels, "defined/zones/by_label",
		"{'kind': 'target-peer', 'principals': ['5000000000000001'], "
		"'members': ['2100000000000001', '2100000000000002', '2100000000000003']}");
	assert_at(labels, "defined/zones/ours",
		"{'kind': 'peer', 'principals': ['5000000000000001', '5000000000000002'], "
		"'members': ['2100000000000001']}");
	(void)state;
}

static void test_import_keeps_a_wwn_of_zeros_that_is_no_property_member(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("cfgshow",
		"Defined configuration:\n zone:\tz\t00:11:00:00:00:00:00:01; 21:00:00:00:00:00:00:01\n");

	assert_at(snapshot, "defined/zones/z",
		"{'kind': 'regular', 'members': ['0011000000000001', '2100000000000001']}");
	(void)state;
}

static void test_import_reads_cfgactvshow_without_a_definition(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto",
		"Effective configuration:\n cfg:\tprod\t\n zone:\tz\t\n\t\t21:00:00:00:00:00:00:01\n");
	np_auto(np_json_decref) json_t *none =
		import("auto", "Effective configuration:\n no configuration in effect\n\n");

	assert_at(snapshot, "defined/zones", "{}");
	assert_at(snapshot, "effective",
		"{'zoneset': 'prod', 'zones': {'z': {'kind': 'regular', 'members': ['2100000000000001']}}}");
	assert_at(none, "effective", "{'zones': {}}");
	(void)state;
}

/* What is not understood is not known to be shut. */
static void test_import_takes_no_unknown_default_zone_for_a_shut_one(void **state)
{
	static const struct {
		const char *format, *text, *wanted;
	} rows[] = {
		{ "cfgshow",
			"Default Zone Access Mode\n\tcommitted - No Access\nEffective configuration:\n",
			"no-access" },
		{ "cfgshow",
			"Default Zone Access Mode\n\tcommitted - Partial\nEffective configuration:\n",
			"" },
		{ "zoneset", "VSAN: 10 default-zone: deny distribute: full\nzone name z1 vsan 10\n",
			"no-access" },
		{ "zoneset", "VSAN: 10 default-zone: shut distribute: full\nzone name z1 vsan 10\n",
			"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *snapshot = import(rows[i].format, rows[i].text);
		assert_string_equal(np_json_text(snapshot, "default_zone"), rows[i].wanted);
	}
	(void)state;
}

static void test_import_reads_the_other_commands_of_fos_from_the_same_text(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "fab1:FID20:admin> cfgshow\r\n"
			       "Effective configuration:\r\n"
			       " cfg:\tprod\t\r\n"
			       "fab1:FID20:admin> defzone --show\r\n"
			       "Default Zone Access Mode\r\n"
			       "\tcommitted - No Access\r\n"
			       "\ttransaction - All Access\r\n"
			       "fab1:FID20:admin> cfgsize\r\n"
			       "Zone DB max size - 1045274 bytes\r\n"
			       "Available Zone DB size - 1041246 bytes\r\n"
			       "\t committed - 3970\r\n"
			       "\t transaction - 0\r\n"
			       "fab1:FID20:admin> cfgtransshow\r\n"
			       "Current transaction token is 271010736\r\n"
			       "It is abortable\r\n"
			       "fab1:FID20:admin> alishow x\r\n"
			       " alias:\tx\t21:00:00:00:00:00:00:01\r\n");

	assert_at(snapshot, "default_zone", "'no-access'");
	assert_at(snapshot, "space", "{'max': 1045274, 'used': 3970}");
	assert_at(snapshot, "transaction", "{'open': true, 'token': '271010736'}");
	assert_at(snapshot, "defined/aliases", "{'x': ['2100000000000001']}");
	(void)state;
}

static const char nsshow[] =
	"fab1:admin> nsshow\n"
	"{\n"
	" Type Pid    COS     PortName                NodeName                 TTL(sec)\n"
	" N    010600;      3;c0:50:76:00:00:00:00:01;20:00:00:00:00:00:00:01; na\n"
	"    FC4s: FCP \n"
	"    PortSymb: [9] \"guest web\"\n"
	"    Fabric Port Name: 20:06:00:00:00:00:00:00 \n"
	"    Permanent Port Name: 21:00:00:00:00:00:00:09\n"
	"    Device type: NPIV Initiator\n"
	"    Port Index: 6\n"
	" NL   0107e8;    2,3;    50:00:00:00:00:00:00:01;    50:00:00:00:00:00:00:00;    na\n"
	"    Device type: Physical Target\n"
	" U    010800;      3;50:00:00:00:00:00:00:02;50:00:00:00:00:00:00:00; na\n"
	"    Device type: Physical Unknown(initiator/target)\n"
	"The Local Name Server has 3 entries }\n";

static void test_import_reads_the_name_server_of_fos_whatever_the_port_type(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto", nsshow);

	assert_at(snapshot, "logins",
		"[{'wwpn': '5000000000000001', 'wwnn': '5000000000000000', 'port_id': '0x0107e8', "
		"  'role': 'target'},"
		" {'wwpn': '5000000000000002', 'wwnn': '5000000000000000', 'port_id': '0x010800', "
		"  'role': ''},"
		" {'wwpn': 'c050760000000001', 'wwnn': '2000000000000001', 'port_id': '0x010600', "
		"  'role': 'initiator', 'physical_wwpn': '2100000000000009', 'port': '6', "
		"  'symbolic_name': 'guest web'}]");
	(void)state;
}

static void test_import_reads_the_name_server_of_nxos_whatever_the_port_type(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto",
		"VSAN 20:\n"
		"--------------------------------------------------------------------------\n"
		"FCID        TYPE  PWWN                    (VENDOR)        FC4-TYPE:FEATURE\n"
		"--------------------------------------------------------------------------\n"
		"0x6c0040    N     50:00:00:00:00:00:00:01 (Target Corp)   scsi-fcp:both 253\n"
		"                  [array]\n"
		"0x6c0060    NL    21:00:00:00:00:00:00:01 (Qlogic)        scsi-fcp:init fc-gs\n"
		"0x6C0080          21:00:00:00:00:00:00:02                 scsi-fcp\n"
		"\n"
		"Total number of entries = 3\n");

	assert_at(snapshot, "logins",
		"[{'wwpn': '2100000000000001', 'port_id': '0x6c0060', 'role': 'initiator'},"
		" {'wwpn': '2100000000000002', 'port_id': '0x6c0080', 'role': ''},"
		" {'wwpn': '5000000000000001', 'port_id': '0x6c0040', 'role': 'both'}]");
	(void)state;
}

static void test_import_reads_show_zoneset_and_show_zoneset_active(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "zoneset name prod vsan 20\n"
			       "  zone name z1 vsan 20\n"
			       "    pwwn 21:00:00:00:00:00:00:01 [host]\n"
			       "    device-alias array\n"
			       "\n"
			       "  zone name z2 vsan 20\n"
			       "    pwwn 21:00:00:00:00:00:00:02\n"
			       "\n"
			       "zoneset name spare vsan 20\n"
			       "\n"
			       "zoneset name prod vsan 20\n"
			       "  zone name z1 vsan 20\n"
			       "  * fcid 0x2f0000 [pwwn 21:00:00:00:00:00:00:01] [host]\n"
			       "  * fcid 0x2f0100 [device-alias array]\n"
			       "  * fcid 0x2f0200 [interface fc1/3 swwn 20:00:00:00:00:00:00:07]\n"
			       "  * fcid 0x2f0300\n"
			       "    pwwn 21:00:00:00:00:00:00:03 [away]\n");

	assert_at(snapshot, "vendor", "'nxos'");
	assert_at(snapshot, "defined/zonesets", "{'prod': ['z1', 'z2'], 'spare': []}");
	assert_at(snapshot, "defined/zones",
		"{'z1': {'kind': 'regular', 'members': ['2100000000000001', '@array']}, "
		" 'z2': {'kind': 'regular', 'members': ['2100000000000002']}}");
	assert_at(snapshot, "effective",
		"{'zoneset': 'prod', 'zones': {'z1': {'kind': 'regular', 'members': "
		"['2100000000000001', '2100000000000003', '@array', 'fcid:0x2f0300', "
		"'interface:fc1/3 swwn 20:00:00:00:00:00:00:07']}}}");
	(void)state;
}

static void test_import_takes_the_prompts_word_for_an_active_zoneset(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "mds-1# sh zones ac v 20\n"
			       "zoneset name prod vsan 20\n"
			       "  zone name z1 vsan 20\n"
			       "    pwwn 21:00:00:00:00:00:00:01\n"
			       "mds-1# show zone vsan 20\n"
			       "zone name z1 vsan 20\n"
			       "  pwwn 21:00:00:00:00:00:00:01\n"
			       "  pwwn 21:00:00:00:00:00:00:02\n");

	assert_at(snapshot, "effective/zones/z1",
		"{'kind': 'regular', 'members': ['2100000000000001']}");
	assert_at(snapshot, "defined/zones/z1",
		"{'kind': 'regular', 'members': ['2100000000000001', '2100000000000002']}");
	(void)state;
}

static void test_import_makes_peer_zones_of_device_types(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "zone name typed vsan 20\n"
			       "  pwwn 21:00:00:00:00:00:00:01 [host]  init\n"
			       "  device-alias initiator initiator\n"
			       "  pwwn 50:00:00:00:00:00:00:01  target\n"
			       "  device-alias ring both\n"
			       "\n"
			       "zone name one_untyped vsan 20\n"
			       "  pwwn 21:00:00:00:00:00:00:01 init\n"
			       "  device-alias ring\n");

	assert_at(snapshot, "defined/zones/typed",
		"{'kind': 'peer', 'members': ['2100000000000001', '@initiator', '@ring'], "
		"'principals': ['5000000000000001', '@ring']}");
	assert_at(snapshot, "defined/zones/one_untyped",
		"{'kind': 'regular', 'members': ['2100000000000001', '@ring']}");
	(void)state;
}

static void test_import_takes_names_as_they_are_when_words_hide_in_them(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "zone name init_target_both vsan 20\n"
			       "  device-alias host1\n"
			       "  device-alias host10\n"
			       "  device-alias init_x\n"
			       "  device-alias pwwn\n"
			       "  device-alias both target\n");

	assert_at(snapshot, "defined/zones",
		"{'init_target_both': {'kind': 'regular', "
		"'members': ['@both', '@host1', '@host10', '@init_x', '@pwwn']}}");
	(void)state;
}

static void test_import_reads_fcaliases_alone_and_within_zones(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "zoneset name prod vsan 1\n"
			       "  zone name z1 vsan 1\n"
			       "    fcalias name array vsan 1\n"
			       "      interface fc1/21 swwn 20:00:00:00:00:00:00:07\n"
			       "      pwwn 50:00:00:00:00:00:00:01\n"
			       "\n"
			       "    fcalias name host vsan 1\n"
			       "      pwwn 21:00:00:00:00:00:00:01\n"
			       "\n"
			       "    pwwn 21:00:00:00:00:00:00:02\n"
			       "\n"
			       "fcalias name spare vsan 1\n"
			       "  pwwn 21:00:00:00:00:00:00:03\n"
			       "\n"
			       "fcalias name nothing vsan 1\n");

	assert_at(snapshot, "defined/zones/z1",
		"{'kind': 'regular', 'members': ['2100000000000002', '@array', '@host']}");
	assert_at(snapshot, "defined/aliases",
		"{'array': ['5000000000000001', 'interface:fc1/21 swwn 20:00:00:00:00:00:00:07'], "
		"'host': ['2100000000000001'], 'spare': ['2100000000000003'], 'nothing': []}");
	(void)state;
}

static void test_import_reads_every_kind_of_member_of_nxos(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto", "zone name z vsan 20\n"
								  "  attribute qos priority high\n"
								  "  fcid 0x010203\n"
								  "  fwwn 20:01:00:00:00:00:00:07\n"
								  "  ip-address 192.0.2.7\n"
								  "  symbolic-nodename a node\n"
								  "  domain-id 2 port-number 23\n"
								  "  holiday home\n");

	assert_at(snapshot, "defined/zones/z/members",
		"['2,23', 'fcid:0x010203', 'fwwn:20:01:00:00:00:00:00:07', 'ip:192.0.2.7', "
		"'other:holiday home', 'symbolic:a node']");
	(void)state;
}

static void test_import_reads_device_aliases(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "device-alias database\n"
			       "  device-alias name host pwwn 21:00:00:00:00:00:00:01\n"
			       "device-alias name array pwwn 50:00:00:00:00:00:00:01\n"
			       "\n"
			       "Total number of entries = 2\n");

	assert_at(snapshot, "defined/aliases",
		"{'host': ['2100000000000001'], 'array': ['5000000000000001']}");
	(void)state;
}

static void test_import_reads_a_running_configuration(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "!Command: show running-config zone\n"
			       "!Active Zone Database Section for vsan 20\n"
			       "zone name z1 vsan 20\n"
			       "    member pwwn 21:00:00:00:00:00:00:01 init\n"
			       "    member pwwn 50:00:00:00:00:00:00:01 target\n"
			       "zoneset name prod vsan 20\n"
			       "    member z1\n"
			       "zoneset activate name prod vsan 20\n"
			       "do clear zone database vsan 20\n"
			       "!Full Zone Database Section for vsan 20\n"
			       "zone name z1 vsan 20\n"
			       "    member device-alias host init\n"
			       "zone name z2 vsan 20\n"
			       "zoneset name prod vsan 20\n"
			       "    member z1\n"
			       "    member z2\n");

	assert_at(snapshot, "effective",
		"{'zoneset': 'prod', 'zones': {'z1': {'kind': 'peer', "
		"'members': ['2100000000000001'], 'principals': ['5000000000000001']}}}");
	assert_at(snapshot, "defined/zones",
		"{'z1': {'kind': 'peer', 'members': ['@host'], 'principals': []}, "
		"'z2': {'kind': 'regular', 'members': []}}");
	assert_at(snapshot, "defined/zonesets", "{'prod': ['z1', 'z2']}");
	(void)state;
}

static void test_import_reads_zone_status_however_its_lines_are_broken(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto",
		"VSAN: 20 default-zone: permit distribute: full Interop: default\n"
		"    mode: enhanced merge-control: allow session: CLI/SNMPv3:ops\n"
		"    hard-zoning: enabled broadcast: unsupported smart-zoning: enabled\n"
		"Active Zoning Database :\n"
		"    DB Size: 136 bytes\n"
		"    Name: prod Zonesets: 1 Zones: 2\n"
		"Current Total Zone DB Usage: 492 / 2097152 bytes (0 % used)\n"
		"Status: Operation failed: [Error: no such zone]:\n"
		"        at 11:06:21 UTC Jul  5 2019\n");

	assert_at(snapshot, "default_zone", "'all-access'");
	assert_at(snapshot, "mode", "'enhanced'");
	assert_at(snapshot, "smart", "true");
	assert_at(snapshot, "transaction",
		"{'open': true, 'user': 'ops', 'interface': 'CLI/SNMPv3'}");
	assert_at(snapshot, "effective/zoneset", "'prod'");
	assert_at(snapshot, "space", "{'used': 492, 'max': 2097152}");
	assert_at(snapshot, "status",
		"'Operation failed: [Error: no such zone]: at 11:06:21 UTC Jul  5 2019'");
	(void)state;
}

static void test_import_keeps_zones_whose_indentation_was_lost(void **state)
{
	np_auto(np_json_decref) json_t *snapshot =
		import("auto", "zone name z1 vsan 20\n"
			       "pwwn 21:00:00:00:00:00:00:01\n"
			       "* fcid 0x010203 [pwwn 21:00:00:00:00:00:00:02]\n"
			       "zone name z2 vsan 20\n"
			       "member pwwn 21:00:00:00:00:00:00:03\n");

	assert_at(snapshot, "defined/zones",
		"{'z1': {'kind': 'regular', 'members': ['2100000000000001', '2100000000000002']}, "
		"'z2': {'kind': 'regular', 'members': ['2100000000000003']}}");
	(void)state;
}

static void test_import_refuses_a_text_of_two_vsans(void **state)
{
	assert_refused("auto", "zone name a vsan 1\nzone name b vsan 20\n",
		"line 2: the text is of VSAN 1 and of VSAN 20");
	assert_refused("auto", "zone name a vsan x\n", "'x' is no VSAN");
	(void)state;
}

#define FOS_ONE                                                                                    \
	"{\"Response\": {\"defined-configuration\": {"                                             \
	"\"cfg\": {\"cfg-name\": \"prod\", \"member-zone\": {\"zone-name\": \"z\"}},"              \
	"\"zone\": {\"zone-name\": \"z\", \"zone-type\": 0, \"zone-type-string\": \"zone\","       \
	" \"member-entry\": {\"entry-name\": \"a\"}},"                                             \
	"\"alias\": {\"alias-name\": \"a\", \"member-entry\":"                                     \
	" {\"alias-entry-name\": \"21:00:00:00:00:00:00:01\"}}}}}"

#define FOS_LISTS                                                                                  \
	"{\"defined-configuration\": {"                                                            \
	"\"cfg\": [{\"cfg-name\": \"prod\", \"member-zone\": {\"zone-name\": [\"z\"]}}],"          \
	"\"zone\": [{\"zone-name\": \"z\", \"zone-type\": \"0\","                                  \
	" \"member-entry\": {\"entry-name\": [\"a\"]}}],"                                          \
	"\"alias\": [{\"alias-name\": \"a\", \"member-entry\":"                                    \
	" {\"alias-entry-name\": [\"21:00:00:00:00:00:00:01\"]}}]}}"

static void test_import_reads_fos_json_whether_lists_or_single_values_come(void **state)
{
	np_auto(np_json_decref) json_t *one = import("auto", FOS_ONE);
	np_auto(np_json_decref) json_t *lists = import("auto", FOS_LISTS);

	assert_at(one, "defined",
		"{'aliases': {'a': ['2100000000000001']}, "
		"'zones': {'z': {'kind': 'regular', 'members': ['@a']}}, "
		"'zonesets': {'prod': ['z']}}");
	assert_true(json_equal(json_object_get(one, "defined"), json_object_get(lists, "defined")));
	(void)state;
}

static void test_import_reads_several_fos_replies_after_each_other(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = import("auto", FOS_ONE
		"\n{\"Response\": {\"effective-configuration\": {\"cfg-name\": \"prod\", "
		"\"checksum\": \"0123456789abcdef0123456789abcdef\", \"default-zone-access\": 0, "
		"\"db-max\": 4193060, \"db-avail\": 4000000, \"db-committed\": 100, "
		"\"transaction-token\": 0, \"enabled-zone\": {\"zone-name\": \"p\", "
		"\"zone-type-string\": \"user-created-peer-zone\", \"member-entry\": "
		"{\"entry-name\": [\"00:02:00:00:00:03:00:01\", \"21:00:00:00:00:00:00:01\"], "
		"\"principal-entry-name\": \"50:00:00:00:00:00:00:01\"}}}}}\n"
		"[{\"fabric-lock\": {\"lock-principal-domain-id\": 3, "
		"\"lock-principal-transaction-token\": 77, \"remaining-time\": 120, "
		"\"client-user-name\": \"ops\", \"client-ip-address\": \"192.0.2.1\", "
		"\"client-interface\": \"rest\", \"client-application-name\": \"tool}\"}},"
		" {\"Response\": {\"fibrechannel-name-server\": {\"port-id\": \"0x010600\", "
		"\"port-name\": \"c0:50:76:00:00:00:00:01\", "
		"\"permanent-port-name\": \"21:00:00:00:00:00:00:09\", "
		"\"fc4-features\": \"FCP-Initiator\", "
		"\"port-symbolic-name\": \"[3] \\\"web\\\"\"}}}]\n");

	assert_at(snapshot, "checksum", "'0123456789abcdef0123456789abcdef'");
	assert_at(snapshot, "default_zone", "'no-access'");
	assert_at(snapshot, "space", "{'max': 4193060, 'used': 193060}");
	assert_at(snapshot, "transaction",
		"{'open': true, 'token': '77', 'user': 'ops', 'address': '192.0.2.1', "
		"'application': 'tool}', 'interface': 'rest', 'remaining_s': 120}");
	assert_at(snapshot, "effective",
		"{'zoneset': 'prod', 'zones': {'p': {'kind': 'peer', "
		"'members': ['2100000000000001'], 'principals': ['5000000000000001']}}}");
	assert_at(snapshot, "logins",
		"[{'wwpn': 'c050760000000001', 'physical_wwpn': '2100000000000009', "
		"'port_id': '0x010600', 'role': 'initiator', 'symbolic_name': 'web'}]");
	(void)state;
}

static void test_import_says_what_error_a_switch_answered(void **state)
{
	assert_refused("auto",
		"{\"errors\": {\"error\": {\"error-message\": \"The Fabric is busy\"}}}",
		"'The Fabric is busy'");
	assert_refused("auto",
		"{\"errors\": {\"error\": [{\"error-message\": \"no such zone\"}, {}]}}",
		"'no such zone'");
	(void)state;
}

static void test_import_gives_the_same_checksum_to_the_same_zones(void **state)
{
	np_auto(np_json_decref) json_t *one =
		import("auto", "Defined configuration:\n zone:\ta\t1,1; 1,2\n zone:\tb\t1,3\n");
	np_auto(np_json_decref) json_t *same =
		import("auto", "Defined configuration:\n zone:\tb\t1,3\n zone:\ta\t1,2; 1,1\n");
	np_auto(np_json_decref) json_t *other =
		import("auto", "Defined configuration:\n zone:\ta\t1,1; 1,2\n zone:\tb\t1,4\n");

	assert_string_equal(np_json_text(one, "checksum"), np_json_text(same, "checksum"));
	assert_string_not_equal(np_json_text(one, "checksum"), np_json_text(other, "checksum"));
	(void)state;
}

static void test_import_refuses_what_no_switch_says(void **state)
{
	static const struct {
		const char *format, *text, *message;
	} wrong[] = {
		{ "auto", "", "no text of a switch" },
		{ "auto", "hello\nworld\n", "no text of a switch" },
		{ "auto", "vsan 1 information\n   interoperability mode:default\n",
			"no text of a switch" },
		{ "cfgshow", "hello\nworld\n", "has no zones" },
		{ "zoneset", "hello\nworld\n", "has no zones" },
		{ "xml", "<x/>", "'xml' is none of" },
		{ "auto", "{\"x\": }", "JSON line 1" },
		{ "auto", "{\"x\": 1}", "has no zones" },
		{ "auto", "{\"defined-configuration\": {\"zone\": {\"zone-name\": 7}}}",
			"is no name" },
		{ "auto",
			"{\"defined-configuration\": {\"zone\": {\"zone-name\": \"z\", "
			"\"member-entry\": {\"entry-name\": [7]}}}}",
			"zone 'z': a member is no text" },
		{ "auto", "Defined configuration:\n zone:\n", "line 2: a zone has no name" },
		{ "auto", "Defined configuration:\n zone:\tz\t21:00:00:00\n",
			"is no member of a zone" },
		{ "auto",
			"Defined configuration:\n zone:\t"
			"a_name_of_65_characters_is_one_too_many_for_every_vendor_of_a_fab\t1,1\n",
			"65 characters" },
		{ "auto", "zone name z vsan 20\n  pwwn 21:00\n", "line 2: " },
		{ "auto", "zone name z vsan 20\n  pwwn host\n", "'host' is no WWPN" },
		{ "auto", "device-alias name h pwwn 21:00\n", "line 1: " },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_refused(wrong[i].format, wrong[i].text, wrong[i].message);
	(void)state;
}

static void test_import_refuses_bytes_that_are_no_text(void **state)
{
	static const char nul[] = "Defined configuration:\n zone: a\0b 1,1\n";
	struct np_err err = { 0 };
	json_t *snapshot = NULL;

	assert_int_equal(zone_import("auto", nul, sizeof nul - 1, &snapshot, &err), -NP_INVAL);
	assert_refused("auto", "Defined configuration:\n zone:\tz\xff\t1,1\n", "line 2: ");
	assert_refused("auto", "Defined configuration:\n cfg:\tc\tz\xc3\n", "line 2: ");
	assert_null(snapshot);
	(void)state;
}

static void test_import_quotes_no_control_characters_of_the_text(void **state)
{
	static const char text[] =
		"{\"defined-configuration\": {\"zone\": {\"zone-name\": \"\\u001b[2Jx\"}}}";
	struct np_err err = { 0 };
	json_t *snapshot = NULL;

	assert_int_equal(zone_import("auto", text, strlen(text), &snapshot, &err), -NP_INVAL);
	assert_null(strchr(err.msg, 0x1b));
	(void)state;
}

static void test_import_refuses_a_text_over_its_limit(void **state)
{
	size_t len = (32u << 20) + 1;
	char *text = malloc(len);
	struct np_err err = { 0 };
	json_t *snapshot = NULL;

	memset(text, ' ', len);
	assert_int_equal(zone_import("auto", text, len, &snapshot, &err), -NP_TOOBIG);
	free(text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_import_reads_cfgshow_defined_and_effective),
		cmocka_unit_test(test_import_counts_ports_of_aliases_as_the_property_member_does),
		cmocka_unit_test(test_import_reads_a_peer_zone_of_principals_alone),
		cmocka_unit_test(test_import_tells_zones_that_a_target_made),
		cmocka_unit_test(test_import_keeps_a_wwn_of_zeros_that_is_no_property_member),
		cmocka_unit_test(test_import_reads_cfgactvshow_without_a_definition),
		cmocka_unit_test(test_import_takes_no_unknown_default_zone_for_a_shut_one),
		cmocka_unit_test(test_import_reads_the_other_commands_of_fos_from_the_same_text),
		cmocka_unit_test(test_import_reads_the_name_server_of_fos_whatever_the_port_type),
		cmocka_unit_test(test_import_reads_the_name_server_of_nxos_whatever_the_port_type),
		cmocka_unit_test(test_import_reads_show_zoneset_and_show_zoneset_active),
		cmocka_unit_test(test_import_takes_the_prompts_word_for_an_active_zoneset),
		cmocka_unit_test(test_import_makes_peer_zones_of_device_types),
		cmocka_unit_test(test_import_takes_names_as_they_are_when_words_hide_in_them),
		cmocka_unit_test(test_import_reads_fcaliases_alone_and_within_zones),
		cmocka_unit_test(test_import_reads_every_kind_of_member_of_nxos),
		cmocka_unit_test(test_import_reads_device_aliases),
		cmocka_unit_test(test_import_reads_a_running_configuration),
		cmocka_unit_test(test_import_reads_zone_status_however_its_lines_are_broken),
		cmocka_unit_test(test_import_keeps_zones_whose_indentation_was_lost),
		cmocka_unit_test(test_import_refuses_a_text_of_two_vsans),
		cmocka_unit_test(test_import_reads_fos_json_whether_lists_or_single_values_come),
		cmocka_unit_test(test_import_reads_several_fos_replies_after_each_other),
		cmocka_unit_test(test_import_says_what_error_a_switch_answered),
		cmocka_unit_test(test_import_gives_the_same_checksum_to_the_same_zones),
		cmocka_unit_test(test_import_refuses_what_no_switch_says),
		cmocka_unit_test(test_import_refuses_bytes_that_are_no_text),
		cmocka_unit_test(test_import_quotes_no_control_characters_of_the_text),
		cmocka_unit_test(test_import_refuses_a_text_over_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
