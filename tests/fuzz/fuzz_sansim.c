/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sansim reads from others, chosen by the first byte: 'c' command lines, 'j' a configuration file, 'v' a
 * write to vport_create, 's' a write to scan.
 */
#include <stdint.h>
#include <string.h>

#include "lab/command.h"
#include "lab/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_lines(struct sim *sim, char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct sim_answer answer = { 0 };
		struct np_err err = { 0 };
		int rc = sim_command_run(sim, line, &answer, &err);
		free(sim_answer_text(&answer, rc, &err));
		sim_advance(sim, sim->now + 50);
	}
}

static void read_one(char kind, struct sim *sim, char *text, size_t len)
{
	const struct sim_setup setup = { .hbas = 2, .targets = 1, .luns = 2 };
	struct sim_vport_spec spec = { 0 };
	struct sim_scan scan;

	if (sim_config_apply(sim, &setup, kind == 'j' ? text : NULL, NULL) < 0)
		return;
	if (kind == 'c')
		run_lines(sim, text);
	if (kind == 'v' && sim_vport_parse(text, len, &spec.wwpn, &spec.wwnn))
		(void)sim_vport_create(sim, sim->hbas[0], &spec);
	if (kind == 's' && sim_scan_parse(text, len, &scan))
		sim_port_scan(sim, sim->hbas[0]->port, &scan);
	sim_advance(sim, sim->now + 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim *sim = NULL;

	if (size == 0 || sim_new(&sim, 0, 1, NULL) < 0)
		return 0;
	char *text = malloc(size);
	if (text) {
		memcpy(text, data + 1, size - 1);
		text[size - 1] = '\0';
		read_one((char)data[0], sim, text, size - 1);
	}
	free(text);
	sim_free(sim);
	return 0;
}
