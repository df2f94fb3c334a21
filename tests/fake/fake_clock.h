/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's clock as a test sets it: clock_gettime and poll of what is linked with fake_clock_dep come here, so that
 * waiting costs no time and a deadline passes exactly where the test wants it.
 */
#pragma once

#include <stdint.h>

/* Milliseconds; poll adds its time-out, whatever it waits for. */
extern int64_t fake_clock_ms;
