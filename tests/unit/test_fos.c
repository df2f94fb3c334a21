/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is sent to Fabric OS, and what its errors mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"
#include "zoning/fos_body.h"
#include "zoning/fos_error.h"

#define I1 "2100aabbccdd0001"
#define I2 "2100aabbccdd0002"
#define T1 "500601604b21aa01"
#define I1_COLON "21:00:aa:bb:cc:dd:00:01"
#define I2_COLON "21:00:aa:bb:cc:dd:00:02"
#define T1_COLON "50:06:01:60:4b:21:aa:01"
#define REGULAR "{'kind':'regular','members':['" I1 "','" T1 "']}"
#define PEER "{'kind':'peer','members':['" I1 "','" I2 "'],'principals':['" T1 "']}"
#define EMPTY "{'aliases':{},'zones':{},'zonesets':{}}"
#define EDIT(method, objects) method " {'defined-configuration':{" objects "}}\n"

/* "METHOD BODY", an edit a line; the caller's. */
static char *edits_text(const char *changes_text, const char *db_text, bool type_string)
{
	np_auto(np_json_decref) json_t *changes = quoted(changes_text);
	np_auto(np_json_decref) json_t *db = quoted(db_text);
	struct fos_edit edits[FOS_EDITS_MAX];
	struct np_err err = { 0 };
	size_t count = 0, len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	if (fos_edits(changes, db, type_string, edits, &count, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < count; i++) {
		np_auto(np_free) char *body = json_dumps(edits[i].body, JSON_COMPACT);
		(void)fprintf(out, "%s %s\n", edits[i].method, body);
		json_decref(edits[i].body);
	}
	(void)fclose(out);
	for (char *c = text; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	return text;
}

static void assert_edits(const char *changes, const char *db, const char *wanted)
{
	np_auto(np_free) char *found = edits_text(changes, db, true);

	assert_string_equal(found, wanted);
}

static void test_fos_edits_create_alias_zone_and_member_in_this_order(void **state)
{
	(void)state;

	assert_edits("[{'object':'alias','name':'a','after':['" I1 "','3,15']},"
		     "{'object':'zone','name':'z','after':{'kind':'regular','members':['@a','" T1
		     "']}},"
		     "{'object':'zoneset','name':'S','after':true},"
		     "{'object':'member','name':'z','zoneset':'S','after':true}]",
		EMPTY,
		EDIT("POST", "'alias':[{'alias-name':'a','member-entry':"
			     "{'alias-entry-name':['" I1_COLON "','3,15']}}]") EDIT("POST",
			"'zone':[{'zone-name':'z','zone-type-string':'zone',"
			"'member-entry':{'entry-name':['a','" T1_COLON "']}}]")
			EDIT("POST", "'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z']}}]"));
}

static void test_fos_edits_group_objects_of_one_kind_and_method(void **state)
{
	(void)state;

	assert_edits("[{'object':'zone','name':'y','after':" REGULAR "},"
		     "{'object':'zone','name':'z','after':" REGULAR "},"
		     "{'object':'member','name':'y','zoneset':'S','after':true},"
		     "{'object':'member','name':'z','zoneset':'S','after':true}]",
		EMPTY,
		EDIT("POST", "'zone':[{'zone-name':'y','zone-type-string':'zone','member-entry':"
			     "{'entry-name':['" I1_COLON "','" T1_COLON "']}},"
			     "{'zone-name':'z','zone-type-string':'zone','member-entry':"
			     "{'entry-name':['" I1_COLON "','" T1_COLON "']}}]") EDIT("POST",
			"'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['y','z']}}]"));
}

/* Half-made objects of an earlier try are brought to what they are to be. */
static void test_fos_edits_replace_what_is_there_already(void **state)
{
	(void)state;

	assert_edits("[{'object':'zone','name':'z','after':" REGULAR "}]",
		"{'aliases':{},'zones':{'z':{'kind':'regular','members':['" I1
		"']}},'zonesets':{}}",
		EDIT("PATCH", "'zone':[{'zone-name':'z','zone-type-string':'zone','member-entry':"
			      "{'entry-name':['" I1_COLON "','" T1_COLON "']}}]"));
}

static void test_fos_edits_say_the_type_at_every_write_of_a_peer_zone(void **state)
{
	static const char change[] = "[{'object':'zone','name':'p','after':" PEER "}]";
	static const char db[] = "{'aliases':{},'zones':{'p':{'kind':'peer','members':['" I1
				 "'],'principals':['" T1 "']}},'zonesets':{}}";
	static const char entry[] = "'member-entry':{'entry-name':['" I1_COLON "','" I2_COLON
				    "'],'principal-entry-name':['" T1_COLON "']}}]}}\n";
	char wanted[500];
	np_auto(np_free) char *older = edits_text(change, db, false);
	np_auto(np_free) char *newer = edits_text(change, db, true);
	(void)state;

	(void)snprintf(wanted, sizeof wanted,
		"PATCH {'defined-configuration':{'zone':[{'zone-name':'p','zone-type':1,%s", entry);
	assert_string_equal(older, wanted);
	(void)snprintf(wanted, sizeof wanted,
		"PATCH {'defined-configuration':{'zone':[{'zone-name':'p','zone-type-string':"
		"'user-created-peer-zone',%s",
		entry);
	assert_string_equal(newer, wanted);
}

static void test_fos_edits_take_a_zone_out_of_its_zonesets_before_it_goes(void **state)
{
	(void)state;

	assert_edits("[{'object':'member','name':'y','zoneset':'S','before':true},"
		     "{'object':'member','name':'y','zoneset':'T','before':true},"
		     "{'object':'member','name':'z','zoneset':'S','before':true},"
		     "{'object':'zone','name':'y','before':" REGULAR "},"
		     "{'object':'zone','name':'z','before':" REGULAR "},"
		     "{'object':'alias','name':'a','before':['" I1 "']}]",
		"{'aliases':{'a':['" I1 "']},'zones':{'y':" REGULAR ",'z':" REGULAR
		"},'zonesets':{'S':['other','y','z'],'T':['other','y']}}",
		EDIT("DELETE", "'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['y','z']}},"
			       "{'cfg-name':'T','member-zone':{'zone-name':['y']}}]")
			EDIT("DELETE", "'zone':[{'zone-name':'y'},{'zone-name':'z'}]")
				EDIT("DELETE", "'alias':[{'alias-name':'a'}]"));
}

static void test_fos_edits_end_a_zoneset_as_a_whole(void **state)
{
	(void)state;

	assert_edits("[{'object':'member','name':'z','zoneset':'S','before':true},"
		     "{'object':'zone','name':'z','before':" REGULAR "},"
		     "{'object':'zoneset','name':'S','before':true}]",
		"{'aliases':{},'zones':{'z':" REGULAR "},'zonesets':{'S':['z']}}",
		EDIT("DELETE", "'cfg':[{'cfg-name':'S'}]")
			EDIT("DELETE", "'zone':[{'zone-name':'z'}]"));
}

/* An earlier chunk took the last zone out of it, and it went with that. */
static void test_fos_edits_do_not_end_a_zoneset_that_has_become_empty(void **state)
{
	(void)state;

	assert_edits("[{'object':'zoneset','name':'S','before':true}]",
		"{'aliases':{},'zones':{},'zonesets':{'S':[]}}", "");
}

static void test_fos_edits_leave_out_what_is_gone_already(void **state)
{
	(void)state;

	assert_edits("[{'object':'zone','name':'z','before':" REGULAR "},"
		     "{'object':'alias','name':'a','before':['" I1 "']}]",
		EMPTY, "");
}

/* The switch refuses another type for a zone that is there. */
static void test_fos_edits_make_a_zone_anew_when_its_type_changes(void **state)
{
	(void)state;

	assert_edits("[{'object':'zone','name':'z','before':" REGULAR ",'after':" PEER "},"
		     "{'object':'member','name':'z','zoneset':'T','before':true}]",
		"{'aliases':{},'zones':{'z':" REGULAR
		"},'zonesets':{'S':['other','z'],'T':['other','z']}}",
		EDIT("DELETE", "'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z']}},"
			       "{'cfg-name':'T','member-zone':{'zone-name':['z']}}]") EDIT("DELETE",
			"'zone':[{'zone-name':'z'}]") EDIT("POST",
			"'zone':[{'zone-name':'z','zone-type-string':"
			"'user-created-peer-zone','member-entry':{'entry-name':['" I1_COLON
			"','" I2_COLON "'],'principal-entry-name':['" T1_COLON "']}}]") EDIT("POST",
			"'cfg':[{'cfg-name':'S','member-zone':{'zone-name':['z']}},"
			"{'cfg-name':'T','member-zone':{'zone-name':['z']}}]") EDIT("DELETE",
			"'cfg':[{'cfg-name':'T','member-zone':{'zone-name':['z']}}]"));
}

static void test_fos_edits_refuse_what_the_models_do_not_know(void **state)
{
	static const char *const changes[] = {
		"[{'object':'zone','name':'z','after':{'kind':'regular','members':[]}}]",
		"[{'object':'zone','name':'z','after':{'kind':'peer','members':[],'principals':['" T1
		"']}}]",
		"[{'object':'zone','name':'z','after':{'kind':'peer','members':['" I1
		"'],'principals':[]}}]",
		"[{'object':'zone','name':'z','after':{'kind':'target-peer','members':['" I1
		"'],'principals':['" T1 "']}}]",
		"[{'object':'alias','name':'z','after':[]}]",
	};
	np_auto(np_json_decref) json_t *db = quoted(EMPTY);
	(void)state;

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		np_auto(np_json_decref) json_t *change = quoted(changes[i]);
		struct fos_edit edits[FOS_EDITS_MAX];
		struct np_err err = { 0 };
		size_t count = 9;

		assert_int_equal(fos_edits(change, db, true, edits, &count, &err), -NP_UNSUPPORTED);
		assert_int_equal(count, 0);
		assert_non_null(strstr(err.msg, "'z'"));
	}
}

static void test_fos_action_bodies_are_those_of_the_model(void **state)
{
	static const char sum[] = "0123456789abcdef0123456789abcdef";
	static const struct {
		enum fos_action action;
		const char *cfg, *wanted;
	} rows[] = {
		{ FOS_ENABLE, "S",
			"{'cfg-name':'S','checksum':'0123456789abcdef0123456789abcdef'}" },
		{ FOS_SAVE, NULL,
			"{'cfg-action':1,'checksum':'0123456789abcdef0123456789abcdef'}" },
		{ FOS_DISABLE, NULL,
			"{'cfg-action':2,'checksum':'0123456789abcdef0123456789abcdef'}" },
		/* A checksum does not belong there. */
		{ FOS_ABORT, NULL, "{'cfg-action':4}" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		np_auto(np_json_decref) json_t *body =
			fos_action_body(rows[i].action, rows[i].cfg, sum);
		np_auto(np_json_decref) json_t *wanted = quoted(rows[i].wanted);

		assert_true(json_equal(json_object_get(body, "effective-configuration"), wanted));
	}
}

/* A reply with an error in JSON (@text begins with a brace) or XML. */
static enum fos_meaning meaning(long status, const char *text, bool reads, struct np_err *err)
{
	struct np_http_reply reply = { .status = status };

	*err = (struct np_err){ 0 };
	if (text[0] == '{')
		reply.body = quoted(text);
	else
		reply.text = strdup(text);
	enum fos_meaning meaning = fos_error_meaning(&reply, reads, err);
	np_http_reply_done(&reply);
	return meaning;
}

#define JSON_ERROR(message) "{'errors':{'error':[{'error-message':'" message "'}]}}"

static void test_fos_error_is_read_from_object_list_and_xml(void **state)
{
	static const char *const texts[] = {
		"{'errors':{'error':{'error-message':'zone z1 not found'}}}",
		JSON_ERROR("zone z1 not found"),
		"<?xml version=\"1.0\"?><errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\"><error>"
		"<error-type>application</error-type><error-message>zone z1 not found</error-message>"
		"</error></errors>",
	};
	struct np_err err;
	(void)state;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(meaning(400, texts[i], false, &err), FOS_MEANS_ERROR);
		assert_string_equal(err.msg, "the switch answered HTTP 400: 'zone z1 not found'");
	}
}

static void test_fos_error_means_what_the_field_says_of_it(void **state)
{
	static const struct {
		long status;
		const char *text;
		bool reads;
		enum fos_meaning meaning;
		enum np_code code;
	} rows[] = {
		{ 400, JSON_ERROR("No Change in Configuration"), false, FOS_MEANS_DONE, NP_OK },
		{ 400, JSON_ERROR("Same configuration"), false, FOS_MEANS_DONE, NP_OK },
		{ 400, JSON_ERROR("Nothing changed: nothing to save"), false, FOS_MEANS_DONE,
			NP_OK },
		{ 404, JSON_ERROR("Not Found"), true, FOS_MEANS_EMPTY, NP_OK },
		{ 404, "", true, FOS_MEANS_ERROR, NP_PEER },
		{ 404, JSON_ERROR("No entries in Name Server"), true, FOS_MEANS_EMPTY, NP_OK },
		{ 404, "", false, FOS_MEANS_ERROR, NP_CONFLICT },
		{ 503, "", false, FOS_MEANS_AGAIN, NP_BUSY },
		{ 400, JSON_ERROR("The Fabric is busy, try again later"), false, FOS_MEANS_AGAIN,
			NP_BUSY },
		{ 503, JSON_ERROR("Chassis is not ready for management"), true, FOS_MEANS_ERROR,
			NP_UNREACHABLE },
		{ 403, JSON_ERROR("Max limit for REST sessions reached"), false, FOS_MEANS_ERROR,
			NP_BUSY },
		{ 401, JSON_ERROR("Invalid user name or password"), false, FOS_MEANS_ERROR,
			NP_DENIED },
		{ 401, JSON_ERROR("Invalid or expired session"), true, FOS_MEANS_EXPIRED, NP_PEER },
		{ 401, JSON_ERROR("Invalid or expired session"), false, FOS_MEANS_ERROR,
			NP_CONFLICT },
		{ 403, "", false, FOS_MEANS_ERROR, NP_DENIED },
		{ 400, JSON_ERROR("There is an outstanding transaction, and you are not the owner"),
			false, FOS_MEANS_ERROR, NP_BUSY },
		{ 400, JSON_ERROR("The checksum is not that of the zone database"), false,
			FOS_MEANS_ERROR, NP_STALE },
		{ 400, JSON_ERROR("The zone database is full"), false, FOS_MEANS_ERROR,
			NP_CAPACITY },
		{ 400, JSON_ERROR("Invalid REST URI"), true, FOS_MEANS_ERROR, NP_UNSUPPORTED },
		{ 405, "", true, FOS_MEANS_ERROR, NP_UNSUPPORTED },
		{ 400, JSON_ERROR("Duplicate name: z1"), false, FOS_MEANS_ERROR, NP_CONFLICT },
		{ 500, "", false, FOS_MEANS_ERROR, NP_PEER },
		{ 500, "", true, FOS_MEANS_ERROR, NP_PEER },
	};
	struct np_err err;
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(meaning(rows[i].status, rows[i].text, rows[i].reads, &err),
			rows[i].meaning);
		assert_int_equal(err.code, rows[i].code);
	}
}

