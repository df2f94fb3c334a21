/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scripted NX-OS switch: NX-API. A script is a list of commands and outputs; several outputs for one command are given
 * one after another, the last one for ever. A command that no line knows succeeds with nothing.
 */
#pragma once

#include "tests/fake/fake_rest.h"

/* Outputs, with ' for ". */
#define FAKE_GOOD(body) "{'code':'200','msg':'Success','body':" body "}"
#define FAKE_NOTICE(text) "{'code':'200','msg':'Success','body':'" text "'}"
#define FAKE_BAD(text) "{'code':'400','msg':'Input CLI command error','clierror':'" text "'}"
#define FAKE_UNSTRUCTURED "{'code':'501','msg':'Structured output unsupported'}"
#define FAKE_VERSION FAKE_GOOD("{'host_name':'mds1','kickstart_ver_str':'8.4(2c)'}")
#define FAKE_STATUS_SMART(mode, session, text, smart)                                              \
	FAKE_GOOD("{'TABLE_zone_status':{'ROW_zone_status':{'vsan':'10','default_zone':'deny',"    \
		  "'mode':'" mode "','session':'" session "','smart_zoning':'" smart               \
		  "','activedb_zoneset_name':'zs','effectivedb_dbsize':'532',"                     \
		  "'maxdb_dbsize':'2097152','status':'" text "'}}}")
#define FAKE_STATUS(mode, session, text) FAKE_STATUS_SMART(mode, session, text, "disabled")
#define FAKE_UNLOCKED FAKE_GOOD("{'fabric_distribution':'Enabled','database_mode':'Enhanced'}")
#define FAKE_LOCKED(user)                                                                          \
	FAKE_GOOD("{'fabric_distribution':'Enabled','database_mode':'Enhanced',"                   \
		  "'Locked_by_user':'CLI/SNMPv3:" user                                             \
		  "','Locked_by_SWWN':'20:00:54:7f:ee:1b:13:f0'}")
#define FAKE_ZONE(name, members)                                                                   \
	"{'name':'" name "','vsan':10,'TABLE_zone_member':{'ROW_zone_member':" members "}}"
#define FAKE_PWWN(wwn) "{'type':'pwwn','wwn':'" wwn "'}"
#define FAKE_ZONES(rows) FAKE_GOOD("{'TABLE_zone':{'ROW_zone':" rows "}}")
#define FAKE_ZONESET(zones)                                                                        \
	FAKE_GOOD("{'TABLE_zoneset':{'ROW_zoneset':{'name':'zs','vsan':10,"                        \
		  "'TABLE_zone':{'ROW_zone':" zones "}}}}")
#define FAKE_ALIASES(rows)                                                                         \
	FAKE_GOOD("{'TABLE_device_alias_database':{'ROW_device_alias_database':" rows "}}")

/* Not outputs: what the server does instead. */
#define FAKE_HTTP_503 "503"
#define FAKE_HTTP_401 "401"
#define FAKE_HANG_UP "hang up"
#define FAKE_AS_ONE "as one" /* a command's name, too: joined commands are refused as a whole */

struct fake_line {
	const char *command, *output;
};

/* setup of cmocka; *state is a struct fake_rest with VSAN 10. */
int fake_nxos_new(void **state);

/* Starts the switch; begin opens the session, too. */
void fake_nxos_serve(struct fake_rest *fake, const struct fake_line *lines);
void fake_nxos_begin(struct fake_rest *fake, const struct fake_line *lines);

/* Commands are heard one a line, those of configuration behind a '+'. */
bool fake_nxos_has_heard(const struct fake_rest *fake, const char *line);
void fake_nxos_assert_configured(const struct fake_rest *fake, const char *wanted);

/* Reads a part, which succeeds. */
json_t *fake_nxos_read(struct fake_rest *fake, enum zone_part part);

/* A plan as JSON with ' for ". */
int fake_nxos_commit(struct fake_rest *fake, const char *plan, bool activate, const char *zoneset);
/* Asks until it has ended. */
int fake_nxos_settle(struct fake_rest *fake);
