/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "diag_impl.h"
#include "i18n.h"
#include "json.h"
#include "width.h"

#define TAB_COLUMNS	8
#define EXCERPT_COLUMNS 160 /* of a source line, at most */
#define EXCERPT_BEFORE	100 /* of them before the caret, when the line is longer */

struct style {
	const char *bold, *severity[DIAG_NOTE + 1], *caret, *end;
};

static const struct style plain_style = { "", { "", "", "" }, "", "" };
static const struct style color_style = { "\033[1m", { "\033[1;31m", "\033[1;35m", "\033[1;36m" },
	"\033[1;32m", "\033[0m" };

static const char *severity_name(enum diag_severity severity)
{
	switch (severity) {
	case DIAG_ERROR:
		return N_("error");
	case DIAG_WARNING:
		return N_("warning");
	case DIAG_NOTE:
		return N_("note");
	}
	return "";
}

/* Where in a source the last shown line begins: findings in order cost one pass over the text. */
struct cursor {
	const struct source *source;
	size_t offset;
	unsigned int line;
};

static bool seek_line(struct cursor *cursor, const struct source *source, unsigned int line)
{
	if (cursor->source != source || cursor->line > line)
		*cursor = (struct cursor){ .source = source, .line = 1 };
	while (cursor->line < line) {
		const char *from = source->text + cursor->offset;
		const char *newline = memchr(from, '\n', source->length - cursor->offset);

		if (newline == NULL)
			return false;
		cursor->offset = (size_t)(newline - source->text) + 1;
		cursor->line++;
	}
	return true;
}

/* One character of a source line as it is shown. */
struct glyph {
	const char *text; /* not NUL-terminated */
	size_t bytes;	  /* of the source it stands for */
	size_t shown;	  /* bytes of text to print; 0: blanks */
	unsigned int width;
};

static struct glyph next_glyph(const char *text, size_t length, unsigned int position)
{
	struct glyph glyph = { .text = text };
	uint32_t character;

	glyph.bytes = width_decode(text, length, &character);
	if (character == '\t') {
		glyph.width = TAB_COLUMNS - position % TAB_COLUMNS;
	} else if (character == WIDTH_REPLACEMENT || !width_printable(character)) {
		glyph.text = "?";
		glyph.shown = 1;
		glyph.width = 1;
	} else {
		glyph.shown = glyph.bytes;
		glyph.width = width_of_character(character);
	}
	return glyph;
}

/* Terminal columns before the character with this number. */
static unsigned int columns_before(const char *text, size_t length, unsigned int column)
{
	unsigned int width = 0;
	size_t i = 0;

	for (unsigned int c = 1; c < column && i < length; c++) {
		struct glyph glyph = next_glyph(text + i, length - i, width);

		i += glyph.bytes;
		width += glyph.width;
	}
	return width;
}

/* Print the part of a line between two terminal columns. */
static void print_line(
	const char *text, size_t length, unsigned int from, unsigned int to, FILE *out)
{
	unsigned int position = 0;

	for (size_t i = 0; i < length && position < to;) {
		struct glyph glyph = next_glyph(text + i, length - i, position);

		if (position >= from && glyph.shown > 0)
			fwrite(glyph.text, 1, glyph.shown, out);
		else if (position >= from)
			fprintf(out, "%*s", (int)glyph.width, "");
		i += glyph.bytes;
		position += glyph.width;
	}
}

static void print_excerpt(
	struct cursor *cursor, const struct diag_loc *loc, const struct style *style, FILE *out)
{
	const char *text = cursor->source->text + cursor->offset;
	const char *newline = memchr(text, '\n', cursor->source->length - cursor->offset);
	size_t length = newline != NULL ? (size_t)(newline - text)
					: cursor->source->length - cursor->offset;
	unsigned int caret, from;

