/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logprogress.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/i18n.h"
#include "../lib/logfile.h"
#include "clock.h"

#define DRAW_EVERY (CLOCK_SECOND / 5)
#define CALLS	   256 /* between two looks at the clock */
#define BAR	   30  /* cells */

void logprogress_begin(
	struct logprogress *progress, const char *directory, const char *what, bool wanted)
{
	memset(progress, 0, sizeof(*progress));
	progress->directory = directory;
	progress->what = what;
	progress->terminal = wanted && isatty(STDERR_FILENO);
	if (progress->terminal)
		progress->next = clock_monotonic() + CLOCK_SECOND;
}

void logprogress_clear(struct logprogress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}

void logprogress_end(struct logprogress *progress)
{
	logprogress_clear(progress);
	logscan_free_names(&progress->names);
	free(progress->before);
	progress->before = NULL;
	progress->terminal = false;
}

static uint64_t size_of(int directory, const char *segment)
{
	struct logfile *file;
	int64_t size = 0;

	if (logfile_open(directory, segment, &file) < 0)
		return 0;
	(void)logfile_size(file, &size);
	logfile_close(file);
	return (uint64_t)size;
}

/* Only now, as it takes a while: how much is there? */
static bool measure(struct logprogress *progress)
{
	int directory;

	if (progress->before)
		return true;
	if (logscan_list(progress->directory, LOGSCAN_SEGMENTS, &progress->names) < 0)
		return false;
	progress->before = calloc(progress->names.count + 1, sizeof(*progress->before));
	directory = open(progress->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!progress->before || directory < 0)
		return false;
	for (size_t i = 0; i < progress->names.count; i++)
		progress->before[i + 1] =
			progress->before[i] + size_of(directory, progress->names.names[i]);
	close(directory);
	return true;
}

static void draw(struct logprogress *progress, const char *segment, int64_t offset)
{
	uint64_t reached = (uint64_t)offset, total = progress->before[progress->names.count];
	char bar[BAR + 1];
	size_t filled, i = 0;

	while (i < progress->names.count && strcmp(progress->names.names[i], segment) < 0)
		i++;
	reached += progress->before[i];
	if (reached > total)
		reached = total;
	if (progress->backward)
		reached = total - reached;
	filled = total ? (size_t)(reached * BAR / total) : 0;
	memset(bar, '-', BAR);
	memset(bar, '#', filled);
	bar[BAR] = '\0';
	fprintf(stderr, "\r%s: [%s] %3u %%", progress->what, bar,
		(unsigned int)(total ? reached * 100 / total : 0));
	progress->drawn = true;
}

void logprogress_at(struct logprogress *progress, const char *segment, int64_t offset)
{
	if (++progress->calls < CALLS)
		return;
	progress->calls = 0;
	logprogress_look(progress, segment, offset);
}

void logprogress_look(struct logprogress *progress, const char *segment, int64_t offset)
{
	int64_t now;

	if (!progress->terminal)
		return;
	now = clock_monotonic();
	if (now < progress->next)
		return;
	progress->next = now + DRAW_EVERY;
	if (measure(progress))
		draw(progress, segment, offset);
	else
		progress->terminal = false;
}
