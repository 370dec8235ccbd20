/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of the log, whether it still is what was written ("hedate-20261120.jsonl") or was
 * compressed since ("hedate-20261120.jsonl.zst"). All names are those without ".zst", all offsets
 * and sizes those of the bytes that were written: who reads does not see a difference. When both
 * are there, which is what a crash leaves, the first one counts.
 *
 * The compressed form is zstd's "seekable format": independent frames, each with its length and a
 * checksum, of about LOGFILE_FRAME bytes and, if a newline allows it, of whole lines; then a
 * skippable frame that says how long each of them is. "zstd -dc" gives back what was written. Any
 * other form is no compressed file of the log: where it is not as it has to be, -EBADMSG.
 *
 * These files (logfile*.c) alone know of zstd.
 */
#ifndef HEDATE_LOGFILE_H
#define HEDATE_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "logname.h"

#define LOGFILE_ENDING ".zst"
/* Bytes: a frame ends with the first line behind so many, and at the latest at twice as many.
 * Small, as a line that the index names is read by its frame; frames of 1 MiB pack 7 % better. */
#define LOGFILE_FRAME	  (128u << 10)
#define LOGFILE_FRAME_MAX (256u << 10)

struct logfile;

/* The file's name in the log's directory -> its segment: "hedate-20261120.jsonl" for itself and for
 * "hedate-20261120.jsonl.zst". 0, or -EINVAL for any other name. */
int logfile_segment(const char *name, char segment[LOGNAME_MAX], bool *ret_compressed);

/*
 * Open a file of the log, or any other one that is never compressed, by its name in a directory
 * (a descriptor, borrowed). 0; -ENOENT; -EINVAL: it is no regular file; -ELOOP: a symbolic link;
 * -EBADMSG: it is no compressed file of the log; other negative errno.
 */
int logfile_open(int directory, const char *segment, struct logfile **ret_file);
void logfile_close(struct logfile *file); /* accepts NULL */

bool logfile_is_compressed(const struct logfile *file);
/* Its bytes now: one that is not compressed may grow. 0, or negative errno. */
int logfile_size(const struct logfile *file, int64_t *ret_size);

/*
 * So many bytes from an offset on, as pread() would; their number is less than length only at the
 * end of the file, or where the damaged part of a compressed one begins. 0 at the end or behind it;
 * -EBADMSG inside a damaged part; other negative errno. Reading on, and reading back in short
 * steps, is cheap: the last frame is kept.
 */
ssize_t logfile_read(struct logfile *file, char *bytes, size_t length, int64_t offset);

/* From a place where logfile_read() gave -EBADMSG: where there is something to read again, which is
 * where a frame begins, or the end of the file. */
int64_t logfile_next_whole(struct logfile *file, int64_t offset);
/* The same backward: where the damaged part begins whose last byte is the one before the offset. */
int64_t logfile_previous_whole(struct logfile *file, int64_t offset);
/* Where the frame begins that has the byte before the offset: all of it can be read, or nothing. 0
 * in a file that is not compressed. */
int64_t logfile_frame_begin(const struct logfile *file, int64_t offset);

#endif
