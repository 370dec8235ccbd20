/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script for bash: three functions with what the table has, and one that is the same whatever
 * it has. It needs nothing but bash itself.
 */
#include <string.h>

#include "completion.h"

static const char head[] = "# bash completion for hedate, made from its table of commands\n"
			   "# (hedate completion bash)\n";

/* What follows is bash's own: $1 the command, as "log verify". */
static const char tail[] =
	"\n"
	"# The candidate $1, if it goes on from what stands there ($value, behind $prefix).\n"
	"_hedate_add()\n"
	"{\n"
	"\t[[ $1 == \"$value\"* ]] || return 0\n"
	"\tlocal whole=$prefix$1\n"
	"\tCOMPREPLY+=(\"${whole#\"$stem\"}\")\n"
	"}\n"
	"\n"
	"_hedate_kind()\n"
	"{\n"
	"\tlocal candidate\n"
	"\tcase $1 in\n"
	"\tfile | directory)\n"
	"\t\tlocal action=-f\n"
	"\t\t[[ $1 == file ]] || action=-d\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\twhile IFS= read -r candidate; do\n"
	"\t\t\t_hedate_add \"$candidate\"\n"
	"\t\tdone < <(compgen \"$action\" -- \"$value\")\n"
	"\t\t;;\n"
	"\twords:*)\n"
	"\t\tfor candidate in ${1#words:}; do\n"
	"\t\t\t_hedate_add \"$candidate\"\n"
	"\t\tdone\n"
	"\t\t;;\n"
	"\tvalues:*)\n"
	"\t\twhile IFS= read -r candidate; do\n"
	"\t\t\t_hedate_add \"$candidate\"\n"
	"\t\tdone < <(\"${COMP_WORDS[0]}\" \"${run[@]}\" completion values \"${1#values:}\" "
	"2>/dev/null)\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# What bash has cut at \"=\" and \":\" is put together again; the last one is what is "
	"completed.\n"
	"_hedate_words()\n"
	"{\n"
	"\tlocal i word glued=\n"
	"\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif ((${#words[@]})) && [[ $glued || $word == [=:]* ]]; then\n"
	"\t\t\twords[-1]+=$word\n"
	"\t\telse\n"
	"\t\t\twords+=(\"$word\")\n"
	"\t\tfi\n"
	"\t\t[[ $word == *[=:] ]] && glued=1 || glued=\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# Bash replaces only what is behind the last place where it cut.\n"
	"_hedate_stem()\n"
	"{\n"
	"\tlocal last=${COMP_WORDS[COMP_CWORD]}\n"
	"\tstem=$current\n"
	"\t[[ $last == [=:] ]] || stem=${current%\"$last\"}\n"
	"}\n"
	"\n"
	"# Command, operands before this one, and the option whose argument this one is.\n"
	"_hedate_read()\n"
	"{\n"
	"\tlocal word kind\n"
	"\tfor word in \"${words[@]:0:${#words[@]}-1}\"; do\n"
	"\t\tif [[ $option ]]; then\n"
	"\t\t\tcase $option in -r | --run-directory) run=(-r \"$word\") ;; esac\n"
	"\t\t\toption=\n"
	"\t\t\tcontinue\n"
	"\t\tfi\n"
	"\t\tcase $word in\n"
	"\t\t--run-directory=*) run=(-r \"${word#*=}\") ;;\n"
	"\t\t--?*=*) ;;\n"
	"\t\t--) only_operands=1 ;;\n"
	"\t\t--?*)\n"
	"\t\t\t_hedate_argument \"$command\" \"$word\" && [[ $kind != optional* ]] && "
	"option=$word\n"
	"\t\t\t;;\n"
	"\t\t-?*)\n"
	"\t\t\t_hedate_argument \"$command\" \"-${word: -1}\" && [[ $kind != optional* ]] && "
	"option=-${word: -1}\n"
	"\t\t\t;;\n"
	"\t\t*)\n"
	"\t\t\tif ((operands == 0)) && _hedate_operand \"$command\" 0 && "
	"[[ \" ${kind#below:} \" == *\" $word \"* && $kind == below:* ]]; then\n"
	"\t\t\t\tcommand=${command:+$command }$word\n"
	"\t\t\telse\n"
	"\t\t\t\toperands=$((operands + 1))\n"
	"\t\t\tfi\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_hedate()\n"
	"{\n"
	"\tlocal words=() run=() current command= operands=0 option= only_operands=\n"
	"\tlocal stem prefix= value kind=\n"
	"\tCOMPREPLY=()\n"
	"\t_hedate_words\n"
	"\tcurrent=${words[-1]}\n"
	"\tvalue=$current\n"
	"\t_hedate_stem\n"
	"\t_hedate_read\n"
	"\tif [[ $option ]]; then\n"
	"\t\t_hedate_argument \"$command\" \"$option\"\n"
	"\t\t_hedate_kind \"$kind\"\n"
	"\telif [[ $current == --*=* && ! $only_operands ]]; then\n"
	"\t\tprefix=${current%%=*}=\n"
	"\t\tvalue=${current#*=}\n"
	"\t\t_hedate_argument \"$command\" \"${current%%=*}\" && _hedate_kind "
	"\"${kind#optional}\"\n"
	"\telif [[ $current == -* && ! $only_operands ]]; then\n"
	"\t\t_hedate_options \"$command\"\n"
	"\t\t[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace "
	"2>/dev/null\n"
	"\telif _hedate_operand \"$command\" \"$operands\"; then\n"
	"\t\tlocal one\n"
	"\t\tfor one in \"${kind%%;*}\" \"${kind#*;}\"; do\n"
	"\t\t\t_hedate_kind \"${one/#below:/words:}\"\n"
	"\t\t\t[[ $kind == *';'* ]] || break\n"
	"\t\tdone\n"
	"\tfi\n"
	"\treturn 0\n"
	"}\n"
	"\n"
	"complete -F _hedate hedate\n";

