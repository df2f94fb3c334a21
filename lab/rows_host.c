/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Scsi_Host of a physical port or of a vport: fc_host, its statistics, scsi_host. */
#include <inttypes.h>
#include <string.h>

#include "lab/rows.h"

#define SHOW(name)                                                                                 \
	static int show_##name(const struct sim *sim np_unused, const struct sim_object *object,   \
		struct sim_text *out)

enum { HOST_FC_DIR = SIM_TOP + 1, HOST_FC, HOST_STATS, HOST_SCSI_DIR, HOST_SCSI };

static bool is_physical(const struct sim_object *object)
{
	const struct sim_port *port = object->owner;

	return !port->is_virtual && port->hba->driver->creates;
}

SHOW(node_name)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "0x%" PRIx64 "\n", port->wwnn);
	return 0;
}

SHOW(port_name)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "0x%" PRIx64 "\n", port->wwpn);
	return 0;
}

SHOW(port_id)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "0x%06x\n", port->port_id ? port->port_id : port->hba->driver->no_port_id);
	return 0;
}

SHOW(port_state)
{
	const struct sim_port *port = object->owner;

	if (!port->hba->link_up)
		sim_say(out, "Linkdown\n");
	else
		sim_say(out, "%s\n", sim_port_is_online(port) ? "Online" : "Offline");
	return 0;
}

SHOW(fabric_name)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "0x%" PRIx64 "\n", sim_port_is_online(port) ? port->hba->fabric->wwn : 0);
	return 0;
}

SHOW(speed)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "%s\n", port->hba->link_up ? port->hba->driver->speed : "Unknown");
	return 0;
}

SHOW(symbolic_name)
{
	const struct sim_port *port = object->owner;
	const struct sim_hba *hba = port->hba;

	sim_say(out, "%s v%s over %s", hba->driver->name, hba->driver->version, hba->pci);
	if (port->is_virtual && port->symbolic[0])
		sim_say(out, " : %s", port->symbolic);
	sim_say(out, "\n");
	return 0;
}

SHOW(serial_number)
{
	const struct sim_hba *hba = ((const struct sim_port *)object->owner)->hba;

	if (hba->driver->model[0])
		sim_say(out, "SIM%07u", hba->index / 2 + 1);
	sim_say(out, "\n");
	return 0;
}

#define SHOW_DRIVER(attr, member)                                                                  \
	SHOW(attr)                                                                                 \
	{                                                                                          \
		const struct sim_port *port = object->owner;                                       \
                                                                                                   \
		sim_say(out, "%s\n", port->hba->driver->member);                                   \
		return 0;                                                                          \
	}
SHOW_DRIVER(supported_speeds, speeds)
SHOW_DRIVER(manufacturer, manufacturer)
SHOW_DRIVER(model, model)
SHOW_DRIVER(model_description, description)
SHOW_DRIVER(driver_version, version)
SHOW_DRIVER(firmware_version, firmware)
SHOW_DRIVER(proc_name, name)

SHOW(max_npiv_vports)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "%u\n", port->hba->limit);
	return 0;
}

SHOW(npiv_vports_inuse)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "%u\n", port->hba->in_use);
	return 0;
}

SHOW(dev_loss_tmo)
{
	const struct sim_port *port = object->owner;

	sim_say(out, "%u\n", port->dev_loss_s);
	return 0;
}

SHOW(port_type)
{
	const struct sim_port *port = object->owner;
	bool npiv = port->is_virtual && !port->hba->driver->directory;

	sim_say(out, "%s\n", npiv ? "NPIV VPORT" : "NPort (fabric via point-to-point)");
	return 0;
}

static ssize_t store_dev_loss(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_port *port = object->owner;
	unsigned long seconds;

	(void)sim;
	if (!sim_call_number(call, UINT32_MAX, &seconds))
		return -EINVAL;
	port->dev_loss_s = (unsigned)seconds;
	np_list_foreach (rport, &port->rports, struct sim_rport, in_port)
		rport->dev_loss_s = (unsigned)seconds;
	return (ssize_t)call->len;
}

static ssize_t store_create(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_port *port = object->owner;
	struct sim_vport_spec spec = { .stuck = call->fault.stuck, .bad = call->fault.bad };

	if (!sim_vport_parse(call->text, call->len, &spec.wwpn, &spec.wwnn))
		return -EINVAL;
	int rc = sim_vport_create(sim, port->hba, &spec);
	return rc < 0 ? rc : (ssize_t)call->len;
}

