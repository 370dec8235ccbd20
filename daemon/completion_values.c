/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated and this host know that a command can be about, one a line, for shells. */
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/conf.h"
#include "../lib/logkeep.h"
#include "completion.h"
#include "ctlclient.h"
#include "exceptionview.h"
#include "inspect.h"
#include "isolateview.h"
#include "proposalview.h"
#include "readopts.h"
#include "store.h"
#include "zoneview.h"

#define SECONDS 1 /* that a person waits for a completion */

static int ask(const struct cli *cli, enum ctl_message type, ctl_answer function, void *data)
{
	const struct ctl_request request = {
		.type = type,
		.fd = -1,
		.seconds = SECONDS,
		.quiet = true,
	};
	char text[CTL_TEXT_MAX];

	return ctl_call(cli, &request, function, data, text);
}

/* By what is in force -------------------------------------------------------------------------- */

enum zone_part {
	ZONE_NAMES = 1,
	ZONE_SEGMENTS = 2,
	ZONE_INTERFACES = 4,
	ZONE_PAIRS = 8,
};

static void put_zones(const struct cli *cli, unsigned int parts)
{
	struct zoneview view = { 0 };

	if (ask(cli, CTL_ZONES, zoneview_take, &view) != EXIT_OK) {
		zoneview_clear(&view);
		return;
	}
	for (size_t i = 0; (parts & ZONE_NAMES) && i < view.zone_count; i++)
		puts(view.zones[i].name);
	for (size_t i = 0; i < view.segment_count; i++) {
		if (parts & ZONE_SEGMENTS)
			printf("%s.%s\n", view.segments[i].zone, view.segments[i].name);
		if (parts & ZONE_INTERFACES)
			puts(view.segments[i].interface);
	}
	for (size_t i = 0; (parts & ZONE_PAIRS) && i < view.pair_count; i++)
		printf("%s,%s\n", view.pairs[i].from, view.pairs[i].to);
	zoneview_clear(&view);
}

static void put_places(const struct cli *cli)
{
	put_zones(cli, ZONE_NAMES | ZONE_SEGMENTS);
}

static void put_pairs(const struct cli *cli)
{
	put_zones(cli, ZONE_PAIRS);
}

static void put_targets(const struct cli *cli)
{
	put_zones(cli, ZONE_NAMES | ZONE_INTERFACES);
}

/* Of this host, whatever is in force. */
static void put_interfaces(const struct cli *cli)
{
	struct if_nameindex *list = if_nameindex();

	(void)cli;
	for (size_t i = 0; list && list[i].if_index != 0; i++)
		puts(list[i].if_name);
	if (list)
		if_freenameindex(list);
}

/* The name comes first; the rest of the answer does not matter here. */
static int put_path(struct message *message, void *data)
{
	char *name = message->type == CTL_PATH ? ctl_take_string(message) : NULL;

	(void)data;
	if (name)
		puts(name);
	free(name);
	return EXIT_OK;
}

static void put_paths(const struct cli *cli)
{
	(void)ask(cli, CTL_PATHS, put_path, NULL);
}

/* What people have asked for ------------------------------------------------------------------- */

static int put_change(struct message *message, void *data)
{
	(void)data;
	if (message->type == CTL_CHANGE)
		printf("%llu\n", (unsigned long long)message_get_number(message));
	return EXIT_OK;
}

static void put_changes(const struct cli *cli)
{
	(void)ask(cli, CTL_HISTORY, put_change, NULL);
}

/* What was in force again has one line of its own each time; shells offer it once. */
static int put_revision(struct message *message, void *data)
{
	struct store_entry entry;
	char *line = NULL;

	(void)data;
	if (message->type != CTL_CHANGE)
		return EXIT_OK;
	(void)message_get_number(message);
	line = ctl_take_string(message);
	if (line && store_entry_read(line, strlen(line), &entry) == 0)
		puts(entry.revision);
	free(line);
	return EXIT_OK;
}

static void put_revisions(const struct cli *cli)
{
	(void)ask(cli, CTL_HISTORY, put_revision, NULL);
}

