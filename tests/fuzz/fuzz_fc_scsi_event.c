/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "fc/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0, used = 0; at < size; at += used) {
		struct fc_event event;

		(void)fc_event_parse_scsi(data + at, size - at, &used, &event);
		if (used == 0 || used > size - at)
			abort();
	}
	return 0;
}
