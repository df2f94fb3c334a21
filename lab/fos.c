/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fabric OS REST: sessions and resources. */
#include "lab/fos.h"

#include <string.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/vendors.h"

/* clang-format off */
static const struct fos_release rows[] = {
	/*  name      old    new    versions lock  type-string */
	{ "9.1.0b", false, true,  true,  true,  true,
	  .error_list = true, .queries = true, .login_body = true, .sessionless = true,
	  .content_version = true, .space = 4194304 },
	{ "9.0.1d", true,  true,  true,  true,  true,  .error_list = true, .space = 4194304 },
	{ "8.2.3",  true,  true,  true,  false, false, .error_list = true, .space = 2084640 },
	{ "8.2.1b", true,  true,  true,  false, false, .error_list = true, .space = 2084640 },
	{ "8.2.1a", true,  false, false, false, false, .error_list = false, .space = 2084640 },
};
/* clang-format on */

static const char *const releases[] = { "9.1.0b", "9.0.1d", "8.2.3", "8.2.1b", "8.2.1a", NULL };

static int fos_open(struct sim_switch *sw, struct np_err *err)
{
	struct fos *fos = calloc(1, sizeof(*fos));

	if (!fos)
		return np_fail_nomem(err);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, sw->release) == 0)
			fos->release = &rows[i];
	}
	sw->fabric->zoning.max_bytes = fos->release->space;
	sw->state = fos;
	return 0;
}

static void fos_close(struct sim_switch *sw)
{
	free(sw->state);
	sw->state = NULL;
}

static bool fos_writes(const struct sim_switch *sw, const struct sim_request *request)
{
	(void)sw;
	return strcmp(request->method, "GET") != 0 &&
	       strncmp(request->path, "/rest/running/", strlen("/rest/running/")) == 0;
}

/* A session takes its transaction with it. */
static void session_end(struct sim_switch *sw, struct fos_session *session)
{
	struct sim_zonedb *db = &sw->fabric->zoning;

	if (db->pending && db->session == session->id)
		sim_zonedb_abort(db);
	*session = (struct fos_session){ 0 };
}

static void fos_expire(struct sim_switch *sw)
{
	struct fos *fos = sw->state;

	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++)
		session_end(sw, &fos->sessions[i]);
}

static void expire_idle(struct sim_switch *sw, struct fos *fos)
{
	int64_t limit = (int64_t)sw->session_idle_s * 1000;

	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++) {
		if (fos->sessions[i].id && sw->sim->now - fos->sessions[i].used >= limit)
			session_end(sw, &fos->sessions[i]);
	}
}

static struct fos_session *session_find(struct fos *fos, const char *key)
{
	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++) {
		if (fos->sessions[i].id && strcmp(fos->sessions[i].key, key) == 0)
			return &fos->sessions[i];
	}
	return NULL;
}

static unsigned session_count(const struct fos *fos)
{
	unsigned count = 0;

	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++)
		count += fos->sessions[i].id != 0;
	return count;
}

static struct fos_session *session_free_place(const struct sim_switch *sw, struct fos *fos)
{
	if (session_count(fos) >= sw->sessions_max)
		return NULL;
	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++) {
		if (!fos->sessions[i].id)
			return &fos->sessions[i];
	}
	return NULL;
}

static void session_begin(struct fos_call *call, struct fos_session *session)
{
	const char *agent = call->request->user_agent;
	uint64_t id = ++call->fos->last_session;
	char plain[128];

	*session = (struct fos_session){ .id = id, .used = call->sw->sim->now };
	(void)snprintf(session->application, sizeof(session->application), "%.*s",
		(int)strcspn(agent, "/ "), agent);
	(void)snprintf(plain, sizeof(plain), "%.60s:xxx:%016llx%016llx", call->sw->user,
		id * 0x9e3779b97f4a7c15ull, (id + call->sw->sim->random) * 0xbf58476d1ce4e5b9ull);
	(void)snprintf(session->key, sizeof(session->key), "Custom_Basic ");
	sim_base64(plain, session->key + strlen(session->key),
		sizeof(session->key) - strlen(session->key));
}

static json_t *login_body(const struct fos_call *call)
{
	unsigned vf = call->sw->vf_id;
	json_t *parameters = json_pack("{s:s, s:b, s:b, s:s, s:s}", "user-name", call->sw->user,
		"virtual-fabric-supported", 1, "virtual-fabric-enabled", vf != 0,
		"firmware-version", call->fos->release->name, "model", "170.0");

	if (vf) {
		np_json_set_text(parameters, "chassis-access-role", "admin");
		(void)json_object_set_new(parameters, "home-virtual-fabric", json_integer(128));
		(void)json_object_set_new(parameters, "virtual-fabric-ids",
			json_pack("{s:[i, i]}", "fabric-id", (int)vf, 128));
	} else {
		np_json_set_text(parameters, "user-role", "admin");
	}
	return json_pack("{s:o}", "switch-parameters", parameters);
}