static ssize_t store_delete(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_port *port = object->owner;
	uint64_t wwpn, wwnn;

	if (!sim_vport_parse(call->text, call->len, &wwpn, &wwnn))
		return -EINVAL;
	int rc = sim_vport_delete(sim, port->hba, wwpn, wwnn);
	return rc < 0 ? rc : (ssize_t)call->len;
}

/* A vport's LIP resets the whole physical port, as with libfc: every vport is out for a login. */
static ssize_t store_lip(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_hba *hba = ((struct sim_port *)object->owner)->hba;

	if (hba->link_up) {
		sim_hba_link(sim, hba, false);
		sim_hba_link(sim, hba, true);
	}
	return (ssize_t)call->len;
}

static ssize_t store_scan(struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_scan scan;

	if (!sim_scan_parse(call->text, call->len, &scan))
		return -EINVAL;
	sim_port_scan(sim, object->owner, &scan);
	return (ssize_t)call->len;
}

#define ATTR(name) SIM_ATTR(HOST_FC, #name, show_##name)
#define STAT(name, value)                                                                          \
	{                                                                                          \
		SIM_TEXT(HOST_STATS, name, value "\n")                                             \
	}
#define ZERO "0x0"
#define NONE "0xffffffffffffffff"
#define SCSI(name, value)                                                                          \
	{                                                                                          \
		SIM_TEXT(HOST_SCSI, name, value "\n")                                              \
	}

