/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/switch.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/wwn.h"
#include "lab/command.h"

#define WRITE_MAX_MS 60000
#define SESSIONS_MAX 10 /* what mgmtapp takes */
#define IDLE_MAX_S 86400
#define VF_MAX 128

static const struct sim_vendor *vendor_named(const char *name)
{
	for (const struct sim_vendor *const *vendor = sim_vendors; *vendor; vendor++) {
		if (strcmp((*vendor)->name, name) == 0)
			return *vendor;
	}
	return NULL;
}

static int find_release(const struct sim_vendor *vendor, const char *name, const char **ret_release,
	struct np_err *err)
{
	if (!name) {
		*ret_release = vendor->releases[0];
		return 0;
	}
	for (const char *const *release = vendor->releases; *release; release++) {
		if (strcmp(*release, name) == 0) {
			*ret_release = *release;
			return 0;
		}
	}
	return np_fail(err, NP_INVAL, "%s has no release '%.30s' here: the newest is %s",
		vendor->title, name, vendor->releases[0]);
}

static int check_spec(const struct sim *sim, const struct sim_switch_spec *spec, struct np_err *err)
{
	struct sim_switch *there;

	if (sim_switch_find(sim, spec->fabric, &there, NULL) == 0)
		return np_fail(err, NP_EXISTS, "fabric %s has a switch already", spec->fabric);
	if (!vendor_named(spec->vendor))
		return np_fail(
			err, NP_INVAL, "'%.30s' is no kind of switch: fos, nxos", spec->vendor);
	if (!spec->cert != !spec->key)
		return np_fail(err, NP_INVAL, "TLS needs both: cert FILE and key FILE");
	if (spec->port > UINT16_MAX)
		return np_fail(err, NP_INVAL, "%u is no port", spec->port);
	return 0;
}

static int start(struct sim_switch *sw, const struct sim_switch_spec *spec, struct np_err *err)
{
	int rc = sim_fabric_find(sw->sim, spec->fabric, &sw->fabric, err);

	if (rc == 0)
		rc = find_release(sw->vendor, spec->release, &sw->release, err);
	if (rc == 0)
		rc = sw->vendor->open(sw, err);
	if (rc == 0 && sw->sim->listen)
		rc = sw->sim->listen(sw->sim->listener, sw, spec, err);
	return rc;
}

int sim_switch_add(struct sim *sim, const struct sim_switch_spec *spec, struct sim_switch **ret_sw,
	struct np_err *err)
{
	int rc = check_spec(sim, spec, err);

	if (rc < 0)
		return rc;
	struct sim_switch *sw = calloc(1, sizeof(*sw));
	if (!sw)
		return np_fail_nomem(err);
	*sw = (struct sim_switch){ .sim = sim,
		.vendor = vendor_named(spec->vendor),
		.port = spec->port,
		.tls = spec->cert != NULL,
		.due = SIM_NEVER,
		.sessions_max = 3,
		.session_idle_s = 7200 };
	(void)snprintf(sw->user, sizeof(sw->user), "%s", spec->user ? spec->user : "admin");
	(void)snprintf(sw->password, sizeof(sw->password), "%s",
		spec->password ? spec->password : "password");
	np_list_init(&sw->faults);
	np_list_append(&sim->switches, &sw->in_sim);
	rc = start(sw, spec, err);
	if (rc < 0) {
		sim_switch_free(sw);
		return rc;
	}
	*ret_sw = sw;
	return 0;
}

int sim_switch_find(
	const struct sim *sim, const char *fabric, struct sim_switch **ret_sw, struct np_err *err)
{
	struct sim_fabric *found;

	int rc = sim_fabric_find(sim, fabric, &found, err);
	if (rc < 0)
		return rc;
	np_list_foreach (sw, &sim->switches, struct sim_switch, in_sim) {
		if (sw->fabric == found) {
			*ret_sw = sw;
			return 0;
		}
	}
	return np_fail(err, NP_NOTFOUND, "fabric %s has no switch: switch add %s fos 0",
		found->name, found->name);
}

