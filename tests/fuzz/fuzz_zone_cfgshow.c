/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person copies from Brocade's command line. */
#include <stdint.h>
#include <string.h>

#include "tests/fuzz/zone_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_zone_import("cfgshow", data, size);
	return 0;
}
