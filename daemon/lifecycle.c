/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lifecycle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/decode.h"
#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "balance.h"
#include "clock.h"
#include "lifecycle_impl.h"
#include "nflogsock.h"
#include "readopts.h"

int lifecycle_new(struct nlsock *socket, const char *config_file, const char *profiles,
	struct lifecycle **ret_lifecycle)
{
	struct lifecycle *lifecycle = calloc(1, sizeof(*lifecycle));

	if (!lifecycle)
		return -ENOMEM;
	lifecycle->socket = socket;
	lifecycle->nflog = -1;
	lifecycle->config_file = strdup(config_file);
	lifecycle->profiles = profiles ? strdup(profiles) : NULL;
	if (!lifecycle->config_file || (profiles && !lifecycle->profiles)) {
		lifecycle_free(lifecycle);
		return -ENOMEM;
	}
	*ret_lifecycle = lifecycle;
	return 0;
}

void lifecycle_free(struct lifecycle *lifecycle)
{
	if (!lifecycle)
		return;
	denials_clear(&lifecycle->denials);
	ruleset_free(lifecycle->ruleset);
	zonetime_free(lifecycle->zone);
	policy_free(lifecycle->policy);
	if (lifecycle->nflog >= 0)
		close(lifecycle->nflog);
	free(lifecycle->config_file);
	free(lifecycle->profiles);
	free(lifecycle);
}

/* A failure that no module has put into words yet. */
static void explain(struct diag_list *diags, const char *what, int error)
{
	if (diag_list_count(diags, DIAG_ERROR) == 0)
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 }, NULL, "%s: %s", what,
			errtext(error));
}

/* Times ---------------------------------------------------------------------------------------- */

int64_t realtime_ms(void)
{
	return clock_realtime() / 1000000;
}

static int find_times(const struct policy *policy, const struct zonetime *zone, int64_t now_ms,
	struct ruleset *ruleset, struct openings *ret_openings)
{
	struct openings openings;
	int r = openings_at(policy, zone, now_ms / 1000, &openings);

	if (r < 0)
		return r;
	r = openings_fill(&openings, now_ms, ruleset);
	if (r < 0 || !ret_openings)
		openings_clear(&openings);
	else
		*ret_openings = openings;
	return r;
}

int lifecycle_find_times(struct lifecycle *lifecycle, int64_t now_ms, struct openings *ret_openings)
{
	return find_times(
		lifecycle->policy, lifecycle->zone, now_ms, lifecycle->ruleset, ret_openings);
}

int lifecycle_put_times(struct lifecycle *lifecycle)
{
	return nftxact_timed(lifecycle->socket, lifecycle->ruleset);
}

const struct zonetime *lifecycle_zone(const struct lifecycle *lifecycle)
{
	return lifecycle->zone;
}

/* What is open goes into the kernel with the rule set; and of the one in place it is said what is
 * expected there now. */
static int set_times(struct lifecycle *lifecycle, struct candidate *candidate)
{
	int64_t now = realtime_ms();
	int r = lifecycle->policy ? lifecycle_find_times(lifecycle, now, NULL) : 0;

	return r < 0 ? r
		     : find_times(
			       candidate->policy, candidate->zone, now, candidate->ruleset, NULL);
}

/* Putting a policy in place ------------------------------------------------------------------- */

static int read_policy(const struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct candidate *candidate)
{
	struct readopts readopts;
	int r = conf_read_bytes(text->bytes, text->length, text->name,
		readopts_now(&readopts, lifecycle->profiles), diags, &candidate->policy);

	return r < 0 ? r : candidate_compile(lifecycle, candidate, diags);
}

/* The group of the rules needs a socket before the first packet is logged. A recorder that
 * outlived an earlier hedated may have the group; it brings the socket when it connects. */
