/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is there as a whole or not at all, and takes no other's place unasked. */
#ifndef HEDATE_NEWFILE_H
#define HEDATE_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>

#define NEWFILE_MODE 0640

struct newfile {
	const char *name; /* borrowed */
	char *draft;	  /* beside it; NULL once it is gone */
	int fd;		  /* of the draft, for reading and writing */
};

/* 0, or negative errno. */
int newfile_begin(struct newfile *ret_file, const char *name);
/* Put it in its place, on disk. With keep a file that is there becomes "name~"; without it is
 * -EEXIST. 0, or negative errno: nothing is in its place that was not. */
int newfile_finish(struct newfile *file, bool keep);
/* Remove what is not finished. May be called twice, and after newfile_finish(). */
void newfile_abandon(struct newfile *file);

/* All of it at once: a new file of these bytes. 0, or negative errno: no file is left. */
int newfile_save(const char *name, const void *bytes, size_t length);

#endif
