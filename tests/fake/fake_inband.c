/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fake/fake_inband.h"

#include <assert.h>
#include <string.h>

#define NAMES 0xfc
#define ZONES 0xfa
#define ACCEPT 0x8002
#define REJECT 0x8001

struct head {
	uint32_t code;
	uint8_t reserved, port_id[3];
	uint32_t preamble[3];
};

struct reply {
	int32_t result;
	uint32_t received, status;
	uint8_t action, reason, explanation, vendor;
};

void fake_ct_put(struct fake_ct *ct, size_t bytes, uint64_t value)
{
	assert(ct->len + bytes <= sizeof ct->iu);
	for (size_t i = 0; i < bytes; i++)
		ct->iu[ct->len + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	ct->len += bytes;
}

void fake_ct_begin(struct fake_ct *ct, unsigned type, unsigned command)
{
	ct->len = 0;
	fake_ct_put(ct, 4, 0x01000000);
	fake_ct_put(ct, 4, type << 24 | (type == NAMES ? 2 : 3) << 16);
	fake_ct_put(ct, 4, command << 16);
	fake_ct_put(ct, 4, 0);
}

void fake_ct_name(struct fake_ct *ct, const char *name)
{
	size_t n = strlen(name);

	fake_ct_put(ct, 4, (uint64_t)n << 24);
	for (size_t i = 0; i < n; i++)
		fake_ct_put(ct, 1, (uint8_t)name[i]);
	fake_ct_put(ct, n % 4 ? 4 - n % 4 : ct->more ? 4 : 0, 0);
}

void fake_ct_member(struct fake_ct *ct, unsigned type, uint64_t id)
{
	fake_ct_put(ct, 4, (uint64_t)type << 24);
	fake_ct_put(ct, 8, id);
}

void fake_ct_zoneset(struct fake_ct *ct)
{
	fake_ct_name(ct, "fabric_a");
	fake_ct_put(ct, 4, 2);
	fake_ct_name(ct, "db01_array");
	fake_ct_put(ct, 4, 4);
	fake_ct_member(ct, 1, 0x2100aabbccdd0001);
	fake_ct_member(ct, 2, 0x0003000f00000000);
	fake_ct_member(ct, 3, 0x0101010000000000);
	fake_ct_member(ct, 4, 0x50060e8012345600);
	fake_ct_name(ct, "tape");
	fake_ct_put(ct, 4, 1);
	fake_ct_member(ct, 1, 0x500104f000000001);
}

static void reject(struct fake_ct *ct, unsigned type, unsigned reason, unsigned explanation)
{
	fake_ct_begin(ct, type, REJECT);
	ct->iu[13] = (uint8_t)reason;
	ct->iu[14] = (uint8_t)explanation;
}

static const struct fake_login *find(const struct fake_inband *fake, uint32_t port_id)
{
	for (size_t i = 0; i < fake->n_logins; i++)
		if (fake->logins[i].port_id == port_id)
			return &fake->logins[i];
	return NULL;
}

static void list_ports(const struct fake_inband *fake, struct fake_ct *ct, bool names)
{
	for (size_t i = 0; i < fake->n_logins; i++) {
		fake_ct_put(ct, 1, i + 1 == fake->n_logins ? 0x80 : 0);
		fake_ct_put(ct, 3, fake->logins[i].port_id);
		if (!names)
			continue;
		fake_ct_put(ct, 4, 0);
		fake_ct_put(ct, 8, fake->logins[i].wwpn);
	}
	if (fake->n_logins == 0)
		reject(ct, NAMES, 0x09, 0x07);
}

static void tell_port(const struct fake_login *login, struct fake_ct *ct, unsigned command)
{
	const char *name = login->symbolic_name;

	switch (command) {
	case 0x0112:
		fake_ct_put(ct, 8, login->wwpn);
		break;
	case 0x0113:
		fake_ct_put(ct, 8, login->wwnn);
		break;
	case 0x0118:
		fake_ct_put(ct, 1, strlen(name));
		for (size_t i = 0; i < 255; i++)
			fake_ct_put(ct, 1, i < strlen(name) ? (uint8_t)name[i] : 0);
		break;
	case 0x011f:
		fake_ct_put(ct, 8, login->features);
		for (size_t i = 0; i < 15; i++)
			fake_ct_put(ct, 8, 0);
		break;
	default:
		reject(ct, NAMES, 0x0b, 0);
	}
}

static void ask_names(const struct fake_inband *fake, const uint8_t *iu, struct fake_ct *ct)
{
	unsigned command = (unsigned)iu[8] << 8 | iu[9];
	uint32_t port_id = (uint32_t)iu[17] << 16 | (uint32_t)iu[18] << 8 | iu[19];
	const struct fake_login *login = find(fake, port_id);

	fake_ct_begin(ct, NAMES, ACCEPT);
	if (command == 0x0172 && !fake->no_gpn_ft && iu[19] == 8)
		list_ports(fake, ct, true);
	else if (command == 0x01a1 && iu[16] == 0x7f)
		list_ports(fake, ct, false);
	else if (command == 0x0172 || command == 0x01a1)
		reject(ct, NAMES, 0x0b, 0);
	else if (login)
		tell_port(login, ct, command);
	else
		reject(ct, NAMES, 0x09, 0x01);
}

static bool is_named(const uint8_t *iu, const char *name)
{
	return iu[16] == strlen(name) && memcmp(iu + 20, name, strlen(name)) == 0;
}

static void tell_zoneset(const struct fake_inband *fake, const uint8_t *iu, struct fake_ct *ct)
{
	if (is_named(iu, "fabric_a") && fake->cut)
		ct->iu[11] = 1;
	else if (is_named(iu, "fabric_a"))
		fake_ct_zoneset(ct);
	else
		reject(ct, ZONES, 0x09, 0x10);
}

static void ask_zones(const struct fake_inband *fake, const uint8_t *iu, struct fake_ct *ct)
{
	fake_ct_begin(ct, ZONES, ACCEPT);
	switch ((unsigned)iu[8] << 8 | iu[9]) {
	case 0x0100:
		fake_ct_put(ct, 8, 0x8100000000000000);
		break;
	case 0x0111:
		fake_ct_put(ct, 8, 0x4000000000000000);
		break;
	case 0x0112:
		fake_ct_put(ct, 4, 1);
		fake_ct_name(ct, "fabric_a");
		fake_ct_put(ct, 4, 2);
		break;
	case 0x0113:
		fake_ct_put(ct, 4, 1);
		fake_ct_name(ct, "db01_array");
		fake_ct_put(ct, 4, 2);
		break;
	case 0x0114:
		assert(is_named(iu, "db01_array"));
		fake_ct_put(ct, 4, 2);
		fake_ct_member(ct, 1, 0x2100aabbccdd0001);
		fake_ct_member(ct, 1, 0x50060e8012345600);
		break;
	case 0x0115:
		if (fake->no_active)
			reject(ct, ZONES, 0x09, 0x11);
		else
			fake_ct_zoneset(ct);
		break;
	case 0x0116:
		tell_zoneset(fake, iu, ct);
		break;
	default:
		reject(ct, ZONES, 0x01, 0);
	}
	if (fake->no_zone_server)
		reject(ct, ZONES, 0x0b, 0);
}

/* What the kernel and the drivers insist on. */
static void check_request(const struct head *head, const struct sg_io_v4 *io, const uint8_t *iu)
{
	assert(io->guard == 'Q' && io->protocol == 0 && io->subprotocol == 2);
	assert(io->request_len == sizeof *head && io->max_response_len == sizeof(struct reply));
	assert(io->dout_xfer_len >= FC_CT_HEADER && io->dout_xfer_len % 4 == 0);
	assert(io->din_xfer_len == FC_BSG_REPLY_MAX && io->timeout == FC_BSG_CALL_MS);
	assert(head->code == 0x80000004);
	for (size_t i = 0; i < 12; i++)
		assert((uint8_t)(head->preamble[i / 4] >> (8 * (3 - i % 4))) == iu[i]);
}

static void note(struct fake_inband *fake, const struct head *head, const struct sg_io_v4 *io)
{
	fake->questions++;
	fake->last.port_id = (uint32_t)head->port_id[0] << 16 | (uint32_t)head->port_id[1] << 8 |
			     head->port_id[2];
	fake->last.len = io->dout_xfer_len;
	assert(fake->last.len <= sizeof fake->last.iu);
	memcpy(fake->last.iu, (const void *)(uintptr_t)io->dout_xferp, fake->last.len);
}

static int fail(struct fake_inband *fake, struct reply *reply)
{
	if (fake->fail_port_id && fake->fail_port_id != fake->last.port_id)
		return 0;
	if (fake->fail_sys) {
		errno = fake->fail_sys;
		return -1;
	}
	reply->result = fake->result;
	reply->status = fake->status ? fake->status : reply->status;
	if (fake->received)
		reply->received = (uint32_t)fake->received;
	return 0;
}

static int on_ioctl(void *data, int fd np_unused, struct sg_io_v4 *io)
{
	const struct head *head = (const void *)(uintptr_t)io->request;
	const uint8_t *iu = (const void *)(uintptr_t)io->dout_xferp;
	struct reply *reply = (void *)(uintptr_t)io->response;
	struct fake_inband *fake = data;
	struct fake_ct ct = { .more = fake->more };

	check_request(head, io, iu);
	note(fake, head, io);
	if (fake->last.port_id == 0xfffffc && iu[4] == NAMES && iu[5] == 2)
		ask_names(fake, iu, &ct);
	else if (fake->last.port_id == 0xfffffa && iu[4] == ZONES && iu[5] == 3)
		ask_zones(fake, iu, &ct);
	else
		assert(!"a well-known address and its service");
	*reply = (struct reply){ .received = (uint32_t)ct.len };
	memcpy((void *)(uintptr_t)io->din_xferp, ct.iu, ct.len);
	if (ct.iu[8] == 0x80 && ct.iu[9] == 0x01 && fake->reject_by_status) {
		*reply = (struct reply){
			.status = 1, .reason = ct.iu[13], .explanation = ct.iu[14]
		};
		memset((void *)(uintptr_t)io->din_xferp, 0, ct.len);
	}
	return fail(fake, reply);
}

void fake_inband_init(struct fake_inband *fake)
{
	*fake = (struct fake_inband){ 0 };
	fake->door = (struct fc_bsg_door){ .dir = "/dev", .ioctl = on_ioctl, .data = fake };
}
