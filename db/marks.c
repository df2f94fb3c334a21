/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "db/marks.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/wwn.h"

#define MARKS_MAX (4u << 20)

struct db_marks {
	char *path;
	json_t *next;
};

struct db_marks *db_marks_free(struct db_marks *marks)
{
	if (marks) {
		json_decref(marks->next);
		free(marks->path);
		free(marks);
	}
	return NULL;
}

static int load(struct db_marks *marks, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	int rc;

	if (access(marks->path, F_OK) < 0 && errno == ENOENT) {
		marks->next = json_object();
		return marks->next ? 0 : np_fail_nomem(err);
	}
	rc = np_file_read(AT_FDCWD, marks->path, MARKS_MAX, &text, err);
	if (rc == 0)
		rc = np_json_parse(text, strlen(text), &marks->next, err);
	return np_hint(err, np_wrap(err, rc, "high-water marks %s", marks->path),
		"put the file back from a backup of the host; without it WWNs could be given twice");
}

int db_marks_open(struct db_marks **ret_marks, const char *path, struct np_err *err)
{
	struct db_marks *marks = calloc(1, sizeof *marks);
	int rc = marks && (marks->path = strdup(path)) ? load(marks, err) : np_fail_nomem(err);

	if (rc < 0) {
		(void)db_marks_free(marks);
		return rc;
	}
	*ret_marks = marks;
	return 0;
}

uint64_t db_marks_get(const struct db_marks *marks, const char *pool)
{
	return np_json_wwn(marks->next, pool);
}

int db_marks_raise(struct db_marks *marks, const char *pool, uint64_t next, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	uint64_t before = db_marks_get(marks, pool);

	if (next <= before)
		return 0;
	np_json_set_wwn(marks->next, pool, next);
	text = json_dumps(marks->next, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (!text)
		return np_fail_nomem(err);
	int rc = np_file_replace(marks->path, text, 0600, err);
	if (rc < 0 && before)
		np_json_set_wwn(marks->next, pool, before);
	return np_wrap(err, rc, "high-water mark of pool '%s'", pool);
}

const json_t *db_marks_all(const struct db_marks *marks)
{
	return marks->next;
}
