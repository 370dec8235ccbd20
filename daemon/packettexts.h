/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two configurations on their way to the process that finds out what one in place of the other
 * means for packets: the bytes of both, in a descriptor that names no file.
 */
#ifndef HEDATE_PACKETTEXTS_H
#define HEDATE_PACKETTEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: there is nothing to compare. */
struct packettexts {
	bool wanted;
	int fd;		 /* the owner's; or negative errno: they could not be put there */
	uint64_t before; /* bytes of the first; the others are the second's */
};

/* before NULL: what is in force is not known any more, and fd is -ENOENT. */
void packettexts_make(const char *before, size_t before_length, const char *after,
	size_t after_length, struct packettexts *ret_texts);
void packettexts_clear(struct packettexts *texts);

/* Of a descriptor that somebody else made. 0 with *ret_bytes, the caller's, a NUL behind them;
 * -EBADMSG: there are not so many bytes; other negative errno. */
int packettexts_read(int fd, uint64_t before, char **ret_bytes, size_t *ret_length);

#endif
