/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lab/model.h"

/* The well-known address and name of a fabric's name server. */
#define DIRECTORY_WWPN 0x2000000000fffffcull

static void rport_block(struct sim *sim, struct sim_rport *rport)
{
	if (rport->state == SIM_RPORT_GONE || rport->state == SIM_RPORT_BLOCKED)
		return;
	rport->state = SIM_RPORT_BLOCKED;
	rport->lost_at = sim->now + (int64_t)rport->dev_loss_s * 1000;
	sim_due(sim, rport->lost_at);
}

void sim_rports_block(struct sim *sim, struct sim_port *port)
{
	np_list_foreach (rport, &port->rports, struct sim_rport, in_port)
		rport_block(sim, rport);
}

static struct sim_rport *rport_find(struct sim_port *port, const struct sim_target *target)
{
	np_list_foreach (rport, &port->rports, struct sim_rport, in_port) {
		if (rport->target == target)
			return rport;
	}
	return NULL;
}

static struct sim_rport *rport_new(
	struct sim *sim, struct sim_port *port, const struct sim_target *target)
{
	struct sim_rport *rport = calloc(1, sizeof(*rport));

	if (!rport)
		return NULL;
	rport->port = port;
	rport->target = target;
	rport->scsi_id = target ? (int)port->next_scsi_id++ : -1;
	rport->dev_loss_s = port->dev_loss_s;
	rport->lost_at = SIM_NEVER;
	(void)snprintf(rport->fast_io_fail, sizeof(rport->fast_io_fail), "off");
	(void)snprintf(rport->object.name, sizeof(rport->object.name), "rport-%u:0-%u",
		port->host_no, port->next_rport++);
	rport->object.owner = rport;
	np_list_init(&rport->sdevs);
	sim_object_add(sim, &rport->object, SIM_RPORT, &port->host);
	np_list_append(&port->rports, &rport->in_port);
	return rport;
}

/* One target (NULL: the name server) as the port sees it now; true if it came or came back. */
static bool see(
	struct sim *sim, struct sim_port *port, const struct sim_target *target, bool visible)
{
	struct sim_rport *rport = rport_find(port, target);

	if (!visible) {
		if (rport)
			rport_block(sim, rport);
		return false;
	}
	if (rport && (rport->state == SIM_RPORT_ONLINE || rport->state == SIM_RPORT_MARGINAL))
		return false;
	if (!rport)
		rport = rport_new(sim, port, target);
	if (!rport)
		return false;
	rport->state = SIM_RPORT_ONLINE;
	rport->lost_at = SIM_NEVER;
	return target != NULL;
}

uint64_t sim_rport_wwpn(const struct sim_rport *rport)
{
	return rport->target ? rport->target->wwpn : DIRECTORY_WWPN;
}

/* Asks the name server; remote ports that came are scanned for LUNs after the LUN delay. */
void sim_rports_discover(struct sim *sim, struct sim_port *port)
{
	const struct sim_fabric *fabric = port->hba->fabric;
	bool changed = false;

	if (port->hba->driver->directory)
		(void)see(sim, port, NULL, true);
	for (unsigned i = 0; i < fabric->n_targets; i++) {
		const struct sim_target *target = &fabric->targets[i];
		bool visible = target->up && sim_zone_allows(fabric, port->wwpn, target->wwpn);
		changed |= see(sim, port, target, visible);
	}
	if (!changed)
		return;
	port->luns_at = sim->now + sim->delays.lun;
	sim_due(sim, port->luns_at);
}

static void sdev_free(struct sim *sim, struct sim_sdev *sdev)
{
	np_list_foreach_safe (holder, &sdev->holders, struct sim_holder, in_sdev) {
		sim_object_remove(sim, &holder->object, NULL);
		free(holder);
	}
	sim_object_remove(sim, &sdev->disk, &sim->disk_used[sdev->disk_no]);
	sim_object_remove(sim, &sdev->object, NULL);
	np_list_remove(&sdev->in_rport);
	sim->n_sdevs--;
	free(sdev);
}

/* The device goes, and with the last one the kernel's SCSI target. */
void sim_sdev_remove(struct sim *sim, struct sim_sdev *sdev)
{
	struct sim_rport *rport = sdev->rport;

	sdev_free(sim, sdev);
	if (!np_list_empty(&rport->sdevs))
		return;
	sim_object_remove(sim, &rport->starget, NULL);
	rport->has_starget = false;
}

static void remove_sdevs(struct sim *sim, struct sim_rport *rport)
{
	np_list_foreach_safe (sdev, &rport->sdevs, struct sim_sdev, in_rport)
		sim_sdev_remove(sim, sdev);
}

static void rport_free(struct sim *sim, struct sim_rport *rport)
{
	remove_sdevs(sim, rport);
	sim_object_remove(sim, &rport->object, NULL);
	np_list_remove(&rport->in_port);
	free(rport);
}

void sim_rports_free(struct sim *sim, struct sim_port *port)
{
	np_list_foreach_safe (rport, &port->rports, struct sim_rport, in_port)
		rport_free(sim, rport);
}

int64_t sim_rports_next(const struct sim_port *port)
{
	int64_t next = SIM_NEVER;

	np_list_foreach (rport, &port->rports, struct sim_rport, in_port) {
		if (rport->lost_at < next)
			next = rport->lost_at;
	}
	return next;
}

