/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_logins.h"

#include <string.h>

#include "base/wwn.h"
#include "zoning/nxos_table.h"

/* "0x010203" as "010203". */
static void set_port_id(json_t *login, const char *text)
{
	char id[8];

	if (strncasecmp(text, "0x", 2) == 0)
		text += 2;
	if (!*text || strlen(text) > 6 || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return;
	(void)snprintf(id, sizeof id, "%06lx", strtoul(text, NULL, 16));
	np_json_set_text(login, "port_id", id);
}

static void set_wwn(json_t *login, const char *key, const char *text)
{
	uint64_t wwn;

	if (*text && np_wwn_parse(text, &wwn, NULL) == 0)
		np_json_set_wwn(login, key, wwn);
}

struct roles {
	bool initiator, target;
};

/* "target", "scsi-fcp:init fc-gs ", "scsi-fcp:both 227", "target,disc" */
static void add_roles(struct roles *roles, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ,:");
		bool both = len == 4 && strncasecmp(text, "both", len) == 0;

		if (both || (len == 4 && strncasecmp(text, "init", len) == 0) ||
			(len == 9 && strncasecmp(text, "initiator", len) == 0))
			roles->initiator = true;
		if (both || (len == 6 && strncasecmp(text, "target", len) == 0))
			roles->target = true;
		text += len + (text[len] != '\0');
	}
}

/* As one text, or as a table with a row for each type. */
static int set_role(const json_t *row, json_t *login, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	static const char *const words[2][2] = { { "", "target" }, { "initiator", "both" } };
	struct roles roles = { 0 };
	const json_t *one;
	size_t i;

	int rc =
		json_is_object(json_object_get(row, "TABLE_fc4_type_feature")) ||
				json_is_object(json_object_get(row, "TABLE_fc4_types_fc4_features"))
			? NXOS_ROWS(row, &rows, err, "fc4_type_feature", "fc4_types_fc4_features")
			: 0;
	if (rc < 0)
		return rc;
	add_roles(&roles, NXOS_FIELD(row, "fc4_type_feature", "fc4_types_fc4_features", "fc4_types",
				  "fc4_types_features"));
	json_array_foreach (rows, i, one)
		add_roles(&roles, NXOS_FIELD(one, "fc4_feature", "fc4_features"));
	(void)json_object_set_new(login, "role", json_string(words[roles.initiator][roles.target]));
	return 0;
}

static int add_login(const json_t *row, json_t *logins, struct np_err *err)
{
	np_auto(np_json_decref) json_t *login = json_object();
	const char *pwwn = NXOS_FIELD(row, "pwwn", "port_wwn", "port_name");
	uint64_t wwpn;

	if (!login)
		return np_fail_nomem(err);
	if (np_wwn_parse(pwwn, &wwpn, NULL) < 0)
		return np_fail(err, NP_PEER,
			"the name server has the port '%.60s', which is not a WWN", pwwn);
	if (wwpn == 0)
		return 0;
	np_json_set_wwn(login, "wwpn", wwpn);
	set_wwn(login, "wwnn", NXOS_FIELD(row, "nwwn", "node_wwn", "node_name"));
	set_wwn(login, "physical_wwpn",
		NXOS_FIELD(row, "permanent_pwwn", "permanent_port_wwn", "permanent_port_name"));
	set_port_id(login, NXOS_FIELD(row, "fcid"));
	np_json_set_text(login, "symbolic_name",
		NXOS_FIELD(row, "symbolic_port_name", "port_symbolic_name"));
	np_json_set_text(login, "port",
		NXOS_FIELD(row, "connected_interface", "connected_intf", "interface"));
	int rc = set_role(row, login, err);
	if (rc < 0)
		return rc;
	return json_array_append(logins, login) < 0 ? np_fail_nomem(err) : 0;
}

int nxos_logins_read(const json_t *body, int64_t vsan, json_t *logins, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vsans = NULL;
	const json_t *one, *row;
	size_t i, j;
	int rc = NXOS_ROWS(body, &vsans, err, "fcns_vsan");

	json_array_foreach (vsans, i, one) {
		np_auto(np_json_decref) json_t *rows = NULL;

		if (!nxos_table_is_of(one, vsan))
			continue;
		rc = NXOS_ROWS(one, &rows, err, "fcns_database");
		json_array_foreach (rows, j, row) {
			rc = add_login(row, logins, err);
			if (rc < 0)
				return rc;
		}
		if (rc < 0)
			return rc;
	}
	return rc;
}

int nxos_logins_add_ports(const json_t *body, json_t *logins, struct np_err *err)
{
	np_auto(np_json_decref) json_t *rows = NULL;
	np_auto(np_json_decref) json_t *ports = json_object();
	const json_t *row;
	json_t *login;
	size_t i;
	int rc = ports ? NXOS_ROWS(body, &rows, err, "flogi_entry") : np_fail_nomem(err);

	json_array_foreach (rows, i, row) {
		char text[NP_WWN_TEXT];
		uint64_t wwpn;

		if (np_wwn_parse(NXOS_FIELD(row, "port_name", "pwwn"), &wwpn, NULL) == 0 &&
			json_object_set(ports, np_wwn_text(wwpn, text), (json_t *)(uintptr_t)row) <
				0)
			return np_fail_nomem(err);
	}
	json_array_foreach (logins, i, login) {
		row = json_object_get(ports, np_json_text(login, "wwpn"));
		if (!row)
			continue;
		if (!*np_json_text(login, "port"))
			np_json_set_text(login, "port", NXOS_FIELD(row, "interface"));
		if (!*np_json_text(login, "wwnn"))
			set_wwn(login, "wwnn", NXOS_FIELD(row, "node_name", "nwwn"));
	}
	return rc;
}
