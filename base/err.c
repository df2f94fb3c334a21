/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"

#include <stdarg.h>
#include <string.h>

/* clang-format off */
const struct np_code_row np_codes[NP_CODE_MAX] = {
	[NP_OK]          = { "ok",           200, 0,   "Done", "" },
	[NP_FAILED]      = { "failed",       500, 6,   "Failed and rolled back", "npivctl op show ID tells which step failed" },
	[NP_INVAL]       = { "invalid",      422, 2,   "The request is not valid", "correct the named field and send it again" },
	[NP_NOTFOUND]    = { "not-found",    404, 10,  "Not found", "the list command of this noun shows what there is" },
	[NP_EXISTS]      = { "exists",       409, 5,   "It exists already", "choose another name, or change the existing one with set" },
	[NP_STALE]       = { "stale",        412, 5,   "Changed meanwhile", "read it again and repeat the change" },
	[NP_CONFLICT]    = { "conflict",     409, 5,   "Not in the right state", "look at the object's state and its running operation" },
	[NP_BUSY]        = { "busy",         503, 1,   "Busy", "try again; npivctl status shows what is at work" },
	[NP_DENIED]      = { "denied",       403, 4,   "Not allowed", "use a user of group npivd" },
	[NP_UNSUPPORTED] = { "unsupported",  501, 1,   "Not supported", "npivctl hba show WWPN tells what this HBA can do" },
	[NP_CAPACITY]    = { "capacity",     409, 5,   "No room", "npivctl hba list shows the room on each HBA, npivctl pool list that of each pool" },
	[NP_TIMEOUT]     = { "timeout",      504, 3,   "Out of time", "the work may still finish: npivctl op list" },
	[NP_STUCK]       = { "stuck",        500, 7,   "A person is needed", "see npivctl op show ID, mend the cause, then npivctl op retry ID" },
	[NP_LINK]        = { "link",         503, 1,   "No link or no fabric login", "check the cable, the switch port and that NPIV is on" },
	[NP_IO]          = { "io",           500, 1,   "The kernel or the disk refused", "dmesg and the journal of npivd have the details" },
	[NP_PEER]        = { "peer",         502, 1,   "The other side did not answer as it should", "check the other side and try again" },
	[NP_NOMEM]       = { "no-memory",    503, 1,   "Out of memory", "free memory on this host and try again" },
	[NP_TOOBIG]      = { "too-big",      413, 2,   "Too big", "send less at once" },
	[NP_USAGE]       = { "usage",        400, 2,   "Wrong usage", "npivctl help" },
	[NP_UNREACHABLE] = { "unreachable",  503, 8,   "npivd does not answer", "systemctl status npivd" },
};

static const struct {
	int sys;
	enum np_code code;
} errno_codes[] = {
	{ EINVAL,       NP_INVAL },
	{ ENOENT,       NP_NOTFOUND },
	{ ENODEV,       NP_NOTFOUND },
	{ ESRCH,        NP_NOTFOUND },
	{ EEXIST,       NP_EXISTS },
	{ ENOTUNIQ,     NP_EXISTS },
	{ EBUSY,        NP_BUSY },
	{ EAGAIN,       NP_BUSY },
	{ EACCES,       NP_DENIED },
	{ EPERM,        NP_DENIED },
	{ EROFS,        NP_DENIED },
	{ EOPNOTSUPP,   NP_UNSUPPORTED },
	{ ENOSYS,       NP_UNSUPPORTED },
	{ ENOSPC,       NP_CAPACITY },
	{ ETIMEDOUT,    NP_TIMEOUT },
	{ ECONNREFUSED, NP_UNREACHABLE },
	{ ENOMEM,       NP_NOMEM },
	{ E2BIG,        NP_TOOBIG },
	{ EFBIG,        NP_TOOBIG },
};
/* clang-format on */

static void set_text(struct np_err *err, enum np_code code, int sys, const char *fmt, va_list ap)
{
	*err = (struct np_err){ .code = code, .sys = sys };
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
}

int np_fail(struct np_err *err, enum np_code code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		set_text(err, code, 0, fmt, ap);
		va_end(ap);
	}
	return -(int)code;
}

int np_fail_field(struct np_err *err, const char *field, const char *fmt, ...)
{
	va_list ap;
	char text[400];

	if (!err)
		return -NP_INVAL;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)np_fail(err, NP_INVAL, "%s: %s", field, text);
	(void)snprintf(err->field, sizeof err->field, "%s", field);
	return -NP_INVAL;
}

int np_fail_sys(struct np_err *err, int sys, const char *fmt, ...)
{
	enum np_code code = NP_IO;
	va_list ap;

	for (size_t i = 0; i < sizeof errno_codes / sizeof *errno_codes; i++) {
		if (errno_codes[i].sys == sys)
			code = errno_codes[i].code;
	}
	if (!err)
		return -(int)code;
	va_start(ap, fmt);
	set_text(err, code, sys, fmt, ap);
	va_end(ap);
	size_t len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof err->msg - len, ": %s", strerror(sys));
	return -(int)code;
}

int np_wrap(struct np_err *err, int rc, const char *fmt, ...)
{
	struct np_err inner;
	va_list ap;

	if (rc >= 0 || !err)
		return rc;
	inner = *err;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	size_t len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof err->msg - len, ": %s", inner.msg);
	return rc;
}

int np_hint(struct np_err *err, int rc, const char *fmt, ...)
{
	va_list ap;

	if (rc >= 0 || !err)
		return rc;
	va_start(ap, fmt);
	(void)vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	return rc;
}

int np_fail_nomem(struct np_err *err)
{
	return np_fail(err, NP_NOMEM, "out of memory");
}

const struct np_code_row *np_code_row(int code)
{
	if (code < 0)
		code = -code;
	return &np_codes[code < NP_CODE_MAX ? code : NP_FAILED];
}

enum np_code np_code_from_name(const char *name)
{
	for (int code = 0; code < NP_CODE_MAX; code++) {
		if (name && strcmp(np_codes[code].name, name) == 0)
			return (enum np_code)code;
	}
	return NP_FAILED;
}

json_t *np_err_to_json(const struct np_err *err)
{
	const struct np_code_row *row = np_code_row((int)err->code);
	json_t *json = json_pack("{s:s, s:s, s:s}", "code", row->name, "detail", err->msg, "hint",
		err->hint[0] ? err->hint : row->hint);

	if (json && err->field[0])
		(void)json_object_set_new(json, "field", json_string(err->field));
	return json;
}

int np_err_from_json(struct np_err *err, const json_t *json)
{
	const char *detail = json_string_value(json_object_get(json, "detail"));
	const char *hint = json_string_value(json_object_get(json, "hint"));
	const char *field = json_string_value(json_object_get(json, "field"));
	enum np_code code = np_code_from_name(json_string_value(json_object_get(json, "code")));

	if (code == NP_OK)
		code = NP_FAILED;
	(void)np_fail(err, code, "%s", detail ? detail : np_codes[code].title);
	if (err && hint)
		(void)snprintf(err->hint, sizeof err->hint, "%s", hint);
	if (err && field)
		(void)snprintf(err->field, sizeof err->field, "%s", field);
	return -(int)code;
}