/* dev_loss_tmo is over: devices go, a target's rport stays as Not Present, the name server's goes. */
void sim_rports_expire(struct sim *sim, struct sim_port *port)
{
	np_list_foreach_safe (rport, &port->rports, struct sim_rport, in_port) {
		if (rport->lost_at > sim->now)
			continue;
		if (!rport->target) {
			rport_free(sim, rport);
			continue;
		}
		remove_sdevs(sim, rport);
		rport->state = SIM_RPORT_GONE;
		rport->lost_at = SIM_NEVER;
	}
}

static void add_starget(struct sim *sim, struct sim_rport *rport)
{
	if (rport->has_starget)
		return;
	(void)snprintf(rport->starget.name, sizeof(rport->starget.name), "target%u:0:%d",
		rport->port->host_no, rport->scsi_id);
	rport->starget.owner = rport;
	sim_object_add(sim, &rport->starget, SIM_STARGET, &rport->object);
	rport->has_starget = true;
}

/* sda ... sdz, sdaa ...: as the sd driver counts. */
static void name_disk(char name[static SIM_NAME_MAX], unsigned index)
{
	char digits[8] = { 0 };
	size_t at = sizeof(digits) - 1;
	long left = (long)index;

	for (; left >= 0; left = left / 26 - 1)
		digits[--at] = (char)('a' + left % 26);
	(void)snprintf(name, SIM_NAME_MAX, "sd%s", digits + at);
}

static void sdev_new(
	struct sim *sim, struct sim_rport *rport, const struct sim_lun *lun, unsigned number)
{
	if (sim->n_sdevs == SIM_DEVICES_MAX)
		return;
	struct sim_sdev *sdev = calloc(1, sizeof(*sdev));
	int disk = sdev ? sim_number_take(sim->disk_used, 0, SIM_NUMBERS_MAX) : -1;
	if (disk < 0) {
		free(sdev);
		return;
	}
	add_starget(sim, rport);
	sdev->rport = rport;
	sdev->lun = lun;
	sdev->number = number;
	sdev->disk_no = (unsigned)disk;
	sdev->object.owner = sdev->disk.owner = sdev;
	np_list_init(&sdev->holders);
	(void)snprintf(sdev->object.name, sizeof(sdev->object.name), "%u:0:%d:%u",
		rport->port->host_no, rport->scsi_id, number);
	name_disk(sdev->disk.name, sdev->disk_no);
	sim_object_add(sim, &sdev->object, SIM_SDEV, &rport->starget);
	sim_object_add(sim, &sdev->disk, SIM_DISK, &sdev->object);
	np_list_append(&rport->sdevs, &sdev->in_rport);
	sim->n_sdevs++;
}

/* A device that is there already stays as it is, whatever the array shows at that number now. */
static void found(
	struct sim *sim, struct sim_rport *rport, const struct sim_lun *lun, unsigned number)
{
	np_list_foreach (sdev, &rport->sdevs, struct sim_sdev, in_rport) {
		if (sdev->number == number)
			return;
	}
	sdev_new(sim, rport, lun, number);
}

static void rport_scan(struct sim *sim, struct sim_rport *rport, long long only)
{
	const struct sim_port *port = rport->port;

	for (size_t i = 0; i < sim->n_masks; i++) {
		const struct sim_mask *mask = &sim->masks[i];
		if (sim_mask_shows(mask, port) && (only < 0 || only == (long long)mask->number))
			found(sim, rport, mask->lun, mask->number);
	}
	if (!sim->default_mask)
		return;
	np_list_foreach (lun, &sim->luns, struct sim_lun, in_list) {
		const struct sim_mask mask = { .lun = lun, .number = lun->index };
		if (sim_mask_shows(&mask, port) && (only < 0 || only == (long long)lun->index))
			found(sim, rport, lun, lun->index);
	}
}

void sim_port_scan(struct sim *sim, struct sim_port *port, const struct sim_scan *scan)
{
	np_list_foreach (rport, &port->rports, struct sim_rport, in_port) {
		bool open = rport->state == SIM_RPORT_ONLINE || rport->state == SIM_RPORT_MARGINAL;
		if (open && rport->target && (scan->target < 0 || scan->target == rport->scsi_id))
			rport_scan(sim, rport, scan->lun);
	}
}

static bool parse_number(const char *text, long long *ret_number)
{
	char *end;

	if (strcmp(text, "-") == 0) {
		*ret_number = -1;
		return true;
	}
	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);
	if (errno || *end || end == text || text[0] == '-' || text[0] == '+' || value > INT64_MAX)
		return false;
	*ret_number = (long long)value;
	return true;
}

/* "C T L" as scsi_scan() in the kernel reads it: tokens of at most 10, 10 and 16 characters. */
bool sim_scan_parse(const char *text, size_t len, struct sim_scan *ret_scan)
{
	char copy[64] = { 0 }, channel[11], target[11], lun[17], rest;
	struct sim_scan scan;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	if (sscanf(copy, "%10s %10s %16s %c", channel, target, lun, &rest) != 3)
		return false;
	if (!parse_number(channel, &scan.channel) || !parse_number(target, &scan.target) ||
		!parse_number(lun, &scan.lun) || scan.channel > 0 || scan.lun > SIM_LUN_NUMBER_MAX)
		return false;
	*ret_scan = scan;
	return true;
}
