/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated SAN without its mount: time is a number here. */
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
#define WWNN 0x2000aabbccdd0001ull
#define TARGET_A "5000000000010a01"
#define LUN_1 "naa.60014050000000000000000000000001"
#define LUN_2 "naa.60014050000000000000000000000002"

static const struct sim_vport_spec guest = { .wwpn = WWPN, .wwnn = WWNN };

static int set_up(void **state)
{
	return trial_san_new(state, &(struct sim_setup){ .hbas = 4, .targets = 1, .luns = 4 });
}

static int set_up_fcoe(void **state)
{
	return trial_san_new(
		state, &(struct sim_setup){ .hbas = 4, .targets = 1, .luns = 4, .driver = "fcoe" });
}

static const struct sim_rport *first_rport(const struct sim_port *port)
{
	return np_list_empty(&port->rports)
		       ? NULL
		       : np_list_entry(port->rports.next, struct sim_rport, in_port);
}

static void test_vport_becomes_active_after_the_login_delay(void **state)
{
	struct sim *sim = trial_san(state);

	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	assert_int_equal(port->state, SIM_INITIALIZING);
	assert_false(sim_port_is_online(port));
	trial_san_pass(sim, 29);
	assert_int_equal(port->state, SIM_INITIALIZING);
	trial_san_pass(sim, 11);

	assert_int_equal(port->state, SIM_ACTIVE);
	assert_int_equal(port->last_state, SIM_INITIALIZING);
	assert_int_equal(port->port_id, 0x010101);
}

static void test_vport_sees_targets_then_luns_after_login(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "delay jitter 0"), 0);
	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 7"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 30);
	assert_null(first_rport(port));
	trial_san_pass(sim, 5);
	assert_non_null(first_rport(port));
	assert_int_equal(trial_san_disks(sim), 0);
	trial_san_pass(sim, 20);

	assert_int_equal(trial_san_disks(sim), 1);
	const struct sim_object *disk =
		np_list_entry(sim->kinds[SIM_DISK].next, struct sim_object, peer);
	assert_string_equal(disk->name, "sda");
	assert_string_equal(disk->parent->name, "4:0:0:7");
}

static void test_late_look_gives_the_same_state_as_an_early_one(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "mask any " LUN_1 " 0"), 0);
	(void)trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 60000);

	assert_int_equal(trial_san_disks(sim), 1);
}

static void test_duplicate_wwpn_on_one_hba_is_refused_as_the_driver_does(void **state)
{
	static const struct {
		const char *driver;
		int error;
	} rows[] = {
		{ "lpfc", ENOENT },
		{ "qla2xxx", ENOTUNIQ },
		{ "bfa", ENOTUNIQ },
		{ "fcoe", EINVAL },
		{ "qedf", EINVAL },
		{ "csiostor", EPERM },
	};
	struct sim_hba *hba = trial_san(state)->hbas[0];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hba->driver = sim_driver_find(rows[i].driver);
		struct sim_port *port = trial_san_vport(trial_san(state), 0, &guest);
		assert_int_equal(sim_vport_create(trial_san(state), hba, &guest), -rows[i].error);
		sim_port_remove(trial_san(state), port);
	}
}

static void test_wwpn_of_the_physical_port_is_refused(void **state)
{
	struct sim_hba *hba = trial_san(state)->hbas[0];

	assert_int_equal(sim_vport_create(trial_san(state), hba,
				 &(struct sim_vport_spec){ .wwpn = hba->wwpn }),
		-ENOENT);
}

static void test_lpfc_refuses_a_bad_naa1_name(void **state)
{
	const struct sim_vport_spec bad = { .wwpn = 0x1234aabbccdd0001, .wwnn = WWNN };

	assert_int_equal(
		sim_vport_create(trial_san(state), trial_san(state)->hbas[0], &bad), -ENOENT);
}

static void test_full_hba_says_enospc(void **state)
{
	assert_int_equal(trial_san_command(trial_san(state), "limit h0 0"), 0);

	assert_int_equal(
		sim_vport_create(trial_san(state), trial_san(state)->hbas[0], &guest), -ENOSPC);
}

