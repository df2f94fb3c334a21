/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The common transport (CT) of FC-GS: questions to the name server (FFFFFC) and read-only ones to the fabric
 * zone server (FFFFFA), and their replies as values. Pure; what a switch sends is foreign: every length is checked
 * and nothing is taken on trust.
 *
 * Codes: the kernel's fc_gs.h and fc_ns.h for the name server; for the zone server the code lists of
 * Wireshark's dissector. How a name is filled up is not certain: to a multiple of four, or, when it is one
 * already, with four bytes more. Whichever makes the reply come out even is taken.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FC_CT_HEADER 16
#define FC_CT_NAME_MAX 64				 /* FC-GS: names of zones and zone sets */
#define FC_CT_IU_MAX (FC_CT_HEADER + 8 + FC_CT_NAME_MAX) /* of a question */
#define FC_CT_PORTS_MAX 8192
#define FC_CT_TYPE_FCP 0x08
#define FC_CT_PORT_ANY 0x7f /* Nx_Port: of any kind */

enum fc_ct_query {
	FC_CT_GPN_FT,  /* FC-4 type -> port_id and WWPN of each port */
	FC_CT_GID_PT,  /* port type -> port_id of each port */
	FC_CT_GPN_ID,  /* port_id -> WWPN */
	FC_CT_GNN_ID,  /* port_id -> WWNN */
	FC_CT_GSPN_ID, /* port_id -> symbolic name of the port */
	FC_CT_GFF_ID,  /* port_id -> what it is for each FC-4 type */
	FC_CT_GZC,     /* what the zone server can do */
	FC_CT_GEST,    /* how zones are enforced */
	FC_CT_GZSN,    /* names of the defined zone sets */
	FC_CT_GZD,     /* zone set -> names of its zones */
	FC_CT_GZM,     /* zone -> members */
	FC_CT_GAZS,    /* the active zone set, whole */
	FC_CT_GZS,     /* zone set -> the same of a defined one */
	FC_CT_QUERIES
};

struct fc_ct_request {
	enum fc_ct_query query;
	uint32_t port_id; /* whom to ask */
	uint8_t iu[FC_CT_IU_MAX];
	size_t len;
};

/* What came back; borrows the bytes. */
struct fc_ct_reply {
	const uint8_t *payload;
	size_t len;
	bool cut; /* there was more than the switch could send */
};

struct fc_ct_port {
	uint32_t port_id;
	uint64_t wwpn; /* 0: not told (GID_PT) */
};

/* "GPN_FT", for messages. */
const char *fc_ct_name(enum fc_ct_query query);

/* A question about a number (FC-4 type, port type, port_id; 0 where none is needed) or about a name. */
void fc_ct_ask(enum fc_ct_query query, uint32_t number, struct fc_ct_request *ret_request);
int fc_ct_ask_name(enum fc_ct_query query, const char *name, struct fc_ct_request *ret_request,
	struct np_err *err);

/* Tells the switch how many bytes of a reply have room. */
void fc_ct_set_room(struct fc_ct_request *request, size_t room);

/*
 * The payload of an accepted reply. -NP_NOTFOUND: nothing is registered or active; -NP_UNSUPPORTED, -NP_BUSY, ...:
 * refused (fc_ct_reject); -NP_PEER: it is no reply.
 */
int fc_ct_accept(const struct fc_ct_request *request, const uint8_t *iu, size_t len,
	struct fc_ct_reply *ret_reply, struct np_err *err);

/* A refusal in words; returns -code. */
int fc_ct_reject(enum fc_ct_query query, uint8_t reason, uint8_t explanation, struct np_err *err);

/* GPN_FT, GID_PT. *ret_ports is the caller's. -NP_PEER when the list has no end, unless it was cut. */
int fc_ct_read_ports(enum fc_ct_query query, const struct fc_ct_reply *reply,
	struct fc_ct_port **ret_ports, size_t *ret_n, struct np_err *err);

/* GPN_ID, GNN_ID. */
int fc_ct_read_wwn(const struct fc_ct_reply *reply, uint64_t *ret_wwn, struct np_err *err);

/* GSPN_ID: printable ASCII; what does not fit is cut. */
int fc_ct_read_symbolic(
	const struct fc_ct_reply *reply, char *text, size_t size, struct np_err *err);

/* GFF_ID: "initiator", "target", "both" or "". */
int fc_ct_read_role(const struct fc_ct_reply *reply, const char **ret_role, struct np_err *err);

#define FC_CT_ZONES_HARD (1u << 0)
#define FC_CT_ZONES_SOFT (1u << 1)
#define FC_CT_ZONES_DB (1u << 2)

/* GZC, GEST as FC_CT_ZONES_*. */
int fc_ct_read_zoning(enum fc_ct_query query, const struct fc_ct_reply *reply, unsigned *ret_flags,
	struct np_err *err);

/* GZSN, GZD: an array of names. *ret is the caller's. */
int fc_ct_read_names(const struct fc_ct_reply *reply, json_t **ret_names, struct np_err *err);

/* GZM: an array of members as docs/ZONING.md writes them, in the switch's order. */
int fc_ct_read_members(const struct fc_ct_reply *reply, json_t **ret_members, struct np_err *err);

/* GAZS, GZS: {"zoneset": NAME, "zones": {NAME: {"kind": "regular", "members": [...]}}}; -NP_TOOBIG when it was cut. */
int fc_ct_read_zoneset(const struct fc_ct_reply *reply, json_t **ret_zoneset, struct np_err *err);
