/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NX-API of a simulated MDS switch: POST /ins with ins_api messages or JSON-RPC, basic authentication and the cookie
 * nxapi_auth. The command line behind it is lab/nxos.h's.
 */
#include <string.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/nxos.h"
#include "lab/vendors.h"

#define COMMANDS_MAX 2000 /* of one request */
#define VSAN_MAX 4093
#define ACTIVATION_MS 50
#define ACTIVATION_MAX_MS 600000
#define SPACE_BYTES 4000000
#define VSAN_STEP 10 /* fabric A is VSAN 10, B 20, ... */
#define JSON_TYPE "application/json"

/* clang-format off */
const struct nxos_release nxos_releases[] = {
	/*              missing is   zonesets    active has  types    type before
	 *              an error     have zones  members     in JSON  input */
	{ "9.4(1)",     false,       false,      true,       true,    false },
	{ "9.2(2)",     false,       false,      false,      false,   false },
	{ "8.4(2b)",    true,        true,       true,       false,   true  },
	{ "8.4(2a)",    false,       true,       true,       false,   true  },
	{ NULL,         false,       false,      false,      false,   false },
};
static const char *const releases[] = { "9.4(1)", "9.2(2)", "8.4(2b)", "8.4(2a)", NULL };
/* clang-format on */

static int nxapi_open(struct sim_switch *sw, struct np_err *err)
{
	struct nxos *nxos = calloc(1, sizeof(*nxos));
	struct sim_zonedb *db = &sw->fabric->zoning;

	if (!nxos)
		return np_fail_nomem(err);
	*nxos = (struct nxos){ .sw = sw,
		.release = nxos_releases,
		.vsan = (sw->fabric->index + 1) * VSAN_STEP,
		.activation_ms = ACTIVATION_MS,
		.joined = true,
		.mode = NXOS_TOP };
	while (nxos->release->name && strcmp(nxos->release->name, sw->release) != 0)
		nxos->release++;
	sw->state = nxos;
	sw->single_as_object = true;
	json_decref(db->own);
	db->own = nxos_own_new();
	db->default_beside = true;
	db->max_bytes = SPACE_BYTES;
	return db->own ? 0 : np_fail_nomem(err);
}

static void nxapi_close(struct sim_switch *sw)
{
	free(sw->state);
	sw->state = NULL;
}

static void reply_json(struct sim_reply *reply, int status, json_t *json)
{
	sim_reply_set(reply, status, JSON_TYPE, json_dumps(json, JSON_COMPACT));
	json_decref(json);
}

/* Is a session of NX-API with this cookie open? It goes on then. */
static bool knows_cookie(struct nxos *nxos, const char *header)
{
	int64_t now = nxos->sw->sim->now;
	int64_t idle = (int64_t)nxos->sw->session_idle_s * 1000;

	for (size_t i = 0; i < NXOS_COOKIES_MAX; i++) {
		struct nxos_cookie *cookie = &nxos->cookies[i];
		if (!cookie->text[0] || now - cookie->used_at > idle ||
			!strstr(header, cookie->text))
			continue;
		cookie->used_at = now;
		return true;
	}
	return false;
}

/* The longest unused one makes room. */
static void give_cookie(struct nxos *nxos, struct sim_reply *reply)
{
	struct nxos_cookie *cookie = nxos->cookies;
	char header[sizeof(cookie->text) + 32];

	for (size_t i = 1; i < NXOS_COOKIES_MAX; i++) {
		if (nxos->cookies[i].used_at < cookie->used_at)
			cookie = &nxos->cookies[i];
	}
	(void)snprintf(cookie->text, sizeof(cookie->text), "nxapi_auth=%llx",
		(unsigned long long)++nxos->last_cookie * 0x9e3779b97f4a7c15ull);
	cookie->used_at = nxos->sw->sim->now;
	(void)snprintf(header, sizeof(header), "%s; Secure; HttpOnly;", cookie->text);
	sim_reply_header(reply, "Set-Cookie", header);
}

static bool authenticate(
	struct nxos *nxos, const struct sim_request *request, struct sim_reply *reply)
{
	if (knows_cookie(nxos, request->cookie))
		return true;
	if (sim_switch_knows(nxos->sw, request->authorization)) {
		give_cookie(nxos, reply);
		return true;
	}
	sim_reply_set(reply, 401, "text/html",
		strdup("<html><head><title>401 Authorization Required</title></head></html>\n"));
	sim_reply_header(reply, "WWW-Authenticate", "Basic realm=\"Secure Zone\"");
	return false;
}

