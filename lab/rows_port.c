/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vports, remote ports and SCSI targets. */
#include <inttypes.h>
#include <string.h>

#include "lab/rows.h"

#define SHOW(name)                                                                                 \
	static int show_##name(const struct sim *sim np_unused, const struct sim_object *object,   \
		struct sim_text *out)

#define LONG_LOSS_S 600 /* dev_loss_tmo above it needs fast_io_fail_tmo */
#define NO_ID 0xffffffffu

enum { VPORT_DIR = SIM_TOP + 1, VPORT_CLASS };

static bool name_is_writable(const struct sim_object *object)
{
	return ((const struct sim_port *)object->owner)->hba->driver->writable_name;
}

static bool name_is_fixed(const struct sim_object *object)
{
	return !name_is_writable(object);
}

SHOW(vport_node_name)
{
	sim_say(out, "0x%" PRIx64 "\n", ((const struct sim_port *)object->owner)->wwnn);
	return 0;
}

SHOW(vport_port_name)
{
	sim_say(out, "0x%" PRIx64 "\n", ((const struct sim_port *)object->owner)->wwpn);
	return 0;
}

SHOW(vport_state)
{
	sim_say(out, "%s\n", sim_state_name(((const struct sim_port *)object->owner)->state));
	return 0;
}

SHOW(vport_last_state)
{
	sim_say(out, "%s\n", sim_state_name(((const struct sim_port *)object->owner)->last_state));
	return 0;
}

SHOW(symbolic)
{
	sim_say(out, "%s\n", ((const struct sim_port *)object->owner)->symbolic);
	return 0;
}

/* As the kernel: the bytes go over the old ones and nothing ends them, so a shorter name keeps the old tail. */
static ssize_t store_symbolic(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_port *port = object->owner;
	size_t len = call->len;

	(void)sim;
	if (len && call->text[len - 1] == '\n')
		len--;
	if (len > SIM_SYMBOLIC_MAX)
		return -EINVAL;
	memcpy(port->symbolic, call->text, len);
	return (ssize_t)call->len;
}

static ssize_t store_vport_delete(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	int rc = sim_vport_delete_later(sim, object->owner);

	return rc < 0 ? rc : (ssize_t)call->len;
}

static ssize_t store_vport_disable(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	if (call->len == 0 || (call->text[0] != '0' && call->text[0] != '1'))
		return -EINVAL;
	int rc = sim_vport_disable(sim, object->owner, call->text[0] == '1');
	return rc < 0 ? rc : (ssize_t)call->len;
}

static const struct sim_row vport_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR, .holds = SIM_BIT(SIM_HOST) },
	[VPORT_DIR] = { SIM_SUBDIR(SIM_TOP, "fc_vports") },
	[VPORT_CLASS] = { SIM_SUBDIR(VPORT_DIR, NULL) },
	{ SIM_CLASS(SIM_ROOT_FC_VPORTS, VPORT_CLASS) },
	{ SIM_UEVENT(SIM_TOP) },
	{ SIM_ATTR(VPORT_CLASS, "node_name", show_vport_node_name) },
	{ SIM_ATTR(VPORT_CLASS, "port_name", show_vport_port_name) },
	{ SIM_TEXT(VPORT_CLASS, "roles", "FCP Initiator\n") },
	{ SIM_BOTH(VPORT_CLASS, "symbolic_name", show_symbolic, store_symbolic),
		.when = name_is_writable },
	{ SIM_ATTR(VPORT_CLASS, "symbolic_name", show_symbolic), .when = name_is_fixed },
	{ SIM_WRITE(VPORT_CLASS, "vport_delete", store_vport_delete, SIM_OP_WRITE) },
	{ SIM_WRITE(VPORT_CLASS, "vport_disable", store_vport_disable, SIM_OP_WRITE) },
	{ SIM_ATTR(VPORT_CLASS, "vport_last_state", show_vport_last_state) },
	{ SIM_ATTR(VPORT_CLASS, "vport_state", show_vport_state) },
	{ SIM_TEXT(VPORT_CLASS, "vport_type", "NPIV VPORT\n") },
	{ SIM_UEVENT(VPORT_CLASS) },
	{ SIM_DEVICE(VPORT_CLASS, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(VPORT_CLASS, SIM_ROOT_FC_VPORTS) },
};

