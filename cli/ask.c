/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/ask.h"

#include <string.h>

#include "cli/wait.h"

#define TEXT_MAX ((size_t)8 << 20) /* bytes of a switch's text */

int cli_ask(struct cli *cli, const char *url, const json_t *body, json_t **ret_result,
	struct np_err *err)
{
	np_auto(np_json_decref) json_t *last = NULL;
	struct np_http_reply reply = { 0 };
	int64_t limit_s = 0;
	int rc = cli_connect(cli, err);

	if (rc == 0)
		rc = cli_option_int(cli, "wait", 0, &limit_s, err);
	if (rc == 0)
		rc = cli_client_call(cli->client,
			&(struct cli_request){ .method = "POST", .path = url, .body = body },
			&reply, err);
	if (rc < 0)
		return rc;
	int64_t operation = np_json_int(reply.body, "id");
	np_http_reply_done(&reply);
	rc = cli_wait(cli, operation, limit_s, &last, err);
	if (rc == 0)
		rc = cli_operation_result(last, err);
	if (rc == 0)
		*ret_result = json_incref(json_object_get(last, "result"));
	return rc;
}

static int read_all(
	FILE *file, const char *path, char **ret_text, size_t *ret_len, struct np_err *err)
{
	np_auto(np_free) char *text = malloc(TEXT_MAX + 1);

	if (!text)
		return np_fail_nomem(err);
	size_t len = fread(text, 1, TEXT_MAX + 1, file);
	if (ferror(file))
		return np_fail_sys(err, errno, "read %s", path);
	if (len > TEXT_MAX)
		return np_fail(err, NP_TOOBIG, "%s is over %zu MiB", path, TEXT_MAX >> 20);
	text[len] = '\0';
	*ret_len = len;
	*ret_text = np_take(text);
	return 0;
}

int cli_text_body(const struct cli *cli, const char *path, json_t *body, struct np_err *err)
{
	np_auto(np_free) char *text = NULL;
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	size_t len = 0;

	if (!file)
		return np_fail_sys(err, errno, "open %s", path);
	int rc = read_all(file, path, &text, &len, err);
	if (!standard)
		(void)fclose(file);
	if (rc < 0)
		return rc;
	json_t *value = json_stringn(text, len);
	if (!value)
		return np_fail(err, NP_INVAL, "%s is no text in UTF-8", path);
	(void)json_object_set_new(body, "text", value);
	if (cli_option(cli, "format"))
		np_json_set_text(body, "format", cli_option(cli, "format"));
	return 0;
}
