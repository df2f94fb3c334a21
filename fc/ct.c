/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/ct.h"

#include <assert.h>
#include <string.h>

#include "base/wwn.h"

#define CT_REVISION 0x01
#define CT_REJECT 0x8001
#define CT_ACCEPT 0x8002
#define MEMBER_LEN 12
#define LAST_PORT 0x80 /* in the first byte of the last entry */
#define FCP_FEATURES 7 /* the byte of GFF_ID that holds FCP's four bits */

enum service { NAME_SERVER, ZONE_SERVER };
enum argument { NOTHING, PORT_ID, FC4_TYPE, PORT_TYPE, NAME };

/* clang-format off */
static const struct {
	uint32_t port_id;
	uint8_t type, subtype;
} services[] = {
	[NAME_SERVER] = { 0xfffffc, 0xfc, 0x02 },
	[ZONE_SERVER] = { 0xfffffa, 0xfa, 0x03 },
};

static const struct {
	const char *name;
	enum service service;
	uint16_t command;
	enum argument argument;
} queries[FC_CT_QUERIES] = {
	[FC_CT_GPN_FT]  = { "GPN_FT",  NAME_SERVER, 0x0172, FC4_TYPE  },
	[FC_CT_GID_PT]  = { "GID_PT",  NAME_SERVER, 0x01a1, PORT_TYPE },
	[FC_CT_GPN_ID]  = { "GPN_ID",  NAME_SERVER, 0x0112, PORT_ID   },
	[FC_CT_GNN_ID]  = { "GNN_ID",  NAME_SERVER, 0x0113, PORT_ID   },
	[FC_CT_GSPN_ID] = { "GSPN_ID", NAME_SERVER, 0x0118, PORT_ID   },
	[FC_CT_GFF_ID]  = { "GFF_ID",  NAME_SERVER, 0x011f, PORT_ID   },
	[FC_CT_GZC]     = { "GZC",     ZONE_SERVER, 0x0100, NOTHING   },
	[FC_CT_GEST]    = { "GEST",    ZONE_SERVER, 0x0111, NOTHING   },
	[FC_CT_GZSN]    = { "GZSN",    ZONE_SERVER, 0x0112, NOTHING   },
	[FC_CT_GZD]     = { "GZD",     ZONE_SERVER, 0x0113, NAME      },
	[FC_CT_GZM]     = { "GZM",     ZONE_SERVER, 0x0114, NAME      },
	[FC_CT_GAZS]    = { "GAZS",    ZONE_SERVER, 0x0115, NOTHING   },
	[FC_CT_GZS]     = { "GZS",     ZONE_SERVER, 0x0116, NAME      },
};

static const struct {
	uint8_t value;
	enum np_code code;
	const char *words;
} reasons[] = {
	{ 0x01, NP_UNSUPPORTED, "unknown command" },
	{ 0x02, NP_PEER,        "wrong version" },
	{ 0x03, NP_PEER,        "logical error" },
	{ 0x04, NP_PEER,        "wrong length" },
	{ 0x05, NP_BUSY,        "busy" },
	{ 0x07, NP_PEER,        "protocol error" },
	{ 0x09, NP_FAILED,      "unable to do it" },
	{ 0x0b, NP_UNSUPPORTED, "not supported" },
};

static const struct {
	enum service service;
	uint8_t value;
	enum np_code code; /* NP_OK: the reason's */
	const char *words;
} explanations[] = {
	{ NAME_SERVER, 0x01, NP_NOTFOUND,    "no port with this identifier is registered" },
	{ NAME_SERVER, 0x02, NP_NOTFOUND,    "no port with this WWPN is registered" },
	{ NAME_SERVER, 0x03, NP_NOTFOUND,    "no node with this WWNN is registered" },
	{ NAME_SERVER, 0x07, NP_NOTFOUND,    "no FC-4 type is registered" },
	{ ZONE_SERVER, 0x01, NP_UNSUPPORTED, "no zones" },
	{ ZONE_SERVER, 0x10, NP_NOTFOUND,    "no zone set has this name" },
	{ ZONE_SERVER, 0x11, NP_NOTFOUND,    "no zone set is active" },
	{ ZONE_SERVER, 0x12, NP_NOTFOUND,    "no zone has this name" },
	{ ZONE_SERVER, 0x13, NP_OK,          "the state of the zones is not known" },
	{ ZONE_SERVER, 0x14, NP_PEER,        "wrong length" },
	{ ZONE_SERVER, 0x17, NP_UNSUPPORTED, "this request is not supported" },
	{ ZONE_SERVER, 0x18, NP_UNSUPPORTED, "this capability is not supported" },
	{ ZONE_SERVER, 0x19, NP_UNSUPPORTED, "this type of member is not supported" },
};
/* clang-format on */

static uint64_t get(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | *at++;
	return value;
}

