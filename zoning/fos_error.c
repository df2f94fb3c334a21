/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/fos_error.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#define XML_MAX (1u << 20)

/* Texts as brcdapi, brocade.fos and the vendor's models have them. The first row that fits counts. */
static const struct {
	long status; /* 0: any */
	const char *text;
	enum fos_meaning meaning;
	enum np_code code;
} rows[] = {
	{ 0, "No Change in Configuration", FOS_MEANS_DONE, NP_OK },
	{ 0, "Same configuration", FOS_MEANS_DONE, NP_OK },
	{ 0, "nothing to save", FOS_MEANS_DONE, NP_OK },
	{ 0, "no outstanding", FOS_MEANS_DONE, NP_OK },
	{ 0, "No entries", FOS_MEANS_EMPTY, NP_OK },
	{ 404, "", FOS_MEANS_EMPTY, NP_OK },
	{ 503, "not ready for management", FOS_MEANS_ERROR, NP_LINK },
	{ 0, "max limit for REST sessions", FOS_MEANS_ERROR, NP_CAPACITY },
	{ 0, "session", FOS_MEANS_ERROR, NP_PEER },
	{ 503, "", FOS_MEANS_AGAIN, NP_BUSY },
	{ 429, "", FOS_MEANS_AGAIN, NP_BUSY },
	{ 0, "abric is busy", FOS_MEANS_AGAIN, NP_BUSY },
	{ 0, "transaction", FOS_MEANS_ERROR, NP_BUSY },
	{ 0, "checksum", FOS_MEANS_ERROR, NP_STALE },
	{ 0, "is full", FOS_MEANS_ERROR, NP_CAPACITY },
	{ 0, "larger than", FOS_MEANS_ERROR, NP_CAPACITY },
	{ 0, "maximum", FOS_MEANS_ERROR, NP_CAPACITY },
	{ 0, "nvalid REST URI", FOS_MEANS_ERROR, NP_UNSUPPORTED },
	{ 405, "", FOS_MEANS_ERROR, NP_UNSUPPORTED },
	{ 0, "", FOS_MEANS_ERROR, NP_PEER },
};

/* Control characters of foreign text end no log line. */
static void clean(const char *from, char ret_text[static FOS_MESSAGE_MAX])
{
	size_t i = 0;

	for (; i < FOS_MESSAGE_MAX - 1 && from[i]; i++)
		ret_text[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? ' ' : from[i];
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
				? xmlReadMemory(text, (int)len, "reply.xml", NULL,
					  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
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

static int fail_with(
	const struct np_http_reply *reply, enum np_code code, const char *text, struct np_err *err)
{
	int rc = np_fail(err, code, "the switch answered HTTP %ld%s%s%s", reply->status,
		*text ? ": '" : "", text, *text ? "'" : "");

	if (code == NP_CAPACITY && strstr(text, "session"))
		return np_hint(err, rc,
			"on the switch: apploginhistory shows who holds sessions; mgmtapp --config -maxrestsession N allows more");
	if (reply->status == 401 || reply->status == 403)
		return np_hint(
			err, rc, "check the fabric's credential: its user needs zoning rights");
	return rc;
}

enum fos_meaning fos_error_meaning(const struct np_http_reply *reply, struct np_err *err)
{
	char text[FOS_MESSAGE_MAX];
	size_t i = 0;

	fos_error_message(reply, text);
	while ((rows[i].status && rows[i].status != reply->status) ||
		!strcasestr(text, rows[i].text))
		i++;
	if (rows[i].meaning == FOS_MEANS_ERROR || rows[i].meaning == FOS_MEANS_AGAIN)
		(void)fail_with(reply, rows[i].code, text, err);
	return rows[i].meaning;
}
