/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many there are of what matters: as JSON for /v1/system, as Prometheus' text format for /metrics. */
#include <stdio.h>
#include <string.h>

#include "service/drift.h"
#include "service/fabric.h"
#include "service/hosts.h"
#include "service/metrics.h"
#include "service/op.h"

static const struct {
	const char *name, *help, *sql;
} counts[] = {
	{ "guests", "Guests in the record", "SELECT count(*) FROM guests" },
	{ "guests_ready", "Guests that are to be ready",
		"SELECT count(*) FROM guests WHERE desired = 'ready'" },
	{ "vhbas", "vHBAs in the record", "SELECT count(*) FROM vhbas" },
	{ "wwns", "WWNs that are never given again", "SELECT count(*) FROM wwns" },
	{ "operations_open", "Operations that have not ended",
		"SELECT count(*) FROM operations WHERE ended IS NULL" },
	{ "operations_stuck", "Operations that need a person",
		"SELECT count(*) FROM operations WHERE state = 'STUCK'" },
	{ "hbas", "HBAs seen", NULL },
};

static int64_t count_of(struct svc *svc, size_t i)
{
	int64_t n = 0;

	if (!counts[i].sql)
		return (int64_t)fc_inventory_count(svc_inventory(svc));
	(void)db_number(svc->db, &n, NULL, counts[i].sql, "");
	return n;
}

json_t *svc_counts_view(struct svc *svc)
{
	json_t *view = json_object();

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		(void)json_object_set_new(view, counts[i].name, json_integer(count_of(svc, i)));
	return view;
}

static void head(FILE *out, const char *name, const char *help)
{
	(void)fprintf(out, "# HELP npivd_%s %s.\n# TYPE npivd_%s gauge\n", name, help, name);
}

/* A fabric's name is an identifier, and a rule is one of ours: nothing in them needs escaping. */
static void write_findings(FILE *out, struct svc_fabric *fabric, const json_t *rows)
{
	np_auto(np_json_decref) json_t *sums = json_object();
	const char *labels;
	json_t *sum;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		char key[NP_NAME_MAX + 128];
		(void)snprintf(key, sizeof key, "fabric=\"%s\",rule=\"%s\",ignored=\"%s\"",
			fabric->name, np_json_text(row, "rule"),
			np_json_bool(row, "ignored") ? "yes" : "no");
		(void)json_object_set_new(sums, key, json_integer(np_json_int(sums, key) + 1));
	}
	json_object_foreach (sums, labels, sum)
		(void)fprintf(out, "npivd_fabric_findings{%s} %lld\n", labels,
			(long long)json_integer_value(sum));
}

static void write_drift(FILE *out, struct svc *svc)
{
	head(out, "fabric_findings", "What of a fabric's zones is not as recorded, by rule");
	svc_each_fabric(fabric, svc)
	{
		np_auto(np_json_decref) json_t *rows = NULL;
		if (svc_drift_view(fabric, &rows, NULL) == 0)
			write_findings(out, fabric, rows);
	}
}

static void write_fabrics(FILE *out, struct svc *svc)
{
	head(out, "fabric_up", "Did the switches of a fabric answer when they were last asked");
	svc_each_fabric(fabric, svc)
	{
		(void)fprintf(out, "npivd_fabric_up{fabric=\"%s\"} %d\n", fabric->name,
			*fabric->taken && !fabric->trouble.code);
	}
	head(out, "fabric_lane_stuck", "Does the lane of a fabric not come back from a switch");
	svc_each_fabric(fabric, svc)
	{
		(void)fprintf(out, "npivd_fabric_lane_stuck{fabric=\"%s\"} %d\n", fabric->name,
			svc_fabric_is_blocked(svc, fabric->name));
	}
}

int svc_metrics_get(struct svc *svc, const struct svc_call *call np_unused,
	struct svc_result *ret_result, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	struct np_err why = { 0 };
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return np_fail_nomem(err);
	head(out, "info", "The version that runs");
	(void)fprintf(out, "npivd_info{version=\"%s\"} 1\n", NP_VERSION);
	head(out, "ready", "Can it do its job");
	(void)fprintf(out, "npivd_ready %d\n", svc_ready(svc, &why) == 0);
	head(out, "uptime_seconds", "How long it runs");
	(void)fprintf(out, "npivd_uptime_seconds %lld\n",
		(long long)(svc_clock_ms() - svc->started_ms) / 1000);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		head(out, counts[i].name, counts[i].help);
		(void)fprintf(out, "npivd_%s %lld\n", counts[i].name, (long long)count_of(svc, i));
	}
	write_fabrics(out, svc);
	write_drift(out, svc);
	if (fclose(out) != 0)
		return np_fail_nomem(err);
	return svc_answer(json_string(text), SVC_OK, NULL, NULL, ret_result, err);
}
