/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One-shot timers of the loop, in ms from now on the monotonic clock. */
#pragma once

#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/err.h"

/* Made switched off; sd_event_source_disable_unref ends it. */
int svc_timer_new(sd_event *event, sd_event_source **ret_timer, sd_event_time_handler_t handler,
	void *data, struct np_err *err);

/* Runs in @ms, whatever was planned before. */
void svc_timer_set(sd_event_source *timer, int64_t ms);

/* Runs in @ms at the latest: an earlier plan stays. */
void svc_timer_soon(sd_event_source *timer, int64_t ms);

int64_t svc_clock_ms(void); /* CLOCK_MONOTONIC */

/*
 * Work that news ask for again and again is paced: it takes a tenth of the time at most, so that
 * many news do not keep the loop or a lane from what they are for. Zeros to begin with.
 */
struct svc_pace {
	int64_t since_ms, not_before_ms;
};

void svc_pace_begin(struct svc_pace *pace);
void svc_pace_end(struct svc_pace *pace);
int64_t svc_pace_left(const struct svc_pace *pace); /* ms until it may begin again, or 0 */
