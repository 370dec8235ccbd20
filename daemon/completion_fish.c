/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script for fish: one line for each option, operand and word, with its description. */
#include <string.h>

#include "completion.h"

static const char head[] = "# fish completion for hedate, made from its table of commands\n"
			   "# (hedate completion fish)\n";

/* English is what was installed; hedate itself has the other languages. */
static const char ask_again[] =
	"set -l __hedate_language (string match -v '' -- $LC_ALL $LC_MESSAGES $LANG)\n"
	"if string match -q 'ja*' -- $__hedate_language[1]\n"
	"\thedate completion fish 2>/dev/null | source; and return\n"
	"end\n";

/* Which command is being written: "", "log", "log verify". */
static const char path_head[] = "\n"
				"function __hedate_path\n"
				"\tset -l tokens (commandline -opc)\n"
				"\tset -e tokens[1]\n"
				"\twhile set -q tokens[1]\n"
				"\t\tswitch $tokens[1]\n"
				"\t\t\tcase -r --run-directory --profiles --color\n"
				"\t\t\t\tset -e tokens[1]\n"
				"\t\t\tcase '-*'\n";
static const char path_tail[] =
	"\t\t\tcase '*'\n"
	"\t\t\t\techo $tokens[1]\n"
	"\t\t\t\treturn\n"
	"\t\tend\n"
	"\t\tset -e tokens[1]\n"
	"\tend\n"
	"end\n"
	"\n"
	"function __hedate_is\n"
	"\ttest (__hedate_path | string collect --allow-empty) = \"$argv\"\n"
	"end\n"
	"\n"
	"# None of these words stands behind the command.\n"
	"function __hedate_lacks\n"
	"\tset -l tokens (commandline -opc)\n"
	"\tset -l command (__hedate_path | string split ' ')\n"
	"\tset -l behind (contains -i -- $command[-1] $tokens)\n"
	"\tfor word in $tokens[(math $behind + 1)..]\n"
	"\t\tcontains -- $word $argv; and return 1\n"
	"\tend\n"
	"\treturn 0\n"
	"end\n"
	"\n"
	"# What hedated knows; with the socket that was named.\n"
	"function __hedate_values\n"
	"\tset -l tokens (commandline -opc)\n"
	"\tset -l run\n"
	"\tfor i in (seq (count $tokens))\n"
	"\t\tswitch $tokens[$i]\n"
	"\t\t\tcase -r --run-directory\n"
	"\t\t\t\tset run -r $tokens[(math $i + 1)]\n"
	"\t\t\tcase '--run-directory=*'\n"
	"\t\t\t\tset run $tokens[$i]\n"
	"\t\tend\n"
	"\tend\n"
	"\t$tokens[1] $run completion values $argv[1] 2>/dev/null\n"
	"end\n"
	"\n"
	"complete -c hedate -f\n";

static void put_quoted(const char *text)
{
	putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
	putchar('\'');
}

/* " -x -a '...'" */
static void put_kind(const char *kind)
{
	if (strcmp(kind, "file") == 0)
		fputs(" -r -F", stdout);
	else if (strcmp(kind, "directory") == 0)
		fputs(" -x -a '(__fish_complete_directories)'", stdout);
	else if (strncmp(kind, "words:", 6) == 0)
		printf(" -x -a '%s'", kind + 6);
	else if (strncmp(kind, "values:", 7) == 0)
		printf(" -x -a '(__hedate_values %s)'", kind + 7);
	else
		fputs(" -x", stdout);
}

static void option_line(const struct completion *completion, const struct option_spec *spec)
{
	char kind[COMPLETION_KIND_MAX];

	printf("complete -c hedate -n '__hedate_is %s'",
		completion->name[0] != '\0' ? completion->name : "\"\"");
	if (spec->letter)
		printf(" -s %c", spec->letter);
	if (spec->name)
		printf(" -l %s", spec->name);
	if (spec->argument && !completion_is_optional(spec)) {
		completion_kind(completion->name, spec->argument, kind);
		put_kind(kind);
	}
	fputs(" -d ", stdout);
	put_quoted(_(spec->help));
	putchar('\n');
}

static void operand_line(const struct completion *completion, const char *kind)
{
	const char *name = completion->name;

	if (strcmp(kind, "file") == 0)
		printf("complete -c hedate -n '__hedate_is %s' -F\n", name);
	else if (strcmp(kind, "directory") == 0)
		printf("complete -c hedate -n '__hedate_is %s' -a "
		       "'(__fish_complete_directories)'\n",
			name);
	else if (strncmp(kind, "words:", 6) == 0)
		printf("complete -c hedate -n '__hedate_is %s; and __hedate_lacks %s' -a '%s'\n",
			name, kind + 6, kind + 6);
	else if (strncmp(kind, "values:", 7) == 0)
		printf("complete -c hedate -n '__hedate_is %s' -a '(__hedate_values %s)'\n", name,
			kind + 7);
}

static void lines_of(const struct completion *completion, void *data)
{
	const struct option_spec *spec;

	(void)data;
	putchar('\n');
	for (const struct command *word = completion->words; word && word->name; word++) {
		if (!word->help)
			continue;
		printf("complete -c hedate -n '__hedate_is %s' -a %s -d ",
			completion->name[0] != '\0' ? completion->name : "\"\"", word->name);
		put_quoted(_(word->help));
		putchar('\n');
	}
	for (size_t i = 0; i < completion->operand_count; i++)
		for (size_t n = 0; n < 2; n++)
			operand_line(completion, completion->operands[i].kinds[n]);
	for (size_t i = 0; (spec = completion_option(completion, i)); i++)
		option_line(completion, spec);
}

/* "log verify" is a command of its own where "verify" comes right behind "log". */
static void words_of(const struct completion *completion, void *data)
{
	(void)data;
	if (!completion->words || completion->name[0] == '\0')
		return;
	printf("\t\t\tcase %s\n\t\t\t\tif contains -- \"$tokens[2]\"", completion->name);
	for (const struct command *word = completion->words; word->name; word++)
		printf(" %s", word->name);
	puts("\n\t\t\t\t\techo $tokens[1..2]\n\t\t\t\telse\n\t\t\t\t\techo $tokens[1]\n"
	     "\t\t\t\tend\n\t\t\t\treturn");
}

void completion_fish(struct cli *cli, bool installed)
{
	fputs(head, stdout);
	if (installed)
		fputs(ask_again, stdout);
	fputs(path_head, stdout);
	completion_walk(cli, words_of, NULL);
	fputs(path_tail, stdout);
	completion_walk(cli, lines_of, NULL);
}
