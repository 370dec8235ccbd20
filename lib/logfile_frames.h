/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of a compressed file of the log: what logfile.c and logfile_pack.c share. */
#ifndef HEDATE_LOGFILE_FRAMES_H
#define HEDATE_LOGFILE_FRAMES_H

#include "logfile.h"

#define FRAMES_ENTRY  8u /* bytes of the table for each frame: two lengths */
#define FRAMES_HEADER 8u /* of the skippable frame that holds the table */
#define FRAMES_FOOTER 9u /* behind the entries */

/* The same place, before and after compression. */
struct frame_place {
	uint64_t packed, plain;
};

struct frames {
	struct frame_place *begin; /* owned; of each frame, and of what is behind the last one */
	size_t count;
};

/* One frame more, of so many bytes. 0, or -ENOMEM. frames may be all zero before the first. */
int frames_add(struct frames *frames, size_t packed, size_t plain);
void frames_clear(struct frames *frames);
struct frame_place frames_end(const struct frames *frames);

/* The table as it stands in the file, owned by the caller. 0, or -ENOMEM. */
int frames_format(const struct frames *frames, unsigned char **ret_bytes, size_t *ret_length);
/* Read it from the end of a file of that size. 0; -EBADMSG; other negative errno. */
int frames_read(int fd, uint64_t size, struct frames *ret_frames);

/* logfile_open() for the compressed form alone, by the name that it has. */
int logfile_open_compressed(int directory, const char *name, struct logfile **ret_file);

#endif