	if (length > 0 && text[length - 1] == '\r')
		length--;
	caret = columns_before(text, length, loc->column);
	from = caret > EXCERPT_COLUMNS ? caret - EXCERPT_BEFORE : 0;
	fprintf(out, "%5u | ", loc->line);
	print_line(text, length, from, from + EXCERPT_COLUMNS, out);
	fputc('\n', out);
	if (loc->column > 0)
		fprintf(out, "%*s | %*s%s^%s\n", loc->line > 99999 ? 6 : 5, "", (int)(caret - from),
			"", style->caret, style->end);
}

static void print_clause(const struct diag_clause *clause, const struct style *style, FILE *out)
{
	fprintf(out, "      %s%s%s %s (%s): %s\n", style->bold, _("clause:"), style->end,
		clause->number, clause->document, clause->asks);
}

static void print_finding(const struct diag_list *list, const struct diag *finding,
	struct cursor *cursor, const struct style *style, FILE *out)
{
	const struct diag_loc *loc = &finding->loc;
	const struct source *source = loc->file != NULL ? diag_find_source(list, loc->file) : NULL;

	fputs(style->bold, out);
	if (loc->file != NULL)
		fprintf(out, "%s:", loc->file);
	if (loc->file != NULL && loc->line > 0)
		fprintf(out, "%u:", loc->line);
	if (loc->file != NULL && loc->line > 0 && loc->column > 0)
		fprintf(out, "%u:", loc->column);
	fprintf(out, "%s%s%s%s:%s %s\n", loc->file != NULL ? " " : "", style->end,
		style->severity[finding->severity], _(severity_name(finding->severity)), style->end,
		finding->message);
	if (loc->line > 0 && source != NULL && source->text != NULL &&
		seek_line(cursor, source, loc->line))
		print_excerpt(cursor, loc, style, out);
	if (finding->clause.number != NULL)
		print_clause(&finding->clause, style, out);
	if (finding->fix != NULL)
		fprintf(out, "      %s%s%s %s\n", style->bold, _("fix:"), style->end, finding->fix);
}

void diag_list_print(const struct diag_list *list, FILE *out, bool color)
{
	const struct style *style = color ? &color_style : &plain_style;
	struct cursor cursor = { 0 };
	size_t total = 0;

	for (size_t i = 0; i < list->count; i++)
		print_finding(list, &list->findings[i], &cursor, style, out);
	for (int severity = DIAG_ERROR; severity <= DIAG_NOTE; severity++)
		total += list->severities[severity];
	if (total > list->count)
		fprintf(out, _("%zu more findings are not shown\n"), total - list->count);
	if (list->out_of_memory)
		fprintf(out, "%s\n", _("error: out of memory, not every finding could be kept"));
}

static void put_location(struct json *json, const struct diag_loc *loc)
{
	if (loc->file != NULL) {
		json_key(json, "file");
		json_string(json, loc->file);
	}
	if (loc->line > 0) {
		json_key(json, "line");
		json_unsigned(json, loc->line);
	}
	if (loc->column > 0) {
		json_key(json, "column");
		json_unsigned(json, loc->column);
	}
}

static void put_text(struct json *json, const char *key, const char *text)
{
	if (text == NULL)
		return;
	json_key(json, key);
	json_string(json, text);
}

static void put_finding(struct json *json, const struct diag *finding)
{
	json_object_begin(json);
	put_text(json, "severity", severity_name(finding->severity));
	put_location(json, &finding->loc);
	put_text(json, "message", finding->message);
	put_text(json, "clause", finding->clause.number);
	put_text(json, "document", finding->clause.document);
	put_text(json, "asks", finding->clause.asks);
	put_text(json, "fix", finding->fix);
	json_object_end(json);
}

void diag_list_print_json(const struct diag_list *list, FILE *out)
{
	struct json json;

	json_init(&json);
	json_array_begin(&json);
	for (size_t i = 0; i < list->count; i++)
		put_finding(&json, &list->findings[i]);
	json_array_end(&json);
	json_newline(&json);
	if (!json.failed)
		fwrite(json.text, 1, json.length, out);
	json_clear(&json);
}
