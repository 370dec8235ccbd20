/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/wrap.h"
#include "options.h"

#define COLUMNS_MIN 20 /* a terminal that says less does not know */
#define COLUMNS_MAX 1000

static struct {
	unsigned int columns, rows;
	bool known;
} terminal;

/* What the environment says, or else what the terminal does; 0: neither knows. */
static unsigned int choose(const char *variable, unsigned int least, unsigned int said)
{
	const char *text = getenv(variable);
	unsigned long number;

	if (text && options_number(text, COLUMNS_MAX, &number) && number >= least)
		return (unsigned int)number;
	return said >= least ? said : 0;
}

void terminal_measure(void)
{
	struct winsize size = { 0 };

	terminal.known = true;
	terminal.columns = terminal.rows = 0;
	if (!isatty(STDOUT_FILENO))
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	terminal.columns = choose("COLUMNS", COLUMNS_MIN, size.ws_col);
	terminal.rows = choose("LINES", 1, size.ws_row);
}

unsigned int terminal_columns(void)
{
	if (!terminal.known)
		terminal_measure();
	return terminal.columns;
}

unsigned int terminal_rows(void)
{
	if (!terminal.known)
		terminal_measure();
	return terminal.rows;
}

/* A copy in one line: where it was cut was for another width. Japanese has no blanks there. */
static char *join(const char *text)
{
	char *joined = strdup(text);
	size_t used = 0;

	for (size_t i = 0; joined && text[i] != '\0'; i++) {
		bool japanese = i > 0 && ((text[i - 1] | text[i + 1]) & 0x80);

		if (text[i] != '\n')
			joined[used++] = text[i];
		else if (!japanese)
			joined[used++] = ' ';
	}
	if (joined)
		joined[used] = '\0';
	return joined;
}

void terminal_put(FILE *out, const char *text, size_t indent)
{
	size_t columns = terminal_columns(), next;
	char *joined = columns > indent ? join(text) : NULL;

	if (!joined) {
		fprintf(out, "%s\n", text);
		return;
	}
	for (const char *at = joined; *at != '\0'; at += next) {
		size_t length = wrap_line(at, columns - indent, &next);

		fprintf(out, "%*s%.*s\n", at == joined ? 0 : (int)indent, "", (int)length, at);
	}
	free(joined);
}
