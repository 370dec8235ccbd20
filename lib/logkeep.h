/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recorder remembers of the log as a whole, over restarts: the legal holds on it, when it
 * was last exported, and how far somebody has reviewed it. It lies beside the log, in LOGKEEP_FILE,
 * one flat JSON object a line, and is replaced as a whole:
 *
 *	{"hold":1,"since":"2026-11-20T00:00:00.000000000Z","time":"...","by":"taro",
 *		"text":"case 12"}
 *	{"holds":1}				the last number that was given
 *	{"exported":8191,"time":"...","by":"taro","text":"/media/archive"}
 *	{"reviewed":8191,"time":"...","by":"hanako","text":"nothing unusual"}
 *
 * Numbers are event.sequence of the last record that it is about. Every change is a record, too.
 */
#ifndef HEDATE_LOGKEEP_H
#define HEDATE_LOGKEEP_H

#include <stddef.h>
#include <stdint.h>

#define LOGKEEP_FILE	  "hedate.keep" /* in the log's directory */
#define LOGKEEP_HOLDS_MAX 64
#define LOGKEEP_NAME_MAX  64  /* with NUL */
#define LOGKEEP_TEXT_MAX  512 /* with NUL */

/* Somebody did something with the log. */
struct logkeep_note {
	int64_t time; /* realtime ns; 0: never */
	char by[LOGKEEP_NAME_MAX];
	char text[LOGKEEP_TEXT_MAX];
};

/* While it lasts, no file is removed that may hold records from since on. */
struct logkeep_hold {
	uint64_t number; /* from 1; none is given twice */
	int64_t since;	 /* realtime ns */
	struct logkeep_note note;
};

struct logkeep {
	uint64_t holds_given;
	struct logkeep_hold holds[LOGKEEP_HOLDS_MAX];
	size_t hold_count;
	uint64_t exported, reviewed; /* records */
	struct logkeep_note export_note, review_note;
};

/* directory is a descriptor, of the log's. 0, also when there is no such file: nothing was kept;
 * -EBADMSG: it is not one; other negative errno. */
int logkeep_read(int directory, struct logkeep *ret_keep);
/* Replace the file. 0 when it is on disk, or negative errno. */
int logkeep_write(int directory, const struct logkeep *keep);

/* Text of a file -> what it says (text is changed). 0, or -EBADMSG. */
int logkeep_parse(char *text, size_t length, struct logkeep *ret_keep);

/* Place a hold. 0; -ENOSPC: there are too many. */
int logkeep_place(
	struct logkeep *keep, int64_t since, const struct logkeep_note *note, uint64_t *ret_number);
/* 0; -ENOENT: there is none with this number. */
int logkeep_release(struct logkeep *keep, uint64_t number);
/* The time from which on nothing is removed; INT64_MAX: there is no hold. */
int64_t logkeep_held_since(const struct logkeep *keep);

#endif
