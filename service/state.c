/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest should be: PUT /v1/guests/{guest}/state. Any number of repetitions has the effect of one:
 * an operation that already does it is answered again, a state that is reached is answered at once.
 */
#include <string.h>

#include <uuid/uuid.h>

#include "base/wwn.h"
#include "service/fabric.h"
#include "service/hba.h"
#include "service/hosts.h"
#include "service/op.h"
#include "service/place.h"
#include "service/want.h"
#include "service/zones.h"

static const char *const desired_words[] = { "ready", "absent", NULL };

static const struct np_field state_request[] = {
	{ .name = "desired",
		.type = NP_TYPE_ENUM,
		.words = desired_words,
		.flags = NP_FIELD_REQUIRED,
		.help = "ready or absent" },
	{ .name = "name", .type = NP_TYPE_TEXT, .max = 128, .help = "the guest's name now" },
	{ .name = "hypervisor", .type = NP_TYPE_NAME, .help = "who asks" },
	{ .name = "profile", .type = NP_TYPE_NAME, .help = "makes a guest that is not known yet" },
	{ .name = "incoming",
		.type = NP_TYPE_BOOL,
		.help = "a live migration arrives: the pair's other WWPN is used" },
	{ .name = "confirm",
		.type = NP_TYPE_BOOL,
		.help = "the guest runs here now; changes nothing" },
	{ .name = "reason",
		.type = NP_TYPE_TEXT,
		.max = 64,
		.help = "why it ended, as the hypervisor says" },
	{ .name = "timeout",
		.type = NP_TYPE_INT,
		.min = 1,
		.max = 3600,
		.help = "seconds that the operation may take" },
	{ .name = "force",
		.type = NP_TYPE_BOOL,
		.help = "stop also while the host holds a LUN open" },
	{ 0 },
};

static int make_from_profile(struct svc *svc, const char *id, const json_t *request,
	json_t **ret_row, struct np_err *err)
{
	np_auto(np_json_decref) json_t *profile = NULL;
	np_auto(np_json_decref) json_t *vhbas = json_array();
	uuid_t uuid;
	int rc = db_find(svc->db, &db_profiles, np_json_text(request, "profile"), &profile, err);

	if (rc < 0)
		return rc;
	if (uuid_parse(id, uuid) < 0)
		return np_fail(err, NP_NOTFOUND,
			"guest '%.128s' not found, and a new one is named by its UUID", id);
	const json_t *fabrics = json_object_get(profile, "fabrics");
	for (size_t i = 0; i < json_array_size(fabrics); i++)
		(void)json_array_append_new(
			vhbas, json_pack("{s:O, s:s}", "fabric", json_array_get(fabrics, i), "pool",
				       np_json_text(profile, "pool")));
	np_auto(np_json_decref) json_t *body = json_pack("{s:s, s:s, s:s, s:I, s:s, s:O}", "id", id,
		"name", json_object_get(request, "name") ? np_json_text(request, "name") : id,
		"profile", np_json_text(profile, "name"), "priority",
		(json_int_t)np_json_int(profile, "priority"), "lun_check",
		np_json_text(profile, "lun_check"), "vhbas", vhbas);
	np_json_set_text(body, "hypervisor", np_json_text(request, "hypervisor"));
	return svc_guest_make(svc, body, ret_row, err);
}

static int64_t timeout_of(
	struct svc *svc, const json_t *guest, const json_t *request, int64_t preset)
{
	np_auto(np_json_decref) json_t *profile = NULL;
	int64_t seconds = np_json_int(request, "timeout");

	if (!seconds && *np_json_text(guest, "profile") &&
		db_find(svc->db, &db_profiles, np_json_text(guest, "profile"), &profile, NULL) == 0)
		seconds = np_json_int(profile, "timeout");
	return seconds ? seconds * 1000 : preset;
}

static json_t *step_new(const char *name, const json_t *args)
{
	return json_pack("{s:s, s:s, s:O}", "name", name, "object",
		*np_json_text(args, "wwpn") ? np_json_text(args, "wwpn")
					    : np_json_text(args, "guest"),
		"args", args);
}

