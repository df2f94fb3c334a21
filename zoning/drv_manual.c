/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fabric that people change: npivd prints the commands or the change ticket (zoning/script.c) and then sees by other means
 * whether it was done. Nothing here can be called; the flag tells.
 */
#include "zoning/driver.h"

static int refuse(struct zone_session *session, struct np_err *err)
{
	int rc = np_fail(err, NP_UNSUPPORTED,
		"fabric '%s' is changed by hand: npivd does not speak to its switch",
		session->endpoint->fabric);

	return np_hint(err, rc, "npivctl plan show prints the commands for the SAN team");
}

static int refuse_open(struct zone_session *session, struct np_err *err)
{
	return refuse(session, err);
}

static void close_nothing(struct zone_session *session np_unused)
{
}

static int refuse_read(struct zone_session *session, enum zone_part part np_unused,
	json_t *snapshot np_unused, struct np_err *err)
{
	return refuse(session, err);
}

const struct zone_driver zone_driver_manual = {
	.name = "manual",
	.title = "changed by hand",
	.flags = ZONE_DRIVER_READ_ONLY | ZONE_DRIVER_BY_HAND,
	.open = refuse_open,
	.close = close_nothing,
	.read = refuse_read,
};
