/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_insert.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_token.h"

/* What stands between two brackets; or from the first to the last byte of a value. */
struct extent {
	size_t begin, end;
};

/* ---- the text ---- */

int conf_draft_init(struct conf_draft *draft, const char *bytes, size_t length)
{
	*draft = (struct conf_draft){ .bytes = malloc(length + 1) };
	if (draft->bytes == NULL)
		return -ENOMEM;
	memcpy(draft->bytes, bytes, length);
	draft->bytes[length] = '\0';
	draft->length = length;
	return 0;
}

void conf_draft_clear(struct conf_draft *draft)
{
	free(draft->bytes);
	*draft = (struct conf_draft){ 0 };
}

static unsigned int count_lines(const char *bytes, size_t length)
{
	unsigned int count = 0;

	for (size_t i = 0; i < length; i++)
		count += bytes[i] == '\n';
	return count;
}

/* The line of a place in the text as it was at first. */
static unsigned int line_of(const struct conf_draft *draft, size_t offset)
{
	unsigned int line = 1 + count_lines(draft->bytes, offset);

	for (size_t i = 0; i < draft->added_count; i++)
		if (draft->added[i].at < offset)
			line -= draft->added[i].lines;
	return line;
}

/* What was added behind a place moves; what is added there now is remembered. */
static void note(struct conf_draft *draft, struct extent old, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < draft->added_count; i++)
		if (draft->added[i].at >= old.begin)
			draft->added[i].at += length - (old.end - old.begin);
	draft->added[draft->added_count].at = old.begin;
	draft->added[draft->added_count++].lines = count_lines(text, length);
}

/* Put text in the place of what there is on one line. */
static int replace(
	struct conf_draft *draft, struct extent old, const char *text, unsigned int *ret_line)
{
	size_t length = strlen(text), rest = draft->length - old.end;
	char *bytes;

	if (draft->added_count == CONF_DRAFT_MAX)
		return -E2BIG;
	bytes = malloc(old.begin + length + rest + 1);
	if (bytes == NULL)
		return -ENOMEM;
	*ret_line = line_of(draft, old.begin);
	note(draft, old, text);
	memcpy(bytes, draft->bytes, old.begin);
	memcpy(bytes + old.begin, text, length);
	memcpy(bytes + old.begin + length, draft->bytes + old.end, rest + 1);
	free(draft->bytes);
	draft->bytes = bytes;
	draft->length = old.begin + length + rest;
	return 0;
}

/* ---- finding places ---- */

/* Reads tokens from one offset to another. */
struct reader {
	struct conf_text text;
	struct diag_list *diags;
	struct conf_lexer lexer;
};

static int reader_open(struct reader *reader, const struct conf_draft *draft)
{
	int error = diag_list_new(&reader->diags);

	if (error < 0)
		return error;
	error = conf_text_init(&reader->text, "", draft->bytes, draft->length);
	if (error < 0)
		diag_list_free(reader->diags);
	reader->lexer = (struct conf_lexer){ &reader->text, reader->diags, 0 };
	return error;
}

static void reader_close(struct reader *reader)
{
	conf_text_clear(&reader->text);
	diag_list_free(reader->diags);
}

/* The next token before end; TOKEN_END there. */
static int next(struct reader *reader, size_t end, struct conf_token *ret_token)
{
	int error = conf_next_token(&reader->lexer, ret_token);

	if (error == 0 && ret_token->offset >= end)
		ret_token->kind = TOKEN_END;
	return error;
}

/* From behind an opening bracket to its closing one. */
static int find_close(struct reader *reader, struct extent *ret_inside)
{
	struct conf_token token = { .kind = TOKEN_END };
	unsigned int depth = 1;
	int error;

	ret_inside->begin = reader->lexer.offset;
	while (depth > 0) {
		error = conf_next_token(&reader->lexer, &token);
		if (error < 0)
			return error;
		if (token.kind == TOKEN_END)
			return -EINVAL;
		depth += token.kind == TOKEN_OPEN;
		depth -= token.kind == TOKEN_CLOSE;
	}
	ret_inside->end = token.offset;
	return 0;
}

static bool is_word(const struct reader *reader, const struct conf_token *token, const char *word)
{
	return token->kind == TOKEN_NAME && token->length == strlen(word) &&
	       memcmp(reader->text.bytes + token->offset, word, token->length) == 0;
}

/* Go behind the "=" of a key of the group that lies in an extent. -ENOENT: it has none. */
static int find_key(struct reader *reader, struct extent within, const char *key)
{
	struct conf_token token = { .kind = TOKEN_END }, before = token;
	struct extent skipped;
	int error;

	reader->lexer.offset = within.begin;
	while ((error = next(reader, within.end, &token)) == 0 && token.kind != TOKEN_END) {
		if (token.kind == TOKEN_EQUALS && is_word(reader, &before, key))
			return 0;
		if (token.kind == TOKEN_OPEN)
			error = find_close(reader, &skipped);
		if (error < 0)
			return error;
		before = token;
	}
	return error < 0 ? error : -ENOENT;
}

