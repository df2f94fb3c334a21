/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/witness.h"

#include <string.h>
#include <time.h>

#include "base/wwn.h"
#include "fc/hba.h"

#define SYMBOLIC_MAX 256

struct witness {
	struct fc_bsg bsg;
	int64_t deadline;
	json_t *can, *reasons, *snapshot;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void can(struct witness *witness, const char *what, bool yes)
{
	(void)json_object_set_new(witness->can, what, json_boolean(yes));
}

static void miss(struct witness *witness, const char *what, const char *why)
{
	np_json_set_text(witness->reasons, what, why);
}

static int send_question(struct witness *witness, struct fc_ct_request *request,
	struct fc_ct_reply *ret_reply, struct np_err *err)
{
	if (now_ms() >= witness->deadline)
		return np_fail(err, NP_TIMEOUT, "%s: no time is left to ask %s", witness->bsg.host,
			fc_ct_name(request->query));
	return fc_bsg_ct(&witness->bsg, request, ret_reply, err);
}

static int ask(struct witness *witness, enum fc_ct_query query, uint32_t number,
	struct fc_ct_reply *ret_reply, struct np_err *err)
{
	struct fc_ct_request request;

	fc_ct_ask(query, number, &request);
	return send_question(witness, &request, ret_reply, err);
}

static int ask_name(struct witness *witness, enum fc_ct_query query, const char *name,
	struct fc_ct_reply *ret_reply, struct np_err *err)
{
	struct fc_ct_request request;
	int rc = fc_ct_ask_name(query, name, &request, err);

	return rc < 0 ? rc : send_question(witness, &request, ret_reply, err);
}

/* A switch that does not answer GPN_FT is asked for the ports and then for the name of each. */
static int find_names(
	struct witness *witness, struct fc_ct_port *ports, size_t *n, struct np_err *err)
{
	size_t found = 0;

	for (size_t i = 0; i < *n; i++) {
		struct fc_ct_reply reply;
		int rc = ask(witness, FC_CT_GPN_ID, ports[i].port_id, &reply, err);
		if (rc == 0)
			rc = fc_ct_read_wwn(&reply, &ports[i].wwpn, err);
		if (rc < 0 && rc != -NP_NOTFOUND)
			return rc;
		if (rc == 0)
			ports[found++] = ports[i];
	}
	*n = found;
	return 0;
}

static int find_ports(
	struct witness *witness, struct fc_ct_port **ret_ports, size_t *ret_n, struct np_err *err)
{
	enum fc_ct_query query = FC_CT_GPN_FT;
	struct fc_ct_reply reply = { 0 };
	int rc = ask(witness, query, FC_CT_TYPE_FCP, &reply, err);

	if (rc == -NP_UNSUPPORTED) {
		query = FC_CT_GID_PT;
		rc = ask(witness, query, FC_CT_PORT_ANY, &reply, err);
	}
	if (rc == -NP_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = fc_ct_read_ports(query, &reply, ret_ports, ret_n, err);
	if (rc == 0 && reply.cut)
		miss(witness, "logins", "the name server has more ports than fit into its reply");
	if (rc == 0 && query == FC_CT_GID_PT)
		rc = find_names(witness, *ret_ports, ret_n, err);
	return rc;
}

static int read_wwnn(const struct fc_ct_reply *reply, json_t *login, struct np_err *err)
{
	uint64_t wwnn;
	int rc = fc_ct_read_wwn(reply, &wwnn, err);

	if (rc == 0)
		np_json_set_wwn(login, "wwnn", wwnn);
	return rc;
}

static int read_role(const struct fc_ct_reply *reply, json_t *login, struct np_err *err)
{
	const char *role;
	int rc = fc_ct_read_role(reply, &role, err);

	if (rc == 0)
		np_json_set_text(login, "role", role);
	return rc;
}

static int read_symbolic(const struct fc_ct_reply *reply, json_t *login, struct np_err *err)
{
	char text[SYMBOLIC_MAX];
	int rc = fc_ct_read_symbolic(reply, text, sizeof text, err);

	if (rc == 0)
		np_json_set_text(login, "symbolic_name", text);
	return rc;
}

/* clang-format off */
/* What else is asked about each port. A switch may know some of it only. */
static const struct {
	enum fc_ct_query query;
	int (*read)(const struct fc_ct_reply *reply, json_t *login, struct np_err *err);
} details[] = {
	{ FC_CT_GFF_ID,  read_role     },
	{ FC_CT_GNN_ID,  read_wwnn     },
	{ FC_CT_GSPN_ID, read_symbolic },
};
/* clang-format on */

#define N_DETAILS (sizeof details / sizeof *details)

/* False: no more of this detail, for the whole fabric. */
static bool add_detail(
	struct witness *witness, size_t i, const struct fc_ct_port *port, json_t *login)
{
	struct np_err err = { 0 };
	struct fc_ct_reply reply;
	int rc = ask(witness, details[i].query, port->port_id, &reply, &err);

