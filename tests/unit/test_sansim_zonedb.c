/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zone database of a simulated fabric: transactions, what is effective, and what the ports see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/config.h"
#include "tests/fake/trial_san.h"

#define WWPN 0x2100aabbccdd0001ull
#define OTHER 0x2100aabbccdd0002ull
#define TARGET_A 0x5000000000010a01ull
#define LOCK_MS 300000

static const struct sim_zone_client alice = { "alice", "10.0.0.1", "tool", "rest", 1 };
static const struct sim_zone_client bob = { "bob", "10.0.0.2", "tool", "cli", 2 };
static const struct sim_vport_spec guest = { .wwpn = WWPN, .wwnn = 0x2000aabbccdd0001ull };

static struct sim_zonedb *zoning(void **state)
{
	return &trial_san(state)->fabrics[0]->zoning;
}

static int set_up(void **state)
{
	int rc = trial_san_new(state, &(struct sim_setup){ .hbas = 2, .targets = 1, .luns = 1 });

	if (rc == 0)
		trial_san(state)->fabrics[0]->enforce = true;
	return rc;
}

static int begin(void **state, const struct sim_zone_client *client)
{
	return sim_zonedb_begin(trial_san(state), zoning(state), client, NULL);
}

static int commit(void **state, const char *zoneset)
{
	return sim_zonedb_commit(trial_san(state), trial_san(state)->fabrics[0], zoneset, NULL);
}

static bool allows(void **state, uint64_t a, uint64_t b)
{
	return sim_zonedb_allows(zoning(state), a, b);
}

/* One zone, @text, in the zoneset C; and an alias of WWPN. */
static void stage(void **state, const char *text)
{
	json_t *database = sim_zonedb_edited(zoning(state));
	json_t *zone = NULL;

	assert_int_equal(np_json_parse(text, strlen(text), &zone, NULL), 0);
	json_object_set_new(json_object_get(database, "zones"), "z", zone);
	json_object_set_new(json_object_get(database, "zonesets"), "C", json_pack("[s]", "z"));
	json_object_set_new(
		json_object_get(database, "aliases"), "me", json_pack("[s]", "2100aabbccdd0001"));
}

#define REGULAR "{\"kind\": \"regular\", \"members\": [\"2100aabbccdd0001\", \"5000000000010a01\"]}"

static void enable(void **state, const char *zone)
{
	assert_int_equal(begin(state, &alice), 0);
	stage(state, zone);
	assert_int_equal(commit(state, "C"), 0);
}

static void test_zonedb_allows_nothing_when_it_is_empty(void **state)
{
	assert_false(allows(state, WWPN, TARGET_A));
}

static void test_zonedb_allows_what_a_zone_holds_when_its_zoneset_is_enabled(void **state)
{
	enable(state, REGULAR);

	assert_true(allows(state, WWPN, TARGET_A));
	assert_true(allows(state, TARGET_A, WWPN));
	assert_false(allows(state, OTHER, TARGET_A));
}

static void test_zonedb_allows_nothing_more_when_changes_are_pending(void **state)
{
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);

	assert_false(allows(state, WWPN, TARGET_A));
}

static void test_zonedb_allows_nothing_more_when_changes_are_only_stored(void **state)
{
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);
	assert_int_equal(commit(state, NULL), 0);

	assert_false(allows(state, WWPN, TARGET_A));
	assert_int_equal(json_object_size(json_object_get(zoning(state)->defined, "zones")), 1);
}

static void test_zonedb_connects_principals_with_members_when_the_zone_is_a_peer_zone(void **state)
{
	enable(state,
		"{\"kind\": \"peer\", \"principals\": [\"5000000000010a01\", \"5000000000010a02\"], "
		"\"members\": [\"2100aabbccdd0001\", \"2100aabbccdd0002\"]}");

	assert_true(allows(state, WWPN, TARGET_A));
	assert_true(allows(state, TARGET_A, OTHER));
	assert_false(allows(state, WWPN, OTHER));
	assert_false(allows(state, TARGET_A, 0x5000000000010a02ull));
}

static void test_zonedb_connects_a_member_of_both_lists_with_everybody_of_a_peer_zone(void **state)
{
	enable(state,
		"{\"kind\": \"peer\", \"principals\": [\"5000000000010a01\", \"2100aabbccdd0002\"], "
		"\"members\": [\"2100aabbccdd0001\", \"2100aabbccdd0002\"]}");

	assert_true(allows(state, OTHER, TARGET_A));
	assert_true(allows(state, OTHER, WWPN));
}

