/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/fos_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "zoning/fos_error.h"
#include "zoning/fos_keys.h"

#define MEDIA "application/yang-data+json"
#define AGAIN_FIRST_MS 500 /* a throttled switch wants some 4 s (brcdapi); begin below, end above */
#define AGAIN_MAX_MS 8000
#define PATH_MAX_TEXT 256
#define SWEEP_PART 4	   /* of the time that is left, for the end of one session that was left */
#define CALL_MAX_MS 180000 /* what brocade.fos waits for a big change */
#define NO_CONTENT 204

static int64_t time_left(const struct fos_link *link)
{
	int64_t left = zone_session_left(link->session), part = link->end_ms - zone_clock_ms();

	if (!link->end_ms || left < part)
		return left;
	return part > 1 ? part : 1;
}

/* Waits unless the deadline comes first; a lane has nothing else to do. */
static bool wait_a_while(struct fos_link *link, unsigned tries)
{
	int64_t ms = AGAIN_FIRST_MS << (tries < 4 ? tries : 4);

	ms = ms < AGAIN_MAX_MS ? ms : AGAIN_MAX_MS;
	ms += (int64_t)(rand_r(&link->seed) % (unsigned)(ms / 2));
	if (time_left(link) < ms + AGAIN_FIRST_MS)
		return false;
	(void)poll(NULL, 0, (int)ms);
	return true;
}

static int64_t call_time(const struct fos_link *link)
{
	int64_t left = time_left(link);

	return left < CALL_MAX_MS ? left : CALL_MAX_MS;
}

static int call_once(struct fos_link *link, const struct np_http_request *request,
	struct np_http_reply *ret_reply, struct np_err *err)
{
	const char *headers[] = { link->authorization, NULL };
	struct np_http_request sent = *request;

	sent.headers = link->authorization[0] ? headers : NULL;
	sent.timeout_ms = call_time(link);
	return np_http_call(link->http, &sent, ret_reply, err);
}

/* 0: there is something to be read; 1: another try is due. */
static int judge(struct fos_link *link, const struct np_http_reply *reply, bool reads,
	unsigned tries, struct np_err *err)
{
	bool answers = reply->status >= 200 && reply->status < 300;

	if (answers && (!reads || json_is_object(reply->body) || reply->status == NO_CONTENT))
		return 0;
	if (reply->status < 400)
		return np_fail(err, NP_PEER, "the switch answered HTTP %ld %s", reply->status,
			answers ? "without JSON" : "and not what it was asked for");
	switch (fos_error_meaning(reply, reads, err)) {
	case FOS_MEANS_DONE:
	case FOS_MEANS_EMPTY:
		return 0;
	case FOS_MEANS_AGAIN:
		return wait_a_while(link, tries) ? 1 : -(int)err->code;
	case FOS_MEANS_EXPIRED:
		link->expired = true;
		break;
	case FOS_MEANS_ERROR:
		break;
	}
	return -(int)err->code;
}

/* *ret_reply has a body when the switch had something to say and no error; the caller's. */
static int call(struct fos_link *link, const struct np_http_request *request,
	struct np_http_reply *ret_reply, struct np_err *err)
{
	bool reads = strcmp(request->method, "GET") == 0;
	struct np_err why = { 0 };
	int rc = 1;

	for (unsigned tries = 0; rc > 0; tries++) {
		struct np_http_reply reply = { 0 };

		rc = call_once(link, request, &reply, &why);
		if (rc == 0)
			rc = judge(link, &reply, reads, tries, &why);
		if (rc != 0 || reply.status >= 400)
			np_http_reply_done(&reply);
		if (rc == 0)
			*ret_reply = reply;
	}
	if (rc < 0 && err)
		*err = why;
	return rc;
}

