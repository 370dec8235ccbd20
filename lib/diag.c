/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diag_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "width.h"

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

static void free_finding(const struct diag *finding)
{
	free_text(finding->message);
	free_text(finding->fix);
	free_text(finding->clause.number);
	free_text(finding->clause.document);
	free_text(finding->clause.asks);
}

void diag_list_free(struct diag_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->count; i++)
		free_finding(&list->findings[i]);
	for (size_t i = 0; i < list->source_count; i++) {
		free(list->sources[i].file);
		free(list->sources[i].text);
	}
	free(list->findings);
	free(list->sources);
	free(list);
}

/* Its number; source_count when there is none. */
static size_t number_of(const struct diag_list *list, const char *file)
{
	size_t i = 0;

	while (i < list->source_count && strcmp(list->sources[i].file, file) != 0)
		i++;
	return i;
}

const struct source *diag_find_source(const struct diag_list *list, const char *file)
{
	size_t number = number_of(list, file);

	return number < list->source_count ? &list->sources[number] : NULL;
}

/* The source of this name, made when there is none. NULL: out of memory. */
static struct source *name_source(struct diag_list *list, const char *file)
{
	size_t number = number_of(list, file);
	struct source *source;
	struct source *sources;

	if (number < list->source_count)
		return &list->sources[number];
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
	struct diag *findings =
		array_reserve(list->findings, sizeof(*findings), list->count, &list->room);

	if (!findings)
		return NULL;
	list->findings = findings;
	return &list->findings[list->count];
}

/* A copy that may be shown. */
static bool copy_text(const char **ret_copy, const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (copy != NULL)
		make_printable(copy);
	*ret_copy = copy;
	return copy != NULL || text == NULL;
}

static bool copy_clause(struct diag_clause *ret_copy, const struct diag_clause *clause)
{
	return copy_text(&ret_copy->number, clause->number) &&
	       copy_text(&ret_copy->document, clause->document) &&
	       copy_text(&ret_copy->asks, clause->asks);
}

/* Takes the message. */
static int add(struct diag_list *list, const struct diag *given, char *message)
{
	struct diag *finding = new_finding(list);
	const char *file = given->loc.file;
	const struct source *source = file != NULL ? name_source(list, file) : NULL;
	struct diag copy = { .severity = given->severity, .loc = given->loc, .message = message };

	make_printable(message);
	if (finding == NULL || !copy_text(&copy.fix, given->fix) ||
		!copy_clause(&copy.clause, &given->clause) || (file != NULL && source == NULL)) {
		free_finding(&copy);
		return -ENOMEM;
	}
	copy.loc.file = source != NULL ? source->file : NULL;
	*finding = copy;
	list->count++;
	return 0;
}

__attribute__((format(printf, 3, 0))) static void add_formatted(
	struct diag_list *list, const struct diag *given, const char *format, va_list arguments)
{
	char *message = NULL;

	list->severities[given->severity]++;
	if (list->count == DIAG_MAX)
		return;
	if (vasprintf(&message, format, arguments) < 0 || add(list, given, message) < 0)
		list->out_of_memory = true;
}

void diag_add(struct diag_list *list, enum diag_severity severity, struct diag_loc loc,
	const char *fix, const char *format, ...)
{
	const struct diag given = { .severity = severity, .loc = loc, .fix = fix };
	va_list arguments;

	va_start(arguments, format);
	add_formatted(list, &given, format, arguments);
	va_end(arguments);
}

void diag_add_clause(struct diag_list *list, enum diag_severity severity, struct diag_loc loc,
	const struct diag_clause *clause, const char *fix, const char *format, ...)
{
	const struct diag given = {
		.severity = severity, .loc = loc, .fix = fix, .clause = *clause
	};
	va_list arguments;

	va_start(arguments, format);
	add_formatted(list, &given, format, arguments);
	va_end(arguments);
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

/* ---- order ---- */

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* What is about no file stands first. */
static size_t rank_of(const struct diag_list *list, const struct diag *finding)
{
	return finding->loc.file != NULL ? number_of(list, finding->loc.file) + 1 : 0;
}

static int compare_findings(
	const struct diag_list *list, const struct diag *a, const struct diag *b)
{
	int order = 0;

	/* Findings of one file share its name. */
	if (a->loc.file != b->loc.file)
		order = compare_numbers(rank_of(list, a), rank_of(list, b));
	if (order == 0)
		order = compare_numbers(a->loc.line, b->loc.line);
	return order != 0 ? order : compare_numbers(a->loc.column, b->loc.column);
}

/* Merge sort of indexes would do as well; insertion keeps the order of equals and the list is at
 * most DIAG_MAX long and nearly sorted. */
void diag_list_append(struct diag_list *list, const struct diag_list *findings)
{
	for (size_t i = 0; i < findings->source_count; i++) {
		const struct source *source = &findings->sources[i];

		if (source->text != NULL && diag_find_source(list, source->file) == NULL &&
			diag_list_source(list, source->file, source->text, source->length) < 0)
			list->out_of_memory = true;
	}
	for (size_t i = 0; i < findings->count; i++) {
		const struct diag *diag = &findings->findings[i];

		diag_add_clause(list, diag->severity, diag->loc, &diag->clause, diag->fix, "%s",
			diag->message);
	}
}

void diag_list_sort(struct diag_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct diag finding = list->findings[i];
		size_t j = i;

		for (; j > 0 && compare_findings(list, &list->findings[j - 1], &finding) > 0; j--)
			list->findings[j] = list->findings[j - 1];
		list->findings[j] = finding;
	}
}
