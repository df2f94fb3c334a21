/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's qemu hook: NAME OPERATION SUB-OPERATION EXTRA, the domain XML on standard input. There
 * is no time-out in libvirt, and calling libvirt from here dead-locks. Absent arguments are "-".
 */
#include <ctype.h>
#include <poll.h>
#include <string.h>

#include <libxml/parser.h>
#include <uuid/uuid.h>

#include "hook/hook.h"

/* No network, no entity in the tree, no DTD, and libxml2's own limits stay on (never NOENT,
 * DTDLOAD, HUGE). */
#define XML_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

/* clang-format off */
static const struct {
	const char *operation, *sub;
	enum hook_phase phase;
} phases[] = {
	{ "prepare",   "begin", HOOK_PHASE_PREPARE   },
	{ "migrate",   "begin", HOOK_PHASE_INCOMING  },
	{ "start",     "begin", HOOK_PHASE_START     },
	{ "started",   "begin", HOOK_PHASE_STARTED   },
	{ "release",   "end",   HOOK_PHASE_RELEASE   },
	{ "reconnect", "begin", HOOK_PHASE_RECONNECT },
	/* The vports stay until the labels are restored and `release` comes. */
	{ "stopped",   "end",   HOOK_PHASE_OTHER     },
	/* Comes before `prepare`, only to let the XML be changed. */
	{ "restore",   "begin", HOOK_PHASE_OTHER     },
	/* Documented, never called. */
	{ "attach",    "begin", HOOK_PHASE_OTHER     },
};
/* clang-format on */

static enum hook_phase libvirt_phase(const char *const *args)
{
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
		if (strcmp(phases[i].operation, args[1]) == 0 &&
			strcmp(phases[i].sub, args[2]) == 0)
			return phases[i].phase;
	}
	return HOOK_PHASE_OTHER;
}

static void free_doc(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}

/* xmlFree is a variable: the cleaner of what libxml2 allocated. */
static void free_xml(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}

static bool is_element(const xmlNode *node, const char *name, const char *ns)
{
	if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, name) != 0)
		return false;
	if (!ns)
		return node->ns == NULL;
	return node->ns && node->ns->href && strcmp((const char *)node->ns->href, ns) == 0;
}

/* The only child element of that name; NULL when there is none. Two are an error. */
static int only_child(const xmlNode *parent, const char *name, const char *ns, xmlNode **ret_child,
	struct np_err *err)
{
	xmlNode *found = NULL;

	for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
		if (!is_element(node, name, ns))
			continue;
		if (found)
			return np_fail(err, NP_INVAL, "the domain XML has two <%s>", name);
		found = node;
	}
	*ret_child = found;
	return 0;
}

/* The text of an element without blanks around it; "" when there is no element. Too long is an
 * error. */
static int element_text(
	const xmlNode *node, const char *name, char *ret_text, size_t size, struct np_err *err)
{
	np_auto(free_xml) xmlChar *content =
		node ? xmlNodeGetContent((xmlNode *)(uintptr_t)node) : NULL;
	const char *from = content ? (const char *)content : "";

	from += strspn(from, " \t\r\n");
	size_t len = strlen(from);
	while (len > 0 && isspace((unsigned char)from[len - 1]))
		len--;
	if (len >= size)
		return np_fail(err, NP_INVAL, "<%s> of the domain XML is too long", name);
	memcpy(ret_text, from, len);
	ret_text[len] = '\0';
	return 0;
}

/* A number of an attribute within 1..max; 0 when the attribute is absent. */
static int number_attribute(
	const xmlNode *node, const char *name, int64_t max, int64_t *ret_number, struct np_err *err)
{
	np_auto(free_xml) xmlChar *text =
		xmlGetNoNsProp((xmlNode *)(uintptr_t)node, (const xmlChar *)name);
	char *end;

	if (!text)
		return 0;
	errno = 0;
	long long number = strtoll((const char *)text, &end, 10);
	if (errno != 0 || end == (char *)text || *end != '\0' || number < 1 || number > max)
		return np_fail(err, NP_INVAL,
			"%s='%.32s' of npiv:require is not a number from 1 to %lld", name,
			(const char *)text, (long long)max);
	*ret_number = number;
	return 0;
}

static int read_profile(const xmlNode *node, struct hook_event *event, struct np_err *err)
{
	np_auto(free_xml) xmlChar *name =
		xmlGetNoNsProp((xmlNode *)(uintptr_t)node, (const xmlChar *)"name");

	if (!name || !np_name_is_valid((const char *)name))
		return np_fail(err, NP_INVAL, "npiv:profile of the domain XML has no usable name");
	(void)snprintf(event->profile, sizeof event->profile, "%s", (const char *)name);
	return 0;
}

