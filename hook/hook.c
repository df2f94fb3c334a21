/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hook/hook.h"

#include <string.h>

#include "base/file.h"

/* clang-format off */
const struct np_option hook_options[] = {
	{ "hook", "socket", NP_OPTION_TEXT, NP_OPTION_AT(struct hook_config, socket),
	  .preset = "/run/npivd/api.sock", .help = "where npivd listens" },
	{ "hook", "timeout", NP_OPTION_DURATION, NP_OPTION_AT(struct hook_config, timeout_ms),
	  .min = 1000, .max = HOOK_TIMEOUT_MAX_MS, .preset = "60s",
	  .help = "a call of the hypervisor is answered within this" },
	{ "hook", "state_dir", NP_OPTION_PATH, NP_OPTION_AT(struct hook_config, state_dir),
	  .preset = "/var/lib/npivd", .help = "npivd's state: guests/UUID in it marks a guest of npivd" },
	{ 0 },
};

static const struct hook_phase_row phase_rows[HOOK_PHASE_MAX] = {
	/*                         desired   refuse brief  incoming confirm */
	[HOOK_PHASE_OTHER]     = { NULL,     false, false, false, false },
	[HOOK_PHASE_PREPARE]   = { "ready",  true,  false, false, false },
	[HOOK_PHASE_INCOMING]  = { "ready",  true,  false, true,  false },
	[HOOK_PHASE_START]     = { "ready",  true,  false, false, false },
	[HOOK_PHASE_STARTED]   = { "ready",  false, true,  false, true  },
	[HOOK_PHASE_RELEASE]   = { "absent", false, false, false, false },
	[HOOK_PHASE_RECONNECT] = { "ready",  false, true,  false, false },
};
/* clang-format on */

static void event_done(struct hook_event *event)
{
	free(event->definition);
}

static bool has_marker(const struct hook_config *config, const char *guest)
{
	char path[NP_PATH_MAX];

	return np_path(path, "%s/guests/%s", config->state_dir, guest) && access(path, F_OK) == 0;
}

/* npivd could not be told that the guest has ended: it finds this word when it is back. */
static void leave_word(const struct hook_config *config, const struct hook_event *event)
{
	char path[NP_PATH_MAX];

	if (!np_path(path, "%s/released", config->state_dir) || np_mkdir_p(path, 0755, NULL) < 0 ||
		!np_path(path, "%s/released/%s", config->state_dir, event->guest))
		return;
	(void)np_file_replace(path, event->reason, 0644, NULL);
}

/* -NP_NOTFOUND for a guest that npivd does not know: there is nothing to take away then. */
static bool is_fine(const struct hook_phase_row *row, int rc)
{
	return rc == 0 || (rc == -NP_NOTFOUND && strcmp(row->desired, "absent") == 0);
}

int hook_run(const struct hook_config *config, const struct hook_hypervisor *hypervisor,
	const struct hook_input *input, void (*warn)(const struct np_err *err), struct np_err *err)
{
	np_auto(event_done) struct hook_event event = { .phase = hypervisor->phase(input->args) };
	const struct hook_phase_row *row = &phase_rows[event.phase];
	struct hook_call call = { .input = input,
		.event = &event,
		.row = row,
		.hypervisor = hypervisor->name,
		.deadline_ms = input->deadline_ms };
	bool refuse = row->refuse;

	if (!row->desired)
		return 0;
	int rc = hypervisor->read(input, &event, err);
	if (rc < 0) {
		/* Whose guest it is cannot be known: only one that speaks of npivd is held back. */
		refuse = refuse && event.ours;
		event.name[0] = '\0';
	} else {
		if (!event.ours && !has_marker(config, event.guest))
			return 0;
		if (event.timeout_ms > 0)
			call.deadline_ms += event.timeout_ms - config->timeout_ms;
		if (row->brief && call.deadline_ms > hook_now_ms() + HOOK_BRIEF_MS)
			call.deadline_ms = hook_now_ms() + HOOK_BRIEF_MS;
		rc = hook_act(config, &call, err);
		if (is_fine(row, rc))
			return 0;
		if (event.phase == HOOK_PHASE_RELEASE)
			leave_word(config, &event);
	}
	(void)np_wrap(err, rc, "guest '%s'%s", event.name[0] ? event.name : input->args[0],
		refuse ? " must not start" : "");
	if (refuse)
		return rc;
	if (warn)
		warn(err);
	return 0;
}
