/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/request.h"
#include "api/routes.h"
#include "tests/fake/fake_service.h"

#define DEADLINE_US (10u * 1000 * 1000)
#define HEADERS_MAX 4

struct world {
	sd_event *event;
	struct svc *svc;
	struct api_budget budget;
	struct api_request *request;
	json_t *body; /* of the reply */
	unsigned ready;
};

static void on_ready(void *data)
{
	((struct world *)data)->ready++;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	*state = world;
	return !world || sd_event_new(&world->event) < 0 ||
	       fake_service_new(&world->svc, world->event) < 0;
}

static void forget_request(struct world *world)
{
	world->request = api_request_free(world->request);
	world->ready = 0;
	json_decref(world->body);
	world->body = NULL;
}

static int teardown(void **state)
{
	struct world *world = *state;

	forget_request(world);
	assert_int_equal(fake_service_waits(world->svc), 0);
	assert_int_equal(world->budget.waits, 0);
	assert_int_equal(world->budget.body_bytes, 0);
	(void)fake_service_free(world->svc);
	(void)sd_event_unref(world->event);
	free(world);
	return 0;
}

static void begin(
	struct world *world, const char *method, const char *target, const struct api_header *more)
{
	struct api_header headers[HEADERS_MAX] = { { "Host", 4, "a", 1 } };
	const struct api_request_spec spec = { world->svc, &world->budget, "root", on_ready,
		world };
	size_t count = 1;

	for (; more && more->name; more++)
		headers[count++] = *more;
	const struct api_head head = { method, "HTTP/1.1", headers, count };
	forget_request(world);
	assert_int_equal(api_request_new(&world->request, &spec, NULL), 0);
	api_request_head(world->request, &head, target);
}

static unsigned status(const struct world *world)
{
	return api_request_reply(world->request)->status;
}

static unsigned finish(struct world *world)
{
	uint64_t now, end;

	(void)sd_event_now(world->event, CLOCK_MONOTONIC, &now);
	for (end = now + DEADLINE_US; !world->ready && now < end;) {
		(void)sd_event_run(world->event, end - now);
		(void)sd_event_now(world->event, CLOCK_MONOTONIC, &now);
	}
	assert_int_equal(world->ready, 1);
	const struct api_reply *reply = api_request_reply(world->request);
	world->body = reply->body ? json_loadb(reply->body, reply->size, 0, NULL) : NULL;
	return reply->status;
}

/* A whole request; the status of its reply. */
static unsigned ask(struct world *world, const char *method, const char *target, const char *body)
{
	begin(world, method, target, NULL);
	if (status(world))
		return status(world);
	if (body)
		assert_true(api_request_data(world->request, body, strlen(body)));
	api_request_run(world->request);
	return finish(world);
}

static void test_request_reaches_its_use_case(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		ask(world, "PATCH", "/v1/guests/db01?dry_run=1", "{\"priority\": 7}"), 200);

	assert_string_equal(np_json_text(world->body, "use_case"), "svc_guest_update");
	assert_string_equal(np_json_text(world->body, "key"), "db01");
	assert_string_equal(np_json_text(world->body, "principal"), "root");
	assert_true(np_json_bool(world->body, "dry_run"));
	assert_int_equal(json_object_size(json_object_get(world->body, "query")), 0);
	assert_int_equal(np_json_int(json_object_get(world->body, "body"), "priority"), 7);
}

static void test_request_answers_only_after_the_commit(void **state)
{
	struct world *world = *state;

	begin(world, "GET", "/v1/guests", NULL);
	api_request_run(world->request);

	assert_int_equal(world->ready, 0);
	assert_int_equal(finish(world), 200);
}

static void test_request_fails_when_the_commit_fails(void **state)
{
	struct world *world = *state;
	fake_service_knobs(world->svc)->flush_fails = true;

	assert_int_equal(ask(world, "POST", "/v1/guests", "{}"), 500);
	assert_string_equal(np_json_text(world->body, "code"), "io");
}

static void test_request_is_ready_at_once_when_nothing_is_to_be_committed(void **state)
{
	struct world *world = *state;
	fake_service_knobs(world->svc)->flush_at_once = true;

	begin(world, "GET", "/v1/guests", NULL);
	api_request_run(world->request);

	assert_int_equal(world->ready, 1);
}

