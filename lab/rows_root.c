/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lab/rows.h"

static const struct sim_row root_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR },
	[SIM_ROOT_CLASS] = { SIM_SUBDIR(SIM_TOP, "class") },
	[SIM_ROOT_FC_HOST] = { SIM_SUBDIR(SIM_ROOT_CLASS, "fc_host") },
	[SIM_ROOT_FC_VPORTS] = { SIM_SUBDIR(SIM_ROOT_CLASS, "fc_vports") },
	[SIM_ROOT_FC_RPORTS] = { SIM_SUBDIR(SIM_ROOT_CLASS, "fc_remote_ports") },
	[SIM_ROOT_FC_TRANSPORT] = { SIM_SUBDIR(SIM_ROOT_CLASS, "fc_transport") },
	[SIM_ROOT_SCSI_HOST] = { SIM_SUBDIR(SIM_ROOT_CLASS, "scsi_host") },
	[SIM_ROOT_SCSI_DEVICE] = { SIM_SUBDIR(SIM_ROOT_CLASS, "scsi_device") },
	[SIM_ROOT_CLASS_BLOCK] = { SIM_SUBDIR(SIM_ROOT_CLASS, "block") },
	[SIM_ROOT_BLOCK] = { SIM_SUBDIR(SIM_TOP, "block") },
	[SIM_ROOT_DEVICES] = { SIM_SUBDIR(SIM_TOP, "devices") },
	[SIM_ROOT_PCI] = { SIM_SUBDIR(SIM_ROOT_DEVICES, "pci0000:00"), .holds = SIM_BIT(SIM_SLOT) },
	[SIM_ROOT_BUS] = { SIM_SUBDIR(SIM_TOP, "bus") },
	[SIM_ROOT_BUS_SCSI] = { SIM_SUBDIR(SIM_ROOT_BUS, "scsi") },
	[SIM_ROOT_BUS_PCI] = { SIM_SUBDIR(SIM_ROOT_BUS, "pci") },
};

const struct sim_table sim_root_table = { root_rows, sizeof(root_rows) / sizeof(root_rows[0]) };

static int show_vendor(const struct sim *sim, const struct sim_object *object, struct sim_text *out)
{
	const struct sim_hba *hba = object->owner;

	(void)sim;
	sim_say(out, "0x%04x\n", hba->driver->pci_vendor);
	return 0;
}

static int show_device(const struct sim *sim, const struct sim_object *object, struct sim_text *out)
{
	const struct sim_hba *hba = object->owner;

	(void)sim;
	sim_say(out, "0x%04x\n", hba->driver->pci_device);
	return 0;
}

static int show_slot_uevent(
	const struct sim *sim, const struct sim_object *object, struct sim_text *out)
{
	const struct sim_hba *hba = object->owner;

	(void)sim;
	sim_say(out, "DRIVER=%s\nPCI_CLASS=C0400\nPCI_ID=%04X:%04X\nPCI_SLOT_NAME=%s\n",
		hba->driver->name, hba->driver->pci_vendor, hba->driver->pci_device, hba->pci);
	return 0;
}

static const struct sim_row slot_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR, .holds = SIM_BIT(SIM_HOST) },
	{ SIM_ATTR(SIM_TOP, "vendor", show_vendor) },
	{ SIM_ATTR(SIM_TOP, "device", show_device) },
	{ SIM_TEXT(SIM_TOP, "class", "0x0c0400\n") },
	{ SIM_TEXT(SIM_TOP, "numa_node", "0\n") },
	{ SIM_UEVENT(SIM_TOP), .show = show_slot_uevent },
	{ SIM_SUBSYSTEM(SIM_TOP, SIM_ROOT_BUS_PCI) },
};

const struct sim_table sim_slot_table = { slot_rows, sizeof(slot_rows) / sizeof(slot_rows[0]) };

ssize_t sim_store_nothing(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	(void)sim;
	(void)object;
	return (ssize_t)call->len;
}

bool sim_call_number(const struct sim_call *call, unsigned long max, unsigned long *ret_number)
{
	char copy[24] = { 0 }, *end;

	if (call->len == 0 || call->len >= sizeof(copy))
		return false;
	memcpy(copy, call->text, call->len);
	errno = 0;
	unsigned long value = strtoul(copy, &end, 0);
	if (errno || end == copy || (*end && strcmp(end, "\n") != 0) || copy[0] == '-' ||
		value > max)
		return false;
	*ret_number = value;
	return true;
}
