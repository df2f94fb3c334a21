/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc/event.h"

#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#define RECEIVE_BUFFER (16 << 20) /* 1000 uevents at once lose some with libnl's 32 KiB */
#define MESSAGES_A_TURN 256	  /* then the rest of the loop has its turn */
#define GROUP_KERNEL 1		  /* 2 is udevd */
#define GROUP_FC_EVENTS 4 /* a group number, although the kernel's macro is written as a mask */

/* struct scsi_nl_hdr and struct fc_nl_event of the kernel's uapi, which Debian does not package. */
#define SCSI_NL_VERSION 1
#define SCSI_NL_TRANSPORT_FC 1
#define SCSI_NL_MAGIC 0xA1B2
#define FC_NL_ASYNC_EVENT 0x0100

struct scsi_nl_hdr {
	uint8_t version, transport;
	uint16_t magic, msgtype, msglen;
} __attribute__((aligned(8)));

struct fc_nl_event {
	struct scsi_nl_hdr snlh;
	uint64_t seconds, vendor_id;
	uint16_t host_no, event_datalen;
	uint32_t event_num, event_code, event_data;
} __attribute__((aligned(8)));

/* clang-format off */
static const struct {
	uint32_t code;
	const char *name;
} code_names[] = {
	{ FC_CODE_LIP,            "lip" },
	{ FC_CODE_LINK_UP,        "link-up" },
	{ FC_CODE_LINK_DOWN,      "link-down" },
	{ FC_CODE_LIP_RESET,      "lip-reset" },
	{ FC_CODE_RSCN,           "rscn" },
	{ FC_CODE_ADAPTER_CHANGE, "adapter-change" },
	{ FC_CODE_PORT_UNKNOWN,   "port-unknown" },
	{ FC_CODE_PORT_OFFLINE,   "port-offline" },
	{ FC_CODE_PORT_ONLINE,    "port-online" },
	{ FC_CODE_PORT_FABRIC,    "port-fabric" },
	{ FC_CODE_LINK_UNKNOWN,   "link-unknown" },
	{ FC_CODE_FPIN,           "fpin" },
	{ FC_CODE_FPIN_ACK,       "fpin-ack" },
	{ FC_CODE_VENDOR,         "vendor" },
};
/* clang-format on */

const char *fc_event_code_name(uint32_t code)
{
	for (size_t i = 0; i < sizeof code_names / sizeof *code_names; i++) {
		if (code_names[i].code == code)
			return code_names[i].name;
	}
	return "unknown";
}

/* The value of a "KEY=value" line within @len bytes, or NULL. Lines end with NUL; the last may lack
 * it. */
static const char *find_line(const char *buf, size_t len, const char *key, size_t *ret_len)
{
	size_t key_len = strlen(key);

	for (size_t at = 0; at < len;) {
		size_t line = strnlen(buf + at, len - at);
		if (line >= key_len && memcmp(buf + at, key, key_len) == 0) {
			*ret_len = line - key_len;
			return buf + at + key_len;
		}
		at += line + 1;
	}
	return NULL;
}

static void copy_line(const char *buf, size_t len, const char *key, char *text, size_t size)
{
	size_t n = 0;
	const char *value = find_line(buf, len, key, &n);

	(void)snprintf(text, size, "%.*s", (int)(n < size ? n : size - 1), value ? value : "");
}

/* The first "/hostN/" is the physical host: a vport's host lies below it. */
static bool find_host(const char *path, size_t len, char *host, size_t size)
{
	for (size_t at = 0; at < len;) {
		size_t part = 0, digits = 0;

		while (at + part < len && path[at + part] != '/')
			part++;
		if (part > 4 && part < size && memcmp(path + at, "host", 4) == 0) {
			while (4 + digits < part && path[at + 4 + digits] >= '0' &&
				path[at + 4 + digits] <= '9')
				digits++;
			if (digits && 4 + digits == part) {
				(void)snprintf(host, size, "%.*s", (int)part, path + at);
				return true;
			}
		}
		at += part + 1;
	}
	return false;
}

static bool is_ours(const char *subsystem)
{
	static const char *const ours[] = { "fc_host", "fc_vports", "fc_remote_ports", "scsi",
		"block" };

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (strcmp(ours[i], subsystem) == 0)
			return true;
	}
	return false;
}

