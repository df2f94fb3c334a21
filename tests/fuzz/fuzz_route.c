/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "METHOD TARGET" through the route table. */
#include <assert.h>
#include <string.h>

#include "api/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_slashes(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '/';
	return count;
}

static void check(const struct api_target *target, const char *method)
{
	struct api_match match;
	char allow[API_ALLOW_MAX];
	struct np_err err;
	int rc = api_route_find(target, method, &match, allow, &err);

	if (rc < 0) {
		assert((rc == -NP_UNSUPPORTED) == (allow[0] != '\0'));
		return;
	}
	assert(count_slashes(match.route->path) == target->segments_count);
	assert(!strchr(match.route->path, '{') == !match.keys[0]);
	assert(!match.keys[0] || *match.keys[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api_target target;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	char *raw = strchr(text, ' ');
	if (raw)
		*raw++ = '\0';
	if (raw && api_target_parse(&target, raw, NULL) == 0) {
		check(&target, text);
		api_target_done(&target);
	}
	free(text);
	return 0;
}