static void test_request_statuses(void **state)
{
	static const struct {
		const char *method, *target, *body;
		unsigned status;
	} rows[] = {
		{ "GET", "/v1/guests/missing", NULL, 404 },
		{ "PATCH", "/v1/guests/stale", "{}", 412 },
		{ "PATCH", "/v1/guests/taken", "{}", 409 },
		{ "GET", "/v1/nothing", NULL, 404 },
		{ "DELETE", "/v1/guests", NULL, 405 },
		{ "POST", "/v1/guests", "{}", 201 },
		{ "DELETE", "/v1/guests/a", NULL, 204 },
		{ "PUT", "/v1/guests/a/state", "{}", 202 },
		{ "POST", "/v1/guests", NULL, 400 },
		{ "POST", "/v1/guests", "{", 400 },
		{ "POST", "/v1/guests", "[]", 400 },
		{ "POST", "/v1/guests", "{\"a\":1,\"a\":2}", 400 },
		{ "POST", "/v1/guests", "{} {}", 400 },
		{ "POST", "/v1/guests", "{\"a\":\"\\u0000\"}", 400 },
		{ "POST", "/v1/guests", "{\"a\":9223372036854775808}", 400 },
		{ "POST", "/v1/system/backups", NULL, 201 },
		{ "GET", "/v1/guests/a?color=red", NULL, 422 },
		{ "GET", "/v1/guests/a?wait=1", NULL, 422 },
		{ "GET", "/v1/guests/a?dry_run=1", NULL, 422 },
		{ "GET", "/v1/guests?color=red&limit=1", NULL, 200 },
		{ "POST", "/v1/guests?dry_run=maybe", "{}", 422 },
		{ "POST", "/v1/guests?wait=31", "{}", 422 },
		{ "POST", "/v1/guests?wait=-1", "{}", 422 },
		{ "POST", "/v1/guests?wait=1s", "{}", 422 },
		{ "POST", "/v1/guests?wait=", "{}", 422 },
		{ "POST", "/v1/guests?wait=30", "{}", 201 },
		{ "GET", "/v1/../guests", NULL, 400 },
		{ "G@T", "/v1/guests", NULL, 400 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			ask(world, rows[i].method, rows[i].target, rows[i].body), rows[i].status);
}

static void test_unknown_parameter_is_named(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "GET", "/v1/guests/a?color=red", NULL), 422);
	assert_non_null(strstr(api_request_reply(world->request)->body, "\"field\":\"color\""));
}

static void test_wrong_method_is_told_the_right_ones(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests", NULL), 405);
	assert_string_equal(api_request_reply(world->request)->allow, "GET, HEAD, POST");
}

static void test_etag_and_key_headers_are_passed_on(void **state)
{
	const struct api_header headers[] = { { "If-Match", 8, "\"4\"", 3 },
		{ "Idempotency-Key", 15, "k1", 2 }, { 0 } };
	struct world *world = *state;

	begin(world, "POST", "/v1/guests", headers);
	assert_true(api_request_data(world->request, "{}", 2));
	api_request_run(world->request);

	assert_int_equal(finish(world), 201);
	assert_string_equal(np_json_text(world->body, "if_match"), "4");
	assert_string_equal(np_json_text(world->body, "idempotency_key"), "k1");
	assert_int_equal(strlen(np_json_text(world->body, "fingerprint")), 64);
}

static void fingerprint_of(
	struct world *world, const char *target, const char *body, char ret_text[80])
{
	const struct api_header headers[] = { { "Idempotency-Key", 15, "k1", 2 }, { 0 } };

	begin(world, "POST", target, headers);
	assert_true(api_request_data(world->request, body, strlen(body)));
	api_request_run(world->request);
	assert_int_equal(finish(world), 201);
	(void)snprintf(ret_text, 80, "%s", np_json_text(world->body, "fingerprint"));
}