/* "a ;b ; c" as its commands; false: too many. */
static bool split(char *input, char **commands, size_t *ret_n)
{
	char *rest = NULL;
	size_t n = 0;

	for (char *part = strtok_r(input, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
		if (n == COMMANDS_MAX)
			return false;
		part += strspn(part, " \t");
		commands[n++] = part;
	}
	*ret_n = n;
	return true;
}

struct batch {
	struct nxos_shell shell;
	char *input; /* owned */
	char *commands[COMMANDS_MAX];
	size_t n;
	size_t real; /* so many are done; the rest only looks it */
};

static struct batch *batch_new(struct nxos *nxos, const char *input)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	nxos_shell_init(&batch->shell, nxos, nxos->sw->user);
	batch->input = strdup(input);
	if (!batch->input || !split(batch->input, batch->commands, &batch->n))
		batch->n = 0;
	batch->real = nxos->sw->bend == SIM_BEND_HALF ? batch->n / 2 : batch->n;
	return batch;
}

static struct batch *batch_free(struct batch *batch)
{
	if (!batch)
		return NULL;
	nxos_shell_end(&batch->shell);
	nxos_shell_done(&batch->shell);
	free(batch->input);
	free(batch);
	return NULL;
}

static void batch_freep(struct batch **batch)
{
	*batch = batch_free(*batch);
}

static void run(struct batch *batch, size_t i, bool shows)
{
	nxos_shell_run(&batch->shell, i < batch->real || shows ? batch->commands[i] : "", shows);
}

static bool failed(const struct nxos_shell *shell)
{
	return shell->outcome == NXOS_REFUSED || shell->outcome == NXOS_UNSTRUCTURED ||
	       (shell->outcome == NXOS_MISSING && shell->nxos->release->missing_is_error);
}

/* An output of ins_api, of the command that was run. */
static json_t *output_of(const struct nxos_shell *shell, const char *command)
{
	const char *text = shell->text ? shell->text : "";

	if (shell->outcome == NXOS_UNSTRUCTURED)
		return json_pack("{s:s, s:s, s:s}", "input", command, "msg",
			"Structured output unsupported", "code", "501");
	if (failed(shell))
		return json_pack("{s:s, s:s, s:s, s:s}", "input", command, "clierror", text, "msg",
			text[0] == '%' ? "Input CLI command error" : "CLI execution error", "code",
			"400");
	json_t *body = shell->body		 ? json_incref(shell->body)
		       : text[0] || shell->ascii ? json_string(text)
						 : json_object();
	return json_pack("{s:s, s:s, s:s, s:o}", "input", command, "msg", "Success", "code", "200",
		"body", body);
}

static void reply_outputs(
	struct nxos *nxos, struct sim_reply *reply, const char *type, json_t *outputs)
{
	bool one = nxos->sw->single_as_object && json_array_size(outputs) == 1;

	reply_json(reply, 200,
		json_pack("{s:{s:s, s:s, s:s, s:{s:O}}}", "ins_api", "type", type, "version", "1.0",
			"sid", "eoc", "outputs", "output",
			one ? json_array_get(outputs, 0) : outputs));
	json_decref(outputs);
}

static json_t *refusal(const char *msg, const char *code)
{
	return json_pack("[{s:s, s:s, s:s}]", "msg", msg, "code", code, "clierror", "");
}

/* Some releases read the members one after the other. */
static bool is_in_order(const json_t *message)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)message, key, value) {
		if (strcmp(key, "type") == 0)
			return true;
		if (strcmp(key, "input") == 0)
			return false;
	}
	return false;
}

/* Commands of one message, until one is refused. */
static json_t *run_all(struct nxos *nxos, const char *type, const char *input)
{
	np_auto(batch_freep) struct batch *batch = batch_new(nxos, input);
	bool shows = strcmp(type, "cli_conf") != 0;
	json_t *outputs = json_array();

	if (!batch || batch->n == 0 || (!nxos->joined && batch->n > 1)) {
		json_decref(outputs);
		return refusal("Input CLI command error", "400");
	}
	batch->shell.ascii = strcmp(type, "cli_show_ascii") == 0;
	for (size_t i = 0; i < batch->n; i++) {
		run(batch, i, shows);
		(void)json_array_append_new(outputs, output_of(&batch->shell, batch->commands[i]));
		if (failed(&batch->shell))
			break;
	}
	return outputs;
}

