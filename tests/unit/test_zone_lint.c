/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each rule both ways: it finds what it is for, and is silent where that is not so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/judge.h"

/* Short names of ports. */
#define HOST1 "'2100000000000001'"
#define HOST2 "'2100000000000002'"
#define DISK "'5000000000000001'"
#define TAPE "'5000000000000002'"

#define ZONE(members) "{'kind': 'regular', 'members': [" members "]}"
#define PEER(principals, members)                                                                  \
	"{'kind': 'peer', 'principals': [" principals "], 'members': [" members "]}"
#define LOGIN(wwpn, role) "{'wwpn': " wwpn ", 'role': '" role "'}"
#define LOGINS                                                                                     \
	"[" LOGIN(HOST1, "initiator") "," LOGIN(HOST2, "initiator") "," LOGIN(                     \
		DISK, "target") "," LOGIN(TAPE, "target") "]"

/* JSON with ' for ", to be read more easily; the caller's. */
static json_t *json_of(const char *text)
{
	json_error_t why;
	char *copy = strdup(text);

	for (char *at = copy; (at = strchr(at, '\''));)
		*at = '"';
	json_t *json = json_loads(copy, 0, &why);
	if (!json)
		fail_msg("%s: %s", why.text, copy);
	free(copy);
	return json;
}

/* The findings of a fabric; the caller's. */
static json_t *lint(const char *fabric, const char *knowledge)
{
	np_auto(np_json_decref) json_t *snapshot = json_of(fabric);
	np_auto(np_json_decref) json_t *context = knowledge ? json_of(knowledge) : NULL;
	json_t *findings = NULL;
	struct np_err err = { 0 };

	if (zone_snapshot_normalise(snapshot, &err) < 0 ||
		zone_lint(snapshot, context, &findings, &err) < 0)
		fail_msg("%s", err.msg);
	return findings;
}

static const json_t *found(const json_t *findings, const char *rule)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (findings, i, finding) {
		if (strcmp(np_json_text(finding, "rule"), rule) == 0)
			return finding;
	}
	return NULL;
}

/* @about: "OBJECT NAME" of the rule's first finding. */
static void assert_finds(
	const char *rule, const char *about, const char *fabric, const char *knowledge)
{
	np_auto(np_json_decref) json_t *findings = lint(fabric, knowledge);
	const json_t *finding = found(findings, rule);
	char text[160];

	if (!finding)
		fail_msg("%s is silent about %s", rule, fabric);
	(void)snprintf(text, sizeof(text), "%s %s", np_json_text(finding, "object"),
		np_json_text(finding, "name"));
	assert_string_equal(text, about);
	assert_true(strchr(np_json_text(finding, "text"), ';') ||
		    strchr(np_json_text(finding, "text"), ':'));
}

static void assert_silent(const char *rule, const char *fabric, const char *knowledge)
{
	np_auto(np_json_decref) json_t *findings = lint(fabric, knowledge);
	const json_t *finding = found(findings, rule);

	if (finding)
		fail_msg("%s: %s: %s", rule, np_json_text(finding, "name"),
			np_json_text(finding, "text"));
}

#define FOS(defined, rest) "{'vendor': 'fos', 'defined': {" defined "}" rest "}"
#define NXOS(defined, rest) "{'vendor': 'nxos', 'defined': {" defined "}" rest "}"

static void test_lint_is_silent_about_a_fabric_in_order(void **state)
{
	np_auto(np_json_decref) json_t *findings =
		lint(FOS("'zones': {'web': " ZONE(HOST1 "," DISK) ", 'db': " PEER(
				 DISK, HOST2) "}, "
					      "'zonesets': {'prod': ['db', 'web']}",
			     ", 'default_zone': 'no-access', 'logins': " LOGINS
			     ", 'effective': {'zoneset': 'prod', 'zones': {'web': " ZONE(
				     HOST1 "," DISK) ", 'db': " PEER(DISK, HOST2) "}}"),
			"{'tapes': [" TAPE "], 'guests': {" HOST1 ": 'guest-1'}}");

	assert_int_equal(json_array_size(findings), 0);
	(void)state;
}

