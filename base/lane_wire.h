/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What core and lane say to each other: one JSON object a line, at most NP_LANE_MESSAGE_MAX bytes.
 *
 *   lane  {"hello":{"pid":4711}}
 *   core  {"id":7,"until":86400000,"job":{"job":"vport-create",...}}
 *   lane  {"id":7,"ok":{...}}  or  {"id":7,"error":{"code":"busy","detail":"...",...}}
 *
 * "until": CLOCK_MONOTONIC in ms, when the job must have begun.
 *
 * Used by lane.c (core side) and lane_serve.c (lane side). Neither trusts the other's bytes.
 */
#pragma once

#include "base/lane.h"

/* Bytes that came, cut into lines; start with { 0 }. */
struct np_wire_buf {
	char *data;
	size_t len, cap;
	size_t taken;	/* up to here it was handed out */
	size_t scanned; /* up to here there is no further newline */
};

enum np_wire_type { NP_WIRE_HELLO, NP_WIRE_OK, NP_WIRE_ERROR };

struct np_wire_answer {
	enum np_wire_type type;
	int64_t id;    /* 0 for a hello */
	json_t *value; /* of "hello", "ok" or "error"; owned */
};

/* -NP_TOOBIG when more than NP_LANE_MESSAGE_MAX bytes hold no whole line. */
int np_wire_add(struct np_wire_buf *buf, const void *data, size_t len, struct np_err *err);

/* The next whole line without its newline, NUL-terminated, valid until the next call; or NULL. */
char *np_wire_line(struct np_wire_buf *buf, size_t *ret_len);
void np_wire_done(struct np_wire_buf *buf);

/* What a lane said. -NP_PEER for anything that is not exactly one of its three messages. */
int np_wire_parse_answer(
	const char *line, size_t len, struct np_wire_answer *ret_answer, struct np_err *err);

/* What the core said: owned by the caller. */
struct np_wire_job {
	int64_t id, until_ms;
	json_t *job;
};

int np_wire_parse_job(
	const char *line, size_t len, struct np_wire_job *ret_job, struct np_err *err);
void np_wire_job_done(struct np_wire_job *job);

/* {"ok":...} or, for rc < 0, {"error":...}; takes @value. NULL when out of memory. */
json_t *np_wire_result(int rc, json_t *value, const struct np_err *err);
