/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/bsg.h"

#include <string.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PAGE 4096

/*
 * The kernel's include/uapi/scsi/scsi_bsg_fc.h, which Debian does not package. The preamble's words are numbers
 * of this machine: qla2xxx and zfcp take the service's type from the top byte of the second.
 */
#define FC_BSG_HST_CT 0x80000004u

struct bsg_host_ct {
	uint8_t reserved, port_id[3];
	uint32_t preamble[3];
};

struct bsg_request {
	uint32_t code;
	struct bsg_host_ct ct;
} __attribute__((packed));

enum ct_status { CT_OK, CT_REJECT, CT_P_RJT, CT_F_RJT, CT_P_BSY, CT_F_BSY = 6 };

struct bsg_reply {
	int32_t result; /* negative errno, or the SCSI layer's four bytes */
	uint32_t received;
	uint32_t status; /* enum ct_status */
	uint8_t action, reason, explanation, vendor;
};

_Static_assert(sizeof(struct bsg_request) == 20, "as the kernel has it");
_Static_assert(sizeof(struct bsg_reply) == 16, "as the kernel has it");

/* clang-format off */
/* What the kernel's answers mean here: bsg-lib.c, scsi_transport_fc.c, and the drivers' bsg functions. */
static const struct {
	int sys;
	enum np_code code;
	const char *words, *hint;
} failures[] = {
	{ EPERM,        NP_DENIED,      "not allowed",
		"give npivd CAP_SYS_RAWIO and the device (DeviceAllow=char-bsg rw, PrivateDevices=no)" },
	{ EINVAL,       NP_UNSUPPORTED, "the driver does not pass this on, or is not logged in there", NULL },
	{ ENOMSG,       NP_UNSUPPORTED, "the driver does not pass this on", NULL },
	{ EBADR,        NP_UNSUPPORTED, "the driver does not pass this on", NULL },
	{ EOPNOTSUPP,   NP_UNSUPPORTED, "the driver does not pass this on", NULL },
	{ ENODEV,       NP_LINK,        "the host is gone", NULL },
	{ ENXIO,        NP_LINK,        "the host is gone", NULL },
	{ ETIMEDOUT,    NP_TIMEOUT,     "the switch does not answer", NULL },
	{ ECONNABORTED, NP_LINK,        "the port logged out meanwhile", NULL },
	{ EAGAIN,       NP_BUSY,        "the driver is busy", NULL },
	{ EBUSY,        NP_BUSY,        "the driver is busy", NULL },
};
/* clang-format on */

static int explain(
	const struct fc_bsg *bsg, const struct fc_ct_request *request, int sys, struct np_err *err)
{
	const char *name = fc_ct_name(request->query);

	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		if (failures[i].sys != sys)
			continue;
		int rc = np_fail(err, failures[i].code, "%s: %s to %06x: %s (%s)", bsg->host, name,
			request->port_id, failures[i].words, strerrorname_np(sys));
		return failures[i].hint ? np_hint(err, rc, "%s", failures[i].hint) : rc;
	}
	return np_fail_sys(err, sys, "%s: %s to %06x", bsg->host, name, request->port_id);
}

/* Where the host's own directory is below that of the HBA, and how it is called. */
static bool find_place(const struct fc_host *host, struct fc_known *vport, const char **ret_name,
	char ret_path[static NP_PATH_MAX])
{
	if (!vport) {
		*ret_name = host->name;
		return np_path(ret_path, ".");
	}
	if (!fc_host_vport_path(host, vport, ret_path))
		return false;
	*ret_name = vport->host;
	return true;
}

