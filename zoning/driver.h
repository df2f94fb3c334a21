/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A switch's driver: what differs from vendor to vendor, and nothing else. Order, checks, reading back,
 * undoing and repeating are the walker's (zoning/apply.c). Blocks; runs in the fabric's lane only.
 *
 * A new vendor is one file with its vtable, one row in zoning/drivers.c and one in zone_rules[].
 */
#pragma once

#include "zoning/model.h"

/* What the record says of a fabric; texts may be "". Fields of the lane's jobs (zoning/lane.h). */
struct zone_endpoint {
	char fabric[NP_NAME_MAX];
	char driver[16];
	char url[256];	       /* https://switch or https://switch:8443 */
	char credential[64];   /* name of the secret; never the secret */
	char ca_file[256];     /* PEM; "" and no pin: the system's authorities */
	char fingerprint[128]; /* "sha256//BASE64" of the public key, as curl pins it */
	int64_t context;       /* virtual fabric (FOS, 0: none) or VSAN (NX-OS) */
	char zoneset[ZONE_NAME_MAX];
};

extern const struct np_field zone_endpoint_fields[]; /* drivers.c */

/*
 * A user and a secret from $CREDENTIALS_DIRECTORY/NAME or, when that has none, DIR/NAME: "user\nsecret\n". The file is
 * ours and for nobody else (0600), else -NP_DENIED: who could read or put it there could change the fabric. Wiped after use.
 */
struct zone_credential {
	char user[128], secret[512];
};
int zone_credential_read(const char *dir, const char *name, struct zone_credential *ret_credential,
	struct np_err *err);
void zone_credential_wipe(struct zone_credential *credential);

struct zone_driver;

/* One conversation with a switch. @state is the driver's. */
struct zone_session {
	const struct zone_driver *driver;
	const struct zone_endpoint *endpoint;
	const struct zone_credential *credential;
	int64_t deadline_ms; /* CLOCK_MONOTONIC; every call of the driver ends by then */
	/*
	 * Of the open transaction that is ours, as STATUS tells it: set by the walker after the first .stage, or when it has
	 * recognised what an earlier lane left. "": none of ours is known, or the switch tells no token.
	 */
	char token[64];
	/* A file where the driver keeps what a later lane needs to end this session; "": it keeps nothing. */
	char keep_path[256];
	char remark[160]; /* the driver's, "": what went wrong without being a failure */
	void *state;
};

enum zone_part { ZONE_PART_STATUS, ZONE_PART_DATABASE, ZONE_PART_PENDING, ZONE_PART_LOGINS };

struct zone_commit {
	const char *zoneset;  /* to be in force afterwards; NULL: none (activation ends) */
	bool activate;	      /* else the defined configuration is only stored */
	const char *checksum; /* of the snapshot before the first change, for the optimistic lock */
	const json_t *plan;
};

enum zone_driver_flags {
	ZONE_DRIVER_READ_ONLY = 1 << 0,	 /* no stage, commit, discard */
	ZONE_DRIVER_NO_PENDING = 1 << 1, /* staged changes are in the defined configuration at once
					    (decided per session by read STATUS "mode": "basic") */
	ZONE_DRIVER_IN_BAND = 1 << 2,	 /* asked through an HBA's lane, not over the network */
	ZONE_DRIVER_BY_HAND = 1 << 3,	 /* a person makes the changes; nothing can be read */
};

struct zone_driver {
	const char *name;  /* "fos": in the record, in zone_rules[] and in lane messages */
	const char *title; /* "Brocade FOS REST" */
	unsigned flags;
	size_t chunk_max; /* changes in one call of .stage */

	/* Logs in. Leaves nothing behind on failure. Sweeps sessions that an earlier lane of ours left. */
	int (*open)(struct zone_session *session, struct np_err *err);
	/* Logs out, on every path; never fails. */
	void (*close)(struct zone_session *session);
	/*
	 * Merges a part into @snapshot: STATUS cheap (checksum, transaction, default_zone, space, mode, release,
	 * effective.zoneset), DATABASE ("defined" as committed, "effective", and "raw", see zone_raw_keep), PENDING ("pending": a database with the
	 * open transaction's changes), LOGINS ("logins"). A switch without a checksum leaves it out: the walker makes one.
	 */
	int (*read)(struct zone_session *session, enum zone_part part, json_t *snapshot,
		struct np_err *err);
	/*
	 * Makes these changes (an array, in plan order) in our transaction; opens it when there is none. -NP_BUSY: another's
	 * is open. An object that an earlier try left half changed is brought to "after" all the same.
	 */
	int (*stage)(struct zone_session *session, const json_t *changes, struct np_err *err);
	/*
	 * Puts the staged changes in force. -NP_TIMEOUT or -NP_PEER: it may have happened; the walker reads. Returns when
	 * the switch has taken it; activation may still go on. It has half of the time that is left, the rest is for reading.
	 */
	int (*commit)(
		struct zone_session *session, const struct zone_commit *commit, struct np_err *err);
	/*
	 * Has the activation ended? 0: yes; 1: ask again in a while; -NP_TIMEOUT or -NP_PEER: not known, ask again; another
	 * code: it failed. NULL: commit has waited.
	 */
	int (*settled)(struct zone_session *session, struct np_err *err);
	/*
	 * Drops our own open transaction: called only when the walker knows that the open one is ours. 0 also when there is
	 * none; where the switch tells tokens, one that is not session->token is another's and stays (-NP_BUSY).
	 */
	int (*discard)(struct zone_session *session, struct np_err *err);
	/*
	 * What is in force is to outlive a restart of the switch: for a change that was interrupted and is found made. What
	 * goes wrong is a remark. NULL: it does so by itself.
	 */
	void (*save)(struct zone_session *session);
};

/* Ended by NULL. */
extern const struct zone_driver *const zone_drivers[];
const struct zone_driver *zone_driver_named(const char *name);

extern const struct zone_driver zone_driver_fos, zone_driver_nxos, zone_driver_manual,
	zone_driver_witness;

/* Of a read's "raw", {NAME: TEXT}: what the switch said, word for word, for people who look into it later. */
void zone_raw_keep(json_t *raw, const char *name, const json_t *answer);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t zone_clock_ms(void);

/* Milliseconds until the session's deadline, at least 1; for time limits of single calls. */
int64_t zone_session_left(const struct zone_session *session);