static int login(struct fos_call *call)
{
	const char *given = call->request->authorization;
	struct fos_session *session = session_free_place(call->sw, call->fos);

	if (strncmp(given, "Custom_Basic ", 13) == 0)
		given += strlen("Custom_");
	if (strncmp(given, "Basic ", 6) != 0)
		return fos_refuse(call, &fos_bad_auth, NULL);
	if (!sim_switch_knows(call->sw, given))
		return fos_refuse(call, &fos_bad_login, NULL);
	if (!session)
		return fos_refuse(call, &fos_sessions_full, NULL);
	session_begin(call, session);
	call->fos->logins++;
	sim_reply_header(call->reply, "Authorization", session->key);
	return fos_say(call, 200, call->fos->release->login_body ? login_body(call) : NULL);
}

static int logout(struct fos_call *call)
{
	struct fos_session *session = session_find(call->fos, call->request->authorization);

	if (!session)
		return fos_refuse(call, &fos_no_session, NULL);
	session_end(call->sw, session);
	call->fos->logouts++;
	return fos_say(call, 204, NULL);
}

struct sim_zone_client fos_client(const struct fos_call *call)
{
	return (struct sim_zone_client){ .user = call->sw->user,
		.address = call->request->address,
		.application = call->session ? call->session->application : "",
		.interface = call->sw->tls ? "https" : "http",
		.session = call->session ? call->session->id : UINT64_MAX };
}

bool fos_begin(struct fos_call *call)
{
	const struct sim_zone_client client = fos_client(call);

	if (sim_zonedb_begin(call->sw->sim, &call->sw->fabric->zoning, &client, NULL) == 0)
		return true;
	(void)fos_refuse(call, &fos_not_owner, NULL);
	return false;
}

/* A container below running/, and what can be done with it. */
static const struct resource {
	const char *module,
		*old_module;   /* its names, since 8.2.1b and before; NULL: there was none */
	const char *container; /* "": the module itself */
	int (*get)(struct fos_call *call), (*post)(struct fos_call *call),
		(*patch)(struct fos_call *call), (*delete)(struct fos_call *call);
	bool needs_lock; /* only where the release has fabric-lock */
	bool chassis;	 /* the same for all virtual fabrics */
} resources[] = {
	/* clang-format off */
	{ "brocade-zone", "zoning", "effective-configuration",
	  .get = fos_get_effective, .patch = fos_patch_effective },
	{ "brocade-zone", "zoning", "defined-configuration",
	  .get = fos_get_defined, .post = fos_post_defined, .patch = fos_patch_defined, .delete = fos_delete_defined },
	{ "brocade-zone", "zoning", "fabric-lock", .get = fos_get_lock, .needs_lock = true },
	{ "brocade-name-server", "brocade-name-server", "fibrechannel-name-server", .get = fos_get_name_server },
	{ "brocade-fibrechannel-switch", "switch", "fibrechannel-switch", .get = fos_get_switch },
	{ "brocade-module-version", NULL, "", .get = fos_get_versions, .chassis = true },
	/* clang-format on */
};

/* What follows @word in a path; NULL: it does not begin with it. */
static const char *after(const char *path, const char *word)
{
	size_t len = strlen(word);

	if (!path || strncmp(path, word, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

static const char *after_container(const char *path, const char *container)
{
	if (!container[0])
		return path;
	return path && path[0] == '/' ? after(path + 1, container) : NULL;
}

static const struct resource *find_resource(struct fos_call *call, const char *path)
{
	const struct fos_release *release = call->fos->release;

	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		const struct resource *row = &resources[i];
		const char *rest = NULL;
		if (row->needs_lock && !release->lock)
			continue;
		if (row->old_module ? release->new_uri : release->versions)
			rest = after_container(after(path, row->module), row->container);
		if (!rest && row->old_module && release->old_uri)
			rest = after_container(after(path, row->old_module), row->container);
		if (rest) {
			call->rest = rest;
			return row;
		}
	}
	return NULL;
}

static int run(struct fos_call *call, const struct resource *row)
{
	const struct {
		const char *method;
		int (*run)(struct fos_call *call);
	} methods[] = { { "GET", row->get }, { "POST", row->post }, { "PATCH", row->patch },
		{ "DELETE", row->delete } };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].run && strcmp(methods[i].method, call->request->method) == 0)
			return methods[i].run(call);
	}
	return fos_refuse(call, &fos_bad_method, NULL);
}