static void test_refused_creation_uses_up_a_vport_number(void **state)
{
	struct sim *sim = trial_san(state);
	const struct sim_vport_spec second = { .wwpn = WWPN + 1, .wwnn = WWNN };

	(void)trial_san_vport(sim, 0, &guest);
	assert_int_equal(sim_vport_create(sim, sim->hbas[0], &guest), -ENOENT);

	assert_string_equal(trial_san_vport(sim, 0, &second)->vport.name, "vport-0:0-2");
}

static void test_host_number_comes_back_only_when_its_name_is_forgotten(void **state)
{
	struct sim *sim = trial_san(state);
	const struct sim_vport_spec second = { .wwpn = WWPN + 1, .wwnn = WWNN };

	sim_port_remove(sim, trial_san_vport(sim, 0, &guest));
	assert_string_equal(trial_san_vport(sim, 0, &guest)->host.name, "host5");
	trial_san_forget(sim);

	assert_string_equal(trial_san_vport(sim, 0, &second)->host.name, "host4");
}

static void test_delete_wants_both_names(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_hba *hba = sim->hbas[0];

	(void)trial_san_vport(sim, 0, &guest);
	assert_int_equal(sim_vport_delete(sim, hba, WWPN, WWNN + 1), -ENODEV);
	assert_int_equal(sim_vport_delete(sim, hba, WWPN + 1, WWNN), -ENODEV);

	assert_int_equal(sim_vport_delete(sim, hba, WWPN, WWNN), 0);
	assert_int_equal(hba->in_use, 0);
}

static void test_delete_by_the_vport_itself_comes_later_and_once(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);

	assert_int_equal(sim_vport_delete_later(sim, port), 0);
	assert_int_equal(sim_vport_delete_later(sim, port), -EBUSY);
	assert_int_equal(sim_vport_delete(sim, sim->hbas[0], WWPN, WWNN), -ENODEV);
	trial_san_pass(sim, 100);

	assert_null(sim_vport_find(sim, sim->hbas[0], WWPN));
}

static void test_lpfc_shows_a_wwpn_that_the_fabric_knows_as_rejected(void **state)
{
	struct sim *sim = trial_san(state);

	(void)trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 100);
	struct sim_port *second = trial_san_vport(sim, 2, &guest);
	trial_san_pass(sim, 5000);

	assert_int_equal(second->state, SIM_REJECTED);
	assert_false(sim_port_is_online(second));
}

static void test_fcoe_waits_until_the_other_holder_of_the_wwpn_leaves(void **state)
{
	struct sim *sim = trial_san(state);

	struct sim_port *first = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 100);
	struct sim_port *second = trial_san_vport(sim, 2, &guest);
	trial_san_pass(sim, 5000);
	assert_int_equal(second->state, SIM_INITIALIZING);
	sim_port_remove(sim, first);
	trial_san_pass(sim, 1100);

	assert_int_equal(second->state, SIM_ACTIVE);
}

static void test_same_wwpn_on_another_fabric_logs_in(void **state)
{
	struct sim *sim = trial_san(state);

	(void)trial_san_vport(sim, 0, &guest);
	struct sim_port *other = trial_san_vport(sim, 1, &guest);
	trial_san_pass(sim, 100);

	assert_int_equal(other->state, SIM_ACTIVE);
}

static void test_occupied_wwpn_cannot_log_in(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "occupy A 2100aabbccdd0001"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 100);

	assert_int_equal(port->state, SIM_REJECTED);
}

static void test_fabric_without_npiv_shows_in_the_state_or_the_errno(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "npiv A off"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 100);
	assert_int_equal(port->state, SIM_NO_SUPPORT);

	sim->hbas[2]->driver = sim_driver_find("qla2xxx");
	assert_int_equal(sim_vport_create(sim, sim->hbas[2], &guest), -EOPNOTSUPP);
}

static void test_link_bounce_brings_everything_back_under_the_same_names(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "mask any " LUN_1 " 0"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	uint64_t id = port->host.id;
	assert_int_equal(trial_san_command(sim, "flap h0 500"), 0);
	assert_int_equal(port->state, SIM_LINKDOWN);
	assert_int_equal(first_rport(port)->state, SIM_RPORT_BLOCKED);
	trial_san_pass(sim, 1000);

	assert_int_equal(port->state, SIM_ACTIVE);
	assert_int_equal(port->host.id, id);
	assert_int_equal(first_rport(port)->state, SIM_RPORT_ONLINE);
}

