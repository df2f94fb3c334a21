/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A switch in memory behind struct zone_driver: zone database, transaction with an owner, checksum, activation, and
 * faults by script. It trusts nobody: whatever is done to objects and transactions of others is counted. Names that
 * begin with "f_" are other people's. Everything asserts. One switch is attached at a time.
 */
#pragma once

#include "zoning/driver.h"

enum fake_call {
	FAKE_OPEN,
	FAKE_READ,
	FAKE_STAGE,
	FAKE_COMMIT,
	FAKE_SETTLED,
	FAKE_DISCARD,
	FAKE_CALL_MAX
};

enum fake_fault_kind {
	FAKE_NO_FAULT,
	FAKE_REFUSE,	   /* fails with .code, nothing done */
	FAKE_LOSE_REPLY,   /* done, but answers .code */
	FAKE_HANG,	   /* nothing done until the deadline */
	FAKE_HANG_DONE,	   /* done, but no reply until the deadline */
	FAKE_LIE,	   /* says yes, nothing done */
	FAKE_HALF,	   /* says yes, half done: half of the changes; defined but not activated */
	FAKE_HALF_LOST,	   /* the same, and answers .code */
	FAKE_HALF_MEMBERS, /* says yes, the last object got half of its members */
	FAKE_LATE, /* no reply, and is done some calls later: a commit, or a change that is made at once */
	FAKE_INACTIVE,	  /* commit: defined, but the activation fails */
	FAKE_SLOW,	  /* commit: the activation takes twenty looks */
	FAKE_MEDDLE,	  /* before it, another commits a change of his own */
	FAKE_MEDDLE_OURS, /* before it, another commits a change of an object of ours */
	FAKE_LOCK,	  /* before it, another opens a transaction; ours, if open, is thrown out */
	FAKE_CUT,	  /* from here on nothing reaches the switch: kill -9 before the call */
	FAKE_CUT_DONE,	  /* kill -9 after the call */
	FAKE_CUT_HALF,	  /* kill -9 in the middle of the call, in the middle of an object */
	FAKE_FAULT_MAX
};

struct fake_fault {
	enum fake_call call;
	unsigned nth; /* 1: the first such call */
	bool forever; /* also all later ones */
	enum fake_fault_kind kind;
	int code; /* negative */
};

enum fake_owner { FAKE_NOBODY, FAKE_US, FAKE_OTHER };

struct fake_flavour {
	const char *name;
	bool at_once;	  /* no transactions: staged is defined */
	bool tells_owner; /* user and application */
	bool tells_token;
	bool has_checksum;
	bool waits;	    /* activation goes on after commit */
	bool shows_pending; /* of others, too */
	/*
	 * As Fabric OS does: a transaction is a session's, which shows it as defined, and goes with it. Opening a session ends
	 * one that was left.
	 */
	bool per_session;
	size_t chunk_max;
};

#define FAKE_FAULTS_MAX 4

struct fake_switch {
	struct fake_flavour flavour;
	struct zone_driver driver;
	json_t *defined, *effective, *pending;
	json_t *foreign;	/* what is other people's in the definition, as they left it */
	json_t *next_effective; /* comes into force when the activation has ended; NULL: none goes on */
	json_t *foreign_pending; /* the other's transaction as he left it */
	enum fake_owner owner;	 /* of the open transaction */
	bool twin;		 /* the other is an npivd, too, of another host */
	unsigned serial;	 /* of transactions */
	unsigned meddled;	 /* changes by others */
	unsigned settle_left;	 /* looks until the activation ends */
	bool activation_failed;
	const char *default_zone;
	int64_t space_max;
	int64_t call_ms; /* that each call takes */
	struct fake_fault faults[FAKE_FAULTS_MAX];
	unsigned calls[FAKE_CALL_MAX];
	bool cut;
	struct { /* what is done later */
		unsigned calls_left;
		json_t *changes; /* NULL: a commit */
		bool activate;
		char zoneset[ZONE_NAME_MAX];
	} late;
	unsigned sessions;	  /* open */
	int64_t logout_ms;	  /* that the last session had left at its end */
	unsigned left_to_logout;  /* transactions of ours that the end of their session ended */
	unsigned dropped_foreign; /* transactions of others that we threw away */
	unsigned writes;	  /* stage and commit calls that did something */
	unsigned activations;	  /* that were asked for */
};

/* Takes @defined over; its zoneset @zoneset is in force, NULL: none. */
void fake_switch_init(struct fake_switch *sw, const struct fake_flavour *flavour, json_t *defined,
	const char *zoneset);
void fake_switch_done(struct fake_switch *sw);

/* A new life of us: the wire is whole, counters and faults are gone. */
void fake_switch_calm(struct fake_switch *sw);

/* Another's transaction, with a new zone of his or (@like not NULL) with these changes. */
void fake_switch_lock(struct fake_switch *sw, const json_t *like);
void fake_switch_unlock(struct fake_switch *sw);

/* What another does to a zone: both views stay as they are but for that zone of the definition. */
void fake_switch_meddle(struct fake_switch *sw, const char *zone);

/* Makes one change in a database, as a switch would. */
int fake_switch_edit(json_t *db, const json_t *change, struct np_err *err);

/* The effective configuration that a zoneset of this database makes; NULL: none. */
json_t *fake_switch_activate(const json_t *db, const char *zoneset);

/* A copy of a database or effective configuration with our objects alone, or others' alone. */
json_t *fake_switch_part(const json_t *db, bool ours);
