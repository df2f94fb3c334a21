/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of a simulated MDS switch with NX-OS: commands as rows, run in a shell. NX-API
 * (lab/nxapi.c) carries it. One fabric is one VSAN.
 *
 * What the switch keeps is in the fabric's zone database: zones and zonesets; "aliases" are the device-aliases; "fcaliases"
 * those of the zone server. Its "own" holds the modes, the policies and status of zoning, an activation or commit that
 * goes on, what a zone session holds besides zones, and the session of the device-aliases:
 *
 *   {"enhanced": bool, "smart": bool, "alias_enhanced": bool, "distribute": bool, "status": TEXT,
 *    "running": {"what": "activate" | "deactivate" | "commit", "due": MS, "effective": {...}},
 *    "session": {"activate": ZONESET or "" (none), "smart": bool, "open": bool},       policies changed in it
 *    "alias_session": {"user": NAME, "aliases": {...}, "enhanced": bool}}
 *
 * A zone's members are those of docs/ZONING.md, "@NAME" a device-alias and "fcalias:NAME" one of the zone server; a zone
 * where only some members have a device type is regular and has them in "types". The effective configuration has
 * its zones as they were written in "written", with their aliases.
 */
#pragma once

#include "lab/switch.h"

#define NXOS_NAME_MAX 65    /* with NUL */
#define NXOS_WORDS_MAX 32   /* of a command */
#define NXOS_LINE_MAX 1024  /* of a command, with NUL */
#define NXOS_COOKIES_MAX 20 /* sessions of NX-API: four workers with five each */
#define NXOS_COOKIE_MAX 40

/* What differs from release to release; ended by a row without a name. */
struct nxos_release {
	const char *name;
	bool missing_is_error;	  /* "Zone not present" is an error, not a notice (CSCvv59174) */
	bool zonesets_have_zones; /* "show zoneset" has the zones with members, not names alone */
	bool active_has_members;  /* so has "show zoneset active" */
	bool types_in_json;	  /* device types of smart zoning are in structured answers */
	bool type_before_input;	  /* the members of ins_api must come in this order */
};
extern const struct nxos_release nxos_releases[];

enum nxos_mode { NXOS_ANY, NXOS_TOP, NXOS_ZONE, NXOS_ZONESET, NXOS_FCALIAS, NXOS_ALIASES };

struct nxos_cookie {
	char text[NXOS_COOKIE_MAX];
	int64_t used_at; /* sim time; text "": free */
};

/* sw->state. */
struct nxos {
	struct sim_switch *sw;
	const struct nxos_release *release;
	unsigned vsan;
	int64_t activation_ms;
	bool ask;    /* questions are asked, and answered with no, without 'terminal dont-ask' */
	bool joined; /* several commands in one request; else they are garbled */
	struct nxos_cookie cookies[NXOS_COOKIES_MAX];
	uint64_t last_cookie;
	/* The shell behind NX-API outlives a request: where it is. */
	enum nxos_mode mode;
	char object[NXOS_NAME_MAX];
	bool dont_ask;
};

enum nxos_outcome {
	NXOS_FINE,
	NXOS_MISSING,	   /* what it is about is not there: an error or a notice, by release */
	NXOS_REFUSED,	   /* an error, .text says it */
	NXOS_UNSTRUCTURED, /* it has no structured form */
};

struct nxos_shell {
	struct nxos *nxos;
	struct sim_zonedb *db;
	const char *user;
	enum nxos_mode mode;
	char object[NXOS_NAME_MAX]; /* what the mode is about */
	bool dont_ask, saw_space, full;
	bool dirty; /* the definition was changed without a session */
	bool ascii; /* text is wanted instead of JSON */
	/* Of the last command. */
	enum nxos_outcome outcome;
	char *text;    /* owned; "" when it has none */
	json_t *body;  /* of a show command; owned */
	json_t *names; /* {WWPN: device-alias}, made when it is needed; owned */
	FILE *out;     /* writes .text */
	size_t size;
};

enum nxos_flags {
	NXOS_SHOWS = 1 << 0,
	NXOS_ASKS = 1 << 1, /* "Do you want to continue?" */
};

/*
 * Words of @pattern: small ones are themselves, big ones arguments; "VSAN" must be ours, "..." is the rest, none or more.
 * The first row that fits counts.
 */
struct nxos_command {
	enum nxos_mode mode; /* in which it is known; NXOS_ANY: in each */
	const char *pattern;
	unsigned flags;
	void (*run)(struct nxos_shell *shell, char **args); /* @args end with NULL */
	void (*text)(struct nxos_shell *shell,
		char **args); /* of shows, as people see it; NULL: not simulated */
};

/* Tables ended by a row without a pattern. */
extern const struct nxos_command nxos_zone_commands[], nxos_alias_commands[], nxos_show_commands[];

