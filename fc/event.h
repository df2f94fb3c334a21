/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's hints that something changed: uevents and the FC transport's netlink messages, as io
 * sources of the loop (sole includer of libnl). Hints only: drivers post few of them and messages
 * get lost, so the truth is a look at sysfs, after each hint, after FC_EVENT_OVERRUN and by a
 * timer.
 *
 * Either source may be missing (no SCSI in the kernel, another network namespace, no right);
 * everything works without, just later. The parsers are pure and take whatever comes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/err.h"

enum fc_event_kind {
	FC_EVENT_HOSTS,	  /* an fc_host came, went or changed: list the hosts */
	FC_EVENT_TOUCHED, /* something below a host changed: look at it */
	FC_EVENT_FC,	  /* the FC transport says something of a host */
	FC_EVENT_OVERRUN, /* messages were lost: look at everything */
};

/* Event codes of the FC transport (the kernel's uapi scsi_netlink_fc.h and scsi_transport_fc.h). */
enum fc_event_code {
	FC_CODE_LIP = 0x1,
	FC_CODE_LINK_UP = 0x2,
	FC_CODE_LINK_DOWN = 0x3,
	FC_CODE_LIP_RESET = 0x4,
	FC_CODE_RSCN = 0x5,
	FC_CODE_ADAPTER_CHANGE = 0x103,
	FC_CODE_PORT_UNKNOWN = 0x200,
	FC_CODE_PORT_OFFLINE = 0x201,
	FC_CODE_PORT_ONLINE = 0x202,
	FC_CODE_PORT_FABRIC = 0x204,
	FC_CODE_LINK_UNKNOWN = 0x500,
	FC_CODE_FPIN = 0x501,
	FC_CODE_FPIN_ACK = 0x502,
	FC_CODE_VENDOR = 0xffff,
};

struct fc_event {
	enum fc_event_kind kind;
	char host[32];	 /* uevents: the physical host, "host1". FC: the host meant, which may be a
			    vport's. "": all */
	char action[16]; /* uevents: add, remove, change, ... */
	char subsystem[32];
	uint32_t code;	    /* FC */
	uint32_t event_num; /* FC */
};

/* false: not of interest, or broken. */
bool fc_event_parse_uevent(const void *buf, size_t len, struct fc_event *ret_event);

/* The first message in @buf; *ret_used is its length with padding, so that the next one can be
 * read. */
bool fc_event_parse_scsi(const void *buf, size_t len, size_t *ret_used, struct fc_event *ret_event);

/* "link-up", "rscn", ...; "unknown" for others. */
const char *fc_event_code_name(uint32_t code);

struct fc_events;
typedef void fc_event_fn(void *data, const struct fc_event *event);

/* Succeeds without any source too: see fc_events_missing. */
int fc_events_new(struct fc_events **ret_events, sd_event *loop, fc_event_fn *on_event, void *data,
	struct np_err *err);
struct fc_events *fc_events_free(struct fc_events *events);
static inline void fc_events_freep(struct fc_events **events)
{
	*events = fc_events_free(*events);
}

/* What does not work and why, for one log line; "" when both sources work. */
const char *fc_events_missing(struct fc_events *events);

/* Tries the missing sources again (the SCSI module may come late). True when one was gained. */
bool fc_events_retry(struct fc_events *events);
