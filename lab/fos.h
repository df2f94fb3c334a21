/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The REST interface of Fabric OS, for the files lab/fos*.c alone. Manners that differ from release to release are
 * columns of a row; handlers set the reply of their call and answer 0, or a negative code when memory is out.
 *
 * Emulated are JSON requests, and JSON or XML replies. What a real switch does and is not known is the harsher
 * possibility: edits before a wrong one of the same request stay in the transaction, and only the session that
 * opened a transaction may save, enable or abort it.
 */
#pragma once

#include "lab/switch.h"

#define FOS_SESSIONS_MAX 10
#define FOS_NAME_MAX 65

struct fos_release {
	const char *name;
	bool old_uri, new_uri; /* running/zoning/..., running/brocade-zone/... */
	bool versions;	       /* brocade-module-version */
	bool lock;	       /* fabric-lock */
	bool type_string;      /* zone-type-string */
	bool error_list;       /* JSON: errors.error is a list */
	bool queries;	       /* the name server takes ?port-name= and the like */
	bool login_body;       /* login answers with the switch's parameters */
	bool sessionless;      /* GET with "Basic ..." and without a session */
	bool content_version;  /* a parameter of the replies' Content-Type */
	int64_t space;	       /* db-max */
};

struct fos_session {
	uint64_t id; /* 0: free */
	char key[SIM_BASIC_MAX], application[64];
	int64_t used;
};

struct fos {
	const struct fos_release *release;
	struct fos_session sessions[FOS_SESSIONS_MAX];
	uint64_t last_session;
	bool strict_delete; /* a zone that is effective cannot be deleted, taken out of its cfg or not */
	unsigned logins, logouts, aborts;
};

struct fos_call {
	struct sim_switch *sw;
	struct fos *fos;
	const struct sim_request *request;
	struct sim_reply *reply;
	const char *rest;		   /* of the path, after the container; "" or "/..." */
	const struct fos_session *session; /* NULL: a GET without one */
	bool json;			   /* the reply is JSON, else XML */
	json_t *body;			   /* NULL: none */
};

struct fos_error {
	int status;
	const char *tag;
	int code;
	const char *module;
	const char *message; /* NULL: the caller's */
};

extern const struct fos_error fos_bad_login, fos_bad_auth, fos_no_session, fos_sessions_full,
	fos_bad_uri, fos_bad_method, fos_bad_type, fos_bad_body, fos_not_owner, fos_busy, fos_same,
	fos_failed, fos_not_found, fos_checksum, fos_full, fos_bad_vf;

/* lab/fos_text.c: replies. @content is taken over; NULL: no body. */
int fos_say(struct fos_call *call, int status, json_t *content);
int fos_refuse(struct fos_call *call, const struct fos_error *error, const char *fmt, ...)
	np_printf(3, 4);
/* A JSON value as XML below an element @name; the caller's. */
char *fos_xml(const char *name, const json_t *value);

/* lab/fos_show.c: GET. */
int fos_get_effective(struct fos_call *call);
int fos_get_defined(struct fos_call *call);
int fos_get_lock(struct fos_call *call);
int fos_get_name_server(struct fos_call *call);
int fos_get_switch(struct fos_call *call);
int fos_get_versions(struct fos_call *call);
/* The database that this session sees: its own pending one, or what is committed. */
json_t *fos_database(const struct fos_call *call);

/* lab/fos_edit.c: the defined configuration. */
int fos_post_defined(struct fos_call *call);
int fos_patch_defined(struct fos_call *call);
int fos_delete_defined(struct fos_call *call);

/* lab/fos_object.c: an object of a request, read and checked. */
struct fos_kind {
	const char *list, *key;	     /* "zone", "zone-name" */
	const char *table;	     /* in the zone database: "zones" */
	const char *entry, *members; /* "member-entry", "entry-name" */
	const char *principals;	     /* NULL: it has none */
};

enum fos_zone_type { FOS_TYPE_NONE = -1, FOS_TYPE_REGULAR, FOS_TYPE_PEER, FOS_TYPE_TARGET_PEER };

struct fos_object {
	const struct fos_kind *kind;
	const char *name;
	json_t *members, *principals; /* canonical texts; NULL: not given */
	enum fos_zone_type type;
};

/* Ended by a row without a list. */
extern const struct fos_kind fos_kinds[];
/* True; else the reply says what is wrong. */
bool fos_object_read(struct fos_call *call, const struct fos_kind *kind, const json_t *json,
	struct fos_object *ret_object);
void fos_object_done(struct fos_object *object);
bool fos_name_is_valid(const char *name);
/* "zone", "user-created-peer-zone" ... of a zone in the database. */
enum fos_zone_type fos_type_of(const json_t *zone);
const char *fos_type_text(enum fos_zone_type type);

/* lab/fos_enable.c: PATCH of the effective configuration. */
int fos_patch_effective(struct fos_call *call);

/* Who this is to the zone database. */
struct sim_zone_client fos_client(const struct fos_call *call);
/* Opens or prolongs the session's transaction; false: the reply says whose is open. */
bool fos_begin(struct fos_call *call);
