/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/driver.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GIGABIT_16 "16 Gbit", "4 Gbit, 8 Gbit, 16 Gbit"
#define GIGABIT_10 "10 Gbit", "10 Gbit"

/* The errnos are what the drivers of Linux 6.1 to 6.12 hand to the transport class. */
static const struct sim_driver drivers[] = {
	{ "lpfc", "Emulex Corporation", "LPe16002B-M6",
		"Emulex LPe16002B-M6 PCIe 2-port 16Gb Fibre Channel Adapter", "11.4.204.34",
		"0:12.8.0.10", GIGABIT_16, 0x10df, 0xe200, .creates = true, .vports_max = 255,
		.duplicate = ENOENT, .checks_naa = true, .writable_name = true, .gives_up = true,
		.when_down = SIM_LINKDOWN },
	{ "qla2xxx", "QLogic Corporation", "QLE2692",
		"QLE2692 QLogic 2-port 16Gb FC to PCIe Gen3 x8 Adapter", "8.08.231 (d0d5)",
		"10.02.07.900-k", GIGABIT_16, 0x1077, 0x2261, .creates = true, .vports_max = 127,
		.duplicate = ENOTUNIQ, .no_npiv = EOPNOTSUPP, .when_down = SIM_FAILED },
	{ "bfa", "QLogic", "QLogic-1860", "QLogic BR-1860 2-port 16Gb Fabric Adapter", "3.2.25.1",
		"3.2.25.1", GIGABIT_16, 0x1657, 0x0022, .creates = true, .vports_max = 190,
		.duplicate = ENOTUNIQ, .writable_name = true, .early_active = true,
		.when_down = SIM_LINKDOWN },
	{ "fcoe", "", "", "", "", "", GIGABIT_10, 0x8086, 0x10fb, .creates = true,
		.vports_max = 65535, .duplicate = EINVAL, .writable_name = true, .directory = true,
		.no_port_id = 0xffffffff, .when_down = SIM_LINKDOWN },
	{ "bnx2fc", "Broadcom Corporation", "BCM57810", "QLogic BCM57810 10Gb FCoE", "", "2.12.13",
		GIGABIT_10, 0x14e4, 0x168e, .creates = true, .vports_max = 65535,
		.duplicate = EINVAL, .directory = true, .no_port_id = 0xffffffff,
		.when_down = SIM_LINKDOWN },
	{ "qedf", "QLogic", "QL41262", "FastLinQ QL41262 2-port 25GbE FCoE Controller", "8.59.1.0",
		"8.42.3.0", GIGABIT_10, 0x1077, 0x8080, .creates = true, .vports_max = 64,
		.duplicate = EINVAL, .link_down = EIO, .directory = true, .no_port_id = 0xffffffff,
		.when_down = SIM_LINKDOWN },
	{ "csiostor", "Chelsio Communications", "T520-CR", "Chelsio T520-CR FCoE", "1.27.3.0",
		"1.0.0-ko", GIGABIT_10, 0x1425, 0x5601, .creates = true, .vports_max = 64,
		.duplicate = EPERM, .when_down = SIM_LINKDOWN },
	{ "fnic", "Cisco Systems, Inc.", "UCSC-PCIE-C40Q-03", "Cisco VIC 1385 FCoE HBA", "",
		"1.6.0.57", GIGABIT_10, 0x1137, 0x0045, .directory = true, .no_port_id = 0xffffffff,
		.when_down = SIM_LINKDOWN },
	{ "zfcp", "IBM", "FICON Express16S+", "", "0x00000900", "", GIGABIT_16, 0x1014, 0x0000,
		.when_down = SIM_LINKDOWN },
	{ "ibmvfc", "IBM", "ibmvfc", "IBM Virtual Fibre Channel", "", "1.0.11", GIGABIT_16, 0x1014,
		0x0000, .when_down = SIM_LINKDOWN },
};

static const char *const state_names[SIM_STATES] = {
	[SIM_UNKNOWN] = "Unknown",
	[SIM_ACTIVE] = "Active",
	[SIM_DISABLED] = "Disabled",
	[SIM_LINKDOWN] = "Linkdown",
	[SIM_INITIALIZING] = "Initializing",
	[SIM_NO_SUPPORT] = "No Fabric Support",
	[SIM_NO_RESOURCES] = "No Fabric Resources",
	[SIM_LOGOUT] = "Fabric Logout",
	[SIM_REJECTED] = "Fabric Rejected WWN",
	[SIM_FAILED] = "VPort Failed",
};

#define N_DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

const struct sim_driver *sim_driver_find(const char *name)
{
	for (size_t row = 0; row < N_DRIVERS; row++) {
		if (strcmp(drivers[row].name, name) == 0)
			return &drivers[row];
	}
	return NULL;
}

const char *sim_driver_names(char *text, unsigned size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t row = 0; row < N_DRIVERS && len < size; row++)
		len += (size_t)snprintf(
			text + len, size - len, "%s%s", row ? " " : "", drivers[row].name);
	return text;
}

const char *sim_state_name(enum sim_state state)
{
	return state_names[state];
}

static bool same_words(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		bool blank = *a == ' ' && (*b == ' ' || *b == '-' || *b == '_');
		if (!blank && tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	}
	return *a == *b;
}

enum sim_state sim_state_find(const char *name)
{
	for (unsigned state = 0; state < SIM_STATES; state++) {
		if (same_words(state_names[state], name))
			return (enum sim_state)state;
	}
	return SIM_STATES;
}
