/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fabric asked in-band, through an HBA of this host, about itself: read-only. The flag tells whoever has the lanes to
 * send the HBA's lane the job "witness" (fc/witness.h); its "snapshot" is one of this driver, after
 * zone_snapshot_normalise. A fabric's own lane has no HBA, so nothing here can be called.
 */
#include "zoning/driver.h"

static int refuse_open(struct zone_session *session, struct np_err *err)
{
	int rc = np_fail(err, NP_UNSUPPORTED,
		"fabric '%s' is asked in-band: through an HBA, not over the network",
		session->endpoint->fabric);

	return np_hint(
		err, rc, "it can be looked at, not changed: driver 'manual' prints commands");
}

static void close_nothing(struct zone_session *session np_unused)
{
}

static int refuse_read(struct zone_session *session, enum zone_part part np_unused,
	json_t *snapshot np_unused, struct np_err *err)
{
	return refuse_open(session, err);
}

const struct zone_driver zone_driver_witness = {
	.name = "witness",
	.title = "asked in-band through an HBA",
	.flags = ZONE_DRIVER_READ_ONLY | ZONE_DRIVER_IN_BAND,
	.open = refuse_open,
	.close = close_nothing,
	.read = refuse_read,
};
