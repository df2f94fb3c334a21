/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fc_event event;

	(void)fc_event_parse_uevent(data, size, &event);
	return 0;
}
