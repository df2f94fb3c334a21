/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about switches and the zone databases behind them. */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "lab/command.h"
#include "lab/switch.h"

#define ZONE_FILE_MAX (64u << 20)

static int read_option(struct sim_switch_spec *spec, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {
		{ "user", &spec->user },
		{ "password", &spec->password },
		{ "cert", &spec->cert },
		{ "key", &spec->key },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, name) == 0) {
			*options[i].to = value;
			return 0;
		}
	}
	return -NP_INVAL;
}

/* FABRIC KIND PORT [RELEASE] [NAME VALUE]... */
static int read_spec(struct sim_switch_spec *spec, const struct sim_args *args, struct np_err *err)
{
	size_t at = args->count % 2 ? 3 : 4;
	uint64_t port = 0;

	*spec = (struct sim_switch_spec){ .fabric = args->words[0], .vendor = args->words[1] };
	if (at == 4)
		spec->release = args->words[3];
	int rc = sim_parse_number(args->words[2], UINT16_MAX, &port, err);
	if (rc < 0)
		return rc;
	spec->port = (unsigned)port;
	for (; at + 1 < args->count; at += 2) {
		if (read_option(spec, args->words[at], args->words[at + 1]) < 0)
			return np_fail(err, NP_INVAL,
				"'%.30s': user NAME, password WORD, cert FILE, key FILE",
				args->words[at]);
	}
	return 0;
}

static int run_switch_add(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_switch_spec spec;
	struct sim_switch *sw;

	int rc = read_spec(&spec, args, err);
	if (rc == 0)
		rc = sim_switch_add(sim, &spec, &sw, err);
	if (rc < 0)
		return rc;
	answer->json = sim_switch_line(sw);
	return answer->json ? 0 : np_fail_nomem(err);
}

static int run_switches(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	(void)args;
	answer->json = json_array();
	np_list_foreach (sw, &sim->switches, struct sim_switch, in_sim)
		(void)json_array_append_new(answer->json, sim_switch_line(sw));
	return answer->json ? 0 : np_fail_nomem(err);
}

static int run_switch_set(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_switch *sw;

	(void)answer;
	int rc = sim_switch_find(sim, args->words[0], &sw, err);
	return rc < 0 ? rc : sim_switch_set(sw, args->words[1], args->words[2], err);
}

static int run_switch_fault(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_switch *sw;

	(void)answer;
	int rc = sim_switch_find(sim, args->words[0], &sw, err);
	return rc < 0 ? rc : sim_switch_fault_add(sw, args->words + 1, args->count - 1, err);
}

static int run_switch_clear(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_switch *sw;

	(void)answer;
	int rc = sim_switch_find(sim, args->words[0], &sw, err);
	if (rc == 0)
		sim_switch_faults_clear(sw);
	return rc;
}

static int run_switch_release(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	bool drop = args->count > 1;
	struct sim_switch *sw;

	if (drop && strcmp(args->words[1], "drop") != 0)
		return np_fail(err, NP_INVAL, "'%.30s': say 'drop' or nothing", args->words[1]);
	int rc = sim_switch_find(sim, args->words[0], &sw, err);
	if (rc < 0)
		return rc;
	sw->releases++;
	sw->dropped = drop;
	answer->json = json_pack("{s:i}", "released", (int)sw->held);
	return answer->json ? 0 : np_fail_nomem(err);
}

static int run_switch_expire(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_switch *sw;

	(void)answer;
	int rc = sim_switch_find(sim, args->words[0], &sw, err);
	if (rc == 0 && sw->vendor->expire)
		sw->vendor->expire(sw);
	return rc;
}

#define LOCK_MAX_S 86400

static int run_zone_lock(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	const struct sim_zone_client client = { args->words[1], "192.0.2.7", args->words[2],
		"telnet", 0 };
	struct sim_fabric *fabric;
	uint64_t seconds = 0;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = sim_parse_number(args->words[3], LOCK_MAX_S, &seconds, err);
	if (rc < 0)
		return rc;
	return sim_zonedb_lock(sim, &fabric->zoning, &client, (int64_t)seconds * 1000, err);
}