struct sim_switch *sim_switch_free(struct sim_switch *sw)
{
	if (!sw)
		return NULL;
	sim_switch_faults_clear(sw);
	sw->vendor->close(sw);
	np_list_remove(&sw->in_sim);
	free(sw);
	return NULL;
}

static int set_single(struct sim_switch *sw, const char *value, struct np_err *err)
{
	return sim_parse_switch(value, "object", "list", &sw->single_as_object, err);
}

static int set_number(unsigned *ret, const char *value, uint64_t max, struct np_err *err)
{
	uint64_t number;

	int rc = sim_parse_number(value, max, &number, err);
	if (rc == 0)
		*ret = (unsigned)number;
	return rc;
}

static int set_write(struct sim_switch *sw, const char *value, struct np_err *err)
{
	unsigned ms;

	int rc = set_number(&ms, value, WRITE_MAX_MS, err);
	if (rc == 0)
		sw->write_ms = ms;
	return rc;
}

static int set_sessions(struct sim_switch *sw, const char *value, struct np_err *err)
{
	return set_number(&sw->sessions_max, value, SESSIONS_MAX, err);
}

static int set_idle(struct sim_switch *sw, const char *value, struct np_err *err)
{
	return set_number(&sw->session_idle_s, value, IDLE_MAX_S, err);
}

static int set_vf(struct sim_switch *sw, const char *value, struct np_err *err)
{
	return set_number(&sw->vf_id, value, VF_MAX, err);
}

static int set_space(struct sim_switch *sw, const char *value, struct np_err *err)
{
	uint64_t bytes;

	int rc = sim_parse_number(value, INT32_MAX, &bytes, err);
	if (rc == 0)
		sw->fabric->zoning.max_bytes = (int64_t)bytes;
	return rc;
}

static const struct {
	const char *name;
	int (*set)(struct sim_switch *sw, const char *value, struct np_err *err);
} settings[] = {
	{ "write-ms", set_write },
	{ "sessions", set_sessions },
	{ "idle-s", set_idle },
	{ "vf-id", set_vf },
	{ "single", set_single },
	{ "space", set_space },
};

int sim_switch_set(struct sim_switch *sw, const char *name, const char *value, struct np_err *err)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].set(sw, value, err);
	}
	int rc = sw->vendor->set ? sw->vendor->set(sw, name, value, err) : -NP_NOTFOUND;
	if (rc != -NP_NOTFOUND)
		return rc;
	return np_fail(err, NP_INVAL,
		"%s has no setting '%.30s': write-ms, sessions, idle-s, vf-id, single, space",
		sw->vendor->title, name);
}

json_t *sim_switch_line(const struct sim_switch *sw)
{
	json_t *faults = json_array();
	json_t *line = json_pack("{s:s, s:s, s:s, s:i, s:b, s:I, s:I, s:i, s:o}", "fabric",
		sw->fabric->name, "vendor", sw->vendor->name, "release", sw->release, "port",
		(int)sw->port, "tls", sw->tls, "requests", (json_int_t)sw->requests, "faulted",
		(json_int_t)sw->faulted, "held", (int)sw->held, "faults", faults);

	np_list_foreach (fault, &sw->faults, struct sim_switch_fault, in_switch)
		(void)json_array_append_new(faults, sim_switch_fault_line(fault));
	if (line && sw->vendor->status)
		sw->vendor->status(sw, line);
	return line;
}

static void wait_until(struct sim_switch *sw, struct sim_switch_call *call, int64_t ms, bool holds)
{
	call->until = ms == SIM_NEVER ? SIM_NEVER : sw->sim->now + ms;
	call->releases = sw->releases;
	call->holds = holds;
	sw->held += holds;
}

static void stop_waiting(struct sim_switch *sw, struct sim_switch_call *call)
{
	sw->held -= call->holds;
	call->holds = false;
}

