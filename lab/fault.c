/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/fault.h"

#include <limits.h>
#include <string.h>

#define HANG_MAX_S (7 * 86400)

static const char *const op_names[SIM_OPS] = {
	[SIM_OP_CREATE] = "create",
	[SIM_OP_DELETE] = "delete",
	[SIM_OP_READ] = "read",
	[SIM_OP_SCAN] = "scan",
	[SIM_OP_LUN_DELETE] = "lun-delete",
	[SIM_OP_WRITE] = "write",
};

const char *sim_op_name(enum sim_op op)
{
	return op_names[op];
}

int sim_errno_find(const char *name)
{
	for (int number = 1; number < 200; number++) {
		const char *known = strerrorname_np(number);
		if (known && strcmp(known, name) == 0)
			return number;
	}
	return 0;
}

static int parse_unsigned(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-' || text[0] == '+' || value > max)
		return -1;
	*ret = value;
	return 0;
}

static int set_errno(struct sim_fault *fault, const char *value, struct np_err *err)
{
	fault->error = sim_errno_find(value);
	return fault->error ? 0
			    : np_fail(err, NP_INVAL, "'%.20s' is no errno: give a name such as EIO",
				      value);
}

static int set_short(struct sim_fault *fault, const char *value, struct np_err *err)
{
	unsigned long count;

	if (parse_unsigned(value, SIM_WRITE_MAX, &count) < 0)
		return np_fail(err, NP_INVAL, "short '%.20s': give a count of bytes", value);
	fault->short_count = (long)count;
	return 0;
}

static int set_hang(struct sim_fault *fault, const char *value, struct np_err *err)
{
	char *end;
	double seconds = strtod(value, &end);

	if (strcmp(value, "forever") == 0) {
		fault->hang_ms = SIM_NEVER;
		return 0;
	}
	if (*end || end == value || !(seconds > 0 && seconds <= HANG_MAX_S))
		return np_fail(
			err, NP_INVAL, "hang '%.20s': give seconds (0.5) or 'forever'", value);
	fault->hang_ms = (int64_t)(seconds * 1000);
	return 0;
}

static int set_state(struct sim_fault *fault, const char *value, struct np_err *err)
{
	fault->bad = sim_state_find(value);
	if (fault->bad == SIM_STATES || fault->bad == SIM_UNKNOWN)
		return np_fail(err, NP_INVAL,
			"'%.30s' is no vport state: e.g. VPort-Failed, No-Fabric-Resources", value);
	return 0;
}

static int set_attr(struct sim_fault *fault, const char *value, struct np_err *err)
{
	if ((size_t)snprintf(fault->attr, sizeof(fault->attr), "%s", value) >= sizeof(fault->attr))
		return np_fail(err, NP_INVAL, "'%.60s' is no file of the tree", value);
	return 0;
}

static int set_count(struct sim_fault *fault, const char *value, struct np_err *err)
{
	unsigned long count;

	if (parse_unsigned(value, SIM_ALWAYS - 1, &count) < 0 || count == 0)
		return np_fail(
			err, NP_INVAL, "count '%.20s': give a number above 0, or 'always'", value);
	fault->left = (unsigned)count;
	return 0;
}

static int set_made(struct sim_fault *fault, const char *value, struct np_err *err)
{
	(void)value;
	(void)err;
	fault->made = true;
	return 0;
}

static int set_stuck(struct sim_fault *fault, const char *value, struct np_err *err)
{
	(void)value;
	(void)err;
	fault->stuck = true;
	return 0;
}

static int set_always(struct sim_fault *fault, const char *value, struct np_err *err)
{
	(void)value;
	(void)err;
	fault->left = SIM_ALWAYS;
	return 0;
}

static const struct {
	const char *name;
	bool takes_value, only_create;
	int (*set)(struct sim_fault *fault, const char *value, struct np_err *err);
} options[] = {
	{ "errno", true, false, set_errno },
	{ "short", true, false, set_short },
	{ "hang", true, false, set_hang },
	{ "made", false, false, set_made },
	{ "stuck", false, true, set_stuck },
	{ "badstate", true, true, set_state },
	{ "attr", true, false, set_attr },
	{ "count", true, false, set_count },
	{ "always", false, false, set_always },
};

