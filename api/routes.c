/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/routes.h"

#include <string.h>

#define LIST API_ROUTE_LIST
#define OPTIONAL API_ROUTE_BODY_OPTIONAL
#define OPERATION API_ROUTE_OPERATION
#define SMALL API_BODY_SMALL
#define BIG API_BODY_MAX
#define TEXT API_BODY_TEXT

/* clang-format off */
#define RECORD_ROUTES(nouns, noun, what) \
	{ "GET",    "/v1/" nouns,            svc_##noun##_list,   LIST, 0,     "List " what "s" }, \
	{ "POST",   "/v1/" nouns,            svc_##noun##_create, 0,    BIG,   "Create a " what }, \
	{ "GET",    "/v1/" nouns "/{" #noun "}", svc_##noun##_get,    0, 0,     "Show a " what }, \
	{ "PATCH",  "/v1/" nouns "/{" #noun "}", svc_##noun##_update, 0, BIG,   "Change a " what }, \
	{ "PUT",    "/v1/" nouns "/{" #noun "}", svc_##noun##_put,    0, BIG,   "Create or replace a " what }, \
	{ "DELETE", "/v1/" nouns "/{" #noun "}", svc_##noun##_delete, 0, 0,     "Delete a " what }

const struct api_route api_routes[] = {
	{ "GET",    "/v1",                         svc_index_get,        0, 0, "Version, features and nouns" },
	{ "GET",    "/v1/health/live",             NULL, API_ROUTE_LIVE, 0, "Is the process alive" },
	{ "GET",    "/v1/health/ready",            NULL, API_ROUTE_READY, 0, "Can it do its job" },
	{ "GET",    "/metrics",                    svc_metrics_get,      0, 0, "Figures for Prometheus, as text" },
	{ "GET",    "/v1/system",                  svc_system_get,       0, 0, "State of npivd" },
	{ "GET",    "/v1/system/check",            svc_system_check,     0, 0, "Check the database" },
	{ "GET",    "/v1/system/backups",          svc_backup_list,      LIST, 0, "List backups" },
	{ "POST",   "/v1/system/backups",          svc_backup_create,    OPTIONAL, SMALL, "Back the database up" },
	{ "POST",   "/v1/system/restore",          svc_system_restore,   0, SMALL, "Restore a backup" },
	{ "POST",   "/v1/system/rescan",           svc_system_rescan,    0, 0, "Look at the kernel now" },
	{ "GET",    "/v1/hbas",                    svc_hba_list,         LIST, 0, "List HBAs" },
	{ "GET",    "/v1/hbas/{wwpn}",             svc_hba_get,          0, 0, "Show an HBA" },
	{ "PATCH",  "/v1/hbas/{wwpn}",             svc_hba_update,       0, SMALL, "Change the settings of an HBA" },
	{ "GET",    "/v1/vports",                  svc_vport_list,       LIST, 0, "List vports" },
	{ "GET",    "/v1/vports/{wwpn}",           svc_vport_get,        0, 0, "Show a vport" },
	{ "PUT",    "/v1/vports/{wwpn}/adoption",  svc_vport_adopt,      OPTIONAL, SMALL, "Take a vport into the records" },
	{ "GET",    "/v1/guests",                  svc_guest_list,       LIST, 0, "List guests" },
	{ "POST",   "/v1/guests",                  svc_guest_create,     0, BIG, "Create a guest" },
	{ "GET",    "/v1/guests/{guest}",          svc_guest_get,        0, 0, "Show a guest" },
	{ "PATCH",  "/v1/guests/{guest}",          svc_guest_update,     0, BIG, "Change a guest" },
	{ "DELETE", "/v1/guests/{guest}",          svc_guest_delete,     0, 0, "Delete a guest" },
	{ "GET",    "/v1/guests/{guest}/state",    svc_guest_state_get,  0, 0, "Show the state of a guest" },
	{ "PUT",    "/v1/guests/{guest}/state",    svc_guest_state_set,  0, SMALL, "Start or stop a guest" },
	{ "GET",    "/v1/pools",                   svc_pool_list,        LIST, 0, "List WWN pools" },
	{ "POST",   "/v1/pools",                   svc_pool_create,      0, SMALL, "Create a WWN pool" },
	{ "GET",    "/v1/pools/{pool}",            svc_pool_get,         0, 0, "Show a WWN pool" },
	{ "PATCH",  "/v1/pools/{pool}",            svc_pool_update,      0, SMALL, "Change a WWN pool" },
	{ "DELETE", "/v1/pools/{pool}",            svc_pool_delete,      0, 0, "Delete a WWN pool" },
	{ "GET",    "/v1/wwns",                    svc_wwn_list,         LIST, 0, "List WWNs" },
	{ "POST",   "/v1/wwns",                    svc_wwn_reserve,      0, SMALL, "Reserve a WWN" },
	{ "GET",    "/v1/wwns/{wwn}",              svc_wwn_get,          0, 0, "Show who owns a WWN" },
	{ "DELETE", "/v1/wwns/{wwn}",              svc_wwn_release,      0, 0, "Release a reserved WWN" },
	{ "GET",    "/v1/operations",              svc_operation_list,   LIST, 0, "List operations" },
	{ "GET",    "/v1/operations/{id}",         svc_operation_get,    OPERATION, 0, "Show an operation" },
	{ "DELETE", "/v1/operations/{id}",         svc_operation_cancel, OPERATION, 0, "Ask an operation to stop" },
	{ "POST",   "/v1/operations/{id}/retry",   svc_operation_retry,  0, 0, "Let a stuck operation go on" },
	{ "GET",    "/v1/events",                  svc_event_list,       LIST | API_ROUTE_EVENTS, 0, "List events" },
	{ "GET",    "/v1/fabrics/{fabric}/zones",    svc_fabric_zone_list,    LIST, 0, "List zones of the switches (view=desired, defined, effective)" },
	{ "GET",    "/v1/fabrics/{fabric}/zonesets", svc_fabric_zoneset_list, LIST, 0, "List zonesets of the switches" },
	{ "GET",    "/v1/fabrics/{fabric}/aliases",  svc_fabric_alias_list,   LIST, 0, "List aliases of the switches" },
	{ "GET",    "/v1/fabrics/{fabric}/logins",   svc_fabric_login_list,   LIST, 0, "List who is logged in" },
	{ "GET",    "/v1/fabrics/{fabric}/lock",     svc_fabric_lock_get,     0, 0, "Show who changes zones, and how full the database is" },
	{ "GET",    "/v1/fabrics/{fabric}/drift",    svc_drift_list,          LIST, 0, "List what is not as recorded" },
	{ "PUT",    "/v1/fabrics/{fabric}/drift/{finding}", svc_drift_act,    0, SMALL, "Adopt, revert or ignore a finding" },
	{ "GET",    "/v1/fabrics/{fabric}/snapshots", svc_snapshot_list,      LIST, 0, "List what the switches had earlier" },
	{ "POST",   "/v1/fabrics/{fabric}/snapshots", svc_snapshot_take,      OPTIONAL, SMALL, "Read the switches now" },
	{ "GET",    "/v1/fabrics/{fabric}/snapshots/{id}", svc_snapshot_get,  0, 0, "Show what the switches had" },
	{ "POST",   "/v1/fabrics/{fabric}/lint",     svc_fabric_lint,         OPTIONAL, TEXT, "Check zones against the rules of the field" },
	{ "POST",   "/v1/fabrics/{fabric}/import",   svc_fabric_import,       OPTIONAL, TEXT, "Find guests' zones in a switch or its text" },
	{ "GET",    "/v1/plans",                   svc_plan_list,        LIST, 0, "List plans" },
	{ "POST",   "/v1/plans",                   svc_plan_create,      0, SMALL, "Plan what the records want" },
	{ "GET",    "/v1/plans/{plan}",            svc_plan_get,         0, 0, "Show a plan" },
	{ "DELETE", "/v1/plans/{plan}",            svc_plan_delete,      0, 0, "Drop a plan" },
	{ "GET",    "/v1/plans/{plan}/script",     svc_plan_script,      0, 0, "Show a plan in the words of its fabric's vendor" },
	{ "GET",    "/v1/plans/{plan}/script/{format}", svc_plan_script, 0, 0, "Show a plan as fos, nxos, csv or diff" },
	{ "POST",   "/v1/plans/{plan}/apply",      svc_plan_apply,       OPTIONAL, SMALL, "Carry plans out" },
	{ "POST",   "/v1/plans/{plan}/confirm",    svc_plan_confirm,     OPTIONAL, SMALL, "Say that a plan was carried out by hand" },
	RECORD_ROUTES("profiles", profile, "profile"),
	RECORD_ROUTES("fabrics", fabric, "fabric"),
	RECORD_ROUTES("targets", target, "target"),
	RECORD_ROUTES("luns", lun, "LUN"),
	RECORD_ROUTES("masks", mask, "mask"),
	RECORD_ROUTES("aliases", alias, "alias"),
	RECORD_ROUTES("zones", zone, "zone"),
	RECORD_ROUTES("zonesets", zoneset, "zoneset"),
	{ 0 },
};
/* clang-format on */

/*
 * Does @pattern fit the whole path? Its keys and its rank: one bit a segment, set for a literal,
 * the first segment highest, so that of two fitting patterns the more literal one has the greater
 * rank.
 */
static bool fits(const struct api_target *target, const char *pattern, struct api_match *match,
	unsigned *ret_rank)
{
	size_t i, keys = 0;

	*ret_rank = 0;
	for (i = 0; *pattern && i < target->segments_count && i < API_SEGMENTS_MAX; i++) {
		size_t len = strcspn(++pattern, "/");
		const char *text = target->segments[i];
		if (*pattern == '{' && *text && keys < SVC_KEYS_MAX)
			match->keys[keys++] = text;
		else if (*pattern != '{' && strlen(text) == len && strncmp(text, pattern, len) == 0)
			*ret_rank |= 1u << (API_SEGMENTS_MAX - i);
		else
			return false;
		pattern += len;
	}
	return !*pattern && i == target->segments_count;
}

static bool is_method(const struct api_route *route, const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	return strcmp(route->method, method) == 0;
}

static void allow(char text[static API_ALLOW_MAX], const char *method)
{
	size_t len = strlen(text);

	if (strstr(text, method))
		return;
	(void)snprintf(text + len, API_ALLOW_MAX - len, "%s%s%s", len ? ", " : "", method,
		strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

int api_route_find(const struct api_target *target, const char *method, struct api_match *ret_match,
	char ret_allow[static API_ALLOW_MAX], struct np_err *err)
{
	unsigned rank, best_rank = 0;
	struct api_match best = { 0 };

	ret_allow[0] = '\0';
	for (const struct api_route *route = api_routes; route->method; route++) {
		struct api_match match = { .route = route };
		if (!fits(target, route->path, &match, &rank))
			continue;
		allow(ret_allow, route->method);
		if (is_method(route, method) && rank > best_rank) {
			best = match;
			best_rank = rank;
		}
	}
	int rc = 0;
	if (!best.route && ret_allow[0])
		rc = np_fail(err, NP_UNSUPPORTED, "'%s' does not take %s", target->path, method);
	else if (!best.route)
		rc = np_fail(err, NP_NOTFOUND, "no such path: '%s'", target->path);
	if (rc < 0)
		return np_hint(err, rc, "GET /v1 lists the nouns%s%s",
			ret_allow[0] ? "; this path takes " : "", ret_allow);
	*ret_match = best;
	return 0;
}

bool api_route_is_mutation(const struct api_route *route)
{
	return strcmp(route->method, "GET") != 0;
}
