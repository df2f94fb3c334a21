/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about one HBA: faults, link, removal, vports made by hand. */
#include <string.h>

#include "base/wwn.h"
#include "lab/command.h"

#define FLAP_MAX_MS 86400000

static int run_fault(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	return rc < 0 ? rc : sim_fault_add(hba, args->words + 1, args->count - 1, err);
}

static int run_clear(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *only = NULL;

	(void)answer;
	int rc = args->count ? sim_hba_find(sim, args->words[0], &only, err) : 0;
	for (unsigned i = 0; rc == 0 && i < sim->n_hbas; i++) {
		if (!only || only == sim->hbas[i])
			sim_faults_clear(sim->hbas[i]);
	}
	return rc;
}

static int parse_release(const struct sim_args *args, size_t at, int *ret_error, struct np_err *err)
{
	size_t left = args->count - at;

	*ret_error = 0;
	if (left == 0 || (left == 1 && strcmp(args->words[at], "ok") == 0))
		return 0;
	if (left != 2 || strcmp(args->words[at], "errno") != 0)
		return np_fail(err, NP_INVAL, "usage: release [HBA] [ok | errno NAME]");
	*ret_error = sim_errno_find(args->words[at + 1]);
	return *ret_error ? 0 : np_fail(err, NP_INVAL, "'%.20s' is no errno", args->words[at + 1]);
}

static int run_release(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba = NULL;
	int error;
	bool named = args->count && strcmp(args->words[0], "ok") != 0 &&
		     strcmp(args->words[0], "errno") != 0;

	int rc = named ? sim_hba_find(sim, args->words[0], &hba, err) : 0;
	if (rc == 0)
		rc = parse_release(args, named, &error, err);
	if (rc < 0)
		return rc;
	answer->json = json_pack("{s:i}", "released", (int)sim_calls_release(sim, hba, error));
	return 0;
}

static int run_link(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;
	bool up;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	if (rc == 0)
		rc = sim_parse_switch(args->words[1], "up", "down", &up, err);
	if (rc == 0)
		sim_hba_link(sim, hba, up);
	return rc;
}

static int run_flap(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;
	uint64_t ms;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	if (rc == 0)
		rc = sim_parse_number(args->words[1], FLAP_MAX_MS, &ms, err);
	if (rc < 0)
		return rc;
	sim_hba_link(sim, hba, false);
	hba->link_back_at = sim->now + (int64_t)ms;
	sim_due(sim, hba->link_back_at);
	return 0;
}

static int run_remove(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	return rc < 0 ? rc : sim_hba_remove(sim, hba, err);
}

static int run_return(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	return rc < 0 ? rc : sim_hba_return(sim, hba, err);
}

static int run_limit(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;
	uint64_t limit;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	if (rc == 0)
		rc = sim_parse_number(args->words[1], SIM_NUMBERS_MAX, &limit, err);
	if (rc == 0)
		hba->limit = (unsigned)limit;
	return rc;
}

static int run_foreign(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_vport_spec spec = { .foreign = true };
	struct sim_hba *hba;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &spec.wwpn, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[2], &spec.wwnn, err);
	if (rc < 0)
		return rc;
	rc = sim_vport_create(sim, hba, &spec);
	return rc < 0 ? np_fail_sys(err, -rc, "HBA %s: vport '%s'", hba->name, args->words[1]) : 0;
}

static int run_vanish(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_hba *hba;
	uint64_t wwpn;

	(void)answer;
	int rc = sim_hba_find(sim, args->words[0], &hba, err);
	if (rc == 0)
		rc = np_wwn_parse(args->words[1], &wwpn, err);
	if (rc < 0)
		return rc;
	struct sim_port *port = sim_vport_find(sim, hba, wwpn);
	if (!port)
		return np_fail(
			err, NP_NOTFOUND, "HBA %s has no vport '%.30s'", hba->name, args->words[1]);
	sim_port_remove(sim, port);
	return 0;
}

const struct sim_command sim_hba_commands[] = {
	{ "fault", "HBA create|delete|read|scan|lun-delete|write FAULT...", 3, SIM_WORDS_MAX,
		run_fault,
		"errno NAME, short N, hang SECONDS|forever, made, stuck, badstate STATE, attr FILE, count N, always" },
	{ "clear", "[HBA]", 0, 1, run_clear, "forget faults that are not used up" },
	{ "release", "[HBA] [ok | errno NAME]", 0, 3, run_release,
		"let hanging calls go on, or fail" },
	{ "link", "HBA up|down", 2, 2, run_link, "the HBA's link to its switch" },
	{ "flap", "HBA MS", 2, 2, run_flap, "link down now, up after a time" },
	{ "remove", "HBA", 1, 1, run_remove,
		"the host and its vports go, open files answer ENODEV" },
	{ "return", "HBA", 1, 1, run_return,
		"it comes back, with the lowest free host number, without vports" },
	{ "limit", "HBA N", 2, 2, run_limit, "max_npiv_vports" },
	{ "foreign", "HBA WWPN WWNN", 3, 3, run_foreign, "a vport made by somebody else" },
	{ "vanish", "HBA WWPN", 2, 2, run_vanish, "a vport deleted by somebody else" },
	{ 0 },
};
