/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A WWN that is accepted must come back from both of its printed forms. */
#include <assert.h>
#include <string.h>

#include "base/wwn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_free) char *text = calloc(1, size + 1);
	char plain[NP_WWN_TEXT], colon[NP_WWN_COLON];
	uint64_t wwn, back;
	struct np_err err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	(void)np_wwn_parse_kernel(text, &wwn);
	if (np_wwn_parse(text, &wwn, &err) < 0)
		return 0;
	assert(np_wwn_parse(np_wwn_text(wwn, plain), &back, &err) == 0 && back == wwn);
	assert(np_wwn_parse(np_wwn_colon(wwn, colon), &back, &err) == 0 && back == wwn);
	assert(np_wwn_parse_kernel(plain, &back) && back == wwn);
	(void)np_wwn_check(wwn, &err);
	return 0;
}
