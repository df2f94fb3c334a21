/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the configuration may set in the service; plain values, filled by the daemon. Times in ms. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct svc_settings {
	char host[65];		   /* this hypervisor's name */
	char program[256];	   /* npivd itself: lanes are started from it */
	char sysfs_root[256];	   /* "/sys" */
	char state_dir[256];	   /* guests/ markers, backups/ */
	char run_dir[256];	   /* disks/, lanes/ */
	char credentials_dir[256]; /* user and secret of each switch, a file each */
	char record_dir[256];	   /* lane recordings; "" = none */
	int64_t start_timeout;	   /* of a guest start */
	int64_t stop_timeout;
	int64_t undo_timeout;	  /* of taking one step back, before a person is asked */
	int64_t job_timeout;	  /* of one sysfs write before its lane is called stuck */
	int64_t switch_timeout;	  /* of one job of a fabric's lane */
	int64_t resync;		  /* the kernel is read again at least so often */
	int64_t hba_grace;	  /* how long an HBA may be away before its vports move */
	int64_t restore_parallel; /* vports made again at once */
	int64_t vports_per_hba;	  /* admission limits; 0 = the driver's own */
	int64_t logins_per_port;
	int64_t logins_per_switch;
	int64_t keep_operations; /* ended ones kept in the record */
	int64_t keep_events;
	int64_t keep_snapshots; /* of each fabric */
	bool events;		/* listen to the kernel's netlink */
};
