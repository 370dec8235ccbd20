/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/i18n.h"
#include "../lib/suggest.h"
#include "../lib/width.h"
#include "terminal.h"

void options_begin(struct options *options, const char *program, const struct option_spec *specs,
	size_t count, int argc, char **argv)
{
	memset(options, 0, sizeof(*options));
	options->program = program;
	options->specs = specs;
	options->count = count;
	options->argc = argc;
	options->argv = argv;
	options->next = 1;
}

__attribute__((format(printf, 2, 3))) static int complain(
	const struct options *options, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", options->program);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return OPTIONS_FAILED;
}

static int unknown_option(const struct options *options, const char *name, size_t length)
{
	char word[SUGGEST_WORD_MAX + 1];
	struct suggest suggest = { .word = word };

	complain(options, _("unknown option --%.*s"), (int)length, name);
	if (length >= sizeof(word))
		return OPTIONS_FAILED;
	memcpy(word, name, length);
	word[length] = '\0';
	for (size_t i = 0; i < options->count; i++) {
		if (options->specs[i].name)
			suggest_consider(&suggest, options->specs[i].name);
	}
	if (suggest.best)
		complain(options, _("did you mean --%s?"), suggest.best);
	return OPTIONS_FAILED;
}

/* The next word, if it can only be the value of what was met. */
static void take_optional(struct options *options)
{
	if (options->next < options->argc &&
		isdigit((unsigned char)options->argv[options->next][0]))
		options->value = options->argv[options->next++];
}

/* text: what follows "--". */
static int next_long(struct options *options, const char *text)
{
	size_t length = strcspn(text, "="), found = 0;
	const struct option_spec *spec;

	while (found < options->count) {
		const char *name = options->specs[found].name;

		if (name && strlen(name) == length && strncmp(name, text, length) == 0)
			break;
		found++;
	}
	if (found == options->count)
		return unknown_option(options, text, length);
	spec = &options->specs[found];
	if (!spec->argument) {
		if (text[length] == '=')
			return complain(options, _("option --%s takes no value"), spec->name);
		return (int)found;
	}
	if (text[length] == '=') {
		options->value = text + length + 1;
		return (int)found;
	}
	if (spec->argument[0] == '[') {
		take_optional(options);
		return (int)found;
	}
	if (options->next >= options->argc)
		return complain(
			options, _("option --%s needs a value: %s"), spec->name, _(spec->argument));
	options->value = options->argv[options->next++];
	return (int)found;
}

/* The letter that options->cluster points to. */
static int next_letter(struct options *options)
{
	char letter = *options->cluster++;
	const struct option_spec *spec;
	size_t found = 0;

	while (found < options->count && options->specs[found].letter != letter)
		found++;
	if (found == options->count)
		return complain(options, _("unknown option -%c"),
			isprint((unsigned char)letter) ? letter : '?');
	spec = &options->specs[found];
	if (!spec->argument) {
		if (*options->cluster == '\0')
			options->cluster = NULL;
		return (int)found;
	}
	if (*options->cluster != '\0')
		options->value = options->cluster;
	else if (spec->argument[0] == '[')
		take_optional(options);
	else if (options->next < options->argc)
		options->value = options->argv[options->next++];
	else
		return complain(
			options, _("option -%c needs a value: %s"), letter, _(spec->argument));
	options->cluster = NULL;
	return (int)found;
}

int options_next(struct options *options)
{
	const char *text;

	options->value = NULL;
	if (options->cluster)
		return next_letter(options);
	if (options->next >= options->argc)
		return OPTIONS_END;
	text = options->argv[options->next++];
	if (options->only_operands || text[0] != '-' || text[1] == '\0') {
		options->value = text;
		return OPTIONS_OPERAND;
	}
	if (text[1] != '-') {
		options->cluster = text + 1;
		return next_letter(options);
	}
	if (text[2] != '\0')
		return next_long(options, text + 2);
	options->only_operands = true;
	return options_next(options);
}

#define HELP_COLUMN 28 /* where the descriptions begin */

void options_describe(const struct option_spec *specs, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct option_spec *spec = &specs[i];
		const char *argument = spec->argument ? _(spec->argument) : "";
		size_t width = 6;

		if (spec->letter)
			fprintf(out, "  -%c%s ", spec->letter, spec->name ? "," : " ");
		else
			fputs("      ", out);
		if (spec->name) {
			fprintf(out, "--%s", spec->name);
			width += strlen(spec->name) + 2;
		}
		if (spec->argument) {
			bool optional = spec->argument[0] == '[';

			/* "--watch[=SECONDS]" */
			fprintf(out, "%s%s%s", optional ? "[" : "", spec->name ? "=" : "",
				argument + (optional ? 1 : 0));
			width += width_of_text(argument) + (spec->name ? 1 : 0);
		}
		if (width + 2 > HELP_COLUMN)
			fprintf(out, "\n%*s", HELP_COLUMN, "");
		else
			fprintf(out, "%*s", (int)(HELP_COLUMN - width), "");
		terminal_put(out, _(spec->help), HELP_COLUMN);
	}
}

bool options_number(const char *text, unsigned long max, unsigned long *ret_value)
{
	unsigned long value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned long digit;

		if (!isdigit((unsigned char)*text))
			return false;
		digit = (unsigned long)(*text - '0');
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}
