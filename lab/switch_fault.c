/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes wrong between a client and a switch. */
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "lab/command.h"
#include "lab/switch.h"

#define SECONDS_MAX (7 * 86400)

static int read_seconds(const char *text, bool forever, int64_t *ret_ms, struct np_err *err)
{
	char *end;
	double seconds = strtod(text, &end);

	if (forever && strcmp(text, "forever") == 0) {
		*ret_ms = SIM_NEVER;
		return 0;
	}
	if (*end || end == text || !(seconds > 0 && seconds <= SECONDS_MAX))
		return np_fail(err, NP_INVAL, "'%.20s': give seconds (0.5)%s", text,
			forever ? " or 'forever'" : "");
	*ret_ms = (int64_t)(seconds * 1000);
	return 0;
}

static int copy(char *to, size_t size, const char *word, struct np_err *err)
{
	size_t len = strlen(word);

	if (len >= size)
		return np_fail(err, NP_INVAL, "'%.40s...' is too long", word);
	memcpy(to, word, len + 1);
	return 0;
}

static int read_hang(struct sim_switch_fault *fault, char *const *values, struct np_err *err)
{
	return read_seconds(values[0], true, &fault->ms, err);
}

static int read_slow(struct sim_switch_fault *fault, char *const *values, struct np_err *err)
{
	return read_seconds(values[0], false, &fault->ms, err);
}

static int read_lock(struct sim_switch_fault *fault, char *const *values, struct np_err *err)
{
	int rc = copy(fault->user, sizeof(fault->user), values[0], err);
	if (rc == 0)
		rc = copy(fault->application, sizeof(fault->application), values[1], err);
	return rc < 0 ? rc : read_seconds(values[2], false, &fault->ms, err);
}

static const struct {
	const char *name, *values;
	size_t n_values;
	int (*read)(struct sim_switch_fault *fault, char *const *values, struct np_err *err);
} kinds[SIM_TROUBLES] = {
	/* clang-format off */
	[SIM_TROUBLE_NONE]        = { "none", "", 0, NULL },
	[SIM_TROUBLE_503]         = { "503", "", 0, NULL },
	[SIM_TROUBLE_BUSY]        = { "busy", "", 0, NULL },
	[SIM_TROUBLE_HANG_BEFORE] = { "hang-before", "SECONDS|forever", 1, read_hang },
	[SIM_TROUBLE_HANG_AFTER]  = { "hang-after", "SECONDS|forever", 1, read_hang },
	[SIM_TROUBLE_LOST]        = { "lost", "", 0, NULL },
	[SIM_TROUBLE_KILL]        = { "kill", "", 0, NULL },
	[SIM_TROUBLE_LOCK]        = { "lock", "USER APPLICATION SECONDS", 3, read_lock },
	[SIM_TROUBLE_CHANGE]      = { "change", "", 0, NULL },
	[SIM_TROUBLE_CUT]         = { "cut", "", 0, NULL },
	[SIM_TROUBLE_EXPIRE]      = { "expire", "", 0, NULL },
	[SIM_TROUBLE_FULL]        = { "full", "", 0, NULL },
	[SIM_TROUBLE_SLOW]        = { "slow", "SECONDS", 1, read_slow },
	[SIM_TROUBLE_DEAF]        = { "wrong-success", "", 0, NULL },
	[SIM_TROUBLE_HALF]        = { "keep-half", "", 0, NULL },
	/* clang-format on */
};

static int fail_kind(const char *word, struct np_err *err)
{
	char known[400] = "";

	for (size_t i = 1; i < SIM_TROUBLES; i++) {
		size_t len = strlen(known);
		(void)snprintf(known + len, sizeof(known) - len, "%s%s%s%s", i > 1 ? ", " : "",
			kinds[i].name, kinds[i].values[0] ? " " : "", kinds[i].values);
	}
	return np_fail(err, NP_INVAL, "'%.30s' is no fault of a switch: %s", word, known);
}

/* The kind with its values; how many words that took. */
static int read_kind(
	struct sim_switch_fault *fault, char *const *words, size_t n_words, struct np_err *err)
{
	for (size_t i = 1; i < SIM_TROUBLES; i++) {
		if (strcmp(kinds[i].name, words[0]) != 0)
			continue;
		if (n_words < 1 + kinds[i].n_values)
			return np_fail(err, NP_INVAL, "'%s' needs %s", words[0], kinds[i].values);
		fault->trouble = (enum sim_trouble)i;
		int rc = kinds[i].read ? kinds[i].read(fault, words + 1, err) : 0;
		return rc < 0 ? rc : 1 + (int)kinds[i].n_values;
	}
	return fail_kind(words[0], err);
}