static void test_lint_finds_several_initiators_in_a_regular_zone(void **state)
{
	static const char guests[] = "{'guests': {" HOST1 ": 'a', " HOST2 ": 'b'}}";

	assert_finds("multi-initiator", "zone z",
		FOS("'zones': {'z': " ZONE(HOST1 "," HOST2 "," DISK) "}", ", 'logins': " LOGINS),
		NULL);
	assert_finds("multi-initiator", "zone z",
		FOS("'aliases': {'h': [" HOST1 "," HOST2
		    "]}, 'zones': {'z': " ZONE("'@h'," DISK) "}",
			", 'logins': " LOGINS),
		NULL);
	assert_finds("multi-initiator", "zone z",
		FOS("'zones': {'z': " ZONE(HOST1 "," HOST2 "," DISK) "}", ""), guests);
	assert_silent("multi-initiator",
		FOS("'zones': {'z': " ZONE(HOST1 "," DISK "," TAPE) "}", ", 'logins': " LOGINS),
		NULL);
	assert_silent("multi-initiator",
		FOS("'zones': {'z': " PEER(DISK, HOST1 "," HOST2) "}", ", 'logins': " LOGINS),
		NULL);
	(void)state;
}

static void test_lint_finds_switch_ports_beside_wwns(void **state)
{
	assert_finds("mixed-kinds", "zone z",
		FOS("'aliases': {'p': ['3,15']}, 'zones': {'z': " ZONE("'@p'," DISK) "}", ""),
		NULL);
	assert_silent("mixed-kinds", FOS("'zones': {'z': " ZONE("'3,15','3,16'") "}", ""), NULL);
	assert_silent("mixed-kinds", FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_aliases_beside_wwns(void **state)
{
	assert_finds("mixed-alias", "zone z",
		FOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " ZONE("'@d'," HOST1) "}", ""),
		NULL);
	assert_silent("mixed-alias",
		FOS("'aliases': {'d': [" DISK "], 'h': [" HOST1
		    "]}, 'zones': {'z': " ZONE("'@d','@h'") "}",
			""),
		NULL);
	(void)state;
}

static void test_lint_finds_members_that_are_switch_ports(void **state)
{
	assert_finds(
		"port-member", "zone z", FOS("'zones': {'z': " ZONE("'3,15'," DISK) "}", ""), NULL);
	assert_silent("port-member", FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_the_base_port_of_an_hba_with_vports(void **state)
{
	static const char zoned[] = FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}", "");

	assert_finds("base-zoned", "zone z", zoned, "{'base_wwpns': [" HOST1 "]}");
	assert_finds("base-zoned", "zone z",
		FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}",
			", 'logins': [{'wwpn': " HOST2 ", 'physical_wwpn': " HOST1 "}]"),
		NULL);
	assert_silent("base-zoned", zoned, "{'base_wwpns': [" HOST2 "]}");
	assert_silent("base-zoned",
		FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}",
			", 'logins': [{'wwpn': " HOST1 ", 'physical_wwpn': " HOST1 "}]"),
		NULL);
	(void)state;
}

#define ONLY(host) "{'vendor': 'fos', 'defined': {'zones': {'z': " ZONE(host "," DISK) "}}}"

static void test_lint_finds_a_guest_that_is_zoned_in_one_fabric_alone(void **state)
{
	static const char there[] =
		"{'guests': {" HOST1 ": 'g1', " HOST2 ": 'g1'}, 'other_fabric': " ONLY(HOST2) "}";
	static const char not_there[] =
		"{'guests': {" HOST1 ": 'g1'}, 'other_fabric': " ONLY(TAPE) "}";
	static const char not_here[] =
		"{'guests': {" HOST2 ": 'g2'}, 'other_fabric': " ONLY(HOST2) "}";
	static const char not_told[] = "{'guests': {" HOST1 ": 'g1'}}";
	np_auto(np_json_decref) json_t *findings = lint(ONLY(HOST1), not_there);

	assert_finds("guest-one-fabric", "port 2100000000000001", ONLY(HOST1), not_there);
	assert_finds("guest-one-fabric", "port 2100000000000002", ONLY(HOST1), not_here);
	assert_string_equal(np_json_text(found(findings, "guest-one-fabric"), "guest"), "g1");
	assert_silent("guest-one-fabric", ONLY(HOST1), there);
	assert_silent("guest-one-fabric", ONLY(HOST1), not_told);
	(void)state;
}

