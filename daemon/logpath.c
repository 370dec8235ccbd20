/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logpath.h"

#include <stdlib.h>
#include <string.h>

#include "ctlclient.h"

#define PATH_SECONDS 10

static int add_ranges(struct log_path_end *end, const uint8_t *bytes, size_t used, size_t length)
{
	enum addr_family family = length == addr_length(ADDR_IPV4) ? ADDR_IPV4 : ADDR_IPV6;

	for (size_t i = 0; i + 2 * length <= used; i += 2 * length) {
		struct addr_range range = { { 0 }, { 0 } };

		memcpy(range.first, bytes + i, length);
		memcpy(range.last, bytes + i + length, length);
		if (memcmp(range.first, range.last, length) > 0)
			return EXIT_FAILED;
		if (addrset_add(&end->addresses[family], &range) < 0)
			return cmd_failed(_("out of memory"));
	}
	return EXIT_OK;
}

static int take_ends(struct message *message, void *data)
{
	struct log_path *path = data;
	uint64_t number, gateway, length;
	const uint8_t *bytes;
	size_t used = 0;

	if (message->type != CTL_ENDS)
		return EXIT_OK;
	number = message_get_number(message);
	gateway = message_get_number(message);
	bytes = message_get_bytes(message, &used);
	length = message_get_number(message);
	if (!message_complete(message) || number > 1 || (length != 4 && length != 16)) {
		message->failed = true;
		return EXIT_OK;
	}
	path->ends[number].gateway |= gateway != 0;
	return add_ranges(&path->ends[number], bytes, used, length);
}

int log_path_ask(const struct cli *cli, const struct cmd_usage *usage, const char *name,
	struct log_path *ret_path)
{
	const struct ctl_request request = {
		.type = CTL_PATH_ENDS, .text = name, .fd = -1, .seconds = PATH_SECONDS
	};
	char best[CTL_TEXT_MAX] = "";
	int exit_code;

	log_path_init(ret_path, name);
	exit_code = ctl_call(cli, &request, take_ends, ret_path, best);
	if (exit_code == EXIT_USAGE && best[0] != '\0')
		return cmd_usage_error(
			usage, _("there is no path \"%s\"; did you mean \"%s\"?"), name, best);
	if (exit_code == EXIT_USAGE)
		return cmd_usage_error(usage, _("there is no path \"%s\""), name);
	return exit_code == EXIT_FAILED && best[0] != '\0' ? cmd_failed("%s", best) : exit_code;
}
