/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/compile.h"
#include "zoning/list.h"
#include "zoning/name.h"

struct compiler {
	const struct zone_rules *rules;
	const char *template;
	json_t *zones, *owners;
	json_t *folded; /* {name in lower case: whole name} of what was given so far */
	struct np_err *err;
};

/* One zone to be: who, to whom, and what its name says. */
struct sketch {
	const char *guest; /* UUID */
	struct zone_name_parts parts;
	const char *kind;
	uint64_t initiators[2]; /* 0: the pair has no such WWPN */
	const json_t *targets;	/* array of rows of targets */
	bool tapes;		/* of the targets: these, else the disks */
};

static void fold(const char *name, char ret_folded[static ZONE_NAME_MAX])
{
	size_t i = 0;

	for (; i < ZONE_NAME_MAX - 1 && name[i]; i++)
		ret_folded[i] = (char)tolower((unsigned char)name[i]);
	ret_folded[i] = '\0';
}

/* Two names that differ in case alone are one to people and to file systems: the second gets a hash. */
static int name_of(
	struct compiler *compiler, const struct sketch *sketch, char ret_name[static ZONE_NAME_MAX])
{
	char whole[ZONE_NAME_WHOLE], folded[ZONE_NAME_MAX];
	int rc = zone_name_make(
		compiler->rules, compiler->template, &sketch->parts, ret_name, compiler->err);

	if (rc == 0)
		rc = zone_name_whole(
			compiler->rules, compiler->template, &sketch->parts, whole, compiler->err);
	if (rc < 0)
		return rc;
	fold(ret_name, folded);
	const char *taken = np_json_text(compiler->folded, folded);
	if (*taken && strcmp(taken, whole) != 0) {
		rc = zone_name_distinct(compiler->rules, whole, ret_name, compiler->err);
		fold(ret_name, folded);
	}
	if (rc == 0 && json_object_get(compiler->zones, ret_name))
		return np_fail(compiler->err, NP_INVAL,
			"template '%.80s' gives two zones the name '%s': it needs more of {guest} {vhba} {set} {target}",
			*compiler->template ? compiler->template : ZONE_TEMPLATE_DEFAULT, ret_name);
	(void)json_object_set_new(compiler->folded, folded, json_string(whole));
	return rc;
}

static bool is_tape(const json_t *target)
{
	return strcmp(np_json_text(target, "kind"), "tape") == 0;
}

static int add_wwn(struct compiler *compiler, json_t *zone, const char *list, uint64_t wwn)
{
	char text[NP_WWN_TEXT];

	return zone_add(zone, list, np_wwn_text(wwn, text), compiler->err);
}

static int add_targets(
	struct compiler *compiler, const struct sketch *sketch, json_t *zone, size_t *ret_count)
{
	const char *list = strcmp(sketch->kind, "peer") == 0 ? "principals" : "members";
	size_t i;
	const json_t *target;
	int rc = 0;

	json_array_foreach (sketch->targets, i, target) {
		uint64_t wwn = np_json_wwn(target, "wwpn");
		if (rc < 0 || is_tape(target) != sketch->tapes)
			continue;
		if (!wwn)
			return np_fail(compiler->err, NP_INVAL, "target '%.64s' has no WWPN",
				np_json_text(target, "name"));
		rc = add_wwn(compiler, zone, list, wwn);
		++*ret_count;
	}
	return rc;
}

/* A zone of targets alone, or of one initiator alone, is none. */
static int make_zone(struct compiler *compiler, const struct sketch *sketch)
{
	np_auto(np_json_decref) json_t *zone = zone_new(sketch->kind);
	char name[ZONE_NAME_MAX];
	size_t targets = 0;
	int rc = add_targets(compiler, sketch, zone, &targets);

	if (rc < 0 || targets == 0 || !(sketch->initiators[0] || sketch->initiators[1]))
		return rc;
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		if (sketch->initiators[i])
			rc = add_wwn(compiler, zone, "members", sketch->initiators[i]);
	}
	if (rc == 0)
		rc = name_of(compiler, sketch, name);
	if (rc < 0)
		return rc;
	(void)json_object_set(compiler->zones, name, zone);
	(void)json_object_set_new(compiler->owners, name, json_string(sketch->guest));
	return 0;
}

static const char *const target_kinds[] = { "disk", "tape" };

static bool has_both_kinds(const json_t *targets)
{
	bool found[2] = { false, false };
	size_t i;
	const json_t *target;

	json_array_foreach (targets, i, target)
		found[is_tape(target)] = true;
	return found[0] && found[1];
}

/* A zone for disks and one for tapes; the name tells them apart where there are both. */
static int by_kind(struct compiler *compiler, struct sketch *sketch)
{
	bool both = has_both_kinds(sketch->targets);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 2; i++) {
		sketch->tapes = i == 1;
		sketch->parts.target = both ? target_kinds[i] : NULL;
		rc = make_zone(compiler, sketch);
	}
	return rc;
}

/* Ports of an array often share a name: then the WWPN tells them apart. */
static bool is_unique(const json_t *targets, const char *name)
{
	size_t same = 0, i;
	const json_t *target;

	json_array_foreach (targets, i, target)
		same += strcmp(np_json_text(target, "name"), name) == 0;
	return *name && same == 1;
}

