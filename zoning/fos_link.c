/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/fos_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "zoning/fos_error.h"

#define MEDIA "application/yang-data+json"
#define AGAIN_FIRST_MS 500 /* a throttled switch wants some 4 s (brcdapi); begin below, end above */
#define AGAIN_MAX_MS 8000
#define PATH_MAX_TEXT 256
#define CALL_MAX_MS 180000 /* what brocade.fos waits for a big change */

/* Waits unless the deadline comes first; a lane has nothing else to do. */
static bool wait_a_while(struct fos_link *link, unsigned tries)
{
	int64_t ms = AGAIN_FIRST_MS << (tries < 4 ? tries : 4);

	ms = ms < AGAIN_MAX_MS ? ms : AGAIN_MAX_MS;
	ms += (int64_t)(rand_r(&link->seed) % (unsigned)(ms / 2));
	if (zone_session_left(link->session) < ms + AGAIN_FIRST_MS)
		return false;
	(void)poll(NULL, 0, (int)ms);
	return true;
}

static int64_t call_time(const struct fos_link *link)
{
	int64_t left = zone_session_left(link->session);

	return left < CALL_MAX_MS ? left : CALL_MAX_MS;
}

static int call_once(struct fos_link *link, struct np_http_request *request,
	struct np_http_reply *ret_reply, struct np_err *err)
{
	const char *headers[] = { link->authorization, NULL };

	request->headers = link->authorization[0] ? headers : NULL;
	request->timeout_ms = call_time(link);
	int rc = np_http_call(link->http, request, ret_reply, err);
	request->headers = NULL;
	return rc;
}

/* *ret_body: a new reference, NULL when the reply is empty or says that there is nothing. */
static int call(struct fos_link *link, struct np_http_request *request, json_t **ret_body,
	struct np_err *err)
{
	for (unsigned tries = 0;; tries++) {
		struct np_http_reply reply = { 0 };
		int rc = call_once(link, request, &reply, err);
		enum fos_meaning meaning;

		if (rc < 0)
			return rc;
		meaning = reply.status < 400 ? FOS_MEANS_DONE : fos_error_meaning(&reply, err);
		if (ret_body)
			*ret_body = reply.status < 400 ? json_incref(reply.body) : NULL;
		np_http_reply_done(&reply);
		if (meaning == FOS_MEANS_DONE || meaning == FOS_MEANS_EMPTY)
			return 0;
		if (meaning == FOS_MEANS_ERROR || !wait_a_while(link, tries))
			return -(int)(err ? err->code : NP_PEER);
	}
}

/* The virtual fabric is a number or nothing: FOS misbehaves when anything else is sent (brcdapi). */
static void uri(const struct fos_link *link, const char *module, const char *container,
	char ret_path[static PATH_MAX_TEXT])
{
	char vf[32] = "";

	if (link->session->endpoint->context > 0)
		(void)snprintf(
			vf, sizeof vf, "?vf-id=%lld", (long long)link->session->endpoint->context);
	(void)snprintf(ret_path, PATH_MAX_TEXT, "/rest/running/%s%s%s%s", module,
		*container ? "/" : "", container, vf);
}

static const char *zone_module(const struct fos_link *link)
{
	return link->old_uris ? "zoning" : "brocade-zone";
}

int fos_link_get(struct fos_link *link, const char *container, json_t **ret, struct np_err *err)
{
	char path[PATH_MAX_TEXT];

	uri(link, zone_module(link), container, path);
	struct np_http_request request = { .method = "GET", .path = path };
	return np_wrap(err, call(link, &request, ret, err), "GET %s", container);
}

int fos_link_names(struct fos_link *link, json_t **ret, struct np_err *err)
{
	char path[PATH_MAX_TEXT];

	uri(link, "brocade-name-server", "fibrechannel-name-server", path);
	struct np_http_request request = { .method = "GET", .path = path };
	return np_wrap(err, call(link, &request, ret, err), "GET the name server");
}

int fos_link_send(struct fos_link *link, const char *method, const char *container,
	const json_t *body, struct np_err *err)
{
	char path[PATH_MAX_TEXT];

	uri(link, zone_module(link), container, path);
	struct np_http_request request = { .method = method, .path = path, .body = body };
	return np_wrap(err, call(link, &request, NULL, err), "%s %s", method, container);
}

