/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

#define TIMEOUT_S 30
#define TIMEOUT_MAX_S 86400

/* clang-format off */
const struct cli_option cli_global_options[] = {
	{ "server",      's', CLI_TEXT,     "URL",    "where npivd listens: a socket's path or an https URL (" CLI_SERVER ")" },
	{ "output",      'o', CLI_TEXT,     "FORMAT", "table, wide, json, csv or name", .words = "table wide json csv name" },
	{ "columns",     0,   CLI_TEXT,     "LIST",   "these columns only, with commas" },
	{ "no-headings", 0,   CLI_FLAG,     NULL,     "no line of column names" },
	{ "dry-run",     0,   CLI_FLAG,     NULL,     "say what would be done, do nothing" },
	{ "wait",        'w', CLI_OPTIONAL, "SEC",    "wait until the operation is over, at most SEC seconds" },
	{ "timeout",     0,   CLI_INT,      "SEC",    "give a request up after SEC seconds (30)" },
	{ "yes",         'y', CLI_FLAG,     NULL,     "do not ask" },
	{ "confirm",     0,   CLI_TEXT,     "NAME",   "the name that would be asked for" },
	{ "if-match",    0,   CLI_TEXT,     "ETAG",   "only if the object is still this version (-v shows it)" },
	{ "quiet",       'q', CLI_FLAG,     NULL,     "errors only" },
	{ "verbose",     'v', CLI_FLAG,     NULL,     "show each request and reply" },
	{ "color",       0,   CLI_TEXT,     "WHEN",   "auto, always or never", .words = "auto always never" },
	{ "redact",      0,   CLI_FLAG,     NULL,     "numbers in place of WWNs, for reports that others read" },
	{ "help",        'h', CLI_FLAG,     NULL,     "help for this command" },
	{ 0 },
};
/* clang-format on */

const char *cli_option(const struct cli *cli, const char *name)
{
	for (size_t i = cli->n_given; i > 0; i--) {
		if (strcmp(cli->given[i - 1].option->name, name) == 0)
			return cli->given[i - 1].value;
	}
	return NULL;
}

bool cli_has(const struct cli *cli, const char *name)
{
	return cli_option(cli, name);
}

static int parse_int(const char *name, const char *text, int64_t *ret_value, struct np_err *err)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return np_fail(err, NP_USAGE, "--%s: '%s' is not a whole number", name, text);
	*ret_value = value;
	return 0;
}

int cli_option_int(const struct cli *cli, const char *name, int64_t preset, int64_t *ret_value,
	struct np_err *err)
{
	const char *text = cli_option(cli, name);

	if (!text || !*text) {
		*ret_value = preset;
		return 0;
	}
	return parse_int(name, text, ret_value, err);
}

static json_t *split_list(const char *text)
{
	json_t *list = json_array();

	while (list && *text) {
		size_t len = strcspn(text, ",");

		if (len > 0)
			(void)json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] == ',');
	}
	return list;
}

static int parse_bool(const char *name, const char *text, json_t **ret_value, struct np_err *err)
{
	if (cli_is_word_of("yes true on 1", text))
		*ret_value = json_true();
	else if (cli_is_word_of("no false off 0", text))
		*ret_value = json_false();
	else
		return np_fail(err, NP_USAGE, "--%s: '%s' is not yes or no", name, text);
	return 0;
}

static int option_value(const struct cli_given *given, json_t **ret_value, struct np_err *err)
{
	const struct cli_option *option = given->option;
	int64_t number = 0;
	int rc;

	switch (option->kind) {
	case CLI_FLAG:
		*ret_value = json_true();
		return 0;
	case CLI_INT:
		rc = parse_int(option->name, given->value, &number, err);
		if (rc == 0)
			*ret_value = json_integer(number);
		return rc;
	case CLI_BOOL:
		return parse_bool(option->name, given->value, ret_value, err);
	case CLI_LIST:
		*ret_value = split_list(given->value);
		break;
	case CLI_TEXT:
	case CLI_OPTIONAL:
		*ret_value = json_string(given->value);
		break;
	}
	return *ret_value ? 0 : np_fail(err, NP_USAGE, "--%s: the text is not UTF-8", option->name);
}

int cli_body(const struct cli *cli, json_t **ret_body, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = json_object();

	if (!body)
		return np_fail_nomem(err);
	for (size_t i = 0; i < cli->n_given; i++) {
		const struct cli_option *option = cli->given[i].option;
		json_t *value = NULL;

		if (!option->member)
			continue;
		int rc = option_value(&cli->given[i], &value, err);
		if (rc < 0)
			return rc;
		(void)json_object_set_new(body, option->member, value);
	}
	*ret_body = np_take(body);
	return 0;
}

