/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "haview.h"

#include <string.h>

#include "ctlclient.h"

#define STATUS_SECONDS 30

/* Each member: its key in STATUS, and what it is called. */
static const struct {
	const char *key, *title;
} members[HAPAIR_MEMBERS] = {
	[HAPAIR_SITE] = { "site", N_("site") },
	[HAPAIR_DIGEST] = { "policy_digest", N_("digest of the policy") },
	[HAPAIR_REVISION] = { "revision", N_("revision") },
	[HAPAIR_STATE] = { "state", N_("state") },
	[HAPAIR_ISLAND] = { "island", N_("island") },
	[HAPAIR_CONFIRMED] = { "confirmed", N_("confirmed") },
	[HAPAIR_ISOLATED] = { "isolated", N_("isolated") },
	[HAPAIR_EXCEPTIONS] = { "exceptions_in_force", N_("exceptions in force") },
	[HAPAIR_VERSION] = { "version", N_("version") },
};

const char *haview_title(enum hapair_member member)
{
	return _(members[member].title);
}

static int take_answer(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

static void fill(const struct ctl_fields *fields, struct hapair_side *ret_side)
{
	for (int i = 0; i < HAPAIR_MEMBERS; i++) {
		const char *value = ctl_fields_find(fields, members[i].key);

		snprintf(ret_side->text[i], HAPAIR_TEXT_MAX, "%s", value ? value : "");
	}
}

int haview_ask(const struct cli *cli, struct hapair_side *ret_side)
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = STATUS_SECONDS };
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX];
	int exit_code = ctl_call(cli, &request, take_answer, &fields, text);

	/* That the kernel has something else is what is told. */
	if (exit_code == EXIT_DIFFERS)
		exit_code = EXIT_OK;
	if (exit_code == EXIT_OK)
		fill(&fields, ret_side);
	else if (text[0] != '\0')
		cmd_failed("%s", text);
	ctl_fields_clear(&fields);
	return exit_code;
}

void haview_names(unsigned int differs, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < HAPAIR_MEMBERS && used < size; i++)
		if (differs & 1u << i)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
				hapair_name((enum hapair_member)i));
}
