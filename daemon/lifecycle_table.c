/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table as a whole: whose it is, whether it is the one that was put there, and putting it there
 * once more. See lifecycle.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/decode.h"
#include "../lib/i18n.h"
#include "../lib/nftlock.h"
#include "../lib/nftxact.h"
#include "balance.h"
#include "lifecycle_impl.h"

void lifecycle_own(struct lifecycle *lifecycle, bool own)
{
	lifecycle->own = own;
}

bool lifecycle_owns(const struct lifecycle *lifecycle)
{
	return lifecycle->own;
}

int lifecycle_settle_lock(struct lifecycle *lifecycle, struct diag_list *diags)
{
	bool lock = lifecycle->lock_wanted && !lifecycle_is_open(lifecycle);

	if (lock == lifecycle->locked)
		return 0;
	int r = lock ? nftlock_put(lifecycle->socket, diags) : nftlock_remove(lifecycle->socket);

	if (!lock && r == -ENOENT)
		r = 0;
	if (r == 0)
		lifecycle->locked = lock;
	return r;
}

int lifecycle_lock(struct lifecycle *lifecycle, bool lock, struct diag_list *diags)
{
	lifecycle->lock_wanted = lock;
	return lifecycle_settle_lock(lifecycle, diags);
}

bool lifecycle_locks(const struct lifecycle *lifecycle)
{
	return lifecycle->locked;
}

void lifecycle_saw_pending(struct lifecycle *lifecycle, uint64_t packets)
{
	lifecycle->pending = packets;
}

void lifecycle_claim(const struct lifecycle *lifecycle, struct ruleset *ruleset)
{
	ruleset->owner = lifecycle->own ? nlsock_port(lifecycle->socket) : 0;
	ruleset->persist = lifecycle->own;
}

bool lifecycle_table_is_gone(const struct lifecycle *lifecycle)
{
	const struct ruleset *ruleset = lifecycle->ruleset;
	struct nftxact_table table;
	uint32_t generation;

	/* Nothing at all has changed since it was seen. */
	if (ruleset && ruleset->in_kernel &&
		nlsock_generation(lifecycle->socket, &generation) == 0 &&
		generation == ruleset->in_kernel)
		return false;
	int r = nftxact_table(lifecycle->socket, &table);

	/* One of the same name that somebody made has a number of its own. */
	return r == -ENOENT || (r == 0 && ruleset && ruleset->handle && table.handle &&
				       ruleset->handle != table.handle);
}

bool lifecycle_must_replace(struct lifecycle *lifecycle)
{
	struct nftxact_table table;
	struct balance_reading reading;

	if (!lifecycle->own || nftxact_table(lifecycle->socket, &table) < 0 || table.persist)
		return false;
	lifecycle->replaced = true;
	if (balance_read(lifecycle->socket, &reading) == 0)
		lifecycle->packets_lost = reading.blocked[0] + reading.blocked[1];
	return true;
}

int lifecycle_mark_epoch(const struct lifecycle *lifecycle, struct ruleset *ruleset)
{
	char comment[EPOCH_COMMENT_MAX];

	epoch_id_format(&lifecycle->epoch, comment);
	return compile_generation(ruleset, lifecycle->generation, comment);
}

/* Once more ------------------------------------------------------------------------------------ */

static int put_again(struct lifecycle *lifecycle, bool gone, struct diag_list *diags)
{
	struct ruleset *ruleset = lifecycle->ruleset;
	int r = lifecycle_mark_epoch(lifecycle, ruleset);

	if (r == 0)
		r = lifecycle_find_times(lifecycle, realtime_ms(), NULL);
	if (r < 0)
		return r;
	lifecycle_claim(lifecycle, ruleset);
	if (!gone)
		r = nftxact_apply(lifecycle->socket, ruleset, lifecycle->policy->file, diags);
	/* Where others change rules all the time nothing can be read that holds for a moment; and
	 * what is gone need not be read. */
	if (gone || r == -EAGAIN) {
		r = nftxact_force(lifecycle->socket, ruleset, lifecycle->policy->file, diags);
		lifecycle->other_small = lifecycle->other_small || r == 0 || r == -EILSEQ;
	}
	return r;
}

/* Somebody let packets be counted in the other generation, which was kept then. */
static int settle_generation(struct lifecycle *lifecycle)
{
	char comment[EPOCH_COMMENT_MAX], *found = NULL;
	unsigned int generation;
	int r = nftxact_generation(lifecycle->socket, &generation, &found);

	free(found);
	if (r < 0 || generation == lifecycle->generation)
		return r;
	epoch_id_format(&lifecycle->epoch, comment);
	return nftxact_switch(
		lifecycle->socket, lifecycle->ruleset, lifecycle->generation, comment);
}

enum exit_code lifecycle_repair(struct lifecycle *lifecycle, bool gone, struct diag_list *diags,
	struct lifecycle_change *ret_change)
{
	struct epoch_id epoch = lifecycle->epoch;
	unsigned int generation = lifecycle->generation;
	int r = 0;

	*ret_change = (struct lifecycle_change){ .paths_before = lifecycle->policy->path_count,
		.paths_after = lifecycle->policy->path_count };
	memcpy(ret_change->before, lifecycle->policy->revision, sizeof(ret_change->before));
	memcpy(ret_change->after, lifecycle->policy->revision, sizeof(ret_change->after));
	gone = gone || lifecycle_table_is_gone(lifecycle);
	if (gone) {
		r = epoch_id_new(&lifecycle->epoch);
		lifecycle->generation = 0;
	}
	if (r == 0)
		r = put_again(lifecycle, gone, diags);
	if (r < 0 && r != -EILSEQ) {
		lifecycle->epoch = epoch;
		lifecycle->generation = generation;
		(void)lifecycle_mark_epoch(lifecycle, lifecycle->ruleset);
		return EXIT_FAILED;
	}
	ret_change->table_changed = gone;
	ret_change->packets_lost = gone ? lifecycle->pending : 0;
	if (!gone && settle_generation(lifecycle) < 0)
		r = -EILSEQ;
	return r == -EILSEQ ? EXIT_DIFFERS : EXIT_OK;
}
