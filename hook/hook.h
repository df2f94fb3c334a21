/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hypervisor tells its hook, as one value, and what npivd-hook makes of it: one request to
 * npivd, within a deadline of its own.
 *
 * A hypervisor's file turns its arguments and its standard input into a struct hook_event;
 * everything after that is the same for all. Nothing here calls the hypervisor back, and nothing is
 * printed on standard output, which some hypervisors take for the guest's new definition.
 */
#pragma once

#include <time.h>

#include "base/conf.h"
#include "base/file.h"
#include "base/json.h"

#define HOOK_INPUT_MAX ((size_t)8 << 20) /* bytes of a guest's definition */
#define HOOK_TIMEOUT_MAX_MS 3600000	 /* of one call */
#define HOOK_BRIEF_MS 5000 /* of a call that holds up a running guest or libvirt itself */
#define HOOK_NAMESPACE "https://npivd.org/xmlns/1"

enum hook_phase {
	HOOK_PHASE_OTHER,     /* nothing to do */
	HOOK_PHASE_PREPARE,   /* about to start: make the ports or refuse */
	HOOK_PHASE_INCOMING,  /* a live migration arrives here: the same, for the pair's other WWPN
			       */
	HOOK_PHASE_START,     /* everything else is ready: is it still so? */
	HOOK_PHASE_STARTED,   /* it runs (or will, when the migration ends): never frees anything */
	HOOK_PHASE_RELEASE,   /* gone: take the ports away */
	HOOK_PHASE_RECONNECT, /* libvirt came back and found it running: must not fail */
	HOOK_PHASE_MAX
};

struct hook_event {
	enum hook_phase phase;
	bool ours; /* the definition has our metadata, or at least speaks of our namespace */
	char guest[NP_UUID_TEXT];
	char name[256];
	char profile[NP_NAME_MAX];
	char reason[32];    /* of a release, or "" */
	int64_t luns;	    /* at least so many LUNs, 0: nothing said */
	int64_t timeout_ms; /* the guest's own, 0: the configured one */
	char *definition;   /* as it was read; hook_run frees it */
	size_t definition_len;
};

struct hook_input {
	const char *const *args;       /* n_args of them */
	int fd;			       /* the definition */
	int64_t began_ms, deadline_ms; /* on hook_now_ms() */
	char *const *argv;	       /* of the program, whole */
};

struct hook_hypervisor {
	const char *name;
	int n_args;
	const char *usage;
	/* The phase alone: no input is read. */
	enum hook_phase (*phase)(const char *const *args);
	/* The rest. On failure too @ret_event->ours is set. */
	int (*read)(
		const struct hook_input *input, struct hook_event *ret_event, struct np_err *err);
};

extern const struct hook_hypervisor hook_libvirt;

/* A libvirt domain XML of @len bytes; on failure too @event->ours is set. */
int hook_libvirt_parse(const char *text, size_t len, struct hook_event *event, struct np_err *err);

struct hook_config {
	char socket[256];
	char state_dir[256];
	int64_t timeout_ms;
};

extern const struct np_option hook_options[];

/* What a phase asks of npivd. */
struct hook_phase_row {
	const char *desired; /* NULL: nothing */
	bool refuse;	     /* a failure keeps the guest from starting */
	bool brief;	     /* asked only, not waited for */
	bool incoming, confirm;
};

/* One call of the hypervisor, for a guest of npivd. */
struct hook_call {
	const struct hook_input *input;
	const struct hook_event *event;
	const struct hook_phase_row *row;
	const char *hypervisor;
	int64_t deadline_ms;
};

/* Asks npivd (act.c), or becomes the program that does (hand_over.c): the build chooses. */
int hook_act(const struct hook_config *config, const struct hook_call *call, struct np_err *err);

/* CLOCK_MONOTONIC in milliseconds. */
static inline int64_t hook_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Does what the phase asks for. 0: go on. Negative: the guest must not start, @err says why. What
 * goes wrong in a phase that must not fail is told through @warn (NULL: nobody listens) and is 0.
 */
int hook_run(const struct hook_config *config, const struct hook_hypervisor *hypervisor,
	const struct hook_input *input, void (*warn)(const struct np_err *err), struct np_err *err);
