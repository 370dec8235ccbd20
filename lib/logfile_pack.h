/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressing a file of the log that does not grow any more (logfile.h), in short steps between
 * which its owner does what is more urgent.
 *
 * The compressed file is written under another name, "<file>.zst.new", which nobody reads; it is
 * on disk, read back and found to hold the same bytes before it gets its name, and only then the
 * file that was written goes. So whatever is cut off at whatever moment, one of the two is whole,
 * and what is left is overwritten when this begins anew.
 */
#ifndef HEDATE_LOGFILE_PACK_H
#define HEDATE_LOGFILE_PACK_H

#include <stdint.h>
#include <sys/types.h>

struct logfile_pack;

/* The calls that change the disk, so that tests can let them fail. */
struct logfile_io {
	ssize_t (*write)(int fd, const void *bytes, size_t length);
	int (*sync)(int fd);
	int (*rename)(int from, const char *name, int to, const char *new_name);
	int (*unlink)(int directory, const char *name, int flags);
};

/*
 * Begin. directory (a descriptor) and segment are borrowed, io too; NULL: the real calls. 0;
 * -ENOENT: it is compressed already or there is no such file; other negative errno.
 */
int logfile_pack_begin(int directory, const char *segment, const struct logfile_io *io,
	struct logfile_pack **ret_pack);
/*
 * The next piece of work: about LOGFILE_FRAME bytes read and compressed, or read back, or one call
 * that syncs. 1: there is more; 0: done; negative errno: it was given up, the file is as it was
 * (-EIO also: what was read back is not what was written).
 */
int logfile_pack_step(struct logfile_pack *pack);
/* The bytes before and after, as far as it has come. */
void logfile_pack_sizes(const struct logfile_pack *pack, uint64_t *ret_plain, uint64_t *ret_packed);
/* Forget it; what is not done is removed. Accepts NULL. */
void logfile_pack_end(struct logfile_pack *pack);

#endif
