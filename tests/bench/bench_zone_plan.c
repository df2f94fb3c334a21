/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planning on and judging a big fabric, beside the floor of merely reading the same fabric's text. Argument: how many zones (8000
 * zones with 20,000 members and 4 MB are what a Cisco fabric may hold), then ten times as many: the time per zone must
 * not grow more than that of the floor, which pays for caches and a busy machine, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "zoning/change.h"
#include "zoning/judge.h"
#include "zoning/plan.h"

#define ROUNDS 5
#define EACH 16		   /* zones that are new, altered and removed */
#define CHANGES (5 * EACH) /* new and removed ones are members, too */
#define ALIASES_PER_ZONE 3
#define GROWTH_MAX                                                                                 \
	3.0 /* against the floor, at ten times the fabric; what is quadratic grows by ten */

/* Of this process: others on the machine do not count. */
static double now_ms(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
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

static void name_of(unsigned n, char ret_name[static ZONE_NAME_MAX])
{
	(void)snprintf(ret_name, ZONE_NAME_MAX,
		"%s_customer_database_cluster_node_%06u_fabric_a_vsp1", n % 2 ? "theirs" : "npivd",
		n);
}

/* Names are long, as people's are. Every other zone is ours. */
static json_t *make_fabric(unsigned zones, json_t *made)
{
	json_t *db = zone_db_new(), *list = json_array();
	char name[ZONE_NAME_MAX], wwn[32];

	for (unsigned n = 0; n < zones; n++) {
		name_of(n, name);
		(void)json_object_set_new(
			json_object_get(db, "zones"), name, make_zone(n, n % 2 ? 1 : 2));
		(void)json_array_append_new(list, json_string(name));
		if (n % 2 == 0)
			(void)json_array_append_new(made, json_string(name));
	}
	for (unsigned n = 0; n < zones * ALIASES_PER_ZONE; n++) {
		(void)snprintf(
			name, sizeof name, "alias_of_a_port_of_customer_%06u_in_building_1", n);
		(void)snprintf(wwn, sizeof wwn, "10000300%08x", n);
		(void)json_object_set_new(
			json_object_get(db, "aliases"), name, json_pack("[s]", wwn));
	}
	(void)zone_list_sort(list, NULL);
	(void)json_object_set_new(json_object_get(db, "zonesets"), "prod", list);
	return json_pack("{s:s, s:O, s:o, s:s, s:s, s:[]}", "vendor", "fos", "defined", db,
		"effective", zone_effective_of(db, "prod", "fos", NULL), "default_zone",
		"no-access", "checksum", "abc", "logins");
}

/* Some zones of ours go, some are altered, some are new; the others stay. */
static json_t *make_desired(const json_t *snapshot, json_t *made)
{
	const json_t *zones = json_object_get(json_object_get(snapshot, "defined"), "zones");
	json_t *wanted = json_object(), *absent = json_array();
	char name[ZONE_NAME_MAX];
	size_t i;
	json_t *value;

	json_array_foreach (made, i, value) {
		const char *old = json_string_value(value);
		if (i < EACH)
			(void)json_array_append(absent, value);
		else if (i < 2 * EACH)
			(void)json_object_set_new(
				wanted, old, make_zone(0xe0000000u + (unsigned)i, 1));
		else
			(void)json_object_set(wanted, old, json_object_get(zones, old));
	}
	for (unsigned n = 0; n < EACH; n++) {
		(void)snprintf(name, sizeof name, "npivd_new_%u", n);
		(void)json_object_set_new(wanted, name, make_zone(0xf0000000u + n, 2));
	}
	return json_pack("{s:s, s:{}, s:o, s:{}, s:{s:o, s:[]}, s:{s:O, s:[], s:[]}}", "zoneset",
		"", "aliases", "zones", wanted, "owners", "absent", "zones", absent, "aliases",
		"made", "zones", made, "aliases", "zonesets");
}

struct fabric {
	json_t *snapshot, *desired, *plan;
	char *text;
};

static bool run_plan(struct fabric *fabric)
{
	json_decref(fabric->plan);
	fabric->plan = NULL;
	return zone_plan("A", fabric->desired, fabric->snapshot, &fabric->plan, NULL) == 0 &&
	       json_array_size(json_object_get(fabric->plan, "changes")) == CHANGES;
}

static bool run_impact(struct fabric *fabric)
{
	np_auto(np_json_decref) json_t *owners = json_object();
	np_auto(np_json_decref) json_t *impact = NULL;

	return zone_impact(fabric->plan, fabric->snapshot, owners, &impact, NULL) == 0;
}

static bool run_progress(struct fabric *fabric)
{
	return zone_plan_progress(fabric->plan, fabric->snapshot, NULL) == ZONE_AS_BEFORE;
}

/* What the walker does after the changes: predict, and compare to the last member. */
static bool run_verify(struct fabric *fabric)
{
	np_auto(np_json_decref) json_t *db = NULL;
	np_auto(np_json_decref) json_t *effective = NULL;
	char text[256];

	if (zone_plan_predict(fabric->plan, fabric->snapshot, &db, &effective, NULL) < 0)
		return false;
	zone_db_difference(db, json_object_get(fabric->snapshot, "defined"), text);
	return text[0] &&
	       zone_plan_covers(fabric->plan, json_object_get(fabric->snapshot, "defined"), db);
}

static bool run_drift(struct fabric *fabric)
{
	np_auto(np_json_decref) json_t *wwpns = json_object();
	np_auto(np_json_decref) json_t *findings = NULL;

	return zone_drift(fabric->desired, fabric->snapshot, fabric->snapshot, wwpns, &findings,
		       NULL) == 0;
}

static bool run_lint(struct fabric *fabric)
{
	np_auto(np_json_decref) json_t *findings = NULL;

	return zone_lint(fabric->snapshot, NULL, &findings, NULL) == 0;
}

static bool run_floor(struct fabric *fabric)
{
	np_auto(np_json_decref) json_t *parsed = json_loads(fabric->text, 0, NULL);

	return parsed != NULL;
}

/* The floor is the last. */
static const struct {
	const char *name;
	bool (*run)(struct fabric *fabric);
} jobs[] = {
	{ "plan", run_plan },
	{ "blast radius", run_impact },
	{ "progress", run_progress },
	{ "verify", run_verify },
	{ "drift", run_drift },
	{ "lint", run_lint },
	{ "floor (reading the same as JSON)", run_floor },
};

#define JOBS (sizeof jobs / sizeof *jobs)
#define FLOOR (JOBS - 1)

struct figures {
	double ms[JOBS]; /* the best round */
};

static void run_all(struct fabric *fabric, struct figures *figures)
{
	for (size_t i = 0; i < JOBS; i++) {
		double began = now_ms();
		if (!jobs[i].run(fabric)) {
			(void)printf("%s does not do what it should\n", jobs[i].name);
			exit(1);
		}
		double took = now_ms() - began;
		if (figures->ms[i] == 0 || took < figures->ms[i])
			figures->ms[i] = took;
	}
}

static struct figures measure(unsigned zones)
{
	np_auto(np_json_decref) json_t *made = json_array();
	np_auto(np_json_decref) json_t *snapshot = make_fabric(zones, made);
	np_auto(np_json_decref) json_t *desired = make_desired(snapshot, made);
	np_auto(np_free) char *text = zone_text(snapshot);
	struct fabric fabric = { snapshot, desired, NULL, text };
	struct figures figures = { 0 };

	(void)printf("%u zones, %.1f MB on the switch:\n", zones,
		(double)zone_db_bytes(json_object_get(snapshot, "defined")) / 1e6);
	for (int i = 0; i < ROUNDS; i++)
		run_all(&fabric, &figures);
	for (size_t i = 0; i < JOBS; i++)
		(void)printf("  %8.1f ms %5.2f of the floor  %s\n", figures.ms[i],
			figures.ms[i] / figures.ms[FLOOR], jobs[i].name);
	json_decref(fabric.plan);
	return figures;
}

int main(int argc, char **argv)
{
	unsigned zones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 8000;
	struct figures one = measure(zones), ten = measure(10 * zones);
	int rc = 0;

	for (size_t i = 0; i < FLOOR; i++) {
		double growth = ten.ms[i] / ten.ms[FLOOR] / (one.ms[i] / one.ms[FLOOR]);
		bool linear = growth < GROWTH_MAX || one.ms[i] < 1;
		(void)printf("ten times the fabric: %s takes %.2f times as much of the floor%s\n",
			jobs[i].name, growth, linear ? "" : ": that is not linear");
		rc |= !linear;
	}
	return rc;
}