/* What is inside of the group or list that a key has. */
static int find_inside(
	struct reader *reader, struct extent within, const char *key, struct extent *ret_inside)
{
	struct conf_token token = { .kind = TOKEN_END };
	int error = find_key(reader, within, key);

	if (error == 0)
		error = next(reader, within.end, &token);
	if (error == 0 && token.kind != TOKEN_OPEN)
		error = -EINVAL;
	return error < 0 ? error : find_close(reader, ret_inside);
}

/* The value of a key, from its first to its last byte. */
static int find_value(
	struct reader *reader, struct extent within, const char *key, struct extent *ret_value)
{
	struct conf_token token = { .kind = TOKEN_END };
	struct extent inside = { 0, 0 };
	int error = find_key(reader, within, key);

	if (error == 0)
		error = next(reader, within.end, &token);
	if (error < 0)
		return error;
	*ret_value = (struct extent){ token.offset, token.offset + token.length };
	if (token.kind == TOKEN_OPEN) {
		error = find_close(reader, &inside);
		ret_value->end = inside.end + 1;
	}
	return error;
}

static bool is_empty(struct reader *reader, struct extent inside)
{
	struct conf_token token = { .kind = TOKEN_END };

	reader->lexer.offset = inside.begin;
	return next(reader, inside.end, &token) == 0 && token.kind == TOKEN_END;
}

/* ---- changing ---- */

/* Put an element at a place. */
static int put(struct conf_draft *draft, size_t at, const char *before, const char *element,
	const char *after, unsigned int *ret_line)
{
	char *text;
	int error;

	if (asprintf(&text, "%s%s%s", before, element, after) < 0)
		return -ENOMEM;
	error = replace(draft, (struct extent){ at, at }, text, ret_line);
	free(text);
	return error;
}

/* Where an element comes, and what must stand around it there. */
struct place {
	size_t at;
	char before[64], after[16];
};

static int find_list(struct reader *reader, struct extent within, const char *list, bool in_group,
	struct place *place)
{
	struct extent inside = { 0, 0 };
	int error = find_inside(reader, within, list, &inside);

	if (error == 0) {
		place->at = inside.begin;
		snprintf(place->before, sizeof(place->before), "\n  ");
		snprintf(place->after, sizeof(place->after), "%s",
			is_empty(reader, inside) ? "" : ",");
	} else if (error == -ENOENT) {
		place->at = in_group ? within.begin : within.end;
		snprintf(place->before, sizeof(place->before), "\n%s = (\n  ", list);
		snprintf(place->after, sizeof(place->after), " );\n");
		error = 0;
	}
	return error;
}

static int find_place(
	struct reader *reader, const char *group, const char *list, struct place *place)
{
	struct extent within = { 0, reader->text.length };
	int error = group != NULL ? find_inside(reader, within, group, &within) : 0;

	if (error == 0)
		return find_list(reader, within, list, group != NULL, place);
	if (error != -ENOENT)
		return error;
	place->at = within.end;
	snprintf(place->before, sizeof(place->before), "\n%s = { %s = (\n  ", group, list);
	snprintf(place->after, sizeof(place->after), " ); };\n");
	return 0;
}

int conf_draft_add(struct conf_draft *draft, const char *group, const char *list,
	const char *element, unsigned int *ret_line)
{
	struct reader reader;
	struct place place = { .at = 0 };
	int error = reader_open(&reader, draft);

	if (error < 0)
		return error;
	error = find_place(&reader, group, list, &place);
	reader_close(&reader);
	if (error < 0)
		return error;
	return put(draft, place.at, place.before, element, place.after, ret_line);
}

/* The index-th group of a list. */
static int find_element(
	struct reader *reader, struct extent list, size_t index, struct extent *ret_inside)
{
	struct conf_token token = { .kind = TOKEN_END };
	int error;

	reader->lexer.offset = list.begin;
	while ((error = next(reader, list.end, &token)) == 0 && token.kind != TOKEN_END) {
		if (token.kind != TOKEN_OPEN)
			continue;
		error = find_close(reader, ret_inside);
		if (error < 0 || index-- == 0)
			return error;
	}
	return error < 0 ? error : -ENOENT;
}

int conf_draft_set(struct conf_draft *draft, const char *list, size_t index, const char *key,
	const char *value, unsigned int *ret_line)
{
	struct extent inside = { 0, 0 }, old = { 0, 0 };
	struct reader reader;
	char *text = NULL;
	int error = reader_open(&reader, draft);

	if (error < 0)
		return error;
	error = find_inside(&reader, (struct extent){ 0, draft->length }, list, &inside);
	if (error == 0)
		error = find_element(&reader, inside, index, &inside);
	if (error == 0) {
		error = find_value(&reader, inside, key, &old);
		if (error == -ENOENT) {
			old = (struct extent){ inside.begin, inside.begin };
			error = asprintf(&text, " %s = %s;", key, value) < 0 ? -ENOMEM : 0;
		} else if (error == 0) {
			text = strdup(value);
			error = text == NULL ? -ENOMEM : 0;
		}
	}
	reader_close(&reader);
	if (error == 0)
		error = replace(draft, old, text, ret_line);
	free(text);
	return error;
}
