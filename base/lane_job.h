/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane's job, and the queue of them; for lane.c. */
#pragma once

#include "base/lane.h"
#include "base/list.h"

struct np_lane_job {
	struct np_list node;
	int64_t id; /* ascending: its age */
	char *text; /* the job as JSON */
	char name[NP_NAME_MAX];
	int priority;
	int64_t queued_ms, deadline_ms;
	np_lane_done_fn *done; /* NULL once dropped */
	void *data;
	int rc;
	json_t *answer;
	struct np_err err;
};

/* @json is read; -NP_INVAL when it has no text member "job". */
int np_lane_job_new(struct np_lane_job **ret_job, const json_t *json, struct np_err *err);
struct np_lane_job *np_lane_job_free(struct np_lane_job *job);
void np_lane_job_list_free(struct np_list *list);

/* By priority, then age. */
void np_lane_job_insert(struct np_list *queue, struct np_lane_job *job);