static void test_fingerprint_is_of_what_is_asked(void **state)
{
	struct world *world = *state;
	char first[80], same[80], other_body[80], other_path[80];

	fingerprint_of(world, "/v1/guests", "{\"a\":1,\"b\":2}", first);
	fingerprint_of(world, "/v1/guests?wait=3", "{ \"b\": 2, \"a\": 1 }", same);
	fingerprint_of(world, "/v1/guests", "{\"a\":1,\"b\":3}", other_body);
	fingerprint_of(world, "/v1/pools", "{\"a\":1,\"b\":2}", other_path);

	assert_string_equal(first, same);
	assert_string_not_equal(first, other_body);
	assert_string_not_equal(first, other_path);
}

static void test_bad_precondition_headers_are_refused(void **state)
{
	static const struct api_header rows[][2] = {
		{ { "If-Match", 8, "4", 1 }, { 0 } },
		{ { "If-Match", 8, "W/\"4\"", 5 }, { 0 } },
		{ { "If-Match", 8, "\"4\", \"5\"", 8 }, { 0 } },
		{ { "If-Match", 8, "\"\"", 2 }, { 0 } },
		{ { "Idempotency-Key", 15, "", 0 }, { 0 } },
		{ { "Idempotency-Key", 15, "a b", 3 }, { 0 } },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(world, "POST", "/v1/guests", rows[i]);
		assert_int_equal(status(world), 422);
	}
}

static void test_wait_answers_when_the_operation_is_done(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		ask(world, "PUT", "/v1/guests/a/state?wait=10", "{\"desired\":\"ready\"}"), 200);
	assert_string_equal(np_json_text(world->body, "state"), "DONE");
}

static void test_wait_answers_a_failed_operation_with_its_error(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests/fails/state?wait=10", "{}"), 503);
	assert_string_equal(np_json_text(world->body, "code"), "link");
	assert_string_equal(
		np_json_text(json_object_get(world->body, "operation"), "state"), "FAILED");
}

static void test_wait_ends_with_202_when_the_operation_goes_on(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests/never/state?wait=1", "{}"), 202);
	assert_string_equal(np_json_text(world->body, "state"), "RUNNING");
	assert_string_equal(api_request_reply(world->request)->location, "/v1/operations/1");
}

static void test_an_operation_that_nobody_waits_for_is_shown_as_it_is(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests/never/state", "{}"), 202);
	assert_int_equal(np_json_int(world->body, "id"), 1);
	assert_string_equal(np_json_text(world->body, "state"), "RUNNING");
	assert_string_equal(api_request_reply(world->request)->location, "/v1/operations/1");
}

static void test_wait_for_the_operation_itself_answers_any_end(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests/fails/state", "{}"), 202);
	assert_int_equal(ask(world, "GET", "/v1/operations/1?wait=10", NULL), 200);
	assert_string_equal(np_json_text(world->body, "state"), "FAILED");
	assert_int_equal(ask(world, "DELETE", "/v1/operations/1?wait=10", NULL), 200);
}

static void test_dry_run_does_not_wait(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, "PUT", "/v1/guests/never/state?wait=30&dry_run=1", "{}"), 200);
}

static void test_wait_over_the_limit_is_answered_without_waiting(void **state)
{
	struct world *world = *state;
	world->budget.waits = API_WAITS_MAX;

	assert_int_equal(ask(world, "PUT", "/v1/guests/never/state?wait=30", "{}"), 202);

	world->budget.waits = 0;
}

static void test_events_are_waited_for(void **state)
{
	struct world *world = *state;
	struct world second = { .event = world->event, .svc = world->svc };
	begin(world, "GET", "/v1/events?after=0&wait=10", NULL);
	api_request_run(world->request);

	assert_int_equal(ask(&second, "POST", "/v1/system/rescan", NULL), 202);

	assert_int_equal(finish(world), 200);
	assert_int_equal(json_array_size(json_object_get(world->body, "items")), 1);
	forget_request(&second);
}

static void test_events_of_other_kinds_do_not_end_the_wait(void **state)
{
	struct world *world = *state;
	assert_int_equal(ask(world, "POST", "/v1/system/rescan", NULL), 202);
	assert_int_equal(ask(world, "POST", "/v1/system/rescan", NULL), 202);

	assert_int_equal(ask(world, "GET", "/v1/events?kind=link&wait=1", NULL), 200);

	assert_int_equal(json_array_size(json_object_get(world->body, "items")), 0);
}

