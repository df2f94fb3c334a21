/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over every file of a corpus folder, as a normal test. */
#include <dirent.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"

#define INPUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(int dirfd, const char *name)
{
	np_auto(np_close) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	np_auto(np_free) uint8_t *data = malloc(INPUT_MAX);
	ssize_t size = fd >= 0 && data ? read(fd, data, INPUT_MAX) : -1;

	if (size < 0) {
		perror(name);
		return 1;
	}
	/* A copy of the exact size, so that the sanitizer sees a read past the end. */
	np_auto(np_free) uint8_t *exact = malloc(size ? (size_t)size : 1);
	if (!exact)
		return 1;
	memcpy(exact, data, (size_t)size);
	return LLVMFuzzerTestOneInput(exact, (size_t)size);
}

int main(int argc, char **argv)
{
	unsigned files = 0;
	int failed = 0;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (!dir) {
		(void)fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= replay_file(dirfd(dir), entry->d_name);
		files++;
	}
	(void)closedir(dir);
	(void)printf("%u inputs\n", files);
	return failed || files == 0;
}
