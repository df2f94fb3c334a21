/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "lab/nxos.h"

#define VSAN_MAX 4093
#define INVALID "%% Invalid command" /* as a format */

static const struct nxos_command *const tables[] = {
	nxos_zone_commands,
	nxos_alias_commands,
	nxos_show_commands,
};

void nxos_shell_init(struct nxos_shell *ret_shell, struct nxos *nxos, const char *user)
{
	*ret_shell = (struct nxos_shell){ .nxos = nxos,
		.db = &nxos->sw->fabric->zoning,
		.user = user,
		.mode = nxos->mode,
		.dont_ask = nxos->dont_ask };
	memcpy(ret_shell->object, nxos->object, sizeof(ret_shell->object));
}

static void forget(struct nxos_shell *shell)
{
	if (shell->out)
		(void)fclose(shell->out);
	shell->out = NULL;
	free(shell->text);
	shell->text = NULL;
	json_decref(shell->body);
	shell->body = NULL;
	json_decref(shell->names);
	shell->names = NULL;
	shell->outcome = NXOS_FINE;
}

void nxos_shell_done(struct nxos_shell *shell)
{
	forget(shell);
}

static void say(struct nxos_shell *shell, const char *fmt, va_list ap)
{
	if (!shell->out)
		shell->out = open_memstream(&shell->text, &shell->size);
	if (!shell->out)
		return;
	(void)vfprintf(shell->out, fmt, ap);
	(void)fputc('\n', shell->out);
}

void nxos_say(struct nxos_shell *shell, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(shell, fmt, ap);
	va_end(ap);
}

void nxos_refuse(struct nxos_shell *shell, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(shell, fmt, ap);
	va_end(ap);
	shell->outcome = NXOS_REFUSED;
}

void nxos_miss(struct nxos_shell *shell, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(shell, fmt, ap);
	va_end(ap);
	shell->outcome = NXOS_MISSING;
}

bool nxos_check_name(struct nxos_shell *shell, const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= NXOS_NAME_MAX) {
		nxos_refuse(shell, "%% String exceeded max length of (64)");
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (isalnum((unsigned char)name[i]) || (name[i] && strchr("-_$^", name[i])))
			continue;
		nxos_refuse(shell, "Illegal character(s) in the name");
		return false;
	}
	return true;
}

/* The VSAN of a command must be that of the fabric. */
static bool check_vsan(struct nxos_shell *shell, const char *word)
{
	char *end;
	unsigned long number = strtoul(word, &end, 10);

	if (*end || number < 1 || number > VSAN_MAX)
		nxos_refuse(shell, "%% Invalid number, range is (1:%d)", VSAN_MAX);
	else if (number != shell->nxos->vsan)
		nxos_refuse(shell, "VSAN %lu is not configured", number);
	return shell->outcome == NXOS_FINE;
}

/* Do the words fit the pattern? The arguments among them, and the one that is the VSAN. */
static bool fits(const char *pattern, char **words, char **args, char **ret_vsan)
{
	char copy[128], *rest = NULL;

	*ret_vsan = NULL;
	(void)snprintf(copy, sizeof(copy), "%s", pattern);
	for (char *want = strtok_r(copy, " ", &rest); want; want = strtok_r(NULL, " ", &rest)) {
		if (strcmp(want, "...") == 0) {
			while (*words)
				*args++ = *words++;
			break;
		}
		if (!*words)
			return false;
		if (strcmp(want, "VSAN") == 0)
			*ret_vsan = *words;
		else if (isupper((unsigned char)*want))
			*args++ = *words;
		else if (strcmp(want, *words) != 0)
			return false;
		words++;
	}
	*args = NULL;
	return !*words;
}

static void run_row(struct nxos_shell *shell, const struct nxos_command *row, char **args)
{
	if ((row->flags & NXOS_ASKS) && shell->nxos->ask && !shell->dont_ask) {
		nxos_say(shell, "Do you want to continue? (y/n)  [n] ");
		return;
	}
	if (!shell->ascii)
		row->run(shell, args);
	else if (row->text)
		row->text(shell, args);
	else
		nxos_refuse(shell, INVALID);
}

static bool find_and_run(struct nxos_shell *shell, char **words, bool shows)
{
	char *args[NXOS_WORDS_MAX + 1], *vsan;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct nxos_command *row = tables[i]; row->pattern; row++) {
			if ((row->mode != NXOS_ANY && row->mode != shell->mode) ||
				(row->flags & NXOS_SHOWS) != (shows ? NXOS_SHOWS : 0u) ||
				!fits(row->pattern, words, args, &vsan))
				continue;
			if (!vsan || check_vsan(shell, vsan))
				run_row(shell, row, args);
			return true;
		}
	}
	return false;
}

/* "conf t" and the like: they change nothing but the shell. */
static bool run_shell_word(struct nxos_shell *shell, char **words)
{
	static const struct {
		const char *words[4];
		int dont_ask; /* -1: leaves it */
	} rows[] = {
		{ { "configure", "terminal" }, -1 },
		{ { "config", "t" }, -1 },
		{ { "conf", "t" }, -1 },
		{ { "end" }, -1 },
		{ { "exit" }, -1 },
		{ { "terminal", "dont-ask" }, 1 },
		{ { "no", "terminal", "dont-ask" }, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = 0;
		while (rows[i].words[n] && words[n] && strcmp(rows[i].words[n], words[n]) == 0)
			n++;
		if (rows[i].words[n] || words[n])
			continue;
		if (rows[i].dont_ask >= 0)
			shell->dont_ask = rows[i].dont_ask;
		else
			shell->mode = NXOS_TOP;
		return true;
	}
	return false;
}

static bool split(char *line, char **words)
{
	size_t n = 0;
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (n == NXOS_WORDS_MAX)
			return false;
		words[n++] = word;
	}
	words[n] = NULL;
	return true;
}

void nxos_shell_run(struct nxos_shell *shell, const char *line, bool shows)
{
	char copy[NXOS_LINE_MAX], *words[NXOS_WORDS_MAX + 1];

	forget(shell);
	if ((size_t)snprintf(copy, sizeof(copy), "%s", line) >= sizeof(copy) || !split(copy, words))
		nxos_refuse(shell, INVALID);
	else if (!words[0] || (!shows && run_shell_word(shell, words)))
		(void)0; /* nothing to do */
	else if (!find_and_run(shell, words, shows)) {
		/* What a mode does not know ends it. */
		shell->mode = NXOS_TOP;
		if (shows || !find_and_run(shell, words, shows))
			nxos_refuse(shell, INVALID);
	}
	if (shell->out)
		(void)fclose(shell->out);
	shell->out = NULL;
	if (!shell->text)
		shell->text = strdup("");
}

void nxos_shell_end(struct nxos_shell *shell)
{
	struct sim_switch *sw = shell->nxos->sw;

	/* What is in force stays, but the checksum follows. */
	if (shell->dirty)
		(void)sim_zonedb_enforce(sw->sim, sw->fabric, shell->db->effective, NULL);
	shell->dirty = false;
	shell->nxos->mode = shell->mode;
	shell->nxos->dont_ask = shell->dont_ask;
	memcpy(shell->nxos->object, shell->object, sizeof(shell->object));
}
