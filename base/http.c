/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/http.h"

#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include <curl/curl.h>

#define CONNECT_MS 10000
#define REPLY_FIRST_BYTES 4096
#define SERVER_MAX 256 /* of the server's address */
#define REQUEST_TARGET_MAX 8192

struct np_http {
	CURL *curl;
	char server[SERVER_MAX]; /* the socket's path or the URL, without a slash at the end */
	bool local;		 /* it is a socket's path */
	bool cookies;
	/* Of the spec; NULL: not given. Owned. */
	char *ca_file, *fingerprint, *user, *secret, *user_agent, *media_type, *accept, *keep;
	char why[CURL_ERROR_SIZE];
};

/* One reply as it comes in. */
struct intake {
	char *text;
	size_t len, cap;
	bool too_big;
	const char *keep; /* of the spec, or NULL */
	struct np_http_reply reply;
};

/* Names are compared without their case, like those of all headers. */
static const struct {
	const char *name;
	size_t offset, size;
} kept_headers[] = {
	{ "location:", offsetof(struct np_http_reply, location),
		sizeof(((struct np_http_reply *)0)->location) },
	{ "etag:", offsetof(struct np_http_reply, etag),
		sizeof(((struct np_http_reply *)0)->etag) },
};

static const struct {
	CURLcode curl;
	enum np_code code;
} failures[] = {
	{ CURLE_URL_MALFORMAT, NP_INVAL },
	{ CURLE_COULDNT_RESOLVE_HOST, NP_UNREACHABLE },
	{ CURLE_COULDNT_RESOLVE_PROXY, NP_UNREACHABLE },
	{ CURLE_COULDNT_CONNECT, NP_UNREACHABLE },
	{ CURLE_OPERATION_TIMEDOUT, NP_TIMEOUT },
	{ CURLE_OUT_OF_MEMORY, NP_NOMEM },
	{ CURLE_SSL_CACERT_BADFILE, NP_INVAL },
};

static int set_socket(struct np_http *http, const char *path, struct np_err *err)
{
	if (path[0] != '/' || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return np_fail(err, NP_INVAL,
			"'%.120s' is not the absolute path of a socket, or it is too long", path);
	(void)snprintf(http->server, sizeof http->server, "%s", path);
	http->local = true;
	return 0;
}

static int set_url(struct np_http *http, const char *url, struct np_err *err)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	if (len >= sizeof http->server)
		return np_fail(err, NP_INVAL, "the server's URL is over %zu bytes",
			sizeof http->server - 1);
	(void)snprintf(http->server, sizeof http->server, "%.*s", (int)len, url);
	return 0;
}

static int set_server(struct np_http *http, const char *server, struct np_err *err)
{
	if (strncmp(server, "unix:", 5) == 0)
		return set_socket(http, server + 5, err);
	if (server[0] == '/')
		return set_socket(http, server, err);
	if (strncasecmp(server, "http://", 7) == 0 || strncasecmp(server, "https://", 8) == 0)
		return set_url(http, server, err);
	return np_fail(err, NP_INVAL,
		"'%.120s' is no server: unix:PATH, the path of a socket, or an https URL", server);
}

static int copy_texts(struct np_http *http, const struct np_http_spec *spec, struct np_err *err)
{
	const struct {
		const char *from;
		char **to;
	} rows[] = {
		{ spec->ca_file, &http->ca_file },
		{ spec->fingerprint, &http->fingerprint },
		{ spec->user, &http->user },
		{ spec->secret, &http->secret },
		{ spec->user_agent, &http->user_agent },
		{ spec->media_type, &http->media_type },
		{ spec->accept, &http->accept },
		{ spec->keep, &http->keep },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].from || !*rows[i].from)
			continue;
		*rows[i].to = strdup(rows[i].from);
		if (!*rows[i].to)
			return np_fail_nomem(err);
	}
	http->cookies = spec->cookies;
	return 0;
}

