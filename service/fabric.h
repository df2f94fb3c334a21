/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fabrics whose zones somebody carries out: a lane for each, and what was last seen of its switches. Nothing
 * else in the service talks to a fabric's lane.
 */
#pragma once

#include "base/digest.h"
#include "base/lane.h"
#include "service/core.h"
#include "zoning/driver.h"

struct svc_fabric {
	struct np_list node;
	struct svc *svc;
	char name[NP_NAME_MAX];
	const struct zone_driver *driver;
	struct np_lane *lane;
	json_t *snapshot; /* as last seen; NULL: never */
	json_t *raw;	  /* {NAME: TEXT} of the vendor that it was made of; NULL: not told */
	char sum[NP_DIGEST_TEXT];
	char taken[DB_TIME_TEXT];
	char kept[NP_DIGEST_TEXT]; /* the switch's checksum of the newest snapshot in the history */
	struct np_err trouble;	   /* why it could not be seen the last time; NP_OK: it could */
	json_t *aliases;  /* when they were last right (service/aliases.h); NULL: not recalled */
	json_t *findings; /* of the last look for drift; NULL: none yet */
	sd_event_source *watch; /* timer: the next look for drift */
	bool watching;
	bool held;		    /* another lane is still at work there */
	sd_event_source *held_look; /* timer: has it ended? */
	bool listed;		    /* while the record is compared */
};

struct svc_fabrics;

int svc_fabrics_new(struct svc *svc, struct np_err *err);
void svc_fabrics_free(struct svc *svc);

/* Starts and ends lanes as the record says; after each commit that changed fabrics. */
void svc_fabrics_sync(struct svc *svc);

/* The record is another: what was read from it is read again. */
void svc_fabrics_restored(struct svc *svc);

/* Of this name, with a driver; NULL: zones of this fabric are only recorded. */
struct svc_fabric *svc_fabric_named(const struct svc *svc, const char *name);

#define svc_each_fabric(fabric, svc)                                                               \
	for (struct svc_fabric * (fabric) = NULL; ((fabric) = svc_fabric_next((svc), (fabric)));)
struct svc_fabric *svc_fabric_next(const struct svc *svc, const struct svc_fabric *fabric);

/*
 * Queues a job for the fabric's lane with its endpoint, time limit and known sum; takes @job. An answer with a snapshot
 * is taken in before @done sees it. A driver that cannot be asked over the network gets what is known otherwise: what we
 * have recorded as made (BY_HAND), or what an HBA's lane is told in band (IN_BAND).
 */
int svc_fabric_job(struct svc_fabric *fabric, json_t *job, int64_t timeout_ms,
	np_lane_done_fn *done, void *data, struct np_err *err);
void svc_fabrics_drop_jobs(struct svc *svc, const void *data);

/* The HBA is gone, and the lane that was asked through it: what waits for its answer has it now. */
void svc_fabrics_lost(struct svc *svc, uint64_t hba);

/* Does a job hold the fabric's lane beyond its time, or is a lane of an earlier npivd still at work there? */
bool svc_fabric_is_blocked(const struct svc *svc, const char *name);

/* The fabric has told an HBA that something changed (RSCN): what the switches have is looked at soon. */
struct fc_hba;
void svc_fabric_news(struct svc *svc, const struct fc_hba *hba);

/* Keeps what was last seen of the fabric as part of its history. */
int svc_fabric_keep(
	struct svc_fabric *fabric, int64_t operation, const char *reason, struct np_err *err);

/* For the API: {"state", "job", "queued", "restarts", "seen", "trouble"}. */
json_t *svc_fabric_lane_view(const struct svc_fabric *fabric);
