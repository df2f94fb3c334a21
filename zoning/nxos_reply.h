/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frame round the answers of NX-API: one output a command, each with a code and a text of its own. What the HTTP
 * status says is not enough, and neither is the code: releases put the same notice under "200" or under "400".
 * Pure; all of it is foreign text.
 */
#pragma once

#include "base/err.h"
#include "base/json.h"

#define NXOS_OUTPUTS_MAX 256 /* in one reply */
#define NXOS_TEXT_MAX 256    /* of a text that is kept, with NUL */

enum nxos_verdict {
	NXOS_DONE,    /* it did it, or it was so already */
	NXOS_EMPTY,   /* there is nothing of that kind */
	NXOS_AGAIN,   /* not now: the same command in a few seconds */
	NXOS_REFUSED, /* no */
};

struct nxos_answer {
	enum nxos_verdict verdict;
	enum np_code code;	  /* of NXOS_REFUSED */
	const json_t *body;	  /* of the output, borrowed; NULL when it has none or it is text */
	char text[NXOS_TEXT_MAX]; /* what the switch says, on one line; "" */
};

/* The outputs of a reply, an object or a list there, as an array; a new reference. -NP_PEER: it is no such reply. */
int nxos_reply_outputs(const json_t *reply, json_t **ret_outputs, struct np_err *err);

void nxos_reply_judge(const json_t *output, struct nxos_answer *ret_answer);

/* What is not NXOS_DONE and not NXOS_EMPTY as an error: "the switch refused 'COMMAND': 'TEXT'". */
int nxos_reply_fail(const struct nxos_answer *answer, const char *command, struct np_err *err);
