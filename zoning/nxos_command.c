/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_command.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/list.h"

#define COMMAND_MAX 256

/* The blocks while they are made. */
struct draft {
	const struct nxos_dialect *dialect;
	const struct zone_rules *rules;
	json_t *blocks;
	json_t *block; /* the last of them, borrowed */
};

static int np_printf(3, 4) add(struct draft *draft, struct np_err *err, const char *fmt, ...)
{
	char text[COMMAND_MAX];
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len >= COMMAND_MAX)
		return np_fail(err, NP_TOOBIG, "a command is too long: '%.60s...'", text);
	return json_array_append_new(draft->block, json_string(text)) < 0 ? np_fail_nomem(err) : 0;
}

/* Begins a block; the last one goes on when it began with the same command. */
static int np_printf(3, 4) enter(struct draft *draft, struct np_err *err, const char *fmt, ...)
{
	const char *last = zone_text_of(json_array_get(draft->block, 0));
	char text[COMMAND_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (strcmp(last, text) == 0)
		return 0;
	json_t *block = json_array();
	if (json_array_append_new(draft->blocks, block) < 0)
		return np_fail_nomem(err);
	draft->block = block;
	return add(draft, err, "%s", text);
}

/* What can be a member's value on a command line. */
static bool is_word(const char *text)
{
	bool good = *text;

	for (const char *c = text; *c && good; c++)
		good = isalnum((unsigned char)*c) || strchr("._:/^$-", *c);
	return good;
}

static const struct {
	const char *prefix, *command;
	bool wwn;
} other_members[] = {
	{ "fcid:", "fcid", false },
	{ "fwwn:", "fwwn", true },
	{ "interface:", "interface", false },
	{ "ip:", "ip-address", false },
	{ "symbolic:", "symbolic-nodename", false },
};

static int write_other(const char *member, char ret_text[static COMMAND_MAX], struct np_err *err)
{
	char colon[NP_WWN_COLON];
	uint64_t wwn;

	for (size_t i = 0; i < sizeof other_members / sizeof *other_members; i++) {
		size_t len = strlen(other_members[i].prefix);
		const char *value = member + len;

		if (strncmp(member, other_members[i].prefix, len) != 0)
			continue;
		if (!is_word(value) ||
			(other_members[i].wwn && np_wwn_parse(value, &wwn, NULL) < 0))
			break;
		(void)snprintf(ret_text, COMMAND_MAX, "%s %s", other_members[i].command,
			other_members[i].wwn ? np_wwn_colon(wwn, colon) : value);
		return 0;
	}
	return np_fail(err, NP_UNSUPPORTED, "npivd does not write the zone member '%.90s'", member);
}

/* "pwwn 21:00:..", "device-alias NAME", ... */
static int write_member(const struct draft *draft, const char *member,
	char ret_text[static COMMAND_MAX], struct np_err *err)
{
	char colon[NP_WWN_COLON];
	uint64_t wwn;

	if (*member == '@') {
		int rc = zone_name_check(draft->rules, member + 1, err);
		if (rc < 0)
			return rc;
		(void)snprintf(ret_text, COMMAND_MAX, "%s %s",
			json_object_get(draft->dialect->fcaliases, member + 1) ? "fcalias"
									       : "device-alias",
			member + 1);
		return 0;
	}
	if (strlen(member) != NP_WWN_TEXT - 1 || np_wwn_parse(member, &wwn, NULL) < 0)
		return write_other(member, ret_text, err);
	(void)snprintf(ret_text, COMMAND_MAX, "pwwn %s", np_wwn_colon(wwn, colon));
	return 0;
}

/* "a member of a zone and its device type", as one text: {"pwwn .. init": true} */
static int collect(const struct draft *draft, const json_t *zone, json_t *words, struct np_err *err)
{
	static const char *const lists[] = { "principals", "members" };
	const json_t *principals = json_object_get(zone, "principals");
	const json_t *members = json_object_get(zone, "members");
	bool peer = principals != NULL;
	const json_t *one;
	size_t i;

	for (size_t n = 0; n < 2; n++) {
		json_array_foreach (json_object_get(zone, lists[n]), i, one) {
			const char *member = zone_text_of(one);
			char text[COMMAND_MAX], word[COMMAND_MAX + 8];
			int rc = write_member(draft, member, text, err);

			if (rc < 0)
				return rc;
			const char *type = !peer ? "" : n == 0 ? " target" : " init";
			if (peer && zone_list_has(n == 0 ? members : principals, member))
				type = " both";
			(void)snprintf(word, sizeof word, "%s%s", text, type);
			if (json_object_set_new(words, word, json_true()) < 0)
				return np_fail_nomem(err);
		}
	}
	return 0;
}

/* @how for each of @words that is not in @others. */
static int add_members(struct draft *draft, const char *how, const json_t *words,
	const json_t *others, struct np_err *err)
{
	const char *word;
	json_t *value;

	zone_each (words, word, value) {
		int rc = json_object_get(others, word) ? 0 : add(draft, err, "%s %s", how, word);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_zone(const struct draft *draft, const json_t *zone, struct np_err *err)
{
	const char *kind = np_json_text(zone, "kind");

	if (strcmp(kind, "peer") == 0 && !draft->dialect->smart)
		return np_hint(err,
			np_fail(err, NP_CONFLICT,
				"it is a peer zone, and smart zoning is off in VSAN %lld",
				(long long)draft->dialect->vsan),
			"zone smart-zoning enable vsan %lld, or a policy without peer zones",
			(long long)draft->dialect->vsan);
	if (strcmp(kind, "peer") != 0 && strcmp(kind, "regular") != 0)
		return np_fail(err, NP_UNSUPPORTED, "NX-OS has no zones of the kind '%.40s'", kind);
	return 0;
}

static int make_zone(struct draft *draft, const json_t *change, struct np_err *err)
{
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	const char *name = np_json_text(change, "name");
	long long vsan = (long long)draft->dialect->vsan;
	np_auto(np_json_decref) json_t *old = json_object();
	np_auto(np_json_decref) json_t *new = json_object();
	int rc = old && new ? 0 : np_fail_nomem(err);

	if (rc == 0 && !after)
		return enter(draft, err, "no zone name %s vsan %lld", name, vsan);
	if (rc == 0)
		rc = check_zone(draft, after, err);
	if (rc == 0)
		rc = collect(draft, before, old, err);
	if (rc == 0)
		rc = collect(draft, after, new, err);
	if (rc == 0)
		rc = enter(draft, err, "zone name %s vsan %lld", name, vsan);
	/* A member whose device type changes has to go first. */
	if (rc == 0)
		rc = add_members(draft, "no member", old, new, err);
	if (rc == 0)
		rc = add_members(draft, "member", new, old, err);
	return rc;
}

static int make_zoneset(struct draft *draft, const json_t *change, struct np_err *err)
{
	return enter(draft, err, "%szoneset name %s vsan %lld",
		json_object_get(change, "after") ? "" : "no ", np_json_text(change, "name"),
		(long long)draft->dialect->vsan);
}

static int make_member(struct draft *draft, const json_t *change, struct np_err *err)
{
	const char *zoneset = np_json_text(change, "zoneset");
	int rc = zone_name_check(draft->rules, zoneset, err);

	if (rc == 0)
		rc = enter(draft, err, "zoneset name %s vsan %lld", zoneset,
			(long long)draft->dialect->vsan);
	if (rc == 0)
		rc = add(draft, err, "%smember %s", json_object_get(change, "after") ? "" : "no ",
			np_json_text(change, "name"));
	return rc;
}

static int make_alias(struct draft *draft, const json_t *change, struct np_err *err)
{
	const json_t *after = json_object_get(change, "after");
	const char *member = zone_text_of(json_array_get(after, 0));
	const char *name = np_json_text(change, "name");
	char colon[NP_WWN_COLON];
	uint64_t wwn = 0;
	int rc;

	if (json_object_get(draft->dialect->fcaliases, name))
		return np_fail(
			err, NP_UNSUPPORTED, "it is an fcalias; npivd writes device-aliases only");
	if (after && (json_array_size(after) != 1 || np_wwn_parse(member, &wwn, NULL) < 0))
		return np_fail(err, NP_UNSUPPORTED, "a device-alias stands for exactly one WWPN");
	rc = enter(draft, err, "device-alias database");
	if (rc == 0 && json_object_get(change, "before"))
		rc = add(draft, err, "no device-alias name %s", name);
	if (rc == 0 && after)
		rc = add(
			draft, err, "device-alias name %s pwwn %s", name, np_wwn_colon(wwn, colon));
	return rc;
}

/* Beginning and ending is a matter of the commit. */
static int make_nothing(
	struct draft *draft np_unused, const json_t *change np_unused, struct np_err *err np_unused)
{
	return 0;
}

static const struct object_row {
	const char *object;
	bool named; /* its name becomes a part of a command */
	int (*make)(struct draft *draft, const json_t *change, struct np_err *err);
} objects[] = {
	{ "alias", true, make_alias },
	{ "zone", true, make_zone },
	{ "zoneset", true, make_zoneset },
	{ "member", true, make_member },
	{ "activation", false, make_nothing },
};

static int make_change(struct draft *draft, const json_t *change, struct np_err *err)
{
	const char *object = np_json_text(change, "object");
	const char *name = np_json_text(change, "name");

	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
		if (strcmp(objects[i].object, object) != 0)
			continue;
		int rc = objects[i].named ? zone_name_check(draft->rules, name, err) : 0;
		if (rc == 0)
			rc = objects[i].make(draft, change, err);
		return np_wrap(err, rc, "%s '%.64s'", object, name);
	}
	return np_fail(err, NP_INVAL, "a change of the object '%.40s' is not known", object);
}

/*
 * The shell behind NX-API outlives a request. Were the next first command lost, what follows would change this object:
 * outside of it, it is refused.
 */
static int leave_all(json_t *blocks, struct np_err *err)
{
	json_t *block;
	size_t i;

	json_array_foreach (blocks, i, block) {
		bool entered = strncmp(zone_text_of(json_array_get(block, 0)), "no ", 3) != 0;

		if (entered && json_array_append_new(block, json_string("exit")) < 0)
			return np_fail_nomem(err);
	}
	return 0;
}

int nxos_command_blocks(const json_t *changes, const struct nxos_dialect *dialect,
	json_t **ret_blocks, struct np_err *err)
{
	np_auto(np_json_decref) json_t *blocks = json_array();
	struct draft draft = {
		.dialect = dialect, .rules = zone_rules_of("nxos"), .blocks = blocks
	};
	const json_t *change;
	size_t i;
	int rc = blocks ? 0 : np_fail_nomem(err);

	json_array_foreach (changes, i, change) {
		if (rc == 0)
			rc = make_change(&draft, change, err);
	}
	if (rc == 0)
		rc = leave_all(blocks, err);
	if (rc == 0)
		*ret_blocks = np_take(blocks);
	return rc;
}

/* Batches while they are filled. */
struct filling {
	json_t *batches;
	json_t *batch; /* the last of them, borrowed */
	size_t bytes;
};

static size_t cost(const char *command)
{
	return strlen(command) + 2;
}

static int put(struct filling *filling, const char *command, struct np_err *err)
{
	if (json_array_append_new(filling->batch, json_string(command)) < 0)
		return np_fail_nomem(err);
	filling->bytes += cost(command);
	return 0;
}

static int turn(struct filling *filling, struct np_err *err)
{
	json_t *batch = json_array();

	if (json_array_append_new(filling->batches, batch) < 0)
		return np_fail_nomem(err);
	filling->batch = batch;
	filling->bytes = 0;
	return 0;
}

static bool has_room(const struct filling *filling, const char *command, size_t commands)
{
	return filling->batch &&
	       json_array_size(filling->batch) + commands <= NXOS_BATCH_COMMANDS &&
	       filling->bytes + cost(command) <= NXOS_BATCH_BYTES;
}

static int put_block(struct filling *filling, const json_t *block, struct np_err *err)
{
	const char *first = zone_text_of(json_array_get(block, 0));
	size_t n = json_array_size(block);
	int rc = 0;

	/* A first command alone at the end of a batch is a waste. */
	if (!has_room(filling, first, n > 1 ? 2 : 1))
		rc = turn(filling, err);
	if (rc == 0)
		rc = put(filling, first, err);
	for (size_t i = 1; i < n && rc == 0; i++) {
		const char *command = zone_text_of(json_array_get(block, i));

		if (!has_room(filling, command, 1)) {
			rc = turn(filling, err);
			if (rc == 0)
				rc = put(filling, first, err);
		}
		if (rc == 0)
			rc = put(filling, command, err);
	}
	return rc;
}

int nxos_command_batches(const json_t *blocks, json_t **ret_batches, struct np_err *err)
{
	np_auto(np_json_decref) json_t *batches = json_array();
	struct filling filling = { .batches = batches };
	const json_t *block;
	size_t i;
	int rc = batches ? 0 : np_fail_nomem(err);

	json_array_foreach (blocks, i, block) {
		if (rc == 0)
			rc = put_block(&filling, block, err);
	}
	if (rc == 0)
		*ret_batches = np_take(batches);
	return rc;
}

char *nxos_command_join(const json_t *batch)
{
	size_t size = 1, len = 0;
	const json_t *one;
	size_t i;

	json_array_foreach (batch, i, one)
		size += cost(zone_text_of(one));
	char *text = malloc(size);
	if (!text)
		return NULL;
	text[0] = '\0';
	json_array_foreach (batch, i, one)
		len += (size_t)snprintf(
			text + len, size - len, "%s%s", i ? " ;" : "", zone_text_of(one));
	return text;
}