static int by_target(struct compiler *compiler, struct sketch *sketch)
{
	const json_t *targets = sketch->targets;
	size_t i;
	json_t *target;
	int rc = 0;

	json_array_foreach (targets, i, target) {
		const char *name = np_json_text(target, "name");
		np_auto(np_json_decref) json_t *one = json_pack("[O]", target);
		sketch->targets = one;
		sketch->tapes = is_tape(target);
		sketch->parts.target =
			is_unique(targets, name) ? name : np_json_text(target, "wwpn");
		if (rc == 0)
			rc = make_zone(compiler, sketch);
	}
	sketch->targets = targets;
	return rc;
}

static int each_set(struct compiler *compiler, struct sketch *sketch, const json_t *vhba,
	int (*make)(struct compiler *compiler, struct sketch *sketch))
{
	static const struct {
		const char *set, *key;
	} sets[] = { { "a", "wwpn_a" }, { "b", "wwpn_b" } };
	int rc = 0;

	sketch->kind = "regular";
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		sketch->parts.set = sets[i].set;
		sketch->initiators[0] = np_json_wwn(vhba, sets[i].key);
		rc = make(compiler, sketch);
	}
	return rc;
}

static int single_target(struct compiler *compiler, struct sketch *sketch, const json_t *vhba)
{
	return each_set(compiler, sketch, vhba, by_target);
}

static int single_initiator(struct compiler *compiler, struct sketch *sketch, const json_t *vhba)
{
	return each_set(compiler, sketch, vhba, by_kind);
}

/* Both WWPNs are peers: they see the principals, and never each other. */
static int peer(struct compiler *compiler, struct sketch *sketch, const json_t *vhba)
{
	sketch->kind = "peer";
	sketch->initiators[0] = np_json_wwn(vhba, "wwpn_a");
	sketch->initiators[1] = np_json_wwn(vhba, "wwpn_b");
	return by_kind(compiler, sketch);
}

static const struct {
	const char *name;
	int (*make)(struct compiler *compiler, struct sketch *sketch, const json_t *vhba);
} policies[] = {
	{ "single-initiator-single-target", single_target },
	{ "single-initiator", single_initiator },
	{ "peer", peer },
};

static int compile_guest(struct compiler *compiler, size_t policy, const json_t *guest)
{
	size_t i;
	const json_t *vhba;
	int rc = 0;

	json_array_foreach (json_object_get(guest, "vhbas"), i, vhba) {
		struct sketch sketch = { .guest = np_json_text(guest, "id"),
			.targets = json_object_get(guest, "targets"),
			.parts = { .guest = np_json_text(guest, "name"),
				.vhba = np_json_text(vhba, "name") } };
		if (rc == 0)
			rc = policies[policy].make(compiler, &sketch, vhba);
	}
	return np_wrap(compiler->err, rc, "guest '%.64s'", np_json_text(guest, "name"));
}

int zone_compile(const json_t *request, json_t **ret_zones, struct np_err *err)
{
	const struct zone_rules *rules = zone_rules_of(np_json_text(request, "vendor"));
	np_auto(np_json_decref) json_t *zones = json_object();
	np_auto(np_json_decref) json_t *owners = json_object();
	np_auto(np_json_decref) json_t *folded = json_object();
	struct compiler compiler = { rules, np_json_text(request, "template"), zones, owners,
		folded, err };
	const char *name = np_json_text(request, "policy");
	size_t policy = 0, n = sizeof policies / sizeof *policies, i;
	const json_t *guest;
	int rc = 0;

	while (policy < n && strcmp(policies[policy].name, name) != 0)
		policy++;
	if (!rules || policy == n)
		return np_fail(err, NP_INVAL, "there is no %s '%.40s'", rules ? "policy" : "vendor",
			rules ? name : np_json_text(request, "vendor"));
	json_array_foreach (json_object_get(request, "guests"), i, guest) {
		if (rc == 0)
			rc = compile_guest(&compiler, policy, guest);
	}
	if (rc < 0)
		return rc;
	*ret_zones = json_pack("{s:O, s:O}", "zones", zones, "owners", owners);
	return *ret_zones ? 0 : np_fail_nomem(err);
}

static json_t *trial_guest(const char *name, const char *wwpn_a, const char *wwpn_b)
{
	return json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}], s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}",
		"id", name, "name", name, "vhbas", "name", "A", "wwpn_a", wwpn_a, "wwpn_b", wwpn_b,
		"targets", "wwpn", "50000000000000a1", "name", "array1", "kind", "disk", "wwpn",
		"50000000000000a2", "name", "array2", "kind", "disk");
}

int zone_template_check(
	const char *vendor, const char *policy, const char *template, struct np_err *err)
{
	np_auto(np_json_decref) json_t *zones = NULL;
	np_auto(np_json_decref) json_t *request = json_pack("{s:s, s:s, s:s, s:[o, o]}", "vendor",
		vendor, "policy", policy, "template", template, "guests",
		trial_guest("guest1", "2000000000000001", "2000000000000002"),
		trial_guest("guest2", "2000000000000003", "2000000000000004"));

	return request ? zone_compile(request, &zones, err) : np_fail_nomem(err);
}
