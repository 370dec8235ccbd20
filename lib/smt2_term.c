/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terms of SMT-LIB 2 as text. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "smt2_impl.h"

struct smt2_text {
	struct smt2_text *next;
	char text[];
};

/* Text ----------------------------------------------------------------------------------------- */

const char *smt2_format(struct smt2 *smt, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	struct smt2_text *text = length < 0 ? NULL : malloc(sizeof(*text) + (size_t)length + 1);

	smt->bytes += sizeof(*text) + (size_t)length + 1;
	smt->failed |= smt->bytes > smt->most;
	if (!text) {
		smt->failed = true;
		return "";
	}
	va_start(arguments, format);
	vsnprintf(text->text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->next = smt->texts;
	smt->texts = text;
	return text->text;
}

void smt2_free_texts(struct smt2 *smt)
{
	struct smt2_text *next;

	for (struct smt2_text *text = smt->texts; text; text = next) {
		next = text->next;
		free(text);
	}
	smt->texts = NULL;
}

void smt2_list_add(struct smt2 *smt, struct smt2_list *list, const char *item)
{
	const char **grown = array_reserve(list->items, sizeof(*grown), list->count, &list->room);

	if (!grown) {
		smt->failed = true;
		return;
	}
	list->items = grown;
	list->items[list->count++] = item;
}

void smt2_list_free(struct smt2_list *list)
{
	free(list->items);
	*list = (struct smt2_list){ 0 };
}

/* Conditions ----------------------------------------------------------------------------------- */

bool smt2_is(const char *term, const char *what)
{
	return strcmp(term, what) == 0;
}

const char *smt2_and(struct smt2 *smt, const char *a, const char *b)
{
	if (smt2_is(a, "false") || smt2_is(b, "true"))
		return a;
	if (smt2_is(b, "false") || smt2_is(a, "true"))
		return b;
	return smt2_format(smt, "(and %s %s)", a, b);
}

const char *smt2_or(struct smt2 *smt, const char *a, const char *b)
{
	if (smt2_is(a, "true") || smt2_is(b, "false"))
		return a;
	if (smt2_is(b, "true") || smt2_is(a, "false"))
		return b;
	return smt2_format(smt, "(or %s %s)", a, b);
}

const char *smt2_not(struct smt2 *smt, const char *a)
{
	if (smt2_is(a, "true"))
		return "false";
	return smt2_is(a, "false") ? "true" : smt2_format(smt, "(not %s)", a);
}

/* Of many, balanced: solvers take long terms apart by recursion. */
static void put_joined(FILE *out, const char *operation, const char *const *items, size_t count)
{
	if (count == 1) {
		fputs(items[0], out);
		return;
	}
	fprintf(out, "(%s ", operation);
	put_joined(out, operation, items, count / 2);
	fputc(' ', out);
	put_joined(out, operation, items + count / 2, count - count / 2);
	fputc(')', out);
}

/* The text is kept without its parts, of which there are as many as its length times its depth. */
static const char *join_all(struct smt2 *smt, const char *operation, const struct smt2_list *list)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (out)
		put_joined(out, operation, list->items, list->count);
	if (!out || fclose(out) != 0) {
		free(text);
		smt->failed = true;
		return "";
	}
	const char *kept = smt2_format(smt, "%s", text);

	free(text);
	return kept;
}

const char *smt2_join(struct smt2 *smt, const char *operation, const struct smt2_list *list)
{
	bool all = strcmp(operation, "and") == 0;
	const char *nothing = all ? "true" : "false", *decides = all ? "false" : "true";
	struct smt2_list said = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		if (smt2_is(list->items[i], decides)) {
			smt2_list_free(&said);
			return decides;
		}
		if (!smt2_is(list->items[i], nothing))
			smt2_list_add(smt, &said, list->items[i]);
	}
	const char *joined = said.count == 0   ? nothing
			     : said.count == 1 ? said.items[0]
					       : join_all(smt, operation, &said);

	smt2_list_free(&said);
	return joined;
}

/* Names ---------------------------------------------------------------------------------------- */

static bool is_name(const char *term)
{
	return term[0] != '(' && term[0] != '#';
}

const char *smt2_name(struct smt2 *smt, const char *condition)
{
	if (is_name(condition))
		return condition;
	const char *name = smt2_format(smt, "c%llu", (unsigned long long)++smt->names);

	fprintf(smt->body, "(define-fun %s () Bool %s)\n", name, condition);
	return name;
}

const char *smt2_name_bits(struct smt2 *smt, unsigned int bits, const char *term)
{
	if (is_name(term))
		return term;
	const char *name = smt2_format(smt, "b%llu", (unsigned long long)++smt->names);

	fprintf(smt->body, "(define-fun %s () (_ BitVec %u) %s)\n", name, bits, term);
	return name;
}

