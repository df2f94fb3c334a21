/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <systemd/sd-journal.h>

#define LOG_FIELDS_MAX 12
#define LOG_TEXT_MAX 1024

static struct {
	const char *name;
	int level;
	bool journal;
} log_state = { .name = "npivd", .level = LOG_INFO };

static const char *const level_names[] = { [LOG_ERR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug" };

/* $JOURNAL_STREAM names the device and inode of the journal's stream, systemd.exec(5). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char mine[64];

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(
		mine, sizeof mine, "%lu:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
	return strcmp(stream, mine) == 0;
}

void np_log_init(const char *name, int level)
{
	log_state.name = name;
	log_state.level = level;
	log_state.journal = stderr_is_journal();
}

void np_log_set_level(int level)
{
	log_state.level = level;
}

int np_log_level(void)
{
	return log_state.level;
}

int np_log_level_from_name(const char *name)
{
	for (int level = LOG_ERR; level <= LOG_DEBUG; level++) {
		if (strcmp(level_names[level], name) == 0)
			return level;
	}
	return -1;
}

static void log_to_journal(int level, const struct np_log_field *fields, const char *text)
{
	char lines[LOG_FIELDS_MAX][LOG_TEXT_MAX + 64];
	struct iovec iov[LOG_FIELDS_MAX];
	int n = 0;

	(void)snprintf(lines[n++], sizeof *lines, "MESSAGE=%s", text);
	(void)snprintf(lines[n++], sizeof *lines, "PRIORITY=%d", level);
	(void)snprintf(lines[n++], sizeof *lines, "SYSLOG_IDENTIFIER=%s", log_state.name);
	for (; fields && fields->key && n < LOG_FIELDS_MAX; fields++) {
		if (fields->value)
			(void)snprintf(
				lines[n++], sizeof *lines, "%s=%s", fields->key, fields->value);
	}
	for (int i = 0; i < n; i++)
		iov[i] = (struct iovec){ lines[i], strlen(lines[i]) };
	(void)sd_journal_sendv(iov, n);
}

static void log_to_stderr(int level, const struct np_log_field *fields, const char *text)
{
	char line[2 * LOG_TEXT_MAX];
	int len = snprintf(line, sizeof line, "%s: %s: %s", log_state.name,
		level >= LOG_ERR && level <= LOG_DEBUG ? level_names[level] : "alert", text);

	for (; fields && fields->key && len > 0 && (size_t)len < sizeof line; fields++) {
		if (fields->value)
			len += snprintf(line + len, sizeof line - (size_t)len, " %s=%s",
				fields->key, fields->value);
	}
	/* Foreign text must not look like a line of ours. */
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	(void)fprintf(stderr, "%s\n", line);
}

static void log_va(int level, const struct np_log_field *fields, const char *fmt, va_list ap)
{
	char text[LOG_TEXT_MAX];

	if (level > log_state.level)
		return;
	(void)vsnprintf(text, sizeof text, fmt, ap);
	(log_state.journal ? log_to_journal : log_to_stderr)(level, fields, text);
}

void np_log(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(level, NULL, fmt, ap);
	va_end(ap);
}

void np_log_fields(int level, const struct np_log_field *fields, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(level, fields, fmt, ap);
	va_end(ap);
}