	if (rc == 0)
		rc = details[i].read(&reply, login, &err);
	if (rc == 0 || rc == -NP_NOTFOUND) /* it has left meanwhile, or never said it */
		return true;
	miss(witness, "details", err.msg);
	return false;
}

static json_t *list_logins(struct witness *witness, const struct fc_ct_port *ports, size_t n)
{
	bool ended[N_DETAILS] = { false };
	json_t *logins = json_array();
	char id[8];

	for (size_t i = 0; i < n; i++) {
		json_t *login = json_object();
		(void)snprintf(id, sizeof id, "%06x", (unsigned)ports[i].port_id);
		np_json_set_text(login, "port_id", id);
		np_json_set_wwn(login, "wwpn", ports[i].wwpn);
		for (size_t j = 0; j < N_DETAILS; j++)
			ended[j] = ended[j] || !add_detail(witness, j, &ports[i], login);
		(void)json_array_append_new(logins, login);
	}
	return logins;
}

static int ask_name_server(struct witness *witness, struct np_err *err)
{
	np_auto(np_free) struct fc_ct_port *ports = NULL;
	size_t n = 0;
	int rc = find_ports(witness, &ports, &n, err);

	if (rc == -NP_UNSUPPORTED) {
		can(witness, "name_server", false);
		miss(witness, "name_server", err->msg);
		return 0;
	}
	if (rc < 0)
		return rc;
	can(witness, "name_server", true);
	(void)json_object_set_new(witness->snapshot, "logins", list_logins(witness, ports, n));
	return 0;
}

/* The active zone set. False: there is no zone server that answers. */
static bool add_effective(struct witness *witness)
{
	struct np_err err = { 0 };
	struct fc_ct_reply reply;
	json_t *zones = NULL;
	int rc = ask(witness, FC_CT_GAZS, 0, &reply, &err);
	bool answers = rc == 0 || rc == -NP_NOTFOUND;

	if (rc == 0)
		(void)fc_ct_read_zoneset(&reply, &zones, &err); /* .msg tells when there are none */
	else if (rc == -NP_NOTFOUND)
		zones = json_pack("{s:{}}", "zones");
	can(witness, "zone_server", answers);
	if (zones)
		(void)json_object_set_new(witness->snapshot, "effective", zones);
	else
		miss(witness, answers ? "effective" : "zone_server", err.msg);
	return answers;
}

static int read_flags(
	struct witness *witness, enum fc_ct_query query, unsigned *ret_flags, struct np_err *err)
{
	struct fc_ct_reply reply;
	int rc = ask(witness, query, 0, &reply, err);