void nxos_shell_init(struct nxos_shell *ret_shell, struct nxos *nxos, const char *user);
void nxos_shell_done(struct nxos_shell *shell);
/* Runs one command of configuration, or (@shows) one that shows. */
void nxos_shell_run(struct nxos_shell *shell, const char *line, bool shows);
/* After the last one: what a switch without a session does with its definition. */
void nxos_shell_end(struct nxos_shell *shell);

/* For commands: a line of the answer, a refusal, and what is not there. */
void nxos_say(struct nxos_shell *shell, const char *fmt, ...) np_printf(2, 3);
void nxos_refuse(struct nxos_shell *shell, const char *fmt, ...) np_printf(2, 3);
void nxos_miss(struct nxos_shell *shell, const char *fmt, ...) np_printf(2, 3);
bool nxos_check_name(struct nxos_shell *shell, const char *name);

/* lab/nxos_state.c */
json_t *nxos_own_new(void);
bool nxos_own_is(const struct sim_zonedb *db, const char *name);
void nxos_own_set(struct sim_zonedb *db, const char *name, bool on);
void nxos_set_status(struct sim_zonedb *db, const char *fmt, ...) np_printf(2, 3);
/* The database to edit: the definition, or that of our session, which is opened. NULL: refused. */
json_t *nxos_edit(struct nxos_shell *shell);
/* Is the open session our user's? Else it is refused, with its owner. */
bool nxos_owns(struct nxos_shell *shell);
/* The session's "session" object; NULL: there is none. */
json_t *nxos_session(const struct sim_zonedb *db);
/* Who has the zone session, as 'show zone status' says it. */
void nxos_owner_text(const struct sim_zonedb *db, char *text, size_t size);
/* Begins an activation (NULL: deactivation) or commit; it ends when its time has come. */
void nxos_activate(struct nxos_shell *shell, const char *zoneset);
void nxos_commit(struct nxos_shell *shell);
void nxos_abort(struct sim_zonedb *db);
/* sim_vendor.due */
void nxos_due(struct sim_switch *sw);
/* What is enforced follows the device-aliases at once. */
int nxos_aliases_moved(struct nxos *nxos, struct np_err *err);

/* lab/nxos_member.c: the members of a zone as {MEMBER: "" | "init" | "target" | "both"}, in their order. */
json_t *nxos_members_of(const json_t *zone);
json_t *nxos_zone_from(const json_t *members);
/* "pwwn", "21:00:.." as a member. False, with a refusal: it is none. */
bool nxos_member_parse(struct nxos_shell *shell, const char *kind, const char *value,
	char *ret_member, size_t size);
/* {"type": "pwwn", "wwn": ...} and "pwwn 21:00:.." */
json_t *nxos_member_row(struct nxos_shell *shell, const char *member);
void nxos_member_text(const char *member, char *text, size_t size);
/* The device-alias of a WWN, or NULL. */
const char *nxos_alias_of(struct nxos_shell *shell, const char *wwpn);
/* What a zone means to the ports: aliases resolved, device types only with smart zoning. */
json_t *nxos_resolve(const json_t *zone, const json_t *database, bool smart);

/* lab/nxos_view.c: what a show command is about, from its words. */
struct nxos_view {
	const char *name; /* NULL: all */
	bool active, pending, brief, detail;
};
/* False, with a refusal: words that it does not know. */
bool nxos_view_parse(struct nxos_shell *shell, char **words, struct nxos_view *ret_view);
/* The zones or zonesets that it shows, a new reference: {NAME: ZONE or [ZONE NAME...]}. NULL: refused or missing. */
json_t *nxos_view_zones(struct nxos_shell *shell, const struct nxos_view *view);
json_t *nxos_view_zonesets(struct nxos_shell *shell, const struct nxos_view *view);
/* Zones of the database that it is about. */
const json_t *nxos_view_all(const struct nxos_shell *shell, const struct nxos_view *view);
/* Device-aliases, with @pending those of the open session. */
const json_t *nxos_view_aliases(const struct sim_zonedb *db, bool pending);

/* lab/nxos_text.c: the same as people see it. */
void nxos_text_zones(struct nxos_shell *shell, char **args);
void nxos_text_zonesets(struct nxos_shell *shell, char **args);
void nxos_text_status(struct nxos_shell *shell, char **args);
void nxos_text_difference(struct nxos_shell *shell, char **args);
void nxos_text_aliases(struct nxos_shell *shell, char **args);
void nxos_text_aliases_pending(struct nxos_shell *shell, char **args);
void nxos_text_alias_status(struct nxos_shell *shell, char **args);
void nxos_text_vsan(struct nxos_shell *shell, char **args);

/* Numbers of 'show zone status'. */
struct nxos_sizes {
	int64_t full, active, used, max;
	size_t zonesets, zones, active_zones;
};
void nxos_sizes(const struct sim_zonedb *db, struct nxos_sizes *ret_sizes);
