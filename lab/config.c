/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/config.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/switch.h"

#define TARGET_WWPN 0x5000000000000a00ull /* target n of fabric f: + f * 0x100 + n */
#define TARGET_WWNN 0x5000000000000a00ull /* one array for all fabrics */
#define LUN_SIZE (10ull << 30)

struct config {
	json_t *fabrics, *hbas, *switches, *commands;
};

struct fabric_line {
	char name[NP_NAME_MAX];
	uint64_t wwn;
	bool npiv;
	json_t *targets;
};

struct switch_line {
	char fabric[NP_NAME_MAX], vendor[NP_NAME_MAX], release[32];
	char user[64], password[64], cert[256], key[256];
	int64_t port;
};

struct hba_line {
	char name[NP_NAME_MAX], fabric[NP_NAME_MAX], driver[NP_NAME_MAX], pci[16];
	uint64_t wwpn, wwnn;
	int64_t vports;
};

static const struct np_field config_fields[] = {
	{ "fabrics", NP_TYPE_JSON, .help = "list of fabrics", NP_IN(struct config, fabrics) },
	{ "hbas", NP_TYPE_JSON, .help = "list of HBAs", NP_IN(struct config, hbas) },
	{ "switches", NP_TYPE_JSON, .help = "list of switches", NP_IN(struct config, switches) },
	{ "commands", NP_TYPE_JSON, .help = "control commands to run at the start",
		NP_IN(struct config, commands) },
	{ 0 },
};

static const struct np_field fabric_fields[] = {
	{ "name", NP_TYPE_NAME, .flags = NP_FIELD_REQUIRED, .help = "A, B, ...",
		NP_IN(struct fabric_line, name) },
	{ "wwn", NP_TYPE_WWN, .help = "fabric_name", NP_IN(struct fabric_line, wwn) },
	{ "npiv", NP_TYPE_BOOL, .help = "may vports log in", NP_IN(struct fabric_line, npiv) },
	{ "targets", NP_TYPE_WWNS, .help = "WWPNs of array ports",
		NP_IN(struct fabric_line, targets) },
	{ 0 },
};

static const struct np_field switch_fields[] = {
	{ "fabric", NP_TYPE_NAME, .flags = NP_FIELD_REQUIRED, .help = "whose zones it has",
		NP_IN(struct switch_line, fabric) },
	{ "vendor", NP_TYPE_NAME, .flags = NP_FIELD_REQUIRED, .help = "fos, nxos",
		NP_IN(struct switch_line, vendor) },
	{ "release", NP_TYPE_TEXT, .help = "e.g. 9.1.0b", NP_IN(struct switch_line, release) },
	{ "port", NP_TYPE_INT, .max = UINT16_MAX, .help = "0: any",
		NP_IN(struct switch_line, port) },
	{ "user", NP_TYPE_TEXT, .help = "who may log in", NP_IN(struct switch_line, user) },
	{ "password", NP_TYPE_TEXT, .help = "with what", NP_IN(struct switch_line, password) },
	{ "cert", NP_TYPE_TEXT, .help = "certificate, PEM", NP_IN(struct switch_line, cert) },
	{ "key", NP_TYPE_TEXT, .help = "its key, PEM", NP_IN(struct switch_line, key) },
	{ 0 },
};

static const struct np_field hba_fields[] = {
	{ "name", NP_TYPE_NAME, .help = "h0, h1, ...", NP_IN(struct hba_line, name) },
	{ "fabric", NP_TYPE_NAME, .help = "its fabric", NP_IN(struct hba_line, fabric) },
	{ "driver", NP_TYPE_NAME, .help = "lpfc, qla2xxx, ...", NP_IN(struct hba_line, driver) },
	{ "pci", NP_TYPE_TEXT, .max = 12, .help = "PCI address", NP_IN(struct hba_line, pci) },
	{ "wwpn", NP_TYPE_WWN, .help = "physical port name", NP_IN(struct hba_line, wwpn) },
	{ "wwnn", NP_TYPE_WWN, .help = "physical node name", NP_IN(struct hba_line, wwnn) },
	{ "vports", NP_TYPE_INT, .max = SIM_NUMBERS_MAX, .help = "max_npiv_vports",
		NP_IN(struct hba_line, vports) },
	{ 0 },
};

