/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_scan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array.h"
#include "conf_token.h"
#include "i18n.h"

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
	enum conf_token_kind last; /* kind of the last token: strings may follow strings */
	size_t member_count;
	uint32_t members[CONF_MEMBERS_MAX]; /* positions of its keys */
	uint32_t lengths[CONF_MEMBERS_MAX]; /* and their bytes */
};

struct scanner {
	struct conf_lexer lexer;
	struct conf_scan *scan;
	struct frame frames[CONF_DEPTH_MAX + 1];
	size_t depth;	  /* frames[depth] is the innermost */
	size_t member;	  /* of scan->parts: the setting of the file that is read */
	size_t token_end; /* of the token before */
};

#define SCAN_ERROR(scanner, at, fix, ...)                                                          \
	CONF_LEXER_ERROR(&(scanner)->lexer, (at), (fix), __VA_ARGS__)

void conf_scan_clear(struct conf_scan *scan)
{
	free(scan->positions);
	free(scan->parts);
	*scan = (struct conf_scan){ 0 };
}

static int add_position(struct scanner *scanner, uint32_t key, uint32_t value)
{
	struct conf_scan *scan = scanner->scan;

	struct conf_position *positions =
		array_reserve(scan->positions, sizeof(*positions), scan->count, &scan->room);

	if (!positions)
		return -ENOMEM;
	scan->positions = positions;
	scan->positions[scan->count++] = (struct conf_position){ key, value };
	return 0;
}

/* In a list that is a setting of the file? */
static bool in_file_list(const struct scanner *scanner)
{
	return scanner->depth == 1 && scanner->frames[1].close == ')';
}

/* The setting that has the last position is one that can be read alone. */
static int add_part(struct scanner *scanner)
{
	struct conf_scan *scan = scanner->scan;

	struct conf_part *parts =
		array_reserve(scan->parts, sizeof(*parts), scan->part_count, &scan->part_room);

	if (!parts)
		return -ENOMEM;
	scan->parts = parts;
	if (scanner->depth == 0)
		scanner->member = scan->part_count;
	else
		scan->parts[scanner->member].elements++;
	scan->parts[scan->part_count++] = (struct conf_part){ (uint32_t)(scan->count - 1), 0, 0 };
	return 0;
}

/* A value may be several strings: its part ends with the last token before the next thing. */
static void end_part(struct scanner *scanner, const struct frame *frame)
{
	struct conf_scan *scan = scanner->scan;
	size_t part = scanner->depth == 0 ? scanner->member : scan->part_count - 1;

	if (frame->state == STATE_AFTER && (scanner->depth == 0 || in_file_list(scanner)))
		scan->parts[part].end = (uint32_t)scanner->token_end;
}

/* A key that stands in the group already? Names are told apart by case, as libconfig does. */
static int check_repeated(
	struct scanner *scanner, const struct frame *frame, const struct conf_token *token)
{
	const char *bytes = scanner->lexer.text->bytes;

	for (size_t i = 0; i < frame->member_count; i++) {
		size_t other;

		if (frame->lengths[i] != token->length)
			continue;
		other = scanner->scan->positions[frame->members[i]].key;
		if (memcmp(bytes + other, bytes + token->offset, token->length) != 0)
			continue;
		SCAN_ERROR(scanner, token->offset, NULL,
			_("key \"%.*s\" stands in this group already, on line %u"),
			(int)token->length, bytes + token->offset,
			conf_text_loc(scanner->lexer.text, other).line);
		return -EINVAL;
	}
	return 0;
}

static bool is_boolean(const struct scanner *scanner, const struct conf_token *token)
{
	const char *word = scanner->lexer.text->bytes + token->offset;

	return (token->length == 4 && strncasecmp(word, "true", 4) == 0) ||
	       (token->length == 5 && strncasecmp(word, "false", 5) == 0);
}

