/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/record.h"

#include <string.h>
#include <time.h>

#include "base/json.h"

static json_int_t wall_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (json_int_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static json_t *line_new(const char *event, const struct sim_record *record)
{
	return json_pack("{s:s, s:I, s:I, s:i}", "event", event, "call", (json_int_t)record->number,
		"time_ms", wall_clock(), "pid", (int)record->pid);
}

static void line_write(struct sim_lab *lab, json_t *line)
{
	if (!line)
		return;
	(void)json_dumpf(line, lab->log, JSON_COMPACT);
	(void)fputc('\n', lab->log);
	(void)fflush(lab->log);
	json_decref(line);
}

void sim_record_write(struct sim_lab *lab, struct sim_record *record, const struct sim_call *call,
	const struct sim_place *place)
{
	char path[SIM_TREE_PATH_MAX];
	const struct sim_port *port = sim_object_port(place->object);
	size_t len = call->len;

	record->number = ++lab->last_call;
	if (!lab->log)
		return;
	json_t *line = line_new("write", record);
	sim_tree_path(lab->sim, place, path);
	if (len && call->text[len - 1] == '\n')
		len--;
	json_t *text = json_stringn(call->text, len);
	np_json_set_text(line, "hba", port ? port->hba->name : "");
	np_json_set_text(line, "op", sim_op_name(call->op));
	np_json_set_text(line, "path", path);
	(void)json_object_set_new(line, "text", text ? text : json_string("(not UTF-8)"));
	(void)json_object_set_new(line, "bytes", json_integer((json_int_t)call->len));
	line_write(lab, line);
}

void sim_record_answer(struct sim_lab *lab, const struct sim_record *record,
	const struct sim_call *call, ssize_t result)
{
	if (!lab->log)
		return;
	json_t *line = line_new("answer", record);
	np_json_set_text(line, "hba", call->hba ? call->hba->name : "");
	np_json_set_text(line, "op", sim_op_name(call->op));
	(void)json_object_set_new(line, "result", json_integer((json_int_t)result));
	if (result < 0)
		np_json_set_text(line, "errno", strerrorname_np((int)-result));
	(void)json_object_set_new(
		line, "took_ms", json_integer((json_int_t)(lab->sim->now - call->begun)));
	line_write(lab, line);
}

static json_t *switch_line(
	const char *event, const struct sim_switch *sw, const struct sim_switch_call *call)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "event", event, "switch",
		sw->fabric->name, "vendor", sw->vendor->name, "release", sw->release, "number",
		(json_int_t)call->number, "time_ms", wall_clock());
}

static void set_body(json_t *line, const char *body, size_t len)
{
	json_t *text = json_stringn(body ? body : "", len);

	(void)json_object_set_new(line, "body", text ? text : json_string("(not UTF-8)"));
}

void sim_record_request(struct sim_lab *lab, const struct sim_switch *sw,
	const struct sim_switch_call *call, const struct sim_request *request)
{
	if (!lab->log)
		return;
	json_t *line = switch_line("request", sw, call);
	np_json_set_text(line, "method", request->method);
	np_json_set_text(line, "path", request->path);
	np_json_set_text(line, "query", request->query);
	np_json_set_text(line, "accept", request->accept);
	np_json_set_text(line, "content_type", request->content_type);
	np_json_set_text(line, "user_agent", request->user_agent);
	set_body(line, request->body, request->len);
	line_write(lab, line);
}

void sim_record_reply(struct sim_lab *lab, const struct sim_switch *sw,
	const struct sim_switch_call *call, const struct sim_reply *reply)
{
	if (!lab->log)
		return;
	json_t *line = switch_line("reply", sw, call);
	(void)json_object_set_new(line, "status", json_integer(reply->status));
	(void)json_object_set_new(
		line, "sent", json_integer(reply->close ? -1 : (json_int_t)reply->send));
	np_json_set_text(line, "type", reply->type);
	set_body(line, reply->body, reply->len);
	line_write(lab, line);
}
