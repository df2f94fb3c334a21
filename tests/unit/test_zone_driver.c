/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zoning/driver.h"

static void test_zone_driver_has_all_that_the_walker_calls_when_it_may_write(void **state)
{
	for (size_t i = 0; zone_drivers[i]; i++) {
		const struct zone_driver *driver = zone_drivers[i];
		bool writes = !(driver->flags & ZONE_DRIVER_READ_ONLY);
		assert_non_null(driver->title);
		assert_true(driver->open && driver->close && driver->read);
		assert_int_equal(writes, driver->stage && driver->commit);
		assert_true(!writes || driver->discard);
	}
	(void)state;
}

static void test_zone_driver_is_found_by_its_name_alone(void **state)
{
	for (size_t i = 0; zone_drivers[i]; i++)
		assert_ptr_equal(zone_driver_named(zone_drivers[i]->name), zone_drivers[i]);
	assert_null(zone_driver_named("none"));
	assert_null(zone_driver_named(""));
	(void)state;
}

static void test_zone_driver_manual_refuses_to_speak_to_a_switch(void **state)
{
	struct zone_endpoint endpoint = { .fabric = "A" };
	struct zone_session session = { .driver = &zone_driver_manual, .endpoint = &endpoint };
	np_auto(np_json_decref) json_t *snapshot = json_object();
	struct np_err err;

	assert_int_equal(zone_driver_manual.open(&session, &err), -NP_UNSUPPORTED);
	assert_int_equal(zone_driver_manual.read(&session, ZONE_PART_STATUS, snapshot, &err),
		-NP_UNSUPPORTED);

	assert_non_null(strstr(err.msg, "fabric 'A' is changed by hand"));
	zone_driver_manual.close(&session);
	(void)state;
}

static void test_zone_driver_witness_is_not_asked_over_the_network(void **state)
{
	struct zone_endpoint endpoint = { .fabric = "A" };
	struct zone_session session = { .driver = &zone_driver_witness, .endpoint = &endpoint };
	np_auto(np_json_decref) json_t *snapshot = json_object();
	struct np_err err;

	assert_int_equal(zone_driver_witness.open(&session, &err), -NP_UNSUPPORTED);
	assert_int_equal(zone_driver_witness.read(&session, ZONE_PART_STATUS, snapshot, &err),
		-NP_UNSUPPORTED);

	assert_non_null(strstr(err.msg, "fabric 'A' is asked in-band"));
	zone_driver_witness.close(&session);
	(void)state;
}

static void test_zone_endpoint_goes_to_json_and_back(void **state)
{
	struct zone_endpoint endpoint = {
		.fabric = "A",
		.driver = "fos",
		.url = "https://switch.example:8443",
		.credential = "switch-a",
		.ca_file = "/etc/npivd/ca.pem",
		.fingerprint = "sha256//AAAA",
		.context = 128,
		.zoneset = "cfg",
	};
	struct zone_endpoint back = { 0 };
	np_auto(np_json_decref) json_t *json = np_json_from_struct(zone_endpoint_fields, &endpoint);

	assert_int_equal(np_json_to_struct(json, zone_endpoint_fields, &back, NULL), 0);

	assert_memory_equal(&back, &endpoint, sizeof back);
	(void)state;
}

static void test_zone_session_has_always_a_millisecond_left(void **state)
{
	struct zone_session session = { .deadline_ms = zone_clock_ms() + 60000 };

	assert_in_range(zone_session_left(&session), 1, 60000);
	session.deadline_ms = 0;
	assert_int_equal(zone_session_left(&session), 1);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_driver_has_all_that_the_walker_calls_when_it_may_write),
		cmocka_unit_test(test_zone_driver_is_found_by_its_name_alone),
		cmocka_unit_test(test_zone_driver_manual_refuses_to_speak_to_a_switch),
		cmocka_unit_test(test_zone_driver_witness_is_not_asked_over_the_network),
		cmocka_unit_test(test_zone_endpoint_goes_to_json_and_back),
		cmocka_unit_test(test_zone_session_has_always_a_millisecond_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