/* Did the switch end the session? One that it does not know has ended, too; a busy switch is asked again. */
static bool end_session(struct fos_link *link)
{
	struct np_http_request request = { .method = "POST", .path = "/rest/logout" };

	for (unsigned tries = 0;; tries++) {
		struct np_http_reply reply = { 0 };
		if (call_once(link, &request, &reply, NULL) < 0)
			return false;
		long status = reply.status;
		bool again =
			status >= 400 && fos_error_meaning(&reply, false, NULL) == FOS_MEANS_AGAIN;
		np_http_reply_done(&reply);
		if (!again || !wait_a_while(link, tries))
			return !again && status < 500;
	}
}

static void log_out(struct fos_link *link)
{
	if (link->authorization[0] && end_session(link))
		fos_keys_drop(link->session->keep_path, link->authorization);
	explicit_bzero(link->authorization, sizeof link->authorization);
}

/* A session that was left has its transaction with it: both end here, now or when the next job begins. */
static void sweep(struct fos_link *link)
{
	np_auto(fos_keys_wipe) struct fos_keys keys;

	fos_keys_read(link->session->keep_path, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		link->end_ms = zone_clock_ms() + zone_session_left(link->session) / SWEEP_PART;
		(void)snprintf(link->authorization, sizeof link->authorization, "%s", keys.text[i]);
		log_out(link);
	}
	link->end_ms = 0;
}

static int log_in(struct fos_link *link, struct np_err *err)
{
	struct np_http_request request = { .method = "POST", .path = "/rest/login", .basic = true };
	struct np_http_reply reply = { 0 };

	explicit_bzero(link->authorization, sizeof link->authorization);
	int rc = call(link, &request, &reply, err);
	if (rc < 0)
		return np_wrap(err, rc, "login");
	if (!reply.kept[0])
		rc = np_fail(
			err, NP_PEER, "login: the switch's answer to the login has no session key");
	else
		(void)snprintf(link->authorization, sizeof link->authorization, "Authorization: %s",
			reply.kept);
	np_http_reply_done(&reply);
	explicit_bzero(reply.kept, sizeof reply.kept);
	if (rc == 0)
		fos_keys_add(link->session->keep_path, link->authorization);
	return rc;
}

/* A session that has ended is begun anew, since reading needs nothing of it. *ret: NULL when there is nothing. */
static int get(struct fos_link *link, const char *path, json_t **ret, struct np_err *err)
{
	struct np_http_request request = { .method = "GET", .path = path };
	struct np_http_reply reply = { 0 };

	link->expired = false;
	int rc = call(link, &request, &reply, err);
	if (rc < 0 && link->expired) {
		fos_keys_drop(link->session->keep_path, link->authorization);
		rc = log_in(link, err);
		if (rc == 0)
			rc = call(link, &request, &reply, err);
	}
	if (rc < 0)
		return rc;
	*ret = json_incref(reply.body);
	np_http_reply_done(&reply);
	return 0;
}

/* The virtual fabric is a number or nothing: FOS misbehaves when anything else is sent (brcdapi). */
static void uri(const struct fos_link *link, const char *module, const char *container,
	char ret_path[static PATH_MAX_TEXT])
{
	char vf[32] = "";

	if (link->session->endpoint->context > 0)
		(void)snprintf(
			vf, sizeof vf, "?vf-id=%lld", (long long)link->session->endpoint->context);
	(void)snprintf(ret_path, PATH_MAX_TEXT, "/rest/running/%s/%s%s", module, container, vf);
}

static const char *zone_module(const struct fos_link *link)
{
	return link->old_uris ? "zoning" : "brocade-zone";
}

int fos_link_get(struct fos_link *link, const char *container, json_t **ret, struct np_err *err)
{
	char path[PATH_MAX_TEXT];

	uri(link, zone_module(link), container, path);
	return np_wrap(err, get(link, path, ret, err), "GET %s", container);
}

