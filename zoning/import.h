/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parsers behind zone_import: each adds to a snapshot what its text tells, and nothing else. What they read is
 * foreign: bounded, and what is no name or member of a switch is an error that says the line.
 */
#pragma once

#include "zoning/model.h"

#define ZONE_IMPORT_MAX (32u << 20) /* of a text; a database of 4 MB is about 10 MB in words */

/* Walks a text that it takes apart: lines without their end, ended by NUL. */
struct zone_lines {
	char *next;
	unsigned number; /* of this line, from 1 */
	size_t indent;	 /* columns before its first word */
	char *text;	 /* from its first word on, "" when there is none */
};
bool zone_lines_next(struct zone_lines *lines);

/* The next word of *rest, ended by blanks or @separators; NULL at the end. Takes the text apart. */
char *zone_word(char **rest, const char *separators);

/* The object or array @key of @parent, made when it is absent; borrowed. */
json_t *zone_import_object(json_t *parent, const char *key);
json_t *zone_import_list(json_t *parent, const char *key);

/* Adds a name, or a member in its canonical form, to @list. -NP_INVAL when it is none. */
int zone_import_name(json_t *list, const char *name, struct np_err *err);
int zone_import_member(json_t *list, const char *member, struct np_err *err);
int zone_import_check(const char *name, struct np_err *err);

/* The number that @text begins with; -1 when it is none. */
int64_t zone_import_number(const char *text);

/* Sets a text of a switch that people read; other characters than printable ones become '?'. */
void zone_import_text(json_t *object, const char *key, const char *text);

/* What is neither of the vendor's words @open and @shut is not known to be shut: nothing is noted. */
void zone_import_default_zone(
	json_t *snapshot, const char *value, const char *open, const char *shut);

/* FOS: cfgshow, cfgactvshow, zoneshow, alishow, defzone --show, cfgtransshow, cfgsize, nsshow in any order. */
int zone_import_cfgshow(char *text, json_t *snapshot, struct np_err *err);
/* NX-OS: show zoneset, zone, fcalias, device-alias, zone status, fcns database, running-config zone in any order. */
int zone_import_nxos(char *text, json_t *snapshot, struct np_err *err);
/* FOS REST: one or more replies in JSON; a driver gives a reply that it has parsed. */
int zone_import_fos_text(char *text, json_t *snapshot, struct np_err *err);
int zone_import_fos(const json_t *reply, json_t *snapshot, struct np_err *err);

/* A line of "show zone status" or "show device-alias status"; false when it is none. */
bool zone_import_status(const struct zone_lines *line, json_t *snapshot);

/* A line of a name server's table, or of what follows it; false when it is none. Adds to @logins. */
bool zone_import_nsshow(const struct zone_lines *line, json_t *logins);
bool zone_import_fcns(const struct zone_lines *line, json_t *logins);

/* "initiator", "target", "both" or "" from the words that switches have for it. */
const char *zone_import_role(const char *words);
