/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completion.h"

#include <string.h>

#include "../lib/compile.h"
#include "../lib/logformat.h"
#include "commands.h"

/* What names of arguments stand for. Of a command that is named, before others. */
static const struct {
	const char *command; /* its beginning; NULL: any */
	const char *name, *kind;
} kinds[] = {
	{ "exception request", "NUMBER", "" }, /* of a clause */
	{ "exception request", "PLACE", "values:end" },
	{ "exception", "NUMBER", "values:exception" },
	{ "explain", "DESTINATION", "values:host" },
	{ "explain", "SOURCE", "values:host" },
	{ "inspect", "NUMBER", "values:inspection" },
	{ "log hold", "NUMBER", "values:hold" },
	{ "release", "TARGET", "values:isolated" },
	{ "rollback", "NUMBER", "values:change" },
	{ NULL, "A", "file" },
	{ NULL, "A,B", "values:pair" },
	{ NULL, "ACTION", "" },
	{ NULL, "ADDRESS", "" },
	{ NULL, "ALERT", "values:alert" },
	{ NULL, "B", "file" },
	{ NULL, "CLAUSE", "" },
	{ NULL, "COUNT", "" },
	{ NULL, "DATE", "" },
	{ NULL, "DAYS", "" },
	{ NULL, "DESTINATION", "" },
	{ NULL, "DIGEST", "values:proposal" },
	{ NULL, "DIR", "directory" },
	{ NULL, "DIRECTORY", "directory" },
	{ NULL, "DURATION", "" },
	{ NULL, "FILE", "file" },
	{ NULL, "FROM,TO", "values:pair" },
	{ NULL, "INTERFACE", "values:interface" },
	{ NULL, "KEY", "" },
	{ NULL, "KIND", "" },
	{ NULL, "LANGUAGE", "words:ja en" },
	{ NULL, "MAC", "" },
	{ NULL, "NAME", "" },
	{ NULL, "NEW-DIRECTORY", "directory" },
	{ NULL, "NUMBER", "" },
	{ NULL, "PATH", "values:path" },
	{ NULL, "PERIOD", "words:month quarter year fiscal-year" },
	{ NULL, "PLACE", "values:place" },
	{ NULL, "PROTOCOL", "words:tcp udp icmp igmp gre esp ah icmpv6 ipv6-icmp ospf vrrp sctp" },
	{ NULL, "READER", "words:ciso prefecture ministry" },
	{ NULL, "REVISION", "values:revision" },
	{ NULL, "SECONDS", "" },
	{ NULL, "SERVICE", "values:service" },
	{ NULL, "SHELL", "words:bash fish zsh" },
	{ NULL, "SOURCE", "" },
	{ NULL, "TARGET", "values:target" },
	{ NULL, "TEXT", "" },
	{ NULL, "TIME", "words:today yesterday now -1h -1d -1w" },
	{ NULL, "WHAT", "words:src dst port pair reason" },
	{ NULL, "WHEN", "words:auto always never" },
	{ NULL, "WORD", "" },
};

static void add_word(char kind[COMPLETION_KIND_MAX], const char *word)
{
	size_t used = strlen(kind);

	snprintf(kind + used, COMPLETION_KIND_MAX - used, "%s%s", used ? " " : "words:", word);
}

/* Names that the library itself has. */
static bool library_kind(const char *name, char kind[COMPLETION_KIND_MAX])
{
	kind[0] = '\0';
	if (strcmp(name, "COMMAND") == 0)
		for (const struct command *each = commands_below(""); each->name; each++)
			if (each->help)
				add_word(kind, each->name);
	if (strcmp(name, "REASON") == 0)
		for (int i = 0; i < REASON_COUNT; i++)
			add_word(kind, reason_name((enum reason)i));
	if (strcmp(name, "FORMAT") == 0) {
		add_word(kind, "table");
		for (int i = 0; i < LOGFORMAT_KINDS; i++)
			add_word(kind, logformat_name((enum logformat_kind)i));
	}
	return kind[0] != '\0';
}

