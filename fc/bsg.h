/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CT requests through the kernel: SG_IO (version 4) to /dev/bsg/fc_hostN. Blocking, up to the kernel's own
 * time limit: lanes only. Needs CAP_SYS_RAWIO.
 *
 * The kernel gives host1 to another HBA at once when the first is gone, so the device is compared with the
 * number that the verified directory of the HBA shows.
 */
#pragma once

#include <linux/bsg.h>

#include "fc/ct.h"
#include "fc/host.h"

/* The longest reply: as much as the kernel takes in one piece (255 sectors of 512 bytes), in whole pages. */
#define FC_BSG_REPLY_MAX (124u * 1024)
#define FC_BSG_CALL_MS 10000 /* the kernel waits 7 s at least */

/* ioctl(fd, SG_IO, io); -1 with errno. */
typedef int fc_bsg_ioctl_fn(void *data, int fd, struct sg_io_v4 *io);

/* The way to the devices; tests have another. */
struct fc_bsg_door {
	const char *dir;	/* NULL: /dev/bsg */
	fc_bsg_ioctl_fn *ioctl; /* NULL: ioctl(2) */
	void *data;
};

struct fc_bsg {
	const struct fc_bsg_door *door; /* borrowed */
	char host[FC_NAME_MAX];		/* "host1" */
	int fd;
	uint8_t *reply; /* owned, FC_BSG_REPLY_MAX */
};

/*
 * The bsg device of the HBA, or of the vport @vport (NULL: the HBA). -NP_UNSUPPORTED: the driver has none;
 * -NP_DENIED: this process may not use it.
 */
int fc_bsg_open(struct fc_bsg *ret_bsg, const struct fc_bsg_door *door, const struct fc_host *host,
	struct fc_known *vport, struct np_err *err);
void fc_bsg_done(struct fc_bsg *bsg);

/*
 * Asks and waits. *ret_reply lives until the next call. Failures are those of fc_ct_accept, and -NP_UNSUPPORTED: the
 * driver does not pass this on; -NP_LINK, -NP_TIMEOUT, -NP_IO.
 */
int fc_bsg_ct(struct fc_bsg *bsg, struct fc_ct_request *request, struct fc_ct_reply *ret_reply,
	struct np_err *err);