/* @keep: the port stays when the operation fails; a guest that runs may be using it. */
static json_t *port_args(const json_t *guest, const json_t *vhba, bool keep)
{
	char symbolic[64];
	json_t *args =
		json_pack("{s:s, s:b}", "fabric", np_json_text(vhba, "fabric"), "keep", keep);

	np_json_set_wwn(args, "hba", np_json_wwn(vhba, "hba"));
	np_json_set_wwn(args, "wwpn", svc_vhba_wwpn(vhba));
	np_json_set_wwn(args, "wwnn",
		np_json_wwn(vhba, "wwnn") ? np_json_wwn(vhba, "wwnn") : np_json_wwn(guest, "wwnn"));
	(void)snprintf(symbolic, sizeof symbolic, "%.62s", np_json_text(guest, "name"));
	(void)json_object_set_new(args, "symbolic_name", json_string(symbolic));
	return args;
}

static int lun_step(struct svc *svc, const json_t *guest, const json_t *ports, json_t *steps,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *masks = NULL;
	np_auto(np_json_decref) json_t *expected = json_object();
	np_auto(np_json_decref) json_t *wwpns = json_array();
	int rc = svc_guest_masks(svc, np_json_text(guest, "id"), &masks, err);

	if (rc < 0 || json_array_size(masks) == 0 ||
		strcmp(np_json_text(guest, "lun_check"), "none") == 0)
		return rc;
	for (size_t i = 0; i < json_array_size(masks); i++)
		(void)json_object_set_new(
			expected, np_json_text(json_array_get(masks, i), "wwid"), json_true());
	for (size_t i = 0; i < json_array_size(ports); i++)
		(void)json_array_append(wwpns, json_object_get(json_array_get(ports, i), "wwpn"));
	np_auto(np_json_decref) json_t *args = json_pack("{s:O, s:O, s:O, s:O, s:O}", "guest",
		json_object_get(guest, "id"), "lun_check", json_object_get(guest, "lun_check"),
		"luns", expected, "wwpns", wwpns, "ports", ports);
	/* The step waits on the lane of the first port; all of them are looked at. */
	(void)json_object_set(args, "hba", json_object_get(json_array_get(ports, 0), "hba"));
	(void)json_array_append_new(steps, step_new("wait_luns", args));
	return 0;
}

/* The port is to see its targets; on a fabric without a driver, or without recorded targets, there are none. */
static int verify_step(
	struct svc *svc, const json_t *guest, const json_t *port, json_t *steps, struct np_err *err)
{
	np_auto(np_json_decref) json_t *targets = NULL;
	np_auto(np_json_decref) json_t *wwpns = json_array();
	np_auto(np_json_decref) json_t *args = NULL;
	const char *fabric = np_json_text(port, "fabric");
	int rc = svc_fabric_named(svc, fabric) ? svc_want_targets(svc, guest, fabric, &targets, err)
					       : 0;

	if (rc < 0 || json_array_size(targets) == 0)
		return rc;
	for (size_t i = 0; i < json_array_size(targets); i++)
		(void)json_array_append(wwpns, json_object_get(json_array_get(targets, i), "wwpn"));
	args = json_pack("{s:s, s:O, s:O, s:O, s:O}", "fabric", fabric, "hba",
		json_object_get(port, "hba"), "wwpn", json_object_get(port, "wwpn"), "targets",
		wwpns, "guest", json_object_get(guest, "id"));
	(void)json_array_append_new(steps, step_new("zone_verify", args));
	return 0;
}

struct start {
	bool keep;	    /* ports stay when the operation fails */
	bool only_possible; /* leave out vHBAs whose HBA is away */
};

static int start_steps(struct svc *svc, const json_t *guest, json_t *vhbas, const struct start *how,
	json_t *steps, struct np_err *err)
{
	np_auto(np_json_decref) json_t *ports = json_array();
	np_auto(np_json_decref) json_t *links =
		json_pack("{s:O}", "guest", json_object_get(guest, "id"));
	int rc = how->only_possible ? 0 : svc_hba_bind_all(svc, vhbas, err);

	for (size_t i = 0; rc == 0 && i < json_array_size(vhbas); i++) {
		json_t *vhba = json_array_get(vhbas, i);
		if (!how->only_possible || svc_hba_now(svc, np_json_wwn(vhba, "hba")))
			(void)json_array_append_new(ports, port_args(guest, vhba, how->keep));
	}
	if (rc == 0 && !how->keep)
		rc = svc_zone_steps(svc, guest, "guest", steps, err);
	for (size_t i = 0; i < json_array_size(ports); i++)
		(void)json_array_append_new(
			steps, step_new("vport_create", json_array_get(ports, i)));
	for (size_t i = 0; i < json_array_size(ports); i++)
		(void)json_array_append_new(
			steps, step_new("wait_active", json_array_get(ports, i)));
	for (size_t i = 0; rc == 0 && i < json_array_size(ports); i++)
		rc = verify_step(svc, guest, json_array_get(ports, i), steps, err);
	if (rc == 0 && json_array_size(ports) > 0)
		rc = lun_step(svc, guest, ports, steps, err);
	(void)json_array_append_new(steps, step_new("make_links", links));
	return rc;
}