static void test_devices_go_when_dev_loss_tmo_is_over(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 0"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	assert_int_equal(trial_san_command(sim, "link h0 down"), 0);
	trial_san_pass(sim, 59999);
	assert_int_equal(trial_san_disks(sim), 1);
	trial_san_pass(sim, 2);

	assert_int_equal(trial_san_disks(sim), 0);
	assert_int_equal(first_rport(port)->state, SIM_RPORT_GONE);
}

static void test_zone_lets_the_target_in_at_once_and_blocks_it_when_gone(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "zone enforce on A"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	assert_null(first_rport(port));
	assert_int_equal(trial_san_command(sim, "zone add A 2100aabbccdd0001 " TARGET_A), 0);
	assert_int_equal(first_rport(port)->state, SIM_RPORT_ONLINE);
	assert_int_equal(trial_san_command(sim, "zone del A 2100aabbccdd0001 " TARGET_A), 0);

	assert_int_equal(first_rport(port)->state, SIM_RPORT_BLOCKED);
}

static void test_new_mask_is_found_by_a_scan_only(void **state)
{
	struct sim *sim = trial_san(state);
	const struct sim_scan all = { -1, -1, -1 };

	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 3"), 0);
	trial_san_pass(sim, 10000);
	assert_int_equal(trial_san_disks(sim), 0);
	sim_port_scan(sim, port, &(struct sim_scan){ 0, 0, 2 });
	assert_int_equal(trial_san_disks(sim), 0);
	sim_port_scan(sim, port, &all);

	assert_int_equal(trial_san_disks(sim), 1);
}

static void test_unmasked_lun_stays_until_its_device_is_deleted(void **state)
{
	struct sim *sim = trial_san(state);
	const struct sim_scan all = { -1, -1, -1 };

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 3"), 0);
	struct sim_port *port = trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	assert_int_equal(trial_san_command(sim, "unmask 2100aabbccdd0001 " LUN_1), 0);
	sim_port_scan(sim, port, &all);
	assert_int_equal(trial_san_disks(sim), 1);
	struct sim_object *sdev = np_list_entry(sim->kinds[SIM_SDEV].next, struct sim_object, peer);
	sim_sdev_remove(sim, sdev->owner);
	sim_port_scan(sim, port, &all);

	assert_int_equal(trial_san_disks(sim), 0);
}

static void test_deleted_device_comes_back_with_a_link_bounce(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 3"), 0);
	(void)trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	struct sim_object *sdev = np_list_entry(sim->kinds[SIM_SDEV].next, struct sim_object, peer);
	sim_sdev_remove(sim, sdev->owner);
	sim_fabric_notify(sim, sim->fabrics[0]);
	trial_san_pass(sim, 1000);
	assert_int_equal(trial_san_disks(sim), 0);
	assert_int_equal(trial_san_command(sim, "flap h0 10"), 0);
	trial_san_pass(sim, 1000);

	assert_int_equal(trial_san_disks(sim), 1);
}

static void test_lun_number_of_one_port_is_given_once(void **state)
{
	struct sim *sim = trial_san(state);

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 3"), 0);
	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_1 " 3"), 0);

	assert_int_equal(trial_san_command(sim, "mask 2100aabbccdd0001 " LUN_2 " 3"), -NP_EXISTS);
}

static void test_extra_lun_comes_to_a_port_that_is_logged_in(void **state)
{
	struct sim *sim = trial_san(state);

	(void)trial_san_vport(sim, 0, &guest);
	trial_san_pass(sim, 200);
	assert_int_equal(trial_san_command(sim, "lun extra 2100aabbccdd0001 " LUN_2 " 9"), 0);
	trial_san_pass(sim, 200);

	assert_int_equal(trial_san_disks(sim), 1);
}

