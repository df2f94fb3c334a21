/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole way of a fabric that is changed by hand: what the switch shows is read, planned against and written as a
 * script; the script is typed into a switch; what that shows is read again, and is what the plan promised. Then the
 * inverse plan, which leads to the beginning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/fake_cli.h"
#include "zoning/list.h"
#include "zoning/plan.h"
#include "zoning/script.h"

#define VSAN 20

#define A "'2100aabbccdd0001'"
#define B "'2100aabbccdd0002'"
#define T "'500104f000000001'"
#define U "'500104f000000002'"
#define ZONE(members) "{'kind': 'regular', 'members': [" members "]}"
#define PEER(principals, members)                                                                  \
	"{'kind': 'peer', 'principals': [" principals "], 'members': [" members "]}"

#define THEIRS "'theirs': " ZONE("'@array','@host'")
#define THEIR_ALIASES "'array': [" T "], 'host': ['2100aabbccdd0009']"

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

/* One vendor's switch. */
struct vendor {
	const char *name, *format;
	void (*type)(json_t *state, const char *script);
	char *(*show)(const json_t *state);
};

static void type_nxos(json_t *state, const char *script)
{
	fake_cli_nxos(state, script, VSAN);
}

static char *show_nxos(const json_t *state)
{
	return fake_cli_show(state, VSAN);
}

static const struct vendor vendors[] = {
	{ "fos", "cfgshow", fake_cli_fos, fake_cli_cfgshow },
	{ "nxos", "zoneset", type_nxos, show_nxos },
};

/* What a person would copy from the switch, as a snapshot; the caller's. */
static json_t *look(const struct vendor *vendor, const json_t *state)
{
	np_auto(np_free) char *shown = vendor->show(state);
	json_t *snapshot = NULL;
	struct np_err err = { 0 };

	if (zone_import(vendor->format, shown, strlen(shown), &snapshot, &err) < 0)
		fail_msg("%s: %s", err.msg, shown);
	np_json_set_text(snapshot, "default_zone", "no-access");
	return snapshot;
}

/* Zones in force without aliases, and the zoneset's name; the caller's. */
static json_t *in_force(const json_t *effective, const json_t *defined)
{
	json_t *all = json_object(), *zone;
	const char *name;

	np_json_set_text(all, "zoneset", np_json_text(effective, "zoneset"));
	zone_each (json_object_get(effective, "zones"), name, zone)
		(void)json_object_set_new(
			all, name, zone_resolve(zone, json_object_get(defined, "aliases")));
	return all;
}

static void assert_same(const json_t *one, const json_t *other, const char *script)
{
	np_auto(np_free) char *first = zone_text(one);
	np_auto(np_free) char *second = zone_text(other);

	if (strcmp(first, second) != 0)
		fail_msg("%s\nis not\n%s\nafter\n%s", first, second, script);
}

/* Types the plan's script and looks whether the switch is then as the plan promises. */
static void carry_out(const struct vendor *vendor, json_t *state, const json_t *plan)
{
	np_auto(np_json_decref) json_t *before = look(vendor, state);
	np_auto(np_json_decref) json_t *defined = NULL;
	np_auto(np_json_decref) json_t *effective = NULL;
	np_auto(np_free) char *script = NULL;
	struct np_err err = { 0 };

	assert_int_equal(zone_plan_predict(plan, before, &defined, &effective, &err), 0);
	if (zone_script(plan, vendor->name, VSAN, &script, &err) < 0)
		fail_msg("%s", err.msg);
	vendor->type(state, script);
	np_auto(np_json_decref) json_t *after = look(vendor, state);
	const json_t *found = json_object_get(after, "defined");
	assert_same(found, defined, script);
	np_auto(np_json_decref) json_t *wanted_force = in_force(effective, defined);
	np_auto(np_json_decref) json_t *found_force =
		in_force(json_object_get(after, "effective"), found);
	assert_same(found_force, wanted_force, script);
}

static void there_and_back(const char *fabric, const char *wanted)
{
	for (size_t i = 0; i < sizeof(vendors) / sizeof(*vendors); i++) {
		np_auto(np_json_decref) json_t *state = json_of(fabric);
		np_auto(np_json_decref) json_t *desired = json_of(wanted);
		np_auto(np_json_decref) json_t *before = look(&vendors[i], state);
		np_auto(np_json_decref) json_t *plan = NULL;
		struct np_err err = { 0 };

		assert_int_equal(zone_desired_normalise(desired, &err), 0);
		if (zone_plan("A", desired, before, &plan, &err) < 0)
			fail_msg("%s", err.msg);
		assert_true(json_array_size(json_object_get(plan, "changes")) > 0);
		carry_out(&vendors[i], state, plan);
		np_auto(np_json_decref) json_t *inverse = zone_plan_inverse(plan);
		carry_out(&vendors[i], state, inverse);
		np_auto(np_json_decref) json_t *again = look(&vendors[i], state);
		assert_string_equal(
			np_json_text(again, "checksum"), np_json_text(before, "checksum"));
	}
}