int svc_plan_start(struct svc *svc, json_t *guest, const char *kind, const json_t *request,
	const char *principal, int64_t timeout_ms, int64_t *ret_operation, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *steps = json_array();
	np_auto(np_json_decref) json_t *noted = json_deep_copy(request);
	struct start how = { .keep = strcmp(kind, "vport_restore") == 0,
		.only_possible = np_json_bool(request, "only_possible") };
	char object[64];
	int rc = svc_guest_vhbas(svc, np_json_text(guest, "id"), &vhbas, err);

	if (rc == 0 && json_array_size(vhbas) == 0)
		rc = np_hint(err,
			np_fail(err, NP_CONFLICT, "guest '%s' has no vHBA",
				np_json_text(guest, "name")),
			"npivctl guest set %s --vhba fabric=A --vhba fabric=B",
			np_json_text(guest, "name"));
	if (rc == 0)
		rc = start_steps(svc, guest, vhbas, &how, steps, err);
	if (rc < 0)
		return rc;
	(void)snprintf(object, sizeof object, "guests/%s", np_json_text(guest, "id"));
	(void)json_object_set(noted, "priority", json_object_get(guest, "priority"));
	return svc_op_write(svc,
		&(struct svc_op_spec){ .kind = kind,
			.object = object,
			.guest = np_json_text(guest, "name"),
			.principal = principal,
			.request = noted,
			.timeout_ms = timeout_ms,
			.steps = np_take(steps) },
		ret_operation, err);
}

/* The vport as the kernel has it, where it is; else where the record has it. */
static json_t *delete_args(
	struct svc *svc, const json_t *guest, const json_t *vhba, const json_t *request)
{
	const struct fc_hba *hba = NULL;
	const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba);
	json_t *args = port_args(guest, vhba, false);

	if (vport) {
		np_json_set_wwn(args, "hba", hba->wwpn);
		np_json_set_wwn(args, "wwnn", vport->wwnn);
	}
	(void)json_object_del(args, "symbolic_name");
	(void)json_object_set_new(args, "force", json_boolean(np_json_bool(request, "force")));
	if (np_json_wwn(args, "hba"))
		return args;
	json_decref(args);
	return NULL;
}

static int plan_stop(struct svc *svc, const json_t *guest, const json_t *request,
	const char *principal, int64_t *ret_operation, struct np_err *err)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;
	np_auto(np_json_decref) json_t *steps = json_array();
	np_auto(np_json_decref) json_t *noted = json_deep_copy(request);
	np_auto(np_json_decref) json_t *links =
		json_pack("{s:O}", "guest", json_object_get(guest, "id"));
	char object[64];
	int rc = svc_guest_vhbas(svc, np_json_text(guest, "id"), &vhbas, err);

	if (rc < 0)
		return rc;
	(void)json_array_append_new(steps, step_new("remove_links", links));
	for (size_t i = json_array_size(vhbas); i-- > 0;) {
		np_auto(np_json_decref) json_t *args =
			delete_args(svc, guest, json_array_get(vhbas, i), request);
		if (args)
			(void)json_array_append_new(steps, step_new("vport_delete", args));
	}
	rc = svc_zone_steps(svc, guest, "stop", steps, err);
	if (rc < 0)
		return rc;
	(void)snprintf(object, sizeof object, "guests/%s", np_json_text(guest, "id"));
	(void)json_object_set(noted, "priority", json_object_get(guest, "priority"));
	(void)json_object_set_new(noted, "migration_failed",
		json_boolean(np_json_bool(guest, "incoming") &&
			     strcmp(np_json_text(request, "reason"), "failed") == 0));
	return svc_op_write(svc,
		&(struct svc_op_spec){ .kind = "guest_stop",
			.object = object,
			.guest = np_json_text(guest, "name"),
			.principal = principal,
			.request = noted,
			.timeout_ms = timeout_of(svc, guest, request, svc->set.stop_timeout),
			.steps = np_take(steps) },
		ret_operation, err);
}