static void put(uint8_t *at, size_t bytes, uint64_t value)
{
	while (bytes--) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

const char *fc_ct_name(enum fc_ct_query query)
{
	return queries[query].name;
}

static void put_header(enum fc_ct_query query, struct fc_ct_request *request)
{
	enum service service = queries[query].service;

	*request = (struct fc_ct_request){ .query = query, .len = FC_CT_HEADER };
	request->port_id = services[service].port_id;
	request->iu[0] = CT_REVISION;
	request->iu[4] = services[service].type;
	request->iu[5] = services[service].subtype;
	put(request->iu + 8, 2, queries[query].command);
}

void fc_ct_ask(enum fc_ct_query query, uint32_t number, struct fc_ct_request *ret_request)
{
	static const struct {
		size_t at, bytes;
	} places[] = {
		[PORT_ID] = { 1, 3 },
		[FC4_TYPE] = { 3, 1 },
		[PORT_TYPE] = { 0, 1 },
	};
	enum argument argument = queries[query].argument;

	assert(argument != NAME);
	put_header(query, ret_request);
	if (argument == NOTHING)
		return;
	put(ret_request->iu + FC_CT_HEADER + places[argument].at, places[argument].bytes, number);
	ret_request->len += 4;
}

/* Bytes after a name of @n; @more: a name of a whole number of words is followed by one. */
static size_t fill(size_t n, bool more)
{
	return n % 4 ? 4 - n % 4 : more ? 4 : 0;
}

int fc_ct_ask_name(enum fc_ct_query query, const char *name, struct fc_ct_request *ret_request,
	struct np_err *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > FC_CT_NAME_MAX)
		return np_fail(err, NP_INVAL, "%s: '%.80s' is no name of 1 to %d characters",
			queries[query].name, name, FC_CT_NAME_MAX);
	put_header(query, ret_request);
	ret_request->iu[FC_CT_HEADER] = (uint8_t)n;
	memcpy(ret_request->iu + FC_CT_HEADER + 4, name, n);
	ret_request->len += 4 + n + fill(n, false);
	return 0;
}

void fc_ct_set_room(struct fc_ct_request *request, size_t room)
{
	size_t words = room > FC_CT_HEADER ? (room - FC_CT_HEADER) / 4 : 0;

	put(request->iu + 10, 2, words < 0xffff ? words : 0xffff);
}

int fc_ct_reject(enum fc_ct_query query, uint8_t reason, uint8_t explanation, struct np_err *err)
{
	const char *words = "refused", *more = NULL;
	enum np_code code = NP_PEER;

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		if (reasons[i].value == reason) {
			words = reasons[i].words;
			code = reasons[i].code;
		}
	}
	for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
		if (explanations[i].service != queries[query].service ||
			explanations[i].value != explanation)
			continue;
		more = explanations[i].words;
		code = explanations[i].code ? explanations[i].code : code;
	}
	return np_fail(err, code, "%s: the switch says: %s%s%s (reason 0x%02x, explanation 0x%02x)",
		queries[query].name, words, more ? ": " : "", more ? more : "", reason,
		explanation);
}

int fc_ct_accept(const struct fc_ct_request *request, const uint8_t *iu, size_t len,
	struct fc_ct_reply *ret_reply, struct np_err *err)
{
	const char *name = queries[request->query].name;

	if (len < FC_CT_HEADER)
		return np_fail(err, NP_PEER, "%s: a reply of %zu bytes", name, len);
	unsigned command = (unsigned)get(iu + 8, 2);
	if (iu[4] != request->iu[4] || iu[5] != request->iu[5])
		return np_fail(
			err, NP_PEER, "%s: the reply is of service %02x/%02x", name, iu[4], iu[5]);
	if (command == CT_REJECT)
		return fc_ct_reject(request->query, iu[13], iu[14], err);
	if (command != CT_ACCEPT)
		return np_fail(
			err, NP_PEER, "%s: the reply is no reply (command 0x%04x)", name, command);
	*ret_reply = (struct fc_ct_reply){
		.payload = iu + FC_CT_HEADER, .len = len - FC_CT_HEADER, .cut = get(iu + 10, 2) != 0
	};
	return 0;
}

static int too_short(struct np_err *err, const char *what, size_t len)
{
	return np_fail(err, NP_PEER, "%s: the reply ends after %zu bytes", what, len);
}

int fc_ct_read_ports(enum fc_ct_query query, const struct fc_ct_reply *reply,
	struct fc_ct_port **ret_ports, size_t *ret_n, struct np_err *err)
{
	size_t entry = query == FC_CT_GPN_FT ? 16 : 4, n = 0, max = reply->len / entry;
	np_auto(np_free) struct fc_ct_port *ports = NULL;
	bool last = max == 0;

