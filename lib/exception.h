/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register of exceptions (例外措置): its lines, and what may follow what. Nothing here knows
 * of files, clocks or the kernel; the time is a parameter, in seconds since 1970.
 *
 * The register is a text of lines that only grows. Each line is one flat JSON object that ends in
 * a newline, its keys in this order, those of its action only, written as json.h writes them:
 *
 *	line		number of the line, from 1
 *	time		when, RFC 3339 in UTC, whole seconds; never before that of the line before
 *	action		"request", "approve", "refuse", "revoke", "report", "expire", "repair"
 *	exception	"X-2026-0001": the year of the request in UTC, its number in that year
 *	uid, user	who did it, by the kernel's word; "" when the number has no name. What
 *			hedated notices itself (expire, repair) is of its own uid and "hedated"
 *	from, to, service	request: the path, as it was asked for
 *	start, end	request: from when, until when
 *	emergency	request: true when it takes effect without approval
 *	clauses		request: numbers of the clauses that it deviates from, with commas between
 *	reason		request, refuse, revoke
 *	override	approve: why the applicant may approve it; only when it was the applicant
 *	report		report
 *	bytes		repair: bytes of a torn line that were cut off before this line
 *	previous	BLAKE2b-256 of the line before with its newline, of nothing for the first
 *
 * A line is valid when writing what was read gives the same bytes, its number and "previous" are
 * those that follow, and the state of its exception permits its action. One line that is not valid
 * makes the register broken: who wrote it can have changed anything. What follows the last newline
 * is torn: it never had an effect, because a line is on disk before its effect.
 *
 * States of an exception:
 *
 *	requested --approve--> granted --revoke--> revoked
 *	    |                     '----its end---> expired
 *	    |--refuse--> refused
 *	    '--its end-> expired
 *	emergency --revoke--> revoked
 *	    '--its end-> expired
 *
 * The report on an emergency is due until it was entered, in whatever state it is.
 */
#ifndef HEDATE_EXCEPTION_H
#define HEDATE_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "strmap.h"

#define EXCEPTION_ID_MAX    24	 /* with NUL */
#define EXCEPTION_NAME_MAX  64	 /* bytes of a user's name */
#define EXCEPTION_PLACE_MAX 256	 /* bytes of from, to, service, clauses */
#define EXCEPTION_TEXT_MAX  2000 /* bytes of a reason or report */
#define EXCEPTION_LINE_MAX  16384
#define EXCEPTION_LINES_MAX 1000000
#define EXCEPTION_DIGEST    32
#define EXCEPTION_TIME_MAX  24 /* "2026-11-21T09:30:00Z" and NUL */
#define EXCEPTION_TOLERANCE 60 /* a start is not backdated before this many seconds */
#define EXCEPTION_TIME_LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z: what a line can hold */
/* From so many lines on nothing is asked for: the rest is for ending what there is. */
#define EXCEPTION_LINES_REQUEST (EXCEPTION_LINES_MAX / 2)

enum exception_action {
	EXCEPTION_REQUEST,
	EXCEPTION_APPROVE,
	EXCEPTION_REFUSE,
	EXCEPTION_REVOKE,
	EXCEPTION_REPORT,
	EXCEPTION_EXPIRE,
	EXCEPTION_REPAIR,
};
#define EXCEPTION_ACTIONS 7

/* What a line says. Strings are owned, NULL where the action has none; clear with
 * exception_entry_clear(). */
struct exception_entry {
	uint64_t line;
	int64_t time;
	enum exception_action action;
	char *id; /* NULL: repair, and a request that has none yet */
	uint32_t uid;
	char *user;
	char *from, *to, *service, *clauses;
	int64_t start, end;
	bool emergency;
	char *text; /* reason, override or report */
	uint64_t bytes;
	uint8_t previous[EXCEPTION_DIGEST];
};

enum exception_state {
	EXCEPTION_REQUESTED,
	EXCEPTION_GRANTED,
	EXCEPTION_REFUSED,
	EXCEPTION_EMERGENCY,
	EXCEPTION_REVOKED,
	EXCEPTION_EXPIRED,
};

/* One step that an exception has taken. */
struct exception_step {
	uint64_t line; /* 0: not taken */
	int64_t time;
	uint32_t uid;
	char *user, *text; /* owned */
};

struct exception {
	struct exception_entry request;
	enum exception_state state;	/* by the lines alone */
	struct exception_step decided;	/* approved or refused */
	struct exception_step ended;	/* revoked or expired */
	struct exception_step reported; /* of an emergency */
};

struct exception_register {
	struct exception *items; /* in the order of their requests */
	size_t count, room;
	struct strmap ids; /* of items */
	uint64_t lines;
	int64_t time;			  /* of the last line */
	uint8_t digest[EXCEPTION_DIGEST]; /* what the next line's "previous" is */
};

/* An empty one. */
void exception_register_init(struct exception_register *reg);
void exception_register_clear(struct exception_register *reg);
/* NULL when there is none of that id. */
const struct exception *exception_find(const struct exception_register *reg, const char *id);

/* What was found in a text. */
struct exception_reading {
	size_t valid;	      /* bytes up to the last newline */
	size_t torn;	      /* bytes after it */
	uint64_t broken_line; /* 0: none */
	char broken[256];     /* why that line is not valid, untranslated */
};
/* Read a whole register into reg, which is empty. 0; -EBADMSG: broken, ret_reading says where;
 * -ENOMEM. */
int exception_register_read(struct exception_register *reg, const char *text, size_t length,
	struct exception_reading *ret_reading);

