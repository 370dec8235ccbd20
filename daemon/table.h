/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Columns for people. Widths are those of the terminal's cells, so Japanese labels line up. Text
 * that comes from a configuration or a log is made harmless on the way: no control character
 * reaches the terminal.
 *
 * On a terminal lines fit it: what is too wide for its column goes on below, and nothing is cut
 * off. Where there is no room for so many columns, each row is a list of its own, behind titles.
 *
 * table_print() may be called again and again: titles come once, columns only grow. So a long or
 * endless list needs no more memory than the rows between two calls.
 */
#ifndef HEDATE_TABLE_H
#define HEDATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum table_style {
	TABLE_PLAIN,
	TABLE_STRONG,
	TABLE_GOOD,
	TABLE_WARN,
	TABLE_BAD,
	TABLE_FAINT,
};

struct table_column {
	const char *title; /* translated; NULL in every column: a table without titles */
	bool right;	   /* numbers */
	unsigned int minimum;
};

struct table;

/* columns is copied. 0, or -ENOMEM. */
int table_new(
	const struct table_column *columns, size_t count, bool color, struct table **ret_table);
void table_free(struct table *table);
/* Lines of so many cells, instead of those of the terminal; 0: as long as they need to be. */
void table_fit(struct table *table, unsigned int columns);

/* The next cell; the last of a row ends it. The text is copied; NULL stands for "". */
void table_cell(struct table *table, enum table_style style, const char *text);
__attribute__((format(printf, 3, 4))) void table_format(
	struct table *table, enum table_style style, const char *format, ...);
void table_number(struct table *table, enum table_style style, uint64_t value);

/* Print the rows added since the last call. 0, or -ENOMEM when a cell could not be kept. */
int table_print(struct table *table, FILE *out);

#define TABLE_NUMBER_MAX 32
/* "1,234,567" */
void table_number_text(uint64_t value, char text[TABLE_NUMBER_MAX]);

/* Print text, harmless, in a style. */
void table_put(FILE *out, bool color, enum table_style style, const char *text);
/* On stdout: "  title: text", as table_put() prints them. */
void table_line(bool color, const char *title, const char *text);

#endif
