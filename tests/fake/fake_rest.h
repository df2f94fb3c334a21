/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scripted switch behind HTTP: a child process that answers on a Unix socket, and a session of a driver with it. How
 * a request is answered is the vendor's (fake_fos, fake_nxos); what was heard is kept for the test.
 */
#pragma once

#include <sys/types.h>

#include "base/file.h"
#include "zoning/driver.h"

struct fake_heard; /* shared with the server */

struct fake_rest {
	char dir[NP_PATH_MAX], socket[NP_PATH_MAX];
	int listener;
	pid_t server;
	struct fake_heard *heard;
	struct zone_endpoint endpoint;
	struct zone_credential credential; /* npivd, s3cret */
	struct zone_session session;
	struct np_err err;
};

/* For the setup of cmocka; *state is a struct fake_rest. The teardown closes the session and ends the server. */
int fake_rest_new(void **state, const struct zone_driver *driver);
int fake_rest_free(void **state);

/*
 * Starts the server. @answer has a request's head ("METHOD PATH HTTP/1.1\r\n...", without its empty line) and body;
 * false: the connection ends.
 */
void fake_rest_serve(struct fake_rest *fake, void *script,
	bool (*answer)(void *script, struct fake_heard *heard, int fd, char *head, char *body));
void fake_rest_send(int fd, const char *text, size_t len);
/* Adds what was heard, at most a line's bytes; what is asked over and over is no news and left out in the end. */
void fake_rest_hear(struct fake_heard *heard, const char *before, const char *text);
void fake_rest_hear_headers(struct fake_heard *heard, const char *headers);

int fake_rest_open(struct fake_rest *fake);
/* Opened, or the test has failed; what was heard meanwhile is forgotten. */
void fake_rest_begin(struct fake_rest *fake);
void fake_rest_close(struct fake_rest *fake);

const char *fake_rest_heard(const struct fake_rest *fake);
/* Header lines of the last request. */
const char *fake_rest_headers(const struct fake_rest *fake);
void fake_rest_forget(struct fake_rest *fake);

/* Reads a part; NULL and .err when that fails. */
json_t *fake_rest_read(struct fake_rest *fake, enum zone_part part);
void fake_rest_assert_member(const json_t *object, const char *key, const char *wanted);

/* Changes as JSON with ' for ". */
int fake_rest_stage(struct fake_rest *fake, const char *changes);
