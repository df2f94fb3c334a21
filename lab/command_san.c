/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about fabrics, targets, zones, LUNs and masks. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/wwn.h"
#include "lab/command.h"

#define LATE_MAX_MS 86400000

static int run_npiv(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	return rc < 0 ? rc : sim_parse_switch(args->words[1], "on", "off", &fabric->npiv, err);
}

static int run_occupy(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;
	uint64_t wwpn;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &wwpn, err);
	return rc < 0 ? rc : sim_fabric_occupy(fabric, wwpn, true, err);
}

static int run_vacate(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;
	uint64_t wwpn;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &wwpn, err);
	return rc < 0 ? rc : sim_fabric_occupy(fabric, wwpn, false, err);
}

static int run_target_add(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;
	uint64_t wwpn, wwnn;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &wwpn, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[2], &wwnn, err);
	return rc < 0 ? rc : sim_target_add(sim, fabric, wwpn, wwnn, err);
}

static int target_set(struct sim *sim, const struct sim_args *args, bool up, struct np_err *err)
{
	struct sim_fabric *fabric;
	uint64_t wwpn;

	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &wwpn, err);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < fabric->n_targets; i++) {
		if (fabric->targets[i].wwpn == wwpn) {
			fabric->targets[i].up = up;
			sim_fabric_notify(sim, fabric);
			return 0;
		}
	}
	return np_fail(
		err, NP_NOTFOUND, "fabric %s has no target '%.30s'", fabric->name, args->words[1]);
}

static int run_target_up(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return target_set(sim, args, true, err);
}

static int run_target_down(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return target_set(sim, args, false, err);
}

static int run_zone_enforce(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[1], &fabric, err);
	if (rc == 0)
		rc = sim_parse_switch(args->words[0], "on", "off", &fabric->enforce, err);
	if (rc == 0)
		sim_fabric_notify(sim, fabric);
	return rc;
}

static int zone_change(struct sim *sim, const struct sim_args *args, bool add, struct np_err *err)
{
	struct sim_fabric *fabric;
	uint64_t a, b;

	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &a, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[2], &b, err);
	if (rc < 0)
		return rc;
	return add ? sim_zone_add(sim, fabric, a, b, err) : sim_zone_del(sim, fabric, a, b, err);
}

static int run_zone_add(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return zone_change(sim, args, true, err);
}

static int run_zone_del(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return zone_change(sim, args, false, err);
}

/* Bytes, or a number with K, M, G or T (powers of 1024). */
static int parse_size(const char *text, uint64_t *ret_size, struct np_err *err)
{
	static const char units[] = "KMGT";
	char digits[24] = { 0 };
	size_t len = strlen(text);
	const char *unit = len > 1 ? strchr(units, toupper((unsigned char)text[len - 1])) : NULL;
	unsigned shift = unit ? (unsigned)(unit - units + 1) * 10 : 0;
	uint64_t number;

	len -= unit != NULL;
	if (len >= sizeof(digits))
		return np_fail(err, NP_INVAL, "'%.30s' is no size", text);
	memcpy(digits, text, len);
	int rc = sim_parse_number(digits, (uint64_t)INT64_MAX >> shift, &number, err);
	if (rc == 0)
		*ret_size = number << shift;
	return rc;
}

static int parse_fabrics(
	const struct sim *sim, const char *text, unsigned *ret_fabrics, struct np_err *err)
{
	struct sim_fabric *fabric;

	if (strcasecmp(text, "all") == 0) {
		*ret_fabrics = (1u << sim->n_fabrics) - 1;
		return 0;
	}
	int rc = sim_fabric_find(sim, text, &fabric, err);
	if (rc == 0)
		*ret_fabrics = 1u << fabric->index;
	return rc;
}

static int run_lun_add(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	unsigned fabrics = 0;
	uint64_t size = 0;

	(void)answer;
	int rc = parse_fabrics(sim, args->words[0], &fabrics, err);
	if (rc == 0)
		rc = parse_size(args->words[2], &size, err);
	return rc < 0 ? rc : sim_lun_add(sim, args->words[1], size, fabrics, err);
}

static int run_lun_late(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	uint64_t ms;

	(void)answer;
	int rc = sim_parse_number(args->words[0], LATE_MAX_MS, &ms, err);
	if (rc == 0)
		sim->delays.lun = (int64_t)ms;
	return rc;
}

static int lun_hide(struct sim *sim, const struct sim_args *args, bool hide, struct np_err *err)
{
	struct sim_lun *lun;

	int rc = sim_lun_find(sim, args->words[0], &lun, err);
	if (rc == 0)
		lun->hidden = hide;
	return rc;
}

static int run_lun_hide(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return lun_hide(sim, args, true, err);
}

static int run_lun_show(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return lun_hide(sim, args, false, err);
}