static void test_removed_hba_comes_back_without_vports_and_with_the_lowest_number(void **state)
{
	struct sim *sim = trial_san(state);

	uint64_t id = sim->hbas[1]->port->host.id;
	(void)trial_san_vport(sim, 1, &guest);
	assert_int_equal(trial_san_command(sim, "remove h1"), 0);
	assert_null(sim_object_find(sim, id));
	assert_int_equal(sim_vport_create(sim, sim->hbas[1], &guest), -ENODEV);
	trial_san_forget(sim);
	assert_int_equal(trial_san_command(sim, "return h1"), 0);
	trial_san_pass(sim, 100);

	assert_string_equal(sim->hbas[1]->port->host.name, "host1");
	assert_int_equal(sim->hbas[1]->in_use, 0);
	assert_true(sim_port_is_online(sim->hbas[1]->port));
}

/* A call as the file system makes it, to the file of this path below hba 0's host. */
static ssize_t count_call(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	(void)sim;
	(void)object;
	return (ssize_t)call->len;
}

static struct sim_call call_of(struct sim *sim, enum sim_op op)
{
	return (struct sim_call){ .op = op,
		.object = sim->hbas[0]->port->host.id,
		.attr = "file",
		.store = count_call,
		.len = 33 };
}

static void test_call_takes_its_time_and_then_does_the_work(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_call call = call_of(sim, SIM_OP_CREATE);

	assert_int_equal(sim_call_begin(sim, &call), 0);
	assert_null(sim_calls_due(sim, sim->now + 4));
	assert_ptr_equal(sim_calls_due(sim, sim->now + 5), &call);

	assert_int_equal(sim_call_finish(sim, &call), 33);
	assert_int_equal(sim->hbas[0]->counters.created, 1);
}