/* Reads the body, which is JSON; false: the reply says what is wrong. */
static bool read_body(struct fos_call *call)
{
	const struct sim_request *request = call->request;
	struct np_err err = { 0 };

	if (!request->len)
		return true;
	if (!strstr(request->content_type, "yang-data+json")) {
		(void)fos_refuse(call, &fos_bad_type, NULL);
		return false;
	}
	if (np_json_parse(request->body, request->len, &call->body, &err) == 0)
		return true;
	(void)fos_refuse(call, &fos_bad_body, "%.200s", err.msg);
	return false;
}

/* Virtual fabrics: only the switch's own is here, and each request must name it unless it is the chassis'. */
static bool check_vf(struct fos_call *call, const struct resource *row)
{
	char value[16], wanted[16] = "";

	if (call->sw->vf_id && !row->chassis)
		(void)snprintf(wanted, sizeof(wanted), "%u", call->sw->vf_id);
	if (!sim_query(call->request, "vf-id", value, sizeof(value)))
		value[0] = '\0';
	if (strcmp(value, wanted) == 0)
		return true;
	(void)fos_refuse(call, &fos_bad_vf, "vf-id '%.12s' is not the virtual fabric here", value);
	return false;
}

/* Whose request is it? False: nobody's, and the reply says so. */
static bool check_session(struct fos_call *call)
{
	const char *given = call->request->authorization;
	struct fos_session *session = session_find(call->fos, given);

	if (session) {
		session->used = call->sw->sim->now;
		call->session = session;
		return true;
	}
	bool may = call->fos->release->sessionless && strcmp(call->request->method, "GET") == 0;
	if (!may || !sim_switch_knows(call->sw, given)) {
		(void)fos_refuse(call, &fos_no_session, NULL);
		return false;
	}
	if (session_free_place(call->sw, call->fos))
		return true;
	(void)fos_refuse(call, &fos_sessions_full, NULL);
	return false;
}

static int run_running(struct fos_call *call, const char *path)
{
	if (!check_session(call))
		return 0;
	const struct resource *row = find_resource(call, path);
	if (!row)
		return fos_refuse(call, &fos_bad_uri, NULL);
	if (!check_vf(call, row) || !read_body(call))
		return 0;
	if (call->sw->bend == SIM_BEND_BUSY)
		return fos_refuse(call, &fos_busy, NULL);
	int rc = run(call, row);
	json_decref(call->body);
	return rc;
}

static int dispatch(struct fos_call *call)
{
	const char *path = after(call->request->path, "/rest");
	bool post = strcmp(call->request->method, "POST") == 0;

	if (path && post && strcmp(path, "/login") == 0)
		return login(call);
	if (path && post && strcmp(path, "/logout") == 0)
		return logout(call);
	const char *running = path ? after(path, "/running") : NULL;
	if (!running || running[0] != '/')
		return fos_refuse(call, &fos_bad_uri, NULL);
	return run_running(call, running + 1);
}

static int fos_handle(struct sim_switch *sw, const struct sim_request *request,
	struct sim_reply *reply, struct np_err *err)
{
	/* JSON only for who both asks and speaks it. */
	struct fos_call call = { .sw = sw,
		.fos = sw->state,
		.request = request,
		.reply = reply,
		.rest = "",
		.json = strstr(request->accept, "yang-data+json") &&
			strstr(request->content_type, "yang-data+json") };

	expire_idle(sw, call.fos);
	sim_zonedb_expire(sw->sim, &sw->fabric->zoning);
	return dispatch(&call) < 0 ? np_fail_nomem(err) : 0;
}

static int fos_set(struct sim_switch *sw, const char *name, const char *value, struct np_err *err)
{
	struct fos *fos = sw->state;

	if (strcmp(name, "delete") != 0)
		return -NP_NOTFOUND;
	return sim_parse_switch(value, "strict", "usual", &fos->strict_delete, err);
}

static void fos_status(const struct sim_switch *sw, json_t *line)
{
	const struct fos *fos = sw->state;
	json_t *sessions = json_array();

	for (size_t i = 0; i < FOS_SESSIONS_MAX; i++) {
		const struct fos_session *session = &fos->sessions[i];
		if (session->id)
			(void)json_array_append_new(sessions,
				json_pack("{s:I, s:s, s:I}", "id", (json_int_t)session->id,
					"application", session->application, "idle_ms",
					(json_int_t)(sw->sim->now - session->used)));
	}
	(void)json_object_set_new(line, "sessions", sessions);
	(void)json_object_set_new(line, "logins", json_integer(fos->logins));
	(void)json_object_set_new(line, "logouts", json_integer(fos->logouts));
}

const struct sim_vendor sim_vendor_fos = {
	.name = "fos",
	.title = "Fabric OS",
	.releases = releases,
	.slow_waits = true,
	.open = fos_open,
	.close = fos_close,
	.handle = fos_handle,
	.writes = fos_writes,
	.expire = fos_expire,
	.set = fos_set,
	.status = fos_status,
};
