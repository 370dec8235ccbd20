/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which epoch the kernel is counting, as text that the kernel keeps: the comment of the one rule of
 * chain "blocked" (compile.h). A daemon that takes over a table goes on from it.
 *
 *	epoch <number> of <table id> since <time> after <time>
 *
 * since: when packets were first counted in it; after: the same of the epoch before. RFC 3339 with
 * nanoseconds, UTC.
 */
#ifndef HEDATE_EPOCHID_H
#define HEDATE_EPOCHID_H

#include <stdint.h>

#define TABLE_ID_LENGTH	  16  /* hexadecimal digits */
#define EPOCH_COMMENT_MAX 128 /* with its NUL */
#define TIME_TEXT_MAX	  40  /* RFC 3339 with nanoseconds, with its NUL */

struct epoch_id {
	char table[TABLE_ID_LENGTH + 1];
	uint64_t number; /* from 1 */
	uint64_t since;	 /* ns, CLOCK_REALTIME */
	uint64_t after;	 /* the same of epoch number - 1; equal to since when there was none */
};

/* A new table: random id, epoch 1, since now. 0, or negative errno. */
int epoch_id_new(struct epoch_id *ret_id);
/* The epoch that follows, from now on. */
struct epoch_id epoch_id_next(const struct epoch_id *id, uint64_t now);

void epoch_id_format(const struct epoch_id *id, char text[EPOCH_COMMENT_MAX]);
/* 0, or -EINVAL for NULL and for what is not such a text. */
int epoch_id_parse(const char *text, struct epoch_id *ret_id);

void time_format(uint64_t ns, char text[TIME_TEXT_MAX]);

#endif
