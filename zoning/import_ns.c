/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is logged in, from the tables of both vendors' name servers. */
#include <ctype.h>
#include <string.h>

#include "base/wwn.h"
#include "zoning/import.h"

#define WORDS_MAX 8

const char *zone_import_role(const char *words)
{
	bool initiator = strcasestr(words, "init") != NULL, target = strcasestr(words, "target");

	if (strcasestr(words, "unknown"))
		return "";
	if (strcasestr(words, "both") || (initiator && target))
		return "both";
	if (target)
		return "target";
	return initiator ? "initiator" : "";
}

/* Six hex digits, with or without 0x. */
static bool read_port_id(const char *text, char ret_id[static 9])
{
	size_t digits;

	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits != 6 || text[digits])
		return false;
	(void)snprintf(ret_id, 9, "0x%s", text);
	for (char *at = ret_id; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return true;
}

static void set_wwn(json_t *login, const char *key, const char *text)
{
	uint64_t wwn;

	if (np_wwn_parse(text, &wwn, NULL) == 0)
		np_json_set_wwn(login, key, wwn);
}

static bool add_login(json_t *logins, const char *port_id, const char *wwpn, const char *wwnn)
{
	json_t *login = json_pack("{s:s, s:s}", "port_id", port_id, "role", "");

	set_wwn(login, "wwpn", wwpn);
	if (wwnn)
		set_wwn(login, "wwnn", wwnn);
	return json_array_append_new(logins, login) == 0;
}

static json_t *last_login(json_t *logins)
{
	return json_array_get(logins, json_array_size(logins) - 1);
}

static void set_permanent(json_t *login, const char *value)
{
	set_wwn(login, "physical_wwpn", value);
}

static void set_role(json_t *login, const char *value)
{
	zone_import_text(login, "role", zone_import_role(value));
}

/* [26] "what the port says of itself" */
static void set_symbol(json_t *login, const char *value)
{
	char text[128];
	const char *quote = strchr(value, '"');

	if (!quote)
		return;
	(void)snprintf(text, sizeof text, "%.*s", (int)strcspn(quote + 1, "\""), quote + 1);
	zone_import_text(login, "symbolic_name", text);
}

static void set_port(json_t *login, const char *value)
{
	zone_import_text(login, "port", value);
}

static const struct {
	const char *start;
	void (*set)(json_t *login, const char *value);
} nsshow_details[] = {
	{ "Permanent Port Name:", set_permanent },
	{ "Device type:", set_role },
	{ "PortSymb:", set_symbol },
	{ "Port Index:", set_port },
};

static bool read_detail(const char *text, json_t *login)
{
	for (size_t i = 0; login && i < sizeof nsshow_details / sizeof *nsshow_details; i++) {
		size_t len = strlen(nsshow_details[i].start);

		if (strncmp(text, nsshow_details[i].start, len) != 0)
			continue;
		text += len + strspn(text + len, " \t");
		nsshow_details[i].set(login, text);
		return true;
	}
	return false;
}

/* N    010600;      3;50:..;20:..; na, where the type before the port ID is any word. */
bool zone_import_nsshow(const struct zone_lines *line, json_t *logins)
{
	char copy[256], port_id[9];
	char *rest = copy, *word[WORDS_MAX] = { NULL };
	uint64_t wwn;
	size_t words = 0;

	if (read_detail(line->text, last_login(logins)))
		return true;
	if (!strchr(line->text, ';') || strlen(line->text) >= sizeof copy)
		return false;
	(void)snprintf(copy, sizeof copy, "%s", line->text);
	while (words < WORDS_MAX && (word[words] = zone_word(&rest, " \t;")))
		words++;
	if (words < 5 || !read_port_id(word[1], port_id) || np_wwn_parse(word[3], &wwn, NULL) < 0)
		return false;
	return add_login(logins, port_id, word[3], word[4]);
}

/* 0x010000    N     50:..  (Vendor)     scsi-fcp:init fc-gs; the type may be any word, or missing. */
bool zone_import_fcns(const struct zone_lines *line, json_t *logins)
{
	char copy[256], port_id[9];
	char *rest = copy, *word, *wwpn = NULL;
	uint64_t wwn;

	if (strlen(line->text) >= sizeof copy)
		return false;
	(void)snprintf(copy, sizeof copy, "%s", line->text);
	word = zone_word(&rest, " \t");
	if (!word || !read_port_id(word, port_id))
		return false;
	for (unsigned i = 0; i < 2 && !wwpn && (word = zone_word(&rest, " \t")); i++)
		wwpn = np_wwn_parse(word, &wwn, NULL) == 0 ? word : NULL;
	if (!wwpn || !add_login(logins, port_id, wwpn, NULL))
		return false;
	if (*rest == '(')
		rest += strcspn(rest, ")"); /* a vendor may be called anything */
	zone_import_text(last_login(logins), "role", zone_import_role(rest));
	return true;
}