#define FABRIC(aliases, zones, names)                                                              \
	"{'defined': {'aliases': {" THEIR_ALIASES aliases "}, 'zones': {" THEIRS zones             \
	"}, 'zonesets': {'prod': ['theirs'" names "]}}, "                                          \
	"'effective': {'zoneset': 'prod', 'zones': {'theirs': " ZONE("'2100aabbccdd0009'," T)      \
		zones "}}}"

static void test_script_makes_a_new_guests_zones(void **state)
{
	there_and_back(FABRIC("", "", ""),
		"{'zoneset': '', 'aliases': {'npivd_web': [" A "]}, 'zones': {"
		"'npivd_web_a': " ZONE(A "," T) ", 'npivd_web_peer': " PEER(T "," U, A "," B) ", 'npivd_web_named': " ZONE(
			"'@npivd_web','@array'") "}, 'owners': {}, "
						 "'absent': {'zones': [], 'aliases': []}, "
						 "'made': {'zones': [], 'aliases': [], 'zonesets': []}}");
	(void)state;
}

static void test_script_alters_zones_that_are_ours(void **state)
{
	there_and_back(FABRIC("",
			       ", 'npivd_one': " ZONE(A "," T) ", 'npivd_two': " PEER(
				       T, A) ", 'npivd_three': " ZONE(B "," U),
			       ", 'npivd_one', 'npivd_two', 'npivd_three'"),
		"{'zoneset': '', 'aliases': {}, 'zones': {"
		"'npivd_one': " ZONE(B "," T) ", 'npivd_two': " PEER(
			T "," U, B) ", 'npivd_three': " PEER(U,
			B) "}, 'owners': {}, "
			   "'absent': {'zones': [], 'aliases': []}, "
			   "'made': {'zones': ['npivd_one', 'npivd_three', 'npivd_two'], 'aliases': [], "
			   "'zonesets': []}}");
	(void)state;
}

static void test_script_takes_a_deleted_guests_zones_away(void **state)
{
	there_and_back(FABRIC(", 'npivd_web': [" A "]",
			       ", 'npivd_one': " ZONE(A "," T) ", 'npivd_two': " PEER(T, A),
			       ", 'npivd_one', 'npivd_two'"),
		"{'zoneset': '', 'aliases': {}, 'zones': {}, 'owners': {}, "
		"'absent': {'zones': ['npivd_one', 'npivd_two'], 'aliases': ['npivd_web']}, "
		"'made': {'zones': ['npivd_one', 'npivd_two'], 'aliases': ['npivd_web'], "
		"'zonesets': []}}");
	(void)state;
}

static void test_script_makes_the_first_zoneset_of_a_fabric(void **state)
{
	there_and_back("{'defined': {'aliases': {}, 'zones': {}, 'zonesets': {}}, "
		       "'effective': {'zones': {}}}",
		"{'zoneset': 'npivd', 'aliases': {}, 'zones': {'npivd_a': " ZONE(
			A "," T) ", 'npivd_b': " PEER(U,
			B) "}, 'owners': {}, "
			   "'absent': {'zones': [], 'aliases': []}, "
			   "'made': {'zones': [], 'aliases': [], 'zonesets': []}}");
	(void)state;
}

static void test_script_names_its_formats_when_another_is_asked_for(void **state)
{
	np_auto(np_json_decref) json_t *plan = json_of("{'changes': []}");
	char *text = NULL;
	struct np_err err = { 0 };

	assert_int_equal(zone_script(plan, "eos", 0, &text, &err), -NP_INVAL);
	assert_string_equal(err.field, "format");
	assert_null(text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_script_makes_a_new_guests_zones),
		cmocka_unit_test(test_script_alters_zones_that_are_ours),
		cmocka_unit_test(test_script_takes_a_deleted_guests_zones_away),
		cmocka_unit_test(test_script_makes_the_first_zoneset_of_a_fabric),
		cmocka_unit_test(test_script_names_its_formats_when_another_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
