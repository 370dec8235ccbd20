/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_scan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "i18n.h"

#define WORD_SHOWN 64 /* bytes of a word in a message */
#define DIGITS_MAX 18 /* bytes of a number: no more fits 64 bits */

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,  /* { ( [ */
	TOKEN_CLOSE, /* } ) ] */
};

struct token {
	enum token_kind kind;
	size_t offset, length;
};

/* What may come next. */
enum state {
	STATE_KEY,    /* in a group: a key, or its end */
	STATE_EQUALS, /* after a key */
	STATE_VALUE,  /* after "=" or "," */
	STATE_FIRST,  /* in a list: a value, or its end */
	STATE_AFTER,  /* after a value */
};

/* A group or list that is open; the file itself is the first. */
struct frame {
	char close;    /* '}', ')', ']', or NUL for the file */
	size_t opened; /* offset */
	enum state state;
	enum token_kind last; /* kind of the last token: strings may follow strings */
	size_t member_count;
	uint32_t members[CONF_MEMBERS_MAX]; /* positions of its keys */
};

struct scanner {
	const struct conf_text *text;
	struct diag_list *diags;
	struct conf_scan *scan;
	size_t offset; /* of what is read next */
	struct frame frames[CONF_DEPTH_MAX + 1];
	size_t depth; /* frames[depth] is the innermost */
};

#define SCAN_ERROR(scanner, at, fix, ...)                                                          \
	diag_add((scanner)->diags, DIAG_ERROR, conf_text_loc((scanner)->text, (at)), (fix),        \
		__VA_ARGS__)

void conf_scan_clear(struct conf_scan *scan)
{
	free(scan->positions);
	*scan = (struct conf_scan){ 0 };
}

/* ---- tokens ---- */

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
	return is_letter(byte) || is_digit(byte) || (byte != '\0' && strchr("_-+./", byte) != NULL);
}

static bool is_comment(const char *text)
{
	return text[0] == '/' && (text[1] == '/' || text[1] == '*');
}

static bool starts_with(const struct scanner *scanner, const char *prefix)
{
	size_t length = strlen(prefix);

	return scanner->text->length - scanner->offset >= length &&
	       memcmp(scanner->text->bytes + scanner->offset, prefix, length) == 0;
}

static void skip_line(struct scanner *scanner)
{
	while (scanner->offset < scanner->text->length &&
		scanner->text->bytes[scanner->offset] != '\n')
		scanner->offset++;
}

static int skip_comment(struct scanner *scanner)
{
	const char *bytes = scanner->text->bytes;
	const char *end = memmem(
		bytes + scanner->offset + 2, scanner->text->length - scanner->offset - 2, "*/", 2);

	if (end == NULL) {
		SCAN_ERROR(scanner, scanner->offset, _("end it with \"*/\""),
			_("the comment does not end"));
		return -EINVAL;
	}
	scanner->offset = (size_t)(end - bytes) + 2;
	return 0;
}

