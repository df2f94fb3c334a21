/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/nxos_reply.h"

#include <ctype.h>
#include <string.h>

/*
 * What switches say, without regard to case; the first row that is in the text counts. Most are notices that one
 * release gives with code "200" and another one as an error (8.4(2a) and 8.4(2b): CSCvv59174).
 */
/* clang-format off */
static const struct {
	const char *text;
	enum nxos_verdict verdict;
	enum np_code code;
} texts[] = {
	{ "zoneset activation initiated",                                 NXOS_DONE,    NP_OK },
	{ "zoneset deactivation initiated",                               NXOS_DONE,    NP_OK },
	{ "specified zoneset already active and unchanged",               NXOS_DONE,    NP_OK },
	{ "commit operation initiated",                                   NXOS_DONE,    NP_OK },
	{ "enhanced zone session has been created",                       NXOS_DONE,    NP_OK },
	{ "no pending info found",                                        NXOS_DONE,    NP_OK },
	{ "there are no pending changes",                                 NXOS_DONE,    NP_OK },
	{ "the following device-alias changes are about to be committed", NXOS_DONE,    NP_OK },
	{ "zone database not locked",                                     NXOS_DONE,    NP_OK },
	{ "duplicate member",                                             NXOS_DONE,    NP_OK },
	{ "no zone policy change",                                        NXOS_DONE,    NP_OK },
	{ "smart zoning distribution initiated",                          NXOS_DONE,    NP_OK },
	{ "current zoning mode same as specified zoning mode",            NXOS_DONE,    NP_OK },
	{ "set zoning mode command initiated",                            NXOS_DONE,    NP_OK },
	{ "fabric unstable",                                              NXOS_AGAIN,   NP_BUSY },
	{ "commit in progress",                                           NXOS_AGAIN,   NP_BUSY },
	{ "already present with the same pwwn",                           NXOS_REFUSED, NP_EXISTS },
	{ "already present",                                              NXOS_DONE,    NP_OK },
	{ "not present",                                                  NXOS_EMPTY,   NP_OK },
	{ "does not exist",                                               NXOS_EMPTY,   NP_OK },
	{ "device-alias enhanced zone member present",                    NXOS_REFUSED, NP_CONFLICT },
	{ "structured output unsupported",                                NXOS_REFUSED, NP_UNSUPPORTED },
	{ "is not configured",                                            NXOS_REFUSED, NP_NOTFOUND },
	{ "permission denied",                                            NXOS_REFUSED, NP_DENIED },
	{ "not authorized",                                               NXOS_REFUSED, NP_DENIED },
	{ "is locked",                                                    NXOS_REFUSED, NP_BUSY },
	{ "locked by",                                                    NXOS_REFUSED, NP_BUSY },
	{ "lock is held",                                                 NXOS_REFUSED, NP_BUSY },
	{ "lock held",                                                    NXOS_REFUSED, NP_BUSY },
	{ "already locked",                                               NXOS_REFUSED, NP_BUSY },
	{ "session is active",                                            NXOS_REFUSED, NP_BUSY },
	{ "session already",                                              NXOS_REFUSED, NP_BUSY },
	{ "session in progress",                                          NXOS_REFUSED, NP_BUSY },
	{ "exceeds",                                                      NXOS_REFUSED, NP_CAPACITY },
	{ "limit reached",                                                NXOS_REFUSED, NP_CAPACITY },
	{ "database is full",                                             NXOS_REFUSED, NP_CAPACITY },
};

/* In a text that no row knows, under code "200". */
static const char *const errors[] = { "error", "failed", "invalid", "illegal", "not allowed" };
/* clang-format on */

int nxos_reply_outputs(const json_t *reply, json_t **ret_outputs, struct np_err *err)
{
	json_t *outputs = json_object_get(json_object_get(reply, "ins_api"), "outputs");
	json_t *output = json_object_get(outputs, "output");
	np_auto(np_json_decref) json_t *list = NULL;
	const json_t *one;
	size_t i;

	if (json_is_object(output))
		list = json_pack("[O]", output);
	else if (json_is_array(output))
		list = json_incref(output);
	else
		return np_fail(err, NP_PEER, "the switch's reply has no outputs of NX-API");
	if (!list)
		return np_fail_nomem(err);
	if (json_array_size(list) == 0 || json_array_size(list) > NXOS_OUTPUTS_MAX)
		return np_fail(err, NP_PEER, "the switch's reply has %zu outputs, not 1 to %d",
			json_array_size(list), NXOS_OUTPUTS_MAX);
	json_array_foreach (list, i, one)
		if (!json_is_object(one))
			return np_fail(err, NP_PEER,
				"output %zu of the switch's reply is not an object", i);
	*ret_outputs = np_take(list);
	return 0;
}

/* Adds foreign text to @text: one line, blanks squeezed, cut between characters. */
static void add_text(char text[static NXOS_TEXT_MAX], const char *more)
{
	size_t len = strlen(text);

	if (len > 0 && len < NXOS_TEXT_MAX - 1 && *more)
		text[len++] = ' ';
	for (; *more && len < NXOS_TEXT_MAX - 1; more++) {
		bool blank = (unsigned char)*more <= ' ' || *more == 0x7f;
		if (blank && (len == 0 || text[len - 1] == ' '))
			continue;
		text[len++] = blank ? ' ' : *more;
	}
	/* Half a character at the end would not be UTF-8. */
	if (*more)
		while (len > 0 && ((unsigned char)text[len - 1] & 0x80))
			len--;
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
}

static bool is_good(const json_t *output)
{
	const json_t *code = json_object_get(output, "code");

	return strcmp(np_json_text(output, "code"), "200") == 0 ||
	       (json_is_integer(code) && json_integer_value(code) == 200);
}

static bool sounds_bad(const char *text)
{
	bool bad = text[0] == '%';

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		bad = bad || strcasestr(text, errors[i]);
	return bad;
}

void nxos_reply_judge(const json_t *output, struct nxos_answer *ret_answer)
{
	struct nxos_answer answer = { .verdict = NXOS_DONE };
	const json_t *body = json_object_get(output, "body");
	const char *msg = np_json_text(output, "msg");

	if (json_is_object(body) || json_is_array(body))
		answer.body = body;
	add_text(answer.text, np_json_text(output, "clierror"));
	if (json_is_string(body))
		add_text(answer.text, json_string_value(body));
	add_text(answer.text, np_json_text(body, "msg"));
	if (strcasecmp(msg, "success") != 0)
		add_text(answer.text, msg);
	if (!is_good(output) || sounds_bad(answer.text)) {
		answer.verdict = NXOS_REFUSED;
		answer.code = NP_CONFLICT;
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!strcasestr(answer.text, texts[i].text))
			continue;
		answer.verdict = texts[i].verdict;
		answer.code = texts[i].code;
		break;
	}
	*ret_answer = answer;
}

int nxos_reply_fail(const struct nxos_answer *answer, const char *command, struct np_err *err)
{
	const char *text = *answer->text ? answer->text : "no reason given";

	if (answer->verdict == NXOS_AGAIN)
		return np_fail(
			err, NP_BUSY, "the switch is not ready for '%.120s': '%s'", command, text);
	return np_fail(err, answer->code, "the switch refused '%.120s': '%s'", command, text);
}
