/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_fos.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/fake/quoted.h"

#define LINES_MAX 64

/* The server's side. */
struct script {
	const struct fake_fos_line *lines;
	unsigned used[LINES_MAX];
	unsigned logins;
};

/* A copy with @from instead of @to; the caller's. */
static char *exchanged(const char *text, char from, char to)
{
	char *copy = strdup(text);

	for (char *c = copy; c && *c; c++)
		*c = *c == from ? to : *c;
	return copy;
}

static const struct fake_fos_line *line_of(struct script *script, const char *request)
{
	static const struct fake_fos_line nothing = { "", 204, "" };
	const struct fake_fos_line *found = &nothing;

	for (size_t i = 0; script->lines[i].request; i++) {
		if (strcmp(script->lines[i].request, request) != 0)
			continue;
		found = &script->lines[i];
		if (script->used[i]++ == 0)
			break;
	}
	return found;
}

static void reply(struct script *script, int fd, const struct fake_fos_line *line, bool login)
{
	bool xml = line->body[0] == '<', cut = line->status == FAKE_FOS_CUT;
	int status = cut ? 200 : login && line->status == 204 ? 200 : line->status;
	np_auto(np_free) char *body = xml ? strdup(line->body) : exchanged(line->body, '\'', '"');
	char head[400], key[100] = "";

	if (login && status == 200)
		(void)snprintf(key, sizeof key,
			"Authorization: " FAKE_FOS_KEY "%.0u\r\n", /* nothing for 0 */
			script->logins++);
	(void)snprintf(head, sizeof head, "HTTP/1.1 %d Said\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
		status, key, *body ? "Content-Type: application/yang-data+" : "",
		!*body ? ""
		: xml  ? "xml"
		       : "json",
		*body ? "\r\n" : "", strlen(body));
	fake_rest_send(fd, head, status == 204 ? strlen("HTTP/1.1 204 Said\r\n") : strlen(head));
	if (status == 204)
		fake_rest_send(fd, "\r\n", 2);
	else
		fake_rest_send(fd, body, cut ? strlen(body) / 2 : strlen(body));
}

static bool answer(void *data, struct fake_heard *heard, int fd, char *head, char *body)
{
	np_auto(np_free) char *said = exchanged(body, '"', '\'');
	struct script *script = data;
	char *headers = strstr(head, "\r\n") + 2;
	char request[1024];

	fake_rest_hear_headers(heard, headers);
	headers[-2] = '\0';
	(void)snprintf(request, sizeof request, "%.*s%s", (int)(strrchr(head, ' ') - head), head,
		*body ? " " : "");
	fake_rest_hear(heard, request, said);
	request[strcspn(request, " ") + 1 + strcspn(strchr(request, ' ') + 1, " ")] = '\0';
	const struct fake_fos_line *line = line_of(script, request);
	if (line->status == FAKE_FOS_HANG)
		for (;;)
			(void)pause();
	if (line->status != FAKE_FOS_HANG_UP)
		reply(script, fd, line, strcmp(request, "POST /rest/login") == 0);
	return line->status != FAKE_FOS_HANG_UP && line->status != FAKE_FOS_CUT;
}

int fake_fos_new(void **state)
{
	return fake_rest_new(state, &zone_driver_fos);
}

void fake_fos_serve(struct fake_rest *fake, const struct fake_fos_line *lines)
{
	struct script script = { .lines = lines };

	fake_rest_serve(fake, &script, answer);
}

void fake_fos_begin(struct fake_rest *fake, const struct fake_fos_line *lines)
{
	fake_fos_serve(fake, lines);
	fake_rest_begin(fake);
}

unsigned fake_fos_count(const struct fake_rest *fake, const char *start)
{
	unsigned count = 0;

	for (const char *line = fake_rest_heard(fake); *line; line += strcspn(line, "\n") + 1)
		count += strncmp(line, start, strlen(start)) == 0;
	return count;
}

int fake_fos_commit(struct fake_rest *fake, bool activate, const char *zoneset)
{
	np_auto(np_json_decref) json_t *plan = quoted("{'changes':[]}");
	const struct zone_commit commit = {
		.zoneset = zoneset, .activate = activate, .checksum = FAKE_FOS_SUM, .plan = plan
	};

	return zone_driver_fos.commit(&fake->session, &commit, &fake->err);
}