	max = max < FC_CT_PORTS_MAX ? max : FC_CT_PORTS_MAX;
	ports = calloc(max ? max : 1, sizeof *ports);
	if (!ports)
		return np_fail_nomem(err);
	while (!last && n < max) {
		const uint8_t *at = reply->payload + n * entry;
		ports[n].port_id = (uint32_t)get(at + 1, 3);
		ports[n].wwpn = entry == 16 ? get(at + 8, 8) : 0;
		last = at[0] & LAST_PORT;
		n++;
	}
	if (!last && !reply->cut)
		return np_fail(err, NP_PEER, "%s: a list of %zu ports without an end",
			queries[query].name, n);
	*ret_ports = np_take(ports);
	*ret_n = n;
	return 0;
}

int fc_ct_read_wwn(const struct fc_ct_reply *reply, uint64_t *ret_wwn, struct np_err *err)
{
	if (reply->len < 8)
		return too_short(err, "WWN of a port", reply->len);
	*ret_wwn = get(reply->payload, 8);
	return 0;
}

static void copy_clean(char *text, size_t size, const uint8_t *from, size_t len, uint8_t lowest)
{
	size_t n = 0;

	for (; n < len && n < size - 1; n++)
		text[n] = from[n] >= lowest && from[n] < 0x7f ? (char)from[n] : '?';
	text[n] = '\0';
}

int fc_ct_read_symbolic(
	const struct fc_ct_reply *reply, char *text, size_t size, struct np_err *err)
{
	if (reply->len < 1 || reply->len - 1 < reply->payload[0])
		return too_short(err, "symbolic name", reply->len);
	size_t len = strnlen((const char *)reply->payload + 1, reply->payload[0]);
	copy_clean(text, size, reply->payload + 1, len, ' ');
	return 0;
}

int fc_ct_read_role(const struct fc_ct_reply *reply, const char **ret_role, struct np_err *err)
{
	static const char *const roles[] = { "", "target", "initiator", "both" };

	if (reply->len <= FCP_FEATURES)
		return too_short(err, "features of a port", reply->len);
	*ret_role = roles[reply->payload[FCP_FEATURES] & 3];
	return 0;
}

int fc_ct_read_zoning(enum fc_ct_query query, const struct fc_ct_reply *reply, unsigned *ret_flags,
	struct np_err *err)
{
	static const struct {
		enum fc_ct_query query;
		uint8_t bit;
		unsigned flag;
	} bits[] = {
		{ FC_CT_GZC, 0x80, FC_CT_ZONES_HARD },
		{ FC_CT_GZC, 0x40, FC_CT_ZONES_SOFT },
		{ FC_CT_GZC, 0x01, FC_CT_ZONES_DB },
		{ FC_CT_GEST, 0x80, FC_CT_ZONES_SOFT },
		{ FC_CT_GEST, 0x40, FC_CT_ZONES_HARD },
	};
	unsigned flags = 0;

	if (reply->len < 1)
		return too_short(err, queries[query].name, reply->len);
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		if (bits[i].query == query && reply->payload[0] & bits[i].bit)
			flags |= bits[i].flag;
	*ret_flags = flags;
	return 0;
}

/* Where a parser of the zone server's replies stands, and by which rule names are filled up. */
struct cursor {
	const uint8_t *at, *end;
	bool more;
};

static size_t left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

static int read_count(
	struct cursor *cursor, size_t least, const char *what, size_t *ret_n, struct np_err *err)
{
	if (left(cursor) < 4)
		return np_fail(err, NP_PEER, "the reply ends before the number of %s", what);
	uint64_t n = get(cursor->at, 4);
	cursor->at += 4;
	if (n > left(cursor) / least)
		return np_fail(err, NP_PEER, "the reply is too short for %llu %s",
			(unsigned long long)n, what);
	*ret_n = (size_t)n;
	return 0;
}

static int read_name(
	struct cursor *cursor, char ret_name[static FC_CT_NAME_MAX + 1], struct np_err *err)
{
	if (left(cursor) < 4)
		return np_fail(err, NP_PEER, "the reply ends before a name");
	size_t n = cursor->at[0], len = 4 + n + fill(n, cursor->more);
	if (n == 0 || n > FC_CT_NAME_MAX || len > left(cursor))
		return np_fail(err, NP_PEER, "a name of %zu characters in a reply", n);
	copy_clean(ret_name, FC_CT_NAME_MAX + 1, cursor->at + 4, n, '!');
	cursor->at += len;
	return 0;
}

/*
 * Domain and port, and a port_id, have three bytes in a word; the domain is never 0 and so tells whether
 * they are the first or the last three.
 */
static const uint8_t *skip_reserved(const uint8_t *id)
{
	return id[0] ? id : id + 1;
}

