/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of a policy's values, and how two values of the same key compare. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "change_impl.h"

static bool make_room(struct change_text *text, size_t length)
{
	char *bytes = array_reserve_text(text->bytes, text->length, length, &text->room);

	if (bytes)
		text->bytes = bytes;
	else
		text->failed = true;
	return bytes != NULL;
}

/* A second time only for what did not fit. */
void change_put(struct change_text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	for (;;) {
		size_t left = text->room - text->length;

		if (text->failed)
			return;
		va_start(arguments, format);
		length = vsnprintf(
			left ? text->bytes + text->length : NULL, left, format, arguments);
		va_end(arguments);
		if (length < 0)
			text->failed = true;
		else if ((size_t)length < left)
			break;
		else if (make_room(text, (size_t)length))
			continue;
	}
	text->length += (size_t)length;
}

void change_put_text(struct change_text *text, const char *words)
{
	size_t length = strlen(words);

	if (text->failed || !make_room(text, length))
		return;
	memcpy(text->bytes + text->length, words, length + 1);
	text->length += length;
}

void change_put_comma(struct change_text *text)
{
	if (text->length > 0)
		change_put_text(text, ", ");
}

static void put_range(
	struct change_text *text, enum addr_family family, const struct addr_range *range)
{
	int length = addr_range_prefix_length(family, range);
	char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

	addr_format(family, range->first, first);
	addr_format(family, range->last, last);
	if (length == (int)addr_length(family) * 8)
		change_put_text(text, first);
	else if (length >= 0)
		change_put(text, "%s/%d", first, length);
	else
		change_put(text, "%s-%s", first, last);
}

void change_put_sets(struct change_text *text, const struct addrset sets[ADDR_FAMILIES])
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		for (size_t i = 0; i < sets[family].count; i++) {
			change_put_comma(text);
			put_range(text, (enum addr_family)family, &sets[family].ranges[i]);
		}
}

void change_put_entries(struct change_text *text, const struct policy_service *service)
{
	char entry[64];

	if (service->any)
		change_put_text(text, "any");
	for (size_t i = 0; i < service->entry_count; i++) {
		policy_entry_text(&service->entries[i], entry, sizeof(entry));
		change_put(text, "%s%s", i > 0 ? ", " : "", entry);
	}
}

/* ---- members ---- */

static const void *member(const struct change_side *side, size_t offset)
{
	return (const char *)side->object + offset;
}

static const char *string_of(const struct change_side *side, size_t offset)
{
	const char *text = *(char *const *)member(side, offset);

	return text ? text : "";
}

static unsigned int number_of(const struct change_side *side, size_t offset)
{
	return *(const unsigned int *)member(side, offset);
}

static bool flag_of(const struct change_side *side, size_t offset)
{
	return *(const bool *)member(side, offset);
}

void change_put_string(struct change_text *text, const struct change_side *side, size_t offset)
{
	change_put_text(text, string_of(side, offset));
}

void change_put_number(struct change_text *text, const struct change_side *side, size_t offset)
{
	change_put(text, "%u", number_of(side, offset));
}

void change_put_flag(struct change_text *text, const struct change_side *side, size_t offset)
{
	change_put_text(text, flag_of(side, offset) ? "true" : "false");
}

void change_put_addresses(struct change_text *text, const struct change_side *side, size_t offset)
{
	change_put_sets(text, (const struct addrset *)member(side, offset));
}

/* ---- relations ---- */

static int relate(unsigned long long before, unsigned long long after)
{
	return after > before ? CHANGE_GREW : after < before ? CHANGE_SHRANK : 0;
}

int change_relate_number(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	return relate(number_of(before, offset), number_of(after, offset));
}

int change_relate_limit(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	/* One less than 0 is the largest. */
	return relate(number_of(before, offset) - 1, number_of(after, offset) - 1);
}

static int relate_presence(bool before, bool after)
{
	return before == after ? CHANGE_OTHER : after ? CHANGE_GREW : CHANGE_SHRANK;
}

int change_relate_flag(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	return relate_presence(flag_of(before, offset), flag_of(after, offset));
}

int change_relate_string(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	return relate_presence(
		string_of(before, offset)[0] != '\0', string_of(after, offset)[0] != '\0');
}

/* Is all of inner in outer? */
static bool covers(const struct addrset *outer, const struct addrset *inner)
{
	for (size_t i = 0; i < inner->count; i++)
		if (!addrset_covers(outer, &inner->ranges[i]))
			return false;
	return true;
}

int change_relate_sets(const struct addrset *before, const struct addrset *after)
{
	return (covers(before, after) ? 0 : CHANGE_GREW) |
	       (covers(after, before) ? 0 : CHANGE_SHRANK);
}

int change_relate_addresses(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	const struct addrset *old = member(before, offset), *new = member(after, offset);
	int relations = 0;

	for (int family = 0; family < ADDR_FAMILIES; family++)
		relations |= change_relate_sets(&old[family], &new[family]);
	return relations;
}

int change_relate_not(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	(void)before;
	(void)after;
	(void)offset;
	return 0;
}