const char *smt2_any(struct smt2 *smt)
{
	const char *name = smt2_format(smt, "any%llu", (unsigned long long)++smt->names);

	smt->free++;
	fprintf(smt->body, "(declare-const %s Bool)\n", name);
	return name;
}

const char *smt2_any_bits(struct smt2 *smt, unsigned int bits)
{
	const char *name = smt2_format(smt, "any%llu", (unsigned long long)++smt->names);

	smt->free++;
	fprintf(smt->body, "(declare-const %s (_ BitVec %u))\n", name, bits);
	return name;
}

/* Bytes ---------------------------------------------------------------------------------------- */

const char *smt2_hex(struct smt2 *smt, const void *bytes, size_t length)
{
	char text[2 * SMT2_REGISTERS + 3] = "#x";

	for (size_t i = 0; i < length && i < SMT2_REGISTERS; i++)
		snprintf(text + 2 + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
	return smt2_format(smt, "%s", text);
}

const char *smt2_number(struct smt2 *smt, uint32_t number, unsigned int bytes)
{
	return smt2_format(smt, "#x%0*x", (int)(2 * bytes), number);
}

/* How many of them are next to each other in one term, or all known, or all unknown? */
static size_t run_of(const struct smt2_byte *bytes, size_t length)
{
	size_t run = 1;

	while (run < length && bytes[run].kind == bytes[0].kind &&
		(bytes[0].kind != SMT2_PART || (bytes[run].term == bytes[0].term &&
						       bytes[run].index == bytes[0].index + run)))
		run++;
	return run;
}

static const char *part(struct smt2 *smt, const struct smt2_byte *bytes, size_t run)
{
	uint8_t values[SMT2_REGISTERS];
	unsigned int behind = bytes[0].of - bytes[0].index; /* bytes from here to the end */

	if (bytes[0].kind == SMT2_UNSET)
		return smt2_any_bits(smt, (unsigned int)(8 * run));
	if (bytes[0].kind == SMT2_CONSTANT) {
		for (size_t i = 0; i < run; i++)
			values[i] = bytes[i].value;
		return smt2_hex(smt, values, run);
	}
	if (run == bytes[0].of)
		return bytes[0].term;
	return smt2_format(smt, "((_ extract %u %u) %s)", 8 * behind - 1,
		8 * (behind - (unsigned int)run), bytes[0].term);
}

const char *smt2_bytes(struct smt2 *smt, const struct smt2_byte *bytes, size_t length)
{
	size_t run = run_of(bytes, length);
	const char *term = part(smt, bytes, run);

	for (size_t i = run; i < length; i += run) {
		run = run_of(bytes + i, length - i);
		term = smt2_format(smt, "(concat %s %s)", term, part(smt, bytes + i, run));
	}
	return term;
}

static bool all_are(const uint8_t *bytes, size_t length, uint8_t value)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* How many bits two values begin with in common, where all others are 0 in the first one and 1 in
 * the last; -1: it is no such range. */
static int prefix_of(const uint8_t *first, const uint8_t *last, size_t length)
{
	unsigned int bits = (unsigned int)(8 * length), common = 0;

	while (common < bits &&
		((first[common / 8] ^ last[common / 8]) >> (7 - common % 8) & 1) == 0)
		common++;
	for (unsigned int i = common; i < bits; i++)
		if (first[i / 8] >> (7 - i % 8) & 1 || !(last[i / 8] >> (7 - i % 8) & 1))
			return -1;
	return (int)common;
}

/* As one comparison of the bits in common: what rules and policy say of a network is the same term
 * then, and a solver has much less to do. */
static const char *in_prefix(struct smt2 *smt, const char *term, const uint8_t *first,
	size_t length, unsigned int common)
{
	char digits[8 * SMT2_REGISTERS + 1];
	unsigned int bits = (unsigned int)(8 * length);

	for (unsigned int i = 0; i < common; i++)
		digits[i] = first[i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
	digits[common] = '\0';
	return smt2_format(
		smt, "(= ((_ extract %u %u) %s) #b%s)", bits - 1, bits - common, term, digits);
}

const char *smt2_between(
	struct smt2 *smt, const char *term, const void *first, const void *last, size_t length)
{
	if (memcmp(first, last, length) == 0)
		return smt2_format(smt, "(= %s %s)", term, smt2_hex(smt, first, length));
	int common = prefix_of(first, last, length);

	if (common == 0)
		return "true";
	if (common > 0)
		return in_prefix(smt, term, first, length, (unsigned int)common);
	const char *from = all_are(first, length, 0) ? "true"
						     : smt2_format(smt, "(bvule %s %s)",
							       smt2_hex(smt, first, length), term);
	const char *to = all_are(last, length, 0xff) ? "true"
						     : smt2_format(smt, "(bvule %s %s)", term,
							       smt2_hex(smt, last, length));

	return smt2_and(smt, from, to);
}