static int take_key(struct scanner *scanner, struct frame *frame, const struct conf_token *token)
{
	if (frame->member_count == CONF_MEMBERS_MAX) {
		SCAN_ERROR(scanner, token->offset, NULL, _("more than %d keys in one group"),
			CONF_MEMBERS_MAX);
		return -EINVAL;
	}
	if (is_boolean(scanner, token)) {
		SCAN_ERROR(scanner, token->offset, NULL, _("%.*s is a value, not a key"),
			(int)token->length, scanner->lexer.text->bytes + token->offset);
		return -EINVAL;
	}
	if (check_repeated(scanner, frame, token) < 0)
		return -EINVAL;
	frame->members[frame->member_count] = (uint32_t)scanner->scan->count;
	frame->lengths[frame->member_count++] = (uint32_t)token->length;
	frame->state = STATE_EQUALS;
	if (add_position(scanner, (uint32_t)token->offset, (uint32_t)token->offset) < 0)
		return -ENOMEM;
	return scanner->depth == 0 ? add_part(scanner) : 0;
}

static char close_of(char open)
{
	return open == '{' ? '}' : open == '(' ? ')' : ']';
}

static int open_frame(struct scanner *scanner, const struct conf_token *token)
{
	char open = scanner->lexer.text->bytes[token->offset];
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
	const struct scanner *scanner, const struct conf_token *token, char *text, size_t size)
{
	if (token->kind == TOKEN_END)
		return _("the end of the file");
	if (token->kind == TOKEN_STRING)
		return _("a string");
	snprintf(text, size, "\"%.*s\"",
		token->length > CONF_WORD_SHOWN ? CONF_WORD_SHOWN : (int)token->length,
		scanner->lexer.text->bytes + token->offset);
	return text;
}

static int refuse_unclosed(
	struct scanner *scanner, const struct frame *frame, const struct conf_token *token)
{
	char open = scanner->lexer.text->bytes[frame->opened];
	char found[80], fix[80];

	snprintf(fix, sizeof(fix), _("close it with \"%c\""), frame->close);
	if (token->kind == TOKEN_END)
		SCAN_ERROR(scanner, frame->opened, fix,
			_("the \"%c\" that begins here is not closed before the file ends"), open);
	else
		SCAN_ERROR(scanner, token->offset, fix,
			_("found %s, but the \"%c\" of line %u is open"),
			token_text(scanner, token, found, sizeof(found)), open,
			conf_text_loc(scanner->lexer.text, frame->opened).line);
	return -EINVAL;
}

static int refuse_token(struct scanner *scanner, const struct frame *frame,
	const struct conf_token *token, const char *fix, const char *expected)
{
	char found[80];

	if ((token->kind == TOKEN_END && frame->close != '\0') ||
		(token->kind == TOKEN_CLOSE && frame->close != '\0' &&
			scanner->lexer.text->bytes[token->offset] != frame->close))
		return refuse_unclosed(scanner, frame, token);
	SCAN_ERROR(scanner, token->offset, fix, _("expected %s, found %s"), expected,
		token_text(scanner, token, found, sizeof(found)));
	return -EINVAL;
}

static int take_value(struct scanner *scanner, struct frame *frame, const struct conf_token *token)
{
	bool may_end = frame->state == STATE_FIRST;
	int error = 0;

	if (token->kind == TOKEN_NAME && !is_boolean(scanner, token))
		return conf_refuse_word(&scanner->lexer, token);
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
	if (error == 0 && in_file_list(scanner))
		error = add_part(scanner);
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
	const struct scanner *scanner, const struct frame *frame, const struct conf_token *token)
{
	if (frame->close == '\0')
		return token->kind == TOKEN_END;
	return token->kind == TOKEN_CLOSE &&
	       scanner->lexer.text->bytes[token->offset] == frame->close;
}

static int take_after_value(
	struct scanner *scanner, struct frame *frame, const struct conf_token *token)
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

static int take(struct scanner *scanner, struct frame *frame, const struct conf_token *token)
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
	struct scanner scanner = { .lexer = { .text = text, .diags = diags }, .scan = ret_scan };
	int error = 0;

	*ret_scan = (struct conf_scan){ 0 };
	while (error == 0) {
		struct frame *frame = &scanner.frames[scanner.depth];
		struct conf_token token;

		error = conf_next_token(&scanner.lexer, &token);
		if (error < 0)
			break;
		end_part(&scanner, frame);
		scanner.token_end = token.offset + token.length;
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
