/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate diff: which packets one rule set lets pass and the other does not. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "../lib/opening.h"
#include "../lib/snapgen.h"
#include "cmd_file.h"
#include "diffview.h"
#include "pager.h"
#include "takesnapshot.h"

enum option {
	OPTION_REGIONS,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_REGIONS] = { "regions", 'n', N_("NUMBER"),
		N_("of each pair of zones at most so many regions (0: all)") },
};

static const struct cmd_usage usage = {
	"diff",
	N_("A B"),
	N_("Decides, over every packet that there can be, what B lets pass that A does not, and "
	   "the\n"
	   "other way round. A and B are each a configuration, a snapshot (\"hedate prove "
	   "--save\"),\n"
	   "or \"live\" for the rules of this host's kernel. Status 0: they let the same pass; 1: "
	   "they\n"
	   "do not, or it could not be decided."),
	options,
	OPTION_COUNT,
};

/* Of each family of addresses. */
#define NODES_MAX ((size_t)1 << 23)
#define STEPS_MAX (UINT64_C(1) << 32)

#define SIDES 2

/* One of the two that are compared. */
struct side {
	const char *name;
	bool is_policy;
	struct policy *policy; /* NULL: it is no configuration */
	struct ruleset *ruleset;
	struct takesnapshot taken;
	struct snapshot *made;
};

struct request {
	struct side sides[SIDES];
	size_t count;
	unsigned long regions, more; /* of new connections; of other packets */
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	if (option == OPTION_REGIONS) {
		if (!options_number(value, INT_MAX, &request->regions))
			return cmd_usage_error(&usage, _("\"%s\" is not a number"), value);
		request->more = request->regions;
		return EXIT_OK;
	}
	if (request->count == SIDES)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	request->sides[request->count++].name = value;
	return EXIT_OK;
}

/* A snapshot is a JSON object, which no configuration is. */
static bool looks_like_snapshot(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char first = '\0';
	ssize_t got = fd < 0 ? 0 : read(fd, &first, 1);

	if (fd >= 0)
		close(fd);
	return got == 1 && first == '{';
}

static int read_side(const struct cli *cli, struct side *side, struct diag_list *diags)
{
	bool live = strcmp(side->name, "live") == 0;

	side->is_policy = !live && !looks_like_snapshot(side->name);
	if (!side->is_policy)
		return takesnapshot(cli, live ? NULL : side->name, diags, &side->taken);
	return cmd_file_exit(
		cmd_file_compile(cli, side->name, diags, &side->policy, &side->ruleset));
}

/* Of two configurations, timed paths are taken as open, so that they are compared, too; what is
 * held against a kernel is what would be in it now. */
static int fill_timed(struct side *side, const struct side *other)
{
	int64_t now = other->taken.snapshot && other->taken.snapshot->time
			      ? other->taken.snapshot->time
			      : time(NULL);
	struct openings openings = { .items = NULL };
	struct zonetime *zone = NULL;
	int r;

	if (other->is_policy)
		return snapgen_open(side->ruleset);
	r = openings_load_zone(side->policy, &zone);
	if (r == 0)
		r = openings_at(side->policy, zone, now, &openings);
	if (r == 0)
		r = openings_fill(&openings, now * 1000, side->ruleset);
	openings_clear(&openings);
	zonetime_free(zone);
	return r;
}

static int make_side(struct side *side, const struct side *other)
{
	int r;

	if (!side->is_policy)
		return EXIT_OK;
	r = fill_timed(side, other);
	if (r == 0)
		r = snapgen_ruleset(side->ruleset, &side->made);
	return r < 0 ? cmd_failed("%s: %s", side->name, errtext(r)) : EXIT_OK;
}

static const struct snapshot *snapshot_of(const struct side *side)
{
	return side->made ? side->made : side->taken.snapshot;
}

static int show(const struct cli *cli, const struct policy *policy, const struct semdiff *diff)
{
	enum semdiff_result result = semdiff_result(diff);
	int exit_code = EXIT_OK;
	struct json json;

	pager_begin(cli);
	if (cli->json) {
		json_init(&json);
		semdiff_write(&json, policy, diff);
		exit_code = cmd_put_json(&json);
	} else {
		diffview_print(policy, diff, cli->color, stdout);
	}
	return exit_code == EXIT_OK && result != SEMDIFF_SAME ? EXIT_FAILED : exit_code;
}

static int decide(const struct cli *cli, const struct request *request)
{
	const struct side *sides = request->sides;
	struct semdiff_question question = {
		.before = snapshot_of(&sides[0]),
		.after = snapshot_of(&sides[1]),
		.policy = sides[1].policy ? sides[1].policy : sides[0].policy,
		.budget = { .nodes = NODES_MAX, .steps = STEPS_MAX },
		.logs = true,
		.regions = { request->regions, request->more, request->more },
	};
	struct semdiff *diff;

	if (semdiff_find(&question, &diff) < 0)
		return cmd_failed(_("out of memory"));
	int exit_code = show(cli, question.policy, diff);

	semdiff_free(diff);
	return exit_code;
}

static int work(const struct cli *cli, struct request *request, struct diag_list *diags)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < SIDES && exit_code == EXIT_OK; i++)
		exit_code = read_side(cli, &request->sides[i], diags);
	for (size_t i = 0; i < SIDES && exit_code == EXIT_OK; i++)
		exit_code = make_side(&request->sides[i], &request->sides[1 - i]);
	return exit_code == EXIT_OK ? decide(cli, request) : exit_code;
}

static void side_clear(struct side *side)
{
	snapshot_free(side->made);
	takesnapshot_clear(&side->taken);
	ruleset_free(side->ruleset);
	policy_free(side->policy);
}

int cmd_diff(struct cli *cli, int argc, char **argv)
{
	struct request request = { .regions = 10, .more = 2 };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (request.count < SIDES)
		return cmd_usage_error(&usage, "%s", _("two rule sets are needed: A B"));
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = work(cli, &request, diags);
	/* Warnings of a configuration are no answer here: "hedate check" shows them. */
	if (diag_list_count(diags, DIAG_ERROR) > 0)
		diag_list_print(diags, stderr, cli->error_color);
	for (size_t i = 0; i < SIDES; i++)
		side_clear(&request.sides[i]);
	diag_list_free(diags);
	return exit_code;
}
