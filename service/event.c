/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <string.h>

#include "service/core.h"

void svc_event(struct svc *svc, const char *kind, const char *severity, const char *object,
	const char *guest, const char *fmt, ...)
{
	char text[900], now[DB_TIME_TEXT];
	struct np_err err = { 0 };
	int level = np_log_level_from_name(severity);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (svc->would)
		return;
	np_log_fields(level < 0 ? LOG_INFO : level,
		(const struct np_log_field[]){ { "NPIV_GUEST", guest && *guest ? guest : NULL },
			{ "NPIV_OBJECT", object }, { "NPIV_EVENT", kind }, { 0 } },
		"%s", text);
	if (db_exec(svc->db, &err,
		    "INSERT INTO events (time, kind, severity, object, guest, message) VALUES (?, ?, ?, ?, ?, ?)",
		    "tttttt", db_time_text(0, now), kind, severity, object, guest ? guest : "",
		    text) < 0)
		np_log(LOG_ERR, "event not recorded: %s", err.msg);
	else
		svc->last_event = db_last_id(svc->db);
}

int svc_event_list(struct svc *svc, const struct svc_call *call, struct svc_result *ret_result,
	struct np_err *err)
{
	int64_t after = 0, limit = 0;
	const char *guest = json_string_value(json_object_get(call->query, "guest"));
	const char *kind = json_string_value(json_object_get(call->query, "kind"));
	np_auto(np_json_decref) json_t *rows = NULL;
	char next[24];

	int rc = svc_query_number(call->query, "after", 0, 0, INT64_MAX, &after, err);
	if (rc == 0)
		rc = svc_query_number(
			call->query, "limit", SVC_LIST_DEFAULT, 1, SVC_LIST_MAX, &limit, err);
	if (rc < 0)
		return rc;
	/* Without a starting point the newest ones are meant. */
	rc = db_list(svc->db, &rows, err,
		"SELECT * FROM (SELECT * FROM events WHERE id > ?1 AND (?2 IS NULL OR guest = ?2) AND (?3 IS NULL OR kind = ?3)"
		" ORDER BY CASE WHEN ?4 THEN id ELSE -id END LIMIT ?5) ORDER BY id",
		"ittii", after, guest, kind, (int64_t)(after > 0), limit);
	if (rc < 0)
		return rc;
	const json_t *last =
		json_array_get(rows, json_array_size(rows) ? json_array_size(rows) - 1 : 0);
	(void)snprintf(next, sizeof next, "%lld",
		(long long)(last    ? np_json_int(last, "id")
			    : after ? after
				    : svc->last_event));
	*ret_result = (struct svc_result){ .body = json_pack("{s:o, s:s}", "items", np_take(rows),
						   "next", next) };
	return 0;
}
