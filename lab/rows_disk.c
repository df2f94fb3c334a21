/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCSI devices, their disks and what sits on those. */
#include <inttypes.h>
#include <string.h>

#include "lab/rows.h"

#define SHOW(name)                                                                                 \
	static int show_##name(const struct sim *sim np_unused, const struct sim_object *object,   \
		struct sim_text *out)

#define SECTOR 512
#define DISKS_PER_MAJOR 16
#define MINORS_PER_DISK 16

enum { SDEV_BLOCK = SIM_TOP + 1, SDEV_DIR, SDEV_CLASS };

SHOW(wwid)
{
	sim_say(out, "%s\n", ((const struct sim_sdev *)object->owner)->lun->wwid);
	return 0;
}

SHOW(sdev_state)
{
	const struct sim_sdev *sdev = object->owner;
	bool blocked = sdev->rport->state == SIM_RPORT_BLOCKED;

	sim_say(out, "%s\n", sdev->offline ? "offline" : blocked ? "blocked" : "running");
	return 0;
}

/* The newline is part of the word, as the kernel has it. */
static ssize_t store_state(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_sdev *sdev = object->owner;
	bool offline = call->len == 8 && memcmp(call->text, "offline\n", 8) == 0;
	bool running = call->len == 8 && memcmp(call->text, "running\n", 8) == 0;

	(void)sim;
	if (!offline && !running)
		return -EINVAL;
	sdev->offline = offline;
	return (ssize_t)call->len;
}

static ssize_t store_sdev_delete(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	sim_sdev_remove(sim, object->owner);
	return (ssize_t)call->len;
}

#define TEXT(name, value)                                                                          \
	{                                                                                          \
		SIM_TEXT(SIM_TOP, name, value "\n")                                                \
	}
#define SETTING(name, value)                                                                       \
	{                                                                                          \
		SIM_SETTING(SIM_TOP, name, value "\n")                                             \
	}

static const struct sim_row sdev_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR },
	[SDEV_BLOCK] = { SIM_SUBDIR(SIM_TOP, "block"), .holds = SIM_BIT(SIM_DISK) },
	[SDEV_DIR] = { SIM_SUBDIR(SIM_TOP, "scsi_device") },
	[SDEV_CLASS] = { SIM_SUBDIR(SDEV_DIR, NULL) },
	{ SIM_CLASS(SIM_ROOT_SCSI_DEVICE, SDEV_CLASS) },
	{ SIM_DEVICE(SDEV_CLASS, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(SDEV_CLASS, SIM_ROOT_SCSI_DEVICE) },
	{ SIM_UEVENT(SDEV_CLASS) },
	{ SIM_UEVENT(SIM_TOP), .text = "DEVTYPE=scsi_device\nDRIVER=sd\nMODALIAS=scsi:t-0x00\n" },
	{ SIM_SUBSYSTEM(SIM_TOP, SIM_ROOT_BUS_SCSI) },
	{ SIM_ATTR(SIM_TOP, "wwid", show_wwid) },
	TEXT("vendor", "SANSIM  "),
	TEXT("model", "simulated disk  "),
	TEXT("rev", "0001"),
	TEXT("type", "0"),
	TEXT("scsi_level", "6"),
	TEXT("device_blocked", "0"),
	TEXT("device_busy", "0"),
	TEXT("evt_lun_change_reported", "0"),
	TEXT("iocounterbits", "32"),
	TEXT("iodone_cnt", "0x0"),
	TEXT("ioerr_cnt", "0x0"),
	TEXT("iorequest_cnt", "0x0"),
	TEXT("queue_type", "simple"),
	SETTING("eh_timeout", "10"),
	SETTING("queue_depth", "30"),
	SETTING("timeout", "30"),
	{ SIM_BOTH(SIM_TOP, "state", show_sdev_state, store_state) },
	{ SIM_WRITE(SIM_TOP, "delete", store_sdev_delete, SIM_OP_LUN_DELETE) },
	{ SIM_WRITE(SIM_TOP, "rescan", sim_store_nothing, SIM_OP_WRITE) },
};

const struct sim_table sim_sdev_table = { sdev_rows, sizeof(sdev_rows) / sizeof(sdev_rows[0]) };

enum { DISK_HOLDERS = SIM_TOP + 1, DISK_SLAVES, DISK_QUEUE };

SHOW(size)
{
	sim_say(out, "%" PRIu64 "\n", ((const struct sim_sdev *)object->owner)->lun->size / SECTOR);
	return 0;
}

/* sd's majors: 8, then 65-71, 128-135; beyond them minors of the first go on. */
static void disk_numbers(unsigned disk, unsigned *ret_major, unsigned *ret_minor)
{
	static const unsigned char majors[] = { 8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131,
		132, 133, 134, 135 };
	unsigned block = disk / DISKS_PER_MAJOR;

	*ret_major = majors[block % sizeof(majors)];
	*ret_minor =
		disk % DISKS_PER_MAJOR * MINORS_PER_DISK + block / (unsigned)sizeof(majors) * 256;
}

SHOW(dev)
{
	unsigned major, minor;

	disk_numbers(((const struct sim_sdev *)object->owner)->disk_no, &major, &minor);
	sim_say(out, "%u:%u\n", major, minor);
	return 0;
}

SHOW(disk_uevent)
{
	unsigned major, minor;

	disk_numbers(((const struct sim_sdev *)object->owner)->disk_no, &major, &minor);
	sim_say(out, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=disk\n", major, minor, object->name);
	return 0;
}

static const struct sim_row disk_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR },
	[DISK_HOLDERS] = { SIM_SUBDIR(SIM_TOP, "holders"), .holds = SIM_BIT(SIM_HOLDER) },
	[DISK_SLAVES] = { SIM_SUBDIR(SIM_TOP, "slaves") },
	[DISK_QUEUE] = { SIM_SUBDIR(SIM_TOP, "queue") },
	{ SIM_CLASS(SIM_ROOT_BLOCK, SIM_TOP) },
	{ SIM_CLASS(SIM_ROOT_CLASS_BLOCK, SIM_TOP) },
	{ SIM_ATTR(SIM_TOP, "size", show_size) },
	{ SIM_ATTR(SIM_TOP, "dev", show_dev) },
	{ SIM_UEVENT(SIM_TOP), .show = show_disk_uevent },
	TEXT("ro", "0"),
	TEXT("removable", "0"),
	TEXT("hidden", "0"),
	TEXT("range", "16"),
	{ SIM_TEXT(DISK_QUEUE, "logical_block_size", "512\n") },
	{ SIM_TEXT(DISK_QUEUE, "rotational", "0\n") },
	{ SIM_DEVICE(SIM_TOP, SIM_TO_PARENT, SIM_TOP) },
	{ SIM_SUBSYSTEM(SIM_TOP, SIM_ROOT_CLASS_BLOCK) },
};

const struct sim_table sim_disk_table = { disk_rows, sizeof(disk_rows) / sizeof(disk_rows[0]) };

/* The kernel has a link to the holder here; the holder itself is not simulated, so the name is all there is. */
static const struct sim_row holder_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR },
};

const struct sim_table sim_holder_table = { holder_rows,
	sizeof(holder_rows) / sizeof(holder_rows[0]) };