static int answer_state(struct svc *svc, const json_t *guest, int64_t operation,
	struct svc_result *ret_result, struct np_err *err)
{
	struct svc_result result = { .status = SVC_ACCEPTED, .operation = operation };
	np_auto(np_json_decref) json_t *row = NULL;
	int rc = 0;

	if (!operation) {
		result.status = SVC_OK;
		rc = svc_guest_find(svc, np_json_text(guest, "id"), &row, err);
		if (rc == 0)
			rc = svc_guest_view(svc, row, &result.body, err);
	}
	if (rc == 0)
		*ret_result = result;
	return rc;
}

static bool is_all_up(struct svc *svc, const json_t *guest)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;

	if (svc_guest_vhbas(svc, np_json_text(guest, "id"), &vhbas, NULL) < 0)
		return false;
	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		const json_t *vhba = json_array_get(vhbas, i);
		const struct fc_hba *hba = NULL;
		const struct fc_vport *vport = svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba);
		if (!vport || !fc_vport_is_up(vport) || hba->wwpn != np_json_wwn(vhba, "hba"))
			return false;
	}
	return json_array_size(vhbas) > 0;
}

/* The arriving side of a migration uses the other half of each pair; the source keeps its own. */
static int flip_pairs(struct svc *svc, const char *id, struct np_err *err)
{
	int rc = db_exec(
		svc->db, err, "UPDATE vhbas SET active = 1 - active WHERE guest = ?", "t", id);

	return rc == 0 ? db_exec(svc->db, err, "UPDATE guests SET incoming = 1 WHERE id = ?", "t",
				 id)
		       : rc;
}

static int set_ready(struct svc *svc, json_t *guest, const json_t *request,
	const struct svc_call *call, struct svc_result *ret_result, struct np_err *err)
{
	const char *id = np_json_text(guest, "id");
	bool was_ready = strcmp(np_json_text(guest, "desired"), "ready") == 0;
	int64_t operation = 0;
	char object[64], kind[32];
	int rc = 0;

	svc_released_forget(svc, id);
	(void)snprintf(object, sizeof object, "guests/%s", id);
	operation = svc_open_operation(svc, object, kind);
	if (operation && strcmp(kind, "guest_delete") == 0)
		return np_hint(err,
			np_fail(err, NP_CONFLICT, "guest '%s' is being deleted",
				np_json_text(guest, "name")),
			"let it end, or end it with: npivctl op cancel %lld", (long long)operation);
	if (operation && (strcmp(kind, "guest_start") == 0 || strcmp(kind, "vport_restore") == 0) &&
		was_ready)
		return answer_state(svc, guest, operation, ret_result, err);
	if (was_ready && !operation && is_all_up(svc, guest))
		return answer_state(svc, guest, 0, ret_result, err);
	if (np_json_bool(request, "incoming") && !was_ready)
		rc = flip_pairs(svc, id, err);
	else if (!was_ready && np_json_bool(guest, "incoming"))
		rc = db_exec(svc->db, err, "UPDATE guests SET incoming = 0 WHERE id = ?", "t", id);
	if (rc == 0)
		rc = db_exec(svc->db, err,
			"UPDATE guests SET desired = 'ready', host = ?, generation = generation + 1 WHERE id = ?",
			"tt", svc->set.host, id);
	if (rc == 0)
		rc = svc_plan_start(svc, guest, was_ready ? "vport_restore" : "guest_start",
			request, call->principal,
			timeout_of(svc, guest, request, svc->set.start_timeout), &operation, err);
	return rc < 0 ? rc : answer_state(svc, guest, operation, ret_result, err);
}

static bool has_ports(struct svc *svc, const char *id)
{
	np_auto(np_json_decref) json_t *vhbas = NULL;

	if (svc_guest_vhbas(svc, id, &vhbas, NULL) < 0)
		return true;
	for (size_t i = 0; i < json_array_size(vhbas); i++) {
		const json_t *vhba = json_array_get(vhbas, i);
		const struct fc_hba *hba;
		if (np_json_wwn(vhba, "hba") || svc_vport_now(svc, svc_vhba_wwpn(vhba), &hba))
			return true;
	}
	return false;
}

