/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes over a lane's socket, cut into pieces of a size that the first byte names: the pieces must not
 * change what is understood.
 */
#include <assert.h>

#include "base/lane_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all lines there are; how many were understood. */
static unsigned take_lines(struct np_wire_buf *buf)
{
	unsigned understood = 0;
	struct np_err err;
	size_t len;

	for (char *line; (line = np_wire_line(buf, &len));) {
		struct np_wire_answer answer = { 0 };
		struct np_wire_job job = { 0 };

		if (np_wire_parse_answer(line, len, &answer, &err) == 0)
			understood++;
		if (answer.type == NP_WIRE_ERROR)
			assert(np_err_from_json(&err, answer.value) < 0);
		if (np_wire_parse_job(line, len, &job, &err) == 0)
			understood++;
		json_decref(answer.value);
		np_wire_job_done(&job);
	}
	return understood;
}

static unsigned take_pieces(const uint8_t *data, size_t size, size_t piece)
{
	struct np_wire_buf buf = { 0 };
	unsigned understood = 0;

	for (size_t at = 0; at < size; at += piece) {
		size_t len = size - at < piece ? size - at : piece;
		if (np_wire_add(&buf, data + at, len, NULL) < 0)
			break;
		understood += take_lines(&buf);
	}
	np_wire_done(&buf);
	return understood;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t piece = 1 + data[0];
	assert(take_pieces(data + 1, size - 1, piece) == take_pieces(data + 1, size - 1, size));
	return 0;
}
