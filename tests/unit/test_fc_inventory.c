/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fc/inventory.h"

#define HBA_A UINT64_C(0x2100001b32000001)
#define HBA_B UINT64_C(0xc050760000000001)
#define VPORT UINT64_C(0x1000020000000011)
#define TARGET UINT64_C(0x500a098000000001)

#define SEEN_MAX 64

struct world {
	struct fc_inventory *inventory;
	struct fc_change seen[SEEN_MAX];
	size_t n;
};

static void note(void *data, const struct fc_change *change)
{
	struct world *world = data;

	assert_true(world->n < SEEN_MAX);
	world->seen[world->n++] = *change;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	assert_int_equal(fc_inventory_new(&world->inventory, note, world, NULL), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	fc_inventory_free(world->inventory);
	free(world);
	return 0;
}

static struct fc_vport make_vport(uint64_t wwpn, const char *state)
{
	struct fc_vport vport = {
		.wwpn = wwpn, .wwnn = VPORT - 1, .port_state = "Online", .port_id = "010101"
	};

	(void)snprintf(vport.state, sizeof vport.state, "%s", state);
	(void)snprintf(vport.kernel_host, sizeof vport.kernel_host, "host%d", (int)(wwpn & 0xff));
	return vport;
}

static void add_vport(struct fc_hba *hba, struct fc_vport vport)
{
	hba->vports = reallocarray(hba->vports, hba->n_vports + 1, sizeof *hba->vports);
	hba->vports[hba->n_vports++] = vport;
}

static void add_lun(struct fc_vport *vport, int64_t number, const char *wwid)
{
	struct fc_lun lun = { .lun = number, .target = TARGET, .state = "running" };

	(void)snprintf(lun.wwid, sizeof lun.wwid, "%s", wwid);
	(void)snprintf(lun.hctl, sizeof lun.hctl, "2:0:0:%d", (int)number);
	vport->luns = reallocarray(vport->luns, vport->n_luns + 1, sizeof lun);
	vport->luns[vport->n_luns++] = lun;
}

static void add_rport(struct fc_vport *vport, uint64_t wwpn)
{
	struct fc_rport rport = { .wwpn = wwpn, .state = "Online" };

	vport->rports = reallocarray(vport->rports, vport->n_rports + 1, sizeof rport);
	vport->rports[vport->n_rports++] = rport;
}

static struct fc_hba make_hba(uint64_t wwpn, const char *name)
{
	struct fc_hba hba = {
		.wwpn = wwpn, .port_state = "Online", .vports_max = 255, .npiv = true
	};

	(void)snprintf(hba.kernel_name, sizeof hba.kernel_name, "%s", name);
	return hba;
}

/* HBA_A with one vport that has one target and one LUN. */
static struct fc_hba make_full(void)
{
	struct fc_hba hba = make_hba(HBA_A, "host1");

	add_vport(&hba, make_vport(VPORT, "Active"));
	add_rport(&hba.vports[0], TARGET);
	add_lun(&hba.vports[0], 0, "naa.6001");
	return hba;
}

static void update(struct world *world, struct fc_hba hba)
{
	world->n = 0;
	assert_int_equal(fc_inventory_update(world->inventory, &hba, NULL), 0);
}

static void assert_kinds(const struct world *world, const enum fc_change_kind *kinds, size_t n)
{
	assert_int_equal(world->n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(fc_change_name(world->seen[i].kind), fc_change_name(kinds[i]));
}

#define ASSERT_KINDS(world, ...)                                                                   \
	do {                                                                                       \
		const enum fc_change_kind kinds_[] = { __VA_ARGS__ };                              \
		assert_kinds(world, kinds_, sizeof kinds_ / sizeof *kinds_);                       \
	} while (0)

static void test_inventory_tells_all_that_is_new(void **state)
{
	struct world *world = *state;

	update(world, make_full());

	ASSERT_KINDS(world, FC_CHANGE_HBA_NEW, FC_CHANGE_VPORT_NEW, FC_CHANGE_RPORT_NEW,
		FC_CHANGE_LUN_NEW);
	assert_true(world->seen[3].hba == HBA_A);
	assert_true(world->seen[3].vport == VPORT);
	assert_true(world->seen[3].rport == TARGET);
	assert_string_equal(world->seen[3].wwid, "naa.6001");
}

static void test_inventory_tells_nothing_when_nothing_changed(void **state)
{
	struct world *world = *state;

	update(world, make_full());
	update(world, make_full());

	assert_int_equal(world->n, 0);
}

static void test_inventory_tells_what_changed_from_what_to_what(void **state)
{
	struct world *world = *state;
	struct fc_hba hba = make_full();

	update(world, make_full());
	(void)snprintf(hba.vports[0].state, sizeof hba.vports[0].state, "Linkdown");
	(void)snprintf(hba.port_state, sizeof hba.port_state, "Linkdown");
	update(world, hba);

	ASSERT_KINDS(world, FC_CHANGE_HBA_CHANGED, FC_CHANGE_VPORT_CHANGED);
	assert_string_equal(world->seen[1].what, "state");
	assert_string_equal(world->seen[1].before, "Active");
	assert_string_equal(world->seen[1].after, "Linkdown");
}

static void test_inventory_tells_another_unit_under_the_same_number(void **state)
{
	struct world *world = *state;
	struct fc_hba hba = make_full();

	update(world, make_full());
	(void)snprintf(hba.vports[0].luns[0].wwid, sizeof hba.vports[0].luns[0].wwid, "naa.6002");
	update(world, hba);

	ASSERT_KINDS(world, FC_CHANGE_LUN_CHANGED);
	assert_string_equal(world->seen[0].what, "wwid");
}

static void test_inventory_tells_the_parts_of_what_is_gone_first(void **state)
{
	struct world *world = *state;

	update(world, make_full());
	world->n = 0;
	fc_inventory_gone(world->inventory, "host1");

	ASSERT_KINDS(world, FC_CHANGE_RPORT_GONE, FC_CHANGE_LUN_GONE, FC_CHANGE_VPORT_GONE,
		FC_CHANGE_HBA_GONE);
	assert_int_equal(fc_inventory_count(world->inventory), 0);
}

static void test_inventory_drops_the_hba_whose_host_name_was_given_to_another(void **state)
{
	struct world *world = *state;

	update(world, make_hba(HBA_A, "host1"));
	update(world, make_hba(HBA_B, "host1"));

	ASSERT_KINDS(world, FC_CHANGE_HBA_GONE, FC_CHANGE_HBA_NEW);
	assert_null(fc_inventory_hba(world->inventory, HBA_A));
	assert_true(fc_inventory_by_host(world->inventory, "host1")->wwpn == HBA_B);
}

static void test_inventory_follows_an_hba_to_a_new_host_name(void **state)
{
	struct world *world = *state;

	update(world, make_hba(HBA_A, "host1"));
	update(world, make_hba(HBA_A, "host7"));

	ASSERT_KINDS(world, FC_CHANGE_HBA_CHANGED);
	assert_string_equal(world->seen[0].what, "kernel_name");
	assert_null(fc_inventory_by_host(world->inventory, "host1"));
	fc_inventory_gone(world->inventory, "host1");
	assert_int_equal(fc_inventory_count(world->inventory), 1);
}

static void test_inventory_refuses_an_hba_without_a_name(void **state)
{
	struct world *world = *state;
	struct fc_hba hba = make_hba(0, "host1");

	add_vport(&hba, make_vport(VPORT, "Active"));

	assert_int_equal(fc_inventory_update(world->inventory, &hba, NULL), -NP_INVAL);
}

static void test_inventory_walks_in_wwpn_order(void **state)
{
	struct world *world = *state;
	const struct fc_hba *hba = NULL;

	update(world, make_hba(HBA_B, "host1"));
	update(world, make_hba(HBA_A, "host2"));

	hba = fc_inventory_next(world->inventory, hba);
	assert_true(hba->wwpn == HBA_A);
	hba = fc_inventory_next(world->inventory, hba);
	assert_true(hba->wwpn == HBA_B);
	assert_null(fc_inventory_next(world->inventory, hba));
}

static void test_look_replaces_the_named_vports_only(void **state)
{
	struct world *world = *state;
	struct fc_hba hba = make_full(), look = make_hba(HBA_A, "host1");
	const struct fc_named named = { (uint64_t[]){ VPORT + 1, VPORT + 2 }, 2, false };

	add_vport(&hba, make_vport(VPORT + 1, "Active"));
	update(world, hba);
	add_vport(&look, make_vport(VPORT + 2, "Initializing"));
	look.vports_in_use = 2;
	world->n = 0;
	assert_int_equal(fc_inventory_update_vports(world->inventory, &look, &named, NULL), 0);

	ASSERT_KINDS(world, FC_CHANGE_VPORT_GONE, FC_CHANGE_VPORT_NEW);
	const struct fc_hba *now = fc_inventory_hba(world->inventory, HBA_A);
	assert_int_equal(now->n_vports, 2);
	assert_int_equal(now->vports_in_use, 2);
	assert_int_equal(fc_inventory_vport_on(now, VPORT)->n_luns, 1);
	assert_null(fc_inventory_vport_on(now, VPORT + 1));
}

static void test_brief_look_keeps_what_a_vport_sees(void **state)
{
	struct world *world = *state;
	struct fc_hba look = make_hba(HBA_A, "host1");
	const struct fc_named named = { (uint64_t[]){ VPORT }, 1, true };

	update(world, make_full());
	add_vport(&look, make_vport(VPORT, "Linkdown"));
	world->n = 0;
	assert_int_equal(fc_inventory_update_vports(world->inventory, &look, &named, NULL), 0);

	ASSERT_KINDS(world, FC_CHANGE_VPORT_CHANGED);
	const struct fc_hba *now = fc_inventory_hba(world->inventory, HBA_A);
	assert_string_equal(fc_inventory_vport_on(now, VPORT)->state, "Linkdown");
	assert_int_equal(fc_inventory_vport_on(now, VPORT)->n_luns, 1);
}

static void test_look_does_not_take_vports_that_were_not_named(void **state)
{
	struct world *world = *state;
	struct fc_hba look = make_full();
	const struct fc_named named = { (uint64_t[]){ VPORT + 1 }, 1, false };

	update(world, make_full());
	assert_int_equal(fc_inventory_update_vports(world->inventory, &look, &named, NULL), 0);

	assert_int_equal(fc_inventory_hba(world->inventory, HBA_A)->n_vports, 1);
}

static void test_look_at_an_unknown_hba_is_not_found(void **state)
{
	struct world *world = *state;
	struct fc_hba look = make_full();
	const struct fc_named none = { 0 };

	assert_int_equal(
		fc_inventory_update_vports(world->inventory, &look, &none, NULL), -NP_NOTFOUND);
}

static void test_created_vport_is_noted_without_touching_the_hba(void **state)
{
	struct world *world = *state;
	struct fc_vport vport = make_vport(VPORT + 1, "Initializing");
	struct fc_vport lost = make_vport(VPORT + 2, "Initializing");

	update(world, make_full());
	world->n = 0;
	assert_int_equal(fc_inventory_update_vport(world->inventory, HBA_A, &vport, NULL), 0);
	assert_int_equal(
		fc_inventory_update_vport(world->inventory, HBA_B, &lost, NULL), -NP_NOTFOUND);

	ASSERT_KINDS(world, FC_CHANGE_VPORT_NEW);
	assert_string_equal(fc_inventory_hba(world->inventory, HBA_A)->port_state, "Online");
}

static void test_inventory_finds_a_wwpn_on_every_hba(void **state)
{
	struct world *world = *state;
	struct fc_hba second = make_hba(HBA_B, "host3");
	const struct fc_hba *at = NULL;

	add_vport(&second, make_vport(VPORT, "Active"));
	update(world, make_full());
	update(world, second);

	assert_non_null(fc_inventory_vport(world->inventory, VPORT, &at));
	assert_true(at->wwpn == HBA_A);
	assert_non_null(fc_inventory_vport(world->inventory, VPORT, &at));
	assert_true(at->wwpn == HBA_B);
	assert_null(fc_inventory_vport(world->inventory, VPORT, &at));
}

static void test_inventory_finds_hbas_by_the_host_of_a_vport(void **state)
{
	struct world *world = *state;

	update(world, make_full());

	assert_true(fc_inventory_by_host(world->inventory, "host17")->wwpn == HBA_A);
	assert_null(fc_inventory_by_host(world->inventory, "host2"));
	assert_null(fc_inventory_by_host(world->inventory, ""));
}

static void count_kind(void *data, const struct fc_port *port)
{
	unsigned *counts = data;

	counts[port->kind]++;
}

static void test_inventory_finds_any_port_with_a_name(void **state)
{
	struct world *world = *state;
	unsigned counts[FC_PORT_RPORT + 1] = { 0 };

	update(world, make_full());

	assert_int_equal(fc_inventory_ports(world->inventory, HBA_A, count_kind, counts), 1);
	assert_int_equal(fc_inventory_ports(world->inventory, VPORT, count_kind, counts), 1);
	assert_int_equal(fc_inventory_ports(world->inventory, VPORT - 1, count_kind, counts), 1);
	assert_int_equal(fc_inventory_ports(world->inventory, TARGET, count_kind, counts), 1);
	assert_int_equal(fc_inventory_ports(world->inventory, 0, count_kind, counts), 0);
	assert_int_equal(counts[FC_PORT_HBA], 1);
	assert_int_equal(counts[FC_PORT_VPORT], 2);
	assert_int_equal(counts[FC_PORT_RPORT], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_inventory_tells_all_that_is_new),
		TEST(test_inventory_tells_nothing_when_nothing_changed),
		TEST(test_inventory_tells_what_changed_from_what_to_what),
		TEST(test_inventory_tells_another_unit_under_the_same_number),
		TEST(test_inventory_tells_the_parts_of_what_is_gone_first),
		TEST(test_inventory_drops_the_hba_whose_host_name_was_given_to_another),
		TEST(test_inventory_follows_an_hba_to_a_new_host_name),
		TEST(test_inventory_refuses_an_hba_without_a_name),
		TEST(test_inventory_walks_in_wwpn_order),
		TEST(test_look_replaces_the_named_vports_only),
		TEST(test_brief_look_keeps_what_a_vport_sees),
		TEST(test_look_does_not_take_vports_that_were_not_named),
		TEST(test_look_at_an_unknown_hba_is_not_found),
		TEST(test_created_vport_is_noted_without_touching_the_hba),
		TEST(test_inventory_finds_a_wwpn_on_every_hba),
		TEST(test_inventory_finds_hbas_by_the_host_of_a_vport),
		TEST(test_inventory_finds_any_port_with_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
