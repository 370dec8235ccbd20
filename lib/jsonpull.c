/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonpull.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "i18n.h"
#include "width.h"

void jsonpull_init(struct jsonpull *pull, const char *text, size_t length)
{
	*pull = (struct jsonpull){ .text = text, .length = length };
}

void jsonpull_clear(struct jsonpull *pull)
{
	free(pull->string);
	*pull = (struct jsonpull){ 0 };
}

void jsonpull_where(const struct jsonpull *pull, unsigned int *ret_line, unsigned int *ret_column)
{
	unsigned int line = 1, column = 1;

	for (size_t i = 0; i < pull->error_at && i < pull->length; i++) {
		column++;
		if (pull->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

/* Errors --------------------------------------------------------------------------------------- */

static bool fail(struct jsonpull *pull, size_t at, const char *cause, const char *about)
{
	if (!pull->error) {
		pull->error = -EINVAL;
		pull->cause = cause;
		pull->about = about;
		pull->error_at = at;
	}
	return false;
}

bool jsonpull_refuse(struct jsonpull *pull, const char *cause, const char *about)
{
	return fail(pull, pull->at, cause, about);
}

bool jsonpull_no_memory(struct jsonpull *pull)
{
	(void)fail(pull, pull->at, N_("there is not enough memory"), NULL);
	if (pull->error == -EINVAL)
		pull->error = -ENOMEM;
	return false;
}

/* Characters ----------------------------------------------------------------------------------- */

static void skip_space(struct jsonpull *pull)
{
	while (pull->at < pull->length && memchr(" \t\r\n", pull->text[pull->at], 4))
		pull->at++;
}

char jsonpull_peek(struct jsonpull *pull)
{
	if (pull->error)
		return '\0';
	skip_space(pull);
	return pull->at < pull->length ? pull->text[pull->at] : '\0';
}

static bool take(struct jsonpull *pull, char wanted)
{
	if (jsonpull_peek(pull) != wanted || pull->at == pull->length)
		return false;
	pull->at++;
	return true;
}

static bool take_word(struct jsonpull *pull, const char *word)
{
	size_t length = strlen(word);

	skip_space(pull);
	if (pull->error || pull->length - pull->at < length ||
		memcmp(pull->text + pull->at, word, length) != 0)
		return false;
	pull->at += length;
	return true;
}

/* Strings -------------------------------------------------------------------------------------- */

static bool put(struct jsonpull *pull, const char *bytes, size_t length)
{
	char *grown =
		array_reserve_text(pull->string, pull->string_length, length, &pull->string_room);

	if (!grown)
		return jsonpull_no_memory(pull);
	pull->string = grown;
	memcpy(pull->string + pull->string_length, bytes, length);
	pull->string_length += length;
	pull->string[pull->string_length] = '\0';
	return true;
}

static bool put_character(struct jsonpull *pull, uint32_t character)
{
	unsigned char utf8[4];
	size_t length = 0;

	if (character < 0x80) {
		utf8[length++] = (unsigned char)character;
	} else if (character < 0x800) {
		utf8[length++] = (unsigned char)(0xc0 | character >> 6);
	} else if (character < 0x10000) {
		utf8[length++] = (unsigned char)(0xe0 | character >> 12);
		utf8[length++] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
	} else {
		utf8[length++] = (unsigned char)(0xf0 | character >> 18);
		utf8[length++] = (unsigned char)(0x80 | (character >> 12 & 0x3f));
		utf8[length++] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
	}
	if (character >= 0x80)
		utf8[length++] = (unsigned char)(0x80 | (character & 0x3f));
	return put(pull, (const char *)utf8, length);
}

static int digit_of(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

/* Four digits behind "\u"; UINT32_MAX: there are none. */
static uint32_t take_hex4(struct jsonpull *pull)
{
	uint32_t value = 0;

	if (pull->length - pull->at < 4)
		return UINT32_MAX;
	for (unsigned int i = 0; i < 4; i++) {
		int digit = digit_of(pull->text[pull->at + i]);

		if (digit < 0)
			return UINT32_MAX;
		value = value << 4 | (uint32_t)digit;
	}
	pull->at += 4;
	return value;
}

/* A character by its number: one escape, or the two of a surrogate pair. */
static bool take_unicode(struct jsonpull *pull)
{
	uint32_t high = take_hex4(pull);

	if (high >= 0xd800 && high <= 0xdbff) {
		if (pull->length - pull->at < 2 || memcmp(pull->text + pull->at, "\\u", 2) != 0)
			return fail(pull, pull->at, N_("half a character"), NULL);
		pull->at += 2;
		uint32_t low = take_hex4(pull);

		if (low < 0xdc00 || low > 0xdfff)
			return fail(pull, pull->at, N_("half a character"), NULL);
		return put_character(pull, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
	}
	if (high == 0 || (high >= 0xdc00 && high <= 0xdfff) || high == UINT32_MAX)
		return fail(pull, pull->at, N_("this is no character of a text"), NULL);
	return put_character(pull, high);
}

static bool take_escape(struct jsonpull *pull)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char name = pull->at < pull->length ? pull->text[pull->at] : '\0';
	const char *found = name ? strchr(names, name) : NULL;

	if (name == 'u') {
		pull->at++;
		return take_unicode(pull);
	}
	if (!found)
		return fail(pull, pull->at, N_("there is no such escape"), NULL);
	pull->at++;
	return put(pull, &values[found - names], 1);
}

/* What stands for itself. */
static bool take_plain(struct jsonpull *pull)
{
	const char *from = pull->text + pull->at;
	size_t left = pull->length - pull->at, length = 0;
	uint32_t character;

	while (length < left && from[length] >= ' ' && from[length] < 0x7f && from[length] != '"' &&
		from[length] != '\\')
		length++;
	if (length == 0) {
		length = width_decode(from, left, &character);
		if (character < ' ' || (character == WIDTH_REPLACEMENT && length == 1))
			return fail(pull, pull->at, N_("this is no character of a text"), NULL);
	}
	pull->at += length;
	return put(pull, from, length);
}

bool jsonpull_string(struct jsonpull *pull)
{
	pull->string_length = 0;
	if (!take(pull, '"'))
		return jsonpull_refuse(pull, N_("a text must stand here"), NULL);
	if (!put(pull, "", 0))
		return false;
	while (pull->at < pull->length && pull->text[pull->at] != '"') {
		bool escape = pull->text[pull->at] == '\\';

		pull->at += escape;
		if (!(escape ? take_escape(pull) : take_plain(pull)))
			return false;
	}
	return take(pull, '"') || jsonpull_refuse(pull, N_("a text does not end"), NULL);
}

bool jsonpull_hex(struct jsonpull *pull)
{
	size_t at = pull->at;

	if (!jsonpull_string(pull))
		return false;
	if (pull->string_length % 2)
		return fail(pull, at, N_("the digits are not even in number"), NULL);
	for (size_t i = 0; i < pull->string_length; i += 2) {
		int high = digit_of(pull->string[i]), low = digit_of(pull->string[i + 1]);

		if (high < 0 || low < 0)
			return fail(pull, at, N_("these are no hexadecimal digits"), NULL);
		pull->string[i / 2] = (char)(high << 4 | low);
	}
	pull->string_length /= 2;
	pull->string[pull->string_length] = '\0';
	return true;
}

/* Objects and arrays --------------------------------------------------------------------------- */

static bool begin(struct jsonpull *pull, char bracket, const char *cause)
{
	if (!take(pull, bracket))
		return jsonpull_refuse(pull, cause, NULL);
	if (++pull->depth > JSONPULL_DEPTH_MAX)
		return jsonpull_refuse(pull, N_("this is nested too deeply"), NULL);
	pull->begun = true;
	return true;
}

static bool end(struct jsonpull *pull)
{
	pull->depth--;
	pull->begun = false;
	return false;
}

bool jsonpull_object(struct jsonpull *pull)
{
	return begin(pull, '{', N_("an object must stand here"));
}

bool jsonpull_array(struct jsonpull *pull)
{
	return begin(pull, '[', N_("an array must stand here"));
}

/* Does another one follow? At the closing bracket it has ended. */
static bool follows(struct jsonpull *pull, char bracket)
{
	bool first = pull->begun;

	pull->begun = false;
	if (pull->error)
		return false;
	if (take(pull, bracket))
		return end(pull);
	return first || take(pull, ',') ||
	       jsonpull_refuse(pull, N_("neither another one nor the end follows"), NULL);
}

bool jsonpull_element(struct jsonpull *pull)
{
	return follows(pull, ']');
}

bool jsonpull_any_member(struct jsonpull *pull)
{
	if (!follows(pull, '}') || !jsonpull_string(pull))
		return false;
	return take(pull, ':') || jsonpull_refuse(pull, N_("a colon must stand here"), NULL);
}

bool jsonpull_member(struct jsonpull *pull, const char *name)
{
	size_t at = pull->at;

	if (!jsonpull_any_member(pull))
		return fail(pull, at, N_("a member is missing"), name);
	return strcmp(pull->string, name) == 0 ||
	       fail(pull, at, N_("another member must stand here"), name);
}

bool jsonpull_object_end(struct jsonpull *pull)
{
	size_t at = pull->at;

	if (!jsonpull_any_member(pull))
		return !pull->error;
	return fail(pull, at, N_("this member is not known"), NULL);
}

/* Values --------------------------------------------------------------------------------------- */

bool jsonpull_unsigned(struct jsonpull *pull, uint64_t max, uint64_t *ret_number)
{
	char first = jsonpull_peek(pull);
	size_t at = pull->at;
	uint64_t number = 0;

	if (first < '0' || first > '9')
		return jsonpull_refuse(pull, N_("a whole number must stand here"), NULL);
	for (; pull->at < pull->length; pull->at++) {
		int digit = digit_of(pull->text[pull->at]);

		if (digit < 0 || digit > 9)
			break;
		if ((uint64_t)digit > max || number > (max - (uint64_t)digit) / 10)
			return fail(pull, at, N_("this number is too big"), NULL);
		number = 10 * number + (uint64_t)digit;
	}
	if ((first == '0' && pull->at > at + 1) ||
		(pull->at < pull->length && memchr(".eE", pull->text[pull->at], 3)))
		return fail(pull, at, N_("a whole number must stand here"), NULL);
	*ret_number = number;
	return true;
}

bool jsonpull_signed(struct jsonpull *pull, int64_t min, int64_t max, int64_t *ret_number)
{
	bool minus = take(pull, '-');
	uint64_t number;

	if (!jsonpull_unsigned(pull, minus ? (uint64_t) - (min + 1) + 1 : (uint64_t)max, &number))
		return false;
	*ret_number = minus ? (int64_t)(0 - number) : (int64_t)number;
	return true;
}

bool jsonpull_bool(struct jsonpull *pull, bool *ret_value)
{
	*ret_value = take_word(pull, "true");
	return *ret_value || take_word(pull, "false") ||
	       jsonpull_refuse(pull, N_("true or false must stand here"), NULL);
}

bool jsonpull_null(struct jsonpull *pull)
{
	return take_word(pull, "null") || jsonpull_refuse(pull, N_("null must stand here"), NULL);
}

bool jsonpull_end(struct jsonpull *pull)
{
	return !pull->error &&
	       (jsonpull_peek(pull) == '\0' && pull->at == pull->length
			       ? true
			       : jsonpull_refuse(pull, N_("nothing may follow here"), NULL));
}