static int read_metadata(const xmlNode *domain, struct hook_event *event, struct np_err *err)
{
	xmlNode *metadata = NULL, *vports = NULL, *profile = NULL, *require = NULL;
	int64_t timeout_s = 0;
	int rc = only_child(domain, "metadata", NULL, &metadata, err);

	if (rc == 0)
		rc = only_child(metadata, "vports", HOOK_NAMESPACE, &vports, err);
	event->ours = vports;
	if (rc < 0 || !vports)
		return rc;
	rc = only_child(vports, "profile", HOOK_NAMESPACE, &profile, err);
	if (rc == 0)
		rc = only_child(vports, "require", HOOK_NAMESPACE, &require, err);
	if (rc == 0 && profile)
		rc = read_profile(profile, event, err);
	if (rc == 0 && require)
		rc = number_attribute(require, "luns", 65536, &event->luns, err);
	if (rc == 0 && require)
		rc = number_attribute(
			require, "timeout", HOOK_TIMEOUT_MAX_MS / 1000, &timeout_s, err);
	event->timeout_ms = timeout_s * 1000;
	return rc;
}

static int read_identity(const xmlNode *domain, struct hook_event *event, struct np_err *err)
{
	xmlNode *uuid = NULL, *name = NULL;
	char text[64];
	uuid_t id;
	int rc = only_child(domain, "uuid", NULL, &uuid, err);

	if (rc == 0)
		rc = only_child(domain, "name", NULL, &name, err);
	if (rc == 0)
		rc = element_text(name, "name", event->name, sizeof event->name, err);
	if (rc == 0)
		rc = element_text(uuid, "uuid", text, sizeof text, err);
	if (rc < 0)
		return rc;
	if (uuid_parse(text, id) != 0)
		return np_fail(err, NP_INVAL, "the domain XML has no usable <uuid>");
	uuid_unparse_lower(id, event->guest);
	return 0;
}

static int parse_domain(const char *text, size_t len, struct hook_event *event, struct np_err *err)
{
	np_auto(free_doc) xmlDoc *doc = NULL;
	const xmlNode *domain;

	if (len > HOOK_INPUT_MAX)
		return np_fail(err, NP_TOOBIG, "the domain XML is over %zu bytes", HOOK_INPUT_MAX);
	/* libvirt writes none; and what a DTD declares is not worth one line of parser. */
	if (memmem(text, len, "<!DOCTYPE", strlen("<!DOCTYPE")))
		return np_fail(err, NP_INVAL, "the domain XML has a document type declaration");
	doc = xmlReadMemory(text, (int)len, NULL, NULL, XML_OPTIONS);
	if (!doc || doc->intSubset)
		return np_fail(err, NP_INVAL, "the domain XML cannot be read");
	domain = xmlDocGetRootElement(doc);
	if (!domain || !is_element(domain, "domain", NULL))
		return np_fail(err, NP_INVAL, "standard input is no domain XML");
	int rc = read_identity(domain, event, err);
	return rc < 0 ? rc : read_metadata(domain, event, err);
}

int hook_libvirt_parse(const char *text, size_t len, struct hook_event *event, struct np_err *err)
{
	int rc = parse_domain(text, len, event, err);

	/* Text that speaks of npivd belongs to a guest of npivd, as far as anybody can tell. */
	if (rc < 0)
		event->ours = memmem(text, len, HOOK_NAMESPACE, strlen(HOOK_NAMESPACE));
	return np_hint(err, rc, "virsh dumpxml shows the guest's definition");
}

/* Reads to the end, to the limit or to the deadline. */
static int read_input(
	const struct hook_input *input, char **ret_text, size_t *ret_len, struct np_err *err)
{
	np_auto(np_free) char *text = malloc(HOOK_INPUT_MAX + 1);
	size_t len = 0;

	if (!text)
		return np_fail_nomem(err);
	while (len <= HOOK_INPUT_MAX) {
		struct pollfd poll_fd = { .fd = input->fd, .events = POLLIN };
		int64_t left = input->deadline_ms - hook_now_ms();
		int ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return np_fail(err, NP_TIMEOUT, "the domain XML did not arrive");
		ssize_t count = read(input->fd, text + len, HOOK_INPUT_MAX + 1 - len);
		if (count < 0 && errno != EINTR && errno != EAGAIN)
			return np_fail_sys(err, errno, "reading the domain XML");
		if (count == 0)
			break;
		len += count > 0 ? (size_t)count : 0;
	}
	*ret_text = np_take(text);
	*ret_len = len;
	return 0;
}

static int libvirt_read(
	const struct hook_input *input, struct hook_event *ret_event, struct np_err *err)
{
	const char *extra = input->args[3];
	int rc = read_input(input, &ret_event->definition, &ret_event->definition_len, err);

	if (rc < 0)
		return rc;
	if (ret_event->phase == HOOK_PHASE_RELEASE && strcmp(extra, "-") != 0)
		(void)snprintf(ret_event->reason, sizeof ret_event->reason, "%s", extra);
	return hook_libvirt_parse(ret_event->definition, ret_event->definition_len, ret_event, err);
}

const struct hook_hypervisor hook_libvirt = {
	.name = "libvirt",
	.n_args = 4,
	.usage = "GUEST OPERATION SUB-OPERATION EXTRA < domain.xml",
	.phase = libvirt_phase,
	.read = libvirt_read,
};