static int run_zone_unlock(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		sim_zonedb_abort(&fabric->zoning);
	return rc;
}

static int run_zone_change(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	return rc < 0 ? rc : sim_zonedb_intrude(sim, fabric, err);
}

static int run_zone_default(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;
	bool open = false;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[1], &fabric, err);
	if (rc == 0)
		rc = sim_parse_switch(args->words[0], "open", "closed", &open, err);
	return rc < 0 ? rc : sim_zonedb_set_default(sim, fabric, open, err);
}

static int run_zone_show(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	struct sim_fabric *fabric;

	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc < 0)
		return rc;
	struct sim_zonedb *db = &fabric->zoning;
	sim_zonedb_expire(sim, db);
	answer->json = json_pack("{s:O, s:O, s:O?, s:s, s:b, s:I, s:I, s:s, s:s}", "defined",
		db->defined, "effective", db->effective, "pending", db->pending, "checksum",
		db->checksum, "default_open", db->default_open, "token", (json_int_t)db->token,
		"changes", (json_int_t)db->changes, "user", db->user, "application",
		db->application);
	return answer->json ? 0 : np_fail_nomem(err);
}

static int load(struct sim *sim, struct sim_fabric *fabric, const char *text, struct np_err *err)
{
	np_auto(np_json_decref) json_t *json = NULL;

	int rc = np_json_parse(text, strlen(text), &json, err);
	if (rc < 0)
		return rc;
	return sim_zonedb_load(
		sim, fabric, json_object_get(json, "defined"), np_json_text(json, "zoneset"), err);
}

static int run_zone_load(
	struct sim *sim, const struct sim_args *args, struct sim_answer *answer, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	struct sim_fabric *fabric;

	(void)answer;
	int rc = sim_fabric_find(sim, args->words[0], &fabric, err);
	if (rc == 0)
		rc = np_file_read(AT_FDCWD, args->words[1], ZONE_FILE_MAX, &text, err);
	if (rc < 0 || !text)
		return rc;
	return np_wrap(err, load(sim, fabric, text, err), "%s", args->words[1]);
}

const struct sim_command sim_switch_commands[] = {
	{ "switch add",
		"FABRIC fos|nxos PORT [RELEASE] [user NAME] [password WORD] [cert FILE key FILE]",
		3, 12, run_switch_add, "a switch's management interface on loopback; port 0: any" },
	{ "switches", "", 0, 0, run_switches, "their ports, requests, sessions and faults" },
	{ "switch set", "FABRIC NAME VALUE", 3, 3, run_switch_set,
		"write-ms, sessions, idle-s, vf-id, single, space ..." },
	{ "switch fault", "FABRIC PATTERN|N|+N KIND [VALUE...] [with PATTERN] [count N|always]", 3,
		12, run_switch_fault, "a request goes wrong" },
	{ "switch clear", "FABRIC", 1, 1, run_switch_clear, "forget faults that are not used up" },
	{ "switch release", "FABRIC [drop]", 1, 2, run_switch_release,
		"let requests that hang go on, or end them without their work" },
	{ "switch expire", "FABRIC", 1, 1, run_switch_expire, "all sessions end" },
	{ "zone lock", "FABRIC USER APPLICATION SECONDS", 4, 4, run_zone_lock,
		"somebody opens a zone transaction" },
	{ "zone unlock", "FABRIC", 1, 1, run_zone_unlock, "the open transaction is dropped" },
	{ "zone change", "FABRIC", 1, 1, run_zone_change, "somebody commits one more zone" },
	{ "zone default", "open|closed FABRIC", 2, 2, run_zone_default, "the default zone" },
	{ "zone show", "FABRIC", 1, 1, run_zone_show, "the zone database, as JSON" },
	{ "zone load", "FABRIC FILE", 2, 2, run_zone_load,
		"replace it by {\"defined\": ..., \"zoneset\": NAME}" },
	{ 0 },
};
