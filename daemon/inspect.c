/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "../lib/array.h"
#include "clock.h"
#include "logfields.h"
#include "logwalk.h"
#include "reportfile.h"

#define DIGITS 6 /* at least */

/* ---- files ---- */

/* "000012.json" -> 12; 0: it is none of ours. */
static uint64_t number_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	char *path, *end;
	uint64_t number;

	if (digits < DIGITS || digits > 18 || strcmp(name + digits, ".json") != 0)
		return 0;
	number = strtoull(name, &end, 10);
	/* Written in no other way than by us. */
	if (asprintf(&path, "%0*" PRIu64 ".json", DIGITS, number) < 0)
		return 0;
	if (strcmp(path, name) != 0)
		number = 0;
	free(path);
	return number;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static int collect(DIR *names, uint64_t **ret_numbers, size_t *ret_count)
{
	struct dirent *entry;
	size_t room = 0;

	while ((errno = 0, entry = readdir(names))) {
		uint64_t number = number_of(entry->d_name), *grown;

		if (number == 0)
			continue;
		grown = array_reserve(*ret_numbers, sizeof(*grown), *ret_count, &room);
		if (!grown)
			return -ENOMEM;
		*ret_numbers = grown;
		(*ret_numbers)[(*ret_count)++] = number;
	}
	return -errno;
}

int inspect_list(const char *directory, uint64_t **ret_numbers, size_t *ret_count)
{
	DIR *names = opendir(directory);
	int r;

	*ret_numbers = NULL;
	*ret_count = 0;
	if (!names)
		return errno == ENOENT ? 0 : -errno;
	r = collect(names, ret_numbers, ret_count);
	closedir(names);
	if (r < 0) {
		free(*ret_numbers);
		*ret_numbers = NULL;
		*ret_count = 0;
		return r;
	}
	if (*ret_count > 1)
		qsort(*ret_numbers, *ret_count, sizeof(**ret_numbers), compare);
	return 0;
}

char *inspect_path(const char *directory, uint64_t number)
{
	char *path;

	return asprintf(&path, "%s/%0*" PRIu64 ".json", directory, DIGITS, number) < 0 ? NULL
										       : path;
}

int inspect_load(const char *directory, uint64_t number, char problem[REPORT_PROBLEM_MAX],
	struct inspection *ret_inspection)
{
	char *path = inspect_path(directory, number);
	uint8_t digest[REPORTFILE_DIGEST];
	int r;

	*ret_inspection = (struct inspection){ 0 };
	problem[0] = '\0';
	if (!path)
		return -ENOMEM;
	r = reportfile_read(path, digest, problem, &ret_inspection->report);
	free(path);
	if (r == 0)
		sodium_bin2hex(ret_inspection->digest, sizeof(ret_inspection->digest), digest,
			sizeof(digest));
	return r;
}

void inspect_clear(struct inspection *inspection)
{
	report_free(inspection->report);
	inspection->report = NULL;
}

/* ---- what is on record about them ---- */

struct taking {
	struct inspect_steps *steps;
	uint64_t number; /* 0: any */
	const char *action;
};

static int add_step(struct taking *taking, const struct logfields *fields, int64_t time)
{
	struct inspect_steps *steps = taking->steps;
	struct inspect_step *grown, *step;

	grown = reallocarray(steps->steps, steps->count + 1, sizeof(*grown));
	if (!grown)
		return cmd_failed(_("out of memory"));
	steps->steps = grown;
	step = &grown[steps->count++];
	*step = (struct inspect_step){
		.number = logfields_number(fields, "hedate.inspect.number"),
		.sequence = logfields_number(fields, "event.sequence"),
		.time = time,
		.action = taking->action,
		.user = strdup(logfields_get(fields, "hedate.user")),
		.digest = strdup(logfields_get(fields, "hedate.inspect.digest")),
		.text = strdup(logfields_get(fields, "hedate.text")),
	};
	return step->user && step->digest && step->text ? EXIT_OK : cmd_failed(_("out of memory"));
}

static int take(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct taking *taking = data;
	struct logfields fields;
	int exit_code = EXIT_OK;

	if (logfields_read(line, length, &fields) == 0 &&
		(taking->number == 0 ||
			logfields_number(&fields, "hedate.inspect.number") == taking->number))
		exit_code = add_step(taking, &fields, record->time / CLOCK_SECOND);
	logfields_clear(&fields);
	return exit_code;
}

int inspect_steps_read(const struct cli *cli, const char *log, const char *index, uint64_t number,
	struct inspect_steps *ret_steps)
{
	static const char *const actions[] = { INSPECT_MADE, INSPECT_NOTE, INSPECT_SIGNED };
	static const struct cmd_usage usage = { "inspect", "", "", NULL, 0 };
	int exit_code = EXIT_OK;

	*ret_steps = (struct inspect_steps){ 0 };
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]) && exit_code == EXIT_OK; i++) {
		struct taking taking = { ret_steps, number, actions[i] };
		const struct log_sink sink = { .take = take, .data = &taking };
		struct log_query query;

		log_query_init(&query);
		query.directory = log;
		query.index = index;
		query.filter.action = actions[i];
		exit_code = log_walk(cli, &usage, &query, &sink);
	}
	return exit_code;
}

void inspect_steps_clear(struct inspect_steps *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		free(steps->steps[i].user);
		free(steps->steps[i].digest);
		free(steps->steps[i].text);
	}
	free(steps->steps);
	*steps = (struct inspect_steps){ 0 };
}