void sim_switch_begin(
	struct sim_switch *sw, const struct sim_request *request, struct sim_switch_call *ret_call)
{
	bool writes = sw->vendor->writes(sw, request);

	*ret_call = (struct sim_switch_call){ .number = ++sw->requests };
	sim_switch_fault_take(sw, request, &ret_call->fault);
	enum sim_trouble trouble = ret_call->fault.trouble;
	if (trouble == SIM_TROUBLE_HANG_BEFORE ||
		(trouble == SIM_TROUBLE_SLOW && sw->vendor->slow_waits))
		wait_until(sw, ret_call, ret_call->fault.ms, true);
	else
		wait_until(sw, ret_call, writes ? sw->write_ms : 0, false);
}

bool sim_switch_waited(const struct sim_switch *sw, const struct sim_switch_call *call)
{
	return sw->sim->now >= call->until || (call->holds && call->releases != sw->releases);
}

/* What another administrator does just before the request. */
static void meddle(struct sim_switch *sw, const struct sim_switch_fault *fault)
{
	const struct sim_zone_client other = { fault->user, "192.0.2.7", fault->application,
		"telnet", 0 };

	if (fault->trouble == SIM_TROUBLE_LOCK)
		(void)sim_zonedb_lock(sw->sim, &sw->fabric->zoning, &other, fault->ms, NULL);
	if (fault->trouble == SIM_TROUBLE_CHANGE)
		(void)sim_zonedb_intrude(sw->sim, sw->fabric, NULL);
	if (fault->trouble == SIM_TROUBLE_EXPIRE && sw->vendor->expire)
		sw->vendor->expire(sw);
}

static enum sim_bend bend_of(enum sim_trouble trouble)
{
	static const enum sim_bend bends[SIM_TROUBLES] = {
		[SIM_TROUBLE_BUSY] = SIM_BEND_BUSY,
		[SIM_TROUBLE_FULL] = SIM_BEND_FULL,
		[SIM_TROUBLE_SLOW] = SIM_BEND_SLOW,
		[SIM_TROUBLE_HALF] = SIM_BEND_HALF,
	};

	return bends[trouble];
}

static void handle(struct sim_switch *sw, const struct sim_request *request,
	const struct sim_switch_fault *fault, struct sim_reply *reply)
{
	sw->bend = bend_of(fault->trouble);
	sw->slow_ms = sw->bend == SIM_BEND_SLOW ? fault->ms : 0;
	if (sw->vendor->handle(sw, request, reply, NULL) < 0) {
		sim_reply_done(reply);
		sim_reply_set(reply, 500, "text/plain", NULL);
	}
	sw->bend = SIM_BEND_NONE;
	sw->slow_ms = 0;
}

/* Says that it worked, and puts everything back as it was. */
static void handle_deaf(struct sim_switch *sw, const struct sim_request *request,
	const struct sim_switch_fault *fault, struct sim_reply *reply)
{
	struct sim_zonedb before;

	if (sim_zonedb_copy(&sw->fabric->zoning, &before, NULL) < 0)
		return;
	handle(sw, request, fault, reply);
	if (reply->status < 300)
		sim_zonedb_restore(sw->sim, sw->fabric, &before);
	sim_zonedb_done(&before);
}

static void refuse_503(struct sim_reply *reply)
{
	sim_reply_set(reply, 503, "text/html",
		strdup("<html><head><title>503 Service Unavailable</title></head></html>\n"));
}

void sim_switch_answer(struct sim_switch *sw, const struct sim_request *request,
	struct sim_switch_call *call, struct sim_reply *ret_reply)
{
	const struct sim_switch_fault *fault = &call->fault;
	enum sim_trouble trouble = fault->trouble;
	bool dropped = call->holds && call->releases != sw->releases && sw->dropped;