	return rc < 0 ? rc : fc_ct_read_zoning(query, &reply, ret_flags, err);
}

static void add_enforcement(struct witness *witness)
{
	static const char *const words[] = { "none", "hard", "soft", "hard and soft" };
	struct np_err err = { 0 };
	unsigned flags = 0;

	if (read_flags(witness, FC_CT_GEST, &flags, &err) < 0)
		miss(witness, "enforcement", err.msg);
	else
		np_json_set_text(witness->snapshot, "enforcement",
			words[flags & (FC_CT_ZONES_HARD | FC_CT_ZONES_SOFT)]);
}

static int ask_names(struct witness *witness, enum fc_ct_query query, const char *name,
	json_t **ret_names, struct np_err *err)
{
	struct fc_ct_reply reply;
	int rc = name ? ask_name(witness, query, name, &reply, err)
		      : ask(witness, query, 0, &reply, err);

	return rc < 0 ? rc : fc_ct_read_names(&reply, ret_names, err);
}

/* A zone set that is too long for one reply, zone by zone. */
static int read_zones_singly(
	struct witness *witness, const char *zoneset, json_t **ret_zoneset, struct np_err *err)
{
	np_auto(np_json_decref) json_t *names = NULL, *zones = json_object();
	int rc = ask_names(witness, FC_CT_GZD, zoneset, &names, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		struct fc_ct_reply reply;
		json_t *members = NULL;
		rc = ask_name(witness, FC_CT_GZM, name, &reply, err);
		if (rc == 0)
			rc = fc_ct_read_members(&reply, &members, err);
		if (rc == 0)
			(void)json_object_set_new(zones, name,
				json_pack("{s:s, s:o}", "kind", "regular", "members", members));
	}
	if (rc < 0)
		return rc;
	*ret_zoneset = json_pack("{s:s, s:O}", "zoneset", zoneset, "zones", zones);
	return *ret_zoneset ? 0 : np_fail_nomem(err);
}

static int add_zoneset(
	struct witness *witness, const char *name, json_t *defined, struct np_err *err)
{
	np_auto(np_json_decref) json_t *zoneset = NULL;
	struct fc_ct_reply reply;
	const char *zone_name;
	json_t *zone, *list;
	int rc = ask_name(witness, FC_CT_GZS, name, &reply, err);

	if (rc == 0)
		rc = fc_ct_read_zoneset(&reply, &zoneset, err);
	if (rc == -NP_TOOBIG)
		rc = read_zones_singly(witness, name, &zoneset, err);
	if (rc < 0)
		return rc;
	list = json_array();
	json_object_foreach (json_object_get(zoneset, "zones"), zone_name, zone) {
		(void)json_array_append_new(list, json_string(zone_name));
		(void)json_object_set(json_object_get(defined, "zones"), zone_name, zone);
	}
	(void)json_object_set_new(json_object_get(defined, "zonesets"), name, list);
	return 0;
}

static int read_defined(struct witness *witness, json_t *defined, struct np_err *err)
{
	np_auto(np_json_decref) json_t *names = NULL;
	int rc = ask_names(witness, FC_CT_GZSN, NULL, &names, err);

	if (rc == -NP_NOTFOUND)
		return 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(names); i++)
		rc = add_zoneset(
			witness, json_string_value(json_array_get(names, i)), defined, err);
	return rc;
}

/* All of it or nothing: half a database looks like one from which zones are gone. */
static void add_defined(struct witness *witness)
{
	np_auto(np_json_decref) json_t *defined =
		json_pack("{s:{}, s:{}, s:{}}", "aliases", "zones", "zonesets");
	struct np_err err = { 0 };
	unsigned flags = 0;
	int rc = read_flags(witness, FC_CT_GZC, &flags, &err);

	can(witness, "zone_database", rc == 0 && flags & FC_CT_ZONES_DB);
	if (rc == 0 && !(flags & FC_CT_ZONES_DB))
		return;
	if (rc == 0)
		rc = read_defined(witness, defined, &err);
	if (rc < 0)
		miss(witness, "defined", err.msg);
	else
		(void)json_object_set(witness->snapshot, "defined", defined);
}

static void ask_zone_server(struct witness *witness, const struct fc_quirk *quirk)
{
	can(witness, "zone_server", false);
	can(witness, "zone_database", false);
	if (!(quirk->in_band & FC_IN_BAND_ZONES)) {
		miss(witness, "zone_server", "the driver passes nothing on to the zone server");
		return;
	}
	if (!add_effective(witness))
		return;
	add_enforcement(witness);
	add_defined(witness);
}

static int find_port(
	struct fc_host *host, uint64_t wwpn, struct fc_known **ret_vport, struct np_err *err)
{
	char text[NP_WWN_TEXT];
	int rc;