static void answer_ins(struct nxos *nxos, const json_t *body, struct sim_reply *reply)
{
	static const char *const types[] = { "cli_show", "cli_show_ascii", "cli_conf" };
	const json_t *message = json_object_get(body, "ins_api");
	const char *type = np_json_text(message, "type");
	bool known = false;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		known = known || strcmp(types[i], type) == 0;
	if (!known || strcmp(np_json_text(message, "output_format"), "json") != 0 ||
		(nxos->release->type_before_input && !is_in_order(message)))
		reply_outputs(nxos, reply, type, refusal("Invalid message", "400"));
	else
		reply_outputs(
			nxos, reply, type, run_all(nxos, type, np_json_text(message, "input")));
}

/* The texts of all commands of a request as one. */
static void add_text(json_t *texts, const char *text)
{
	if (text && text[0])
		(void)json_array_append_new(texts, json_string(text));
}

static json_t *join(const json_t *texts)
{
	json_t *joined = json_string(""), *text;
	size_t i;

	json_array_foreach (texts, i, text) {
		json_t *longer =
			json_sprintf("%s%s", json_string_value(joined), json_string_value(text));
		json_decref(joined);
		joined = longer;
	}
	return joined;
}

static json_t *rpc_error(const json_t *id, json_t *text)
{
	return json_pack("{s:s, s:{s:i, s:s, s:{s:o}}, s:O?}", "jsonrpc", "2.0", "error", "code",
		-32602, "message", "Invalid params", "data", "msg", text, "id", id);
}

static json_t *rpc_result(const json_t *id, json_t *result)
{
	return json_pack("{s:s, s:o, s:O?}", "jsonrpc", "2.0", "result", result, "id", id);
}

static json_t *answer_call(struct nxos *nxos, const json_t *call, bool *ret_failed)
{
	const json_t *id = json_object_get(call, "id");
	const char *command = np_json_text(json_object_get(call, "params"), "cmd");
	const char *method = np_json_text(call, "method");
	bool ascii = strcmp(method, "cli_ascii") == 0, bad = !ascii && strcmp(method, "cli") != 0;
	np_auto(batch_freep) struct batch *batch = batch_new(nxos, command);
	np_auto(np_json_decref) json_t *texts = json_array();
	json_t *body = NULL;

	for (size_t i = 0; batch && i < batch->n && !bad; i++) {
		bool shows = strncmp(batch->commands[i], "show ", 5) == 0;
		batch->shell.ascii = ascii && shows;
		run(batch, i, shows);
		bad = failed(&batch->shell);
		add_text(texts, batch->shell.text);
		json_decref(body);
		body = json_incref(batch->shell.body);
	}
	*ret_failed = *ret_failed || bad;
	json_t *text = join(texts);
	if (bad) {
		json_decref(body);
		return rpc_error(id, text);
	}
	if (body) {
		json_decref(text);
		return rpc_result(id, json_pack("{s:o}", "body", body));
	}
	bool silent = !json_string_length(text) && !ascii;
	json_t *result = silent ? json_null() : json_pack("{s:O}", "msg", text);
	json_decref(text);
	return rpc_result(id, result);
}

static void answer_rpc(struct nxos *nxos, json_t *body, struct sim_reply *reply)
{
	np_auto(np_json_decref) json_t *calls =
		json_is_array(body) ? json_incref(body) : json_pack("[O]", body);
	json_t *answers = json_array(), *call;
	bool bad = json_array_size(calls) == 0;
	size_t i;

	json_array_foreach (calls, i, call)
		(void)json_array_append_new(answers, answer_call(nxos, call, &bad));
	if (json_array_size(answers) == 1) {
		json_t *one = json_incref(json_array_get(answers, 0));
		json_decref(answers);
		answers = one;
	}
	reply_json(reply, bad ? 500 : 200, answers);
}

static int nxapi_handle(struct sim_switch *sw, const struct sim_request *request,
	struct sim_reply *reply, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	struct nxos *nxos = sw->state;

	(void)err;
	if (strcmp(request->path, "/ins") != 0) {
		sim_reply_set(reply, 404, "text/html",
			strdup("<html><head><title>404 Not Found</title></head></html>\n"));
		return 0;
	}
	if (!authenticate(nxos, request, reply))
		return 0;
	if (strcmp(request->method, "POST") != 0)
		sim_reply_set(reply, 405, NULL, NULL);
	else if (np_json_parse(request->body, request->len, &body, NULL) < 0)
		sim_reply_set(reply, 400, "text/plain", strdup("Bad Request\n"));
	else if (strstr(request->content_type, "json-rpc"))
		answer_rpc(nxos, body, reply);
	else
		answer_ins(nxos, body, reply);
	return 0;
}

