/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers from a file: "site = aobano", "interface eth1 = lgwan". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "setup.h"
#include "suggest.h"

#define LINE_LENGTH_MAX 1024 /* bytes */

/* One line, its parts ended by NUL. */
struct line {
	char *key;
	char *interface; /* or NULL */
	char *value;
	struct diag_loc key_loc, interface_loc, value_loc;
};

static char *skip_blanks(char *text)
{
	return text + strspn(text, " \t");
}

static void cut_blanks(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
		text[--length] = '\0';
}

static struct diag_loc loc_of(struct diag_loc line, const char *text, const char *place)
{
	/* Columns count characters; what stands before a value is ASCII, or wrong anyway. */
	line.column = (unsigned int)(place - text) + 1;
	return line;
}

/* False: there is no "=". */
static bool split(char *text, struct diag_loc loc, struct line *line)
{
	char *equals = strchr(text, '='), *blank;

	if (equals == NULL)
		return false;
	*equals = '\0';
	line->value = skip_blanks(equals + 1);
	cut_blanks(line->value);
	line->key = skip_blanks(text);
	cut_blanks(line->key);
	blank = line->key + strcspn(line->key, " \t");
	line->interface = *blank == '\0' ? NULL : skip_blanks(blank);
	*blank = '\0';
	line->key_loc = loc_of(loc, text, line->key);
	line->value_loc = loc_of(loc, text, line->value);
	line->interface_loc = loc_of(loc, text, line->interface ? line->interface : line->key);
	return true;
}

static void refuse_interface(
	const struct setup *setup, const struct line *line, struct diag_list *diags)
{
	struct suggest suggest = { .word = line->interface };
	char fix[64];

	for (size_t i = 0; i < setup->interface_count; i++)
		suggest_consider(&suggest, setup->interfaces[i].name);
	snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), suggest.best ? suggest.best : "");
	diag_add(diags, DIAG_ERROR, line->interface_loc, suggest.best ? fix : NULL,
		_("this host has no interface \"%s\""), line->interface);
}

static void take_line(struct setup *setup, char *text, struct diag_loc loc, struct diag_list *diags)
{
	struct setup_interface *interface = NULL;
	const char *why = NULL;
	struct line line;

	if (!split(text, loc, &line)) {
		diag_add(diags, DIAG_ERROR, loc, _("as in \"site = aobano\""),
			_("an answer is a key, \"=\" and a value"));
		return;
	}
	if (line.interface != NULL) {
		interface = setup_find_interface(setup, line.interface);
		if (interface == NULL) {
			refuse_interface(setup, &line, diags);
			return;
		}
	}
	if (setup_set(setup, line.key, interface, line.value, &why) < 0)
		diag_add(diags, DIAG_ERROR, line.value_loc, why, _("\"%s\" cannot be \"%s\""),
			line.key, line.value);
}

/* A line without its end and its comment. NULL: out of memory. */
static char *copy_line(const char *text, size_t length)
{
	char *copy = strndup(text, length), *first;

	if (copy == NULL)
		return NULL;
	first = skip_blanks(copy);
	if (*first == '#')
		*first = '\0';
	cut_blanks(copy);
	return copy;
}

int setup_read(struct setup *setup, const char *text, size_t length, const char *name,
	struct diag_list *diags)
{
	struct diag_loc loc = { .file = name, .column = 1 };

	if (diag_list_source(diags, name, text, length) < 0)
		return -ENOMEM;
	for (size_t at = 0; at < length;) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t bytes = (end ? (size_t)(end - text) : length) - at;
		char *line;

		loc.line++;
		if (bytes > LINE_LENGTH_MAX) {
			diag_add(diags, DIAG_ERROR, loc, NULL, _("the line is too long"));
			return -EINVAL;
		}
		line = copy_line(text + at, bytes);
		if (line == NULL)
			return -ENOMEM;
		if (*skip_blanks(line) != '\0')
			take_line(setup, line, loc, diags);
		free(line);
		at += bytes + 1;
	}
	return diag_list_count(diags, DIAG_ERROR) > 0 ? -EINVAL : 0;
}
