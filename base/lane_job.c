/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lane_job.h"

int np_lane_job_new(struct np_lane_job **ret_job, const json_t *json, struct np_err *err)
{
	const char *name = np_json_text(json, "job");

	if (!name[0])
		return np_fail(err, NP_INVAL, "the job has no name");
	struct np_lane_job *job = calloc(1, sizeof *job);
	char *text = json_dumps(json, JSON_COMPACT);
	if (!job || !text) {
		free(job);
		free(text);
		return np_fail_nomem(err);
	}
	job->text = text;
	(void)snprintf(job->name, sizeof job->name, "%s", name);
	*ret_job = job;
	return 0;
}

struct np_lane_job *np_lane_job_free(struct np_lane_job *job)
{
	if (job) {
		free(job->text);
		json_decref(job->answer);
		free(job);
	}
	return NULL;
}

void np_lane_job_list_free(struct np_list *list)
{
	np_list_foreach_safe (job, list, struct np_lane_job, node) {
		np_list_remove(&job->node);
		np_lane_job_free(job);
	}
}

static bool goes_before(const struct np_lane_job *a, const struct np_lane_job *b)
{
	return a->priority != b->priority ? a->priority > b->priority : a->id < b->id;
}

void np_lane_job_insert(struct np_list *queue, struct np_lane_job *job)
{
	struct np_list *at = queue;

	while (at->prev != queue &&
		goes_before(job, np_list_entry(at->prev, struct np_lane_job, node)))
		at = at->prev;
	np_list_insert_before(&job->node, at);
}
