/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pathuse.h"

#include <stdlib.h>
#include <time.h>

#include "../lib/logtime.h"
#include "../lib/opening.h"
#include "capture.h"
#include "ctlclient.h"

#define ANSWER_SECONDS 60
#define SECOND	       INT64_C(1000000000)
#define NOT_IN_FORCE   UINT64_MAX

/* ---- what the kernel counts ---- */

struct hits {
	const struct policy *policy;
	uint64_t *hits; /* of each path */
};

static int take_status(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

/* For how long the policy has been in force. */
static int ask_seconds(const struct cli *cli, uint64_t *ret_seconds)
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = ANSWER_SECONDS };
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX];
	int exit_code = ctl_call(cli, &request, take_status, &fields, text);
	const char *applied = ctl_fields_find(&fields, "applied_at");
	int64_t since, now = (int64_t)time(NULL) * SECOND;

	*ret_seconds = 0;
	/* That the kernel has something else is not the question. */
	if (exit_code == EXIT_DIFFERS)
		exit_code = EXIT_OK;
	else if (exit_code != EXIT_OK && text[0] != '\0')
		cmd_failed("%s", text);
	if (exit_code == EXIT_OK && applied && logtime_parse(applied, &since) == 0 && since < now)
		*ret_seconds = (uint64_t)((now - since) / SECOND);
	ctl_fields_clear(&fields);
	return exit_code;
}

/* Of PATH only what is needed: its id and its hits. */
static int take_path(struct message *message, void *data)
{
	const struct hits *hits = data;
	uint64_t id, count;

	if (message->type != CTL_PATH) {
		message->failed = true;
		return EXIT_OK;
	}
	free(ctl_take_string(message));
	id = message_get_number(message);
	for (int i = 0; i < 6; i++)
		free(ctl_take_string(message));
	(void)message_get_number(message);
	count = message_get_number(message);
	(void)message_get_number(message);
	(void)message_get_number(message);
	free(ctl_take_string(message));
	(void)message_get_number(message);
	free(ctl_take_string(message));
	if (!message_complete(message)) {
		message->failed = true;
		return EXIT_OK;
	}
	for (size_t i = 0; i < hits->policy->path_count; i++)
		if (hits->policy->paths[i].id == id)
			hits->hits[i] = count;
	return EXIT_OK;
}

static int ask_hits(const struct cli *cli, const struct policy *policy, uint64_t *ret_hits)
{
	struct ctl_request request = { .type = CTL_PATHS, .fd = -1, .seconds = ANSWER_SECONDS };
	struct hits hits = { policy, ret_hits };

	for (size_t i = 0; i < policy->path_count; i++)
		ret_hits[i] = NOT_IN_FORCE;
	return ctl_call(cli, &request, take_path, &hits, NULL);
}

int pathuse_unused(const struct cli *cli, const struct policy *policy, unsigned int days,
	struct lintview *view)
{
	uint64_t *hits = calloc(policy->path_count + 1, sizeof(*hits));
	int exit_code;

	if (!hits)
		return cmd_failed(_("out of memory"));
	exit_code = ask_seconds(cli, &view->seconds);
	if (exit_code == EXIT_OK)
		exit_code = ask_hits(cli, policy, hits);
	for (size_t i = 0; exit_code == EXIT_OK && i < policy->path_count; i++)
		view->not_in_force += hits[i] == NOT_IN_FORCE;
	if (exit_code == EXIT_OK &&
		pathlint_unused(policy, hits, view->seconds, days, &view->lint) < 0)
		exit_code = cmd_failed(_("out of memory"));
	free(hits);
	return exit_code;
}

/* ---- what was captured ---- */

static int find_wide(
	const struct policy *policy, const struct replay *replay, struct lintview *view)
{
	const struct replay_flow *flows;
	size_t count = replay_flows(replay, &flows), used = 0;
	struct pathlint_use *uses = calloc(count + 1, sizeof(*uses));
	int error;

	if (!uses)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < count; i++) {
		const struct replay_flow *flow = &flows[i];
		struct pathlint_use *use = &uses[used];

		if (!flow->path)
			continue;
		used++;
		use->path = (size_t)(flow->path - policy->paths);
		use->source.family = use->destination.family = flow->family;
		for (size_t j = 0; j < sizeof(flow->source); j++) {
			use->source.bytes[j] = flow->source[j];
			use->destination.bytes[j] = flow->destination[j];
		}
		use->protocol = flow->protocol;
		use->port = flow->dport;
	}
	error = pathlint_wide(policy, uses, used, &view->lint);
	free(uses);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int pathuse_traffic(const char *file, const struct policy *policy, const struct ruleset *ruleset,
	struct lintview *view)
{
	/* What is asked is what was used, not by which device. */
	const struct replay_options options = { .no_mac = true };
	struct zonetime *zone = NULL;
	struct capture *capture = NULL;
	struct replay *replay = NULL;
	int exit_code = capture_open(file, &capture);

	if (exit_code == EXIT_OK &&
		(openings_load_zone(policy, &zone) < 0 ||
			replay_new(policy, ruleset, zone, &options, &replay) < 0))
		exit_code = cmd_failed(_("out of memory"));
	if (exit_code == EXIT_OK)
		exit_code = capture_replay(capture, replay);
	if (exit_code == EXIT_OK)
		exit_code = find_wide(policy, replay, view);
	capture_close(capture);
	replay_free(replay);
	zonetime_free(zone);
	return exit_code;
}