const struct sim_table sim_vport_table = { vport_rows, sizeof(vport_rows) / sizeof(vport_rows[0]) };

enum { RPORT_DIR = SIM_TOP + 1, RPORT_CLASS, RPORT_STATS };

/* Only the WWPN of a remote port is kept after dev_loss_tmo. */
static bool is_known(const struct sim_rport *rport)
{
	return rport->state != SIM_RPORT_GONE;
}

SHOW(rport_node_name)
{
	const struct sim_rport *rport = object->owner;
	uint64_t wwnn = rport->target ? rport->target->wwnn : rport->port->hba->fabric->wwn;

	sim_say(out, "0x%" PRIx64 "\n", is_known(rport) ? wwnn : UINT64_MAX);
	return 0;
}

SHOW(rport_port_name)
{
	sim_say(out, "0x%" PRIx64 "\n", sim_rport_wwpn(object->owner));
	return 0;
}

SHOW(rport_port_id)
{
	const struct sim_rport *rport = object->owner;
	uint32_t id = rport->target ? rport->target->port_id : 0xfffffc;

	sim_say(out, "0x%06x\n", is_known(rport) ? id : NO_ID);
	return 0;
}

SHOW(rport_state)
{
	static const char *const names[] = { "Online", "Blocked", "Not Present", "Marginal" };

	sim_say(out, "%s\n", names[((const struct sim_rport *)object->owner)->state]);
	return 0;
}

SHOW(rport_roles)
{
	const struct sim_rport *rport = object->owner;

	if (!is_known(rport))
		sim_say(out, "unknown\n");
	else
		sim_say(out, "%s\n", rport->target ? "FCP Target" : "Directory Server");
	return 0;
}

SHOW(scsi_target_id)
{
	sim_say(out, "%d\n", ((const struct sim_rport *)object->owner)->scsi_id);
	return 0;
}

SHOW(rport_dev_loss)
{
	sim_say(out, "%u\n", ((const struct sim_rport *)object->owner)->dev_loss_s);
	return 0;
}

SHOW(fast_io_fail)
{
	sim_say(out, "%s\n", ((const struct sim_rport *)object->owner)->fast_io_fail);
	return 0;
}

static ssize_t store_rport_dev_loss(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_rport *rport = object->owner;
	unsigned long seconds;

	(void)sim;
	if (rport->state == SIM_RPORT_BLOCKED || rport->state == SIM_RPORT_GONE)
		return -EBUSY;
	if (!sim_call_number(call, UINT32_MAX, &seconds))
		return -EINVAL;
	if (seconds > LONG_LOSS_S && strcmp(rport->fast_io_fail, "off") == 0)
		return -EINVAL;
	rport->dev_loss_s = (unsigned)seconds;
	return (ssize_t)call->len;
}

static ssize_t store_fast_io_fail(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_rport *rport = object->owner;
	unsigned long seconds;

	(void)sim;
	if (call->len >= 3 && strncmp(call->text, "off", 3) == 0) {
		(void)snprintf(rport->fast_io_fail, sizeof(rport->fast_io_fail), "off");
		return (ssize_t)call->len;
	}
	if (!sim_call_number(call, LONG_LOSS_S, &seconds) || seconds >= rport->dev_loss_s)
		return -EINVAL;
	(void)snprintf(rport->fast_io_fail, sizeof(rport->fast_io_fail), "%lu", seconds);
	return (ssize_t)call->len;
}

static ssize_t store_rport_state(
	struct sim *sim, struct sim_object *object, const struct sim_call *call)
{
	struct sim_rport *rport = object->owner;
	bool marginal = call->len >= 8 && strncmp(call->text, "Marginal", 8) == 0;
	bool online = call->len >= 6 && strncmp(call->text, "Online", 6) == 0;

