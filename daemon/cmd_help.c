/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate help: what a command is for and takes, in the order of words that people try first. */
#include "commands.h"

static const struct cmd_usage usage = {
	"help",
	N_("[COMMAND [WORD]]"),
	N_("Shows what a command is for and which options it takes, as its --help does; without "
	   "COMMAND\n"
	   "all commands there are. WORD is one of \"hedate exception\", \"inspect\" or \"log\"."),
	NULL,
	0,
};

#define WORDS_MAX 2

struct words {
	char *words[WORDS_MAX];
	int count;
};

static int take_word(int option, const char *value, void *data)
{
	struct words *words = data;

	(void)option;
	if (words->count == WORDS_MAX)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	words->words[words->count++] = (char *)(uintptr_t)value;
	return EXIT_OK;
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
	struct words words = { .count = 0 };
	char *asked[WORDS_MAX + 2] = { NULL };
	const struct command *command;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_word, &words, &exit_code))
		return exit_code;
	if (words.count == 0) {
		cmd_put_help(&commands_usage);
		return EXIT_OK;
	}
	command = cmd_find(words.words[0]);
	if (!command)
		return EXIT_USAGE;
	if (words.count > 1 && !commands_below(command->name))
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), words.words[1]);
	for (int i = 0; i < words.count; i++)
		asked[i] = words.words[i];
	asked[words.count] = (char *)(uintptr_t) "--help";
	return command->function(cli, words.count + 1, asked);
}