int np_http_new_spec(struct np_http **ret_http, const struct np_http_spec *spec, struct np_err *err)
{
	np_auto(np_http_freep) struct np_http *http = calloc(1, sizeof *http);

	if (!http)
		return np_fail_nomem(err);
	int rc = set_server(http, spec->server, err);
	if (rc == 0)
		rc = copy_texts(http, spec, err);
	if (rc == 0 && http->fingerprint && strncmp(http->fingerprint, "sha256//", 8) != 0)
		rc = np_fail(err, NP_INVAL,
			"'%.100s' is no fingerprint: sha256//BASE64 of the public key",
			http->fingerprint);
	if (rc < 0)
		return rc;
	http->curl = curl_easy_init();
	if (!http->curl)
		return np_fail_nomem(err);
	*ret_http = np_take(http);
	return 0;
}

int np_http_new(struct np_http **ret_http, const char *server, struct np_err *err)
{
	return np_http_new_spec(ret_http, &(struct np_http_spec){ .server = server }, err);
}

struct np_http *np_http_free(struct np_http *http)
{
	if (!http)
		return NULL;
	curl_easy_cleanup(http->curl);
	if (http->secret)
		explicit_bzero(http->secret, strlen(http->secret));
	free(http->ca_file);
	free(http->fingerprint);
	free(http->user);
	free(http->secret);
	free(http->user_agent);
	free(http->media_type);
	free(http->accept);
	free(http->keep);
	free(http);
	return NULL;
}

static void intake_done(struct intake *intake)
{
	free(intake->text);
	np_http_reply_done(&intake->reply);
}

static size_t take_body(char *data, size_t size, size_t n, void *user)
{
	struct intake *intake = user;
	size_t more = size * n;
	size_t cap = intake->cap ? intake->cap : REPLY_FIRST_BYTES;

	if (more > NP_HTTP_REPLY_MAX - intake->len) {
		intake->too_big = true;
		return 0;
	}
	while (cap < intake->len + more)
		cap *= 2;
	if (cap > intake->cap) {
		char *text = realloc(intake->text, cap);
		if (!text)
			return 0;
		intake->text = text;
		intake->cap = cap;
	}
	memcpy(intake->text + intake->len, data, more);
	intake->len += more;
	return more;
}

/* The value of a header line (not NUL-terminated) of this name; longer ones are left out. */
static void keep_header(const char *line, size_t len, const char *name, char *ret, size_t size)
{
	size_t start = strlen(name), end = len;

	if (len < start || strncasecmp(line, name, start) != 0)
		return;
	while (start < end && strchr(" \t", line[start]))
		start++;
	while (end > start && strchr(" \t\r\n", line[end - 1]))
		end--;
	if (end - start < size)
		(void)snprintf(ret, size, "%.*s", (int)(end - start), line + start);
}

static size_t take_header(char *line, size_t size, size_t n, void *user)
{
	struct intake *intake = user;
	size_t len = size * n;
	char name[64];

	for (size_t i = 0; i < sizeof kept_headers / sizeof *kept_headers; i++)
		keep_header(line, len, kept_headers[i].name,
			(char *)&intake->reply + kept_headers[i].offset, kept_headers[i].size);
	if (intake->keep) {
		(void)snprintf(name, sizeof name, "%s:", intake->keep);
		keep_header(line, len, name, intake->reply.kept, sizeof intake->reply.kept);
	}
	return len;
}

/* Adds a line; the list is lost and NULL when memory runs out. */
static struct curl_slist *add_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

static struct curl_slist *make_headers(
	const struct np_http *http, const struct np_http_request *request)
{
	/* Without "Expect:" curl waits for leave to send a larger body. */
	struct curl_slist *list = add_header(NULL, "Expect:");
	char line[160];

	(void)snprintf(line, sizeof line, "Accept: %s",
		http->accept ? http->accept : "application/json, application/problem+json");
	if (list)
		list = add_header(list, line);
	const char *type = http->media_type ? http->media_type
			   : request->body  ? "application/json"
					    : "";
	(void)snprintf(line, sizeof line, "Content-Type:%s%s", *type ? " " : "", type);
	if (list)
		list = add_header(list, line);
	for (const char *const *more = request->headers; more && *more && list; more++)
		list = add_header(list, *more);
	return list;
}

