/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans as commands of Cisco's NX-OS, the same that the driver sends. Aliases are device-aliases, which have a
 * transaction of their own; what refers to them is made after they come and is through before they go. In enhanced mode
 * `zone commit` ends the session; in basic mode there is none and the switch says so.
 */
#include <string.h>

#include "zoning/nxos_command.h"
#include "zoning/script_write.h"

#define VSAN_MAX 4093

/* A block, whose first command enters the object. */
static void put_block(FILE *out, const json_t *block)
{
	const json_t *command;
	size_t i;

	json_array_foreach (block, i, command) {
		const char *text = json_string_value(command);

		(void)fprintf(out, "%s%s\n", i > 0 && strcmp(text, "exit") != 0 ? "  " : "", text);
	}
	if (strcmp(json_string_value(json_array_get(block, 0)), "device-alias database") == 0)
		(void)fputs("device-alias commit\n", out);
}

/* Changes from @first to before @end. */
static int put_changes(const struct zone_writer *writer, const json_t *changes, size_t first,
	size_t end, struct np_err *err)
{
	const struct nxos_dialect dialect = { .vsan = writer->context, .smart = true };
	np_auto(np_json_decref) json_t *part = json_array();
	np_auto(np_json_decref) json_t *blocks = NULL;
	const json_t *block;
	int rc = part ? 0 : np_fail_nomem(err);

	for (size_t i = first; rc == 0 && i < end; i++)
		if (json_array_append(part, json_array_get(changes, i)) < 0)
			rc = np_fail_nomem(err);
	if (rc == 0)
		rc = nxos_command_blocks(part, &dialect, &blocks, err);
	if (rc < 0)
		return rc;
	size_t i;
	json_array_foreach (blocks, i, block)
		put_block(writer->out, block);
	return 0;
}

static bool is_alias(const json_t *change)
{
	return strcmp(np_json_text(change, "object"), "alias") == 0;
}

/* Where the aliases begin that go when all else is through. */
static size_t last_aliases(const json_t *changes)
{
	size_t at = json_array_size(changes);

	while (at > 0 && is_alias(json_array_get(changes, at - 1)) &&
		!json_object_get(json_array_get(changes, at - 1), "after"))
		at--;
	return at;
}

static bool has_peers(const json_t *changes)
{
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const json_t *after = json_object_get(change, "after");

		if (strcmp(np_json_text(after, "kind"), "peer") == 0)
			return true;
	}
	return false;
}

/* The zoneset that is no longer in force then, NULL when one is or none was. */
static const char *deactivated(const json_t *changes)
{
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change)
		if (strcmp(np_json_text(change, "object"), "activation") == 0 &&
			!json_object_get(change, "after"))
			return json_string_value(json_object_get(change, "before"));
	return NULL;
}

static void put_zone_commit(const struct zone_writer *writer, const json_t *changes)
{
	const char *active = zone_script_activated(writer->plan);
	const char *ended = deactivated(changes);
	long long vsan = (long long)writer->context;

	if (active || ended)
		(void)fprintf(writer->out, "%szoneset activate name %s vsan %lld\n",
			active ? "" : "no ", active ? active : ended, vsan);
	(void)fprintf(writer->out,
		"! in basic mode there is nothing to commit, and the switch says so\n"
		"zone commit vsan %lld\n",
		vsan);
}

static int put_configuration(
	const struct zone_writer *writer, const json_t *changes, struct np_err *err)
{
	size_t n = json_array_size(changes), aliases = last_aliases(changes);

	(void)fputs("terminal dont-ask\nconfigure terminal\n", writer->out);
	if (has_peers(changes))
		(void)fprintf(writer->out,
			"! device types count only after: zone smart-zoning enable vsan %lld\n",
			(long long)writer->context);
	int rc = put_changes(writer, changes, 0, aliases, err);
	if (rc == 0)
		put_zone_commit(writer, changes);
	if (rc == 0)
		rc = put_changes(writer, changes, aliases, n, err);
	if (rc == 0)
		(void)fputs("end\nno terminal dont-ask\n", writer->out);
	return rc;
}

int zone_script_nxos(const struct zone_writer *writer, struct np_err *err)
{
	const json_t *changes = json_object_get(writer->plan, "changes");
	bool changed = zone_script_activated(writer->plan) || json_array_size(changes) > 0;
	long long vsan = (long long)writer->context;
	int rc = 0;

	if (vsan < 1 || vsan > VSAN_MAX)
		return np_fail_field(
			err, "context", "commands of NX-OS need the VSAN, 1 to %d", VSAN_MAX);
	(void)fprintf(writer->out, "show zone status vsan %lld\n", vsan);
	if (changed)
		rc = put_configuration(writer, changes, err);
	if (rc < 0)
		return rc;
	(void)fprintf(writer->out,
		"show zone status vsan %lld\nshow zone pending-diff vsan %lld\n"
		"show zoneset active vsan %lld\n",
		vsan, vsan, vsan);
	if (changed)
		(void)fputs("copy running-config startup-config\n", writer->out);
	return 0;
}
