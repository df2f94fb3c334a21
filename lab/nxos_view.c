/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What show commands are about. */
#include <string.h>

#include "base/json.h"
#include "lab/nxos.h"

bool nxos_view_parse(struct nxos_shell *shell, char **words, struct nxos_view *ret_view)
{
	struct nxos_view view = { 0 };
	char vsan[16];

	(void)snprintf(vsan, sizeof(vsan), "%u", shell->nxos->vsan);
	for (; *words && shell->outcome == NXOS_FINE; words++) {
		if (strcmp(*words, "active") == 0)
			view.active = true;
		else if (strcmp(*words, "pending") == 0)
			view.pending = true;
		else if (strcmp(*words, "brief") == 0)
			view.brief = true;
		else if (strcmp(*words, "detail") == 0)
			view.detail = true;
		else if (strcmp(*words, "name") == 0 && words[1])
			view.name = *++words;
		else if (strcmp(*words, "vsan") != 0 || !words[1])
			nxos_refuse(shell, "%% Invalid command");
		else if (strcmp(*++words, vsan) != 0)
			nxos_refuse(shell, "VSAN %.8s is not configured", *words);
	}
	*ret_view = view;
	return shell->outcome == NXOS_FINE;
}

static const json_t *effective_zones(const struct sim_zonedb *db)
{
	const json_t *written = json_object_get(db->effective, "written");

	return written ? written : json_object_get(db->effective, "zones");
}

const json_t *nxos_view_all(const struct nxos_shell *shell, const struct nxos_view *view)
{
	if (view->active)
		return effective_zones(shell->db);
	return json_object_get(view->pending ? shell->db->pending : shell->db->defined, "zones");
}

/* What is pending is shown to whoever has the session. */
static bool has_pending(struct nxos_shell *shell, const struct nxos_view *view)
{
	if (view->pending && (!shell->db->pending || !nxos_own_is(shell->db, "enhanced")))
		nxos_miss(shell, "No pending info found");
	return shell->outcome == NXOS_FINE;
}

static json_t *pick(struct nxos_shell *shell, const json_t *all, const char *name, const char *word)
{
	json_t *one = name ? json_object_get(all, name) : NULL;
	json_t *picked = name ? json_object() : json_incref((json_t *)(uintptr_t)all);

	if (one)
		(void)json_object_set(picked, name, one);
	if (json_object_size(picked))
		return picked;
	nxos_miss(shell, "%s not present", word);
	json_decref(picked);
	return NULL;
}

json_t *nxos_view_zones(struct nxos_shell *shell, const struct nxos_view *view)
{
	return has_pending(shell, view)
		       ? pick(shell, nxos_view_all(shell, view), view->name, "Zone")
		       : NULL;
}

/* The zoneset in force as one of a database. */
static json_t *active_zoneset(const struct sim_zonedb *db)
{
	const char *zoneset = np_json_text(db->effective, "zoneset"), *name;
	json_t *sets = json_object(), *names = json_array(), *zone;

	json_object_foreach ((json_t *)(uintptr_t)effective_zones(db), name, zone)
		(void)json_array_append_new(names, json_string(name));
	if (zoneset[0])
		(void)json_object_set(sets, zoneset, names);
	json_decref(names);
	return sets;
}

json_t *nxos_view_zonesets(struct nxos_shell *shell, const struct nxos_view *view)
{
	np_auto(np_json_decref) json_t *sets = NULL;
	struct sim_zonedb *db = shell->db;

	if (!has_pending(shell, view))
		return NULL;
	if (view->active)
		sets = active_zoneset(db);
	else
		sets = json_incref(
			json_object_get(view->pending ? db->pending : db->defined, "zonesets"));
	return pick(shell, sets, view->name, "Zoneset");
}