static int parse_port(const char *text, uint64_t *ret_wwpn, struct np_err *err)
{
	if (strcmp(text, "any") == 0) {
		*ret_wwpn = 0;
		return 0;
	}
	return np_wwn_parse(text, ret_wwpn, err);
}

static int parse_mask(const struct sim *sim, const struct sim_args *args, struct sim_mask *mask,
	struct np_err *err)
{
	uint64_t number;

	int rc = parse_port(args->words[0], &mask->wwpn, err);
	if (rc == 0)
		rc = sim_lun_find(sim, args->words[1], &mask->lun, err);
	if (rc == 0)
		rc = sim_parse_number(args->words[2], SIM_LUN_NUMBER_MAX, &number, err);
	if (rc == 0)
		mask->number = (unsigned)number;
	return rc;
}

static int run_mask(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_mask mask = { 0 };

	(void)answer;
	int rc = parse_mask(sim, args, &mask, err);
	return rc < 0 ? rc : sim_mask_add(sim, &mask, err);
}

/* Ports that are logged in find it without a scan of ours, as if something else on the machine had scanned. */
static int run_lun_extra(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_mask mask = { .extra = true };

	(void)answer;
	int rc = parse_mask(sim, args, &mask, err);
	if (rc == 0)
		rc = sim_mask_add(sim, &mask, err);
	if (rc < 0)
		return rc;
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (!sim_port_is_online(port) || (mask.wwpn && port->wwpn != mask.wwpn))
			continue;
		port->luns_at = sim->now + sim->delays.lun;
		sim_due(sim, port->luns_at);
	}
	return 0;
}

static int run_unmask(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_lun *lun;
	uint64_t wwpn;

	(void)answer;
	int rc = parse_port(args->words[0], &wwpn, err);
	if (rc == 0)
		rc = sim_lun_find(sim, args->words[1], &lun, err);
	return rc < 0 ? rc : sim_mask_del(sim, wwpn, lun, err);
}

static int run_default_mask(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return sim_parse_switch(args->words[0], "on", "off", &sim->default_mask, err);
}

static int lun_hold(struct sim *sim, const struct sim_args *args, bool hold, struct np_err *err)
{
	struct sim_lun *lun;

	int rc = sim_lun_find(sim, args->words[0], &lun, err);
	return rc < 0 ? rc : sim_lun_hold(sim, lun, args->words[1], hold, err);
}

static int run_lun_hold(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return lun_hold(sim, args, true, err);
}

static int run_lun_free(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)answer;
	return lun_hold(sim, args, false, err);
}

const struct sim_command sim_san_commands[] = {
	{ "npiv", "FABRIC on|off", 2, 2, run_npiv, "may vports log in from now on?" },
	{ "occupy", "FABRIC WWPN", 2, 2, run_occupy,
		"another machine is logged in with this WWPN" },
	{ "vacate", "FABRIC WWPN", 2, 2, run_vacate, "it left again" },
	{ "target add", "FABRIC WWPN WWNN", 3, 3, run_target_add, "one more array port" },
	{ "target up", "FABRIC WWPN", 2, 2, run_target_up, "the array port is back" },
	{ "target down", "FABRIC WWPN", 2, 2, run_target_down, "the array port is away" },
	{ "zone enforce", "on|off FABRIC", 2, 2, run_zone_enforce,
		"off: everybody sees every target" },
	{ "zone add", "FABRIC WWPN WWPN", 3, 3, run_zone_add,
		"the two may see each other, at once" },
	{ "zone del", "FABRIC WWPN WWPN", 3, 3, run_zone_del,
		"no longer: Blocked, gone after dev_loss_tmo" },
	{ "lun add", "FABRIC|all WWID SIZE", 3, 3, run_lun_add,
		"a new LUN, masked to nobody; SIZE as 10G" },
	{ "lun late", "MS", 1, 1, run_lun_late, "LUNs come this long after their remote port" },
	{ "lun hide", "WWID", 1, 1, run_lun_hide,
		"scans do not find it; devices that are there stay" },
	{ "lun show", "WWID", 1, 1, run_lun_show, "scans find it again" },
	{ "lun extra", "WWPN|any WWID LUN", 3, 3, run_lun_extra,
		"a LUN that nobody asked for, found without a scan" },
	{ "lun hold", "WWID NAME", 2, 2, run_lun_hold, "a device such as dm-0 sits on its disks" },
	{ "lun free", "WWID NAME", 2, 2, run_lun_free, "it does no longer" },
	{ "mask", "WWPN|any WWID LUN", 3, 3, run_mask,
		"the port may see it; found by the next scan or login" },
	{ "unmask", "WWPN|any WWID", 2, 2, run_unmask,
		"no longer; a device that is there stays listed" },
	{ "default-mask", "on|off", 1, 1, run_default_mask,
		"on: every port may see every LUN of its fabric" },
	{ 0 },
};
