/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every question of fc/ct.h, and replies as the tests' switch gives them, as Fibre Channel frames in the form that
 * text2pcap reads: one packet each, questions and replies in turns.
 */
#include <stdio.h>

#include "tests/fake/fake_inband.h"

#define PORT 0x010101

static void print_frame(
	uint32_t to, uint32_t from, unsigned exchange, const uint8_t *iu, size_t len)
{
	bool asks = from == PORT;
	uint8_t frame[24 + 2112] = { asks ? 0x02 : 0x03, (uint8_t)(to >> 16), (uint8_t)(to >> 8),
		(uint8_t)to, 0, (uint8_t)(from >> 16), (uint8_t)(from >> 8), (uint8_t)from, 0x20,
		asks ? 0x29 : 0x98 };

	frame[17] = (uint8_t)exchange;
	frame[18] = frame[19] = 0xff;
	for (size_t i = 0; i < len; i++)
		frame[24 + i] = iu[i];
	(void)printf("000000");
	for (size_t i = 0; i < 24 + len; i++)
		(void)printf(" %02x", frame[i]);
	(void)printf("\n");
}

static void ask(enum fc_ct_query query, struct fc_ct_request *request)
{
	if (query == FC_CT_GZD || query == FC_CT_GZM || query == FC_CT_GZS)
		(void)fc_ct_ask_name(query, "fabric_a1", request, NULL);
	else
		fc_ct_ask(query,
			query == FC_CT_GPN_FT	? FC_CT_TYPE_FCP
			: query == FC_CT_GID_PT ? FC_CT_PORT_ANY
						: PORT,
			request);
	fc_ct_set_room(request, FC_BSG_REPLY_MAX);
}

static void answer(enum fc_ct_query query, struct fake_ct *ct)
{
	fake_ct_begin(ct, query < FC_CT_GZC ? 0xfc : 0xfa, 0x8002);
	switch (query) {
	case FC_CT_GPN_FT:
		fake_ct_put(ct, 8, 0x8001010100000000);
		fake_ct_put(ct, 8, 0x2100aabbccdd0001);
		break;
	case FC_CT_GPN_ID:
	case FC_CT_GNN_ID:
		fake_ct_put(ct, 8, 0x2100aabbccdd0001);
		break;
	case FC_CT_GZC:
		fake_ct_put(ct, 8, 0x8100000000000000);
		break;
	case FC_CT_GEST:
		fake_ct_put(ct, 8, 0x4000000000000000);
		break;
	case FC_CT_GAZS:
	case FC_CT_GZS:
		fake_ct_zoneset(ct);
		break;
	case FC_CT_GID_PT:
	case FC_CT_GSPN_ID:
	case FC_CT_GFF_ID:
	case FC_CT_GZSN:
	case FC_CT_GZD:
	case FC_CT_GZM:
	case FC_CT_QUERIES:
		fake_ct_begin(ct, query < FC_CT_GZC ? 0xfc : 0xfa, 0x8001);
		ct->iu[13] = 0x0b;
	}
}

int main(void)
{
	for (enum fc_ct_query query = 0; query < FC_CT_QUERIES; query++) {
		struct fake_ct ct = { 0 };
		struct fc_ct_request request;

		ask(query, &request);
		print_frame(request.port_id, PORT, query + 1, request.iu, request.len);
		answer(query, &ct);
		print_frame(PORT, request.port_id, query + 1, ct.iu, ct.len);
	}
	return 0;
}
