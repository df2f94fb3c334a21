/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/wwn.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *skip_prefix(const char *text)
{
	if (strncasecmp(text, "0x", 2) == 0)
		return text + 2;
	return strncasecmp(text, "naa.", 4) == 0 ? text + 4 : text;
}

int np_wwn_parse(const char *text, uint64_t *ret_wwn, struct np_err *err)
{
	uint64_t wwn = 0;
	unsigned digits = 0;
	bool colons = false;
	const char *p;

	while (*text && isspace((unsigned char)*text))
		text++;
	p = skip_prefix(text);
	for (; *p && !isspace((unsigned char)*p); p++) {
		if (*p == ':' && p[1] != ':' && digits % 2 == 0 && digits > 0 && digits < 16 &&
			(colons || digits == 2)) {
			colons = true;
			continue;
		}
		int value = hex_value(*p);
		bool late_colon = colons && digits % 2 == 0 && p[-1] != ':';
		if (value < 0 || digits == 16 || late_colon)
			return np_fail(err, NP_INVAL,
				"'%.40s' is not a WWN: 16 hex digits, with or without colons, 0x or naa.",
				text);
		wwn = wwn << 4 | (uint64_t)value;
		digits++;
	}
	while (*p && isspace((unsigned char)*p))
		p++;
	if (digits != 16 || *p)
		return np_fail(err, NP_INVAL, "'%.40s' is not a WWN: it has %u hex digits, not 16",
			text, digits);
	*ret_wwn = wwn;
	return 0;
}

uint64_t np_wwn_from_digits(const char *digits)
{
	uint64_t wwn = 0;

	for (unsigned i = 0; i < 16; i++)
		wwn = wwn << 4 |
		      (uint64_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
	return wwn;
}

bool np_wwn_parse_kernel(const char *text, uint64_t *ret_wwn)
{
	uint64_t wwn = 0;
	unsigned digits = 0;

	text = skip_prefix(text);
	for (; hex_value(*text) >= 0 && digits < 16; text++, digits++)
		wwn = wwn << 4 | (uint64_t)hex_value(*text);
	if (*text && *text != '\n')
		return false;
	*ret_wwn = wwn;
	return true;
}

const char *np_wwn_text(uint64_t wwn, char text[static NP_WWN_TEXT])
{
	(void)snprintf(text, NP_WWN_TEXT, "%016" PRIx64, wwn);
	return text;
}

const char *np_wwn_colon(uint64_t wwn, char text[static NP_WWN_COLON])
{
	char *p = text;

	for (int shift = 56; shift >= 0; shift -= 8)
		p += snprintf(p, 4, "%02x%s", (unsigned)(wwn >> shift & 0xff), shift ? ":" : "");
	return text;
}

unsigned np_wwn_naa(uint64_t wwn)
{
	return (unsigned)(wwn >> 60);
}

int np_wwn_check(uint64_t wwn, struct np_err *err)
{
	static const bool usable[16] = { [1] = true,
		[2] = true,
		[5] = true,
		[6] = true,
		[0xc] = true,
		[0xd] = true,
		[0xe] = true,
		[0xf] = true };
	char text[NP_WWN_TEXT];

	if (wwn == UINT64_MAX || !usable[np_wwn_naa(wwn)])
		return np_fail(err, NP_INVAL,
			"%s cannot be a port name: its first digit (NAA) must be 1, 2, 5, 6 or c-f",
			np_wwn_text(wwn, text));
	if (np_wwn_naa(wwn) == 1 && (wwn >> 48 & 0xfff) != 0)
		return np_fail(err, NP_INVAL,
			"%s cannot be a port name: an NAA 1 name must begin with 1000",
			np_wwn_text(wwn, text));
	return 0;
}

bool np_wwn_is_local(uint64_t wwn)
{
	unsigned naa = np_wwn_naa(wwn);

	return (naa == 1 || naa == 2) && (wwn >> 41 & 1);
}
