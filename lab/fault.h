/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of the kernel's files on their way through an HBA, and the faults that bend them. A call is begun
 * when it arrives and finished at its due time; between the two it hangs, holding nothing. Whoever owns the
 * calls (the file system) finishes the due ones and answers their writers.
 */
#pragma once

#include <limits.h>

#include "lab/model.h"

#define SIM_FAULTS_MAX 64  /* of one HBA */
#define SIM_CALLS_MAX 8192 /* begun and not finished */
#define SIM_WRITE_MAX 4096 /* a kernel attribute takes at most a page */
#define SIM_ALWAYS UINT_MAX

enum sim_op {
	SIM_OP_CREATE,
	SIM_OP_DELETE,
	SIM_OP_READ,
	SIM_OP_SCAN,
	SIM_OP_LUN_DELETE,
	SIM_OP_WRITE,
	SIM_OPS
};

struct sim_fault {
	struct np_list in_hba;
	enum sim_op op;
	char attr[40];	    /* only this file; "": any */
	int64_t hang_ms;    /* 0: do not hang; SIM_NEVER: until released */
	bool made;	    /* the work is done at once, only the answer hangs */
	int error;	    /* errno instead of the work */
	long short_count;   /* this count instead of the work; -1: none */
	bool stuck;	    /* create: never logs in */
	enum sim_state bad; /* create: this state instead of Active */
	unsigned left;	    /* how many calls it still takes */
};

struct sim_call;
/* The work itself: a count or -errno. */
typedef ssize_t sim_store(struct sim *sim, struct sim_object *object, const struct sim_call *call);

struct sim_call {
	struct np_list in_sim;
	enum sim_op op;
	uint64_t object;
	const char *attr; /* name of the file */
	sim_store *store; /* NULL: a read */
	char *text;	  /* the written bytes; owned */
	size_t len;
	void *cookie;	     /* the file system's own */
	struct sim_hba *hba; /* NULL: below no HBA */
	struct sim_fault fault;
	int64_t begun, due;
	bool hangs, done;
	int forced; /* errno that release asked for */
	ssize_t result;
};

const char *sim_op_name(enum sim_op op);

/* An errno by its name, e.g. "ENOTUNIQ"; 0 if there is none of that name. */
int sim_errno_find(const char *name);

/*
 * "create hang 5 made", "create errno ENOTUNIQ count 3", "delete short 9 always", "create badstate
 * VPort-Failed", "read hang forever attr port_state": @words after the HBA.
 */
int sim_fault_add(struct sim_hba *hba, char *const *words, size_t n_words, struct np_err *err);
void sim_faults_clear(struct sim_hba *hba);
/* The same words again, for the status. */
void sim_fault_print(const struct sim_fault *fault, char *text, size_t size);

/* Takes the call: counts it, chooses its fault and due time. 0, or -errno when it fails at once. */
int sim_call_begin(struct sim *sim, struct sim_call *call);
/* Does the work if it is still to do; the call leaves the list. A count or -errno. */
ssize_t sim_call_finish(struct sim *sim, struct sim_call *call);
/* When the next call is due; SIM_NEVER if none is. */
int64_t sim_calls_next(const struct sim *sim);
/* The first call that is due at @now, or NULL. */
struct sim_call *sim_calls_due(const struct sim *sim, int64_t now);
/* Lets the hanging calls of an HBA go on; with @error they fail. How many there were. */
unsigned sim_calls_release(struct sim *sim, const struct sim_hba *hba, int error);
/* The HBA is gone: its calls are due at once and find nobody. */
void sim_calls_abandon(struct sim *sim, const struct sim_hba *hba);
unsigned sim_calls_held(const struct sim *sim, const struct sim_hba *hba);
