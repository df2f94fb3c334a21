/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/timer.h"

#include <time.h>

#define PACE_RATIO 10
#define PACE_MAX_MS 2000 /* what waited behind other work is no measure of it */

#define ACCURACY_USEC 1000

int64_t svc_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int svc_timer_new(sd_event *event, sd_event_source **ret_timer, sd_event_time_handler_t handler,
	void *data, struct np_err *err)
{
	int rc = sd_event_add_time(
		event, ret_timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC, handler, data);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(*ret_timer, SD_EVENT_OFF);
	return rc < 0 ? np_fail_sys(err, -rc, "timer") : 0;
}

void svc_timer_set(sd_event_source *timer, int64_t ms)
{
	(void)sd_event_source_set_time(timer, (uint64_t)(svc_clock_ms() + ms) * 1000);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

void svc_timer_soon(sd_event_source *timer, int64_t ms)
{
	uint64_t planned = 0;
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(timer, &enabled);
	(void)sd_event_source_get_time(timer, &planned);
	if (enabled == SD_EVENT_OFF || planned > (uint64_t)(svc_clock_ms() + ms) * 1000)
		svc_timer_set(timer, ms);
}

void svc_pace_begin(struct svc_pace *pace)
{
	pace->since_ms = svc_clock_ms();
}

void svc_pace_end(struct svc_pace *pace)
{
	int64_t now = svc_clock_ms(), rest = (now - pace->since_ms) * PACE_RATIO;

	pace->not_before_ms = now + (rest < PACE_MAX_MS ? rest : PACE_MAX_MS);
}

int64_t svc_pace_left(const struct svc_pace *pace)
{
	int64_t left = pace->not_before_ms - svc_clock_ms();

	return left > 0 ? left : 0;
}