/* To the next byte that is neither blank nor in a comment. */
static int skip_blanks(struct scanner *scanner)
{
	while (scanner->offset < scanner->text->length) {
		char byte = scanner->text->bytes[scanner->offset];

		if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
			scanner->offset++;
		else if (byte == '#' || starts_with(scanner, "//"))
			skip_line(scanner);
		else if (!starts_with(scanner, "/*"))
			return 0;
		else if (skip_comment(scanner) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_string(struct scanner *scanner, struct token *token)
{
	const char *bytes = scanner->text->bytes;
	size_t i = scanner->offset + 1;

	while (i < scanner->text->length && bytes[i] != '"' && bytes[i] != '\n') {
		if (bytes[i] == '\\' && strncasecmp(bytes + i, "\\x00", 4) == 0) {
			SCAN_ERROR(scanner, i, _("remove it"), _("a string cannot hold \\x00"));
			return -EINVAL;
		}
		i += bytes[i] == '\\' && (bytes[i + 1] == '"' || bytes[i + 1] == '\\') ? 2 : 1;
	}
	if (i >= scanner->text->length || bytes[i] != '"') {
		SCAN_ERROR(scanner, scanner->offset, _("end it with '\"' on the same line"),
			_("the string does not end"));
		return -EINVAL;
	}
	*token = (struct token){ TOKEN_STRING, scanner->offset, i + 1 - scanner->offset };
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

static int refuse_word(struct scanner *scanner, const struct token *token)
{
	const char *text = scanner->text->bytes + token->offset;
	int length = token->length > WORD_SHOWN ? WORD_SHOWN : (int)token->length;
	char fix[WORD_SHOWN + 64];

	snprintf(fix, sizeof(fix), _("text is written in quotes: \"%.*s\""), length, text);
	SCAN_ERROR(scanner, token->offset, is_fraction(text, token->length) ? NULL : fix,
		token->kind == TOKEN_NAME ? _("expected a value, found %.*s")
					  : _("%.*s is neither a key nor a whole number"),
		length, text);
	return -EINVAL;
}

static int read_word(struct scanner *scanner, struct token *token)
{
	const char *text = scanner->text->bytes + scanner->offset;
	size_t length = 0;

	while (is_word(text[length]) && !is_comment(text + length))
		length++;
	*token = (struct token){ TOKEN_NAME, scanner->offset, length };
	if (is_name(text, length))
		return 0;
	token->kind = TOKEN_NUMBER;
	if (!is_integer(text, length))
		return refuse_word(scanner, token);
	if (length > DIGITS_MAX) {
		SCAN_ERROR(scanner, scanner->offset, NULL, _("the number is too large"));
		return -EINVAL;
	}
	return 0;
}

static int read_stray(struct scanner *scanner)
{
	const char *at = scanner->text->bytes + scanner->offset;
	unsigned char byte = (unsigned char)at[0];

	if (starts_with(scanner, "@include"))
		SCAN_ERROR(scanner, scanner->offset, _("put everything into one file"),
			_("@include is not allowed: a policy is one file, known by one digest"));
	else if (byte >= 0x80)
		SCAN_ERROR(scanner, scanner->offset,
			_("text is written in quotes, comments begin with '#'"),
			_("text outside quotes"));
	else
		SCAN_ERROR(scanner, scanner->offset, byte == '\'' ? _("use '\"'") : NULL,
			_("unexpected character %c"), byte);
	return -EINVAL;
}

static int next_token(struct scanner *scanner, struct token *token)
{
	static const char marks[] = "=:,;{([})]";
	static const enum token_kind kinds[] = { TOKEN_EQUALS, TOKEN_EQUALS, TOKEN_COMMA,
		TOKEN_SEMICOLON, TOKEN_OPEN, TOKEN_OPEN, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_CLOSE,
		TOKEN_CLOSE };
	const char *mark;
	int error = skip_blanks(scanner);
	char byte;

	if (error < 0)
		return error;
	*token = (struct token){ TOKEN_END, scanner->offset, 0 };
	if (scanner->offset == scanner->text->length)
		return 0;
	byte = scanner->text->bytes[scanner->offset];
	mark = byte != '\0' ? strchr(marks, byte) : NULL;
	if (byte == '"')
		error = read_string(scanner, token);
	else if (mark != NULL)
		*token = (struct token){ kinds[mark - marks], scanner->offset, 1 };
	else if (is_word(byte))
		error = read_word(scanner, token);
	else
		error = read_stray(scanner);
	scanner->offset += token->length;
	return error;
}

/* ---- structure ---- */

static int add_position(struct scanner *scanner, uint32_t key, uint32_t value)
{
	struct conf_scan *scan = scanner->scan;

	if (scan->count == scan->room) {
		size_t room = scan->room == 0 ? 256 : scan->room * 2;
		struct conf_position *positions =
			realloc(scan->positions, room * sizeof(*positions));

		if (positions == NULL)
			return -ENOMEM;
		scan->positions = positions;
		scan->room = room;
	}
	scan->positions[scan->count++] = (struct conf_position){ key, value };
	return 0;
}

/* Bytes of the word at an offset, where a word is known to be. */
static size_t word_length(const struct scanner *scanner, size_t offset)
{
	size_t length = 0;

	while (is_word(scanner->text->bytes[offset + length]) &&
		!is_comment(scanner->text->bytes + offset + length))
		length++;
	return length;
}

/* A key that stands in the group already? Names are told apart by case, as libconfig does. */
static int check_repeated(
	struct scanner *scanner, const struct frame *frame, const struct token *token)
{
	const char *bytes = scanner->text->bytes;

	for (size_t i = 0; i < frame->member_count; i++) {
		size_t other = scanner->scan->positions[frame->members[i]].key;

		if (word_length(scanner, other) != token->length ||
			memcmp(bytes + other, bytes + token->offset, token->length) != 0)
			continue;
		SCAN_ERROR(scanner, token->offset, NULL,
			_("key \"%.*s\" stands in this group already, on line %u"),
			(int)token->length, bytes + token->offset,
			conf_text_loc(scanner->text, other).line);
		return -EINVAL;
	}
	return 0;
}

static bool is_boolean(const struct scanner *scanner, const struct token *token)
{
	const char *word = scanner->text->bytes + token->offset;

	return (token->length == 4 && strncasecmp(word, "true", 4) == 0) ||
	       (token->length == 5 && strncasecmp(word, "false", 5) == 0);
}

static int take_key(struct scanner *scanner, struct frame *frame, const struct token *token)
{
	if (frame->member_count == CONF_MEMBERS_MAX) {
		SCAN_ERROR(scanner, token->offset, NULL, _("more than %d keys in one group"),
			CONF_MEMBERS_MAX);
		return -EINVAL;
	}
	if (is_boolean(scanner, token)) {
		SCAN_ERROR(scanner, token->offset, NULL, _("%.*s is a value, not a key"),
			(int)token->length, scanner->text->bytes + token->offset);
		return -EINVAL;
	}
	if (check_repeated(scanner, frame, token) < 0)
		return -EINVAL;
	frame->members[frame->member_count++] = (uint32_t)scanner->scan->count;
	frame->state = STATE_EQUALS;
	return add_position(scanner, (uint32_t)token->offset, (uint32_t)token->offset);
}

static char close_of(char open)
{
	return open == '{' ? '}' : open == '(' ? ')' : ']';
}

static int open_frame(struct scanner *scanner, const struct token *token)
{
	char open = scanner->text->bytes[token->offset];
	struct frame *frame;

	if (scanner->depth == CONF_DEPTH_MAX) {
		SCAN_ERROR(scanner, token->offset, NULL,
			_("more than %d groups and lists in each other"), CONF_DEPTH_MAX);
		return -EINVAL;
	}
	frame = &scanner->frames[++scanner->depth];
	frame->close = close_of(open);
	frame->opened = token->offset;
	frame->state = open == '{' ? STATE_KEY : STATE_FIRST;
	frame->member_count = 0;
	return 0;
}

static bool in_group(const struct frame *frame)
{
	return frame->close == '}' || frame->close == '\0';
}

/* "found ..." for a token that does not fit. */
static const char *token_text(
	const struct scanner *scanner, const struct token *token, char *text, size_t size)
{
	if (token->kind == TOKEN_END)
		return _("the end of the file");
	if (token->kind == TOKEN_STRING)
		return _("a string");
	snprintf(text, size, "\"%.*s\"",
		token->length > WORD_SHOWN ? WORD_SHOWN : (int)token->length,
		scanner->text->bytes + token->offset);
	return text;
}

static int refuse_unclosed(
	struct scanner *scanner, const struct frame *frame, const struct token *token)
{
	char open = scanner->text->bytes[frame->opened];
	char found[80], fix[80];

	snprintf(fix, sizeof(fix), _("close it with \"%c\""), frame->close);
	if (token->kind == TOKEN_END)
		SCAN_ERROR(scanner, frame->opened, fix,
			_("the \"%c\" that begins here is not closed before the file ends"), open);
	else
		SCAN_ERROR(scanner, token->offset, fix,
			_("found %s, but the \"%c\" of line %u is open"),
			token_text(scanner, token, found, sizeof(found)), open,
			conf_text_loc(scanner->text, frame->opened).line);
	return -EINVAL;
}

static int refuse_token(struct scanner *scanner, const struct frame *frame,
	const struct token *token, const char *fix, const char *expected)
{
	char found[80];

	if ((token->kind == TOKEN_END && frame->close != '\0') ||
		(token->kind == TOKEN_CLOSE && frame->close != '\0' &&
			scanner->text->bytes[token->offset] != frame->close))
		return refuse_unclosed(scanner, frame, token);
	SCAN_ERROR(scanner, token->offset, fix, _("expected %s, found %s"), expected,
		token_text(scanner, token, found, sizeof(found)));
	return -EINVAL;
}

static int take_value(struct scanner *scanner, struct frame *frame, const struct token *token)
{
	bool may_end = frame->state == STATE_FIRST;
	int error = 0;

	if (token->kind == TOKEN_NAME && !is_boolean(scanner, token))
		return refuse_word(scanner, token);
	if (token->kind != TOKEN_NAME && token->kind != TOKEN_NUMBER &&
		token->kind != TOKEN_STRING && token->kind != TOKEN_OPEN)
		return refuse_token(scanner, frame, token,
			may_end || in_group(frame) ? NULL : _("remove the comma before it"),
			_("a value"));
	if (in_group(frame))
		scanner->scan->positions[frame->members[frame->member_count - 1]].value =
			(uint32_t)token->offset;
	else
		error = add_position(scanner, CONF_NO_KEY, (uint32_t)token->offset);
	frame->state = STATE_AFTER;
	if (error == 0 && token->kind == TOKEN_OPEN && frame->close == ']') {
		SCAN_ERROR(scanner, token->offset, _("use \"(\" and \")\" around the list"),
			_("a list in \"[\" and \"]\" holds only strings and numbers"));
		return -EINVAL;
	}
	if (error == 0 && token->kind == TOKEN_OPEN)
		error = open_frame(scanner, token);
	return error;
}

static bool closes(
	const struct scanner *scanner, const struct frame *frame, const struct token *token)
{
	if (frame->close == '\0')
		return token->kind == TOKEN_END;
	return token->kind == TOKEN_CLOSE && scanner->text->bytes[token->offset] == frame->close;
}

static int take_after_value(struct scanner *scanner, struct frame *frame, const struct token *token)
{
	bool separator =
		token->kind == TOKEN_COMMA || (token->kind == TOKEN_SEMICOLON && in_group(frame));

	if (separator) {
		frame->state = in_group(frame) ? STATE_KEY : STATE_VALUE;
		return 0;
	}
	if (token->kind == TOKEN_STRING && frame->last == TOKEN_STRING)
		return 0;
	if (token->kind == TOKEN_NAME && in_group(frame))
		return take_key(scanner, frame, token);
	if (in_group(frame))
		return refuse_token(scanner, frame, token, NULL, _("\";\" or a key"));
	return refuse_token(scanner, frame, token,
		token->kind == TOKEN_CLOSE || token->kind == TOKEN_END
			? NULL
			: _("put a comma between the elements of a list"),
		_("\",\" or the end of the list"));
}

static int take(struct scanner *scanner, struct frame *frame, const struct token *token)
{
	switch (frame->state) {
	case STATE_KEY:
		if (token->kind == TOKEN_NAME)
			return take_key(scanner, frame, token);
		return refuse_token(scanner, frame, token, NULL,
			frame->close == '}' ? _("a key or \"}\"") : _("a key"));
	case STATE_EQUALS:
		if (token->kind != TOKEN_EQUALS)
			return refuse_token(scanner, frame, token, NULL, _("\"=\" after the key"));
		frame->state = STATE_VALUE;
		return 0;
	case STATE_FIRST:
	case STATE_VALUE:
		return take_value(scanner, frame, token);
	case STATE_AFTER:
		return take_after_value(scanner, frame, token);
	}
	return -EINVAL;
}

static bool may_close(const struct frame *frame)
{
	return frame->state == STATE_KEY || frame->state == STATE_FIRST ||
	       frame->state == STATE_AFTER;
}

int conf_scan(const struct conf_text *text, struct diag_list *diags, struct conf_scan *ret_scan)
{
	struct scanner scanner = { .text = text, .diags = diags, .scan = ret_scan };
	int error = 0;

	*ret_scan = (struct conf_scan){ 0 };
	while (error == 0) {
		struct frame *frame = &scanner.frames[scanner.depth];
		struct token token;

		error = next_token(&scanner, &token);
		if (error < 0)
			break;
		if (!may_close(frame) || !closes(&scanner, frame, &token)) {
			error = take(&scanner, frame, &token);
			frame->last = token.kind;
			continue;
		}
		if (token.kind == TOKEN_END)
			break;
		scanner.depth--;
		scanner.frames[scanner.depth].last = TOKEN_CLOSE;
	}
	return error;
}
