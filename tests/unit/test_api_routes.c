/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/routes.h"

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

static int find(const char *method, const char *text, struct api_match *match,
	char allow[API_ALLOW_MAX], struct api_target *target)
{
	assert_int_equal(api_target_parse(target, text, NULL), 0);
	return api_route_find(target, method, match, allow, NULL);
}

static void test_routes_match_whole_segments(void **state)
{
	static const struct {
		const char *method, *target, *route, *key;
	} rows[] = {
		{ "GET", "/v1", "/v1", NULL },
		{ "GET", "/v1/guests", "/v1/guests", NULL },
		{ "HEAD", "/v1/guests", "/v1/guests", NULL },
		{ "GET", "/v1/guests?limit=2", "/v1/guests", NULL },
		{ "POST", "/v1/guests", "/v1/guests", NULL },
		{ "PUT", "/v1/guests/db01/state", "/v1/guests/{guest}/state", "db01" },
		{ "DELETE", "/v1/zones/A:db01", "/v1/zones/{zone}", "A:db01" },
		{ "GET", "/v1/hbas/21:00:00:24:ff:00:00:01", "/v1/hbas/{wwpn}",
			"21:00:00:24:ff:00:00:01" },
		{ "POST", "/v1/operations/7/retry", "/v1/operations/{id}/retry", "7" },
		{ "GET", "/v1/system/backups", "/v1/system/backups", NULL },
		{ "GET", "/v1/guests/state", "/v1/guests/{guest}", "state" },
	};
	struct api_target target = { 0 };
	struct api_match match;
	char allow[API_ALLOW_MAX];
	(void)state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(find(rows[i].method, rows[i].target, &match, allow, &target), 0);
		assert_string_equal(match.route->path, rows[i].route);
		assert_string_equal(
			match.keys[0] ? match.keys[0] : "", rows[i].key ? rows[i].key : "");
		api_target_done(&target);
	}
}

static void test_routes_do_not_match_prefixes_or_more(void **state)
{
	static const char *const targets[] = {
		"/",
		"/v",
		"/v1/",
		"/v2",
		"/V1",
		"/v1/guest",
		"/v1/guestsx",
		"/v1/guests/",
		"/v1/guests/a/",
		"/v1/guests/a/stat",
		"/v1/guests/a/state/",
		"/v1/guests/a/state/b",
		"/v1/health",
		"/v1/a/b/c/d/e/f/g",
		"/v1/guests/a/state/e/f/g/h/i/j/k",
	};
	struct api_target target = { 0 };
	struct api_match match;
	char allow[API_ALLOW_MAX];
	(void)state;

	for (size_t i = 0; i < ROWS(targets); i++) {
		assert_int_equal(find("GET", targets[i], &match, allow, &target), -NP_NOTFOUND);
		assert_string_equal(allow, "");
		api_target_done(&target);
	}
}

static void test_routes_tell_which_methods_there_are(void **state)
{
	static const struct {
		const char *method, *target, *allow;
	} rows[] = {
		{ "DELETE", "/v1/guests", "GET, HEAD, POST" },
		{ "get", "/v1/guests", "GET, HEAD, POST" },
		{ "OPTIONS", "/v1/guests/a/state", "GET, HEAD, PUT" },
		{ "GET", "/v1/system/rescan", "POST" },
		{ "HEAD", "/v1/system/rescan", "POST" },
		{ "POST", "/v1/masks/1", "GET, HEAD, PATCH, PUT, DELETE" },
	};
	struct api_target target = { 0 };
	struct api_match match;
	char allow[API_ALLOW_MAX];
	(void)state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(find(rows[i].method, rows[i].target, &match, allow, &target),
			-NP_UNSUPPORTED);
		assert_string_equal(allow, rows[i].allow);
		api_target_done(&target);
	}
}

/* "/v1/guests/{guest}" as a request would have it. */
static void fill_in(const char *pattern, char *ret_text, size_t size)
{
	size_t len = 0;

	for (; *pattern && len + 1 < size; pattern++) {
		if (*pattern == '{')
			pattern = strchr(pattern, '}');
		ret_text[len++] = *pattern == '}' ? 'x' : *pattern;
	}
	ret_text[len] = '\0';
}

static void test_every_route_is_found_by_its_own_path(void **state)
{
	struct api_target target = { 0 };
	struct api_match match;
	char allow[API_ALLOW_MAX], text[128];
	(void)state;

	for (const struct api_route *route = api_routes; route->method; route++) {
		fill_in(route->path, text, sizeof text);
		assert_int_equal(find(route->method, text, &match, allow, &target), 0);
		assert_ptr_equal(match.route, route);
		api_target_done(&target);
	}
}

static void test_every_route_is_complete(void **state)
{
	(void)state;

	for (const struct api_route *route = api_routes; route->method; route++) {
		bool is_health = route->flags & (API_ROUTE_LIVE | API_ROUTE_READY);
		bool is_get = !api_route_is_mutation(route);
		assert_true(is_health == !route->fn);
		assert_true(*route->help != '\0');
		assert_true(route->body_max <= API_BODY_MAX ||
			    (route->body_max == API_BODY_TEXT && strstr(route->path, "/fabrics/")));
		assert_true(!is_get || route->body_max == 0);
		assert_true(strcmp(route->method, "DELETE") != 0 || route->body_max == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_match_whole_segments),
		cmocka_unit_test(test_routes_do_not_match_prefixes_or_more),
		cmocka_unit_test(test_routes_tell_which_methods_there_are),
		cmocka_unit_test(test_every_route_is_found_by_its_own_path),
		cmocka_unit_test(test_every_route_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