/* What was sent and what came back, redacted as everything else. */
static void show_trace(void *data, const char *line)
{
	const struct cli *cli = data;
	np_auto(np_free) char *text =
		cli->style.redact ? cli_redact_text(cli->style.redact, line) : strdup(line);

	(void)fprintf(stderr, "%s\n", text ? text : "");
}

int cli_connect(struct cli *cli, struct np_err *err)
{
	const char *server = cli_option(cli, "server");
	int64_t timeout_s = 0;

	if (cli->client)
		return 0;
	int rc = cli_option_int(cli, "timeout", TIMEOUT_S, &timeout_s, err);
	if (rc < 0)
		return rc;
	if (timeout_s < 1 || timeout_s > TIMEOUT_MAX_S)
		return np_fail(err, NP_USAGE, "--timeout: not from 1 to %d", TIMEOUT_MAX_S);
	struct cli_client_spec spec = {
		.server = server ? server : CLI_SERVER,
		.timeout_ms = timeout_s * 1000,
		.trace = cli_has(cli, "verbose") ? show_trace : NULL,
		.data = cli,
	};
	return cli_client_new(&cli->client, &spec, err);
}

const char *cli_name(const struct cli *cli, size_t i)
{
	const char *name = cli->args[i], *noun = cli->noun->view.noun;
	size_t len = strlen(noun);

	return strncmp(name, noun, len) == 0 && name[len] == '/' ? name + len + 1 : name;
}

int cli_object_url(const struct cli *cli, const char *name, char **ret_url, struct np_err *err)
{
	const char *fabric = cli_option(cli, "fabric");
	char key[2 * NP_NAME_MAX + 2];

	if (!cli->noun->view.in_fabric || strchr(name, ':'))
		return cli_url(ret_url, cli->noun->path, name, NULL, err);
	if (!fabric)
		return np_hint(err,
			np_fail(err, NP_USAGE, "%s '%s': in which fabric?", cli->noun->view.noun,
				name),
			"name it FABRIC:%s or give --fabric", name);
	(void)snprintf(key, sizeof key, "%s:%s", fabric, name);
	return cli_url(ret_url, cli->noun->path, key, NULL, err);
}

int cli_get(struct cli *cli, const char *name, json_t **ret_object, struct np_err *err)
{
	np_auto(np_free) char *url = NULL;
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_object_url(cli, name, &url, err);
	if (rc == 0)
		rc = cli_client_get(cli->client, url, ret_object, err);
	return rc;
}

int cli_each(struct cli *cli, int (*each)(struct cli *cli, const char *name, struct np_err *err),
	struct np_err *err)
{
	struct np_err last = { 0 };
	int failed = 0;

	for (size_t i = 0; i < cli->n_args; i++) {
		struct np_err one = { 0 };
		int rc = each(cli, cli_name(cli, i), &one);

		if (rc == 0)
			continue;
		/* The last one is told by main. */
		if (failed < 0)
			cli_report(cli, &last);
		failed = rc;
		last = one;
	}
	if (failed < 0 && err)
		*err = last;
	return failed;
}

static void put_line(const struct cli *cli, FILE *out, const char *fmt, va_list ap)
{
	np_auto(np_free) char *text = NULL;
	np_auto(np_free) char *hidden = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	if (cli->style.redact)
		hidden = cli_redact_text(cli->style.redact, text);
	(void)fprintf(out, "%s\n", hidden ? hidden : text);
}

void cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli_has(cli, "quiet"))
		return;
	va_start(ap, fmt);
	put_line(cli, stderr, fmt, ap);
	va_end(ap);
}

void cli_tell(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli_has(cli, "quiet") || cli->style.format == CLI_JSON)
		return;
	va_start(ap, fmt);
	put_line(cli, cli->style.out, fmt, ap);
	va_end(ap);
}

static np_printf(2, 3) void complain(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(cli, stderr, fmt, ap);
	va_end(ap);
}

void cli_report(const struct cli *cli, const struct np_err *err)
{
	const char *hint = err->hint[0] ? err->hint : np_code_row((int)err->code)->hint;
	int64_t operation = cli->client ? cli_client_operation(cli->client) : 0;

	complain(cli, "npivctl: %s", err->msg[0] ? err->msg : np_code_row((int)err->code)->title);
	if (hint[0])
		complain(cli, "  %s", hint);
	if (operation > 0)
		complain(cli, "  see: npivctl op show %lld", (long long)operation);
}
