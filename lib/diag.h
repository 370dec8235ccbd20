/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Located diagnostics. Every reader of input collects its findings here and goes on, so that one
 * run shows all errors of a file. Printed, a finding looks like this:
 *
 *	hedate.conf:41:9: error: path "F03": no host or network is named "eltx"
 *	   41 |   to = "eltx";
 *	      |        ^
 *	      fix: did you mean "eltax"?
 */
#ifndef HEDATE_DIAG_H
#define HEDATE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum diag_severity {
	DIAG_ERROR,
	DIAG_WARNING,
	DIAG_NOTE,
};

/* Where in a file. line counts from 1, column counts characters from 1; 0 means not known. The
 * name of the file is copied when a finding is added. */
struct diag_loc {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/* The clause of a document that a finding is about. */
struct diag_clause {
	const char *number;   /* NULL: of no clause */
	const char *document; /* in which it stands */
	const char *asks;     /* what it asks for */
};

struct diag {
	enum diag_severity severity;
	struct diag_loc loc;
	const char *message; /* the cause, translated, UTF-8, no trailing newline */
	const char *fix;     /* what would mend it, or NULL where that cannot be known */
	struct diag_clause clause;
};

struct diag_list;

/* Create an empty list. 0, or -ENOMEM. The caller owns it: diag_list_free(). */
int diag_list_new(struct diag_list **ret_list);
void diag_list_free(struct diag_list *list);

/* Give the text of a file (copied), so that its lines can be shown. 0, or -ENOMEM. */
int diag_list_source(struct diag_list *list, const char *file, const char *text, size_t length);

/* Add one finding. fix may be NULL. An allocation failure is remembered and counted as an error,
 * so that a caller that only looks at diag_list_count() still refuses. At most
 * DIAG_MAX findings are kept; the rest are counted. */
#define DIAG_MAX 1000
__attribute__((format(printf, 5, 6))) void diag_add(struct diag_list *list,
	enum diag_severity severity, struct diag_loc loc, const char *fix, const char *format, ...);

/* The same for what breaks a clause, which is shown with it. */
__attribute__((format(printf, 6, 7))) void diag_add_clause(struct diag_list *list,
	enum diag_severity severity, struct diag_loc loc, const struct diag_clause *clause,
	const char *fix, const char *format, ...);

/* How many findings of this severity, those past DIAG_MAX included. */
size_t diag_list_count(const struct diag_list *list, enum diag_severity severity);

/* The number of findings kept, and one of them (borrowed until the list is freed). */
size_t diag_list_length(const struct diag_list *list);
const struct diag *diag_list_get(const struct diag_list *list, size_t index);

/* Add the findings of another list, in their order. */
void diag_list_append(struct diag_list *list, const struct diag_list *findings);
/* Put the findings in the order of their files (as they were met), lines and columns; equal ones
 * stay as they are. */
void diag_list_sort(struct diag_list *list);

/* Print all findings as above; color adds ANSI colours. */
void diag_list_print(const struct diag_list *list, FILE *out, bool color);

/* The same as a JSON array of {severity, file, line, column, message, clause, document,
 * asks, fix}, without what a finding has not. */
void diag_list_print_json(const struct diag_list *list, FILE *out);

#endif
