/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every body that the driver for Fabric OS would send for many plans, and the way back, drawn from SEEDS seeds: one JSON object
 * a line, {"method", "container", "body", "type_string"}. For test_bodies.py: fos_bodies SEEDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/quoted.h"
#include "tests/fake/zone_world.h"
#include "zoning/change.h"
#include "zoning/fos_body.h"

#define CHUNK_MAX 200

#define NAME_64 "npivd_a$20$_^-0123456789012345678901234567890123456789012345678"
#define I1 "'2100aabbccdd0001'"
#define I2 "'2100aabbccdd0002'"
#define T1 "'500601604b21aa01'"
#define NOTHING "{'aliases':{},'zones':{},'zonesets':{}}"

/* What no plan of ours holds, but a restored fabric does: ports, aliases, long names, a zone that changes its type. */
static const struct {
	const char *changes, *db;
} odd[] = {
	{ "[{'object':'alias','name':'a','after':[" I1 ",'3,15','239,65535','1,-1']},"
	  "{'object':'zone','name':'" NAME_64 "','after':{'kind':'regular','members':[" I1
	  ",'3,15','@a']}},"
	  "{'object':'zone','name':'p','after':{'kind':'peer','members':[" I2 "],'principals':[" T1
	  ",'@a']}},"
	  "{'object':'zoneset','name':'" NAME_64 "','after':true},"
	  "{'object':'member','name':'" NAME_64 "','zoneset':'" NAME_64 "','after':true},"
	  "{'object':'member','name':'p','zoneset':'" NAME_64 "','after':true}]",
		NOTHING },
	{ "[{'object':'zone','name':'z','after':{'kind':'peer','members':[" I1 "],'principals':[" T1
	  "]}},"
	  "{'object':'zone','name':'y','after':{'kind':'regular','members':[" I1 "," T1 "]}}]",
		"{'aliases':{},'zones':{'z':{'kind':'regular','members':[" I1
		"]},'y':{'kind':'peer','members':[" I1 "],'principals':[" T1 "]}},"
		"'zonesets':{'S':['x','y','z'],'T':['z']}}" },
	{ "[{'object':'member','name':'y','zoneset':'S','before':true},"
	  "{'object':'member','name':'y','zoneset':'T','before':true},"
	  "{'object':'member','name':'z','zoneset':'S','before':true},"
	  "{'object':'zone','name':'y','before':{}},{'object':'zone','name':'z','before':{}},"
	  "{'object':'alias','name':'a','before':[]},"
	  "{'object':'zoneset','name':'T','before':true}]",
		"{'aliases':{'a':[" I1 "]},'zones':{'x':{},'y':{},'z':{}},"
		"'zonesets':{'S':['x','y','z'],'T':['y']}}" },
};

static void print(const char *method, const char *container, const json_t *body, bool type_string)
{
	np_auto(np_json_decref) json_t *line = json_pack("{s:s, s:s, s:O, s:b}", "method", method,
		"container", container, "body", body, "type_string", type_string);
	np_auto(np_free) char *text = json_dumps(line, JSON_COMPACT);

	(void)printf("%s\n", text);
}

static json_t *slice(const json_t *list, size_t from)
{
	json_t *part = json_array();

	for (size_t i = from; i < from + CHUNK_MAX && i < json_array_size(list); i++)
		(void)json_array_append(part, json_array_get(list, i));
	return part;
}

static void print_chunk(const json_t *changes, const json_t *db, bool type_string)
{
	struct fos_edit edits[FOS_EDITS_MAX] = { 0 };
	struct np_err err = { 0 };
	size_t count = 0;

	if (fos_edits(changes, db, type_string, edits, &count, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	for (size_t i = 0; i < count; i++) {
		print(edits[i].method, "defined-configuration", edits[i].body, type_string);
		json_decref(edits[i].body);
	}
}

/* In chunks, each on what the one before has made. */
static void print_changes(const json_t *changes, json_t *db, bool type_string)
{
	const json_t *change;
	size_t i;

	for (size_t at = 0; at < json_array_size(changes); at += CHUNK_MAX) {
		np_auto(np_json_decref) json_t *chunk = slice(changes, at);

		print_chunk(chunk, db, type_string);
		json_array_foreach (chunk, i, change)
			(void)zone_change_make(change, db, NULL);
	}
}

static void print_world(uint64_t seed, bool type_string)
{
	static const struct fake_flavour flavour = {
		.name = "fos", .tells_token = true, .has_checksum = true, .per_session = true
	};
	struct world world;

	world_init(&world, &flavour, seed);
	np_auto(np_json_decref) json_t *db = zone_db_edit(world.sw.defined);
	print_changes(json_object_get(world.plan, "changes"), db, type_string);
	print_changes(json_object_get(world.inverse, "changes"), db, type_string);
	world_done(&world);
}

/* More zones than a chunk has. */
static void print_many(bool type_string)
{
	np_auto(np_json_decref) json_t *db = quoted(NOTHING);
	np_auto(np_json_decref) json_t *changes = json_array();
	char name[ZONE_NAME_MAX];

	(void)json_object_set_new(json_object_get(db, "zonesets"), "S", json_array());
	for (size_t i = 0; i < 2000; i++) {
		bool zone = i < 1000;

		(void)snprintf(name, sizeof name, "npivd_%zu", i % 1000);
		(void)json_array_append_new(
			changes, zone ? json_pack("{s:s, s:s, s:{s:s, s:[s]}}", "object", "zone",
						"name", name, "after", "kind", "regular", "members",
						"2100aabbccdd0001")
				      : json_pack("{s:s, s:s, s:s, s:b}", "object", "member",
						"name", name, "zoneset", "S", "after", 1));
	}
	print_changes(changes, db, type_string);
}

static void print_actions(bool type_string)
{
	static const char sum[] = "0123456789abcdefABCDEF0123456789";
	static const enum fos_action actions[] = { FOS_ENABLE, FOS_SAVE, FOS_DISABLE, FOS_ABORT };

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		np_auto(np_json_decref) json_t *body = fos_action_body(actions[i], NAME_64, sum);
		np_auto(np_json_decref) json_t *bare = fos_action_body(actions[i], NAME_64, NULL);

		print("PATCH", "effective-configuration", body, type_string);
		print("PATCH", "effective-configuration", bare, type_string);
	}
}

int main(int argc, char **argv)
{
	unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

	for (int type_string = 0; type_string < 2; type_string++) {
		for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
			np_auto(np_json_decref) json_t *changes = quoted(odd[i].changes);
			np_auto(np_json_decref) json_t *db = quoted(odd[i].db);
			print_changes(changes, db, type_string);
		}
		for (unsigned long seed = 1; seed <= seeds; seed++)
			print_world(seed, type_string);
		print_many(type_string);
		print_actions(type_string);
	}
	return 0;
}
