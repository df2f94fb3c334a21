/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file system: which directories, files and links each kind of device has, as rows. A place is a device
 * and one of its rows; it becomes an inode number that no other place ever had, because device ids are never
 * used again: a descriptor of a dead device stays dead, as with the kernel's own tree.
 *
 * Row 1 of every kind is the device's own directory; row 0 is nothing.
 */
#pragma once

#include <sys/stat.h>

#include "lab/fault.h"

#define SIM_TEXT_MAX 4096 /* what a file holds at most, as in the kernel */
#define SIM_TREE_PATH_MAX 1024
#define SIM_TOP 1 /* row of a device's own directory */
#define SIM_ROOT_INO 1

enum sim_row_type { SIM_DIR, SIM_FILE, SIM_LINK };
enum sim_link_to { SIM_TO_SELF, SIM_TO_PARENT, SIM_TO_ROOT };

struct sim_text {
	char data[SIM_TEXT_MAX];
	size_t len;
};

struct sim_row {
	unsigned in; /* row of the directory that holds it */
	enum sim_row_type type;
	const char *name; /* NULL: the device's own name */
	mode_t mode;	  /* of a file */
	const char *text; /* a file that never changes */
	int (*show)(const struct sim *sim, const struct sim_object *object,
		struct sim_text *out);		       /* 0 or -errno */
	sim_store *store;			       /* what a write does */
	enum sim_op op;				       /* how faults call that write */
	bool (*when)(const struct sim_object *object); /* NULL: every device of the kind has it */
	unsigned holds;	     /* directory: bits of the kinds of child devices in it */
	enum sim_link_to to; /* link: whose row is link_row */
	unsigned link_row;
	unsigned
		class_row; /* link in this directory of the root, named as the device; then in is 0 */
};

struct sim_table {
	const struct sim_row *rows;
	unsigned count;
};

/* The table of each kind; the tables themselves are in lab/rows_*.c. */
extern const struct sim_table *const sim_tables[SIM_KINDS];

struct sim_place {
	struct sim_object *object;
	unsigned row;
};

/* Filled by the walk below. */
typedef int sim_entry_fn(void *data, const char *name, uint64_t ino, mode_t mode);

/* The inode number of a place, and back: false when the device is gone. */
uint64_t sim_place_ino(const struct sim_place *place);
bool sim_place_find(const struct sim *sim, uint64_t ino, struct sim_place *ret_place);
const struct sim_row *sim_place_row(const struct sim_place *place);
mode_t sim_place_mode(const struct sim_place *place);
const char *sim_place_name(const struct sim_place *place);

/* The entry @name of a directory; false: there is none. */
bool sim_tree_lookup(const struct sim *sim, const struct sim_place *dir, const char *name,
	struct sim_place *ret_place);
/* Calls @entry for each one until it answers non-zero; that is returned. */
int sim_tree_list(
	const struct sim *sim, const struct sim_place *dir, sim_entry_fn *entry, void *data);
/* Path below the mount point, without a leading slash. */
void sim_tree_path(
	const struct sim *sim, const struct sim_place *place, char path[static SIM_TREE_PATH_MAX]);
/* Where a link points, relative as the kernel writes it. */
void sim_tree_link(
	const struct sim *sim, const struct sim_place *place, char path[static SIM_TREE_PATH_MAX]);
/* The content of a file: 0 or -errno. */
int sim_tree_show(const struct sim *sim, const struct sim_place *place, struct sim_text *out);
/* The directory entries that a dead device had: calls @entry with the directory's inode number. */
void sim_tree_forget(const struct sim_gone *gone,
	void (*entry)(void *data, uint64_t dir, const char *name), void *data);

void sim_say(struct sim_text *out, const char *fmt, ...) np_printf(2, 3);