static json_t *read_member(const uint8_t *at)
{
	const uint8_t *id = at + 4, *three = skip_reserved(id);
	unsigned long long name = get(id, 8);

	switch (at[0]) {
	case 0x01:
		return json_sprintf("%016llx", name);
	case 0x02:
		return json_sprintf("%u,%u", three[0], (unsigned)get(three + 1, 2));
	case 0x03:
		return json_sprintf("fcid:0x%06x", (unsigned)get(three, 3));
	case 0x04:
		return json_sprintf("wwnn:%016llx", name);
	default:
		return json_sprintf("type-0x%02x:%016llx", at[0], name);
	}
}

static int read_member_list(struct cursor *cursor, json_t **ret_members, struct np_err *err)
{
	np_auto(np_json_decref) json_t *members = json_array();
	size_t n = 0;
	int rc = read_count(cursor, MEMBER_LEN, "members", &n, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (json_array_append_new(members, read_member(cursor->at)) < 0)
			rc = np_fail_nomem(err);
		cursor->at += MEMBER_LEN;
	}
	if (rc == 0)
		*ret_members = np_take(members);
	return rc;
}

static int read_zone(struct cursor *cursor, json_t *zones, struct np_err *err)
{
	char name[FC_CT_NAME_MAX + 1];
	json_t *members = NULL;
	int rc = read_name(cursor, name, err);

	if (rc == 0 && json_object_get(zones, name))
		rc = np_fail(err, NP_PEER, "zone '%s' is twice in a zone set", name);
	if (rc == 0)
		rc = read_member_list(cursor, &members, err);
	if (rc < 0)
		return rc;
	json_t *zone = json_pack("{s:s, s:o}", "kind", "regular", "members", members);
	return zone && json_object_set_new(zones, name, zone) == 0 ? 0 : np_fail_nomem(err);
}

static int read_zoneset(struct cursor *cursor, json_t **ret, struct np_err *err)
{
	np_auto(np_json_decref) json_t *zones = json_object();
	char name[FC_CT_NAME_MAX + 1];
	size_t n = 0;
	int rc = read_name(cursor, name, err);

	if (rc == 0)
		rc = read_count(cursor, 12, "zones", &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_zone(cursor, zones, err);
	if (rc < 0)
		return rc;
	*ret = json_pack("{s:s, s:O}", "zoneset", name, "zones", zones);
	return *ret ? 0 : np_fail_nomem(err);
}

static int read_name_list(struct cursor *cursor, json_t **ret, struct np_err *err)
{
	np_auto(np_json_decref) json_t *names = json_array();
	char name[FC_CT_NAME_MAX + 1];
	size_t n = 0;
	int rc = read_count(cursor, 12, "names", &n, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = read_name(cursor, name, err);
		if (rc == 0 && left(cursor) < 4)
			rc = np_fail(err, NP_PEER, "the reply ends after the name '%s'", name);
		if (rc == 0 && json_array_append_new(names, json_string(name)) < 0)
			rc = np_fail_nomem(err);
		cursor->at += rc == 0 ? 4 : 0; /* how many zones or members: those lists say it */
	}
	if (rc == 0)
		*ret = np_take(names);
	return rc;
}

static bool is_blank(const struct cursor *cursor)
{
	for (const uint8_t *at = cursor->at; at < cursor->end; at++)
		if (*at)
			return false;
	return true;
}

typedef int read_fn(struct cursor *cursor, json_t **ret, struct np_err *err);

/* Names are filled up by one rule or the other: the right one is that which leaves nothing over. */
static int read_whole(
	const struct fc_ct_reply *reply, read_fn *read, json_t **ret, struct np_err *err)
{
	if (reply->cut)
		return np_fail(err, NP_TOOBIG, "the switch had more than fits into its reply");
	int failed = 0;
	for (int more = 0; more <= 1; more++) {
		struct cursor cursor = { reply->payload, reply->payload + reply->len, more };
		json_t *value = NULL;
		int rc = read(&cursor, &value, more ? NULL : err);
		if (rc == 0 && is_blank(&cursor)) {
			*ret = value;
			return 0;
		}
		json_decref(value);
		if (rc == 0 && !more)
			rc = np_fail(err, NP_PEER, "%zu bytes of the reply are left over",
				left(&cursor));
		failed = failed ? failed : rc;
	}
	return failed;
}

int fc_ct_read_names(const struct fc_ct_reply *reply, json_t **ret_names, struct np_err *err)
{
	return read_whole(reply, read_name_list, ret_names, err);
}

int fc_ct_read_members(const struct fc_ct_reply *reply, json_t **ret_members, struct np_err *err)
{
	return read_whole(reply, read_member_list, ret_members, err);
}

int fc_ct_read_zoneset(const struct fc_ct_reply *reply, json_t **ret_zoneset, struct np_err *err)
{
	return read_whole(reply, read_zoneset, ret_zoneset, err);
}
