/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Put in front of each file by tools/check-lint.py for clang-tidy alone. Its analyzer sees one file at a time
 * and would believe that np_fail may return 0, and so find uses of what a failed function did not set.
 */
#pragma once

#include "base/err.h"

#define np_fail(err, code, ...) ((void)np_fail(err, code, __VA_ARGS__), -(int)(code))
#define np_fail_field(err, field, ...)                                                             \
	((void)np_fail_field(err, field, __VA_ARGS__), -(int)NP_INVAL)
#define np_fail_sys(err, sys, ...) ((void)np_fail_sys(err, sys, __VA_ARGS__), -(int)NP_IO)
#define np_fail_nomem(err) ((void)np_fail_nomem(err), -(int)NP_NOMEM)
#define np_wrap(err, rc, ...) np_same(err, rc)
#define np_hint(err, rc, ...) np_same(err, rc)

/* np_wrap and np_hint return what they are given; their text is not looked at here. */
static inline int np_same(const struct np_err *err, int rc)
{
	(void)err;
	return rc;
}