static int open_nflog(
	const struct lifecycle *lifecycle, struct diag_list *diags, struct candidate *candidate)
{
	unsigned int group = candidate->policy->log_group;
	int r;

	bool same = lifecycle->policy && lifecycle->policy->log_group == group;

	if (lifecycle->nflog >= 0 && same)
		return 0;
	r = nflogsock_open((uint16_t)group, &candidate->nflog);
	if (r == 0 || (r == -EBUSY && (same || !lifecycle->policy)))
		return 0;
	if (r == -EBUSY)
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 },
			_("choose another group in log.group, or end that process"),
			_("NFLOG group %u: another process has it"), group);
	else if (r == -EOPNOTSUPP)
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 },
			_("load the module nfnetlink_log (CONFIG_NETFILTER_NETLINK_LOG)"),
			_("the kernel has no NFLOG"));
	else
		explain(diags, _("NFLOG socket"), r);
	return r;
}

/* The first apply: go on where a hedated before us ended, or begin. */
static int find_epoch(struct lifecycle *lifecycle)
{
	struct balance_reading reading;
	char *comment = NULL;
	unsigned int generation = 0;
	int r = nftxact_generation(lifecycle->socket, &generation, &comment);

	if (r < 0 && r != -ENOENT)
		return r;
	bool taken_over = r == 0 && !lifecycle_must_replace(lifecycle);
	bool known = taken_over && epoch_id_parse(comment, &lifecycle->epoch) == 0;

	free(comment);
	lifecycle->generation = taken_over ? generation : 0;
	if (!known && (r = epoch_id_new(&lifecycle->epoch)) < 0)
		return r;
	/* A table that somebody loaded by hand (hedate compile | nft -f -) may have counted in
	 * both generations; the older is then epoch 1. */
	if (taken_over && !known && balance_read(lifecycle->socket, &reading) == 0 &&
		reading.blocked[generation ^ 1])
		lifecycle->epoch.number = 2;
	lifecycle->has_epoch = true;
	return 0;
}

static void fill_change(const struct lifecycle *lifecycle, const struct candidate *candidate,
	struct lifecycle_change *change)
{
	*change = (struct lifecycle_change){ 0 };
	if (lifecycle->policy) {
		memcpy(change->before, lifecycle->policy->revision, sizeof(change->before));
		change->paths_before = lifecycle->policy->path_count;
	}
	if (candidate->policy) {
		memcpy(change->after, candidate->policy->revision, sizeof(change->after));
		change->paths_after = candidate->policy->path_count;
	}
	change->assertions = candidate->assertions;
	change->assertions_failed = candidate->assertions_failed;
	memcpy(change->assertions_broken, candidate->assertions_broken,
		sizeof(change->assertions_broken));
}

void lifecycle_ask_island(struct lifecycle *lifecycle, bool island)
{
	lifecycle->island_asked = island;
}

bool lifecycle_is_island(const struct lifecycle *lifecycle)
{
	return lifecycle->island;
}

void lifecycle_ask_open(struct lifecycle *lifecycle, bool open)
{
	lifecycle->open_asked = open;
}

bool lifecycle_is_open(const struct lifecycle *lifecycle)
{
	return lifecycle->open;
}

/* The first apply: is there an island, or no table at all? */
static int find_island(struct lifecycle *lifecycle)
{
	struct ruleset *chain = NULL;
	unsigned int generation;
	uint32_t in_kernel;
	char *comment = NULL;
	int r = decode_chain(lifecycle->socket, TABLE_NAME, ISLAND_CHAIN, &chain, &in_kernel);

	ruleset_free(chain);
	if (r == -ENOENT) {
		r = nftxact_generation(lifecycle->socket, &generation, &comment);
		free(comment);
		lifecycle->island_asked = r == -ENOENT;
	} else {
		lifecycle->island_asked = r == 0;
	}
	return r == -ENOENT ? 0 : r;
}

