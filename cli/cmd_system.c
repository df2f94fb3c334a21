/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status, version, api: what is about npivd as a whole. */
#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "cli/list.h"
#include "cli/nouns.h"

#define BODY_MAX ((size_t)16 << 20)

struct overview {
	json_t *system, *hbas, *fabrics, *pools, *guests, *stuck,
		*running; /* owned; lists as {"items": []} */
};

static void overview_done(struct overview *all)
{
	json_decref(all->running);
	json_decref(all->stuck);
	json_decref(all->guests);
	json_decref(all->pools);
	json_decref(all->fabrics);
	json_decref(all->hbas);
	json_decref(all->system);
}

static int get_list(struct cli *cli, const char *path, const char *field, const char *value,
	json_t **ret_list, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = json_object();

	if (field)
		np_json_set_text(query, field, value);
	return cli_client_list(cli->client, path, query, ret_list, err);
}

static int get_overview(struct cli *cli, struct overview *all, struct np_err *err)
{
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_client_get(cli->client, "/v1/system", &all->system, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/hbas", NULL, NULL, &all->hbas, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/fabrics", NULL, NULL, &all->fabrics, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/pools", NULL, NULL, &all->pools, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/guests", NULL, NULL, &all->guests, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/operations", "state", "STUCK", &all->stuck, err);
	if (rc == 0)
		rc = get_list(cli, "/v1/operations", "state", "RUNNING", &all->running, err);
	return rc;
}

static size_t count(const json_t *list)
{
	return json_array_size(json_object_get(list, "items"));
}

/* How many items have this text in the member. */
static size_t count_state(const json_t *list, const char *member, const char *text)
{
	size_t n = 0, i;
	json_t *item;

	json_array_foreach (json_object_get(list, "items"), i, item)
		n += strcmp(np_json_text(item, member), text) == 0;
	return n;
}

static size_t count_unlabelled(const json_t *hbas)
{
	size_t n = 0, i;
	json_t *hba;

	json_array_foreach (json_object_get(hbas, "items"), i, hba)
		n += np_json_bool(hba, "npiv") && np_json_text(hba, "fabric")[0] == '\0';
	return n;
}

/* The one command that gets the user on; the first row that fits. */
static void next_command(const struct overview *all, char *text, size_t size)
{
	const json_t *stuck = json_array_get(json_object_get(all->stuck, "items"), 0);
	const char *next = "npivctl guest list";

	if (stuck) {
		(void)snprintf(
			text, size, "npivctl op show %lld", (long long)np_json_int(stuck, "id"));
		return;
	}
	if (count(all->hbas) == 0)
		next = "npivctl doctor";
	else if (count(all->pools) == 0)
		next = "npivctl pool create default";
	else if (count(all->fabrics) == 0)
		next = "npivctl fabric create A";
	else if (count_unlabelled(all->hbas) > 0)
		next = "npivctl hba set WWPN --fabric A";
	else if (count(all->guests) == 0)
		next = "npivctl guest create NAME --vhba fabric=A --vhba fabric=B";
	else if (count_state(all->guests, "state", "failed") > 0)
		next = "npivctl guest list state=failed";
	else if (count_state(all->guests, "state", "degraded") > 0)
		next = "npivctl guest list state=degraded";
	(void)snprintf(text, size, "%s", next);
}

static void print_summary(const struct cli *cli, const struct overview *all)
{
	FILE *out = cli->style.out;
	size_t n_guests = count(all->guests);

	(void)fprintf(out, "npivd %s on %s: %s, up %lld s\n", np_json_text(all->system, "version"),
		np_json_text(all->system, "host"),
		np_json_bool(all->system, "ready") ? "ready" : "not ready",
		(long long)np_json_int(all->system, "uptime_s"));
	(void)fprintf(out, "guests: %zu, %zu ready, %zu degraded, %zu failed\n", n_guests,
		count_state(all->guests, "state", "ready"),
		count_state(all->guests, "state", "degraded"),
		count_state(all->guests, "state", "failed"));
	(void)fprintf(out, "operations: %zu running, %zu stuck\n", count(all->running),
		count(all->stuck));
}

static int print_part(const struct cli *cli, const char *title, const struct cli_noun *noun,
	const json_t *list, struct np_err *err)
{
	if (count(list) == 0)
		return 0;
	(void)fprintf(cli->style.out, "\n%s\n", title);
	return cli_print_list(&cli->style, &noun->view, list, err);
}

static int print_overview(const struct cli *cli, const struct overview *all, struct np_err *err)
{
	char next[128];
	int rc;

	if (cli->style.format == CLI_JSON) {
		np_auto(np_json_decref) json_t *json =
			json_pack("{s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "system", all->system,
				"hbas", json_object_get(all->hbas, "items"), "fabrics",
				json_object_get(all->fabrics, "items"), "pools",
				json_object_get(all->pools, "items"), "guests",
				json_object_get(all->guests, "items"), "stuck",
				json_object_get(all->stuck, "items"), "running",
				json_object_get(all->running, "items"));
		return json ? cli_print_json(&cli->style, json, err) : np_fail_nomem(err);
	}
	print_summary(cli, all);
	rc = print_part(cli, "HBAs", &cli_noun_hba, all->hbas, err);
	if (rc == 0)
		rc = print_part(cli, "Fabrics", &cli_noun_fabric, all->fabrics, err);
	if (rc == 0)
		rc = print_part(
			cli, "Operations that need a person", &cli_noun_op, all->stuck, err);
	if (rc < 0)
		return rc;
	next_command(all, next, sizeof next);
	(void)fprintf(cli->style.out, "\nnext: %s\n", next);
	return 0;
}

static int status(struct cli *cli, struct np_err *err)
{
	np_auto(overview_done) struct overview all = { 0 };
	int rc = get_overview(cli, &all, err);

	return rc < 0 ? rc : print_overview(cli, &all, err);
}

static int version(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *index = NULL;

	(void)fprintf(cli->style.out, "npivctl %s\n", NP_VERSION);
	/* npivd may be down: its version is told when it answers. */
	if (cli_connect(cli, err) == 0 && cli_client_get(cli->client, "/v1", &index, err) == 0)
		(void)fprintf(cli->style.out, "npivd %s\n", np_json_text(index, "version"));
	else
		cli_say(cli, "npivd does not answer");
	return 0;
}

static int read_all(FILE *from, char **ret_text, size_t *ret_len, struct np_err *err)
{
	np_auto(np_free) char *text = malloc(BODY_MAX + 1);

	if (!text)
		return np_fail_nomem(err);
	size_t len = fread(text, 1, BODY_MAX + 1, from);
	if (len > BODY_MAX)
		return np_fail(err, NP_TOOBIG, "the body is over %zu bytes", BODY_MAX);
	*ret_text = np_take(text);
	*ret_len = len;
	return 0;
}

static int read_body(const char *path, json_t **ret_body, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	size_t len = 0;
	int rc;

	if (strcmp(path, "-") == 0) {
		rc = read_all(stdin, &text, &len, err);
	} else {
		rc = np_file_read(AT_FDCWD, path, BODY_MAX, &text, err);
		len = rc == 0 ? strlen(text) : 0;
	}
	if (rc == 0)
		rc = np_json_parse(text, len, ret_body, err);
	return np_wrap(err, rc, "--file %s", path);
}

static int api(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	const char *file = cli_option(cli, "file");
	struct np_http_reply reply = { 0 };
	char method[8];
	size_t i;
	int rc = cli_connect(cli, err);

	if (rc == 0 && file)
		rc = read_body(file, &body, err);
	if (rc < 0)
		return rc;
	for (i = 0; i + 1 < sizeof method && cli->args[0][i]; i++)
		method[i] = (char)toupper((unsigned char)cli->args[0][i]);
	method[i] = '\0';
	struct cli_request request = {
		.method = method,
		.path = cli->args[1],
		.body = body,
		.if_match = cli_option(cli, "if-match"),
	};
	rc = cli_client_call(cli->client, &request, &reply, err);
	if (rc < 0)
		return rc;
	if (reply.body)
		rc = cli_print_json(&cli->style, reply.body, err);
	else if (reply.text)
		(void)fputs(reply.text, cli->style.out);
	np_http_reply_done(&reply);
	return rc;
}

/* clang-format off */
static const struct cli_command status_commands[] = {
	{ "", "", "", 0, 0, "HBAs, fabrics, what needs a person, and the next command to run", "", status, .words = "" }, { 0 },
};
const struct cli_noun cli_noun_status = {
	.view = { "status", "" }, .synonyms = "overview", .help = "the state of this host (the same as no command)", .commands = status_commands,
};

static const struct cli_command version_commands[] = {
	{ "", "", "", 0, 0, "the versions of npivctl and npivd", "", version, .words = "" }, { 0 },
};
const struct cli_noun cli_noun_version = {
	.view = { "version", "" }, .synonyms = "", .help = "the versions", .commands = version_commands,
};

static const struct cli_option api_options[] = {
	{ "file", 'f', CLI_TEXT, "FILE", "the request's JSON; - for standard input" }, { 0 },
};
static const struct cli_command api_commands[] = {
	{ "", "", "METHOD PATH", 2, 2, "one request to the REST API, its answer as it came", "GET /v1/system", api, api_options, .words = "GET POST PUT PATCH DELETE" },
	{ 0 },
};
const struct cli_noun cli_noun_api = {
	.view = { "api", "" }, .synonyms = "query rest curl", .help = "any request to the REST API", .commands = api_commands,
};
/* clang-format on */
