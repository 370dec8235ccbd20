/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script for zsh: a function for each command, with its options and operands for _arguments. */
#include <string.h>

#include "completion.h"

static const char head[] = "#compdef hedate\n"
			   "# zsh completion for hedate, made from its table of commands\n"
			   "# (hedate completion zsh)\n";

/* English is what was installed; hedate itself has the other languages. */
static const char ask_again[] =
	"\n"
	"if [[ ${LC_ALL:-${LC_MESSAGES:-$LANG}} == ja* && -z $_hedate_translated ]]; then\n"
	"\ttypeset -g _hedate_translated=1\n"
	"\tif eval \"$(_call_program commands hedate completion zsh 2>/dev/null)\" &&\n"
	"\t\t(( $+functions[_hedate_status] )); then\n"
	"\t\treturn\n"
	"\tfi\n"
	"fi\n";

static const char values[] =
	"\n"
	"# The socket that was named; behind the command, options have an opt_args of their own.\n"
	"_hedate_run()\n"
	"{\n"
	"\t[[ -z ${opt_args[-r]}${opt_args[--run-directory]} ]] ||\n"
	"\t\trun=(-r ${opt_args[-r]:-${opt_args[--run-directory]}})\n"
	"}\n"
	"\n"
	"# What hedated knows.\n"
	"_hedate_values()\n"
	"{\n"
	"\tlocal -a found\n"
	"\t_hedate_run\n"
	"\tfound=(${(f)\"$(_call_program values hedate $run completion values ${argv[-1]} "
	"2>/dev/null)\"})\n"
	"\tcompadd \"${(@)argv[1,-2]}\" -a found\n"
	"}\n";

static const char tail[] = "\n"
			   "# Loaded by name, the file is the function's body at first.\n"
			   "if [[ ${funcstack[1]} == _hedate ]]; then\n"
			   "\t_hedate \"$@\"\n"
			   "else\n"
			   "\tcompdef _hedate hedate\n"
			   "fi\n";

/* Within the quotes of a specification, where colons and brackets have a meaning. */
static void put_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr(":[]\\", *text))
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
}

/* "log verify" -> "log_verify" */
static void put_name(const char *name)
{
	fputs("_hedate", stdout);
	if (*name != '\0')
		putchar('_');
	for (; *name != '\0'; name++)
		putchar(*name == ' ' || *name == '-' ? '_' : *name);
}

static void put_action(const char *kind)
{
	if (strcmp(kind, "file") == 0)
		fputs("_files", stdout);
	else if (strcmp(kind, "directory") == 0)
		fputs("_files -/", stdout);
	else if (strncmp(kind, "words:", 6) == 0)
		printf("(%s)", kind + 6);
	else if (strncmp(kind, "values:", 7) == 0)
		printf("_hedate_values %s", kind + 7);
	else
		putchar(' '); /* only its name is shown */
}

/* '(-c --config)'{-c+,--config=}'[the configuration]:FILE:_files' */
static void option_line(const char *command, const struct option_spec *spec)
{
	bool optional = completion_is_optional(spec);
	const char *after = !spec->argument ? "" : optional ? "=-" : "=";
	char kind[COMPLETION_KIND_MAX];

	fputs("\t\t'*'", stdout);
	if (spec->name && spec->letter)
		printf("{-%c%s,--%s%s}", spec->letter, spec->argument ? "+" : "", spec->name,
			after);
	else if (spec->name)
		printf("--%s%s", spec->name, after);
	else
		printf("-%c%s", spec->letter, spec->argument ? "+" : "");
	fputs("'[", stdout);
	put_text(_(spec->help));
	putchar(']');
	if (spec->argument) {
		completion_kind(command, spec->argument, kind);
		fputs(optional ? "::" : ":", stdout);
		put_text(_(spec->argument));
		putchar(':');
		put_action(kind);
	}
	puts("' \\");
}

static void options_of(const struct completion *completion)
{
	const struct option_spec *spec;

	for (size_t i = 0; (spec = completion_option(completion, i)); i++)
		option_line(completion->name, spec);
}

/* A function that describes the words below a command. */
static void words_of(const struct completion *completion)
{
	putchar('\n');
	put_name(completion->name);
	puts("_commands()\n{\n\tlocal -a commands\n\tcommands=(");
	for (const struct command *word = completion->words; word->name; word++) {
		if (!word->help)
			continue;
		printf("\t\t'%s:", word->name);
		put_text(_(word->help));
		puts("'");
	}
	puts("\t)\n\t_describe -t commands command commands \"$@\"\n}");
}

/* The command itself: a word goes on to the function of its own. */
static void main_of(const struct completion *completion)
{
	puts("\n_hedate()\n{\n\tlocal curcontext=$curcontext state state_descr line ret=1\n"
	     "\tlocal -a run\n"
	     "\ttypeset -A opt_args\n\t_arguments -C -s -S \\");
	options_of(completion);
	puts("\t\t'1:command:_hedate_commands' \\\n"
	     "\t\t'*::argument:->arguments' && ret=0\n"
	     "\tif [[ $state == arguments ]]; then\n"
	     "\t\t_hedate_run\n"
	     "\t\tif (( $+functions[_hedate_${words[1]}] )); then\n"
	     "\t\t\tcurcontext=${curcontext%:*}-${words[1]}:\n"
	     "\t\t\t_hedate_${words[1]} && ret=0\n"
	     "\t\tfi\n"
	     "\tfi\n"
	     "\treturn ret\n}");
}

static void function_of(const struct completion *completion, void *data)
{
	(void)data;
	if (completion->words)
		words_of(completion);
	if (completion->name[0] == '\0') {
		main_of(completion);
		return;
	}
	putchar('\n');
	put_name(completion->name);
	puts("()\n{");
	if (completion->words) {
		printf("\tif (( CURRENT > 2 && $+functions[");
		put_name(completion->name);
		puts("_${words[2]}] )); then\n\t\tshift words\n\t\t(( CURRENT-- ))");
		fputs("\t\t", stdout);
		put_name(completion->name);
		puts("_${words[1]}\n\t\treturn\n\tfi");
	}
	puts("\t_arguments -s -S \\");
	options_of(completion);
	if (completion->words) {
		fputs("\t\t'1:command:", stdout);
		put_name(completion->name);
		puts("_commands' \\");
	}
	for (size_t i = 0; i < completion->operand_count; i++) {
		const struct completion_operand *operand = &completion->operands[i];
		const char *kind = operand->kinds[0];

		printf("\t\t'%zu:", i + 1);
		put_text(operand->name);
		putchar(':');
		put_action(kind[0] == '\0' ? operand->kinds[1] : kind);
		puts("' \\");
	}
	puts("\t\t&& return 0\n\treturn 1\n}");
}

void completion_zsh(struct cli *cli, bool installed)
{
	fputs(head, stdout);
	if (installed)
		fputs(ask_again, stdout);
	fputs(values, stdout);
	completion_walk(cli, function_of, NULL);
	fputs(tail, stdout);
}
