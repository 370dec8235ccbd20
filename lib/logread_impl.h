/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logread.c (files, reading forward) and logread_back.c (reading backward) share. */
#ifndef HEDATE_LOGREAD_IMPL_H
#define HEDATE_LOGREAD_IMPL_H

#include <stdbool.h>
#include <sys/types.h>

#include "logfile.h"
#include "logread.h"

#define LOGREAD_BLOCK (64u << 10) /* bytes read at once */

/*
 * The buffer holds a piece of the file, from buffer_offset on. Reading forward, lines are taken
 * from its front (start grows), reading backward from its end (used shrinks); the position is the
 * point that has been reached. Changing the direction empties it.
 */
struct logread {
	int directory;
	char file[LOGNAME_MAX];	     /* current, or the last one tried; "": none yet */
	char successor[LOGNAME_MAX]; /* known to exist before the end of file was met */
	struct logfile *opened;	     /* file, NULL for none; the scout's is ours */
	bool backward;
	bool file_by_file;
	bool skipping; /* inside a line that is too long */
	bool skip_damaged;
	bool met_damage; /* since this was last cleared */
	void (*damaged)(const struct logread_damage *damage, void *data); /* NULL: nobody is told */
	void *data;
	char *buffer; /* always with room for a NUL more */
	size_t room, start, used;
	int64_t buffer_offset;
	struct logread_findings findings;
	/* Whole groups only: lines up to limit belong to groups whose end the scout has seen. It
	 * reads ahead, in the same file. */
	struct logread *scout; /* owned; NULL: all lines are given */
	int64_t limit;
};

enum logread_neighbour {
	LOGREAD_NEXT,
	LOGREAD_PREVIOUS,
};

/* The name that follows or precedes this one. 1, 0 for none, or negative errno. */
int logread_neighbour(const struct logread *log, enum logread_neighbour which, const char *of,
	char ret_name[LOGNAME_MAX]);
/* Make this the current file. 0; -ENOENT when it is gone or no regular file; other errno. The name
 * is taken over in any case, so that a next attempt goes on behind it. */
int logread_enter(struct logread *log, const char *name);
void logread_leave(struct logread *log);

/* Where in the current file we are, and go there, with nothing buffered. */
int64_t logread_offset(const struct logread *log);
void logread_place(struct logread *log, int64_t offset);
void logread_direction(struct logread *log, bool backward);

/* Say that this part of the current file was skipped. */
void logread_tell_damage(struct logread *log, int64_t begin, int64_t end);

/* Room for so many bytes and a NUL. 0, or -ENOMEM. */
int logread_grow(struct logread *log, size_t room);

#endif
