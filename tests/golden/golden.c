/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/golden/golden.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"

#define TEXT_MAX 65536

int golden_compare(const char *path, const char *made, bool update)
{
	np_auto(np_free) char *wanted = NULL;
	struct np_err err = { 0 };

	if (update)
		return np_file_replace(path, made, 0644, &err) < 0;
	if (np_file_read(AT_FDCWD, path, TEXT_MAX, &wanted, &err) == 0 && strcmp(made, wanted) == 0)
		return 0;
	(void)fprintf(
		stderr, "--- %s wanted\n%s--- made\n%s", path, wanted ? wanted : err.msg, made);
	return 1;
}

int golden_main(int argc, char **argv, const char *suffix,
	int (*check)(const char *dir, const char *name, bool update))
{
	bool update = argc == 3 && strcmp(argv[2], "--update") == 0;
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	unsigned files = 0;
	int failed = 0;

	if (!dir) {
		(void)fprintf(stderr, "usage: %s FOLDER [--update]\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, suffix) != 0)
			continue;
		failed |= check(argv[1], entry->d_name, update);
		files++;
	}
	(void)closedir(dir);
	(void)printf("%u files\n", files);
	return failed || files == 0;
}