static int set_absent(struct svc *svc, json_t *guest, const json_t *request,
	const struct svc_call *call, struct svc_result *ret_result, struct np_err *err)
{
	const char *id = np_json_text(guest, "id");
	int64_t earlier, operation;
	char object[64], kind[32];
	int rc;

	(void)snprintf(object, sizeof object, "guests/%s", id);
	earlier = svc_open_operation(svc, object, kind);
	if (earlier && (strcmp(kind, "guest_stop") == 0 || strcmp(kind, "guest_delete") == 0))
		return answer_state(svc, guest, earlier, ret_result, err);
	if (!earlier && strcmp(np_json_text(guest, "desired"), "absent") == 0 &&
		!has_ports(svc, id))
		return answer_state(svc, guest, 0, ret_result, err);
	rc = db_exec(svc->db, err,
		"UPDATE guests SET desired = 'absent', generation = generation + 1 WHERE id = ?",
		"t", id);
	if (rc == 0)
		rc = plan_stop(svc, guest, request, call->principal, &operation, err);
	if (rc == 0 && earlier)
		rc = svc_op_cancel(svc, earlier, err);
	return rc < 0 ? rc : answer_state(svc, guest, operation, ret_result, err);
}

int svc_plan_remove(struct svc *svc, uint64_t hba, const struct fc_vport *vport, const char *object,
	const char *guest, struct np_err *err)
{
	np_auto(np_json_decref) json_t *args = json_object();
	np_auto(np_json_decref) json_t *request = json_object();
	int64_t operation;

	np_json_set_wwn(args, "hba", hba);
	np_json_set_wwn(args, "wwpn", vport->wwpn);
	np_json_set_wwn(args, "wwnn", vport->wwnn);
	return svc_op_write(svc,
		&(struct svc_op_spec){ .kind = "vport_remove",
			.object = object,
			.guest = guest,
			.principal = "npivd",
			.request = request,
			.timeout_ms = svc->set.stop_timeout,
			.steps = json_pack("[o]", step_new("vport_delete", args)) },
		&operation, err);
}

/* The links of its disks are made again under the new name. */
static int rename_guest(struct svc *svc, json_t *guest, const json_t *request, struct np_err *err)
{
	const char *id = np_json_text(guest, "id");
	int rc = svc_guest_check_name(svc, request, id, err);

	if (rc < 0)
		return rc;
	if (!svc->would) {
		svc_links_remove(svc, id);
		svc->links_stale = true;
		svc_reconcile_soon(svc);
	}
	rc = db_exec(svc->db, err,
		"UPDATE guests SET name = ?, generation = generation + 1 WHERE id = ?", "tt",
		np_json_text(request, "name"), id);
	(void)json_object_set(guest, "name", json_object_get(request, "name"));
	return rc;
}

int svc_guest_state_set(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *request = NULL;
	np_auto(np_json_decref) json_t *guest = NULL;
	int rc = np_json_check(call->body, state_request, NP_CHECK_CREATE, &request, err);

	if (rc < 0)
		return rc;
	bool ready = strcmp(np_json_text(request, "desired"), "ready") == 0;
	rc = svc_guest_find(svc, call->keys[0], &guest, err);
	if (rc == -NP_NOTFOUND && ready && json_object_get(request, "profile"))
		rc = make_from_profile(svc, call->keys[0], request, &guest, err);
	if (rc < 0)
		return rc;
	if (np_json_bool(request, "confirm"))
		return answer_state(svc, guest, 0, ret_result, err);
	if (json_object_get(request, "name") &&
		strcmp(np_json_text(request, "name"), np_json_text(guest, "name")) != 0) {
		rc = rename_guest(svc, guest, request, err);
		if (rc < 0)
			return np_wrap(err, rc, "rename guest '%s' to '%s'",
				np_json_text(guest, "name"), np_json_text(request, "name"));
	}
	return ready ? set_ready(svc, guest, request, call, ret_result, err)
		     : set_absent(svc, guest, request, call, ret_result, err);
}

int svc_guest_state_get(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *row = NULL;
	np_auto(np_json_decref) json_t *view = NULL;
	int rc = svc_guest_find(svc, call->keys[0], &row, err);

	if (rc == 0)
		rc = svc_guest_view(svc, row, &view, err);
	if (rc < 0)
		return rc;
	json_t *state = json_pack("{s:O, s:O, s:O}", "desired", json_object_get(view, "desired"),
		"state", json_object_get(view, "state"), "reason", json_object_get(view, "reason"));
	if (json_object_get(view, "operation"))
		(void)json_object_set(state, "operation", json_object_get(view, "operation"));
	return svc_answer(state, SVC_OK, NULL, NULL, ret_result, err);
}