static bool nxapi_writes(const struct sim_switch *sw, const struct sim_request *request)
{
	(void)sw;
	return strstr(request->content_type, "json-rpc")
		       ? !strstr(request->body, "\"show ")
		       : strstr(request->body, "cli_conf") != NULL;
}

/* Sessions of NX-API and their shells; a zone session stays. */
static void nxapi_expire(struct sim_switch *sw)
{
	struct nxos *nxos = sw->state;

	memset(nxos->cookies, 0, sizeof(nxos->cookies));
	nxos->mode = NXOS_TOP;
	nxos->dont_ask = false;
}

static int set_number(const char *value, uint64_t max, uint64_t *ret_number, struct np_err *err)
{
	int rc = sim_parse_number(value, max, ret_number, err);

	return rc == 0 && *ret_number == 0 && max == VSAN_MAX
		       ? np_fail(err, NP_INVAL, "a VSAN is 1 to %d", VSAN_MAX)
		       : rc;
}

static int set_vsan(struct nxos *nxos, const char *value, struct np_err *err)
{
	uint64_t number = 0;
	int rc = set_number(value, VSAN_MAX, &number, err);

	if (rc == 0)
		nxos->vsan = (unsigned)number;
	return rc;
}

static int set_activation(struct nxos *nxos, const char *value, struct np_err *err)
{
	uint64_t number = 0;
	int rc = set_number(value, ACTIVATION_MAX_MS, &number, err);

	if (rc == 0)
		nxos->activation_ms = (int64_t)number;
	return rc;
}

/* Settings that are on or off; @own: of the database, which is told by its name there. */
static const struct {
	const char *name, *on, *off, *own;
} switches[] = {
	{ "mode", "enhanced", "basic", "enhanced" },
	{ "smart", "on", "off", "smart" },
	{ "alias-mode", "enhanced", "basic", "alias_enhanced" },
	{ "distribute", "on", "off", "distribute" },
	{ "ask", "on", "off", NULL },
	{ "joined", "on", "off", NULL },
};

static int set_switch(struct nxos *nxos, size_t i, const char *value, struct np_err *err)
{
	bool on = false;
	int rc = sim_parse_switch(value, switches[i].on, switches[i].off, &on, err);

	if (rc < 0)
		return rc;
	if (switches[i].own)
		nxos_own_set(&nxos->sw->fabric->zoning, switches[i].own, on);
	else if (strcmp(switches[i].name, "ask") == 0)
		nxos->ask = on;
	else
		nxos->joined = on;
	return 0;
}

static int nxapi_set(struct sim_switch *sw, const char *name, const char *value, struct np_err *err)
{
	if (strcmp(name, "vsan") == 0)
		return set_vsan(sw->state, value, err);
	if (strcmp(name, "activation-ms") == 0)
		return set_activation(sw->state, value, err);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(switches[i].name, name) == 0)
			return set_switch(sw->state, i, value, err);
	}
	return -NP_NOTFOUND;
}

static void nxapi_status(const struct sim_switch *sw, json_t *line)
{
	const struct sim_zonedb *db = &sw->fabric->zoning;
	const struct nxos *nxos = sw->state;
	char owner[128];

	nxos_owner_text(db, owner, sizeof(owner));
	np_json_set_text(line, "session", owner);
	np_json_set_text(line, "alias_session",
		np_json_text(json_object_get(db->own, "alias_session"), "user"));
	np_json_set_text(line, "status", np_json_text(db->own, "status"));
	(void)json_object_set_new(line, "vsan", json_integer(nxos->vsan));
	(void)json_object_set_new(line, "enhanced", json_boolean(nxos_own_is(db, "enhanced")));
	(void)json_object_set_new(line, "smart", json_boolean(nxos_own_is(db, "smart")));
	(void)json_object_set_new(
		line, "running", json_boolean(json_object_get(db->own, "running") != NULL));
	(void)json_object_set_new(
		line, "saved", json_boolean(np_json_int(db->own, "saved") == (int64_t)db->changes));
}

const struct sim_vendor sim_vendor_nxos = {
	.name = "nxos",
	.title = "NX-OS",
	.releases = releases,
	.open = nxapi_open,
	.close = nxapi_close,
	.handle = nxapi_handle,
	.writes = nxapi_writes,
	.expire = nxapi_expire,
	.due = nxos_due,
	.set = nxapi_set,
	.status = nxapi_status,
};
