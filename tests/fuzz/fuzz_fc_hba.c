/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lane answers: read, and what was read must survive another round. */
#include "fc/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *json = NULL;
	struct fc_hba hba;

	if (np_json_parse((const char *)data, size, &json, NULL) < 0)
		return 0;
	if (fc_hba_from_json(&hba, json, NULL) < 0)
		return 0;
	np_auto(np_json_decref) json_t *again = fc_hba_to_json(&hba);
	fc_hba_done(&hba);
	if (again && fc_hba_from_json(&hba, again, NULL) == 0)
		fc_hba_done(&hba);
	return 0;
}