/* The key of the session that an earlier lane left, if any. */
static void take_left_key(const struct fos_link *link, char *key, size_t size)
{
	np_auto(np_free) char *text = NULL;

	key[0] = '\0';
	if (!link->session->keep_path[0] ||
		np_file_read(AT_FDCWD, link->session->keep_path, size - 1, &text, NULL) < 0)
		return;
	(void)snprintf(key, size, "%s", text);
}

static void keep_key(const struct fos_link *link)
{
	const char *path = link->session->keep_path;
	size_t len = strlen(link->authorization);

	if (*path)
		(void)unlink(path);
	np_auto(np_close) int fd =
		*path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

	if (fd >= 0 && write(fd, link->authorization, len) != (ssize_t)len)
		(void)unlink(path);
}

static void log_out(struct fos_link *link)
{
	struct np_http_request request = { .method = "POST", .path = "/rest/logout" };
	struct np_http_reply reply = { 0 };

	if (!link->authorization[0])
		return;
	if (call_once(link, &request, &reply, NULL) == 0 && reply.status < 500 &&
		link->session->keep_path[0])
		(void)unlink(link->session->keep_path);
	np_http_reply_done(&reply);
	explicit_bzero(link->authorization, sizeof link->authorization);
}

/* A session that was left has its transaction with it: both end here. */
static void sweep(struct fos_link *link)
{
	take_left_key(link, link->authorization, sizeof link->authorization);
	log_out(link);
}

static int log_in(struct fos_link *link, struct np_err *err)
{
	struct np_http_request request = { .method = "POST", .path = "/rest/login", .basic = true };

	for (unsigned tries = 0;; tries++) {
		struct np_http_reply reply = { 0 };
		enum fos_meaning meaning = FOS_MEANS_DONE;
		int rc = call_once(link, &request, &reply, err);

		if (rc < 0)
			return rc;
		if (reply.status >= 400)
			meaning = fos_error_meaning(&reply, err);
		else if (!reply.kept[0])
			rc = np_fail(err, NP_PEER,
				"the switch's answer to the login has no session key");
		else
			(void)snprintf(link->authorization, sizeof link->authorization,
				"Authorization: %s", reply.kept);
		np_http_reply_done(&reply);
		if (meaning == FOS_MEANS_DONE)
			return rc;
		if (meaning != FOS_MEANS_AGAIN || !wait_a_while(link, tries))
			return -(int)(err ? err->code : NP_PEER);
	}
}

static const json_t *container_of(const json_t *body, const char *name)
{
	const json_t *response = json_object_get(body, "Response");

	return json_object_get(response ? response : body, name);
}

/* brocade-module-version lists the URIs since 8.2.1b; a switch without it has the old ones. */
static int find_uris(struct fos_link *link, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	struct np_err why = { 0 };
	struct np_http_request request = { .method = "GET",
		.path = "/rest/running/brocade-module-version" };
	int rc = call(link, &request, &body, &why);

	if (rc < 0 && why.code != NP_UNSUPPORTED)
		return np_fail(err, why.code, "%s", why.msg);
	const json_t *modules =
		json_object_get(container_of(body, "brocade-module-version"), "module");
	size_t i;
	const json_t *module;
	link->old_uris = true;
	json_array_foreach (modules, i, module) {
		np_auto(np_free) char *text = NULL;
		if (strcmp(np_json_text(module, "name"), "brocade-zone") != 0)
			continue;
		text = json_dumps(json_object_get(module, "objects"), JSON_ENCODE_ANY);
		link->old_uris = false;
		link->has_lock = text && strstr(text, "fabric-lock");
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
	struct np_http_request request = { .method = "GET", .path = path };
	if (call(link, &request, &body, NULL) < 0)
		return;
	const json_t *list = container_of(body, "fibrechannel-switch");
	const json_t *one = json_is_array(list) ? json_array_get(list, 0) : list;
	(void)snprintf(link->release, sizeof link->release, "%.15s",
		np_json_text(one, "firmware-version"));
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
	if (rc == 0) {
		keep_key(&link);
		rc = find_uris(&link, err);
	}
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