int fos_link_names(struct fos_link *link, json_t **ret, struct np_err *err)
{
	char path[PATH_MAX_TEXT];

	uri(link, "brocade-name-server", "fibrechannel-name-server", path);
	return np_wrap(err, get(link, path, ret, err), "GET the name server");
}

int fos_link_send(struct fos_link *link, const char *method, const char *container,
	const json_t *body, struct np_err *err)
{
	struct np_http_reply reply = { 0 };
	char path[PATH_MAX_TEXT];

	uri(link, zone_module(link), container, path);
	struct np_http_request request = { .method = method, .path = path, .body = body };
	int rc = call(link, &request, &reply, err);
	if (rc == 0)
		np_http_reply_done(&reply);
	return np_wrap(err, rc, "%s %s", method, container);
}

static const json_t *container_of(const json_t *body, const char *name)
{
	const json_t *response = json_object_get(body, "Response");

	return json_object_get(response ? response : body, name);
}

/* The objects of a list, whose only one may come without the list. */
static const json_t *item(const json_t *list, size_t i)
{
	if (json_is_array(list))
		return json_array_get(list, i);
	return i == 0 ? list : NULL;
}

static bool has_text(const json_t *list, const char *text)
{
	const json_t *one;

	for (size_t i = 0; (one = item(list, i)); i++)
		if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}

/*
 * Since 8.2.1b brocade-module-version, which is the chassis', lists the modules with their URIs; a switch without it has the
 * old ones. It is the only place that a virtual fabric has no part in.
 */
static int find_uris(struct fos_link *link, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	const json_t *module;
	struct np_err why = { 0 };
	int rc = get(link, "/rest/running/brocade-module-version", &body, &why);

	link->old_uris = true;
	if (rc < 0 && why.code != NP_UNSUPPORTED) {
		if (err)
			*err = why;
		return np_wrap(err, rc, "GET brocade-module-version");
	}
	const json_t *modules =
		json_object_get(container_of(body, "brocade-module-version"), "module");
	for (size_t i = 0; (module = item(modules, i)); i++) {
		if (strcmp(np_json_text(module, "name"), "brocade-zone") != 0)
			continue;
		link->old_uris = false;
		link->has_lock =
			has_text(json_object_get(json_object_get(module, "objects"), "object"),
				"fabric-lock");
	}
	return 0;
}

/* For people and for the record; a switch that does not tell is none the worse. */
static void find_release(struct fos_link *link)
{
	np_auto(np_json_decref) json_t *body = NULL;
	char path[PATH_MAX_TEXT];

	uri(link, link->old_uris ? "switch" : "brocade-fibrechannel-switch", "fibrechannel-switch",
		path);
	if (get(link, path, &body, NULL) < 0)
		return;
	(void)snprintf(link->release, sizeof link->release, "%.15s",
		np_json_text(
			item(container_of(body, "fibrechannel-switch"), 0), "firmware-version"));
}

int fos_link_open(struct fos_link *ret_link, const struct zone_session *session, struct np_err *err)
{
	const struct zone_endpoint *endpoint = session->endpoint;
	struct fos_link link = { .session = session, .seed = (unsigned)zone_clock_ms() };
	int rc = np_http_new_spec(&link.http,
		&(struct np_http_spec){ .server = endpoint->url,
			.ca_file = endpoint->ca_file,
			.fingerprint = endpoint->fingerprint,
			.user = session->credential->user,
			.secret = session->credential->secret,
			.media_type = MEDIA,
			.accept = MEDIA,
			.keep = "Authorization" },
		err);

	if (rc < 0)
		return rc;
	sweep(&link);
	rc = log_in(&link, err);
	if (rc == 0)
		rc = find_uris(&link, err);
	if (rc == 0)
		find_release(&link);
	if (rc < 0)
		fos_link_close(&link);
	else
		*ret_link = link;
	return rc;
}

void fos_link_close(struct fos_link *link)
{
	log_out(link);
	link->http = np_http_free(link->http);
}
