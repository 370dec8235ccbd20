/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/width.h"
#include "../lib/wrap.h"
#include "tablefit.h"
#include "terminal.h"

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
	struct tablefit_column *needs; /* of each column, so far */
	size_t *widths;		       /* that it has, when rows are printed */
	size_t *done;		       /* how much of each cell of a row was printed */
	size_t limit;		       /* cells of a line, 0 for any number */
	size_t column_count;
	struct cell *cells; /* row after row */
	size_t cell_count, cell_room;
	bool color;
	bool titled; /* the titles were printed */
	bool listed; /* there is no room for columns */
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

static void need_room(struct tablefit_column *need, const char *text, size_t width)
{
	size_t word = wrap_widest(text);

	if (width > need->width)
		need->width = width;
	if (word > need->word)
		need->word = word;
}

static int set_column(struct table *table, size_t index, const struct table_column *column)
{
	size_t width = column->title ? width_of_text(column->title) : 0;
	char *title = column->title ? strdup(column->title) : NULL;

	if (column->title && !title)
		return -ENOMEM;
	table->columns[index].title = title;
	table->columns[index].right = column->right;
	table->needs[index].width = column->minimum;
	need_room(&table->needs[index], title ? title : "", width);
	table->needs[index].whole = column->right;
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
	table->needs = calloc(count, sizeof(*table->needs));
	table->widths = calloc(count, sizeof(*table->widths));
	table->done = calloc(count, sizeof(*table->done));
	if (!table->columns || !table->needs || !table->widths || !table->done) {
		table_free(table);
		return -ENOMEM;
	}
	table->column_count = count;
	table->color = color;
	table->limit = terminal_columns();
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
	free(table->needs);
	free(table->widths);
	free(table->done);
	free(table);
}

void table_fit(struct table *table, unsigned int columns)
{
	table->limit = columns;
}

static bool make_room(struct table *table)
{
	struct cell *cells =
		array_reserve(table->cells, sizeof(*cells), table->cell_count, &table->cell_room);

	if (cells)
		table->cells = cells;
	return cells != NULL;
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
	need_room(&table->needs[column], copy, cell->width);
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

/* A line's part of a cell: what fits of what is left of it, at its side of the column. */
static void print_part(
	const struct table *table, size_t column, const struct cell *cell, bool last, FILE *out)
{
	size_t room = table->widths[column], next, length, width;
	const char *text = cell->text + table->done[column];
	bool coded = table->color && cell->style != TABLE_PLAIN && *text != '\0';
	char *part;

	length = wrap_line(text, room > 0 ? room : 1, &next);
	part = strndup(text, length);
	width = part ? width_of_text(part) : 0;
	room = width < room ? room - width : 0;
	if (table->columns[column].right)
		fprintf(out, "%*s", (int)room, "");
	fprintf(out, "%s%s%s", coded ? style_codes[cell->style] : "", part ? part : "?",
		coded ? STYLE_RESET : "");
	if (!last)
		fprintf(out, "%*s", (int)(table->columns[column].right ? GAP : room + GAP), "");
	table->done[column] += next;
	free(part);
}

/* The last cell that has something left to print; the number of columns when none has. */
static size_t last_left(const struct table *table, const struct cell *cells)
{
	size_t last = table->column_count;

	for (size_t i = 0; i < table->column_count; i++)
		if (cells[i].text[table->done[i]] != '\0')
			last = i;
	return last;
}

/* As many lines as the longest of its cells needs; no blanks at the end of a line. */
static void print_row(const struct table *table, const struct cell *cells, FILE *out)
{
	size_t last;

	memset(table->done, 0, table->column_count * sizeof(*table->done));
	last = last_left(table, cells);
	if (last == table->column_count)
		last = 0; /* a row of nothing is an empty line */
	do {
		for (size_t i = 0; i <= last; i++)
			print_part(table, i, &cells[i], i == last, out);
		fputc('\n', out);
		last = last_left(table, cells);
	} while (last < table->column_count);
}

static int print_titles(const struct table *table, FILE *out)
{
	struct cell *cells = calloc(table->column_count, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	for (size_t i = 0; i < table->column_count; i++)
		cells[i] = (struct cell){ table->columns[i].title, 0, TABLE_STRONG };
	print_row(table, cells, out);
	free(cells);
	return 0;
}

/* A row as a list: each cell that has something behind its title, and an empty line. */
static void print_list(const struct table *table, const struct cell *cells, FILE *out)
{
	struct table list = { .column_count = 2, .color = table->color };
	struct column columns[2] = { { .right = false } };
	size_t widths[2] = { 0 }, done[2];

	list.columns = columns;
	list.widths = widths;
	list.done = done;
	for (size_t i = 0; i < table->column_count; i++)
		if (width_of_text(table->columns[i].title) > widths[0])
			widths[0] = width_of_text(table->columns[i].title);
	if (widths[0] > table->limit / 2)
		widths[0] = table->limit / 2;
	widths[1] = table->limit > widths[0] + GAP ? table->limit - widths[0] - GAP : 1;
	for (size_t i = 0; i < table->column_count; i++) {
		const struct cell pair[2] = {
			{ table->columns[i].title, 0, TABLE_STRONG },
			cells[i],
		};

		if (cells[i].text[0] != '\0')
			print_row(&list, pair, out);
	}
	fputc('\n', out);
}

int table_print(struct table *table, FILE *out)
{
	size_t count = table->column_count;

	if (table->failed)
		return -ENOMEM;
	/* Columns only grow: once there is no room, there is none any more. */
	if (!tablefit_widths(table->needs, count, GAP, table->limit, table->widths) &&
		table->columns[0].title)
		table->listed = true;
	if (!table->titled && !table->listed && print_titles(table, out) < 0)
		return -ENOMEM;
	table->titled = true;
	for (size_t i = 0; i + count <= table->cell_count; i += count)
		if (table->listed)
			print_list(table, &table->cells[i], out);
		else
			print_row(table, &table->cells[i], out);
	drop_cells(table);
	return 0;
}

void table_line(bool color, const char *title, const char *text)
{
	fputs("  ", stdout);
	table_put(stdout, color, TABLE_STRONG, title);
	fputs(": ", stdout);
	table_put(stdout, color, TABLE_PLAIN, text);
	putchar('\n');
}
