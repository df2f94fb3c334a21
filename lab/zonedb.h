/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone database of a simulated fabric, as its switches keep it: defined, effective and, while a
 * transaction is open, pending. The switch emulators (lab/fos*.c, lab/nxapi*.c) change it; what is effective
 * decides what the simulated ports see (sim_zone_allows). Knows no vendor's protocol. Under the model's lock.
 *
 * Names are unique within their kind; members are texts as in docs/ZONING.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct sim;
struct sim_fabric;

struct sim_zone_entry {
	uint64_t wwn;
	uint32_t zone;
	unsigned roles;
};

struct sim_zonedb {
	json_t *defined; /* {"aliases": {NAME: [..]}, "zones": {NAME: ZONE}, "zonesets": {NAME: [..]}} */
	json_t *pending; /* the same with an open transaction's changes; NULL: none is open */
	json_t *effective; /* {"zoneset": NAME, "zones": {NAME: ZONE}}, aliases resolved; {"zones": {}}: none */
	bool default_open; /* the default zone: all-access */
	bool default_beside; /* NX-OS: ports in no active zone are in the default zone; FOS: it counts without a zoneset only */
	int64_t max_bytes;
	uint32_t token; /* of the open transaction, 0: none */
	uint32_t last_token;
	char user[64], address[64], application[64], interface[16]; /* who opened it */
	uint64_t session;
	int64_t lock_until; /* sim time */
	uint64_t changes;   /* grows with every commit */
	char checksum[33];
	json_t *own; /* what the vendor's switches keep besides (modes, ...); copied and restored with the rest */
	struct sim_zone_entry *index; /* WWPNs of what is effective, sorted */
	size_t n_index;
};

int sim_zonedb_init(struct sim_zonedb *db, struct np_err *err);
void sim_zonedb_done(struct sim_zonedb *db);

struct sim_zone_client {
	const char *user, *address, *application, *interface;
	uint64_t session; /* where transactions belong to sessions; else 0 */
};
/* Is the open transaction this client's? Everything counts. */
bool sim_zonedb_owns(const struct sim_zonedb *db, const struct sim_zone_client *client);
/* Drops a transaction whose time is over; begin does it, and so should whoever shows one. */
void sim_zonedb_expire(const struct sim *sim, struct sim_zonedb *db);
/* Opens a transaction, or prolongs the client's own; -NP_BUSY when it is another's. */
int sim_zonedb_begin(struct sim *sim, struct sim_zonedb *db, const struct sim_zone_client *client,
	struct np_err *err);
/* The same, but the transaction lasts @ms from now. */
int sim_zonedb_lock(struct sim *sim, struct sim_zonedb *db, const struct sim_zone_client *client,
	int64_t ms, struct np_err *err);

/*
 * The database that edits go to and reads show to the owner: pending, else defined. Borrowed. Whoever edits without a
 * transaction (a switch that has none) commits afterwards all the same, so that checksum and ports follow.
 */
json_t *sim_zonedb_edited(const struct sim_zonedb *db);

/* Bytes that it takes, and the MD5-like checksum of what is committed (32 hex digits). */
int64_t sim_zonedb_bytes(const json_t *database);
void sim_zonedb_checksum(const struct sim_zonedb *db, char ret_text[static 33]);

/*
 * Commits the pending changes; @zoneset not NULL: and enables it ("": what is effective now is made anew from the new
 * definition; no zoneset by that name is -NP_NOTFOUND, a zone that is missing -NP_CONFLICT). The ports are told.
 */
int sim_zonedb_commit(
	struct sim *sim, struct sim_fabric *fabric, const char *zoneset, struct np_err *err);
/* Nothing is effective any more; pending changes are committed. */
int sim_zonedb_disable(struct sim *sim, struct sim_fabric *fabric, struct np_err *err);
/*
 * Puts @effective ({"zoneset", "zones"}, aliases resolved, and whatever else the vendor wants to keep with it) in force; what is
 * defined and pending stays. For switches that enable something else than a zoneset of the definition.
 */
int sim_zonedb_enforce(
	struct sim *sim, struct sim_fabric *fabric, json_t *effective, struct np_err *err);
/* The default zone, at once; the ports are told. */
int sim_zonedb_set_default(
	struct sim *sim, struct sim_fabric *fabric, bool open, struct np_err *err);
void sim_zonedb_abort(struct sim_zonedb *db);

/* Another administrator commits one more zone past every lock: what is defined and the checksum change. */
int sim_zonedb_intrude(struct sim *sim, struct sim_fabric *fabric, struct np_err *err);
/* Replaces all: by a database of the shape above, and by @zoneset in force, "": none. */
int sim_zonedb_load(struct sim *sim, struct sim_fabric *fabric, const json_t *database,
	const char *zoneset, struct np_err *err);
/* A copy for sim_zonedb_restore(), which takes its values; sim_zonedb_done() it in any case. */
int sim_zonedb_copy(const struct sim_zonedb *db, struct sim_zonedb *ret_copy, struct np_err *err);
void sim_zonedb_restore(struct sim *sim, struct sim_fabric *fabric, struct sim_zonedb *from);

/*
 * May these two WWPNs talk, by what is effective and the default zone? Only members that are WWPNs are enforced; others
 * (port index, FC ID ...) are shown alone.
 */
bool sim_zonedb_allows(const struct sim_zonedb *db, uint64_t a, uint64_t b);
