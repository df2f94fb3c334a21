/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planning on and judging a big fabric, beside the floor of merely reading the same fabric's text. Argument: how many zones (8000
 * is what a Cisco fabric may hold), then ten times as many: the time per zone must not grow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "zoning/change.h"
#include "zoning/judge.h"
#include "zoning/plan.h"

#define ROUNDS 5
#define NEW_ZONES 16
#define GROWTH_MAX                                                                                 \
	25.0 /* of the time, for ten times the fabric: linear is 10; caches and noise are paid, n log n is not */

static double now_ms(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static json_t *make_zone(unsigned n, unsigned targets)
{
	json_t *zone = zone_new("regular");
	char member[32];

	(void)snprintf(member, sizeof member, "10000200%08x", n);
	(void)zone_add(zone, "members", member, NULL);
	for (unsigned i = 0; i < targets; i++) {
		(void)snprintf(member, sizeof member, "50060e80%08x", n % 97 + i * 128);
		(void)zone_add(zone, "members", member, NULL);
	}
	return zone;
}

/* Names are long, as people's are: 8,000 zones are about 4 MB as the switch writes them. */
static json_t *make_fabric(unsigned zones, json_t *made)
{
	json_t *db = zone_db_new(), *list = json_array();
	char name[ZONE_NAME_MAX];

	for (unsigned n = 0; n < zones; n++) {
		(void)snprintf(name, sizeof name,
			"%s_customer_database_cluster_node_%06u_fabric_a_vsp1",
			n % 2 ? "theirs" : "npivd", n);
		(void)json_object_set_new(
			json_object_get(db, "zones"), name, make_zone(n, n % 2 ? 1 : 2));
		(void)json_array_append_new(list, json_string(name));
		if (n % 2 == 0)
			(void)json_array_append_new(made, json_string(name));
	}
	(void)zone_list_sort(list, NULL);
	(void)json_object_set_new(json_object_get(db, "zonesets"), "prod", list);
	return json_pack("{s:s, s:O, s:o, s:s, s:s, s:[]}", "vendor", "fos", "defined", db,
		"effective", zone_effective_of(db, "prod", "fos", NULL), "default_zone",
		"no-access", "checksum", "abc", "logins");
}

/* All that is ours stays, and some new zones come. */
static json_t *make_desired(const json_t *snapshot, json_t *made)
{
	const json_t *zones = json_object_get(json_object_get(snapshot, "defined"), "zones");
	json_t *wanted = json_object();
	char name[ZONE_NAME_MAX];
	size_t i;
	json_t *value;

	json_array_foreach (made, i, value)
		(void)json_object_set(wanted, json_string_value(value),
			json_object_get(zones, json_string_value(value)));
	for (unsigned n = 0; n < NEW_ZONES; n++) {
		(void)snprintf(name, sizeof name, "npivd_new_%u", n);
		(void)json_object_set_new(wanted, name, make_zone(0xf0000000u + n, 2));
	}
	return json_pack("{s:s, s:{}, s:o, s:{}, s:{s:[], s:[]}, s:{s:O, s:[], s:[]}}", "zoneset",
		"", "aliases", "zones", wanted, "owners", "absent", "zones", "aliases", "made",
		"zones", made, "aliases", "zonesets");
}

struct figures {
	double plan_ms, impact_ms, verify_ms, lint_ms, floor_ms, megabytes;
};

static void keep_best(double *best, double began)
{
	double took = now_ms() - began;

	if (*best == 0 || took < *best)
		*best = took;
}

static void plan_once(
	const json_t *desired, const json_t *snapshot, const char *text, struct figures *figures)
{
	np_auto(np_json_decref) json_t *plan = NULL;
	np_auto(np_json_decref) json_t *impact = NULL;
	np_auto(np_json_decref) json_t *findings = NULL;
	np_auto(np_json_decref) json_t *parsed = NULL;
	np_auto(np_json_decref) json_t *owners = json_object();
	double began = now_ms();

	if (zone_plan("A", desired, snapshot, &plan, NULL) < 0 ||
		json_array_size(json_object_get(plan, "changes")) != 2 * NEW_ZONES)
		exit(1);
	keep_best(&figures->plan_ms, began);
	began = now_ms();
	if (zone_impact(plan, snapshot, owners, &impact, NULL) < 0)
		exit(1);
	keep_best(&figures->impact_ms, began);
	began = now_ms();
	if (zone_plan_progress(plan, snapshot, NULL) != ZONE_AS_BEFORE)
		exit(1);
	keep_best(&figures->verify_ms, began);
	began = now_ms();
	if (zone_lint(snapshot, NULL, &findings, NULL) < 0)
		exit(1);
	keep_best(&figures->lint_ms, began);
	began = now_ms();
	parsed = json_loads(text, 0, NULL);
	if (!parsed)
		exit(1);
	keep_best(&figures->floor_ms, began);
}

static struct figures measure(unsigned zones)
{
	np_auto(np_json_decref) json_t *made = json_array();
	np_auto(np_json_decref) json_t *snapshot = make_fabric(zones, made);
	np_auto(np_json_decref) json_t *desired = make_desired(snapshot, made);
	np_auto(np_free) char *text = zone_text(snapshot);
	struct figures figures = { 0 };

	figures.megabytes = (double)zone_db_bytes(json_object_get(snapshot, "defined")) / 1e6;
	for (int i = 0; i < ROUNDS; i++)
		plan_once(desired, snapshot, text, &figures);
	(void)printf(
		"%6u zones, %.1f MB on the switch: plan %.1f ms, blast radius %.1f ms, progress %.1f ms, "
		"lint %.1f ms; floor (reading the same as JSON) %.1f ms\n",
		zones, figures.megabytes, figures.plan_ms, figures.impact_ms, figures.verify_ms,
		figures.lint_ms, figures.floor_ms);
	return figures;
}

int main(int argc, char **argv)
{
	unsigned zones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 8000;
	struct figures one = measure(zones), ten = measure(10 * zones);
	double growth = ten.plan_ms / one.plan_ms, lint_growth = ten.lint_ms / one.lint_ms;

	(void)printf(
		"plan / floor %.2f, lint / floor %.2f; ten times the fabric takes %.1f and %.1f times "
		"the time\n",
		one.plan_ms / one.floor_ms, one.lint_ms / one.floor_ms, growth, lint_growth);
	return growth < GROWTH_MAX && lint_growth < GROWTH_MAX ? 0 : 1;
}
