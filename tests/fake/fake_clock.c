/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_clock.h"

#include <poll.h>
#include <time.h>

int64_t fake_clock_ms = 1000000;

/* The linker's names (--wrap). */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	ret_time->tv_sec = (time_t)(fake_clock_ms / 1000);
	ret_time->tv_nsec = (long)(fake_clock_ms % 1000) * 1000000;
	(void)clock;
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (timeout_ms > 0)
		fake_clock_ms += timeout_ms;
	(void)fds;
	(void)n;
	return 0;
}