	(void)sim;
	if (marginal && rport->state == SIM_RPORT_ONLINE)
		rport->state = SIM_RPORT_MARGINAL;
	else if (online && rport->state == SIM_RPORT_MARGINAL)
		rport->state = SIM_RPORT_ONLINE;
	else
		return -EINVAL;
	return (ssize_t)call->len;
}

static const struct sim_row rport_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR, .holds = SIM_BIT(SIM_STARGET) },
	[RPORT_DIR] = { SIM_SUBDIR(SIM_TOP, "fc_remote_ports") },
	[RPORT_CLASS] = { SIM_SUBDIR(RPORT_DIR, NULL) },
	[RPORT_STATS] = { SIM_SUBDIR(RPORT_CLASS, "statistics") },
	{ SIM_CLASS(SIM_ROOT_FC_RPORTS, RPORT_CLASS) },
	{ SIM_UEVENT(SIM_TOP) },
	{ SIM_BOTH(RPORT_CLASS, "dev_loss_tmo", show_rport_dev_loss, store_rport_dev_loss) },
	{ SIM_BOTH(RPORT_CLASS, "fast_io_fail_tmo", show_fast_io_fail, store_fast_io_fail) },
	{ SIM_TEXT(RPORT_CLASS, "maxframe_size", "2048 bytes\n") },
	{ SIM_ATTR(RPORT_CLASS, "node_name", show_rport_node_name) },
	{ SIM_ATTR(RPORT_CLASS, "port_name", show_rport_port_name) },
	{ SIM_ATTR(RPORT_CLASS, "port_id", show_rport_port_id) },
	{ SIM_BOTH(RPORT_CLASS, "port_state", show_rport_state, store_rport_state) },
	{ SIM_ATTR(RPORT_CLASS, "roles", show_rport_roles) },
	{ SIM_ATTR(RPORT_CLASS, "scsi_target_id", show_scsi_target_id) },
	{ SIM_TEXT(RPORT_CLASS, "supported_classes", "Class 3\n") },
	{ SIM_UEVENT(RPORT_CLASS) },
	{ SIM_TEXT(RPORT_STATS, "fpin_cn", "0x0\n") },
	{ SIM_TEXT(RPORT_STATS, "fpin_dn", "0x0\n") },
	{ SIM_TEXT(RPORT_STATS, "fpin_li", "0x0\n") },
	{ SIM_DEVICE(RPORT_CLASS, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(RPORT_CLASS, SIM_ROOT_FC_RPORTS) },
};

const struct sim_table sim_rport_table = { rport_rows, sizeof(rport_rows) / sizeof(rport_rows[0]) };

enum { STARGET_DIR = SIM_TOP + 1, STARGET_CLASS };

static const struct sim_row starget_rows[] = {
	[SIM_TOP] = { .type = SIM_DIR, .holds = SIM_BIT(SIM_SDEV) },
	[STARGET_DIR] = { SIM_SUBDIR(SIM_TOP, "fc_transport") },
	[STARGET_CLASS] = { SIM_SUBDIR(STARGET_DIR, NULL) },
	{ SIM_CLASS(SIM_ROOT_FC_TRANSPORT, STARGET_CLASS) },
	{ SIM_UEVENT(SIM_TOP), .text = "DEVTYPE=scsi_target\n" },
	{ SIM_SUBSYSTEM(SIM_TOP, SIM_ROOT_BUS_SCSI) },
	{ SIM_ATTR(STARGET_CLASS, "node_name", show_rport_node_name) },
	{ SIM_ATTR(STARGET_CLASS, "port_id", show_rport_port_id) },
	{ SIM_ATTR(STARGET_CLASS, "port_name", show_rport_port_name) },
	{ SIM_UEVENT(STARGET_CLASS) },
	{ SIM_DEVICE(STARGET_CLASS, SIM_TO_SELF, SIM_TOP) },
	{ SIM_SUBSYSTEM(STARGET_CLASS, SIM_ROOT_FC_TRANSPORT) },
};

const struct sim_table sim_starget_table = { starget_rows,
	sizeof(starget_rows) / sizeof(starget_rows[0]) };
