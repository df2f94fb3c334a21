/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/fos_error.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#define XML_MAX (1u << 20)
/* No network, no entity in the tree, no DTD, and libxml2's own limits stay on (never NOENT, DTDLOAD, HUGE). */
#define XML_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

/* What the request was. */
enum { GET = 1, CHANGE = 2, ANY = GET | CHANGE };

/* clang-format off */
/* Texts as brcdapi, brocade.fos and the vendor's models have them. The first row that fits counts. */
static const struct {
	int requests;
	long status; /* 0: any */
	const char *text;
	enum fos_meaning meaning;
	enum np_code code;
	const char *hint;
} rows[] = {
	{ ANY,    0,   "No Change in Configuration",   FOS_MEANS_DONE,    NP_OK, NULL },
	{ ANY,    0,   "Same configuration",           FOS_MEANS_DONE,    NP_OK, NULL },
	{ ANY,    0,   "nothing to save",              FOS_MEANS_DONE,    NP_OK, NULL },
	{ ANY,    0,   "no outstanding",               FOS_MEANS_DONE,    NP_OK, NULL },
	{ GET,    0,   "No entries",                   FOS_MEANS_EMPTY,   NP_OK, NULL },
	{ GET,    404, "Not Found",                    FOS_MEANS_EMPTY,   NP_OK, NULL },
	{ ANY,    0,   "not ready for management",     FOS_MEANS_ERROR,   NP_UNREACHABLE, "the switch is starting: try again in some minutes" },
	{ ANY,    0,   "max limit for REST sessions",  FOS_MEANS_ERROR,   NP_BUSY,
		"on the switch: apploginhistory shows who holds sessions; mgmtapp --config -maxrestsession N allows more" },
	{ GET,    401, "session",                      FOS_MEANS_EXPIRED, NP_PEER, NULL },
	{ CHANGE, 401, "session",                      FOS_MEANS_ERROR,   NP_CONFLICT, "the switch ended the session, and its changes with it: try again" },
	{ ANY,    401, "",                             FOS_MEANS_ERROR,   NP_DENIED, "check the fabric's credential" },
	{ ANY,    403, "",                             FOS_MEANS_ERROR,   NP_DENIED, "the user of the fabric's credential needs the right to change zones" },
	{ ANY,    503, "",                             FOS_MEANS_AGAIN,   NP_BUSY, NULL },
	{ ANY,    429, "",                             FOS_MEANS_AGAIN,   NP_BUSY, NULL },
	{ ANY,    0,   "fabric is busy",               FOS_MEANS_AGAIN,   NP_BUSY, NULL },
	{ CHANGE, 0,   "transaction",                  FOS_MEANS_ERROR,   NP_BUSY, "wait until it is committed or dropped, then try again" },
	{ CHANGE, 0,   "checksum",                     FOS_MEANS_ERROR,   NP_STALE, NULL },
	{ CHANGE, 0,   "is full",                      FOS_MEANS_ERROR,   NP_CAPACITY, "remove zones that nobody uses: npivctl zone lint shows them" },
	{ CHANGE, 0,   "larger than",                  FOS_MEANS_ERROR,   NP_CAPACITY, "remove zones that nobody uses: npivctl zone lint shows them" },
	{ CHANGE, 0,   "maximum",                      FOS_MEANS_ERROR,   NP_CAPACITY, "remove zones that nobody uses: npivctl zone lint shows them" },
	{ ANY,    0,   "invalid REST URI",             FOS_MEANS_ERROR,   NP_UNSUPPORTED, "is it a Fabric OS of 8.2.1 or later?" },
	{ ANY,    405, "",                             FOS_MEANS_ERROR,   NP_UNSUPPORTED, "is it a Fabric OS of 8.2.1 or later?" },
	{ GET,    0,   "",                             FOS_MEANS_ERROR,   NP_PEER, NULL },
	{ CHANGE, 0,   "",                             FOS_MEANS_ERROR,   NP_CONFLICT, NULL },
};
/* clang-format on */

#define SERVER_FAILS 500 /* from this status on a change may have happened all the same */

/* For one line of a log or a terminal. */
static void clean(const char *from, char ret_text[static FOS_MESSAGE_MAX])
{
	size_t i = 0;

	for (; i < FOS_MESSAGE_MAX - 1 && from[i]; i++)
		ret_text[i] = from[i] < ' ' || from[i] > '~' ? ' ' : from[i];
	ret_text[i] = '\0';
}

static xmlNodePtr find_message(xmlNodePtr node, unsigned depth)
{
	for (; node && depth < 16; node = node->next) {
		if (node->type == XML_ELEMENT_NODE &&
			xmlStrcmp(node->name, (const xmlChar *)"error-message") == 0)
			return node;
		xmlNodePtr below = find_message(node->children, depth + 1);
		if (below)
			return below;
	}
	return NULL;
}

void fos_error_message_xml(const char *text, size_t len, char ret_text[static FOS_MESSAGE_MAX])
{
	xmlDocPtr doc = len && len < XML_MAX
				? xmlReadMemory(text, (int)len, "reply.xml", NULL, XML_OPTIONS)
				: NULL;
	/* No entities: they could name files of this host. */
	xmlNodePtr node =
		doc && !doc->intSubset ? find_message(xmlDocGetRootElement(doc), 0) : NULL;
	xmlChar *content = node ? xmlNodeGetContent(node) : NULL;

	ret_text[0] = '\0';
	if (content)
		clean((const char *)content, ret_text);
	xmlFree(content);
	xmlFreeDoc(doc);
}

/* "error" is one object before 8.2.1b, a list later. */
static const json_t *first_error(const json_t *body)
{
	const json_t *error = json_object_get(json_object_get(body, "errors"), "error");

	return json_is_array(error) ? json_array_get(error, 0) : error;
}

void fos_error_message(const struct np_http_reply *reply, char ret_text[static FOS_MESSAGE_MAX])
{
	ret_text[0] = '\0';
	if (reply->body)
		clean(np_json_text(first_error(reply->body), "error-message"), ret_text);
	else if (reply->text)
		fos_error_message_xml(reply->text, strlen(reply->text), ret_text);
}

enum fos_meaning fos_error_meaning(
	const struct np_http_reply *reply, bool reads, struct np_err *err)
{
	char text[FOS_MESSAGE_MAX];
	size_t i = 0;

	fos_error_message(reply, text);
	while (!(rows[i].requests & (reads ? GET : CHANGE)) ||
		(rows[i].status && rows[i].status != reply->status) ||
		!strcasestr(text, rows[i].text))
		i++;
	if (rows[i].meaning == FOS_MEANS_DONE || rows[i].meaning == FOS_MEANS_EMPTY)
		return rows[i].meaning;
	bool unknown = reply->status >= SERVER_FAILS && rows[i].code == NP_CONFLICT;
	int rc =
		np_fail(err, unknown ? NP_PEER : rows[i].code, "the switch answered HTTP %ld%s%s%s",
			reply->status, *text ? ": '" : "", text, *text ? "'" : "");
	if (rows[i].hint)
		(void)np_hint(err, rc, "%s", rows[i].hint);
	return rows[i].meaning;
}
