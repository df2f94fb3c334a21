/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulated SAN as a value that knows nothing of files or sockets: HBAs and their N_Ports (physical and
 * virtual), fabrics with targets, zones, LUNs and masks, and the kernel's device objects that follow from
 * them. Whoever uses it holds one lock around every call.
 *
 * Time comes from outside (milliseconds, monotonic). Nothing happens by itself: sim_advance() plays what is
 * due up to a moment, each step at its own scheduled time, so that the state is a function of the moment.
 *
 * Functions that the kernel's interface calls answer 0, a count or -errno; those of commands answer 0 or a
 * negative np_code with its words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/list.h"
#include "lab/driver.h"
#include "lab/zonedb.h"

struct sim_switch;
struct sim_switch_spec;

#define SIM_NEVER INT64_MAX
#define SIM_HBAS_MAX 64
#define SIM_FABRICS_MAX 8
#define SIM_TARGETS_MAX 64 /* of one fabric */
#define SIM_LUNS_MAX 16384
#define SIM_MASKS_MAX 65536
#define SIM_ZONES_MAX 65536    /* pairs of one fabric */
#define SIM_OCCUPIED_MAX 4096  /* WWPNs of other machines on one fabric */
#define SIM_NUMBERS_MAX 65536  /* host numbers, disk numbers, port_ids of a fabric */
#define SIM_DEVICES_MAX 131072 /* SCSI devices */
#define SIM_HASH_SIZE 16384    /* a power of two */
#define SIM_LUN_NUMBER_MAX 65535
#define SIM_HOLDERS_MAX 16 /* of one disk */
#define SIM_NAME_MAX 32
#define SIM_SYMBOLIC_MAX 63 /* the kernel's FC_VPORT_SYMBOLIC_NAMELEN - 1 */

/* A device of the kernel's tree; which directory and files it has is lab/tree.c's business. */
enum sim_kind {
	SIM_ROOT,
	SIM_SLOT, /* a PCI function */
	SIM_HOST,
	SIM_VPORT,
	SIM_RPORT,
	SIM_STARGET,
	SIM_SDEV,
	SIM_DISK,
	SIM_HOLDER,
	SIM_KINDS
};

/* Lives inside its owner. The id is never used again, so it tells a dead device from one of the same name. */
struct sim_object {
	uint64_t id;
	enum sim_kind kind;
	char name[SIM_NAME_MAX];
	struct sim_object *parent;
	struct np_list children, sibling, peer, hashed;
	void *owner;
};

/* A device that is gone and whose name somebody may still hold in a cache; see sim_gone_take(). */
struct sim_gone {
	struct np_list in_list;
	enum sim_kind kind, parent_kind;
	uint64_t parent_id;
	char name[SIM_NAME_MAX];
	unsigned char
		*number; /* mark of its host or disk number: free again when this is forgotten */
};

struct sim_target {
	uint64_t wwpn, wwnn;
	uint32_t port_id;
	bool up;
};

struct sim_pair {
	uint64_t a, b;
};

struct sim_fabric {
	char name[16];
	uint64_t wwn;
	unsigned index;
	bool npiv;
	bool enforce; /* zones count, those of the switches and the pairs; else everybody sees everybody */
	struct sim_zonedb zoning; /* what its switches have */
	struct sim_target targets[SIM_TARGETS_MAX];
	unsigned n_targets;
	struct sim_pair *zones; /* pairs that may talk besides */
	size_t n_zones;
	uint64_t occupied[SIM_OCCUPIED_MAX]; /* logged in from other machines */
	size_t n_occupied;
	unsigned char port_id_used[SIM_NUMBERS_MAX];
};

struct sim_lun {
	struct np_list in_list;
	char wwid[128];
	uint64_t size;
	unsigned fabrics; /* bit n: fabric n */
	unsigned index;
	bool hidden;
};

struct sim_mask {
	uint64_t wwpn; /* 0: everybody */
	struct sim_lun *lun;
	unsigned number;
	bool extra; /* the array shows it although nobody asked for it */
};

struct sim_holder {
	struct sim_object object;
	struct np_list in_sdev;
};

struct sim_sdev {
	struct sim_object object, disk;
	struct np_list in_rport, holders;
	struct sim_rport *rport;
	const struct sim_lun *lun;
	unsigned number, disk_no, n_holders;
	bool offline;
};

enum sim_rport_state { SIM_RPORT_ONLINE, SIM_RPORT_BLOCKED, SIM_RPORT_GONE, SIM_RPORT_MARGINAL };

struct sim_rport {
	struct sim_object object, starget;
	struct np_list in_port, sdevs;
	struct sim_port *port;
	const struct sim_target *target; /* NULL: the fabric's name server */
	enum sim_rport_state state;
	int scsi_id; /* -1: no SCSI target */
	bool has_starget;
	unsigned dev_loss_s;
	char fast_io_fail[16];
	int64_t lost_at; /* when its devices go, while Blocked */
};