static void np_slist_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* A pinned key alone proves a server whose certificate nobody signed; without one an authority has to. */
static void set_trust(const struct np_http *http)
{
	bool by_key = http->fingerprint && !http->ca_file;

	(void)curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYPEER, by_key ? 0L : 1L);
	(void)curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYHOST, by_key ? 0L : 2L);
	(void)curl_easy_setopt(http->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (http->ca_file)
		(void)curl_easy_setopt(http->curl, CURLOPT_CAINFO, http->ca_file);
	if (http->fingerprint)
		(void)curl_easy_setopt(http->curl, CURLOPT_PINNEDPUBLICKEY, http->fingerprint);
}

static void set_user(const struct np_http *http, const struct np_http_request *request)
{
	/* No jar starts the engine, too; CURLOPT_COOKIEFILE "" leaks a little at every reset (7.88). */
	if (http->cookies)
		(void)curl_easy_setopt(http->curl, CURLOPT_COOKIEJAR, (char *)NULL);
	if (!request->basic)
		return;
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	(void)curl_easy_setopt(http->curl, CURLOPT_USERNAME, http->user ? http->user : "");
	(void)curl_easy_setopt(http->curl, CURLOPT_PASSWORD, http->secret ? http->secret : "");
}

/* The connection and the cookies outlive curl_easy_reset; everything else is set anew for each call. */
static void set_options(struct np_http *http, int64_t timeout_ms, struct intake *intake)
{
	CURL *curl = http->curl;

	curl_easy_reset(curl);
	http->why[0] = '\0';
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->why);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, http->local ? "http" : "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(timeout_ms < CONNECT_MS ? timeout_ms : CONNECT_MS));
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(
		curl, CURLOPT_USERAGENT, http->user_agent ? http->user_agent : "npivd/" NP_VERSION);
	set_trust(http);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, intake);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, intake);
	if (http->local)
		(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, http->server);
}

static int set_target(struct np_http *http, const char *path, struct np_err *err)
{
	char url[SERVER_MAX + REQUEST_TARGET_MAX];

	if (path[0] != '/' || strlen(path) >= REQUEST_TARGET_MAX || strpbrk(path, " \t\r\n"))
		return np_fail(err, NP_INVAL, "'%.120s' is not the path of a request", path);
	(void)snprintf(
		url, sizeof url, "%s%s", http->local ? "http://localhost" : http->server, path);
	if (curl_easy_setopt(http->curl, CURLOPT_URL, url) != CURLE_OK)
		return np_fail_nomem(err);
	return 0;
}

/* A kept connection that is dead when it is used again makes curl send anew what may have been carried out. */
static void set_connection(struct np_http *http, const struct np_http_request *request)
{
	bool reads = request->reads || strcmp(request->method, "GET") == 0 ||
		     strcmp(request->method, "HEAD") == 0;

	(void)curl_easy_setopt(http->curl, CURLOPT_FRESH_CONNECT, reads ? 0L : 1L);
}

/* @body stays the caller's until the call is over. */
static void set_method(struct np_http *http, const char *method, const char *body)
{
	static const char *const with_body[] = { "POST", "PUT", "PATCH" };
	bool sends = body;

	for (size_t i = 0; i < sizeof with_body / sizeof *with_body; i++)
		sends = sends || strcmp(method, with_body[i]) == 0;
	if (sends) {
		(void)curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body ? body : "");
		(void)curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)(body ? strlen(body) : 0));
	}
	if (strcmp(method, "HEAD") == 0)
		(void)curl_easy_setopt(http->curl, CURLOPT_NOBODY, 1L);
	(void)curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, method);
}

static int fail_connect(struct np_http *http, struct np_err *err)
{
	long sys = 0;

	(void)curl_easy_getinfo(http->curl, CURLINFO_OS_ERRNO, &sys);
	if (!http->local)
		return np_fail(err, NP_UNREACHABLE, "%s: %s", http->server, http->why);
	/* A socket that we may not open is there: being root or in the group helps, a restart does not. */
	if (sys == EACCES)
		return np_fail(err, NP_DENIED, "%s: %s", http->server, strerror((int)sys));
	return np_hint(err,
		np_fail(err, NP_UNREACHABLE, "%s: %s", http->server,
			sys ? strerror((int)sys) : "no connection"),
		"is npivd running? systemctl status npivd");
}

