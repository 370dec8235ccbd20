/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logexport.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint.h"
#include "fileio.h"
#include "logfile.h"
#include "logscan.h"
#include "seal.h"

#define BLOCK	 (256u << 10)
#define HEX	 (crypto_hash_sha256_BYTES * 2)
#define SUMS_MAX (64u << 20)

struct export
{
	const struct logexport_request *request;
	struct logexport_result *result;
	int log, directory;
	char *sums; /* the contents of LOGEXPORT_SUMS, owned */
	size_t length;
	char *block; /* owned, BLOCK bytes */
};

/* Sums ---------------------------------------------------------------------------------------- */

static int read_sums(struct export *export)
{
	struct stat status;
	int fd = openat(export->directory, LOGEXPORT_SUMS, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return -errno;
	int r = fd >= 0 && fstat(fd, &status) < 0 ? -errno : 0;
	size_t size = fd >= 0 && r == 0 ? (size_t)status.st_size : 0;
	if (size > SUMS_MAX)
		r = -EFBIG;
	if (r == 0)
		export->sums = malloc(size + 1);
	ssize_t got = export->sums && fd >= 0 ? fileio_read(fd, export->sums, size, 0) : 0;
	if (fd >= 0)
		close(fd);
	if (r < 0 || got < 0 || !export->sums)
		return r < 0 ? r : got < 0 ? (int)got : -ENOMEM;
	export->length = (size_t)got;
	export->sums[export->length] = '\0';
	return 0;
}

/* The line of a file, "<64 digits>  <name>\n"; NULL: there is none. */
static char *find_sum(const struct export *export, const char *name)
{
	size_t length = strlen(name);
	for (char *line = export->sums; line && *line;) {
		size_t used = strcspn(line, "\n");
		if (used == HEX + 2 + length && memcmp(line + HEX + 2, name, length) == 0)
			return line;
		line += used + (line[used] == '\n');
	}
	return NULL;
}

static int save_sums(const struct export *export)
{
	return fileio_replace(export->directory, LOGEXPORT_SUMS, LOGEXPORT_SUMS ".new", 0640,
		export->sums, export->length);
}

/* Put a line for the file, in place of the one that it had. */
static int put_sum(struct export *export, const char *name, const char hex[HEX + 1])
{
	char *line = find_sum(export, name);
	if (line) {
		memcpy(line, hex, HEX);
	} else {
		size_t more = HEX + 2 + strlen(name) + 1;
		char *grown = realloc(export->sums, export->length + more + 1);
		if (!grown)
			return -ENOMEM;
		export->sums = grown;
		snprintf(grown + export->length, more + 1, "%s  %s\n", hex, name);
		export->length += more;
	}
	return save_sums(export);
}

/* Copies -------------------------------------------------------------------------------------- */

/* Hash up to limit bytes of a file, and write them to another one when to is not -1. */
static int pass(struct export *export, int from, int to, uint64_t limit, char hex[HEX + 1],
	uint64_t *ret_bytes)
{
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];
	uint64_t done = 0;
	ssize_t got = 1;
	int r = 0;
	crypto_hash_sha256_init(&state);
	while (r == 0 && got > 0 && done < limit) {
		size_t some = limit - done < BLOCK ? (size_t)(limit - done) : BLOCK;
		got = fileio_read(from, export->block, some, (off_t)done);
		if (got <= 0)
			break;
		crypto_hash_sha256_update(
			&state, (const unsigned char *)export->block, (size_t)got);
		if (to >= 0)
			r = fileio_write(write, to, export->block, (size_t)got, NULL);
		done += (uint64_t)got;
	}
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(hex, HEX + 1, digest, sizeof(digest));
	*ret_bytes = done;
	return r < 0 ? r : got < 0 ? (int)got : 0;
}

