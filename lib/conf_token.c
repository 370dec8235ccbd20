/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_token.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "i18n.h"

#define DIGITS_MAX 18 /* bytes of a number: no more fits 64 bits */

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '*';
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* A byte of a key or number. A word is taken as long as it goes, so that "10.1.2.3" without quotes
 * is one mistake and not four. */
static bool is_word(char byte)
{
	return is_letter(byte) || is_digit(byte) || byte == '_' || byte == '-' || byte == '+' ||
	       byte == '.' || byte == '/';
}

static bool starts_with(const struct conf_lexer *lexer, const char *prefix)
{
	size_t length = strlen(prefix);

	return lexer->text->length - lexer->offset >= length &&
	       memcmp(lexer->text->bytes + lexer->offset, prefix, length) == 0;
}

static void skip_line(struct conf_lexer *lexer)
{
	while (lexer->offset < lexer->text->length && lexer->text->bytes[lexer->offset] != '\n')
		lexer->offset++;
}

static int skip_comment(struct conf_lexer *lexer)
{
	const char *bytes = lexer->text->bytes;
	const char *end =
		memmem(bytes + lexer->offset + 2, lexer->text->length - lexer->offset - 2, "*/", 2);

	if (end == NULL) {
		CONF_LEXER_ERROR(lexer, lexer->offset, _("end it with \"*/\""),
			_("the comment does not end"));
		return -EINVAL;
	}
	lexer->offset = (size_t)(end - bytes) + 2;
	return 0;
}

