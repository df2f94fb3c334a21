/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The route table: method, path and use case of everything that the API does. One walker matches
 * whole segments; a literal segment wins over a variable one. A new route is one row and no code.
 */
#pragma once

#include <stdbool.h>

#include "api/target.h"
#include "service/service.h"

#define API_BODY_MAX ((size_t)1 << 20)
#define API_BODY_TEXT ((size_t)12 << 20) /* with a text that a switch printed */
#define API_BODY_SMALL ((size_t)64 << 10)
#define API_ALLOW_MAX 64

enum api_route_flags {
	API_ROUTE_LIST = 1 << 0, /* unknown query parameters are filters: the service judges them */
	API_ROUTE_BODY_OPTIONAL = 1 << 1, /* a missing body is {} */
	API_ROUTE_EVENTS = 1 << 2,	  /* ?wait= holds the reply until there is an event */
	API_ROUTE_OPERATION = 1 << 3, /* about one operation: ?wait= holds the reply until it ends,
					 and however it ends is an answer, not an error */
	API_ROUTE_LIVE = 1 << 4,      /* answered without the service; fn is NULL */
	API_ROUTE_READY = 1 << 5,     /* answered by svc_ready alone; fn is NULL */
};

struct api_route {
	const char *method;
	const char *path; /* "/v1/guests/{guest}" */
	svc_fn *fn;
	unsigned flags;
	size_t body_max; /* bytes; 0: takes no body */
	const char *help;
};

struct api_match {
	const struct api_route *route;
	const char *keys[SVC_KEYS_MAX]; /* variable segments, into the target */
};

/* Ended by a row without a method. */
extern const struct api_route api_routes[];

/*
 * HEAD matches GET. -NP_NOTFOUND: no such path; -NP_UNSUPPORTED: not with this method, and
 * @ret_allow holds the ones that there are ("GET, HEAD, PUT"; else it is empty).
 */
int api_route_find(const struct api_target *target, const char *method, struct api_match *ret_match,
	char ret_allow[static API_ALLOW_MAX], struct np_err *err);

/* Does the route change anything (and so take ?dry_run= and ?wait=)? */
bool api_route_is_mutation(const struct api_route *route);
