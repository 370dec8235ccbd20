/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/fileio.h"
#include "../lib/i18n.h"
#include "../lib/screenful.h"
#include "../lib/wrap.h"
#include "terminal.h"

#define CLEAR	  "\033[H\033[2J"
#define TEXT_MOST ((size_t)16 << 20)

static void restore(struct screen *screen)
{
	(void)dup2(screen->output, STDOUT_FILENO);
	close(screen->output);
	if (screen->error >= 0) {
		(void)dup2(screen->error, STDERR_FILENO);
		close(screen->error);
	}
}

void screen_begin(struct screen *screen)
{
	*screen = (struct screen){ .memory = -1, .output = -1, .error = -1 };
	terminal_measure(); /* as long as stdout is the terminal */
	fflush(stdout);
	screen->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (screen->output < 0)
		return;
	screen->memory = memfd_create("screen", MFD_CLOEXEC);
	if (screen->memory < 0 || dup2(screen->memory, STDOUT_FILENO) < 0) {
		restore(screen);
		return;
	}
	if (!isatty(STDERR_FILENO))
		return;
	screen->error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (screen->error >= 0)
		(void)dup2(screen->memory, STDERR_FILENO);
}

/* The last row stays free: the cursor stands there. */
static void draw(const char *text, size_t length)
{
	unsigned int columns = terminal_columns(), rows = terminal_rows();
	size_t left = 0, fits = length, next;
	char more[160];

	if (rows > 1)
		fits = screenful(text, length, columns, rows - 1, &left);
	if (left > 0)
		fits = screenful(text, length, columns, rows > 2 ? rows - 2 : 1, &left);
	fputs(CLEAR, stdout);
	fwrite(text, 1, fits, stdout);
	if (left == 0)
		return;
	snprintf(more, sizeof(more), _("(%zu more lines; \"hedate status\" shows all)"), left);
	printf("%.*s\n", columns > 0 ? (int)wrap_line(more, columns, &next) : -1, more);
}

int screen_end(struct screen *screen)
{
	char *text = NULL;
	size_t length = 0;
	int r = 0;

	if (screen->memory < 0)
		return fflush(stdout) == 0 ? 0 : -errno;
	if (fflush(stdout) != 0)
		r = -errno;
	restore(screen);
	if (r == 0)
		r = fileio_load(screen->memory, TEXT_MOST, &text, &length);
	close(screen->memory);
	if (r == 0)
		draw(text, length);
	free(text);
	if (r == 0 && fflush(stdout) != 0)
		r = -errno;
	return r;
}
