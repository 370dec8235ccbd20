/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: a writer into a growing buffer (json.c), and a reader of one flat object, the log's lines
 * (json_read.c). RFC 8259.
 *
 * Whatever is written stays one line of valid UTF-8 that can be shown on a terminal: what is not
 * UTF-8 becomes U+FFFD, and what width_printable() refuses (controls, line separators, characters
 * that reorder or hide text) is escaped.
 */
#ifndef HEDATE_JSON_H
#define HEDATE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *text; /* owned; NUL-terminated once something was written */
	size_t length, room;
	bool failed; /* an allocation failed; nothing more is written */
	bool comma;  /* internal: the next value needs a comma first */
};

void json_init(struct json *json);
void json_clear(struct json *json); /* frees */
void json_reset(struct json *json); /* empties, keeps the memory */
void json_object_begin(struct json *json);
void json_object_end(struct json *json);
void json_array_begin(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);
/* A key as it stands in the text, with quotes and colon, none of whose bytes needs an escape. */
void json_member(struct json *json, const char *member, size_t length);
void json_string(struct json *json, const char *value);
void json_string_n(struct json *json, const char *value, size_t length);
void json_unsigned(struct json *json, uint64_t value);
void json_signed(struct json *json, int64_t value);
/* Digits as they stand: those of a JSON_NUMBER that was read. */
void json_number(struct json *json, const char *digits);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
/* A member of the object: a string, or null for NULL. */
void json_put_text(struct json *json, const char *key, const char *text);
void json_newline(struct json *json); /* ends a JSON Lines record */

/* A member of a flat object. Keys and strings are unescaped in place, so text is valid only during
 * the call; U+0000 and lone surrogates become U+FFFD. */
enum json_type {
	JSON_STRING,
	JSON_NUMBER, /* text holds its digits */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_NESTED, /* an object or array, text holds it as it stands */
};
struct json_member {
	const char *key;
	const char *text;
	enum json_type type;
};
typedef int (*json_member_function)(const struct json_member *member, void *data);

#define JSON_DEPTH_MAX 32 /* of arrays and objects in one another */

/* Call function for each member of the object in text (changed in place), in their order. White
 * space may surround the object, a newline too. 0; -EINVAL for what is not one valid object (some
 * members may have been handed out before that was found); or what function returned if negative,
 * at once. */
int json_read_object(char *text, size_t length, json_member_function function, void *data);
/* The same of a text that stays as it is. Also -ENOMEM. */
int json_read_copy(const char *text, size_t length, json_member_function function, void *data);
/* For lines that are read strictly: is this text what was written of what was read of it? Frees
 * what was written. 0; -EINVAL: it is another one; -ENOMEM: it could not be written. */
int json_compare(struct json *written, const char *text, size_t length);

#endif
