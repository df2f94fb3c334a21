/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/vendors.h"

#include <string.h>

static const char *const releases[] = { "9.1.0b", "9.0.1d", "8.2.3", "8.2.1b", "8.2.1a", NULL };

static int fos_open(struct sim_switch *sw, struct np_err *err)
{
	(void)sw;
	(void)err;
	return 0;
}

static void fos_close(struct sim_switch *sw)
{
	(void)sw;
}

static int fos_handle(struct sim_switch *sw, const struct sim_request *request,
	struct sim_reply *reply, struct np_err *err)
{
	(void)sw;
	(void)request;
	(void)err;
	sim_reply_set(reply, 501, NULL, NULL);
	return 0;
}

static bool fos_writes(const struct sim_switch *sw, const struct sim_request *request)
{
	(void)sw;
	return strcmp(request->method, "GET") != 0;
}

const struct sim_vendor sim_vendor_fos = {
	.name = "fos",
	.title = "Fabric OS",
	.releases = releases,
	.open = fos_open,
	.close = fos_close,
	.handle = fos_handle,
	.writes = fos_writes,
};
