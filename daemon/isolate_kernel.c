/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolating: what the kernel has of the list, and putting it there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/decode.h"
#include "../lib/drift.h"
#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "isolate_frames.h"
#include "isolate_impl.h"

static int take_counter(const char *name, struct counter_value value, void *data)
{
	struct isolate_work *work = data;
	const char *digits = name + strlen(ISOLATION_COUNTER);
	uint64_t number = 0;

	if (strncmp(name, ISOLATION_COUNTER, strlen(ISOLATION_COUNTER)) == 0)
		number = strtoull(digits, NULL, 10);
	if (number > work->in_kernel)
		work->in_kernel = number;
	for (size_t i = 0; i < work->isolation.count; i++) {
		struct isolation_entry *entry = &work->isolation.entries[i];

		if (entry->isolated.number != number)
			continue;
		/* Left behind by a release that was killed: no rule counts on it. */
		if (!isolation_in_force(entry))
			return 0;
		entry->packets = value.packets;
		entry->bytes = value.bytes;
		work->missing--;
		return 0;
	}
	work->unknown++;
	return 0;
}

/* How often a dump that a change got in the way of is begun again. */
#define TRIES_MAX 16

static int add_frames(const char *name, struct counter_value value, void *data)
{
	char own[ISOLATION_COUNTER_MAX];
	struct isolate_work *work = data;

	for (size_t i = 0; i < work->isolation.count; i++) {
		struct isolation_entry *entry = &work->isolation.entries[i];

		isolation_counter_name(entry, own);
		if (!isolation_in_force(entry) || strcmp(name, own) != 0)
			continue;
		entry->packets += value.packets;
		entry->bytes += value.bytes;
	}
	return 0;
}

/* What table "inet" has counted was taken before, and is kept for another try. */
static int count_frames(struct isolate_work *work)
{
	size_t count = work->isolation.count;
	struct isolation_entry *before = NULL;
	unsigned int tries = 0;
	int r;

	if (isolation_devices(&work->isolation) == 0)
		return 0;
	before = malloc(count * sizeof(*before));
	if (!before)
		return -ENOMEM;
	memcpy(before, work->isolation.entries, count * sizeof(*before));
	do {
		memcpy(work->isolation.entries, before, count * sizeof(*before));
		r = isolate_frames_count(add_frames, work);
	} while ((r == -EINTR || r == -ENOBUFS) && ++tries < TRIES_MAX);
	free(before);
	return r;
}

int isolate_read_counters(struct isolate_work *work)
{
	unsigned int tries = 0;
	int r;

	do {
		work->in_kernel = work->unknown = 0;
		work->missing = isolation_count(&work->isolation);
		r = decode_counters(work->socket, ISOLATION_TABLE, take_counter, work);
	} while ((r == -EINTR || r == -ENOBUFS) && ++tries < TRIES_MAX);
	if (r < 0 && r != -ENOENT)
		return r;
	return count_frames(work);
}

int isolate_open_kernel(struct isolate_work *work)
{
	int r = nlsock_open(&work->socket);

	if (r == 0)
		r = isolate_read_counters(work);
	if (r == -EPERM)
		isolate_complain(work,
			_("run it as root, or as a member of the group hedate-operator while "
			  "hedated runs"),
			_("CAP_NET_ADMIN is missing"));
	else if (r < 0)
		isolate_complain(
			work, NULL, _("the kernel's nf_tables cannot be reached: %s"), errtext(r));
	return r;
}

int isolate_put_all(struct isolate_work *work, struct nlsock *socket)
{
	struct ruleset *ruleset;
	int r = isolation_rules(&work->isolation, &ruleset);

	if (r < 0) {
		isolate_complain(work, NULL, "%s", errtext(r));
		return r;
	}
	r = nftxact_apply(socket, ruleset, NULL, work->diags);
	ruleset_free(ruleset);
	return r < 0 ? r : isolate_frames_put(&work->isolation, work->diags);
}

int isolate_add_since(struct isolate_work *work, struct nlsock *socket, uint64_t before)
{
	struct isolation part = { 0 };
	struct ruleset *ruleset;
	size_t first = 0;

	while (first < work->isolation.count &&
		work->isolation.entries[first].isolated.number <= before)
		first++;
	part.entries = work->isolation.entries + first;
	part.count = work->isolation.count - first;
	int r = isolation_rules_beside(&part, &ruleset);

	if (r < 0) {
		isolate_complain(work, NULL, "%s", errtext(r));
		return r;
	}
	r = nftxact_add(socket, ruleset, work->diags);
	ruleset_free(ruleset);
	return r < 0 ? r : isolate_frames_add(&part, work->diags);
}

/* Counters stay when a table is replaced. */
static int delete_counters(struct isolate_work *work, uint64_t before)
{
	bool frames = isolation_devices(&work->isolation) > 0;
	char name[ISOLATION_COUNTER_MAX];
	int r = 0;

	for (size_t i = 0; i < work->isolation.count && r == 0; i++) {
		const struct isolation_entry *entry = &work->isolation.entries[i];

		if (entry->released.number <= before)
			continue;
		isolation_counter_name(entry, name);
		r = nftxact_delete_counter(work->socket, ISOLATION_TABLE, name, work->diags);
		if (r == 0 && frames && entry->target.kind == ISOLATION_DEVICE)
			r = isolate_frames_forget(entry, work->diags);
	}
	return r;
}

int isolate_put_rest(struct isolate_work *work, uint64_t before)
{
	int r;

	if (isolation_count(&work->isolation) == 0) {
		r = nftxact_delete(work->socket, ISOLATION_TABLE, work->diags);
		return r < 0 ? r : isolate_frames_put(&work->isolation, work->diags);
	}
	r = isolate_put_all(work, work->socket);

	return r < 0 ? r : delete_counters(work, before);
}

bool isolate_matches(const struct isolation *isolation, struct nlsock *socket)
{
	enum isolate_frames have;

	return isolate_table_matches(isolation, socket) &&
	       isolate_frames_look(isolation, &have) == 0 && have == ISOLATE_FRAMES_ALL;
}

bool isolate_table_matches(const struct isolation *isolation, struct nlsock *socket)
{
	struct ruleset *expected, *actual = NULL;
	uint32_t generation;
	size_t differences = 1;

	if (isolation_rules(isolation, &expected) < 0)
		return false;
	ruleset_sort(expected);
	int r = decode_table(socket, ISOLATION_TABLE, expected, &actual, &generation);

	if (r == 0 && drift_compare(expected, actual, NULL, NULL, &differences) < 0)
		differences = 1;
	/* A table without entries does nothing. */
	if (r == -ENOENT && isolation_count(isolation) == 0)
		differences = 0;
	ruleset_free(actual);
	ruleset_free(expected);
	return differences == 0;
}
