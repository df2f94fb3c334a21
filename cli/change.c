/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/change.h"

#include <string.h>

#include "cli/wait.h"

#define HTTP_OK 200
#define HTTP_ACCEPTED 202

/* Not an object, nor a list of them: what a person can read in one line. */
static bool is_plain(const json_t *value)
{
	return !json_is_object(value) && !json_is_object(json_array_get(value, 0));
}

/* "would vport_create hba=2000... wwpn=1000..." */
static int print_would(const struct cli *cli, const json_t *answer, struct np_err *err)
{
	np_auto(np_json_decref) json_t *shown = NULL;
	size_t i;
	json_t *write, *value;
	const char *member;

	if (cli->style.format == CLI_JSON)
		return cli_print_json(&cli->style, answer, err);
	shown = cli_redact_json(cli->style.redact, json_object_get(answer, "would"));
	json_array_foreach (shown, i, write) {
		(void)fprintf(cli->style.out, "would %s", np_json_text(write, "action"));
		json_object_foreach (write, member, value) {
			np_auto(np_free) char *text = cli_value(write, member);

			if (strcmp(member, "action") != 0 && is_plain(value) && text)
				(void)fprintf(cli->style.out, " %s=%s", member, text);
		}
		(void)fputc('\n', cli->style.out);
	}
	if (json_array_size(shown) == 0)
		cli_say(cli, "nothing would be done");
	return 0;
}

static int needs_confirm(const struct cli_change *change, struct np_err *err)
{
	return np_hint(err,
		np_fail(err, NP_USAGE, "%s/%s not %s: nobody is there to confirm it", change->noun,
			change->name, change->done),
		"give --yes, or --confirm %s", change->name);
}

/* On a terminal the name is typed; elsewhere --yes or --confirm NAME has to say it. */
static int confirm(const struct cli *cli, const struct cli_change *change, struct np_err *err)
{
	const char *given = cli_option(cli, "confirm");
	char line[2 * NP_NAME_MAX + 4];

	if (cli_has(cli, "yes") || cli_has(cli, "dry-run") ||
		(given && strcmp(given, change->name) == 0))
		return 0;
	if (given)
		return np_fail(err, NP_USAGE, "--confirm: '%s' is not '%s'", given, change->name);
	if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
		return needs_confirm(change, err);
	(void)fprintf(stderr, "%s/%s will be %s. Type %s to go on: ", change->noun, change->name,
		change->done, change->name);
	if (!fgets(line, sizeof line, stdin))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, change->name) != 0)
		return np_hint(err,
			np_fail(err, NP_USAGE, "%s/%s not %s: '%s' is not its name", change->noun,
				change->name, change->done, line),
			"nothing was changed");
	return 0;
}

/* The name that the answer gives: "A:zone1" where names are those of a fabric. */
static void answered_name(const struct cli *cli, const json_t *answer, char *text, size_t size)
{
	np_auto(np_free) char *key = cli_value(answer, cli->noun->view.key);
	const char *fabric = np_json_text(answer, "fabric");

	(void)snprintf(text, size, "%s%s%s", cli->noun->view.in_fabric ? fabric : "",
		cli->noun->view.in_fabric ? ":" : "", key ? key : "");
}

static void tell(const struct cli *cli, const struct cli_change *change, const json_t *answer,
	const char *what)
{
	char name[2 * NP_NAME_MAX + 4];

	(void)snprintf(name, sizeof name, "%s", change->name ? change->name : "");
	if (!change->name)
		answered_name(cli, answer, name, sizeof name);
	cli_tell(cli, "%s/%s %s", change->noun, name, what);
}

int cli_finish(
	struct cli *cli, const struct cli_change *change, int64_t operation, struct np_err *err)
{
	np_auto(np_json_decref) json_t *last = NULL;
	int64_t limit_s = 0;
	int rc = cli_option_int(cli, "wait", 0, &limit_s, err);

	if (rc < 0)
		return rc;
	if (!cli_has(cli, "wait")) {
		cli_tell(cli, "%s/%s %s: operation %lld", change->noun, change->name, change->doing,
			(long long)operation);
		cli_say(cli, "  npivctl op wait %lld", (long long)operation);
		return 0;
	}
	rc = cli_wait(cli, operation, limit_s, &last, err);
	if (rc == 0 && cli->style.format == CLI_JSON)
		rc = cli_print_json(&cli->style, last, err);
	if (rc == 0)
		rc = cli_operation_result(last, err);
	if (rc == 0)
		cli_tell(cli, "%s/%s %s", change->noun, change->name, change->done);
	return rc;
}

static int handle_answer(struct cli *cli, const struct cli_change *change,
	const struct np_http_reply *reply, struct np_err *err)
{
	int64_t operation = np_json_int(reply->body, "id");
	bool accepted = reply->status == HTTP_ACCEPTED && operation > 0 && change->doing;
	bool wait = accepted && cli_has(cli, "wait");

	if (np_json_bool(reply->body, "dry_run"))
		return print_would(cli, reply->body, err);
	if (cli->style.format == CLI_JSON && reply->body && !wait) {
		int rc = cli_print_json(&cli->style, reply->body, err);

		if (rc < 0)
			return rc;
	}
	if (accepted)
		return cli_finish(cli, change, operation, err);
	tell(cli, change, reply->body,
		reply->status == HTTP_OK && change->same ? change->same : change->done);
	return 0;
}

int cli_change(struct cli *cli, const struct cli_change *change, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = json_object();
	np_auto(np_free) char *url = NULL;
	struct np_http_reply reply = { 0 };
	int rc = change->ask ? confirm(cli, change, err) : 0;

	if (rc < 0)
		return rc;
	if (cli_has(cli, "dry-run"))
		np_json_set_text(query, "dry_run", "1");
	rc = cli_url(&url, change->url, NULL, query, err);
	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc < 0)
		return rc;
	struct cli_request request = {
		.method = change->method,
		.path = url,
		.body = change->body,
		.if_match = cli_option(cli, "if-match"),
	};
	rc = cli_client_call(cli->client, &request, &reply, err);
	if (rc == 0) {
		rc = handle_answer(cli, change, &reply, err);
		np_http_reply_done(&reply);
	}
	return np_wrap(err, rc, "%s%s%s not %s%s", change->noun, change->name ? "/" : "",
		change->name ? change->name : "", change->done, rc == -NP_TIMEOUT ? " yet" : "");
}