struct sim_port {
	struct np_list in_sim;
	struct sim_object host;	 /* the Scsi_Host */
	struct sim_object vport; /* only when virtual */
	struct sim_hba *hba;
	bool is_virtual, foreign, disabled;
	bool stuck;	    /* fault: never logs in */
	enum sim_state bad; /* fault: what comes instead of Active; SIM_UNKNOWN: none */
	unsigned host_no, number;
	uint64_t wwpn, wwnn;
	enum sim_state state, last_state;
	uint32_t port_id; /* 0: not logged in */
	char symbolic[SIM_SYMBOLIC_MAX + 1];
	unsigned dev_loss_s, next_rport, next_scsi_id;
	int64_t login_at, rports_at, luns_at, delete_at;
	struct np_list rports;
};

struct sim_counters {
	uint64_t creates, created, deletes, deleted, reads, writes;
	unsigned creators, creators_max, deleters;
};

struct sim_hba {
	char name[16], pci[16];
	unsigned index, limit, next_vport, in_use;
	const struct sim_driver *driver;
	struct sim_fabric *fabric;
	uint64_t wwpn, wwnn;
	bool link_up, logged_in_once;
	int64_t link_back_at;
	struct sim_object slot;
	struct sim_port *port; /* NULL: removed */
	struct np_list faults;
	struct sim_counters counters;
};

struct sim_delays {
	int64_t login, jitter, rport, lun, create, remove, dev_loss;
};

struct sim {
	int64_t now, next; /* next: nothing is due before */
	uint64_t random, last_id;
	struct sim_delays delays;
	bool default_mask;
	struct sim_object root;
	struct np_list kinds[SIM_KINDS];
	struct np_list *hash;
	struct np_list ports, gone, calls;
	struct sim_fabric *fabrics[SIM_FABRICS_MAX];
	unsigned n_fabrics;
	struct sim_hba *hbas[SIM_HBAS_MAX];
	unsigned n_hbas;
	struct np_list luns, switches;
	/* Called for a new switch: listens on its port. NULL: nobody does. */
	int (*listen)(void *listener, struct sim_switch *sw, const struct sim_switch_spec *spec,
		struct np_err *err);
	void *listener;
	unsigned n_luns;
	struct sim_mask *masks;
	size_t n_masks;
	size_t n_sdevs, n_calls;
	unsigned char host_used[SIM_NUMBERS_MAX], disk_used[SIM_NUMBERS_MAX];
};

/* An empty SAN with realistic delays; add fabrics, then HBAs. */
int sim_new(struct sim **ret_sim, int64_t now, uint64_t seed, struct np_err *err);
struct sim *sim_free(struct sim *sim);
static inline void sim_freep(struct sim **sim)
{
	*sim = sim_free(*sim);
}

/* Plays everything that is due up to @now. */
void sim_advance(struct sim *sim, int64_t now);

/* lab/object.c: the devices. */
struct sim_object *sim_object_find(const struct sim *sim, uint64_t id);
void sim_object_add(
	struct sim *sim, struct sim_object *object, enum sim_kind kind, struct sim_object *parent);
void sim_object_remove(struct sim *sim, struct sim_object *object, unsigned char *number);
/* The port or HBA below which a device is; NULL for the root and the slots. */
struct sim_port *sim_object_port(const struct sim_object *object);

/*
 * Names that went since the last call, moved to @ret_gone. Host and disk numbers stay taken until
 * sim_gone_done() frees the list: caches can be told before a name comes back.
 */
void sim_gone_take(struct sim *sim, struct np_list *ret_gone);
void sim_gone_done(struct np_list *gone);

/* The lowest free number, marked as used; -1 when all are taken. */
int sim_number_take(unsigned char *used, size_t from, size_t count);

/* lab/hba.c */
struct sim_hba_spec {
	const char *name, *fabric, *driver, *pci; /* NULL: the usual ones */
	uint64_t wwpn, wwnn;			  /* 0: made up from the index */
	unsigned limit;				  /* 0: the driver's */
};
int sim_hba_add(struct sim *sim, const struct sim_hba_spec *spec, struct np_err *err);
/* By name or WWPN, in any form. */
int sim_hba_find(
	const struct sim *sim, const char *name, struct sim_hba **ret_hba, struct np_err *err);
struct sim_hba *sim_hba_free(struct sim_hba *hba);
int sim_hba_remove(struct sim *sim, struct sim_hba *hba, struct np_err *err);
int sim_hba_return(struct sim *sim, struct sim_hba *hba, struct np_err *err);
void sim_hba_link(struct sim *sim, struct sim_hba *hba, bool up);