bool fc_event_parse_uevent(const void *buf, size_t len, struct fc_event *ret_event)
{
	struct fc_event event = { .kind = FC_EVENT_TOUCHED };
	const char *text = buf, *path;
	size_t path_len = 0;

	/* "add@/devices/..." and then lines; anything else (udevd's "libudev") is not from the
	 * kernel. */
	if (!memchr(text, '@', strnlen(text, len)))
		return false;
	copy_line(text, len, "SUBSYSTEM=", event.subsystem, sizeof event.subsystem);
	copy_line(text, len, "ACTION=", event.action, sizeof event.action);
	path = find_line(text, len, "DEVPATH=", &path_len);
	if (!path || !event.action[0] || !is_ours(event.subsystem))
		return false;
	if (!find_host(path, path_len, event.host, sizeof event.host))
		return false;
	if (strcmp(event.subsystem, "fc_host") == 0 && !memmem(path, path_len, "/vport-", 7))
		event.kind = FC_EVENT_HOSTS;
	*ret_event = event;
	return true;
}

bool fc_event_parse_scsi(const void *buf, size_t len, size_t *ret_used, struct fc_event *ret_event)
{
	/* The kernel sends no data beyond event_data for most events; offsetof is what must be
	 * there. */
	const size_t need = offsetof(struct fc_nl_event, event_data);
	struct fc_event event = { .kind = FC_EVENT_FC, .subsystem = "fc" };
	struct fc_nl_event message = { 0 };
	struct nlmsghdr header;

	*ret_used = len;
	if (len < sizeof header)
		return false;
	memcpy(&header, buf, sizeof header);
	if (header.nlmsg_len < sizeof header || header.nlmsg_len > len)
		return false;
	*ret_used = NLMSG_ALIGN((size_t)header.nlmsg_len) < len
			    ? NLMSG_ALIGN((size_t)header.nlmsg_len)
			    : len;
	if (header.nlmsg_len - sizeof header < need)
		return false;
	memcpy(&message, (const char *)buf + sizeof header, need);
	if (message.snlh.version != SCSI_NL_VERSION ||
		message.snlh.transport != SCSI_NL_TRANSPORT_FC ||
		message.snlh.magic != SCSI_NL_MAGIC || message.snlh.msgtype != FC_NL_ASYNC_EVENT)
		return false;
	(void)snprintf(event.host, sizeof event.host, "host%u", message.host_no);
	event.code = message.event_code;
	event.event_num = message.event_num;
	*ret_event = event;
	return true;
}

struct source {
	struct fc_events *events;
	struct nl_sock *socket;
	sd_event_source *io;
	const char *name;
	int protocol, group;
	char why[160]; /* it is missing */
	void (*receive)(struct fc_events *events, const void *buf, size_t len);
};

enum { SOURCE_UEVENT, SOURCE_SCSI, SOURCES };

struct fc_events {
	sd_event *loop;
	fc_event_fn *on_event;
	void *data;
	uint32_t last_num;
	bool has_last_num;
	char missing[400];
	struct source sources[SOURCES];
};

static void receive_uevent(struct fc_events *events, const void *buf, size_t len)
{
	struct fc_event event;

	if (fc_event_parse_uevent(buf, len, &event))
		events->on_event(events->data, &event);
}

static void say_overrun(struct fc_events *events)
{
	struct fc_event event = { .kind = FC_EVENT_OVERRUN };

	events->has_last_num = false;
	events->on_event(events->data, &event);
}

/* The kernel counts events of all hosts in one number: a jump is a lost message. */
static void check_gap(struct fc_events *events, uint32_t num)
{
	bool gap = events->has_last_num && (int32_t)(num - events->last_num) > 1;

	if (gap)
		say_overrun(events);
	if (!events->has_last_num || (int32_t)(num - events->last_num) > 0)
		events->last_num = num;
	events->has_last_num = true;
}

static void receive_scsi(struct fc_events *events, const void *buf, size_t len)
{
	for (size_t at = 0, used = 0; at < len; at += used) {
		struct fc_event event;

		if (!fc_event_parse_scsi((const char *)buf + at, len - at, &used, &event))
			continue;
		check_gap(events, event.event_num);
		events->on_event(events->data, &event);
	}
}

static bool is_from_kernel(const struct sockaddr_nl *from, const struct ucred *creds)
{
	/* Other processes of root may send to the group too, but only the kernel has port 0. */
	return from->nl_pid == 0 && creds && creds->pid == 0 && creds->uid == 0;
}

