/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of our own programs, read strictly and in the order in which they write it: who reads says
 * what must come next, and the first thing that is otherwise ends the reading, with its place. No
 * tree is built, nothing is looked at twice, so that a file of any size is read in the memory of
 * what is made of it.
 *
 * Every function returns false from the first error on; what it should have returned is then not
 * set.
 */
#ifndef HEDATE_JSONPULL_H
#define HEDATE_JSONPULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONPULL_DEPTH_MAX 64

struct jsonpull {
	const char *text; /* borrowed */
	size_t length, at;
	unsigned int depth;
	bool begun;   /* the object or array that was opened last has no member yet */
	char *string; /* of the key or string that was read last; owned; a NUL follows */
	size_t string_length, string_room;
	int error;	   /* -EINVAL: see below; -ENOMEM */
	const char *cause; /* a sentence, marked for translation */
	const char *about; /* the member's name that it is about, or NULL */
	size_t error_at;
};

void jsonpull_init(struct jsonpull *pull, const char *text, size_t length);
void jsonpull_clear(struct jsonpull *pull);
/* Where the error is; both from 1, columns in bytes. */
void jsonpull_where(const struct jsonpull *pull, unsigned int *ret_line, unsigned int *ret_column);

/* What the reader finds wrong itself, with the value that was read last. cause is a sentence that
 * lasts, about a name that lasts, or NULL. Returns false. */
bool jsonpull_refuse(struct jsonpull *pull, const char *cause, const char *about);
bool jsonpull_no_memory(struct jsonpull *pull);

bool jsonpull_object(struct jsonpull *pull); /* it begins */
/* The next member of it, of any name, which is in string until the next call; false without an
 * error: it has ended. */
bool jsonpull_any_member(struct jsonpull *pull);
/* The next member has this name (which lasts). */
bool jsonpull_member(struct jsonpull *pull, const char *name);
bool jsonpull_object_end(struct jsonpull *pull);
bool jsonpull_array(struct jsonpull *pull); /* it begins */
/* Another element follows; false without an error: it has ended. */
bool jsonpull_element(struct jsonpull *pull);

/* What the next value begins with: '{', '[', '"', 'n', 't', 'f', or a digit; 0 at the end. */
char jsonpull_peek(struct jsonpull *pull);
bool jsonpull_string(struct jsonpull *pull); /* into string; U+0000 is an error */
/* Whole numbers without sign, fraction or exponent; or with a sign. */
bool jsonpull_unsigned(struct jsonpull *pull, uint64_t max, uint64_t *ret_number);
bool jsonpull_signed(struct jsonpull *pull, int64_t min, int64_t max, int64_t *ret_number);
bool jsonpull_bool(struct jsonpull *pull, bool *ret_value);
bool jsonpull_null(struct jsonpull *pull);
/* A string of hexadecimal digits, which becomes the bytes that they stand for, in string. */
bool jsonpull_hex(struct jsonpull *pull);
/* Nothing but white space is left. */
bool jsonpull_end(struct jsonpull *pull);

#endif
