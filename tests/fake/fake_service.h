/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service/service.h without a service: each use case answers what it was called with, so that the
 * API can be tested alone. Some keys have a meaning:
 *
 *   missing taken stale busy   the error of that kind
 *   PUT /v1/guests/KEY/state   202; the operation ends after OPERATION_MS, with KEY "fails" FAILED,
 *                              "stuck" STUCK, "never" it does not end
 *   POST /v1/system/rescan     202 and one event of kind "rescan"
 */
#pragma once

#include "service/service.h"

#define FAKE_OPERATION_MS 100

struct fake_knobs {
	bool flush_at_once; /* else in a later turn of the loop */
	bool flush_fails;
	bool not_ready;
};

int fake_service_new(struct svc **ret_svc, sd_event *event);
struct svc *fake_service_free(struct svc *svc);
struct fake_knobs *fake_service_knobs(struct svc *svc);

/* Callbacks that are still due. */
unsigned fake_service_waits(const struct svc *svc);
