/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "zoning/driver.h"

/* clang-format off */
const struct zone_driver *const zone_drivers[] = {
	&zone_driver_fos,
	&zone_driver_nxos,
	&zone_driver_manual,
	&zone_driver_witness,
	NULL,
};

const struct np_field zone_endpoint_fields[] = {
	{ "fabric",      NP_TYPE_NAME, NP_FIELD_REQUIRED, .help = "name of the fabric",                        NP_IN(struct zone_endpoint, fabric) },
	{ "driver",      NP_TYPE_NAME, NP_FIELD_REQUIRED, .help = "how its switch is spoken to",               NP_IN(struct zone_endpoint, driver) },
	{ "url",         NP_TYPE_TEXT,                    .help = "of the switch: https://HOST[:PORT]",        NP_IN(struct zone_endpoint, url) },
	{ "credential",  NP_TYPE_NAME,                    .help = "name of the secret to log in with",         NP_IN(struct zone_endpoint, credential) },
	{ "ca_file",     NP_TYPE_TEXT,                    .help = "authorities of the switch's certificate",   NP_IN(struct zone_endpoint, ca_file) },
	{ "fingerprint", NP_TYPE_TEXT,                    .help = "its public key: sha256//BASE64",            NP_IN(struct zone_endpoint, fingerprint) },
	{ "context",     NP_TYPE_INT,  .min = 0, .max = 4094, .help = "virtual fabric or VSAN; 0: none",       NP_IN(struct zone_endpoint, context) },
	{ "zoneset",     NP_TYPE_TEXT,                    .help = "where zones go when none is in force",      NP_IN(struct zone_endpoint, zoneset) },
	{ 0 },
};
/* clang-format on */

const struct zone_driver *zone_driver_named(const char *name)
{
	for (size_t i = 0; zone_drivers[i]; i++)
		if (strcmp(zone_drivers[i]->name, name) == 0)
			return zone_drivers[i];
	return NULL;
}

void zone_raw_keep(json_t *raw, const char *name, const json_t *answer)
{
	np_auto(np_free) char *text = json_dumps(answer, JSON_COMPACT);

	if (text)
		(void)json_object_set_new(raw, name, json_string(text));
}

int64_t zone_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t zone_session_left(const struct zone_session *session)
{
	int64_t left = session->deadline_ms - zone_clock_ms();

	return left > 1 ? left : 1;
}
