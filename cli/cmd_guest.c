/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <string.h>

#include "cli/change.h"
#include "cli/nouns.h"

/* What --vhba takes, and the member that it becomes. */
static const char *const vhba_members[] = { "name", "fabric", "pool", "hba", "wwpns" };

/* "W1/W2" as a list. */
static json_t *split_wwpns(const char *text)
{
	json_t *list = json_array();

	while (list && *text) {
		size_t len = strcspn(text, "/");

		(void)json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] == '/');
	}
	return list;
}

static int set_vhba_member(json_t *vhba, const char *part, struct np_err *err)
{
	size_t len = strcspn(part, "=");

	for (size_t i = 0; part[len] == '=' && i < sizeof vhba_members / sizeof *vhba_members;
		i++) {
		const char *member = vhba_members[i], *value = part + len + 1;

		if (strlen(member) != len || strncmp(member, part, len) != 0)
			continue;
		json_t *json =
			strcmp(member, "wwpns") == 0 ? split_wwpns(value) : json_string(value);
		return json_object_set_new(vhba, member, json) == 0 ? 0 : np_fail_nomem(err);
	}
	return np_hint(err,
		np_fail(err, NP_USAGE,
			"--vhba: '%s' is not one of name= fabric= pool= hba= wwpns=", part),
		"--vhba fabric=A,pool=default,wwpns=10:00:02:00:00:00:00:01/10:00:02:00:00:00:00:02");
}

static int parse_vhba(const char *text, json_t *vhbas, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhba = json_object();
	np_auto(np_free) char *copy = strdup(text);
	char *rest = copy, *part;

	if (!vhba || !copy)
		return np_fail_nomem(err);
	while ((part = strsep(&rest, ","))) {
		int rc = set_vhba_member(vhba, part, err);

		if (rc < 0)
			return rc;
	}
	if (!json_object_get(vhba, "fabric"))
		return np_fail(err, NP_USAGE, "--vhba '%s' names no fabric", text);
	return json_array_append(vhbas, vhba) == 0 ? 0 : np_fail_nomem(err);
}

/* Every --vhba becomes an element of "vhbas". */
static int add_vhbas(const struct cli *cli, json_t *body, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = json_array();

	for (size_t i = 0; i < cli->n_given; i++) {
		bool vhba = strcmp(cli->given[i].option->name, "vhba") == 0;
		int rc = vhba ? parse_vhba(cli->given[i].value, vhbas, err) : 0;

		if (rc < 0)
			return rc;
	}
	if (json_array_size(vhbas) > 0)
		(void)json_object_set(body, "vhbas", vhbas);
	return 0;
}

static int guest_create(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	const char *name = cli_name(cli, 0);
	int rc = cli_body(cli, &body, err);

	if (rc == 0)
		rc = add_vhbas(cli, body, err);
	if (rc < 0)
		return rc;
	np_json_set_text(body, "name", name);
	struct cli_change change = {
		.method = "POST",
		.url = cli->noun->path,
		.body = body,
		.noun = "guest",
		.name = name,
		.done = "created",
		.same = "is there already, unchanged",
	};
	return cli_change(cli, &change, err);
}

static int guest_set(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_free) char *url = NULL;
	const char *name = cli_name(cli, 0);
	int rc = cli_body(cli, &body, err);

	if (rc == 0)
		rc = add_vhbas(cli, body, err);
	if (rc == 0 && json_object_size(body) == 0)
		rc = np_hint(err, np_fail(err, NP_USAGE, "nothing to set"),
			"npivctl help guest set lists what can be set");
	if (rc == 0)
		rc = cli_object_url(cli, name, &url, err);
	if (rc < 0)
		return rc;
	struct cli_change change = {
		.method = "PATCH",
		.url = url,
		.body = body,
		.noun = "guest",
		.name = name,
		.done = "changed",
	};
	return cli_change(cli, &change, err);
}

static int put_state(struct cli *cli, const char *name, const char *desired,
	const struct cli_change *words, struct np_err *err)
{
	np_auto(np_json_decref) json_t *body = NULL;
	np_auto(np_free) char *guest = NULL;
	np_auto(np_free) char *url = NULL;
	int rc = cli_body(cli, &body, err);

	if (rc == 0)
		rc = cli_object_url(cli, name, &guest, err);
	if (rc < 0)
		return rc;
	if (asprintf(&url, "%s/state", guest) < 0)
		return np_fail_nomem(err);
	np_json_set_text(body, "desired", desired);
	struct cli_change change = *words;
	change.method = "PUT";
	change.url = url;
	change.body = body;
	change.noun = "guest";
	change.name = name;
	return cli_change(cli, &change, err);
}

static int start_one(struct cli *cli, const char *name, struct np_err *err)
{
	static const struct cli_change words = {
		.done = "started", .doing = "starting", .same = "is started already"
	};

	return put_state(cli, name, "ready", &words, err);
}

static int guest_start(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, start_one, err);
}

