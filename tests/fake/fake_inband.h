/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A switch as an HBA's port sees it through /dev/bsg: name server and fabric zone server behind the ioctl of
 * fc/bsg.h. Takes what the kernel takes, asserts that each request is well formed, and goes wrong as told.
 */
#pragma once

#include "fc/bsg.h"

struct fake_login {
	uint32_t port_id;
	uint64_t wwpn, wwnn;
	uint8_t features; /* 1: target, 2: initiator */
	const char *symbolic_name;
};

/* A CT reply being built. */
struct fake_ct {
	uint8_t iu[8192];
	size_t len;
	bool more; /* four bytes follow a name that is a whole number of words long */
};

struct fake_inband {
	struct fc_bsg_door door; /* .data is the switch */
	const struct fake_login *logins;
	size_t n_logins;
	bool no_gpn_ft;	     /* answers GID_PT instead */
	bool no_zone_server; /* FFFFFA refuses every command */
	bool no_active;	     /* no zone set is active */
	bool cut;	     /* GZS has more than fits */
	bool more;	     /* struct fake_ct */
	bool reject_by_status;
	/* The next ioctl to @fail_port_id (0: any) fails like this. */
	uint32_t fail_port_id;
	int fail_sys;	 /* errno of ioctl(2) */
	int32_t result;	 /* of the driver */
	uint32_t status; /* of the fabric */
	size_t received; /* not 0: says so, whatever was received */
	unsigned questions;
	struct fc_ct_request last; /* query is not known here: 0 */
};

void fake_inband_init(struct fake_inband *fake);

/* A reply of @type/@subtype: 0x8002 accept, 0x8001 reject with reason and explanation. */
void fake_ct_begin(struct fake_ct *ct, unsigned type, unsigned command);
void fake_ct_put(struct fake_ct *ct, size_t bytes, uint64_t value);
void fake_ct_name(struct fake_ct *ct, const char *name);
void fake_ct_member(struct fake_ct *ct, unsigned type, uint64_t id);

/* The active zone set of the fake: "fabric_a" with zones "db01_array" (four kinds of members) and "tape". */
void fake_ct_zoneset(struct fake_ct *ct);
