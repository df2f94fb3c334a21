/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the row tables of the kinds share: the numbers of rows that links point to, and the tables themselves.
 * Names and modes are those of Linux 6.1 with the fcoe driver, and of lpfc where that shows more.
 */
#pragma once

#include "lab/tree.h"

enum {
	SIM_ROOT_CLASS = SIM_TOP + 1,
	SIM_ROOT_FC_HOST,
	SIM_ROOT_FC_VPORTS,
	SIM_ROOT_FC_RPORTS,
	SIM_ROOT_FC_TRANSPORT,
	SIM_ROOT_SCSI_HOST,
	SIM_ROOT_SCSI_DEVICE,
	SIM_ROOT_CLASS_BLOCK,
	SIM_ROOT_BLOCK,
	SIM_ROOT_DEVICES,
	SIM_ROOT_PCI,
	SIM_ROOT_BUS,
	SIM_ROOT_BUS_SCSI,
	SIM_ROOT_BUS_PCI,
};

#define SIM_BIT(kind) (1u << (kind))
#define SIM_ATTR(dir, file, how)                                                                   \
	.in = (dir), .type = SIM_FILE, .name = (file), .mode = 0444, .show = (how)
#define SIM_BOTH(dir, file, how, what)                                                             \
	.in = (dir), .type = SIM_FILE, .name = (file), .mode = 0644, .show = (how),                \
	.store = (what), .op = SIM_OP_WRITE
#define SIM_SETTING(dir, file, content)                                                            \
	.in = (dir), .type = SIM_FILE, .name = (file), .mode = 0644, .text = (content),            \
	.store = sim_store_nothing, .op = SIM_OP_WRITE
#define SIM_TEXT(dir, file, content)                                                               \
	.in = (dir), .type = SIM_FILE, .name = (file), .mode = 0444, .text = (content)
#define SIM_UEVENT(dir)                                                                            \
	.in = (dir), .type = SIM_FILE, .name = "uevent", .mode = 0644, .store = sim_store_nothing, \
	.op = SIM_OP_WRITE
#define SIM_SUBDIR(dir, called) .in = (dir), .type = SIM_DIR, .name = (called)
#define SIM_DEVICE(dir, whose, row)                                                                \
	.in = (dir), .type = SIM_LINK, .name = "device", .to = (whose), .link_row = (row)
#define SIM_SUBSYSTEM(dir, row)                                                                    \
	.in = (dir), .type = SIM_LINK, .name = "subsystem", .to = SIM_TO_ROOT, .link_row = (row)
#define SIM_CLASS(dir, row)                                                                        \
	.class_row = (dir), .type = SIM_LINK, .to = SIM_TO_SELF, .link_row = (row)
#define SIM_WRITE(dir, file, how, as)                                                              \
	.in = (dir), .type = SIM_FILE, .name = (file), .mode = 0200, .store = (how), .op = (as)

extern const struct sim_table sim_root_table, sim_slot_table, sim_host_table, sim_vport_table,
	sim_rport_table, sim_starget_table, sim_sdev_table, sim_disk_table, sim_holder_table;

/* Accepts anything and does nothing, as a write to uevent does for who does not listen. */
ssize_t sim_store_nothing(struct sim *sim, struct sim_object *object, const struct sim_call *call);

/* An unsigned number with an optional newline; false for anything else or above @max. */
bool sim_call_number(const struct sim_call *call, unsigned long max, unsigned long *ret_number);