static void put_in_place(struct lifecycle *lifecycle, struct candidate *candidate)
{
	struct candidate old = {
		.policy = lifecycle->policy,
		.zone = lifecycle->zone,
		.ruleset = lifecycle->ruleset,
		.denials = lifecycle->denials,
		.nflog = -1,
	};

	lifecycle->policy = candidate->policy;
	lifecycle->zone = candidate->zone;
	lifecycle->ruleset = candidate->ruleset;
	lifecycle->denials = candidate->denials;
	if (candidate->nflog >= 0) {
		old.nflog = lifecycle->nflog;
		lifecycle->nflog = candidate->nflog;
	}
	lifecycle->island = candidate->island;
	lifecycle->open = candidate->open;
	lifecycle->open_asked = candidate->open;
	lifecycle->serial++;
	lifecycle->applied_at = (uint64_t)clock_realtime();
	*candidate = old;
}

static enum exit_code apply_candidate(
	struct lifecycle *lifecycle, struct candidate *candidate, struct diag_list *diags)
{
	int r;

	if (open_nflog(lifecycle, diags, candidate) < 0)
		return EXIT_FAILED;
	lifecycle->replaced = false;
	lifecycle->packets_lost = 0;
	if (lifecycle->has_epoch && lifecycle_table_is_gone(lifecycle))
		lifecycle->has_epoch = false;
	if (!lifecycle->has_epoch && (r = find_epoch(lifecycle)) < 0) {
		explain(diags, _("reading the table that is in place"), r);
		return EXIT_FAILED;
	}
	lifecycle_claim(lifecycle, candidate->ruleset);
	if ((r = lifecycle_mark_epoch(lifecycle, candidate->ruleset)) < 0) {
		explain(diags, _("marking the epoch"), r);
		return EXIT_FAILED;
	}
	if ((r = set_times(lifecycle, candidate)) < 0) {
		explain(diags, _("finding which paths are open"), r);
		return EXIT_FAILED;
	}
	r = nftxact_change(lifecycle->socket, lifecycle->ruleset, candidate->ruleset,
		candidate->policy->file, diags);
	if (r < 0 && r != -EILSEQ) {
		explain(diags, _("putting the rule set in place"), r);
		return EXIT_FAILED;
	}
	put_in_place(lifecycle, candidate);
	return r == -EILSEQ ? EXIT_DIFFERS : EXIT_OK;
}

/* Put it in place and say what else changed by that. */
static enum exit_code put_candidate(struct lifecycle *lifecycle, struct candidate *candidate,
	struct diag_list *diags, struct lifecycle_change *change)
{
	struct epoch_id epoch = lifecycle->epoch;
	int nflog = lifecycle->nflog;
	enum exit_code result = apply_candidate(lifecycle, candidate, diags);

	change->nflog_changed = lifecycle->nflog != nflog;
	change->table_changed = strcmp(lifecycle->epoch.table, epoch.table) != 0;
	(void)lifecycle_settle_lock(lifecycle, diags);
	change->table_replaced = lifecycle->replaced;
	change->packets_lost = lifecycle->replaced     ? lifecycle->packets_lost
			       : change->table_changed ? lifecycle->pending
						       : 0;
	return result;
}

const struct policy *candidate_policy(const struct candidate *candidate)
{
	return candidate->policy;
}

void lifecycle_abandon(struct candidate *candidate)
{
	if (!candidate)
		return;
	candidate_clear(candidate);
	free(candidate);
}

enum exit_code lifecycle_prepare(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct candidate **ret_candidate,
	struct lifecycle_change *ret_change)
{
	struct candidate *candidate = calloc(1, sizeof(*candidate));
	int r = candidate ? 0 : -ENOMEM;

	*ret_change = (struct lifecycle_change){ 0 };
	if (candidate)
		candidate->nflog = -1;
	if (r == 0 && !lifecycle->policy)
		r = find_island(lifecycle);
	if (r == 0)
		r = read_policy(lifecycle, text, diags, candidate);
	if (candidate)
		fill_change(lifecycle, candidate, ret_change);
	if (r == 0) {
		*ret_candidate = candidate;
		return EXIT_OK;
	}
	lifecycle_abandon(candidate);
	explain(diags, _("reading the configuration"), r);
	return r == -EINVAL ? EXIT_CONFIG : EXIT_FAILED;
}

