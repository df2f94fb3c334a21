/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/list.h"
#include "cli/nouns.h"
#include "cli/watch.h"

/* One line an event, flushed, so that it can be piped; with -o json one object a line. */
static int print_event(struct cli *cli, const json_t *event)
{
	np_auto(np_json_decref) json_t *shown = cli_redact_json(cli->style.redact, event);
	FILE *out = cli->style.out;

	if (cli->style.format == CLI_JSON) {
		(void)json_dumpf(shown, out, JSON_COMPACT);
		(void)fputc('\n', out);
	} else {
		(void)fprintf(out, "%s %-7s %s %s: %s\n", np_json_text(shown, "time"),
			np_json_text(shown, "severity"), np_json_text(shown, "kind"),
			np_json_text(shown, "object"), np_json_text(shown, "message"));
	}
	return fflush(out);
}

static int event_watch(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *query = NULL;
	struct cli_watch watch = { 0 };
	int64_t limit_s = 0;
	int rc = cli_filters(cli, &query, err);

	if (rc == 0)
		rc = cli_option_int(cli, "wait", 0, &limit_s, err);
	if (rc == 0)
		rc = cli_connect(cli, err);
	if (rc == 0)
		rc = cli_watch_begin(cli, &watch, limit_s, err);
	while (rc == 0 && !cli_watch_is_over(&watch)) {
		np_auto(np_json_decref) json_t *page = NULL;
		size_t i;
		json_t *event;

		rc = cli_watch_next(cli, &watch, query, &page, err);
		json_array_foreach (json_object_get(page, "items"), i, event) {
			/* Nobody reads any more: a closed pipe ends the watch. */
			if (print_event(cli, event) != 0)
				return 0;
		}
	}
	return rc;
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "ID", "id", CLI_RIGHT }, { "TIME", "time" }, { "SEVERITY", "severity", CLI_STATE }, { "KIND", "kind" },
	{ "OBJECT", "object" }, { "GUEST", "guest", CLI_WIDE_ONLY }, { "MESSAGE", "message", CLI_TRUNC }, { 0 },
};
static const struct cli_option watch_options[] = {
	{ "filter", 'l', CLI_TEXT, "FIELD=VALUE", "only events like this (the same as the argument)" }, { 0 },
};
static const struct cli_command commands[] = {
	{ "watch", "follow monitor tail", "[FIELD=VALUE...]", 0, CLI_ARGS_ANY, "print them as they come (--wait=SEC: for so long)",
	  "kind=vport", event_watch, watch_options, .words = "" },
	{ 0 },
};
const struct cli_noun cli_noun_event = {
	.view = { "event", "id", .columns = columns }, .synonyms = "log journal audit", .help = "what happened",
	.path = "/v1/events", .verbs = CLI_VERB_LIST, .commands = commands, .sample = { "" },
};
/* clang-format on */
