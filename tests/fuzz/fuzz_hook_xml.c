/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "hook/hook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A guest that is read has a UUID in canonical form: it becomes part of a path. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hook_event event = { 0 };
	struct np_err err = { 0 };

	if (hook_libvirt_parse((const char *)data, size, &event, &err) < 0) {
		assert(err.code != NP_OK && err.msg[0] && err.hint[0]);
		return 0;
	}
	assert(strlen(event.guest) == NP_UUID_TEXT - 1);
	for (const char *at = event.guest; *at; at++)
		assert(*at == '-' ||
			(isxdigit((unsigned char)*at) && !isupper((unsigned char)*at)));
	assert(event.ours || (!event.profile[0] && event.luns == 0 && event.timeout_ms == 0));
	assert(event.timeout_ms >= 0 && event.timeout_ms <= HOOK_TIMEOUT_MAX_MS);
	return 0;
}
