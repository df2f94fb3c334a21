/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service's eyes and hands: the HBAs of this host, one lane for each, the inventory made of what the
 * lanes read, and the kernel's events as hints to read again. Nothing else in the service talks to a lane.
 */
#pragma once

#include "base/lane.h"
#include "fc/inventory.h"
#include "service/core.h"

enum svc_job_priority {
	SVC_JOB_SCAN = 0,     /* everything of an HBA; waits until nothing else is to be done */
	SVC_JOB_NAME = 50,    /* what nobody waits for */
	SVC_JOB_CHANGE = 100, /* plus the guest's start priority */
	SVC_JOB_LOOK = 300,   /* a few vports, for somebody who waits */
};

int svc_hosts_new(struct svc *svc, struct np_err *err);
void svc_hosts_free(struct svc *svc);

/* Has every HBA been read once (or had its time to be)? Before that, absence means nothing. */
bool svc_hosts_are_known(const struct svc *svc);

/* The inventory: HBAs, their vports, remote ports and LUNs as last read. */
struct fc_inventory *svc_inventory(const struct svc *svc);

#define svc_each_hba(hba, svc)                                                                     \
	for (const struct fc_hba *(hba) = NULL;                                                    \
		((hba) = fc_inventory_next(svc_inventory(svc), (hba)));)

/* The HBA, or NULL when the kernel does not show it now. */
const struct fc_hba *svc_hba_now(const struct svc *svc, uint64_t wwpn);

/* Is it there, or is there an HBA that could not be read yet and may be it? */
bool svc_hba_may_be_there(const struct svc *svc, uint64_t wwpn);

/* For how long the HBA has been away, in ms; 0 while it is or may be there. */
int64_t svc_hba_away_ms(const struct svc *svc, uint64_t wwpn);

/* The first vport with this WWPN and the HBA it is on; NULL when there is none. */
const struct fc_vport *svc_vport_now(
	const struct svc *svc, uint64_t wwpn, const struct fc_hba **ret_hba);

/* Queues a job for the HBA's lane; see np_lane_send. -NP_NOTFOUND when the HBA is not there. */
int svc_hba_job(struct svc *svc, uint64_t hba, json_t *job, int64_t timeout_ms, int priority,
	np_lane_done_fn *done, void *data, struct np_err *err);
void svc_hba_drop_jobs(struct svc *svc, const void *data);

/*
 * Reads this vport again soon; requests of one moment are gathered. svc_engine_kick follows.
 * @brief: its state only, not what it sees.
 */
void svc_hba_look(struct svc *svc, uint64_t hba, uint64_t wwpn, bool brief);

/* Reads the whole HBA (0: all of them, and which there are) again soon. */
void svc_hba_rescan(struct svc *svc, uint64_t hba);

/* Is the HBA's lane, or one of an earlier npivd, stuck in the kernel, or not open yet? */
bool svc_hba_is_blocked(const struct svc *svc, uint64_t hba);

/* Merges what a job's answer says about a vport, or that it is gone. */
void svc_vport_seen(struct svc *svc, uint64_t hba, const json_t *vport);
void svc_vport_gone(struct svc *svc, uint64_t hba, uint64_t wwpn);

/* For the API: {"state", "job", "job_s", "queued"}; of one HBA, and of all lanes with their names. */
json_t *svc_hba_lane_view(const struct svc *svc, uint64_t hba);
json_t *svc_lanes_view(const struct svc *svc);

/* How many of the kernel's events were heard, and what is not heard and why. */
json_t *svc_events_view(const struct svc *svc);
