/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zoning/fos_keys.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define FILE_MAX ((size_t)FOS_KEYS_MAX * FOS_KEY_MAX)

void fos_keys_wipe(struct fos_keys *keys)
{
	explicit_bzero(keys, sizeof *keys);
}

static void add(struct fos_keys *keys, const char *key)
{
	if (!*key || strlen(key) >= FOS_KEY_MAX)
		return;
	if (keys->count == FOS_KEYS_MAX)
		memmove(keys->text[0], keys->text[1], (--keys->count) * sizeof keys->text[0]);
	(void)snprintf(keys->text[keys->count++], FOS_KEY_MAX, "%s", key);
}

static void drop(struct fos_keys *keys, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->text[i], key) == 0)
			continue;
		if (kept != i)
			memcpy(keys->text[kept], keys->text[i], sizeof keys->text[i]);
		kept++;
	}
	keys->count = kept;
}

void fos_keys_read(const char *path, struct fos_keys *ret_keys)
{
	char *text = NULL, *rest, *line;

	*ret_keys = (struct fos_keys){ 0 };
	if (!*path || np_file_read(AT_FDCWD, path, FILE_MAX, &text, NULL) < 0)
		return;
	size_t len = strlen(text);
	for (rest = text; (line = strsep(&rest, "\n"));)
		add(ret_keys, line);
	explicit_bzero(text, len);
	free(text);
}

static void write_keys(const char *path, const struct fos_keys *keys)
{
	char text[FILE_MAX + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < keys->count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s\n", keys->text[i]);
	if (len)
		(void)np_file_replace(path, text, 0600, NULL);
	else
		(void)unlink(path);
	explicit_bzero(text, sizeof text);
}

void fos_keys_add(const char *path, const char *key)
{
	np_auto(fos_keys_wipe) struct fos_keys keys;

	if (!*path)
		return;
	fos_keys_read(path, &keys);
	add(&keys, key);
	write_keys(path, &keys);
}

void fos_keys_drop(const char *path, const char *key)
{
	np_auto(fos_keys_wipe) struct fos_keys keys;

	if (!*path)
		return;
	fos_keys_read(path, &keys);
	drop(&keys, key);
	write_keys(path, &keys);
}