static const struct sim_row host_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR, .holds = SIM_BIT(SIM_VPORT) | SIM_BIT(SIM_RPORT) },
	[HOST_FC_DIR] = { SIM_SUBDIR(SIM_TOP, "fc_host") },
	[HOST_FC] = { SIM_SUBDIR(HOST_FC_DIR, NULL) },
	[HOST_STATS] = { SIM_SUBDIR(HOST_FC, "statistics") },
	[HOST_SCSI_DIR] = { SIM_SUBDIR(SIM_TOP, "scsi_host") },
	[HOST_SCSI] = { SIM_SUBDIR(HOST_SCSI_DIR, NULL) },
	{ SIM_CLASS(SIM_ROOT_FC_HOST, HOST_FC) },
	{ SIM_CLASS(SIM_ROOT_SCSI_HOST, HOST_SCSI) },
	{ SIM_UEVENT(SIM_TOP), .text = "DEVTYPE=scsi_host\n" },
	{ SIM_SUBSYSTEM(SIM_TOP, SIM_ROOT_BUS_SCSI) },

	{ SIM_TEXT(HOST_FC, "active_fc4s",
		"0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 "
		"0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 \n") },
	{ SIM_TEXT(HOST_FC, "supported_fc4s",
		"0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 "
		"0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00 \n") },
	{ SIM_BOTH(HOST_FC, "dev_loss_tmo", show_dev_loss_tmo, store_dev_loss) },
	{ ATTR(driver_version) },
	{ ATTR(firmware_version) },
	{ SIM_TEXT(HOST_FC, "hardware_version", "0000000b\n") },
	{ ATTR(manufacturer) },
	{ ATTR(model) },
	{ ATTR(model_description) },
	{ SIM_TEXT(HOST_FC, "optionrom_version", "\n") },
	{ ATTR(serial_number) },
	{ ATTR(fabric_name) },
	{ SIM_WRITE(HOST_FC, "issue_lip", store_lip, SIM_OP_WRITE) },
	{ SIM_TEXT(HOST_FC, "maxframe_size", "2048 bytes\n") },
	{ ATTR(node_name) },
	{ ATTR(port_name) },
	{ ATTR(port_id) },
	{ ATTR(port_state) },
	{ ATTR(port_type) },
	{ ATTR(speed) },
	{ ATTR(supported_speeds) },
	{ SIM_TEXT(HOST_FC, "supported_classes", "Class 3\n") },
	{ ATTR(symbolic_name) },
	{ SIM_TEXT(HOST_FC, "tgtid_bind_type", "wwpn (World Wide Port Name)\n") },
	{ SIM_UEVENT(HOST_FC) },
	{ ATTR(max_npiv_vports), .when = is_physical },
	{ ATTR(npiv_vports_inuse), .when = is_physical },
	{ SIM_WRITE(HOST_FC, "vport_create", store_create, SIM_OP_CREATE), .when = is_physical },
	{ SIM_WRITE(HOST_FC, "vport_delete", store_delete, SIM_OP_DELETE), .when = is_physical },
	{ SIM_DEVICE(HOST_FC, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(HOST_FC, SIM_ROOT_FC_HOST) },

	STAT("cn_sig_alarm", NONE),
	STAT("cn_sig_warn", NONE),
	STAT("dumped_frames", NONE),
	STAT("error_frames", NONE),
	STAT("fc_no_free_exch", NONE),
	STAT("fc_no_free_exch_xid", NONE),
	STAT("fc_non_bls_resp", NONE),
	STAT("fc_seq_not_found", NONE),
	STAT("fc_xid_busy", NONE),
	STAT("fc_xid_not_found", NONE),
	STAT("fcp_control_requests", ZERO),
	STAT("fcp_frame_alloc_failures", ZERO),
	STAT("fcp_input_megabytes", ZERO),
	STAT("fcp_input_requests", ZERO),
	STAT("fcp_output_megabytes", ZERO),
	STAT("fcp_output_requests", ZERO),
	STAT("fcp_packet_aborts", ZERO),
	STAT("fcp_packet_alloc_failures", ZERO),
	STAT("fpin_cn", ZERO),
	STAT("fpin_cn_clear", ZERO),
	STAT("fpin_cn_credit_stall", ZERO),
	STAT("fpin_cn_device_specific", ZERO),
	STAT("fpin_cn_lost_credit", ZERO),
	STAT("fpin_cn_oversubscription", ZERO),
	STAT("fpin_dn", ZERO),
	STAT("fpin_dn_device_specific", ZERO),
	STAT("fpin_dn_timeout", ZERO),
	STAT("fpin_dn_unable_to_route", ZERO),
	STAT("fpin_dn_unknown", ZERO),
	STAT("fpin_li", ZERO),
	STAT("fpin_li_device_specific", ZERO),
	STAT("fpin_li_failure_unknown", ZERO),
	STAT("fpin_li_invalid_crc_count", ZERO),
	STAT("fpin_li_invalid_tx_word_count", ZERO),
	STAT("fpin_li_link_failure_count", ZERO),
	STAT("fpin_li_loss_of_signals_count", ZERO),
	STAT("fpin_li_loss_of_sync_count", ZERO),
	STAT("fpin_li_prim_seq_err_count", ZERO),
	STAT("invalid_crc_count", ZERO),
	STAT("invalid_tx_word_count", ZERO),
	STAT("link_failure_count", ZERO),
	STAT("lip_count", NONE),
	STAT("loss_of_signal_count", ZERO),
	STAT("loss_of_sync_count", ZERO),
	STAT("nos_count", NONE),
	STAT("prim_seq_protocol_err_count", ZERO),
	STAT("rx_frames", ZERO),
	STAT("rx_words", ZERO),
	STAT("seconds_since_last_reset", ZERO),
	STAT("tx_frames", ZERO),
	STAT("tx_words", ZERO),
	{ SIM_WRITE(HOST_STATS, "reset_statistics", sim_store_nothing, SIM_OP_WRITE) },

	SCSI("active_mode", "Initiator"),
	SCSI("can_queue", "1024"),
	SCSI("cmd_per_lun", "3"),
	{ SIM_SETTING(HOST_SCSI, "eh_deadline", "off\n") },
	SCSI("host_busy", "0"),
	{ SIM_WRITE(HOST_SCSI, "host_reset", sim_store_nothing, SIM_OP_WRITE) },
	SCSI("nr_hw_queues", "1"),
	{ SIM_ATTR(HOST_SCSI, "proc_name", show_proc_name) },
	SCSI("prot_capabilities", "0"),
	SCSI("prot_guard_type", "0"),
	{ SIM_WRITE(HOST_SCSI, "scan", store_scan, SIM_OP_SCAN) },
	SCSI("sg_prot_tablesize", "0"),
	SCSI("sg_tablesize", "128"),
	{ SIM_SETTING(HOST_SCSI, "state", "running\n") },
	SCSI("supported_mode", "Initiator"),
	SCSI("unique_id", "0"),
	SCSI("use_blk_mq", "1"),
	{ SIM_UEVENT(HOST_SCSI) },
	{ SIM_DEVICE(HOST_SCSI, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(HOST_SCSI, SIM_ROOT_SCSI_HOST) },
};

const struct sim_table sim_host_table = { host_rows, sizeof(host_rows) / sizeof(host_rows[0]) };
