/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lane of one HBA: jobs as JSON in, values as JSON out (docs/ARCHITECTURE.md). Runs in a
 * process of its own that may hang in the kernel. A lock file per WWPN keeps two lanes from writing
 * to one HBA, also when an older one still hangs there: "held" tells that.
 *
 *   {"job": "scan"}                                    -> the HBA with everything (fc_hba_to_json), "held": bool
 *   {"job": "look", "wwpns": [...], "brief"}           -> {"hba": {...}, "vports": [...]}
 *   {"job": "create", "hba", "wwpn", "wwnn", "symbolic_name", "fresh"} -> {"existed": bool, "vport": {...}}
 *   {"job": "name", "hba", "wwpn", "symbolic_name"}    -> {"existed": true}
 *   {"job": "delete", "hba", "wwpn", "wwnn", "force"}  -> {"existed": bool}
 *   {"job": "rescan", "wwpn"}                          -> {}
 *   {"job": "remove_lun", "hba", "wwpn", "hctl", "force"} -> {"existed": bool}
 *   {"job": "witness", "hba", "wwpn"}                  -> {"can", "reasons", "snapshot", ...}: fc/witness.h;
 *                                                         without "wwpn" (of a vport) for the physical port
 */
#pragma once

#include "fc/bsg.h"
#include "fc/host.h"

#define FC_LOOK_MAX FC_VPORTS_MAX

struct fc_lane {
	struct fc_sysfs sysfs;
	char name[32];		    /* "host1" */
	char lock_dir[NP_PATH_MAX]; /* "": no lock (tests) */
	int core_fd;		    /* -1: none (tests) */
	int lock_fd;
	uint64_t locked;     /* WWPN whose lock is held, 0: none */
	struct fc_host host; /* .fd -1 while it is not open */
	struct fc_bsg_door bsg;
};

struct fc_lane_spec {
	const char *sysfs_root;
	const char *host;
	const char *lock_dir;
	int fd; /* NP_LANE_FD; where it hangs up, nothing more is written. -1: none (tests) */
};

int fc_lane_init(struct fc_lane *ret_lane, const struct fc_lane_spec *spec, struct np_err *err);
void fc_lane_done(struct fc_lane *lane);

/* An np_lane_handler; @data is the struct fc_lane. */
int fc_lane_handle(void *data, const json_t *job, json_t **ret_answer, struct np_err *err);

/* The whole life of the process, from the lock to the end of the conversation. */
int fc_lane_main(const struct fc_lane_spec *spec, struct np_err *err);
