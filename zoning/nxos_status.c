/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_status.h"

#include <string.h>

#include "zoning/nxos_table.h"

/* "none", "cli [admin]", "remote [dom: 23][ip: 192.0.2.1]" */
static void read_session(const char *text, struct nxos_status *status)
{
	const char *inside = strchr(text, '[');
	size_t word = strcspn(text, " [");
	const char *ip = strstr(text, "ip:");

	status->locked = *text && (word != 4 || strncasecmp(text, "none", 4) != 0);
	if (!status->locked)
		return;
	(void)snprintf(status->interface, sizeof status->interface, "%.*s", (int)word, text);
	if (ip) {
		ip += 3 + strspn(ip + 3, " ");
		(void)snprintf(status->address, sizeof status->address, "%.*s",
			(int)strcspn(ip, "] "), ip);
	} else if (inside && !strchr(inside, ':')) {
		(void)snprintf(status->user, sizeof status->user, "%.*s",
			(int)strcspn(inside + 1, "]"), inside + 1);
	}
}

int nxos_status_read(
	const json_t *body, int64_t vsan, struct nxos_status *ret_status, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	struct nxos_status status = { 0 };
	const json_t *row, *mine = NULL;
	size_t i;
	int rc = NXOS_ROWS(body, &rows, err, "zone_status");

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row)
		if (!mine && nxos_table_is_of(row, vsan))
			mine = row;
	if (!mine)
		return np_fail(
			err, NP_NOTFOUND, "the switch has no zones in VSAN %lld", (long long)vsan);
	const char *mode = NXOS_FIELD(mine, "mode");
	const char *zoneset = NXOS_FIELD(mine, "activedb_zoneset_name", "active_zoneset_name");
	if (strcasecmp(mode, "basic") != 0 && strcasecmp(mode, "enhanced") != 0)
		return np_fail(err, NP_PEER,
			"the switch says that VSAN %lld is in zone mode '%.40s', neither basic nor enhanced",
			(long long)vsan, mode);
	if (*zoneset)
		rc = nxos_table_check_name(zoneset, "zoneset", err);
	status.enhanced = strcasecmp(mode, "enhanced") == 0;
	status.smart = strcasecmp(NXOS_FIELD(mine, "smart_zoning"), "enabled") == 0;
	/* Not told is not known to be shut. */
	status.opens = strcasecmp(NXOS_FIELD(mine, "default_zone"), "deny") != 0;
	status.space_max = nxos_table_number(NXOS_FIELD(mine, "maxdb_dbsize"));
	status.space_used = nxos_table_number(NXOS_FIELD(mine, "effectivedb_dbsize"));
	(void)snprintf(status.zoneset, sizeof status.zoneset, "%s", zoneset);
	(void)snprintf(status.text, sizeof status.text, "%s", NXOS_FIELD(mine, "status"));
	read_session(NXOS_FIELD(mine, "session"), &status);
	if (rc == 0)
		*ret_status = status;
	return rc;
}

int nxos_status_progress(const char *text, struct np_err *err)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{ "already active and unchanged", 0 },
		{ "fabric changing", -NP_BUSY },
		{ "fabric unstable", -NP_BUSY },
		{ "fail", -NP_CONFLICT },
		{ "error", -NP_CONFLICT },
		{ "in progress", 1 },
		{ "initiated", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!strcasestr(text, rows[i].text))
			continue;
		return rows[i].rc >= 0
			       ? rows[i].rc
			       : np_fail(err, (enum np_code) - rows[i].rc,
					 "the switch could not bring the zones into force: '%s'",
					 text);
	}
	return 0;
}

int nxos_status_read_aliases(
	const json_t *body, struct nxos_aliases *ret_aliases, struct np_err *err)
{
	struct nxos_aliases aliases = { 0 };
	const char *user = NXOS_FIELD(body, "Locked_by_user", "locked_by_user");
	const char *colon = strrchr(user, ':');
	const char *distribution = NXOS_FIELD(body, "fabric_distribution", "Fabric_Distribution");

	if (!*distribution)
		return np_fail(err, NP_PEER,
			"the switch does not say whether device-aliases are distributed");
	aliases.distributed = strcasecmp(distribution, "enabled") == 0;
	aliases.locked = *user;
	/* "CLI/SNMPv3:admin" */
	(void)snprintf(aliases.user, sizeof aliases.user, "%s", colon ? colon + 1 : user);
	*ret_aliases = aliases;
	return 0;
}

int nxos_status_read_version(const json_t *body, json_t *snapshot, struct np_err *err)
{
	const char *release = NXOS_FIELD(
		body, "nxos_ver_str", "kickstart_ver_str", "sys_ver_str", "kick_ver_str");
	const char *name = NXOS_FIELD(body, "host_name", "switch_name");

	if (!*release)
		return np_fail(
			err, NP_PEER, "the switch does not tell its release: is it one of NX-OS?");
	np_json_set_text(snapshot, "release", release);
	np_json_set_text(snapshot, "switch", name);
	return 0;
}
