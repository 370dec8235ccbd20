/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netcount.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum netcount_form form;
	const char *group, *name;
	enum netcount_kind kind;
} known[] = {
	{ NETCOUNT_PAIRS, "TcpExt", "IPReversePathFilter", NETCOUNT_REVERSE_PATH },
	{ NETCOUNT_TABLE, "", "in_martian_dst", NETCOUNT_MARTIAN },
	{ NETCOUNT_TABLE, "", "in_martian_src", NETCOUNT_MARTIAN },
	{ NETCOUNT_PAIRS, "IpExt", "InNoRoutes", NETCOUNT_NO_ROUTE },
	{ NETCOUNT_LINES, "", "Ip6InNoRoutes", NETCOUNT_NO_ROUTE },
	{ NETCOUNT_PAIRS, "Ip", "InAddrErrors", NETCOUNT_ADDRESS },
	{ NETCOUNT_LINES, "", "Ip6InAddrErrors", NETCOUNT_ADDRESS },
	{ NETCOUNT_PAIRS, "Ip", "InHdrErrors", NETCOUNT_HEADER },
	{ NETCOUNT_PAIRS, "IpExt", "InTruncatedPkts", NETCOUNT_HEADER },
	{ NETCOUNT_PAIRS, "IpExt", "InCsumErrors", NETCOUNT_HEADER },
	{ NETCOUNT_LINES, "", "Ip6InHdrErrors", NETCOUNT_HEADER },
	{ NETCOUNT_LINES, "", "Ip6InTruncatedPkts", NETCOUNT_HEADER },
};

struct word {
	const char *text;
	size_t length;
};

/* The next word of a line. False: there is none. */
static bool next_word(const char **at, struct word *ret_word)
{
	*at += strspn(*at, " \t");
	ret_word->text = *at;
	ret_word->length = strcspn(*at, " \t\n");
	*at += ret_word->length;
	return ret_word->length > 0;
}

/* Behind the end of the line. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

static bool is(const struct word *word, const char *text)
{
	return strlen(text) == word->length && memcmp(text, word->text, word->length) == 0;
}

static void take(struct netcount *count, enum netcount_form form, const struct word *group,
	const struct word *name, const struct word *number)
{
	int base = form == NETCOUNT_TABLE ? 16 : 10;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].form == form && is(group, known[i].group) && is(name, known[i].name))
			count->of[known[i].kind] += strtoull(number->text, NULL, base);
}

/* The words of two lines belong together. */
static void take_row(struct netcount *count, enum netcount_form form, const struct word *group,
	const char *names, const char *numbers)
{
	struct word name, number;

	while (next_word(&names, &name) && next_word(&numbers, &number))
		take(count, form, group, &name, &number);
}

/* The group, without its colon; both lines must have the same. */
static bool take_group(const char **names, const char **numbers, struct word *ret_group)
{
	struct word other;

	if (!next_word(names, ret_group) || !next_word(numbers, &other) ||
		ret_group->length != other.length ||
		memcmp(ret_group->text, other.text, other.length) != 0 ||
		ret_group->text[ret_group->length - 1] != ':')
		return false;
	ret_group->length--;
	return true;
}

static void add_pairs(struct netcount *count, const char *text)
{
	while (*text) {
		const char *names = text, *numbers = next_line(text);
		struct word group;

		text = next_line(numbers);
		if (take_group(&names, &numbers, &group))
			take_row(count, NETCOUNT_PAIRS, &group, names, numbers);
	}
}

static void add_lines(struct netcount *count, const char *text)
{
	const struct word none = { "", 0 };

	for (; *text; text = next_line(text)) {
		const char *at = text;
		struct word name, number;

		if (next_word(&at, &name) && next_word(&at, &number))
			take(count, NETCOUNT_LINES, &none, &name, &number);
	}
}

static void add_table(struct netcount *count, const char *text)
{
	const struct word none = { "", 0 };
	const char *names = text;

	for (text = next_line(text); *text; text = next_line(text))
		take_row(count, NETCOUNT_TABLE, &none, names, text);
}

void netcount_add(struct netcount *count, enum netcount_form form, const char *text)
{
	static void (*const forms[NETCOUNT_FORMS])(struct netcount *, const char *) = {
		[NETCOUNT_PAIRS] = add_pairs,
		[NETCOUNT_LINES] = add_lines,
		[NETCOUNT_TABLE] = add_table,
	};

	forms[form](count, text);
}
