/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "width.h"

#define ALL_BYTES UINT64_C(0x0101010101010101)

void json_init(struct json *json)
{
	memset(json, 0, sizeof(*json));
}

void json_clear(struct json *json)
{
	free(json->text);
	json_init(json);
}

void json_reset(struct json *json)
{
	json->length = 0;
	json->failed = false;
	json->comma = false;
	if (json->text)
		json->text[0] = '\0';
}

static bool grow(struct json *json, size_t length)
{
	char *text = json->failed
			     ? NULL
			     : array_reserve_text(json->text, json->length, length, &json->room);

	if (text)
		json->text = text;
	else
		json->failed = true;
	return text != NULL;
}

/* Room for length more bytes and the NUL. */
static inline bool reserve(struct json *json, size_t length)
{
	return (length < json->room - json->length && !json->failed) || grow(json, length);
}

static void append(struct json *json, const char *bytes, size_t length)
{
	if (!reserve(json, length))
		return;
	memcpy(json->text + json->length, bytes, length);
	json->length += length;
	json->text[json->length] = '\0';
}

static inline void append_char(struct json *json, char byte)
{
	if (!reserve(json, 1))
		return;
	json->text[json->length++] = byte;
	json->text[json->length] = '\0';
}

/* Before a value or a key: the comma that the one before it left to us. */
static void separate(struct json *json)
{
	if (json->comma)
		append_char(json, ',');
	json->comma = true;
}

static void begin(struct json *json, char bracket)
{
	separate(json);
	append_char(json, bracket);
	json->comma = false;
}

static void end(struct json *json, char bracket)
{
	append_char(json, bracket);
	json->comma = true;
}

void json_object_begin(struct json *json)
{
	begin(json, '{');
}

void json_object_end(struct json *json)
{
	end(json, '}');
}

void json_array_begin(struct json *json)
{
	begin(json, '[');
}

void json_array_end(struct json *json)
{
	end(json, ']');
}

static void append_escaped(struct json *json, uint32_t character)
{
	char text[16];
	int length;
	switch (character) {
	case '"':
	case '\\':
		length = snprintf(text, sizeof(text), "\\%c", (int)character);
		break;
	case '\n':
		length = snprintf(text, sizeof(text), "\\n");
		break;
	case '\t':
		length = snprintf(text, sizeof(text), "\\t");
		break;
	default:
		if (character < 0x10000)
			length = snprintf(text, sizeof(text), "\\u%04" PRIx32, character);
		else
			length = snprintf(text, sizeof(text), "\\u%04" PRIx32 "\\u%04" PRIx32,
				0xd800 + ((character - 0x10000) >> 10),
				0xdc00 + ((character - 0x10000) & 0x3ff));
		break;
	}
	append(json, text, (size_t)length);
}

static bool is_plain(char byte)
{
	return byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Is there any byte in word that is less than limit (at most 128), or not ASCII? */
static uint64_t any_below(uint64_t word, uint8_t limit)
{
	return (word - ALL_BYTES * limit) & (ALL_BYTES << 7);
}

/* Eight bytes at a time; a word that has others is looked at byte by byte. */
static bool word_plain(const char *text)
{
	uint64_t word;
	memcpy(&word, text, sizeof(word));
	uint64_t others = word & (ALL_BYTES << 7);
	others |= any_below(word, ' ') | any_below(word ^ ALL_BYTES * '"', 1);
	others |= any_below(word ^ ALL_BYTES * '\\', 1) | any_below(word ^ ALL_BYTES * 0x7f, 1);
	return !others;
}

/* How many bytes from the start can be copied as they stand: plain ASCII, by far the most. */
static size_t plain_length(const char *text, size_t length)
{
	size_t i = 0;
	while (length - i >= sizeof(uint64_t) && word_plain(text + i))
		i += sizeof(uint64_t);
	while (i < length && is_plain(text[i]))
		i++;
	return i;
}

/* What nearly every text is. */
static bool append_plain(struct json *json, const char *text, size_t length)
{
	if (plain_length(text, length) < length || !reserve(json, length + 2))
		return false;
	char *place = json->text + json->length;
	place[0] = '"';
	memcpy(place + 1, text, length);
	place[length + 1] = '"';
	place[length + 2] = '\0';
	json->length += length + 2;
	return true;
}

static void append_quoted(struct json *json, const char *text, size_t length)
{
	if (append_plain(json, text, length))
		return;
	append_char(json, '"');
	while (length > 0 && !json->failed) {
		size_t taken = plain_length(text, length);
		append(json, text, taken);
		text += taken;
		length -= taken;
		if (length == 0)
			break;
		uint32_t character;
		taken = width_decode(text, length, &character);
		if (character == WIDTH_REPLACEMENT)
			append(json, "\xef\xbf\xbd", 3);
		else if (character == '"' || character == '\\' || !width_printable(character))
			append_escaped(json, character);
		else
			append(json, text, taken);
		text += taken;
		length -= taken;
	}
	append_char(json, '"');
}

void json_key(struct json *json, const char *key)
{
	separate(json);
	append_quoted(json, key, strlen(key));
	append_char(json, ':');
	json->comma = false;
}

void json_member(struct json *json, const char *member, size_t length)
{
	separate(json);
	append(json, member, length);
	json->comma = false;
}

void json_string_n(struct json *json, const char *value, size_t length)
{
	separate(json);
	append_quoted(json, value, length);
}

void json_string(struct json *json, const char *value)
{
	json_string_n(json, value, strlen(value));
}

static void append_digits(struct json *json, uint64_t value)
{
	char digits[20];
	size_t first = sizeof(digits);
	do
		digits[--first] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	append(json, digits + first, sizeof(digits) - first);
}

void json_unsigned(struct json *json, uint64_t value)
{
	separate(json);
	append_digits(json, value);
}

void json_signed(struct json *json, int64_t value)
{
	separate(json);
	if (value < 0)
		append_char(json, '-');
	append_digits(json, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void literal(struct json *json, const char *text)
{
	separate(json);
	append(json, text, strlen(text));
}

void json_number(struct json *json, const char *digits)
{
	literal(json, digits);
}

void json_bool(struct json *json, bool value)
{
	literal(json, value ? "true" : "false");
}

void json_null(struct json *json)
{
	literal(json, "null");
}

void json_put_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	if (text)
		json_string(json, text);
	else
		json_null(json);
}

void json_newline(struct json *json)
{
	append_char(json, '\n');
	json->comma = false;
}