static void test_zonedb_resolves_aliases_when_a_zoneset_is_enabled(void **state)
{
	enable(state, "{\"kind\": \"regular\", \"members\": [\"@me\", \"5000000000010a01\"]}");

	assert_true(allows(state, WWPN, TARGET_A));
	const json_t *zone =
		json_object_get(json_object_get(zoning(state)->effective, "zones"), "z");
	assert_string_equal(json_string_value(json_array_get(json_object_get(zone, "members"), 0)),
		"2100aabbccdd0001");
}

static void test_zonedb_does_not_enforce_members_that_are_no_wwpn(void **state)
{
	enable(state,
		"{\"kind\": \"regular\", \"members\": [\"3,15\", \"@nobody\", \"5000000000010a01\"]}");

	assert_false(allows(state, WWPN, TARGET_A));
}

static void test_zonedb_begin_fails_when_another_has_a_transaction(void **state)
{
	struct np_err err;

	assert_int_equal(begin(state, &alice), 0);

	assert_int_equal(begin(state, &alice), 0);
	assert_int_equal(sim_zonedb_begin(trial_san(state), zoning(state), &bob, &err), -NP_BUSY);
	assert_non_null(strstr(err.msg, "'alice' from 10.0.0.1"));
}

static void test_zonedb_transaction_ends_when_its_time_is_over(void **state)
{
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);
	trial_san(state)->now += LOCK_MS;

	assert_int_equal(begin(state, &bob), 0);
	assert_int_equal(
		json_object_size(json_object_get(sim_zonedb_edited(zoning(state)), "zones")), 0);
	assert_int_equal(zoning(state)->token, 2);
}

static void test_zonedb_abort_leaves_everything_as_it_was(void **state)
{
	char before[33], after[33];
	enable(state, REGULAR);
	sim_zonedb_checksum(zoning(state), before);

	assert_int_equal(begin(state, &bob), 0);
	json_object_clear(json_object_get(sim_zonedb_edited(zoning(state)), "zones"));
	sim_zonedb_abort(zoning(state));

	sim_zonedb_checksum(zoning(state), after);
	assert_string_equal(before, after);
	assert_int_equal(zoning(state)->token, 0);
	assert_true(allows(state, WWPN, TARGET_A));
}

static void test_zonedb_checksum_changes_with_each_commit(void **state)
{
	char text[4][33];

	sim_zonedb_checksum(zoning(state), text[0]);
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);
	assert_int_equal(commit(state, NULL), 0);
	sim_zonedb_checksum(zoning(state), text[1]);
	assert_int_equal(commit(state, "C"), 0);
	sim_zonedb_checksum(zoning(state), text[2]);
	assert_int_equal(
		sim_zonedb_set_default(trial_san(state), trial_san(state)->fabrics[0], true, NULL),
		0);
	sim_zonedb_checksum(zoning(state), text[3]);

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(strlen(text[i]), 32);
		assert_string_not_equal(text[i], text[i + 1]);
	}
}

static void test_zonedb_commit_fails_when_zoneset_or_zone_is_missing(void **state)
{
	assert_int_equal(commit(state, "C"), -NP_NOTFOUND);
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);
	json_object_clear(json_object_get(sim_zonedb_edited(zoning(state)), "zones"));

	assert_int_equal(commit(state, "C"), -NP_CONFLICT);
	assert_int_equal(zoning(state)->token, 1);
	assert_int_equal(zoning(state)->changes, 0);
}

static void test_zonedb_commit_fails_when_the_database_is_full(void **state)
{
	assert_int_equal(begin(state, &alice), 0);
	stage(state, REGULAR);
	zoning(state)->max_bytes = sim_zonedb_bytes(sim_zonedb_edited(zoning(state))) - 1;

	assert_int_equal(commit(state, "C"), -NP_CAPACITY);
	zoning(state)->max_bytes++;
	assert_int_equal(commit(state, "C"), 0);
}

static void test_zonedb_makes_effective_anew_when_the_zoneset_is_empty_text(void **state)
{
	enable(state, REGULAR);
	assert_int_equal(begin(state, &alice), 0);
	stage(state,
		"{\"kind\": \"regular\", \"members\": [\"2100aabbccdd0002\", \"5000000000010a01\"]}");
	assert_int_equal(commit(state, ""), 0);

	assert_false(allows(state, WWPN, TARGET_A));
	assert_true(allows(state, OTHER, TARGET_A));
}

static void test_default_zone_opens_without_a_zoneset_only_when_it_is_as_fos_has_it(void **state)
{
	zoning(state)->default_open = true;

	assert_true(allows(state, OTHER, TARGET_A));
	enable(state, REGULAR);
	assert_false(allows(state, OTHER, TARGET_A));
	assert_false(allows(state, OTHER, 0x5000000000010a02ull));
}

static void test_default_zone_joins_ports_in_no_zone_when_it_is_as_nxos_has_it(void **state)
{
	zoning(state)->default_open = true;
	zoning(state)->default_beside = true;
	enable(state, REGULAR);

	assert_false(allows(state, OTHER, TARGET_A));
	assert_true(allows(state, OTHER, 0x5000000000010a02ull));
}