/* lab/port.c: the life of an N_Port. */
/* @number is the vport number; NULL: the physical port. 0 or -ENOMEM. */
struct sim_vport_spec {
	uint64_t wwpn, wwnn;
	bool stuck, foreign;
	enum sim_state bad;
};
int sim_port_new(struct sim *sim, struct sim_hba *hba, const struct sim_vport_spec *spec,
	const unsigned *number);
void sim_port_remove(struct sim *sim, struct sim_port *port);
void sim_port_down(struct sim *sim, struct sim_port *port, enum sim_state state);
void sim_port_login_later(struct sim *sim, struct sim_port *port);
void sim_port_set_state(struct sim_port *port, enum sim_state state);
int64_t sim_port_next(const struct sim_port *port);
void sim_port_step(struct sim *sim, struct sim_port *port);
bool sim_port_is_online(const struct sim_port *port);
void sim_due(struct sim *sim, int64_t when);

/* lab/vport.c: what the kernel's files do; 0 or -errno. */
int sim_vport_create(struct sim *sim, struct sim_hba *hba, const struct sim_vport_spec *spec);
int sim_vport_delete(struct sim *sim, struct sim_hba *hba, uint64_t wwpn, uint64_t wwnn);
int sim_vport_delete_later(struct sim *sim, struct sim_port *port);
int sim_vport_disable(struct sim *sim, struct sim_port *port, bool disable);
struct sim_port *sim_vport_find(const struct sim *sim, const struct sim_hba *hba, uint64_t wwpn);
/* "WWPN:WWNN" as the transport class reads it: 33 characters and at most one newline. */
bool sim_vport_parse(const char *text, size_t len, uint64_t *ret_wwpn, uint64_t *ret_wwnn);

/* lab/rport.c: remote ports and the devices behind them. */
void sim_rports_discover(struct sim *sim, struct sim_port *port);
void sim_rports_block(struct sim *sim, struct sim_port *port);
void sim_rports_expire(struct sim *sim, struct sim_port *port);
uint64_t sim_rport_wwpn(const struct sim_rport *rport);
int64_t sim_rports_next(const struct sim_port *port);
void sim_rports_free(struct sim *sim, struct sim_port *port);
/* Looks for LUNs; -1 is the kernel's '-'. */
struct sim_scan {
	long long channel, target, lun;
};
void sim_port_scan(struct sim *sim, struct sim_port *port, const struct sim_scan *scan);
bool sim_scan_parse(const char *text, size_t len, struct sim_scan *ret_scan);
void sim_sdev_remove(struct sim *sim, struct sim_sdev *sdev);

/* lab/fabric.c */
int sim_fabric_add(struct sim *sim, const char *name, uint64_t wwn, struct np_err *err);
int sim_fabric_find(const struct sim *sim, const char *name, struct sim_fabric **ret_fabric,
	struct np_err *err);
int sim_target_add(struct sim *sim, struct sim_fabric *fabric, uint64_t wwpn, uint64_t wwnn,
	struct np_err *err);
/* A state change notice: every port of the fabric looks at its remote ports again. */
void sim_fabric_notify(struct sim *sim, const struct sim_fabric *fabric);
int sim_zone_add(
	struct sim *sim, struct sim_fabric *fabric, uint64_t a, uint64_t b, struct np_err *err);
int sim_zone_del(
	struct sim *sim, struct sim_fabric *fabric, uint64_t a, uint64_t b, struct np_err *err);
bool sim_zone_allows(const struct sim_fabric *fabric, uint64_t a, uint64_t b);
/* Another machine logs in with this WWPN, or leaves. */
int sim_fabric_occupy(struct sim_fabric *fabric, uint64_t wwpn, bool occupy, struct np_err *err);
/* Is the WWPN logged in on the fabric by anybody but @port? */
bool sim_fabric_has(const struct sim *sim, const struct sim_fabric *fabric, uint64_t wwpn,
	const struct sim_port *port);

/* lab/lun.c */
int sim_lun_add(
	struct sim *sim, const char *wwid, uint64_t size, unsigned fabrics, struct np_err *err);
int sim_lun_find(
	const struct sim *sim, const char *wwid, struct sim_lun **ret_lun, struct np_err *err);
int sim_mask_add(struct sim *sim, const struct sim_mask *mask, struct np_err *err);
int sim_mask_del(struct sim *sim, uint64_t wwpn, const struct sim_lun *lun, struct np_err *err);
/* Does the mask show its LUN to this port? */
bool sim_mask_shows(const struct sim_mask *mask, const struct sim_port *port);
int sim_lun_hold(struct sim *sim, const struct sim_lun *lun, const char *holder, bool hold,
	struct np_err *err);