/* Read it back from the medium. */
static int read_back(struct export *export, const char *name, const char hex[HEX + 1])
{
	char again[HEX + 1];
	uint64_t bytes;
	int fd = openat(export->directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	int r = pass(export, fd, -1, UINT64_MAX, again, &bytes);
	close(fd);
	return r < 0 ? r : memcmp(hex, again, HEX) == 0 ? 0 : -EIO;
}

static int write_copy(
	struct export *export, int from, const char *name, const char *new_name, uint64_t limit)
{
	char hex[HEX + 1];
	uint64_t bytes = 0;
	int to = openat(export->directory, new_name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (to < 0)
		return -errno;
	int r = pass(export, from, to, limit, hex, &bytes);
	if (r == 0 && fsync(to) < 0)
		r = -errno;
	close(to);
	if (r == 0)
		r = read_back(export, new_name, hex);
	if (r == 0 && renameat(export->directory, new_name, export->directory, name) < 0)
		r = -errno;
	if (r == 0 && fsync(export->directory) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(export->directory, new_name, 0);
	if (r == 0)
		r = put_sum(export, name, hex);
	if (r == 0) {
		export->result->copied++;
		export->result->bytes += bytes;
		if (export->request->copied)
			export->request->copied(name, bytes, export->request->data);
	}
	return r;
}

/* Is there a copy that was not made by us, or was changed since? */
static int compare_present(struct export *export, int from, const char *name, uint64_t limit)
{
	char here[HEX + 1];
	uint64_t bytes;
	int r = pass(export, from, -1, limit, here, &bytes);
	if (r == 0)
		r = read_back(export, name, here);
	if (r == -EIO)
		return -EEXIST;
	return r < 0 ? r : put_sum(export, name, here);
}

/* Copy a file; again: also when there is a copy already, which has less in it. */
static int copy(struct export *export, const char *name, uint64_t limit, bool again)
{
	char new_name[LOGEXPORT_NAME_MAX + 8];
	bool known = find_sum(export, name) != NULL;
	bool there = faccessat(export->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	snprintf(export->result->failed, LOGEXPORT_NAME_MAX, "%s", name);
	if (known && there && !again) {
		export->result->present++;
		return 0;
	}
	int from = openat(export->log, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	snprintf(new_name, sizeof(new_name), "%s.new", name);
	int r = there && !known ? compare_present(export, from, name, limit)
				: write_copy(export, from, name, new_name, limit);
	close(from);
	return r;
}

/* What is copied ------------------------------------------------------------------------------ */

/* The size of a copy that stands in the sums; -1: there is none. */
static int64_t copied_size(const struct export *export, const char *name)
{
	struct stat status;
	if (!find_sum(export, name) ||
		fstatat(export->directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return status.st_size;
}

/* A copy of the sealed part of a file, that is there as a whole now in another form. */
static int drop_part(struct export *export, const char *name)
{
	char *line = find_sum(export, name);
	if (!line)
		return 0;
	size_t used = strcspn(line, "\n") + 1;
	export->length -= used;
	memmove(line, line + used, export->length - (size_t)(line - export->sums) + 1);
	int r = save_sums(export);
	if (r == 0 && unlinkat(export->directory, name, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static int size_of(
	const struct export *export, const char *segment, int64_t *ret_size, bool *ret_compressed)
{
	struct logfile *file;
	int r = logfile_open(export->log, segment, &file);
	if (r < 0)
		return r;
	r = logfile_size(file, ret_size);
	*ret_compressed = logfile_is_compressed(file);
	logfile_close(file);
	return r;
}

/* A closed segment or its .seal, in the form that it has here; a whole copy in the other form is as
 * good. */
static int copy_closed(struct export *export, const char *segment)
{
	char packed[LOGEXPORT_NAME_MAX];
	bool compressed;
	int64_t size;
	int r = size_of(export, segment, &size, &compressed);
	if (r < 0)
		return r;
	snprintf(packed, sizeof(packed), "%s" LOGFILE_ENDING, segment);
	int64_t there = copied_size(export, segment);
	if (there == size || copied_size(export, packed) >= 0) {
		export->result->present++;
		return 0;
	}
	r = copy(export, compressed ? packed : segment, UINT64_MAX, there >= 0);
	return r == 0 && compressed ? drop_part(export, segment) : r;
}

/* Of the file that grows what its last checkpoint seals. */
static int copy_growing(struct export *export, const char *seal, const char *segment)
{
	struct checkpoint one, last = { 0 };
	char *text;
	size_t length, at = 0;
	int r = logscan_read(export->request->log, seal, &text, &length);
	if (r < 0)
		return r;
	for (int used; (used = checkpoint_parse(text + at, length - at, &one)) > 0;
		at += (size_t)used)
		last = one;
	free(text);
	if (at == 0)
		return -ENODATA;
	export->result->sequence = last.at.sequence;
	r = last.at.end > 0 ? copy(export, segment, last.at.end,
				      copied_size(export, segment) != (int64_t)last.at.end)
			    : 0;
	return r < 0 ? r : copy(export, seal, at, copied_size(export, seal) != (int64_t)at);
}

static int run(struct export *export, const struct logscan_names *segments,
	const struct logscan_names *seals)
{
	char last[LOGNAME_MAX];
	if (seals->count == 0)
		return -ENODATA;
	const char *growing = seals->names[seals->count - 1];
	int r = seal_segment(growing, last);
	for (size_t i = 0; r == 0 && i < segments->count; i++)
		if (strcmp(segments->names[i], last) < 0)
			r = copy_closed(export, segments->names[i]);
	for (size_t i = 0; r == 0 && i + 1 < seals->count; i++)
		r = copy_closed(export, seals->names[i]);
	if (r == 0)
		r = copy(export, SEAL_VKEY_FILE, UINT64_MAX, false);
	return r < 0 ? r : copy_growing(export, growing, last);
}

static int open_both(struct export *export)
{
	export->log = open(export->request->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (export->log < 0)
		return -errno;
	export->directory = open(export->request->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (export->directory < 0)
		return -errno;
	export->block = malloc(BLOCK);
	return export->block ? read_sums(export) : -ENOMEM;
}

int logexport_run(const struct logexport_request *request, struct logexport_result *ret_result)
{
	struct export export = { .request = request, .result = ret_result };
	struct logscan_names segments = { 0 }, seals = { 0 };
	memset(ret_result, 0, sizeof(*ret_result));
	export.log = export.directory = -1;
	int r = open_both(&export);
	if (r == 0)
		r = logscan_list(request->log, LOGSCAN_SEALS, &seals);
	if (r == 0)
		r = logscan_list(request->log, LOGSCAN_SEGMENTS, &segments);
	if (r == 0)
		r = run(&export, &segments, &seals);
	if (r == 0)
		ret_result->failed[0] = '\0';
	logscan_free_names(&segments);
	logscan_free_names(&seals);
	if (export.log >= 0)
		close(export.log);
	if (export.directory >= 0)
		close(export.directory);
	free(export.block);
	free(export.sums);
	return r;
}