static int read_line(
	const json_t *json, const struct np_field *fields, void *ret_line, struct np_err *err)
{
	np_auto(np_json_decref) json_t *clean = NULL;

	int rc = np_json_check(json, fields, NP_CHECK_CREATE, &clean, err);
	return rc < 0 ? rc : np_json_to_struct(clean, fields, ret_line, err);
}

static int add_fabric(struct sim *sim, const json_t *json, struct np_err *err)
{
	struct fabric_line line = { .npiv = true };
	struct sim_fabric *fabric = NULL;

	int rc = read_line(json, fabric_fields, &line, err);
	if (rc == 0)
		rc = sim_fabric_add(sim, line.name, line.wwn, err);
	if (rc == 0)
		rc = sim_fabric_find(sim, line.name, &fabric, err);
	if (fabric)
		fabric->npiv = line.npiv;
	for (size_t i = 0; rc == 0 && i < json_array_size(line.targets); i++) {
		uint64_t wwpn =
			strtoull(json_string_value(json_array_get(line.targets, i)), NULL, 16);
		rc = sim_target_add(sim, fabric, wwpn, TARGET_WWNN, err);
	}
	json_decref(line.targets);
	return rc;
}

static const char *given(const char *text)
{
	return text[0] ? text : NULL;
}

static int add_hba(
	struct sim *sim, const struct sim_setup *setup, const json_t *json, struct np_err *err)
{
	struct hba_line line = { 0 };

	int rc = read_line(json, hba_fields, &line, err);
	if (rc < 0)
		return rc;
	const struct sim_hba_spec spec = {
		.name = given(line.name),
		.fabric = given(line.fabric),
		.driver = line.driver[0] ? line.driver : setup->driver,
		.pci = given(line.pci),
		.wwpn = line.wwpn,
		.wwnn = line.wwnn,
		.limit = (unsigned)line.vports,
	};
	return sim_hba_add(sim, &spec, err);
}

static int add_switch(struct sim *sim, const json_t *json, struct np_err *err)
{
	struct switch_line line = { 0 };
	struct sim_switch *sw;

	int rc = read_line(json, switch_fields, &line, err);
	if (rc < 0)
		return rc;
	const struct sim_switch_spec spec = { .fabric = line.fabric,
		.vendor = line.vendor,
		.release = given(line.release),
		.user = given(line.user),
		.password = given(line.password),
		.cert = given(line.cert),
		.key = given(line.key),
		.port = (unsigned)line.port };
	return sim_switch_add(sim, &spec, &sw, err);
}

static int add_switches(struct sim *sim, const json_t *list, struct np_err *err)
{
	int rc = 0;

	if (list && !json_is_array(list))
		return np_fail_field(err, "switches", "must be a list");
	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
		rc = np_wrap(
			err, add_switch(sim, json_array_get(list, i), err), "switch %zu", i + 1);
	return rc;
}

static int default_fabrics(struct sim *sim, const struct sim_setup *setup, struct np_err *err)
{
	static const char *const names[] = { "A", "B" };
	int rc = 0;

	for (unsigned f = 0; rc == 0 && f < 2; f++) {
		rc = sim_fabric_add(sim, names[f], 0, err);
		for (int t = 0; rc == 0 && t < setup->targets; t++)
			rc = sim_target_add(sim, sim->fabrics[f],
				TARGET_WWPN + (f + 1) * 0x10000 + (unsigned)t + 1, TARGET_WWNN,
				err);
	}
	return rc;
}

static int default_luns(struct sim *sim, const struct sim_setup *setup, struct np_err *err)
{
	char wwid[64];
	int rc = 0;

	for (int i = 0; rc == 0 && i < setup->luns; i++) {
		(void)snprintf(
			wwid, sizeof(wwid), "naa.60014050000000000000000000%06x", (unsigned)i + 1);
		rc = sim_lun_add(sim, wwid, LUN_SIZE, (1u << sim->n_fabrics) - 1, err);
	}
	return rc;
}

static int add_fabrics(
	struct sim *sim, const struct sim_setup *setup, const json_t *list, struct np_err *err)
{
	int rc = 0;