static void put_proposals(const struct cli *cli)
{
	char digest[PROPOSAL_DIGEST_MAX];
	struct proposalview view;

	proposalview_begin(cli, &view);
	(void)ask(cli, CTL_PROPOSALS, proposalview_take, &view);
	for (size_t i = 0; i < view.count; i++) {
		proposal_digest_text(view.items[i].proposal.digest, digest);
		puts(digest);
	}
	proposalview_clear(&view);
}

static void put_exceptions(const struct cli *cli)
{
	struct exception_records records = { 0 };

	(void)ask(cli, CTL_EXCEPTIONS, exceptionview_take, &records);
	for (size_t i = 0; i < records.count; i++)
		puts(exceptionview_member(&records.items[i], "exception"));
	exceptionview_clear(&records);
}

static void put_isolated(const struct cli *cli)
{
	struct isolate_result result;

	(void)isolateview_do(cli, CONFIG_FILE, NULL, &result);
	for (size_t i = 0; i < result.isolation.count; i++) {
		const struct isolation_entry *entry = &result.isolation.entries[i];

		/* Released as a whole, or this part of it. */
		if (isolation_in_force(entry) && entry->zone[0] != '\0')
			puts(entry->zone);
		if (isolation_in_force(entry))
			puts(entry->target.text);
	}
	isolate_result_clear(&result);
}

/* By files that only some may read ------------------------------------------------------------- */

static void put_holds(const struct cli *cli)
{
	static struct logkeep keep;
	int directory = open(LOG_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)cli;
	if (directory < 0)
		return;
	if (logkeep_read(directory, &keep) == 0)
		for (size_t i = 0; i < keep.hold_count; i++)
			printf("%llu\n", (unsigned long long)keep.holds[i].number);
	close(directory);
}

/* Of those that were kept. */
static void put_inspections(const struct cli *cli)
{
	uint64_t *numbers = NULL;
	size_t count = 0;

	(void)cli;
	if (inspect_list(INSPECT_DIRECTORY, &numbers, &count) == 0)
		for (size_t i = 0; i < count; i++)
			printf("%llu\n", (unsigned long long)numbers[i]);
	free(numbers);
}

/* The policy of the configuration; NULL: it cannot be read. */
static struct policy *read_policy(const struct cli *cli)
{
	struct policy *policy = NULL;
	struct readopts readopts;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return NULL;
	if (conf_read_file(CONFIG_FILE, readopts_now(&readopts, cli->profiles), diags, &policy) < 0)
		policy = NULL;
	diag_list_free(diags);
	return policy;
}

static void put_alerts(const struct cli *cli)
{
	struct policy *policy = read_policy(cli);

	for (size_t i = 0; policy && i < policy->alert_count; i++)
		puts(policy->alerts[i].name);
	policy_free(policy);
}

static void put_services(const struct cli *cli)
{
	struct policy *policy = read_policy(cli);

	for (size_t i = 0; policy && i < policy->service_count; i++)
		puts(policy->services[i].name);
	policy_free(policy);
}

static void put_hosts(const struct cli *cli)
{
	struct policy *policy = read_policy(cli);

	for (size_t i = 0; policy && i < policy->host_count; i++)
		puts(policy->hosts[i].name);
	policy_free(policy);
}

/* An end of a path. */
static void put_ends(const struct cli *cli)
{
	put_places(cli);
	put_hosts(cli);
}

bool completion_values(const struct cli *cli, const char *kind)
{
	static const struct {
		const char *kind;
		void (*put)(const struct cli *cli);
	} kinds[] = {
		{ "alert", put_alerts },
		{ "change", put_changes },
		{ "end", put_ends },
		{ "exception", put_exceptions },
		{ "hold", put_holds },
		{ "host", put_hosts },
		{ "inspection", put_inspections },
		{ "interface", put_interfaces },
		{ "isolated", put_isolated },
		{ "pair", put_pairs },
		{ "path", put_paths },
		{ "place", put_places },
		{ "proposal", put_proposals },
		{ "revision", put_revisions },
		{ "service", put_services },
		{ "target", put_targets },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		kinds[i].put(cli);
		return true;
	}
	return false;
}
