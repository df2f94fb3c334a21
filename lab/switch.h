/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A simulated switch: the management interface in front of a fabric's zone database. What vendors share is here (who
 * may log in, counted requests, faults, waiting); a vendor is one row of sim_vendors[] with its handler in a file
 * of its own. Pure: requests and replies are values, lab/http.c carries them. Under the model's lock.
 *
 * A request is begun when it is whole (counted, its fault chosen), answered when its time has come, and its reply
 * sent after another wait. Whoever carries it waits without the lock.
 */
#pragma once

#include "lab/model.h"

#define SIM_SWITCH_BODY_MAX (8u << 20) /* bytes of a request */
#define SIM_SWITCH_FAULTS_MAX 256      /* of one switch */
#define SIM_SWITCH_HEADERS_MAX 4       /* of a reply, besides the usual ones */
#define SIM_BASIC_MAX 200	       /* "Basic " and the encoded user:password */

struct sim_switch;

struct sim_request {
	const char *method;
	const char *path;  /* unescaped, without the query */
	const char *query; /* as it came, without '?'; no text is NULL */
	const char *authorization, *accept, *content_type, *user_agent, *cookie;
	const char *address; /* of the client */
	const char *body;    /* NUL-terminated */
	size_t len;
};

struct sim_header {
	char name[32], value[256];
};

struct sim_reply {
	int status;
	char *body; /* owned, malloc */
	size_t len;
	const char *type;				   /* Content-Type */
	struct sim_header headers[SIM_SWITCH_HEADERS_MAX]; /* up to one without a name */
	size_t send; /* so many bytes of the body, then the connection breaks */
	bool close;  /* no reply at all: the connection breaks */
};

/* What the vendor's handler itself has to do differently in this request; each vendor has its own words for it. */
enum sim_bend {
	SIM_BEND_NONE,
	SIM_BEND_BUSY, /* the fabric is busy: nothing is done */
	SIM_BEND_FULL, /* a write finds no room in the zone database */
	SIM_BEND_HALF, /* of the objects or commands of this request only the first half is done; the reply says all */
	SIM_BEND_SLOW, /* an activation that this request begins takes sw->slow_ms */
};

struct sim_vendor {
	const char *name, *title;
	const char *const *releases; /* ended by NULL; the first one is the usual one */
	bool slow_waits; /* the fault 'slow' delays the request; else the handler sees SIM_BEND_SLOW */

	int (*open)(struct sim_switch *sw, struct np_err *err); /* sets sw->state */
	void (*close)(struct sim_switch *sw);
	/* Answers one request; a negative code only when memory is out. */
	int (*handle)(struct sim_switch *sw, const struct sim_request *request,
		struct sim_reply *reply, struct np_err *err);
	/* Does it change something, so that it takes write-ms? */
	bool (*writes)(const struct sim_switch *sw, const struct sim_request *request);
	/* All sessions end. NULL: it has none. */
	void (*expire)(struct sim_switch *sw);
	/* sw->due has come: something begun earlier, such as an activation, ends. It sets sw->due anew. NULL: never. */
	void (*due)(struct sim_switch *sw);
	/* A setting of the vendor's own: -NP_NOTFOUND when it is none. NULL: it has none. */
	int (*set)(struct sim_switch *sw, const char *name, const char *value, struct np_err *err);
	/* Adds to the line of the command 'switches'. NULL: nothing. */
	void (*status)(const struct sim_switch *sw, json_t *line);
};

/* Ended by NULL. */
extern const struct sim_vendor *const sim_vendors[];

struct sim_switch {
	struct np_list in_sim;
	struct sim *sim;
	struct sim_fabric *fabric;
	const struct sim_vendor *vendor;
	const char *release; /* one of the vendor's */
	char user[64], password[64];
	unsigned port;
	bool tls;
	void *front; /* of whoever listens */
	void *state; /* the vendor's */
	int64_t due; /* SIM_NEVER: nothing; whoever sets it calls sim_due() */

	/* Settings, command 'switch set' */
	int64_t write_ms;
	unsigned sessions_max, session_idle_s, vf_id;
	bool single_as_object; /* JSON: a list of one comes as its element */

	struct np_list faults;
	enum sim_bend bend; /* while a request is handled */
	int64_t slow_ms;
	uint64_t requests, faulted;
	unsigned held;	   /* calls that a fault holds */
	uint64_t releases; /* how often those were let go */
	bool dropped;	   /* the last time without doing their work */
};