static int fail_call(
	struct np_http *http, CURLcode curl, const struct intake *intake, struct np_err *err)
{
	enum np_code code = NP_PEER;
	long sent = 0;

	if (intake->too_big)
		return np_fail(err, NP_PEER, "%s: the reply is over %u bytes", http->server,
			NP_HTTP_REPLY_MAX);
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		if (failures[i].curl == curl)
			code = failures[i].code;
	}
	/* No connect time tells it: a connection that is used again has none. */
	(void)curl_easy_getinfo(http->curl, CURLINFO_REQUEST_SIZE, &sent);
	if (code == NP_UNREACHABLE || (code == NP_TIMEOUT && sent == 0))
		return fail_connect(http, err);
	int rc = np_fail(err, code, "%s: %s", http->server,
		http->why[0] ? http->why : curl_easy_strerror(curl));
	return curl == CURLE_PEER_FAILED_VERIFICATION || curl == CURLE_SSL_PINNEDPUBKEYNOTMATCH
		       ? np_hint(err, rc,
				 "is it the right server? its authority (ca_file) or its key (fingerprint) says so")
		       : rc;
}

/* Text that claims to be JSON must be; any other is no body. */
static int take_reply(struct np_http *http, struct intake *intake, struct np_err *err)
{
	struct np_err why = { 0 };
	const char *type = NULL;

	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &intake->reply.status);
	(void)curl_easy_getinfo(http->curl, CURLINFO_CONTENT_TYPE, &type);
	if (intake->len == 0)
		return 0;
	if (!type || !strcasestr(type, "json")) {
		intake->reply.text = strndup(intake->text, intake->len);
		return intake->reply.text ? 0 : np_fail_nomem(err);
	}
	if (np_json_parse(intake->text, intake->len, &intake->reply.body, &why) < 0)
		return np_fail(err, NP_PEER, "%s: the reply (HTTP %ld): %s", http->server,
			intake->reply.status, why.msg);
	return 0;
}

int np_http_call(struct np_http *http, const struct np_http_request *request,
	struct np_http_reply *ret_reply, struct np_err *err)
{
	np_auto(intake_done) struct intake intake = { .keep = http->keep };
	np_auto(np_free) char *body = NULL;
	np_auto(np_slist_free) struct curl_slist *headers = make_headers(http, request);

	if (request->body)
		body = json_dumps(request->body, JSON_COMPACT);
	if (!headers || (request->body && !body))
		return np_fail_nomem(err);
	set_options(
		http, request->timeout_ms > 0 ? request->timeout_ms : NP_HTTP_TIMEOUT_MS, &intake);
	set_user(http, request);
	set_connection(http, request);
	set_method(http, request->method, body);
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
	int rc = set_target(http, request->path, err);
	if (rc < 0)
		return rc;
	CURLcode code = curl_easy_perform(http->curl);
	if (code != CURLE_OK)
		return fail_call(http, code, &intake, err);
	rc = take_reply(http, &intake, err);
	if (rc < 0)
		return rc;
	*ret_reply = intake.reply;
	intake.reply.body = NULL;
	intake.reply.text = NULL;
	return 0;
}

void np_http_reply_done(struct np_http_reply *reply)
{
	json_decref(reply->body);
	free(reply->text);
	reply->body = NULL;
	reply->text = NULL;
}

/* For a reply without a problem of ours in it. */
static enum np_code code_of_status(long status)
{
	if (status == 401)
		return NP_DENIED;
	for (int code = NP_OK + 1; code < NP_CODE_MAX && status < 500; code++) {
		if (np_codes[code].http == status)
			return (enum np_code)code;
	}
	return NP_PEER;
}

int np_http_check(const struct np_http_reply *reply, struct np_err *err)
{
	if (reply->status < 400)
		return 0;
	if (json_is_string(json_object_get(reply->body, "code")))
		return np_err_from_json(err, reply->body);
	return np_fail(
		err, code_of_status(reply->status), "the server answered HTTP %ld", reply->status);
}

char *np_http_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
