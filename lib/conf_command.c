/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command and its words, run without a shell. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"

struct command {
	char **words;
	size_t count;
	bool refused; /* its first word was: the next one is not the first */
};

static int read_word(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct command *command = object;
	const char *text = conf_string(conf, setting);

	if (text == NULL || command->refused)
		return 0;
	if (command->count == 0 && text[0] != '/') {
		conf_error(conf, setting, _("such as \"/usr/local/sbin/notify\""),
			_("%s: the command \"%s\" does not begin with \"/\""), conf->subject, text);
		command->refused = true;
		return 0;
	}
	command->words[command->count] = strdup(text);
	return command->words[command->count++] == NULL ? -ENOMEM : 0;
}

int conf_command(
	struct conf *conf, const config_setting_t *setting, char ***ret_words, size_t *ret_count)
{
	struct command command = { calloc(POLICY_COMMAND_MAX + 1, sizeof(*command.words)), 0,
		false };
	int error;

	if (command.words == NULL)
		return -ENOMEM;
	error = conf_values(conf, setting, POLICY_COMMAND_MAX, read_word, &command);
	*ret_words = command.words;
	*ret_count = command.count;
	return error;
}