struct sim_switch_spec {
	const char *fabric, *vendor, *release; /* no release: the usual one */
	const char *user, *password;	       /* NULL: admin, password */
	const char *cert, *key;		       /* PEM files; NULL: no TLS */
	unsigned port;			       /* 0: any */
};

int sim_switch_add(struct sim *sim, const struct sim_switch_spec *spec, struct sim_switch **ret_sw,
	struct np_err *err);
/* That of the fabric. */
int sim_switch_find(
	const struct sim *sim, const char *fabric, struct sim_switch **ret_sw, struct np_err *err);
struct sim_switch *sim_switch_free(struct sim_switch *sw);
int sim_switch_set(struct sim_switch *sw, const char *name, const char *value, struct np_err *err);
/* The line of the command 'switches'; a new reference. */
json_t *sim_switch_line(const struct sim_switch *sw);

/* lab/switch_fault.c */
enum sim_trouble {
	SIM_TROUBLE_NONE,
	SIM_TROUBLE_503,
	SIM_TROUBLE_BUSY,
	SIM_TROUBLE_HANG_BEFORE,
	SIM_TROUBLE_HANG_AFTER,
	SIM_TROUBLE_LOST,
	SIM_TROUBLE_KILL,
	SIM_TROUBLE_LOCK,
	SIM_TROUBLE_CHANGE,
	SIM_TROUBLE_CUT,
	SIM_TROUBLE_EXPIRE,
	SIM_TROUBLE_FULL,
	SIM_TROUBLE_SLOW,
	SIM_TROUBLE_DEAF,
	SIM_TROUBLE_HALF,
	SIM_TROUBLES
};

struct sim_switch_fault {
	struct np_list in_switch;
	enum sim_trouble trouble;
	uint64_t number; /* of the request; 0: any that fits the patterns */
	char where[128]; /* METHOD:PATH as a shell pattern */
	char with[128];	 /* pattern of the body; "": any */
	int64_t ms; /* of hang and slow; SIM_NEVER: until released. Of lock: how long it lasts */
	char user[64], application[64]; /* of lock */
	unsigned left;			/* how many requests it still takes; UINT_MAX: all */
};

/* @words: PATTERN|N|+N KIND [VALUE...] [with PATTERN] [count N|always]. */
int sim_switch_fault_add(
	struct sim_switch *sw, char *const *words, size_t n_words, struct np_err *err);
void sim_switch_faults_clear(struct sim_switch *sw);
/* Takes the first fault that fits; no trouble when none does. */
void sim_switch_fault_take(struct sim_switch *sw, const struct sim_request *request,
	struct sim_switch_fault *ret_fault);
json_t *sim_switch_fault_line(const struct sim_switch_fault *fault);

/* A request on its way. */
struct sim_switch_call {
	uint64_t number;
	struct sim_switch_fault fault;
	int64_t until;	   /* wait until this time, or until sw->releases is no longer .releases */
	uint64_t releases; /* when the wait began */
	bool holds;	   /* the wait is a fault's */
};

/* Counts it and says how long it waits before its work. */
void sim_switch_begin(
	struct sim_switch *sw, const struct sim_request *request, struct sim_switch_call *ret_call);
/* Is the wait over? */
bool sim_switch_waited(const struct sim_switch *sw, const struct sim_switch_call *call);
/* After the wait: does the work and says how long the reply waits. */
void sim_switch_answer(struct sim_switch *sw, const struct sim_request *request,
	struct sim_switch_call *call, struct sim_reply *ret_reply);
/* After the second wait. */
void sim_switch_end(struct sim_switch *sw, struct sim_switch_call *call);
void sim_reply_done(struct sim_reply *reply);

/* For vendors: a reply of text (taken over; NULL is no body), and a header of it. */
void sim_reply_set(struct sim_reply *reply, int status, const char *type, char *text);
void sim_reply_header(struct sim_reply *reply, const char *name, const char *value);
/* The value of a query parameter, unescaped; false: it has none of that name. */
bool sim_query(const struct sim_request *request, const char *name, char *ret, size_t size);
/* Is it "Basic ..." with the switch's user and password? */
bool sim_switch_knows(const struct sim_switch *sw, const char *authorization);
void sim_base64(const char *text, char *ret, size_t size);

/* Who is logged in on the fabric, an array as docs/ZONING.md has "logins"; a new reference. */
json_t *sim_logins(const struct sim *sim, const struct sim_fabric *fabric);