/* ---- what may be done ---- */

struct exception_limits {
	int64_t longest;   /* seconds from start to end of an ordinary one */
	int64_t emergency; /* of an emergency */
	/* Do both ask for some of the same connections? The same may be written in many ways, and
	 * only a policy knows. NULL: when all their words are the same. */
	bool (*meet)(const struct exception_entry *a, const struct exception_entry *b, void *data);
	void *data;
};

enum exception_error {
	EXCEPTION_OK,
	EXCEPTION_ERROR_MISSING, /* what: the key */
	EXCEPTION_ERROR_TEXT,	 /* what: the key; not printable UTF-8, or a line break */
	EXCEPTION_ERROR_LONG,	 /* what: the key; number: bytes allowed */
	EXCEPTION_ERROR_CLAUSES, /* an empty one between commas */
	EXCEPTION_ERROR_ENDLESS,
	EXCEPTION_ERROR_REVERSED, /* it ends when it begins, or earlier */
	EXCEPTION_ERROR_PAST,	  /* its end is past */
	EXCEPTION_ERROR_BACKDATED,
	EXCEPTION_ERROR_TOO_LONG,	 /* number: seconds allowed */
	EXCEPTION_ERROR_EMERGENCY_LONG,	 /* number: seconds allowed */
	EXCEPTION_ERROR_EMERGENCY_LATER, /* an emergency that does not begin now */
	EXCEPTION_ERROR_UNREPORTED,	 /* id: an emergency on the same path whose report is due */
	EXCEPTION_ERROR_DUPLICATE,	 /* id: it asks for the same */
	EXCEPTION_ERROR_OVERLAP,	 /* id: the same path, at times of this one */
	EXCEPTION_ERROR_UNKNOWN,	 /* id: there is none */
	EXCEPTION_ERROR_SELF,		 /* id: the applicant approves without an override */
	EXCEPTION_ERROR_OVERRIDE,	 /* id: an override by another person than the applicant */
	EXCEPTION_ERROR_STATE,		 /* id, state: of which the action cannot be */
	EXCEPTION_ERROR_NO_REPORT,	 /* id: no emergency, no report is due */
	EXCEPTION_ERROR_REPORTED,	 /* id: it was entered already */
	EXCEPTION_ERROR_NOT_ENDED,	 /* id: it has not come to its end */
	EXCEPTION_ERROR_FULL,		 /* number: lines allowed */
};
#define EXCEPTION_ERRORS 23

/* Why not. All of it is plain data, so that it can be put into words where they are read. */
struct exception_refusal {
	enum exception_error error;
	char id[EXCEPTION_ID_MAX];
	char what[16];
	int64_t number;
	enum exception_action action;
	enum exception_state state;
};

/* Give an entry, whose time is the clock's, what follows from the register: line, previous, id of a
 * request, a time that does not go back; and a request that has no start (0) that time as its
 * start. 0, or -ENOMEM. */
int exception_prepare(const struct exception_register *reg, struct exception_entry *entry);
/*
 * May what was prepared be done, at entry->time? limits is NULL for lines that were
 * written already: then lengths and overlaps, which the configuration decides, are not looked at.
 * 0, or -EINVAL with *ret_refusal.
 */
int exception_check(const struct exception_register *reg, const struct exception_entry *entry,
	const struct exception_limits *limits, struct exception_refusal *ret_refusal);
/* The same word in every language, for records: "self-approved". */
const char *exception_error_name(enum exception_error error);
/* In the reader's language: the cause, and what would mend it, or "". Each has size bytes. */
void exception_refusal_text(
	const struct exception_refusal *refusal, char *cause, char *fix, size_t size);

/* Take an entry, checked and prepared, into the register with the line that it was written as.
 * 0; -ENOMEM, or -EINVAL for what exception_check() refuses as unknown: the register is as it
 * was. */
int exception_add(struct exception_register *reg, const struct exception_entry *entry,
	const char *line, size_t length);

/* ---- what is ---- */

/* The state at a time: one whose end has come is expired, whether a line says so or not. */
enum exception_state exception_state_at(const struct exception *exception, int64_t now);
/* Is it granted, or an emergency, and now between its start and its end? */
bool exception_in_force(const struct exception *exception, int64_t now);
bool exception_report_due(const struct exception *exception); /* 報告未了 */
/* Has its end come, and no line says so yet? */
bool exception_is_over(const struct exception *exception, int64_t now);

const char *exception_state_name(enum exception_state state);	 /* "requested" */
const char *exception_action_name(enum exception_action action); /* "request" */

/* ---- lines ---- */

/* Append the line of an entry, with its newline. A failure stays in json->failed. */
void exception_line_write(struct json *json, const struct exception_entry *entry);
/* Read a line with its newline. 0; -EINVAL: it is not what exception_line_write() writes;
 * -ENOMEM. The caller clears the entry either way. */
int exception_line_read(const char *line, size_t length, struct exception_entry *ret_entry);
void exception_entry_clear(struct exception_entry *entry);
/* One exception as a flat JSON object, its state at a time among the members. suspended: why its
 * path cannot be had now, or NULL. */
void exception_write(
	struct json *json, const struct exception *exception, int64_t now, const char *suspended);

/* Seconds since 1970 as RFC 3339 in UTC, and back: 0, or -EINVAL. Years 1970 to 9999. */
void exception_time_format(int64_t time, char text[EXCEPTION_TIME_MAX]);
int exception_time_parse(const char *text, int64_t *ret_time);

#endif