void completion_kind(const char *command, const char *argument, char kind[COMPLETION_KIND_MAX])
{
	char name[32];

	argument += argument[0] == '[';
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument, "]"), argument);
	if (library_kind(name, kind))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *of = kinds[i].command;

		if (strcmp(kinds[i].name, name) != 0 ||
			(of && strncmp(of, command, strlen(of)) != 0))
			continue;
		snprintf(kind, COMPLETION_KIND_MAX, "%s", kinds[i].kind);
		return;
	}
	snprintf(kind, COMPLETION_KIND_MAX, "unknown:%.31s", name);
}

bool completion_is_optional(const struct option_spec *spec)
{
	return spec->argument && spec->argument[0] == '[';
}

const struct option_spec *completion_option(const struct completion *completion, size_t i)
{
	if (i < completion->usage->option_count)
		return &completion->usage->options[i];
	i -= completion->usage->option_count;
	return i < COMMON_COUNT ? &commands_options[i] : NULL;
}

/* Operands: "[OPTION ...] DIGEST", "--reason=TEXT MAC|ADDRESS", "draft [OPTION ...]" ------------
 */

/* The parts between bars of one operand: words as they stand, names by their kinds. */
static void add_operand(struct completion *completion, const char *text, size_t length)
{
	struct completion_operand *operand = &completion->operands[completion->operand_count];
	size_t used = 0;

	if (completion->operand_count == COMPLETION_OPERANDS_MAX)
		return;
	memset(operand, 0, sizeof(*operand));
	snprintf(operand->name, sizeof(operand->name), "%.*s", (int)length, text);
	for (const char *end = text + length; text < end;) {
		size_t part = strcspn(text, "|");
		char name[32];

		if (part > (size_t)(end - text))
			part = (size_t)(end - text);
		snprintf(name, sizeof(name), "%.*s", (int)part, text);
		text += part + 1;
		if (name[0] >= 'a' && name[0] <= 'z')
			add_word(operand->kinds[0], name);
		else if (name[0] != '-' && used < 2)
			completion_kind(completion->name, name, operand->kinds[used++]);
	}
	completion->operand_count++;
}

/* Up to the first alternative as a whole. */
static void read_operands(struct completion *completion)
{
	const char *text = completion->usage->operands;

	while (*text != '\0') {
		const char *end;
		size_t length;

		text += strspn(text, " []");
		end = text + strcspn(text, " []");
		length = (size_t)(end - text);
		if (length == 0 || strncmp(text, "|", length) == 0)
			break;
		/* Options are in their own table; "..." repeats what is there. */
		if (text[0] != '-' && strncmp(text, "OPTION", length) != 0 &&
			strncmp(text, "...", length) != 0)
			add_operand(completion, text, length);
		text = end;
	}
}

/* Walking ---------------------------------------------------------------------------------------
 */

struct walk {
	completion_function function;
	void *data;
	const char *help;
	const struct cmd_usage *usage; /* that was handed over last */
};

static void take_usage(const struct cmd_usage *usage, void *data)
{
	struct walk *walk = data;

	walk->usage = usage;
}

static void visit(struct walk *walk, const struct cmd_usage *usage, const char *help)
{
	struct completion completion = {
		.name = usage->name,
		.help = help,
		.usage = usage,
		.words = commands_below(usage->name),
	};

	if (!completion.words)
		read_operands(&completion);
	walk->function(&completion, walk->data);
}

static void visit_below(struct cli *cli, struct walk *walk, const struct command *list)
{
	for (; list->name; list++) {
		char *argv[] = { (char *)(uintptr_t)list->name, NULL };

		walk->usage = NULL;
		if (!list->help)
			continue;
		(void)list->function(cli, 1, argv);
		if (!walk->usage)
			continue;
		const struct command *below = commands_below(walk->usage->name);

		visit(walk, walk->usage, list->help);
		if (below)
			visit_below(cli, walk, below);
	}
}

void completion_walk(struct cli *cli, completion_function function, void *data)
{
	struct walk walk = { .function = function, .data = data };

	cli->describe = take_usage;
	cli->describe_data = &walk;
	visit(&walk, &commands_usage, NULL);
	visit_below(cli, &walk, commands_below(""));
	cli->describe = NULL;
	cli->describe_data = NULL;
}