static void test_fos_error_says_what_to_do_about_too_many_sessions(void **state)
{
	struct np_err err;
	(void)state;

	(void)meaning(403, JSON_ERROR("Max limit for REST sessions reached"), false, &err);

	assert_non_null(strstr(err.hint, "apploginhistory"));
	assert_non_null(strstr(err.hint, "-maxrestsession"));
}

/* A file of ours is not read for whoever sends XML. */
static void test_fos_error_resolves_no_entity(void **state)
{
	char path[] = "/tmp/np-fos-XXXXXX", text[300];
	int fd = mkstemp(path);
	struct np_err err;
	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "of-this-host", 12), 12);
	(void)close(fd);
	(void)snprintf(text, sizeof text,
		"<!DOCTYPE e [<!ENTITY x SYSTEM \"file://%s\">]><errors><error>"
		"<error-message>a &x; b</error-message></error></errors>",
		path);
	(void)meaning(400, text, false, &err);
	(void)unlink(path);

	assert_null(strstr(err.msg, "of-this-host"));
}

static void test_fos_error_takes_one_line_of_plain_text(void **state)
{
	struct np_err err;
	(void)state;

	(void)meaning(400, JSON_ERROR("a\\nb\\u001b[2J \xc3\xa9"), false, &err);

	assert_string_equal(err.msg, "the switch answered HTTP 400: 'a b [2J   '");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fos_edits_create_alias_zone_and_member_in_this_order),
		cmocka_unit_test(test_fos_edits_group_objects_of_one_kind_and_method),
		cmocka_unit_test(test_fos_edits_replace_what_is_there_already),
		cmocka_unit_test(test_fos_edits_say_the_type_at_every_write_of_a_peer_zone),
		cmocka_unit_test(test_fos_edits_take_a_zone_out_of_its_zonesets_before_it_goes),
		cmocka_unit_test(test_fos_edits_end_a_zoneset_as_a_whole),
		cmocka_unit_test(test_fos_edits_do_not_end_a_zoneset_that_has_become_empty),
		cmocka_unit_test(test_fos_edits_leave_out_what_is_gone_already),
		cmocka_unit_test(test_fos_edits_make_a_zone_anew_when_its_type_changes),
		cmocka_unit_test(test_fos_edits_refuse_what_the_models_do_not_know),
		cmocka_unit_test(test_fos_action_bodies_are_those_of_the_model),
		cmocka_unit_test(test_fos_error_is_read_from_object_list_and_xml),
		cmocka_unit_test(test_fos_error_means_what_the_field_says_of_it),
		cmocka_unit_test(test_fos_error_says_what_to_do_about_too_many_sessions),
		cmocka_unit_test(test_fos_error_resolves_no_entity),
		cmocka_unit_test(test_fos_error_takes_one_line_of_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
