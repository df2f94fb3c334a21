/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an NX-OS switch answers, read as every kind of answer: whatever comes of it is a database in canonical form, or
 * is refused as one.
 */
#include <assert.h>
#include <string.h>

#include "zoning/nxos_logins.h"
#include "zoning/nxos_reply.h"
#include "zoning/nxos_status.h"
#include "zoning/nxos_zones.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_zones(const json_t *body, bool smart)
{
	np_auto(np_json_decref) json_t *db = json_object();
	np_auto(np_json_decref) json_t *effective = json_object();
	np_auto(np_json_decref) json_t *fcaliases = json_object();
	struct nxos_zones zones = { .vsan = 10, .smart = smart, .db = db, .fcaliases = fcaliases };

	if (nxos_zones_read(body, &zones, NULL) == 0 &&
		nxos_zones_read_zonesets(body, &zones, NULL) == 0 &&
		nxos_zones_read_aliases(body, db, NULL) == 0)
		(void)zone_db_normalise(db, NULL);
	zones.db = effective;
	if (nxos_zones_read_active(body, &zones, NULL) >= 0)
		(void)zone_effective_normalise(effective, NULL);
}

static void read_body(const json_t *body)
{
	np_auto(np_json_decref) json_t *logins = json_array();
	np_auto(np_json_decref) json_t *about = json_object();
	struct nxos_aliases aliases;
	struct nxos_status status;

	if (nxos_status_read(body, 10, &status, NULL) == 0)
		assert(nxos_status_progress(status.text, NULL) <= 1);
	(void)nxos_status_read_aliases(body, &aliases, NULL);
	(void)nxos_status_read_version(body, about, NULL);
	read_zones(body, false);
	read_zones(body, true);
	if (nxos_logins_read(body, 10, logins, NULL) == 0)
		(void)nxos_logins_add_ports(body, logins, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	np_auto(np_json_decref) json_t *reply = NULL;
	np_auto(np_json_decref) json_t *outputs = NULL;
	const json_t *output;
	size_t i;

	if (np_json_parse((const char *)data, size, &reply, NULL) < 0 ||
		nxos_reply_outputs(reply, &outputs, NULL) < 0)
		return 0;
	json_array_foreach (outputs, i, output) {
		struct nxos_answer answer;

		nxos_reply_judge(output, &answer);
		assert(strlen(answer.text) < sizeof answer.text);
		if (answer.verdict == NXOS_REFUSED)
			assert(nxos_reply_fail(&answer, "x", NULL) < 0);
		if (answer.body)
			read_body(answer.body);
	}
	return 0;
}
