/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "lab/model.h"

static bool wwid_is_valid(const char *wwid)
{
	size_t len = strlen(wwid);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)wwid[i]) && !strchr("._-:", wwid[i]))
			return false;
	}
	return len > 4 && len < sizeof(((struct sim_lun *)0)->wwid);
}

int sim_lun_add(
	struct sim *sim, const char *wwid, uint64_t size, unsigned fabrics, struct np_err *err)
{
	struct sim_lun *lun;

	if (!wwid_is_valid(wwid))
		return np_fail(err, NP_INVAL,
			"'%.40s' is no WWID: give e.g. naa.600140500000000000000000000000ff", wwid);
	if (sim->n_luns == SIM_LUNS_MAX)
		return np_fail(err, NP_CAPACITY, "there are %d LUNs already", SIM_LUNS_MAX);
	if (sim_lun_find(sim, wwid, &lun, NULL) == 0)
		return np_fail(err, NP_EXISTS, "LUN %s exists already", wwid);
	lun = calloc(1, sizeof(*lun));
	if (!lun)
		return np_fail_nomem(err);
	(void)snprintf(lun->wwid, sizeof(lun->wwid), "%s", wwid);
	lun->size = size;
	lun->fabrics = fabrics;
	lun->index = sim->n_luns++;
	np_list_append(&sim->luns, &lun->in_list);
	return 0;
}

int sim_lun_find(
	const struct sim *sim, const char *wwid, struct sim_lun **ret_lun, struct np_err *err)
{
	np_list_foreach (lun, &sim->luns, struct sim_lun, in_list) {
		if (strcmp(lun->wwid, wwid) == 0) {
			*ret_lun = lun;
			return 0;
		}
	}
	return np_fail(err, NP_NOTFOUND, "there is no LUN '%.60s': make it with 'lun add'", wwid);
}

/* A mask of the same LUN to the same port is replaced. */
int sim_mask_add(struct sim *sim, const struct sim_mask *mask, struct np_err *err)
{
	for (size_t i = 0; i < sim->n_masks; i++) {
		struct sim_mask *old = &sim->masks[i];
		if (old->wwpn == mask->wwpn && old->lun == mask->lun) {
			*old = *mask;
			return 0;
		}
		if (old->wwpn == mask->wwpn && old->number == mask->number &&
			(old->lun->fabrics & mask->lun->fabrics))
			return np_fail(err, NP_EXISTS, "LUN number %u of %016llx is %s already",
				mask->number, (unsigned long long)mask->wwpn, old->lun->wwid);
	}
	if (sim->n_masks == SIM_MASKS_MAX)
		return np_fail(err, NP_CAPACITY, "there are %d masks already", SIM_MASKS_MAX);
	struct sim_mask *grown = reallocarray(sim->masks, sim->n_masks + 1, sizeof(*grown));
	if (!grown)
		return np_fail_nomem(err);
	sim->masks = grown;
	sim->masks[sim->n_masks++] = *mask;
	return 0;
}

int sim_mask_del(struct sim *sim, uint64_t wwpn, const struct sim_lun *lun, struct np_err *err)
{
	for (size_t i = 0; i < sim->n_masks; i++) {
		if (sim->masks[i].wwpn == wwpn && sim->masks[i].lun == lun) {
			sim->masks[i] = sim->masks[--sim->n_masks];
			return 0;
		}
	}
	return np_fail(err, NP_NOTFOUND, "LUN %s is not masked to %016llx", lun->wwid,
		(unsigned long long)wwpn);
}

bool sim_mask_shows(const struct sim_mask *mask, const struct sim_port *port)
{
	return (!mask->wwpn || mask->wwpn == port->wwpn) && !mask->lun->hidden &&
	       (mask->lun->fabrics & 1u << port->hba->fabric->index);
}

static struct sim_holder *holder_find(struct sim_sdev *sdev, const char *name)
{
	np_list_foreach (holder, &sdev->holders, struct sim_holder, in_sdev) {
		if (strcmp(holder->object.name, name) == 0)
			return holder;
	}
	return NULL;
}

static int sdev_hold(
	struct sim *sim, struct sim_sdev *sdev, const char *name, bool hold, struct np_err *err)
{
	struct sim_holder *holder = holder_find(sdev, name);

	if (hold == (holder != NULL))
		return 0;
	if (!hold) {
		sim_object_remove(sim, &holder->object, NULL);
		np_list_remove(&holder->in_sdev);
		free(holder);
		sdev->n_holders--;
		return 0;
	}
	if (sdev->n_holders == SIM_HOLDERS_MAX)
		return np_fail(err, NP_CAPACITY, "%s has %d holders already", sdev->disk.name,
			SIM_HOLDERS_MAX);
	holder = calloc(1, sizeof(*holder));
	if (!holder)
		return np_fail_nomem(err);
	(void)snprintf(holder->object.name, sizeof(holder->object.name), "%s", name);
	holder->object.owner = holder;
	sim_object_add(sim, &holder->object, SIM_HOLDER, &sdev->disk);
	np_list_append(&sdev->holders, &holder->in_sdev);
	sdev->n_holders++;
	return 0;
}

/* A device such as dm-0 sits on every disk of the LUN, or leaves. */
int sim_lun_hold(
	struct sim *sim, const struct sim_lun *lun, const char *name, bool hold, struct np_err *err)
{
	unsigned disks = 0;

	if (!np_name_is_valid(name) || strlen(name) >= SIM_NAME_MAX)
		return np_fail(err, NP_INVAL, "'%.40s' is no name for a block device", name);
	np_list_foreach (object, &sim->kinds[SIM_SDEV], struct sim_object, peer) {
		struct sim_sdev *sdev = object->owner;
		if (sdev->lun != lun)
			continue;
		int rc = sdev_hold(sim, sdev, name, hold, err);
		if (rc < 0)
			return rc;
		disks++;
	}
	return disks ? 0 : np_fail(err, NP_NOTFOUND, "LUN %s has no disk on any port", lun->wwid);
}