static int stop_one(struct cli *cli, const char *name, struct np_err *err)
{
	static const struct cli_change words = {
		.done = "stopped", .doing = "stopping", .same = "is stopped already"
	};

	return put_state(cli, name, "absent", &words, err);
}

static int guest_stop(struct cli *cli, struct np_err *err)
{
	return cli_each(cli, stop_one, err);
}

/* clang-format off */
static const struct cli_column lun_columns[] = {
	{ "WWID", "wwid" }, { "SIZE", "size_bytes", CLI_RIGHT | CLI_SIZE }, { "LUN", "lun", CLI_RIGHT },
	{ "FABRIC", "fabric" }, { "TARGET", "target" }, { "DEV", "dev" }, { "RECORDED", "recorded" },
	{ "PRESENT", "present" }, { "LINKS", "links", CLI_WIDE_ONLY }, { 0 },
};
/* clang-format on */

static int guest_luns(struct cli *cli, struct np_err *err)
{
	static const struct cli_view view = {
		.noun = "lun", .key = "wwid", .columns = lun_columns
	};
	np_auto(np_json_decref) json_t *guest = NULL;
	np_auto(np_json_decref) json_t *list = NULL;
	int rc = cli_get(cli, cli_name(cli, 0), &guest, err);

	if (rc < 0)
		return rc;
	json_t *luns = json_object_get(guest, "luns");
	list = luns ? json_pack("{s:O}", "items", luns) : json_pack("{s:[]}", "items");
	if (!list)
		return np_fail_nomem(err);
	rc = cli_print_list(&cli->style, &view, list, err);
	if (rc == 0 && json_array_size(json_object_get(list, "items")) == 0)
		cli_say(cli, "no luns");
	return rc;
}

struct findings {
	const struct cli *cli;
	unsigned bad;
};

static np_printf(3, 4) void finding(struct findings *findings, bool good, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	findings->bad += !good;
	cli_tell(findings->cli, "%-4s  %s", good ? "ok" : "fail", text);
}

static void check_vhba(struct findings *findings, const json_t *vhba)
{
	const json_t *vport = json_object_get(vhba, "vport");
	const char *name = np_json_text(vhba, "name"), *fabric = np_json_text(vhba, "fabric");
	const char *wwpn = np_json_text(vhba, "active"), *state = np_json_text(vport, "state");

	if (!vport)
		finding(findings, false, "vHBA %s (fabric %s): %s has no vport", name, fabric,
			wwpn);
	else
		finding(findings, np_json_bool(vport, "up"),
			"vHBA %s (fabric %s): %s is %s, port %s, id %s", name, fabric, wwpn, state,
			np_json_text(vport, "port_state"), np_json_text(vport, "port_id"));
}

static void check_lun(struct findings *findings, const json_t *lun)
{
	bool recorded = np_json_bool(lun, "recorded"), present = np_json_bool(lun, "present");
	const char *what = recorded && present ? "is there"
			   : recorded	       ? "is missing"
					       : "is there but not recorded";

	finding(findings, recorded && present, "LUN %s (fabric %s) %s", np_json_text(lun, "wwid"),
		np_json_text(lun, "fabric"), what);
}

/* Is all of a started guest there, and nothing else? */
static int guest_check(struct cli *cli, struct np_err *err)
{
	np_auto(np_json_decref) json_t *guest = NULL;
	struct findings findings = { .cli = cli };
	const char *name = cli_name(cli, 0);
	size_t i;
	json_t *item;
	int rc = cli_get(cli, name, &guest, err);

	if (rc < 0)
		return rc;
	const char *state = np_json_text(guest, "state"), *reason = np_json_text(guest, "reason");
	finding(&findings, strcmp(state, "ready") == 0, "guest %s is %s%s%s", name, state,
		reason[0] ? ": " : "", reason);
	json_array_foreach (json_object_get(guest, "vhbas"), i, item)
		check_vhba(&findings, item);
	json_array_foreach (json_object_get(guest, "luns"), i, item) {
		if (strcmp(np_json_text(guest, "lun_check"), "none") != 0)
			check_lun(&findings, item);
	}
	if (cli->style.format == CLI_JSON)
		rc = cli_print_json(&cli->style, guest, err);
	if (rc == 0 && findings.bad > 0)
		rc = np_hint(err,
			np_fail(err, NP_LINK, "guest/%s: %u findings", name, findings.bad),
			"npivctl guest show %s; npivctl event list guest=%s", name, name);
	return rc;
}

