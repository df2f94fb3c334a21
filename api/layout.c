/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/layout.h"

#include <string.h>

#define CRLF_LEN 2

static uintptr_t behind(const char *part, size_t len)
{
	return (uintptr_t)part + len;
}

static bool line_is_whole(const struct api_head *head, const char *target_at, size_t target_len)
{
	return behind(head->method, strlen(head->method) + 1) == (uintptr_t)target_at &&
	       behind(target_at, target_len + 1) == (uintptr_t)head->version;
}

/* Name, ':', any number of blanks, value: @at is where the line begins, *ret_end where the next one does. */
static bool header_is_whole(const struct api_header *header, uintptr_t at, uintptr_t *ret_end)
{
	*ret_end = behind(header->value, header->value_len + CRLF_LEN);
	return (uintptr_t)header->name == at &&
	       behind(header->name, header->name_len + 1) <= (uintptr_t)header->value;
}

bool api_layout_is_whole(
	const struct api_head *head, const char *target_at, size_t target_len, size_t size)
{
	uintptr_t at = behind(head->version, strlen(head->version) + CRLF_LEN);

	if (!line_is_whole(head, target_at, target_len))
		return false;
	for (size_t i = 0; i < head->headers_count; i++) {
		if (!header_is_whole(&head->headers[i], at, &at))
			return false;
	}
	return at + CRLF_LEN == behind(head->method, size);
}
