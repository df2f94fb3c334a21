/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A switch's CT reply: the first byte is the question that it answers, the rest is the reply. */
#include "fc/ct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_ports(enum fc_ct_query query, const struct fc_ct_reply *reply)
{
	struct fc_ct_port *ports = NULL;
	size_t n = 0;

	if (fc_ct_read_ports(query, reply, &ports, &n, NULL) == 0 && n > FC_CT_PORTS_MAX)
		abort();
	free(ports);
}

static void read_all(enum fc_ct_query query, const struct fc_ct_reply *reply)
{
	np_auto(np_json_decref) json_t *names = NULL, *members = NULL, *zoneset = NULL;
	char text[64];
	const char *role;
	unsigned flags;
	uint64_t wwn;

	read_ports(query, reply);
	(void)fc_ct_read_wwn(reply, &wwn, NULL);
	(void)fc_ct_read_symbolic(reply, text, sizeof text, NULL);
	(void)fc_ct_read_role(reply, &role, NULL);
	(void)fc_ct_read_zoning(query, reply, &flags, NULL);
	(void)fc_ct_read_names(reply, &names, NULL);
	(void)fc_ct_read_members(reply, &members, NULL);
	(void)fc_ct_read_zoneset(reply, &zoneset, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum fc_ct_query query = size ? data[0] % FC_CT_QUERIES : 0;
	struct fc_ct_request request;
	struct fc_ct_reply reply;
	struct np_err err;

	if (size == 0)
		return 0;
	if (query == FC_CT_GZD || query == FC_CT_GZM || query == FC_CT_GZS)
		(void)fc_ct_ask_name(query, "name", &request, NULL);
	else
		fc_ct_ask(query, 0, &request);
	if (fc_ct_accept(&request, data + 1, size - 1, &reply, &err) == 0)
		read_all(query, &reply);
	return 0;
}
