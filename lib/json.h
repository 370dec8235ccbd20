/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: a writer into a growing buffer, and a reader of one flat object (the log's lines). The
 * writer escapes so that a line is always one line of valid UTF-8: control characters, DEL,
 * U+2028, U+2029 and bytes that are not UTF-8 (as U+FFFD). RFC 8259.
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
void json_clear(struct json *json);  /* frees */
void json_reset(struct json *json);  /* empties, keeps the memory */
void json_object_begin(struct json *json);
void json_object_end(struct json *json);
void json_array_begin(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);
void json_string(struct json *json, const char *value);
void json_string_n(struct json *json, const char *value, size_t length);
void json_unsigned(struct json *json, uint64_t value);
void json_signed(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
void json_newline(struct json *json); /* ends a JSON Lines record */

/* A member of a flat object; strings are unescaped into the reader's buffer. */
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
/* Call function for each member of the object in text (changed in place). 0, -EINVAL for what is
 * not one valid object, or what function returned if negative. */
int json_read_object(char *text, size_t length, json_member_function function, void *data);

#endif
