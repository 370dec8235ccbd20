/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/width.h"

struct cell {
	char *text; /* owned, harmless */
	size_t width;
	enum table_style style;
};

struct table {
	struct column {
		char *title; /* owned, NULL for none */
		bool right;
	} * columns;
	size_t *widths; /* of each column, so far */
	size_t column_count;
	struct cell *cells; /* row after row */
	size_t cell_count, cell_room;
	bool color;
	bool titled; /* the titles were printed */
	bool failed; /* a cell could not be kept */
};

#define GAP 2 /* blanks between two columns */

static const char *const style_codes[] = {
	[TABLE_PLAIN] = "",
	[TABLE_STRONG] = "\033[1m",
	[TABLE_GOOD] = "\033[32m",
	[TABLE_WARN] = "\033[33m",
	[TABLE_BAD] = "\033[1;31m",
	[TABLE_FAINT] = "\033[2m",
};
#define STYLE_RESET "\033[0m"

/* A copy in which what a terminal would obey stands as U+FFFD. */
static char *harmless(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t length = strlen(text), used = 0;
	char *copy = malloc(length * (sizeof(replacement) - 1) + 1);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < length;) {
		uint32_t character;
		size_t bytes = width_decode(text + i, length - i, &character);

		/* A bad byte decodes to U+FFFD in one byte: it must be replaced as well. */
		if (width_printable(character) && !(character == WIDTH_REPLACEMENT && bytes == 1)) {
			memcpy(copy + used, text + i, bytes);
			used += bytes;
		} else {
			memcpy(copy + used, replacement, sizeof(replacement) - 1);
			used += sizeof(replacement) - 1;
		}
		i += bytes;
	}
	copy[used] = '\0';
	return copy;
}

void table_put(FILE *out, bool color, enum table_style style, const char *text)
{
	char *copy = harmless(text);
	bool coded = color && style != TABLE_PLAIN;

	if (coded)
		fputs(style_codes[style], out);
	fputs(copy ? copy : "?", out);
	if (coded)
		fputs(STYLE_RESET, out);
	free(copy);
}

void table_number_text(uint64_t value, char text[TABLE_NUMBER_MAX])
{
	char digits[TABLE_NUMBER_MAX];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t used = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

static int set_column(struct table *table, size_t index, const struct table_column *column)
{
	size_t width = column->title ? width_of_text(column->title) : 0;
	char *title = column->title ? strdup(column->title) : NULL;

	if (column->title && !title)
		return -ENOMEM;
	table->columns[index].title = title;
	table->columns[index].right = column->right;
	table->widths[index] = width > column->minimum ? width : column->minimum;
	if (!title)
		table->titled = true; /* nothing to print */
	return 0;
}

int table_new(
	const struct table_column *columns, size_t count, bool color, struct table **ret_table)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->columns = calloc(count, sizeof(*table->columns));
	table->widths = calloc(count, sizeof(*table->widths));
	if (!table->columns || !table->widths) {
		table_free(table);
		return -ENOMEM;
	}
	table->column_count = count;
	table->color = color;
	for (size_t i = 0; i < count; i++) {
		if (set_column(table, i, &columns[i]) < 0) {
			table_free(table);
			return -ENOMEM;
		}
	}
	*ret_table = table;
	return 0;
}

static void drop_cells(struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i].text);
	table->cell_count = 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	drop_cells(table);
	free(table->cells);
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i].title);
	free(table->columns);
	free(table->widths);
	free(table);
}

static bool make_room(struct table *table)
{
	size_t room = table->cell_room ? table->cell_room * 2 : 64;
	struct cell *cells;

	if (table->cell_count < table->cell_room)
		return true;
	cells = reallocarray(table->cells, room, sizeof(*cells));
	if (!cells)
		return false;
	table->cells = cells;
	table->cell_room = room;
	return true;
}

void table_cell(struct table *table, enum table_style style, const char *text)
{
	size_t column = table->cell_count % table->column_count;
	struct cell *cell;
	char *copy;

	/* After a failure cells would come to stand in wrong columns: take no more of them. */
	copy = table->failed || !make_room(table) ? NULL : harmless(text ? text : "");
	if (!copy) {
		table->failed = true;
		return;
	}
	cell = &table->cells[table->cell_count++];
	cell->text = copy;
	cell->width = width_of_text(copy);
	cell->style = style;
	if (cell->width > table->widths[column])
		table->widths[column] = cell->width;
}

void table_format(struct table *table, enum table_style style, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		table->failed = true;
		return;
	}
	table_cell(table, style, text);
	free(text);
}

void table_number(struct table *table, enum table_style style, uint64_t value)
{
	char text[TABLE_NUMBER_MAX];

	table_number_text(value, text);
	table_cell(table, style, text);
}

static void print_cell(const struct table *table, size_t column, size_t width,
	enum table_style style, const char *text, bool last, FILE *out)
{
	size_t blanks = table->widths[column] - width;

	if (table->columns[column].right)
		fprintf(out, "%*s", (int)blanks, "");
	if (table->color && style != TABLE_PLAIN && text[0] != '\0')
		fprintf(out, "%s%s" STYLE_RESET, style_codes[style], text);
	else
		fputs(text, out);
	if (last) {
		fputc('\n', out);
		return;
	}
	fprintf(out, "%*s", (int)(table->columns[column].right ? GAP : blanks + GAP), "");
}

static void print_titles(const struct table *table, FILE *out)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const char *title = table->columns[i].title;

		print_cell(table, i, width_of_text(title), TABLE_STRONG, title,
			i + 1 == table->column_count, out);
	}
}

/* Up to the last cell that holds something: no blanks at the end of a line. */
static void print_row(const struct table *table, const struct cell *cells, FILE *out)
{
	size_t last = table->column_count - 1;

	while (last > 0 && cells[last].width == 0)
		last--;
	for (size_t i = 0; i <= last; i++)
		print_cell(table, i, cells[i].width, cells[i].style, cells[i].text, i == last, out);
}

int table_print(struct table *table, FILE *out)
{
	if (table->failed)
		return -ENOMEM;
	if (!table->titled)
		print_titles(table, out);
	table->titled = true;
	for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
		print_row(table, &table->cells[i], out);
	drop_cells(table);
	return 0;
}