/* To the next byte that is neither blank nor in a comment. */
static int skip_blanks(struct conf_lexer *lexer)
{
	while (lexer->offset < lexer->text->length) {
		char byte = lexer->text->bytes[lexer->offset];

		if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
			lexer->offset++;
		else if (byte == '#' || (byte == '/' && starts_with(lexer, "//")))
			skip_line(lexer);
		else if (byte != '/' || !starts_with(lexer, "/*"))
			return 0;
		else if (skip_comment(lexer) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_string(struct conf_lexer *lexer, struct conf_token *token)
{
	const char *bytes = lexer->text->bytes;
	size_t i = lexer->offset + 1;

	while (i < lexer->text->length && bytes[i] != '"' && bytes[i] != '\n') {
		bool escape = bytes[i] == '\\' && i + 1 < lexer->text->length;

		if (escape && i + 4 <= lexer->text->length &&
			strncasecmp(bytes + i, "\\x00", 4) == 0) {
			CONF_LEXER_ERROR(lexer, i, _("remove it"), _("a string cannot hold \\x00"));
			return -EINVAL;
		}
		i += escape && (bytes[i + 1] == '"' || bytes[i + 1] == '\\') ? 2 : 1;
	}
	if (i >= lexer->text->length || bytes[i] != '"') {
		CONF_LEXER_ERROR(lexer, lexer->offset, _("end it with '\"' on the same line"),
			_("the string does not end"));
		return -EINVAL;
	}
	*token = (struct conf_token){ TOKEN_STRING, lexer->offset, i + 1 - lexer->offset };
	return 0;
}

/* Decimal or hexadecimal, with or without the "L" of 64 bits: what libconfig takes. */
static bool is_integer(const char *text, size_t length)
{
	size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
	bool hexadecimal = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	size_t first;

	if (hexadecimal)
		i = 2;
	first = i;
	while (i < length &&
		(is_digit(text[i]) || (hexadecimal && text[i] != '\0' &&
					      strchr("abcdefABCDEF", text[i]) != NULL)))
		i++;
	if (i == first)
		return false;
	for (int suffix = 0; suffix < 2 && i < length && text[i] == 'L'; suffix++)
		i++;
	return i == length;
}

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_letter(text[i]) &&
			(i == 0 || (!is_digit(text[i]) && text[i] != '_' && text[i] != '-')))
			return false;
	return true;
}

/* "443.5": quotes would not mend it. */
static bool is_fraction(const char *text, size_t length)
{
	size_t digits = 0, points = 0;

	for (size_t i = 0; i < length; i++) {
		digits += is_digit(text[i]);
		points += text[i] == '.';
	}
	return points == 1 && digits == length - 1;
}

int conf_refuse_word(struct conf_lexer *lexer, const struct conf_token *token)
{
	const char *text = lexer->text->bytes + token->offset;
	int length = token->length > CONF_WORD_SHOWN ? CONF_WORD_SHOWN : (int)token->length;
	char fix[CONF_WORD_SHOWN + 64];

	snprintf(fix, sizeof(fix), _("text is written in quotes: \"%.*s\""), length, text);
	CONF_LEXER_ERROR(lexer, token->offset, is_fraction(text, token->length) ? NULL : fix,
		token->kind == TOKEN_NAME ? _("expected a value, found %.*s")
					  : _("%.*s is neither a key nor a whole number"),
		length, text);
	return -EINVAL;
}

static int read_word(struct conf_lexer *lexer, struct conf_token *token)
{
	const char *text = lexer->text->bytes + lexer->offset;
	size_t length = conf_word_length(lexer->text, lexer->offset);
	*token = (struct conf_token){ TOKEN_NAME, lexer->offset, length };
	if (is_name(text, length))
		return 0;
	token->kind = TOKEN_NUMBER;
	if (!is_integer(text, length))
		return conf_refuse_word(lexer, token);
	if (length > DIGITS_MAX) {
		CONF_LEXER_ERROR(lexer, lexer->offset, NULL, _("the number is too large"));
		return -EINVAL;
	}
	return 0;
}

static int read_stray(struct conf_lexer *lexer)
{
	const char *at = lexer->text->bytes + lexer->offset;
	unsigned char byte = (unsigned char)at[0];

	if (starts_with(lexer, "@include"))
		CONF_LEXER_ERROR(lexer, lexer->offset, _("put everything into one file"),
			_("@include is not allowed: a policy is one file, known by one digest"));
	else if (byte >= 0x80)
		CONF_LEXER_ERROR(lexer, lexer->offset,
			_("text is written in quotes, comments begin with '#'"),
			_("text outside quotes"));
	else
		CONF_LEXER_ERROR(lexer, lexer->offset, byte == '\'' ? _("use '\"'") : NULL,
			_("unexpected character %c"), byte);
	return -EINVAL;
}

int conf_next_token(struct conf_lexer *lexer, struct conf_token *token)
{
	/* Marks of one byte; all others are TOKEN_END. */
	static const enum conf_token_kind marks[UCHAR_MAX + 1] = {
		['='] = TOKEN_EQUALS,
		[':'] = TOKEN_EQUALS,
		[','] = TOKEN_COMMA,
		[';'] = TOKEN_SEMICOLON,
		['{'] = TOKEN_OPEN,
		['('] = TOKEN_OPEN,
		['['] = TOKEN_OPEN,
		['}'] = TOKEN_CLOSE,
		[')'] = TOKEN_CLOSE,
		[']'] = TOKEN_CLOSE,
	};
	enum conf_token_kind mark;
	int error = skip_blanks(lexer);
	char byte;

	if (error < 0)
		return error;
	*token = (struct conf_token){ TOKEN_END, lexer->offset, 0 };
	if (lexer->offset == lexer->text->length)
		return 0;
	byte = lexer->text->bytes[lexer->offset];
	mark = marks[(unsigned char)byte];
	if (byte == '"')
		error = read_string(lexer, token);
	else if (mark != TOKEN_END)
		*token = (struct conf_token){ mark, lexer->offset, 1 };
	else if (is_word(byte))
		error = read_word(lexer, token);
	else
		error = read_stray(lexer);
	lexer->offset += token->length;
	return error;
}

size_t conf_word_length(const struct conf_text *text, size_t offset)
{
	size_t end = offset;

	for (; end < text->length && is_word(text->bytes[end]); end++)
		if (text->bytes[end] == '/' && end + 1 < text->length &&
			(text->bytes[end + 1] == '/' || text->bytes[end + 1] == '*'))
			break;
	return end - offset;
}
