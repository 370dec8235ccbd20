/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "json.h"
#include "width.h"

#define TAB_COLUMNS	8
#define EXCERPT_COLUMNS 160 /* of a source line, at most */
#define EXCERPT_BEFORE	100 /* of them before the caret, when the line is longer */

struct source {
	char *file;
	char *text; /* NULL: only its name is known */
	size_t length;
};

struct diag_list {
	struct diag *findings;
	size_t count, room;
	size_t severities[DIAG_NOTE + 1];
	struct source *sources;
	size_t source_count;
	bool out_of_memory;
};

int diag_list_new(struct diag_list **ret_list)
{
	*ret_list = calloc(1, sizeof(**ret_list));
	return *ret_list == NULL ? -ENOMEM : 0;
}

/* Findings own their texts; the members are const for everybody else. */
static void free_text(const char *text)
{
	free((void *)(uintptr_t)text);
}

void diag_list_free(struct diag_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->count; i++) {
		free_text(list->findings[i].message);
		free_text(list->findings[i].fix);
	}
	for (size_t i = 0; i < list->source_count; i++) {
		free(list->sources[i].file);
		free(list->sources[i].text);
	}
	free(list->findings);
	free(list->sources);
	free(list);
}

static struct source *find_source(const struct diag_list *list, const char *file)
{
	for (size_t i = 0; i < list->source_count; i++)
		if (strcmp(list->sources[i].file, file) == 0)
			return &list->sources[i];
	return NULL;
}

/* The source of this name, made when there is none. NULL: out of memory. */
static struct source *name_source(struct diag_list *list, const char *file)
{
	struct source *source = find_source(list, file);
	struct source *sources;

	if (source != NULL)
		return source;
	sources = realloc(list->sources, (list->source_count + 1) * sizeof(*sources));
	if (sources == NULL)
		return NULL;
	list->sources = sources;
	source = &sources[list->source_count];
	*source = (struct source){ .file = strdup(file) };
	if (source->file == NULL)
		return NULL;
	list->source_count++;
	return source;
}

int diag_list_source(struct diag_list *list, const char *file, const char *text, size_t length)
{
	struct source *source = name_source(list, file);
	char *copy = malloc(length + 1);

	if (source == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	free(source->text);
	source->text = copy;
	source->length = length;
	return 0;
}

/* Messages quote what was read: nothing of it may steer the reader's terminal. */
static void make_printable(char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length;) {
		uint32_t character;
		size_t bytes = width_decode(text + i, length - i, &character);

		if (character == WIDTH_REPLACEMENT || !width_printable(character))
			memset(text + i, '?', bytes);
		i += bytes;
	}
}

static struct diag *new_finding(struct diag_list *list)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 16 : list->room * 2;
		struct diag *findings = realloc(list->findings, room * sizeof(*findings));

		if (findings == NULL)
			return NULL;
		list->findings = findings;
		list->room = room;
	}
	return &list->findings[list->count];
}

static int add(struct diag_list *list, enum diag_severity severity, struct diag_loc loc,
	const char *fix, char *message)
{
	struct diag *finding = new_finding(list);
	const struct source *source = loc.file != NULL ? name_source(list, loc.file) : NULL;
	char *fix_copy = fix != NULL ? strdup(fix) : NULL;

	if (finding == NULL || (fix != NULL && fix_copy == NULL) ||
		(loc.file != NULL && source == NULL)) {
		free(fix_copy);
		return -ENOMEM;
	}
	make_printable(message);
	if (fix_copy != NULL)
		make_printable(fix_copy);
	loc.file = source != NULL ? source->file : NULL;
	*finding = (struct diag){ severity, loc, message, fix_copy };
	list->count++;
	return 0;
}

void diag_add(struct diag_list *list, enum diag_severity severity, struct diag_loc loc,
	const char *fix, const char *format, ...)
{
	char *message = NULL;
	va_list arguments;
	int length;

	list->severities[severity]++;
	if (list->count == DIAG_MAX)
		return;
	va_start(arguments, format);
	length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0) {
		list->out_of_memory = true;
		return;
	}
	if (add(list, severity, loc, fix, message) < 0) {
		free(message);
		list->out_of_memory = true;
	}
}

size_t diag_list_count(const struct diag_list *list, enum diag_severity severity)
{
	size_t count = list->severities[severity];

	return severity == DIAG_ERROR && list->out_of_memory && count == 0 ? 1 : count;
}

size_t diag_list_length(const struct diag_list *list)
{
	return list->count;
}

const struct diag *diag_list_get(const struct diag_list *list, size_t index)
{
	return index < list->count ? &list->findings[index] : NULL;
}

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

static int compare_findings(const struct diag *a, const struct diag *b)
{
	int order = compare_numbers(a->loc.line, b->loc.line);

	return order != 0 ? order : compare_numbers(a->loc.column, b->loc.column);
}

/* Merge sort of indexes would do as well; insertion keeps the order of equals and the list is at
 * most DIAG_MAX long and nearly sorted. */
void diag_list_sort(struct diag_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct diag finding = list->findings[i];
		size_t j = i;

		for (; j > 0 && compare_findings(&list->findings[j - 1], &finding) > 0; j--)
			list->findings[j] = list->findings[j - 1];
		list->findings[j] = finding;
	}
}

/* ---- printing ---- */

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

static void print_finding(const struct diag_list *list, const struct diag *finding,
	struct cursor *cursor, const struct style *style, FILE *out)
{
	const struct diag_loc *loc = &finding->loc;
	const struct source *source = loc->file != NULL ? find_source(list, loc->file) : NULL;

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

void diag_list_print_json(const struct diag_list *list, FILE *out)
{
	struct json json;

	json_init(&json);
	json_array_begin(&json);
	for (size_t i = 0; i < list->count; i++) {
		const struct diag *finding = &list->findings[i];

		json_object_begin(&json);
		json_key(&json, "severity");
		json_string(&json, severity_name(finding->severity));
		put_location(&json, &finding->loc);
		json_key(&json, "message");
		json_string(&json, finding->message);
		if (finding->fix != NULL) {
			json_key(&json, "fix");
			json_string(&json, finding->fix);
		}
		json_object_end(&json);
	}
	json_array_end(&json);
	json_newline(&json);
	if (!json.failed)
		fwrite(json.text, 1, json.length, out);
	json_clear(&json);
}
