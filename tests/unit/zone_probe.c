/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs of a fabric's lane, one a line, each answered by a line: zone_probe CREDENTIALS-DIR <JOBS. What fails is answered
 * with {"error": ...}. For tests of drivers against simulated switches.
 */
#include <stdio.h>
#include <string.h>

#include "zoning/lane.h"

static json_t *do_job(struct zone_lane_spec *spec, const char *line, size_t len)
{
	np_auto(np_json_decref) json_t *job = NULL;
	json_t *answer = NULL;
	struct np_err err = { 0 };
	int rc = np_json_parse(line, len, &job, &err);

	if (rc == 0)
		rc = zone_lane_handle(spec, job, &answer, &err);
	return rc < 0 ? json_pack("{s:o}", "error", np_err_to_json(&err)) : answer;
}

int main(int argc, char **argv)
{
	struct zone_lane_spec spec = {
		.fabric = "a", .credentials_dir = argc > 1 ? argv[1] : "", .fd = -1
	};
	np_auto(np_free) char *line = NULL;
	size_t size = 0;

	for (ssize_t len; (len = getline(&line, &size, stdin)) > 0;) {
		np_auto(np_json_decref) json_t *answer = do_job(&spec, line, (size_t)len);
		np_auto(np_free) char *text = json_dumps(answer, JSON_COMPACT);
		(void)printf("%s\n", text ? text : "null");
		(void)fflush(stdout);
	}
	return 0;
}
