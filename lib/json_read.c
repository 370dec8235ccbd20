/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "width.h"

/* Where we are in the text. Everything before at is read, and may be overwritten. */
struct reader {
	char *at;
	char *end;
};

static char peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool take_char(struct reader *reader, char wanted)
{
	if (reader->at == reader->end || *reader->at != wanted)
		return false;
	reader->at++;
	return true;
}

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4))
		reader->at++;
}

static bool take_word(struct reader *reader, const char *word)
{
	size_t length = strlen(word);
	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static bool take_digits(struct reader *reader)
{
	const char *first = reader->at;
	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > first;
}

static bool take_number(struct reader *reader)
{
	take_char(reader, '-');
	if (!take_char(reader, '0') && !take_digits(reader))
		return false;
	if (take_char(reader, '.') && !take_digits(reader))
		return false;
	if (take_char(reader, 'e') || take_char(reader, 'E')) {
		if (!take_char(reader, '+'))
			take_char(reader, '-');
		return take_digits(reader);
	}
	return true;
}

static bool take_hex4(struct reader *reader, uint32_t *ret_value)
{
	uint32_t value = 0;
	if (reader->end - reader->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char digit = *reader->at++;
		value <<= 4;
		if (digit >= '0' && digit <= '9')
			value |= (uint32_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			value |= (uint32_t)((digit | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret_value = value;
	return true;
}

/* What follows "\u": one escape, or the two of a surrogate pair. */
static bool take_unicode(struct reader *reader, uint32_t *ret_character)
{
	uint32_t high, low;
	if (!take_hex4(reader, &high))
		return false;
	*ret_character = high;
	if (high == 0 || (high >= 0xdc00 && high <= 0xdfff))
		*ret_character = WIDTH_REPLACEMENT;
	if (high < 0xd800 || high > 0xdbff)
		return true;
	struct reader ahead = *reader;
	*ret_character = WIDTH_REPLACEMENT;
	if (!take_word(&ahead, "\\u"))
		return true;
	if (!take_hex4(&ahead, &low))
		return false;
	if (low < 0xdc00 || low > 0xdfff)
		return true;
	*ret_character = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	*reader = ahead;
	return true;
}

/* Never longer than the escape it stands for: three bytes at most for six, four for twelve. */
static char *put_utf8(char *out, uint32_t character)
{
	if (character < 0x80) {
		*out++ = (char)character;
	} else if (character < 0x800) {
		*out++ = (char)(0xc0 | character >> 6);
		*out++ = (char)(0x80 | (character & 0x3f));
	} else if (character < 0x10000) {
		*out++ = (char)(0xe0 | character >> 12);
		*out++ = (char)(0x80 | (character >> 6 & 0x3f));
		*out++ = (char)(0x80 | (character & 0x3f));
	} else {
		*out++ = (char)(0xf0 | character >> 18);
		*out++ = (char)(0x80 | (character >> 12 & 0x3f));
		*out++ = (char)(0x80 | (character >> 6 & 0x3f));
		*out++ = (char)(0x80 | (character & 0x3f));
	}
	return out;
}

/* What follows a backslash. */
static bool take_escape(struct reader *reader, uint32_t *ret_character)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	char name = peek(reader);
	if (name == '\0')
		return false;
	reader->at++;
	if (name == 'u')
		return take_unicode(reader, ret_character);
	const char *found = strchr(names, name);
	if (!found)
		return false;
	*ret_character = (unsigned char)values[found - names];
	return true;
}

/* Past bytes that stand for themselves, up to the next that may not. Most of a log is these. */
static char *skip_plain(char *at, const char *end)
{
	static const bool special[256] = {
		[0 ... 31] = true,
		['"'] = true,
		['\\'] = true,
		[127 ... 255] = true,
	};
	while (at < end && !special[(unsigned char)*at])
		at++;
	return at;
}

/*
 * A string. With ret_text it is unescaped in place and ended with a NUL, at the latest where its
 * closing quote stood; without, the text stays as it is.
 */
static bool take_string(struct reader *reader, char **ret_text)
{
	if (!take_char(reader, '"'))
		return false;
	char *out = reader->at;
	if (ret_text)
		*ret_text = out;
	while (reader->at < reader->end && *reader->at != '"') {
		char *from = reader->at, *plain = skip_plain(from, reader->end);
		uint32_t character;
		if (plain > from) {
			if (ret_text && out != from)
				memmove(out, from, (size_t)(plain - from));
			out += plain - from;
			reader->at = plain;
			continue;
		}
		if (take_char(reader, '\\')) {
			if (!take_escape(reader, &character))
				return false;
			if (ret_text)
				out = put_utf8(out, character);
			continue;
		}
		size_t taken = width_decode(from, (size_t)(reader->end - from), &character);
		if (character < ' ' || (character == WIDTH_REPLACEMENT && taken == 1))
			return false;
		reader->at += taken;
		if (ret_text) {
			memmove(out, from, taken);
			out += taken;
		}
	}
	if (!take_char(reader, '"'))
		return false;
	if (ret_text)
		*out = '\0';
	return true;
}

static bool skip_value(struct reader *reader, unsigned int depth);

/* Past the contents of an object or array whose opening bracket is read. */
static bool skip_nested(struct reader *reader, char close, unsigned int depth)
{
	if (depth > JSON_DEPTH_MAX)
		return false;
	skip_space(reader);
	if (take_char(reader, close))
		return true;
	do {
		skip_space(reader);
		if (close == '}') {
			if (!take_string(reader, NULL))
				return false;
			skip_space(reader);
			if (!take_char(reader, ':'))
				return false;
			skip_space(reader);
		}
		if (!skip_value(reader, depth))
			return false;
		skip_space(reader);
	} while (take_char(reader, ','));
	return take_char(reader, close);
}

static bool skip_value(struct reader *reader, unsigned int depth)
{
	switch (peek(reader)) {
	case '"':
		return take_string(reader, NULL);
	case '{':
		reader->at++;
		return skip_nested(reader, '}', depth + 1);
	case '[':
		reader->at++;
		return skip_nested(reader, ']', depth + 1);
	case 't':
		return take_word(reader, "true");
	case 'f':
		return take_word(reader, "false");
	case 'n':
		return take_word(reader, "null");
	default:
		return take_number(reader);
	}
}

static enum json_type type_of(char first)
{
	switch (first) {
	case '"':
		return JSON_STRING;
	case '{':
	case '[':
		return JSON_NESTED;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

static int take_member(struct reader *reader, json_member_function function, void *data)
{
	struct json_member member;
	char *text, *value;
	if (!take_string(reader, &text))
		return -EINVAL;
	member.key = text;
	skip_space(reader);
	if (!take_char(reader, ':'))
		return -EINVAL;
	skip_space(reader);
	value = reader->at;
	member.type = type_of(peek(reader));
	if (member.type == JSON_STRING ? !take_string(reader, &value) : !skip_value(reader, 0))
		return -EINVAL;
	member.text = value;
	/* Its end is where the NUL goes for the time of the call; the object's end is still to
	 * come, so there is a byte. */
	char *end = reader->at;
	skip_space(reader);
	if (peek(reader) != ',' && peek(reader) != '}')
		return -EINVAL;
	char after = *end;
	*end = '\0';
	int r = function(&member, data);
	*end = after;
	return r < 0 ? r : 0;
}

int json_read_object(char *text, size_t length, json_member_function function, void *data)
{
	struct reader reader = { .at = text, .end = text + length };
	skip_space(&reader);
	if (!take_char(&reader, '{'))
		return -EINVAL;
	skip_space(&reader);
	if (!take_char(&reader, '}')) {
		do {
			skip_space(&reader);
			int r = take_member(&reader, function, data);
			if (r < 0)
				return r;
		} while (take_char(&reader, ','));
		if (!take_char(&reader, '}'))
			return -EINVAL;
	}
	skip_space(&reader);
	return reader.at == reader.end ? 0 : -EINVAL;
}

int json_read_copy(const char *text, size_t length, json_member_function function, void *data)
{
	char *copy = malloc(length > 0 ? length : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, length);
	int r = json_read_object(copy, length, function, data);

	free(copy);
	return r;
}

int json_compare(struct json *written, const char *text, size_t length)
{
	int r = -EINVAL;

	if (written->failed)
		r = -ENOMEM;
	else if (written->length == length && memcmp(written->text, text, length) == 0)
		r = 0;
	json_clear(written);
	return r;
}