	if (!list)
		return default_fabrics(sim, setup, err);
	if (!json_is_array(list))
		return np_fail_field(err, "fabrics", "must be a list");
	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
		rc = np_wrap(
			err, add_fabric(sim, json_array_get(list, i), err), "fabric %zu", i + 1);
	return rc;
}

static int add_hbas(
	struct sim *sim, const struct sim_setup *setup, const json_t *list, struct np_err *err)
{
	const struct sim_hba_spec usual = { .driver = setup->driver };
	int rc = 0;

	if (list && !json_is_array(list))
		return np_fail_field(err, "hbas", "must be a list");
	for (int i = 0; !list && rc == 0 && i < setup->hbas; i++)
		rc = sim_hba_add(sim, &usual, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
		rc = np_wrap(
			err, add_hba(sim, setup, json_array_get(list, i), err), "HBA %zu", i + 1);
	return rc;
}

static int run_line(struct sim *sim, char *line, struct np_err *err)
{
	struct sim_answer answer = { 0 };

	int rc = sim_command_run(sim, line, &answer, err);
	json_decref(answer.json);
	return rc;
}

static int run_command(struct sim *sim, const json_t *json, struct np_err *err)
{
	char line[SIM_COMMAND_MAX];

	if (!json_is_string(json) || json_string_length(json) >= sizeof(line))
		return np_fail_field(err, "commands", "must be a list of command lines");
	(void)snprintf(line, sizeof(line), "%s", json_string_value(json));
	return np_wrap(err, run_line(sim, line, err), "command '%.80s'", json_string_value(json));
}

/* "A=fos:8443:9.1.0b,user=me" is the command "switch add A fos 8443 9.1.0b user me". */
static int run_switch(struct sim *sim, const char *spec, struct np_err *err)
{
	char line[SIM_COMMAND_MAX];
	size_t path = strcspn(spec, ",");

	if ((size_t)snprintf(line, sizeof(line), "switch add %s", spec) >= sizeof(line))
		return np_fail(err, NP_INVAL, "--switch '%.40s': too long", spec);
	char *words = line + strlen("switch add ");
	for (size_t i = 0; words[i]; i++) {
		if (words[i] == ',' || words[i] == '=' || (i < path && words[i] == ':'))
			words[i] = ' ';
	}
	return np_wrap(err, run_line(sim, line, err), "--switch '%.80s'", spec);
}

static int build(struct sim *sim, const struct sim_setup *setup, const struct config *config,
	struct np_err *err)
{
	int rc = add_fabrics(sim, setup, config->fabrics, err);

	if (rc == 0)
		rc = default_luns(sim, setup, err);
	if (rc == 0)
		rc = add_hbas(sim, setup, config->hbas, err);
	if (rc == 0)
		rc = add_switches(sim, config->switches, err);
	for (const char *const *spec = setup->switches; rc == 0 && spec && *spec; spec++)
		rc = run_switch(sim, *spec, err);
	for (size_t i = 0; rc == 0 && i < json_array_size(config->commands); i++)
		rc = run_command(sim, json_array_get(config->commands, i), err);
	return rc;
}

/* Brings the physical ports up at once: a machine that has been running for a while. */
static void settle(struct sim *sim)
{
	const struct sim_delays delays = sim->delays;

	sim->delays = (struct sim_delays){ .dev_loss = delays.dev_loss };
	np_list_foreach (port, &sim->ports, struct sim_port, in_sim) {
		if (port->login_at != SIM_NEVER)
			port->login_at = sim->now;
	}
	sim_due(sim, sim->now);
	sim_advance(sim, sim->now);
	sim->delays = delays;
}

int sim_config_apply(
	struct sim *sim, const struct sim_setup *setup, const char *text, struct np_err *err)
{
	np_auto(np_json_decref) json_t *json = NULL;
	struct config config = { 0 };
	int rc = 0;

	sim->default_mask = setup->default_mask;
	if (text)
		rc = np_json_parse(text, strlen(text), &json, err);
	if (rc == 0 && json)
		rc = read_line(json, config_fields, &config, err);
	if (rc == 0)
		rc = build(sim, setup, &config, err);
	if (rc == 0)
		settle(sim);
	json_decref(config.fabrics);
	json_decref(config.hbas);
	json_decref(config.switches);
	json_decref(config.commands);
	return rc;
}