static void test_faults_bend_the_outcome_as_often_as_asked(void **state)
{
	static const struct {
		const char *command;
		ssize_t first, second, third;
	} rows[] = {
		{ "fault h0 create errno ENOTUNIQ", -ENOTUNIQ, 33, 33 },
		{ "fault h0 create short 9 count 2", 9, 9, 33 },
		{ "fault h0 create errno EINTR always", -EINTR, -EINTR, -EINTR },
		{ "fault h0 delete errno EIO always", 33, 33, 33 },
		{ "fault h0 create errno EIO attr other always", 33, 33, 33 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const ssize_t expected[] = { rows[i].first, rows[i].second, rows[i].third };
		assert_int_equal(trial_san_command(trial_san(state), rows[i].command), 0);
		for (size_t n = 0; n < 3; n++) {
			struct sim_call call = call_of(trial_san(state), SIM_OP_CREATE);
			assert_int_equal(sim_call_begin(trial_san(state), &call), 0);
			assert_int_equal(sim_call_finish(trial_san(state), &call), expected[n]);
		}
		assert_int_equal(trial_san_command(trial_san(state), "clear h0"), 0);
	}
}

static void test_hanging_call_waits_for_its_release(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_call call = call_of(sim, SIM_OP_CREATE);

	assert_int_equal(trial_san_command(sim, "fault h0 create hang forever"), 0);
	assert_int_equal(sim_call_begin(sim, &call), 0);
	assert_null(sim_calls_due(sim, sim->now + 1000000));
	assert_int_equal(trial_san_command(sim, "release h0 errno EIO"), 0);

	assert_ptr_equal(sim_calls_due(sim, sim->now), &call);
	assert_int_equal(sim_call_finish(sim, &call), -EIO);
}

static ssize_t create_guest(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	(void)object;
	return sim_vport_create(sim, sim->hbas[0], &guest) < 0 ? -EINVAL : (ssize_t)call->len;
}

static void test_made_fault_does_the_work_before_it_hangs(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_call call = call_of(sim, SIM_OP_CREATE);

	call.store = create_guest;
	assert_int_equal(trial_san_command(sim, "fault h0 create hang forever made"), 0);
	assert_int_equal(sim_call_begin(sim, &call), 0);
	assert_non_null(sim_vport_find(sim, sim->hbas[0], WWPN));
	assert_int_equal(sim_calls_release(sim, NULL, 0), 1);

	assert_int_equal(sim_call_finish(sim, &call), 33);
	assert_int_equal(sim->hbas[0]->in_use, 1);
}

static void test_call_to_a_removed_hba_finds_no_device(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_call call = call_of(sim, SIM_OP_CREATE);

	assert_int_equal(trial_san_command(sim, "fault h0 create hang forever"), 0);
	assert_int_equal(sim_call_begin(sim, &call), 0);
	assert_int_equal(trial_san_command(sim, "remove h0"), 0);

	assert_ptr_equal(sim_calls_due(sim, sim->now), &call);
	assert_int_equal(sim_call_finish(sim, &call), -ENODEV);
}

static void test_counters_know_how_many_create_at_once(void **state)
{
	struct sim *sim = trial_san(state);
	struct sim_call first = call_of(sim, SIM_OP_CREATE), second = first;

	assert_int_equal(sim_call_begin(sim, &first), 0);
	assert_int_equal(sim_call_begin(sim, &second), 0);
	(void)sim_call_finish(sim, &first);
	(void)sim_call_finish(sim, &second);

	assert_int_equal(sim->hbas[0]->counters.creators_max, 2);
	assert_int_equal(sim->hbas[0]->counters.creators, 0);
}

static void test_stuck_and_badstate_vports_never_log_in(void **state)
{
	struct sim *sim = trial_san(state);
	const struct sim_vport_spec stuck = { .wwpn = WWPN, .wwnn = WWNN, .stuck = true };
	const struct sim_vport_spec bad = {
		.wwpn = WWPN + 1, .wwnn = WWNN, .bad = SIM_NO_RESOURCES
	};

	struct sim_port *first = trial_san_vport(sim, 0, &stuck),
			*second = trial_san_vport(sim, 0, &bad);
	trial_san_pass(sim, 100000);

	assert_int_equal(first->state, SIM_INITIALIZING);
	assert_int_equal(second->state, SIM_NO_RESOURCES);
	assert_false(sim_port_is_online(second));
}

#define IN_SAN(name) cmocka_unit_test_setup_teardown(name, set_up, trial_san_free)
#define IN_FCOE(name) cmocka_unit_test_setup_teardown(name, set_up_fcoe, trial_san_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SAN(test_vport_becomes_active_after_the_login_delay),
		IN_SAN(test_vport_sees_targets_then_luns_after_login),
		IN_SAN(test_late_look_gives_the_same_state_as_an_early_one),
		IN_SAN(test_duplicate_wwpn_on_one_hba_is_refused_as_the_driver_does),
		IN_SAN(test_wwpn_of_the_physical_port_is_refused),
		IN_SAN(test_lpfc_refuses_a_bad_naa1_name),
		IN_SAN(test_full_hba_says_enospc),
		IN_SAN(test_refused_creation_uses_up_a_vport_number),
		IN_SAN(test_host_number_comes_back_only_when_its_name_is_forgotten),
		IN_SAN(test_delete_wants_both_names),
		IN_SAN(test_delete_by_the_vport_itself_comes_later_and_once),
		IN_SAN(test_lpfc_shows_a_wwpn_that_the_fabric_knows_as_rejected),
		IN_FCOE(test_fcoe_waits_until_the_other_holder_of_the_wwpn_leaves),
		IN_SAN(test_same_wwpn_on_another_fabric_logs_in),
		IN_SAN(test_occupied_wwpn_cannot_log_in),
		IN_SAN(test_fabric_without_npiv_shows_in_the_state_or_the_errno),
		IN_SAN(test_link_bounce_brings_everything_back_under_the_same_names),
		IN_SAN(test_devices_go_when_dev_loss_tmo_is_over),
		IN_SAN(test_zone_lets_the_target_in_at_once_and_blocks_it_when_gone),
		IN_SAN(test_new_mask_is_found_by_a_scan_only),
		IN_SAN(test_unmasked_lun_stays_until_its_device_is_deleted),
		IN_SAN(test_deleted_device_comes_back_with_a_link_bounce),
		IN_SAN(test_lun_number_of_one_port_is_given_once),
		IN_SAN(test_extra_lun_comes_to_a_port_that_is_logged_in),
		IN_SAN(test_removed_hba_comes_back_without_vports_and_with_the_lowest_number),
		IN_SAN(test_call_takes_its_time_and_then_does_the_work),
		IN_SAN(test_faults_bend_the_outcome_as_often_as_asked),
		IN_SAN(test_hanging_call_waits_for_its_release),
		IN_SAN(test_made_fault_does_the_work_before_it_hangs),
		IN_SAN(test_call_to_a_removed_hba_finds_no_device),
		IN_SAN(test_counters_know_how_many_create_at_once),
		IN_SAN(test_stuck_and_badstate_vports_never_log_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