static void options_of(const struct completion *completion, void *data)
{
	const struct option_spec *spec;

	(void)data;
	printf("\t'%s') options='", completion->name);
	for (size_t i = 0; (spec = completion_option(completion, i)); i++) {
		if (spec->name)
			printf("%s--%s%s", i > 0 ? " " : "", spec->name,
				spec->argument && !completion_is_optional(spec) ? "=" : "");
		else
			printf("%s-%c", i > 0 ? " " : "", spec->letter);
	}
	puts("' ;;");
}

static void arguments_of(const struct completion *completion, void *data)
{
	const struct option_spec *spec;
	char kind[COMPLETION_KIND_MAX];

	(void)data;
	for (size_t i = 0; (spec = completion_option(completion, i)); i++) {
		const char *before = "\t";

		if (!spec->argument)
			continue;
		completion_kind(completion->name, spec->argument, kind);
		if (spec->name)
			printf("%s'%s:--%s'", before, completion->name, spec->name);
		if (spec->name)
			before = " | ";
		if (spec->letter)
			printf("%s'%s:-%c'", before, completion->name, spec->letter);
		printf(") kind='%s%s' ;;\n", completion_is_optional(spec) ? "optional" : "", kind);
	}
}

static void operands_of(const struct completion *completion, void *data)
{
	(void)data;
	if (completion->words) {
		printf("\t'%s:0') kind='below:", completion->name);
		for (const struct command *word = completion->words; word->name; word++)
			if (word->help)
				printf("%s%s", word == completion->words ? "" : " ", word->name);
		puts("' ;;");
	}
	for (size_t i = 0; i < completion->operand_count; i++) {
		const struct completion_operand *operand = &completion->operands[i];

		printf("\t'%s:%zu') kind='%s%s%s' ;;\n", completion->name, i, operand->kinds[0],
			operand->kinds[1][0] != '\0' ? ";" : "", operand->kinds[1]);
	}
}

void completion_bash(struct cli *cli)
{
	fputs(head, stdout);
	puts("\n# The options of command $1.\n_hedate_options()\n{\n\tlocal options= candidate\n"
	     "\tcase $1 in");
	completion_walk(cli, options_of, NULL);
	puts("\tesac\n\tfor candidate in $options; do\n\t\t_hedate_add \"$candidate\"\n\tdone\n}");
	puts("\n# Of what kind the argument of command $1's option $2 is. False: it has none.\n"
	     "_hedate_argument()\n{\n\tcase $1:$2 in");
	completion_walk(cli, arguments_of, NULL);
	puts("\t*) kind= && return 1 ;;\n\tesac\n}");
	puts("\n# Of what kind operand $2 of command $1 is. False: it has none.\n"
	     "_hedate_operand()\n{\n\tcase $1:$2 in");
	completion_walk(cli, operands_of, NULL);
	puts("\t*) kind= && return 1 ;;\n\tesac\n}");
	fputs(tail, stdout);
}