	*ret_vport = NULL;
	if (!wwpn || wwpn == host->wwpn)
		return 0;
	rc = fc_host_list_vports(host, err);
	if (rc < 0)
		return rc;
	*ret_vport = fc_host_find_vport(host, wwpn);
	return *ret_vport ? 0
			  : np_fail(err, NP_NOTFOUND, "%s has no vport %s", host->name,
				    np_wwn_text(wwpn, text));
}

static json_t *answer_of(struct witness *witness, uint64_t wwpn)
{
	json_t *answer = json_pack("{s:s, s:O, s:O}", "port", witness->bsg.host, "can",
		witness->can, "reasons", witness->reasons);

	np_json_set_wwn(answer, "wwpn", wwpn);
	if (json_object_get(witness->snapshot, "logins") ||
		json_object_get(witness->snapshot, "effective"))
		(void)json_object_set(answer, "snapshot", witness->snapshot);
	return answer;
}

/* The driver or the machine has no way to ask: that is an answer, too. */
static int cannot(struct witness *witness, const char *why)
{
	static const char *const all[] = { "name_server", "zone_server", "zone_database" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		can(witness, all[i], false);
	miss(witness, "name_server", why);
	miss(witness, "zone_server", why);
	return 0;
}

static int testify(struct witness *witness, const struct fc_bsg_door *door,
	const struct fc_host *host, struct fc_known *vport, struct np_err *err)
{
	const struct fc_quirk *quirk = fc_hba_quirk(host->driver);
	char why[96];
	int rc;

	(void)snprintf(witness->bsg.host, sizeof witness->bsg.host, "%s",
		vport ? vport->host : host->name);
	if (!quirk->in_band) {
		(void)snprintf(
			why, sizeof why, "the driver %s passes no CT requests on", host->driver);
		return cannot(witness, why);
	}
	rc = fc_bsg_open(&witness->bsg, door, host, vport, err);
	if (rc == -NP_UNSUPPORTED)
		return cannot(witness, err->msg);
	if (rc == 0)
		rc = ask_name_server(witness, err);
	if (rc == 0)
		ask_zone_server(witness, quirk);
	return rc;
}

int fc_witness(struct fc_host *host, const struct fc_bsg_door *door, uint64_t wwpn,
	json_t **ret_answer, struct np_err *err)
{
	struct witness witness = { .bsg = { .fd = -1 }, .deadline = now_ms() + FC_WITNESS_MS };
	struct fc_known *vport;
	struct np_err own = { 0 };
	int rc;

	witness.can = json_object();
	witness.reasons = json_object();
	witness.snapshot = json_pack("{s:s}", "vendor", "fcgs");
	rc = find_port(host, wwpn, &vport, &own);
	if (rc == 0)
		rc = testify(&witness, door, host, vport, &own);
	if (rc == 0) {
		*ret_answer = answer_of(&witness, vport ? vport->wwpn : host->wwpn);
		rc = *ret_answer ? 0 : np_fail_nomem(&own);
	}
	fc_bsg_done(&witness.bsg);
	json_decref(witness.can);
	json_decref(witness.reasons);
	json_decref(witness.snapshot);
	if (rc < 0 && err)
		*err = own;
	return rc;
}