/* clang-format off */
static const struct cli_column columns[] = {
	{ "NAME", "name" }, { "STATE", "state", CLI_STATE }, { "DESIRED", "desired" }, { "FABRICS", "vhbas[].fabric" },
	{ "WWPNS", "vhbas[].active" }, { "OP", "operation", CLI_RIGHT }, { "PRIO", "priority", CLI_RIGHT | CLI_WIDE_ONLY },
	{ "PROFILE", "profile", CLI_WIDE_ONLY }, { "LUN_CHECK", "lun_check", CLI_WIDE_ONLY },
	{ "HYPERVISOR", "hypervisor", CLI_WIDE_ONLY }, { "WWNN", "wwnn", CLI_WIDE_ONLY }, { "HOST", "host", CLI_WIDE_ONLY },
	{ "ARRAYS", "arrays", CLI_WIDE_ONLY }, { "TARGETS", "targets", CLI_WIDE_ONLY },
	{ "GENERATION", "generation", CLI_RIGHT | CLI_WIDE_ONLY }, { "CREATED", "created", CLI_WIDE_ONLY },
	{ "ID", "id", CLI_WIDE_ONLY }, { "REASON", "reason", CLI_WIDE_ONLY | CLI_TRUNC }, { 0 },
};
static const struct cli_column vhba_columns[] = {
	{ "VHBA", "name" }, { "FABRIC", "fabric" }, { "ACTIVE", "active" }, { "STATE", "vport.state", CLI_STATE },
	{ "PORT", "vport.port_state", CLI_STATE }, { "PORT_ID", "vport.port_id" }, { "HBA", "vport.hba" },
	{ "KERNEL", "vport.kernel_host" }, { "POOL", "pool", CLI_WIDE_ONLY }, { "PLACEMENT", "placement", CLI_WIDE_ONLY },
	{ "WWPNS", "wwpns", CLI_WIDE_ONLY }, { 0 },
};
static const struct cli_section sections[] = {
	{ "vHBAs", "vhbas", vhba_columns }, { "LUNs", "luns", lun_columns }, { 0 },
};

#define LUN_CHECK { "lun-check", 0, CLI_TEXT, "HOW", "start with the recorded LUNs: exact, at-least or none", "lun_check", CLI_ON_BOTH, "exact at-least none" }
#define PRIORITY { "priority", 0, CLI_INT, "0-100", "higher starts first", "priority", CLI_ON_BOTH }
#define PROFILE { "profile", 0, CLI_TEXT, "NAME", "made from this template", "profile", CLI_ON_BOTH, "@profile" }
#define ARRAYS { "arrays", 0, CLI_LIST, "ARRAY,...", "zone it to the ports of these arrays; none: those of its LUNs", "arrays", CLI_ON_BOTH }
#define TARGETS { "targets", 0, CLI_LIST, "WWPN,...", "zone it to these target ports, instead of arrays", "targets", CLI_ON_BOTH, "@target" }
#define VHBA { "vhba", 0, CLI_TEXT, "fabric=A[,...]", "an adapter on a fabric, as often as needed; also name= pool= hba=WWPN wwpns=W1/W2", NULL, CLI_ON_BOTH }

static const struct cli_option create_options[] = {
	{ "id", 0, CLI_TEXT, "UUID", "the hypervisor's UUID of it; made when absent", "id" },
	{ "hypervisor", 0, CLI_TEXT, "NAME", "libvirt, ...", "hypervisor" },
	VHBA, ARRAYS, TARGETS, PROFILE, PRIORITY, LUN_CHECK, { 0 },
};
static const struct cli_option set_options[] = {
	{ "name", 0, CLI_TEXT, "NAME", "its new name", "name" }, VHBA, ARRAYS, TARGETS, PROFILE, PRIORITY, LUN_CHECK, { 0 },
};
static const struct cli_option start_options[] = {
	{ "deadline", 0, CLI_INT, "SEC", "how long it may take; then all is undone", "timeout" }, { 0 },
};
static const struct cli_option stop_options[] = {
	{ "deadline", 0, CLI_INT, "SEC", "how long it may take", "timeout" },
	{ "force", 0, CLI_FLAG, NULL, "also when this host holds a LUN open", "force" }, { 0 },
};

static const struct cli_command commands[] = {
	{ "create", "add new define", "NAME", 1, 1, "record a guest and give it its WWPNs for life",
	  "db01 --id 6695eb01-f6a4-8304-79aa-97f2502e193f --vhba fabric=A --vhba fabric=B", guest_create, create_options, .words = "" },
	{ "set", "modify change edit", "GUEST", 1, 1, "change it; vHBAs only while it is stopped", "db01 --priority 80", guest_set, set_options },
	{ "start", "up", "GUEST...", 1, CLI_ARGS_ANY, "make its vports and wait for its LUNs", "db01 --wait", guest_start, start_options },
	{ "stop", "down", "GUEST...", 1, CLI_ARGS_ANY, "take its vports away", "db01 --wait", guest_stop, stop_options },
	{ "luns", "disks", "GUEST", 1, 1, "the LUNs that it sees and those it should see", "db01", guest_luns },
	{ "check", "verify", "GUEST", 1, 1, "is all of it there, and nothing else?", "db01", guest_check },
	{ 0 },
};

const struct cli_noun cli_noun_guest = {
	.view = { "guest", "name", .columns = columns, .sections = sections }, .synonyms = "vm vms domain instance",
	.help = "virtual machines and their ports",
	.path = "/v1/guests", .verbs = CLI_VERB_LIST | CLI_VERB_SHOW | CLI_VERB_DELETE, .commands = commands,
	.sample = { "db01" },
};
/* clang-format on */