/* "N": the request of this number; "+N": the Nth from now; else a pattern. */
static int read_where(const struct sim_switch *sw, struct sim_switch_fault *fault, const char *word,
	struct np_err *err)
{
	bool relative = word[0] == '+';
	uint64_t number = 0;

	if (!relative && strspn(word, "0123456789") != strlen(word))
		return copy(fault->where, sizeof(fault->where), word, err);
	int rc = sim_parse_number(word + relative, UINT32_MAX, &number, err);
	if (rc < 0)
		return rc;
	fault->number = relative ? sw->requests + number : number;
	return fault->number > sw->requests
		       ? 0
		       : np_fail(err, NP_INVAL, "request %s was already: there were %llu", word,
				 (unsigned long long)sw->requests);
}

static int read_options(
	struct sim_switch_fault *fault, char *const *words, size_t n_words, struct np_err *err)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n_words; i++) {
		bool last = i + 1 == n_words;
		int rc = 0;
		if (strcmp(words[i], "always") == 0)
			fault->left = UINT_MAX;
		else if (strcmp(words[i], "with") == 0 && !last)
			rc = copy(fault->with, sizeof(fault->with), words[++i], err);
		else if (strcmp(words[i], "count") == 0 && !last)
			rc = sim_parse_number(words[++i], UINT_MAX - 1, &number, err);
		else
			rc = np_fail(
				err, NP_INVAL, "'%.30s': with PATTERN, count N, always", words[i]);
		if (rc < 0)
			return rc;
		if (number)
			fault->left = (unsigned)number;
	}
	return 0;
}

static int read_fault(const struct sim_switch *sw, struct sim_switch_fault *fault,
	char *const *words, size_t n_words, struct np_err *err)
{
	if (n_words < 2)
		return np_fail(err, NP_INVAL, "say which request and what happens: +1 503");
	int rc = read_where(sw, fault, words[0], err);
	if (rc == 0)
		rc = read_kind(fault, words + 1, n_words - 1, err);
	if (rc < 0)
		return rc;
	return read_options(fault, words + 1 + rc, n_words - 1 - (size_t)rc, err);
}

int sim_switch_fault_add(
	struct sim_switch *sw, char *const *words, size_t n_words, struct np_err *err)
{
	struct sim_switch_fault parsed = { .left = 1 };
	size_t count = 0;

	int rc = read_fault(sw, &parsed, words, n_words, err);
	if (rc < 0)
		return rc;
	np_list_foreach (fault, &sw->faults, struct sim_switch_fault, in_switch)
		count++;
	if (count >= SIM_SWITCH_FAULTS_MAX)
		return np_fail(err, NP_CAPACITY, "the switch of %s has %d faults already",
			sw->fabric->name, SIM_SWITCH_FAULTS_MAX);
	struct sim_switch_fault *fault = malloc(sizeof(*fault));
	if (!fault)
		return np_fail_nomem(err);
	*fault = parsed;
	np_list_append(&sw->faults, &fault->in_switch);
	return 0;
}

void sim_switch_faults_clear(struct sim_switch *sw)
{
	np_list_foreach_safe (fault, &sw->faults, struct sim_switch_fault, in_switch) {
		np_list_remove(&fault->in_switch);
		free(fault);
	}
}

static bool fits(const struct sim_switch *sw, const struct sim_switch_fault *fault,
	const struct sim_request *request)
{
	char where[512];

	if (fault->number)
		return fault->number == sw->requests;
	(void)snprintf(where, sizeof(where), "%s:%s", request->method, request->path);
	return fnmatch(fault->where, where, 0) == 0 &&
	       (!fault->with[0] || fnmatch(fault->with, request->body, 0) == 0);
}

void sim_switch_fault_take(struct sim_switch *sw, const struct sim_request *request,
	struct sim_switch_fault *ret_fault)
{
	*ret_fault = (struct sim_switch_fault){ 0 };
	np_list_foreach_safe (fault, &sw->faults, struct sim_switch_fault, in_switch) {
		if (!fits(sw, fault, request))
			continue;
		*ret_fault = *fault;
		sw->faulted++;
		if (fault->left != UINT_MAX && --fault->left == 0) {
			np_list_remove(&fault->in_switch);
			free(fault);
		}
		return;
	}
}

json_t *sim_switch_fault_line(const struct sim_switch_fault *fault)
{
	json_t *line = json_object();

	np_json_set_text(line, "kind", kinds[fault->trouble].name);
	np_json_set_text(line, "where", fault->where);
	np_json_set_text(line, "with", fault->with);
	if (fault->number)
		(void)json_object_set_new(line, "request", json_integer((json_int_t)fault->number));
	if (fault->left != UINT_MAX)
		(void)json_object_set_new(line, "left", json_integer(fault->left));
	return line;
}