enum exit_code lifecycle_put(struct lifecycle *lifecycle, struct candidate *candidate,
	struct diag_list *diags, struct lifecycle_change *change)
{
	enum exit_code result = put_candidate(lifecycle, candidate, diags, change);

	lifecycle_abandon(candidate); /* whichever of the two is not in place */
	return result;
}

enum exit_code lifecycle_apply(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct candidate *candidate;
	enum exit_code result = lifecycle_prepare(lifecycle, text, diags, &candidate, ret_change);

	return result == EXIT_OK ? lifecycle_put(lifecycle, candidate, diags, ret_change) : result;
}

enum exit_code lifecycle_renew(
	struct lifecycle *lifecycle, struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct candidate candidate = { .nflog = -1 };
	enum exit_code result = EXIT_FAILED;
	int r = candidate_renew(lifecycle, diags, &candidate);

	fill_change(lifecycle, &candidate, ret_change);
	if (r == 0)
		result = put_candidate(lifecycle, &candidate, diags, ret_change);
	else
		explain(diags, _("putting the rule set in place"), r);
	candidate_clear_shared(&candidate); /* whichever of the two is not in place */
	return result;
}

/* ---- what is in place ---- */

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	return lifecycle->policy;
}

const struct ruleset *lifecycle_ruleset(const struct lifecycle *lifecycle)
{
	return lifecycle->ruleset;
}

const struct denials *lifecycle_denials(const struct lifecycle *lifecycle)
{
	return &lifecycle->denials;
}

const char *lifecycle_config_file(const struct lifecycle *lifecycle)
{
	return lifecycle->config_file;
}

unsigned int lifecycle_serial(const struct lifecycle *lifecycle)
{
	return lifecycle->serial;
}

uint64_t lifecycle_applied_at(const struct lifecycle *lifecycle)
{
	return lifecycle->applied_at;
}

struct nlsock *lifecycle_socket(const struct lifecycle *lifecycle)
{
	return lifecycle->socket;
}

int lifecycle_nflog(const struct lifecycle *lifecycle)
{
	return lifecycle->nflog;
}

void lifecycle_adopt_nflog(struct lifecycle *lifecycle, int fd)
{
	if (lifecycle->nflog >= 0)
		close(lifecycle->nflog);
	lifecycle->nflog = fd;
}

int lifecycle_find_nflog(struct lifecycle *lifecycle)
{
	if (lifecycle->nflog >= 0)
		return 0;
	return nflogsock_open((uint16_t)lifecycle->policy->log_group, &lifecycle->nflog);
}

const struct epoch_id *lifecycle_epoch(const struct lifecycle *lifecycle)
{
	return &lifecycle->epoch;
}

unsigned int lifecycle_generation(const struct lifecycle *lifecycle)
{
	return lifecycle->generation;
}

int lifecycle_next_epoch(struct lifecycle *lifecycle)
{
	struct epoch_id next = epoch_id_next(&lifecycle->epoch, (uint64_t)clock_realtime());
	unsigned int generation = lifecycle->generation ^ 1;
	char comment[EPOCH_COMMENT_MAX];
	int r = lifecycle->other_small ? lifecycle_empty_other(lifecycle) : 0;

	epoch_id_format(&next, comment);
	if (r == 0)
		r = nftxact_switch(lifecycle->socket, lifecycle->ruleset, generation, comment);
	if (r < 0)
		return r;
	lifecycle->epoch = next;
	lifecycle->generation = generation;
	return 0;
}

int lifecycle_empty_other(struct lifecycle *lifecycle)
{
	int r = nftxact_empty(lifecycle->socket, lifecycle->ruleset, lifecycle->generation ^ 1);

	if (r == 0)
		lifecycle->other_small = false;
	return r;
}