	stop_waiting(sw, call);
	wait_until(sw, call, 0, false);
	*ret_reply = (struct sim_reply){ .close = dropped || trouble == SIM_TROUBLE_KILL };
	if (ret_reply->close)
		return;
	meddle(sw, fault);
	if (trouble == SIM_TROUBLE_503)
		refuse_503(ret_reply);
	else if (trouble == SIM_TROUBLE_DEAF)
		handle_deaf(sw, request, fault, ret_reply);
	else
		handle(sw, request, fault, ret_reply);
	ret_reply->send = trouble == SIM_TROUBLE_CUT ? ret_reply->len / 2 : ret_reply->len;
	/* A reply without a body cannot be cut: it does not come at all. */
	ret_reply->close =
		trouble == SIM_TROUBLE_LOST || (trouble == SIM_TROUBLE_CUT && ret_reply->len < 2);
	wait_until(sw, call, trouble == SIM_TROUBLE_HANG_AFTER ? fault->ms : 0,
		trouble == SIM_TROUBLE_HANG_AFTER);
}

void sim_switch_end(struct sim_switch *sw, struct sim_switch_call *call)
{
	stop_waiting(sw, call);
}

void sim_reply_done(struct sim_reply *reply)
{
	free(reply->body);
	*reply = (struct sim_reply){ 0 };
}

void sim_reply_set(struct sim_reply *reply, int status, const char *type, char *text)
{
	free(reply->body);
	reply->status = status;
	reply->type = type;
	reply->body = text;
	reply->len = text ? strlen(text) : 0;
}

void sim_reply_header(struct sim_reply *reply, const char *name, const char *value)
{
	for (size_t i = 0; i < SIM_SWITCH_HEADERS_MAX; i++) {
		struct sim_header *header = &reply->headers[i];
		if (header->name[0])
			continue;
		(void)snprintf(header->name, sizeof(header->name), "%s", name);
		(void)snprintf(header->value, sizeof(header->value), "%s", value);
		return;
	}
}

static int hex(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return found ? (int)(found - digits) : -1;
}

static void unescape(const char *from, size_t len, char *ret, size_t size)
{
	size_t out = 0;

	for (size_t i = 0; i < len && out + 1 < size; i++) {
		int high = from[i] == '%' && i + 2 < len ? hex(from[i + 1]) : -1;
		int low = high >= 0 ? hex(from[i + 2]) : -1;
		ret[out++] = low >= 0 ? (char)(high << 4 | low) : from[i];
		i += low >= 0 ? 2 : 0;
	}
	ret[out] = '\0';
}

bool sim_query(const struct sim_request *request, const char *name, char *ret, size_t size)
{
	size_t len = strlen(name);

	for (const char *at = request->query; *at; at += strcspn(at, "&"), at += *at == '&') {
		if (strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		unescape(at + len + 1, strcspn(at + len + 1, "&"), ret, size);
		return true;
	}
	return false;
}

void sim_base64(const char *text, char *ret, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text), out = 0;

	for (size_t i = 0; i < len && out + 5 <= size; i += 3) {
		size_t left = len - i;
		unsigned bits = (unsigned)(unsigned char)text[i] << 16;
		if (left > 1)
			bits |= (unsigned)(unsigned char)text[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text[i + 2];
		ret[out++] = digits[bits >> 18];
		ret[out++] = digits[bits >> 12 & 63];
		ret[out++] = left > 1 ? digits[bits >> 6 & 63] : '=';
		ret[out++] = left > 2 ? digits[bits & 63] : '=';
	}
	ret[out] = '\0';
}

bool sim_switch_knows(const struct sim_switch *sw, const char *authorization)
{
	char plain[sizeof(sw->user) + sizeof(sw->password) + 1], wanted[SIM_BASIC_MAX] = "Basic ";

	(void)snprintf(plain, sizeof(plain), "%s:%s", sw->user, sw->password);
	sim_base64(plain, wanted + 6, sizeof(wanted) - 6);
	return strcmp(authorization, wanted) == 0;
}