static void test_abort_ends_a_wait(void **state)
{
	struct world *world = *state;
	struct np_err err;
	(void)np_fail(&err, NP_BUSY, "npivd is stopping");
	fake_service_knobs(world->svc)->flush_at_once = true;
	begin(world, "GET", "/v1/events?wait=30", NULL);
	api_request_run(world->request);
	assert_int_equal(world->ready, 0);

	api_request_abort(world->request, &err);

	assert_int_equal(finish(world), 503);
	assert_true(api_request_reply(world->request)->close);
}

static void test_health_needs_no_service(void **state)
{
	struct world *world = *state;
	fake_service_knobs(world->svc)->flush_fails = true;

	assert_int_equal(ask(world, "GET", "/v1/health/live", NULL), 200);
	assert_int_equal(ask(world, "GET", "/v1/health/ready", NULL), 200);
	fake_service_knobs(world->svc)->not_ready = true;
	assert_int_equal(ask(world, "GET", "/v1/health/ready", NULL), 503);
	assert_string_equal(np_json_text(world->body, "detail"), "the inventory is not complete");
	assert_int_equal(ask(world, "GET", "/v1/health/live", NULL), 200);
}

static void test_body_size_is_refused_from_the_header(void **state)
{
	const struct api_header big[] = { { "Content-Length", 14, "1048577", 7 }, { 0 } };
	const struct api_header some[] = { { "Content-Length", 14, "1", 1 }, { 0 } };
	struct world *world = *state;

	begin(world, "POST", "/v1/guests", big);
	assert_int_equal(status(world), 413);
	begin(world, "POST", "/v1/system/rescan", some);
	assert_int_equal(status(world), 400);
}

static void test_body_without_end_is_cut_off(void **state)
{
	const struct api_header headers[] = { { "Transfer-Encoding", 17, "chunked", 7 }, { 0 } };
	char piece[4096] = "";
	struct world *world = *state;
	size_t pieces = 0;

	begin(world, "POST", "/v1/guests", headers);
	while (api_request_data(world->request, piece, sizeof piece))
		pieces++;

	assert_int_equal(status(world), 413);
	assert_in_range(pieces * sizeof piece, API_BODY_MAX, API_BODY_MAX + API_DRAIN_MAX);
	assert_int_equal(world->budget.body_bytes, 0);
}

static void test_bodies_share_a_budget(void **state)
{
	struct world *world = *state;
	world->budget.body_bytes = API_BODIES_MAX;

	begin(world, "POST", "/v1/guests", NULL);
	assert_true(api_request_data(world->request, "{}", 2));

	assert_int_equal(status(world), 503);
	world->budget.body_bytes = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request_reaches_its_use_case),
		TEST(test_request_answers_only_after_the_commit),
		TEST(test_request_fails_when_the_commit_fails),
		TEST(test_request_is_ready_at_once_when_nothing_is_to_be_committed),
		TEST(test_request_statuses),
		TEST(test_unknown_parameter_is_named),
		TEST(test_wrong_method_is_told_the_right_ones),
		TEST(test_etag_and_key_headers_are_passed_on),
		TEST(test_fingerprint_is_of_what_is_asked),
		TEST(test_bad_precondition_headers_are_refused),
		TEST(test_wait_answers_when_the_operation_is_done),
		TEST(test_wait_answers_a_failed_operation_with_its_error),
		TEST(test_wait_ends_with_202_when_the_operation_goes_on),
		TEST(test_an_operation_that_nobody_waits_for_is_shown_as_it_is),
		TEST(test_wait_for_the_operation_itself_answers_any_end),
		TEST(test_dry_run_does_not_wait),
		TEST(test_wait_over_the_limit_is_answered_without_waiting),
		TEST(test_events_are_waited_for),
		TEST(test_events_of_other_kinds_do_not_end_the_wait),
		TEST(test_abort_ends_a_wait),
		TEST(test_health_needs_no_service),
		TEST(test_body_size_is_refused_from_the_header),
		TEST(test_body_without_end_is_cut_off),
		TEST(test_bodies_share_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