static int parse_option(
	struct sim_fault *fault, char *const *words, size_t left, struct np_err *err)
{
	for (size_t row = 0; row < sizeof(options) / sizeof(options[0]); row++) {
		if (strcmp(options[row].name, words[0]) != 0)
			continue;
		if (options[row].takes_value && left < 2)
			return np_fail(err, NP_INVAL, "'%s' needs a value", words[0]);
		if (options[row].only_create && fault->op != SIM_OP_CREATE)
			return np_fail(err, NP_INVAL, "'%s' is a fault of create only", words[0]);
		int rc = options[row].set(fault, options[row].takes_value ? words[1] : NULL, err);
		return rc < 0 ? rc : 1 + (int)options[row].takes_value;
	}
	return np_fail(err, NP_INVAL,
		"'%.30s' is no fault: errno NAME, short N, hang SECONDS|forever, made, stuck, badstate STATE, "
		"attr FILE, count N, always",
		words[0]);
}

static int parse_op(const char *word, enum sim_op *ret_op, struct np_err *err)
{
	for (unsigned op = 0; op < SIM_OPS; op++) {
		if (strcmp(op_names[op], word) == 0) {
			*ret_op = (enum sim_op)op;
			return 0;
		}
	}
	return np_fail(err, NP_INVAL,
		"'%.30s' cannot fail: create, delete, read, scan, lun-delete or write", word);
}

static bool does_something(const struct sim_fault *fault)
{
	return fault->hang_ms || fault->error || fault->short_count >= 0 || fault->stuck ||
	       fault->bad != SIM_UNKNOWN;
}

static int fault_parse(
	struct sim_fault *fault, char *const *words, size_t n_words, struct np_err *err)
{
	*fault = (struct sim_fault){ .short_count = -1, .left = 1 };
	int rc = n_words ? parse_op(words[0], &fault->op, err)
			 : np_fail(err, NP_INVAL, "say which call fails");
	for (size_t i = 1; rc >= 0 && i < n_words; i += (size_t)rc)
		rc = parse_option(fault, words + i, n_words - i, err);
	if (rc < 0)
		return rc;
	return does_something(fault)
		       ? 0
		       : np_fail(err, NP_INVAL, "say what happens, e.g. errno EIO or hang 5");
}

int sim_fault_add(struct sim_hba *hba, char *const *words, size_t n_words, struct np_err *err)
{
	struct sim_fault parsed;
	size_t count = 0;

	int rc = fault_parse(&parsed, words, n_words, err);
	if (rc < 0)
		return rc;
	np_list_foreach (fault, &hba->faults, struct sim_fault, in_hba)
		count++;
	if (count >= SIM_FAULTS_MAX)
		return np_fail(err, NP_CAPACITY, "HBA %s has %d faults already", hba->name,
			SIM_FAULTS_MAX);
	struct sim_fault *fault = malloc(sizeof(*fault));
	if (!fault)
		return np_fail_nomem(err);
	*fault = parsed;
	np_list_append(&hba->faults, &fault->in_hba);
	return 0;
}

void sim_faults_clear(struct sim_hba *hba)
{
	np_list_foreach_safe (fault, &hba->faults, struct sim_fault, in_hba) {
		np_list_remove(&fault->in_hba);
		free(fault);
	}
}

static np_printf(3, 4) void say(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text + len, size - len, fmt, args);
	va_end(args);
}

void sim_fault_print(const struct sim_fault *fault, char *text, size_t size)
{
	(void)snprintf(text, size, "%s", op_names[fault->op]);
	if (fault->hang_ms == SIM_NEVER)
		say(text, size, " hang forever");
	else if (fault->hang_ms)
		say(text, size, " hang %.3f", (double)fault->hang_ms / 1000);
	if (fault->made)
		say(text, size, " made");
	if (fault->error)
		say(text, size, " errno %s", strerrorname_np(fault->error));
	if (fault->short_count >= 0)
		say(text, size, " short %ld", fault->short_count);
	if (fault->stuck)
		say(text, size, " stuck");
	if (fault->bad != SIM_UNKNOWN)
		say(text, size, " badstate '%s'", sim_state_name(fault->bad));
	if (fault->attr[0])
		say(text, size, " attr %s", fault->attr);
	if (fault->left == SIM_ALWAYS)
		say(text, size, " always");
	else
		say(text, size, " count %u", fault->left);
}
