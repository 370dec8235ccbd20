/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a compressed file of the log, and as the file with the holds. What can be read of
 * the first is the same from the front, by pieces and from the back; what is read of the second is
 * written and read again as the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"
#include "logkeep.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define SEGMENT	 "hedate-20261120.jsonl"
#define READ_MAX (8u << 20) /* bytes; the input says how much there is */

static char path[] = "/dev/shm/hedate-fuzz.XXXXXX";
static int directory = -1;

static void clean_up(void)
{
	(void)unlinkat(directory, SEGMENT ".zst", 0);
	(void)unlinkat(directory, LOGKEEP_FILE, 0);
	rmdir(path);
}

static void read_pieces(struct logfile *file, int64_t size)
{
	static char one[70000], other[70000];
	for (int64_t at = 0; at < size && at < READ_MAX; at += (int64_t)sizeof(one) / 2) {
		ssize_t got = logfile_read(file, one, sizeof(one), at);
		if (got > (ssize_t)sizeof(one) || (got < 0 && got != -EBADMSG))
			abort();
		if (got <= 1)
			continue;
		/* A part of it again, after another frame was loaded. */
		(void)logfile_read(file, other, 1, size - 1);
		if (logfile_read(file, other, (size_t)got - 1, at + 1) < 1 ||
			memcmp(one + 1, other, 1) != 0)
			abort();
	}
}

static void try_file(const uint8_t *bytes, size_t length)
{
	struct logfile *file;
	int64_t size;
	int fd = openat(directory, SEGMENT ".zst", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		abort();
	close(fd);
	int r = logfile_open(directory, SEGMENT, &file);
	if (r < 0) {
		if (r != -EBADMSG)
			abort();
		return;
	}
	if (!logfile_is_compressed(file) || logfile_size(file, &size) < 0 || size < 0)
		abort();
	read_pieces(file, size);
	logfile_close(file);
}

static void try_keep(const uint8_t *bytes, size_t length)
{
	static struct logkeep keep, again;
	char *text = malloc(length + 1);
	if (!text)
		abort();
	memcpy(text, bytes, length);
	if (logkeep_parse(text, length, &keep) == 0) {
		if (logkeep_write(directory, &keep) < 0 || logkeep_read(directory, &again) < 0 ||
			keep.hold_count != again.hold_count ||
			logkeep_held_since(&again) > logkeep_held_since(&keep))
			abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (directory < 0) {
		if (!mkdtemp(path) || atexit(clean_up) != 0)
			abort();
		directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	try_file(bytes, length);
	try_keep(bytes, length);
	return 0;
}