static int check_device(const struct fc_bsg *bsg, const char *number, struct np_err *err)
{
	struct stat st;
	char text[32];

	if (fstat(bsg->fd, &st) < 0)
		return np_fail_sys(err, errno, "bsg device of %s", bsg->host);
	(void)snprintf(text, sizeof text, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (strcmp(text, number) != 0)
		return np_fail(err, NP_BUSY,
			"bsg device of %s is %s, not '%.20s': another's by now", bsg->host, text,
			number);
	return 0;
}

static int open_device(struct fc_bsg *bsg, const char *number, struct np_err *err)
{
	const char *dir = bsg->door->dir ? bsg->door->dir : "/dev/bsg";
	char path[NP_PATH_MAX];

	if (!np_path(path, "%s/fc_%s", dir, bsg->host))
		return np_fail(err, NP_INVAL, "path too long: bsg device of %s", bsg->host);
	bsg->fd = open(path, O_RDWR | O_CLOEXEC);
	if (bsg->fd < 0 && (errno == ENOENT || errno == EACCES || errno == EPERM)) {
		int rc = np_fail(err, NP_DENIED, "%s: %s", path, strerror(errno));
		return np_hint(
			err, rc, "let npivd use it: DeviceAllow=char-bsg rw, PrivateDevices=no");
	}
	if (bsg->fd < 0)
		return np_fail_sys(err, errno, "%s", path);
	return check_device(bsg, number, err);
}

int fc_bsg_open(struct fc_bsg *ret_bsg, const struct fc_bsg_door *door, const struct fc_host *host,
	struct fc_known *vport, struct np_err *err)
{
	struct fc_bsg bsg = { .door = door, .fd = -1 };
	char path[NP_PATH_MAX], number[32];
	const char *name;
	int rc;

	if (!find_place(host, vport, &name, path))
		return np_fail(err, NP_BUSY, "%s: the vport has no host yet", host->name);
	(void)snprintf(bsg.host, sizeof bsg.host, "%s", name);
	fc_sysfs_read(host->fd, number, sizeof number, "%s/bsg/fc_%s/dev", path, name);
	if (!number[0])
		return np_fail(err, NP_UNSUPPORTED, "%s: the driver has no bsg device", bsg.host);
	rc = open_device(&bsg, number, err);
	if (rc == 0) {
		bsg.reply = aligned_alloc(PAGE, FC_BSG_REPLY_MAX);
		rc = bsg.reply ? 0 : np_fail_nomem(err);
	}
	if (rc < 0) {
		fc_bsg_done(&bsg);
		return rc;
	}
	*ret_bsg = bsg;
	return 0;
}

void fc_bsg_done(struct fc_bsg *bsg)
{
	if (bsg->fd >= 0)
		(void)close(bsg->fd);
	free(bsg->reply);
	*bsg = (struct fc_bsg){ .fd = -1 };
}

static void fill_request(const struct fc_ct_request *request, struct bsg_request *bsg)
{
	*bsg = (struct bsg_request){ .code = FC_BSG_HST_CT };
	for (unsigned i = 0; i < 3; i++)
		bsg->ct.port_id[i] = (uint8_t)(request->port_id >> (16 - 8 * i));
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *word = request->iu + (size_t)4 * i;
		bsg->ct.preamble[i] = (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 |
				      (uint32_t)word[2] << 8 | word[3];
	}
}

static int send_and_wait(struct fc_bsg *bsg, const struct fc_ct_request *request,
	struct bsg_reply *reply, struct np_err *err)
{
	struct bsg_request head;
	struct sg_io_v4 io = {
		.guard = 'Q',
		.protocol = BSG_PROTOCOL_SCSI,
		.subprotocol = BSG_SUB_PROTOCOL_SCSI_TRANSPORT,
		.request = (uintptr_t)&head,
		.request_len = sizeof head,
		.response = (uintptr_t)reply,
		.max_response_len = sizeof *reply,
		.dout_xferp = (uintptr_t)request->iu,
		.dout_xfer_len = (uint32_t)request->len,
		.din_xferp = (uintptr_t)bsg->reply,
		.din_xfer_len = FC_BSG_REPLY_MAX,
		.timeout = FC_BSG_CALL_MS,
	};
	int rc;

	fill_request(request, &head);
	do
		rc = bsg->door->ioctl ? bsg->door->ioctl(bsg->door->data, bsg->fd, &io)
				      : ioctl(bsg->fd, SG_IO, &io);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return explain(bsg, request, errno, err);
	if (reply->result < 0)
		return explain(bsg, request, -reply->result, err);
	if (reply->result != 0)
		return np_fail(err, NP_LINK, "%s: %s to %06x: not delivered (result 0x%x)",
			bsg->host, fc_ct_name(request->query), request->port_id,
			(unsigned)reply->result);
	return 0;
}

static bool is_refusal(const struct bsg_reply *reply, const uint8_t *iu)
{
	/* A refusal comes in the status, in the payload, or in both: the payload says more. */
	bool told = reply->received >= FC_CT_HEADER && iu[8] == 0x80 && iu[9] == 0x01;

	return reply->status == CT_REJECT && !told;
}

int fc_bsg_ct(struct fc_bsg *bsg, struct fc_ct_request *request, struct fc_ct_reply *ret_reply,
	struct np_err *err)
{
	struct bsg_reply reply = { 0 };
	int rc;

	fc_ct_set_room(request, FC_BSG_REPLY_MAX);
	memset(bsg->reply, 0, FC_BSG_REPLY_MAX);
	rc = send_and_wait(bsg, request, &reply, err);
	if (rc < 0)
		return rc;
	if (reply.received > FC_BSG_REPLY_MAX)
		return np_fail(err, NP_PEER, "%s: the driver says it received %u bytes", bsg->host,
			reply.received);
	if (is_refusal(&reply, bsg->reply))
		rc = fc_ct_reject(request->query, reply.reason, reply.explanation, err);
	else if (reply.status > CT_REJECT)
		rc = np_fail(err,
			reply.status == CT_P_BSY || reply.status == CT_F_BSY ? NP_BUSY : NP_LINK,
			"%s: the fabric does not deliver it (status %u, reason 0x%02x, 0x%02x)",
			fc_ct_name(request->query), reply.status, reply.reason, reply.explanation);
	else
		rc = fc_ct_accept(request, bsg->reply, reply.received, ret_reply, err);
	return np_wrap(err, rc, "%s", bsg->host);
}