static void test_lint_finds_a_tape_with_a_disk(void **state)
{
	static const char tapes[] = "{'tapes': [" TAPE "]}";

	assert_finds("tape-with-disk", "zone z",
		FOS("'zones': {'z': " ZONE(HOST1 "," DISK "," TAPE) "}", ", 'logins': " LOGINS),
		tapes);
	assert_finds("tape-with-disk", "zone z",
		FOS("'zones': {'z': " PEER(DISK "," TAPE, HOST1) "}", ""), tapes);
	assert_silent("tape-with-disk",
		FOS("'zones': {'z': " ZONE(HOST1 "," TAPE) "}", ", 'logins': " LOGINS), tapes);
	assert_silent("tape-with-disk",
		FOS("'zones': {'z': " ZONE(HOST1 "," DISK "," TAPE) "}", ", 'logins': " LOGINS),
		NULL);
	(void)state;
}

static void test_lint_finds_aliases_that_are_in_no_zone(void **state)
{
	assert_finds("unused-alias", "alias spare",
		FOS("'aliases': {'d': [" DISK "], 'spare': [" TAPE
		    "]}, 'zones': {'z': " PEER("'@d'", HOST1) "}",
			""),
		NULL);
	assert_silent("unused-alias",
		FOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " PEER("'@d'", HOST1) "}", ""),
		NULL);
	assert_silent("unused-alias",
		NXOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " ZONE(DISK) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_aliases_of_nothing(void **state)
{
	assert_finds("empty-alias", "alias none", FOS("'aliases': {'none': []}", ""), NULL);
	assert_silent("empty-alias", FOS("'aliases': {'d': [" DISK "]}", ""), NULL);
	(void)state;
}

static void test_lint_finds_aliases_that_are_not_defined(void **state)
{
	assert_finds(
		"unknown-alias", "zone z", FOS("'zones': {'z': " ZONE("'@gone'") "}", ""), NULL);
	assert_finds("unknown-alias", "zone z",
		NXOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " PEER("'@gone'", HOST1) "}",
			""),
		NULL);
	assert_silent("unknown-alias",
		FOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " ZONE("'@d'") "}", ""), NULL);
	assert_silent(
		"unknown-alias", NXOS("'zones': {'z': " ZONE("'@told_elsewhere'") "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_a_port_that_comes_twice_by_way_of_an_alias(void **state)
{
	assert_finds("duplicate-member", "zone z",
		FOS("'aliases': {'d': [" DISK "]}, 'zones': {'z': " ZONE("'@d'," DISK) "}", ""),
		NULL);
	assert_finds("duplicate-member", "zone z",
		FOS("'aliases': {'d': [" DISK "], 'dt': [" DISK "," TAPE
		    "]}, 'zones': {'z': " PEER("'@d','@dt'", HOST1) "}",
			""),
		NULL);
	assert_finds("duplicate-member", "zone z", FOS("'zones': {'z': " PEER(DISK, DISK) "}", ""),
		NULL);
	assert_silent("duplicate-member",
		FOS("'aliases': {'d': [" DISK "], 't': [" TAPE
		    "]}, 'zones': {'z': " ZONE("'@d','@t'," HOST1) "}",
			""),
		NULL);
	assert_silent("duplicate-member",
		NXOS("'zones': {'z': " PEER(DISK, DISK "," HOST1) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_names_that_differ_in_case_alone(void **state)
{
	assert_finds("case-names", "zone web",
		FOS("'zones': {'Web': " ZONE(HOST1) ", 'web': " ZONE(HOST2) "}", ""), NULL);
	assert_silent("case-names",
		FOS("'aliases': {'Web': [" HOST1 "]}, 'zones': {'web': " ZONE(HOST2) "}", ""),
		NULL);
	(void)state;
}

static void test_lint_finds_names_that_are_nearly_the_same(void **state)
{
	static const struct {
		const char *one, *other;
		const char *about; /* NULL: silent */
	} rows[] = {
		{ "esx01_hba0", "esx01-hba0", "alias esx01-hba0" },
		{ "esx01_hba0", "ESX01HBA0", "alias ESX01HBA0" },
		{ "oracle_db", "oraccle_db", "alias oraccle_db" },
		{ "storage_p0", "storge_p0", "alias storage_p0" },
		{ "host1", "host2", NULL },
		{ "host_1_11", "host_11_1", NULL },
		{ "server", "servers", NULL },
		{ "array_a", "array_b", NULL },
		{ "ctrl_p0", "ctl_p0", NULL },
		{ "Web", "web", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char fabric[256];

		(void)snprintf(fabric, sizeof(fabric),
			FOS("'aliases': {'%s': [" HOST1 "], '%s': [" HOST2 "]}", ""), rows[i].one,
			rows[i].other);
		if (rows[i].about)
			assert_finds("similar-names", rows[i].about, fabric, NULL);
		else
			assert_silent("similar-names", fabric, NULL);
	}
	(void)state;
}

static void test_lint_finds_zones_of_the_same_members(void **state)
{
	assert_finds("same-members", "zone b",
		FOS("'aliases': {'h': [" HOST1
		    "]}, 'zones': {'a': " ZONE(HOST1 "," DISK) ", 'b': " ZONE("'@h'," DISK) "}",
			""),
		NULL);
	assert_silent("same-members",
		FOS("'zones': {'a': " ZONE(HOST1 "," DISK) ", 'b': " PEER(DISK, HOST1) "}", ""),
		NULL);
	assert_silent(
		"same-members", FOS("'zones': {'a': " ZONE("") ", 'b': " ZONE("") "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_zones_that_are_in_no_zoneset(void **state)
{
	assert_finds("unused-zone", "zone b",
		FOS("'zones': {'a': " ZONE(HOST1) ", 'b': " ZONE(
			    HOST2) "}, 'zonesets': {'s': ['a']}",
			""),
		NULL);
	assert_silent("unused-zone",
		FOS("'zones': {'a': " ZONE(HOST1) ", 'b': " ZONE(
			    HOST2) "}, 'zonesets': {'s': ['a'], 't': ['b']}",
			""),
		NULL);
	assert_silent("unused-zone", NXOS("'zones': {'a': " ZONE(HOST1) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_zonesets_whose_zones_are_missing(void **state)
{
	assert_finds("missing-zone", "zoneset s",
		FOS("'zones': {'a': " ZONE(HOST1) "}, 'zonesets': {'s': ['a', 'gone']}", ""), NULL);
	assert_silent("missing-zone",
		FOS("'zones': {'a': " ZONE(HOST1) "}, 'zonesets': {'s': ['a']}", ""), NULL);
	(void)state;
}

static void test_lint_finds_zones_without_members(void **state)
{
	assert_finds("empty-zone", "zone z", NXOS("'zones': {'z': " ZONE("") "}", ""), NULL);
	assert_silent("empty-zone", NXOS("'zones': {'z': " PEER(DISK, "") "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_zones_in_which_nobody_can_talk(void **state)
{
	assert_finds("single-member", "zone z", FOS("'zones': {'z': " ZONE(HOST1) "}", ""), NULL);
	assert_finds("single-member", "zone z",
		FOS("'zones': {'z': " PEER(DISK "," TAPE, "") "}", ""), NULL);
	assert_finds("single-member", "zone z",
		NXOS("'zones': {'z': " PEER("", HOST1 "," HOST2) "}", ""), NULL);
	assert_silent("single-member", FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}", ""), NULL);
	assert_silent("single-member", FOS("'zones': {'z': " PEER(DISK, HOST1) "}", ""), NULL);
	assert_silent("single-member",
		FOS("'aliases': {'d': [" DISK "," TAPE "]}, 'zones': {'z': " ZONE("'@d'") "}", ""),
		NULL);
	(void)state;
}

#define IN_FORCE(zones) ", 'effective': {'zoneset': 's', 'zones': {" zones "}}"
#define DEFINED_A                                                                                  \
	"'aliases': {'h': [" HOST1                                                                 \
	"]}, 'zones': {'a': " ZONE("'@h'," DISK) "}, 'zonesets': {'s': ['a']}"

static void test_lint_finds_what_is_in_force_and_not_defined_so(void **state)
{
	assert_finds("effective-differs", "zone a",
		FOS(DEFINED_A, IN_FORCE("'a': " ZONE(HOST2 "," DISK))), NULL);
	assert_finds("effective-differs", "zone a",
		FOS(DEFINED_A, IN_FORCE("'b': " ZONE(HOST2 "," DISK))), NULL);
	assert_finds("effective-differs", "zone b",
		FOS(DEFINED_A, IN_FORCE("'a': " ZONE(HOST1 "," DISK) ", 'b': " ZONE(HOST2))), NULL);
	assert_finds("effective-differs", "zoneset gone",
		FOS(DEFINED_A,
			", 'effective': {'zoneset': 'gone', 'zones': {'a': " ZONE(HOST1) "}}"),
		NULL);
	(void)state;
}

static void test_lint_takes_what_is_in_force_for_defined_when_it_is(void **state)
{
	assert_silent(
		"effective-differs", FOS(DEFINED_A, IN_FORCE("'a': " ZONE(HOST1 "," DISK))), NULL);
	assert_silent("effective-differs",
		NXOS(DEFINED_A, IN_FORCE("'a': " ZONE("'@h'," DISK) ", 'IVRZ_x': " ZONE(HOST2))),
		NULL);
	assert_silent("effective-differs", FOS(DEFINED_A, ""), NULL);
	assert_silent("effective-differs", FOS(DEFINED_A, ", 'effective': {'zoneset': 's'}"), NULL);
	assert_silent("effective-differs", FOS("", IN_FORCE("'a': " ZONE(HOST1))), NULL);
	(void)state;
}

static void test_lint_finds_an_open_default_zone(void **state)
{
	assert_finds("default-zone-open", "fabric fab1",
		FOS("", ", 'switch': 'fab1', 'default_zone': 'all-access'"), NULL);
	assert_finds(
		"default-zone-open", "fabric ", NXOS("", ", 'default_zone': 'all-access'"), NULL);
	assert_silent("default-zone-open", FOS("", ", 'default_zone': 'no-access'"), NULL);
	assert_silent("default-zone-open", FOS("", ""), NULL);
	(void)state;
}

static void test_lint_finds_zones_of_which_nobody_is_logged_in(void **state)
{
	assert_finds("nobody-logged-in", "zone z",
		FOS("'zones': {'z': " ZONE("'2100000000000008','5000000000000009'") "}",
			", 'logins': " LOGINS),
		NULL);
	assert_silent("nobody-logged-in",
		FOS("'zones': {'z': " ZONE("'2100000000000008'," DISK) "}", ", 'logins': " LOGINS),
		NULL);
	assert_silent("nobody-logged-in",
		FOS("'zones': {'z': " PEER(DISK, "'2100000000000008'") "}", ", 'logins': " LOGINS),
		NULL);
	assert_silent("nobody-logged-in",
		FOS("'zones': {'z': " ZONE("'2100000000000008','3,15'") "}", ", 'logins': " LOGINS),
		NULL);
	assert_silent("nobody-logged-in", FOS("'zones': {'z': " ZONE("'2100000000000008'") "}", ""),
		NULL);
	(void)state;
}

#define LONELY(more) ", 'logins': [{'wwpn': " HOST2 ", 'role': 'initiator'" more "}]"

static void test_lint_finds_initiators_that_are_in_no_zone(void **state)
{
	assert_finds("unzoned-initiator", "port 2100000000000002",
		FOS("", IN_FORCE("'a': " ZONE(HOST1 "," DISK)) LONELY("")), NULL);
	assert_silent(
		"unzoned-initiator", FOS("", IN_FORCE("'a': " PEER(DISK, HOST2)) LONELY("")), NULL);
	assert_silent("unzoned-initiator",
		FOS("", IN_FORCE("'a': " ZONE("'3,15'")) LONELY(", 'port_id': '0x030f00'")), NULL);
	assert_silent("unzoned-initiator",
		FOS("", IN_FORCE("'a': " ZONE("'fcid:0x030f00'"))
				LONELY(", 'port_id': '0x030f00'")),
		NULL);
	assert_silent("unzoned-initiator",
		FOS("", IN_FORCE("'a': " ZONE("'2000000000000002'"))
				LONELY(", 'wwnn': '2000000000000002'")),
		NULL);
	assert_silent("unzoned-initiator", FOS("", LONELY("")), NULL);
	assert_silent("unzoned-initiator", FOS("", IN_FORCE("'a': " ZONE(HOST1)) LONELY("")),
		"{'base_wwpns': [" HOST2 "]}");
	(void)state;
}

static void test_lint_finds_wwns_that_begin_with_zeros(void **state)
{
	assert_finds("bad-wwn", "zone z",
		FOS("'zones': {'z': " ZONE("'0011223344556677'," DISK) "}", ""), NULL);
	assert_finds(
		"bad-wwn", "alias a", NXOS("'aliases': {'a': ['0011223344556677']}", ""), NULL);
	assert_silent("bad-wwn", FOS("'zones': {'z': " ZONE(HOST1 "," DISK) "}", ""), NULL);
	(void)state;
}

static void test_lint_finds_names_that_the_vendor_does_not_take(void **state)
{
	assert_finds("bad-name", "zone 1st", FOS("'zones': {'1st': " ZONE(HOST1) "}", ""), NULL);
	assert_finds("bad-name", "zoneset a.b", NXOS("'zonesets': {'a.b': []}", ""), NULL);
	assert_silent("bad-name", FOS("'zones': {'first': " ZONE(HOST1) "}", ""), NULL);
	assert_silent(
		"bad-name", "{'vendor': 'other', 'defined': {'zonesets': {'a.b': []}}}", NULL);
	(void)state;
}

static void test_lint_finds_a_database_that_is_nearly_full(void **state)
{
	assert_finds("database-full", "fabric fab1",
		FOS("", ", 'switch': 'fab1', 'space': {'max': 1000, 'used': 800}"), NULL);
	assert_finds("database-full", "fabric ",
		FOS("", ", 'space': {'max': 1, 'used': 9223372036854775807}"), NULL);
	assert_silent("database-full", FOS("", ", 'space': {'max': 1000, 'used': 799}"), NULL);
	assert_silent("database-full", FOS("'zones': {'z': " ZONE(HOST1) "}", ""), NULL);
	(void)state;
}

static void test_lint_names_the_guest_whose_port_is_concerned(void **state)
{
	np_auto(np_json_decref) json_t *findings =
		lint(FOS("'zones': {'z': " ZONE("'3,15'," HOST1) "}", ""),
			"{'guests': {" HOST1 ": 'guest-1'}}");

	assert_string_equal(np_json_text(found(findings, "port-member"), "guest"), "guest-1");
	(void)state;
}

static void test_lint_has_a_help_and_a_severity_for_every_rule(void **state)
{
	np_auto(np_json_decref) json_t *rules = zone_lint_rules();
	const json_t *rule;
	size_t i;

	assert_int_equal(json_array_size(rules), 25);
	json_array_foreach (rules, i, rule) {
		const char *severity = np_json_text(rule, "severity");

		assert_true(*np_json_text(rule, "name") && *np_json_text(rule, "help"));
		assert_true(strcmp(severity, "error") == 0 || strcmp(severity, "warning") == 0 ||
			    strcmp(severity, "info") == 0);
	}
	(void)state;
}

/* @count zones of one host each; each host's alias is spare. */
static json_t *big_fabric(unsigned count)
{
	json_t *zones = json_object(), *aliases = json_object(), *names = json_array();

	for (unsigned i = 0; i < count; i++) {
		char name[40], host[20], disk[20];

		(void)snprintf(name, sizeof(name), "npivd_production_guest%05u_hba0_a", i);
		(void)snprintf(host, sizeof(host), "c0507600%08x", i);
		(void)snprintf(disk, sizeof(disk), "50000000%08x", i % 64);
		(void)json_object_set_new(zones, name,
			json_pack("{s:s, s:[s, s]}", "kind", "regular", "members", disk, host));
		(void)json_object_set_new(aliases, name, json_pack("[s]", host));
		(void)json_array_append_new(names, json_string(name));
	}
	return json_pack("{s:s, s:{s:o, s:o, s:{s:o}}}", "vendor", "fos", "defined", "zones", zones,
		"aliases", aliases, "zonesets", "prod", names);
}

static void test_lint_counts_what_is_over_a_rules_limit(void **state)
{
	np_auto(np_json_decref) json_t *snapshot = big_fabric(8000);
	np_auto(np_json_decref) json_t *findings = NULL;
	struct np_err err = { 0 };
	size_t last;

	assert_int_equal(zone_snapshot_normalise(snapshot, &err), 0);
	assert_int_equal(zone_lint(snapshot, NULL, &findings, &err), 0);
	last = json_array_size(findings) - 1;

	assert_int_equal(last, 1000);
	assert_string_equal(np_json_text(json_array_get(findings, 0), "name"),
		"npivd_production_guest00000_hba0_a");
	assert_string_equal(np_json_text(json_array_get(findings, last), "rule"), "unused-alias");
	assert_non_null(
		strstr(np_json_text(json_array_get(findings, last), "text"), "and 7000 more"));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lint_is_silent_about_a_fabric_in_order),
		cmocka_unit_test(test_lint_finds_several_initiators_in_a_regular_zone),
		cmocka_unit_test(test_lint_finds_switch_ports_beside_wwns),
		cmocka_unit_test(test_lint_finds_aliases_beside_wwns),
		cmocka_unit_test(test_lint_finds_members_that_are_switch_ports),
		cmocka_unit_test(test_lint_finds_the_base_port_of_an_hba_with_vports),
		cmocka_unit_test(test_lint_finds_a_guest_that_is_zoned_in_one_fabric_alone),
		cmocka_unit_test(test_lint_finds_a_tape_with_a_disk),
		cmocka_unit_test(test_lint_finds_aliases_that_are_in_no_zone),
		cmocka_unit_test(test_lint_finds_aliases_of_nothing),
		cmocka_unit_test(test_lint_finds_aliases_that_are_not_defined),
		cmocka_unit_test(test_lint_finds_a_port_that_comes_twice_by_way_of_an_alias),
		cmocka_unit_test(test_lint_finds_names_that_differ_in_case_alone),
		cmocka_unit_test(test_lint_finds_names_that_are_nearly_the_same),
		cmocka_unit_test(test_lint_finds_zones_of_the_same_members),
		cmocka_unit_test(test_lint_finds_zones_that_are_in_no_zoneset),
		cmocka_unit_test(test_lint_finds_zonesets_whose_zones_are_missing),
		cmocka_unit_test(test_lint_finds_zones_without_members),
		cmocka_unit_test(test_lint_finds_zones_in_which_nobody_can_talk),
		cmocka_unit_test(test_lint_finds_what_is_in_force_and_not_defined_so),
		cmocka_unit_test(test_lint_takes_what_is_in_force_for_defined_when_it_is),
		cmocka_unit_test(test_lint_finds_an_open_default_zone),
		cmocka_unit_test(test_lint_finds_zones_of_which_nobody_is_logged_in),
		cmocka_unit_test(test_lint_finds_initiators_that_are_in_no_zone),
		cmocka_unit_test(test_lint_finds_wwns_that_begin_with_zeros),
		cmocka_unit_test(test_lint_finds_names_that_the_vendor_does_not_take),
		cmocka_unit_test(test_lint_finds_a_database_that_is_nearly_full),
		cmocka_unit_test(test_lint_names_the_guest_whose_port_is_concerned),
		cmocka_unit_test(test_lint_has_a_help_and_a_severity_for_every_rule),
		cmocka_unit_test(test_lint_counts_what_is_over_a_rules_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