static unsigned targets_seen(const struct sim_port *port)
{
	unsigned count = 0;

	np_list_foreach (rport, &port->rports, struct sim_rport, in_port)
		count += rport->state == SIM_RPORT_ONLINE;
	return count;
}

static void test_ports_see_targets_come_and_go_with_the_effective_zones(void **state)
{
	struct sim *sim = trial_san(state);
	assert_int_equal(sim_vport_create(sim, sim->hbas[0], &guest), 0);
	sim_advance(sim, sim->now + 200);
	const struct sim_port *port = sim_vport_find(sim, sim->hbas[0], WWPN);
	assert_int_equal(targets_seen(port), 0);

	enable(state, REGULAR);
	assert_int_equal(targets_seen(port), 1);

	assert_int_equal(sim_zonedb_disable(sim, sim->fabrics[0], NULL), 0);
	assert_int_equal(targets_seen(port), 0);
}

static void test_pairs_allow_besides_the_effective_zones(void **state)
{
	struct sim_fabric *fabric = trial_san(state)->fabrics[0];
	enable(state, REGULAR);

	assert_false(sim_zone_allows(fabric, OTHER, TARGET_A));
	assert_int_equal(sim_zone_add(trial_san(state), fabric, OTHER, TARGET_A, NULL), 0);
	assert_true(sim_zone_allows(fabric, OTHER, TARGET_A));
	assert_true(sim_zone_allows(fabric, WWPN, TARGET_A));
}

static void test_zonedb_enforces_something_else_and_keeps_what_is_defined_and_pending(void **state)
{
	np_auto(np_json_decref) json_t *effective =
		json_pack("{s:s, s:{s:{s:s, s:[s, s]}}}", "zoneset", "mine", "zones", "z", "kind",
			"regular", "members", "2100aabbccdd0002", "5000000000010a01");
	enable(state, REGULAR);
	assert_int_equal(begin(state, &alice), 0);

	assert_int_equal(
		sim_zonedb_enforce(trial_san(state), trial_san(state)->fabrics[0], effective, NULL),
		0);

	assert_true(allows(state, OTHER, TARGET_A));
	assert_false(allows(state, WWPN, TARGET_A));
	assert_non_null(zoning(state)->pending);
	assert_non_null(json_object_get(json_object_get(zoning(state)->defined, "zonesets"), "C"));
}

static void test_zonedb_copy_brings_the_vendor_s_own_back(void **state)
{
	struct sim_zonedb before;
	zoning(state)->own = json_pack("{s:s}", "mode", "basic");
	assert_int_equal(sim_zonedb_copy(zoning(state), &before, NULL), 0);
	np_json_set_text(zoning(state)->own, "mode", "enhanced");

	sim_zonedb_restore(trial_san(state), trial_san(state)->fabrics[0], &before);

	assert_string_equal(np_json_text(zoning(state)->own, "mode"), "basic");
	sim_zonedb_done(&before);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, trial_san_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_zonedb_allows_nothing_when_it_is_empty),
		test(test_zonedb_allows_what_a_zone_holds_when_its_zoneset_is_enabled),
		test(test_zonedb_allows_nothing_more_when_changes_are_pending),
		test(test_zonedb_allows_nothing_more_when_changes_are_only_stored),
		test(test_zonedb_connects_principals_with_members_when_the_zone_is_a_peer_zone),
		test(test_zonedb_connects_a_member_of_both_lists_with_everybody_of_a_peer_zone),
		test(test_zonedb_resolves_aliases_when_a_zoneset_is_enabled),
		test(test_zonedb_does_not_enforce_members_that_are_no_wwpn),
		test(test_zonedb_begin_fails_when_another_has_a_transaction),
		test(test_zonedb_transaction_ends_when_its_time_is_over),
		test(test_zonedb_abort_leaves_everything_as_it_was),
		test(test_zonedb_checksum_changes_with_each_commit),
		test(test_zonedb_commit_fails_when_zoneset_or_zone_is_missing),
		test(test_zonedb_commit_fails_when_the_database_is_full),
		test(test_zonedb_makes_effective_anew_when_the_zoneset_is_empty_text),
		test(test_zonedb_enforces_something_else_and_keeps_what_is_defined_and_pending),
		test(test_zonedb_copy_brings_the_vendor_s_own_back),
		test(test_default_zone_opens_without_a_zoneset_only_when_it_is_as_fos_has_it),
		test(test_default_zone_joins_ports_in_no_zone_when_it_is_as_nxos_has_it),
		test(test_ports_see_targets_come_and_go_with_the_effective_zones),
		test(test_pairs_allow_besides_the_effective_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