/* One message. 0: nothing there; 1: handled; negative: libnl's error. */
static int receive_one(struct source *source)
{
	unsigned char *buf = NULL;
	struct ucred *creds = NULL;
	struct sockaddr_nl from = { 0 };
	int len = nl_recv(source->socket, &from, &buf, &creds);

	if (len > 0 && is_from_kernel(&from, creds))
		source->receive(source->events, buf, (size_t)len);
	if (len > 0) {
		free(buf);
		free(creds);
	}
	return len == -NLE_AGAIN ? 0 : len > 0 ? 1 : len;
}

static void close_source(struct source *source)
{
	source->io = sd_event_source_disable_unref(source->io);
	if (source->socket)
		nl_socket_free(source->socket);
	source->socket = NULL;
}

static int on_readable(
	sd_event_source *io np_unused, int fd np_unused, uint32_t revents np_unused, void *data)
{
	struct source *source = data;

	for (unsigned i = 0; i < MESSAGES_A_TURN; i++) {
		int rc = receive_one(source);

		if (rc == 0)
			return 0;
		if (rc == -NLE_NOMEM) {
			say_overrun(source->events);
		} else if (rc < 0) {
			(void)snprintf(source->why, sizeof source->why, "%s: %s", source->name,
				nl_geterror(rc));
			close_source(source);
			say_overrun(source->events);
			return 0;
		}
	}
	return 0;
}

/* Privileged size first; the plain one is cut to net.core.rmem_max. */
static void enlarge_buffer(int fd)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static int connect_source(struct source *source)
{
	int rc;

	source->socket = nl_socket_alloc();
	if (!source->socket)
		return -NLE_NOMEM;
	nl_socket_disable_seq_check(source->socket);
	nl_socket_disable_auto_ack(source->socket);
	rc = nl_connect(source->socket, source->protocol);
	if (rc == 0)
		rc = nl_socket_add_membership(source->socket, source->group);
	if (rc == 0)
		rc = nl_socket_set_passcred(source->socket, 1);
	if (rc == 0)
		rc = nl_socket_set_nonblocking(source->socket);
	return rc;
}

static bool open_source(struct source *source)
{
	int rc = connect_source(source);

	if (rc < 0) {
		(void)snprintf(
			source->why, sizeof source->why, "%s: %s", source->name, nl_geterror(rc));
		close_source(source);
		return false;
	}
	enlarge_buffer(nl_socket_get_fd(source->socket));
	rc = sd_event_add_io(source->events->loop, &source->io, nl_socket_get_fd(source->socket),
		EPOLLIN, on_readable, source);
	if (rc < 0) {
		(void)snprintf(
			source->why, sizeof source->why, "%s: %s", source->name, strerror(-rc));
		close_source(source);
		return false;
	}
	source->why[0] = '\0';
	return true;
}

bool fc_events_retry(struct fc_events *events)
{
	bool gained = false;

	for (size_t i = 0; i < SOURCES; i++)
		gained |= !events->sources[i].socket && open_source(&events->sources[i]);
	return gained;
}

const char *fc_events_missing(struct fc_events *events)
{
	events->missing[0] = '\0';
	for (size_t i = 0; i < SOURCES; i++) {
		const char *why = events->sources[i].why;
		size_t len = strlen(events->missing);

		if (why[0])
			(void)snprintf(events->missing + len, sizeof events->missing - len, "%s%s",
				len ? "; " : "", why);
	}
	return events->missing;
}

int fc_events_new(struct fc_events **ret_events, sd_event *loop, fc_event_fn *on_event, void *data,
	struct np_err *err)
{
	struct fc_events *events = calloc(1, sizeof *events);

	if (!events)
		return np_fail_nomem(err);
	events->loop = sd_event_ref(loop);
	events->on_event = on_event;
	events->data = data;
	events->sources[SOURCE_UEVENT] = (struct source){ .events = events,
		.name = "kernel uevents",
		.protocol = NETLINK_KOBJECT_UEVENT,
		.group = GROUP_KERNEL,
		.receive = receive_uevent };
	events->sources[SOURCE_SCSI] = (struct source){ .events = events,
		.name = "FC transport events",
		.protocol = NETLINK_SCSITRANSPORT,
		.group = GROUP_FC_EVENTS,
		.receive = receive_scsi };
	(void)fc_events_retry(events);
	*ret_events = events;
	return 0;
}

struct fc_events *fc_events_free(struct fc_events *events)
{
	if (!events)
		return NULL;
	for (size_t i = SOURCES; i-- > 0;)
		close_source(&events->sources[i]);
	sd_event_unref(events->loop);
	free(events);
	return NULL;
}
